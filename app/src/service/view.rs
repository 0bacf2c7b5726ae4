//! Words for the settings of an environment, and the control that a problem belongs to. Pure.

use crate::ui::format;
use chrono::TimeDelta;
use domain::field::{FieldErrors, Problem};

/// Fields of the settings by their names in errors, and what people call them, in the order of the page.
const FIELDS: [(&str, &str); 25] = [
    ("target", "Kind of target"),
    ("target.deploy", "Deploy all at once"),
    ("target.canary", "Start the canary"),
    ("target.weight", "Set the weight"),
    ("target.promote", "Promote"),
    ("target.rollback", "Roll back"),
    ("target.status", "Status"),
    ("target.logs", "Logs"),
    ("target.timeout_s", "Time limit, in seconds"),
    ("target.env", "Further environment variables"),
    ("target.secrets", "Secrets as environment variables"),
    ("strategy", "Kind of strategy"),
    ("check_s", "Checks, in seconds"),
    ("bake_s", "Bake, in seconds"),
    ("source", "Kind of source"),
    ("source.stable_url", "Address of stable's metrics"),
    ("source.canary_url", "Address of the canary's metrics"),
    ("source.interval_s", "Seconds between samples"),
    ("source.requests", "Counter of requests"),
    ("source.status_label", "Its label with the HTTP status"),
    ("source.latency", "Histogram of seconds"),
    ("analysis.error_limit", "Highest error rate, in %"),
    ("analysis.latency_tolerance", "Latency above stable's, in %"),
    ("analysis.latency_limit", "Highest latency, in ms"),
    ("analysis.min_sample", "Fewest canary requests to judge by"),
];

/// What people call a field, by its name in an error.
pub fn label(field: &str) -> String {
    if let Some((place, part)) = step(field) {
        let words = match part {
            "weight" => "share of traffic, in %",
            _ => "watched for, in seconds",
        };
        return format!("Step {}: {words}", place + 1);
    }
    let found = FIELDS.iter().find(|(name, _)| *name == field);
    found.map_or_else(|| field.to_owned(), |(_, label)| (*label).to_owned())
}

/// Id of the control of a field.
pub fn control(field: &str) -> String {
    match step(field) {
        Some((place, part)) => format!("f-{}-{place}", part.trim_end_matches("_s")),
        None => format!("f-{}", last(field)),
    }
}

/// The name under which the form posts a field.
pub fn input(field: &str) -> String {
    match step(field) {
        Some((place, part)) => format!("form[steps][{place}][{part}]"),
        None => format!("form[{}]", last(field)),
    }
}

/// What is wrong, by the fields of the form and in the order of the page.
pub fn problems(fields: &FieldErrors) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = fields
        .0
        .iter()
        .map(|(field, problem)| {
            let (field, problem) = posted(field, problem);
            let words = sentence(&field, &problem);
            (field, words)
        })
        .collect();
    found.sort_by_key(|(field, _)| place(field));
    found
}

/// What stands at the head of the form: the control, where there is one, and what is wrong with it.
pub fn at_head(fields: &FieldErrors) -> Vec<(Option<String>, String)> {
    problems(fields)
        .into_iter()
        .map(|(field, words)| {
            let id = (place(&field) < FIELDS.len()).then(|| control(&field));
            (id, format!("{}: {words}", label(&field)))
        })
        .collect()
}

/// The usual number of seconds, also as people say it.
pub fn usual(seconds: u32) -> String {
    let said = format::duration(TimeDelta::seconds(i64::from(seconds)));
    format!("Usual: {seconds} ({said})")
}

/// An address in pieces between which a line may break: after each slash, but not inside of `//`.
pub fn pieces(address: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for piece in address.split_inclusive('/') {
        match found.last_mut() {
            Some(before) if piece == "/" => before.push('/'),
            _ => found.push(piece.to_owned()),
        }
    }
    found
}

/// The place and the part of a step's field: `strategy.2.weight`.
fn step(field: &str) -> Option<(usize, &str)> {
    let (place, part) = field.strip_prefix("strategy.")?.split_once('.')?;
    Some((place.parse().ok()?, part))
}

fn last(field: &str) -> &str {
    field.rsplit('.').next().unwrap_or(field)
}

/// Where a field stands on the page; what the form does not show comes last.
fn place(field: &str) -> usize {
    let name = if step(field).is_some() { "strategy" } else { field };
    FIELDS
        .iter()
        .position(|(known, _)| *known == name)
        .unwrap_or(FIELDS.len())
}

