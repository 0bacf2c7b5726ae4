//! The description: made from the routes, and completed with what every route has in common, in the one place that makes it so.

use super::answer::{GateReason, PROBLEM, Problem};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Slipway",
        description = "Everything that the screens can do, for programs: by access tokens, which a person makes on the profile. Lists have \
                       pages of a fixed size and a cursor. Writes take an Idempotency-Key. What was read has an ETag.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT")
    ),
    components(schemas(Problem, GateReason)),
    tags(
        (name = "pipelines", description = "What a pipeline tells, and what it waits for"),
        (name = "releases", description = "Plans"),
        (name = "checklists", description = "What must be proven before"),
        (name = "approvals", description = "Asking for approval, and deciding"),
        (name = "calendar", description = "Freezes and windows: when it may be deployed"),
        (name = "deployments", description = "Runs: asked for, followed, steered"),
        (name = "incidents", description = "Interruptions, what the public is told, the report"),
        (name = "services", description = "What is deployed"),
        (name = "environments", description = "Where to, how, and under which rules"),
        (name = "you", description = "Who asks, and what is their own"),
        (name = "people", description = "People, invitations, teams, service accounts: who may what, and why"),
        (name = "tokens", description = "Access tokens"),
        (name = "notices", description = "What you are told of"),
        (name = "webhooks", description = "Receivers of what happens"),
        (name = "instance", description = "The first page, sign-in, secrets, the queue, the audit trail, the instance's health"),
    )
)]
struct Head;

/// The description before any route is in it.
pub fn head() -> utoipa::openapi::OpenApi {
    let mut head = Head::openapi();
    head.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let mut scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    scheme.description = Some("An access token, `slipway_…`.".into());
    let components = head.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(scheme));
    head
}

/// The whole description, as it is served.
pub fn description() -> &'static Value {
    static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
        let (_, openapi) = super::routes().split_for_parts();
        complete(serde_json::to_value(openapi).unwrap_or_default())
    });
    &DESCRIPTION
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn complete(mut whole: Value) -> Value {
    let examples = examples(&whole);
    if let Some(paths) = whole["paths"].as_object_mut() {
        for (path, item) in paths.iter_mut() {
            let Some(operations) = item.as_object_mut() else {
                continue;
            };
            for (method, operation) in operations.iter_mut() {
                if METHODS.contains(&method.as_str()) {
                    one(path, method, operation, &examples);
                }
            }
        }
    }
    whole
}

/// Examples of the types on the wire, by name.
fn examples(whole: &Value) -> Map<String, Value> {
    let schemas = whole["components"]["schemas"].as_object();
    schemas
        .into_iter()
        .flatten()
        .filter_map(|(name, schema)| {
            let example = schema
                .get("example")
                .or_else(|| schema.get("examples").and_then(|all| all.get(0)))?;
            Some((name.clone(), example.clone()))
        })
        .collect()
}

