//! Recovery codes, shown once: to copy, or to print.

use crate::boot::kept;
use crate::error::AppError;
use crate::ui::{Button, CopyBox, Glyph, Section, WhyLine};
use leptos::prelude::*;

/// The codes that were just made; nothing otherwise. Without wasm they come back over the redirect.
#[component]
pub fn Made(
    /// Where the forms go that make codes.
    to: [&'static str; 2],
    /// What the calls answered.
    made: Signal<Option<Result<Vec<String>, AppError>>>,
) -> impl IntoView {
    let shown: Option<Vec<String>> = to
        .into_iter()
        .find_map(|to| kept(to, "codes"))
        .map(|codes| codes.lines().map(str::to_owned).collect());
    let codes = Memo::new(move |_| made.get().and_then(Result::ok).or(shown.clone()));
    move || {
        codes.get().map(|codes| {
            view! {
                <Section id="codes" title="Your recovery codes">
                    <div role="status">
                        <WhyLine glyph=Glyph::Pass what="Keep these codes now.">
                            "Each signs you in once when you don't have your authenticator. They are shown this once; keep them where your password is not."
                        </WhyLine>
                    </div>
                    <div class="after">
                        <CopyBox text=codes.join("\n") label="Recovery codes" />
                    </div>
                    <Print />
                </Section>
            }
        })
    }
}

/// Needs a script: a browser prints by its own menu as well.
#[component]
fn Print() -> impl IntoView {
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let print = Callback::new(|_| {
        window().print().ok();
    });
    move || {
        alive
            .get()
            .then(|| view! { <p class="acts after"><Button on_click=print>"Print"</Button></p> })
    }
}
