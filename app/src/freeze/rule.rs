//! `/calendar/new` and `/calendar/:id`: the form of a freeze or window. The first press says what it would hold, the second one saves.

use super::api::{ChangeTime, PreviewTime, SetTime, TimePage, read_time};
use super::form::{PostedTime, TimeFields};
use super::lines::when;
use crate::boot::me;
use crate::error::{AppError, Code};
use crate::fresh::fresh;
use crate::shell::Trouble;
use crate::ui::{Glyph, Look, PageHead, Section, SubmitButton, Time, WhyLine, format};
use domain::access::Action;
use domain::freeze::{Preview, TimeRule};
use domain::id::TimeRuleId;
use leptos::form::FromFormData;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// A new one.
#[component]
pub fn TimeNew() -> impl IntoView {
    let page = Resource::new_blocking(|| (), |()| read_time(None));
    view! {
        <Title text="New freeze or window" />
        <PageHead title="Set a freeze or window" />
        {fresh(page, |found| match found {
            Ok(page) => view! { <Form page /> }.into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

/// One that is there.
#[component]
pub fn TimeScreen() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.read().get("id").and_then(|id| id.parse::<TimeRuleId>().ok());
    let page = Resource::new_blocking(id, |id| async move {
        match id {
            Some(id) => read_time(Some(id)).await,
            None => Err(AppError::from(Code::NotFound)),
        }
    });
    fresh(page, |found| match found {
        Ok(page) => {
            let name = page.rule.as_ref().map(|rule| rule.name.clone()).unwrap_or_default();
            view! {
                <Title text=name.clone() />
                <PageHead title=name />
                <Form page />
            }
            .into_any()
        }
        Err(error) => view! { <Trouble error /> }.into_any(),
    })
}

/// What a reader who may not change it sees.
fn told(rule: &TimeRule) -> impl IntoView + use<> {
    view! {
        <p class="prose">{rule.reason.clone()}</p>
        <p class="prose">{when(rule)} "."</p>
        <p class="meta">"Approvers and administrators change it."</p>
    }
}

#[component]
fn Form(page: TimePage) -> impl IntoView {
    let me = me();
    let scope = page.rule.as_ref().map(|rule| rule.place.scope());
    let may = me.as_ref().is_some_and(|me| match scope {
        Some(scope) => me.actor().may(Action::Freeze, scope).is_ok(),
        None => me.actor().may_somewhere(Action::Freeze),
    });
    let ended = page.rule.as_ref().is_some_and(|rule| rule.ended_at.is_some());
    match &page.rule {
        Some(rule) if !may || ended => return told(rule).into_any(),
        _ => {}
    }
    let zone = me.map(|me| me.zone.name.clone()).unwrap_or_else(|| "UTC".into());
    let (id, posted) = match &page.rule {
        Some(rule) => (Some(rule.id), PostedTime::of(rule)),
        None => (None, PostedTime::new(zone)),
    };
    let to = if id.is_some() { CHANGE } else { SET };
    let (set, change, preview) = (
        ServerAction::<SetTime>::new(),
        ServerAction::<ChangeTime>::new(),
        ServerAction::<PreviewTime>::new(),
    );
    let refused = Signal::derive(move || {
        let of = |value: Option<Result<(), AppError>>| value.and_then(Result::err);
        of(set.value().get())
            .or_else(|| of(change.value().get()))
            .or_else(|| preview.value().get().and_then(Result::err))
    });
    let shown = Signal::derive(move || preview.value().get().and_then(Result::ok));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let sure = shown.with_untracked(Option::is_some);
        set.clear();
        change.clear();
        if !sure {
            if let Ok(input) = PreviewTime::from_event(&event) {
                preview.dispatch(input);
            }
        } else if id.is_some() {
            if let Ok(input) = ChangeTime::from_event(&event) {
                change.dispatch(input);
            }
        } else if let Ok(input) = SetTime::from_event(&event) {
            set.dispatch(input);
        }
    };
    let pending = Signal::derive(move || set.pending().get() || change.pending().get() || preview.pending().get());
    let words = move || {
        if shown.with(Option::is_some) {
            "Save"
        } else {
            "Show what it would hold"
        }
    };
    let TimePage { places, zones, .. } = page;
    let id = id.map(|id| view! { <input type="hidden" name="id" value=id.to_string() /> });
    view! {
        <form method="post" action=to on:submit=submit on:input=move |_| preview.clear() novalidate="">
            {id}
            <TimeFields to posted places_of=places zones refused />
            {move || shown.get().map(|preview| view! { <WouldDo preview /> })}
            {move || refused.get().map(|error| {
                view! { <WhyLine glyph=Glyph::Fail what="Not saved.">{crate::words::refusal(&error)}</WhyLine> }
            })}
            <p class="acts after">
                <SubmitButton pending look=Look::Primary while_pending="Working">{words}</SubmitButton>
                <a href="/calendar">"Back to the calendar"</a>
            </p>
        </form>
    }
    .into_any()
}

/// Where the forms go.
const SET: &str = "/call/freeze/set";
const CHANGE: &str = "/call/freeze/change";

/// What it would do.
#[component]
fn WouldDo(preview: Preview) -> impl IntoView {
    let Preview {
        next,
        count,
        releases,
        deployments,
    } = preview;
    let more = usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(next.len());
    let times = next
        .into_iter()
        .map(|span| view! { <li><Time at=span.from /> " to " <Time at=span.to /></li> })
        .collect_view();
    let nothing = releases.is_empty() && deployments.is_empty();
    let runs = deployments
        .into_iter()
        .map(|one| {
            let text = format!(
                "Deployment {}: {} {} to {}",
                one.number, one.service, one.version, one.environment
            );
            view! { <li><a href=format!("/deployments/{}", one.number)>{text}</a> ", from " <Time at=one.from /></li> }
        })
        .collect_view();
    let plans = releases
        .into_iter()
        .map(|one| {
            let text = format!("{} {}", one.service, one.version);
            let href = format!("/releases/{}/{}", one.service, one.version);
            view! {
                <li>
                    <a href=href>{text}</a> " to " {one.environment} ", planned for " <Time at=one.window.opens_at /> ", held from "
                    <Time at=one.from />
                </li>
            }
        })
        .collect_view();
    view! {
        <Section id="effect" title="What it would do">
            <div role="status">
                <p class="prose">"Its next times:"</p>
                <ul class="plain">{times}</ul>
                {(more > 0).then(|| view! { <p class="meta">{format!("and {} within 400 days.", format::counted(more as u64, "more", "more"))}</p> })}
                {if nothing {
                    view! { <WhyLine glyph=Glyph::Pass what="Nothing that is planned or running is held by it.">"Press Save to set it."</WhyLine> }
                        .into_any()
                } else {
                    view! {
                        <WhyLine glyph=Glyph::Lock what="It holds what is planned or running:">"Press Save to set it all the same."</WhyLine>
                        <ul class="plain">{runs} {plans}</ul>
                    }
                        .into_any()
                }}
            </div>
        </Section>
    }
}
