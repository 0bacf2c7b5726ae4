//! The fields of an environment's settings: target, strategy, metric source, analysis.
//!
//! What does not apply to what was chosen is hidden by the style sheet alone (`when-…` in `forms.css`), so that it also
//! is without script. It is posted all the same, and the reader passes it over.

use super::posted::{PostedSettings, PostedStep};
use super::settings::{TEST, TO};
use super::view::{control, input, label, problems, usual};
use crate::boot::kept;
use crate::error::{AppError, Code};
use crate::ui::{Choice, Section, Select, TextArea, TextField};
use leptos::prelude::*;

/// Lines for steps: the present ones and some empty ones.
const STEPS: usize = 6;

/// Why the last call failed.
type Failed = Signal<Option<AppError>>;

/// All of them.
pub fn fields(form: PostedSettings, failed: Failed) -> AnyView {
    view! {
        {target(form.clone(), failed)}
        {strategy(form.clone(), failed)}
        {source(form.clone(), failed)}
        {analysis(form, failed)}
    }
    .into_any()
}

/// What is wrong with a field.
fn wrong(failed: Failed, field: &str) -> Signal<Option<String>> {
    let field = field.to_owned();
    Signal::derive(move || match failed.get()?.code {
        Code::Invalid { fields } => problems(&fields)
            .into_iter()
            .find(|(name, _)| *name == field)
            .map(|(_, words)| words),
        _ => None,
    })
}

/// What stands in a field: what was typed before the form failed, or what is kept.
fn typed(field: &str, present: &str) -> String {
    let name = input(field);
    kept(TO, &name)
        .or_else(|| kept(TEST, &name))
        .unwrap_or_else(|| present.to_owned())
}

/// A line of text.
fn line(failed: Failed, field: &str, value: &str, hint: &'static str) -> AnyView {
    view! {
        <TextField
            name=input(field)
            id=control(field)
            label=label(field)
            hint
            value=typed(field, value)
            plain_label=true
            error=wrong(failed, field)
        />
    }
    .into_any()
}

/// A number.
fn figure(failed: Failed, field: &str, value: &str, hint: String) -> AnyView {
    view! {
        <TextField
            name=input(field)
            id=control(field)
            label=label(field)
            hint
            value=typed(field, value)
            inputmode="decimal"
            class="short"
            plain_label=true
            error=wrong(failed, field)
        />
    }
    .into_any()
}

/// One of several.
fn kind(failed: Failed, field: &str, value: &str, choices: Vec<Choice>) -> AnyView {
    view! {
        <Select
            name=input(field)
            id=control(field)
            label=label(field)
            choices
            value=typed(field, value)
            error=wrong(failed, field)
            required=true
        />
    }
    .into_any()
}

/// A command, one argument a line.
fn command(failed: Failed, field: &str, value: &str, hint: &'static str) -> AnyView {
    let optional = field == "target.logs";
    view! {
        <TextArea
            name=input(field)
            id=control(field)
            label=label(field)
            hint
            rows=lines_of(value)
            class="mono"
            value=typed(field, value)
            plain_label=!optional
            error=wrong(failed, field)
        />
    }
    .into_any()
}

/// As many lines as a command has arguments, within reason.
fn lines_of(text: &str) -> u16 {
    u16::try_from(text.lines().count()).unwrap_or(u16::MAX).clamp(2, 12)
}

fn target(form: PostedSettings, failed: Failed) -> AnyView {
    let command = move |field, value: &str, hint| command(failed, field, value, hint);
    let kinds = vec![
        Choice::new("none", "Nothing: it can't be deployed to"),
        Choice::new("command", "Commands"),
    ];
    let limit = format!("For one command. {}", usual(600));
    view! {
        <Section id="target" title="Target" end=|| "How this environment is changed" class="first">
            <div class="form">
                {kind(failed, "target", &form.target, kinds)}
                <div class="form when-command">
                    <p class="meta">
                        "One argument a line, the program first. Nothing is spliced into a shell: values come by the environment variables SLIPWAY_*. "
                        "Exit code 0 is done, 75 asks for another attempt, any other has failed. A repeated SLIPWAY_KEY must not do its work twice."
                    </p>
                    {command("target.deploy", &form.deploy, "Needed without a canary. Replaces what serves by SLIPWAY_VERSION.")}
                    {command("target.canary", &form.canary, "Needed for a canary. Starts SLIPWAY_VERSION beside stable, without traffic.")}
                    {command("target.weight", &form.weight, "Needed for a canary. Sends SLIPWAY_WEIGHT per cent of traffic to it.")}
                    {command("target.promote", &form.promote, "Needed for a canary. Makes it stable.")}
                    {command("target.rollback", &form.rollback, "Restores SLIPWAY_PREVIOUS_VERSION and removes the canary.")}
                    {command("target.status", &form.status, "Prints what runs as one JSON object on the last line.")}
                    {command("target.logs", &form.logs, "Prints the last lines of the application's own log.")}
                    {figure(failed, "target.timeout_s", &form.timeout_s, limit)}
                    <TextArea
                        name=input("target.env")
                        id=control("target.env")
                        label=label("target.env")
                        hint="NAME=value, one a line. No secrets."
                        rows=2
                        class="mono"
                        value=typed("target.env", &form.env)
                        error=wrong(failed, "target.env")
                    />
                    <TextArea
                        name=input("target.secrets")
                        id=control("target.secrets")
                        label=label("target.secrets")
                        hint="NAME=name of a secret, one a line. Commands get its value, and it is hidden in whatever they print. Plans keep to the version that was approved."
                        rows=2
                        class="mono"
                        value=typed("target.secrets", &form.secrets)
                        error=wrong(failed, "target.secrets")
                    />
                </div>
            </div>
        </Section>
    }
    .into_any()
}

