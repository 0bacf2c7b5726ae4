//! One byte form for one value: what digests and hash chains are computed over.
//!
//! Keys are sorted, there is no white space, and numbers print as `serde_json` prints them. The form must not
//! depend on a map's insertion order, which other crates of a build may switch on in `serde_json`.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The canonical JSON text of a value.
///
/// A type of ours that can't be written as JSON (a map whose keys are not strings) yields `null`; none exists.
pub fn text<T: Serialize>(value: &T) -> String {
    let mut out = String::new();
    write(&serde_json::to_value(value).unwrap_or(Value::Null), &mut out);
    out
}

/// SHA-256 over the canonical text.
pub fn sha256<T: Serialize>(value: &T) -> [u8; 32] {
    Sha256::digest(text(value).as_bytes()).into()
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write(&map[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        leaf => out.push_str(&leaf.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value = json!({"b": [{"z": 1, "a": "x\"y"}], "a": null});
        assert_eq!(text(&value), r#"{"a":null,"b":[{"a":"x\"y","z":1}]}"#);
    }
}
