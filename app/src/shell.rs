//! The frame around every page: document, navigation, search, and what stands there when a page can't be shown.

use crate::boot::{Boot, boot, me};
use crate::error::{AppError, Code};
use crate::live::Live;
use crate::ui::{Icon, IconMark, Mark, Sprite, Toasts};
#[cfg(feature = "ssr")]
use domain::access::Theme;
use domain::access::{Action, Scope};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The document, as the server writes it.
#[cfg(feature = "ssr")]
pub fn document(options: LeptosOptions) -> impl IntoView {
    use leptos_meta::{HashedStylesheet, MetaTags};
    permit_own_scripts();
    let me = crate::caller::caller().me;
    let theme = me.as_ref().map(|me| me.theme).unwrap_or_default();
    // Without a person there is no navigation, and no room to leave for it.
    let bare = me.is_none().then_some("no-nav");
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme_attribute(theme)>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/mark.svg" type="image/svg+xml" />
                <HashedStylesheet options=options.clone() id="slipway" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body class=bare>
                <crate::App />
            </body>
        </html>
    }
}

/// The page's own content security policy: what the server wrote under its nonce, and WebAssembly, may run; nothing else.
#[cfg(feature = "ssr")]
fn permit_own_scripts() {
    let nonce = leptos::nonce::use_nonce()
        .map(|nonce| nonce.to_string())
        .unwrap_or_default();
    // The development server reloads pages by a socket of its own.
    let reload = if std::env::var_os("LEPTOS_WATCH").is_some() {
        " ws://127.0.0.1:* ws://localhost:*"
    } else {
        ""
    };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'{reload}; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    if let (Ok(policy), Some(response)) = (policy.parse(), use_context::<leptos_axum::ResponseOptions>()) {
        response.insert_header(http::header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// The attribute that overrides the system's theme; none when the system decides.
#[cfg(feature = "ssr")]
fn theme_attribute(theme: Theme) -> Option<&'static str> {
    match theme {
        Theme::System => None,
        chosen => Some(chosen.key()),
    }
}

/// Navigation beside the page for who is signed in; the page alone for who is not.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    let page = children();
    let Boot { me, .. } = boot();
    view! {
        <Sprite />
        <a class="skip" href="#main">"Skip to content"</a>
        {match me {
            Some(me) => {
                view! {
                    <div class="shell">
                        <header class="side">
                            <div class="side-in">
                                <a class="brand" href="/">
                                    <Mark />
                                    <span>"Slipway"</span>
                                </a>
                                <Navigation />
                                <crate::home::palette::SearchBox />
                                <p class="me">
                                    <a href="/profile">
                                        <b>{me.person.name.clone()}</b>
                                    </a>
                                    {crate::words::role(me.person.role)}
                                </p>
                                <form class="leave" method="post" action="/sign-out">
                                    <button class="btn quiet" type="submit">"Sign out"</button>
                                </form>
                            </div>
                        </header>
                        <main class="main" id="main" tabindex="-1">
                            <Disconnected />
                            <crate::stop::StopBanner />
                            {page}
                        </main>
                    </div>
                    <Toasts />
                }
                    .into_any()
            }
            None => view! { <div id="main">{page}</div> }.into_any(),
        }}
    }
}

/// Says that the page does not hear of changes at the moment.
#[component]
fn Disconnected() -> impl IntoView {
    let live = expect_context::<Live>();
    view! {
        <Show when=move || !live.connected.get()>
            <p class="why is-hold" role="status">
                <span>
                    <b>"Not connected. "</b>
                    "The figures below may be old. The page tries again by itself."
                </span>
            </p>
        </Show>
    }
}

/// A place in the navigation.
struct Place {
    href: &'static str,
    label: &'static str,
    icon: Icon,
    class: &'static str,
}

const PLACES: &[Place] = &[
    Place {
        href: "/",
        label: "Home",
        icon: Icon::Home,
        class: "phone",
    },
    Place {
        href: "/releases",
        label: "Releases",
        icon: Icon::Releases,
        class: "phone",
    },
    Place {
        href: "/deployments",
        label: "Deployments",
        icon: Icon::Deployments,
        class: "phone",
    },
    Place {
        href: "/calendar",
        label: "Calendar",
        icon: Icon::Calendar,
        class: "",
    },
    Place {
        href: "/incidents",
        label: "Incidents",
        icon: Icon::Incidents,
        class: "phone sep",
    },
    Place {
        href: "/notices",
        label: "Notices",
        icon: Icon::Bell,
        class: "sep",
    },
    Place {
        href: "/services",
        label: "Services",
        icon: Icon::Services,
        class: "",
    },
    Place {
        href: "/people",
        label: "People",
        icon: Icon::Person,
        class: "",
    },
    Place {
        href: "/status",
        label: "Status page",
        icon: Icon::Status,
        class: "",
    },
    Place {
        href: "/stop",
        label: "Stop the line",
        icon: Icon::Stop,
        class: "sep",
    },
    Place {
        href: "/help",
        label: "Help",
        icon: Icon::Help,
        class: "sep",
    },
    Place {
        href: "/more",
        label: "More",
        icon: Icon::More,
        class: "only-phone",
    },
];

