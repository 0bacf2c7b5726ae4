// Somebody comes in by an invitation, gets another role, and is let go.
import { expect, test } from "../people.ts";

test("an invitation is accepted, a role changes, and deactivation ends the session", async ({ admin, another }) => {
  const { page } = admin;
  await admin.go("/people");
  await page.getByLabel("E-mail").fill("kim@example.com");
  await page.locator("#invite").getByLabel("Role").selectOption("viewer");
  await page.getByRole("button", { name: "Make an invitation link" }).click();
  const link = (await page.getByRole("group", { name: "Invitation link" }).locator("code").textContent()) ?? "";
  await expect(page.locator("#invitations")).toContainText("kim@example.com");

  const kim = await another();
  await kim.go(new URL(link).pathname);
  await kim.page.getByLabel("Your name").fill("Kim Okafor");
  await kim.page.getByLabel("Password").fill("too short");
  await kim.page.getByRole("button", { name: "Join", exact: true }).click();
  await kim.alive();
  await expect(kim.page.getByText("Write at least 12 characters.")).toBeVisible();
  await kim.page.getByLabel("Password").fill("three boats in one harbour");
  await kim.page.getByRole("button", { name: "Join", exact: true }).click();
  await expect(kim.page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  await expect(kim.page.getByRole("link", { name: "Plan a release" }), "a viewer plans nothing").toHaveCount(0);
  await kim.alive();

  const late = await another();
  late.watch.allow(/\b404\b/);
  await late.go(new URL(link).pathname);
  await expect(late.page.getByText("This link does not work any more"), "a link works once").toBeVisible();

  const row = page.getByRole("row", { name: /Kim Okafor/ });
  await expect(row, "the list grows without a reload").toBeVisible();
  await row.getByLabel("Role of Kim Okafor").selectOption("engineer");
  const changed = page.waitForResponse(/\/call\/access\/role$/);
  await row.getByRole("button", { name: "Change", exact: true }).click();
  expect((await changed).status()).toBe(200);
  await kim.go("/");
  await expect(kim.page.getByRole("link", { name: "Plan a release" }), "an engineer plans").toBeVisible();

  await row.getByRole("link", { name: /^Deactivate/ }).click();
  await expect(page.getByText("They own no service."), "nothing has to be handed over").toBeVisible();
  await page.getByRole("button", { name: "Deactivate Kim Okafor" }).click();
  await page.waitForURL(/\/people$/);
  await expect(row).toContainText("Deactivated");
  kim.watch.allow(/\b401\b/, /\/live/);
  await kim.page.goto(page.url());
  await expect(kim.page, "the session has ended").toHaveURL(/\/login/);
});

test("a profile keeps its theme and time zone", async ({ approver }) => {
  const { page } = approver;
  await approver.go("/profile");
  await page.getByLabel("Time zone").selectOption("Europe/Berlin");
  await page.getByLabel("Theme").selectOption("dark");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Your profile is as you see it.")).toBeVisible();
  await approver.go("/profile");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.getByLabel("Time zone")).toHaveValue("Europe/Berlin");
  await page.getByLabel("Theme").selectOption("system");
  await page.getByLabel("Time zone").selectOption("UTC");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Your profile is as you see it.")).toBeVisible();
});
