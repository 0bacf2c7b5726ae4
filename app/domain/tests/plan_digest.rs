//! The digest changes with everything that it covers, and with nothing else.

#![allow(clippy::unwrap_used, reason = "a panic is the failure that a test is for")]

use chrono::{DateTime, TimeDelta, Utc};
use domain::id::{EnvironmentId, ItemId, PersonId, ReleaseId, SecretId, ServiceId};
use domain::plan::{Plan, PlanDigest};
use domain::release::{Change, ChangeKind, Item, ItemState, Release, ReleaseForm, TemplateRef, Window};
use domain::secret::SecretRef;
use domain::service::{CommandTarget, Environment, MetricSource, Policy, Service, Settings, Strategy, Target, Tier};
use proptest::prelude::*;
use uuid::Uuid;

#[derive(Clone)]
struct Scene {
    service: Service,
    release: Release,
    items: Vec<Item>,
    environment: Environment,
}

impl Scene {
    fn digest(&self) -> PlanDigest {
        Plan::freeze(&self.service, &self.release, &self.items, &self.environment).digest()
    }

    fn command(&mut self) -> &mut CommandTarget {
        match &mut self.environment.settings.target {
            Target::Command(command) => command,
            Target::None => panic!("the scene has a target"),
        }
    }

    fn form(&mut self) -> &mut ReleaseForm {
        &mut self.release.form
    }
}

fn secret(name: &str, version: i32) -> SecretRef {
    SecretRef {
        id: SecretId(Uuid::from_u128(9)),
        name: name.into(),
        version,
    }
}

fn scene() -> Scene {
    let now: DateTime<Utc> = "2026-03-02T10:00:00Z".parse().unwrap();
    let service_id = ServiceId(Uuid::from_u128(1));
    let argv = |word: &str| vec![word.to_owned()];
    let target = CommandTarget {
        deploy: argv("deploy"),
        canary: argv("canary"),
        weight: argv("weight"),
        promote: argv("promote"),
        rollback: argv("rollback"),
        status: argv("status"),
        timeout_s: 60,
        secrets: [("TOKEN".to_owned(), "registry".to_owned())].into(),
        ..CommandTarget::default()
    };
    let settings = Settings {
        target: Target::Command(target),
        strategy: Strategy::procedure_canary(60),
        source: MetricSource::scrape("http://a".into(), "http://b".into(), 5),
        check_s: 300,
        bake_s: 600,
        ..Settings::default()
    };
    let form = ReleaseForm {
        version: "1.2.3".into(),
        title: "Title".into(),
        changes: vec![Change {
            kind: ChangeKind::Fix,
            text: "a fix".into(),
        }],
        window: Some(Window {
            opens_at: now,
            closes_at: now + TimeDelta::hours(1),
        }),
        ..ReleaseForm::default()
    };
    let item = |n: u128, state| Item {
        id: ItemId(Uuid::from_u128(n)),
        section: "Tests".into(),
        position: n as i32,
        text: format!("item {n}"),
        condition: String::new(),
        state,
        evidence: String::new(),
        by: None,
        at: None,
        row_version: 1,
    };
    Scene {
        service: Service {
            id: service_id,
            name: "storefront".into(),
            repository: String::new(),
            description: String::new(),
            customer_facing: true,
            sample: false,
            row_version: 1,
        },
        release: Release {
            id: ReleaseId(Uuid::from_u128(2)),
            service: service_id,
            form,
            template: TemplateRef {
                name: "release".into(),
                version: 1,
            },
            created_by: PersonId(Uuid::from_u128(3)),
            created_at: now,
            updated_at: now,
            row_version: 1,
        },
        items: vec![item(1, ItemState::Open), item(2, ItemState::Open)],
        environment: Environment {
            id: EnvironmentId(Uuid::from_u128(4)),
            service: service_id,
            name: "production".into(),
            position: 2,
            tier: Tier::Production,
            settings,
            policy: Policy::for_tier(Tier::Production),
            policy_version: 1,
            secrets: vec![secret("registry", 1), secret("unused", 1)],
            row_version: 1,
        },
    }
}

