// Several people, several tabs, a lost connection: pages stay true without a reload.
import { type Page, type Request, expect as playwright } from "@playwright/test";
import { account, instance } from "../instance.ts";
import { expect, test, type Person, signIn } from "../people.ts";
import { release } from "../steps.ts";
import { Wire } from "../wire.ts";

const STREET = "/services/storefront";

async function hold(person: Person, why: string): Promise<void> {
  await person.go(STREET);
  await person.page.getByText("Lock development…").click();
  await person.page.locator("#lock-development").fill(why);
  await person.page.getByRole("button", { name: "Lock development" }).click();
  await expect(person.page.getByText("development is locked.")).toBeVisible();
}

async function lift(person: Person): Promise<void> {
  await person.go(STREET);
  await person.page.getByRole("button", { name: "Unlock development" }).click();
  await expect(person.page.getByText("Lock development…")).toBeVisible();
}

const locked = (page: Page) => playwright(page.getByText("development is locked."));

test.afterEach(async ({ admin }) => {
  // A test that failed in between leaves nothing for the next one.
  await admin.go(STREET);
  if ((await admin.page.getByRole("button", { name: "Unlock development" }).count()) > 0) await lift(admin);
});

test("eight tabs stay live with one stream, and the next tab takes over", async ({ engineer, admin }) => {
  test.setTimeout(120_000);
  const isStream = (request: Request) => new URL(request.url()).pathname === "/live";
  const [first] = await Promise.all([engineer.context.waitForEvent("response", (response) => isStream(response.request()) && response.frame().url().endsWith(STREET)), engineer.go(STREET)]);
  expect(first.status()).toBe(200);
  const further: Request[] = [];
  engineer.context.on("request", (request) => {
    if (isStream(request)) further.push(request);
  });
  const tabs: Page[] = [engineer.page];
  while (tabs.length < 8) tabs.push(await engineer.tab(STREET));

  await hold(admin, "The eight are looking");
  for (const tab of tabs) await locked(tab).toBeVisible();
  expect(further, "one stream serves all tabs").toHaveLength(0);

  // The tab that keeps the stream is the first one: when it goes, another one opens a stream.
  await tabs[0].close();
  await expect.poll(() => further.length).toBe(1);
  await lift(admin);
  for (const tab of tabs.slice(1)) await locked(tab).toHaveCount(0);
});

test("a lost connection is said, and the page is right again afterwards", async ({ admin, another }) => {
  test.setTimeout(90_000);
  const wire = await Wire.to(instance().base);
  try {
    const engineer = await another({ base: wire.url });
    await signIn(engineer, account("engineer"));
    await engineer.go(STREET);
    const lost = engineer.page.getByText("Not connected.");
    await expect(lost).toHaveCount(0);

    engineer.watch.allow(/ERR_(CONNECTION|INCOMPLETE|EMPTY|SOCKET|NETWORK)\w*/, /Failed to fetch/);
    await wire.cut();
    await expect(lost).toBeVisible();
    await hold(admin, "While nobody was listening");
    await expect(engineer.page.getByText("development is locked."), "it can't know").toHaveCount(0);
    await wire.mend();
    await locked(engineer.page).toBeVisible({ timeout: 30_000 });
    await expect(lost).toHaveCount(0);

    // And it is live again.
    await lift(admin);
    await locked(engineer.page).toHaveCount(0);
  } finally {
    await wire.cut();
  }
});

test("the palette goes anywhere by keyboard alone", async ({ engineer }) => {
  const { page } = engineer;
  await engineer.go("/");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "Go to" })).toBeFocused();
  await page.keyboard.type("1.5.0");
  await expect(page.getByRole("option").first()).toContainText("1.5.0");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/releases\/storefront\/1\.5\.0/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("1.5.0");

  await page.keyboard.press("/");
  await page.keyboard.type("people");
  await expect(page.getByRole("option").first()).toContainText("People");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/people$/);

  await page.keyboard.press("Control+k");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("combobox", { name: "Go to" })).toBeHidden();
});

test("two people edit one plan: the second is told, and loses nothing", async ({ engineer, approver }) => {
  await engineer.go(`${release("1.5.0")}/edit`);
  await approver.go(`${release("1.5.0")}/edit`);

  await engineer.page.getByLabel("Title", { exact: true }).fill("Recommendations, by the engineer");
  await engineer.page.getByRole("button", { name: "Save the plan" }).click();
  await engineer.page.waitForURL(/\/releases\/storefront\/1\.5\.0$/);

  const { page } = approver;
  approver.watch.allow(/\b409\b.*\/call\/release\/update/, /status of 409/);
  await page.getByLabel("Title", { exact: true }).fill("Recommendations, by the approver");
  await page.getByLabel(/^Deployment notes/).fill("Watch the basket.");
  await page.getByRole("button", { name: "Save the plan" }).click();
  await expect(page.getByText("Somebody else saved this while you were writing.")).toBeVisible();
  const clash = page.locator(".clash");
  await expect(clash).toContainText("Recommendations, by the engineer");
  await expect(clash).toContainText("Recommendations, by the approver");
  await expect(page.getByLabel(/^Deployment notes/), "what was typed stays").toHaveValue("Watch the basket.");
  await clash.getByRole("checkbox", { name: "Take theirs: Title" }).check();
  await page.getByRole("button", { name: "Save again" }).click();
  await page.waitForURL(/\/releases\/storefront\/1\.5\.0$/);

  await approver.go(release("1.5.0", "plan"));
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Recommendations, by the engineer");
  await expect(page.locator("#plan")).toContainText("Watch the basket.");
});

test("a page whose code can't be loaded comes whole from the server", async ({ engineer }) => {
  const { page } = engineer;
  await engineer.go("/");
  // As after an update: the files that this document knows are gone.
  engineer.watch.allow(/split_plan|chunk_\d+|Failed to fetch/);
  await page.route(/\/pkg\/split_plan\.\w+\.wasm$/, (route) => route.abort());
  const document = page.waitForRequest((request) => request.isNavigationRequest() && new URL(request.url()).pathname === "/releases");
  await page.getByRole("navigation").getByRole("link", { name: "Releases" }).first().click();
  await document;
  await expect(page.getByRole("heading", { level: 1, name: "Releases" })).toBeVisible();
  await expect(page.getByRole("link", { name: /1\.3\.0/ }).first(), "it reads and leads on without its code").toBeVisible();
  await page.unroute(/\/pkg\/split_plan\.\w+\.wasm$/);
  await engineer.go("/releases");
});
