//! Hides secrets in texts that are kept or shown.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use domain::secret::LEAST;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// What stands in a secret's place.
const HIDDEN: &str = "•••";

/// Hides values: as they are, line by line, as JSON and addresses write them, in hexadecimal, and in base64 wherever it begins.
///
/// A command that wants to give a secret away can do so in a hundred other forms: this keeps them out of logs by mistake, not by malice. Not
/// known are, among others: a value in HTML's or a shell's escapes, encoded twice, compressed, or printed in parts with something between them.
#[derive(Clone, Default)]
pub struct Mask(Option<Arc<Forms>>);

/// Every form of every value.
struct Forms {
    /// None: there is too much to search for, and so everything is hidden.
    search: Option<AhoCorasick>,
    all: Vec<String>,
    /// Bytes of the longest form.
    longest: usize,
}

impl Mask {
    /// Hides these values.
    pub fn new<'a>(values: impl Iterator<Item = &'a str>) -> Mask {
        let mut all: Vec<String> = values
            .flat_map(forms_of)
            .filter(|form| form.chars().count() >= LEAST)
            .collect();
        all.sort();
        all.dedup();
        let longest = all.iter().map(String::len).max();
        Mask(longest.map(|longest| {
            let search = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&all);
            Arc::new(Forms {
                search: search.ok(),
                all,
                longest,
            })
        }))
    }

    /// The text with every value hidden.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        without(text, &self.places(text))
    }

    /// The same of a text that was cut somewhere: half of a value or more at its end, whose rest was cut off, is hidden too.
    pub fn hide_cut<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(forms) = &self.0 else {
            return Cow::Borrowed(text);
        };
        let from = text.floor_char_boundary(text.len().saturating_sub(forms.longest));
        let mut ends = text[from..].char_indices().map(|(place, _)| from + place);
        let begun = ends.find(|place| {
            let end = &text[*place..];
            let half = |form: &String| form.len() <= 2 * end.len() && form.starts_with(end);
            forms.all.iter().any(half)
        });
        let mut places = self.places(text);
        if let Some(mut start) = begun {
            while let Some(before) = places.pop_if(|before| before.end > start) {
                start = start.min(before.start);
            }
            places.push(start..text.len());
        }
        without(text, &places)
    }

    /// Where values stand, in order. Those that overlap are one place: no rest of either is left.
    fn places(&self, text: &str) -> Vec<Range<usize>> {
        let Some(forms) = &self.0 else { return Vec::new() };
        let Some(search) = &forms.search else {
            return std::iter::once(0..text.len()).collect();
        };
        let mut places: Vec<Range<usize>> = Vec::new();
        // They come by their ends.
        for found in search.find_overlapping_iter(text) {
            let mut place = found.range();
            while let Some(before) = places.pop_if(|before| before.end > place.start) {
                place.start = place.start.min(before.start);
            }
            places.push(place);
        }
        places
    }
}

/// The text with a mark in these places.
fn without<'a>(text: &'a str, places: &[Range<usize>]) -> Cow<'a, str> {
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut hidden = String::with_capacity(text.len());
    let mut at = 0;
    for place in places {
        hidden.push_str(&text[at..place.start]);
        hidden.push_str(HIDDEN);
        at = place.end;
    }
    hidden.push_str(&text[at..]);
    Cow::Owned(hidden)
}

/// Hides values in a line that comes in pieces, also those that stand in two of them. What could still become a value is held back.
pub struct Veil {
    mask: Mask,
    held: String,
    /// So many bytes of what is held belong to a value whose mark has been given out.
    covered: usize,
    /// Pieces of the line came before.
    going: bool,
}

impl Veil {
    pub fn new(mask: Mask) -> Veil {
        Veil {
            mask,
            held: String::new(),
            covered: 0,
            going: false,
        }
    }

