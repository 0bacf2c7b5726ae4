// A person makes a token for a pipeline; it works as far as its scopes go, and until an administrator ends it.
import { instance } from "../instance.ts";
import { expect, test } from "../people.ts";

test("a token reads and reports, does not deploy, and ends at once", async ({ admin, engineer }) => {
  const { page } = engineer;
  await engineer.go("/profile/tokens");
  await page.getByLabel("What it is for").fill("Journey's pipeline");
  await page.getByLabel("Ends after").selectOption("7");
  await page.getByLabel("Plan", { exact: true }).check();
  await page.getByRole("button", { name: "Make token" }).click();
  const secret = (await page.getByRole("group", { name: "Access token" }).locator("code").textContent()) ?? "";
  expect(secret).toMatch(/^slipway_[\w-]{40,}$/);
  const row = page.getByRole("row", { name: /Journey's pipeline/ });
  await expect(row).toContainText("Read, Plan");
  await expect(row).toContainText("Never");

  const address = new URL(page.url()).origin;
  const call = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${address}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  expect((await call("GET", "/me")).status).toBe(200);
  const commit = "0123456789abcdef0123456789abcdef01234567";
  const check = await call("PUT", `/services/storefront/commits/${commit}/checks/unit`, { state: "passed", url: "https://ci.example.com/1" });
  expect(check.status).toBe(200);
  const deploy = await call("POST", "/services/storefront/releases/1.3.0/deployments", { environment: "staging" });
  expect(deploy.status, "this scope was not given").toBe(403);

  // The token is gone from the page once it is loaded anew, and its last use stands there.
  await engineer.go("/profile/tokens");
  await expect(page.getByText(secret)).toHaveCount(0);
  await expect(row).not.toContainText("Never");

  // What it may do, and what its scopes keep it from.
  await row.getByRole("link", { name: "What it may do, and why" }).click();
  await page.waitForURL(/\/profile\/access\?token=/);
  const may = (deed: RegExp) => page.getByRole("row", { name: deed });
  await expect(page.getByRole("heading", { name: /Journey's pipeline, a token of/ })).toBeVisible();
  await expect(may(/^Deploy/).first()).toContainText("the token lacks the scope deploy");
  await engineer.go("/profile/tokens");

  await admin.go("/administration/tokens");
  const theirs = admin.page.getByRole("row", { name: /Journey's pipeline/ });
  await theirs.getByText("Revoke…").click();
  await theirs.getByRole("button", { name: "Revoke" }).click();
  await expect(theirs).toContainText("Revoked");
  expect((await call("GET", "/me")).status).toBe(401);
  await expect(row, "who made it sees it without a reload").toContainText("Revoked");
});

test("the page about the API reads without signing in", async ({ another }) => {
  const nobody = await another();
  await nobody.page.goto(`${instance().base}/api`);
  await expect(nobody.page.getByRole("heading", { level: 1 })).toContainText("Slipway API");
  await nobody.page.getByText("What the gates say, and waiting for it").click();
  await expect(nobody.page.getByText("/releases/{version}/gate").first()).toBeVisible();
});
