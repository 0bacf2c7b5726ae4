//! People as other use cases read them.

use crate::Error;
use domain::access::{Person, Place, Role, Scope, TeamRole};
use domain::id::{EnvironmentId, PersonId, ServiceId, TeamId};
use sqlx::PgConnection;
use uuid::Uuid;

/// The people with these ids, by name; service accounts too. Ids that nobody has are left out.
pub(crate) async fn people(db: &mut PgConnection, ids: &[PersonId]) -> Result<Vec<Person>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let people = sqlx::query_as!(
        Person,
        r#"select id as "id: PersonId", name, email, role as "role: Role", active from person
           where id = any($1) order by lower(name), id"#,
        &ids,
    );
    Ok(people.fetch_all(db).await?)
}

/// Those of these ids who can answer for something: people, no service accounts. Their accounts stay as they are until the end of the
/// transaction: nobody becomes an owner while they leave.
pub(crate) async fn answerable(db: &mut PgConnection, ids: &[PersonId]) -> Result<Vec<Person>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let people = sqlx::query_as!(
        Person,
        r#"select id as "id: PersonId", name, email, role as "role: Role", active from person
           where id = any($1) and kind = 'person' order by lower(name), id for share"#,
        &ids,
    );
    Ok(people.fetch_all(db).await?)
}

/// Everybody, those who are active first, by name. No service accounts.
pub(crate) async fn everybody(db: &mut PgConnection) -> Result<Vec<Person>, Error> {
    let people = sqlx::query_as!(
        Person,
        r#"select id as "id: PersonId", name, email, role as "role: Role", active from person
           where kind = 'person' order by active desc, lower(name), id"#,
    );
    Ok(people.fetch_all(db).await?)
}

/// Active people with one of these roles there, their own or by a team. No service accounts: they are asked for nothing.
pub(crate) async fn active_in(db: &mut PgConnection, roles: &[Role], on: Scope) -> Result<Vec<PersonId>, Error> {
    let roles: Vec<String> = roles.iter().map(|role| role.key().to_owned()).collect();
    let ids = sqlx::query_scalar!(
        r#"select id as "id: PersonId" from person p
           where active and kind = 'person' and (role = any($1) or exists (
               select from team_member m join team_role r on r.team_id = m.team_id
               where m.person_id = p.id and r.role = any($1)
                 and (r.service_id is null or r.service_id = $2)
                 and (r.environment_id is null or r.environment_id = $3)
           )) order by id"#,
        &roles,
        on.service().map(|service| service.0),
        on.environment().map(|environment| environment.0),
    );
    Ok(ids.fetch_all(db).await?)
}

/// The roles that a person has by teams, each where it holds; the widest first.
pub(crate) async fn team_roles(db: &mut PgConnection, person: PersonId) -> Result<Vec<TeamRole>, Error> {
    let rows = sqlx::query!(
        r#"select r.team_id as "team: TeamId", r.role as "role: Role", r.service_id as "service: ServiceId",
                  r.environment_id as "environment: EnvironmentId"
           from team_member m join team_role r on r.team_id = m.team_id
           where m.person_id = $1 order by r.service_id nulls first, r.environment_id nulls first, r.since, r.id"#,
        person.0,
    )
    .fetch_all(db)
    .await?;
    let roles = rows.into_iter().map(|row| TeamRole {
        team: row.team,
        role: row.role,
        on: scope(row.service, row.environment),
    });
    Ok(roles.collect())
}

/// A scope as two columns keep it.
pub(crate) fn scope(service: Option<ServiceId>, environment: Option<EnvironmentId>) -> Scope {
    match (service, environment) {
        (Some(service), Some(environment)) => Scope::Environment { service, environment },
        (Some(service), None) => Scope::Service(service),
        (None, _) => Scope::Instance,
    }
}

/// Every place where something can be asked for: the instance, then each service by name with its environments in promotion order.
pub(crate) async fn places(db: &mut PgConnection) -> Result<Vec<Place>, Error> {
    let rows = sqlx::query!(
        r#"select s.id as "service: ServiceId", s.name as "service_name!", e.id as "environment?: EnvironmentId",
                  coalesce(e.name, '') as "environment_name!"
           from service s cross join lateral (
               select null::uuid as id, null::text as name, -1 as position
               union all select id, name, position from environment where service_id = s.id
           ) e
           order by s.name, e.position"#,
    )
    .fetch_all(db)
    .await?;
    let inside = rows.into_iter().map(|row| Place {
        on: scope(Some(row.service), row.environment),
        service: row.service_name,
        environment: row.environment_name,
    });
    Ok(std::iter::once(Place::instance()).chain(inside).collect())
}
