//! Gates, plans and their differences as rows. Pure.

use domain::analysis::{AnalysisRules, Direction, MetricKind, MetricRule};
use domain::gate::{Gate, GateFacts, GateResult, Verdict, excluded};
use domain::id::PersonId;
use domain::plan::{Difference, Plan, StepKind};
use domain::release::{Approval, Decision};

use super::words::{self, Why};
use crate::deployment::words as run_words;
use crate::event_words::Names;
use crate::ui::format;
use crate::ui::icon::Glyph;
use crate::ui::zone::Zone;

/// A gate that does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateRow {
    pub gate: Gate,
    pub glyph: Glyph,
    /// "Blocked", "Waiting", "Locked".
    pub word: &'static str,
    /// Its reasons; open items of a checklist are one.
    pub whys: Vec<Why>,
    /// Texts of the open items, for the checklist.
    pub items: Vec<String>,
}

/// The gates that do not pass, as rows; the names of those that do.
pub fn gates(
    results: &[GateResult],
    facts: &GateFacts,
    names: &Names<'_>,
    zone: &Zone,
) -> (Vec<GateRow>, Vec<&'static str>) {
    let passed = results
        .iter()
        .filter(|result| result.passed())
        .map(|result| words::gate(result.gate))
        .collect();
    let held = results
        .iter()
        .filter(|result| !result.passed())
        .map(|result| row(result, facts, names, zone))
        .collect();
    (held, passed)
}

fn row(result: &GateResult, facts: &GateFacts, names: &Names<'_>, zone: &Zone) -> GateRow {
    let (glyph, word) = words::verdict(&result.verdict);
    let reasons = match &result.verdict {
        Verdict::Pass => &[][..],
        Verdict::Waiting(reasons) | Verdict::Blocked(reasons) => reasons.as_slice(),
    };
    let base = GateRow {
        gate: result.gate,
        glyph,
        word,
        whys: Vec::new(),
        items: Vec::new(),
    };
    match result.gate {
        Gate::Checklist => GateRow {
            whys: checklist(facts, reasons.len()),
            items: open_items(facts),
            ..base
        },
        Gate::Approvals => {
            let mut whys: Vec<Why> = reasons
                .iter()
                .map(|reason| words::reason(reason, names, zone))
                .collect();
            if let (Verdict::Waiting(_), Some(why)) = (&result.verdict, whys.first_mut()) {
                name_approvers(why, facts, names);
            }
            GateRow { whys, ..base }
        }
        _ => GateRow {
            whys: reasons
                .iter()
                .map(|reason| words::reason(reason, names, zone))
                .collect(),
            ..base
        },
    }
}

fn checklist(facts: &GateFacts, open: usize) -> Vec<Why> {
    let words = match open as u64 {
        1 => "1\u{a0}item is open.".to_owned(),
        n => format!("{} are open.", format::counted(n, "item", "items")),
    };
    let section = facts
        .open_items
        .first()
        .map(|(_, section, _)| section.as_str())
        .unwrap_or_default();
    let clears =
        format!("Engineers tick each with evidence, or mark it as not applicable. The first is under {section}.");
    vec![Why {
        what: words,
        clears,
        at: None,
    }]
}

fn open_items(facts: &GateFacts) -> Vec<String> {
    facts.open_items.iter().map(|(_, _, text)| text.clone()).collect()
}

/// Who could approve now, by name, where the page knows them.
pub fn approvers(facts: &GateFacts) -> Vec<PersonId> {
    let not = excluded(facts);
    let decided = |id: &PersonId| {
        facts
            .approvals
            .iter()
            .any(|approval| approval.by == *id && approval.digest == facts.digest)
    };
    facts
        .active
        .iter()
        .filter(|id| !not.contains(id) && !decided(id))
        .copied()
        .collect()
}

fn name_approvers(why: &mut Why, facts: &GateFacts, names: &Names<'_>) {
    let who = names.any_of(&approvers(facts));
    if who.is_empty() {
        why.clears = "Nobody is left who may approve it. An administrator invites an approver.".to_owned();
    } else {
        let excluded = names.all_of(&excluded(facts));
        why.clears = if excluded.is_empty() {
            format!("Can approve: {who}.")
        } else {
            format!("Can approve: {who}. Planned it or asked, so does not count: {excluded}.")
        };
    }
}

/// A step of a plan as approvers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRow {
    /// Counts from 1.
    pub number: u32,
    pub phase: &'static str,
    pub what: String,
    /// What is run, one argument after the other; empty for steps that only wait.
    pub argv: Vec<String>,
}

/// The steps of a plan.
pub fn steps(plan: &Plan) -> Vec<StepRow> {
    let row = |(number, step): (u32, &domain::plan::Step)| StepRow {
        number,
        phase: run_words::phase(step.phase),
        what: capital(&run_words::step(step)),
        argv: match &step.kind {
            StepKind::Command { argv, .. } => argv.clone(),
            _ => Vec::new(),
        },
    };
    (1..).zip(&plan.steps).map(row).collect()
}

/// The same text with its first letter as a capital.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What is run as one line that a shell reads back as the same arguments.
pub fn command_line(argv: &[String]) -> String {
    let word = |(place, word): (usize, &String)| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "@%+:,./_-".contains(c) || (c == '=' && place > 0);
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    argv.iter().enumerate().map(word).collect::<Vec<_>>().join(" ")
}

/// What a metric may be at worst.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitRow {
    pub title: String,
    /// By itself: "at most 5 %".
    pub limit: String,
    /// Beside what runs: "at most 10 % worse".
    pub compare: String,
    /// How much it takes before it can pass: "50 requests".
    pub from: String,
    pub dry_run: bool,
}

