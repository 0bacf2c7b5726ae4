//! One's own profile: name, time zone, theme, password.

use super::api::{ChangePassword, SaveProfile, read_zones};
use super::company::read_ways;
use crate::boot::{kept, me};
use crate::error::{AppError, Code, refusal_of};
use crate::ui::{Choice, Fact, Facts, Glyph, Look, PageHead, Section, Select, SubmitButton, TextField, WhyLine};
use domain::access::{Me, Theme};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The profile page.
#[component]
pub fn Profile() -> impl IntoView {
    let query = use_query_map();
    // The address changes while the page stays.
    let saved = move || {
        query.read().get("saved").map(|what| {
            let words = match what.as_str() {
                "password" => "Your new password holds from now on.",
                _ => "Your profile is as you see it.",
            };
            view! { <div role="status"><WhyLine glyph=Glyph::Pass what="Saved.">{words}</WhyLine></div> }
        })
    };
    view! {
        <leptos_meta::Title text="Your profile" />
        <PageHead title="Your profile" />
        <super::ProfileTabs current="/profile" />
        {saved}
        {me().map(|me| view! { <Form me /> })}
        <Password />
    }
}

/// The sentence of a field in the answer of an action.
fn wrong(refused: Signal<Option<AppError>>, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || {
        refused
            .get()
            .and_then(|error| error.field(field))
            .map(|problem| crate::words::problem(&problem))
    })
}

/// Why the whole form failed, when no field says it.
fn failed(refused: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        refused
            .get()
            .filter(|error| !matches!(error.code, Code::Invalid { .. }))
            .map(|error| {
                let words = crate::words::refusal(&error);
                view! { <WhyLine glyph=Glyph::Fail what="Not saved.">{words}</WhyLine> }
            })
    }
}

#[component]
fn Form(me: Me) -> impl IntoView {
    const TO: &str = "/call/access/profile";
    let save = ServerAction::<SaveProfile>::new();
    let refused = refusal_of(save.value());
    let zones = Resource::new_blocking(|| (), |()| read_zones());
    let here = me.zone.name.clone();
    let theme = me.theme;
    // Name, zone and theme are everywhere on a page: it is loaded anew.
    Effect::new(move |_| {
        if save.value().with(|value| matches!(value, Some(Ok(())))) {
            window().location().assign("/profile?saved=profile").ok();
        }
    });
    view! {
        <Section id="you" title="You">
            <Facts>
                <Fact term="E-mail">{me.person.email.clone()}</Fact>
                <Fact term="Role">{crate::words::role(me.person.role)}</Fact>
            </Facts>
            <ActionForm action=save attr:class="form after">
                {failed(refused)}
                <TextField
                    name="name"
                    label="Name"
                    value=kept(TO, "name").unwrap_or(me.person.name.clone())
                    error=wrong(refused, "name")
                    required=true
                    autocomplete="name"
                />
                <Transition fallback=|| ()>
                    {move || {
                        let here = here.clone();
                        Suspend::new(async move {
                            let names = zones.await.unwrap_or_else(|_| vec![here.clone()]);
                            let choices = names.into_iter().map(|name| Choice::new(name.clone(), name)).collect::<Vec<_>>();
                            view! {
                                <Select
                                    name="zone"
                                    label="Time zone"
                                    choices
                                    value=here
                                    hint="All times are shown in it. They are kept in UTC."
                                    error=wrong(refused, "zone")
                                    required=true
                                />
                            }
                        })
                    }}
                </Transition>
                <Select
                    name="theme"
                    label="Theme"
                    choices=[(Theme::System, "As the system says"), (Theme::Light, "Light"), (Theme::Dark, "Dark")]
                        .map(|(theme, words)| Choice::new(theme.key(), words))
                        .to_vec()
                    value=theme.key()
                    required=true
                />
                <p class="acts">
                    <SubmitButton pending=save.pending() while_pending="Saving">"Save"</SubmitButton>
                </p>
            </ActionForm>
        </Section>
    }
}

#[component]
fn Password() -> impl IntoView {
    let ways = Resource::new_blocking(|| (), |()| read_ways());
    view! {
        <Section id="password" title="Password">
            <Transition fallback=|| ()>
                {move || Suspend::new(async move {
                    match ways.await.map_or(true, |ways| ways.passwords) {
                        true => view! { <Change /> }.into_any(),
                        false => {
                            view! {
                                <p class="prose">
                                    "This instance takes no passwords: you sign in by your company account. "
                                    <a href="/profile/sign-in">"Ways to sign in"</a>
                                </p>
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
        </Section>
    }
}

#[component]
fn Change() -> impl IntoView {
    let change = ServerAction::<ChangePassword>::new();
    let refused = refusal_of(change.value());
    view! {
        <ActionForm action=change attr:class="form">
            {failed(refused)}
            <TextField
                name="old_password"
                label="Present password"
                kind="password"
                error=wrong(refused, "old_password")
                required=true
                autocomplete="current-password"
            />
            <TextField
                name="new_password"
                label="New password"
                kind="password"
                hint="12 characters or more."
                error=wrong(refused, "new_password")
                required=true
                autocomplete="new-password"
            />
            <p class="acts">
                <SubmitButton pending=change.pending() look=Look::Plain while_pending="Changing">"Change password"</SubmitButton>
            </p>
        </ActionForm>
    }
}
