//! What everybody sees on every page while the line is stopped: in the frame, so it is no resource.

use super::api::read_stop;
use super::{who, why};
use crate::boot::boot;
use crate::live::kicks;
use crate::ui::Ago;
use domain::stop::Stop;
use leptos::prelude::*;

/// The banner, as long as the line is stopped. A page that can't ask says nothing of it: it says by itself that it can't.
#[component]
pub fn StopBanner() -> impl IntoView {
    let kicked = kicks(|| vec!["stop".into()]);
    let stop = RwSignal::new(boot().stop);
    Effect::new(move |before: Option<u64>| {
        let now = kicked.get();
        if before.is_some_and(|before| before != now) {
            leptos::task::spawn_local(async move {
                if let Ok(found) = read_stop().await {
                    stop.set(found);
                }
            });
        }
        now
    });
    move || stop.get().map(|stop| banner(&stop))
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
