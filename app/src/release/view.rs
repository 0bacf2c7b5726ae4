//! A release as rows, words and figures. Pure.

use domain::deployment::{DeploymentLine, State};
use domain::id::ReleaseId;
use domain::plan::{Phase, Plan, StepKind};
use domain::release::{ChangeKind, Item, ItemState, ReleaseEnvironment, ReleasePage};
use domain::service::Strategy;

use crate::deployment::words as run_words;
use crate::ui::format;
use crate::ui::icon::Glyph;

/// How a release stands in one environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is what runs there.
    Running,
    /// A deployment of it is under way.
    Moving(State),
    /// Gates hold it.
    Held,
    /// All gates pass.
    Ready,
    /// Its last deployment there ended badly.
    Ended(State),
    /// An environment before this one comes first.
    Later,
}

impl Standing {
    /// Outline and word.
    pub fn words(self) -> (Glyph, &'static str) {
        match self {
            Standing::Running => (Glyph::Pass, "Running"),
            Standing::Moving(state) | Standing::Ended(state) => run_words::state(state),
            Standing::Held => (Glyph::Hold, "Held"),
            Standing::Ready => (Glyph::Wait, "Ready"),
            Standing::Later => (Glyph::Off, "Later"),
        }
    }

    /// The class of its part of the promotion path.
    pub fn class(self) -> &'static str {
        match self {
            Standing::Running => "",
            Standing::Moving(_) => "run",
            Standing::Held => "next",
            Standing::Ended(_) => "fail",
            Standing::Ready | Standing::Later => "todo",
        }
    }
}

/// One part of the promotion path.
#[derive(Clone, Debug, PartialEq)]
pub struct PathPart {
    pub environment: String,
    pub tier: crate::ui::Tier,
    pub standing: Standing,
    /// The version that runs there: this one or another.
    pub runs: Option<String>,
    pub since: Option<chrono::DateTime<chrono::Utc>>,
    /// The newest deployment of this release there.
    pub number: Option<i64>,
}

/// The promotion path: each environment with how the release stands there. `ready` says for each whether its gates pass.
pub fn path(page: &ReleasePage, ready: impl Fn(&ReleaseEnvironment) -> bool) -> Vec<PathPart> {
    let next = next(page).map(|index| page.environments[index].environment.id);
    let part = |one: &ReleaseEnvironment| {
        let newest = newest(&page.deployments, &one.environment.name);
        let standing = standing(one, page.release.id, newest, || {
            match (ready(one), next == Some(one.environment.id)) {
                (true, _) => Standing::Ready,
                (false, true) => Standing::Held,
                (false, false) => Standing::Later,
            }
        });
        PathPart {
            environment: one.environment.name.clone(),
            tier: run_words::tier(one.environment.tier),
            standing,
            runs: one.running.as_ref().map(|running| running.version.clone()),
            since: one.running.as_ref().map(|running| running.since),
            number: newest.map(|line| line.number),
        }
    };
    page.environments.iter().map(part).collect()
}

fn standing(
    one: &ReleaseEnvironment,
    release: ReleaseId,
    newest: Option<&DeploymentLine>,
    otherwise: impl FnOnce() -> Standing,
) -> Standing {
    let running = one.running.as_ref().is_some_and(|running| running.release == release);
    match newest.map(|line| line.state) {
        Some(state) if !state.terminal() && state != State::Baking => Standing::Moving(state),
        _ if running => Standing::Running,
        Some(state @ (State::Failed | State::Error | State::Aborted | State::RolledBack)) => Standing::Ended(state),
        _ => otherwise(),
    }
}

/// The newest deployment to an environment. Lines come in any order.
pub fn newest<'a>(lines: &'a [DeploymentLine], environment: &str) -> Option<&'a DeploymentLine> {
    lines
        .iter()
        .filter(|line| line.environment == environment)
        .max_by_key(|line| line.number)
}

/// Place of the environment that comes next: the first one in which this release does not run. None: it runs everywhere.
pub fn next(page: &ReleasePage) -> Option<usize> {
    let runs_not = |one: &ReleaseEnvironment| {
        one.running
            .as_ref()
            .is_none_or(|running| running.release != page.release.id)
    };
    // An environment counts as passed when a later one runs the release already.
    let last = page.environments.iter().rposition(|one| !runs_not(one));
    let from = last.map_or(0, |last| last + 1);
    (from..page.environments.len()).next()
}

/// The environment that the page is about: the one asked for by name, else the next one, else the last one.
pub fn chosen(page: &ReleasePage, name: Option<&str>) -> Option<usize> {
    let named = name.and_then(|name| page.environments.iter().position(|one| one.environment.name == name));
    named
        .or_else(|| next(page))
        .or_else(|| page.environments.len().checked_sub(1))
}

