//! Golden drafts and reports: a bad canary, and a deployment that a person took back.

use super::*;
use crate::access::{By, Person, Role};
use crate::analysis::{AnalysisRules, Evidence, Figure, Judgement, MetricJudgement, MetricVerdict, Overall, Reason};
use crate::deployment::{Deployment, DeploymentLine, Kind, Outcome, Run, State, Trigger};
use crate::event::{Event, Happened, Stream, StreamKind};
use crate::id::{ActionItemId, DeploymentId, EnvironmentId, IncidentId, PersonId, ReleaseId, ServiceId};
use crate::incident::{ActionItem, Incident, IncidentForm, IncidentPage, IncidentState, Severity, Update};
use crate::plan::Plan;
use crate::release::{Release, ReleaseForm, TemplateRef};
use crate::service::{CommandTarget, Environment, Policy, Service, Settings, Strategy, Target, Tier};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

const LAYOUT: &str = include_str!("../../../../server/store/templates/incident_report.md");
const ANA: PersonId = PersonId(Uuid::from_u128(1));
const BAD: DeploymentId = DeploymentId(Uuid::from_u128(12));
const BACK: DeploymentId = DeploymentId(Uuid::from_u128(13));
const INCIDENT: IncidentId = IncidentId(Uuid::from_u128(7));

fn at(s: i64) -> DateTime<Utc> {
    "2026-05-04T10:02:00Z".parse::<DateTime<Utc>>().expect("a time") + TimeDelta::seconds(s)
}

fn service() -> Service {
    Service {
        id: ServiceId(Uuid::from_u128(2)),
        name: "storefront".into(),
        repository: String::new(),
        description: String::new(),
        customer_facing: true,
        sample: false,
        row_version: 1,
    }
}

fn plan() -> Plan {
    let form = ReleaseForm {
        version: "1.4.0".into(),
        ..ReleaseForm::default()
    };
    let release = Release {
        id: ReleaseId(Uuid::from_u128(3)),
        service: service().id,
        form,
        template: TemplateRef {
            name: "t".into(),
            version: 1,
        },
        created_by: ANA,
        created_at: at(-900),
        updated_at: at(-900),
        row_version: 1,
    };
    let settings = Settings {
        target: Target::Command(CommandTarget::default()),
        strategy: Strategy::procedure_canary(30),
        analysis: AnalysisRules::default(),
        ..Settings::default()
    };
    let environment = Environment {
        id: EnvironmentId(Uuid::from_u128(4)),
        service: service().id,
        name: "production".into(),
        position: 2,
        tier: Tier::Production,
        settings,
        policy: Policy::default(),
        policy_version: 1,
        secrets: Vec::new(),
        row_version: 1,
    };
    Plan::freeze(&service(), &release, &[], &environment)
}

fn judgement() -> Judgement {
    let metric = |id: &str, title: &str, verdict, canary, stable, e_value, reason| MetricJudgement {
        id: id.into(),
        title: title.into(),
        verdict,
        critical: id == "error_rate",
        dry_run: false,
        canary: Some(canary),
        stable: Some(stable),
        evidence: Evidence {
            e_value,
            threshold: 300.0,
            reason,
        },
        failures: 1,
        failed_at: None,
    };
    let figure = |value, n| Figure { value, n };
    Judgement {
        at: at(37),
        metrics: vec![
            metric(
                "error_rate",
                "Error rate",
                MetricVerdict::Fail,
                figure(0.2156, 371),
                figure(0.000_3, 3_339),
                4_812.7,
                Reason::BeyondLimit { limit: 0.05 },
            ),
            metric(
                "latency_p95",
                "Latency, 95th percentile",
                MetricVerdict::Pass,
                figure(0.019, 371),
                figure(0.018, 3_339),
                0.4,
                Reason::Quiet,
            ),
        ],
        overall: Overall::Fail,
    }
}

fn deployment(outcome: Outcome) -> Deployment {
    let plan = plan();
    Deployment {
        id: BAD,
        number: 12,
        kind: Kind::Planned,
        release: ReleaseId(Uuid::from_u128(3)),
        environment: EnvironmentId(Uuid::from_u128(4)),
        parent: None,
        digest: plan.digest(),
        plan,
        run: Run {
            state: State::RolledBack,
            step: 2,
            outcome: Some(outcome),
            analysis_since: Some(at(12)),
            ..Run::queued()
        },
        previous_version: Some("1.3.0".into()),
        by: By::Person(ANA),
        requested_at: at(-60),
        started_at: Some(at(0)),
    }
}

fn happened(id: i64, s: i64, deployment: DeploymentId, by: By, event: Event) -> Happened {
    Happened {
        id,
        stream: Stream::new(StreamKind::Deployment, deployment),
        seq: id,
        at: at(s),
        by,
        event,
    }
}

