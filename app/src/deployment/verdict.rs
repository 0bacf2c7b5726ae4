//! The judgement in words and rows. Pure.

use chrono::TimeDelta;
use domain::analysis::{
    AnalysisRules, Figure, Judgement, MetricJudgement, MetricKind, MetricRule, MetricVerdict, Overall, Reason, Why,
};

use crate::gate::view::measure;
use crate::ui::format;
use crate::ui::icon::Glyph;
use crate::ui::zone::{Stamp, Zone};

/// A metric's line of the analysis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictRow {
    pub title: String,
    /// "limit 5 %, n 371".
    pub small: String,
    pub canary: String,
    pub stable: String,
    pub glyph: Glyph,
    /// "Pass", "23 of 50", "No data".
    pub word: String,
    /// What follows from missing data, and when.
    pub note: Option<String>,
}

/// All metrics, in the order of the rules.
pub fn rows(judgement: &Judgement, rules: &AnalysisRules, zone: &Zone) -> Vec<VerdictRow> {
    judgement.metrics.iter().map(|one| row(one, rules, zone)).collect()
}

fn row(one: &MetricJudgement, rules: &AnalysisRules, zone: &Zone) -> VerdictRow {
    let rule = rules.metrics.iter().find(|rule| rule.id == one.id);
    let kind = kind(one, rule);
    let shown = |figure: &Option<Figure>| figure.map_or_else(|| format::NONE.to_owned(), |it| figure_words(kind, it));
    let (glyph, word) = verdict(&one.verdict);
    VerdictRow {
        title: one.title.clone(),
        small: small(one, rule),
        canary: shown(&one.canary),
        stable: shown(&one.stable),
        glyph,
        word,
        note: note(one, rule, zone),
    }
}

/// What a metric measures: as its rule says; without the rule, as the judgement's own reason tells.
fn kind(one: &MetricJudgement, rule: Option<&MetricRule>) -> MetricKind {
    let quantile = MetricKind::Latency { quantile: 0.95 };
    match (rule, one.evidence.reason) {
        (Some(rule), _) => rule.kind,
        (None, Reason::QuantileBeyondLimit { .. } | Reason::QuantileWorseThanStable { .. }) => quantile,
        (None, _) => {
            let usual = AnalysisRules::default();
            usual
                .metrics
                .iter()
                .find(|rule| rule.id == one.id)
                .map_or(MetricKind::ErrorRate, |rule| rule.kind)
        }
    }
}

fn figure_words(kind: MetricKind, figure: Figure) -> String {
    match kind {
        MetricKind::ErrorRate => format::share(figure.value),
        MetricKind::Latency { .. } => format::millis(figure.value * 1_000.0),
    }
}

fn small(one: &MetricJudgement, rule: Option<&MetricRule>) -> String {
    let mut parts = Vec::new();
    if one.dry_run {
        parts.push("dry run".to_owned());
    }
    if let Some(rule) = rule {
        match (rule.limit, rule.compare) {
            (Some(limit), _) => parts.push(format!("limit {}", measure(rule.kind, limit))),
            (None, Some(compare)) => parts.push(format!("limit +{}", format::percent(compare.tolerance * 100.0))),
            (None, None) => {}
        }
    }
    if let Some(canary) = one.canary {
        parts.push(format!("n {}", format::count(canary.n)));
    }
    parts.join(", ")
}

/// Outline and word of a verdict.
pub fn verdict(verdict: &MetricVerdict) -> (Glyph, String) {
    match verdict {
        MetricVerdict::Pass => (Glyph::Pass, "Pass".to_owned()),
        MetricVerdict::Fail => (Glyph::Block, "Fail".to_owned()),
        MetricVerdict::TooLittleData { have, need } => (
            Glyph::Few,
            format!("{} of {}", format::count(*have), format::count(*need)),
        ),
        MetricVerdict::NoData { .. } => (Glyph::Few, "No data".to_owned()),
        MetricVerdict::SourceDown { .. } => (Glyph::Few, "Source down".to_owned()),
        MetricVerdict::Inconclusive { .. } => (Glyph::Hold, "Inconclusive".to_owned()),
    }
}

