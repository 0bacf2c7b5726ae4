//! People as other use cases read them.

use crate::Error;
use domain::access::{Person, Role};
use domain::id::PersonId;
use sqlx::PgConnection;
use uuid::Uuid;

/// The people with these ids, by name. Ids that nobody has are left out.
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

/// Everybody, those who are active first, by name.
pub(crate) async fn everybody(db: &mut PgConnection) -> Result<Vec<Person>, Error> {
    let people = sqlx::query_as!(
        Person,
        r#"select id as "id: PersonId", name, email, role as "role: Role", active from person
           order by active desc, lower(name), id"#,
    );
    Ok(people.fetch_all(db).await?)
}

/// Active people with one of these roles.
pub(crate) async fn active_in(db: &mut PgConnection, roles: &[Role]) -> Result<Vec<PersonId>, Error> {
    let roles: Vec<String> = roles.iter().map(|role| role.key().to_owned()).collect();
    let ids = sqlx::query_scalar!(
        r#"select id as "id: PersonId" from person where active and role = any($1) order by id"#,
        &roles,
    );
    Ok(ids.fetch_all(db).await?)
}
