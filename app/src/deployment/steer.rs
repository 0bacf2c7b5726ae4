//! What a person tells a running deployment, as a form posts it. Pure.

use domain::deployment::{Steer, Trigger};
use domain::field::{FieldErrors, Problem, check_length};

use super::words::{TRIGGERS, trigger_from};

/// The least characters of a reason for an abort, and of one's own words for a rollback.
const REASON_LEAST: u32 = 3;

/// The command that is meant.
///
/// # Errors
/// `reason`: an abort, or a rollback for none of the procedure's triggers, says why. `trigger`: nothing was chosen.
/// `act`: there is no such command.
pub fn read(act: &str, reason: &str, trigger: &str) -> Result<Steer, FieldErrors> {
    let reason = reason.trim().to_owned();
    let said = |reason: &str| {
        let mut errors = FieldErrors::default();
        check_length(&mut errors, "reason", reason, REASON_LEAST, 500);
        errors.into_result()
    };
    Ok(match act {
        "pause" => Steer::Pause { reason },
        "resume" => Steer::Resume,
        "promote" => Steer::Promote,
        "abort" => {
            said(&reason)?;
            Steer::Abort { reason }
        }
        "roll_back" => {
            let known = TRIGGERS.iter().any(|(key, _)| *key == trigger);
            if !known && trigger != "words" {
                return Err(FieldErrors::one("trigger", Problem::Missing));
            }
            let trigger = trigger_from(trigger, &reason);
            if let Trigger::Words { text } = &trigger {
                said(text)?;
            }
            Steer::RollBack { trigger }
        }
        "cancel" => Steer::Cancel,
        "happened" => Steer::Happened,
        "repeat" => Steer::Repeat,
        _ => return Err(FieldErrors::one("act", Problem::Unknown)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_read_by_its_own_word() {
        for act in [
            "pause",
            "resume",
            "promote",
            "abort",
            "roll_back",
            "cancel",
            "happened",
            "repeat",
        ] {
            let read = read(act, "it is slow", "performance").expect("a command");
            assert_eq!(read.key(), act);
        }
    }

    #[test]
    fn a_rollback_needs_a_trigger_or_a_sentence() {
        assert!(read("roll_back", "", "").expect_err("nothing").get("trigger").is_some());
        assert!(
            read("roll_back", " ", "words")
                .expect_err("no sentence")
                .get("reason")
                .is_some()
        );
        let words = read("roll_back", " sales fell ", "words").expect("a sentence");
        assert_eq!(
            words,
            Steer::RollBack {
                trigger: Trigger::Words {
                    text: "sales fell".into()
                }
            }
        );
    }

    #[test]
    fn an_abort_says_why_and_nothing_else_exists() {
        assert!(read("abort", "", "").expect_err("no reason").get("reason").is_some());
        assert!(read("explode", "", "").expect_err("no such").get("act").is_some());
    }
}
