//! Incidents that the machine drafts when a deployment is taken back, and resolves when what ran before runs again.

use crate::incidents::form;
use crate::world::{SERVICE, World, problem};
use domain::access::By;
use domain::analysis::{Evidence, Figure, Judgement, MetricJudgement, MetricVerdict, Overall, Reason};
use domain::deployment::{Outcome, State, Trigger};
use domain::event::{Event, Stream, StreamKind};
use domain::field::Problem;
use domain::id::DeploymentId;
use domain::incident::{IncidentForm, IncidentPage, IncidentState, Moment, Severity};
use domain::rollout::Write;
use domain::status::ComponentState;
use store::{Db, deployment, event, incident, status};

fn bad(at: chrono::DateTime<chrono::Utc>) -> Judgement {
    let metric = MetricJudgement {
        id: "error_rate".into(),
        title: "Error rate".into(),
        verdict: MetricVerdict::Fail,
        critical: true,
        dry_run: false,
        canary: Some(Figure { value: 0.2156, n: 371 }),
        stable: Some(Figure { value: 0.0, n: 3_302 }),
        evidence: Evidence {
            e_value: 4_812.0,
            threshold: 300.0,
            reason: Reason::BeyondLimit { limit: 0.05 },
        },
        failures: 1,
        failed_at: Some(at),
    };
    Judgement {
        at,
        metrics: vec![metric],
        overall: Overall::Fail,
    }
}

/// A deployment to production whose canary gets traffic and is then taken back.
async fn taken_back(world: &World, outcome: impl FnOnce(Judgement) -> Outcome) -> DeploymentId {
    let release = world.clear_for_production("1.4.0").await;
    let id = deployment::request(&world.db, &world.engineer, release, world.production)
        .await
        .unwrap();
    let reached = vec![Event::DeploymentStarted, Event::WeightReached { percent: 10 }];
    let step = |run: domain::deployment::Run| domain::deployment::Run {
        step: 2,
        analysis_since: run.begun_at,
        ..run
    };
    world.keep(id, step, Vec::new(), reached).await;
    let judgement = bad(chrono::Utc::now());
    let outcome = outcome(judgement.clone());
    let events = vec![
        Event::AnalysisFailed {
            metrics: vec!["error_rate".into()],
        },
        Event::TakingBack {
            trigger: Trigger::ErrorRate,
        },
    ];
    let writes = vec![
        Write::KeepJudgement { judgement },
        Write::LockEnvironment,
        Write::CreateRollback,
        Write::DraftIncident,
    ];
    let back = |run: domain::deployment::Run| domain::deployment::Run {
        state: State::RolledBack,
        outcome: Some(outcome),
        ..run
    };
    world.keep(id, back, writes, events).await;
    id
}

async fn only_incident(world: &World) -> IncidentPage {
    let lines = incident::list(&world.db, &world.engineer, false).await.unwrap();
    assert_eq!(lines.len(), 1);
    incident::page(&world.db, &world.engineer, lines[0].number)
        .await
        .unwrap()
}

