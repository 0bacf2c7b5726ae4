//! The form of a provider.

use super::company::SaveProvider;
use super::providers::Addresses;
use crate::boot::kept;
use crate::error::{AppError, Code, refusal_of};
use crate::ui::{
    Checkbox, Choice, FormErrors, Glyph, LinkButton, Look, Section, Select, SubmitButton, TextArea, TextField, WhyLine,
};
use domain::access::Role;
use domain::identity::{ProviderForm, ProviderKind};
use leptos::form::ActionForm;
use leptos::prelude::*;

const TO: &str = "/call/access/provider-save";

/// All fields of a provider, for a new one and an edited one.
#[component]
pub fn ProviderFields(form: ProviderForm, has_secret: bool, address: String) -> impl IntoView {
    let save = ServerAction::<SaveProvider>::new();
    let refused = refusal_of(save.value());
    let form = kept_form(form);
    let kind = ProviderKind::from_key(&form.kind).unwrap_or(ProviderKind::Oidc);
    let new = form.row_version == 0;
    let slug = form.slug.clone();
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            let error = refused.get()?;
            error.field(field).map(|problem| crate::words::problem(&problem))
        })
    };
    let title = if new {
        format!("Add {}", form.name)
    } else {
        form.name.clone()
    };
    view! {
        <Section id="provider" title class="first">
            <ActionForm action=save attr:class="form" attr:novalidate="">
                <Failed refused />
                <input type="hidden" name="form[kind]" value=form.kind.clone() />
                <input type="hidden" name="form[row_version]" value=form.row_version.to_string() />
                <TextField
                    name="form[name]"
                    id="f-name"
                    label="Name"
                    hint="What stands on the button: Continue with …"
                    value=form.name.clone()
                    error=wrong("name")
                    required=true
                    autocomplete="off"
                />
                <TextField
                    name="form[slug]"
                    id="f-slug"
                    label="Short name"
                    hint="The end of the redirect address. It can't be changed later."
                    value=form.slug.clone()
                    error=wrong("slug")
                    required=true
                    readonly=!new
                    autocomplete="off"
                />
                <TextField
                    name="form[issuer]"
                    id="f-issuer"
                    label="Issuer"
                    kind="url"
                    hint=issuer_hint(kind)
                    value=form.issuer.clone()
                    error=wrong("issuer")
                    required=true
                    autocomplete="off"
                />
                <TextField
                    name="form[client_id]"
                    id="f-client_id"
                    label="Client id"
                    value=form.client_id.clone()
                    error=wrong("client_id")
                    required=true
                    autocomplete="off"
                />
                <TextField
                    name="form[client_secret]"
                    id="f-client_secret"
                    label="Client secret"
                    kind="password"
                    hint=if has_secret { "One is kept. Leave this empty to keep it." } else { "It is kept sealed and never shown again." }
                    error=wrong("client_secret")
                    autocomplete="off"
                />
                <Strangers form=form.clone() kind refused />
                <TextArea
                    name="form[groups]"
                    id="f-groups"
                    label="Roles by groups"
                    rows=4
                    class="mono"
                    value=form.groups.clone()
                    hint=groups_hint(kind)
                    error=wrong("groups")
                />
                <TextField
                    name="form[groups_claim]"
                    id="f-groups_claim"
                    label="Claim that names the groups"
                    value=form.groups_claim.clone()
                    error=wrong("groups_claim")
                    required=true
                    autocomplete="off"
                />
                <p class="acts">
                    <SubmitButton pending=save.pending() while_pending="Saving">"Save"</SubmitButton>
                    <LinkButton href="/administration/sign-in" look=Look::Quiet>"Leave it"</LinkButton>
                </p>
            </ActionForm>
        </Section>
        <Section id="addresses" title="What the provider has to know">
            <Addresses slug address />
        </Section>
    }
    .into_any()
}

