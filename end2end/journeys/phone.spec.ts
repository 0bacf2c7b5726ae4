// At phone width: the environment is unlocked, the bad release goes out again, and comes back again.
import { expect, test } from "../people.ts";
import { adminOf, expectNoRepetition, gateway, journal } from "../playground.ts";
import { approve, askForApproval, becomes, deploy, expectNoSidewaysScroll, release, tickTheRest } from "../steps.ts";

test("the bad release comes back, seen from a phone", async ({ engineer, approver }) => {
  test.setTimeout(240_000);
  const { page } = engineer;
  await engineer.go("/");
  await page.getByRole("link", { name: "Deployments", exact: true }).tap();
  await expect(page).toHaveURL(/\/deployments$/);

  await approver.go("/services/storefront");
  const unlock = approver.page.getByRole("button", { name: "Unlock production" });
  if ((await unlock.count()) > 0) {
    await unlock.tap();
    await expect(approver.page.getByText("production is locked.")).toHaveCount(0);
  }
  // Run alone, this is the first time that anybody deploys it.
  await engineer.go(release("1.4.0", "deployments"));
  const production = page.locator("#environments").getByRole("button", { name: "Deploy to production" });
  if ((await production.getAttribute("aria-disabled")) === "true") {
    await tickTheRest(engineer, "1.4.0");
    await deploy(engineer, "1.4.0", "staging");
    await becomes(page, "Succeeded", "1.4.0", 60_000);
    await askForApproval(engineer, "1.4.0");
    await approve(approver, "1.4.0", "From my phone.");
  }
  for (const tab of ["overview", "plan", "checklist", "approvals", "deployments", "history"]) {
    await engineer.go(release("1.4.0", tab));
    await expectNoSidewaysScroll(page);
  }

  const before = (await gateway(adminOf("production"))).stable.version;
  const number = await deploy(engineer, "1.4.0", "production");
  const admin = adminOf("production");
  await expect.poll(async () => (await gateway(admin)).weight, { timeout: 60_000, intervals: [200] }).toBeGreaterThan(0);
  await expectNoSidewaysScroll(page);
  await expect(page.getByRole("button", { name: "Roll back" }).first(), "the way back is in reach").toBeInViewport();
  await becomes(page, "Rolled back", "1.4.0", 90_000);
  await expect(page.getByText("Rolled back by the machine.")).toBeVisible();
  await expectNoSidewaysScroll(page);
  await expect.poll(async () => (await gateway(admin)).canary.version, { timeout: 30_000 }).toBeNull();
  const now = await gateway(admin);
  expect(now.weight).toBe(0);
  expect(now.stable.version).toBe(before);
  expectNoRepetition(journal("production"));

  await engineer.go("/incidents");
  await page.getByRole("link", { name: /^INC-\d+/ }).first().tap();
  await expect(page.getByRole("link", { name: new RegExp(`deployment ${number}, 1\\.4\\.0`) })).toBeVisible();
  await expectNoSidewaysScroll(page);
});
