//! The plan as a form posts it: all of it text, so that nothing is lost when some of it can't be read. Pure.

use chrono::{DateTime, NaiveDateTime, Utc};
use domain::field::{FieldErrors, Problem};
use domain::release::{Artifact, Change, ChangeKind, Release, ReleaseForm, Window};
use serde::{Deserialize, Serialize};

use super::clash::ClashRow;
use crate::ui::zone::{Stamp, Zone};

/// What the form holds. The names of its inputs are `form[title]`, `form[changes][0][text]`, and so on.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedRelease {
    pub version: String,
    pub title: String,
    pub reference: String,
    pub digest: String,
    pub commit: String,
    pub changes: Vec<PostedChange>,
    pub database_changes: String,
    /// As a `datetime-local` field sends it, in the zone of the person.
    pub opens_at: String,
    pub closes_at: String,
    pub duration_min: String,
    pub rollback_plan: String,
    pub rollback_min: String,
    pub verification: String,
    pub notes: String,
    pub known_issues: String,
    /// The version of the row that the person saw; 0 for a new release.
    pub row_version: i32,
    /// Keys of the fields in which the other person's text is taken instead of this one, after a conflict.
    pub take: Vec<String>,
}

/// One line of the changes. A line without text does not count.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedChange {
    pub kind: String,
    pub text: String,
}

impl PostedRelease {
    /// What stands in the form for a kept release.
    pub fn of(release: &Release, zone: &Zone) -> PostedRelease {
        PostedRelease {
            row_version: release.row_version,
            ..PostedRelease::written(&release.form, zone)
        }
    }

    fn written(form: &ReleaseForm, zone: &Zone) -> PostedRelease {
        let minutes = |n: u32| if n == 0 { String::new() } else { n.to_string() };
        let moment = |at: DateTime<Utc>| zone.write(at, Stamp::Field);
        PostedRelease {
            version: form.version.clone(),
            title: form.title.clone(),
            reference: form.artifact.reference.clone(),
            digest: form.artifact.digest.clone(),
            commit: form.commit.clone(),
            changes: form.changes.iter().map(PostedChange::of).collect(),
            database_changes: form.database_changes.clone(),
            opens_at: form.window.map(|window| moment(window.opens_at)).unwrap_or_default(),
            closes_at: form.window.map(|window| moment(window.closes_at)).unwrap_or_default(),
            duration_min: minutes(form.duration_min),
            rollback_plan: form.rollback_plan.clone(),
            rollback_min: minutes(form.rollback_min),
            verification: form.verification.clone(),
            notes: form.notes.clone(),
            known_issues: form.known_issues.clone(),
            row_version: form.row_version,
            take: Vec::new(),
        }
    }

    /// What was typed into a form that failed without script, by the names of its inputs; None when none failed.
    pub fn kept(field: impl Fn(&str) -> Option<String>) -> Option<PostedRelease> {
        field("form[version]").or_else(|| field("form[title]"))?;
        let text = |name: &str| field(&format!("form[{name}]")).unwrap_or_default();
        let change = |i: u32| {
            let part = |name: &str| field(&format!("form[changes][{i}][{name}]"));
            Some(PostedChange {
                kind: part("kind")?,
                text: part("text").unwrap_or_default(),
            })
        };
        Some(PostedRelease {
            version: text("version"),
            title: text("title"),
            reference: text("reference"),
            digest: text("digest"),
            commit: text("commit"),
            changes: (0..200).map_while(change).collect(),
            database_changes: text("database_changes"),
            opens_at: text("opens_at"),
            closes_at: text("closes_at"),
            duration_min: text("duration_min"),
            rollback_plan: text("rollback_plan"),
            rollback_min: text("rollback_min"),
            verification: text("verification"),
            notes: text("notes"),
            known_issues: text("known_issues"),
            row_version: text("row_version").parse().unwrap_or_default(),
            take: Vec::new(),
        })
    }

