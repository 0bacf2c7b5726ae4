// A freeze: previewed, set, seen by everybody, overridden for one release, ended.
import { type Person, expect, test } from "../people.ts";
import { release } from "../steps.ts";

const wall = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 16);

test("a freeze holds, is let through with a reason, and is ended", async ({ admin, engineer, approver }) => {
  test.setTimeout(120_000);
  const { page } = approver;
  // What is wrong with an input is an answer as well.
  approver.watch.allow(/\b422\b/);
  await approver.go("/calendar");
  await expect(page.getByText("Nothing restricts when it may be deployed.")).toBeVisible();
  await page.getByRole("link", { name: "Set a freeze or window" }).click();
  await page.waitForURL(/\/calendar\/new$/);
  await approver.alive();

  // What is wrong is said at its field, and what was typed stays.
  await page.getByLabel("Name").fill("Stocktaking");
  await page.getByLabel("Why").fill("The shelves are counted.");
  await page.getByLabel("Where").selectOption({ label: "storefront development" });
  await page.getByLabel("Begins").fill(wall(-1));
  await page.getByLabel("Ends").fill(wall(-2));
  await page.getByRole("button", { name: "Show what it would hold" }).click();
  await expect(page.getByText("This comes before what it should follow.")).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue("Stocktaking");
  await page.getByLabel("Ends").fill(wall(2));
  await page.getByRole("button", { name: "Show what it would hold" }).click();
  await expect(page.getByRole("heading", { name: "What it would do" })).toBeVisible();
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(/\/calendar$/);
  await expect(page.getByText("Storefront development is frozen: Stocktaking.")).toBeVisible();

  await engineer.go("/");
  await expect(engineer.page.locator(".banner")).toContainText("Frozen: storefront development");
  const row = (of: Person) => of.page.getByRole("row", { name: /^storefront/ });
  await expect(row(engineer).locator('td[data-env="development"]')).toContainText("Frozen");
  await engineer.go(`${release("1.3.0")}?environment=development`);
  await expect(engineer.page.locator("#why")).toContainText(/Frozen until .*: Stocktaking, set by/);
  await expect(engineer.page.locator("#why").getByText("Let it into development all the same…"), "an engineer may not").toHaveCount(0);

  await approver.go(`${release("1.3.0")}?environment=development`);
  await page.getByText("Let it into development all the same…").click();
  await page.getByLabel("Why it can't wait").fill("now");
  await page.getByRole("button", { name: "Let it through" }).click();
  await expect(page.getByText("Write at least 10 characters.")).toBeVisible();
  await page.getByLabel("Why it can't wait").fill("It mends the count itself");
  await page.getByRole("button", { name: "Let it through" }).click();
  await expect(engineer.page.locator("#why"), "without a reload").not.toContainText("Stocktaking");
  await engineer.go(release("1.3.0", "history"));
  await expect(engineer.page.locator("main")).toContainText("Let into development against the calendar: It mends the count itself");

  await admin.go("/calendar?show=week");
  await expect(admin.page.locator("td.today")).toContainText("Freeze: Stocktaking");
  const line = admin.page.getByRole("row", { name: /Stocktaking/ });
  await line.getByText("End…").click();
  await line.getByRole("button", { name: "End Stocktaking" }).click();
  await expect(admin.page.getByText("Nothing restricts when it may be deployed.")).toBeVisible();
  await engineer.go("/");
  await expect(engineer.page.locator(".banner")).toHaveCount(0);
});
