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
  const body = JSON.stringify({
    check_run: { name: "Security", head_sha: SHA, conclusion: "success", completed_at: "2026-01-10T10:00:00Z", html_url: "https://example.com/1" },
  });
  const deliver = async (id: string, key: string) => {
    const signature = createHmac("sha256", key).update(body).digest("hex");
    const response = await github.context.request.post(new URL(new URL(address).pathname, page.url()).toString(), {
      data: body,
      headers: {
        "content-type": "application/json",
        "x-github-event": "check_run",
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

  await part.getByRole("button", { name: "Make an address and a secret" }).click();
  await expect(async () => expect(await shown("Secret")).not.toBe(secret)).toPass();
  expect(await deliver("2", secret), "the first secret has ended").toMatch(/^401 /);

  await part.getByText("Disconnect…").click();
  await part.getByRole("button", { name: "Disconnect", exact: true }).click();
  await expect(part.getByText("No repository tells of itself here yet.")).toBeVisible();
});
