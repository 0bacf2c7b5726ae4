//! What a change was, field by field: before and after, short enough to read and free of what must not be kept.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Characters of a value that are kept. What is longer is cut, visibly.
const MOST: usize = 500;

/// One field's value before and after, as text. Empty: there was, or is, none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its place: `target.deploy`, `approvals`.
    pub field: String,
    pub before: String,
    pub after: String,
}

/// What differs between two values of one type, by the path to each leaf, in the order of the paths. Lists are compared whole.
///
/// `left_out` names fields, by the beginning of their path, that must not be kept: what could hold a secret, or a person's words.
pub fn differences<T: Serialize>(before: &T, after: &T, left_out: &[&str]) -> Vec<FieldChange> {
    let value = |of: &T| serde_json::to_value(of).unwrap_or(Value::Null);
    let mut found = Vec::new();
    walk("", &value(before), &value(after), left_out, &mut found);
    found
}

fn walk(path: &str, before: &Value, after: &Value, left_out: &[&str], found: &mut Vec<FieldChange>) {
    let within = |field: &&str| {
        path.strip_prefix(*field)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if before == after || left_out.iter().any(within) {
        return;
    }
    let empty = serde_json::Map::new();
    let (old, new) = match (before, after) {
        (Value::Object(old), Value::Object(new)) => (old, new),
        (Value::Null, Value::Object(new)) => (&empty, new),
        (Value::Object(old), Value::Null) => (old, &empty),
        _ => {
            found.push(FieldChange {
                field: path.to_owned(),
                before: words(before),
                after: words(after),
            });
            return;
        }
    };
    for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let inner = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or(Value::Null);
        walk(&inner, &of(old), &of(new), left_out, found);
    }
}

fn words(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(items) if items.is_empty() => String::new(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        other => crate::canonical::text(other),
    };
    cut(&text)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn change(field: &str, before: &str, after: &str) -> FieldChange {
        FieldChange {
            field: field.into(),
            before: before.into(),
            after: after.into(),
        }
    }

    #[test]
    fn leaves_that_differ_are_named_by_their_path() {
        let before = json!({"target": {"deploy": ["a", "b"], "timeout_s": 60}, "bake_s": 0, "same": 1});
        let after = json!({"target": {"deploy": ["a"], "timeout_s": 90}, "bake_s": 60, "same": 1});
        assert_eq!(
            differences(&before, &after, &[]),
            [
                change("bake_s", "0", "60"),
                change("target.deploy", "a b", "a"),
                change("target.timeout_s", "60", "90")
            ]
        );
    }

    #[test]
    fn what_must_not_be_kept_is_left_out_and_nothing_beside_it() {
        let before = json!({"target": {"env": {"A": "hunter2"}, "environment": "x"}});
        let after = json!({"target": {"env": {"A": "hunter3"}, "environment": "y"}});
        assert_eq!(
            differences(&before, &after, &["target.env"]),
            [change("target.environment", "x", "y")]
        );
        assert!(differences(&before, &after, &["target"]).is_empty());
    }

    #[test]
    fn what_comes_or_goes_is_empty_on_the_other_side_and_long_texts_are_cut() {
        let long = "ä".repeat(MOST + 1);
        let found = differences(
            &json!({"a": null, "b": true}),
            &json!({"a": {"c": long}, "b": false}),
            &[],
        );
        assert_eq!(found[0], change("a.c", "", &format!("{}…", "ä".repeat(MOST))));
        assert_eq!(found[1], change("b", "yes", "no"));
    }
}
