//! Metric sources: pages of counters, fetched and read.

use crate::address::{self, Resolver};
use domain::analysis::{AnalysisRules, Exposition, MetricKind, Query, Select, Selector, text};
use domain::service::MetricSource;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of a page that are read; a page that is longer is no page of metrics.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Fetches pages of text from addresses that may be asked.
#[derive(Clone)]
pub(crate) struct Http {
    client: Option<reqwest::Client>,
}

/// Why a page could not be had: one line for people.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the address is not a web address")]
    NoAddress,
    #[error("{0}")]
    Address(String),
    #[error("{}", root(.0))]
    Http(#[from] reqwest::Error),
    #[error("it answered {0}")]
    Status(u16),
    #[error("the page is longer than {MOST_BYTES} bytes")]
    TooLong,
    #[error("no line of it is a metric")]
    NoMetrics,
    #[error("{0}")]
    TooMany(text::NotMetrics),
}

impl From<text::NotMetrics> for Refusal {
    fn from(why: text::NotMetrics) -> Refusal {
        match why {
            text::NotMetrics::NoLine { .. } => Refusal::NoMetrics,
            text::NotMetrics::TooMany => Refusal::TooMany(why),
        }
    }
}

/// The innermost reason: `Connection refused`, not "error sending request".
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

impl Http {
    /// No redirect is followed: it would lead past the check of the address.
    pub fn new(timeout: Duration) -> Http {
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Arc::new(Resolver))
            .no_proxy()
            .user_agent("slipway")
            .build();
        Http { client: client.ok() }
    }

    /// The text behind an address.
    pub async fn text(&self, url: &str) -> Result<String, Refusal> {
        let url = reqwest::Url::parse(url).map_err(|_| Refusal::NoAddress)?;
        address::check(&url).map_err(Refusal::Address)?;
        let client = self.client.as_ref().ok_or(Refusal::NoAddress)?;
        let mut response = client.get(url).send().await?;
        if !response.status().is_success() {
            return Err(Refusal::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MOST_BYTES {
                return Err(Refusal::TooLong);
            }
        }
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    /// The metrics behind an address.
    pub async fn metrics(&self, url: &str) -> Result<Exposition, Refusal> {
        let page = self.text(url).await?;
        text::parse(&page).map_err(Refusal::from)
    }
}

/// How the samples of each rule's metric are made from a source's pages. 5xx is an error.
pub(crate) fn queries(source: &MetricSource, rules: &AnalysisRules) -> Vec<Query> {
    let MetricSource::Scrape {
        requests,
        status_label,
        latency,
        ..
    } = source
    else {
        return Vec::new();
    };
    let select = |kind: MetricKind| match kind {
        MetricKind::ErrorRate => Select::Counts {
            total: Selector::all(requests),
            bad: Selector::starting(requests, status_label, "5"),
        },
        MetricKind::Latency { .. } => Select::Histogram {
            family: Selector::all(latency),
        },
    };
    let query = |rule: &domain::analysis::MetricRule| Query {
        metric: rule.id.clone(),
        select: select(rule.kind),
    };
    rules.metrics.iter().map(query).collect()
}
