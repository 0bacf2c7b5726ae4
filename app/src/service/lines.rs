//! The environments of a service as lines of its form: with script they are added, moved and removed.

use super::posted::PostedEnvironment;
use crate::error::AppError;
use crate::ui::{Button, Glyph, GlyphMark, Icon, Look, Section};
use domain::service::Tier;
use leptos::prelude::*;

/// Empty lines offered for further environments where no script can add one.
const SPARE: usize = 2;

/// The lines in promotion order. Each has a key that stays with it while it moves; its controls are named by its place, and keep what was typed.
#[derive(Clone, Copy)]
struct Lines {
    entries: RwSignal<Vec<(usize, PostedEnvironment)>>,
    next: StoredValue<usize>,
}

impl Lines {
    /// These, and spare ones.
    fn new(lines: Vec<PostedEnvironment>) -> Lines {
        let spare = spare(lines.last());
        let entries: Vec<_> = lines
            .into_iter()
            .chain(std::iter::repeat_n(spare, SPARE))
            .enumerate()
            .collect();
        Lines {
            next: StoredValue::new(entries.len()),
            entries: RwSignal::new(entries),
        }
    }

    fn place(self, key: usize) -> usize {
        self.entries
            .with(|entries| entries.iter().position(|(other, _)| *other == key))
            .unwrap_or_default()
    }

    fn keys(self) -> Vec<usize> {
        self.entries
            .with_untracked(|entries| entries.iter().map(|(key, _)| *key).collect())
    }

    fn add(self) {
        let key = self.next.get_value();
        self.next.set_value(key + 1);
        self.entries.update(|entries| {
            let line = spare(entries.last().map(|(_, line)| line));
            entries.push((key, line));
        });
        focus(vec![format!("#f-environment-{key}")]);
    }

    fn remove(self, key: usize) {
        self.entries
            .update(|entries| entries.retain(|(other, _)| *other != key));
        focus(vec!["#add-environment button".into()]);
    }

    /// Changes places with the line before, or after. The button keeps the focus, or its neighbour gets it at an end.
    fn shift(self, key: usize, up: bool) {
        self.entries.update(|entries| {
            let from = entries.iter().position(|(other, _)| *other == key);
            let to = from.and_then(|from| if up { from.checked_sub(1) } else { Some(from + 1) });
            if let (Some(from), Some(to)) = (from, to.filter(|to| *to < entries.len())) {
                entries.swap(from, to);
            }
        });
        let (same, other) = if up { ("up", "down") } else { ("down", "up") };
        focus(vec![format!("#{same}-{key}"), format!("#{other}-{key}")]);
    }
}

/// An empty line in the tier of the last one: an environment of an earlier tier can't come after it.
fn spare(last: Option<&PostedEnvironment>) -> PostedEnvironment {
    PostedEnvironment {
        tier: last.map(|line| line.tier.clone()).unwrap_or_default(),
        ..PostedEnvironment::default()
    }
}

