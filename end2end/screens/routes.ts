// The screens, taken from the route table: a route without a line here fails, and so does a line without a route.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const TABLE = join(dirname(fileURLToPath(import.meta.url)), "../../app/src/routes.rs");

/** Who looks. */
export type Reader = "admin" | "nobody";

export interface View {
  /** Part of the picture's name. */
  state: string;
  /** The address; names in braces are filled in with what there is. */
  at: string;
  reader: Reader;
}

const seen = (at: string, state = "as-it-is"): View => ({ state, at, reader: "admin" });

/** What is looked at of each route, in the states that matter. */
export const VIEWS: Record<string, View[]> = {
  "/": [seen("/", "full")],
  "/search": [seen("/search", "empty"), seen("/search?q=storefront", "found"), seen("/search?q=zzzz", "nothing")],
  "/more": [seen("/more")],
  "/help": [seen("/help")],
  "/help/components": [seen("/help/components")],
  "/login": [{ state: "as-it-is", at: "/login", reader: "nobody" }],
  // Shown only between the password and the code: a journey looks at it.
  "/login/code": [],
  // Before anybody is set up it is looked at by the journey that sets up.
  "/setup": [],
  "/invite/:token": [
    { state: "open", at: "/invite/{token}", reader: "nobody" },
    { state: "ended", at: "/invite/not-a-token", reader: "nobody" },
  ],
  "/forgot": [
    { state: "as-it-is", at: "/forgot", reader: "nobody" },
    { state: "asked", at: "/forgot?asked=1", reader: "nobody" },
  ],
  "/reset/:token": [{ state: "ended", at: "/reset/not-a-token", reader: "nobody" }],
  "/notices": [seen("/notices")],
  "/profile/notices": [seen("/profile/notices")],
  "/administration/jobs": [seen("/administration/jobs")],
  "/administration/webhooks": [seen("/administration/webhooks")],
  "/administration/webhooks/:id": [seen("/administration/webhooks/{webhook}")],
  "/profile": [seen("/profile")],
  "/profile/sign-in": [seen("/profile/sign-in")],
  "/profile/second-factor": [seen("/profile/second-factor")],
  "/confirm": [seen("/confirm")],
  "/profile/sessions": [seen("/profile/sessions")],
  "/administration/sign-in": [seen("/administration/sign-in", "none"), seen("/administration/sign-in?add=oidc", "add")],
  "/profile/tokens": [seen("/profile/tokens")],
  "/administration/tokens": [seen("/administration/tokens")],
  "/people": [seen("/people")],
  "/administration/secrets": [seen("/administration/secrets")],
  "/administration/health": [seen("/administration/health")],
  "/administration/audit": [
    seen("/administration/audit", "full"),
    seen("/administration/audit?event=environment_changed", "changes"),
    seen("/administration/audit?text=zzzz", "nothing"),
  ],
  "/people/:id/leave": [seen("/people/{person}/leave")],
  "/profile/access": [seen("/profile/access")],
  "/administration/teams": [seen("/administration/teams")],
  "/administration/teams/:id": [seen("/administration/teams/{team}")],
  "/administration/service-accounts": [seen("/administration/service-accounts")],
  "/administration/access": [seen("/administration/access")],
  "/services": [seen("/services")],
  "/services/new": [seen("/services/new")],
  "/services/import": [seen("/services/import")],
  "/services/:name": [seen("/services/storefront")],
  "/services/:name/edit": [seen("/services/storefront/edit")],
  "/services/:name/environments/:environment": [
    seen("/services/storefront/environments/production", "production"),
    seen("/services/storefront/environments/development", "development"),
  ],
  "/releases": [seen("/releases", "full"), seen("/releases?text=zzzz", "nothing")],
  "/releases/new": [seen("/releases/new")],
  "/releases/:service/:version": ["overview", "plan", "checklist", "approvals", "deployments", "history"].map((tab) =>
    seen(`/releases/storefront/1.3.0?tab=${tab}`, tab),
  ),
  "/releases/:service/:version/edit": [seen("/releases/storefront/1.3.0/edit")],
  "/stop": [seen("/stop")],
  "/calendar": [seen("/calendar", "month"), seen("/calendar?show=week", "week")],
  "/calendar/new": [seen("/calendar/new")],
  "/calendar/:id": [seen("/calendar/{time}")],
  "/deployments": [seen("/deployments")],
  "/deployments/:number": [seen("/deployments/{running}", "running"), seen("/deployments/{ended}", "ended")],
  "/deployments/:number/abort": [seen("/deployments/{running}/abort", "running"), seen("/deployments/{ended}/abort", "ended")],
  "/deployments/:number/roll-back": [seen("/deployments/{running}/roll-back", "running"), seen("/deployments/{ended}/roll-back", "ended")],
  "/incidents": [seen("/incidents", "all"), seen("/incidents?show=open", "open")],
  "/incidents/new": [seen("/incidents/new")],
  "/incidents/:number": [seen("/incidents/{incident}", "open"), seen("/incidents/{incident}?edit=report", "report")],
};

/** Screens that are no route of the application. */
export const BESIDE: Record<string, View[]> = {
  "/status": [{ state: "degraded", at: "/status", reader: "nobody" }],
  "/no-such-page": [seen("/no-such-page")],
};

/** The paths of the route table. */
export function routes(): string[] {
  const paths = [...readFileSync(TABLE, "utf8").matchAll(/<Route\s+path=path!\("([^"]+)"\)/g)].map((match) => match[1]);
  if (paths.length < 20) throw new Error(`only ${paths.length} routes were found in ${TABLE}`);
  return paths;
}
