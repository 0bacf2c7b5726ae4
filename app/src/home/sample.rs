//! The sample workspace on the first page: its offer, what came of it, and its end.

use crate::boot::{kept, me};
use crate::ui::{CopyBox, Glyph, WhyLine};
use domain::access::{Action, Scope};
use leptos::prelude::*;

/// May the reader load and remove it?
fn may_manage() -> bool {
    me().is_some_and(|me| me.actor().may(Action::ManageInstance, Scope::Instance).is_ok())
}

/// What came of loading or removing it: shown once.
#[component]
pub fn Outcome() -> impl IntoView {
    let refused = kept("/sample/load", "refused").or_else(|| kept("/sample/remove", "refused"));
    let removed = kept("/sample/remove", "removed").is_some();
    let person = |part: &str, role: &'static str| {
        let email = kept("/sample/load", &format!("{part}_email"))?;
        let password = kept("/sample/load", &format!("{part}_password"))?;
        Some(
            view! {
                <div class="creds">
                    <h3>{role}</h3>
                    <CopyBox text=email label=format!("E-mail of {role}") />
                    <CopyBox text=password label=format!("Password of {role}") />
                </div>
            }
            .into_any(),
        )
    };
    let engineer = person("engineer", "Ana Ruiz, engineer");
    let approver = person("approver", "Sam Adeyemi, approver");
    let loaded = engineer.is_some();
    view! {
        {refused.map(|why| view! { <WhyLine glyph=Glyph::Fail what="Not done.">{why}</WhyLine> })}
        {removed.then(|| view! { <WhyLine glyph=Glyph::Pass what="The sample workspace is gone.">"Its processes have ended, and what they wrote is removed."</WhyLine> })}
        {loaded
            .then(|| {
                view! {
                    <section class="sec" aria-label="The sample workspace is loaded">
                        <WhyLine glyph=Glyph::Pass what="The sample workspace is loaded.">
                            "Plan with one person and approve with the other, each in a browser of their own. Their passwords are shown once."
                        </WhyLine>
                        <div class="beside after">{engineer} {approver}</div>
                        <p class="after">
                            "Start with " <a href="/releases/storefront/1.3.0">"storefront 1.3.0"</a> ", which is good; 1.4.0 fails a fifth of its requests, and 1.5.0 is slow."
                        </p>
                    </section>
                }
                .into_any()
            })}
    }
    .into_any()
}

/// The offer to load it.
#[component]
pub fn Offer() -> impl IntoView {
    may_manage().then(|| {
        view! {
            <form method="post" action="/sample/load" class="inline">
                <button class="btn primary" type="submit">"Load the sample workspace"</button>
            </form>
        }
    })
}

/// The way to remove it, below everything else.
#[component]
pub fn Removal() -> impl IntoView {
    may_manage().then(|| {
        view! {
            <section class="sec sub" aria-label="Sample workspace">
                <details class="more-of">
                    <summary>"Remove the sample workspace…"</summary>
                    <p class="prose">"This removes the service storefront with its releases and deployments, its two people, and the processes of the playground."</p>
                    <form method="post" action="/sample/remove">
                        <button class="btn back" type="submit">"Remove the sample workspace"</button>
                    </form>
                </details>
            </section>
        }
        .into_any()
    })
}
