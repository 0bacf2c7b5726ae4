//! When somebody last proved who they are, and whether that is enough for what they are about to decide.

use crate::identity::Door;
use crate::service::Policy;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The least and the most minutes within which a policy may ask for a proof.
pub const PROOF_MINUTES: (u32, u32) = (1, 1440);

/// By how many seconds the clock that wrote the proof may be ahead of the one that looks.
const AHEAD_S: i64 = 60;

/// By what somebody can prove who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaysToProve {
    pub password: bool,
    /// With the password, a code.
    pub code: bool,
    /// Providers that know them.
    pub providers: Vec<Door>,
}

/// What a policy asks of somebody who decides in their own session, beyond their role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Nothing, or what is asked is there.
    Enough,
    /// They have to prove again who they are: within so many minutes.
    Again { within_min: u32 },
    /// A program can't prove it.
    NotByToken,
}

/// Whether what is known of who decides is enough.
///
/// `proved` is when they last proved who they are in this session, by password, code or provider; None: not known, which counts as never.
pub fn proof(policy: &Policy, by_token: bool, proved: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Proof {
    let Some(within_min) = policy.reauthenticate_min else {
        return Proof::Enough;
    };
    if by_token {
        return Proof::NotByToken;
    }
    let age = proved.map(|at| now - at);
    let fresh =
        age.is_some_and(|age| age <= TimeDelta::minutes(within_min.into()) && age >= TimeDelta::seconds(-AHEAD_S));
    if fresh {
        Proof::Enough
    } else {
        Proof::Again { within_min }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn within(reauthenticate_min: Option<u32>) -> Policy {
        Policy {
            reauthenticate_min,
            ..Policy::default()
        }
    }

    fn at(s: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(s)
    }

    proptest! {
        #[test]
        fn a_policy_that_asks_nothing_lets_everybody_through(
            by_token in any::<bool>(), proved in proptest::option::of(0i64..1_000_000), now in 0i64..1_000_000,
        ) {
            prop_assert_eq!(proof(&within(None), by_token, proved.map(at), at(now)), Proof::Enough);
        }

        #[test]
        fn only_a_recent_proof_is_enough_and_it_ages_once(
            minutes in PROOF_MINUTES.0..=PROOF_MINUTES.1, proved in 0i64..1_000_000, passed in 0i64..200_000,
        ) {
            let policy = within(Some(minutes));
            let fresh = |passed: i64| proof(&policy, false, Some(at(proved)), at(proved + passed)) == Proof::Enough;
            prop_assert_eq!(fresh(passed), passed <= i64::from(minutes) * 60);
            // What is too old never becomes fresh again.
            prop_assert!(fresh(passed) || !fresh(passed + 1));
            // A shorter time lets nothing through that a longer one refuses.
            let longer = within(Some(minutes + 1));
            let by_longer = proof(&longer, false, Some(at(proved)), at(proved + passed)) == Proof::Enough;
            prop_assert!(!fresh(passed) || by_longer);
        }

        #[test]
        fn a_program_never_proves_it(
            minutes in PROOF_MINUTES.0..=PROOF_MINUTES.1, proved in proptest::option::of(0i64..1_000), now in 0i64..1_000,
        ) {
            prop_assert_eq!(proof(&within(Some(minutes)), true, proved.map(at), at(now)), Proof::NotByToken);
        }
    }

    #[test]
    fn never_and_far_ahead_are_not_enough() {
        let policy = within(Some(5));
        let again = Proof::Again { within_min: 5 };
        assert_eq!(proof(&policy, false, None, at(100)), again);
        assert_eq!(proof(&policy, false, Some(at(160)), at(100)), Proof::Enough);
        assert_eq!(proof(&policy, false, Some(at(161)), at(100)), again);
    }
}
