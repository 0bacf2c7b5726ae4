// A wire to the server that can be cut: connections break as they do when a network goes.
import { once } from "node:events";
import { type Server, type Socket, connect, createServer } from "node:net";

export class Wire {
  private readonly open = new Set<Socket>();
  private server: Server | null = null;
  private port = 0;

  private constructor(
    private readonly host: string,
    private readonly to: number,
  ) {}

  static async to(base: string): Promise<Wire> {
    const { hostname, port } = new URL(base);
    const wire = new Wire(hostname, Number(port));
    await wire.mend();
    return wire;
  }

  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  /** Breaks every connection and takes no new ones. */
  async cut(): Promise<void> {
    const server = this.server;
    if (server === null) return;
    this.server = null;
    const closed = once(server, "close");
    server.close();
    for (const socket of this.open) socket.destroy();
    await closed;
  }

  /** Takes connections again, at the same address. */
  async mend(): Promise<void> {
    const server = createServer((near) => {
      const far = connect(this.to, this.host);
      for (const [from, into] of [[near, far], [far, near]] as const) {
        this.open.add(from);
        from.on("close", () => {
          this.open.delete(from);
          into.destroy();
        });
        from.on("error", () => into.destroy());
        from.pipe(into);
      }
    });
    server.listen(this.port, this.host);
    await once(server, "listening");
    const address = server.address();
    if (address !== null && typeof address !== "string") this.port = address.port;
    this.server = server;
  }
}
