//! The audit trail shaped for the page: addresses, names and words. Pure.

use crate::event_words::{Names, Told, tell};
use crate::release::list::encode;
use crate::ui::icon::{Glyph, Tone};
use domain::access::By;
use domain::audit::{AuditForm, Entry, Thing};
use domain::event::{Stream, StreamKind};

/// The address of the page.
pub const PAGE: &str = "/administration/audit";

/// The address of what is taken away.
pub const FILE: &str = "/administration/audit.jsonl";

/// These filters in an address; empty ones are left out.
pub fn query(form: &AuditForm, before: Option<i64>) -> String {
    let before = before.map(|id| id.to_string()).unwrap_or_default();
    let parts = [
        ("who", &form.who),
        ("kind", &form.kind),
        ("thing", &form.thing),
        ("event", &form.event),
        ("from", &form.from),
        ("to", &form.to),
        ("text", &form.text),
        ("before", &before),
    ];
    parts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// An address with these filters.
pub fn address(at: &str, form: &AuditForm, before: Option<i64>) -> String {
    match query(form, before) {
        query if query.is_empty() => at.to_owned(),
        query => format!("{at}?{query}"),
    }
}

/// The address of everything that happened to one thing.
pub fn only(stream: Stream) -> String {
    let form = AuditForm {
        thing: stream.topic(),
        ..AuditForm::default()
    };
    address(PAGE, &form, None)
}

/// Who did it.
pub fn who(by: Option<By>, names: &Names<'_>) -> String {
    match by {
        Some(By::Token(by)) => format!("{}, by a token", names.person(by.person)),
        Some(by) => names.by(by).to_owned(),
        None => "nobody that is known".to_owned(),
    }
}

/// What happened.
pub fn what(entry: &Entry, names: &Names<'_>) -> Told {
    match &entry.event {
        Some(event) => tell(event, names),
        None => Told {
            glyph: Glyph::Unknown,
            tone: Tone::Hold,
            text: "This can't be read: a newer Slipway wrote it, or somebody tampered with it".to_owned(),
        },
    }
}

/// What it happened to: its name, and its page. What is gone is called by its kind.
pub fn thing(stream: Stream, things: &[Thing]) -> (String, Option<String>) {
    match things.iter().find(|thing| thing.stream == stream) {
        Some(Thing { name, href, .. }) if !name.is_empty() => (name.clone(), href.clone()),
        Some(_) => ("somebody who left".to_owned(), None),
        None => (format!("{}, removed since", kind(stream.kind)), None),
    }
}

/// A kind of thing.
pub fn kind(kind: StreamKind) -> &'static str {
    match kind {
        StreamKind::Instance => "Instance",
        StreamKind::Person => "Person",
        StreamKind::Service => "Service",
        StreamKind::Environment => "Environment",
        StreamKind::Release => "Release",
        StreamKind::Deployment => "Deployment",
        StreamKind::Incident => "Incident",
        StreamKind::Component => "Line of the status page",
        StreamKind::Team => "Team",
    }
}

/// The word of an event as people read it: `role_changed` → "Role changed".
pub fn event(key: &str) -> String {
    let words = key.replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn filters_stand_in_the_address_and_empty_ones_do_not() {
        assert_eq!(address(PAGE, &AuditForm::default(), None), PAGE);
        let form = AuditForm {
            who: "engine".into(),
            text: "a&b".into(),
            ..AuditForm::default()
        };
        assert_eq!(
            address(FILE, &form, Some(7)),
            "/administration/audit.jsonl?who=engine&text=a%26b&before=7"
        );
        let stream = Stream::new(StreamKind::Release, Uuid::nil());
        assert!(only(stream).ends_with("?thing=release%3A00000000-0000-0000-0000-000000000000"));
    }

    #[test]
    fn what_is_gone_is_called_by_its_kind() {
        let stream = Stream::new(StreamKind::Service, Uuid::nil());
        assert_eq!(thing(stream, &[]), ("Service, removed since".to_owned(), None));
        let erased = Thing {
            stream,
            name: String::new(),
            href: None,
        };
        assert_eq!(thing(stream, &[erased]).0, "somebody who left");
        assert_eq!(event("role_changed"), "Role changed");
    }
}
