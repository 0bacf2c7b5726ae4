//! Gates in words: what is the matter, and who or what time clears it. Pure.

use chrono::{DateTime, Utc};
use domain::access::Role;
use domain::gate::{Allowed, Gate, Lock, LockReason, Reason, Verdict};

use crate::event_words::{Names, join};
use crate::ui::format;
use crate::ui::icon::Glyph;
use crate::ui::zone::{Stamp, Zone};

/// A reason in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// What is the matter, as a sentence.
    pub what: String,
    /// Who or what time clears it, as a sentence.
    pub clears: String,
    /// The moment that clears it, if time does: shown as a countdown.
    pub at: Option<DateTime<Utc>>,
}

impl Why {
    fn new(what: impl Into<String>, clears: impl Into<String>) -> Why {
        Why {
            what: what.into(),
            clears: clears.into(),
            at: None,
        }
    }

    fn until(self, at: Option<DateTime<Utc>>) -> Why {
        Why { at, ..self }
    }
}

/// What a gate is called.
pub fn gate(gate: Gate) -> &'static str {
    match gate {
        Gate::Target => "Target",
        Gate::Checklist => "Checklist",
        Gate::Approvals => "Approvals",
        Gate::Promotion => "Promotion order",
        Gate::RollbackPlan => "Rollback plan",
        Gate::Window => "Window",
        Gate::Calendar => "Freezes and windows",
        Gate::Lock => "Lock",
    }
}

/// Outline and word of a verdict.
pub fn verdict(verdict: &Verdict) -> (Glyph, &'static str) {
    match verdict {
        Verdict::Pass => (Glyph::Pass, "Passed"),
        Verdict::Waiting(reasons) if reasons.iter().any(|reason| matches!(reason, Reason::Frozen { .. })) => {
            (Glyph::Lock, "Frozen")
        }
        Verdict::Waiting(_) => (Glyph::Wait, "Waiting"),
        Verdict::Blocked(reasons) if reasons.iter().any(|reason| matches!(reason, Reason::Stopped { .. })) => {
            (Glyph::Lock, "Stopped")
        }
        Verdict::Blocked(reasons) if reasons.iter().any(|reason| matches!(reason, Reason::Locked { .. })) => {
            (Glyph::Lock, "Locked")
        }
        Verdict::Blocked(_) => (Glyph::Block, "Blocked"),
    }
}

/// One reason in words: what is the matter, and who or what time clears it.
pub fn reason(reason: &Reason, names: &Names<'_>, zone: &Zone) -> Why {
    match reason {
        Reason::NoTarget => Why::new(
            "Nothing says how this environment is changed.",
            "Administrators set its target on the service's page.",
        ),
        Reason::ItemOpen { text, .. } => Why::new(
            format!("“{text}” is open."),
            "Engineers tick it with evidence, or mark it as not applicable.",
        ),
        Reason::NotRequested => Why::new(
            "Nobody has asked for approval of this plan.",
            "Engineers ask for it under Approvals.",
        ),
        Reason::PlanChanged => Why::new(
            "The plan changed after approval was asked for.",
            "Engineers ask again; approvals of the plan before do not count.",
        ),
        Reason::ApprovalMissing {
            have,
            need,
            roles: wanted,
            not,
        } => missing(*have, *need, wanted, not, names),
        Reason::Rejected { by, comment } => Why::new(
            format!("{} rejected it: “{}”", names.person(*by), comment.trim()),
            "Change the plan and ask again.",
        ),
        Reason::NotPromoted { environment } => Why::new(
            format!("This artifact has not succeeded in {environment}."),
            format!("Deploy it to {environment} first."),
        ),
        Reason::NoRollbackPlan => Why::new("No way back is written down.", "Engineers write the rollback plan."),
        Reason::NoWindow => Why::new("No window is planned.", "Engineers plan one; the policy wants it."),
        other => timed(other, names, zone),
    }
}

