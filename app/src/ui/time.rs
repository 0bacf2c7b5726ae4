//! Moments and lengths of time on a page: in the reader's zone, from one shared clock.
//!
//! The server says what time it is and in which zone, once, inside the page; the browser starts from that same value,
//! so that what the server wrote is what hydration expects. After hydration the clock ticks each second.

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::format;
pub use super::zone::{Stamp, Zone};

/// What the server tells the browser about time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockSeed {
    /// When the page was rendered.
    pub now: DateTime<Utc>,
    /// The zone of the person who reads.
    pub zone: Zone,
}

/// The one clock of a page.
#[derive(Clone, Copy)]
pub struct Clock {
    now: RwSignal<DateTime<Utc>>,
    zone: RwSignal<Zone>,
}

impl Clock {
    /// A clock that stands at one moment until it is moved: for tests and the gallery.
    pub fn standing(seed: ClockSeed) -> Self {
        Self {
            now: RwSignal::new(seed.now),
            zone: RwSignal::new(seed.zone),
        }
    }

    /// Now, followed by whatever reads it: once a second in the browser.
    pub fn now(self) -> DateTime<Utc> {
        self.now.get()
    }

    /// Now, not followed.
    pub fn now_untracked(self) -> DateTime<Utc> {
        self.now.get_untracked()
    }

    /// The reader's zone, not followed: it changes with the profile, whose form leads to a new page.
    pub fn zone(self) -> Zone {
        self.zone.get_untracked()
    }

    /// Reads with another zone from now on: after the profile was saved.
    pub fn set_zone(self, zone: Zone) {
        self.zone.set(zone);
    }

    /// A moment in words, in the reader's zone.
    pub fn write(self, at: DateTime<Utc>, stamp: Stamp) -> String {
        self.zone.with(|zone| zone.write(at, stamp))
    }
}

/// Makes the clock known to everything below. Once, in the application's root. `seed` runs on the server; the browser
/// takes its answer from the page.
pub fn provide_clock(seed: impl FnOnce() -> ClockSeed) -> Clock {
    let clock = Clock::standing(SharedValue::new(seed).into_inner());
    provide_context(clock);
    #[cfg(feature = "hydrate")]
    ticking::start(clock.now);
    clock
}

/// The clock of this page. Without one around, it stands at the beginning of 1970 and reads UTC: a mistake that shows.
pub fn use_clock() -> Clock {
    use_context().unwrap_or_else(|| {
        Clock::standing(ClockSeed {
            now: DateTime::UNIX_EPOCH,
            zone: Zone::utc(),
        })
    })
}

#[cfg(feature = "hydrate")]
mod ticking {
    use core::time::Duration;

    use chrono::{DateTime, TimeDelta, Utc};
    use leptos::prelude::*;

    /// The browser's clock is believed if it is this near to the server's: then the difference is the way of the page.
    const NEAR: i64 = 15;

    pub fn start(now: RwSignal<DateTime<Utc>>) {
        Effect::new(move |_| {
            let Some(here) = read() else { return };
            let ahead = now.get_untracked() - here;
            let ahead = if ahead.num_seconds().abs() <= NEAR {
                TimeDelta::zero()
            } else {
                ahead
            };
            let tick = move || {
                if let Some(here) = read() {
                    now.try_set(here + ahead);
                }
            };
            tick();
            if let Ok(handle) = set_interval_with_handle(tick, Duration::from_secs(1)) {
                on_cleanup(move || handle.clear());
            }
        });
    }

    fn read() -> Option<DateTime<Utc>> {
        // Milliseconds since 1970 fit in 53 bits for longer than there are people.
        #[allow(clippy::cast_possible_truncation)]
        DateTime::from_timestamp_millis(js_sys::Date::now() as i64)
    }
}

/// A moment, in the reader's zone; the whole of it on hover.
#[component]
pub fn Time(
    /// The moment.
    #[prop(into)]
    at: Signal<DateTime<Utc>>,
    /// How much of it is written.
    #[prop(optional)]
    stamp: Stamp,
    /// As briefly as it can be understood now, instead of `stamp`.
    #[prop(optional)]
    brief: bool,
) -> impl IntoView {
    let clock = use_clock();
    // Briefness changes at midnight only: the moment of rendering is good enough, and does not repaint each second.
    let words = move || match brief {
        true => clock.zone.with(|zone| zone.brief(at.get(), clock.now_untracked())),
        false => clock.write(at.get(), stamp),
    };
    view! {
        <time datetime=move || machine(at.get()) title=move || clock.write(at.get(), Stamp::Full)>{words}</time>
    }
}

