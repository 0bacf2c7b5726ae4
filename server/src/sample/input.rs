//! What the sample workspace consists of: the playground's addresses and commands, two people, three releases to try.

use super::{SampleError, Up};
use crate::playground::catalogue::{self, Version};
use domain::access::Role;
use domain::analysis::AnalysisRules;
use domain::release::{Artifact, Change, ChangeKind, ReleaseForm};
use domain::service::{CommandTarget, MetricSource, ServiceForm, Settings, Strategy, Target, Tier};
use rand::distr::{Alphanumeric, SampleString};
use std::path::Path;
use store::workspace::{SampleInput, SamplePerson};

/// Seconds that each share of traffic is watched: short, since this is for trying.
const WAIT_S: u32 = 20;
/// Seconds between scrapes.
const SCRAPE_S: u32 = 2;
/// Longest time of one command, in seconds.
const TIMEOUT_S: u32 = 60;

/// The workspace, and the credentials of its two people to show once: field and value.
pub fn sample(up: &Up, folder: &Path) -> Result<(SampleInput, Vec<(String, String)>), SampleError> {
    let program = std::env::current_exe().map_err(|error| SampleError::Playground(error.to_string()))?;
    let target = target(&program.display().to_string(), &folder.display().to_string());
    let settings = Tier::ALL
        .into_iter()
        .map(|tier| (tier.key().to_owned(), settings(tier, &target, up)))
        .collect();
    let people = vec![
        person("Ana Ruiz", "ana@sample.invalid", Role::Engineer),
        person("Sam Adeyemi", "sam@sample.invalid", Role::Approver),
    ];
    let shown = ["engineer", "approver"]
        .into_iter()
        .zip(&people)
        .flat_map(|(part, person)| {
            [
                (format!("{part}_email"), person.email.clone()),
                (format!("{part}_password"), person.password.clone()),
            ]
        });
    let shown = shown.collect();
    let service = ServiceForm {
        name: catalogue::SERVICE.into(),
        repository: "https://git.sample.invalid/storefront".into(),
        description: "Web shop of the sample workspace".into(),
        customer_facing: true,
        ..ServiceForm::with_default_environments()
    };
    Ok((
        SampleInput {
            service,
            settings,
            releases: releases(),
            people,
        },
        shown,
    ))
}

fn person(name: &str, email: &str, role: Role) -> SamplePerson {
    let password = Alphanumeric.sample_string(&mut rand::rng(), 20);
    SamplePerson {
        name: name.into(),
        email: email.into(),
        role,
        password,
    }
}

/// The playground's ordinary commands. Values reach them by `SLIPWAY_*` variables.
fn target(program: &str, folder: &str) -> CommandTarget {
    let argv = |words: &[&str]| {
        let fixed = [program, "playground"]
            .into_iter()
            .chain(words.iter().copied())
            .chain(["--state", folder]);
        fixed.map(str::to_owned).collect()
    };
    CommandTarget {
        deploy: argv(&["deploy", "--variant", "stable"]),
        canary: argv(&["deploy", "--variant", "canary"]),
        weight: argv(&["weight"]),
        promote: argv(&["promote"]),
        rollback: argv(&["rollback"]),
        status: argv(&["status"]),
        logs: argv(&["logs"]),
        timeout_s: TIMEOUT_S,
        ..CommandTarget::default()
    }
}

fn settings(tier: Tier, target: &CommandTarget, up: &Up) -> Settings {
    let base = Settings {
        target: Target::Command(target.clone()),
        check_s: 3,
        ..Settings::default()
    };
    match (tier, up.environments.get(Tier::Production.key())) {
        (Tier::Production, Some(place)) => Settings {
            strategy: Strategy::procedure_canary(WAIT_S),
            source: MetricSource::scrape(place.stable_metrics.clone(), place.canary_metrics.clone(), SCRAPE_S),
            analysis: AnalysisRules {
                interval_s: SCRAPE_S,
                ..AnalysisRules::default()
            },
            check_s: 15,
            bake_s: 30,
            ..base
        },
        _ => base,
    }
}

fn releases() -> Vec<ReleaseForm> {
    let mut versions = catalogue::samples().into_iter().skip(1);
    let plans = [
        (
            "Faster product pages",
            "Product pages answer from a warm cache",
            ChangeKind::Feature,
        ),
        (
            "New sign-up form",
            "Sign-up asks for less, and checks while one types",
            ChangeKind::Feature,
        ),
        (
            "Recommendations on every page",
            "Pages recommend what others bought",
            ChangeKind::Update,
        ),
    ];
    plans
        .into_iter()
        .filter_map(|plan| versions.next().map(|version| release(&version, plan)))
        .collect()
}

fn release(version: &Version, (title, change, kind): (&str, &str, ChangeKind)) -> ReleaseForm {
    ReleaseForm {
        version: version.version.clone(),
        title: title.into(),
        artifact: Artifact {
            reference: version.reference(),
            digest: version.digest.clone(),
        },
        changes: vec![
            Change {
                kind,
                text: change.into(),
            },
            Change {
                kind: ChangeKind::Security,
                text: "Dependencies brought up to date".into(),
            },
        ],
        duration_min: 5,
        rollback_plan:
            "1. Send all traffic to stable (the machine does so by itself).\n2. Remove the canary.\n3. Check /health."
                .into(),
        rollback_min: 1,
        verification: "Health endpoint answers\nProduct pages load\nSign-up works".into(),
        notes: "Watch sign-ups while the canary gets its first traffic.".into(),
        ..ReleaseForm::default()
    }
}