/// Reasons that time has to do with.
fn timed(reason: &Reason, names: &Names<'_>, zone: &Zone) -> Why {
    match reason {
        Reason::WindowOpens { at } => Why::new(
            format!("The window opens {}.", zone.write(*at, Stamp::Full)),
            "Time clears it.",
        )
        .until(Some(*at)),
        Reason::WindowMissed { at } => Why::new(
            format!("The window closed {}.", zone.write(*at, Stamp::Full)),
            "Engineers plan another; a missed window never starts late.",
        ),
        Reason::Frozen { name, by, until, .. } => Why::new(
            format!(
                "Frozen until {}: {name}, set by {}.",
                zone.write(*until, Stamp::Full),
                names.person(*by)
            ),
            "Time clears it.",
        )
        .until(Some(*until)),
        Reason::OutsideWindow {
            names: windows,
            opens_at: Some(at),
            ..
        } => Why::new(
            format!(
                "Outside its windows ({}); the next one opens {}.",
                windows.join(", "),
                zone.write(*at, Stamp::Full)
            ),
            "Time clears it.",
        )
        .until(Some(*at)),
        Reason::OutsideWindow {
            names: windows,
            opens_at: None,
            ..
        } => Why::new(
            format!("Outside its windows ({}), and none is to come.", windows.join(", ")),
            "Approvers and administrators set another window, or end these, under Calendar.",
        ),
        Reason::Stopped { lock } => stopped(lock, names),
        Reason::Locked { lock } => locked(lock, names, zone),
        _ => Why::new("It is held.", ""),
    }
}

fn missing(have: u32, need: u32, wanted: &[Role], not: &[domain::id::PersonId], names: &Names<'_>) -> Why {
    let roles: Vec<String> = wanted
        .iter()
        .map(|role| crate::words::role(*role).to_lowercase())
        .collect();
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    let excluded = names.all_of(not);
    let but = if excluded.is_empty() {
        String::new()
    } else {
        format!(" {excluded} planned it or asked, so theirs does not count.")
    };
    let role = join(&roles, "or");
    Why::new(
        format!("{have} of {need} approvals given."),
        format!("Anybody who is {role} can approve.{}", sentence(&but)),
    )
}

/// Capitalises a sentence that may begin with "you".
fn sentence(text: &str) -> String {
    match text.strip_prefix(" you") {
        Some(rest) => format!(" You{rest}"),
        None => text.to_owned(),
    }
}

fn stopped(lock: &Lock, names: &Names<'_>) -> Why {
    let by = names.by(lock.by);
    let what = match &lock.reason {
        LockReason::Words { text } => format!("The line is stopped by {by}: “{}”", text.trim()),
        LockReason::TakenBack { .. } => format!("The line is stopped by {by}."),
    };
    Why::new(
        what,
        format!("{by}, an approver or an administrator releases it, under Stop the line."),
    )
}

fn locked(lock: &Lock, names: &Names<'_>, zone: &Zone) -> Why {
    let by = names.by(lock.by);
    let what = match &lock.reason {
        LockReason::Words { text } => format!("Locked by {by}: “{}”", text.trim()),
        LockReason::TakenBack { version, .. } => format!("Locked by {by} so that {version} is not deployed again."),
    };
    let until = lock
        .until
        .map(|at| format!(" Time clears it {}.", zone.write(at, Stamp::Full)));
    let clears = match lock.by.person() {
        Some(_) => format!(
            "{by}, an approver or an administrator lifts it.{}",
            until.unwrap_or_default()
        ),
        None => format!("An approver or an administrator lifts it.{}", until.unwrap_or_default()),
    };
    Why::new(what, clears).until(lock.until)
}

/// Reasons as sentences, shortest form: open items are counted, not listed.
pub fn summary(reasons: &[Reason], names: &Names<'_>, zone: &Zone) -> Vec<String> {
    let open = reasons
        .iter()
        .filter(|reason| matches!(reason, Reason::ItemOpen { .. }))
        .count() as u64;
    let mut items =
        (open > 1).then(|| format!("{} of the checklist are open.", format::counted(open, "item", "items")));
    let mut words = Vec::new();
    for one in reasons {
        match one {
            Reason::ItemOpen { .. } if open > 1 => words.extend(items.take()),
            other => words.push(reason(other, names, zone).what),
        }
    }
    words
}

