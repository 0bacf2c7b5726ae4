//! Calls of the deployment pages.

use domain::access::Person;
use domain::deployment::{DeploymentLine, DeploymentPage, LogLine};
use domain::id::{DeploymentId, EnvironmentId, ReleaseId};
use domain::outside::Outside;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

use super::series::PointBatch;
use crate::error::AppError;

/// Which deployments a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    Open,
    Ended,
    #[default]
    All,
}

/// A page of the list, and the people whom its lines mention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    pub lines: Vec<DeploymentLine>,
    pub people: Vec<Person>,
    /// What something else deployed in the same time.
    pub outside: Vec<Outside>,
}

/// Deployments, newest first, 50 a page; `before` is a number.
#[server(prefix = "/call", endpoint = "deployment/list", input = GetUrl)]
pub async fn deployment_list(
    service: Option<String>,
    environment: Option<String>,
    #[server(default)] which: Which,
    before: Option<i64>,
) -> Result<Listed, AppError> {
    use store::deployment::{Filter, Which as Shown};
    let (db, actor) = crate::caller::actor()?;
    let state = match which {
        Which::Open => Shown::Open,
        Which::Ended => Shown::Ended,
        Which::All => Shown::All,
    };
    let named = |name: Option<String>| name.filter(|name| !name.is_empty());
    let filter = Filter {
        service: named(service),
        environment: named(environment),
        state,
        before,
    };
    let lines = store::deployment::list(&db, &actor, &filter).await?;
    let people = store::deployment::people(&db, &actor, &lines).await?;
    let outside = store::outside::beside(&db, &actor, &filter, &lines).await?;
    Ok(Listed { lines, people, outside })
}

/// A deployment with all that its page shows but charts and log.
#[server(prefix = "/call", endpoint = "deployment/page", input = GetUrl)]
pub async fn read_deployment(number: i64) -> Result<DeploymentPage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::deployment::page(&db, &actor, number).await?)
}

/// Log lines after a cursor, oldest first, at most 500.
#[server(prefix = "/call", endpoint = "deployment/log", input = GetUrl)]
pub async fn deployment_log(deployment: DeploymentId, after: i64) -> Result<Vec<LogLine>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::deployment::log_since(&db, &actor, deployment, after, super::follow::BATCH).await?)
}

/// Chart points after a cursor, thinned so that a whole run is a few hundred of them.
#[server(prefix = "/call", endpoint = "deployment/points", input = GetUrl)]
pub async fn deployment_points(deployment: DeploymentId, after: i64) -> Result<PointBatch, AppError> {
    /// A day of samples of two variants, two metrics and a scrape each 5 s is about 70,000.
    const ROUNDS: u32 = 40;
    let (db, actor) = crate::caller::actor()?;
    let mut batch = PointBatch {
        cursor: after,
        ..PointBatch::default()
    };
    let mut samples = Vec::new();
    for _ in 0..ROUNDS {
        let since = store::deployment::samples_since(&db, &actor, deployment, batch.cursor).await?;
        batch.weights = since.weights;
        if since.samples.is_empty() {
            break;
        }
        batch.cursor = since.cursor;
        samples.extend(since.samples);
    }
    batch.points = super::series::thin(&samples);
    Ok(batch)
}

/// Brings a release to an environment, when every gate passes.
#[server(prefix = "/call", endpoint = "deployment/request")]
pub async fn deploy(release: ReleaseId, environment: EnvironmentId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let id = store::deployment::request(&db, &actor, release, environment).await?;
    let number = store::deployment::number(&db, &actor, id).await?;
    crate::caller::go_to(&super::address(number));
    Ok(())
}

/// Tells a running deployment what to do. `act` is the word of a [`domain::deployment::Steer`]; `reason` is the sentence that goes with a
/// pause or an abort; `trigger` is one of the procedure's, or `words` with the person's sentence in `reason`.
#[server(prefix = "/call", endpoint = "deployment/steer")]
pub async fn steer(
    deployment: DeploymentId,
    number: i64,
    act: String,
    #[server(default)] reason: String,
    #[server(default)] trigger: String,
    #[server(default)] leave: bool,
) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let act = super::steer::read(&act, &reason, &trigger)
        .map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?;
    store::deployment::steer(&db, &actor, deployment, act).await?;
    if leave {
        crate::caller::go_to(&super::address(number));
    }
    Ok(())
}
