//! What is done by the clock.

use super::{reconcile, sweep};
use graphile_worker::{Cron, CronBuilder, Crontab, TaskHandler};
use serde::Serialize;

/// Every schedule there is.
///
/// # Errors
/// One sentence, when one can't be made.
pub fn all() -> Result<[Crontab; 2], String> {
    let hourly = Cron::hourly_at::<sweep::Sweep>(7).map_err(not_made)?;
    let asks = Cron::every_n_minutes::<reconcile::ReconcileAll>(10).map_err(not_made)?;
    Ok([with_payload(hourly)?, with_payload(asks)?])
}

/// Without a payload a job is given null, which none of ours reads.
fn with_payload<T: TaskHandler + Serialize + Default>(cron: CronBuilder<T>) -> Result<Crontab, String> {
    Ok(cron.payload(T::default()).map_err(not_made)?.build())
}

fn not_made(error: impl std::fmt::Display) -> String {
    format!("The schedule can't be made: {error}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_job_reads_what_its_schedule_gives_it() {
        let [hourly, asks] = all().expect("schedules").map(|one| one.payload.expect("a payload"));
        serde_json::from_value::<sweep::Sweep>(hourly).expect("a sweep");
        serde_json::from_value::<reconcile::ReconcileAll>(asks).expect("a round");
    }
}
