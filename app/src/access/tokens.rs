//! Access tokens: one's own, and, for administrators, everybody's.

use super::token_api::{MakeToken, RevokeToken, Tokens, read_all_tokens, read_tokens};
use super::token_form::{MadeToken, TokenFields, words};
use crate::boot::me;
use crate::error::refusal_of;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Ago, Empty, Glyph, Look, PageHead, Section, State, SubmitButton, Time, Who};
use domain::access::{AccessToken, Action, Person, Scope, TokenState, usable};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// One's own tokens.
#[component]
pub fn OwnTokens() -> impl IntoView {
    let kicked = kicks(|| vec!["people".into()]);
    let make = ServerAction::<MakeToken>::new();
    let made = make.version();
    let page = Resource::new_blocking(move || (kicked.get(), made.get()), |_| read_tokens());
    view! {
        <leptos_meta::Title text="Access tokens" />
        <PageHead title="Access tokens" />
        <super::ProfileTabs current="/profile/tokens" />
        <p class="prose after">
            "A token lets a program, such as a pipeline, do in your name what you may do, and no more than you give it. Programs use it with the "
            <a href="/api" rel="external">"API"</a> " and with the command " <code>"slipway"</code> "."
        </p>
        <Make make />
        {crate::fresh::fresh(page, move |found| match found {
            Ok(page) => view! { <List page own=true /> }.into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

/// Everybody's tokens.
#[component]
pub fn AllTokens() -> impl IntoView {
    let manages = me().is_some_and(|me| me.actor().may(Action::ManagePeople, Scope::Instance).is_ok());
    view! {
        <leptos_meta::Title text="Access tokens" />
        <PageHead title="Access tokens" />
        <super::AdministrationTabs current="/administration/tokens" />
        {if manages {
            view! { <Everybodys /> }.into_any()
        } else {
            view! {
                <Empty title="Administrators see everybody's tokens here.">
                    "Your own are " <a href="/profile/tokens">"on your profile"</a> "."
                </Empty>
            }
            .into_any()
        }}
    }
}

#[component]
fn Everybodys() -> impl IntoView {
    let kicked = kicks(|| vec!["people".into()]);
    let page = Resource::new_blocking(move || kicked.get(), |_| read_all_tokens());
    crate::fresh::fresh(page, move |found| match found {
        Ok(page) => view! { <List page own=false /> }.into_any(),
        Err(error) => view! { <Trouble error /> }.into_any(),
    })
}

#[component]
fn Make(make: ServerAction<MakeToken>) -> impl IntoView {
    const TO: &str = "/call/access/make-token";
    let why_not = |scope| {
        let fits = me().is_some_and(|me| usable(&me.actor(), scope));
        (!fits).then_some("your role does not have this, so no token of yours can.")
    };
    view! {
        <Section id="make" title="Make a token">
            <MadeToken to=TO made=Signal::derive(move || make.value().get()) />
            <ActionForm action=make attr:class="form after">
                <TokenFields to=TO failed=refusal_of(make.value()) why_not />
                <p class="acts">
                    <SubmitButton pending=make.pending() while_pending="Making">"Make token"</SubmitButton>
                </p>
            </ActionForm>
        </Section>
    }
}

#[component]
fn List(page: Tokens, own: bool) -> impl IntoView {
    let live = page
        .tokens
        .iter()
        .filter(|token| token.state(page.now) == TokenState::Live)
        .count()
        .to_string();
    if page.tokens.is_empty() {
        let words = if own {
            "A token that you make stands here with its last use, until long after it ended."
        } else {
            "People make tokens on their own profile, administrators those of service accounts. They stand here with their last use."
        };
        return view! {
            <Section id="tokens" title="Tokens" class="first">
                <Empty title="There is no token yet.">{words}</Empty>
            </Section>
        }
        .into_any();
    }
    let now = page.now;
    let rows = page
        .tokens
        .into_iter()
        .map(|token| {
            let person = page.people.iter().find(|person| person.id == token.person).cloned();
            view! { <Row token person own now /> }
        })
        .collect_view();
    view! {
        <Section id="tokens" title="Tokens" count=live>
            <div class="scroll" role="region" aria-label="Tokens" tabindex="0">
                <table class="blocks middle">
                    <thead>
                        <tr>
                            <th scope="col">"Token"</th>
                            {(!own).then(|| view! { <th scope="col">"Person"</th> })}
                            <th scope="col">"May"</th>
                            <th scope="col">"Last use"</th>
                            <th scope="col">"State"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </Section>
    }
    .into_any()
}

#[component]
fn Row(token: AccessToken, person: Option<Person>, own: bool, now: chrono::DateTime<chrono::Utc>) -> impl IntoView {
    let scopes = token
        .scopes
        .iter()
        .map(|scope| words(*scope).0)
        .collect::<Vec<_>>()
        .join(", ");
    let state = token.state(now);
    // A token of who is not active lets nobody in, whatever it says itself.
    let asleep = person.as_ref().is_some_and(|person| !person.active);
    let standing = match state {
        TokenState::Live if asleep => view! { <State glyph=Glyph::Off>"Its person is deactivated"</State> }.into_any(),
        TokenState::Live => view! { <State glyph=Glyph::Pass>"Ends " <Time at=token.expires_at /></State> }.into_any(),
        TokenState::Expired => {
            view! { <State glyph=Glyph::Off>"Ended " <Time at=token.expires_at /></State> }.into_any()
        }
        TokenState::Revoked => view! { <State glyph=Glyph::Off>"Revoked"</State> }.into_any(),
    };
    let last = match token.last_used_at {
        Some(at) => {
            let from = token.last_network.clone().filter(|network| !network.is_empty());
            view! { <Ago at /> {from.map(|network| format!(" from {network}"))} }.into_any()
        }
        None => "Never".into_any(),
    };
    let name = token.name.clone();
    let place = if own {
        "/profile/access"
    } else {
        "/administration/access"
    };
    let asks = format!("{place}?token={}", token.id);
    view! {
        <tr>
            <th scope="row">
                {token.name.clone()} " " <code>{format!("{}…", token.beginning)}</code>
            </th>
            {(!own).then(|| view! { <td><Who name=person.map(|person| person.name).unwrap_or_default() /></td> })}
            <td>{scopes} <br /> <a href=asks>"What it may do, and why"</a></td>
            <td>{last}</td>
            <td>{standing} {(state == TokenState::Live).then(|| view! { <Revoke id=token.id name /> })}</td>
        </tr>
    }
}

/// Ending a token, behind a sentence that says what follows.
#[component]
fn Revoke(id: domain::id::TokenId, name: String) -> impl IntoView {
    let revoke = ServerAction::<RevokeToken>::new();
    let refused = refusal_of(revoke.value());
    view! {
        <details class="more-of">
            <summary>"Revoke…"</summary>
            <p>{format!("Whatever uses “{name}” is refused from now on. It can't be brought back.")}</p>
            <ActionForm action=revoke attr:class="inline">
                <input type="hidden" name="id" value=id.to_string() />
                <SubmitButton pending=revoke.pending() look=Look::Plain>"Revoke"</SubmitButton>
                {move || {
                    refused.get().map(|error| view! { <p class="why-not" role="alert">{crate::words::refusal(&error)}</p> })
                }}
            </ActionForm>
        </details>
    }
}
