//! Hides secrets in texts that are kept or shown.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use domain::secret::LEAST;
use std::borrow::Cow;

/// What stands in a secret's place.
const HIDDEN: &str = "•••";

/// Hides values: as they are, line by line, as JSON writes them, and in base64 wherever it begins.
///
/// A command that wants to give a secret away can do so in a hundred other forms: this keeps them out of logs by mistake, not by malice.
#[derive(Clone, Default)]
pub struct Mask {
    /// Longest first: a value that is part of another must not leave the rest of it standing.
    forms: Vec<String>,
}

impl Mask {
    /// Hides these values.
    pub fn new<'a>(values: impl Iterator<Item = &'a str>) -> Mask {
        let mut forms: Vec<String> = values
            .flat_map(forms_of)
            .filter(|form| form.chars().count() >= LEAST)
            .collect();
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Mask { forms }
    }

    /// The text with every value hidden.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for form in &self.forms {
            if text.contains(form.as_str()) {
                text = Cow::Owned(text.replace(form.as_str(), HIDDEN));
            }
        }
        text
    }
}

/// Never a value of it.
impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mask of {} forms", self.forms.len())
    }
}

fn forms_of(value: &str) -> Vec<String> {
    let whole = value.trim();
    let mut forms = vec![value.to_owned(), whole.to_owned()];
    forms.extend(value.lines().map(|line| line.trim().to_owned()));
    for text in [value, whole] {
        let json = serde_json::Value::String(text.to_owned()).to_string();
        forms.push(json.trim_matches('"').to_owned());
        forms.push(text.replace('\n', "\\n"));
        for offset in 0..3 {
            forms.extend(in_base64(text.as_bytes(), offset));
        }
    }
    forms
}

/// The characters of base64 that are the value's alone, when so many other bytes come before it in a group of three.
fn in_base64(value: &[u8], offset: usize) -> Vec<String> {
    let padded = [vec![0; offset], value.to_vec()].concat();
    let skipped = [0, 2, 3][offset];
    // The last group is shared with what follows.
    let whole = padded.len() / 3 * 4;
    let cut = |text: String| text.get(skipped..whole).map(str::to_owned);
    let forms = [BASE64_STANDARD.encode(&padded), BASE64_URL_SAFE.encode(&padded)];
    forms
        .into_iter()
        .filter_map(cut)
        .filter(|form| form.len() >= 6)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(values: &[&str], text: &str) -> String {
        Mask::new(values.iter().copied()).hide(text).into_owned()
    }

    #[test]
    fn the_longest_goes_first() {
        assert_eq!(
            hidden(&["hunter", "hunter22"], "a hunter22 and a hunter"),
            "a ••• and a •••"
        );
        assert_eq!(hidden(&[], "nothing to hide"), "nothing to hide");
    }

    #[test]
    fn a_key_of_several_lines_is_hidden_line_by_line_and_in_one() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nabcd\n-----END KEY-----\n";
        assert_eq!(hidden(&[key], "key is MIIEvQIBADANBg!"), "key is •••!");
        assert_eq!(hidden(&[key], &key.trim().replace('\n', "\\n")), HIDDEN);
        assert!(!hidden(&[key], key).contains("MIIE"));
    }

    #[test]
    fn base64_is_hidden_wherever_it_begins() {
        let value = "correct horse battery";
        for before in ["", "u", "us", "use", "user:"] {
            for encoded in [
                BASE64_STANDARD.encode(format!("{before}{value}")),
                BASE64_URL_SAFE.encode(format!("{before}{value} and more")),
            ] {
                let text = hidden(&[value], &format!("Authorization: Basic {encoded}"));
                assert!(text.contains(HIDDEN), "{before:?}: {text}");
                let rest = text.split(HIDDEN).map(str::len).sum::<usize>();
                assert!(rest < "Authorization: Basic ".len() + 30, "{before:?}: {text}");
            }
        }
    }

    #[test]
    fn nothing_of_it_is_printed_by_mistake() {
        let mask = Mask::new(["hunter22"].into_iter());
        assert!(!format!("{mask:?}").contains("hunter"));
    }
}