fn events(trigger: Trigger) -> Vec<Happened> {
    let requested = Event::DeploymentRequested {
        release: ReleaseId(Uuid::from_u128(3)),
        environment: "production".into(),
        version: "1.4.0".into(),
    };
    vec![
        happened(1, -60, BAD, By::Person(ANA), requested),
        happened(2, 0, BAD, By::Engine, Event::DeploymentStarted),
        happened(3, 0, BAD, By::Engine, Event::StepStarted { step: 0 }),
        happened(4, 12, BAD, By::Engine, Event::WeightReached { percent: 10 }),
        happened(
            5,
            37,
            BAD,
            By::Engine,
            Event::AnalysisFailed {
                metrics: vec!["error_rate".into()],
            },
        ),
        happened(6, 37, BAD, By::Engine, Event::TakingBack { trigger }),
    ]
}

fn story<'a>(deployment: &'a Deployment, judgement: Option<&'a Judgement>, events: &'a [Happened]) -> Story<'a> {
    Story {
        deployment,
        judgement,
        events,
        now: at(37),
    }
}

#[test]
fn a_bad_canary_is_drafted_with_its_figures() {
    let judgement = judgement();
    let deployment = deployment(Outcome::JudgedBad {
        judgement: judgement.clone(),
    });
    let form = story(&deployment, Some(&judgement), &events(Trigger::ErrorRate)).form();
    assert_eq!(
        form.title,
        "storefront 1.4.0 taken back from production: error rate beyond 5 %"
    );
    assert_eq!(form.public_title, "Some requests to storefront failed");
    assert_eq!(form.severity, Severity::High);
    assert_eq!(form.started_at, at(12));
    assert_eq!(
        form.what_happened,
        "Deployment #12 brought storefront 1.4.0 to production (canary 10 → 25 → 50 → 100 %) from 2026-05-04 10:02:00 UTC on. \
         At 10:02:37, with 10 % of traffic on the new version, the analysis failed and the machine took it back: error rate \
         (evidence 4812 against a threshold of 300). Traffic was sent back to 1.3.0, and its restoration began."
    );
    assert_eq!(
        form.impact,
        "- The canary answered 21.6 % of 371 requests with errors, limit 5 %; stable 0.03 % of 3,339.\n\
         - It served 10 % of traffic for 25 s."
    );
    assert!(form.check().is_empty());
}

#[test]
fn a_person_s_trigger_is_drafted_without_a_name() {
    let deployment = deployment(Outcome::TakenBack {
        by: ANA,
        trigger: Trigger::Words {
            text: "checkout is empty.".into(),
        },
    });
    let form = story(&deployment, None, &events(Trigger::DataCorruption)).form();
    assert_eq!(
        form.title,
        "storefront 1.4.0 taken back from production: checkout is empty"
    );
    assert_eq!(form.severity, Severity::Medium);
    assert!(
        form.what_happened.contains("a person took it back: checkout is empty."),
        "{}",
        form.what_happened
    );
    assert_eq!(form.impact, "- It served 10 % of traffic for 25 s.");
}

#[test]
fn the_public_is_told_what_it_may_have_noticed_and_no_more() {
    let titled = |outcome, judgement: Option<&Judgement>| {
        let deployment = deployment(outcome);
        story(&deployment, judgement, &events(Trigger::Performance))
            .form()
            .public_title
    };
    let taken = |trigger| Outcome::TakenBack { by: ANA, trigger };
    let slow = {
        let mut slow = judgement();
        slow.metrics[0].verdict = MetricVerdict::Pass;
        slow.metrics[1].verdict = MetricVerdict::Fail;
        slow
    };
    let judged = Outcome::JudgedBad {
        judgement: slow.clone(),
    };
    assert_eq!(titled(judged, Some(&slow)), "storefront answered slowly");
    assert_eq!(titled(taken(Trigger::Performance), None), "storefront answered slowly");
    assert_eq!(
        titled(taken(Trigger::ErrorRate), None),
        "Some requests to storefront failed"
    );
    let aborted = Outcome::Aborted {
        by: ANA,
        reason: "The pictures are taken".into(),
    };
    let said = Trigger::Words {
        text: "checkout is empty".into(),
    };
    for outcome in [aborted, taken(Trigger::SecurityVulnerability), taken(said)] {
        assert_eq!(titled(outcome, None), "", "nobody has said yet what it was");
    }
}

#[test]
fn a_long_reason_still_makes_a_valid_title() {
    let text = "é".repeat(400);
    let deployment = deployment(Outcome::TakenBack {
        by: ANA,
        trigger: Trigger::Words { text },
    });
    assert!(story(&deployment, None, &[]).form().check().is_empty());
}

#[test]
fn shares_of_traffic_add_up() {
    let reached = |id, s, percent| happened(id, s, BAD, By::Engine, Event::WeightReached { percent });
    let events = [
        reached(1, 0, 10),
        reached(2, 30, 10),
        reached(3, 40, 25),
        happened(4, 60, BAD, By::Engine, Event::InProduction),
    ];
    let shares = draft::exposure(&events, at(70));
    assert_eq!(
        shares,
        [(10, 40), (25, 20), (100, 10)].map(|(percent, s)| (percent, TimeDelta::seconds(s)))
    );
}