fn strategy(form: PostedSettings, failed: Failed) -> AnyView {
    let kinds = vec![
        Choice::new("all_at_once", "All at once"),
        Choice::new("canary", "Canary: by shares of traffic"),
    ];
    let spare = std::iter::repeat_n(PostedStep::default(), STEPS.saturating_sub(form.steps.len()).max(1));
    let steps = form.steps.iter().cloned().chain(spare).enumerate().map(|(i, step)| {
        view! {
            <div class="pair">
                {figure(failed, &format!("strategy.{i}.weight"), &step.weight, String::new())}
                {figure(failed, &format!("strategy.{i}.wait_s"), &step.wait_s, String::new())}
            </div>
        }
    });
    let steps = steps.collect_view();
    let checks = format!("After 100\u{a0}%. {}", usual(300));
    let bake = "Watched on after the checks. At most 86400 (24\u{a0}h)".to_owned();
    view! {
        <Section id="strategy" title="Strategy">
            <div class="form">
                {kind(failed, "strategy", &form.strategy, kinds)}
                <div class="form when-canary">
                    {steps}
                    <p class="meta">
                        "Usual steps: 10, 25, 50, 100\u{a0}%. The last one is 100\u{a0}%. A step without a share does not count."
                    </p>
                </div>
                <div class="pair">
                    {figure(failed, "check_s", &form.check_s, checks)}
                    {figure(failed, "bake_s", &form.bake_s, bake)}
                </div>
            </div>
        </Section>
    }
    .into_any()
}

fn source(form: PostedSettings, failed: Failed) -> AnyView {
    let line = move |field, value: &str, hint| line(failed, field, value, hint);
    let kinds = vec![
        Choice::new("none", "None: nothing is judged"),
        Choice::new("scrape", "Scrape Prometheus text"),
    ];
    let often = "Usual: 5. At least 1".to_owned();
    view! {
        <Section id="metrics" title="Metric source">
            <div class="form">
                {kind(failed, "source", &form.source, kinds)}
                <div class="form when-scraped">
                    {line("source.stable_url", &form.stable_url, "http://…/metrics")}
                    {line("source.canary_url", &form.canary_url, "http://…/metrics")}
                    {figure(failed, "source.interval_s", &form.interval_s, often)}
                    {line("source.requests", &form.requests, "Usual: http_requests_total")}
                    {line("source.status_label", &form.status_label, "Usual: status. 5xx is an error.")}
                    {line("source.latency", &form.latency, "Usual: http_request_duration_seconds")}
                </div>
            </div>
        </Section>
    }
    .into_any()
}

fn analysis(form: PostedSettings, failed: Failed) -> AnyView {
    let figure = move |field, value: &str, hint: &str| figure(failed, field, value, hint.to_owned());
    view! {
        <Section id="analysis" title="Analysis" class="when-scraped">
            <div class="form">
                <p class="prose">
                    "After every sample Slipway compares the canary with stable and with these limits, and rolls back when it is clearly worse."
                </p>
                {figure("analysis.error_limit", &form.error_limit, "Usual: 5. Errors are compared with stable's as well.")}
                {figure(
                    "analysis.latency_tolerance",
                    &form.latency_tolerance,
                    "Of the 95th percentile. Usual: 20. Empty: not compared.",
                )}
                {figure("analysis.latency_limit", &form.latency_limit, "Of the 95th percentile. Empty: no limit.")}
                {figure("analysis.min_sample", &form.min_sample, "Usual: 50. Fewer are too little data, which is no failure.")}
            </div>
        </Section>
    }
    .into_any()
}
