//! An incident as milestones and rows. Pure.

use chrono::{DateTime, Utc};
use domain::event::Event;
use domain::incident::{IncidentPage, IncidentState, Moment};

use crate::event_words::{Names, tell};
use crate::ui::format;
use crate::ui::icon::{Glyph, Tone};
use crate::ui::zone::{Stamp, Zone};

/// One of the moments by which an incident is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    pub name: &'static str,
    /// None: not yet.
    pub at: Option<DateTime<Utc>>,
    /// "after 8 s".
    pub note: String,
}

/// Started, detected, identified, rolled back, restored, resolved; those that have happened in order of time, then the rest.
pub fn milestones(page: &IncidentPage) -> Vec<Milestone> {
    let incident = &page.incident;
    let started = incident.form.started_at;
    let first = |wanted: &dyn Fn(&Event) -> bool| {
        page.timeline.iter().find_map(|moment| match moment {
            Moment::Event(happened) if wanted(&happened.event) => Some(happened.at),
            _ => None,
        })
    };
    let told = |state: IncidentState| {
        page.updates
            .iter()
            .filter(|one| one.state == state)
            .map(|one| one.at)
            .min()
    };
    let set = first(&|event| {
        *event
            == Event::IncidentStateChanged {
                to: IncidentState::Identified,
            }
    });
    let identified = [set, told(IncidentState::Identified)].into_iter().flatten().min();
    let mut moments = vec![
        ("Detected", incident.detected_at),
        ("Rolled back", first(&|event| matches!(event, Event::TakingBack { .. }))),
        ("Identified", identified),
        ("Restored", first(&|event| matches!(event, Event::Restored { .. }))),
        ("Resolved", incident.resolved_at),
    ];
    // What never was deployed is neither rolled back nor restored.
    moments
        .retain(|(name, at)| at.is_some() || page.deployment.is_some() || !matches!(*name, "Rolled back" | "Restored"));
    moments.sort_by_key(|(_, at)| at.unwrap_or(DateTime::<Utc>::MAX_UTC));
    let after = |at: Option<DateTime<Utc>>| at.map_or_else(|| "not yet".to_owned(), |at| note(started, at));
    let begin = Milestone {
        name: "Started",
        at: Some(started),
        note: String::new(),
    };
    let rest = moments.into_iter().map(|(name, at)| Milestone {
        name,
        at,
        note: after(at),
    });
    std::iter::once(begin).chain(rest).collect()
}

fn note(started: DateTime<Utc>, at: DateTime<Utc>) -> String {
    if at <= started {
        "at once".to_owned()
    } else {
        format!("after {}", format::duration(at - started))
    }
}

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: DateTime<Utc>,
    pub glyph: Glyph,
    pub tone: Tone,
    pub text: String,
    /// "by Ana Ruiz", where the text does not say it and it was not the machine.
    pub by: Option<String>,
    /// It is what the public was told.
    pub public: bool,
}

/// The timeline, oldest first.
pub fn lines(page: &IncidentPage, public_only: bool) -> Vec<Line> {
    let names = Names::of(&page.people);
    let line = |moment: &Moment| match moment {
        Moment::Event(happened) => {
            let told = tell(&happened.event, &names);
            let by = names.doer(happened.by, &told.text);
            Line {
                at: happened.at,
                glyph: told.glyph,
                tone: told.tone,
                text: told.text,
                by,
                public: false,
            }
        }
        Moment::Update(update) => Line {
            at: update.at,
            glyph: Glyph::Say,
            tone: Glyph::Say.tone(),
            text: update.body.clone(),
            by: names.doer(update.by, ""),
            public: true,
        },
    };
    page.timeline
        .iter()
        .map(line)
        .filter(|line| line.public || !public_only)
        .collect()
}

/// A row of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Another day begins: "Tue 16 Jan 2026".
    Day(String),
    Line(Line),
}

/// The timeline with its days. The page says on which one the incident began; each later one is said where it begins.
pub fn by_day(lines: Vec<Line>, started: DateTime<Utc>, zone: &Zone) -> Vec<Row> {
    let mut day = zone.local(started).date();
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let then = zone.local(line.at).date();
        if then != day {
            day = then;
            rows.push(Row::Day(zone.write(line.at, Stamp::Date)));
        }
        rows.push(Row::Line(line));
    }
    rows
}

/// How a milestone is written: with its day where that is not the one on which the incident began.
pub fn milestone_stamp(at: DateTime<Utc>, started: DateTime<Utc>, zone: &Zone) -> Stamp {
    if zone.local(at).date() == zone.local(started).date() {
        Stamp::Second
    } else {
        Stamp::Day
    }
}