    /// The release that is meant.
    ///
    /// # Errors
    /// What can't be read, and what the rules of a release say, by the names of this form: `changes.N.text` counts the
    /// lines as they were posted, empty ones included.
    pub fn read(&self, zone: &Zone) -> Result<ReleaseForm, FieldErrors> {
        let mut errors = FieldErrors::default();
        let filled: Vec<usize> = (0..self.changes.len())
            .filter(|i| !self.changes[*i].text.trim().is_empty())
            .collect();
        let form = ReleaseForm {
            version: self.version.trim().to_owned(),
            title: self.title.trim().to_owned(),
            artifact: Artifact {
                reference: self.reference.trim().to_owned(),
                digest: self.digest.trim().to_owned(),
            },
            commit: self.commit.trim().to_owned(),
            changes: filled.iter().map(|i| self.changes[*i].read()).collect(),
            database_changes: lines(&self.database_changes),
            window: self.window(zone, &mut errors),
            duration_min: minutes(&self.duration_min, "duration_min", &mut errors),
            rollback_plan: lines(&self.rollback_plan),
            rollback_min: minutes(&self.rollback_min, "rollback_min", &mut errors),
            verification: lines(&self.verification),
            notes: lines(&self.notes),
            known_issues: lines(&self.known_issues),
            row_version: self.row_version,
        };
        for (field, problem) in form.check().0 {
            errors.add(&posted_field(&field, &filled), problem);
        }
        errors.into_result().map(|()| form)
    }

    fn window(&self, zone: &Zone, errors: &mut FieldErrors) -> Option<Window> {
        let opens = moment(&self.opens_at, zone);
        let closes = moment(&self.closes_at, zone);
        let mut bad = |field: &str, read: &Result<Option<DateTime<Utc>>, Problem>| {
            if let Err(problem) = read {
                errors.add(field, problem.clone());
            }
        };
        bad("opens_at", &opens);
        bad("closes_at", &closes);
        match (opens, closes) {
            (Ok(Some(opens_at)), Ok(Some(closes_at))) => Some(Window { opens_at, closes_at }),
            (Ok(Some(_)), Ok(None)) => {
                errors.add("closes_at", Problem::Missing);
                None
            }
            (Ok(None), Ok(Some(_))) => {
                errors.add("opens_at", Problem::Missing);
                None
            }
            _ => None,
        }
    }

    /// This form with the other person's text in the fields that were chosen, and the other person's row version.
    #[must_use]
    pub fn taking(mut self, theirs: &PostedRelease) -> PostedRelease {
        for key in std::mem::take(&mut self.take) {
            match key.as_str() {
                "changes" => self.changes.clone_from(&theirs.changes),
                "window" => {
                    self.opens_at.clone_from(&theirs.opens_at);
                    self.closes_at.clone_from(&theirs.closes_at);
                }
                key => {
                    if let (Some(mine), Some(text)) = (self.text_mut(key), theirs.clone().text_mut(key)) {
                        std::mem::swap(mine, text);
                    }
                }
            }
        }
        self
    }

    fn text_mut(&mut self, key: &str) -> Option<&mut String> {
        Some(match key {
            "version" => &mut self.version,
            "title" => &mut self.title,
            "reference" => &mut self.reference,
            "digest" => &mut self.digest,
            "commit" => &mut self.commit,
            "database_changes" => &mut self.database_changes,
            "duration_min" => &mut self.duration_min,
            "rollback_plan" => &mut self.rollback_plan,
            "rollback_min" => &mut self.rollback_min,
            "verification" => &mut self.verification,
            "notes" => &mut self.notes,
            "known_issues" => &mut self.known_issues,
            _ => return None,
        })
    }

