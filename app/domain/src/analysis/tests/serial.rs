//! The written form, which plan digests are made of, and what rules refuse.

use super::scene::*;
use crate::analysis::*;
use crate::field::Problem;

#[test]
fn the_default_rules_are_written_so() {
    let text = serde_json::to_string(&AnalysisRules::default()).expect("json");
    assert_eq!(
        text,
        concat!(
            r#"{"alpha":0.01,"interval_s":5,"metrics":["#,
            r#"{"id":"error_rate","title":"Error rate","kind":"error_rate","direction":"higher_is_worse","limit":0.05,"#,
            r#""compare":{"tolerance":0.1},"min_sample":50,"critical":true,"dry_run":false,"failure_limit":1,"#,
            r#""no_data_after_s":30,"deadline_s":300},"#,
            r#"{"id":"latency_p95","title":"Latency, 95th percentile","kind":"latency","quantile":0.95,"#,
            r#""direction":"higher_is_worse","limit":null,"compare":{"tolerance":0.2},"min_sample":50,"#,
            r#""critical":false,"dry_run":false,"failure_limit":3,"no_data_after_s":30,"deadline_s":300}]}"#
        )
    );
    let back: AnalysisRules = serde_json::from_str(&text).expect("rules");
    assert_eq!(back, AnalysisRules::default());
}

#[test]
fn samples_are_written_so() {
    let sample = counts(Variant::Canary, 5, 60, 2);
    let text = serde_json::to_string(&sample).expect("json");
    assert_eq!(
        text,
        concat!(
            r#"{"variant":"canary","metric":"error_rate","from":"2024-01-15T00:00:00Z","to":"2024-01-15T00:00:05Z","#,
            r#""body":{"kind":"counts","total":60,"bad":2}}"#
        )
    );
    assert_eq!(serde_json::from_str::<Sample>(&text).expect("sample"), sample);
}

#[test]
fn judgements_survive_being_written() {
    let traffic = Traffic {
        seconds: 60,
        canary_rate: 0.2,
        ..HEALTHY
    };
    let down = SourceState {
        variant: Variant::Canary,
        metric: None,
        health: Health::Down,
        since: at(3),
    };
    for sources in [&[][..], &[down]] {
        for rules in [AnalysisRules::default(), latency_rules()] {
            let judgement = judge(&rules, &traffic.samples(4), window(60), sources);
            let text = serde_json::to_string(&judgement).expect("json");
            assert_eq!(serde_json::from_str::<Judgement>(&text).expect("judgement"), judgement);
        }
    }
}

#[test]
fn the_default_rules_are_valid() {
    assert_eq!(AnalysisRules::default().validate(), Ok(()));
    assert_eq!(
        AnalysisRules::default().threshold(),
        300.0,
        "three tests share one per cent"
    );
}

#[test]
fn every_field_that_is_wrong_is_named() {
    type Change = fn(&mut AnalysisRules);
    let changes: [(&str, Change); 13] = [
        ("alpha", |r| r.alpha = 0.0),
        ("alpha", |r| r.alpha = f64::NAN),
        ("interval_s", |r| r.interval_s = 0),
        ("metrics.0.id", |r| r.metrics[0].id = "Error rate".into()),
        ("metrics.1.id", |r| r.metrics[1].id = "error_rate".into()),
        ("metrics.0.title", |r| r.metrics[0].title = " ".into()),
        ("metrics.1.limit", |r| r.metrics[1].compare = None),
        ("metrics.0.limit", |r| r.metrics[0].limit = Some(5.0)),
        ("metrics.1.quantile", |r| {
            r.metrics[1].kind = MetricKind::Latency { quantile: 95.0 }
        }),
        ("metrics.1.direction", |r| {
            r.metrics[1].direction = Direction::LowerIsWorse
        }),
        ("metrics.0.compare.tolerance", |r| {
            r.metrics[0].compare = Some(Comparison { tolerance: -0.1 })
        }),
        ("metrics.0.no_data_after_s", |r| r.metrics[0].no_data_after_s = 9),
        ("metrics.1.failure_limit", |r| r.metrics[1].failure_limit = 0),
    ];
    for (field, change) in changes {
        let mut rules = AnalysisRules::default();
        change(&mut rules);
        let errors = rules.validate().expect_err(field);
        assert_eq!(errors.0.keys().collect::<Vec<_>>(), [field]);
    }
    let mut rules = AnalysisRules::default();
    (rules.metrics[0].id, rules.metrics[1].id) = ("x".into(), "x".into());
    assert_eq!(
        rules.validate().expect_err("taken").get("metrics.1.id"),
        Some(&Problem::Taken)
    );
}
