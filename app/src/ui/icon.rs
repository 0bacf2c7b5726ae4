//! Glyphs (states: shape, word and colour), icons (places and deeds), and the mark.
//!
//! All of them are symbols of one sprite, written once a page; a use of one is a few bytes.

use leptos::prelude::*;

/// What a state means to the reader; gives the glyph its colour. The word stays in ink, but for failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    /// It is well, or done.
    Pass,
    /// It is in motion.
    Run,
    /// Time or a person will clear it. The quiet one.
    #[default]
    Wait,
    /// A person should look.
    Hold,
    /// It failed, or a gate says no.
    Fail,
    /// It does not count.
    Off,
}

impl Tone {
    /// The class that carries the tone: `is-pass`, `is-run` and so on.
    pub const fn class(self) -> &'static str {
        match self {
            Tone::Pass => "is-pass",
            Tone::Run => "is-run",
            Tone::Wait => "is-wait",
            Tone::Hold => "is-hold",
            Tone::Fail => "is-fail",
            Tone::Off => "is-off",
        }
    }
}

/// The outline of a state. Each can be told from the others at 16 px without its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Glyph {
    /// Disc with a tick: pass, done, healthy.
    Pass,
    /// Half disc: in motion.
    Run,
    /// Ring with hands: waits for time or a person.
    Wait,
    /// Triangle: held, degraded, inconclusive; a person should look.
    Hold,
    /// Square with two bars: paused on purpose.
    Paused,
    /// Octagon: blocked by a gate.
    Block,
    /// Diamond: failed; the target said no.
    Fail,
    /// Diamond, hollow, with a question mark: unknown; it may or may not have happened.
    Unknown,
    /// Arrow turning back: rolled back.
    Back,
    /// Dashed ring: no data, too little data, source down.
    Few,
    /// Padlock: locked or frozen.
    Lock,
    /// Dash: not applicable, does not count.
    Off,
    /// Empty box: an open item.
    Box,
    /// Ticked box: a done item.
    Boxed,
    /// Dashed box with a bar: an item that does not apply.
    BoxNa,
    /// Small disc: an event in a timeline.
    Dot,
    /// Speech: a comment or a published update.
    Say,
}

impl Glyph {
    /// Every glyph, in the order of the gallery.
    pub const ALL: [Glyph; 17] = [
        Glyph::Pass,
        Glyph::Run,
        Glyph::Wait,
        Glyph::Hold,
        Glyph::Paused,
        Glyph::Block,
        Glyph::Fail,
        Glyph::Unknown,
        Glyph::Back,
        Glyph::Few,
        Glyph::Lock,
        Glyph::Off,
        Glyph::Box,
        Glyph::Boxed,
        Glyph::BoxNa,
        Glyph::Dot,
        Glyph::Say,
    ];

    /// The symbol in the sprite, with its hash, as `<use>` wants it.
    pub const fn href(self) -> &'static str {
        match self {
            Glyph::Pass => "#i-pass",
            Glyph::Run => "#i-run",
            Glyph::Wait => "#i-wait",
            Glyph::Hold => "#i-hold",
            Glyph::Paused => "#i-paused",
            Glyph::Block => "#i-block",
            Glyph::Fail => "#i-fail",
            Glyph::Unknown => "#i-unknown",
            Glyph::Back => "#i-back",
            Glyph::Few => "#i-few",
            Glyph::Lock => "#i-lock",
            Glyph::Off => "#i-off",
            Glyph::Box => "#i-box",
            Glyph::Boxed => "#i-boxed",
            Glyph::BoxNa => "#i-boxna",
            Glyph::Dot => "#i-dot",
            Glyph::Say => "#i-say",
        }
    }

    /// The tone that goes with this glyph where nothing else is said.
    pub const fn tone(self) -> Tone {
        match self {
            Glyph::Pass => Tone::Pass,
            Glyph::Run => Tone::Run,
            Glyph::Hold | Glyph::Paused | Glyph::Back | Glyph::Lock | Glyph::Unknown => Tone::Hold,
            Glyph::Block | Glyph::Fail => Tone::Fail,
            Glyph::Off | Glyph::BoxNa => Tone::Off,
            Glyph::Wait | Glyph::Few | Glyph::Box | Glyph::Boxed | Glyph::Dot | Glyph::Say => Tone::Wait,
        }
    }
}

/// A place in the navigation, or a deed on a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Icon {
    /// Home: a staircase.
    Home,
    /// Releases: a label.
    Releases,
    /// Deployments: a hull on its ways.
    Deployments,
    /// Calendar.
    Calendar,
    /// Incidents.
    Incidents,
    /// Flags: a pennant.
    Flags,
    /// Insights: a trend.
    Insights,
    /// Services: two racks.
    Services,
    /// Status page: a beacon.
    Status,
    /// Settings.
    Settings,
    /// Help: a question mark.
    Help,
    /// More places.
    More,
    /// Search.
    Search,
    /// A person, or one's own profile.
    Person,
    /// Copy.
    Copy,
    /// Close.
    Close,
    /// Opens upwards or downwards.
    Chevron,
    /// Leads out of the application.
    Out,
    /// Add.
    Add,
    /// Take back.
    Back,
    /// Lock, freeze.
    Lock,
    /// Notices: a bell.
    Bell,
    /// Stop the line: eight corners.
    Stop,
}

