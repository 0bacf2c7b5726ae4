//! A deployment for the tests of this slice: the procedure's canary of storefront 1.2.3 over 1.2.2.

use chrono::{DateTime, Utc};
use domain::access::{By, Person, Role};
use domain::analysis::AnalysisRules;
use domain::deployment::{Deployment, DeploymentLine, DeploymentPage, Kind, Run, State};
use domain::id::{DeploymentId, EnvironmentId, PersonId, ReleaseId, ServiceId};
use domain::plan::{CommandKind, Phase, Plan, SCHEME, Step, StepKind};
use domain::release::{Artifact, TemplateRef};
use domain::service::{MetricSource, Policy, Service, Strategy, Target, Tier};
use uuid::Uuid;

/// A time of the procedure's day.
pub fn at(time: &str) -> DateTime<Utc> {
    format!("2026-01-15T{time}Z").parse().expect("a time")
}

pub fn person(n: u128, name: &str) -> Person {
    let id = PersonId(Uuid::from_u128(n));
    Person {
        id,
        name: name.into(),
        email: String::new(),
        role: Role::Engineer,
        active: true,
    }
}

pub fn plan() -> Plan {
    let command = |phase, command| Step {
        phase,
        kind: StepKind::Command {
            command,
            argv: vec!["do-it".into()],
        },
    };
    let mut steps = vec![
        Step {
            phase: Phase::Verify,
            kind: StepKind::Observe,
        },
        command(Phase::Prepare, CommandKind::Canary),
    ];
    steps.extend([10, 25, 50, 100].map(|weight| Step {
        phase: Phase::RollOut,
        kind: StepKind::Shift { weight, wait_s: 300 },
    }));
    steps.push(command(Phase::RollOut, CommandKind::Promote));
    steps.push(Step {
        phase: Phase::Check,
        kind: StepKind::Watch { wait_s: 300 },
    });
    steps.push(Step {
        phase: Phase::Bake,
        kind: StepKind::Watch { wait_s: 86_400 },
    });
    Plan {
        scheme: SCHEME,
        service: "storefront".into(),
        version: "1.2.3".into(),
        artifact: Artifact::default(),
        commit: String::new(),
        changes: Vec::new(),
        environment: "production".into(),
        tier: Tier::Production,
        target: Target::None,
        source: MetricSource::None,
        strategy: Strategy::procedure_canary(300),
        steps,
        analysis: AnalysisRules::default(),
        database_changes: String::new(),
        rollback_plan: String::new(),
        verification: String::new(),
        window: None,
        template: TemplateRef {
            name: "checklist".into(),
            version: 1,
        },
        checklist: Vec::new(),
        policy: Policy::default(),
        policy_version: 1,
        secrets: Vec::new(),
    }
}

pub fn page(state: State) -> DeploymentPage {
    let plan = plan();
    let deployment = Deployment {
        id: DeploymentId(Uuid::from_u128(7)),
        number: 311,
        kind: Kind::Planned,
        release: ReleaseId(Uuid::nil()),
        environment: EnvironmentId(Uuid::nil()),
        parent: None,
        digest: plan.digest(),
        plan,
        run: Run { state, ..Run::queued() },
        previous_version: Some("1.2.2".into()),
        by: By::Engine,
        requested_at: at("09:59:00"),
        started_at: Some(at("10:00:00")),
    };
    let service = Service {
        id: ServiceId(Uuid::nil()),
        name: "storefront".into(),
        repository: String::new(),
        description: String::new(),
        customer_facing: true,
        sample: false,
        row_version: 1,
    };
    DeploymentPage {
        deployment,
        service,
        title: "New user dashboard".into(),
        executions: Vec::new(),
        judgement: None,
        judgements: 0,
        events: Vec::new(),
        children: Vec::new(),
        parent: None,
        incident: None,
        queue_place: None,
        ahead: None,
        lock: None,
        pending: Vec::new(),
        people: Vec::new(),
        now: at("10:00:00"),
    }
}

/// The same deployment in a list.
pub fn line(state: State) -> DeploymentLine {
    DeploymentLine {
        id: DeploymentId(Uuid::from_u128(7)),
        number: 311,
        kind: Kind::Planned,
        service: "storefront".into(),
        version: "1.2.3".into(),
        environment: "production".into(),
        tier: Tier::Production,
        state,
        by: By::Engine,
        requested_at: at("09:59:00"),
        ended_at: None,
        phase: None,
        weights: vec![10, 25, 50, 100],
        weight: None,
        run: Run { state, ..Run::queued() },
    }
}