/// The limits of each metric.
pub fn limits(rules: &AnalysisRules) -> Vec<LimitRow> {
    rules.metrics.iter().map(limit).collect()
}

fn limit(rule: &MetricRule) -> LimitRow {
    let bound = match rule.direction {
        Direction::HigherIsWorse => "at most",
        Direction::LowerIsWorse => "at least",
    };
    let none = || format::NONE.to_owned();
    let tolerance = rule.compare.map(|compare| format::percent(compare.tolerance * 100.0));
    LimitRow {
        title: rule.title.clone(),
        limit: rule
            .limit
            .map_or_else(none, |limit| format!("{bound} {}", measure(rule.kind, limit))),
        compare: tolerance.map_or_else(none, |tolerance| format!("at most {tolerance} worse")),
        from: format::counted(rule.min_sample, "request", "requests"),
        dry_run: rule.dry_run,
    }
}

/// A limit in the metric's own unit.
pub fn measure(kind: MetricKind, value: f64) -> String {
    match kind {
        MetricKind::ErrorRate => format::percent((value * 100_000.0).round() / 1_000.0),
        MetricKind::Latency { .. } => format::millis(value * 1_000.0),
    }
}

/// A digest as people compare it: groups of four, the middle left out.
pub fn digest(digest: &domain::plan::PlanDigest) -> String {
    let hex = digest.to_string();
    let groups: Vec<&str> = (0..4).map(|i| &hex[i * 4..i * 4 + 4]).collect();
    format!("sha256 {} … {}", groups.join(" "), &hex[hex.len() - 4..])
}

/// A difference as two lines: what it was and what it is; None where it was or is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffRow {
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Differences as lines, the place in words: steps and items are counted from 1.
pub fn differences(found: &[Difference]) -> Vec<DiffRow> {
    let line = |place: &str, value: &Option<String>| value.as_ref().map(|value| format!("{place}: {value}"));
    found
        .iter()
        .map(|one| {
            let place = place(&one.path);
            DiffRow {
                before: line(&place, &one.before),
                after: line(&place, &one.after),
            }
        })
        .collect()
}

/// `steps.3.wait_s` is "steps 4 wait s".
fn place(path: &str) -> String {
    let part = |part: &str| {
        part.parse::<u32>()
            .map_or_else(|_| part.replace('_', " "), |n| (n + 1).to_string())
    };
    path.split('.').map(part).collect::<Vec<_>>().join(" ")
}

/// Whether a decision counts for the plan as it is now: on its digest, by an active person in a fitting role who neither planned nor asked.
pub fn counts(approval: &Approval, facts: &GateFacts) -> bool {
    approval.digest == facts.digest
        && facts.policy.approver_roles.contains(&approval.role)
        && facts.active.contains(&approval.by)
        && !excluded(facts).contains(&approval.by)
}

/// How many approvals of the present plan count.
pub fn given(facts: &GateFacts) -> u32 {
    let approved = |approval: &&Approval| approval.decision == Decision::Approve && counts(approval, facts);
    let mut people: Vec<PersonId> = facts
        .approvals
        .iter()
        .filter(approved)
        .map(|approval| approval.by)
        .collect();
    people.sort();
    people.dedup();
    people.len() as u32
}

/// A decision in words, and whether it counts for the plan as it is now.
pub fn decided(decision: Decision, counts: bool) -> (Glyph, String) {
    match (decision, counts) {
        (Decision::Approve, true) => (Glyph::Pass, "approved".to_owned()),
        (Decision::Approve, false) => (Glyph::Off, "approved, void".to_owned()),
        (Decision::Reject, true) => (Glyph::Block, "rejected".to_owned()),
        (Decision::Reject, false) => (Glyph::Off, "rejected, void".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one() {
        let found = [Difference {
            path: "steps.3.wait_s".into(),
            before: Some("120".into()),
            after: Some("300".into()),
        }];
        let rows = differences(&found);
        assert_eq!(rows[0].before.as_deref(), Some("steps 4 wait s: 120"));
        assert_eq!(rows[0].after.as_deref(), Some("steps 4 wait s: 300"));
    }

    #[test]
    fn the_procedures_limits_read_as_in_the_procedure() {
        let rows = limits(&AnalysisRules::default());
        let told = |row: &LimitRow| [&row.title, &row.limit, &row.compare, &row.from].map(String::clone);
        assert_eq!(
            told(&rows[0]),
            [
                "Error rate",
                "at most 5\u{a0}%",
                "at most 10\u{a0}% worse",
                "50\u{a0}requests"
            ]
        );
        assert_eq!(rows[1].limit, format::NONE);
    }

    #[test]
    fn a_command_can_be_copied_into_a_shell() {
        let line = |words: &[&str]| command_line(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            line(&["/usr/bin/do-it", "--to=1.2.3", "-x"]),
            "/usr/bin/do-it --to=1.2.3 -x"
        );
        assert_eq!(line(&["say", "two words", "it's", ""]), r"say 'two words' 'it'\''s' ''");
        assert_eq!(line(&["A=b", "$HOME", "~"]), "'A=b' '$HOME' '~'");
    }

    #[test]
    fn a_digest_keeps_its_ends() {
        let digest = super::digest(&domain::plan::PlanDigest([0xab; 32]));
        assert_eq!(digest, "sha256 abab abab abab abab … abab");
    }

    #[test]
    fn a_capital_is_the_first_letter_only() {
        assert_eq!(capital("canary at 10"), "Canary at 10");
        assert_eq!(capital(""), "");
    }
}
