// What people are told: in the bell while they look elsewhere, and by mail.
import { mailsTo } from "../mail.ts";
import { expect, test, type Person } from "../people.ts";
import { SERVICE, askForApproval } from "../steps.ts";

const VERSION = "9.1.0";

async function plan(person: Person): Promise<void> {
  const status = await person.post("/call/release/create", {
    service: SERVICE,
    "form[version]": VERSION,
    "form[title]": "To be asked about",
    "form[reference]": `${SERVICE}:${VERSION}`,
    "form[digest]": `sha256:${"cd".repeat(32)}`,
    "form[rollback_plan]": "Send all traffic to the version before",
    "form[changes][0][kind]": "fix",
    "form[changes][0][text]": "Prices are rounded once",
  });
  expect(status).toBeLessThan(400);
}

test("the approver's bell counts up live, and goes quiet when it is read", async ({ engineer, approver }) => {
  const { page } = approver;
  await approver.go("/notices");
  const all = page.getByRole("button", { name: "Mark all as read" });
  if ((await all.count()) > 0) await all.click();
  const bell = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /^Notices/ });
  await expect(bell).toHaveText("Notices");
  await approver.go("/services");

  await plan(engineer);
  await askForApproval(engineer, VERSION);
  await expect(bell, "it counts up without a reload").toHaveText("Notices1 unread notice");

  await bell.click();
  await page.waitForURL(/\/notices$/);
  const line = page.getByRole("listitem").filter({ hasText: `Your approval is asked for ${SERVICE} ${VERSION} to production` });
  await expect(line).toBeVisible();
  await line.getByRole("button", { name: /^Mark as read/ }).click();
  await expect(bell).toHaveText("Notices");
  await line.getByRole("link").click();
  await page.waitForURL(new RegExp(`/releases/${SERVICE}/${VERSION.replaceAll(".", "\\.")}$`));
});

test("somebody comes in by a mailed invitation, and sets a forgotten password by mail", async ({ admin, another }) => {
  const address = "mia@example.com";
  await admin.go("/people");
  await admin.page.getByLabel("E-mail").fill(address);
  await admin.page.locator("#invite").getByLabel("Role").selectOption("viewer");
  await admin.page.getByRole("button", { name: "Make an invitation link" }).click();
  await expect(admin.page.getByText("The link was sent by e-mail.")).toBeVisible();
  await expect.poll(() => mailsTo(address).length).toBe(1);
  const invitation = /\/invite\/[\w-]+/.exec(mailsTo(address)[0])?.[0] ?? "";

  const mia = await another();
  await mia.go(invitation);
  await mia.page.getByLabel("Your name").fill("Mia Berg");
  await mia.page.getByLabel("Password").fill("three boats in one harbour");
  await mia.page.getByRole("button", { name: "Join", exact: true }).click();
  await expect(mia.page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();

  const later = await another();
  await later.go("/login");
  await later.page.getByRole("link", { name: "Forgotten your password?" }).click();
  await later.page.getByLabel("E-mail").fill("nobody@example.com");
  await later.page.getByRole("button", { name: "Send the link" }).click();
  await expect(later.page.getByText("Look into your mail."), "the same for whoever is not here").toBeVisible();
  await later.go("/forgot");
  await later.page.getByLabel("E-mail").fill(address);
  await later.page.getByRole("button", { name: "Send the link" }).click();
  await expect(later.page.getByText("Look into your mail.")).toBeVisible();
  await expect.poll(() => mailsTo(address).length).toBe(2);
  expect(mailsTo("nobody@example.com")).toEqual([]);
  const reset = /\/reset\/[\w-]+/.exec(mailsTo(address)[1])?.[0] ?? "";

  await later.go(reset);
  await later.page.getByLabel("New password").fill("four boats in one harbour");
  await later.page.getByRole("button", { name: "Set the password" }).click();
  await later.page.waitForURL(/\/login/);
  mia.watch.allow(/\b401\b/, /\/live/);
  await mia.page.goto(mia.page.url());
  await expect(mia.page, "all sessions have ended").toHaveURL(/\/login/);
  await later.alive();
  await later.page.getByLabel("E-mail").fill(address);
  await later.page.getByLabel("Password").fill("four boats in one harbour");
  await later.page.getByRole("button", { name: "Sign in" }).click();
  await expect(later.page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
});

test("what one is told can be chosen", async ({ approver }) => {
  const { page } = approver;
  await approver.go("/profile/notices");
  await page.getByLabel("An incident is updated").selectOption("none");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("It holds for what happens from now on.")).toBeVisible();
  await approver.go("/profile/notices");
  await expect(page.getByLabel("An incident is updated")).toHaveValue("none");
  await page.getByLabel("An incident is updated").selectOption("bell");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("It holds for what happens from now on.")).toBeVisible();
});
