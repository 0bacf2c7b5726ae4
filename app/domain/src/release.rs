//! A release: one version of a service with its plan and its checklist.

use crate::access::Person;
use crate::field::{FieldErrors, Problem, check_length, is_url};
use crate::id::{ItemId, PersonId, ReleaseId, ServiceId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is deployed, by content.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Artifact {
    /// How the target finds it: `storefront:1.2.3`.
    pub reference: String,
    /// What it is: `sha256:` and 64 hexadecimal digits, or a commit.
    pub digest: String,
}

/// What a change is, as the procedure's plan lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Feature,
    Fix,
    Update,
    Security,
}

impl ChangeKind {
    pub const ALL: [ChangeKind; 4] = [
        ChangeKind::Feature,
        ChangeKind::Fix,
        ChangeKind::Update,
        ChangeKind::Security,
    ];

    pub fn key(self) -> &'static str {
        match self {
            ChangeKind::Feature => "feature",
            ChangeKind::Fix => "fix",
            ChangeKind::Update => "update",
            ChangeKind::Security => "security",
        }
    }

    pub fn from_key(key: &str) -> Option<ChangeKind> {
        ChangeKind::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// One line of what a release brings.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Change {
    pub kind: ChangeKind,
    pub text: String,
}

/// The planned window, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
}

/// What a person plans: all fields of a release that can be edited.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReleaseForm {
    /// Semantic version without a leading `v`.
    pub version: String,
    pub title: String,
    pub artifact: Artifact,
    /// Commit of the source; may be empty.
    pub commit: String,
    pub changes: Vec<Change>,
    /// One database change a line; empty: none.
    pub database_changes: String,
    pub window: Option<Window>,
    /// Expected minutes of the roll-out.
    pub duration_min: u32,
    /// What to do when it goes wrong.
    pub rollback_plan: String,
    /// Expected minutes of the way back.
    pub rollback_min: u32,
    /// One verification step a line.
    pub verification: String,
    /// Not covered by the plan digest.
    pub notes: String,
    /// Not covered by the plan digest.
    pub known_issues: String,
    /// The version of the row that the person saw; 0 for a new release.
    pub row_version: i32,
}

impl ReleaseForm {
    /// What is wrong, by field.
    pub fn check(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        if self.version.trim().is_empty() {
            errors.add("version", Problem::Missing);
        } else if semver::Version::parse(self.version.trim()).is_err() {
            errors.add("version", Problem::Version);
        }
        check_length(&mut errors, "title", &self.title, 3, 120);
        check_length(&mut errors, "artifact.reference", &self.artifact.reference, 1, 300);
        if self.artifact.digest.trim().is_empty() {
            errors.add("artifact.digest", Problem::Missing);
        } else if !is_digest(self.artifact.digest.trim()) {
            errors.add("artifact.digest", Problem::Digest);
        }
        if self.changes.is_empty() {
            errors.add("changes", Problem::Missing);
        }
        for (i, change) in self.changes.iter().enumerate() {
            check_length(&mut errors, &format!("changes.{i}.text"), &change.text, 3, 300);
        }
        if self.window.is_some_and(|window| window.closes_at <= window.opens_at) {
            errors.add("window.closes_at", Problem::Order);
        }
        for (field, text) in [
            ("rollback_plan", &self.rollback_plan),
            ("verification", &self.verification),
            ("database_changes", &self.database_changes),
            ("notes", &self.notes),
            ("known_issues", &self.known_issues),
        ] {
            check_length(&mut errors, field, text, 0, 20_000);
        }
        errors
    }
}

/// A content digest (`sha256:` and 64 hexadecimal digits) or a commit (7 to 64 hexadecimal digits).
pub fn is_digest(text: &str) -> bool {
    let hex = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit());
    match text.strip_prefix("sha256:") {
        Some(rest) => rest.len() == 64 && hex(rest),
        None => (7..=64).contains(&text.len()) && hex(text),
    }
}

/// A release as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub id: ReleaseId,
    pub service: ServiceId,
    pub form: ReleaseForm,
    /// Name and version of the checklist template that it was made from.
    pub template: TemplateRef,
    pub created_by: PersonId,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub row_version: i32,
}

