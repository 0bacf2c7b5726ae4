//! One's own ways to sign in, and the buttons of those that the instance offers.

use super::company::{OwnWays, Unlink, read_own_ways};
use super::people::Refusal;
use crate::boot::kept_error;
use crate::error::refusal_of;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Ago, Empty, Glyph, GlyphMark, Look, PageHead, Section, SubmitButton, Time, WhyLine};
use domain::identity::{Door, Linked};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// A button for each provider. Plain forms: the browser leaves the application.
#[component]
pub fn Doors(
    /// The providers.
    doors: Vec<Door>,
    /// What is sent along: a name and a value.
    sends: (&'static str, String),
    /// In front of the provider's name: "Continue with".
    #[prop(default = "Continue with")]
    words: &'static str,
) -> impl IntoView {
    let (name, value) = sends;
    let buttons = doors
        .into_iter()
        .map(|door| {
            view! {
                <form method="post" action=format!("/sign-in/with/{}", door.slug)>
                    <input type="hidden" name=name value=value.clone() />
                    <button class="btn tall wide" type="submit">{words} " " {door.name}</button>
                </form>
            }
        })
        .collect_view();
    view! { <div class="others">{buttons}</div> }
}

/// `/profile/sign-in`
#[component]
pub fn WaysIn() -> impl IntoView {
    let kicked = kicks(|| vec!["people".into()]);
    let page = Resource::new_blocking(move || kicked.get(), |_| read_own_ways());
    let query = use_query_map();
    let linked = move || {
        (query.read().get("saved").as_deref() == Some("linked")).then(|| {
            view! { <div role="status"><WhyLine glyph=Glyph::Pass what="Linked.">"You can sign in by it from now on."</WhyLine></div> }
        })
    };
    let failed = kept_error("/sign-in/with").map(|error| {
        let words = crate::words::refusal(&error);
        view! { <div role="alert"><WhyLine glyph=Glyph::Fail what="Not linked.">{words}</WhyLine></div> }
    });
    view! {
        <leptos_meta::Title text="Ways to sign in" />
        <PageHead title="Ways to sign in" />
        <super::ProfileTabs current="/profile/sign-in" />
        {linked}
        {failed}
        {crate::fresh::fresh(page, |found| match found {
            Ok(page) => view! { <Own page /> }.into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

#[component]
fn Own(page: OwnWays) -> impl IntoView {
    let OwnWays { ways, linked } = page;
    let name = |slug: &str| {
        let door = ways.providers.iter().find(|door| door.slug == slug);
        door.map_or_else(|| slug.to_owned(), |door| door.name.clone())
    };
    let free: Vec<Door> = ways
        .providers
        .iter()
        .filter(|door| linked.iter().all(|one| one.provider != door.slug))
        .cloned()
        .collect();
    let none = linked.is_empty();
    let next = if free.is_empty() {
        "Administrators set up sign-in by a company account; then you can link yours here."
    } else {
        "Link a company account to sign in by it, without a password of this instance."
    };
    let rows = linked
        .into_iter()
        .map(|one| {
            let name = name(&one.provider);
            view! { <Row one name /> }
        })
        .collect_view();
    view! {
        <Section id="linked" title="Linked to your account" class="first">
            {if none {
                view! { <Empty title="Nothing is linked.">{next}</Empty> }.into_any()
            } else {
                view! { <ul class="list middle">{rows}</ul> }.into_any()
            }}
        </Section>
        {(!free.is_empty())
            .then(|| {
                view! {
                    <Section id="link" title="Link another">
                        <p class="prose">"You go there once, and come back linked. Your role and your name stay."</p>
                        <div class="form after">
                            <Doors doors=free sends=("link", "true".to_owned()) words="Link" />
                        </div>
                    </Section>
                }
            })}
    }
}

#[component]
fn Row(one: Linked, name: String) -> impl IntoView {
    let unlink = ServerAction::<Unlink>::new();
    let used = one.used_at.map(|at| view! { ", used " <Ago at /> });
    let label = format!(" {name}");
    view! {
        <li>
            <GlyphMark name=Glyph::Pass />
            <p class="what">
                {name}
                <span class="more">{one.email.map(|email| format!(" as {email}"))} ", linked " <Time at=one.linked_at /> {used}</span>
            </p>
            <ActionForm action=unlink>
                <input type="hidden" name="id" value=one.id.to_string() />
                <SubmitButton pending=unlink.pending() look=Look::Quiet>"Unlink" <span class="vh">{label.clone()}</span></SubmitButton>
                <Refusal refused=refusal_of(unlink.value()) />
            </ActionForm>
        </li>
    }
}
