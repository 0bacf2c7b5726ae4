//! From scrapes to samples.

use super::scene::at;
use crate::analysis::text::parse;
use crate::analysis::*;

fn queries() -> Vec<Query> {
    let (total, bad) = (
        Selector::all("http_requests_total"),
        Selector::starting("http_requests_total", "status", "5"),
    );
    let family = Selector::all("http_request_duration_seconds");
    vec![
        Query {
            metric: "error_rate".into(),
            select: Select::Counts { total, bad },
        },
        Query {
            metric: "latency_p95".into(),
            select: Select::Histogram { family },
        },
    ]
}

fn page(s: i64, text: &str) -> Reading {
    Reading::Scraped {
        exposition: parse(text).expect("page"),
        at: at(s),
    }
}

/// The counts of the sample between two pages.
fn between(before: &str, after: &str) -> Option<(u64, u64)> {
    let mut collector = Collector::default();
    assert_eq!(collector.observe(Variant::Canary, page(0, before), &queries()), []);
    let samples = collector.observe(Variant::Canary, page(5, after), &queries());
    let sample = samples.iter().find(|s| s.metric == "error_rate")?;
    assert_eq!((sample.from, sample.to), (at(0), at(5)));
    match sample.body {
        SampleBody::Counts { total, bad } => Some((total, bad)),
        SampleBody::Histogram { .. } => None,
    }
}

fn requests(ok: u64, failed: u64) -> String {
    format!("http_requests_total{{status=\"200\"}} {ok}\nhttp_requests_total{{status=\"500\"}} {failed}\n")
}

#[test]
fn counters_become_differences() {
    assert_eq!(between(&requests(100, 3), &requests(150, 5)), Some((52, 2)));
    assert_eq!(between(&requests(100, 3), &requests(100, 3)), Some((0, 0)));
}

#[test]
fn a_restart_counts_what_came_since() {
    assert_eq!(between(&requests(100, 3), &requests(20, 1)), Some((21, 1)));
}

#[test]
fn a_series_that_is_new_counts_whole_and_one_that_left_adds_nothing() {
    let only_ok = "http_requests_total{status=\"200\"} 100\n";
    assert_eq!(between(only_ok, &requests(150, 7)), Some((57, 7)));
    assert_eq!(
        between(&requests(100, 7), "http_requests_total{status=\"200\"} 110\n"),
        Some((10, 0))
    );
}

#[test]
fn a_restart_of_one_instance_does_not_hide_the_others() {
    let page = |a: u64, b: u64| {
        let line = |instance, n| format!("http_requests_total{{instance=\"{instance}\",status=\"200\"}} {n}\n");
        line("a", a) + &line("b", b)
    };
    assert_eq!(between(&page(100, 500), &page(10, 520)), Some((30, 0)));
}

#[test]
fn a_metric_that_is_not_there_gives_no_sample() {
    assert_eq!(between("up 1", "up 1"), None);
    assert_eq!(between(&requests(1, 0), "up 1"), None);
}

#[test]
fn values_that_are_no_counts_count_nothing() {
    let page = "http_requests_total{status=\"200\"} NaN\nhttp_requests_total{status=\"201\"} 7\n";
    let later = "http_requests_total{status=\"200\"} +Inf\nhttp_requests_total{status=\"201\"} 9\n";
    assert_eq!(between(page, later), Some((2, 0)));
}

fn buckets(counts: [u64; 3]) -> String {
    let line = |le: &str, n| format!("http_request_duration_seconds_bucket{{le=\"{le}\"}} {n}\n");
    // Out of order on purpose.
    line("+Inf", counts[2]) + &line("0.1", counts[0]) + &line("0.5", counts[1])
}

#[test]
fn cumulative_buckets_become_single_ones() {
    let mut collector = Collector::default();
    collector.observe(Variant::Stable, page(0, &buckets([10, 20, 30])), &queries());
    let samples = collector.observe(Variant::Stable, page(5, &buckets([14, 29, 40])), &queries());
    let body = SampleBody::Histogram {
        bounds: vec![0.1, 0.5],
        counts: vec![4, 5, 1],
    };
    assert_eq!(samples.iter().map(|s| &s.body).collect::<Vec<_>>(), [&body]);
}

#[test]
fn an_open_bucket_that_is_not_printed_comes_from_the_count() {
    let page_of = |n: u64, all: u64| {
        let bucket = format!("http_request_duration_seconds_bucket{{le=\"0.1\"}} {n}\n");
        bucket + &format!("http_request_duration_seconds_count {all}\n")
    };
    let mut collector = Collector::default();
    collector.observe(Variant::Stable, page(0, &page_of(1, 2)), &queries());
    let samples = collector.observe(Variant::Stable, page(5, &page_of(4, 10)), &queries());
    assert_eq!(
        samples[0].body,
        SampleBody::Histogram {
            bounds: vec![0.1],
            counts: vec![3, 5]
        }
    );
}

#[test]
fn a_target_that_does_not_answer_is_down_and_the_gap_is_one_interval() {
    let mut collector = Collector::default();
    collector.observe(Variant::Canary, page(0, &requests(10, 0)), &queries());
    let state = |collector: &Collector| {
        collector
            .states()
            .into_iter()
            .map(|s| (s.health, s.since))
            .collect::<Vec<_>>()
    };
    assert_eq!(state(&collector), [(Health::Up, at(0))]);
    for s in [5, 10] {
        assert_eq!(
            collector.observe(Variant::Canary, Reading::Missing { at: at(s) }, &queries()),
            []
        );
        assert_eq!(state(&collector), [(Health::Down, at(5))]);
    }
    let samples = collector.observe(Variant::Canary, page(15, &requests(40, 0)), &queries());
    assert_eq!(state(&collector), [(Health::Up, at(15))]);
    assert_eq!((samples[0].from, samples[0].to), (at(0), at(15)));
    assert_eq!(samples[0].body, SampleBody::Counts { total: 30, bad: 0 });
}

#[test]
fn a_reading_that_is_not_later_is_passed_over() {
    let mut collector = Collector::default();
    collector.observe(Variant::Canary, page(5, &requests(10, 0)), &queries());
    assert_eq!(
        collector.observe(Variant::Canary, page(5, &requests(20, 0)), &queries()),
        []
    );
    let samples = collector.observe(Variant::Canary, page(10, &requests(30, 0)), &queries());
    assert_eq!(samples[0].body, SampleBody::Counts { total: 20, bad: 0 });
}

#[test]
fn another_canary_starts_anew_and_a_collector_survives_being_written() {
    let mut collector = Collector::default();
    collector.observe(Variant::Canary, page(0, &requests(10, 0)), &queries());
    let text = serde_json::to_string(&collector).expect("json");
    assert_eq!(serde_json::from_str::<Collector>(&text).expect("collector"), collector);
    collector.forget(Variant::Canary);
    assert_eq!(
        collector.observe(Variant::Canary, page(5, &requests(900, 0)), &queries()),
        []
    );
}
