//! The page's frame: its head, its sections, facts, tabs, what stands where nothing is yet.

use leptos::children::ViewFnOnce;
use leptos::prelude::*;

use super::button::{LinkButton, Look};

/// Head of a page: where one is, its one title, a line of facts, the controls.
#[component]
pub fn PageHead(
    /// The title, sentence case.
    #[prop(into)]
    title: Signal<String>,
    /// Behind the title: the environment.
    #[prop(optional, into)]
    tag: Option<ViewFnOnce>,
    /// Address and words of what stands above this page, outermost first.
    #[prop(optional)]
    crumbs: Vec<(String, String)>,
    /// Below the title: several `<span>`s, the state first.
    #[prop(optional, into)]
    sub: Option<ViewFnOnce>,
    /// The controls. "Roll back" is always the last.
    #[prop(optional, into)]
    acts: Option<ViewFnOnce>,
) -> impl IntoView {
    let crumbs = (!crumbs.is_empty()).then(|| {
        let items = crumbs
            .into_iter()
            .map(|(href, words)| view! { <li><a href=href>{words}</a></li> })
            .collect_view();
        view! { <nav aria-label="Path"><ol class="crumb">{items}</ol></nav> }
    });
    view! {
        <div class="head">
            <div class="head-t">
                {crumbs}
                <h1>{move || title.get()}{tag.map(|tag| view! { " "{tag.run()} })}</h1>
                {sub.map(|sub| view! { <p class="sub">{sub.run()}</p> })}
            </div>
            {acts.map(|acts| view! { <div class="acts controls">{acts.run()}</div> })}
        </div>
    }
    .into_any()
}

/// A section: a heavy rule, a title, rows. No box.
#[component]
pub fn Section(
    /// Id of the section, which other places link to. The title gets `<id>-h`.
    #[prop(into)]
    id: String,
    /// The title.
    #[prop(into)]
    title: Signal<String>,
    /// A small figure behind the title: "28 of 31".
    #[prop(optional, into)]
    count: MaybeProp<String>,
    /// At the end of the rule: unit, source, a link.
    #[prop(optional, into)]
    end: Option<ViewFnOnce>,
    /// More classes: `first` (no distance above), `tight`, `sub` (a light rule), `aside`, `later`.
    #[prop(optional)]
    class: &'static str,
    /// The title is read out but not shown, and there is no rule.
    #[prop(optional)]
    silent: bool,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-h");
    let bar = if silent {
        view! { <h2 class="vh" id=heading.clone()>{move || title.get()}</h2> }.into_any()
    } else {
        view! {
            <div class="bar">
                <h2 id=heading.clone()>{move || title.get()}</h2>
                {move || count.get().map(|count| view! { <span class="count">{count}</span> })}
                {end.map(|end| view! { <span class="end">{end.run()}</span> })}
            </div>
        }
        .into_any()
    };
    view! {
        <section class=format!("sec {class}").trim_end().to_owned() id=id aria-labelledby=heading>
            {bar}
            {children()}
        </section>
    }
    .into_any()
}

/// Terms and what they are. Its children are [`Fact`]s.
#[component]
pub fn Facts(
    /// The facts.
    children: Children,
) -> impl IntoView {
    view! { <dl class="facts">{children()}</dl> }.into_any()
}

/// One term of [`Facts`].
#[component]
pub fn Fact(
    /// What is named.
    #[prop(into)]
    term: String,
    /// What it is.
    children: Children,
) -> impl IntoView {
    view! { <dt>{term}</dt><dd>{children()}</dd> }
}

/// Where nothing is yet: what this place is for, and the first step.
#[component]
pub fn Empty(
    /// "No service yet."
    #[prop(into)]
    title: String,
    /// The first step, as buttons.
    #[prop(optional, into)]
    acts: Option<ViewFnOnce>,
    /// What the place is for.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="none">
            <b>{title}</b>
            {children()}
            {acts.map(|acts| view! { <div class="acts">{acts.run()}</div> })}
        </div>
    }
    .into_any()
}

/// One of [`Tabs`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// Its own address.
    pub href: String,
    /// Its words.
    pub label: String,
    /// A figure behind the words: "28/31".
    pub count: Option<String>,
    /// The one that is shown.
    pub current: bool,
}

impl Tab {
    /// A tab without a figure.
    pub fn new(href: impl Into<String>, label: impl Into<String>, current: bool) -> Self {
        Self {
            href: href.into(),
            label: label.into(),
            count: None,
            current,
        }
    }

    /// With a figure behind its words.
    #[must_use]
    pub fn with_count(mut self, count: impl Into<String>) -> Self {
        self.count = Some(count.into());
        self
    }
}

