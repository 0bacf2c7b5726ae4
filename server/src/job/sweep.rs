//! Once an hour: what has ended is removed.

use super::{NotDone, work};
use domain::job::Task;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

/// The job. It needs nothing.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Sweep {}

impl TaskHandler for Sweep {
    const IDENTIFIER: &'static str = Task::Sweep.key();

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        crate::trace::job(Self::IDENTIFIER, sweep(&context)).await
    }
}

async fn sweep(context: &WorkerContext) -> Result<(), NotDone> {
    Ok(store::job::sweep(&work(context)?.db).await?)
}
