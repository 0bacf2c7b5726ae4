//! Pages of lists that a use case answers whole: in a fixed order, those after what the page before ended with.

use serde::Deserialize;
use utoipa::IntoParams;

/// Things of one page.
pub const A_PAGE: usize = 100;

/// From where on.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// `next` of the page before.
    #[param(required = false)]
    pub cursor: Option<String>,
}

/// A page of things, and the key after which the next one begins. Keys are unique, and a thing keeps its own: so whoever walks a list while things
/// are added or removed meets each of the others exactly once.
pub fn page<T, K: Ord + Clone>(
    things: Vec<T>,
    key: impl Fn(&T) -> K,
    after: Option<&K>,
    most: usize,
) -> (Vec<T>, Option<K>) {
    let mut keyed: Vec<(K, T)> = things.into_iter().map(|thing| (key(&thing), thing)).collect();
    keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
    keyed.retain(|(key, _)| after.is_none_or(|after| key > after));
    let more = keyed.len() > most;
    keyed.truncate(most);
    let next = keyed.last().filter(|_| more).map(|(key, _)| key.clone());
    (keyed.into_iter().map(|(_, thing)| thing).collect(), next)
}

#[cfg(test)]
mod tests {
    use super::page;
    use proptest::prelude::*;

    proptest! {
        /// Things come and go between the pages: those that stay are met once each, in order.
        #[test]
        fn a_walk_meets_what_stays_exactly_once(
            old in proptest::collection::btree_set(0..1000u32, 0..60),
            changes in proptest::collection::vec((any::<bool>(), 0..1000u32), 0..60),
            most in 1..10usize,
        ) {
            let (mut now, mut changes) = (old.clone(), changes.into_iter());
            let (mut met, mut cursor, mut stayed) = (Vec::new(), None, old);
            loop {
                let (things, next) = page(now.iter().copied().collect(), |n| *n, cursor.as_ref(), most);
                prop_assert!(things.len() <= most);
                met.extend(things);
                let Some(next) = next else { break };
                cursor = Some(next);
                if let Some((comes, n)) = changes.next() {
                    if comes {
                        now.insert(n);
                    } else {
                        now.remove(&n);
                        stayed.remove(&n);
                    }
                }
            }
            for n in stayed {
                prop_assert_eq!(met.iter().filter(|one| **one == n).count(), 1, "{}", n);
            }
        }
    }
}
