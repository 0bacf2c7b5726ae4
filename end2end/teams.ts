// What administrators do with teams, as steps that several journeys share.
import type { Person } from "./people.ts";
import { expect } from "@playwright/test";

/** Makes a team, stands on its page then, and answers with its id. */
export async function makeTeam(admin: Person, name: string, description: string): Promise<string> {
  const { page } = admin;
  await admin.go("/administration/teams");
  await page.locator("#new").getByLabel("Name", { exact: true }).fill(name);
  await page.locator("#new").getByLabel(/^What it is for/).fill(description);
  await page.getByRole("button", { name: "Make the team" }).click();
  await page.waitForURL(/\/administration\/teams\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await admin.alive();
  return new URL(page.url()).pathname.split("/").at(-1) ?? "";
}

/** On a team's page: gives its members a role at a place, as the list of places names it. */
export async function giveRole(admin: Person, role: string, place: string): Promise<void> {
  const part = admin.page.locator("#roles");
  await part.getByLabel("Role", { exact: true }).selectOption({ label: role });
  await part.getByLabel("Where", { exact: true }).selectOption({ label: place });
  await part.getByRole("button", { name: "Give the role" }).click();
  await expect(part.getByRole("button", { name: new RegExp(`^Take away ${role} on `) })).toBeVisible();
}

/** On a team's page: makes somebody a member. */
export async function addMember(admin: Person, name: string): Promise<void> {
  const part = admin.page.locator("#members");
  await part.getByLabel("Person or service account").selectOption({ label: name });
  await part.getByRole("button", { name: "Add to the team" }).click();
  await expect(part.getByRole("button", { name: `Take out ${name}` })).toBeVisible();
}
