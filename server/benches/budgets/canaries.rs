//! Bad canaries: from their first traffic to none. Healthy ones: how many were taken back all the same.

use crate::instance::Instance;
use crate::{Line, quantile};
use chrono::{DateTime, Utc};
use domain::analysis::AnalysisRules;
use domain::deployment::State;
use domain::id::EnvironmentId;
use domain::service::{CanaryStep, MetricSource, Policy, Settings, Strategy};
use serde::Deserialize;
use std::time::Duration;
use store::deployment::{Filter, Which};

/// Seconds between two scrapes: what the budget says.
const SCRAPE_S: u32 = 5;
/// Seconds that a healthy canary is watched at its share.
const WATCH_S: u32 = 30;

#[derive(Deserialize)]
struct Weight {
    time: DateTime<Utc>,
    weight: u8,
}

pub async fn lines(instance: &Instance, runs: usize) -> Vec<Line> {
    let (environment, admin) = prepare(instance).await;
    let mut seconds = Vec::new();
    let mut healthy_back = 0;
    for run in 0..runs {
        let state = deploy(instance, "1.4.0", environment).await;
        assert_eq!(state, State::RolledBack, "run {run}: a bad canary was not taken back");
        seconds.push(first_to_none(instance, &admin).await);
        let state = deploy(instance, "1.3.0", environment).await;
        healthy_back += usize::from(state == State::RolledBack);
        println!("run {}: {:.1} s", run + 1, seconds[run]);
    }
    seconds.sort_by(f64::total_cmp);
    let measured = format!(
        "p50 {:.1} s, p95 {:.1} s",
        quantile(&seconds, 0.5),
        quantile(&seconds, 0.95)
    );
    vec![
        Line::new(
            format!("20 % errors: first canary traffic to weight 0, {runs} runs"),
            measured,
            "p95 at most 10 s",
        ),
        Line::new(
            format!("healthy canaries taken back, of {runs}"),
            healthy_back.to_string(),
            "0",
        ),
    ]
}

/// The sample's production without approvals, so that one run follows another; scraped as the budget says.
async fn prepare(instance: &Instance) -> (EnvironmentId, String) {
    let page = store::service::page(&instance.db, &instance.actor, "storefront")
        .await
        .unwrap();
    let production = page
        .environments
        .into_iter()
        .find(|state| state.environment.name == "production")
        .unwrap()
        .environment;
    let MetricSource::Scrape {
        stable_url, canary_url, ..
    } = production.settings.source.clone()
    else {
        panic!("the sample's production is scraped");
    };
    let settings = Settings {
        strategy: Strategy::Canary {
            steps: vec![
                CanaryStep {
                    weight: 10,
                    wait_s: WATCH_S,
                },
                CanaryStep { weight: 100, wait_s: 0 },
            ],
        },
        source: MetricSource::scrape(stable_url.clone(), canary_url, SCRAPE_S),
        analysis: AnalysisRules {
            interval_s: SCRAPE_S,
            ..AnalysisRules::default()
        },
        check_s: 0,
        bake_s: 0,
        ..production.settings.clone()
    };
    let (db, actor) = (&instance.db, &instance.actor);
    store::service::save_settings(db, actor, production.id, production.row_version, &settings)
        .await
        .unwrap();
    store::service::save_policy(db, actor, production.id, production.policy_version, &Policy::default())
        .await
        .unwrap();
    let admin = stable_url.split("/_gateway").next().unwrap().to_owned();
    (production.id, admin)
}

/// Deploys, waits for the end of it and of its way back, and lifts the lock that a taken back one leaves.
async fn deploy(instance: &Instance, version: &str, environment: EnvironmentId) -> State {
    let (db, actor) = (&instance.db, &instance.actor);
    let release = store::release::page(db, actor, "storefront", version)
        .await
        .unwrap()
        .release
        .id;
    let id = store::deployment::request(db, actor, release, environment)
        .await
        .unwrap();
    let number = store::deployment::number(db, actor, id).await.unwrap();
    loop {
        let page = store::deployment::page(db, actor, number).await.unwrap();
        let open = Filter {
            state: Which::Open,
            ..Filter::default()
        };
        let others = store::deployment::list(db, actor, &open).await.unwrap();
        if page.deployment.run.state.terminal() && others.is_empty() {
            if page.lock.is_some() {
                store::service::unlock(db, actor, environment).await.unwrap();
            }
            return page.deployment.run.state;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Seconds between the last first traffic and the weight 0 after it, by the gateway's own clock.
async fn first_to_none(instance: &Instance, admin: &str) -> f64 {
    let text = instance
        .http
        .get(format!("{admin}/_gateway/weights"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let weights: Vec<Weight> = serde_json::from_str(&text).unwrap();
    let last_up = weights.iter().rposition(|point| point.weight > 0).unwrap();
    let first_up = weights[..last_up]
        .iter()
        .rposition(|point| point.weight == 0)
        .map_or(0, |zero| zero + 1);
    let none = weights[last_up..].iter().find(|point| point.weight == 0).unwrap();
    (none.time - weights[first_up].time).num_milliseconds() as f64 / 1000.0
}
