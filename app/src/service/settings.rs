//! Target, strategy, metric source and analysis of an environment.

use super::api::{SaveSettings, TestSettings};
use super::posted::{PostedSettings, PostedStep};
use super::probe::Answers;
use crate::boot::{kept, me};
use crate::error::AppError;
use crate::ui::{Choice, Glyph, Section, Select, SubmitButton, TextArea, TextField, WhyLine};
use domain::access::{Action, Scope};
use domain::service::{Environment, Probe};
use leptos::form::FromFormData;
use leptos::prelude::*;

/// Where the form goes.
const TO: &str = "/call/service/settings";
/// Where the test goes.
const TEST: &str = "/call/service/test";
/// Lines for steps: the present ones and some empty ones.
const STEPS: usize = 6;

/// The calls of this part, made outside of what is fetched again so that their answers stay.
#[derive(Clone, Copy)]
pub struct SettingsCalls {
    save: ServerAction<SaveSettings>,
    test: ServerAction<TestSettings>,
}

impl SettingsCalls {
    /// Once a page.
    pub fn new() -> SettingsCalls {
        SettingsCalls {
            save: ServerAction::new(),
            test: ServerAction::new(),
        }
    }
}

impl Default for SettingsCalls {
    fn default() -> Self {
        SettingsCalls::new()
    }
}

/// The form for administrators; for others the same, which can't be saved, and a sentence.
#[component]
pub fn SettingsPart(environment: Environment, calls: SettingsCalls) -> impl IntoView {
    let allowed = me().is_some_and(|me| {
        me.actor()
            .may(Action::ManageTarget, Scope::Service(environment.service))
            .is_ok()
    });
    let SettingsCalls { save, test } = calls;
    let form = PostedSettings::of(&environment.settings);
    let failed = Signal::derive(move || {
        save.value()
            .get()
            .and_then(Result::err)
            .or_else(|| test.value().get().and_then(Result::err))
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if asks_for_test(&event) {
            if let Ok(input) = TestSettings::from_event(&event) {
                test.dispatch(input);
            }
        } else if let Ok(input) = SaveSettings::from_event(&event) {
            save.dispatch(input);
        }
    };
    let why_not = (!allowed).then(|| "Only administrators change what is run and measured.".to_owned());
    view! {
        <form method="post" action=TO on:submit=submit novalidate="">
            <input type="hidden" name="environment" value=environment.id.to_string() />
            <input type="hidden" name="row_version" value=environment.row_version.to_string() />
            <Said save failed />
            {target(form.clone(), failed).into_any()}
            {strategy(form.clone(), failed).into_any()}
            {metrics(form.clone(), failed).into_any()}
            {rules(form.clone(), failed).into_any()}
            <p class="acts after">
                <SubmitButton pending=save.pending() while_pending="Saving" why_not=why_not.clone() id="save-settings">"Save settings"</SubmitButton>
                {allowed.then(|| view! { <TestButton pending=test.pending() /> })}
            </p>
        </form>
        <Tested test />
    }
}

/// Whether the button that was pressed asks for a test.
fn asks_for_test(event: &leptos::ev::SubmitEvent) -> bool {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        event
            .submitter()
            .and_then(|button| button.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|button| button.id() == "test-it")
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = event;
        false
    }
}

#[component]
fn TestButton(#[prop(into)] pending: Signal<bool>) -> impl IntoView {
    view! {
        <button class="btn" id="test-it" type="submit" formaction=TEST aria-busy=move || pending.get().to_string()>
            {move || if pending.get() { "Testing" } else { "Test it now" }}
        </button>
    }
}

/// Whether it was saved, or why not.
#[component]
fn Said(save: ServerAction<SaveSettings>, failed: Signal<Option<AppError>>) -> impl IntoView {
    move || match (failed.get(), save.value().get()) {
        (Some(error), _) => {
            let words = crate::words::refusal(&error);
            Some(
                view! { <div role="alert"><WhyLine glyph=Glyph::Fail what="Not done.">{words}</WhyLine></div> }
                    .into_any(),
            )
        }
        (None, Some(Ok(()))) => {
            let words = "The next deployment uses these settings. A pending approval was for the old ones.";
            Some(
                view! { <div role="status"><WhyLine glyph=Glyph::Pass what="Saved.">{words}</WhyLine></div> }
                    .into_any(),
            )
        }
        _ => None,
    }
}

