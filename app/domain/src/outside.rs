//! Deployments that something else made: reported, shown, and believed as to what runs. They approve nothing and pass no gate.

use crate::access::By;
use crate::check::is_commit;
use crate::deployment::Running;
use crate::field::{FieldErrors, Problem, check_length, is_url};
use crate::id::{OutsideId, ReleaseId};
use crate::service::Tier;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How it stands, as its source tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum OutsideState {
    Started,
    Succeeded,
    Failed,
}

impl OutsideState {
    pub const ALL: [OutsideState; 3] = [OutsideState::Started, OutsideState::Succeeded, OutsideState::Failed];

    /// The word by which it is stored and posted.
    pub fn key(self) -> &'static str {
        match self {
            OutsideState::Started => "started",
            OutsideState::Succeeded => "succeeded",
            OutsideState::Failed => "failed",
        }
    }

    /// The state with this word.
    pub fn from_key(key: &str) -> Option<OutsideState> {
        OutsideState::ALL.into_iter().find(|state| state.key() == key)
    }

    /// Whether it is over.
    pub fn ended(self) -> bool {
        self != OutsideState::Started
    }
}

/// Who told of it. Each source counts its own ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A program, by the API.
    Report,
    /// GitHub, by its webhook or when it was asked.
    Github,
}

impl Source {
    /// The word by which it is stored.
    pub fn key(self) -> &'static str {
        match self {
            Source::Report => "report",
            Source::Github => "github",
        }
    }
}

/// What a program tells of a deployment that it made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideForm {
    /// Name of an environment of the service.
    pub environment: String,
    pub version: String,
    /// Whole; may be empty.
    pub commit: String,
    pub state: OutsideState,
    /// What deployed: "GitHub Actions", "Argo CD".
    pub tool: String,
    /// Where it can be read; may be empty.
    pub url: String,
    /// The same id is the same deployment.
    pub external_id: String,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl OutsideForm {
    /// What is wrong, by the names of the fields. Whether the environment exists is not known here.
    pub fn check(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        for (field, text, most) in [
            ("version", &self.version, 100),
            ("tool", &self.tool, 100),
            ("external_id", &self.external_id, 200),
        ] {
            check_length(&mut errors, field, text.trim(), 1, most);
            if text.chars().any(char::is_control) {
                let why = "it has characters that can't be shown".into();
                errors.add(field, Problem::Unreadable { why });
            }
        }
        if !self.commit.is_empty() && !is_commit(&self.commit) {
            errors.add("commit", Problem::Digest);
        }
        if !self.url.is_empty() && !is_url(&self.url) {
            errors.add("url", Problem::Url);
        }
        check_length(&mut errors, "url", &self.url, 0, 1_000);
        if self.finished_at.is_some() && !self.state.ended() {
            errors.add("state", Problem::Mismatch);
        }
        if let (Some(started), Some(finished)) = (self.started_at, self.finished_at)
            && finished < started
        {
            errors.add("finished_at", Problem::Order);
        }
        errors
    }

    /// When its state came to be: as it tells, else now. A source whose clock is ahead does not silence what comes after.
    pub fn at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let told = match self.state.ended() {
            true => self.finished_at,
            false => self.started_at,
        };
        told.map_or(now, |told| told.min(now))
    }
}

/// A deployment that something else made, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    pub id: OutsideId,
    pub service: String,
    pub environment: String,
    pub tier: Tier,
    pub version: String,
    pub commit: String,
    pub state: OutsideState,
    pub tool: String,
    pub url: String,
    pub external_id: String,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// When its state came to be.
    pub at: DateTime<Utc>,
    /// The release of this version, if there is one.
    pub release: Option<ReleaseId>,
    /// The number of the deployment of ours that it was part of. None: it went around the gates.
    pub within: Option<i64>,
    /// Who told.
    pub by: By,
    pub reported_at: DateTime<Utc>,
}

/// A release that the source repository published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    pub tag: String,
    /// May be empty.
    pub name: String,
    pub url: String,
    pub prerelease: bool,
    pub at: DateTime<Utc>,
}

/// What is kept of a deployment's state: when it came to be, and which it is.
pub type Moment = (DateTime<Utc>, OutsideState);

/// Whether a report takes the place of what is kept. The newer one does; of two at one moment the one that says more, so that the order in which they come
/// makes no difference.
pub fn replaces(kept: Moment, told: Moment) -> bool {
    told > kept
}

/// What is believed to run: what our own record says, unless another version was brought past it later.
///
/// `outside` is the newest success that was not part of a deployment of ours. One of the version that runs by our record changes nothing: it is there.
pub fn believed(ours: Option<Running>, outside: Option<Running>) -> Option<Running> {
    match (ours, outside) {
        (Some(ours), Some(outside)) if outside.since > ours.since && outside.version != ours.version => Some(outside),
        (Some(ours), _) => Some(ours),
        (None, outside) => outside,
    }
}

