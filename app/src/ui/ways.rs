//! The ways: the step bar of the console. Each step is a stretch, its height the share of traffic that it gives.

use leptos::prelude::*;

use super::icon::{Glyph, GlyphMark};

/// How far a stretch is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum WayState {
    /// To come.
    #[default]
    Todo,
    /// Done.
    Done,
    /// Running; filled as far as its time has passed, from 0 to 1.
    Now(f64),
    /// Running, but stopped: paused, or it waits for a person.
    Held(f64),
    /// Failed or taken back here.
    Taken,
    /// Left out.
    Skipped,
}

/// One stretch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Way {
    /// "Verify", "25 %".
    pub title: String,
    /// "10:08 to 10:13", "1 min 10 s left".
    pub more: String,
    /// Per cent of traffic that the new version has then, 0 to 100.
    pub weight: f64,
    /// The share is a canary's: yellow.
    pub canary: bool,
    /// How far it is.
    pub state: WayState,
}

impl Way {
    fn class(&self) -> &'static str {
        match (self.state, self.canary) {
            (WayState::Todo, _) => "todo",
            (WayState::Done, true) => "done can",
            (WayState::Done, false) => "done",
            (WayState::Now(_), true) => "now can",
            (WayState::Now(_), false) => "now sea",
            (WayState::Held(_), true) => "now can held",
            (WayState::Held(_), false) => "now sea held",
            (WayState::Taken, _) => "taken",
            (WayState::Skipped, _) => "todo skipped",
        }
    }

    fn glyph(&self) -> Option<Glyph> {
        match self.state {
            WayState::Todo => None,
            WayState::Done => Some(Glyph::Pass),
            WayState::Now(_) => Some(Glyph::Run),
            WayState::Held(_) => Some(Glyph::Paused),
            WayState::Taken => Some(Glyph::Back),
            WayState::Skipped => Some(Glyph::Off),
        }
    }

    fn said(&self) -> &'static str {
        match self.state {
            WayState::Todo => ", to come",
            WayState::Done => ", done",
            WayState::Now(_) => ", running",
            WayState::Held(_) => ", stopped",
            WayState::Taken => ", taken back here",
            WayState::Skipped => ", left out",
        }
    }

    /// Filled as far as this, in hundredths of the stretch.
    fn part(&self) -> f64 {
        match self.state {
            WayState::Now(part) | WayState::Held(part) => part.clamp(0.0, 1.0) * 100.0,
            _ => 0.0,
        }
    }

    /// Height in a drawing of 72.
    fn tall(&self) -> f64 {
        3.0 + 66.0 * self.weight.clamp(0.0, 100.0) / 100.0
    }

    fn is_now(&self) -> bool {
        matches!(self.state, WayState::Now(_) | WayState::Held(_))
    }
}

/// The step bar. A stretch stays in the page while its figures move, so that its fill follows like the tide.
#[component]
pub fn Ways(
    /// "Steps".
    #[prop(default = "Steps".to_owned(), into)]
    label: String,
    /// The stretches, in order.
    #[prop(into)]
    ways: Signal<Vec<Way>>,
) -> impl IntoView {
    let count = Memo::new(move |_| ways.with(Vec::len));
    let stretch = move |n: usize| {
        let way = Memo::new(move |_| ways.with(|ways| ways.get(n).cloned().unwrap_or_default()));
        let glyph = move || way.with(Way::glyph).map(|name| view! { <GlyphMark name/> });
        let tone = move || way.with(|way| way.glyph().map_or("", |glyph| glyph.tone().class()));
        view! {
            <li class=move || way.with(Way::class) aria-current=move || way.with(Way::is_now).then_some("step")>
                <p class="what">
                    <b class=tone>
                        {glyph}
                        {move || way.with(|way| way.title.clone())}
                        <span class="vh">{move || way.with(Way::said)}</span>
                    </b>
                    <span class="more">{move || way.with(|way| way.more.clone())}</span>
                </p>
                <div class="rise" aria-hidden="true"><Block way/></div>
            </li>
        }
        .into_any()
    };
    view! { <ol class="ways" aria-label=label><For each=move || 0..count.get() key=|n| *n children=stretch/></ol> }
}

/// The drawing of one stretch.
#[component]
fn Block(way: Memo<Way>) -> impl IntoView {
    let tall = move || way.with(|way| format!("{:.1}", way.tall()));
    let top = move || way.with(|way| format!("{:.1}", 72.0 - way.tall()));
    view! {
        <svg viewBox="0 0 100 72" preserveAspectRatio="none">
            <rect class="blk" x="0" y=top width="100" height=tall></rect>
            <rect class="part" x="0" y=top width=move || way.with(|way| format!("{:.1}", way.part())) height=tall></rect>
            <line class="top" x1="0" x2="100" y1=top y2=top></line>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(state: WayState, canary: bool) -> Way {
        Way {
            title: "25 %".into(),
            more: String::new(),
            weight: 25.0,
            canary,
            state,
        }
    }

    #[test]
    fn yellow_is_for_canaries_alone() {
        assert_eq!(way(WayState::Now(0.5), true).class(), "now can");
        assert_eq!(way(WayState::Now(0.5), false).class(), "now sea");
    }

    #[test]
    fn the_fill_stays_within_its_stretch() {
        assert!((way(WayState::Now(1.7), true).part() - 100.0).abs() < 1e-9);
        assert!(way(WayState::Now(-1.0), true).part().abs() < 1e-9);
        assert!((way(WayState::Done, true).part()).abs() < 1e-9);
    }

    #[test]
    fn the_running_step_is_told_to_all() {
        let html = Owner::new().with(|| {
            let ways = vec![
                way(WayState::Done, true),
                way(WayState::Now(0.7), true),
                way(WayState::Todo, true),
            ];
            view! { <Ways ways/> }.to_html()
        });
        assert_eq!(html.matches("aria-current=\"step\"").count(), 1, "{html}");
        assert!(html.contains(", running") && html.contains(", to come"), "{html}");
    }
}
