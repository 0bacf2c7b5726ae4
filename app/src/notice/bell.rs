//! How many notices are unread: in the frame of every page, so it is no resource, whose waiting a frame could not bear.

use crate::boot::{Boot, boot};
use leptos::prelude::*;

/// The count that the bell shows.
#[derive(Clone, Copy)]
pub(crate) struct Count(RwSignal<i64>);

/// Starts counting: with what the page was made with, and anew whenever something came or was read. Call once, at the root, behind the live stream.
pub(crate) fn provide_unread() {
    let Boot { me, unread, .. } = boot();
    let count = Count(RwSignal::new(unread));
    provide_context(count);
    if let Some(me) = me {
        let kicked = crate::live::kicks(move || vec![format!("notices:{}", me.person.id)]);
        Effect::new(move |before: Option<u64>| {
            let now = kicked.get();
            if before.is_some_and(|before| before != now) {
                leptos::task::spawn_local(async move {
                    if let Ok(unread) = super::api::read_unread().await {
                        count.0.set(unread);
                    }
                });
            }
            now
        });
    }
}

/// The number beside a place of the navigation; nothing while everything is read.
#[component]
pub fn Unread() -> impl IntoView {
    let count = expect_context::<Count>().0;
    move || {
        let unread = count.get();
        (unread > 0).then(|| {
            let words = if unread == 1 {
                " unread notice"
            } else {
                " unread notices"
            };
            view! { <span class="n">{unread} <span class="vh">{words}</span></span> }
        })
    }
}