/// Which of these names is meant: the same one, else the one that differs in capitals only.
pub fn named<'a>(names: impl Iterator<Item = &'a str> + Clone, given: &str) -> Option<&'a str> {
    let given = given.trim();
    let same = names.clone().find(|name| *name == given);
    same.or_else(|| {
        let mut near = names.filter(|name| name.to_lowercase() == given.to_lowercase());
        near.next()
    })
}

/// A tag or a version as releases are called here: "v1.4.0" is 1.4.0.
pub fn plain_version(given: &str) -> &str {
    let given = given.trim();
    let given = given.strip_prefix("refs/tags/").unwrap_or(given);
    match given.strip_prefix(['v', 'V']) {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => given,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::Brought;
    use crate::id::DeploymentId;
    use uuid::Uuid;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(minute)
    }

    fn running(version: &str, outside: bool, minute: i64) -> Option<Running> {
        let brought = match outside {
            true => Brought::Outside {
                outside: OutsideId(Uuid::nil()),
                tool: "Argo CD".into(),
            },
            false => Brought::Deployment {
                deployment: DeploymentId(Uuid::nil()),
            },
        };
        Some(Running {
            version: version.into(),
            release: None,
            brought,
            since: at(minute),
        })
    }

    #[test]
    fn the_later_one_is_believed() {
        let (ours, later, before) = (
            running("1.0.0", false, 5),
            running("1.1.0", true, 6),
            running("0.9.0", true, 4),
        );
        assert_eq!(believed(ours.clone(), later.clone()), later);
        assert_eq!(believed(ours.clone(), before.clone()), ours);
        assert_eq!(believed(ours.clone(), running("1.1.0", true, 5)), ours, "ours at a tie");
        assert_eq!(believed(None, before.clone()), before);
        assert_eq!(believed(ours.clone(), None), ours);
        assert_eq!(believed(None, None), None);
        let same = running("1.0.0", true, 9);
        assert_eq!(believed(ours.clone(), same), ours, "it ran already");
    }

    #[test]
    fn any_order_of_reports_ends_the_same() {
        use OutsideState::{Failed, Started, Succeeded};
        let told = [
            (at(1), Started),
            (at(3), Succeeded),
            (at(3), Started),
            (at(2), Failed),
            (at(3), Succeeded),
        ];
        for turn in 0..told.len() {
            let mut order = told;
            order.rotate_left(turn);
            for reversed in [false, true] {
                if reversed {
                    order.reverse();
                }
                let mut kept = order[0];
                for one in order {
                    if replaces(kept, one) {
                        kept = one;
                    }
                }
                assert_eq!(kept, (at(3), Succeeded));
            }
        }
    }

    #[test]
    fn a_name_is_found_by_itself_first() {
        let names = ["Production", "production", "staging"];
        assert_eq!(named(names.into_iter(), "production"), Some("production"));
        assert_eq!(named(names.into_iter(), " STAGING "), Some("staging"));
        assert_eq!(named(names.into_iter(), "github-pages"), None);
    }

    #[test]
    fn a_tag_is_a_version() {
        for (given, plain) in [
            ("v1.4.0", "1.4.0"),
            ("refs/tags/v2.0.0-rc.1", "2.0.0-rc.1"),
            ("1.4.0", "1.4.0"),
            ("vanilla", "vanilla"),
            ("", ""),
        ] {
            assert_eq!(plain_version(given), plain);
        }
    }

    #[test]
    fn a_report_says_what_is_wrong_with_it() {
        let good = OutsideForm {
            environment: "production".into(),
            version: "1.4.0".into(),
            commit: String::new(),
            state: OutsideState::Started,
            tool: "Argo CD".into(),
            url: String::new(),
            external_id: "77".into(),
            started_at: Some(at(5)),
            finished_at: None,
        };
        assert!(good.check().is_empty());
        assert_eq!(good.at(at(9)), at(5));
        assert_eq!(good.at(at(2)), at(2), "a clock that is ahead");
        let bad = OutsideForm {
            version: " ".into(),
            commit: "main".into(),
            tool: "a\u{7}b".into(),
            url: "ftp://x".into(),
            external_id: String::new(),
            finished_at: Some(at(4)),
            ..good
        };
        let errors = bad.check();
        for field in [
            "version",
            "commit",
            "tool",
            "url",
            "external_id",
            "state",
            "finished_at",
        ] {
            assert!(errors.get(field).is_some(), "{field}: {errors:?}");
        }
    }
}