/// A template by name and version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TemplateRef {
    pub name: String,
    pub version: i32,
}

/// A checklist item's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    Open,
    Done,
    NotApplicable,
}

/// A checklist item of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub id: ItemId,
    pub section: String,
    pub position: i32,
    pub text: String,
    /// When it counts: "if applicable", "if customer-facing"; empty: always.
    pub condition: String,
    pub state: ItemState,
    /// A link or a sentence when done; the reason when not applicable.
    pub evidence: String,
    pub by: Option<PersonId>,
    pub at: Option<DateTime<Utc>>,
    pub row_version: i32,
}

/// What a person does with an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum ItemAct {
    Tick { evidence: String },
    NotApplicable { reason: String },
    Reopen,
}

/// The least characters of a sentence that counts as evidence or as a reason.
pub const EVIDENCE_LEAST: u32 = 10;

impl ItemAct {
    /// The state after this act, and the evidence to keep with it. Ticking again replaces the evidence.
    ///
    /// # Errors
    /// `evidence` or `reason`, when it is neither a link nor a sentence of [`EVIDENCE_LEAST`] characters.
    pub fn apply(&self) -> Result<(ItemState, String), FieldErrors> {
        let enough = |text: &str| is_url(text) || text.chars().count() as u32 >= EVIDENCE_LEAST;
        match self {
            ItemAct::Tick { evidence } if enough(evidence.trim()) => Ok((ItemState::Done, evidence.trim().to_owned())),
            ItemAct::Tick { .. } => Err(FieldErrors::one(
                "evidence",
                Problem::Evidence { least: EVIDENCE_LEAST },
            )),
            ItemAct::NotApplicable { reason } if enough(reason.trim()) => {
                Ok((ItemState::NotApplicable, reason.trim().to_owned()))
            }
            ItemAct::NotApplicable { .. } => {
                Err(FieldErrors::one("reason", Problem::Evidence { least: EVIDENCE_LEAST }))
            }
            ItemAct::Reopen => Ok((ItemState::Open, String::new())),
        }
    }
}

/// A section of a checklist template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSection {
    pub title: String,
    pub items: Vec<TemplateItem>,
}

/// An item of a checklist template: the text, and the condition that stood in brackets behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateItem {
    pub text: String,
    pub condition: String,
}

/// Reads a checklist from Markdown: `- [ ]` lines under headings of the second or third level. Other lines are prose.
///
/// A condition is what stands in brackets at the end of an item and begins with "if": `Status page prepared (if customer-facing)`.
pub fn parse_checklist(markdown: &str) -> Vec<TemplateSection> {
    let mut sections: Vec<TemplateSection> = Vec::new();
    for line in markdown.lines().map(str::trim) {
        let heading = line.strip_prefix("### ").or_else(|| line.strip_prefix("## "));
        if let Some(title) = heading {
            sections.push(TemplateSection {
                title: title.trim().to_owned(),
                items: Vec::new(),
            });
        } else if let (Some(text), Some(section)) = (line.strip_prefix("- [ ] "), sections.last_mut()) {
            section.items.push(template_item(text.trim()));
        }
    }
    sections.retain(|section| !section.items.is_empty());
    sections
}

fn template_item(text: &str) -> TemplateItem {
    let split = text.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    match split {
        Some((text, condition)) if condition.starts_with("if ") => TemplateItem {
            text: text.to_owned(),
            condition: condition.to_owned(),
        },
        _ => TemplateItem {
            text: text.to_owned(),
            condition: String::new(),
        },
    }
}

/// How far a section of a checklist is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionProgress {
    pub section: String,
    pub settled: u32,
    pub total: u32,
}

/// Progress by section, in the order of the items.
pub fn progress(items: &[Item]) -> Vec<SectionProgress> {
    let mut sections: Vec<SectionProgress> = Vec::new();
    for item in items {
        if sections.last().is_none_or(|last| last.section != item.section) {
            sections.push(SectionProgress {
                section: item.section.clone(),
                settled: 0,
                total: 0,
            });
        }
        if let Some(last) = sections.last_mut() {
            last.total += 1;
            last.settled += u32::from(item.state != ItemState::Open);
        }
    }
    sections
}

