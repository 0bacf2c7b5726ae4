// A real mail server on loopback that delivers nothing: it says each mail on a line of its standard output, as JSON, before it answers for it.
// First line: {"port": …}. With "hold" as argument it answers for a mail only when it reads a line, so that a test can stop the sender in between.
import { createInterface } from "node:readline";
import { SMTPServer } from "smtp-server";

const hold = process.argv.includes("hold");
const waiting = [];
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["AUTH", "STARTTLS"],
  onData(stream, session, done) {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => {
      const { mailFrom, rcptTo } = session.envelope;
      say({ from: mailFrom.address, to: rcptTo.map((one) => one.address), raw: Buffer.concat(parts).toString("utf8") });
      if (hold) waiting.push(done);
      else done();
    });
  },
});
// A sender that is stopped leaves its connection behind.
server.on("error", () => {});
server.listen(0, "127.0.0.1", () => say({ port: server.server.address().port }));

createInterface({ input: process.stdin })
  .on("line", () => waiting.shift()?.())
  .on("close", () => process.exit(0));
