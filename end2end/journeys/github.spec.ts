// A source repository tells of itself: deliveries are signed, kept once, and seen at once.
import { createHmac } from "node:crypto";
import { expect, test } from "../people.ts";

const SHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

test("a service is connected to GitHub, a signed delivery shows by itself, and another secret ends the first", async ({ admin, another }) => {
  const { page } = admin;
  await admin.go("/services/storefront");
  const part = page.locator("#source");
  await part.getByRole("button", { name: "Make an address and a secret" }).click();
  const shown = async (label: string) => (await page.getByRole("group", { name: label }).locator("code").textContent()) ?? "";
  await expect(page.getByRole("group", { name: "Secret" })).toBeVisible();
  const [address, secret] = [await shown("Payload URL"), await shown("Secret")];
  expect(secret.length).toBeGreaterThan(40);

  const github = await another();
  const check = JSON.stringify({
    check_run: { name: "Security", head_sha: SHA, conclusion: "success", completed_at: "2026-01-10T10:00:00Z", html_url: "https://example.com/1" },
  });
  const deliver = async (id: string, key: string, event = "check_run", body = check) => {
    const signature = createHmac("sha256", key).update(body).digest("hex");
    const response = await github.context.request.post(new URL(new URL(address).pathname, page.url()).toString(), {
      data: body,
      headers: {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": id,
        "x-hub-signature-256": `sha256=${signature}`,
      },
    });
    return `${response.status()} ${(await response.text()).trim()}`;
  };
  expect(await deliver("1", "another secret")).toMatch(/^401 /);
  expect(await deliver("1", secret)).toBe("200 kept");
  expect(await deliver("1", secret)).toBe("200 it came before");
  await part.getByText("Last deliveries").click();
  await expect(part.getByText("security passed of 6dcb09b5")).toBeVisible();
  await expect(part.getByText("Missed deliveries are not found.")).toBeVisible();

  // What GitHub deployed past Slipway is believed, and says so; a release is known by its tag.
  const began = new Date().toISOString();
  const status = (state: string, environment: string) => JSON.stringify({
    deployment_status: { id: 1, state, created_at: began, updated_at: new Date().toISOString() },
    deployment: { id: 4242, sha: SHA, ref: "v9.0.0", environment, created_at: began },
  });
  expect(await deliver("status-1", secret, "deployment_status", status("success", "Development"))).toBe("200 kept");
  expect(await deliver("status-2", secret, "deployment_status", status("success", "github-pages"))).toBe("200 nothing to keep");
  await expect(part.getByText("no environment here has this name")).toBeVisible();
  const release = JSON.stringify({
    action: "published",
    release: { tag_name: "v1.3.0", name: "1.3.0", draft: false, published_at: began, html_url: "https://example.com/releases/v1.3.0" },
  });
  expect(await deliver("release-1", secret, "release", release)).toBe("200 kept");
  await admin.go("/deployments");
  const row = page.getByRole("row").filter({ hasText: "9.0.0" });
  await expect(row.getByText("outside", { exact: true })).toBeVisible();
  await expect(row.getByText("By GitHub, past the gates")).toBeVisible();
  await admin.go("/");
  await expect(page.getByText("from outside, by GitHub")).toBeVisible();
  expect(await deliver("status-3", secret, "deployment_status", status("failure", "Development"))).toBe("200 kept");
  await expect(page.getByText("from outside, by GitHub")).toHaveCount(0);
  await admin.go("/releases/storefront/1.3.0");
  await expect(page.getByRole("link", { name: "Published on GitHub" })).toBeVisible();
  await admin.go("/services/storefront");

  await part.getByRole("button", { name: "Make an address and a secret" }).click();
  await expect(async () => expect(await shown("Secret")).not.toBe(secret)).toPass();
  expect(await deliver("2", secret), "the first secret has ended").toMatch(/^401 /);

  await part.getByText("Disconnect…").click();
  await part.getByRole("button", { name: "Disconnect", exact: true }).click();
  await expect(part.getByText("No repository tells of itself here yet.")).toBeVisible();
});
