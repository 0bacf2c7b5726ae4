//! Setting, changing and ending freezes and windows.

use super::TOPIC;
use super::expand::{AHEAD, BACK, expand};
use crate::event::append;
use crate::service::read;
use crate::tx::{self, Tx};
use crate::{Db, Error};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Denied};
use domain::event::{Event, Stream, StreamKind, differences};
use domain::field::{FieldErrors, Problem};
use domain::freeze::{OnRun, Place, Schedule, TimeForm, TimeKind, TimeRule};
use domain::id::{PersonId, TimeRuleId};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// Sets a freeze or a window. It holds from the moment of its commit, also for what runs already.
///
/// # Errors
/// `Denied`; `NotFound` when its place is not there; `Invalid` by `name`, `reason`, `to`, `zone`, `rule`.
pub async fn set(db: &Db, actor: &Actor, form: &TimeForm) -> Result<TimeRuleId, Error> {
    actor.may(Action::Freeze, form.place.scope())?;
    let mut tx = tx::begin(db).await?;
    let spans = checked(&mut tx, form, None).await?;
    let id = TimeRuleId(Uuid::now_v7());
    let (service, environment) = parts(form.place);
    let (now, until) = (tx.now, tx.now + AHEAD);
    sqlx::query!(
        "insert into time_rule (id, kind, name, reason, place, service_id, environment_id, schedule, on_run, by_id, at, known_until)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        id.0,
        form.kind.key(),
        form.name.trim(),
        form.reason.trim(),
        Json(form.place) as _,
        service,
        environment,
        Json(&form.schedule) as _,
        form.on_run.key(),
        actor.id.0,
        now,
        until,
    )
    .execute(&mut *tx)
    .await?;
    keep(&mut tx, id, &spans).await?;
    let event = Event::TimeSet {
        rule: id,
        kind: form.kind,
        name: form.name.trim().to_owned(),
        changes: differences(&None, &Some(told(form)), &[]),
    };
    append(&mut tx, stream(form.place), actor.by(), &event).await?;
    spread(&mut tx);
    tx.commit().await?;
    Ok(id)
}

/// Changes one. Times that are over stay as they were.
///
/// # Errors
/// As [`set`]; `Conflict` when somebody saved since; `NotFound` also for one that is ended.
pub async fn change(db: &Db, actor: &Actor, id: TimeRuleId, form: &TimeForm) -> Result<(), Error> {
    let mut tx = tx::begin(db).await?;
    let before = locked(&mut tx, id).await?;
    actor.may(Action::Freeze, before.place.scope())?;
    actor.may(Action::Freeze, form.place.scope())?;
    if before.row_version != form.row_version {
        return Err(Error::Conflict);
    }
    let spans = checked(&mut tx, form, Some(&before)).await?;
    let (service, environment) = parts(form.place);
    let (now, until) = (tx.now, tx.now + AHEAD);
    sqlx::query!(
        "update time_rule set kind = $2, name = $3, reason = $4, place = $5, service_id = $6, environment_id = $7, schedule = $8,
             on_run = $9, known_until = $10, row_version = row_version + 1 where id = $1",
        id.0,
        form.kind.key(),
        form.name.trim(),
        form.reason.trim(),
        Json(form.place) as _,
        service,
        environment,
        Json(&form.schedule) as _,
        form.on_run.key(),
        until,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from time_span where rule_id = $1 and to_at > $2", id.0, now)
        .execute(&mut *tx)
        .await?;
    let ahead: Vec<_> = spans.into_iter().filter(|(_, to)| *to > now).collect();
    keep(&mut tx, id, &ahead).await?;
    let old = TimeForm {
        kind: before.kind,
        name: before.name,
        reason: before.reason,
        place: before.place,
        schedule: before.schedule,
        on_run: before.on_run,
        row_version: before.row_version,
    };
    let event = Event::TimeSet {
        rule: id,
        kind: form.kind,
        name: form.name.trim().to_owned(),
        changes: differences(&told(&old), &told(form), &[]),
    };
    append(&mut tx, stream(form.place), actor.by(), &event).await?;
    spread(&mut tx);
    tx.commit().await
}

/// Takes one out of force. It stays in the record.
///
/// # Errors
/// `Denied`; `NotFound`, also when it is ended.
pub async fn end(db: &Db, actor: &Actor, id: TimeRuleId) -> Result<(), Error> {
    sets_some(actor)?;
    let mut tx = tx::begin(db).await?;
    let rule = locked(&mut tx, id).await?;
    actor.may(Action::Freeze, rule.place.scope())?;
    let now = tx.now;
    sqlx::query!("update time_rule set ended_at = $2 where id = $1", id.0, now)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("delete from time_span where rule_id = $1 and from_at > $2", id.0, now)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "update time_span set to_at = $2 where rule_id = $1 and to_at > $2 and from_at < $2",
        id.0,
        now
    )
    .execute(&mut *tx)
    .await?;
    let event = Event::TimeEnded {
        rule: id,
        name: rule.name,
    };
    append(&mut tx, stream(rule.place), actor.by(), &event).await?;
    spread(&mut tx);
    tx.commit().await
}