/// Why something is not allowed now, as one text beside its button. None: it is.
pub fn why_not(allowed: &Allowed, names: &Names<'_>, zone: &Zone) -> Option<String> {
    match allowed {
        Allowed::Yes => None,
        Allowed::Denied { action } => Some(format!(
            "Your role does not allow you to {}.",
            crate::words::action_words(*action)
        )),
        Allowed::Gates { reasons } => Some(summary(reasons, names, zone).join(" ")),
        Allowed::SeparationOfDuties => {
            Some("You planned this or asked for it, so somebody else has to approve it.".to_owned())
        }
        Allowed::NothingToDo => Some("There is nothing to do.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::{Action, By, Person};
    use domain::id::{ItemId, LockId, PersonId};
    use uuid::Uuid;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn ana() -> Person {
        let id = PersonId(Uuid::from_u128(1));
        Person {
            id,
            name: "Ana Ruiz".into(),
            email: String::new(),
            role: Role::Engineer,
            active: true,
        }
    }

    fn open(n: u128) -> Reason {
        Reason::ItemOpen {
            item: ItemId(Uuid::from_u128(n)),
            section: "Database".into(),
            text: format!("Item {n}"),
        }
    }

    #[test]
    fn every_reason_says_what_and_who_or_when() {
        let people = [ana()];
        let lock = Lock {
            id: LockId(Uuid::nil()),
            by: By::Engine,
            reason: LockReason::TakenBack {
                deployment: domain::id::DeploymentId(Uuid::nil()),
                version: "1.4.0".into(),
            },
            since: at("2026-01-15T10:00:00Z"),
            until: None,
        };
        let reasons = [
            Reason::NoTarget,
            open(1),
            Reason::NotRequested,
            Reason::PlanChanged,
            Reason::ApprovalMissing {
                have: 0,
                need: 1,
                roles: vec![Role::Approver],
                not: vec![people[0].id],
            },
            Reason::Rejected {
                by: people[0].id,
                comment: "no".into(),
            },
            Reason::NotPromoted {
                environment: "staging".into(),
            },
            Reason::NoRollbackPlan,
            Reason::NoWindow,
            Reason::WindowOpens {
                at: at("2026-01-15T10:00:00Z"),
            },
            Reason::WindowMissed {
                at: at("2026-01-15T12:00:00Z"),
            },
            Reason::Frozen {
                rule: domain::id::TimeRuleId(uuid::Uuid::nil()),
                name: "Year end".into(),
                by: people[0].id,
                until: at("2026-01-15T12:00:00Z"),
                on_run: domain::freeze::OnRun::Hold,
            },
            Reason::OutsideWindow {
                rules: Vec::new(),
                names: vec!["Mornings".into()],
                opens_at: None,
                on_run: domain::freeze::OnRun::Hold,
            },
            Reason::Stopped { lock: lock.clone() },
            Reason::Locked { lock },
        ];
        for one in &reasons {
            let why = reason(one, &Names::of(&people), &Zone::utc());
            assert!(why.what.ends_with(['.', '”']), "{one:?}: {}", why.what);
            assert!(
                why.clears.ends_with('.') && why.clears.len() > 10,
                "{one:?}: {}",
                why.clears
            );
            assert_ne!(why.what, "It is held.", "{one:?}");
        }
    }

    #[test]
    fn who_may_not_approve_is_named() {
        let people = [ana()];
        let one = Reason::ApprovalMissing {
            have: 0,
            need: 1,
            roles: vec![Role::Approver, Role::Admin],
            not: vec![people[0].id],
        };
        let why = reason(&one, &Names::of(&people), &Zone::utc());
        assert_eq!(why.what, "0 of 1 approvals given.");
        assert_eq!(
            why.clears,
            "Anybody who is approver or administrator can approve. Ana Ruiz planned it or asked, so theirs does not count."
        );
        let mine = reason(&one, &Names::of(&people).to(people[0].id), &Zone::utc());
        assert!(mine.clears.contains(" You planned it"), "{}", mine.clears);
    }

    #[test]
    fn open_items_are_counted_once() {
        let reasons = [open(1), open(2), Reason::NoRollbackPlan];
        let words = summary(&reasons, &Names::default(), &Zone::utc());
        assert_eq!(
            words,
            [
                "2\u{a0}items of the checklist are open.",
                "No way back is written down."
            ]
        );
        assert_eq!(
            summary(&reasons[..1], &Names::default(), &Zone::utc()),
            ["“Item 1” is open."]
        );
    }

    #[test]
    fn a_time_is_told_in_the_readers_zone_and_counted_down() {
        let moment = at("2026-01-15T10:00:00Z");
        let why = reason(
            &Reason::WindowOpens { at: moment },
            &Names::default(),
            &Zone::fixed("Europe/Berlin", 60),
        );
        assert!(why.what.contains("11:00\u{a0}UTC+1"), "{}", why.what);
        assert_eq!(why.at, Some(moment));
    }

    #[test]
    fn allowed_needs_no_words_and_the_rest_has_some() {
        let tell = |allowed: &Allowed| why_not(allowed, &Names::default(), &Zone::utc());
        assert_eq!(tell(&Allowed::Yes), None);
        assert!(tell(&Allowed::Denied { action: Action::Deploy }).is_some_and(|words| words.contains("deploy")));
        assert!(
            tell(&Allowed::Gates {
                reasons: vec![Reason::NoTarget]
            })
            .is_some_and(|words| words.ends_with('.'))
        );
    }
}
