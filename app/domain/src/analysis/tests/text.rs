//! Pages of metrics.

use crate::analysis::text::{FaultKind, MOST_FAULTS, MOST_SERIES, NotMetrics, parse};
use crate::analysis::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn only(line: &str) -> Series {
    let page = parse(line).expect(line);
    assert_eq!((page.series.len(), page.faults.len()), (1, 0), "{line}");
    page.series[0].clone()
}

fn series(name: &str, labels: &[(&str, &str)], value: f64) -> Series {
    let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Series {
        name: name.into(),
        labels,
        value,
        at_ms: None,
    }
}

#[test]
fn lines_are_read() {
    assert_eq!(only("up 1"), series("up", &[], 1.0));
    assert_eq!(
        only("a_total{status=\"500\"} 3"),
        series("a_total", &[("status", "500")], 3.0)
    );
    assert_eq!(
        only("a { x = \"1\" , y=\"2\", }  4e2"),
        series("a", &[("x", "1"), ("y", "2")], 400.0)
    );
    assert_eq!(only(r#"a{x="q\"\\\n"} 1"#), series("a", &[("x", "q\"\\\n")], 1.0));
    assert_eq!(only(r#"a{x="} # 5"} 1"#), series("a", &[("x", "} # 5")], 1.0));
    assert_eq!(only(r#"{"a.b", "x.y"="1"} 1"#), series("a.b", &[("x.y", "1")], 1.0));
    assert_eq!(only("a{} +Inf").value, f64::INFINITY);
    assert!(only("a NaN").value.is_nan());
    assert_eq!(only("a 1 1705312800000").at_ms, Some(1_705_312_800_000));
    assert_eq!(only("a 1 1705312800.5").at_ms, Some(1_705_312_800_500));
    assert_eq!(
        only(r#"b_bucket{le="0.1"} 8 # {trace="x"} 0.07"#),
        series("b_bucket", &[("le", "0.1")], 8.0)
    );
}

#[test]
fn comments_and_blanks_are_passed_over() {
    let page = parse("# HELP a What it is.\n# TYPE a counter\n\n  \na 1\r\n# EOF\n").expect("page");
    assert_eq!(
        page,
        Exposition {
            series: vec![series("a", &[], 1.0)],
            faults: vec![]
        }
    );
    assert_eq!(parse(""), Ok(Exposition::default()));
}

#[test]
fn what_can_not_be_read_is_named_and_the_rest_is_read() {
    let page = parse("a 1\n1a 2\nb{x} 1\nc\nd 1 soon\ne{x=\"1\" 5\nf 2").expect("page");
    assert_eq!(page.series.len(), 2);
    let faults: Vec<(u32, FaultKind)> = page.faults.iter().map(|f| (f.line, f.kind)).collect();
    let (name, labels) = (FaultKind::Name, FaultKind::Labels);
    assert_eq!(
        faults,
        [
            (2, name),
            (3, labels),
            (4, FaultKind::Value),
            (5, FaultKind::Time),
            (6, labels)
        ]
    );
}

#[test]
fn a_web_page_is_no_page_of_metrics() {
    let page = "<!doctype html>\n<html><body>Not found</body>\n</html>";
    assert_eq!(parse(page), Err(NotMetrics::NoLine { line: 1, lines: 3 }));
}

#[test]
fn a_page_without_measure_is_refused_whole() {
    let most = "a 1\n".repeat(MOST_SERIES);
    assert_eq!(parse(&most).map(|page| page.series.len()), Ok(MOST_SERIES));
    assert_eq!(parse(&format!("{most}a 1\n")), Err(NotMetrics::TooMany));
}

fn print(all: &[Series]) -> String {
    let escape = |v: &str| v.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let line = |s: &Series| {
        let labels: Vec<String> = s.labels.iter().map(|(k, v)| format!("{k}=\"{}\"", escape(v))).collect();
        let labels = if labels.is_empty() {
            String::new()
        } else {
            format!("{{{}}}", labels.join(","))
        };
        let time = s.at_ms.map_or(String::new(), |ms| format!(" {ms}"));
        format!("{}{labels} {}{time}\n", s.name, s.value)
    };
    all.iter().map(line).collect()
}

fn any_series() -> impl Strategy<Value = Series> {
    let label = ("[a-z_][a-z0-9_]{0,8}", "[^\r]{0,12}");
    let labels = prop::collection::btree_map(label.0, label.1, 0..4);
    (
        "[a-zA-Z_:][a-zA-Z0-9_:]{0,20}",
        labels,
        -1e12..1e12f64,
        prop::option::of(any::<i64>()),
    )
        .prop_map(
            |(name, labels, value, at_ms): (_, BTreeMap<String, String>, _, _)| Series {
                name,
                labels,
                value,
                at_ms,
            },
        )
}

/// Bytes of a line: like a metric, or of any kind.
fn any_line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any_series().prop_map(|series| print(&[series]).trim_end().as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..80),
        "[a-z{}\"\\\\=,# 0-9.+]{0,60}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_back(all in prop::collection::vec(any_series(), 0..20)) {
        prop_assert_eq!(parse(&print(&all)), Ok(Exposition { series: all, faults: vec![] }));
    }

    #[test]
    fn nothing_makes_it_panic(page in "\\PC{0,200}") {
        let _ = parse(&page);
    }

    /// As a scrape reads bytes; and what is kept of them is no more than there are lines.
    #[test]
    fn any_bytes_are_read_or_refused(lines in prop::collection::vec(any_line(), 0..40)) {
        let bytes = lines.join(&b'\n');
        let text = String::from_utf8_lossy(&bytes);
        match parse(&text) {
            Ok(page) => {
                prop_assert!(page.series.len() + page.faults.len() <= text.lines().count());
                prop_assert!(page.faults.len() <= MOST_FAULTS);
            }
            Err(NotMetrics::NoLine { line, lines }) => prop_assert!(line >= 1 && lines >= 1),
            Err(NotMetrics::TooMany) => prop_assert!(false, "so few are too many"),
        }
    }

    /// A line that can't be read takes nothing of the lines around it.
    #[test]
    fn a_bad_line_spoils_no_other(before in any_series(), bad in "[{}\"=,#\\\\ 0-9a-z]{0,40}", after in any_series()) {
        let (first, last) = (print(std::slice::from_ref(&before)), print(std::slice::from_ref(&after)));
        let page = parse(&format!("{first}{bad}\n{last}")).expect("some lines are fine");
        prop_assert_eq!(page.series.first(), Some(&before));
        prop_assert_eq!(page.series.last(), Some(&after));
    }

    #[test]
    fn nothing_like_a_page_makes_it_panic(page in "([a-z{}\"\\\\=,# \n0-9.+é]|le=|_bucket){0,200}") {
        if let Ok(page) = parse(&page) {
            let reading = |s| Reading::Scraped { exposition: page.clone(), at: super::scene::at(s) };
            let family = Selector::all("a");
            let queries = [Query { metric: "m".into(), select: Select::Histogram { family } }];
            let mut collector = Collector::default();
            collector.observe(Variant::Canary, reading(0), &queries);
            collector.observe(Variant::Canary, reading(5), &queries);
        }
    }
}
