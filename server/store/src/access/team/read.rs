//! Teams as pages show them. Whoever may read sees who is in which team, and what that gives.

use super::super::read::{places, scope};
use crate::{Db, Error};
use domain::access::{Action, Actor, Person, Place, Role, Scope, Team, TeamGrant, TeamLine, TeamPage};
use domain::id::{EnvironmentId, PersonId, ServiceId, TeamId};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// All teams, by name.
///
/// # Errors
/// `Denied`.
pub async fn teams(db: &Db, actor: &Actor) -> Result<Vec<TeamLine>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let rows = sqlx::query!(
        r#"select id as "id: TeamId", name, description, row_version, (
               select count(*) from team_member m join person p on p.id = m.person_id
               where m.team_id = team.id and p.active
           ) as "members!"
           from team order by lower(name)"#,
    )
    .fetch_all(&mut *c)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let mut grants = grants(&mut c, &ids).await?;
    let lines = rows.into_iter().map(|row| TeamLine {
        grants: grants.remove(&row.id).unwrap_or_default(),
        members: u32::try_from(row.members).unwrap_or(u32::MAX),
        team: Team {
            id: row.id,
            name: row.name,
            description: row.description,
            row_version: row.row_version,
        },
    });
    Ok(lines.collect())
}

/// One team. What could be added to it is there only for who may add it.
///
/// # Errors
/// `Denied`; `NotFound`.
pub async fn team(db: &Db, actor: &Actor, id: TeamId) -> Result<TeamPage, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let team = sqlx::query_as!(
        Team,
        r#"select id as "id: TeamId", name, description, row_version from team where id = $1"#,
        id.0,
    )
    .fetch_one(&mut *c)
    .await?;
    let members = sqlx::query_as!(
        Person,
        r#"select p.id as "id: PersonId", p.name, p.email, p.role as "role: Role", p.active
           from team_member m join person p on p.id = m.person_id
           where m.team_id = $1 order by p.active desc, lower(p.name), p.id"#,
        id.0,
    )
    .fetch_all(&mut *c)
    .await?;
    let grants = grants(&mut c, &[id.0]).await?.remove(&id).unwrap_or_default();
    let (others, places) = match actor.may(Action::ManagePeople, Scope::Instance) {
        Ok(()) => (others(&mut c, id).await?, places(&mut c).await?),
        Err(_) => (Vec::new(), Vec::new()),
    };
    Ok(TeamPage {
        team,
        members,
        grants,
        others,
        places,
    })
}

async fn others(c: &mut PgConnection, id: TeamId) -> Result<Vec<Person>, Error> {
    let others = sqlx::query_as!(
        Person,
        r#"select id as "id: PersonId", name, email, role as "role: Role", active from person p
           where active and not exists (select from team_member where team_id = $1 and person_id = p.id)
           order by kind, lower(name), id"#,
        id.0,
    );
    Ok(others.fetch_all(c).await?)
}

/// The roles that these teams give, the widest first, then by the names of the places.
async fn grants(c: &mut PgConnection, teams: &[Uuid]) -> Result<HashMap<TeamId, Vec<TeamGrant>>, Error> {
    let rows = sqlx::query!(
        r#"select r.team_id as "team: TeamId", r.role as "role: Role", r.service_id as "service: ServiceId",
                  r.environment_id as "environment: EnvironmentId",
                  coalesce(s.name, '') as "service_name!", coalesce(e.name, '') as "environment_name!"
           from team_role r left join service s on s.id = r.service_id left join environment e on e.id = r.environment_id
           where r.team_id = any($1)
           order by s.name nulls first, e.position nulls first, r.since, r.id"#,
        teams,
    )
    .fetch_all(c)
    .await?;
    let mut grants: HashMap<TeamId, Vec<TeamGrant>> = HashMap::new();
    for row in rows {
        let place = Place {
            on: scope(row.service, row.environment),
            service: row.service_name,
            environment: row.environment_name,
        };
        grants
            .entry(row.team)
            .or_default()
            .push(TeamGrant { role: row.role, place });
    }
    Ok(grants)
}
