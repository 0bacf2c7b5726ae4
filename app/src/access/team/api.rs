//! Calls about teams.

use crate::error::AppError;
use domain::access::{Role, TeamLine, TeamPage};
use domain::id::{PersonId, TeamId};
use leptos::prelude::*;

/// All teams.
#[server(prefix = "/call", endpoint = "team/list")]
pub async fn read_teams() -> Result<Vec<TeamLine>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::teams(&db, &actor).await?)
}

/// One team.
#[server(prefix = "/call", endpoint = "team/page")]
pub async fn read_team(id: TeamId) -> Result<TeamPage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::team(&db, &actor, id).await?)
}

/// Makes a team, and leads to it.
#[server(prefix = "/call", endpoint = "team/create")]
pub async fn create_team(name: String, #[server(default)] description: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let id = store::access::create_team(&db, &actor, &name, &description).await?;
    crate::caller::go_to(&super::words::address(id));
    Ok(())
}

/// Changes a team's name and description.
#[server(prefix = "/call", endpoint = "team/change")]
pub async fn change_team(
    id: TeamId,
    row_version: i32,
    name: String,
    #[server(default)] description: String,
) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::change_team(&db, &actor, id, row_version, &name, &description).await?)
}

/// Removes a team. Whoever asks has been told what goes with it.
#[server(prefix = "/call", endpoint = "team/remove")]
pub async fn remove_team(id: TeamId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::access::remove_team(&db, &actor, id).await?;
    crate::caller::go_to("/administration/teams");
    Ok(())
}

/// Makes somebody a member.
#[server(prefix = "/call", endpoint = "team/add-member")]
pub async fn add_member(id: TeamId, #[server(default)] person: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let person = super::posted::chosen(&person, "person")
        .map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?;
    Ok(store::access::add_member(&db, &actor, id, person).await?)
}

/// Takes somebody out of a team.
#[server(prefix = "/call", endpoint = "team/remove-member")]
pub async fn remove_member(id: TeamId, person: PersonId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::remove_member(&db, &actor, id, person).await?)
}

/// Gives the members a role somewhere. The place is posted by [`domain::access::Scope::key`].
#[server(prefix = "/call", endpoint = "team/give-role")]
pub async fn give_role(id: TeamId, role: Role, #[server(default)] on: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let on =
        super::posted::place(&on).map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?;
    Ok(store::access::give_role(&db, &actor, id, role, on).await?)
}

/// Takes a role away that the team gives somewhere.
#[server(prefix = "/call", endpoint = "team/take-role")]
pub async fn take_role(id: TeamId, role: Role, on: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let on =
        super::posted::place(&on).map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?;
    Ok(store::access::take_role(&db, &actor, id, role, on).await?)
}