/// A problem of the rules as one of the form, which knows shares by the hundred and latency by the millisecond. The
/// rules name a metric by its place: errors come first, then latency.
fn posted(field: &str, problem: &Problem) -> (String, Problem) {
    let (name, factor) = match (field, problem) {
        ("source.stable_url", Problem::Missing) => ("source", 1.0),
        ("analysis.interval_s", _) => ("source.interval_s", 1.0),
        ("analysis.metrics.0.limit", _) => ("analysis.error_limit", 100.0),
        ("analysis.metrics.1.limit", _) => ("analysis.latency_limit", 1000.0),
        ("analysis.metrics.1.compare.tolerance", _) => ("analysis.latency_tolerance", 100.0),
        ("analysis.metrics.0.min_sample" | "analysis.metrics.1.min_sample", _) => ("analysis.min_sample", 1.0),
        (other, _) => (other, 1.0),
    };
    let problem = match problem {
        Problem::Range { least, most } => Problem::Range {
            least: least * factor,
            most: most * factor,
        },
        other => other.clone(),
    };
    (name.to_owned(), problem)
}

/// What is wrong with a field, where the general words would not say it.
fn sentence(field: &str, problem: &Problem) -> String {
    match (field, problem) {
        ("source", Problem::Missing) => "A canary is judged by metrics. Choose where they come from.".into(),
        ("strategy", Problem::Missing) => "A canary needs steps. The last one is 100\u{a0}%.".into(),
        ("strategy", Problem::Range { .. }) => "The last step has to be 100\u{a0}%.".into(),
        ("target.secrets", Problem::Unknown) => {
            "One of the names is no secret of this service or of the instance. Set it under Administration, Secrets."
                .into()
        }
        ("target.secrets", Problem::Taken) => "A variable stands in both lists. Leave it in one.".into(),
        ("target.env" | "target.secrets", Problem::Name) => {
            "A name is of letters, digits and _, and does not begin with SLIPWAY_.".into()
        }
        ("analysis.latency_limit", Problem::Missing) => {
            "Write this, or by how much latency may be above stable's.".into()
        }
        _ => crate::words::problem(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_words_controls_and_names() {
        assert_eq!(label("target.status"), "Status");
        assert_eq!(label("strategy.1.wait_s"), "Step 2: watched for, in seconds");
        assert_eq!(control("strategy.1.wait_s"), "f-wait-1");
        assert_eq!(control("analysis.min_sample"), "f-min_sample");
        assert_eq!(input("strategy.0.weight"), "form[steps][0][weight]");
        assert_eq!(input("check_s"), "form[check_s]");
    }

    #[test]
    fn the_head_lists_what_is_wrong_in_the_order_of_the_page() {
        let mut fields = FieldErrors::one("analysis.error_limit", Problem::Missing);
        fields.add("strategy.1.weight", Problem::Missing);
        fields.add("target.status", Problem::Missing);
        fields.add("analysis.metrics.0.id", Problem::Name);
        let ids: Vec<Option<String>> = at_head(&fields).into_iter().map(|(id, _)| id).collect();
        let known = ["f-status", "f-weight-1", "f-error_limit"].map(|id| Some(id.to_owned()));
        assert_eq!(ids[..3], known);
        assert_eq!(ids[3], None, "there is no control for it");
    }

    #[test]
    fn problems_of_the_rules_are_said_in_the_units_of_the_form() {
        let range = Problem::Range {
            least: 0.0001,
            most: 0.999,
        };
        let found = problems(&FieldErrors::one("analysis.metrics.0.limit", range));
        let said = "Write a number from 0.01 to 99.9.".to_owned();
        assert_eq!(found, [("analysis.error_limit".to_owned(), said)]);
    }

    #[test]
    fn a_canary_without_metrics_is_a_matter_of_the_source() {
        let found = problems(&FieldErrors::one("source.stable_url", Problem::Missing));
        assert_eq!(found[0].0, "source");
        let found = problems(&FieldErrors::one("source.stable_url", Problem::Url));
        assert_eq!(found[0].0, "source.stable_url");
    }

    #[test]
    fn seconds_are_said_twice() {
        assert_eq!(usual(300), "Usual: 300 (5\u{a0}min)");
    }

    #[test]
    fn addresses_break_after_slashes() {
        let found = pieces("https://git.example.com/shop/storefront");
        assert_eq!(found, ["https://", "git.example.com/", "shop/", "storefront"]);
        assert_eq!(pieces(""), Vec::<String>::new());
    }
}