/// Parts of one thing. They are links: each has an address, and works without script.
#[component]
pub fn Tabs(
    /// What they are parts of.
    #[prop(into)]
    label: String,
    /// The tabs, left to right.
    #[prop(into)]
    tabs: Signal<Vec<Tab>>,
) -> impl IntoView {
    let link = |tab: Tab| {
        let count = tab.count.map(|count| view! { <span class="count">{count}</span> });
        view! { <a href=tab.href aria-current=tab.current.then_some("page")>{tab.label}{count}</a> }
    };
    view! { <nav class="tabs" aria-label=label>{move || tabs.get().into_iter().map(link).collect_view()}</nav> }
}

/// Earlier and later pages of a long list.
#[component]
pub fn Pages(
    /// "1 to 50 of 1,073".
    #[prop(into)]
    range: String,
    /// Address of the page before, if there is one.
    #[prop(optional, into)]
    back: Option<String>,
    /// Address of the page after, if there is one.
    #[prop(optional, into)]
    next: Option<String>,
) -> impl IntoView {
    let step = |href: Option<String>, rel: &'static str, words: &'static str| match href {
        Some(href) => view! { <a href=href rel=rel>{words}</a> }.into_any(),
        None => view! { <span class="off">{words}</span> }.into_any(),
    };
    view! {
        <nav class="pages" aria-label="Pages">
            <span class="range">{range}</span>
            {step(back, "prev", "Previous")}
            {step(next, "next", "Next")}
        </nav>
    }
}

/// A freeze or a lock that concerns the whole page. It wears the hatch.
#[component]
pub fn Banner(
    /// What it is: "Freeze", "Lock".
    #[prop(into)]
    label: String,
    /// At its end: what it holds.
    #[prop(optional, into)]
    href: Option<(String, String)>,
    /// What, until when, why, who.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="banner" role="region" aria-label=label>
            <p>{children()}</p>
            {href.map(|(href, words)| view! { <p class="end"><a href=href>{words}</a></p> })}
        </div>
    }
}

/// How an environment's name is framed: dashed, solid, filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tier {
    /// Dashed.
    #[default]
    Development,
    /// Solid.
    Staging,
    /// Filled.
    Production,
}

impl Tier {
    /// Its classes.
    pub const fn class(self) -> &'static str {
        match self {
            Tier::Development => "env",
            Tier::Staging => "env env-staging",
            Tier::Production => "env env-production",
        }
    }
}

/// The name of an environment in the frame of its tier.
#[component]
pub fn Env(
    /// Its tier.
    tier: Tier,
    /// Its name.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    view! { <span class=tier.class()>{name}</span> }
}

/// A person, with initials in front.
#[component]
pub fn Who(
    /// Full name.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    let short = initials(&name);
    view! { <span class="who" data-i=short>{name}</span> }
}

/// First letters of the first and the last word of a name, upper case.
pub fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let letters = match words.as_slice() {
        [] => return String::new(),
        [only] => vec![*only],
        [first, .., last] => vec![*first, *last],
    };
    letters
        .iter()
        .filter_map(|word| word.chars().next())
        .flat_map(char::to_uppercase)
        .collect()
}

/// A page that says that there is nothing here, or that it went wrong, and what to do.
#[component]
pub fn ErrorPage(
    /// What is the matter: "There is no release 9.9.9 of storefront."
    #[prop(into)]
    title: String,
    /// The number to quote to whoever looks after the instance.
    #[prop(optional, into)]
    request: Option<String>,
    /// Where to go from here: address and words.
    #[prop(default = ("/".to_owned(), "Home".to_owned()))]
    way_out: (String, String),
    /// What may be the reason, and what to do.
    children: Children,
) -> impl IntoView {
    let (href, words) = way_out;
    view! {
        <div class="error-page">
            <h1>{title}</h1>
            <div class="prose after">{children()}</div>
            <p class="acts after"><LinkButton href=href look=Look::Primary>{words}</LinkButton></p>
            {request.map(|request| view! { <p class="meta">"Request " <code>{request}</code></p> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_first_and_last() {
        assert_eq!(initials("Ana Ruiz"), "AR");
        assert_eq!(initials("  jean luc  picard "), "JP");
        assert_eq!(initials("Çelik"), "Ç");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn only_the_current_tab_says_so() {
        let html = Owner::new().with(|| {
            let tabs = vec![
                Tab::new("/a", "Plan", false),
                Tab::new("/b", "Checklist", true).with_count("28/31"),
            ];
            view! { <Tabs label="Release" tabs/> }.to_html()
        });
        assert_eq!(html.matches("aria-current=\"page\"").count(), 1, "{html}");
        assert!(html.contains("28/31"));
    }
}