/// Puts the focus on the first of these that there is, once the page has changed: what is moved or removed loses it.
fn focus(selectors: Vec<String>) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::wasm_bindgen::JsCast;
        request_animation_frame(move || {
            let page = document();
            let found = selectors.iter().find_map(|one| page.query_selector(one).ok().flatten());
            if let Some(found) = found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
                found.focus().ok();
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = selectors;
}

/// All lines. `used` are the ids of environments that can't be removed.
#[component]
pub fn EnvironmentLines(
    lines: Vec<PostedEnvironment>,
    used: Vec<String>,
    failed: Signal<Option<AppError>>,
) -> impl IntoView {
    let filled = lines.len();
    let lines = Lines::new(lines);
    let scripted = RwSignal::new(false);
    Effect::new(move |_| {
        if !scripted.get_untracked() {
            scripted.set(true);
            lines.entries.update(|entries| entries.truncate(filled + 1));
        }
    });
    // An error names a place; it belongs to the line that stood there when the form was sent.
    let sent = RwSignal::new(lines.keys());
    Effect::new(move |_| {
        failed.track();
        sent.set(lines.keys());
    });
    let wrong = move |field: &str| {
        failed
            .get()
            .and_then(|error| error.field(field))
            .map(|problem| crate::words::problem(&problem))
    };
    let row = move |(key, line): (usize, PostedEnvironment)| {
        let error = Signal::derive(move || {
            let place = sent.with(|sent| sent.iter().position(|other| *other == key))?;
            wrong(&format!("environments.{place}.name"))
        });
        let removable = !used.contains(&line.id);
        view! { <Line key line lines removable scripted error /> }
    };
    let add = Callback::new(move |_| lines.add());
    view! {
        <Section id="environments" title="Environments" end=|| "In promotion order: a release passes them from the first to the last">
            <p class="meta">"The tier says how near to customers an environment is. A new one in production begins with the strictest policy."</p>
            {move || wrong("environments").map(|words| view! { <p class="err" role="alert">{words}</p> })}
            <ol class="list rows-in">
                <For each=move || lines.entries.get() key=|(key, _)| *key children=row />
            </ol>
            <p class="meta after">"A line without a name does not count. An environment that was deployed to can't be removed."</p>
            <Show when=move || scripted.get()>
                <p class="acts" id="add-environment">
                    <Button look=Look::Quiet icon=Icon::Add on_click=add>"Add an environment"</Button>
                </p>
            </Show>
        </Section>
    }
}

/// One line: name, tier, and with script what moves it.
#[component]
fn Line(
    key: usize,
    line: PostedEnvironment,
    lines: Lines,
    removable: bool,
    scripted: RwSignal<bool>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    let place = Memo::new(move |_| lines.place(key));
    let name = move |part: &'static str| move || format!("form[environments][{}][{part}]", place.get());
    let (id, error_id) = (format!("f-environment-{key}"), format!("f-environment-{key}-err"));
    let tier_id = format!("f-tier-{key}");
    let chosen = Tier::from_key(&line.tier).unwrap_or(Tier::Development);
    let described = error_id.clone();
    view! {
        <li>
            <input type="hidden" name=name("id") value=line.id />
            <div class="field" class:bad=move || error.get().is_some()>
                <label for=id.clone()>{move || format!("Environment {}", place.get() + 1)}</label>
                <input
                    class="in"
                    id=id
                    name=name("name")
                    type="text"
                    value=line.name
                    autocomplete="off"
                    aria-invalid=move || error.get().map(|_| "true")
                    aria-describedby=move || error.get().map(|_| described.clone())
                />
                {move || {
                    let id = error_id.clone();
                    error.get().map(|words| view! { <span class="err" id=id><GlyphMark name=Glyph::Block />{words}</span> })
                }}
            </div>
            <div class="field">
                <label for=tier_id.clone()>"Tier"</label>
                <select class="in" id=tier_id name=name("tier")>
                    {Tier::ALL.map(|tier| view! { <option value=tier.key() selected=tier == chosen>{tier.key()}</option> }).collect_view()}
                </select>
            </div>
            <Show when=move || scripted.get()>
                <Movers key lines place removable />
            </Show>
        </li>
    }
    .into_any()
}

/// The buttons of a line.
#[component]
fn Movers(key: usize, lines: Lines, place: Memo<usize>, removable: bool) -> impl IntoView {
    let last = move || place.get() + 1 == lines.entries.with(Vec::len);
    let mover = move |deed: &'static str, word: &'static str, press: fn(Lines, usize)| {
        view! {
            <button
                class="btn quiet"
                type="button"
                id=format!("{deed}-{key}")
                on:click=move |_| press(lines, key)
            >
                {word}
                <span class="vh">{move || format!(" environment {}", place.get() + 1)}</span>
            </button>
        }
    };
    view! {
        <p class="acts">
            {move || (place.get() > 0).then(|| mover("up", "Up", |lines, key| lines.shift(key, true)))}
            {move || (!last()).then(|| mover("down", "Down", |lines, key| lines.shift(key, false)))}
            {removable.then(|| mover("remove", "Remove", |lines, key| lines.remove(key)))}
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::posted::PostedService;

    #[test]
    fn a_line_changes_places_keeps_its_key_and_goes() {
        Owner::new().with(|| {
            let lines = Lines::new(PostedService::fresh().environments);
            assert_eq!(lines.keys(), [0, 1, 2, 3, 4]);
            lines.shift(2, true);
            assert_eq!(lines.keys(), [0, 2, 1, 3, 4]);
            lines.shift(0, true);
            lines.shift(4, false);
            assert_eq!(lines.keys(), [0, 2, 1, 3, 4], "there is no further");
            lines.remove(1);
            lines.add();
            assert_eq!(lines.keys(), [0, 2, 3, 4, 5]);
            assert_eq!(untrack(|| lines.place(3)), 2);
        });
    }

    #[test]
    fn a_spare_line_has_the_tier_of_the_last() {
        Owner::new().with(|| {
            let lines = Lines::new(PostedService::fresh().environments);
            let tiers = lines.entries.with_untracked(|entries| entries[3].1.tier.clone());
            assert_eq!(tiers, "production");
        });
    }
}
