//! The report as a form posts it. Pure.

use chrono::{DateTime, Utc};
use domain::field::{FieldErrors, Problem};
use domain::incident::{IncidentForm, Severity};
use serde::{Deserialize, Serialize};

use crate::release::clash::ClashRow;
use crate::release::form::{lines, moment};
use crate::ui::zone::{Stamp, Zone};

/// What the form holds. The names of its inputs are `form[title]` and so on.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedIncident {
    pub title: String,
    /// What the status page calls it, or empty.
    pub public_title: String,
    pub severity: String,
    /// As a `datetime-local` field sends it, in the zone of the person.
    pub started_at: String,
    pub what_happened: String,
    pub impact: String,
    pub root_cause: String,
    pub resolution: String,
    pub lessons: String,
    /// The version of the row that the person saw; 0 for a new incident.
    pub row_version: i32,
    /// Keys of the fields in which the other person's text is taken, after a conflict.
    pub take: Vec<String>,
}

/// The parts of the report: key, title, and what belongs there.
pub const PARTS: [(&str, &str, &str); 5] = [
    (
        "what_happened",
        "What happened",
        "In order, with times: what was seen, by whom, what was done.",
    ),
    (
        "impact",
        "Impact",
        "Who was affected, how many, for how long; whether data was lost.",
    ),
    (
        "root_cause",
        "Root cause",
        "Why it could happen; why it was not found before.",
    ),
    ("resolution", "Resolution", "What ended it."),
    ("lessons", "Lessons learned", "What the next release does differently."),
];

impl PostedIncident {
    /// What stands in the form for a kept report.
    pub fn of(form: &IncidentForm, zone: &Zone) -> PostedIncident {
        PostedIncident {
            title: form.title.clone(),
            public_title: form.public_title.clone(),
            severity: form.severity.key().to_owned(),
            started_at: zone.write(form.started_at, Stamp::Field),
            what_happened: form.what_happened.clone(),
            impact: form.impact.clone(),
            root_cause: form.root_cause.clone(),
            resolution: form.resolution.clone(),
            lessons: form.lessons.clone(),
            row_version: form.row_version,
            take: Vec::new(),
        }
    }

    /// What was typed into a form that failed without script; None when none failed.
    pub fn kept(field: impl Fn(&str) -> Option<String>) -> Option<PostedIncident> {
        field("form[title]")?;
        let mut form = PostedIncident::default();
        for key in KEYS {
            if let Some(text) = form.text_mut(key) {
                *text = field(&format!("form[{key}]")).unwrap_or_default();
            }
        }
        form.row_version = field("form[row_version]")
            .and_then(|text| text.parse().ok())
            .unwrap_or_default();
        Some(form)
    }

    /// The report that is meant. `started_at` is what is kept now: a field shows minutes only, and one that was not
    /// touched keeps its seconds.
    ///
    /// # Errors
    /// What can't be read, and what the rules of a report say.
    pub fn read(&self, zone: &Zone, started_at: Option<DateTime<Utc>>) -> Result<IncidentForm, FieldErrors> {
        let mut errors = FieldErrors::default();
        let untouched = started_at.filter(|kept| zone.write(*kept, Stamp::Field) == self.started_at.trim());
        let started_at = match (untouched, moment(&self.started_at, zone)) {
            (Some(kept), _) => kept,
            (None, Ok(Some(at))) => at,
            (None, Ok(None)) => {
                errors.add("started_at", Problem::Missing);
                DateTime::UNIX_EPOCH
            }
            (None, Err(problem)) => {
                errors.add("started_at", problem);
                DateTime::UNIX_EPOCH
            }
        };
        let severity = Severity::from_key(&self.severity).unwrap_or_else(|| {
            errors.add("severity", Problem::Unknown);
            Severity::Medium
        });
        let form = IncidentForm {
            title: self.title.trim().to_owned(),
            public_title: self.public_title.trim().to_owned(),
            severity,
            what_happened: lines(&self.what_happened),
            impact: lines(&self.impact),
            root_cause: lines(&self.root_cause),
            resolution: lines(&self.resolution),
            lessons: lines(&self.lessons),
            started_at,
            row_version: self.row_version,
        };
        for (field, problem) in form.check().0 {
            errors.add(&field, problem);
        }
        errors.into_result().map(|()| form)
    }

