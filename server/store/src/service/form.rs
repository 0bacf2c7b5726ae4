//! Making, changing and removing services with their environments.

use super::read::{self, Part};
use super::{page, policy};
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule};
use domain::access::{Action, Actor, Scope};
use domain::event::{Event, Stream, StreamKind, differences};
use domain::field::{FieldErrors, Problem};
use domain::id::{EnvironmentId, PersonId, ServiceId};
use domain::service::{Environment, EnvironmentForm, Policy, Service, ServiceForm, Settings};
use domain::status::ComponentState;
use sqlx::types::Json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Makes a service with its environments: without a target yet, under the rules of their tiers. An engineer who makes one owns it.
///
/// # Errors
/// `Denied`; `Invalid` with the fields of [`ServiceForm::check`], `name` also when it is taken, `owners` and `stakeholders` when somebody is unknown.
pub async fn create(db: &Db, actor: &Actor, form: &ServiceForm) -> Result<String, Error> {
    actor.may(Action::ManageService, Scope::Instance)?;
    let mut form = form.clone();
    // Otherwise who made it could not change it.
    let owner_only = actor.may(Action::ManageTarget, Scope::Instance).is_err();
    if owner_only && !form.owners.contains(&actor.id) {
        form.owners.push(actor.id);
    }
    let mut tx = tx::begin(db).await?;
    insert(&mut tx, actor, &form, false).await?;
    tx.commit().await?;
    Ok(form.name)
}

/// Makes a service within a transaction; `sample` marks it as part of the sample workspace.
pub(crate) async fn insert(tx: &mut Tx, actor: &Actor, form: &ServiceForm, sample: bool) -> Result<ServiceId, Error> {
    form.check().into_result()?;
    people_of_form(tx, form, &BTreeSet::new()).await?;
    let (id, now) = (ServiceId(Uuid::now_v7()), tx.now);
    sqlx::query!(
        "insert into service (id, name, repository, description, customer_facing, sample, created_at, owner_team)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.0,
        form.name,
        form.repository.trim(),
        form.description.trim(),
        form.customer_facing,
        sample,
        now,
        form.team.map(|team| team.0),
    )
    .execute(&mut **tx)
    .await?;
    write_people(tx, id, form).await?;
    for (position, environment) in (0..).zip(&form.environments) {
        insert_environment(tx, actor, id, position, environment).await?;
    }
    write_component(tx, actor, id, form).await?;
    let event = Event::ServiceCreated {
        name: form.name.clone(),
    };
    append(tx, Stream::new(StreamKind::Service, id), actor.by(), &event).await?;
    Ok(id)
}

async fn insert_environment(
    tx: &mut Tx,
    actor: &Actor,
    service: ServiceId,
    position: i32,
    form: &EnvironmentForm,
) -> Result<(), Error> {
    let (id, now) = (EnvironmentId(Uuid::now_v7()), tx.now);
    sqlx::query!(
        "insert into environment (id, service_id, name, position, tier, settings) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        service.0,
        form.name,
        position,
        form.tier.key(),
        Json(Settings::default()) as _,
    )
    .execute(&mut **tx)
    .await?;
    policy::insert(tx, id, 1, &Policy::for_tier(form.tier), Some(actor.id), now).await
}

/// Refuses people who do not exist, or are new to the service and not active.
async fn people_of_form(tx: &mut Tx, form: &ServiceForm, already: &BTreeSet<PersonId>) -> Result<(), Error> {
    let mut errors = FieldErrors::default();
    for (field, ids) in [("owners", &form.owners), ("stakeholders", &form.stakeholders)] {
        let known = crate::access::read::answerable(tx, ids).await?;
        let fine = |id: &PersonId| {
            known
                .iter()
                .any(|person| person.id == *id && (person.active || already.contains(id)))
        };
        if !ids.iter().all(fine) {
            errors.add(field, Problem::Unknown);
        }
    }
    if let Some(team) = form.team {
        // Until the end of the transaction the team is not removed.
        let known = sqlx::query!("select id from team where id = $1 for share", team.0);
        if known.fetch_optional(&mut **tx).await?.is_none() {
            errors.add("team", Problem::Unknown);
        }
    }
    Ok(errors.into_result()?)
}