#[component]
fn Strangers(form: ProviderForm, kind: ProviderKind, refused: Signal<Option<AppError>>) -> impl IntoView {
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            let error = refused.get()?;
            error.field(field).map(|problem| crate::words::problem(&problem))
        })
    };
    let roles = Role::ALL
        .map(|role| Choice::new(role.key(), crate::words::role(role)))
        .to_vec();
    let joins = if kind.vouches() {
        view! {
            <Checkbox
                name="form[joins]"
                id="f-joins"
                label="Strangers may join"
                hint="Whoever has a proven e-mail address there becomes a person here at the first sign-in."
                checked=form.joins == "true"
            />
        }
        .into_any()
    } else {
        view! { <p class="meta">"Strangers can't join by Microsoft: an e-mail address there is no proof. Invite them."</p> }.into_any()
    };
    view! {
        {joins}
        <Select
            name="form[join_role]"
            id="f-join_role"
            label="Role of who joins"
            choices=roles
            value=form.join_role.clone()
            hint="Also of who is in none of the groups below any more."
            error=wrong("join_role")
            required=true
        />
        <TextField
            name="form[domains]"
            id="f-domains"
            label="Only these e-mail domains"
            hint="Separated by commas: example.com, example.org. Empty: all. Whoever is invited or linked comes in anyway."
            value=form.domains.clone()
            error=wrong("domains")
            autocomplete="off"
        />
    }
}

fn issuer_hint(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Oidc => "Where it publishes /.well-known/openid-configuration, exactly as it calls itself.",
        ProviderKind::Github => "https://github.com, or the address of your Enterprise Server.",
        ProviderKind::Gitlab => "https://gitlab.com, or the address of your own.",
        ProviderKind::Google => "https://accounts.google.com",
        ProviderKind::Microsoft => "https://login.microsoftonline.com/, your tenant's id, and /v2.0.",
    }
}

fn groups_hint(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Github => {
            "A line each, such as our-org = viewer or our-org/platform = engineer. The highest one holds, at each sign-in."
        }
        ProviderKind::Google => "A line each: a Workspace domain, = and a role, such as example.com = engineer.",
        ProviderKind::Microsoft => {
            "A line each: a group's object id, = and a role. The highest one holds, at each sign-in."
        }
        ProviderKind::Oidc | ProviderKind::Gitlab => {
            "A line each, such as platform = engineer. The highest one holds, at each sign-in."
        }
    }
}

/// Why it was not saved: fields lead to where they are.
#[component]
fn Failed(refused: Signal<Option<AppError>>) -> impl IntoView {
    let listed = Signal::derive(move || match refused.get().map(|error| error.code) {
        Some(Code::Invalid { fields }) => fields
            .0
            .iter()
            .map(|(field, problem)| (Some(format!("f-{field}")), crate::words::problem(problem)))
            .collect(),
        _ => Vec::new(),
    });
    view! {
        <FormErrors errors=listed />
        {move || {
            refused
                .get()
                .filter(|error| !matches!(error.code, Code::Invalid { .. }))
                .map(|error| view! { <WhyLine glyph=Glyph::Fail what="Not saved.">{crate::words::refusal(&error)}</WhyLine> })
        }}
    }
}

/// What was typed into a form that failed without script; else as it was.
fn kept_form(form: ProviderForm) -> ProviderForm {
    let text = |name: &str| kept(TO, &format!("form[{name}]"));
    if text("kind").is_none_or(|kind| kind != form.kind) {
        return form;
    }
    ProviderForm {
        slug: text("slug").unwrap_or(form.slug),
        name: text("name").unwrap_or(form.name),
        issuer: text("issuer").unwrap_or(form.issuer),
        client_id: text("client_id").unwrap_or(form.client_id),
        client_secret: String::new(),
        joins: text("joins").unwrap_or_default(),
        join_role: text("join_role").unwrap_or(form.join_role),
        domains: text("domains").unwrap_or_default(),
        groups: text("groups").unwrap_or_default(),
        groups_claim: text("groups_claim").unwrap_or(form.groups_claim),
        kind: form.kind,
        row_version: form.row_version,
    }
}