/// How long ago: `6 min ago`. In the future: `now`.
#[component]
pub fn Ago(
    /// The moment.
    #[prop(into)]
    at: Signal<DateTime<Utc>>,
) -> impl IntoView {
    relative(at, ago)
}

/// For how long, in one unit: `6 min`.
#[component]
pub fn Lately(
    /// The beginning.
    #[prop(into)]
    from: Signal<DateTime<Utc>>,
) -> impl IntoView {
    relative(from, lately)
}

/// How long until then: `in 48 min`. In the past: `now`.
#[component]
pub fn Until(
    /// The moment.
    #[prop(into)]
    at: Signal<DateTime<Utc>>,
) -> impl IntoView {
    relative(at, until)
}

/// How long since then, without "ago": `17 min 16 s`. With `to`, it stands still.
#[component]
pub fn Elapsed(
    /// The beginning.
    #[prop(into)]
    from: Signal<DateTime<Utc>>,
    /// The end, once there is one.
    #[prop(optional, into)]
    to: MaybeProp<DateTime<Utc>>,
) -> impl IntoView {
    let clock = use_clock();
    let length = Memo::new(move |_| {
        let end = to.get().unwrap_or_else(|| clock.now());
        format::duration((end - from.get()).max(TimeDelta::zero()))
    });
    view! { <span class="nowrap">{move || length.get()}</span> }
}

fn relative(at: Signal<DateTime<Utc>>, words: fn(DateTime<Utc>, DateTime<Utc>) -> String) -> impl IntoView {
    let clock = use_clock();
    // The memo keeps the page still while the words stay the same.
    let words = Memo::new(move |_| words(at.get(), clock.now()));
    view! {
        <time datetime=move || machine(at.get()) title=move || clock.write(at.get(), Stamp::Full)>
            {move || words.get()}
        </time>
    }
}

/// `6 min ago`, `3 h ago`; `now` within the first second and for the future.
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match now - at {
        length if length < TimeDelta::seconds(1) => "now".to_owned(),
        length => format!("{} ago", format::rough(length)),
    }
}

/// `6 min`, `3 h`; never negative.
pub fn lately(from: DateTime<Utc>, now: DateTime<Utc>) -> String {
    format::rough((now - from).max(TimeDelta::zero()))
}

/// `in 48 min`, `in 1 min 10 s`, `in 3 h 40 min`; seconds only within ten minutes. `now` when it has come.
pub fn until(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match at - now {
        length if length < TimeDelta::seconds(1) => "now".to_owned(),
        length if length < TimeDelta::minutes(10) => format!("in {}", format::duration(length)),
        length => format!("in {}", format::duration(TimeDelta::minutes(length.num_minutes()))),
    }
}

fn machine(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    #[test]
    fn ago_and_until() {
        let now = at("2024-01-15T09:12:00Z");
        assert_eq!(until(at("2024-01-15T10:00:00Z"), now), "in 48\u{a0}min");
        assert_eq!(until(at("2024-01-15T10:00:30Z"), now), "in 48\u{a0}min");
        assert_eq!(until(at("2024-01-15T09:13:10Z"), now), "in 1\u{a0}min 10\u{a0}s");
        assert_eq!(until(now, now), "now");
        assert_eq!(ago(at("2024-01-15T09:05:10Z"), now), "6\u{a0}min ago");
        assert_eq!(ago(at("2024-01-15T09:13:00Z"), now), "now");
        assert_eq!(lately(at("2024-01-15T09:05:10Z"), now), "6\u{a0}min");
    }

    #[test]
    fn a_moment_is_readable_by_machines_and_people() {
        let html = Owner::new().with(|| {
            let seed = ClockSeed {
                now: at("2024-01-15T09:12:00Z"),
                zone: Zone::fixed("Europe/Berlin", 60),
            };
            provide_context(Clock::standing(seed));
            view! { <Time at=at("2024-01-15T10:00:00Z") stamp=Stamp::Hour/> }.to_html()
        });
        assert!(html.contains("datetime=\"2024-01-15T10:00:00Z\""), "{html}");
        assert!(html.contains(">11:00\u{a0}UTC+1<"), "{html}");
    }
}
