//! Named places where tests make an engine crash or stand still. A release build has none of it.
//!
//! `SLIPWAY_CRASH_AT=stage:3` kills the process, `SLIPWAY_STALL_AT=stage:3` stops it as SIGSTOP does, at the third stage of the first tick that gets
//! there; `stage:3#7` at the seventh. Stages: 1 claimed, 2 observed, 3 decided, 4 saved, 5 performed. Beside them `effect`,
//! between the last look at the lease and the command, `execution:begun`, and `execution:ended`, between the end of a command and the record of it.

use crate::config::Context;

#[cfg(any(debug_assertions, feature = "faults"))]
pub use armed::Stall;

#[cfg(any(debug_assertions, feature = "faults"))]
mod armed {
    use nix::sys::signal::{Signal, raise};
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Arc, OnceLock};
    use std::time::Duration;

    /// Says for a place how long to stand still there.
    pub type Stall = Arc<dyn Fn(&str) -> Option<Duration> + Send + Sync>;

    struct Fault {
        place: String,
        left: AtomicU32,
        signal: Signal,
    }

    fn faults() -> &'static [Fault] {
        static FAULTS: OnceLock<Vec<Fault>> = OnceLock::new();
        FAULTS.get_or_init(|| {
            [
                ("SLIPWAY_CRASH_AT", Signal::SIGKILL),
                ("SLIPWAY_STALL_AT", Signal::SIGSTOP),
            ]
            .into_iter()
            .filter_map(|(name, signal)| {
                let text = std::env::var(name).ok()?;
                let (place, count) = text.split_once('#').unwrap_or((&text, "1"));
                let left = AtomicU32::new(count.parse().ok()?);
                Some(Fault {
                    place: place.to_owned(),
                    left,
                    signal,
                })
            })
            .collect()
        })
    }

    pub fn strike(place: &str) {
        for fault in faults().iter().filter(|fault| fault.place == place) {
            if fault.left.fetch_sub(1, Ordering::SeqCst) == 1 {
                let _ = raise(fault.signal);
            }
        }
    }
}

/// A place where a test may strike.
#[cfg(any(debug_assertions, feature = "faults"))]
pub(crate) async fn point(context: &Context, place: &str) {
    armed::strike(place);
    if let Some(time) = context.config.stall.as_ref().and_then(|stall| stall(place)) {
        tokio::time::sleep(time).await;
    }
}

/// A place where a test may strike: not in this build.
#[cfg(not(any(debug_assertions, feature = "faults")))]
pub(crate) async fn point(_context: &Context, _place: &str) {}
