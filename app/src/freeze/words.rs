//! Freezes and windows in words. Pure.

use domain::freeze::{OnRun, Place, PlaceNames, TimeKind};
use domain::service::Tier;

/// What it is called.
pub fn kind(kind: TimeKind) -> &'static str {
    match kind {
        TimeKind::Freeze => "Freeze",
        TimeKind::Window => "Window",
    }
}

/// What it does, for the form.
pub fn kind_does(kind: TimeKind) -> &'static str {
    match kind {
        TimeKind::Freeze => "Freeze: nothing is deployed in it",
        TimeKind::Window => "Window: something is deployed only in it",
    }
}

/// What becomes of a deployment that runs when its time is over.
pub fn on_run(on_run: OnRun) -> &'static str {
    match on_run {
        OnRun::Hold => "held until it may go on",
        OnRun::Continue => "goes on",
        OnRun::RollBack => "taken back",
    }
}

/// Where it holds.
pub fn place(place: Place, names: &PlaceNames) -> String {
    let service = |id| {
        let found = names.services.iter().find(|(of, _)| *of == id);
        found.map_or_else(|| "a service".to_owned(), |(_, name)| name.clone())
    };
    match place {
        Place::Instance => "everywhere".to_owned(),
        Place::Tier { tier } => format!("every {} environment", tier_word(tier)),
        Place::Service { service: id } => service(id),
        Place::Environment {
            service: id,
            environment,
        } => {
            let found = names.environments.iter().find(|(of, _, _)| *of == environment);
            let name = found.map_or("an environment", |(_, _, name)| name.as_str());
            format!("{} {name}", service(id))
        }
    }
}

fn tier_word(tier: Tier) -> &'static str {
    tier.key()
}

/// How it comes again, in the form's own words where it has some.
pub fn again(rule: &str) -> Option<String> {
    let known = REPEATS.iter().find(|(_, of, _)| *of == rule);
    match (rule, known) {
        ("", _) => None,
        (_, Some((_, _, words))) => Some((*words).to_owned()),
        (rule, None) => Some(rule.to_owned()),
    }
}

/// Recurrences that the form offers: key, rule, words.
pub const REPEATS: &[(&str, &str, &str)] = &[
    ("no", "", "not again"),
    ("daily", "FREQ=DAILY", "every day"),
    ("weekdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Monday to Friday"),
    ("weekly", "FREQ=WEEKLY", "every week"),
    ("monthly", "FREQ=MONTHLY", "every month"),
    ("yearly", "FREQ=YEARLY", "every year"),
];

/// The choice that takes a rule as it is written.
pub const CUSTOM: &str = "custom";
