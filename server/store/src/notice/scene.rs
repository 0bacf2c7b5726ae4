//! What an event is about, and who has to do with it.

use crate::tx::Tx;
use crate::{Error, access};
use domain::access::{By, Role, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::id::{EnvironmentId, PersonId, ServiceId};
use domain::incident::Severity;
use domain::notice::{About, Facts};
use domain::service::Policy;
use sqlx::types::Json;
use uuid::Uuid;

/// What an event is about.
pub(crate) struct Scene {
    pub about: About,
    pub service: Option<ServiceId>,
    pub facts: Facts,
}

/// Reads the scene of an event. None for streams of which nobody is told.
pub(crate) async fn read(tx: &mut Tx, stream: &Stream, event: &Event) -> Result<Option<Scene>, Error> {
    match stream.kind {
        StreamKind::Release => match event {
            Event::ApprovalRequested { environment, .. }
            | Event::Decided { environment, .. }
            | Event::ApprovalsVoided { environment, .. } => Ok(Some(of_release(tx, stream.id, environment).await?)),
            _ => Ok(None),
        },
        StreamKind::Deployment => Ok(Some(of_deployment(tx, stream.id).await?)),
        StreamKind::Incident => Ok(Some(of_incident(tx, stream.id).await?)),
        _ => Ok(None),
    }
}

async fn of_release(tx: &mut Tx, release: Uuid, environment: &str) -> Result<Scene, Error> {
    let row = sqlx::query!(
        r#"select s.id as "service: ServiceId", s.name, r.version, r.created_by as "author: PersonId",
               array(select person_id from release_editor where release_id = r.id) as "editors!: Vec<PersonId>",
               newest.requested_by as "requester?: PersonId",
               array(select person_id from approval where request_id = newest.id) as "deciders!: Vec<PersonId>",
               (select body from policy p join environment e on e.id = p.environment_id
                where e.service_id = s.id and e.name = $2 order by p.version desc limit 1) as "policy?: Json<Policy>",
               (select id from environment where service_id = s.id and name = $2) as "environment?: EnvironmentId"
           from release r join service s on s.id = r.service_id
           left join lateral (
               select q.id, q.requested_by from approval_request q join environment e on e.id = q.environment_id
               where q.release_id = r.id and e.name = $2 order by q.requested_at desc, q.id desc limit 1
           ) newest on true
           where r.id = $1"#,
        release,
        environment,
    )
    .fetch_one(&mut **tx)
    .await?;
    let roles = row
        .policy
        .map_or_else(|| vec![Role::Approver, Role::Admin], |policy| policy.0.approver_roles);
    let there = match row.environment {
        Some(environment) => Scope::Environment {
            service: row.service,
            environment,
        },
        None => Scope::Service(row.service),
    };
    let facts = Facts {
        approvers: access::read::active_in(tx, &roles, there).await?,
        editors: row.editors,
        requester: row.requester,
        author: Some(row.author),
        deciders: row.deciders,
        ..people(tx, row.service).await?
    };
    let about = About::Release {
        service: row.name,
        version: row.version,
        environment: environment.to_owned(),
    };
    Ok(Scene {
        about,
        service: Some(row.service),
        facts,
    })
}

async fn of_deployment(tx: &mut Tx, deployment: Uuid) -> Result<Scene, Error> {
    let row = sqlx::query!(
        r#"select d.number, s.id as "service: ServiceId", s.name, r.version, e.name as environment,
               r.created_by as "author: PersonId", d.by as "by: Json<By>"
           from deployment d join release r on r.id = d.release_id join service s on s.id = d.service_id
           join environment e on e.id = d.environment_id
           where d.id = $1"#,
        deployment,
    )
    .fetch_one(&mut **tx)
    .await?;
    let facts = Facts {
        requester: row.by.0.person(),
        author: Some(row.author),
        ..people(tx, row.service).await?
    };
    let about = About::Deployment {
        number: row.number,
        service: row.name,
        version: row.version,
        environment: row.environment,
    };
    Ok(Scene {
        about,
        service: Some(row.service),
        facts,
    })
}

async fn of_incident(tx: &mut Tx, incident: Uuid) -> Result<Scene, Error> {
    let row = sqlx::query!(
        r#"select i.number, s.id as "service: ServiceId", s.name, coalesce(i.form ->> 'title', '') as "title!",
               i.severity as "severity: Severity"
           from incident i join service s on s.id = i.service_id where i.id = $1"#,
        incident,
    )
    .fetch_one(&mut **tx)
    .await?;
    let facts = Facts {
        severity: Some(row.severity),
        ..people(tx, row.service).await?
    };
    let about = About::Incident {
        number: row.number,
        service: row.name,
        title: row.title,
    };
    Ok(Scene {
        about,
        service: Some(row.service),
        facts,
    })
}

/// Owners and stakeholders of a service.
async fn people(tx: &mut Tx, service: ServiceId) -> Result<Facts, Error> {
    let row = sqlx::query!(
        r#"select array(select person_id from service_person where service_id = $1 and part = 'owner'
                     union select m.person_id from service s join team_member m on m.team_id = s.owner_team where s.id = $1)
                   as "owners!: Vec<PersonId>",
               array(select person_id from service_person where service_id = $1 and part = 'stakeholder')
                   as "stakeholders!: Vec<PersonId>""#,
        service.0,
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(Facts {
        owners: row.owners,
        stakeholders: row.stakeholders,
        ..Facts::default()
    })
}
