// A service is set up by hand: connections are tried before anything depends on them, and it goes elsewhere as one file.
import { expect, test } from "../people.ts";

const COMMANDS = ["deploy", "canary", "weight", "promote", "rollback", "status", "logs"];

test("a service is set up by hand, its connections are tried, and it is exported and imported", async ({ engineer, admin }) => {
  test.setTimeout(90_000);
  await engineer.go("/services/new");
  await engineer.page.getByLabel("Name", { exact: true }).fill("Basket");
  // Environments change places, and a spare line goes.
  const line = (place: number) => engineer.page.locator(`[name="form[environments][${place}][name]"]`);
  await engineer.page.getByRole("button", { name: "Up environment 3" }).click();
  await expect(line(1)).toHaveValue("production");
  await engineer.page.getByRole("button", { name: "Down environment 2" }).click();
  await expect(line(1)).toHaveValue("staging");
  await expect(engineer.page.locator("#down-2"), "the focus moves along").toBeFocused();
  await engineer.page.getByRole("button", { name: "Remove environment 4" }).click();
  await expect(line(3)).toHaveCount(0);
  await engineer.page.getByRole("button", { name: "Set up" }).click();
  engineer.watch.allow(/\b422\b.*\/call\/service\/create/, /status of 422/);
  await expect(engineer.page.getByText("Write 2 to 40 of a-z, 0-9 and -, beginning with a letter.").first()).toBeVisible();
  await engineer.page.getByLabel("Name", { exact: true }).fill("basket");
  await engineer.page.getByLabel(/^What it is/).fill("What one is about to buy");
  await engineer.page.getByRole("button", { name: "Set up" }).click();
  await engineer.page.waitForURL(/\/services\/basket$/);
  await expect(engineer.page.getByText("Not set up: nothing can be deployed yet").first()).toBeVisible();

  await engineer.go("/services/basket/environments/staging");
  await expect(engineer.page.getByRole("button", { name: "Save settings" }), "no command by an engineer").toHaveAttribute("aria-disabled", "true");

  // The administrator takes over how the sample's staging is changed.
  const { page } = admin;
  await admin.go("/services/storefront/environments/staging");
  const lines = new Map<string, string>();
  for (const name of COMMANDS) lines.set(name, await page.locator(`#f-${name}`).inputValue());
  await admin.go("/services/basket/environments/staging");
  await page.locator("#f-target").selectOption("command");
  for (const [name, value] of lines) await page.locator(`#f-${name}`).fill(value);

  await page.getByRole("button", { name: "Test it now" }).click();
  const answer = page.locator(".probe").first();
  await expect(answer).toHaveClass(/is-pass/, { timeout: 20_000 });
  await expect(answer, "it shows what came back").toContainText('"version"');

  await page.locator("#f-status").fill("/nonexistent/program");
  await page.getByRole("button", { name: "Test it now" }).click();
  await expect(answer).toHaveClass(/is-fail/, { timeout: 20_000 });

  await page.locator("#f-status").fill(lines.get("status") ?? "");
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(page.getByText("The next deployment uses these settings.")).toBeVisible();

  await admin.go("/services/basket");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export" }).click();
  expect((await download).suggestedFilename()).toBe("basket.toml");
  const file = await admin.read("/services/basket/service.toml");
  expect(file).toContain('name = "basket"');

  await admin.go("/services/import");
  await page.getByLabel(/^Service file/).fill("this is = not = toml");
  admin.watch.allow(/\b422\b.*\/call\/service\/import/, /status of 422/);
  await page.getByRole("button", { name: "Import" }).click();
  await expect(page.getByText("This is not a service file.")).toBeVisible();
  await page.getByLabel(/^Service file/).fill(file.replace('name = "basket"', 'name = "basket-two"'));
  await page.getByRole("button", { name: "Import" }).click();
  await page.waitForURL(/\/services\/basket-two$/);
  await expect(page.getByText("Commands").first(), "the target came along").toBeVisible();
  const again = await admin.read("/services/basket-two/service.toml");
  expect(again.replace('name = "basket-two"', 'name = "basket"')).toBe(file);
});