async fn write_people(tx: &mut Tx, service: ServiceId, form: &ServiceForm) -> Result<(), Error> {
    sqlx::query!("delete from service_person where service_id = $1", service.0)
        .execute(&mut **tx)
        .await?;
    for (part, ids) in [(Part::Owner, &form.owners), (Part::Stakeholder, &form.stakeholders)] {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        sqlx::query!(
            "insert into service_person (service_id, person_id, part)
             select $1, person, $3 from unnest($2::uuid[]) person on conflict do nothing",
            service.0,
            &ids,
            part.key(),
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// A customer-facing service is a line of the status page, under the service's name. What it was is kept when it is no longer one.
async fn write_component(tx: &mut Tx, actor: &Actor, service: ServiceId, form: &ServiceForm) -> Result<(), Error> {
    let updated = sqlx::query!(
        "update component set name = $2, description = $3 where service_id = $1",
        service.0,
        form.name,
        form.description.trim(),
    );
    if updated.execute(&mut **tx).await?.rows_affected() > 0 || !form.customer_facing {
        return Ok(());
    }
    let (id, now, state) = (Uuid::now_v7(), tx.now, ComponentState::Operational);
    sqlx::query!(
        "insert into component (id, service_id, name, description, position, state, since)
         values ($1, $2, $3, $4, (select coalesce(max(position) + 1, 0) from component), $5, $6)",
        id,
        service.0,
        form.name,
        form.description.trim(),
        state.key(),
        now,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "insert into component_change (component_id, at, state) values ($1, $2, $3)",
        id,
        now,
        state.key()
    )
    .execute(&mut **tx)
    .await?;
    append(
        tx,
        Stream::new(StreamKind::Component, id),
        actor.by(),
        &Event::ComponentChanged { to: state },
    )
    .await?;
    Ok(())
}

/// Changes a service, its people and its environments. An environment that is left out goes, unless something was deployed to it.
///
/// # Errors
/// `NotFound`; `Denied`; `Conflict` when somebody saved since `form.row_version`; `Invalid` as in [`create`]; `Rule::InUse`.
pub async fn update(db: &Db, actor: &Actor, name: &str, form: &ServiceForm) -> Result<(), Error> {
    let mut tx = tx::begin(db).await?;
    let before = read::locked_by_name(&mut tx, name).await?;
    actor.may(Action::ManageService, Scope::Service(before.id))?;
    if before.row_version != form.row_version {
        return Err(Error::Conflict);
    }
    change(&mut tx, actor, &before, form).await?;
    tx.commit().await
}

/// Changes a service whose row is locked.
pub(super) async fn change(tx: &mut Tx, actor: &Actor, before: &Service, form: &ServiceForm) -> Result<(), Error> {
    form.check().into_result()?;
    let (owners, stakeholders) = page::people(tx, before.id).await?;
    let already: BTreeSet<PersonId> = owners.iter().chain(&stakeholders).map(|person| person.id).collect();
    people_of_form(tx, form, &already).await?;
    let team = read::owner_teams_of(tx, &[before.id]).await?.remove(&before.id);
    let team = team.map(|team| team.id);
    let environments = read::environments_of(tx, &[before.id]).await?;
    let ids = |people: &[domain::access::Person]| people.iter().map(|person| person.id).collect::<BTreeSet<_>>();
    let differs = [
        ("name", before.name != form.name),
        ("repository", before.repository != form.repository.trim()),
        ("description", before.description != form.description.trim()),
        ("customer_facing", before.customer_facing != form.customer_facing),
        ("owners", ids(&owners) != form.owners.iter().copied().collect()),
        ("team", team != form.team),
        (
            "stakeholders",
            ids(&stakeholders) != form.stakeholders.iter().copied().collect(),
        ),
        ("environments", !same_environments(&environments, &form.environments)),
    ];
    let fields: Vec<String> = differs
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(f, _)| f.to_owned())
        .collect();
    let changes = differences(
        &ServiceForm {
            name: before.name.clone(),
            repository: before.repository.clone(),
            description: before.description.clone(),
            customer_facing: before.customer_facing,
            owners: owners.iter().map(|person| person.id).collect(),
            team,
            stakeholders: stakeholders.iter().map(|person| person.id).collect(),
            environments: environments.iter().map(as_form).collect(),
            row_version: form.row_version,
        },
        form,
        // An order of people says nothing; the names of the fields tell when somebody is new.
        &["owners", "team", "stakeholders"],
    );
    sqlx::query!(
        "update service set name = $2, repository = $3, description = $4, customer_facing = $5, owner_team = $6,
             row_version = row_version + 1 where id = $1",
        before.id.0,
        form.name,
        form.repository.trim(),
        form.description.trim(),
        form.customer_facing,
        form.team.map(|team| team.0),
    )
    .execute(&mut **tx)
    .await?;
    write_people(tx, before.id, form).await?;
    write_environments(tx, actor, before.id, &environments, &form.environments).await?;
    write_component(tx, actor, before.id, form).await?;
    append(
        tx,
        Stream::new(StreamKind::Service, before.id),
        actor.by(),
        &Event::ServiceChanged { fields, changes },
    )
    .await?;
    tx.kick("status");
    Ok(())
}

fn as_form(environment: &Environment) -> EnvironmentForm {
    EnvironmentForm {
        id: Some(environment.id),
        name: environment.name.clone(),
        tier: environment.tier,
    }
}

fn same_environments(before: &[Environment], after: &[EnvironmentForm]) -> bool {
    let same = |(a, b): (&Environment, &EnvironmentForm)| Some(a.id) == b.id && a.name == b.name && a.tier == b.tier;
    before.len() == after.len() && before.iter().zip(after).all(same)
}

async fn write_environments(
    tx: &mut Tx,
    actor: &Actor,
    service: ServiceId,
    before: &[Environment],
    after: &[EnvironmentForm],
) -> Result<(), Error> {
    let kept: BTreeSet<EnvironmentId> = after.iter().filter_map(|form| form.id).collect();
    if !kept
        .iter()
        .all(|id| before.iter().any(|environment| environment.id == *id))
    {
        return Err(Error::field("environments", Problem::Unknown));
    }
    for gone in before.iter().filter(|environment| !kept.contains(&environment.id)) {
        remove_environment(tx, gone.id).await?;
    }
    // Two environments may swap their names: none of the old ones is in the way.
    sqlx::query!(
        "update environment set name = id::text where service_id = $1",
        service.0
    )
    .execute(&mut **tx)
    .await?;
    for (position, form) in (0..).zip(after) {
        let Some(id) = form.id else {
            insert_environment(tx, actor, service, position, form).await?;
            continue;
        };
        sqlx::query!(
            "update environment set name = $2, tier = $3, position = $4 where id = $1",
            id.0,
            form.name,
            form.tier.key(),
            position,
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// What was deployed to an environment is history, which an edit must not take along.
async fn remove_environment(tx: &mut Tx, id: EnvironmentId) -> Result<(), Error> {
    sqlx::query!("select id from environment where id = $1 for update", id.0)
        .fetch_one(&mut **tx)
        .await?;
    let used = sqlx::query_scalar!(
        r#"select exists (select 1 from deployment where environment_id = $1) as "used!""#,
        id.0,
    );
    if used.fetch_one(&mut **tx).await? {
        return Err(Rule::InUse.into());
    }
    sqlx::query!("delete from environment where id = $1", id.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Removes a service with all its releases, deployments and incidents. The record of events stays.
///
/// # Errors
/// `NotFound`; `Denied`; `Rule::InUse` while a deployment of it has not ended.
pub async fn remove(db: &Db, actor: &Actor, name: &str) -> Result<(), Error> {
    let mut tx = tx::begin(db).await?;
    let service = read::locked_by_name(&mut tx, name).await?;
    actor.may(Action::ManageService, Scope::Service(service.id))?;
    // Nobody asks for a deployment meanwhile: that holds the environment's row.
    sqlx::query!(
        "select id from environment where service_id = $1 order by id for update",
        service.id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    let used = sqlx::query_scalar!(
        r#"select exists (
               select 1 from deployment where service_id = $1 and state in ('queued', 'running', 'paused', 'baking')
           ) as "used!""#,
        service.id.0,
    );
    if used.fetch_one(&mut *tx).await? {
        return Err(Rule::InUse.into());
    }
    sqlx::query!("delete from service where id = $1", service.id.0)
        .execute(&mut *tx)
        .await?;
    append(
        &mut tx,
        Stream::new(StreamKind::Service, service.id),
        actor.by(),
        &Event::ServiceRemoved,
    )
    .await?;
    for topic in ["releases", "deployments", "incidents", "status"] {
        tx.kick(topic);
    }
    tx.commit().await
}