impl Icon {
    /// Every icon, in the order of the gallery.
    pub const ALL: [Icon; 23] = [
        Icon::Home,
        Icon::Releases,
        Icon::Deployments,
        Icon::Calendar,
        Icon::Incidents,
        Icon::Flags,
        Icon::Insights,
        Icon::Services,
        Icon::Status,
        Icon::Settings,
        Icon::Help,
        Icon::More,
        Icon::Search,
        Icon::Person,
        Icon::Copy,
        Icon::Close,
        Icon::Chevron,
        Icon::Out,
        Icon::Add,
        Icon::Back,
        Icon::Lock,
        Icon::Bell,
        Icon::Stop,
    ];

    /// The symbol in the sprite.
    pub const fn href(self) -> &'static str {
        match self {
            Icon::Home => "#i-n-home",
            Icon::Releases => "#i-n-rel",
            Icon::Deployments => "#i-n-dep",
            Icon::Calendar => "#i-n-cal",
            Icon::Incidents => "#i-n-inc",
            Icon::Flags => "#i-n-flag",
            Icon::Insights => "#i-n-ins",
            Icon::Services => "#i-n-svc",
            Icon::Status => "#i-n-stat",
            Icon::Settings => "#i-n-adm",
            Icon::Help => "#i-n-help",
            Icon::More => "#i-n-more",
            Icon::Search => "#i-n-find",
            Icon::Person => "#i-n-me",
            Icon::Copy => "#i-n-copy",
            Icon::Close => "#i-n-shut",
            Icon::Chevron => "#i-n-open",
            Icon::Out => "#i-n-out",
            Icon::Add => "#i-n-add",
            Icon::Back => "#i-back",
            Icon::Lock => "#i-lock",
            Icon::Bell => "#i-n-bell",
            Icon::Stop => "#i-n-stop",
        }
    }
}

/// Draws a [`Glyph`]. Decoration: the word beside it says the same.
#[component]
pub fn GlyphMark(
    /// Which outline.
    #[prop(into)]
    name: Signal<Glyph>,
    /// Class other than `glyph`: `box` in checklists.
    #[prop(default = "glyph")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg class=class viewBox="0 0 16 16" aria-hidden="true">
            <use href=move || name.get().href()></use>
        </svg>
    }
}

/// Draws an [`Icon`].
#[component]
pub fn IconMark(
    /// Which icon.
    name: Icon,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <use href=name.href()></use>
        </svg>
    }
}

/// A state: glyph, word, colour. The word is the child.
#[component]
pub fn State(
    /// The outline; also gives the tone.
    #[prop(into)]
    glyph: Signal<Glyph>,
    /// A tone other than the glyph's own.
    #[prop(optional, into)]
    tone: MaybeProp<Tone>,
    /// Where the state is explained; the word then is a link.
    #[prop(optional, into)]
    href: Option<String>,
    /// The word.
    children: Children,
) -> impl IntoView {
    let class = move || format!("state {}", tone.get().unwrap_or_else(|| glyph.get().tone()).class());
    match href {
        Some(href) => view! { <a class=class href=href><GlyphMark name=glyph/>{children()}</a> }.into_any(),
        None => view! { <span class=class><GlyphMark name=glyph/>{children()}</span> }.into_any(),
    }
}

/// The logo: a hull on its ways.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
            <path class="hull" d="M3.2 5.5 28.6 14.6c-1.2 3.6-4.4 5.9-8.6 5.2L8.7 15.7C5.2 14.4 3 10.4 3.2 5.5Z"></path>
            <path class="way" d="M2 17.2 30 27.3v2.9L2 20.1Z"></path>
        </svg>
    }
}

/// All symbols and the hatch pattern. Once a page, first in the body.
#[component]
pub fn Sprite() -> impl IntoView {
    view! { <svg class="sprite" aria-hidden="true" inner_html=SYMBOLS></svg> }
}

/// The body of the sprite. Also for pages that are written without components, such as the public status page.
pub const SYMBOLS: &str = include_str!("symbols.svg");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_glyph_and_icon_has_its_symbol() {
        let hrefs = Glyph::ALL
            .iter()
            .map(|g| g.href())
            .chain(Icon::ALL.iter().map(|i| i.href()));
        for href in hrefs {
            let id = format!("id=\"{}\"", &href[1..]);
            assert_eq!(SYMBOLS.matches(&id).count(), 1, "{href}");
        }
    }

    #[test]
    fn the_hatch_is_there() {
        assert!(SYMBOLS.contains("id=\"hatch\""));
    }
}
