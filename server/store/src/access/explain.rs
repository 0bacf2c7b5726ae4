//! What decides what a person may do, for the page that says it and why.

use super::access_token;
use super::read::{places, team_roles};
use crate::{Db, Error, tx};
use domain::access::{Action, Actor, AskedToken, Person, PersonAccess, Role, Scope, TokenUse};
use domain::id::{PersonId, ServiceId, TeamId, TokenId};
use sqlx::PgConnection;

/// A person's roles, services and teams: for themself, and for who manages people.
///
/// # Errors
/// `Denied`; `NotFound`.
pub async fn person_access(db: &Db, actor: &Actor, id: PersonId) -> Result<PersonAccess, Error> {
    if id != actor.id {
        actor.may(Action::ManagePeople, Scope::Instance)?;
    }
    of(&mut *db.acquire().await?, id).await
}

/// What decides for a token: what its person may, less what it does not reach. For whoever may end it.
///
/// # Errors
/// `Denied`, also to a program that asks about another token of its person; `NotFound`.
pub async fn token_access(db: &Db, actor: &Actor, id: TokenId) -> Result<PersonAccess, Error> {
    let mut tx = tx::begin(db).await?;
    let token = access_token::read(&mut tx, id).await?;
    token.revocable_by(actor)?;
    let mut found = of(&mut tx, token.person).await?;
    found.actor.token = Some(TokenUse {
        id,
        scopes: token.scopes.clone(),
    });
    let state = token.state(tx.now);
    found.token = Some(AskedToken { token, state });
    Ok(found)
}

async fn of(c: &mut PgConnection, id: PersonId) -> Result<PersonAccess, Error> {
    let row = sqlx::query!(
        r#"select name, email, role as "role: Role", active,
               array(select service_id from service_person where person_id = $1 and part = 'owner'
                     union select s.id from service s join team_member m on m.team_id = s.owner_team where m.person_id = $1)
                   as "owns!: Vec<ServiceId>"
           from person where id = $1"#,
        id.0,
    )
    .fetch_one(&mut *c)
    .await?;
    let teams = sqlx::query!(
        r#"select t.id as "id: TeamId", t.name from team_member m join team t on t.id = m.team_id
           where m.person_id = $1 order by lower(t.name)"#,
        id.0,
    )
    .fetch_all(&mut *c)
    .await?;
    let asking = Actor {
        teams: team_roles(&mut *c, id).await?,
        ..Actor::new(id, row.role, row.owns)
    };
    Ok(PersonAccess {
        person: Person {
            id,
            name: row.name,
            email: row.email,
            role: row.role,
            active: row.active,
        },
        actor: asking,
        teams: teams.into_iter().map(|team| (team.id, team.name)).collect(),
        places: places(&mut *c).await?,
        token: None,
    })
}
