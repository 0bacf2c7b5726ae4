//! Whether this process hears what others tell: it tells itself something through the database, and looks how long that takes.

use crate::state::Kicks;
use domain::health::{Hearing, NOTICE_S};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use store::Db;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Words under way that are remembered: the oldest says for how long nothing has come.
const MOST: usize = 64;

/// What was told, and what came back of it.
#[derive(Debug)]
pub struct Pulse {
    /// Of this process: it hears the words of the others as well.
    name: Uuid,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    number: u64,
    /// What has not come back, the oldest first.
    under_way: VecDeque<(u64, Instant)>,
    lag: Option<Duration>,
}

impl Default for Pulse {
    fn default() -> Self {
        Pulse {
            name: Uuid::now_v7(),
            told: Mutex::default(),
        }
    }
}

impl Pulse {
    /// The next word to tell.
    fn tell(&self) -> String {
        let number = self.told.lock().map_or(0, |mut told| {
            told.number += 1;
            let number = told.number;
            if told.under_way.len() < MOST {
                told.under_way.push_back((number, Instant::now()));
            }
            number
        });
        format!("{}.{number}", self.name)
    }

    /// A word came, of this process or of another.
    pub fn heard(&self, word: &str) {
        let Some((name, number)) = word.split_once('.') else {
            return;
        };
        let (Ok(number), Ok(mut told)) = (number.parse::<u64>(), self.told.lock()) else {
            return;
        };
        if name != self.name.to_string() {
            return;
        }
        if let Some((_, at)) = told.under_way.iter().find(|(known, _)| *known == number) {
            told.lag = Some(at.elapsed());
        }
        told.under_way.retain(|(known, _)| *known > number);
    }

    /// How it hears now.
    pub fn hearing(&self) -> Hearing {
        let ms = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        self.told.lock().map_or_else(
            |_| Hearing::default(),
            |told| Hearing {
                lag_ms: told.lag.map(ms),
                waits_ms: told.under_way.front().map(|(_, at)| ms(at.elapsed())),
            },
        )
    }
}

/// Tells itself something again and again, until shutdown.
pub async fn beat(kicks: Kicks, db: Db, shutdown: CancellationToken) {
    let pause = Duration::from_secs(u64::from(NOTICE_S));
    loop {
        if let Err(error) = store::event::beat(&db, &kicks.pulse().tell()).await {
            tracing::debug!(%error, "this process could not tell itself anything");
        }
        if shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pulse;

    #[test]
    fn only_ones_own_words_count_and_a_later_one_settles_the_earlier() {
        let (one, other) = (Pulse::default(), Pulse::default());
        assert_eq!(one.hearing(), Default::default());
        let first = one.tell();
        let second = one.tell();
        assert!(one.hearing().waits_ms.is_some() && one.hearing().lag_ms.is_none());
        for word in [other.tell().as_str(), "", "nonsense", &format!("{first}x")] {
            one.heard(word);
            assert!(one.hearing().lag_ms.is_none(), "{word}");
        }
        one.heard(&second);
        let hearing = one.hearing();
        assert!(hearing.lag_ms.is_some() && hearing.waits_ms.is_none());
    }
}
