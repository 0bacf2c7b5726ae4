// A team makes a viewer an engineer on one service; then they own one, leave, and somebody else answers for it.
import { expect, test } from "../people.ts";
import { addMember, giveRole, makeTeam } from "../teams.ts";

test("a viewer plans where a team makes them an engineer, and leaving hands over what they own", async ({ admin, another }) => {
  test.setTimeout(120_000);
  const { page } = admin;

  // Two services, so that there is an elsewhere.
  await admin.go("/services/new");
  await page.getByLabel("Name", { exact: true }).fill("ledger");
  await page.getByRole("button", { name: "Set up" }).click();
  await page.waitForURL(/\/services\/ledger$/);

  await admin.go("/people");
  await page.getByLabel("E-mail").fill("mara@example.com");
  await page.locator("#invite").getByLabel("Role").selectOption("viewer");
  await page.getByRole("button", { name: "Make an invitation link" }).click();
  const link = (await page.getByRole("group", { name: "Invitation link" }).locator("code").textContent()) ?? "";
  const mara = await another();
  await mara.go(new URL(link).pathname);
  await mara.page.getByLabel("Your name").fill("Mara Silva");
  await mara.page.getByLabel("Password").fill("four oars in one boat");
  await mara.page.getByRole("button", { name: "Join", exact: true }).click();
  await expect(mara.page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  await mara.alive();
  await mara.go("/services/ledger");
  await expect(mara.page.getByRole("link", { name: "Plan a release" }), "a viewer plans nothing").toHaveCount(0);

  await makeTeam(admin, "Ledger crew", "They keep the books");
  await giveRole(admin, "Engineer", "ledger, all environments");
  await addMember(admin, "Mara Silva");

  await mara.go("/services/ledger");
  await expect(mara.page.getByRole("link", { name: "Plan a release" }), "an engineer there").toBeVisible();
  await mara.go("/services/storefront");
  await expect(mara.page.getByRole("link", { name: "Plan a release" }), "and nowhere else").toHaveCount(0);
  await mara.go("/releases/new");
  await expect(mara.page.getByLabel("Service", { exact: true }).locator("option"), "the form offers what she may plan").toHaveText(["ledger"]);
  await mara.go("/profile/access");
  await mara.page.getByLabel("Where").selectOption({ label: "ledger, all environments" });
  await mara.page.getByRole("button", { name: "Show" }).click();
  await mara.alive();
  const plans = mara.page.getByRole("row", { name: /Plan and edit releases/ });
  await expect(plans).toContainText("engineer by team Ledger crew on ledger");

  // The administrator makes her the only owner, asks who may what, and lets her go.
  await admin.go("/services/ledger/edit");
  const owners = page.getByRole("group", { name: "Owners" });
  await owners.getByLabel("Noor Haddad").uncheck();
  await owners.getByLabel("Mara Silva").check();
  await page.getByRole("button", { name: "Save the service" }).click();
  await page.waitForURL(/\/services\/ledger$/);

  await admin.go("/administration/access");
  await page.getByLabel("Who", { exact: true }).selectOption({ label: "Mara Silva" });
  await page.getByLabel("Where").selectOption({ label: "ledger production" });
  await page.getByRole("button", { name: "Show" }).click();
  await admin.alive();
  await expect(page.getByRole("row", { name: /Set up services/ })).toContainText("as an owner of the service");
  await expect(page.getByRole("row", { name: /Approve and reject/ })).toContainText("only approvers and administrators");

  await admin.go("/people");
  await page.getByRole("row", { name: /Mara Silva/ }).getByRole("link", { name: /^Deactivate/ }).click();
  await page.getByRole("button", { name: "Deactivate Mara Silva" }).click();
  admin.watch.allow(/\b422\b.*\/call\/access\/leave/, /status of 422/);
  await expect(page.getByText("Choose somebody: a service is never without an owner.")).toBeVisible();
  await page.getByLabel("ledger goes to").selectOption({ label: "Noor Haddad" });
  await page.getByRole("button", { name: "Deactivate Mara Silva" }).click();
  await page.waitForURL(/\/people$/);
  await expect(page.getByRole("row", { name: /Mara Silva/ })).toContainText("Deactivated");
  mara.watch.allow(/\b401\b/, /\/live/);
  await mara.page.goto(page.url());
  await expect(mara.page, "the session has ended").toHaveURL(/\/login/);

  await admin.go("/services/ledger");
  await expect(page.locator("#about")).toContainText("Noor Haddad");
  await page.getByText("Remove ledger…").click();
  await page.getByLabel("Type ledger to confirm").fill("ledger");
  // The page that shows it may ask once more before it is left.
  admin.watch.allow(/\b404\b.*\/call\/service\/(page|source)/, /status of 404/);
  await page.getByRole("button", { name: "Remove it" }).click();
  await page.waitForURL(/\/services$/);
});

test("a service account is made, explained and removed", async ({ admin }) => {
  const { page } = admin;
  await admin.go("/administration/service-accounts");
  await page.getByLabel("Name", { exact: true }).fill("deploy-bot");
  await page.getByLabel(/^What it is for/).fill("Registers releases from CI; Noor looks after it");
  await page.getByRole("button", { name: "Make the account" }).click();
  const row = page.getByRole("row", { name: /deploy-bot/ });
  await expect(row).toBeVisible();
  await row.getByRole("link", { name: "What it may do" }).click();
  await expect(page.getByRole("heading", { name: "deploy-bot on the whole instance" })).toBeVisible();
  await admin.go("/administration/service-accounts");
  await row.getByText("Remove deploy-bot…").click();
  await row.getByRole("button", { name: "Remove deploy-bot" }).click();
  await expect(row).toHaveCount(0);
});
