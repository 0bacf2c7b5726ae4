//! What was measured, kept.

use super::{Claim, Kept};
use crate::deployment::stream;
use crate::tx;
use crate::{Db, Error};
use domain::analysis::{Sample, Variant};
use sqlx::types::Json;

/// Keeps one round of samples and the state of the scraping with it. False: somebody else holds the deployment, and nothing was kept.
///
/// A sample that is there already stays as it is. Pages are kicked once a round, and a round is a second at the least.
///
/// # Errors
/// `Db`.
pub async fn keep_samples(db: &Db, claim: &Claim, samples: &[Sample], kept: &Kept) -> Result<bool, Error> {
    let mut tx = tx::begin(db).await?;
    let held = sqlx::query!(
        "select id from deployment where id = $1 and lease_owner = $2 and attempt = $3 for share",
        claim.deployment.0,
        claim.owner,
        claim.fence,
    )
    .fetch_optional(&mut *tx)
    .await?;
    if held.is_none() {
        return Ok(false);
    }
    let variants: Vec<String> = samples
        .iter()
        .map(|sample| variant(sample.variant).to_owned())
        .collect();
    let metrics: Vec<String> = samples.iter().map(|sample| sample.metric.clone()).collect();
    let from: Vec<_> = samples.iter().map(|sample| sample.from).collect();
    let to: Vec<_> = samples.iter().map(|sample| sample.to).collect();
    let bodies: Vec<_> = samples.iter().map(|sample| Json(&sample.body)).collect();
    sqlx::query!(
        r#"insert into sample (deployment_id, variant, metric, from_at, to_at, body)
           select $1, * from unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::jsonb[])
           on conflict do nothing"#,
        claim.deployment.0,
        &variants,
        &metrics,
        &from,
        &to,
        &bodies as _,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"insert into collector (deployment_id, body, observed_at) values ($1, $2, $3)
           on conflict (deployment_id) do update set body = excluded.body, observed_at = excluded.observed_at"#,
        claim.deployment.0,
        Json(&kept.collector) as _,
        kept.observed_at,
    )
    .execute(&mut *tx)
    .await?;
    if !samples.is_empty() {
        tx.kick(stream(claim.deployment).topic());
    }
    tx.commit().await?;
    Ok(true)
}

fn variant(variant: Variant) -> &'static str {
    match variant {
        Variant::Stable => "stable",
        Variant::Canary => "canary",
    }
}