    /// The fields in which this form and the other one differ, in the order of the page.
    pub fn clash(&self, theirs: &PostedRelease) -> Vec<ClashRow> {
        let changes = |form: &PostedRelease| {
            let filled = form.changes.iter().filter(|change| !change.text.trim().is_empty());
            filled
                .map(|change| format!("{}: {}", change.kind, change.text.trim()))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let window = |form: &PostedRelease| match (form.opens_at.as_str(), form.closes_at.as_str()) {
            ("", "") => String::new(),
            (opens, closes) => format!("{} to {}", opens.replace('T', " "), closes.replace('T', " ")),
        };
        let mut rows = Vec::new();
        for (key, label) in LABELS {
            let (mine, other) = match key {
                "changes" => (changes(self), changes(theirs)),
                "window" => (window(self), window(theirs)),
                key => (
                    self.clone().text_mut(key).map(|text| lines(text)).unwrap_or_default(),
                    theirs.clone().text_mut(key).map(|text| lines(text)).unwrap_or_default(),
                ),
            };
            if mine != other {
                rows.push(ClashRow {
                    key: key.to_owned(),
                    label: label.to_owned(),
                    theirs: other,
                    mine,
                });
            }
        }
        rows
    }
}

/// Keys of the fields and what people call them, in the order of the page.
const LABELS: [(&str, &str); 14] = [
    ("version", "Version"),
    ("title", "Title"),
    ("reference", "Artifact"),
    ("digest", "Digest"),
    ("commit", "Commit"),
    ("changes", "Changes"),
    ("database_changes", "Database changes"),
    ("window", "Window"),
    ("duration_min", "Duration"),
    ("rollback_plan", "Rollback plan"),
    ("rollback_min", "Rollback takes"),
    ("verification", "Verification"),
    ("notes", "Deployment notes"),
    ("known_issues", "Known issues"),
];

impl PostedChange {
    fn of(change: &Change) -> PostedChange {
        PostedChange {
            kind: change.kind.key().to_owned(),
            text: change.text.clone(),
        }
    }

