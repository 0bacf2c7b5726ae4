//! What stands beside what: the places of administration, and those of one's own profile.

use crate::boot::me;
use crate::ui::{Tab, Tabs};
use domain::access::{Action, Scope};
use leptos::prelude::*;

/// A page among others: its address, its name, and what must be granted to see it. None: whoever is signed in.
type Page = (&'static str, &'static str, Option<Action>);

/// The places of administration. Each says who comes in; the use cases behind it ask again.
pub const ADMINISTRATION: &[Page] = &[
    ("/people", "People", None),
    ("/administration/teams", "Teams", None),
    ("/administration/service-accounts", "Service accounts", None),
    ("/administration/access", "Who may what", Some(Action::ManagePeople)),
    ("/administration/sign-in", "Sign-in", Some(Action::ManageInstance)),
    ("/administration/tokens", "Access tokens", Some(Action::ManagePeople)),
    ("/administration/secrets", "Secrets", Some(Action::ManageInstance)),
    ("/administration/webhooks", "Webhooks", Some(Action::ManageInstance)),
    ("/administration/jobs", "Jobs", Some(Action::ManageInstance)),
    ("/administration/audit", "Audit", Some(Action::ManageInstance)),
    ("/administration/health", "Health", Some(Action::ManageInstance)),
];

/// The places of one's own profile.
pub const PROFILE: &[Page] = &[
    ("/profile", "Profile", None),
    ("/profile/sign-in", "Ways to sign in", None),
    ("/profile/second-factor", "Second factor", None),
    ("/profile/sessions", "Sessions", None),
    ("/profile/notices", "Notices", None),
    ("/profile/tokens", "Access tokens", None),
    ("/profile/access", "What you may do", None),
];

/// The tabs of administration: those that this person may see. Nothing while there is only one.
#[component]
pub fn AdministrationTabs(
    /// The address of the page on which they stand.
    current: &'static str,
) -> impl IntoView {
    view! { <PageTabs pages=ADMINISTRATION label="Administration" current /> }
}

/// The tabs of one's own profile.
#[component]
pub fn ProfileTabs(
    /// The address of the page on which they stand.
    current: &'static str,
) -> impl IntoView {
    view! { <PageTabs pages=PROFILE label="Your profile" current /> }
}

#[component]
fn PageTabs(pages: &'static [Page], label: &'static str, current: &'static str) -> impl IntoView {
    let actor = me().map(|me| me.actor());
    let seen = |needed: Option<Action>| {
        needed.is_none_or(|action| {
            actor
                .as_ref()
                .is_some_and(|actor| actor.may(action, Scope::Instance).is_ok())
        })
    };
    let tabs: Vec<Tab> = pages
        .iter()
        .filter(|(_, _, needed)| seen(*needed))
        .map(|(href, label, _)| Tab::new(*href, *label, *href == current))
        .collect();
    (tabs.len() > 1).then(|| view! { <Tabs label=label tabs /> })
}
