// The system that is deployed to, asked directly: what the gateway sends where, and what its commands wrote down.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { instance } from "./instance.ts";

export interface Variant {
  /** None while nothing runs as this variant. */
  version: string | null;
  instances: number;
  requests: number;
  errors: number;
}

export interface Gateway {
  weight: number;
  stable: Variant;
  canary: Variant;
}

export interface Weight {
  time: string;
  weight: number;
  by: string;
  canary_version: string | null;
}

export interface Line {
  time: string;
  kind: "begun" | "done" | "failed" | "interrupted" | "repeated";
  key: string;
  environment: string;
  command: string;
  arguments: Record<string, unknown>;
}

function command(words: string[], environment: string): string {
  const { binary, data } = instance();
  return execFileSync(binary, ["playground", ...words, "--state", join(data, "playground")], {
    env: { ...process.env, SLIPWAY_ENVIRONMENT: environment },
    encoding: "utf8",
  });
}

/** Where the gateway's own answers come from. */
export function adminOf(environment: string): string {
  const last = command(["status"], environment).trim().split("\n").at(-1) ?? "";
  const status = JSON.parse(last) as { admin: string };
  return status.admin.startsWith("http") ? status.admin : `http://${status.admin}`;
}

async function ask<T>(url: string): Promise<T> {
  const response = await fetch(url);
  expect(response.status, url).toBe(200);
  return (await response.json()) as T;
}

export async function gateway(admin: string): Promise<Gateway> {
  return ask<Gateway>(`${admin}/_gateway/status`);
}

/** Every weight that the gateway ever had, oldest first. */
export async function weights(admin: string): Promise<Weight[]> {
  return ask<Weight[]>(`${admin}/_gateway/weights`);
}

/** What the commands wrote down for an environment, oldest first. */
export function journal(environment: string): Line[] {
  const text = command(["journal", "--env", environment], environment);
  return text
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** No key was performed twice. */
export function expectNoRepetition(lines: Line[]): void {
  const done = lines.filter((line) => line.kind === "done").map((line) => `${line.command} ${line.key}`);
  expect(new Set(done).size, "a command was performed twice under one key").toBe(done.length);
}
