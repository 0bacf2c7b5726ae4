// How a screen is looked at: a picture, axe, and whether it fits its width.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { instance, remember } from "../instance.ts";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "../screenshots");

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  impact: string | null;
  help: string;
  tags: string[];
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** WCAG 2.2 AA whole, and of the best practices what axe takes for serious. */
const RULES = {
  resultTypes: ["violations"],
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  rules: { "target-size": { enabled: true } },
};

/** Takes a picture of the whole page. */
export async function picture(page: Page, screen: string, state: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  await page.screenshot({ path: join(FOLDER, `${screen}.${state}.png`), fullPage: true, animations: "disabled" });
}

/** What axe finds, one line each. */
export async function found(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const violations = await page.evaluate(
    (rules) => (window as unknown as { axe: { run: (options: unknown) => Promise<{ violations: Violation[] }> } }).axe.run(rules).then((result) => result.violations),
    RULES,
  );
  const counts = (one: Violation) => one.tags.some((tag) => tag.startsWith("wcag")) || one.impact === "serious" || one.impact === "critical";
  return violations.filter(counts).map((one) => {
    const where = one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")}: ${(node.failureSummary ?? "").split("\n").slice(1, 3).join(" ").trim()}`);
    return `${one.id} (${one.impact}): ${one.help}\n    ${where.join("\n    ")}`;
  });
}

/** Looks at a screen that only the first start shows; the verdict comes with the other screens. */
export async function lookOnce(page: Page, screen: string): Promise<void> {
  const width = page.viewportSize()?.width ?? 0;
  const looks: Record<string, string[]> = {};
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await picture(page, screen, `as-it-is.${width}.${colorScheme}`);
    looks[`${screen}, ${colorScheme}`] = await found(page);
  }
  const known = instance();
  remember({ ...known, looks: { ...known.looks, ...looks } });
}