fn line_of(id: DeploymentId, number: i64, kind: Kind, state: State, version: &str) -> DeploymentLine {
    DeploymentLine {
        id,
        number,
        kind,
        service: "storefront".into(),
        version: version.into(),
        environment: "production".into(),
        tier: Tier::Production,
        state,
        by: By::Engine,
        requested_at: at(0),
        ended_at: None,
        phase: None,
        weights: Vec::new(),
        weight: None,
        run: Run::queued(),
    }
}

fn incident_events() -> Vec<Happened> {
    let mut all = events(Trigger::ErrorRate);
    let of_incident = |id, s, by, event| Happened {
        id,
        stream: Stream::new(StreamKind::Incident, INCIDENT),
        seq: id,
        at: at(s),
        by,
        event,
    };
    all.push(of_incident(
        7,
        37,
        By::Engine,
        Event::IncidentOpened {
            number: 7,
            deployment: Some(BAD),
        },
    ));
    all.push(happened(
        8,
        37,
        BAD,
        By::Engine,
        Event::StateChanged {
            from: State::Running,
            to: State::RolledBack,
        },
    ));
    all.push(happened(9, 38, BACK, By::Engine, Event::DeploymentStarted));
    all.push(happened(
        10,
        41,
        BACK,
        By::Engine,
        Event::Restored {
            version: Some("1.3.0".into()),
        },
    ));
    all.push(of_incident(
        11,
        41,
        By::Engine,
        Event::IncidentStateChanged {
            to: IncidentState::Resolved,
        },
    ));
    all.push(of_incident(
        12,
        86_500,
        By::Person(ANA),
        Event::IncidentSeverityChanged { to: Severity::Medium },
    ));
    all
}

fn page(form: IncidentForm) -> IncidentPage {
    let update = |s, state, body: String| Update {
        state,
        body,
        at: at(s),
        by: By::Engine,
    };
    let updates = vec![
        update(41, IncidentState::Resolved, public_restored().into()),
        update(37, IncidentState::Identified, public_noticed("storefront")),
    ];
    let action = |n: u128, text: &str, ticket: &str, done| ActionItem {
        id: ActionItemId(Uuid::from_u128(n)),
        text: text.into(),
        ticket: ticket.into(),
        done,
    };
    IncidentPage {
        incident: Incident {
            id: INCIDENT,
            number: 7,
            service: service().id,
            deployment: Some(BAD),
            state: IncidentState::Resolved,
            form,
            opened_by: By::Engine,
            opened_at: at(37),
            detected_at: Some(at(37)),
            resolved_at: Some(at(41)),
        },
        service: service(),
        deployment: Some(line_of(BAD, 12, Kind::Planned, State::RolledBack, "1.4.0")),
        rollback: Some(line_of(BACK, 13, Kind::Rollback, State::Succeeded, "1.4.0")),
        timeline: timeline(incident_events(), &updates),
        updates,
        actions: vec![
            action(1, "Fix the bug", "SHOP-123", true),
            action(2, "Update deployment checklist", "", false),
        ],
        judgement: Some(judgement()),
        people: vec![Person {
            id: ANA,
            name: "Ana Ruiz".into(),
            email: "ana@example.com".into(),
            role: Role::Engineer,
            active: true,
        }],
    }
}

fn drafted() -> IncidentForm {
    let judgement = judgement();
    let deployment = deployment(Outcome::JudgedBad {
        judgement: judgement.clone(),
    });
    let mut form = story(&deployment, Some(&judgement), &events(Trigger::ErrorRate)).form();
    form.resolution = resolution(Some("1.3.0"), Some(13), form.started_at, at(41));
    form
}

#[test]
fn the_report_of_a_bad_canary() {
    assert_eq!(markdown(LAYOUT, &page(drafted())), include_str!("golden/bad_canary.md"));
}

#[test]
fn the_report_of_an_incident_that_a_person_has_just_opened() {
    let mut page = page(IncidentForm {
        title: "Payments are slow".into(),
        public_title: String::new(),
        severity: Severity::Low,
        what_happened: String::new(),
        impact: String::new(),
        root_cause: String::new(),
        resolution: String::new(),
        lessons: String::new(),
        started_at: at(0),
        row_version: 1,
    });
    page.incident.resolved_at = None;
    page.deployment = None;
    page.timeline = Vec::new();
    page.actions = Vec::new();
    assert_eq!(markdown(LAYOUT, &page), include_str!("golden/opened.md"));
}

#[test]
fn marks_in_a_person_s_words_stay() {
    let mut form = drafted();
    form.impact = "{{lessons}} and {{nothing}}".into();
    let text = markdown("{{ impact }} {{ unknown }} {{", &page(form));
    assert_eq!(text, "{{lessons}} and {{nothing}} {{ unknown }} {{");
}

#[test]
fn bookkeeping_is_no_story() {
    for event in [
        Event::StepStarted { step: 1 },
        Event::WeightDecided { percent: 10 },
        Event::StateChanged {
            from: State::Queued,
            to: State::Running,
        },
        Event::IncidentChanged {
            fields: vec!["title".into()],
        },
    ] {
        assert!(!tells(&event), "{event:?}");
    }
}