/// What the middlewares do, said of each route: they are the same for all.
fn one(path: &str, method: &str, operation: &mut Value, examples: &Map<String, Value>) {
    let reads = method == "get";
    let takes_body = operation.get("requestBody").is_some();
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let has = |place: &str| parameters.iter().any(|parameter| parameter["in"] == place);
    let (in_path, in_query) = (has("path"), has("query"));
    let conditional = parameters.iter().any(|parameter| parameter["name"] == "If-Match");
    operation["security"] = json!([{"token": []}]);
    if let Some(body) = operation.get_mut("requestBody") {
        body["required"] = true.into();
        illustrate(body, examples);
    }
    let mut more = parameters;
    if reads {
        more.push(header(
            "If-None-Match",
            "ETags that are known already: the answer is 304 when nothing changed.",
        ));
    } else {
        more.push(header(
            "Idempotency-Key",
            "1 to 200 characters. The same request under the same key gets the same answer for a day, and is done once.",
        ));
    }
    operation["parameters"] = more.into();
    let mut problems = vec![
        (401, "No token, or none that works"),
        (403, "Neither the role nor the token's scopes allow it"),
        (429, "The token asks too often"),
        (500, "It failed on our side; nothing was written"),
        (504, "It took too long"),
    ];
    if in_path || takes_body {
        problems.push((404, "There is nothing of this name"));
    }
    if reads && (in_path || in_query) {
        problems.push((422, "The address holds what no text here can, such as a zero character"));
    }
    if reads && in_query {
        problems.push((400, "The query can't be read"));
    }
    if !reads {
        problems.push((400, "The body or the key can't be read"));
        problems.push((
            409,
            "A rule or a gate does not allow it now, or the first request under this key is still being answered",
        ));
        problems.push((422, "Fields are wrong, or the key belongs to another request"));
        problems.push((413, "The body is larger than a mebibyte"));
    }
    if takes_body {
        problems.push((415, "The body is no JSON"));
    }
    if conditional {
        problems.push((412, "It was changed since it was read"));
        problems.push((428, "If-Match is missing"));
    }
    let answers = operation["responses"].as_object_mut();
    for response in answers.into_iter().flatten().map(|(_, response)| response) {
        illustrate(response, examples);
        response["headers"] = json!({
            "RateLimit-Limit": {"description": "Requests a minute", "schema": {"type": "integer"}},
            "RateLimit-Remaining": {"description": "So many are left", "schema": {"type": "integer"}},
            "RateLimit-Reset": {"description": "Seconds until all are left again", "schema": {"type": "integer"}},
        });
        if reads || conditional {
            response["headers"]["ETag"] =
                json!({"description": "Send it as If-None-Match or If-Match", "schema": {"type": "string"}});
        }
    }
    let responses = &mut operation["responses"];
    if reads {
        responses["304"] = json!({"description": "Nothing changed"});
    }
    for (status, words) in problems {
        responses[status.to_string()] = problem(status, words);
    }
    if let Some(id) = operation.get("operationId").and_then(Value::as_str) {
        // Handlers are named for what they do; together with the noun the name is one of a kind.
        let noun = path
            .trim_start_matches(super::BASE)
            .trim_matches('/')
            .replace(['/', '-'], "_");
        let noun = noun.replace(['{', '}'], "");
        operation["operationId"] = format!("{id}_{noun}").into();
    }
}

fn problem(status: u16, words: &str) -> Value {
    let word = match status {
        401 => "unauthenticated",
        403 => "denied",
        404 => "not-found",
        409 => "conflict",
        412 => "changed",
        415 => "media-type",
        422 => "invalid",
        428 => "if-match-missing",
        429 => "too-many-requests",
        _ => "refused",
    };
    let mut response = json!({
        "description": words,
        "content": {PROBLEM: {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "example": {"type": format!("urn:slipway:problem:{word}"), "title": words, "status": status,
                "instance": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d"},
        }},
    });
    if status == 429 {
        response["headers"] = json!({"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}});
    }
    response
}

fn header(name: &str, words: &str) -> Value {
    json!({"name": name, "in": "header", "required": false, "description": words, "schema": {"type": "string"}})
}

/// Puts the example of its type beside every body.
fn illustrate(holder: &mut Value, examples: &Map<String, Value>) {
    let Some(contents) = holder.get_mut("content").and_then(Value::as_object_mut) else {
        return;
    };
    for content in contents.values_mut() {
        let named = content["schema"]["$ref"]
            .as_str()
            .and_then(|name| name.rsplit('/').next());
        let Some(name) = named.map(str::to_owned) else { continue };
        let example = match name.strip_prefix("Listed_") {
            Some(item) => examples.get(item).map(|one| json!({"items": [one], "next": null})),
            None => examples.get(&name).cloned(),
        };
        if let Some(example) = example {
            content["example"] = example;
        }
    }
}
