// Starts Slipway as its users do, with a data folder of its own, and stops it in order.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { postOffice } from "./mail.ts";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { remember } from "./instance.ts";

const HERE = dirname(fileURLToPath(import.meta.url));

/** How long the first start may take: it makes a database cluster. */
const PATIENCE_MS = 60_000;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

/** The set-up code, once the server has said it. */
function greeting(server: ChildProcess): Promise<string> {
  return new Promise((done, failed) => {
    let said = "";
    const late = setTimeout(() => failed(new Error(`the server was not ready in time; it said:\n${said}`)), PATIENCE_MS);
    server.once("exit", (code) => failed(new Error(`the server ended with ${code}; it said:\n${said}`)));
    server.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const code = /with this code: (\S+)/.exec(said)?.[1];
      if (code !== undefined) {
        clearTimeout(late);
        done(code);
      }
    });
  });
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  const late = setTimeout(() => server.kill("SIGKILL"), 40_000);
  await ended;
  clearTimeout(late);
}

export default async function start(): Promise<() => Promise<void>> {
  const binary = resolve(process.env.SLIPWAY_BIN ?? join(HERE, "../target/release/slipway"));
  if (!existsSync(binary)) throw new Error(`${binary} is not built: run make test, or name a binary by SLIPWAY_BIN`);
  const data = mkdtempSync(join(tmpdir(), "slipway-e2e-"));
  // As root the server runs its database under another account, which must be able to come here.
  chmodSync(data, 0o755);
  const logs = join(HERE, "test-results");
  mkdirSync(logs, { recursive: true });
  const base = `http://127.0.0.1:${await freePort()}`;
  const { DATABASE_URL: _, ...environment } = process.env;
  const mail = await postOffice(join(data, "mails.jsonl"));
  const server = spawn(binary, ["serve"], {
    env: {
      ...environment,
      SLIPWAY_LISTEN: base.slice("http://".length),
      SLIPWAY_DATA: data,
      SLIPWAY_PLAYGROUND_PORTS: "0",
      SLIPWAY_SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  server.stderr?.pipe(createWriteStream(join(logs, "server.log")));
  try {
    const code = await greeting(server);
    remember({ binary, data, base, code });
  } catch (error) {
    await stop(server);
    mail.close();
    throw error;
  }
  return async () => {
    await stop(server);
    mail.close();
    rmSync(data, { recursive: true, force: true });
  };
}
