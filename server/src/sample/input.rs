//! What the sample workspace consists of: the playground's addresses and commands, two people, three releases to try.

use super::{SampleError, Up};
use crate::playground::catalogue;
use domain::analysis::AnalysisRules;
use domain::release::Artifact;
use domain::service::{CommandTarget, MetricSource, Settings, Strategy, Target, Tier};
use std::path::Path;
use store::workspace::{SampleInput, SamplePerson, generated_password, texts};

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
    let people: Vec<SamplePerson> = texts::PEOPLE
        .iter()
        .map(|(name, email, role)| SamplePerson {
            name: (*name).into(),
            email: (*email).into(),
            role: *role,
            password: generated_password(),
        })
        .collect();
    let shown = people.iter().flat_map(|person| {
        let part = person.role.key();
        [
            (format!("{part}_email"), person.email.clone()),
            (format!("{part}_password"), person.password.clone()),
        ]
    });
    let shown = shown.collect();
    let versions = catalogue::samples();
    let releases = texts::releases(|version| {
        let published = versions.iter().find(|published| published.version == version);
        published.map_or_else(Artifact::default, |published| Artifact {
            reference: published.reference(),
            digest: published.digest.clone(),
        })
    });
    Ok((
        SampleInput {
            service: texts::service(),
            settings,
            releases,
            people,
        },
        shown,
    ))
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
