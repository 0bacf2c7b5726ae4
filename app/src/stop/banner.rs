//! What everybody sees on every page while the line is stopped.

use super::api::read_stop;
use super::{who, why};
use crate::fresh::fresh;
use crate::live::kicks;
use crate::ui::Ago;
use domain::stop::Stop;
use leptos::prelude::*;

/// The banner, as long as the line is stopped. A page that can't ask says nothing of it: it says by itself that it can't.
#[component]
pub fn StopBanner() -> impl IntoView {
    let kicked = kicks(|| vec!["stop".into()]);
    let stop = Resource::new_blocking(move || kicked.get(), |_| read_stop());
    fresh(stop, |found| found.ok().flatten().map(|stop| banner(&stop)))
}

fn banner(stop: &Stop) -> impl IntoView + use<> {
    let said = format!(": {}", why(stop));
    view! {
        <div class="banner stopped" role="status">
            <p>
                <b>"The line is stopped. "</b>
                "Nothing is deployed anywhere. "
                {who(stop)}
                ", "
                <Ago at=stop.lock.since />
                {said}
            </p>
            <a class="end" href="/stop">"Stop the line"</a>
        </div>
    }
}
