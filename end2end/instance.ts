// What is known of the instance under test: where it is, and who can sign in. Kept in a file, since workers come and go.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Account {
  email: string;
  password: string;
}

export interface Instance {
  binary: string;
  data: string;
  base: string;
  /** The one-time code of the console. */
  code: string;
  admin?: Account;
  engineer?: Account;
  approver?: Account;
  /** What axe found on screens that only the first start shows. */
  looks?: Record<string, string[]>;
}

export type Role = "admin" | "engineer" | "approver";

const KEY = "SLIPWAY_E2E_INSTANCE";

/** Keeps what is known; workers started later read it. */
export function remember(instance: Instance): void {
  const file = process.env[KEY] ?? join(instance.data, "end2end.json");
  process.env[KEY] = file;
  writeFileSync(file, JSON.stringify(instance));
}

export function instance(): Instance {
  const file = process.env[KEY];
  if (file === undefined) throw new Error("the server was not started");
  return JSON.parse(readFileSync(file, "utf8")) as Instance;
}

export function account(role: Role): Account {
  const found = instance()[role];
  if (found === undefined) throw new Error(`nobody can sign in as ${role} yet`);
  return found;
}
