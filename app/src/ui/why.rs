//! The why line: whatever waits or has ended says what, why, and until when or what next.

use leptos::children::ViewFnOnce;
use leptos::prelude::*;

use super::icon::{Glyph, GlyphMark, Tone};

/// One line above the figures. `what` is bold and ends with a full stop; the rest follows.
#[component]
pub fn WhyLine(
    /// The outline at its start; gives the tone.
    #[prop(into)]
    glyph: Signal<Glyph>,
    /// A tone other than the glyph's own: waiting while in motion is `Tone::Run`.
    #[prop(optional, into)]
    tone: MaybeProp<Tone>,
    /// What is the matter, as a sentence.
    #[prop(into)]
    what: Signal<String>,
    /// Quieter, at its end: until when, or what does not matter now.
    #[prop(optional, into)]
    until: MaybeProp<String>,
    /// Controls at its end.
    #[prop(optional, into)]
    acts: Option<ViewFnOnce>,
    /// It changes while people look, and is then read out.
    #[prop(optional)]
    live: bool,
    /// Why, and what next.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let class = move || format!("why {}", tone.get().unwrap_or_else(|| glyph.get().tone()).class());
    view! {
        <div class=class role=live.then_some("status")>
            <GlyphMark name=glyph/>
            <span>
                <b>{move || what.get()}</b>
                " "
                {children.map(|children| children())}
                {move || until.get().map(|until| view! { " "<span class="until">{until}</span> })}
            </span>
            {acts.map(|acts| view! { <span class="acts">{acts.run()}</span> })}
        </div>
    }
}
