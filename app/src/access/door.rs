//! The page before one is inside: a form beside a hull on its ways.
//!
//! Calls are closed to strangers, so links from one such page to another are `rel="external"`: the page comes whole from the server.

use crate::error::AppError;
use crate::ui::{Glyph, Mark, WhyLine};
use leptos::prelude::*;

/// The frame of sign-in, set-up and invitation.
#[component]
pub fn Door(
    /// The title.
    #[prop(into)]
    title: String,
    /// The form, and what stands below it.
    children: Children,
) -> impl IntoView {
    view! {
        <leptos_meta::Title text=title.clone() />
        <div class="door">
            <main>
                <p class="brand">
                    <Mark />
                    <span>"Slipway"</span>
                </p>
                <h1>{title}</h1>
                {children()}
            </main>
            <div class="yard">
                <Yard />
            </div>
        </div>
    }
}

/// Why the form failed, above its fields; nothing when a field says it already.
#[component]
pub fn Failed(
    /// Why, if it failed.
    error: Option<AppError>,
) -> impl IntoView {
    error.map(|error| {
        view! { <WhyLine glyph=Glyph::Fail what="Not done.">{crate::words::refusal(&error)}</WhyLine> }
    })
}

/// Distances of the water lines from the first, each farther than the one before.
const WATER: [u32; 9] = [0, 12, 31, 56, 87, 125, 169, 220, 277];

/// The keel blocks below the hull.
const BLOCKS: u32 = 11;

/// The hull on its ways, in lines.
#[component]
fn Yard() -> impl IntoView {
    const HULL: &str = "M0 4C200 52 470 48 700 -26C688 56 660 138 600 160H64C30 148 10 96 0 4Z";
    let water = WATER
        .iter()
        .map(|down| format!("M0 {}H800", 690 + down))
        .collect::<String>();
    let blocks = (0..BLOCKS)
        .map(|i| format!("M{} 161h14v17h-14Z", 70 + 48 * i))
        .collect::<String>();
    view! {
        <svg viewBox="0 0 800 900" preserveAspectRatio="xMinYMid slice" aria-hidden="true">
            <path class="fine" d=water></path>
            <g transform="translate(110 150) rotate(19.8)">
                <path class="fine" d="M22 64H666M30 96H652M44 128H630"></path>
                <path class="hull" d=HULL></path>
                <path class="blk" d=blocks></path>
                <path class="way" d="M-400 178H1100v7H-400Z"></path>
            </g>
        </svg>
    }
}
