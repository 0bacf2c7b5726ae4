//! A forgotten password: the page that asks for the address, and the one behind the link of the mail.

use super::api::{read_mail, read_reset};
use super::company::read_ways;
use super::door::{Door, Failed};
use crate::boot::{kept, kept_error};
use crate::error::{AppError, Code};
use crate::ui::{Glyph, TextField, WhyLine};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// `/forgot`: the answer is the same whether somebody has the address or not.
#[component]
pub fn Forgot() -> impl IntoView {
    let asked = use_query_map().with_untracked(|query| query.get("asked").is_some());
    let mail = Resource::new_blocking(|| (), |()| read_mail());
    let ways = Resource::new_blocking(|| (), |()| read_ways());
    view! {
        <Door title="Forgotten password">
            <div class="after">
                <Transition fallback=|| ()>
                    {move || Suspend::new(async move {
                        let passwords = ways.await.map_or(true, |ways| ways.passwords);
                        match (asked, mail.await) {
                            _ if !passwords => view! { <NoPasswords /> }.into_any(),
                            (true, _) => view! { <Asked /> }.into_any(),
                            (false, Ok(false)) => view! { <NoMail /> }.into_any(),
                            (false, _) => view! { <Ask /> }.into_any(),
                        }
                    })}
                </Transition>
            </div>
            <p class="meta after">
                <a href="/login" rel="external">"Back to sign-in"</a>
            </p>
        </Door>
    }
}

#[component]
fn Ask() -> impl IntoView {
    const TO: &str = "/forgot-password";
    let error = kept_error(TO);
    let wrong = error
        .as_ref()
        .and_then(|error| error.field("email"))
        .map(|problem| crate::words::problem(&problem));
    let general = error.filter(|error| !matches!(error.code, Code::Invalid { .. }));
    view! {
        <p class="prose">"Write the address that you sign in with. A link to choose a new password is sent there."</p>
        <form method="post" action=TO>
            <Failed error=general />
            <TextField
                name="email"
                label="E-mail"
                kind="email"
                value=kept(TO, "email").unwrap_or_default()
                error=wrong
                autocomplete="username"
                required=true
                class="tall"
            />
            <button class="btn primary tall wide" type="submit">"Send the link"</button>
        </form>
    }
}

#[component]
fn Asked() -> impl IntoView {
    view! {
        <div role="status">
            <WhyLine glyph=Glyph::Pass what="Look into your mail.">
                "If somebody signs in here with this address, a link is on its way. It works once, for an hour."
            </WhyLine>
        </div>
    }
}

#[component]
fn NoPasswords() -> impl IntoView {
    view! { <p class="prose">"This instance takes no passwords, so there is none to set: sign in by your company account."</p> }
}

#[component]
fn NoMail() -> impl IntoView {
    view! {
        <p class="prose">
            "This instance sends no e-mail, so no link can be sent. Ask an administrator, who can invite you anew, or who runs the instance."
        </p>
    }
}

/// `/reset/{token}`.
#[component]
pub fn Reset() -> impl IntoView {
    let token = Memo::new(move |_| use_params_map().with(|params| params.get("token").unwrap_or_default()));
    let works = Resource::new_blocking(move || token.get(), read_reset);
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match works.await {
                    Ok(()) => view! { <Choose token=token.get_untracked() /> }.into_any(),
                    Err(AppError { code: Code::PasswordsOff, .. }) => {
                        view! {
                            <Door title="Passwords are switched off">
                                <div class="after">
                                    <NoPasswords />
                                </div>
                                <p class="after">
                                    <a href="/login" rel="external">"Sign in"</a>
                                </p>
                            </Door>
                        }
                            .into_any()
                    }
                    Err(error) => {
                        view! {
                            <Door title="This link does not work any more">
                                <p class="prose after">{crate::words::refusal(&error)}</p>
                                <p class="after">
                                    <a href="/forgot" rel="external">"Ask for another link"</a> ", or " <a href="/login" rel="external">"sign in"</a> "."
                                </p>
                            </Door>
                        }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn Choose(token: String) -> impl IntoView {
    const TO: &str = "/reset-password";
    let error = kept_error(TO);
    let wrong = error
        .as_ref()
        .and_then(|error| error.field("password"))
        .map(|problem| crate::words::problem(&problem));
    let general = error.filter(|error| !matches!(error.code, Code::Invalid { .. }));
    view! {
        <Door title="Choose a new password">
            <p class="prose after">"You are signed out everywhere, and sign in with the new password from then on."</p>
            <form method="post" action=TO>
                <Failed error=general />
                <input type="hidden" name="token" value=token />
                <TextField
                    name="password"
                    label="New password"
                    kind="password"
                    hint="12 characters or more. A sentence is easy to remember and hard to guess."
                    error=wrong
                    required=true
                    autocomplete="new-password"
                    class="tall"
                />
                <button class="btn primary tall wide" type="submit">"Set the password"</button>
            </form>
        </Door>
    }
}