/// How many action items are done: "1 of 4 done". None while there is none.
pub fn actions_done(page: &IncidentPage) -> Option<String> {
    let done = page.actions.iter().filter(|item| item.done).count();
    (!page.actions.is_empty()).then(|| format!("{done} of {} done", page.actions.len()))
}

/// Parts of the report that nobody has written yet, by their titles.
pub fn unwritten(page: &IncidentPage) -> Vec<&'static str> {
    let form = &page.incident.form;
    let parts = [
        (&form.what_happened, "what happened"),
        (&form.impact, "impact"),
        (&form.root_cause, "root cause"),
        (&form.resolution, "resolution"),
        (&form.lessons, "lessons learned"),
    ];
    parts
        .into_iter()
        .filter(|(text, _)| text.trim().is_empty())
        .map(|(_, title)| title)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::By;
    use domain::deployment::Trigger;
    use domain::event::{Happened, Stream};
    use domain::id::{IncidentId, ServiceId};
    use domain::incident::{Incident, IncidentForm, Severity, Update};
    use domain::service::Service;
    use uuid::Uuid;

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-01-15T{time}Z").parse().expect("a time")
    }

    fn happened(time: &str, event: Event) -> Moment {
        Moment::Event(Happened {
            id: 1,
            stream: Stream::instance(),
            seq: 1,
            at: at(time),
            by: By::Engine,
            event,
        })
    }

    fn page() -> IncidentPage {
        let form = IncidentForm {
            title: "Errors".into(),
            public_title: String::new(),
            severity: Severity::High,
            what_happened: "It broke.".into(),
            impact: String::new(),
            root_cause: String::new(),
            resolution: String::new(),
            lessons: String::new(),
            started_at: at("10:18:38"),
            row_version: 1,
        };
        let incident = Incident {
            id: IncidentId(Uuid::nil()),
            number: 42,
            service: ServiceId(Uuid::nil()),
            deployment: None,
            state: IncidentState::Identified,
            form,
            opened_by: By::Engine,
            opened_at: at("10:18:48"),
            detected_at: Some(at("10:18:46")),
            resolved_at: None,
        };
        let service = Service {
            id: incident.service,
            name: "storefront".into(),
            repository: String::new(),
            description: String::new(),
            customer_facing: true,
            sample: false,
            row_version: 1,
        };
        let said = Update {
            state: IncidentState::Identified,
            body: "We took it back.".into(),
            at: at("10:24:10"),
            by: By::Engine,
        };
        IncidentPage {
            incident,
            service,
            deployment: None,
            rollback: None,
            timeline: vec![
                happened(
                    "10:18:48",
                    Event::TakingBack {
                        trigger: Trigger::ErrorRate,
                    },
                ),
                Moment::Update(said.clone()),
            ],
            updates: vec![said],
            actions: Vec::new(),
            judgement: None,
            people: Vec::new(),
        }
    }

    #[test]
    fn milestones_are_in_order_of_time_and_measured_from_the_start() {
        let told: Vec<_> = milestones(&page())
            .into_iter()
            .map(|one| (one.name, one.note))
            .collect();
        let want = [
            ("Started", ""),
            ("Detected", "after 8\u{a0}s"),
            ("Rolled back", "after 10\u{a0}s"),
            ("Identified", "after 5\u{a0}min 32\u{a0}s"),
            ("Resolved", "not yet"),
        ];
        assert_eq!(told, want.map(|(name, note)| (name, note.to_owned())));
    }

    #[test]
    fn the_public_view_holds_only_what_was_published() {
        assert_eq!(lines(&page(), false).len(), 2);
        let public = lines(&page(), true);
        assert_eq!(
            (public.len(), public[0].text.as_str(), public[0].public),
            (1, "We took it back.", true)
        );
    }

    #[test]
    fn another_day_is_said_where_it_begins() {
        let lines = lines(&page(), false);
        let days = |zone: &Zone| -> Vec<String> {
            by_day(lines.clone(), at("10:18:38"), zone)
                .into_iter()
                .filter_map(|row| match row {
                    Row::Day(day) => Some(day),
                    Row::Line(_) => None,
                })
                .collect()
        };
        assert!(days(&Zone::utc()).is_empty());
        // Where midnight lies between the two, the second is on another day.
        let east = Zone::fixed("Somewhere", 13 * 60 + 40);
        assert_eq!(days(&east), ["Fri 16\u{a0}Jan 2026"]);
        assert_eq!(milestone_stamp(at("10:24:10"), at("10:18:38"), &east), Stamp::Day);
        assert_eq!(
            milestone_stamp(at("10:24:10"), at("10:18:38"), &Zone::utc()),
            Stamp::Second
        );
    }

    #[test]
    fn what_is_not_written_is_named() {
        assert_eq!(
            unwritten(&page()),
            ["impact", "root cause", "resolution", "lessons learned"]
        );
    }
}
