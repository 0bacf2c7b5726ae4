"""Gives `.make/contract` things that exist. Run, it sets an instance up; as hooks of schemathesis, it puts their names into requests."""

import itertools
import json
import os
import sys

import requests

BASE = "/api/v1"
TOKENS = 8


def furnish(url, code, path):
    """An administrator, tokens, the sample workspace and one thing of each kind. Writes down what they are called."""
    browser = requests.Session()
    browser.headers["Origin"] = url
    form = {"code": code, "name": "Contract", "email": "contract@example.com", "password": "a long sentence for a contract"}
    browser.post(url + "/set-up", data=form, allow_redirects=False).raise_for_status()
    scopes = ["read", "plan", "deploy", "incident", "approve", "administer"]

    def token(name):
        form = {"name": name, "days": "1"} | {f"scopes[{i}]": scope for i, scope in enumerate(scopes)}
        answer = browser.post(url + "/call/access/make-token", data=form, headers={"Accept": "application/json"}, allow_redirects=False)
        answer.raise_for_status()
        return answer.json()

    tokens = [token(f"Contract {n}") for n in range(TOKENS)]
    spare = [token(f"Spare {n}") for n in range(3)]
    program = requests.Session()
    program.headers["Authorization"] = f"Bearer {tokens[0]}"

    def call(method, address, body=None, headers=None):
        answer = program.request(method, url + BASE + address, json=body, headers=headers)
        if not answer.ok:
            sys.exit(f"{method} {address}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def items(address):
        return call("GET", address)["items"]

    call("POST", "/sample-workspace")
    service = items("/services")[0]
    name = service["name"]
    versions = [release["version"] for release in items(f"/releases?service={name}")]
    release = f"/services/{name}/releases/{versions[0]}"
    checklist = [item["id"] for section in items(release + "/checklist") for item in section.get("items", [section])]
    owner = {"owners": [call("GET", "/me")["person"]["id"]]}
    spares = [f"spare-{n}" for n in range(3)]
    for one in spares:
        call("POST", "/services", owner | {"name": one})
    call("POST", f"/services/{name}/source")
    call("POST", "/services/spare-0/source")
    number = call("POST", release + "/deployments", {"environment": service["environments"][0]["name"]})["number"]
    commit = "0123456789abcdef0123456789abcdef01234567"
    call("PUT", f"/services/{name}/commits/{commit}/checks/unit", {"state": "passed"})
    report = {"title": "Orders fail", "severity": "low", "started_at": "2026-01-15T10:00:00Z"}
    incident = call("POST", "/incidents", {"service": name, "report": report})["number"]
    call("POST", f"/incidents/{incident}/actions", {"text": "Look again tomorrow"})
    actions = [action["id"] for action in call("GET", f"/incidents/{incident}")["actions"]]

    def several(address, body):
        for n in range(4):
            call("POST", address, body(n))
        return [one["id"] for one in items(address)]

    teams = several("/teams", lambda n: {"name": f"Team {n}"})
    accounts = several("/service-accounts", lambda n: {"name": f"bot-{n}", "description": "Does what it is told", "role": "viewer"})
    secrets = several("/secrets", lambda n: {"name": f"key-{n}", "value": "not a secret"})
    invitations = several("/invitations", lambda n: {"email": f"guest-{n}@example.com", "role": "viewer"})
    webhook = {"form": "standard", "url": "http://127.0.0.1:1/", "kinds": ["incident.opened"]}
    webhooks = several("/webhooks", lambda n: webhook | {"name": f"Receiver {n}"})
    for id in webhooks:
        call("POST", f"/webhooks/{id}/commands", {"act": "test"})
    deliveries = [one["id"] for one in items(f"/webhooks/{webhooks[0]}/deliveries")]
    provider = {"kind": "oidc", "name": "Company", "issuer": "http://127.0.0.1:1", "client_id": "slipway", "join_role": "viewer"}
    providers = [f"company-{n}" for n in range(4)]
    for slug in providers:
        call("POST", "/sign-in-providers", provider | {"slug": slug})
    people = [one["id"] for one in items("/people") if one["email"] != "contract@example.com"]
    ended = [one["id"] for one in items("/tokens") if any(token.startswith(one["beginning"]) for token in spare)]

    def ids(address, values):
        # The last ones are there to be removed.
        return [[address, "id", values[:2]], ["DELETE " + address, "id", values[2:]]]

    things = [
        ["", "service", [name]],
        ["DELETE /services/{service}", "service", spares],
        ["", "environment", [one["name"] for one in service["environments"]]],
        ["", "version", versions],
        ["", "item", checklist],
        ["", "commit", [commit]],
        ["", "check", ["unit", "lint"]],
        ["/deployments", "number", [number]],
        ["/incidents", "number", [incident]],
        ["", "action", actions],
        ["", "team", teams[:2]],
        ["DELETE /teams/{team}", "team", teams[2:]],
        ["", "person", people + accounts[:1]],
        ["/people", "id", people],
        *ids("/service-accounts", accounts),
        *ids("/secrets", secrets),
        *ids("/invitations", invitations),
        *ids("/webhooks", webhooks),
        ["/webhook-deliveries", "id", deliveries],
        ["", "slug", providers[:2]],
        ["DELETE /sign-in-providers", "slug", providers[2:]],
        ["/tokens", "id", ended[:1]],
        ["DELETE /tokens", "id", ended[1:]],
        ["/jobs", "id", [one["id"] for one in items("/jobs")] or [1]],
    ]
    with open(path, "w") as file:
        json.dump({"url": url, "tokens": tokens, "things": things}, file)


def named(things, method, path, parameter):
    """Names for a parameter: those of the most particular line count."""
    here = path.removeprefix(BASE)
    fitting = []
    for where, name, values in things:
        wanted, _, prefix = where.rpartition(" ")
        if name == parameter and values and here.startswith(prefix) and wanted in ("", method):
            fitting.append((len(where), values))
    return max(fitting, default=(0, []))[1]


def hooks(known):
    """Three requests of four are about things that exist, by tokens in turn; of the fourth the address stays as it was made up."""
    import schemathesis

    things, tokens = known["things"], itertools.cycle(known["tokens"])
    program = requests.Session()
    turn = itertools.count()

    @schemathesis.hook
    def before_call(context, case, kwargs):
        n = next(turn)
        case.headers["Authorization"] = f"Bearer {next(tokens)}"
        if n % 4 == 3:
            return
        for parameter in list(case.path_parameters or {}):
            names = named(things, case.method, case.path, parameter)
            if names:
                case.path_parameters[parameter] = str(names[n // 4 % len(names)])
        if case.path.endswith("/gate"):
            case.query["environment"] = "production"
            # To wait for a gate would only be slow.
            case.query.pop("wait", None)
        conditional = any(header["name"] == "If-Match" for header in case.operation.definition.raw.get("parameters", []))
        if conditional:
            address = known["url"] + case.formatted_path
            found = program.get(address, headers={"Authorization": f"Bearer {next(tokens)}"})
            if "ETag" in found.headers:
                case.headers["If-Match"] = found.headers["ETag"]


if __name__ == "__main__":
    furnish(*sys.argv[1:4])
elif os.environ.get("SLIPWAY_THINGS"):
    with open(os.environ["SLIPWAY_THINGS"]) as file:
        hooks(json.load(file))
