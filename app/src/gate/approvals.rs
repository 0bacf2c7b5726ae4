//! Approvals of one environment: who decided, who asked, and the reader's own decision on exactly what would run.

use domain::access::{Proof, proof};
use domain::gate::Allowed;
use domain::release::{Approval, ApprovalRequest, ReleaseEnvironment};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::api::{Decide, RequestApproval};
use super::holds::{Told, actions};
use super::plan::{Changed, Digest, WhatRuns};
use super::view::{counts, decided, given};
use super::words::why_not;
use crate::access::ConfirmButton;
use crate::error::Code;
use crate::release::failed::{Failed, Refused};
use crate::ui::{Button, Empty, Glyph, GlyphMark, Look, Section, SubmitButton, TextArea, Time, WhyLine, use_clock};

/// The two calls of this part.
#[derive(Clone, Copy)]
pub struct ApprovalCalls {
    pub request: ServerAction<RequestApproval>,
    pub decide: ServerAction<Decide>,
}

/// Decisions, the request, and the reader's decision.
#[component]
pub fn Approvals(
    /// The release beside the environment.
    one: ReleaseEnvironment,
    /// The release.
    release: domain::id::ReleaseId,
    /// Whom the page is for.
    told: Told,
    /// The calls.
    calls: ApprovalCalls,
    /// The whole plan stands open; otherwise it is folded.
    #[prop(optional)]
    full: bool,
) -> impl IntoView {
    let name = one.environment.name.clone();
    let need = one.facts.policy.approvals;
    let title = if full {
        format!("Approvals for {name}")
    } else {
        "Approvals".to_owned()
    };
    let id = if full {
        format!("approvals-{name}")
    } else {
        "approvals".to_owned()
    };
    if need == 0 && one.request.is_none() {
        return view! {
            <Section id title>
                <p class="meta">{format!("The policy of {name} asks for no approval.")}</p>
            </Section>
        }
        .into_any();
    }
    let end = match full {
        true => format!("{} of {need}", given(&one.facts)),
        false => format!("{} of {need} for {name}", given(&one.facts)),
    };
    let (list, request) = (decisions(&one, &told), one.clone());
    let (ask, card) = (told.clone(), told);
    view! {
        <Section id title end=move || end>
            {list}
            <Ask one=request release told=ask calls />
            <Decision one told=card calls full />
        </Section>
    }
    .into_any()
}

fn decisions(one: &ReleaseEnvironment, told: &Told) -> AnyView {
    let Some(request) = &one.request else {
        return view! {
            <Empty title="Nobody has asked yet.">
                "Who asks and who changed the plan can't approve it; somebody else decides on exactly what would run."
            </Empty>
        }
        .into_any();
    };
    let names = told.names();
    let asked = names.person(request.by).to_owned();
    let rows: Vec<_> = request
        .approvals
        .iter()
        .map(|approval| line(approval, one, told))
        .collect();
    view! {
        <ul class="list">
            <li>
                <GlyphMark name=Glyph::Dot />
                <p class="what">
                    <b>{asked}</b>
                    " asked for approval"
                </p>
                <span class="age">
                    <Time at=request.at brief=true />
                </span>
            </li>
            {rows}
        </ul>
    }
    .into_any()
}

fn line(approval: &Approval, one: &ReleaseEnvironment, told: &Told) -> impl IntoView + use<> {
    let (glyph, word) = decided(approval.decision, counts(approval, &one.facts));
    let who = told.names().person(approval.by).to_owned();
    let comment = approval.comment.trim().to_owned();
    view! {
        <li class=glyph.tone().class()>
            <GlyphMark name=glyph />
            <p class="what">
                <b>{who}</b>
                " "
                {word}
                {(!comment.is_empty()).then(|| view! { <br /> <span class="more">"“"{comment}"”"</span> })}
            </p>
            <span class="age">
                <Time at=approval.at brief=true />
            </span>
        </li>
    }
}

/// The request button, where there is something to ask for.
#[component]
fn Ask(one: ReleaseEnvironment, release: domain::id::ReleaseId, told: Told, calls: ApprovalCalls) -> impl IntoView {
    let clock = use_clock();
    let allowed = actions(told.clone(), &one);
    let name = one.environment.name.clone();
    let moved = one.request.as_ref().is_some_and(|request| request.digest != one.digest);
    let can = Signal::derive(move || {
        allowed.with(|actions| {
            actions
                .as_ref()
                .is_none_or(|actions| actions.request != Allowed::NothingToDo)
        })
    });
    let reason = Signal::derive(move || {
        allowed.with(|actions| match actions {
            Some(actions) => why_not(&actions.request, &told.names(), &clock.zone()),
            None => Some("Sign in to ask.".to_owned()),
        })
    });
    let failed = Failed::of(calls.request.value());
    let environment = one.environment.id.to_string();
    let form = move || {
        let (name, environment) = (name.clone(), environment.clone());
        can.get().then(|| {
            let words = if moved { "Ask again" } else { "Ask for approval" };
            let id = format!("ask-{name}");
            view! {
                <ActionForm action=calls.request attr:class="acts after">
                    <input type="hidden" name="release" value=release.to_string() />
                    <input type="hidden" name="environment" value=environment />
                    <SubmitButton pending=calls.request.pending() look=Look::Plain why_not=reason id>
                        {words}
                    </SubmitButton>
                </ActionForm>
            }
        })
    };
    let changed = changed(one.request.as_ref().filter(|_| moved), &one);
    view! {
        {changed}
        {form}
        <Refused failed />
    }
    .into_any()
}

