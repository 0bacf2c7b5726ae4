//! What the form of a freeze or window posts, and its fields.

use super::words;
use crate::boot::kept;
use crate::error::AppError;
use crate::ui::{Choice, Section, Select, TextArea, TextField};
use chrono::NaiveDateTime;
use domain::field::{FieldErrors, Problem};
use domain::freeze::{OnRun, Place, PlaceNames, Schedule, TimeForm, TimeKind, TimeRule};
use domain::service::Tier;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// As a `datetime-local` field sends it.
const FIELD: &str = "%Y-%m-%dT%H:%M";

/// All of it text, so that nothing is lost when some of it can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedTime {
    pub kind: String,
    pub name: String,
    pub reason: String,
    /// `instance`, `tier:production`, `service:ID`, `environment:SERVICE:ID`.
    pub place: String,
    pub zone: String,
    pub from: String,
    pub to: String,
    /// A key of [`words::REPEATS`], or [`words::CUSTOM`].
    pub repeat: String,
    pub rule: String,
    pub on_run: String,
    pub row_version: i32,
}

impl PostedTime {
    /// The form of a kept one.
    pub fn of(rule: &TimeRule) -> PostedTime {
        let known = words::REPEATS.iter().find(|(_, of, _)| *of == rule.schedule.rule);
        PostedTime {
            kind: rule.kind.key().into(),
            name: rule.name.clone(),
            reason: rule.reason.clone(),
            place: place_key(rule.place),
            zone: rule.schedule.zone.clone(),
            from: rule.schedule.from.format(FIELD).to_string(),
            to: rule.schedule.to.format(FIELD).to_string(),
            repeat: known.map_or(words::CUSTOM, |(key, _, _)| key).into(),
            rule: known.map_or_else(|| rule.schedule.rule.clone(), |_| String::new()),
            on_run: rule.on_run.key().into(),
            row_version: rule.row_version,
        }
    }

    /// The form of a new one.
    pub fn new(zone: String) -> PostedTime {
        PostedTime {
            kind: TimeKind::Freeze.key().into(),
            place: "tier:production".into(),
            repeat: "no".into(),
            on_run: OnRun::Hold.key().into(),
            zone,
            ..PostedTime::default()
        }
    }

    /// As the rules take it.
    ///
    /// # Errors
    /// By field: `from`, `to`, `place`, `rule`.
    pub fn read(&self) -> Result<TimeForm, FieldErrors> {
        let mut errors = FieldErrors::default();
        let from = wall(&self.from, "from", &mut errors);
        let to = wall(&self.to, "to", &mut errors);
        let place = place_of(&self.place);
        if place.is_none() {
            errors.add("place", Problem::Unknown);
        }
        let known = words::REPEATS.iter().find(|(key, _, _)| *key == self.repeat);
        let rule = known.map_or_else(|| self.rule.trim().to_owned(), |(_, rule, _)| (*rule).to_owned());
        if known.is_none() && rule.is_empty() {
            errors.add("rule", Problem::Missing);
        }
        let (Some(from), Some(to), Some(place), true) = (from, to, place, errors.is_empty()) else {
            return Err(errors);
        };
        Ok(TimeForm {
            kind: TimeKind::from_key(&self.kind).unwrap_or(TimeKind::Freeze),
            name: self.name.replace('\0', "").trim().to_owned(),
            reason: self.reason.replace('\0', "").trim().to_owned(),
            place,
            schedule: Schedule {
                zone: self.zone.clone(),
                from,
                to,
                rule,
            },
            on_run: OnRun::from_key(&self.on_run).unwrap_or(OnRun::Hold),
            row_version: self.row_version,
        })
    }
}

fn wall(text: &str, field: &str, errors: &mut FieldErrors) -> Option<NaiveDateTime> {
    let text = text.trim();
    let read = NaiveDateTime::parse_from_str(text, FIELD)
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M"))
        .ok();
    if read.is_none() {
        errors.add(
            field,
            if text.is_empty() {
                Problem::Missing
            } else {
                Problem::Time
            },
        );
    }
    read
}

/// A place as the form sends it.
pub fn place_key(place: Place) -> String {
    match place {
        Place::Instance => "instance".into(),
        Place::Tier { tier } => format!("tier:{}", tier.key()),
        Place::Service { service } => format!("service:{service}"),
        Place::Environment { service, environment } => format!("environment:{service}:{environment}"),
    }
}

fn place_of(key: &str) -> Option<Place> {
    let mut parts = key.split(':');
    let place = match (parts.next()?, parts.next(), parts.next()) {
        ("instance", None, None) => Place::Instance,
        ("tier", Some(tier), None) => Place::Tier {
            tier: Tier::from_key(tier)?,
        },
        ("service", Some(service), None) => Place::Service {
            service: service.parse().ok()?,
        },
        ("environment", Some(service), Some(environment)) => Place::Environment {
            service: service.parse().ok()?,
            environment: environment.parse().ok()?,
        },
        _ => return None,
    };
    parts.next().is_none().then_some(place)
}

