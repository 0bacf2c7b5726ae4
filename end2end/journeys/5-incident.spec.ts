// An incident that people open by hand: the public hears of it, its report is written by two, and it ends.
import { expect, test } from "../people.ts";

test("an incident is opened, told, written up and resolved", async ({ engineer, approver, visitor }) => {
  const { page } = engineer;
  // The form that is refused below.
  engineer.watch.allow(/\b422\b/);
  await engineer.go("/incidents/new");
  await page.getByLabel("Service").selectOption({ label: "storefront" });
  await page.getByRole("button", { name: "Open the incident" }).click();
  await expect(page.getByText("This is needed.").first(), "a title is needed").toBeVisible();
  await page.getByLabel("Title", { exact: true }).fill("Sign-ups get no mail");
  await page.getByLabel("Severity").selectOption("high");
  await page.getByRole("button", { name: "Open the incident" }).click();
  await page.waitForURL(/\/incidents\/\d+$/);
  await engineer.alive();
  const path = new URL(page.url()).pathname;

  // The public is told, and hears it at once.
  await page.getByLabel("State").selectOption("identified");
  await page.getByLabel("What to say").fill("The mail server refuses us. The next update comes in half an hour.");
  await page.getByRole("button", { name: "Publish" }).click();
  await expect(page.locator("#updates")).toContainText("The mail server refuses us.");
  await expect.poll(() => visitor.read("/status"), { message: "the status page tells it" }).toContain("The mail server refuses us.");
  expect(await visitor.read("/status"), "its own title stays inside").not.toContain("Sign-ups get no mail");

  // A second person has the page open and is told of what the first one saves.
  approver.watch.allow(/\b409\b/);
  await approver.go(`${path}?edit=report`);
  await engineer.go(`${path}?edit=report`);
  await page.getByLabel("Root cause").fill("The certificate of the mail server had run out.");
  await page.getByLabel("Public title").fill("Confirmation mails did not arrive");
  await page.getByRole("button", { name: "Save the report" }).click();
  await expect(page.locator("#part-root-cause + p")).toHaveText("The certificate of the mail server had run out.");
  await expect.poll(() => visitor.read("/status"), { message: "the public title is public" }).toContain("Confirmation mails did not arrive");
  await approver.page.getByLabel("Impact").fill("Forty people could not confirm their address.");
  await approver.page.getByRole("button", { name: "Save the report" }).click();
  await expect(approver.page.getByText("had run out"), "both versions are shown").toBeVisible();
  await expect(approver.page.getByRole("textbox", { name: "Impact" }), "what was typed is kept").toHaveValue("Forty people could not confirm their address.");

  // What is to be done, and that it is done.
  await engineer.go(path);
  await page.getByRole("textbox", { name: "Action item" }).fill("Watch the certificate's end");
  await page.getByRole("textbox", { name: "Ticket" }).fill("OPS-7");
  await page.getByRole("button", { name: "Add" }).click();
  const item = page.getByRole("row", { name: /Watch the certificate's end/ });
  await expect(item).toContainText("OPS-7");
  await item.getByRole("button", { name: /^Done/ }).click();
  await expect(item.getByRole("button", { name: /^Open again/ })).toBeVisible();

  await page.getByLabel("State").selectOption("resolved");
  await page.getByLabel("What to say").fill("Mail goes out again.");
  await page.getByRole("button", { name: "Publish" }).click();
  await expect(page.locator(".head .sub")).toContainText("Resolved");
  const report = await engineer.read(`${path}/report.md`);
  for (const said of ["Sign-ups get no mail", "had run out", "Watch the certificate's end", "OPS-7"]) expect(report).toContain(said);
});