    /// Takes the next piece of a line, and answers what can be kept by now; None: nothing yet, or nothing more of this line.
    pub fn next(&mut self, piece: &str, ends: bool) -> Option<String> {
        let going = std::mem::replace(&mut self.going, !ends);
        self.held.push_str(piece);
        let longest = self.mask.0.as_ref().map_or(1, |forms| forms.longest);
        // Whatever value begins before this place stands here whole.
        let safe = match ends {
            true => self.held.len(),
            false => self
                .held
                .floor_char_boundary(self.held.len().saturating_sub(longest - 1)),
        };
        let mut kept = String::new();
        let (mut at, mut covered) = (0, 0);
        if self.covered > 0 {
            at = self.covered.min(safe);
            covered = self.covered - at;
        }
        for place in self.mask.places(&self.held) {
            if place.start >= safe {
                break;
            }
            if place.start < self.covered {
                // It goes on from a value that has its mark.
                at = at.max(place.end.min(safe));
            } else {
                kept.push_str(&self.held[at..place.start]);
                kept.push_str(HIDDEN);
                at = place.end.min(safe);
            }
            covered = covered.max(place.end.saturating_sub(safe));
        }
        kept.push_str(&self.held[at..safe]);
        self.held.drain(..safe);
        self.covered = if ends { 0 } else { covered };
        let nothing = kept.is_empty() && (going || !ends);
        (!nothing).then_some(kept)
    }

    /// What is left of a line whose end never came.
    pub fn rest(&mut self) -> Option<String> {
        if !self.going {
            return None;
        }
        let cut = self.mask.hide_cut(&self.held[self.covered..]).into_owned();
        self.held.clear();
        self.covered = 0;
        self.going = false;
        (!cut.is_empty()).then_some(cut)
    }
}

/// Never a value of it.
impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Mask of {} forms",
            self.0.as_ref().map_or(0, |forms| forms.all.len())
        )
    }
}

fn forms_of(value: &str) -> Vec<String> {
    let whole = value.trim();
    let mut forms = vec![value.to_owned(), whole.to_owned()];
    forms.extend(value.lines().map(|line| line.trim().to_owned()));
    for text in [value, whole] {
        let quoted = serde_json::Value::String(text.to_owned()).to_string();
        let json = quoted.get(1..quoted.len() - 1).unwrap_or_default();
        forms.push(json.to_owned());
        forms.push(text.replace('\n', "\\n"));
        forms.push(in_ascii(json));
        forms.push(json.replace('/', "\\/"));
        forms.extend([hex::encode(text), hex::encode_upper(text)]);
        for kept in AS_IS {
            forms.extend(in_address(text, kept));
        }
        for offset in 0..3 {
            forms.extend(in_base64(text.as_bytes(), offset));
        }
    }
    forms
}

/// What encoders of addresses leave as it is beside letters and digits: RFC 3986, its paths, JavaScript, forms.
const AS_IS: [&[u8]; 4] = [b"-_.~", b"-_.~/", b"-_.!~*'()", b"*-._"];

/// As an address writes it: in capitals, in small letters, and with `+` for a space as in a form.
fn in_address(text: &str, kept: &[u8]) -> [String; 4] {
    let encode = |small: bool, plus: bool| {
        let mut encoded = String::with_capacity(text.len());
        for byte in text.bytes() {
            match byte {
                _ if byte.is_ascii_alphanumeric() || kept.contains(&byte) => encoded.push(char::from(byte)),
                b' ' if plus => encoded.push('+'),
                _ if small => encoded.push_str(&format!("%{byte:02x}")),
                _ => encoded.push_str(&format!("%{byte:02X}")),
            }
        }
        encoded
    };
    [
        encode(false, false),
        encode(true, false),
        encode(false, true),
        encode(true, true),
    ]
}