/// Every place that can be chosen, from the widest to the narrowest.
fn places(names: &PlaceNames) -> Vec<Choice> {
    let mut places = vec![Place::Instance];
    places.extend(Tier::ALL.into_iter().rev().map(|tier| Place::Tier { tier }));
    for (service, _) in &names.services {
        places.push(Place::Service { service: *service });
        let of = names.environments.iter().filter(|(_, of, _)| of == service);
        places.extend(of.map(|(environment, service, _)| Place::Environment {
            service: *service,
            environment: *environment,
        }));
    }
    let choice = |place| Choice::new(place_key(place), words::place(place, names));
    places.into_iter().map(choice).collect()
}

/// The fields. `to` is where the form posts to: what was typed there and refused is shown again.
#[component]
pub fn TimeFields(
    to: &'static str,
    posted: PostedTime,
    places_of: PlaceNames,
    zones: Vec<String>,
    refused: Signal<Option<AppError>>,
) -> impl IntoView {
    let text = |field: &str, value: String| kept(to, &format!("form[{field}]")).unwrap_or(value);
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            let problem = refused.get().and_then(|error| error.field(field))?;
            Some(crate::words::problem(&problem))
        })
    };
    let kinds = TimeKind::ALL.map(|kind| Choice::new(kind.key(), words::kind_does(kind)));
    let mut repeats: Vec<_> = words::REPEATS
        .iter()
        .map(|(key, _, words)| Choice::new(*key, *words))
        .collect();
    repeats.push(Choice::new(words::CUSTOM, "as the rule below says"));
    let zones: Vec<Choice> = zones.into_iter().map(Choice::same).collect();
    let runs = OnRun::ALL.map(|one| Choice::new(one.key(), words::on_run(one)));
    view! {
        <input type="hidden" name="form[row_version]" value=posted.row_version.to_string() />
        <Section id="what" title="What" class="tight">
            <div class="form">
                <Select name="form[kind]" id="f-kind" label="Kind" choices=kinds.to_vec() value=text("kind", posted.kind) required=true />
                <TextField name="form[name]" id="f-name" label="Name" hint="Such as: Year end." value=text("name", posted.name) error=wrong("name") required=true autocomplete="off" />
                <TextArea name="form[reason]" id="f-reason" label="Why" hint="Whoever is held by it reads this." rows=2 value=text("reason", posted.reason) error=wrong("reason") required=true />
                <Select name="form[place]" id="f-place" label="Where" choices=places(&places_of) value=text("place", posted.place) error=wrong("place") required=true />
            </div>
        </Section>
        <Section id="when" title="When">
            <div class="form">
                <div class="pair">
                    <TextField name="form[from]" id="f-from" label="Begins" kind="datetime-local" value=text("from", posted.from) error=wrong("from") required=true />
                    <TextField name="form[to]" id="f-to" label="Ends" kind="datetime-local" value=text("to", posted.to) error=wrong("to") required=true />
                </div>
                <Select
                    name="form[zone]"
                    id="f-zone"
                    label="Time zone"
                    hint="It stays at these hours when summer time begins or ends there."
                    choices=zones
                    value=text("zone", posted.zone)
                    error=wrong("zone")
                    required=true
                />
                <div class="pair">
                    <Select name="form[repeat]" id="f-repeat" label="Comes again" choices=repeats value=text("repeat", posted.repeat) />
                    <TextField
                        name="form[rule]"
                        id="f-rule"
                        label="Rule"
                        hint="RFC 5545, such as FREQ=WEEKLY;BYDAY=FR. Only for “as the rule below says”."
                        value=text("rule", posted.rule)
                        error=wrong("rule")
                        autocomplete="off"
                    />
                </div>
            </div>
        </Section>
        <Section id="run" title="What runs already">
            <div class="form">
                <Select
                    name="form[on_run]"
                    id="f-on_run"
                    label="When its time is over, a running deployment is"
                    hint="A rollback is never held."
                    choices=runs.to_vec()
                    value=text("on_run", posted.on_run)
                    required=true
                />
            </div>
        </Section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::{EnvironmentId, ServiceId};
    use uuid::Uuid;

    #[test]
    fn places_are_read_as_they_are_written() {
        let (service, environment) = (ServiceId(Uuid::from_u128(1)), EnvironmentId(Uuid::from_u128(2)));
        let all = [
            Place::Instance,
            Place::Tier { tier: Tier::Staging },
            Place::Service { service },
            Place::Environment { service, environment },
        ];
        for place in all {
            assert_eq!(place_of(&place_key(place)), Some(place));
        }
        for wrong in ["", "tier", "tier:mars", "service:1", "instance:x", "environment:1"] {
            assert_eq!(place_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_form_says_what_can_not_be_read_and_reads_the_rest_back() {
        let empty = PostedTime::new("UTC".into()).read().unwrap_err();
        assert!(empty.get("from").is_some() && empty.get("to").is_some());
        let posted = PostedTime {
            name: "Year end".into(),
            from: "2026-12-20T18:00".into(),
            to: "2027-01-03T06:00".into(),
            repeat: "custom".into(),
            ..PostedTime::new("Europe/Berlin".into())
        };
        assert_eq!(posted.read().unwrap_err().get("rule"), Some(&Problem::Missing));
        let posted = PostedTime {
            repeat: "yearly".into(),
            ..posted
        };
        let form = posted.read().unwrap();
        assert_eq!(form.schedule.rule, "FREQ=YEARLY");
    }
}