/// Looks further ahead for rules whose times are known for less than a year by now. Done by the hourly sweep.
pub(crate) async fn look_further(db: &Db) -> Result<(), Error> {
    let mut tx = tx::begin(db).await?;
    let (now, until) = (tx.now, tx.now + AHEAD);
    let rows = sqlx::query!(
        r#"select id as "id: TimeRuleId", schedule as "schedule: Json<Schedule>", known_until from time_rule
           where ended_at is null and known_until < $1 for update skip locked"#,
        now + chrono::TimeDelta::days(366),
    )
    .fetch_all(&mut *tx)
    .await?;
    for row in rows {
        // It could be expanded when it was saved; a zone that is gone meanwhile has no more times.
        let spans = expand(&row.schedule.0, row.known_until, until).unwrap_or_default();
        keep(&mut tx, row.id, &spans).await?;
        sqlx::query!("update time_rule set known_until = $2 where id = $1", row.id.0, until)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await
}

/// What an event tells of a form: its text, without the version.
fn told(form: &TimeForm) -> TimeForm {
    TimeForm {
        row_version: 0,
        ..form.clone()
    }
}

/// The times of a form that can be saved. Its place must be there; one that never comes (again) is refused, unless its times were kept as they are.
pub(super) async fn checked(
    tx: &mut Tx,
    form: &TimeForm,
    before: Option<&TimeRule>,
) -> Result<Vec<(DateTime<Utc>, DateTime<Utc>)>, Error> {
    let mut errors = form.check();
    // What does not come again is known for good, however far ahead it lies.
    let until = match form.schedule.again() {
        true => tx.now + AHEAD,
        false => DateTime::<Utc>::MAX_UTC,
    };
    let spans = match expand(&form.schedule, tx.now - BACK, until) {
        Ok(spans) => spans,
        Err(FieldErrors(found)) => {
            for (field, problem) in found {
                errors.add(&field, problem);
            }
            Vec::new()
        }
    };
    let kept = before.is_some_and(|before| before.schedule == form.schedule);
    if errors.is_empty() && !kept && !spans.iter().any(|(_, to)| *to > tx.now) {
        let field = if form.schedule.again() { "rule" } else { "to" };
        errors.add(field, Problem::Never);
    }
    errors.into_result()?;
    there(tx, form.place).await?;
    Ok(spans)
}

async fn there(tx: &mut Tx, place: Place) -> Result<(), Error> {
    let there = match place {
        Place::Instance | Place::Tier { .. } => return Ok(()),
        Place::Service { service } => {
            let found = sqlx::query_scalar!("select id from service where id = $1 for key share", service.0);
            found.fetch_optional(&mut **tx).await?.is_some()
        }
        Place::Environment { service, environment } => {
            let found = read::environment(tx, environment).await?;
            found.is_some_and(|environment| environment.service == service)
        }
    };
    if there { Ok(()) } else { Err(Error::NotFound) }
}

async fn keep(tx: &mut Tx, id: TimeRuleId, spans: &[(DateTime<Utc>, DateTime<Utc>)]) -> Result<(), Error> {
    let (from, to): (Vec<_>, Vec<_>) = spans.iter().copied().unzip();
    sqlx::query!(
        "insert into time_span (rule_id, from_at, to_at) select $1, * from unnest($2::timestamptz[], $3::timestamptz[])
         on conflict do nothing",
        id.0,
        &from,
        &to,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// One that is in force, its row locked.
/// Who sets none anywhere does not learn which there are.
fn sets_some(actor: &Actor) -> Result<(), Denied> {
    let action = Action::Freeze;
    actor.may_somewhere(action).then_some(()).ok_or(Denied { action })
}

async fn locked(tx: &mut Tx, id: TimeRuleId) -> Result<TimeRule, Error> {
    sqlx::query!(
        "select id from time_rule where id = $1 and ended_at is null for update",
        id.0
    )
    .fetch_one(&mut **tx)
    .await?;
    rule(tx, id).await
}

/// One, also when it is ended.
pub(super) async fn rule(c: &mut PgConnection, id: TimeRuleId) -> Result<TimeRule, Error> {
    let row = sqlx::query!(
        r#"select id as "id: TimeRuleId", kind as "kind: TimeKind", name, reason, place as "place: Json<Place>",
               schedule as "schedule: Json<Schedule>", on_run as "on_run: OnRun", by_id as "by: PersonId", at, ended_at, row_version
           from time_rule where id = $1"#,
        id.0
    )
    .fetch_one(c)
    .await?;
    Ok(TimeRule {
        id: row.id,
        kind: row.kind,
        name: row.name,
        reason: row.reason,
        place: row.place.0,
        schedule: row.schedule.0,
        on_run: row.on_run,
        by: row.by,
        at: row.at,
        ended_at: row.ended_at,
        row_version: row.row_version,
    })
}

fn parts(place: Place) -> (Option<Uuid>, Option<Uuid>) {
    match place {
        Place::Instance | Place::Tier { .. } => (None, None),
        Place::Service { service } => (Some(service.0), None),
        Place::Environment { service, environment } => (Some(service.0), Some(environment.0)),
    }
}

/// Where a rule is told of: at what it holds for.
fn stream(place: Place) -> Stream {
    match place {
        Place::Instance | Place::Tier { .. } => Stream::instance(),
        Place::Service { service } => Stream::new(StreamKind::Service, service),
        Place::Environment { environment, .. } => Stream::new(StreamKind::Environment, environment),
    }
}

/// Whoever looks at a gate looks again, and what was held may go on.
fn spread(tx: &mut Tx) {
    for topic in [TOPIC, "releases", "deployments"] {
        tx.kick(topic);
    }
    tx.wake_engine();
}
