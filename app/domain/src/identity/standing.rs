//! The door's switches: what may be switched off, so that somebody who can switch it on again still comes in.

use crate::id::PersonId;
use serde::{Deserialize, Serialize};

/// An active administrator, and what would let them in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyholder {
    pub person: PersonId,
    /// Has a password. Whether it opens anything, the instance says.
    pub password: bool,
    /// Short names of the providers that are switched on and know them.
    pub by: Vec<String>,
}

/// How the door stands: what is switched on, and whom it lets in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// People may sign in by a password.
    pub passwords: bool,
    /// Short names of the providers that are switched on.
    pub providers: Vec<String>,
    pub keyholders: Vec<Keyholder>,
}

/// Why something has to stay switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Needed {
    /// No provider is switched on by which anybody could come in.
    NoProvider,
    /// Whoever switches could not come in any more.
    Yourself,
    /// No active administrator could come in any more.
    Nobody,
}

impl Standing {
    /// Whether this administrator comes in.
    pub fn lets_in(&self, holder: &Keyholder) -> bool {
        (self.passwords && holder.password) || !holder.by.is_empty()
    }

    /// Whether any administrator comes in.
    pub fn somebody_comes_in(&self) -> bool {
        self.keyholders.iter().any(|holder| self.lets_in(holder))
    }

    /// Whether any administrator but this one comes in.
    pub fn somebody_else_comes_in(&self, but: PersonId) -> bool {
        let mut others = self.keyholders.iter().filter(|holder| holder.person != but);
        others.any(|holder| self.lets_in(holder))
    }

    /// Whether passwords may be switched off by this administrator, who has to come in without one.
    ///
    /// # Errors
    /// Why not.
    pub fn without_passwords(&self, actor: PersonId) -> Result<(), Needed> {
        if self.providers.is_empty() {
            return Err(Needed::NoProvider);
        }
        let off = Standing {
            passwords: false,
            ..self.clone()
        };
        let own = off.keyholders.iter().find(|holder| holder.person == actor);
        match own {
            Some(own) if off.lets_in(own) => Ok(()),
            _ => Err(Needed::Yourself),
        }
    }

    /// Whether a provider may be switched off, or removed.
    ///
    /// # Errors
    /// `Nobody`, when it is the last way in of every administrator.
    pub fn without_provider(&self, slug: &str) -> Result<(), Needed> {
        let mut off = self.clone();
        off.providers.retain(|one| one != slug);
        for holder in &mut off.keyholders {
            holder.by.retain(|one| one != slug);
        }
        match off.somebody_comes_in() {
            true => Ok(()),
            false => Err(Needed::Nobody),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn holder(n: u128, password: bool, by: &[&str]) -> Keyholder {
        Keyholder {
            person: person(n),
            password,
            by: by.iter().map(|slug| (*slug).to_owned()).collect(),
        }
    }

    fn standing(passwords: bool, keyholders: Vec<Keyholder>) -> Standing {
        Standing {
            passwords,
            providers: vec!["company".into(), "github".into()],
            keyholders,
        }
    }

    #[test]
    fn who_switches_passwords_off_comes_in_without_one() {
        let door = standing(true, vec![holder(1, true, &["company"]), holder(2, true, &[])]);
        assert_eq!(door.without_passwords(person(1)), Ok(()));
        assert_eq!(door.without_passwords(person(2)), Err(Needed::Yourself));
        assert_eq!(door.without_passwords(person(3)), Err(Needed::Yourself));
        let bare = Standing {
            providers: Vec::new(),
            ..standing(true, vec![holder(1, true, &[])])
        };
        assert_eq!(bare.without_passwords(person(1)), Err(Needed::NoProvider));
    }

    #[test]
    fn the_last_way_in_stays() {
        let door = standing(false, vec![holder(1, true, &["company"]), holder(2, true, &[])]);
        assert_eq!(door.without_provider("company"), Err(Needed::Nobody));
        assert_eq!(door.without_provider("github"), Ok(()));
        let open = Standing {
            passwords: true,
            ..door.clone()
        };
        assert_eq!(open.without_provider("company"), Ok(()), "a password lets in as well");
        let other = standing(
            false,
            vec![holder(1, true, &["company"]), holder(2, false, &["github"])],
        );
        assert_eq!(other.without_provider("company"), Ok(()));
    }

    fn any_standing() -> impl Strategy<Value = Standing> {
        let by = proptest::sample::subsequence(vec!["company", "github"], 0..=2);
        let holders = proptest::collection::vec((any::<bool>(), by), 0..4);
        (any::<bool>(), holders).prop_map(|(passwords, holders)| {
            let holders = (1..).zip(holders);
            standing(
                passwords,
                holders.map(|(n, (password, by))| holder(n, password, &by)).collect(),
            )
        })
    }

    proptest! {
        /// Whatever is switched off by the rules, one after the other, somebody comes in afterwards.
        #[test]
        fn no_order_of_switches_locks_everybody_out(
            door in any_standing(),
            acts in proptest::collection::vec((0..3usize, 1..4u128), 0..8),
        ) {
            prop_assume!(door.somebody_comes_in());
            let mut door = door;
            for (act, by) in acts {
                match ["", "company", "github"][act] {
                    "" if door.without_passwords(person(by)).is_ok() => door.passwords = false,
                    "" => {}
                    slug if door.without_provider(slug).is_ok() => {
                        door.providers.retain(|one| one != slug);
                        door.keyholders.iter_mut().for_each(|holder| holder.by.retain(|one| one != slug));
                    }
                    _ => {}
                }
                prop_assert!(door.somebody_comes_in(), "{door:?}");
            }
        }
    }
}
