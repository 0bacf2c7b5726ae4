// Every screen of the route table, light and dark, wide and narrow: a picture, nothing for axe to find, no sideways scroll.
import { type Browser, test } from "@playwright/test";
import { account, instance } from "../instance.ts";
import { type Person, expect, open, signIn } from "../people.ts";
import { addMember, giveRole, makeTeam } from "../teams.ts";
import { askForApproval, approve, becomes, deploy, expectNoSidewaysScroll, release, tickTheRest } from "../steps.ts";
import { found, picture } from "./look.ts";
import { BESIDE, type Reader, VIEWS, routes } from "./routes.ts";

const WIDTHS = [
  { name: "1440", viewport: { width: 1440, height: 900 }, hasTouch: false },
  { name: "390", viewport: { width: 390, height: 844 }, hasTouch: true },
];

const readers = new Map<string, Person>();
const facts: Record<string, string> = {};

async function reader(browser: Browser, who: Reader, width: (typeof WIDTHS)[number]): Promise<Person> {
  const key = `${who} ${width.name}`;
  const known = readers.get(key);
  if (known !== undefined) return known;
  const person = await open(browser, { scripted: true, viewport: width.viewport, hasTouch: width.hasTouch });
  if (who === "admin") await signIn(person, account("admin"));
  readers.set(key, person);
  return person;
}

/** Makes what the screens show: a release that is on its way to production, one that is through, an open incident. */
async function furnish(browser: Browser): Promise<void> {
  const admin = await open(browser, { scripted: true, viewport: WIDTHS[0].viewport });
  const engineer = await open(browser, { scripted: true, viewport: WIDTHS[0].viewport });
  await signIn(admin, account("admin"));
  await signIn(engineer, account("engineer"));

  await admin.go("/services/storefront");
  const unlock = admin.page.getByRole("button", { name: "Unlock production" });
  if ((await unlock.count()) > 0) {
    await unlock.click();
    await expect(unlock).toHaveCount(0);
  }
  await admin.go("/people");
  await admin.page.getByLabel("E-mail").fill("lee@example.com");
  await admin.page.getByRole("button", { name: "Make an invitation link" }).click();
  facts.token = new URL((await admin.page.getByRole("group", { name: "Invitation link" }).locator("code").textContent()) ?? "").pathname.split("/").at(-1) ?? "";

  const leave = admin.page.getByRole("link", { name: /^Deactivate/ }).last();
  facts.person = /people\/([^/]+)\/leave/.exec((await leave.getAttribute("href")) ?? "")?.[1] ?? "";
  facts.team = await makeTeam(admin, "Release board", "Decides on what goes to production");
  await giveRole(admin, "Approver", "storefront production");
  await addMember(admin, "Noor Haddad");

  await admin.go("/calendar/new");
  await admin.page.getByLabel("Name").fill("Year end");
  await admin.page.getByLabel("Why").fill("Nobody is there to look after it.");
  await admin.page.getByLabel("Begins").fill("2099-12-20T18:00");
  await admin.page.getByLabel("Ends").fill("2099-12-30T06:00");
  await admin.page.getByRole("button", { name: "Show what it would hold" }).click();
  await admin.page.getByRole("button", { name: "Save" }).click();
  await admin.page.waitForURL(/\/calendar$/);
  const time = admin.page.getByRole("link", { name: "Year end" }).last();
  facts.time = (await time.getAttribute("href"))?.split("/").at(-1) ?? "";
  await admin.go("/administration/webhooks");
  const add = admin.page.locator("#add");
  await add.getByLabel("Name", { exact: true }).fill("Chat of the team");
  await add.getByLabel("Address", { exact: true }).fill("http://127.0.0.1:9/in");
  await add.getByRole("checkbox").first().check();
  await admin.page.getByRole("button", { name: "Add the webhook" }).click();
  const made = admin.page.getByRole("link", { name: "Send a test" });
  facts.webhook = (await made.getAttribute("href"))?.split("/").at(-1) ?? "";

  await engineer.go("/incidents/new");
  await engineer.page.getByLabel("Title", { exact: true }).fill("Checkout answers slowly");
  await engineer.page.getByRole("button", { name: "Open the incident" }).click();
  await engineer.page.waitForURL(/\/incidents\/\d+$/);
  facts.incident = new URL(engineer.page.url()).pathname.split("/").at(-1) ?? "";

  facts.ended = String(await deploy(engineer, "1.3.0", "staging"));
  await becomes(engineer.page, "Succeeded", "1.3.0", 60_000);
  await engineer.go(release("1.3.0", "deployments"));
  const production = engineer.page.locator("#environments").getByRole("button", { name: "Deploy to production" });
  if ((await production.getAttribute("aria-disabled")) === "true") {
    await tickTheRest(engineer, "1.3.0");
    await askForApproval(engineer, "1.3.0");
    await approve(admin, "1.3.0", "For the pictures.");
  }
  facts.running = String(await deploy(engineer, "1.3.0", "production"));
  await expect(engineer.page.getByText(/^Watching 10/)).toBeVisible({ timeout: 60_000 });
  // So that it stays where it is while it is looked at.
  await engineer.page.getByRole("button", { name: "Pause" }).click();
  await becomes(engineer.page, "Paused", "1.3.0", 30_000);
  await admin.context.close();
  await engineer.context.close();
}

test.describe.configure({ mode: "default" });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(240_000);
  await furnish(browser);
});

test.afterAll(async ({ browser }) => {
  const engineer = await open(browser, { scripted: true, viewport: WIDTHS[0].viewport });
  await signIn(engineer, account("engineer"));
  if (facts.running !== undefined) {
    await engineer.go(`/deployments/${facts.running}/abort`);
    await engineer.page.getByLabel("Why").fill("The pictures are taken");
    await engineer.page.getByRole("button", { name: "Abort now" }).click();
    await becomes(engineer.page, "Aborted", "1.3.0", 60_000);
  }
  for (const person of [engineer, ...readers.values()]) await person.context.close();
  readers.clear();
});

test("every route has its screens, and every screen has its route", () => {
  expect(Object.keys(VIEWS).sort()).toEqual(routes().sort());
});

test("what only the first start shows", () => {
  const looks = Object.entries(instance().looks ?? {});
  expect(looks.map(([screen]) => screen).sort()).toEqual(["home-empty, dark", "home-empty, light", "setup, dark", "setup, light"]);
  for (const [screen, violations] of looks) expect.soft(violations, screen).toEqual([]);
});

for (const [route, views] of Object.entries({ ...VIEWS, ...BESIDE })) {
  for (const view of views) {
    test(`${route}, ${view.state}`, async ({ browser }) => {
      const at = view.at.replaceAll(/\{(\w+)\}/g, (_, name: string) => facts[name] ?? `no-${name}`);
      const screen = route.replace(/^\//, "").replaceAll("/", "-").replaceAll(":", "") || "home";
      for (const width of WIDTHS) {
        const person = await reader(browser, view.reader, width);
        const { page, watch } = person;
        const before = watch.problems().length;
        if (route === "/no-such-page" || view.state === "ended") watch.allow(/\b404\b/);
        // The public status page brings no script that could say it is alive.
        if (route === "/status") await page.goto(instance().base + at);
        else await person.go(at);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          await picture(page, screen, `${view.state}.${width.name}.${colorScheme}`);
          expect.soft(await found(page), `axe at ${at}, ${width.name}, ${colorScheme}`).toEqual([]);
        }
        await expectNoSidewaysScroll(page);
        expect.soft(watch.problems().slice(before), `the browser at ${at}, ${width.name}`).toEqual([]);
      }
    });
  }
}
