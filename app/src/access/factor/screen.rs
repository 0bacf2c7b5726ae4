//! One's own second factor: turned on with an authenticator, its recovery codes, turned off.

use super::api::{BeginFactor, ConfirmFactor, FactorPage, Picture, RenewCodes, TurnFactorOff, read_factor};
use super::recovery::Made;
use crate::access::ProfileTabs;
use crate::error::{AppError, Code, refusal_of};
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{
    Ago, CopyBox, Empty, Fact, Facts, Glyph, Look, PageHead, Section, State, SubmitButton, TextField, Time, WhyLine,
};
use domain::access::{Enrolment, FactorState, RECOVERY_CODES};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The calls of this page, made outside of what is fetched again so that their answers stay.
#[derive(Clone, Copy)]
struct Calls {
    begin: ServerAction<BeginFactor>,
    confirm: ServerAction<ConfirmFactor>,
    renew: ServerAction<RenewCodes>,
    off: ServerAction<TurnFactorOff>,
}

/// `/profile/second-factor`
#[component]
pub fn SecondFactor() -> impl IntoView {
    let calls = Calls {
        begin: ServerAction::new(),
        confirm: ServerAction::new(),
        renew: ServerAction::new(),
        off: ServerAction::new(),
    };
    let kicked = kicks(|| vec!["people".into()]);
    let versions = move || {
        (
            kicked.get(),
            calls.begin.version().get(),
            calls.confirm.version().get(),
            calls.renew.version().get(),
            calls.off.version().get(),
        )
    };
    let page = Resource::new_blocking(versions, |_| read_factor());
    let made = Signal::derive(move || calls.renew.value().get().or_else(|| calls.confirm.value().get()));
    view! {
        <leptos_meta::Title text="Second factor" />
        <PageHead title="Second factor" />
        <ProfileTabs current="/profile/second-factor" />
        <p class="prose after">
            "Beside your password, sign-in asks for a code that only your authenticator knows: who finds out your password does not come in. "
            "Sign-in by a company account asks for no code here; its provider is responsible for that."
        </p>
        <Made to=["/call/access/second-factor-confirm", "/call/access/second-factor-codes"] made />
        {crate::fresh::fresh(page, move |found| match found {
            Ok(page) => view! { <Own page calls /> }.into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

#[component]
fn Own(page: FactorPage, calls: Calls) -> impl IntoView {
    let FactorPage { factor, picture } = page;
    match factor.state {
        FactorState::Off if !factor.password => view! {
            <Section id="off" title="Off">
                <Empty title="You have no password here.">
                    "You sign in by a company account, which has its second factor where it is kept."
                </Empty>
            </Section>
        }
        .into_any(),
        FactorState::Off => view! {
            <Section id="off" title="Turn it on">
                <p class="prose">
                    "You need an authenticator: an app on your phone, or a password manager that makes codes. Next you see a picture to scan with it."
                </p>
                <Begin calls />
            </Section>
        }
        .into_any(),
        FactorState::Begun(enrolment) => view! { <Begun enrolment picture calls /> }.into_any(),
        FactorState::On { since, used_at, left } => view! {
            <Section id="on" title="On">
                <Facts>
                    <Fact term="State">
                        <State glyph=Glyph::Pass>"On"</State>
                    </Fact>
                    <Fact term="Since">
                        <Time at=since />
                    </Fact>
                    <Fact term="Last used">
                        {match used_at {
                            Some(at) => view! { <Ago at /> }.into_any(),
                            None => "Never".into_any(),
                        }}
                    </Fact>
                    <Fact term="Recovery codes left">{format!("{left} of {RECOVERY_CODES}")}</Fact>
                </Facts>
            </Section>
            <Renew calls />
            <Off calls />
        }
        .into_any(),
    }
}

/// Why a form failed, when no field says it.
#[component]
fn Unsaid(refused: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        refused
            .get()
            .filter(|error| !matches!(error.code, Code::Invalid { .. }))
            .map(|error| {
                let words = crate::words::refusal(&error);
                view! { <div role="alert"><WhyLine glyph=Glyph::Fail what="Not done.">{words}</WhyLine></div> }
            })
    }
}

/// The sentence of a field that has only one way to be wrong.
fn wrong(refused: Signal<Option<AppError>>, field: &'static str, words: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || refused.get()?.field(field).map(|_| words.to_owned()))
}

#[component]
fn Begin(calls: Calls) -> impl IntoView {
    let refused = refusal_of(calls.begin.value());
    view! {
        <ActionForm action=calls.begin attr:class="form after">
            <Unsaid refused />
            <TextField
                name="password"
                label="Your password"
                kind="password"
                error=wrong(refused, "password", "This is not your password.")
                required=true
                autocomplete="current-password"
            />
            <p class="acts">
                <SubmitButton pending=calls.begin.pending() while_pending="Beginning">"Begin"</SubmitButton>
            </p>
        </ActionForm>
    }
}

#[component]
fn Begun(enrolment: Enrolment, picture: Option<Picture>, calls: Calls) -> impl IntoView {
    let refused = refusal_of(calls.confirm.value());
    let (key, link) = (enrolment.groups(), enrolment.link);
    view! {
        <Section id="begun" title="Give the key to your authenticator">
            <p class="prose">"Scan the picture with it. If it has no camera, type the key, or open the link on the device that has it."</p>
            {picture.map(|picture| view! { <Qr picture /> })}
            <div class="after">
                <CopyBox text=key label="Key" />
                <p class="meta">
                    "Codes by time, 6 digits, every 30 seconds. " <a href=link rel="external">"Open in an authenticator"</a>
                </p>
            </div>
            <ActionForm action=calls.confirm attr:class="form after">
                <Unsaid refused />
                <TextField
                    name="code"
                    label="The code that it shows now"
                    error=wrong(refused, "code", "This is not the code of now. Look whether the device's clock is right, and write the next code.")
                    required=true
                    autocomplete="one-time-code"
                    inputmode="numeric"
                    class="otp"
                />
                <p class="acts">
                    <SubmitButton pending=calls.confirm.pending() while_pending="Turning on">"Turn on"</SubmitButton>
                </p>
            </ActionForm>
            <details class="more-of">
                <summary>"Begin again with another key…"</summary>
                <p>"The key above is void then."</p>
                <Begin calls />
            </details>
        </Section>
    }
    .into_any()
}

/// Dark on light in every theme: a camera wants it so.
#[component]
fn Qr(picture: Picture) -> impl IntoView {
    let Picture { side, path } = picture;
    let whole = format!("0 0 {side} {side}");
    let side = side.to_string();
    view! {
        <svg
            class="qr after"
            viewBox=whole
            shape-rendering="crispEdges"
            role="img"
            aria-label="The key as a picture to scan"
        >
            <rect class="qr-ground" width=side.clone() height=side></rect>
            <path class="qr-code" d=path></path>
        </svg>
    }
}

/// Said where the password or a code proves who asks.
const EITHER: &str = "This is neither your password nor a code that works now.";

#[component]
fn Renew(calls: Calls) -> impl IntoView {
    let refused = refusal_of(calls.renew.value());
    view! {
        <Section id="renew" title="New recovery codes">
            <p class="prose">"When they are used up, lost, or seen by somebody: those before work no more."</p>
            <ActionForm action=calls.renew attr:class="form after">
                <Unsaid refused />
                <TextField
                    name="password_or_code"
                    id="renew-proof"
                    label="Your password, or a code"
                    kind="password"
                    error=wrong(refused, "password_or_code", EITHER)
                    required=true
                    autocomplete="current-password"
                />
                <p class="acts">
                    <SubmitButton pending=calls.renew.pending() look=Look::Plain while_pending="Making">"Make new codes"</SubmitButton>
                </p>
            </ActionForm>
        </Section>
    }
}

#[component]
fn Off(calls: Calls) -> impl IntoView {
    let refused = refusal_of(calls.off.value());
    view! {
        <Section id="turn-off" title="Turn it off">
            <p class="prose">"The password alone signs you in then. Key and recovery codes are void."</p>
            <ActionForm action=calls.off attr:class="form after">
                <Unsaid refused />
                <TextField
                    name="password_or_code"
                    id="off-proof"
                    label="Your password, or a code"
                    kind="password"
                    error=wrong(refused, "password_or_code", EITHER)
                    required=true
                    autocomplete="current-password"
                />
                <p class="acts">
                    <SubmitButton pending=calls.off.pending() look=Look::Plain while_pending="Turning off">"Turn off"</SubmitButton>
                </p>
            </ActionForm>
        </Section>
    }
}
