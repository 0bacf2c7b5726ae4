//! The page about service accounts.

use super::api::{CreateAccount, RemoveAccount, read_accounts};
use crate::access::MakeAccountToken;
use crate::access::people::RoleForm;
use crate::access::team::form::{NotDone, wrong};
use crate::access::token_form::{MadeToken, TokenFields};
use crate::boot::{kept, me};
use crate::error::refusal_of;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Ago, Choice, Empty, Look, PageHead, Section, Select, SubmitButton, TextField};
use domain::access::{Action, Role, Scope, ServiceAccount, TokenScope};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// `/administration/service-accounts`
#[component]
pub fn ServiceAccounts() -> impl IntoView {
    let create = ServerAction::<CreateAccount>::new();
    // Outside of what is fetched again: the token stays until the page is left.
    let make = ServerAction::<MakeAccountToken>::new();
    let kicked = kicks(|| vec!["people".into(), "teams".into()]);
    let accounts = Resource::new_blocking(move || kicked.get(), |_| read_accounts());
    let manages = me().is_some_and(|me| me.actor().may(Action::ManagePeople, Scope::Instance).is_ok());
    view! {
        <leptos_meta::Title text="Service accounts" />
        <PageHead title="Service accounts" />
        <crate::access::AdministrationTabs current="/administration/service-accounts" />
        {crate::fresh::fresh(accounts, move |found| match found {
            Ok(accounts) => {
                let some = manages && !accounts.is_empty();
                view! {
                    <Lines accounts=accounts.clone() manages />
                    {some.then(|| view! { <AccountToken accounts make /> })}
                }
                    .into_any()
            }
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
        {manages.then(|| view! { <MadeToken to=TOKEN_TO made=Signal::derive(move || make.value().get()) /> })}
        {manages
            .then(|| {
                view! {
                    <Section id="new" title="Make a service account">
                        <NewAccount create />
                    </Section>
                }
            })}
    }
}

#[component]
fn Lines(accounts: Vec<ServiceAccount>, manages: bool) -> impl IntoView {
    let count = accounts.len().to_string();
    let body = if accounts.is_empty() {
        let next = if manages {
            "Make one below."
        } else {
            "Administrators make them."
        };
        view! {
            <Empty title="No service account yet.">
                "A service account is a program with a role of its own: a build that registers releases, a bot that deploys. It never signs in, owns nothing, and its approval never counts. "
                {next}
            </Empty>
        }
        .into_any()
    } else {
        let rows = accounts
            .into_iter()
            .map(|account| view! { <Row account manages /> })
            .collect_view();
        view! {
            <div class="scroll" role="region" aria-label="Service accounts" tabindex="0">
                <table class="blocks middle">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Role on the instance"</th>
                            <th scope="col">"Teams"</th>
                            <th scope="col">"Made"</th>
                            {manages.then(|| view! { <th scope="col">"Remove"</th> })}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <Section id="accounts" title="Service accounts" count>
            {body}
        </Section>
    }
}

/// Where the form of a new token goes.
const TOKEN_TO: &str = "/call/account/make-token";

/// By a token a program acts as the account.
#[component]
fn AccountToken(accounts: Vec<ServiceAccount>, make: ServerAction<MakeAccountToken>) -> impl IntoView {
    let choices: Vec<Choice> = accounts
        .into_iter()
        .map(|account| Choice::new(account.id.to_string(), account.name))
        .collect();
    let first = choices.first().map(|choice| choice.value.clone()).unwrap_or_default();
    view! {
        <Section id="token" title="Make a token for one">
            <p class="prose">
                "By a token a program acts as the account, and never reaches further. Those that there are stand under "
                <a href="/administration/tokens">"Access tokens"</a> "."
            </p>
            <ActionForm action=make attr:class="form after">
                <Select
                    name="account"
                    label="Account"
                    choices
                    value=kept(TOKEN_TO, "account").unwrap_or(first)
                    required=true
                />
                <TokenFields to=TOKEN_TO failed=refusal_of(make.value()) why_not=|scope| (scope == TokenScope::Profile).then_some("an account has no profile.") />
                <p class="acts">
                    <SubmitButton pending=make.pending() while_pending="Making it">"Make the token"</SubmitButton>
                </p>
            </ActionForm>
        </Section>
    }
}

#[component]
fn Row(account: ServiceAccount, manages: bool) -> impl IntoView {
    let teams = if account.teams.is_empty() {
        "no team".to_owned()
    } else {
        account.teams.join(", ")
    };
    let ask = format!("/administration/access?person={}", account.id);
    let role = if manages {
        view! { <RoleForm id=account.id name=account.name.clone() role=account.role /> }.into_any()
    } else {
        crate::words::role(account.role).into_any()
    };
    view! {
        <tr>
            <th scope="row">
                {account.name.clone()}
                " "
                <span class="meta">{account.description.clone()}</span>
            </th>
            <td>{role}</td>
            <td>
                {teams}
                {manages.then(|| view! { " " <a href=ask>"What it may do"</a> })}
            </td>
            <td data-head="Made"><Ago at=account.created_at /></td>
            {manages.then(|| view! { <td><Removal account /></td> })}
        </tr>
    }
    .into_any()
}

#[component]
fn Removal(account: ServiceAccount) -> impl IntoView {
    let remove = ServerAction::<RemoveAccount>::new();
    let name = account.name.clone();
    view! {
        <details class="more-of grave">
            <summary>{format!("Remove {name}…")}</summary>
            <p>{format!("{name} can do nothing any more and leaves its teams. What it did keeps its name. This can't be undone.")}</p>
            <ActionForm action=remove attr:class="inline">
                <input type="hidden" name="id" value=account.id.to_string() />
                <SubmitButton pending=remove.pending() look=Look::Back>{format!("Remove {}", account.name)}</SubmitButton>
                <NotDone refused=refusal_of(remove.value()) />
            </ActionForm>
        </details>
    }
}

#[component]
fn NewAccount(create: ServerAction<CreateAccount>) -> impl IntoView {
    const TO: &str = "/call/account/create";
    let refused = refusal_of(create.value());
    let typed = |field| kept(TO, field).unwrap_or_default();
    view! {
        <ActionForm action=create attr:class="form" attr:novalidate="">
            <NotDone refused />
            <TextField name="name" label="Name" value=typed("name") error=wrong(refused, "name") required=true autocomplete="off" />
            <TextField
                name="description"
                label="What it is for"
                hint="Say as well who looks after it."
                value=typed("description")
                error=wrong(refused, "description")
                required=true
                autocomplete="off"
            />
            <Select
                name="role"
                label="Role on the instance"
                choices=Role::ALL.map(|role| Choice::new(role.key(), crate::words::role(role))).to_vec()
                value=kept(TO, "role").unwrap_or_else(|| Role::Viewer.key().to_owned())
                hint="Give it the least it needs everywhere; a team gives it more on a service."
                required=true
            />
            <p class="acts">
                <SubmitButton pending=create.pending() while_pending="Making it">"Make the account"</SubmitButton>
            </p>
        </ActionForm>
    }
}
