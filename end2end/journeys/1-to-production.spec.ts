// The main job: a good release reaches production as a canary, and a bad one comes back by itself.
import { expect, test } from "../people.ts";
import { adminOf, expectNoRepetition, gateway, journal, weights } from "../playground.ts";
import { askForApproval, approve, becomes, deploy, release, tickOne, tickTheRest } from "../steps.ts";

test.describe.configure({ mode: "serial" });

test("engineer and approver take the good release to production", async ({ engineer, approver }) => {
  test.setTimeout(360_000);
  const { page } = engineer;

  await engineer.go(release("1.3.0", "checklist"));
  for (const evidence of ["https://ci.example.com/runs/130", "Reviewed by two of the team"]) await tickOne(page, evidence);
  // A section whose items are all done is folded.
  await expect(page.locator('a[href="https://ci.example.com/runs/130"]')).toBeAttached();
  await tickTheRest(engineer, "1.3.0");

  const button = page.getByRole("button", { name: "Deploy to production" });
  await engineer.go(release("1.3.0", "deployments"));
  await expect(button, "the gates hold it").toHaveAttribute("aria-disabled", "true");
  await expect(page.locator("#environments")).toContainText("This artifact has not succeeded in staging.");
  await expect(page.locator("#environments")).toContainText("Nobody has asked for approval of this plan.");

  await deploy(engineer, "1.3.0", "staging");
  await becomes(page, "Succeeded", "1.3.0", 60_000);

  await askForApproval(engineer, "1.3.0");
  await approve(approver, "1.3.0", "Read it, fine.");
  await expect(page.locator("#approvals-production"), "it shows without a reload").toContainText("Read it, fine.");

  const number = await deploy(engineer, "1.3.0", "production");
  await approver.go("/deployments");
  await approver.page.locator(`a[href="/deployments/${number}"]`).first().click();
  await approver.alive();

  const admin = adminOf("production");
  for (const weight of [10, 25, 50]) {
    await expect.poll(async () => (await gateway(admin)).weight, { timeout: 90_000, intervals: [500] }).toBe(weight);
    for (const watching of [page, approver.page]) await expect(watching.getByText(`Watching ${weight}\u00a0% of traffic.`)).toBeVisible();
  }
  await becomes(page, "Succeeded", "1.3.0", 180_000);
  await becomes(approver.page, "Succeeded", "1.3.0", 15_000);
  await expect(page.getByText("It serves everything since")).toBeVisible();

  const now = await gateway(admin);
  expect(now.stable.version).toBe("1.3.0");
  expect(now.canary).toMatchObject({ version: null, instances: 0 });
  const rises = (await weights(admin)).filter((one) => one.canary_version === "1.3.0").map((one) => one.weight);
  for (const weight of [10, 25, 50, 100]) expect(rises).toContain(weight);
  expectNoRepetition(journal("production"));

  await engineer.go("/");
  const cell = page.locator('td[data-env="production"]').first();
  await expect(cell).toContainText("1.3.0");
});

test("the bad release comes back by itself, and says why", async ({ engineer, approver, visitor }) => {
  test.setTimeout(300_000);
  const { page } = engineer;
  const admin = adminOf("production");

  await tickTheRest(engineer, "1.4.0");
  await deploy(engineer, "1.4.0", "staging");
  await becomes(page, "Succeeded", "1.4.0", 60_000);
  await askForApproval(engineer, "1.4.0");
  await approve(approver, "1.4.0", "Go ahead.");

  const sentence = async () => {
    const html = await visitor.read("/status");
    return /<p class="say[^"]*">.*?<span>(.*?)<\/span>/s.exec(html)?.[1]?.replaceAll("<!>", "") ?? html;
  };
  expect(await sentence()).toBe("Everything works.");
  const number = await deploy(engineer, "1.4.0", "production");
  // The public page is looked at all the while: what is wrong may be over within seconds.
  const degraded = expect.poll(sentence, { message: "the public saw it", timeout: 150_000, intervals: [100] }).toMatch(/storefront/i);
  await expect.poll(async () => (await gateway(admin)).weight, { timeout: 60_000, intervals: [200] }).toBeGreaterThan(0);
  await expect
    .poll(
      async () => {
        const { weight, canary } = await gateway(admin);
        return { weight, canary: canary.version };
      },
      { timeout: 90_000, intervals: [200] },
    )
    .toEqual({ weight: 0, canary: null });
  await degraded;
  await expect.poll(sentence, { timeout: 30_000, intervals: [200] }).toBe("Everything works.");

  const history = (await weights(admin)).filter((one) => one.canary_version === "1.4.0" || one.weight === 0);
  const bad = history.slice(history.findIndex((one) => one.canary_version === "1.4.0"));
  const down = bad.findIndex((one, i) => i > 0 && one.weight === 0);
  expect(bad.slice(down).every((one) => one.weight === 0), "weights never rise after a failed analysis").toBe(true);
  expect((await gateway(admin)).stable.version, "what ran before serves everything").toBe("1.3.0");
  const orders = journal("production");
  expectNoRepetition(orders);
  const taken = orders.filter((line) => line.kind === "done" && line.command === "rollback");
  expect(taken.length, "the way back was performed").toBeGreaterThan(0);

  await becomes(page, "Rolled back", "1.4.0", 15_000);
  const why = page.locator(".why", { hasText: "Rolled back by the machine." });
  await expect(why).toContainText(/of \d[\d,]*\s*requests?/);
  await expect(why).toContainText("1.3.0 serves everything again.");

  await engineer.go("/services/storefront");
  await expect(page.getByText("production is locked.")).toBeVisible();
  await expect(page.getByText("1.4.0 was taken back, and must not be deployed again by itself.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Unlock production" })).toHaveAttribute("aria-disabled", "true");

  await engineer.go("/incidents");
  await page.getByRole("link", { name: /^INC-\d+/ }).first().click();
  await page.waitForURL(/\/incidents\/\d+$/);
  await expect(page.getByRole("link", { name: new RegExp(`deployment ${number}, 1\\.4\\.0`) })).toBeVisible();
  const report = await engineer.read(`${new URL(page.url()).pathname}/report.md`);
  expect(report).toMatch(/^# /m);
  expect(report).toContain("1.4.0");
  expect(report, "impact in figures").toMatch(/\d[\d,.]*\s*(%|requests)/);
  for (const part of ["Timeline", "Impact", "Root Cause", "Action Items"]) expect(report).toMatch(new RegExp(part, "i"));

  const status = await visitor.read("/status");
  expect(status, "the incident stands in the past").toContain("Resolved");
  expect(status, "no wasm, no script").not.toMatch(/<script|\.wasm/);
});
