//! The page about the API: a document of its own, made from the API's description, without a script.

use crate::ui::{Empty, Fact, Facts, Section};
use leptos::prelude::*;

/// What the page tells.
#[derive(Debug, Clone, Default)]
pub struct Manual {
    pub version: String,
    pub words: String,
    pub parts: Vec<Part>,
}

/// Routes that belong together.
#[derive(Debug, Clone, Default)]
pub struct Part {
    pub name: String,
    pub words: String,
    pub operations: Vec<Operation>,
}

/// One route.
#[derive(Debug, Clone, Default)]
pub struct Operation {
    pub method: String,
    pub path: String,
    pub words: String,
    /// Of the query and of headers that only this route has.
    pub fields: Vec<Field>,
    /// An example of what is sent.
    pub sent: Option<String>,
    /// Statuses.
    pub answers: Vec<Field>,
    /// An example of a good answer.
    pub answered: Option<String>,
}

/// A name and what it means.
#[derive(Debug, Clone, Default)]
pub struct Field {
    pub name: String,
    pub words: String,
}

/// The whole document.
pub fn page(manual: &Manual, address: &str, css: &str) -> String {
    let body = Owner::new().with(|| document(manual, address, css).to_html());
    format!("<!doctype html>{body}")
}

fn document(manual: &Manual, address: &str, css: &str) -> impl IntoView + use<> {
    let contents = manual
        .parts
        .iter()
        .map(|part| {
            let href = format!("#{}", part.name);
            view! { <li><p class="what"><a href=href>{capital(&part.name)}</a> <span class="more">" " {part.words.clone()} "."</span></p></li> }
        })
        .collect_view();
    let parts = manual.parts.iter().map(part).collect_view();
    view! {
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>"API · Slipway"</title>
                <link rel="icon" href="/mark.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=css.to_owned() />
            </head>
            <body class="no-nav">
                <a class="skip" href="#main">"Skip to content"</a>
                <div class="pub-page">
                    <header class="pub-head">
                        <h1>"Slipway API " {manual.version.clone()}</h1>
                        <a href="/">"Back to Slipway"</a>
                    </header>
                    <main id="main">
                        <p class="prose">{manual.words.clone()}</p>
                        {begin(address).into_any()}
                        {pipelines(address).into_any()}
                        <Section id="contents" title="Routes">
                            <ul class="list">{contents}</ul>
                        </Section>
                        {if manual.parts.is_empty() {
                            view! { <Empty title="There is no route.">"This build describes none."</Empty> }.into_any()
                        } else {
                            parts.into_any()
                        }}
                    </main>
                </div>
            </body>
        </html>
    }
}

/// What every route has in common.
fn begin(address: &str) -> impl IntoView + use<> {
    let curl = format!("curl {address}/api/v1/me -H \"Authorization: Bearer $SLIPWAY_TOKEN\"");
    view! {
        <Section id="begin" title="To begin with">
            <p>"Make a token on " <a href="/profile/tokens">"your profile"</a> ", then:"</p>
            <pre class="code after" tabindex="0">{curl}</pre>
            <div class="after">
                <Facts>
                    <Fact term="Token">
                        "Does what its person may, as far as its scopes go: read, profile, plan, deploy, incident, approve, administer. Most writes read first, so give read with them."
                    </Fact>
                    <Fact term="Refusals">
                        "application/problem+json (RFC 9457): a stable word in type, a sentence in title, wrong fields in fields, what holds a gate in reasons."
                    </Fact>
                    <Fact term="Idempotency-Key">
                        "On any write: the same request under the same key is done once, and answered the same for a day. Another request under it is 422, one at the same moment 409."
                    </Fact>
                    <Fact term="ETag">
                        "Send it as If-None-Match to be told 304 when nothing changed. Routes that name If-Match want it back: 412 when somebody was faster, 428 without."
                    </Fact>
                    <Fact term="Pages">"Lists have items and next. Hand next in as cursor; a Link header says the same."</Fact>
                    <Fact term="Rate">"600 requests a minute and token. RateLimit-Remaining says what is left; 429 comes with Retry-After."</Fact>
                    <Fact term="Description">
                        "OpenAPI 3.1 at " <a href="/api/openapi.json">"/api/openapi.json"</a> "."
                    </Fact>
                </Facts>
            </div>
        </Section>
    }
}

/// Examples to copy into a pipeline.
fn pipelines(address: &str) -> impl IntoView + use<> {
    let github = include_str!("manual/github.yml").replace("{address}", address);
    let gitlab = include_str!("manual/gitlab.yml").replace("{address}", address);
    view! {
        <Section id="github" title="GitHub Actions">
            <p>
                "Follows the procedure's pipeline: checks, the release, staging, then the gate of production. Keep the token as the secret SLIPWAY_TOKEN."
            </p>
            <pre class="code after" tabindex="0" aria-label="GitHub Actions">{github}</pre>
        </Section>
        <Section id="gitlab" title="GitLab CI">
            <p>"The same. Keep the token as the masked variable SLIPWAY_TOKEN."</p>
            <pre class="code after" tabindex="0" aria-label="GitLab CI">{gitlab}</pre>
        </Section>
    }
}

fn part(part: &Part) -> AnyView {
    let operations = part.operations.iter().map(operation).collect_view();
    let (id, words) = (part.name.clone(), part.words.clone());
    let title = capital(&id);
    view! {
        <Section id title>
            <p class="meta">{words} "."</p>
            {operations}
        </Section>
    }
    .into_any()
}

fn operation(operation: &Operation) -> AnyView {
    let facts: Vec<Field> = operation.fields.iter().chain(&operation.answers).cloned().collect();
    let facts = facts
        .into_iter()
        .map(|Field { name, words }| view! { <Fact term=name>{words}</Fact> })
        .collect_view();
    let address = format!("{} {}", operation.method, operation.path);
    let words = operation.words.clone();
    let (sent, answered) = (operation.sent.clone(), operation.answered.clone());
    view! {
        <details class="more-of">
            <summary><code>{address}</code> " " {words}</summary>
            <Facts>{facts}</Facts>
            {sent.map(|text| example("Sent", text))}
            {answered.map(|text| example("Answered", text))}
        </details>
    }
    .into_any()
}

fn example(label: &'static str, text: String) -> AnyView {
    view! {
        <p class="meta after">{label}</p>
        <pre class="code" tabindex="0" aria-label=label>{text}</pre>
    }
    .into_any()
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
