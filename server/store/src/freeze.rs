//! Freezes and windows: set, previewed, shown, and what they say of an environment.

mod expand;
mod feed;
mod overriding;
mod page;
mod preview;
mod write;

pub use feed::{Feed, end_feed, feed, feed_since, make_feed};
pub use overriding::override_times;
pub(crate) use page::{holding, places};
pub use page::{one, page};
pub use preview::preview;
pub(crate) use write::look_further;
pub use write::{change, end, set};

use crate::Error;
use domain::freeze::{Brief, OnRun, Override, Place, Span, TimeKind, Times};
use domain::id::{PersonId, ReleaseId, TimeRuleId};
use domain::service::Environment;
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::BTreeSet;

/// The topic of pages that show the calendar.
pub(crate) const TOPIC: &str = "calendar";

/// Times of one rule that the gates look at: enough to say when a long row of them is over.
const LOOK: i64 = 50;

/// What holds for an environment from now on, for one release.
pub(crate) async fn times(
    c: &mut PgConnection,
    environment: &Environment,
    release: Option<ReleaseId>,
) -> Result<Times, Error> {
    let rows = sqlx::query!(
        r#"select r.id as "id: TimeRuleId", r.kind as "kind: TimeKind", r.name, r.place as "place: Json<Place>",
               r.on_run as "on_run: OnRun", r.by_id as "by: PersonId", s.from_at as "from?", s.to_at as "to?"
           from time_rule r left join lateral (
               select from_at, to_at from time_span where rule_id = r.id and to_at > now() order by to_at limit $4
           ) s on true
           where r.ended_at is null
             and (r.place ->> 'on' = 'instance' or r.place ->> 'tier' = $1 or r.environment_id = $2
                  or (r.service_id = $3 and r.environment_id is null))
           order by s.from_at"#,
        environment.tier.key(),
        environment.id.0,
        environment.service.0,
        LOOK,
    )
    .fetch_all(&mut *c)
    .await?;
    let mut times = Times::default();
    let mut known = BTreeSet::new();
    for row in rows {
        if known.insert(row.id) {
            times.rules.push(Brief {
                id: row.id,
                kind: row.kind,
                name: row.name,
                place: row.place.0,
                on_run: row.on_run,
                by: row.by,
            });
        }
        times
            .spans
            .extend(row.from.zip(row.to).map(|(from, to)| Span { rule: row.id, from, to }));
    }
    if let Some(release) = release.filter(|_| !times.rules.is_empty()) {
        times.overrides = overrides(c, release, environment).await?;
    }
    Ok(times)
}

async fn overrides(
    c: &mut PgConnection,
    release: ReleaseId,
    environment: &Environment,
) -> Result<Vec<Override>, Error> {
    let overrides = sqlx::query_as!(
        Override,
        r#"select rule_id as "rule: TimeRuleId", by_id as "by: PersonId", reason, at, until from time_override
           where release_id = $1 and environment_id = $2 and until > now() order by at"#,
        release.0,
        environment.id.0,
    );
    Ok(overrides.fetch_all(c).await?)
}
