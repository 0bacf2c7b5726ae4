// With JavaScript off: sign-in, checklist, approval, deployment and abort are forms, and forms are enough.
import { expect, test } from "../people.ts";
import { adminOf, gateway } from "../playground.ts";
import { release } from "../steps.ts";
import type { Page } from "@playwright/test";

/** Loads a page again until it says something: there is no script that would. */
async function until(page: Page, says: RegExp, within: number): Promise<void> {
  await expect
    .poll(
      async () => {
        await page.reload();
        return (await page.locator("main").textContent()) ?? "";
      },
      { timeout: within, intervals: [1_000] },
    )
    .toMatch(says);
}

test("a release is ticked, approved, deployed and aborted by forms alone", async ({ engineer, approver }) => {
  test.setTimeout(240_000);
  const { page } = engineer;

  // A refused tick keeps what was typed, and says what is wrong.
  await engineer.go(release("1.5.0", "checklist"));
  const open = page.locator("li.check.open");
  const first = open.first();
  await first.locator("summary").click();
  await first.getByLabel("Evidence").fill("short");
  await first.getByRole("button", { name: "Tick with evidence" }).click();
  await expect(page.getByText("This item needs a link or a sentence").first()).toBeVisible();
  await expect(page.locator('input[name="text"][value="short"]')).toHaveCount(1);

  for (let left = await open.count(); left > 0; left -= 1) {
    const item = open.first();
    if (!(await item.getByLabel("Evidence").isVisible())) await item.locator("summary").click();
    await item.getByLabel("Evidence").fill("https://ci.example.com/runs/150");
    await item.getByRole("button", { name: "Tick with evidence" }).click();
    await expect(open).toHaveCount(left - 1);
  }

  await engineer.go(release("1.5.0", "deployments"));
  await page.locator("#environments").getByRole("button", { name: "Deploy to staging" }).click();
  await expect(page).toHaveURL(/\/deployments\/\d+$/);
  await until(page, /Succeeded/, 60_000);

  await engineer.go(release("1.5.0", "approvals"));
  await page.getByRole("button", { name: "Ask for approval" }).click();
  await expect(page.locator("#approvals-production")).toContainText("asked for approval");

  await approver.go("/");
  await approver.page.getByRole("link", { name: "Approve storefront 1.5.0" }).click();
  await approver.page.locator("#approvals-production").getByLabel("Comment").fill("Approved without a script.");
  await approver.page.getByRole("button", { name: "Approve" }).click();
  await expect(approver.page.locator("#approvals-production")).toContainText("Approved without a script.");
  await approver.go("/services/storefront");
  const unlock = approver.page.getByRole("button", { name: "Unlock production" });
  if ((await unlock.count()) > 0) {
    await unlock.click();
    await expect(approver.page.getByText("production is locked.")).toHaveCount(0);
  }

  const admin = adminOf("production");
  const before = (await gateway(admin)).stable.version;
  await engineer.go(release("1.5.0", "deployments"));
  await page.locator("#environments").getByRole("button", { name: "Deploy to production" }).click();
  await expect(page).toHaveURL(/\/deployments\/\d+$/);
  const console = page.url();
  await expect.poll(async () => (await gateway(admin)).weight, { timeout: 60_000, intervals: [200] }).toBeGreaterThan(0);

  await page.goto(`${console}/abort`);
  await page.getByRole("button", { name: "Abort now" }).click();
  await expect(page.locator("#abort-reason"), "an abort says why").toBeVisible();
  await page.getByLabel("Why").fill("Tried it without a script");
  await page.getByRole("button", { name: "Abort now" }).click();
  await expect(page).toHaveURL(console);
  await until(page, /Aborted by you|Aborted by Ana Ruiz/, 60_000);
  await expect.poll(async () => (await gateway(admin)).canary.version, { timeout: 60_000 }).toBeNull();
  const now = await gateway(admin);
  expect(now.weight).toBe(0);
  expect(now.stable.version).toBe(before);
});

test("signing out ends the session by a form", async ({ engineer }) => {
  await engineer.go("/");
  await engineer.page.locator("form.leave button, form[action='/sign-out'] button").first().click();
  await expect(engineer.page).toHaveURL(/\/login$/);
  await engineer.go("/releases");
  await expect(engineer.page).toHaveURL(/\/login/);
});