/// What missing data means, and until when it may go on.
fn note(one: &MetricJudgement, rule: Option<&MetricRule>, zone: &Zone) -> Option<String> {
    let since = |at| zone.write(at, Stamp::Second);
    let then = |at| {
        rule.filter(|_| !one.dry_run).map_or_else(String::new, |rule| {
            let deadline = at + TimeDelta::seconds(i64::from(rule.deadline_s));
            format!(
                " Inconclusive at {}, which pauses for a person.",
                zone.write(deadline, Stamp::Second)
            )
        })
    };
    let title = &one.title;
    Some(match &one.verdict {
        MetricVerdict::Pass | MetricVerdict::Fail => return None,
        MetricVerdict::TooLittleData { have, need } => {
            format!(
                "{title}: {} of {} requests so far.",
                format::count(*have),
                format::count(*need)
            )
        }
        MetricVerdict::NoData { since: at } => format!("{title}: no data since {}.{}", since(*at), then(*at)),
        MetricVerdict::SourceDown { since: at } => {
            format!(
                "{title}: its source has not answered since {}.{}",
                since(*at),
                then(*at)
            )
        }
        MetricVerdict::Inconclusive { why } => format!("{title}: {}.", inconclusive(why, zone)),
    })
}

fn inconclusive(why: &Why, zone: &Zone) -> String {
    match why {
        Why::TooLittleData { have, need } => {
            format!(
                "only {} of {} requests in time",
                format::count(*have),
                format::count(*need)
            )
        }
        Why::NoData { since } => format!("no data since {}", zone.write(*since, Stamp::Second)),
        Why::SourceDown { since } => format!(
            "its source has not answered since {}",
            zone.write(*since, Stamp::Second)
        ),
        Why::BucketsTooCoarse => "its buckets are too coarse to tell".to_owned(),
        Why::WrongBody => "its samples are of the wrong kind".to_owned(),
    }
}

/// What a judgement waits for, as sentences: for the why line.
pub fn waits(judgement: &Judgement, rules: &AnalysisRules, zone: &Zone) -> Vec<String> {
    let deciding = judgement.metrics.iter().filter(|one| !one.dry_run);
    deciding
        .filter_map(|one| note(one, rules.metrics.iter().find(|rule| rule.id == one.id), zone))
        .collect()
}

/// The samples that decided: one sentence for each metric that failed.
pub fn decided(judgement: &Judgement, rules: Option<&AnalysisRules>) -> Vec<String> {
    let failed = judgement
        .metrics
        .iter()
        .filter(|one| one.verdict == MetricVerdict::Fail && !one.dry_run);
    failed
        .map(|one| {
            let rule = rules.and_then(|rules| rules.metrics.iter().find(|rule| rule.id == one.id));
            failure(one, kind(one, rule))
        })
        .collect()
}

fn failure(one: &MetricJudgement, kind: MetricKind) -> String {
    let figure = |figure: Option<Figure>| {
        figure.map_or_else(
            || "nothing".to_owned(),
            |it| {
                format!(
                    "{} of {}",
                    figure_words(kind, it),
                    format::counted(it.n, "request", "requests")
                )
            },
        )
    };
    let (title, canary, stable) = (&one.title, figure(one.canary), figure(one.stable));
    let worse = |tolerance: f64| format::percent((tolerance * 1_000.0).round() / 10.0);
    match one.evidence.reason {
        Reason::BeyondLimit { limit } => {
            format!("{title} of the canary: {canary}, limit {}.", measure(kind, limit))
        }
        Reason::WorseThanStable { tolerance } => {
            format!(
                "{title} of the canary: {canary}; stable {stable}; more than {} worse.",
                worse(tolerance)
            )
        }
        Reason::QuantileBeyondLimit { at_least, limit } => {
            let (at_least, limit) = (measure(kind, at_least), measure(kind, limit));
            format!("{title} of the canary: {canary}, certainly above {at_least}, limit {limit}.")
        }
        Reason::QuantileWorseThanStable {
            canary_at_least,
            stable_at_most,
            tolerance,
        } => {
            let (canary_least, stable_most) = (measure(kind, canary_at_least), measure(kind, stable_at_most));
            format!(
                "{title} of the canary: {canary}, certainly above {canary_least}; stable {stable}, at most {stable_most}; more than {} worse.",
                worse(tolerance)
            )
        }
        Reason::Quiet => format!("{title} of the canary: {canary}."),
    }
}

