//! The fields of a plan, for a new release and for an edited one.

use domain::release::ChangeKind;
use leptos::prelude::*;

use super::failed::Failed;
use super::form::{PostedChange, PostedRelease};
use super::view::change;
use crate::ui::{Button, Choice, Icon, Look, Section, Select, TextArea, TextField, use_clock};

/// Empty lines that are offered for changes where no script can add one.
const SPARE: u32 = 5;

/// All fields, in sections. Their names are `form[title]`, `form[changes][0][text]`, and so on.
#[component]
pub fn PlanFields(
    /// What stands in them at first.
    form: PostedRelease,
    /// Why the call failed.
    failed: Failed,
) -> impl IntoView {
    let zone = {
        let clock = use_clock();
        let (name, suffix) = untrack(|| (clock.zone().name, clock.zone().suffix(clock.now_untracked())));
        if name == suffix {
            format!("Times are in {name}.")
        } else {
            format!("Times are in {name}, now {suffix}. They are kept in UTC.")
        }
    };
    let text = move |name: &'static str| (format!("form[{name}]"), control(name), failed.field(name));
    let line = move |name: &'static str, label: &'static str, value: String, hint: &'static str, needed: bool| {
        let (name, id, error) = text(name);
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        view! { <TextField name id label value error hint=hint.unwrap_or_default() required=needed /> }
    };
    let area = move |name: &'static str, label: &'static str, value: String, hint: &'static str| {
        let (name, id, error) = text(name);
        view! { <TextArea name id label value error hint rows=4 maxlength=20_000u32 /> }
    };
    let digest = "sha256: and 64 hexadecimal digits, or a commit. What is approved is what runs.";
    view! {
        <Section id="what" title="What" class="tight">
            <div class="form">
                <div class="pair">
                    {line("version", "Version", form.version, "Such as 1.2.3.", true)}
                    {line("commit", "Commit", form.commit, "Of the source.", false)}
                </div>
                {line("title", "Title", form.title, "What it brings, in a few words.", true)}
                {line("reference", "Artifact", form.reference, "How the target finds it, such as storefront:1.2.3.", true)}
                {line("digest", "Digest of the artifact", form.digest, digest, true)}
            </div>
        </Section>
        <Changes lines=form.changes failed />
        <Section id="when" title="When" end=move || zone>
            <div class="form">
                <div class="pair">
                    <Moment name="opens_at" label="Window opens" value=form.opens_at failed />
                    <Moment name="closes_at" label="Window closes" value=form.closes_at failed />
                </div>
                <div class="pair">
                    <Minutes name="duration_min" label="Takes, in minutes" value=form.duration_min failed />
                    <Minutes
                        name="rollback_min"
                        label="Rollback takes, in minutes"
                        value=form.rollback_min
                        failed
                    />
                </div>
            </div>
        </Section>
        <Section id="how" title="How">
            <div class="form">
                {area("database_changes", "Database changes", form.database_changes, "One a line. Empty: none.")}
                {area("rollback_plan", "Rollback plan", form.rollback_plan, "What to do when it goes wrong, step by step.")}
                {area("verification", "Verification", form.verification, "One step a line: health endpoint, login flow.")}
                {area("notes", "Deployment notes", form.notes, "Changing these voids no approval.")}
                {area("known_issues", "Known issues", form.known_issues, "Changing these voids no approval.")}
            </div>
        </Section>
    }
    .into_any()
}

/// Id of the control of a field, by the field's name in an error.
pub fn control(field: &str) -> String {
    format!("f-{}", field.replace('.', "-"))
}

