// The mail of the instance under test: a real mail server on loopback, and what arrived there.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { instance } from "./instance.ts";

const HERE = dirname(fileURLToPath(import.meta.url));

interface Mail {
  to: string[];
  raw: string;
}

/** Starts a mail server that keeps what arrives in a file, a line each. */
export async function postOffice(file: string): Promise<{ port: number; close: () => void }> {
  const office = spawn(process.execPath, [join(HERE, "post-office.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: office.stdout });
  const [first] = (await once(lines, "line")) as [string];
  lines.on("line", (line) => appendFileSync(file, `${line}\n`));
  return { port: (JSON.parse(first) as { port: number }).port, close: () => office.stdin.end() };
}

/** The texts of all mails to an address so far, the oldest first, with the soft line breaks undone. */
export function mailsTo(address: string): string[] {
  const file = join(instance().data, "mails.jsonl");
  if (!existsSync(file)) return [];
  const mails = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Mail);
  return mails.filter((mail) => mail.to.includes(address)).map((mail) => mail.raw.replaceAll("=\r\n", "").replaceAll("=3D", "="));
}
