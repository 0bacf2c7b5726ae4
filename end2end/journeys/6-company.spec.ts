// Somebody comes in by a company account: a real OpenID Connect provider runs beside the instance.
import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { instance } from "../instance.ts";
import { type Person, expect, test } from "../people.ts";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Starts the provider, and answers with its address. */
function provider(base: string): Promise<{ issuer: string; process: ChildProcess }> {
  const told = { client: "slipway", secret: "a secret of the client", back: [`${base}/sign-in/callback/oidc`], out: [`${base}/login`] };
  const process = spawn("node", ["provider.mjs", JSON.stringify(told)], { cwd: FOLDER, stdio: ["ignore", "pipe", "ignore"] });
  return new Promise((done, failed) => {
    process.once("exit", (code) => failed(new Error(`the provider ended with ${code}`)));
    process.stdout?.on("data", (chunk: Buffer) => {
      const issuer = /ready (\S+)/.exec(chunk.toString())?.[1];
      if (issuer !== undefined) done({ issuer, process });
    });
  });
}

/** The provider's own pages are not ours to look after. */
const THEIRS = [/127\.0\.0\.1:\d+\/(interaction|session|auth)/, /favicon/, /fonts\.googleapis\.com/];

/** Signs in at the provider, whose page is open, and says yes to what it asks. */
async function there({ page }: Person, account: string): Promise<void> {
  await page.locator("input[name=login]").fill(account);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.locator("button[type=submit]").click();
}

test("a provider is set up, a stranger joins by it, ends a session, signs out there, and it is switched off", async ({ admin, another }) => {
  const { issuer, process } = await provider(instance().base);
  try {
    const { page } = admin;
    await admin.go("/administration/sign-in");
    await page.getByRole("link", { name: "Any OpenID Connect provider" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Company account");
    await page.getByLabel("Issuer").fill(issuer);
    await page.getByLabel("Client id").fill("slipway");
    await page.getByLabel("Client secret").fill("a secret of the client");
    await page.getByLabel("Strangers may join").check();
    await page.getByLabel("Roles by groups").fill("platform = engineer");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.locator("#provider-oidc")).toContainText(issuer);
    await page.locator("#provider-oidc").getByRole("link", { name: "Test it now" }).click();
    await expect(page.getByText("it can be used")).toBeVisible();

    const robin = await another();
    robin.watch.allow(...THEIRS);
    await robin.go("/login?next=%2Freleases");
    await robin.page.getByRole("button", { name: "Continue with Company account" }).click();
    await there(robin, "robin");
    await robin.page.waitForURL(/\/releases$/);
    await robin.alive();
    await expect(robin.page.getByRole("link", { name: "Plan a release" }), "the group makes an engineer").toBeVisible();

    await robin.go("/profile/sign-in");
    await expect(robin.page.locator("#linked")).toContainText("robin@example.com");
    await robin.go("/profile/sessions");
    await expect(robin.page.locator("#sessions")).toContainText("(this one)");

    // Passwords go only when the administrator comes in without one.
    await admin.go("/administration/sign-in");
    const passwords = page.locator("#passwords");
    await passwords.locator("summary").click();
    await expect(passwords.getByRole("button", { name: "Switch passwords off" })).toHaveAttribute("aria-disabled", "true");
    await expect(passwords).toContainText("Link your own account to a provider first");
    admin.watch.allow(...THEIRS);
    await admin.go("/profile/sign-in");
    await page.getByRole("button", { name: "Link Company account" }).click();
    await there(admin, "kim");
    await page.waitForURL(/saved=linked/);
    await admin.go("/administration/sign-in");
    await passwords.locator("summary").click();
    await passwords.getByRole("button", { name: "Switch passwords off" }).click();
    await expect(passwords).toContainText("Off: people sign in by a provider alone");
    await expect(page.locator("#provider-oidc").getByRole("button", { name: "Switch off" }), "the last way in stays").toHaveAttribute("aria-disabled", "true");

    const guest = await another();
    guest.watch.allow(...THEIRS);
    await guest.go("/login");
    await expect(guest.page.getByRole("button", { name: "Continue with Company account" })).toBeVisible();
    await expect(guest.page.getByLabel("Password"), "no password is asked for").toHaveCount(0);
    await guest.page.getByRole("button", { name: "Continue with Company account" }).click();
    await there(guest, "robin");
    await expect(guest.page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
    await guest.alive();

    await passwords.getByRole("button", { name: "Switch passwords on" }).click();
    await expect(passwords.locator("summary")).toBeVisible();

    await admin.go("/administration/sign-in");
    await page.locator("#provider-oidc").getByRole("button", { name: "Switch off" }).click();
    await expect(page.locator("#provider-oidc")).toContainText("nobody signs in by it");
    const late = await another();
    await late.go("/login");
    await expect(late.page.getByRole("button", { name: "Sign in" })).toBeVisible();
    await expect(late.page.getByRole("button", { name: /Company account/ }), "what is off is not offered").toHaveCount(0);
  } finally {
    // Whatever failed: the journeys that follow sign in by passwords.
    await admin.post("/call/access/passwords-switch", { on: "true" });
    process.removeAllListeners("exit");
    process.kill();
  }
});
