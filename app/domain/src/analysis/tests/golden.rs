//! Pages of metrics in, a verdict out: the whole way.

use super::scene::{at, window};
use crate::analysis::text::parse;
use crate::analysis::*;

/// A variant's page, as the playground prints it, after so many requests: errors, and requests slower than 0.25 s.
fn page(requests: u64, errors: u64, slow: u64) -> String {
    let quick = requests - slow;
    format!(
        "# HELP http_requests_total Requests answered.\n\
         # TYPE http_requests_total counter\n\
         http_requests_total{{method=\"GET\",status=\"200\"}} {}\n\
         http_requests_total{{method=\"GET\",status=\"500\"}} {errors}\n\
         # TYPE http_request_duration_seconds histogram\n\
         http_request_duration_seconds_bucket{{le=\"0.01\"}} {}\n\
         http_request_duration_seconds_bucket{{le=\"0.1\"}} {quick}\n\
         http_request_duration_seconds_bucket{{le=\"0.25\"}} {quick}\n\
         http_request_duration_seconds_bucket{{le=\"1\"}} {requests}\n\
         http_request_duration_seconds_bucket{{le=\"+Inf\"}} {requests}\n\
         http_request_duration_seconds_sum 12.5\n\
         http_request_duration_seconds_count {requests}\n\
         signups_total 4\n\
         process_resident_memory_bytes 1.5e7\n",
        requests - errors,
        quick / 2,
    )
}

/// Both variants scraped every 5 s from 0; each round is stable's and the canary's page.
fn judged(rounds: &[(String, Option<String>)]) -> Judgement {
    let name = "http_requests_total";
    let (total, bad) = (Selector::all(name), Selector::starting(name, "status", "5"));
    let family = Selector::all("http_request_duration_seconds");
    let queries = [
        Query {
            metric: "error_rate".into(),
            select: Select::Counts { total, bad },
        },
        Query {
            metric: "latency_p95".into(),
            select: Select::Histogram { family },
        },
    ];
    let (mut collector, mut samples, mut now) = (Collector::default(), Vec::new(), 0);
    for (stable, canary) in rounds {
        let reading = |text: &str| Reading::Scraped {
            exposition: parse(text).expect("page"),
            at: at(now),
        };
        samples.extend(collector.observe(Variant::Stable, reading(stable), &queries));
        let canary = canary
            .as_ref()
            .map_or(Reading::Missing { at: at(now) }, |text| reading(text));
        samples.extend(collector.observe(Variant::Canary, canary, &queries));
        now += 5;
    }
    judge(
        &AnalysisRules::default(),
        &samples,
        window(now - 5),
        &collector.states(),
    )
}

/// So many rounds of 540 requests to stable and 60 to the canary.
fn rounds(n: u64, errors: u64, slow: u64) -> Vec<(String, Option<String>)> {
    (0..n)
        .map(|i| (page(1000 + 540 * i, i, 5 * i), Some(page(60 * i, errors * i, slow * i))))
        .collect()
}

fn verdicts(judgement: &Judgement) -> Vec<&MetricVerdict> {
    judgement.metrics.iter().map(|m| &m.verdict).collect()
}

#[test]
fn a_good_canary_passes() {
    let judgement = judged(&rounds(7, 0, 0));
    assert_eq!(verdicts(&judgement), [&MetricVerdict::Pass, &MetricVerdict::Pass]);
    assert_eq!(judgement.overall, Overall::Pass);
    assert_eq!(
        judgement.metrics[0].stable,
        Some(Figure {
            value: 6.0 / 3240.0,
            n: 3240
        })
    );
    assert_eq!(judgement.metrics[0].evidence.reason, Reason::Quiet);
}

#[test]
fn a_fifth_of_errors_fails_at_the_second_sample_at_the_latest() {
    let judgement = judged(&rounds(3, 12, 0));
    assert_eq!(judgement.overall, Overall::Fail);
    let errors = &judgement.metrics[0];
    assert_eq!(errors.canary, Some(Figure { value: 0.2, n: 120 }));
    assert_eq!(errors.evidence.reason, Reason::WorseThanStable { tolerance: 0.1 });
    assert_eq!(errors.evidence.threshold, 300.0);
    assert!(errors.failed_at <= Some(at(10)));
}

#[test]
fn a_slow_canary_fails_by_its_latency_after_three_looks() {
    let judgement = judged(&rounds(10, 0, 30));
    assert_eq!(judgement.overall, Overall::Fail);
    assert_eq!(judgement.metrics[0].verdict, MetricVerdict::Pass);
    let latency = &judgement.metrics[1];
    assert!(latency.failures >= 3, "{latency:?}");
    let reason = Reason::QuantileWorseThanStable {
        canary_at_least: 0.1,
        stable_at_most: 0.01,
        tolerance: 0.2,
    };
    assert_ne!(
        latency.evidence.reason, reason,
        "half of stable's requests take longer than 10 ms"
    );
}

#[test]
fn a_canary_that_does_not_answer_is_down() {
    let mut all = rounds(3, 0, 0);
    all.extend((3..8).map(|i| (page(1000 + 540 * i, i, 0), None)));
    let judgement = judged(&all);
    let down = MetricVerdict::SourceDown { since: at(15) };
    assert_eq!(verdicts(&judgement), [&down, &down]);
    assert_eq!(judgement.overall, Overall::Waiting);
}