/// What people call a field, by its name in an error.
pub fn label(field: &str) -> String {
    if let Some((place, _)) = field.strip_prefix("changes.").and_then(|rest| rest.split_once('.')) {
        let place = place
            .parse::<u32>()
            .map_or_else(|_| place.to_owned(), |place| (place + 1).to_string());
        return format!("Change {place}");
    }
    let known = [
        ("version", "Version"),
        ("title", "Title"),
        ("reference", "Artifact"),
        ("digest", "Digest of the artifact"),
        ("commit", "Commit"),
        ("changes", "Changes"),
        ("opens_at", "Window opens"),
        ("closes_at", "Window closes"),
        ("duration_min", "Takes"),
        ("rollback_min", "Rollback takes"),
        ("rollback_plan", "Rollback plan"),
        ("service", "Service"),
    ];
    let found = known.iter().find(|(name, _)| *name == field);
    found.map_or_else(|| field.replace('_', " "), |(_, label)| (*label).to_owned())
}

#[component]
fn Moment(name: &'static str, label: &'static str, value: String, failed: Failed) -> impl IntoView {
    view! {
        <TextField
            name=format!("form[{name}]")
            id=control(name)
            label
            value
            kind="datetime-local"
            error=failed.field(name)
        />
    }
}

#[component]
fn Minutes(name: &'static str, label: &'static str, value: String, failed: Failed) -> impl IntoView {
    view! {
        <TextField
            name=format!("form[{name}]")
            id=control(name)
            label
            value
            inputmode="numeric"
            class="short"
            error=failed.field(name)
        />
    }
}

/// Lines of changes. Without script there are some empty ones; with it one, and a button for more.
#[component]
fn Changes(lines: Vec<PostedChange>, failed: Failed) -> impl IntoView {
    let filled = lines.iter().filter(|line| !line.text.trim().is_empty()).count() as u32;
    let count = RwSignal::new((lines.len() as u32).max(filled + SPARE));
    let scripted = RwSignal::new(false);
    let least = (lines.len() as u32).max(1).max(filled + 1);
    Effect::new(move |_| {
        if !scripted.get_untracked() {
            scripted.set(true);
            count.set(least);
        }
    });
    let lines = StoredValue::new(lines);
    let row = move |n: u32| {
        let line = lines
            .with_value(|lines| lines.get(n as usize).cloned())
            .unwrap_or_default();
        view! { <ChangeRow n line failed /> }
    };
    let error = failed.field("changes");
    let add = Callback::new(move |_| count.update(|count| *count += 1));
    view! {
        <Section id="changes" title="Changes" end=|| "At least one. Lines without text do not count.">
            {move || {
                error
                    .get()
                    .map(|words| view! { <p class="field bad" id="f-changes"><span class="err">{words}</span></p> })
            }}
            <div class="form">
                <For each=move || 0..count.get() key=|n| *n children=row />
            </div>
            {move || {
                scripted
                    .get()
                    .then(|| {
                        view! {
                            <p class="acts after">
                                <Button look=Look::Quiet icon=Icon::Add on_click=add>
                                    "Add a line"
                                </Button>
                            </p>
                        }
                    })
            }}
        </Section>
    }
    .into_any()
}

#[component]
fn ChangeRow(n: u32, line: PostedChange, failed: Failed) -> impl IntoView {
    let choices = ChangeKind::ALL
        .into_iter()
        .map(|kind| Choice::new(kind.key(), change(kind)))
        .collect();
    view! {
        <div class="row-form">
            <Select
                name=format!("form[changes][{n}][kind]")
                id=control(&format!("changes.{n}.kind"))
                label=format!("Kind of change {}", n + 1)
                choices
                value=line.kind
            />
            <TextField
                name=format!("form[changes][{n}][text]")
                id=control(&format!("changes.{n}.text"))
                label=format!("Change {}", n + 1)
                value=line.text
                plain_label=true
                maxlength=300u32
                error=failed.field(format!("changes.{n}.text"))
            />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_errors_have_words_and_controls() {
        assert_eq!(label("changes.1.text"), "Change 2");
        assert_eq!(control("changes.1.text"), "f-changes-1-text");
        assert_eq!(label("known_issues"), "known issues");
    }
}
