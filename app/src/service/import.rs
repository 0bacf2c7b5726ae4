//! A service from an exported file.

use super::api::ImportService;
use super::lock::Refused;
use crate::boot::kept;
use crate::ui::{LinkButton, Look, PageHead, Section, SubmitButton, TextArea};
use domain::field::Problem;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// `/services/import`
#[component]
pub fn ServiceImport() -> impl IntoView {
    const TO: &str = "/call/service/import";
    let import = ServerAction::<ImportService>::new();
    let error = Signal::derive(move || {
        import.value().with(|value| match value {
            Some(Err(error)) => match error.field("file") {
                Some(Problem::Unreadable { why }) => Some(format!("This is not a service file. {why}")),
                Some(problem) => Some(crate::words::problem(&problem)),
                None => fields(error),
            },
            _ => None,
        })
    });
    view! {
        <leptos_meta::Title text="Import a service" />
        <PageHead title="Import a service" crumbs=vec![("/services".into(), "Services".into())] />
        <Section id="file" title="The file" class="first">
            <ActionForm action=import attr:class="form wide">
                <TextArea
                    name="file"
                    label="Service file (TOML)"
                    hint="Paste the file that Export on a service's page gave you. It holds the environments, their settings and policies; people are named by e-mail."
                    value=kept(TO, "file").unwrap_or_default()
                    rows=18
                    class="mono"
                    error
                    required=true
                />
                <Refused refused=crate::error::refusal_of(import.value()) field="file" />
                <p class="acts">
                    <SubmitButton pending=import.pending() while_pending="Importing">"Import"</SubmitButton>
                    <LinkButton href="/services" look=Look::Quiet>"Leave it"</LinkButton>
                </p>
            </ActionForm>
        </Section>
    }
}

/// Problems of the service that the file describes, each with its field.
fn fields(error: &crate::error::AppError) -> Option<String> {
    match &error.code {
        crate::error::Code::Invalid { fields } => {
            let lines: Vec<String> = fields
                .0
                .iter()
                .map(|(field, problem)| format!("{field}: {}", crate::words::problem(problem)))
                .collect();
            Some(lines.join(" "))
        }
        _ => None,
    }
}
