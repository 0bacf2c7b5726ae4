// What people do with a release, as steps that several journeys share.
import { type Page, expect } from "@playwright/test";
import type { Person } from "./people.ts";

export const SERVICE = "storefront";

export function release(version: string, tab?: string): string {
  return `/releases/${SERVICE}/${version}${tab === undefined ? "" : `?tab=${tab}`}`;
}

/** Ticks one open item by its own form, and waits until the page shows it as done. */
export async function tickOne(page: Page, evidence: string): Promise<void> {
  const open = page.locator("li.check.open");
  const left = await open.count();
  const item = open.first();
  await item.locator("summary").click();
  await item.getByLabel("Evidence").fill(evidence);
  await item.getByRole("button", { name: "Tick with evidence" }).click();
  await expect(open).toHaveCount(left - 1);
}

/** Posts the forms of all items that are still open: what a person does thirty times. */
export async function tickTheRest(person: Person, version: string): Promise<void> {
  await person.go(release(version, "checklist"));
  const forms = await person.page.locator("li.check.open form").evaluateAll((found) =>
    found.map((form) => Object.fromEntries([...form.querySelectorAll<HTMLInputElement>("input[type=hidden]")].map((input) => [input.name, input.value]))),
  );
  for (const form of forms) {
    const status = await person.post("/call/release/item", { ...form, text: "https://ci.example.com/runs/1", act: "tick" });
    expect(status, "a tick").toBeLessThan(400);
  }
  await person.go(release(version, "checklist"));
  await expect(person.page.locator("li.check.open")).toHaveCount(0);
}

/** Presses the button that deploys, and answers with the number of the deployment. */
export async function deploy(person: Person, version: string, environment: string): Promise<number> {
  await person.go(release(version, "deployments"));
  await person.page.locator("#environments").getByRole("button", { name: `Deploy to ${environment}` }).click();
  await person.page.waitForURL(/\/deployments\/\d+$/);
  await person.alive();
  return Number(/\d+$/.exec(person.page.url())?.[0]);
}

/** The title of a console says its state, and changes while it is open. */
export async function becomes(page: Page, state: string, version: string, within: number): Promise<void> {
  await expect(page).toHaveTitle(new RegExp(`^${state}: ${SERVICE} ${version.replaceAll(".", "\\.")}`), { timeout: within });
}

/** Asks for approval of a production deployment, again where the plan or its policy changed since. */
export async function askForApproval(person: Person, version: string): Promise<void> {
  await person.go(release(version, "approvals"));
  await person.page.getByRole("button", { name: /^Ask (for approval|again)$/ }).click();
  await expect(person.page.locator("#approvals-production")).toContainText("asked for approval");
}

/** Approves what waits, as the first page offers it. */
export async function approve(person: Person, version: string, comment: string): Promise<void> {
  await person.go("/");
  await person.page.getByRole("link", { name: `Approve ${SERVICE} ${version}` }).click();
  await person.page.waitForURL(/tab=approvals/);
  const part = person.page.locator("#approvals-production");
  await expect(part).toContainText("What exactly would run");
  await part.getByLabel("Comment").fill(comment);
  await part.getByRole("button", { name: "Approve" }).click();
  await expect(part).toContainText("1 of 1");
}

/** Nothing is wider than the window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const wider = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const out = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > room + 1);
    return [`${document.documentElement.scrollWidth} > ${room}`, ...out.slice(0, 5).map((one) => `${one.tagName}.${one.getAttribute("class")}`)];
  });
  expect(wider, `${page.url()} scrolls sideways`).toEqual([]);
}
