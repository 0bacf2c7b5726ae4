//! Releases in a list.

use crate::service::read::running_in;
use crate::{Db, Error};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Scope};
use domain::deployment::State;
use domain::id::{DeploymentId, EnvironmentId, ReleaseId};
use domain::release::{Reached, ReleaseLine};
use domain::service::Tier;
use std::collections::BTreeMap;

/// Which releases a list shows.
#[derive(Debug, Clone, Default)]
pub struct ReleaseFilter {
    /// Name of a service; none: all.
    pub service: Option<String>,
    /// Part of a version or a title; empty: all.
    pub text: String,
    /// Planned before this moment: the last line of the page before.
    pub before: Option<DateTime<Utc>>,
}

/// Lines a page.
const PAGE: i64 = 50;

/// Fifty releases, newest first.
///
/// # Errors
/// `Denied`, `Db`.
pub async fn list(db: &Db, actor: &Actor, filter: &ReleaseFilter) -> Result<Vec<ReleaseLine>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let rows = sqlx::query!(
        r#"select r.id as "id: ReleaseId", s.name as service, r.version, r.title, r.created_at,
                  (select count(*) from checklist_item i where i.release_id = r.id and i.state <> 'open') as "settled!",
                  (select count(*) from checklist_item i where i.release_id = r.id) as "items!"
           from release r join service s on s.id = r.service_id
           where ($1::text is null or s.name = $1)
             and (r.version ilike $2 or r.title ilike $2)
             and ($3::timestamptz is null or r.created_at < $3)
           order by r.created_at desc, r.id desc limit $4"#,
        filter.service,
        containing(&filter.text),
        filter.before,
        PAGE,
    )
    .fetch_all(db)
    .await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id.0).collect();
    let mut reached = reached(db, &ids).await?;
    let lines = rows.into_iter().map(|row| ReleaseLine {
        id: row.id,
        service: row.service,
        version: row.version,
        title: row.title,
        created_at: row.created_at,
        settled: u32::try_from(row.settled).unwrap_or(u32::MAX),
        items: u32::try_from(row.items).unwrap_or(u32::MAX),
        reached: reached.remove(&row.id).unwrap_or_default(),
    });
    Ok(lines.collect())
}

/// A pattern that matches texts with this part. What a pattern gives a meaning to is taken as it stands.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.trim().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        if c != '\0' {
            pattern.push(c);
        }
    }
    pattern.push('%');
    pattern
}

/// The newest deployment of each release in each environment, in promotion order. The way back brings a release nowhere.
async fn reached(db: &Db, releases: &[uuid::Uuid]) -> Result<BTreeMap<ReleaseId, Vec<Reached>>, Error> {
    let mut c = db.acquire().await?;
    let rows = sqlx::query!(
        r#"select d.release_id as "release: ReleaseId", e.name, e.tier as "tier: Tier", d.id as "deployment: DeploymentId",
                  d.state as "state: State", e.id as "environment: EnvironmentId"
           from (select distinct on (release_id, environment_id) id, release_id, environment_id, state from deployment
                 where release_id = any($1) and kind <> 'rollback' order by release_id, environment_id, number desc) d
           join environment e on e.id = d.environment_id
           order by e.position"#,
        releases,
    )
    .fetch_all(&mut *c)
    .await?;
    let environments: Vec<EnvironmentId> = rows.iter().map(|row| row.environment).collect();
    let running = running_in(&mut c, &environments).await?;
    let mut reached: BTreeMap<ReleaseId, Vec<Reached>> = BTreeMap::new();
    for row in rows {
        let one = Reached {
            environment: row.name,
            tier: row.tier,
            deployment: row.deployment,
            state: row.state,
            running: running
                .get(&row.environment)
                .is_some_and(|running| running.release == Some(row.release)),
        };
        reached.entry(row.release).or_default().push(one);
    }
    Ok(reached)
}

#[cfg(test)]
mod tests {
    use super::containing;

    #[test]
    fn a_percent_sign_is_looked_for_as_such() {
        assert_eq!(containing(" 5 %_\\"), "%5 \\%\\_\\\\%");
    }
}
