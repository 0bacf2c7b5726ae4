//! The calendar: freezes and windows, their times, and what is planned in them.

use super::write::rule;
use crate::access::read::people;
use crate::{Db, Error};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Scope};
use domain::freeze::{CalendarPage, Entry, Place, PlaceNames, PlannedRelease, TimeKind, TimeRule};
use domain::id::{EnvironmentId, ReleaseId, ServiceId, TimeRuleId};
use domain::release::Window;
use sqlx::PgConnection;
use sqlx::types::Json;

/// Times and planned releases that a page shows at most.
const SHOWN: i64 = 2_000;

/// All rules in force, and what is in a period.
///
/// # Errors
/// `Denied`.
pub async fn page(db: &Db, actor: &Actor, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<CalendarPage, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let now = sqlx::query_scalar!(r#"select now() as "now!""#)
        .fetch_one(&mut *c)
        .await?;
    let ids = sqlx::query_scalar!(
        r#"select id as "id: TimeRuleId" from time_rule where ended_at is null order by kind, lower(name), id"#
    );
    let ids = ids.fetch_all(&mut *c).await?;
    let mut rules = Vec::with_capacity(ids.len());
    for id in ids {
        rules.push(rule(&mut c, id).await?);
    }
    let by: Vec<_> = rules.iter().map(|rule| rule.by).collect();
    Ok(CalendarPage {
        now,
        people: people(&mut c, &by).await?,
        entries: entries(&mut c, from, to).await?,
        planned: planned(&mut c, from, to).await?,
        places: places(&mut c).await?,
        rules,
    })
}

/// One rule, also an ended one, or none for a new one; with the places that can be named.
///
/// # Errors
/// `Denied`, `NotFound`.
pub async fn one(db: &Db, actor: &Actor, id: Option<TimeRuleId>) -> Result<(Option<TimeRule>, PlaceNames), Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let found = match id {
        Some(id) => Some(rule(&mut c, id).await?),
        None => None,
    };
    Ok((found, places(&mut c).await?))
}

pub(super) async fn entries(c: &mut PgConnection, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<Entry>, Error> {
    let rows = sqlx::query!(
        r#"select r.id as "id: TimeRuleId", r.kind as "kind: TimeKind", r.name, r.place as "place: Json<Place>", s.from_at, s.to_at
           from time_span s join time_rule r on r.id = s.rule_id
           where s.to_at > $1 and s.from_at < $2 order by s.from_at, r.id limit $3"#,
        from,
        to,
        SHOWN,
    )
    .fetch_all(c)
    .await?;
    let entries = rows.into_iter().map(|row| Entry {
        rule: row.id,
        kind: row.kind,
        name: row.name,
        place: row.place.0,
        from: row.from_at,
        to: row.to_at,
    });
    Ok(entries.collect())
}

/// Freezes that hold at this moment, the one that ends last first.
pub(crate) async fn holding(c: &mut PgConnection) -> Result<Vec<Entry>, Error> {
    let rows = sqlx::query!(
        r#"select r.id as "id: TimeRuleId", r.kind as "kind: TimeKind", r.name, r.place as "place: Json<Place>", s.from_at, s.to_at
           from time_span s join time_rule r on r.id = s.rule_id
           where r.ended_at is null and r.kind = 'freeze' and s.from_at <= now() and s.to_at > now()
           order by s.to_at desc, r.id"#,
    )
    .fetch_all(c)
    .await?;
    let entries = rows.into_iter().map(|row| Entry {
        rule: row.id,
        kind: row.kind,
        name: row.name,
        place: row.place.0,
        from: row.from_at,
        to: row.to_at,
    });
    Ok(entries.collect())
}

pub(super) async fn planned(
    c: &mut PgConnection,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<PlannedRelease>, Error> {
    let rows = sqlx::query!(
        r#"select r.id as "id: ReleaseId", s.name as service, r.version, r.title, r.form -> 'window' as "window!: Json<Window>"
           from release r join service s on s.id = r.service_id
           where jsonb_typeof(r.form -> 'window') = 'object'
             and (r.form -> 'window' ->> 'closes_at')::timestamptz > $1
             and (r.form -> 'window' ->> 'opens_at')::timestamptz < $2
           order by (r.form -> 'window' ->> 'opens_at')::timestamptz, s.name, r.version limit $3"#,
        from,
        to,
        SHOWN,
    )
    .fetch_all(c)
    .await?;
    let planned = rows.into_iter().map(|row| PlannedRelease {
        release: row.id,
        service: row.service,
        version: row.version,
        title: row.title,
        window: row.window.0,
    });
    Ok(planned.collect())
}

/// What services and environments are called.
pub(crate) async fn places(c: &mut PgConnection) -> Result<PlaceNames, Error> {
    let services = sqlx::query!(r#"select id as "id: ServiceId", name from service order by name"#);
    let environments = sqlx::query!(
        r#"select id as "id: EnvironmentId", service_id as "service: ServiceId", name from environment order by position"#
    );
    Ok(PlaceNames {
        services: services
            .fetch_all(&mut *c)
            .await?
            .into_iter()
            .map(|row| (row.id, row.name))
            .collect(),
        environments: environments
            .fetch_all(&mut *c)
            .await?
            .into_iter()
            .map(|row| (row.id, row.service, row.name))
            .collect(),
    })
}