/// A section of the checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub title: String,
    /// Its id on the page.
    pub slug: String,
    pub settled: u32,
    pub total: u32,
    pub items: Vec<Item>,
}

/// The checklist by section, in the order of the items.
pub fn groups(items: &[Item]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for item in items {
        if groups.last().is_none_or(|last| last.title != item.section) {
            let title = item.section.clone();
            groups.push(Group {
                slug: slug(&title),
                title,
                settled: 0,
                total: 0,
                items: Vec::new(),
            });
        }
        if let Some(last) = groups.last_mut() {
            last.total += 1;
            last.settled += u32::from(item.state != ItemState::Open);
            last.items.push(item.clone());
        }
    }
    groups
}

/// How many items are settled, out of how many.
pub fn settled(items: &[Item]) -> (u32, u32) {
    let done = items.iter().filter(|item| item.state != ItemState::Open).count() as u32;
    (done, items.len() as u32)
}

/// A title as part of an address: "Code & tests" is `code-tests`.
pub fn slug(title: &str) -> String {
    let words: Vec<String> = title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}

/// What kind of change, as a word.
pub fn change(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Feature => "Feature",
        ChangeKind::Fix => "Fix",
        ChangeKind::Update => "Update",
        ChangeKind::Security => "Security",
    }
}

/// A plan's strategy: "canary 10, 25, 50, 100 %, 5 min each, then 5 min of checks and 1 day of bake".
pub fn strategy(plan: &Plan) -> String {
    let mut text = match &plan.strategy {
        Strategy::AllAtOnce => "all at once".to_owned(),
        Strategy::Canary { steps } => {
            let shares: Vec<String> = steps.iter().map(|step| step.weight.to_string()).collect();
            let waits: Vec<u32> = steps.iter().map(|step| step.wait_s).collect();
            let each = match waits.as_slice() {
                [first, rest @ ..] if rest.iter().all(|wait| wait == first) => {
                    format!("{} each", run_words::seconds(*first))
                }
                waits => waits
                    .iter()
                    .map(|wait| run_words::seconds(*wait))
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            format!("canary {}\u{a0}%, {each}", shares.join(", "))
        }
    };
    let watch = |phase: Phase| {
        plan.steps.iter().find_map(|step| match step.kind {
            StepKind::Watch { wait_s } if step.phase == phase && wait_s > 0 => Some(run_words::seconds(wait_s)),
            _ => None,
        })
    };
    match (watch(Phase::Check), watch(Phase::Bake)) {
        (Some(check), Some(bake)) => text.push_str(&format!(", then {check} of checks and {bake} of bake")),
        (Some(check), None) => text.push_str(&format!(", then {check} of checks")),
        (None, Some(bake)) => text.push_str(&format!(", then {bake} of bake")),
        (None, None) => {}
    }
    text
}

/// The staircase of a plan: shares of its steps; one full step when it goes all at once.
pub fn weights(plan: &Plan) -> Vec<u8> {
    match &plan.strategy {
        Strategy::AllAtOnce => vec![100],
        Strategy::Canary { steps } => steps.iter().map(|step| step.weight).collect(),
    }
}

/// "about 30 min, rollback about 10 min"; a dash for what nobody estimated.
pub fn duration(duration_min: u32, rollback_min: u32) -> String {
    let about = |minutes: u32| match minutes {
        0 => format::NONE.to_owned(),
        n => format!("about {}", format::duration(chrono::TimeDelta::minutes(i64::from(n)))),
    };
    format!("{}, rollback {}", about(duration_min), about(rollback_min))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::ItemId;
    use uuid::Uuid;

    fn item(section: &str, state: ItemState) -> Item {
        Item {
            id: ItemId(Uuid::nil()),
            section: section.into(),
            position: 0,
            text: "All tests pass".into(),
            condition: String::new(),
            state,
            evidence: String::new(),
            by: None,
            at: None,
            row_version: 1,
        }
    }

    #[test]
    fn items_that_do_not_apply_are_settled_too() {
        let items = [
            item("Code & Tests", ItemState::Done),
            item("Code & Tests", ItemState::Open),
            item("Database", ItemState::NotApplicable),
        ];
        let groups = groups(&items);
        let told: Vec<_> = groups
            .iter()
            .map(|group| (group.slug.as_str(), group.settled, group.total))
            .collect();
        assert_eq!(told, [("code-tests", 1, 2), ("database", 1, 1)]);
        assert_eq!(settled(&items), (2, 3));
    }

    #[test]
    fn no_estimate_is_a_dash() {
        assert_eq!(duration(30, 0), "about 30\u{a0}min, rollback –");
    }

    #[test]
    fn addresses_have_no_marks() {
        assert_eq!(slug("Code & Tests"), "code-tests");
        assert_eq!(slug("  "), "");
    }
}
