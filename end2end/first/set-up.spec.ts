// The first start: the console's code makes the administrator, who loads the sample workspace.
import { lookOnce } from "../screens/look.ts";
import { instance, remember } from "../instance.ts";
import { expect, test } from "../people.ts";

const ADMIN = { email: "admin@example.com", password: "a boat on its way down" };

test("the code of the console makes the first administrator, who loads the sample workspace", async ({ visitor }) => {
  const { page } = visitor;
  await visitor.go("/");
  await expect(page).toHaveURL(/\/setup$/);
  await lookOnce(page, "setup");

  await page.getByLabel("One-time code").fill("not-the-code");
  await page.getByLabel("Your name").fill("Noor Haddad");
  await page.getByLabel("E-mail").fill(ADMIN.email);
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Make me the administrator" }).click();
  await visitor.alive();
  await expect(page.locator("#f-code-err, .field:has(#f-code) .err")).toBeVisible();
  await expect(page.getByLabel("Your name"), "what was typed stays").toHaveValue("Noor Haddad");
  await expect(page.getByLabel("Password"), "a password is never sent back").toHaveValue("");

  await page.getByLabel("One-time code").fill(instance().code);
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Make me the administrator" }).click();
  await visitor.alive();
  await expect(page.getByRole("heading", { name: "Nothing is set up yet" })).toBeVisible();
  await lookOnce(page, "home-empty");

  await page.getByRole("button", { name: "Load the sample workspace" }).click();
  await expect(page.getByText("The sample workspace is loaded.")).toBeVisible({ timeout: 40_000 });
  await visitor.alive();
  const shown = async (label: RegExp) => ((await page.getByRole("group", { name: label }).locator("code").textContent()) ?? "").trim();
  const known = {
    ...instance(),
    admin: ADMIN,
    engineer: { email: await shown(/^E-mail of .*engineer$/), password: await shown(/^Password of .*engineer$/) },
    approver: { email: await shown(/^E-mail of .*approver$/), password: await shown(/^Password of .*approver$/) },
  };
  expect(known.engineer.password.length).toBeGreaterThan(11);
  expect(known.approver.password.length).toBeGreaterThan(11);
  remember(known);

  await visitor.go("/");
  await expect(page.getByText("The sample workspace is loaded."), "passwords are shown once").toHaveCount(0);
  await expect(page.getByRole("rowheader", { name: "storefront" })).toBeVisible();
});

test("the door stays shut for who has no account", async ({ visitor }) => {
  const { page } = visitor;
  await visitor.go("/releases");
  await expect(page).toHaveURL(/\/login\?next=%2Freleases$/);
  await page.getByLabel("E-mail").fill("nobody@example.com");
  await page.getByLabel("Password").fill("a guess that is wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await visitor.alive();
  await expect(page.getByText("This e-mail address and password do not go together.")).toBeVisible();
  await expect(page.getByLabel("E-mail")).toHaveValue("nobody@example.com");

  await page.getByLabel("E-mail").fill(ADMIN.email);
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page, "sign-in leads to where one wanted to go").toHaveURL(/\/releases$/);
});
