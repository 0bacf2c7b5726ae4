//! Calls about approvals.

use domain::id::{EnvironmentId, ReleaseId, RequestId};
use domain::plan::PlanDigest;
use domain::release::Decision;
use leptos::prelude::*;

use crate::error::AppError;

/// Asks for approval of the plan as it would run now.
#[server(prefix = "/call", endpoint = "gate/request")]
pub async fn request_approval(release: ReleaseId, environment: EnvironmentId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::gate::request_approval(&db, &actor, release, environment).await?;
    Ok(())
}

/// Approves or rejects what was seen: refused when something else would run now, or when the policy asks who decides to prove again who they are.
#[server(prefix = "/call", endpoint = "gate/decide")]
pub async fn decide(
    request: RequestId,
    seen: PlanDigest,
    decision: Decision,
    #[server(default)] comment: String,
) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let proved = crate::caller::caller().proved;
    store::gate::decide_proved(&db, &actor, proved, request, seen, decision, &comment).await?;
    Ok(())
}