/// What the connections answered; without script it came over the redirect.
#[component]
fn Tested(test: ServerAction<TestSettings>) -> impl IntoView {
    let shown: Option<Vec<(String, Probe)>> = kept(TEST, "answers").and_then(|text| serde_json::from_str(&text).ok());
    move || {
        let answers = test.value().get().and_then(Result::ok).or_else(|| shown.clone());
        answers.map(|answers| view! { <Answers answers /> })
    }
}

fn wrong(failed: Signal<Option<AppError>>, field: &str) -> Signal<Option<String>> {
    let field = field.to_owned();
    Signal::derive(move || {
        failed
            .get()
            .and_then(|error| error.field(&field))
            .map(|problem| crate::words::problem(&problem))
    })
}

/// What stands in a field: what was typed before the form failed, or what is kept.
fn typed(field: &str, present: &str) -> String {
    let name = format!("form[{field}]");
    kept(TO, &name)
        .or_else(|| kept(TEST, &name))
        .unwrap_or_else(|| present.to_owned())
}

/// As many lines as a command has arguments, within reason.
fn lines_of(text: &str) -> u16 {
    u16::try_from(text.lines().count()).unwrap_or(u16::MAX).clamp(2, 12)
}

fn target(form: PostedSettings, failed: Signal<Option<AppError>>) -> impl IntoView {
    let commands: [(&'static str, &'static str, &'static str, String); 7] = [
        (
            "deploy",
            "Deploy all at once",
            "Replaces what serves by SLIPWAY_VERSION.",
            form.deploy.clone(),
        ),
        (
            "canary",
            "Start the canary",
            "Starts SLIPWAY_VERSION beside stable, without traffic.",
            form.canary.clone(),
        ),
        (
            "weight",
            "Set the weight",
            "Sends SLIPWAY_WEIGHT per cent of traffic to the canary.",
            form.weight.clone(),
        ),
        ("promote", "Promote", "Makes the canary stable.", form.promote.clone()),
        (
            "rollback",
            "Roll back",
            "Restores SLIPWAY_PREVIOUS_VERSION and removes the canary.",
            form.rollback.clone(),
        ),
        (
            "status",
            "Status",
            "Prints what runs as one JSON object on the last line.",
            form.status.clone(),
        ),
        (
            "logs",
            "Logs",
            "Prints the last lines of the application's own log.",
            form.logs.clone(),
        ),
    ];
    let areas = commands
        .into_iter()
        .map(|(name, label, hint, value)| {
            view! {
                <TextArea
                    name=format!("form[{name}]")
                    id=format!("f-{name}")
                    label
                    hint
                    rows=lines_of(&value)
                    class="mono"
                    value=typed(name, &value)
                    error=wrong(failed, &format!("target.{name}"))
                />
            }
        })
        .collect_view();
    let kinds = vec![
        Choice::new("none", "Nothing: it can't be deployed to"),
        Choice::new("command", "Commands"),
    ];
    view! {
        <Section id="target" title="Target" end=|| "How this environment is changed" class="first">
            <div class="form">
                <Select name="form[target]" id="f-target" label="Kind" choices=kinds value=typed("target", &form.target) required=true />
                <p class="meta">
                    "One argument a line, the program first. Nothing is spliced into a shell: values come by the environment variables SLIPWAY_*. "
                    "Exit code 0 is done, 75 asks for another attempt, any other has failed. A repeated SLIPWAY_KEY must not do its work twice."
                </p>
                {areas}
                <div class="pair">
                    <TextField
                        name="form[timeout_s]"
                        id="f-timeout_s"
                        label="Longest time of a command, in seconds"
                        kind="number"
                        value=typed("timeout_s", &form.timeout_s)
                        error=wrong(failed, "target.timeout_s")
                        required=true
                    />
                </div>
                <TextArea
                    name="form[env]"
                    id="f-env"
                    label="Further environment variables"
                    hint="NAME=value, one a line. No secrets."
                    rows=2
                    class="mono"
                    value=typed("env", &form.env)
                    error=wrong(failed, "target.env")
                />
            </div>
        </Section>
    }
}

fn strategy(form: PostedSettings, failed: Signal<Option<AppError>>) -> impl IntoView {
    let kinds = vec![
        Choice::new("all_at_once", "All at once"),
        Choice::new("canary", "Canary: by shares of traffic"),
    ];
    let spare = std::iter::repeat_n(PostedStep::default(), STEPS.saturating_sub(form.steps.len()).max(1));
    let rows = form.steps.iter().cloned().chain(spare).enumerate().map(|(i, step)| {
        let (weight, wait) = (format!("steps][{i}][weight"), format!("steps][{i}][wait_s"));
        view! {
            <div class="pair">
                <TextField
                    name=format!("form[{weight}]")
                    id=format!("f-weight-{i}")
                    label=format!("Step {}: share of traffic, in %", i + 1)
                    plain_label=true
                    kind="number"
                    value=typed(&weight, &step.weight)
                    error=wrong(failed, &format!("strategy.{i}.weight"))
                />
                <TextField
                    name=format!("form[{wait}]")
                    id=format!("f-wait-{i}")
                    label="watched for, in seconds"
                    plain_label=true
                    kind="number"
                    value=typed(&wait, &step.wait_s)
                    error=wrong(failed, &format!("strategy.{i}.wait_s"))
                />
            </div>
        }
    });
    let rows = rows.collect_view();
    view! {
        <Section id="strategy" title="Strategy">
            <div class="form">
                <Select
                    name="form[strategy]"
                    id="f-strategy"
                    label="Kind"
                    choices=kinds
                    value=typed("strategy", &form.strategy)
                    error=wrong(failed, "strategy")
                    required=true
                />
                {rows}
                <p class="meta">"A step without a share does not count. The last step is 100\u{a0}%. The procedure's canary is 10, 25, 50, 100."</p>
                <div class="pair">
                    <TextField
                        name="form[check_s]"
                        id="f-check_s"
                        label="Checks after 100\u{a0}%, in seconds"
                        kind="number"
                        hint="The procedure's: 300"
                        value=typed("check_s", &form.check_s)
                        error=wrong(failed, "check_s")
                    />
                    <TextField
                        name="form[bake_s]"
                        id="f-bake_s"
                        label="Bake, in seconds"
                        kind="number"
                        hint="Watched on, at most 24 hours: 86400"
                        value=typed("bake_s", &form.bake_s)
                        error=wrong(failed, "bake_s")
                    />
                </div>
            </div>
        </Section>
    }
}

fn metrics(form: PostedSettings, failed: Signal<Option<AppError>>) -> impl IntoView {
    let kinds = vec![
        Choice::new("none", "None: nothing is judged"),
        Choice::new("scrape", "Scrape Prometheus text"),
    ];
    let field = move |name: &'static str, label: &'static str, hint: &'static str, value: &str| {
        view! {
            <TextField
                name=format!("form[{name}]")
                id=format!("f-{name}")
                label
                hint
                value=typed(name, value)
                error=wrong(failed, &format!("source.{name}"))
            />
        }
    };
    view! {
        <Section id="metrics" title="Metric source">
            <div class="form">
                <Select name="form[source]" id="f-source" label="Kind" choices=kinds value=typed("source", &form.source) required=true />
                {field("stable_url", "Address of stable's metrics", "http://…/metrics", &form.stable_url)}
                {field("canary_url", "Address of the canary's metrics", "http://…/metrics", &form.canary_url)}
                {field("interval_s", "Seconds between two scrapes", "At least 1; 5 is usual.", &form.interval_s)}
                {field("requests", "Counter of requests", "Usually http_requests_total", &form.requests)}
                {field("status_label", "Its label with the HTTP status", "Usually status; 5xx is an error.", &form.status_label)}
                {field("latency", "Histogram of seconds", "Usually http_request_duration_seconds", &form.latency)}
            </div>
        </Section>
    }
}

fn rules(form: PostedSettings, failed: Signal<Option<AppError>>) -> impl IntoView {
    let field = move |name: &'static str, label: &'static str, hint: &'static str, value: &str| {
        view! {
            <TextField
                name=format!("form[{name}]")
                id=format!("f-{name}")
                label
                hint
                value=typed(name, value)
                error=wrong(failed, &format!("analysis.{name}"))
            />
        }
    };
    view! {
        <Section id="analysis" title="Analysis" end=|| "Judged after every sample, without raising the rate of false alarms">
            <div class="form">
                {field("error_limit", "Most errors, in %", "The procedure's: 5. Errors are also compared with stable's.", &form.error_limit)}
                {field("latency_tolerance", "Latency above stable's, in %", "Of the 95th percentile. Empty: not compared.", &form.latency_tolerance)}
                {field("latency_limit", "Most latency, in ms", "Of the 95th percentile. Empty: no limit.", &form.latency_limit)}
                {field("min_sample", "Least requests of the canary", "Fewer are too little data, which is no failure.", &form.min_sample)}
            </div>
        </Section>
    }
}