    fn read(&self) -> Change {
        let kind = ChangeKind::from_key(&self.kind).unwrap_or(ChangeKind::Feature);
        Change {
            kind,
            text: self.text.trim().to_owned(),
        }
    }
}

/// A field of the rules by its name in this form.
fn posted_field(field: &str, filled: &[usize]) -> String {
    let change = field.strip_prefix("changes.").and_then(|rest| rest.split_once('.'));
    if let Some((place, part)) = change {
        let posted = place.parse::<usize>().ok().and_then(|place| filled.get(place));
        return posted.map_or_else(|| field.to_owned(), |posted| format!("changes.{posted}.{part}"));
    }
    let known = [
        ("artifact.reference", "reference"),
        ("artifact.digest", "digest"),
        ("window.closes_at", "closes_at"),
    ];
    let found = known.iter().find(|(rule, _)| *rule == field);
    found.map_or_else(|| field.to_owned(), |(_, posted)| (*posted).to_owned())
}

/// Text with the line ends of forms made plain, without what stands empty around it.
pub fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

fn minutes(text: &str, field: &str, errors: &mut FieldErrors) -> u32 {
    const MOST: u32 = 7 * 24 * 60;
    let text = text.trim();
    if text.is_empty() {
        return 0;
    }
    match text.parse::<u32>() {
        Ok(n) if n <= MOST => n,
        _ => {
            errors.add(
                field,
                Problem::Range {
                    least: 0.0,
                    most: f64::from(MOST),
                },
            );
            0
        }
    }
}

/// A wall time as a `datetime-local` field sends it, in a zone. Empty is none.
///
/// # Errors
/// [`Problem::Time`] when it is no date and time.
pub fn moment(text: &str, zone: &Zone) -> Result<Option<DateTime<Utc>>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let read = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
    let wall = read
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    wall.map(|wall| Some(zone.moment(wall))).ok_or(Problem::Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted() -> PostedRelease {
        PostedRelease {
            version: " 1.2.3 ".into(),
            title: "New user dashboard".into(),
            reference: "storefront:1.2.3".into(),
            digest: format!("sha256:{}", "a".repeat(64)),
            changes: vec![
                PostedChange::default(),
                PostedChange {
                    kind: "fix".into(),
                    text: "Payment processing".into(),
                },
            ],
            opens_at: "2026-01-15T11:00".into(),
            closes_at: "2026-01-15T13:00".into(),
            duration_min: "30".into(),
            ..PostedRelease::default()
        }
    }

    fn berlin() -> Zone {
        Zone::fixed("Europe/Berlin", 60)
    }

    #[test]
    fn a_form_is_read_in_the_persons_zone() {
        let form = posted().read(&berlin()).expect("a release");
        assert_eq!(form.version, "1.2.3");
        assert_eq!(
            form.changes,
            [Change {
                kind: ChangeKind::Fix,
                text: "Payment processing".into()
            }]
        );
        let window = form.window.expect("a window");
        assert_eq!(window.opens_at.to_rfc3339(), "2026-01-15T10:00:00+00:00");
        assert_eq!(PostedRelease::written(&form, &berlin()).opens_at, "2026-01-15T11:00");
    }

    #[test]
    fn errors_carry_the_names_of_the_form() {
        let mut bad = posted();
        bad.changes[1].text = "x".into();
        bad.digest = "latest".into();
        bad.closes_at = "25:00".into();
        bad.duration_min = "half an hour".into();
        let errors = bad.read(&berlin()).expect_err("four problems");
        assert_eq!(errors.get("changes.1.text"), Some(&Problem::TooShort { least: 3 }));
        assert_eq!(errors.get("digest"), Some(&Problem::Digest));
        assert_eq!(errors.get("closes_at"), Some(&Problem::Time));
        assert!(matches!(errors.get("duration_min"), Some(Problem::Range { .. })));
    }

    #[test]
    fn half_a_window_is_no_window() {
        let half = PostedRelease {
            closes_at: String::new(),
            ..posted()
        };
        assert_eq!(
            half.read(&berlin()).expect_err("half").get("closes_at"),
            Some(&Problem::Missing)
        );
    }

    #[test]
    fn what_was_typed_comes_back_without_script() {
        let fields = [
            ("form[version]", "1.2"),
            ("form[title]", "T"),
            ("form[changes][0][kind]", "fix"),
            ("form[changes][0][text]", "a fix"),
            ("form[changes][1][kind]", "update"),
            ("form[changes][1][text]", ""),
        ];
        let kept = PostedRelease::kept(|name| {
            fields
                .iter()
                .find(|(field, _)| *field == name)
                .map(|(_, value)| (*value).to_owned())
        });
        let kept = kept.expect("a failed form");
        assert_eq!((kept.version.as_str(), kept.changes.len()), ("1.2", 2));
        assert_eq!(kept.changes[0].text, "a fix");
        assert_eq!(PostedRelease::kept(|_| None), None);
    }

    #[test]
    fn a_conflict_shows_what_differs_and_takes_what_is_chosen() {
        let mine = PostedRelease {
            take: vec!["notes".into(), "window".into()],
            ..posted()
        };
        let theirs = PostedRelease {
            notes: "call Deepak\r\nfirst".into(),
            title: "Dashboard".into(),
            closes_at: "2026-01-15T14:00".into(),
            ..posted()
        };
        let keys: Vec<String> = mine.clash(&theirs).into_iter().map(|row| row.key).collect();
        assert_eq!(keys, ["title", "window", "notes"]);
        let merged = mine.taking(&theirs);
        assert_eq!(merged.title, "New user dashboard");
        assert_eq!(
            (merged.closes_at.as_str(), merged.notes.as_str()),
            ("2026-01-15T14:00", "call Deepak\r\nfirst")
        );
        assert!(merged.take.is_empty());
    }

    #[test]
    fn line_ends_of_forms_are_no_difference() {
        let mine = PostedRelease {
            notes: "a\r\nb".into(),
            ..posted()
        };
        let theirs = PostedRelease {
            notes: "a\nb".into(),
            ..posted()
        };
        assert_eq!(mine.clash(&theirs), []);
    }
}