/// Outline and word of the whole judgement.
pub fn overall(overall: Overall) -> (Glyph, &'static str) {
    match overall {
        Overall::Pass => (Glyph::Pass, "Pass"),
        Overall::Fail => (Glyph::Block, "Fail"),
        Overall::Inconclusive => (Glyph::Hold, "Inconclusive"),
        Overall::Waiting => (Glyph::Wait, "Waiting for data"),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use chrono::{DateTime, Utc};
    use domain::analysis::Evidence;

    pub fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    pub fn judged(verdict: MetricVerdict, reason: Reason) -> MetricJudgement {
        MetricJudgement {
            id: "error_rate".into(),
            title: "Error rate".into(),
            verdict,
            critical: true,
            dry_run: false,
            canary: Some(Figure { value: 0.2156, n: 371 }),
            stable: Some(Figure { value: 0.004, n: 3_310 }),
            evidence: Evidence {
                e_value: 300.0,
                threshold: 200.0,
                reason,
            },
            failures: 1,
            failed_at: Some(at("2026-01-15T10:18:46Z")),
        }
    }

    fn judgement(one: MetricJudgement) -> Judgement {
        Judgement {
            at: at("2026-01-15T10:18:46Z"),
            metrics: vec![one],
            overall: Overall::Waiting,
        }
    }

    #[test]
    fn what_decided_is_told_with_its_samples() {
        let failed = judgement(judged(MetricVerdict::Fail, Reason::BeyondLimit { limit: 0.05 }));
        let words = decided(&failed, None);
        assert_eq!(
            words,
            ["Error rate of the canary: 21.6\u{a0}% of 371\u{a0}requests, limit 5\u{a0}%."]
        );
    }

    #[test]
    fn too_little_is_counted_and_no_failure() {
        let few = judgement(judged(
            MetricVerdict::TooLittleData { have: 23, need: 50 },
            Reason::Quiet,
        ));
        let rows = rows(&few, &AnalysisRules::default(), &Zone::utc());
        assert_eq!((rows[0].glyph, rows[0].word.as_str()), (Glyph::Few, "23 of 50"));
        assert_eq!(rows[0].note.as_deref(), Some("Error rate: 23 of 50 requests so far."));
        assert!(decided(&few, None).is_empty());
    }

    #[test]
    fn no_data_says_since_when_and_what_follows() {
        let none = judgement(judged(
            MetricVerdict::NoData {
                since: at("2026-01-15T10:14:05Z"),
            },
            Reason::Quiet,
        ));
        let words = waits(&none, &AnalysisRules::default(), &Zone::utc());
        assert_eq!(
            words,
            ["Error rate: no data since 10:14:05. Inconclusive at 10:19:05, which pauses for a person."]
        );
    }

    #[test]
    fn a_latency_is_told_in_milliseconds_even_without_its_rule() {
        let reason = Reason::QuantileWorseThanStable {
            canary_at_least: 0.5,
            stable_at_most: 0.25,
            tolerance: 0.2,
        };
        let mut slow = judged(MetricVerdict::Fail, reason);
        slow.title = "Latency".into();
        slow.canary = Some(Figure { value: 0.62, n: 80 });
        let words = decided(&judgement(slow), None);
        assert!(
            words[0].starts_with("Latency of the canary: 620\u{a0}ms of 80\u{a0}requests, certainly above 500\u{a0}ms"),
            "{words:?}"
        );
    }
}
