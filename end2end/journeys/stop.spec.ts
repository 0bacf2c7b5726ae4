// The line is stopped in two clicks, everybody sees it at once, and it is released.
import { expect, test } from "../people.ts";
import { release } from "../steps.ts";

test("an engineer stops the line, everybody sees why, and it is released", async ({ engineer, approver }) => {
  await approver.go("/releases");
  await engineer.go("/");
  await engineer.page.getByRole("link", { name: "Stop the line" }).click();
  await engineer.page.waitForURL(/\/stop$/);
  await engineer.page.getByRole("button", { name: "Stop everything" }).click();
  await expect(engineer.page.getByRole("heading", { name: "The line is stopped" })).toBeVisible();

  const banner = approver.page.locator(".banner.stopped");
  await expect(banner, "without a reload").toContainText("Something is wrong. Stopped until we know what.");
  await approver.go(`${release("1.3.0")}?environment=staging`);
  await expect(approver.page.locator("#why")).toContainText(/The line is stopped by .*: “Something is wrong/);

  await approver.page.getByRole("link", { name: "Stop the line" }).last().click();
  await approver.page.waitForURL(/\/stop$/);
  await approver.page.getByRole("button", { name: "Release the line" }).click();
  await expect(approver.page.getByRole("heading", { name: "The line runs" })).toBeVisible();
  await expect(engineer.page.getByRole("heading", { name: "The line runs" })).toBeVisible();
  await expect(engineer.page.locator(".banner.stopped")).toHaveCount(0);
});