/// As JSON is written that has only ASCII.
fn in_ascii(json: &str) -> String {
    let mut written = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        match c {
            _ if c.is_ascii() => written.push(c),
            _ => written.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}"))),
        }
    }
    written
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
    use proptest::prelude::*;

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
    fn addresses_json_and_hexadecimal_are_hidden() {
        let value = "p ä/ss\"w&rd=1";
        for written in [
            "p%20%C3%A4%2Fss%22w%26rd%3D1",
            "p%20%c3%a4%2fss%22w%26rd%3d1",
            "p+%C3%A4%2Fss%22w%26rd%3D1",
            "p%20%C3%A4/ss%22w%26rd%3D1",
            "p ä/ss\\\"w&rd=1",
            "p \\u00e4/ss\\\"w&rd=1",
            "p ä\\/ss\\\"w&rd=1",
            "7020c3a42f737322772672643d31",
        ] {
            let text = hidden(&[value], &format!("https://example.com/?key={written}&x"));
            assert!(text.starts_with("https://example.com/?key=•••"), "{written}: {text}");
        }
    }

    #[test]
    fn values_that_overlap_leave_nothing_of_either() {
        assert_eq!(
            hidden(&["secret-one", "one-secret"], "a secret-one-secret b"),
            "a ••• b"
        );
    }

    #[test]
    fn the_beginning_of_a_value_at_a_cut_is_hidden() {
        let mask = Mask::new(["correct horse battery"].into_iter());
        assert_eq!(mask.hide_cut("the key: correct horse"), "the key: •••");
        assert_eq!(mask.hide_cut("that is correct"), "that is correct");
        assert_eq!(mask.hide_cut("correct horse battery, correct horse"), "•••, •••");
    }

    /// Whether half of the value, or more of it, stands somewhere.
    fn shows(text: &str, value: &str) -> bool {
        let half = value.chars().count().div_ceil(2);
        let chars: Vec<char> = value.chars().collect();
        chars
            .windows(half)
            .any(|part| text.contains(&part.iter().collect::<String>()))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

        #[test]
        fn in_whatever_pieces_it_comes_nothing_of_a_value_is_kept(
            value in "[A-ZÄ€💥]{8,40}",
            around in prop::collection::vec("[a-z é]{0,60}", 1..5),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let line = around.join(&value);
            let mut places: Vec<usize> = cuts.iter().map(|cut| line.floor_char_boundary(cut.index(line.len() + 1))).collect();
            places.extend([0, line.len()]);
            places.sort_unstable();
            let mask = Mask::new([value.as_str()].into_iter());
            let mut veil = Veil::new(mask.clone());
            let mut kept = String::new();
            for pair in places.windows(2) {
                kept.extend(veil.next(&line[pair[0]..pair[1]], false));
                prop_assert!(veil.held.len() < value.len() * 8, "no more is held than may become a value");
            }
            kept.extend(veil.next("", true));
            prop_assert!(!shows(&kept, &value), "{kept}");
            prop_assert_eq!(kept, mask.hide(&line).into_owned());
        }

        #[test]
        fn a_line_without_an_end_keeps_nothing_of_a_value(
            value in "[A-Z]{8,40}",
            before in "[a-z ]{0,60}",
            seen in any::<prop::sample::Index>(),
        ) {
            let mut veil = Veil::new(Mask::new([value.as_str()].into_iter()));
            let mut kept: String = veil.next(&format!("{before}{}", &value[..seen.index(value.len())]), false).unwrap_or_default();
            kept.extend(veil.rest());
            prop_assert!(!shows(&kept, &value), "{kept}");
        }

        #[test]
        fn what_holds_no_value_stays_as_it_is(value in "[A-Z]{4,20}", text in "[zj •%é]{0,80}") {
            let mask = Mask::new([value.as_str()].into_iter());
            prop_assert_eq!(mask.hide(&text), text.as_str());
            prop_assert_eq!(mask.hide_cut(&text), text.as_str());
        }
    }

    #[test]
    fn nothing_of_it_is_printed_by_mistake() {
        let mask = Mask::new(["hunter22"].into_iter());
        assert!(!format!("{mask:?}").contains("hunter"));
    }
}
