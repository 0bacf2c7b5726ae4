// The reload channel of `make dev`: pages that Leptos' AutoReload is in hold a WebSocket to it; on SIGUSR1 they are told
// to reload, once the new server answers. Only a text frame is ever sent, so that is all of the protocol that is here.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const [port, page] = [Number(process.argv[2]), process.argv[3]];
const pages = new Set();

const server = createServer((_, response) => response.writeHead(426).end());

server.on("upgrade", (request, socket) => {
  // RFC 6455, section 4.2.2: the answer proves that the request was understood.
  const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash("sha1").update(key).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  pages.add(socket);
  for (const end of ["close", "error"]) socket.on(end, () => pages.delete(socket));
  socket.resume();
});

// A final text frame (0x81) with a payload below 126 bytes, unmasked as a server's frames are.
function frame(text) {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, payload.length]), payload]);
}

async function answers() {
  return fetch(page, { redirect: "manual" }).then(() => true, () => false);
}

process.on("SIGUSR1", async () => {
  for (let tries = 0; tries < 300 && !(await answers()); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const socket of pages) socket.write(frame('{"all":"reload"}'));
});

server.on("error", () => process.exit(1));
server.listen(port, "127.0.0.1");
