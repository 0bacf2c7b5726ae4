//! A release as rows, words and figures. Pure.

use domain::plan::{Phase, Plan, StepKind};
use domain::release::{ChangeKind, Item, ItemState};
use domain::service::Strategy;

use crate::deployment::words as run_words;
use crate::ui::format;

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
