//! The fields of a webhook, for a new one and for one that is changed.

use super::api::{Choosable, PostedWebhook};
use super::words;
use crate::boot::{kept, kept_all};
use crate::error::AppError;
use crate::ui::{Checkbox, Choice, Glyph, Select, TextField, WhyLine};
use domain::webhook::{Form, Kind};
use leptos::prelude::*;

/// The fields. `to` is where the form posts to: what was typed there and refused is shown again.
#[component]
pub fn Fields(
    to: &'static str,
    posted: PostedWebhook,
    services: Vec<Choosable>,
    refused: Signal<Option<AppError>>,
    /// The address that is kept, as far as it may be shown; none for a new webhook.
    #[prop(optional, into)]
    host: Option<String>,
) -> impl IntoView {
    let again = kept(to, "form[name]").is_some();
    let text = |field: &str, value: String| kept(to, &format!("form[{field}]")).unwrap_or(value);
    let chosen = |field: &str, values: &[String], word: &str| {
        if again {
            kept_all(to, &format!("form[{field}][]"))
                .iter()
                .any(|kept| kept == word)
        } else {
            values.iter().any(|value| value == word)
        }
    };
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            refused
                .get()
                .and_then(|error| error.field(field))
                .map(|problem| crate::words::problem(&problem))
        })
    };
    let new = host.is_none();
    let hint = match host {
        Some(host) => {
            format!("It goes to {host} now, and the rest of the address is kept secret. Leave this empty to keep it.")
        }
        None => "It is kept secret: whoever knows it could write there.".to_owned(),
    };
    let kinds = Kind::ALL
        .map(|kind| {
            view! {
                <Checkbox
                    name="form[kinds][]"
                    id=format!("f-{}", kind.key().replace('.', "-"))
                    label=words::kind(kind)
                    value=kind.key()
                    checked=chosen("kinds", &posted.kinds, kind.key())
                />
            }
        })
        .collect_view();
    let of_services = services
        .into_iter()
        .map(|(id, name)| {
            let id = id.to_string();
            view! {
                <Checkbox
                    name="form[services][]"
                    id=format!("f-service-{name}")
                    label=name
                    value=id.clone()
                    checked=chosen("services", &posted.services, &id)
                />
            }
        })
        .collect_view();
    view! {
        {move || {
            refused
                .get()
                .map(|error| view! { <WhyLine glyph=Glyph::Fail what="Not saved.">{crate::words::refusal(&error)}</WhyLine> })
        }}
        <input type="hidden" name="form[row_version]" value=posted.row_version.to_string() />
        <TextField name="form[name]" label="Name" value=text("name", posted.name.clone()) error=wrong("name") required=true autocomplete="off" />
        <Select
            name="form[form]"
            label="Form"
            choices=Form::ALL.map(|form| Choice::new(form.key(), words::form(form))).to_vec()
            value=text("form", posted.form.clone())
            required=true
        />
        <TextField
            name="form[url]"
            label="Address"
            kind="url"
            hint
            value=text("url", posted.url.clone())
            error=wrong("url")
            required=new
            autocomplete="off"
        />
        <fieldset class="field">
            <legend class="lab">"What is reported"</legend>
            <div class="choices">{kinds}</div>
            {move || wrong("kinds").get().map(|words| view! { <p class="why-not" role="alert">{words}</p> })}
        </fieldset>
        <fieldset class="field">
            <legend class="lab">"Of which services"</legend>
            <p class="meta">"None chosen: of all."</p>
            <div class="choices">{of_services}</div>
            {move || wrong("services").get().map(|words| view! { <p class="why-not" role="alert">{words}</p> })}
        </fieldset>
    }
}
