//! What a freeze or window would hold, before it is saved.

use super::write::checked;
use crate::{Db, Error, tx};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Action, Actor};
use domain::deployment::State;
use domain::freeze::{HeldDeployment, HeldRelease, OnRun, Place, Preview, Span, TimeForm, TimeKind};
use domain::id::{DeploymentId, EnvironmentId, ReleaseId, ServiceId, TimeRuleId};
use domain::release::Window;
use domain::service::Tier;
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Next times that are shown.
const SHOWN: usize = 10;
/// What runs now is told of what begins within this time.
const SOON: TimeDelta = TimeDelta::hours(24);

type Period = (DateTime<Utc>, DateTime<Utc>);

/// What this freeze or window would do: its next times, and every planned release and running deployment that it would hold.
///
/// # Errors
/// As saving it.
pub async fn preview(db: &Db, actor: &Actor, form: &TimeForm) -> Result<Preview, Error> {
    actor.may(Action::Freeze, form.place.scope())?;
    // Read only: the transaction is dropped.
    let mut tx = tx::begin(db).await?;
    let spans = checked(&mut tx, form, None).await?;
    let ahead: Vec<Period> = spans.into_iter().filter(|(_, to)| *to > tx.now).collect();
    let shut = shut(form.kind, &ahead, tx.now);
    let rule = TimeRuleId(Uuid::nil());
    let next = ahead.iter().take(SHOWN).map(|(from, to)| Span {
        rule,
        from: *from,
        to: *to,
    });
    let now = tx.now;
    Ok(Preview {
        next: next.collect(),
        count: ahead.len() as u64,
        releases: releases(&mut tx, form.place, &shut, now).await?,
        deployments: match form.on_run {
            OnRun::Continue => Vec::new(),
            OnRun::Hold | OnRun::RollBack => deployments(&mut tx, form.place, &shut, now).await?,
        },
    })
}

/// The periods from now on in which nothing may be deployed, in order: the freeze's, or what lies between the windows.
fn shut(kind: TimeKind, spans: &[Period], now: DateTime<Utc>) -> Vec<Period> {
    let mut joined: Vec<Period> = Vec::new();
    for (from, to) in spans {
        match joined.last_mut() {
            Some(last) if *from <= last.1 => last.1 = last.1.max(*to),
            _ => joined.push((*from, *to)),
        }
    }
    if kind == TimeKind::Freeze {
        return joined;
    }
    let begins = std::iter::once(now).chain(joined.iter().map(|span| span.1));
    let ends = joined
        .iter()
        .map(|span| span.0)
        .chain(std::iter::once(DateTime::<Utc>::MAX_UTC));
    begins.zip(ends).filter(|(from, to)| from < to).collect()
}

/// The first period that meets one of these. They are in order and apart.
fn meets(shut: &[Period], from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Period> {
    let first = shut.partition_point(|period| period.1 <= from);
    shut.get(first)
        .filter(|period| period.0 < to)
        .map(|period| (period.0.max(from), period.1.min(to)))
}

async fn releases(
    c: &mut PgConnection,
    place: Place,
    shut: &[Period],
    now: DateTime<Utc>,
) -> Result<Vec<HeldRelease>, Error> {
    let rows = sqlx::query!(
        r#"select r.id as "id: ReleaseId", s.name as service, s.id as "service_id: ServiceId", r.version,
               r.form -> 'window' as "window!: Json<Window>", e.id as "environment: EnvironmentId", e.name, e.tier as "tier: Tier"
           from release r join service s on s.id = r.service_id join environment e on e.service_id = s.id
           where jsonb_typeof(r.form -> 'window') = 'object' and (r.form -> 'window' ->> 'closes_at')::timestamptz > $1
           order by (r.form -> 'window' ->> 'opens_at')::timestamptz, s.name, r.version, e.position"#,
        now,
    )
    .fetch_all(c)
    .await?;
    // A release is told once: for the last environment on its way that the rule covers.
    let mut held: BTreeMap<ReleaseId, HeldRelease> = BTreeMap::new();
    for row in rows {
        let window = row.window.0;
        let covered = place.covers(row.service_id, row.environment, row.tier);
        let Some((from, to)) = meets(shut, window.opens_at.max(now), window.closes_at).filter(|_| covered) else {
            continue;
        };
        let one = HeldRelease {
            release: row.id,
            service: row.service,
            version: row.version,
            environment: row.name,
            window,
            from,
            to,
        };
        held.insert(row.id, one);
    }
    let mut held: Vec<_> = held.into_values().collect();
    held.sort_by(|a, b| (a.window.opens_at, &a.service, &a.version).cmp(&(b.window.opens_at, &b.service, &b.version)));
    Ok(held)
}

async fn deployments(
    c: &mut PgConnection,
    place: Place,
    shut: &[Period],
    now: DateTime<Utc>,
) -> Result<Vec<HeldDeployment>, Error> {
    let under_way: Vec<String> = State::ALL
        .into_iter()
        .filter(|state| state.under_way())
        .map(|state| state.key().to_owned())
        .collect();
    let rows = sqlx::query!(
        r#"select d.id as "id: DeploymentId", d.number, s.name as service, s.id as "service_id: ServiceId", r.version,
               e.id as "environment: EnvironmentId", e.name, e.tier as "tier: Tier"
           from deployment d join service s on s.id = d.service_id join environment e on e.id = d.environment_id
           join release r on r.id = d.release_id
           where d.state = any($1) and d.kind <> 'rollback' order by d.number"#,
        &under_way,
    )
    .fetch_all(c)
    .await?;
    let Some((from, _)) = meets(shut, now, now + SOON) else {
        return Ok(Vec::new());
    };
    let held = rows
        .into_iter()
        .filter(|row| place.covers(row.service_id, row.environment, row.tier))
        .map(|row| HeldDeployment {
            deployment: row.id,
            number: row.number,
            service: row.service,
            version: row.version,
            environment: row.name,
            from,
        });
    Ok(held.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + hour * 3600, 0).unwrap()
    }

    fn hours(periods: &[(i64, i64)]) -> Vec<Period> {
        periods.iter().map(|(from, to)| (at(*from), at(*to))).collect()
    }

    #[test]
    fn a_freeze_shuts_its_times_and_windows_shut_the_rest() {
        let spans = hours(&[(2, 4), (3, 6), (6, 7), (10, 12)]);
        assert_eq!(shut(TimeKind::Freeze, &spans, at(0)), hours(&[(2, 7), (10, 12)]));
        let between = shut(TimeKind::Window, &spans, at(0));
        assert_eq!(between[..2], hours(&[(0, 2), (7, 10)]));
        assert_eq!(between[2].0, at(12));
        assert_eq!(shut(TimeKind::Window, &spans, at(5))[0], (at(7), at(10)));
    }

    #[test]
    fn what_meets_is_cut_to_what_was_asked_for() {
        let shut = hours(&[(2, 7), (10, 12)]);
        assert_eq!(meets(&shut, at(0), at(2)), None);
        assert_eq!(meets(&shut, at(0), at(3)), Some((at(2), at(3))));
        assert_eq!(meets(&shut, at(6), at(11)), Some((at(6), at(7))));
        assert_eq!(meets(&shut, at(7), at(10)), None);
        assert_eq!(meets(&shut, at(11), at(20)), Some((at(11), at(12))));
    }
}
