//! The fields of a report, for a new incident and for an edited one.

use domain::incident::Severity;
use leptos::prelude::*;

use super::form::{PARTS, PostedIncident, control};
use super::words;
use crate::release::failed::Failed;
use crate::ui::{Choice, Select, TextArea, TextField, use_clock};

/// All fields. `parts` of the report, from the first on.
#[component]
pub fn ReportFields(
    /// What stands in them at first.
    form: PostedIncident,
    /// Why the call failed.
    failed: Failed,
    /// How many parts of the report are asked for: a new incident begins with what happened and its impact.
    #[prop(default = PARTS.len())]
    parts: usize,
) -> impl IntoView {
    let zone = untrack(|| use_clock().zone().name);
    let severities = Severity::ALL
        .into_iter()
        .map(|severity| Choice::new(severity.key(), words::severity(severity)))
        .collect();
    let area = |(key, title, hint): (&'static str, &'static str, &'static str)| {
        let value = form.part(key);
        view! {
            <TextArea
                name=format!("form[{key}]")
                id=control(key)
                label=title
                hint
                value
                rows=5
                maxlength=20_000u32
                error=failed.field(key)
            />
        }
    };
    let areas = PARTS.into_iter().take(parts).map(area).collect_view();
    view! {
        <div class="form">
            <TextField
                name="form[title]"
                id=control("title")
                label="Title"
                value=form.title.clone()
                hint="What people notice, in a few words. Only those who sign in read it."
                required=true
                maxlength=160u32
                error=failed.field("title")
            />
            <TextField
                name="form[public_title]"
                id=control("public_title")
                label="Public title"
                value=form.public_title.clone()
                hint="What the status page calls it. While it is empty, the page only says that the service is disturbed."
                maxlength=160u32
                error=failed.field("public_title")
            />
            <div class="pair">
                <Select
                    name="form[severity]"
                    id=control("severity")
                    label="Severity"
                    choices=severities
                    value=form.severity.clone()
                    error=failed.field("severity")
                />
                <TextField
                    name="form[started_at]"
                    id=control("started_at")
                    label="Started"
                    kind="datetime-local"
                    value=form.started_at.clone()
                    hint=if zone == "UTC" { "In UTC.".to_owned() } else { format!("In {zone}. Kept in UTC.") }
                    required=true
                    error=failed.field("started_at")
                />
            </div>
            {areas}
        </div>
    }
    .into_any()
}