/// Whether this person finds more behind the people than a list of them.
fn manages() -> bool {
    me().is_some_and(|me| me.actor().may(Action::ManagePeople, Scope::Instance).is_ok())
}

#[component]
fn Navigation() -> impl IntoView {
    let path = use_location().pathname;
    let manages = manages();
    let entry = move |place: &'static Place| {
        let label = if manages && place.href == "/people" {
            "Administration"
        } else {
            place.label
        };
        let current = move || here(place.href, &path.get()).then_some("page");
        // The status page is no page of this application: it is left by an ordinary link.
        let rel = (place.href == "/status").then_some("external");
        view! {
            <li class=place.class>
                <a href=place.href aria-current=current rel=rel>
                    <IconMark name=place.icon />
                    {label}
                    // On a phone the bell lies behind "More".
                    {["/notices", "/more"].contains(&place.href).then(|| view! { <crate::notice::Unread /> })}
                </a>
            </li>
        }
    };
    view! {
        <nav class="nav" aria-label="Main">
            <ul>{PLACES.iter().map(entry).collect_view()}</ul>
        </nav>
    }
}

/// Whether a path lies in a place.
fn here(place: &str, path: &str) -> bool {
    match place {
        "/" => path == "/",
        "/more" => [
            "/more",
            "/notices",
            "/calendar",
            "/services",
            "/people",
            "/administration",
            "/stop",
            "/help",
            "/profile",
        ]
        .iter()
        .any(|inside| path.starts_with(inside)),
        "/people" => within("/people", path) || within("/administration", path),
        place => within(place, path),
    }
}

fn within(place: &str, path: &str) -> bool {
    path.strip_prefix(place)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The places that do not fit below a thumb.
#[component]
pub fn More() -> impl IntoView {
    crate::chunk::alive();
    let may_manage = manages();
    view! {
        <leptos_meta::Title text="More" />
        <crate::ui::PageHead title="More" />
        <ul class="places">
            <li>
                <a href="/notices">
                    <IconMark name=Icon::Bell />
                    "Notices"
                    <crate::notice::Unread />
                </a>
            </li>
            {place("/calendar", Icon::Calendar, "Calendar")}
            {place("/services", Icon::Services, "Services")}
            {place("/people", Icon::Person, if may_manage { "Administration" } else { "People" })}
            {place("/profile", Icon::Person, "Your profile")}
            {place("/status", Icon::Status, "Status page")}
            {place("/search", Icon::Search, "Search")}
            {place("/stop", Icon::Stop, "Stop the line")}
            {place("/help", Icon::Help, "Help")}
        </ul>
        <form method="post" action="/sign-out" class="after">
            <button class="btn" type="submit">"Sign out"</button>
        </form>
    }
}

fn place(href: &'static str, icon: Icon, words: &'static str) -> impl IntoView {
    // The status page is no page of this application: it is left by an ordinary link.
    let rel = (href == "/status").then_some("external");
    view! {
        <li>
            <a href=href rel=rel>
                <IconMark name=icon />
                {words}
            </a>
        </li>
    }
}

/// What stands in place of a page, or of a part of it, that can't be shown.
#[component]
pub fn Trouble(
    /// Why.
    error: AppError,
) -> impl IntoView {
    let (title, way) = match &error.code {
        Code::NotFound => ("There is nothing here", ("/", "Home")),
        Code::Denied { .. } => ("This is not open to you", ("/people", "Who could let you in")),
        Code::SignedOut => ("You are signed out", ("/login", "Sign in")),
        Code::Unreachable => ("The server does not answer", ("", "Try again")),
        _ => ("This page could not be made", ("/", "Home")),
    };
    let words = crate::words::refusal(&error);
    // What failed on our side is found in the log by it; what was answered needs no number.
    let id = match error.code {
        Code::Internal => error.request_id.clone(),
        _ => String::new(),
    };
    view! {
        <leptos_meta::Title text=title />
        <div class="none" role="alert">
            <b>{title}</b>
            <p>{words}</p>
            {(!id.is_empty()).then(|| view! { <p class="meta">"Request " <code>{id}</code></p> })}
            <p class="acts">
                <a class="btn" href=way.0 rel=way.0.is_empty().then_some("external")>{way.1}</a>
            </p>
        </div>
    }
}

/// An address that no page has.
#[component]
pub fn NoSuchPage() -> impl IntoView {
    crate::chunk::alive();
    // The status of the answer.
    #[cfg(feature = "ssr")]
    let _ = crate::caller::refuse(Code::NotFound);
    let title = "There is nothing here";
    view! {
        <leptos_meta::Title text=title />
        <crate::ui::PageHead title />
        <p class="prose">"No page has this address. It may have been removed."</p>
        <p class="acts after">
            <a class="btn" href="/">"Home"</a>
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::here;

    #[test]
    fn a_place_is_current_for_what_lies_in_it() {
        assert!(here("/", "/") && !here("/", "/releases"));
        assert!(here("/releases", "/releases/storefront/1.2.3"));
        assert!(!here("/people", "/peoples"));
        assert!(
            here("/people", "/administration/teams"),
            "the people are the first part of administration"
        );
    }
}
