//! The command palette over everything that the search finds, and the places of the application.

use super::api::search;
use super::view::kind;
use crate::ui::{Icon, Palette, PaletteEntry, PaletteSource};
use leptos::prelude::*;

/// Places that can be gone to by name.
const PLACES: &[(&str, &str, Icon)] = &[
    ("Home", "/", Icon::Home),
    ("Releases", "/releases", Icon::Releases),
    ("Plan a release", "/releases/new", Icon::Add),
    ("Deployments", "/deployments", Icon::Deployments),
    ("Incidents", "/incidents", Icon::Incidents),
    ("Services", "/services", Icon::Services),
    ("Set up a service", "/services/new", Icon::Add),
    ("People", "/people", Icon::Person),
    ("Your profile", "/profile", Icon::Person),
    ("Status page", "/status", Icon::Status),
    ("Help", "/help", Icon::Help),
];

/// The button that opens the palette; a link to the search without wasm.
#[component]
pub fn SearchBox() -> impl IntoView {
    let source = PaletteSource::new(|typed: String| async move {
        let mut entries = places(&typed);
        if !typed.trim().is_empty() {
            let hits = search(typed).await.unwrap_or_default();
            entries.extend(hits.into_iter().map(|hit| {
                let (icon, word) = kind(hit.kind);
                let hint = if hit.hint.is_empty() {
                    word.to_owned()
                } else {
                    format!("{word}, {}", hit.hint)
                };
                PaletteEntry {
                    label: hit.title,
                    hint,
                    href: hit.href,
                    icon,
                }
            }));
        }
        entries
    });
    view! { <Palette source class="find" /> }
}

fn places(typed: &str) -> Vec<PaletteEntry> {
    let typed = typed.trim().to_lowercase();
    let fits = |label: &str| typed.is_empty() || label.to_lowercase().contains(&typed);
    PLACES
        .iter()
        .filter(|(label, ..)| fits(label))
        .map(|(label, href, icon)| PaletteEntry {
            label: (*label).into(),
            hint: "Place".into(),
            href: (*href).into(),
            icon: *icon,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn places_are_found_by_a_part_of_their_name() {
        assert_eq!(
            places("incid").first().map(|entry| entry.href.as_str()),
            Some("/incidents")
        );
        assert!(places("zzz").is_empty());
    }
}
