// What an administrator answers for: who did what, taken away as a file; and a secret that reaches its command and nobody's eyes.
import { expect, test } from "../people.ts";
import { becomes, deploy } from "../steps.ts";

const VALUE = "correct-horse-battery";

test("a secret is given to a command, and hidden in its log", async ({ admin, engineer }) => {
  test.setTimeout(120_000);
  const { page } = admin;
  await admin.go("/administration/secrets");
  await page.getByLabel("Name", { exact: true }).fill("deploy-token");
  await page.getByLabel("Value").fill("abc");
  admin.watch.allow(/\b422\b.*\/call\/secret\/set/, /status of 422/);
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await expect(page.getByText("Write at least 4 characters.")).toBeVisible();
  await page.getByLabel("Value").fill(VALUE);
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await page.waitForURL(/set=deploy-token/);
  const row = page.getByRole("row", { name: /deploy-token/ });
  await expect(row).toContainText("every service");
  expect(await page.content(), "the value is nowhere on the page").not.toContain(VALUE);

  await admin.go("/services/storefront/environments/development");
  const command = page.locator("#f-deploy");
  const before = await command.inputValue();
  await command.fill(["sh", "-c", 'echo "token $DEPLOY_TOKEN"; exec "$@"', "sh", before].join("\n"));
  await page.locator("#f-secrets").fill("DEPLOY_TOKEN=deploy-token");
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(page.getByText("The next deployment uses these settings.")).toBeVisible();

  const number = await deploy(engineer, "1.3.0", "development");
  await becomes(engineer.page, "Succeeded", "1.3.0", 60_000);
  await engineer.go(`/deployments/${number}`);
  await expect(engineer.page.getByText("token •••").first()).toBeVisible();
  expect(await engineer.page.content()).not.toContain(VALUE);

  await admin.go("/administration/secrets");
  await expect(row).toContainText("storefront development");
  await expect(row, "what is used stays").toContainText("A target names it");

  await admin.go("/services/storefront/environments/development");
  await command.fill(before);
  await page.locator("#f-secrets").fill("");
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(page.getByText("The next deployment uses these settings.")).toBeVisible();
  await admin.go("/administration/secrets");
  await row.getByText("Remove…").click();
  await row.getByRole("button", { name: "Remove deploy-token" }).click();
  await expect(page.getByText("No secret yet.")).toBeVisible();
});

test("the audit trail is searched, and taken away", async ({ admin, engineer }) => {
  const { page } = admin;
  await admin.go("/administration/audit");
  await page.getByLabel("What happened").selectOption("environment_changed");
  await page.getByLabel("Text", { exact: true }).fill("deploy-token");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.waitForURL(/event=environment_changed/);
  const records = page.getByRole("region", { name: "Records" });
  await expect(records).toContainText("storefront development");
  await expect(records.locator("ins").filter({ hasText: "deploy-token" }).first()).toBeVisible();
  await records.getByText("As it is kept").first().click();
  await records.getByRole("link", { name: "All of this stream" }).first().click();
  await page.waitForURL(/thing=environment/);
  await expect(page.getByText("Only storefront development.")).toBeVisible();

  const file = await admin.read("/administration/audit.jsonl");
  const lines = file.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(Object.keys(lines[0])).toEqual(["slipway_audit"]);
  expect(Object.keys(lines[lines.length - 1]), "the signed end").toEqual(["end"]);
  expect(lines.length).toBeGreaterThan(50);
  expect(file).not.toContain(VALUE);

  engineer.watch.allow(/\b403\b/);
  await engineer.go("/administration/audit");
  await expect(engineer.page.getByText("This is not open to you")).toBeVisible();
});
