//! Loading the sample workspace: all of it, or nothing.

use super::texts;
use crate::access::{hash_password, random_token};
use crate::event::append;
use crate::release::read;
use crate::service::read::environments_of;
use crate::tx::{Tx, begin};
use crate::{Db, Error, Rule};
use chrono::TimeDelta;
use domain::access::{Action, Actor, Role, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::field::{Problem, check_email};
use domain::id::{PersonId, ReleaseId, ServiceId};
use domain::release::{ItemAct, ReleaseForm};
use domain::service::{ServiceForm, Settings};
use sqlx::types::Json;
use uuid::Uuid;

/// A person of the sample workspace.
#[derive(Debug, Clone)]
pub struct SamplePerson {
    pub name: String,
    pub email: String,
    pub role: Role,
    /// At least 12 characters. Kept hashed: whoever loads the workspace shows it once.
    pub password: String,
}

/// What is loaded: texts from [`texts`], places from the playground.
#[derive(Debug, Clone)]
pub struct SampleInput {
    /// Engineers of the sample own it, the others are its stakeholders, beside those whom the form names.
    pub service: ServiceForm,
    /// Settings by the environment's name.
    pub settings: Vec<(String, Settings)>,
    /// Oldest first.
    pub releases: Vec<ReleaseForm>,
    pub people: Vec<SamplePerson>,
}

/// A password that nobody can guess, for a sample person: 16 characters.
pub fn generated_password() -> String {
    random_token(12)
}

/// Loads the sample workspace.
///
/// # Errors
/// `Denied`; `Rule::NothingToDo` when it is there; `Invalid` when something of the input is wrong, or a name or an address is taken.
pub async fn load(db: &Db, actor: &Actor, input: SampleInput) -> Result<(), Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut hashes = Vec::with_capacity(input.people.len());
    for person in &input.people {
        hashes.push(checked_hash(person).await?);
    }
    let mut tx = begin(db).await?;
    only_once(&mut tx).await?;
    let people = add_people(&mut tx, actor, &input.people, &hashes).await?;
    let service = add_service(&mut tx, actor, &input, &people).await?;
    let planner = planner(&people, actor, service);
    let steps = i64::try_from(input.releases.len()).unwrap_or(i64::MAX);
    for (ago, form) in (0..steps).rev().zip(&input.releases) {
        add_release(&mut tx, &planner, service, form, TimeDelta::milliseconds(ago)).await?;
    }
    append(&mut tx, Stream::instance(), actor.by(), &Event::SampleLoaded).await?;
    tx.commit().await
}

async fn checked_hash(person: &SamplePerson) -> Result<String, Error> {
    let mut errors = domain::field::FieldErrors::default();
    check_email(&mut errors, "email", &person.email);
    domain::field::check_length(&mut errors, "name", &person.name, 1, 120);
    if person.password.chars().count() < 12 {
        errors.add("password", Problem::TooShort { least: 12 });
    }
    errors.into_result()?;
    hash_password(&person.password).await
}

/// One sample workspace an instance: a second loading at the same time waits, and then finds the first one's.
async fn only_once(tx: &mut Tx) -> Result<(), Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('sample workspace', 0))")
        .execute(&mut **tx)
        .await?;
    let loaded = sqlx::query_scalar!(r#"select exists (select from service where sample) as "loaded!""#);
    if loaded.fetch_one(&mut **tx).await? {
        Err(Rule::NothingToDo.into())
    } else {
        Ok(())
    }
}

async fn add_people(
    tx: &mut Tx,
    actor: &Actor,
    people: &[SamplePerson],
    hashes: &[String],
) -> Result<Vec<(PersonId, Role)>, Error> {
    let mut added = Vec::with_capacity(people.len());
    for (person, hash) in people.iter().zip(hashes) {
        let id = PersonId(Uuid::now_v7());
        sqlx::query!(
            "insert into person (id, email, name, role, password_hash, sample) values ($1, $2, $3, $4, $5, true)",
            id.0,
            person.email.trim(),
            person.name.trim(),
            person.role.key(),
            hash,
        )
        .execute(&mut **tx)
        .await?;
        let joined = Event::PersonJoined { role: person.role };
        append(tx, Stream::new(StreamKind::Person, id), actor.by(), &joined).await?;
        added.push((id, person.role));
    }
    Ok(added)
}

async fn add_service(
    tx: &mut Tx,
    actor: &Actor,
    input: &SampleInput,
    people: &[(PersonId, Role)],
) -> Result<ServiceId, Error> {
    let mut form = input.service.clone();
    for (id, role) in people {
        if *role == Role::Engineer {
            &mut form.owners
        } else {
            &mut form.stakeholders
        }
        .push(*id);
    }
    let service = crate::service::insert(tx, actor, &form, true).await?;
    let environments = environments_of(tx, &[service]).await?;
    for (name, settings) in &input.settings {
        let known = environments.iter().find(|environment| environment.name == *name);
        let environment = known.ok_or_else(|| Error::field("settings", Problem::Unknown))?.id;
        settings.check().into_result()?;
        sqlx::query!(
            "update environment set settings = $2 where id = $1",
            environment.0,
            Json(settings) as _
        )
        .execute(&mut **tx)
        .await?;
        let changed = Event::EnvironmentChanged {
            fields: vec!["settings".into()],
            changes: Vec::new(),
        };
        append(
            tx,
            Stream::new(StreamKind::Environment, environment),
            actor.by(),
            &changed,
        )
        .await?;
    }
    Ok(service)
}

/// Who plans the sample's releases: its engineer, so that whoever loads the workspace can still approve.
fn planner(people: &[(PersonId, Role)], actor: &Actor, service: ServiceId) -> Actor {
    let engineer = people.iter().find(|(_, role)| *role == Role::Engineer);
    engineer.map_or_else(|| actor.clone(), |(id, role)| Actor::new(*id, *role, vec![service]))
}

/// Plans a release with a part of its checklist done. `ago` keeps the order in which the releases were planned.
async fn add_release(
    tx: &mut Tx,
    planner: &Actor,
    service: ServiceId,
    form: &ReleaseForm,
    ago: TimeDelta,
) -> Result<(), Error> {
    let id = crate::release::plan(tx, planner, service, form).await?;
    let at = tx.now - ago;
    sqlx::query!("update release set created_at = $2 where id = $1", id.0, at)
        .execute(&mut **tx)
        .await?;
    for (text, evidence) in texts::done(form.version.trim()) {
        tick(tx, planner, id, text, evidence).await?;
    }
    Ok(())
}

/// Ticks an item by its words. A checklist that has no such item (an instance's own one) goes without.
async fn tick(tx: &mut Tx, planner: &Actor, release: ReleaseId, text: &str, evidence: String) -> Result<(), Error> {
    let items = read::items(tx, release).await?;
    let Some(item) = items.iter().find(|item| item.text == text) else {
        return Ok(());
    };
    let (state, evidence) = ItemAct::Tick { evidence }.apply()?;
    crate::release::save_item(tx, planner, release, item.id, state, &evidence).await
}