/// The way back has done its work.
async fn restored(world: &World, page: &IncidentPage) {
    let back = page.rollback.as_ref().unwrap().id;
    let events = vec![Event::Restored {
        version: Some("1.3.0".into()),
    }];
    let done = |run: domain::deployment::Run| domain::deployment::Run {
        state: State::Succeeded,
        outcome: Some(Outcome::Succeeded),
        ..run
    };
    world
        .keep(back, done, vec![Write::RestoreRunning, Write::ResolveIncident], events)
        .await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_bad_canary_is_written_up_and_told(db: Db) {
    let world = World::new(db).await;
    let id = taken_back(&world, |judgement| Outcome::JudgedBad { judgement }).await;
    let page = only_incident(&world).await;
    let form = &page.incident.form;
    assert_eq!(
        form.title,
        "storefront 1.4.0 taken back from production: error rate beyond 5 %"
    );
    assert_eq!(
        (form.severity, page.incident.state),
        (Severity::High, IncidentState::Identified)
    );
    assert_eq!(
        (page.incident.opened_by, page.incident.deployment),
        (By::Engine, Some(id))
    );
    let figures = "- The canary answered 21.6 % of 371 requests with errors, limit 5 %; stable 0 % of 3,302.\n\
                   - It served 10 % of traffic for ";
    assert!(form.impact.starts_with(figures), "{}", form.impact);
    assert_eq!(
        page.judgement.as_ref().map(|judgement| judgement.overall),
        Some(Overall::Fail)
    );
    assert_eq!(page.rollback.as_ref().map(|line| line.state), Some(State::Queued));
    let public = status::page(&world.db).await.unwrap();
    assert_eq!(public.components[0].state, ComponentState::DegradedPerformance);
    assert_eq!((public.open.len(), public.open[0].updates.len()), (1, 1));
    assert_eq!(public.open[0].title, "Some requests to storefront failed");
    assert!(
        public.open[0].updates[0].body.contains("storefront"),
        "{:?}",
        public.open[0].updates
    );
    let linked = Event::IncidentLinked {
        incident: page.incident.id,
    };
    let events = event::of_stream(&world.db, Stream::new(StreamKind::Deployment, id))
        .await
        .unwrap();
    assert_eq!(events.iter().filter(|happened| happened.event == linked).count(), 1);
}

#[sqlx::test(migrations = "../../migrations")]
async fn restored_is_resolved_and_the_report_stays_open(db: Db) {
    let world = World::new(db).await;
    taken_back(&world, |judgement| Outcome::JudgedBad { judgement }).await;
    restored(&world, &only_incident(&world).await).await;
    let page = only_incident(&world).await;
    assert_eq!(page.incident.state, IncidentState::Resolved);
    assert!(page.incident.resolved_at.is_some());
    assert!(
        page.incident.form.resolution.contains("by deployment #"),
        "{}",
        page.incident.form.resolution
    );
    assert_eq!(page.incident.form.root_cause, "");
    let public = status::page(&world.db).await.unwrap();
    assert_eq!(public.components[0].state, ComponentState::Operational);
    assert_eq!(
        (public.open.len(), public.past.len(), public.past[0].updates.len()),
        (0, 1, 2)
    );
    let times = page.timeline.iter().map(|moment| match moment {
        Moment::Event(happened) => happened.at,
        Moment::Update(update) => update.at,
    });
    assert!(times.is_sorted());
    let report = incident::report(&world.db, &world.engineer, page.incident.number)
        .await
        .unwrap();
    for line in [
        "# Deployment Incident Report",
        "**Severity**: High",
        "requested by Ana",
        ": Canary serves 10 % of traffic",
        ": Analysis failed: Error rate",
        ": Rollback initiated: error rate increased significantly",
        ": Service restored: 1.3.0 serves everything",
        "## Lessons Learned",
    ] {
        assert!(report.contains(line), "{line} is missing in\n{report}");
    }
    assert!(!report.contains("{{"), "{report}");
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_person_s_words_are_not_written_over(db: Db) {
    let world = World::new(db).await;
    taken_back(&world, |judgement| Outcome::JudgedBad { judgement }).await;
    let page = only_incident(&world).await;
    let words = IncidentForm {
        resolution: "We took it back ourselves".into(),
        ..page.incident.form.clone()
    };
    incident::update(&world.db, &world.engineer, page.incident.number, &words)
        .await
        .unwrap();
    restored(&world, &page).await;
    let kept = only_incident(&world).await;
    assert_eq!(kept.incident.form.resolution, "We took it back ourselves");
    assert_eq!(kept.incident.state, IncidentState::Resolved);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_person_who_takes_it_back_has_it_drafted_too(db: Db) {
    let world = World::new(db).await;
    let by = world.engineer.id;
    taken_back(&world, |_| Outcome::TakenBack {
        by,
        trigger: Trigger::DataCorruption,
    })
    .await;
    let form = only_incident(&world).await.incident.form;
    assert_eq!(
        form.title,
        "storefront 1.4.0 taken back from production: data corruption detected"
    );
    assert!(!form.what_happened.contains("Ana"), "{}", form.what_happened);
}

/// The whole of what the public page is made from, as text.
async fn public_text(world: &World) -> String {
    serde_json::to_string(&status::page(&world.db).await.unwrap()).unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn titles_reasons_and_versions_stay_inside(db: Db) {
    let world = World::new(db).await;
    let by = world.engineer.id;
    let reason = "The pictures are taken";
    taken_back(&world, |_| Outcome::Aborted {
        by,
        reason: reason.into(),
    })
    .await;
    let page = only_incident(&world).await;
    let title = page.incident.form.title.clone();
    assert!(title.contains(reason) && title.contains("1.4.0"), "{title}");
    let open = public_text(&world).await;
    restored(&world, &page).await;
    let past = public_text(&world).await;
    assert!(open.contains("storefront is disturbed"), "{open}");
    assert!(past.contains("storefront was disturbed"), "{past}");
    for public in [open, past] {
        for inside in [title.as_str(), "taken back", reason, "1.4.0", "1.3.0"] {
            assert!(!public.contains(inside), "{inside} is public in {public}");
        }
    }
}

/// Whoever was faster: a deployment has one incident, and it is the first.
#[sqlx::test(migrations = "../../migrations")]
async fn a_deployment_has_one_incident(db: Db) {
    let world = World::new(db).await;
    let id = taken_back(&world, |judgement| Outcome::JudgedBad { judgement }).await;
    let mine = form("I saw it as well", Severity::Critical);
    let answer = incident::open(&world.db, &world.engineer, SERVICE, Some(id), &mine).await;
    assert_eq!(problem(answer, "deployment"), Problem::Taken);
    world
        .keep(
            id,
            |run| domain::deployment::Run {
                state: State::RolledBack,
                ..run
            },
            vec![Write::DraftIncident],
            Vec::new(),
        )
        .await;
    only_incident(&world).await;
    let nowhere = Some(DeploymentId(uuid::Uuid::nil()));
    let answer = incident::open(&world.db, &world.engineer, SERVICE, nowhere, &mine).await;
    assert_eq!(problem(answer, "deployment"), Problem::Unknown);
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_a_person_opened_first_stays_theirs_and_is_resolved_by_the_way_back(db: Db) {
    let world = World::new(db).await;
    let release = world.clear_for_production("1.4.0").await;
    let id = deployment::request(&world.db, &world.engineer, release, world.production)
        .await
        .unwrap();
    let mine = form("Orders fail", Severity::Critical);
    incident::open(&world.db, &world.engineer, SERVICE, Some(id), &mine)
        .await
        .unwrap();
    let judgement = bad(chrono::Utc::now());
    let outcome = Outcome::JudgedBad { judgement };
    let back = |run: domain::deployment::Run| domain::deployment::Run {
        state: State::RolledBack,
        outcome: Some(outcome),
        ..run
    };
    world
        .keep(id, back, vec![Write::CreateRollback, Write::DraftIncident], Vec::new())
        .await;
    let page = only_incident(&world).await;
    assert_eq!(
        (page.incident.form.title.as_str(), page.incident.opened_by),
        ("Orders fail", world.engineer.by())
    );
    restored(&world, &page).await;
    let public = status::page(&world.db).await.unwrap();
    assert_eq!(public.components[0].state, ComponentState::Operational);
    assert!(
        public.open.is_empty() && public.past.is_empty(),
        "the public was told nothing before, and is not now"
    );
    assert_eq!(only_incident(&world).await.incident.state, IncidentState::Resolved);
}
