//! What a person holds: looked at before they leave.

use super::super::read::{active_in, everybody, people};
use crate::{Db, Error};
use domain::access::{
    Action, Actor, By, Grant, HeldRequest, HeldService, Holdings, OpenIncident, Person, Place, Role, Scope, Standing,
    grant,
};
use domain::gate::{Lock, LockReason};
use domain::id::{EnvironmentId, LockId, PersonId, ServiceId};
use sqlx::PgConnection;
use sqlx::types::Json;

/// All that a person holds now.
///
/// # Errors
/// `Denied`; `NotFound`.
pub async fn holdings(db: &Db, actor: &Actor, id: PersonId) -> Result<Holdings, Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let c = &mut *c;
    let everybody = everybody(c).await?;
    let person = everybody
        .iter()
        .find(|one| one.id == id)
        .cloned()
        .ok_or(Error::NotFound)?;
    let heirs: Vec<Person> = everybody.into_iter().filter(|one| one.active && one.id != id).collect();
    let counted = sqlx::query!(
        r#"select (select count(*) from session where person_id = $1 and expires_at > now()) as "sessions!",
               array(select email from invitation where invited_by = $1 and accepted_at is null
                         and revoked_at is null and expires_at > now() order by email) as "invitations!",
               array(select t.name from team_member m join team t on t.id = m.team_id
                     where m.person_id = $1 order by lower(t.name)) as "teams!""#,
        id.0,
    )
    .fetch_one(&mut *c)
    .await?;
    Ok(Holdings {
        services: services(c, id, &heirs).await?,
        requests: requests(c, id).await?,
        approvals: approvals(c, id).await?,
        incidents: incidents(c, id).await?,
        locks: locks(c, id).await?,
        invitations: counted.invitations,
        teams: counted.teams,
        sessions: u32::try_from(counted.sessions).unwrap_or(u32::MAX),
        person,
        heirs,
    })
}

async fn services(c: &mut PgConnection, id: PersonId, heirs: &[Person]) -> Result<Vec<HeldService>, Error> {
    let rows = sqlx::query!(
        r#"select s.id as "id: ServiceId", s.name, array(
               select person_id from service_person where service_id = s.id and part = 'owner' and person_id <> $1
           ) as "others!: Vec<PersonId>", t.name as "team?"
           from service s join service_person o on o.service_id = s.id and o.part = 'owner'
           left join team t on t.id = s.owner_team
           where o.person_id = $1 order by s.name"#,
        id.0,
    )
    .fetch_all(c)
    .await?;
    let held = rows.into_iter().map(|row| HeldService {
        others: heirs
            .iter()
            .filter(|one| row.others.contains(&one.id))
            .cloned()
            .collect(),
        id: row.id,
        name: row.name,
        team: row.team,
    });
    Ok(held.collect())
}

/// The newest request of a release for an environment, while nothing was deployed on it.
async fn requests(c: &mut PgConnection, by: PersonId) -> Result<Vec<HeldRequest>, Error> {
    let requests = sqlx::query_as!(
        HeldRequest,
        r#"select s.name as service, r.version, e.name as environment, q.requested_at as since
           from (select distinct on (release_id, environment_id) * from approval_request
                 order by release_id, environment_id, requested_at desc, id desc) q
           join release r on r.id = q.release_id join service s on s.id = r.service_id
           join environment e on e.id = q.environment_id
           where q.requested_by = $1 and not exists (
               select from deployment d where d.release_id = q.release_id and d.environment_id = q.environment_id
                   and d.requested_at >= q.requested_at)
           order by q.requested_at desc"#,
        by.0,
    );
    Ok(requests.fetch_all(c).await?)
}

async fn approvals(c: &mut PgConnection, by: PersonId) -> Result<Vec<HeldRequest>, Error> {
    let approvals = sqlx::query_as!(
        HeldRequest,
        r#"select s.name as service, r.version, e.name as environment, a.at as since
           from (select distinct on (release_id, environment_id) * from approval_request
                 order by release_id, environment_id, requested_at desc, id desc) q
           join approval a on a.request_id = q.id and a.decision = 'approve'
           join release r on r.id = q.release_id join service s on s.id = r.service_id
           join environment e on e.id = q.environment_id
           where a.person_id = $1 and not exists (
               select from deployment d where d.release_id = q.release_id and d.environment_id = q.environment_id
                   and d.requested_at >= q.requested_at)
           order by a.at desc"#,
        by.0,
    );
    Ok(approvals.fetch_all(c).await?)
}

async fn incidents(c: &mut PgConnection, by: PersonId) -> Result<Vec<OpenIncident>, Error> {
    let incidents = sqlx::query_as!(
        OpenIncident,
        r#"select i.number, i.form ->> 'title' as "title!", s.name as service
           from incident i join service s on s.id = i.service_id
           where i.resolved_at is null
             and coalesce(i.opened_by ->> 'person', i.opened_by -> 'token' ->> 'person') = $1
           order by i.number desc"#,
        by.to_string(),
    );
    Ok(incidents.fetch_all(c).await?)
}

async fn locks(c: &mut PgConnection, by: PersonId) -> Result<Vec<Standing>, Error> {
    let rows = sqlx::query!(
        r#"select l.id as "id: LockId", l.by as "by: Json<By>", l.reason as "reason: Json<LockReason>", l.since, l.until,
               s.id as "service: ServiceId", s.name as service_name, e.id as "environment: EnvironmentId",
               e.name as environment_name
           from environment_lock l join environment e on e.id = l.environment_id join service s on s.id = e.service_id
           where l.lifted_at is null and (l.until is null or l.until > now())
             and coalesce(l.by ->> 'person', l.by -> 'token' ->> 'person') = $1
           order by s.name, e.position"#,
        by.to_string(),
    )
    .fetch_all(&mut *c)
    .await?;
    let lifting: Vec<Role> = Role::ALL
        .into_iter()
        .filter(|role| grant(*role, Action::LiftLock) == Grant::Yes)
        .collect();
    let mut standing = Vec::with_capacity(rows.len());
    for row in rows {
        let on = Scope::Environment {
            service: row.service,
            environment: row.environment,
        };
        let mut lifters = active_in(&mut *c, &lifting, on).await?;
        lifters.retain(|lifter| *lifter != by);
        standing.push(Standing {
            lifters: people(&mut *c, &lifters).await?,
            place: Place {
                on,
                service: row.service_name,
                environment: row.environment_name,
            },
            lock: Lock {
                id: row.id,
                by: row.by.0,
                reason: row.reason.0,
                since: row.since,
                until: row.until,
            },
        });
    }
    Ok(standing)
}