type Edit = (&'static str, fn(&mut Scene, &str));

/// What the digest covers. The text is new each time and never empty.
const COVERED: &[Edit] = &[
    ("version", |s, t| s.form().version.push_str(t)),
    ("artifact reference", |s, t| s.form().artifact.reference.push_str(t)),
    ("artifact digest", |s, t| s.form().artifact.digest.push_str(t)),
    ("commit", |s, t| s.form().commit.push_str(t)),
    ("changes", |s, t| {
        s.form().changes.push(Change {
            kind: ChangeKind::Feature,
            text: t.into(),
        })
    }),
    ("database changes", |s, t| s.form().database_changes.push_str(t)),
    ("rollback plan", |s, t| s.form().rollback_plan.push_str(t)),
    ("verification", |s, t| s.form().verification.push_str(t)),
    ("window", |s, _| s.form().window = None),
    ("deploy command", |s, t| s.command().deploy.push(t.into())),
    ("canary command", |s, t| s.command().canary.push(t.into())),
    ("weight command", |s, t| s.command().weight.push(t.into())),
    ("promote command", |s, t| s.command().promote.push(t.into())),
    ("rollback command", |s, t| s.command().rollback.push(t.into())),
    ("status command", |s, t| s.command().status.push(t.into())),
    ("timeout", |s, t| s.command().timeout_s += t.len() as u32),
    ("command variables", |s, t| {
        drop(s.command().env.insert("NAME".into(), t.into()))
    }),
    ("secret's version", |s, t| {
        s.environment.secrets[0].version += t.len() as i32
    }),
    ("which secret", |s, t| {
        s.environment.secrets[0].id = SecretId(Uuid::from_u128(100 + t.len() as u128))
    }),
    ("secret's variable", |s, t| {
        drop(s.command().secrets.insert(t.into(), "registry".into()))
    }),
    ("strategy", |s, t| {
        s.environment.settings.strategy = Strategy::procedure_canary(60 + t.len() as u32)
    }),
    ("source", |s, t| {
        s.environment.settings.source = MetricSource::scrape(t.into(), "http://b".into(), 5)
    }),
    ("analysis", |s, t| {
        s.environment.settings.analysis.alpha /= 1.0 + t.len() as f64
    }),
    ("check", |s, t| s.environment.settings.check_s += t.len() as u32),
    ("bake", |s, t| s.environment.settings.bake_s += t.len() as u32),
    ("item definition", |s, t| s.items[0].text.push_str(t)),
    ("item not applicable", |s, _| {
        s.items[0].state = ItemState::NotApplicable
    }),
    ("item added", |s, t| {
        s.items.push(Item {
            text: t.into(),
            ..s.items[0].clone()
        })
    }),
    ("template version", |s, t| s.release.template.version += t.len() as i32),
    ("policy", |s, t| s.environment.policy.approvals += t.len() as u32),
    ("proving again", |s, t| {
        s.environment.policy.reauthenticate_min = Some(t.len() as u32)
    }),
    ("policy version", |s, t| s.environment.policy_version += t.len() as i32),
    ("environment", |s, t| s.environment.name.push_str(t)),
    ("tier", |s, _| s.environment.tier = Tier::Staging),
    ("service", |s, t| s.service.name.push_str(t)),
];

/// What it does not cover.
const OUTSIDE: &[Edit] = &[
    ("title", |s, t| s.form().title.push_str(t)),
    ("notes", |s, t| s.form().notes.push_str(t)),
    ("known issues", |s, t| s.form().known_issues.push_str(t)),
    ("expected minutes", |s, t| s.form().duration_min += t.len() as u32),
    ("a tick", |s, t| {
        (s.items[0].state, s.items[0].evidence) = (ItemState::Done, t.into())
    }),
    ("who ticked", |s, t| {
        s.items[0].by = Some(PersonId(Uuid::from_u128(t.len() as u128)))
    }),
    ("row versions", |s, t| s.release.row_version += t.len() as i32),
    ("a secret that it does not name", |s, t| {
        s.environment.secrets[1].version += t.len() as i32
    }),
    ("description", |s, t| s.service.description.push_str(t)),
    ("time of the edit", |s, t| {
        s.release.updated_at += TimeDelta::seconds(t.len() as i64)
    }),
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn everything_covered_changes_it(i in 0..COVERED.len(), text in "[a-z\"\\\\ü]{1,12}") {
        let (name, edit) = COVERED[i];
        let before = scene();
        let mut after = before.clone();
        edit(&mut after, &text);
        prop_assert_ne!(before.digest(), after.digest(), "{}", name);
    }

    #[test]
    fn nothing_else_changes_it(edits in prop::collection::vec((0..OUTSIDE.len(), "[a-z]{1,12}"), 1..8)) {
        let before = scene();
        let mut after = before.clone();
        for (i, text) in &edits {
            OUTSIDE[*i].1(&mut after, text);
        }
        prop_assert_eq!(before.digest(), after.digest());
    }

    #[test]
    fn a_plan_that_was_kept_has_the_digest_that_it_was_kept_under(i in 0..COVERED.len(), text in "[a-z]{1,12}") {
        let mut scene = scene();
        COVERED[i].1(&mut scene, &text);
        let plan = Plan::freeze(&scene.service, &scene.release, &scene.items, &scene.environment);
        let kept: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
        prop_assert_eq!(kept.digest(), plan.digest());
    }
}

#[test]
fn two_edits_at_different_places_do_not_cancel_out() {
    let digests: std::collections::BTreeSet<PlanDigest> = COVERED
        .iter()
        .map(|(_, edit)| {
            let mut scene = scene();
            edit(&mut scene, "x");
            scene.digest()
        })
        .collect();
    // "policy" and "policy version", "check" and "bake" … each its own.
    assert_eq!(digests.len(), COVERED.len());
}

/// A plan without secrets is made as it was before there were any: an upgrade voids nothing.
#[test]
fn a_plan_without_secrets_is_of_the_first_scheme() {
    let mut scene = scene();
    let freeze = |scene: &Scene| Plan::freeze(&scene.service, &scene.release, &scene.items, &scene.environment);
    let with = freeze(&scene);
    assert_eq!(
        (with.scheme, with.secrets.as_slice()),
        (2, &[secret("registry", 1)][..])
    );
    scene.command().secrets.clear();
    let without = freeze(&scene);
    assert_eq!(without.scheme, 1);
    let text = domain::canonical::text(&without);
    assert!(text.contains("\"scheme\":1") && !text.contains("secrets"), "{text}");
}

#[test]
fn a_policy_that_asks_for_no_proof_is_written_and_read_as_before() {
    let text = serde_json::to_string(&Policy::for_tier(Tier::Production)).unwrap();
    assert!(
        !text.contains("reauthenticate"),
        "an old plan would have another digest: {text}"
    );
    let kept: Policy = serde_json::from_str(&text).unwrap();
    assert_eq!(kept, Policy::for_tier(Tier::Production));
}