/// A release in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseLine {
    pub id: ReleaseId,
    pub service: String,
    pub version: String,
    pub title: String,
    pub created_at: DateTime<Utc>,
    pub settled: u32,
    pub items: u32,
    /// Where it runs or ran last: name, tier and how it stands there.
    pub reached: Vec<Reached>,
}

/// How a release stands in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    pub environment: String,
    pub tier: crate::service::Tier,
    pub deployment: crate::id::DeploymentId,
    pub state: crate::deployment::State,
    /// It is what runs there now.
    pub running: bool,
}

/// A release with all that its page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleasePage {
    pub release: Release,
    pub service: crate::service::Service,
    pub items: Vec<Item>,
    pub environments: Vec<ReleaseEnvironment>,
    pub deployments: Vec<crate::deployment::DeploymentLine>,
    /// Deployments of this version that something else made, newest first.
    pub outside: Vec<crate::outside::Outside>,
    /// What the source repository published under this version.
    pub published: Option<crate::outside::Published>,
    /// Everybody whose id the page mentions.
    pub people: Vec<Person>,
}

/// A release beside one environment: what would run, what holds it, what has been decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleaseEnvironment {
    pub environment: crate::service::Environment,
    pub running: Option<crate::deployment::Running>,
    pub lock: Option<crate::gate::Lock>,
    /// The plan as it would be frozen now.
    pub plan: crate::plan::Plan,
    /// Its digest.
    pub digest: crate::plan::PlanDigest,
    pub facts: crate::gate::GateFacts,
    /// The newest request for approval, if there is one, with all decisions on it.
    pub request: Option<ApprovalRequest>,
}

/// A request for approval of one plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApprovalRequest {
    pub id: crate::id::RequestId,
    pub digest: crate::plan::PlanDigest,
    pub by: PersonId,
    pub at: DateTime<Utc>,
    /// The plan that was asked for: what approvers see, beside what it became.
    pub plan: crate::plan::Plan,
    pub approvals: Vec<Approval>,
}

/// One person's decision on one plan digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub id: crate::id::ApprovalId,
    pub by: PersonId,
    /// The role that the person had when deciding: membership counts then.
    pub role: crate::access::Role,
    pub decision: Decision,
    pub comment: String,
    pub digest: crate::plan::PlanDigest,
    pub at: DateTime<Utc>,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Approve,
    Reject,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checklist_is_read_from_markdown() {
        let sections = parse_checklist(
            "# T\nprose\n\n### Code & tests\n- [ ] All tests pass (unit, integration, e2e)\n- [ ] Fast (if applicable)\n### None\ntext",
        );
        assert_eq!(sections.len(), 1);
        assert_eq!(sections[0].items[0].text, "All tests pass (unit, integration, e2e)");
        assert_eq!(
            sections[0].items[1],
            TemplateItem {
                text: "Fast".into(),
                condition: "if applicable".into()
            }
        );
    }

    #[test]
    fn evidence_is_a_link_or_a_sentence() {
        let tick = |text: &str| ItemAct::Tick { evidence: text.into() }.apply();
        assert!(tick("ok").is_err());
        assert_eq!(tick(" https://ci/1 "), Ok((ItemState::Done, "https://ci/1".into())));
        assert!(tick("ran it twice on a copy").is_ok());
        assert!(ItemAct::NotApplicable { reason: "no".into() }.apply().is_err());
    }

    #[test]
    fn a_plan_without_version_or_change_is_refused() {
        let errors = ReleaseForm {
            version: "1.2".into(),
            ..ReleaseForm::default()
        }
        .check();
        assert_eq!(errors.get("version"), Some(&Problem::Version));
        assert_eq!(errors.get("changes"), Some(&Problem::Missing));
        assert_eq!(errors.get("artifact.digest"), Some(&Problem::Missing));
    }
}