    /// This form with the other person's text in the fields that were chosen.
    #[must_use]
    pub fn taking(mut self, theirs: &PostedIncident) -> PostedIncident {
        let mut theirs = theirs.clone();
        for key in std::mem::take(&mut self.take) {
            if let (Some(mine), Some(text)) = (self.text_mut(&key), theirs.text_mut(&key)) {
                mine.clone_from(text);
            }
        }
        self
    }

    /// The fields in which this form and the other one differ, in the order of the page.
    pub fn clash(&self, theirs: &PostedIncident) -> Vec<ClashRow> {
        let text =
            |form: &PostedIncident, key: &str| form.clone().text_mut(key).map(|text| lines(text)).unwrap_or_default();
        let row = |key: &str| {
            let (mine, theirs) = (text(self, key), text(theirs, key));
            (mine != theirs).then(|| ClashRow {
                key: key.to_owned(),
                label: label(key),
                theirs,
                mine,
            })
        };
        KEYS.iter().filter_map(|key| row(key)).collect()
    }

    /// The text of a part of the report.
    pub fn part(&self, key: &str) -> String {
        self.clone().text_mut(key).cloned().unwrap_or_default()
    }

    fn text_mut(&mut self, key: &str) -> Option<&mut String> {
        Some(match key {
            "title" => &mut self.title,
            "public_title" => &mut self.public_title,
            "severity" => &mut self.severity,
            "started_at" => &mut self.started_at,
            "what_happened" => &mut self.what_happened,
            "impact" => &mut self.impact,
            "root_cause" => &mut self.root_cause,
            "resolution" => &mut self.resolution,
            "lessons" => &mut self.lessons,
            _ => return None,
        })
    }
}

const KEYS: [&str; 9] = [
    "title",
    "public_title",
    "severity",
    "started_at",
    "what_happened",
    "impact",
    "root_cause",
    "resolution",
    "lessons",
];

/// What people call a field, by its name in an error.
pub fn label(field: &str) -> String {
    let part = PARTS.iter().find(|(key, ..)| *key == field);
    match (field, part) {
        (_, Some((_, title, _))) => (*title).to_owned(),
        ("title", _) => "Title".to_owned(),
        ("public_title", _) => "Public title".to_owned(),
        ("severity", _) => "Severity".to_owned(),
        ("started_at", _) => "Started".to_owned(),
        ("service", _) => "Service".to_owned(),
        (other, _) => other.replace('_', " "),
    }
}

/// Id of the control of a field.
pub fn control(field: &str) -> String {
    format!("f-{}", field.replace('.', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted() -> PostedIncident {
        PostedIncident {
            title: "Errors on the new dashboard".into(),
            severity: "high".into(),
            started_at: "2026-01-15T11:18".into(),
            ..PostedIncident::default()
        }
    }

    fn berlin() -> Zone {
        Zone::fixed("Europe/Berlin", 60)
    }

    #[test]
    fn a_start_that_was_not_touched_keeps_its_seconds() {
        let kept: DateTime<Utc> = "2026-01-15T10:18:38Z".parse().expect("a moment");
        assert_eq!(posted().read(&berlin(), Some(kept)).expect("a report").started_at, kept);
        let moved = PostedIncident {
            started_at: "2026-01-15T11:19".into(),
            ..posted()
        };
        assert_eq!(
            moved
                .read(&berlin(), Some(kept))
                .expect("a report")
                .started_at
                .to_rfc3339(),
            "2026-01-15T10:19:00+00:00"
        );
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let bad = PostedIncident {
            severity: "sev0".into(),
            started_at: String::new(),
            ..PostedIncident::default()
        };
        let errors = bad.read(&berlin(), None).expect_err("three problems");
        assert!(
            ["title", "severity", "started_at"]
                .iter()
                .all(|field| errors.get(field).is_some()),
            "{errors:?}"
        );
    }

    #[test]
    fn either_version_can_be_taken() {
        let mine = PostedIncident {
            impact: "187 people".into(),
            take: vec!["lessons".into()],
            ..posted()
        };
        let theirs = PostedIncident {
            lessons: "old accounts in staging".into(),
            ..posted()
        };
        let keys: Vec<String> = mine.clash(&theirs).into_iter().map(|row| row.key).collect();
        assert_eq!(keys, ["impact", "lessons"]);
        let merged = mine.taking(&theirs);
        assert_eq!(
            (merged.impact.as_str(), merged.lessons.as_str()),
            ("187 people", "old accounts in staging")
        );
    }
}