fn changed(request: Option<&ApprovalRequest>, one: &ReleaseEnvironment) -> Option<impl IntoView + use<>> {
    request.map(|request| {
        let (before, after) = (request.plan.clone(), one.plan.clone());
        view! {
            <WhyLine glyph=Glyph::Hold what="The plan changed after it was asked for.">
                "Decisions on the plan before do not count."
            </WhyLine>
            <Changed title="Changed since approval was asked for" before after />
        }
    })
}

/// The reader's decision on exactly what would run.
#[component]
fn Decision(one: ReleaseEnvironment, told: Told, calls: ApprovalCalls, full: bool) -> impl IntoView {
    let allowed = actions(told, &one);
    let decide = Memo::new(move |_| allowed.with(|actions| actions.as_ref().map(|actions| actions.decide.clone())));
    let request = one
        .request
        .as_ref()
        .filter(|request| request.digest == one.digest)
        .cloned();
    let plan = one.plan.clone();
    let shown = full.then(|| {
        view! {
            <h3 class="after">"What exactly would run"</h3>
            <Digest of=one.digest approved=true />
            <WhatRuns plan=plan />
        }
    });
    let card = move || match (decide.get(), request.clone()) {
        (Some(Allowed::Yes), Some(request)) => view! { <Card one=one.clone() request calls full /> }.into_any(),
        (Some(Allowed::SeparationOfDuties), Some(_)) => {
            let words = "You planned this or asked for it, so somebody else has to approve it.";
            view! { <p class="why-not after">{words}</p> }.into_any()
        }
        _ => ().into_any(),
    };
    view! {
        {shown}
        {card}
    }
    .into_any()
}

#[component]
fn Card(one: ReleaseEnvironment, request: ApprovalRequest, calls: ApprovalCalls, full: bool) -> impl IntoView {
    let failed = Failed::of(calls.decide.value());
    let id = format!("comment-{}", one.environment.name);
    let kept = crate::boot::kept("/call/gate/decide", "comment");
    let runs = (!full).then(|| {
        view! {
            <details class="more-of">
                <summary>"What exactly would run"</summary>
                <WhatRuns plan=one.plan.clone() />
            </details>
        }
    });
    let pending = calls.decide.pending();
    let within = one.facts.policy.reauthenticate_min;
    let (clock, proved) = (use_clock(), crate::boot::boot().proved);
    let policy = one.facts.policy.clone();
    // What the page knows, and what the server said.
    let confirm = Memo::new(move |_| {
        let refused = failed
            .get()
            .is_some_and(|error| matches!(error.code, Code::ProveAgain { .. }));
        refused || proof(&policy, false, proved, clock.now()) != Proof::Enough
    });
    let here = use_location();
    let next = move || format!("{}{}", here.pathname.get(), here.search.with(|search| query(search)));
    let asks = within.map(|minutes| {
        let minutes = crate::ui::format::counted(u64::from(minutes), "minute", "minutes");
        move || {
            let words = match confirm.get() {
                true => format!("Who decides here has confirmed within {minutes} that it is them. Confirm it first; your comment is kept."),
                false => format!("Who decides here has confirmed within {minutes} that it is them. You have."),
            };
            view! { <p class="meta">{words}</p> }
        }
    });
    view! {
        <ActionForm action=calls.decide attr:class="card after">
            <h3>"Your decision"</h3>
            <p>"You approve exactly this content. Any change to it voids your approval."</p>
            {asks}
            {within.map(|_| view! { <input type="hidden" name="next" value=next /> })}
            <Digest of=request.digest approved=true />
            {runs}
            <input type="hidden" name="request" value=request.id.to_string() />
            <input type="hidden" name="seen" value=request.digest.to_string() />
            <TextArea
                name="comment"
                id
                label="Comment"
                rows=2
                value=kept.unwrap_or_default()
                hint="Needed when you reject."
                error=failed.field("comment")
                maxlength=2000u32
            />
            <Refused failed />
            <div class="acts">
                {move || match confirm.get() {
                    true => view! { <ConfirmButton /> }.into_any(),
                    false => {
                        view! {
                            <SubmitButton pending look=Look::Primary name="decision" value="approve" while_pending="Deciding">
                                "Approve"
                            </SubmitButton>
                            <Button submit=true name="decision" value="reject">
                                "Reject"
                            </Button>
                        }
                            .into_any()
                    }
                }}
            </div>
        </ActionForm>
    }
    .into_any()
}

/// The query of an address, with its question mark; without what a call that failed left in it, which is over once somebody comes back.
fn query(search: &str) -> String {
    let kept: Vec<&str> = search
        .trim_start_matches('?')
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("__"))
        .collect();
    if kept.is_empty() {
        String::new()
    } else {
        format!("?{}", kept.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn who_comes_back_finds_the_page_without_the_failure_of_before() {
        assert_eq!(query("tab=approvals&__path=%2Fcall&__err=abc"), "?tab=approvals");
        assert_eq!(query("?__err=abc"), "");
        assert_eq!(query(""), "");
    }
}
