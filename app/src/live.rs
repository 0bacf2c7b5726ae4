//! Live pages. The stream carries kicks, not payloads: a kick counts a topic up, and what depends on the topic is fetched again.
//!
//! One stream serves all tabs of a browser: the tab that holds the Web Lock keeps it, the others listen on a broadcast channel. A lost connection,
//! and a tab that comes back, count everything up.

use leptos::prelude::*;
use std::collections::HashMap;

/// The topics that this page has asked for, each with its counter.
#[derive(Clone, Copy)]
pub struct Live {
    topics: StoredValue<HashMap<String, ArcRwSignal<u64>>>,
    /// Whether the stream stands. Pages say so when it does not.
    pub connected: RwSignal<bool>,
}

/// Starts listening. Call once, at the root.
pub fn provide_live() -> Live {
    let live = Live {
        topics: StoredValue::new(HashMap::new()),
        connected: RwSignal::new(true),
    };
    provide_context(live);
    // Only who is signed in hears of anything.
    #[cfg(feature = "hydrate")]
    if crate::boot::me().is_some() {
        Effect::new(move |_| stream::listen(live));
    }
    live
}

/// A number that grows whenever something happened to one of these topics: name it in a resource's source, and it is fetched again.
///
/// Topics are `deployment:<id>`, `release:<id>`, … and the collections `home`, `releases`, `deployments`, `incidents`, `services`, `people`, `teams`, `status`.
pub fn kicks(topics: impl Fn() -> Vec<String> + Send + Sync + 'static) -> Signal<u64> {
    let live = expect_context::<Live>();
    Signal::derive(move || topics().into_iter().map(|topic| live.topic(topic).get()).sum())
}

impl Live {
    /// The counter lives as long as the page's root, whichever screen asked for it first.
    fn topic(&self, topic: String) -> ArcRwSignal<u64> {
        let mut found = None;
        self.topics.update_value(|topics| {
            found = Some(topics.entry(topic).or_insert_with(|| ArcRwSignal::new(0)).clone());
        });
        found.unwrap_or_else(|| ArcRwSignal::new(0))
    }

    /// Something happened to these topics.
    pub fn kick(&self, topics: &[String]) {
        self.topics.with_value(|known| {
            for signal in topics.iter().filter_map(|topic| known.get(topic)) {
                signal.update(|count| *count += 1);
            }
        });
    }

    /// Something may have happened to every topic.
    pub fn resync(&self) {
        self.topics
            .with_value(|known| known.values().for_each(|signal| signal.update(|count| *count += 1)));
    }
}

#[cfg(feature = "hydrate")]
mod stream {
    use super::Live;
    use core::time::Duration;
    use js_sys::{Function, Object, Promise, Reflect};
    use leptos::prelude::*;
    use std::cell::Cell;
    use std::rc::Rc;
    use wasm_bindgen::prelude::*;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{BroadcastChannel, EventSource, MessageEvent};

    /// The name of the lock and of the channel.
    const NAME: &str = "slipway-live";
    /// What the leader says when everything may have changed.
    const RESYNC: &str = "resync";
    /// What the leader says when the stream is lost.
    const LOST: &str = "lost";

    pub fn listen(live: Live) {
        let Ok(channel) = BroadcastChannel::new(NAME) else {
            return follow_alone(live);
        };
        let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                hear(live, &text);
            }
        });
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        heard.forget();
        come_back(live);
        if lead_when_first(live, channel).is_none() {
            follow_alone(live);
        }
    }

    /// Asks for the lock; its holder keeps the stream until the tab closes.
    fn lead_when_first(live: Live, channel: BroadcastChannel) -> Option<()> {
        let navigator: JsValue = window().navigator().into();
        let locks = Reflect::get(&navigator, &"locks".into())
            .ok()
            .filter(|locks| !locks.is_undefined())?;
        let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
        let lead = Closure::once_into_js(move |_lock: JsValue| -> Promise {
            open(live, Some(channel), 0);
            Promise::new(&mut |_done, _failed| {})
        });
        request.call2(&locks, &NAME.into(), &lead).ok().map(|_| ())
    }

    /// Without locks or channels each tab has a stream of its own.
    fn follow_alone(live: Live) {
        open(live, None, 0);
    }

    /// Opens the stream; `refused` counts how often in a row it was refused before.
    fn open(live: Live, channel: Option<BroadcastChannel>, refused: u32) {
        let Ok(source) = EventSource::new("/live") else { return };
        let again = channel.clone();
        let opened = Rc::new(Cell::new(false));
        let tell = move |text: &str| {
            if let Some(channel) = &channel {
                let _ = channel.post_message(&text.into());
            }
            hear(live, text);
        };
        let on_kick = {
            let tell = tell.clone();
            Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(text) = event.data().as_string() {
                    tell(&text);
                }
            })
        };
        let on_open = {
            let (tell, opened) = (tell.clone(), opened.clone());
            Closure::<dyn Fn(JsValue)>::new(move |_| {
                opened.set(true);
                tell(RESYNC);
            })
        };
        let on_lost = {
            let source = source.clone();
            Closure::<dyn Fn(JsValue)>::new(move |_| {
                tell(LOST);
                // The browser tries again by itself where a connection broke, but not where an answer was a refusal: a proxy whose server
                // starts anew, a session that ended.
                if source.ready_state() == EventSource::CLOSED {
                    let refused = if opened.get() { 0 } else { refused + 1 };
                    let again = again.clone();
                    set_timeout(move || open(live, again, refused), pause(refused));
                }
            })
        };
        source.set_onmessage(Some(on_kick.as_ref().unchecked_ref()));
        source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_lost.as_ref().unchecked_ref()));
        on_kick.forget();
        on_open.forget();
        on_lost.forget();
        // The page's going closes the connection; until then nothing may drop the source.
        let keep: &Object = source.as_ref();
        let _ = Reflect::set(&window(), &"slipwayLive".into(), keep);
    }

    /// How long to wait before the stream is opened again: 2, 4, 8 seconds and so on, at most a minute.
    fn pause(refused: u32) -> Duration {
        Duration::from_secs(2_u64.saturating_pow(refused.max(1)).min(60))
    }

    fn hear(live: Live, text: &str) {
        match text {
            LOST => live.connected.set(false),
            RESYNC => {
                live.connected.set(true);
                live.resync();
            }
            kicks => {
                live.connected.set(true);
                let topics: Vec<String> = kicks.split(' ').map(str::to_owned).collect();
                live.kick(&topics);
            }
        }
    }

    /// A tab that was hidden may have missed kicks: browsers freeze it.
    fn come_back(live: Live) {
        let seen = Closure::<dyn Fn(JsValue)>::new(move |_| {
            if document().visibility_state() == web_sys::VisibilityState::Visible {
                live.resync();
            }
        });
        let _ = document().add_event_listener_with_callback("visibilitychange", seen.as_ref().unchecked_ref());
        seen.forget();
    }
}
