//! Who is refused: every use case of these slices against every role, compared with the permission table.

use crate::as_whom::{join, release_form};
use crate::incidents::form;
use crate::world::{SERVICE, World};
use domain::access::{Action, Actor, Grant, Role, grant};
use domain::id::{ActionItemId, ItemId, ReleaseId, RequestId};
use domain::incident::{IncidentState, Severity};
use domain::plan::PlanDigest;
use domain::release::{Decision, ItemAct};
use store::release::ReleaseFilter;
use store::workspace::{SampleInput, texts};
use store::{Db, Error, gate, incident, release, workspace};

/// What there is to act on.
struct Things {
    release: ReleaseId,
    item: ItemId,
    request: RequestId,
    digest: PlanDigest,
    incident: i64,
    action: ActionItemId,
}

async fn things(world: &World) -> Things {
    let release = world.plan("1.0.0").await;
    let request = gate::request_approval(&world.db, &world.engineer, release, world.production)
        .await
        .unwrap();
    let opened = form("Payments are slow", Severity::Low);
    let number = incident::open(&world.db, &world.engineer, SERVICE, None, &opened)
        .await
        .unwrap();
    Things {
        release,
        item: world.items("1.0.0").await[0].id,
        request,
        digest: world.beside("1.0.0", "production").await.digest,
        incident: number,
        action: incident::add_action(&world.db, &world.engineer, number, "Fix the bug", "")
            .await
            .unwrap(),
    }
}

fn denied<T>(answer: Result<T, Error>) -> Option<Action> {
    match answer {
        Err(Error::Denied(denied)) => Some(denied.action),
        _ => None,
    }
}

/// Each use case by name, what it asks for, and whether it was refused for that.
async fn answers(world: &World, things: &Things, actor: &Actor) -> Vec<(&'static str, Action, Option<Action>)> {
    let db = &world.db;
    let stale = release_form("1.0.0");
    let new = release_form(&format!("9.0.{}", actor.role as u8));
    let tick = ItemAct::Tick {
        evidence: "https://ci.example.com/1".into(),
    };
    let report = form("Payments are slower", Severity::Low);
    let empty = SampleInput {
        service: texts::service(),
        settings: vec![],
        releases: vec![],
        people: vec![],
    };
    vec![
        (
            "release::list",
            Action::Read,
            denied(release::list(db, actor, &ReleaseFilter::default()).await),
        ),
        (
            "release::page",
            Action::Read,
            denied(release::page(db, actor, SERVICE, "1.0.0").await),
        ),
        (
            "release::history",
            Action::Read,
            denied(release::history(db, actor, things.release).await),
        ),
        (
            "release::create",
            Action::PlanRelease,
            denied(release::create(db, actor, SERVICE, &new).await),
        ),
        (
            "release::update",
            Action::PlanRelease,
            denied(release::update(db, actor, SERVICE, "1.0.0", &stale).await),
        ),
        (
            "release::act_on_item",
            Action::TickItem,
            denied(release::act_on_item(db, actor, things.item, 0, &tick).await),
        ),
        (
            "gate::request_approval",
            Action::RequestApproval,
            denied(gate::request_approval(db, actor, things.release, world.production).await),
        ),
        (
            "gate::decide",
            Action::Approve,
            denied(gate::decide(db, actor, things.request, things.digest, Decision::Reject, "").await),
        ),
        (
            "gate::differences",
            Action::Read,
            denied(gate::differences(db, actor, things.request).await),
        ),
        (
            "incident::list",
            Action::Read,
            denied(incident::list(db, actor, false).await),
        ),
        (
            "incident::page",
            Action::Read,
            denied(incident::page(db, actor, things.incident).await),
        ),
        (
            "incident::report",
            Action::Read,
            denied(incident::report(db, actor, things.incident).await),
        ),
        (
            "incident::open",
            Action::EditIncident,
            denied(incident::open(db, actor, SERVICE, None, &report).await),
        ),
        (
            "incident::update",
            Action::EditIncident,
            denied(incident::update(db, actor, things.incident, &report).await),
        ),
        (
            "incident::publish",
            Action::PublishStatus,
            denied(incident::publish(db, actor, things.incident, IncidentState::Monitoring, "We watch it.").await),
        ),
        (
            "incident::add_action",
            Action::EditIncident,
            denied(incident::add_action(db, actor, things.incident, "Add a test", "").await),
        ),
        (
            "incident::set_action_done",
            Action::EditIncident,
            denied(incident::set_action_done(db, actor, things.action, true).await),
        ),
        (
            "workspace::load",
            Action::ManageInstance,
            denied(workspace::load(db, actor, empty).await),
        ),
        (
            "workspace::remove",
            Action::ManageInstance,
            denied(workspace::remove(db, actor).await),
        ),
    ]
}

#[sqlx::test(migrations = "../../migrations")]
async fn every_use_case_keeps_the_table_for_every_role(db: Db) {
    let world = World::new(db).await;
    let things = things(&world).await;
    for role in Role::ALL {
        let actor = join(&world.db, &world.admin, &format!("Some{}", role.key()), role).await;
        for (name, action, refused) in answers(&world, &things, &actor).await {
            let granted = grant(role, action) == Grant::Yes;
            assert_eq!(refused, (!granted).then_some(action), "{name} by {role:?}");
        }
    }
}
