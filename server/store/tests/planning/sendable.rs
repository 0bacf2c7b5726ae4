//! Every use case runs on a server of many threads: its future can be sent from one to another. The compiler checks it.

use domain::access::Actor;
use domain::id::{ActionItemId, EnvironmentId, ItemId, ReleaseId, RequestId};
use domain::incident::{IncidentForm, IncidentState};
use domain::plan::PlanDigest;
use domain::release::{Decision, ItemAct, ReleaseForm};
use store::release::ReleaseFilter;
use store::workspace::SampleInput;
use store::{Db, gate, incident, release, status, workspace};

/// What a call may name.
struct Named {
    release: ReleaseId,
    environment: EnvironmentId,
    item: ItemId,
    request: RequestId,
    digest: PlanDigest,
    action: ActionItemId,
}

fn sent(_: impl Send) {}

#[expect(dead_code, reason = "it is enough that it compiles")]
fn of_releases(db: &Db, actor: &Actor, named: &Named, form: &ReleaseForm, act: &ItemAct) {
    sent(release::create(db, actor, "", form));
    sent(release::update(db, actor, "", "", form));
    sent(release::list(db, actor, &ReleaseFilter::default()));
    sent(release::page(db, actor, "", ""));
    sent(release::history(db, actor, named.release));
    sent(release::act_on_item(db, actor, named.item, 1, act));
    sent(release::seed_templates(db));
    sent(gate::request_approval(db, actor, named.release, named.environment));
    sent(gate::decide(
        db,
        actor,
        named.request,
        named.digest,
        Decision::Approve,
        "",
    ));
    sent(gate::differences(db, actor, named.request));
}

#[expect(dead_code, reason = "it is enough that it compiles")]
fn of_incidents(db: &Db, actor: &Actor, named: &Named, form: &IncidentForm, input: SampleInput) {
    sent(incident::list(db, actor, true));
    sent(incident::page(db, actor, 1));
    sent(incident::report(db, actor, 1));
    sent(incident::open(db, actor, "", None, form));
    sent(incident::update(db, actor, 1, form));
    sent(incident::publish(db, actor, 1, IncidentState::Monitoring, ""));
    sent(incident::add_action(db, actor, 1, "", ""));
    sent(incident::set_action_done(db, actor, named.action, true));
    sent(status::page(db));
    sent(workspace::load(db, actor, input));
    sent(workspace::remove(db, actor));
}
