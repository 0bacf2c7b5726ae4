// Somebody turns a second factor on, signs in by a code and by a recovery code, and confirms that it is them before approving.
import { createHmac } from "node:crypto";
import { type Account, instance } from "../instance.ts";
import { type Person, expect, signIn, test } from "../people.ts";
import { SERVICE, askForApproval, release } from "../steps.ts";

const PASSWORD = "a second factor follows this";

/** The bytes of a text in base32. */
function bytes(base32: string): Buffer {
  const bits = [...base32.replace(/[\s=]/g, "").toUpperCase()].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

const step = (): number => Math.floor(Date.now() / 30_000);

/** The code of a step of time (RFC 6238). */
function codeOf(key: string, at: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(at));
  const hash = createHmac("sha1", bytes(key)).update(counter).digest();
  const offset = hash[hash.length - 1] & 0xf;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Codes as an authenticator shows them, each used once: the next step counts already when the one of now is used up. */
class Authenticator {
  private used = 0;
  constructor(private readonly key: string) {}

  async code(): Promise<string> {
    // One step ahead is accepted; a later one has to be waited for.
    await expect.poll(() => Math.max(step(), this.used + 1) <= step() + 1, { timeout: 65_000 }).toBe(true);
    this.used = Math.max(step(), this.used + 1);
    return codeOf(this.key, this.used);
  }
}

/** Writes the right password, and is asked for a code. */
async function password(person: Person, { email, password }: Account): Promise<void> {
  await person.go("/login");
  await person.page.getByLabel("E-mail").fill(email);
  await person.page.getByLabel("Password").fill(password);
  await person.page.getByRole("button", { name: "Sign in" }).click();
  await expect(person.page.getByRole("heading", { level: 1, name: "Enter a code" })).toBeVisible();
  await person.alive();
}

async function bring(person: Person, code: string): Promise<void> {
  await person.page.locator('input[name="code"]').fill(code);
  await person.page.getByRole("button", { name: "Sign in" }).click();
}

const signOut = async (person: Person): Promise<void> => {
  // What the page was just fetching when its session ended is refused.
  person.watch.allow(/\b401\b.*\/call\/access\/second-factor\b/);
  await person.page.getByRole("button", { name: "Sign out" }).click();
  await expect(person.page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
};

test("a second factor is turned on, asked for, and confirms who approves", async ({ admin, engineer, another }) => {
  test.setTimeout(240_000);
  // Somebody new, so that nobody else's sign-in changes.
  const una: Account = { email: "una.factor@example.com", password: PASSWORD };
  await admin.go("/people");
  await admin.page.locator("#invite").getByLabel("E-mail").fill(una.email);
  await admin.page.locator("#invite").getByLabel("Role").selectOption("approver");
  await admin.page.getByRole("button", { name: "Make an invitation link" }).click();
  const link = (await admin.page.getByRole("group", { name: "Invitation link" }).locator("code").textContent()) ?? "";
  const person = await another();
  const { page } = person;
  await person.go(new URL(link).pathname);
  await page.getByLabel("Your name").fill("Una Factor");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  await person.alive();

  await person.go("/profile/second-factor");
  await page.getByLabel("Your password").fill(PASSWORD);
  await page.getByRole("button", { name: "Begin" }).click();
  await expect(page.getByRole("img", { name: "The key as a picture to scan" })).toBeVisible();
  const key = (await page.getByRole("group", { name: "Key", exact: true }).locator("code").textContent()) ?? "";
  const phone = new Authenticator(key);
  await page.getByLabel("The code that it shows now").fill(await phone.code());
  await page.getByRole("button", { name: "Turn on" }).click();
  const codes = ((await page.getByRole("group", { name: "Recovery codes" }).locator("code").textContent()) ?? "").split(/\s+/).filter(Boolean);
  expect(codes).toHaveLength(10);
  await expect(page.locator("#on")).toContainText("10 of 10");

  await signOut(person);
  await password(person, una);
  // By half inside, nothing opens.
  await page.goto(`${instance().base}/releases`);
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  await page.goto(`${instance().base}/login/code`);
  await person.alive();
  await bring(person, "000000");
  await expect(page.getByText("This code is wrong, has been used, or is too old.")).toBeVisible();
  await person.alive();
  await bring(person, await phone.code());
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  await person.alive();

  await signOut(person);
  await password(person, una);
  await bring(person, codes[0]);
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  await person.go("/profile/second-factor");
  await expect(page.locator("#on")).toContainText("9 of 10");

  // Production asks who decides to have confirmed it within a minute; by then Una's sign-in is older.
  await admin.go("/services/storefront/environments/production");
  const policy = admin.page.locator("#policy");
  await policy.locator("#f-reauthenticate").fill("1");
  await policy.getByRole("button", { name: "Save policy" }).click();
  await policy.getByRole("button", { name: "Save this policy" }).click();
  await expect(policy).toContainText("Saved.");
  try {
    const version = "8.8.8";
    await plan(engineer, version);
    await askForApproval(engineer, version);
    await person.go(release(version, "approvals"));
    const part = page.locator("#approvals-production");
    // The page offers to confirm as soon as the proof is too old, without a reload.
    const confirm = part.getByRole("button", { name: "Confirm that it is you" });
    await expect(confirm).toBeVisible({ timeout: 90_000 });
    await part.getByLabel("Comment").fill("Una looked at it");
    await confirm.click();
    await expect(page.getByRole("heading", { level: 1, name: "Confirm that it is you" })).toBeVisible();
    // The section is called by the password as well.
    await page.locator('input[name="password"]').fill(PASSWORD);
    await page.locator('input[name="code"]').fill(codes[1]);
    await page.getByRole("button", { name: "Confirm", exact: true }).click();
    await page.waitForURL(/tab=approvals/);
    await person.alive();
    await expect(part.getByLabel("Comment")).toHaveValue("Una looked at it");
    await part.getByRole("button", { name: "Approve" }).click();
    await expect(part).toContainText("1 of 1");
  } finally {
    await admin.go("/services/storefront/environments/production");
    await policy.locator("#f-reauthenticate").fill("");
    await policy.getByRole("button", { name: "Save policy" }).click();
    await policy.getByRole("button", { name: "Save this policy" }).click();
    await expect(policy).toContainText("Saved.");
  }

  // An administrator helps who lost everything.
  await admin.go("/people");
  const row = admin.page.getByRole("row", { name: /Una Factor/ });
  await row.getByText("Remove second factor…").click();
  await row.getByRole("button", { name: "Remove second factor" }).click();
  await expect(row.getByText("Remove second factor…")).toHaveCount(0);
  await signOut(person);
  await signIn(person, una);
});

/** Plans a release, as its form would. */
async function plan(person: Person, version: string): Promise<void> {
  const status = await person.post("/call/release/create", {
    service: SERVICE,
    "form[version]": version,
    "form[title]": "Confirmed before it is approved",
    "form[reference]": `${SERVICE}:${version}`,
    "form[digest]": `sha256:${"cd".repeat(32)}`,
    "form[changes][0][kind]": "fix",
    "form[changes][0][text]": "Somebody looks twice",
  });
  expect(status, "a plan").toBeLessThan(400);
}
