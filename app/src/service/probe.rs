//! What came back when a connection was tried.

use crate::ui::{Glyph, GlyphMark};
use domain::service::Probe;
use leptos::prelude::*;

/// One answer a connection.
#[component]
pub fn Answers(answers: Vec<(String, Probe)>) -> impl IntoView {
    if answers.is_empty() {
        return view! { <p class="meta">"There is no connection to try: neither a target nor a metric source is set."</p> }.into_any();
    }
    answers
        .into_iter()
        .map(|(name, probe)| {
            let (class, glyph) = if probe.ok {
                ("probe is-pass after", Glyph::Pass)
            } else {
                ("probe is-fail after", Glyph::Fail)
            };
            view! {
                <div class=class role="status">
                    <p class=if probe.ok { "is-pass" } else { "is-fail" }>
                        <GlyphMark name=glyph />
                        " "
                        {name}
                        ": "
                        {probe.summary}
                        " "
                        <span class="took">{probe.took_ms} "\u{a0}ms"</span>
                    </p>
                    {(!probe.output.is_empty()).then(|| view! { <pre class="code" tabindex="0">{probe.output}</pre> })}
                </div>
            }
        })
        .collect_view()
        .into_any()
}
