//! Looks have one home: colours and durations are tokens, and no element brings its own style.

use super::sources::{File, code, files, none};

/// The style sheet that defines the tokens.
const TOKENS: &str = "style/tokens.css";

/// Names of colours that browsers know. Those of the system (`CanvasText`, …) are not among them: forced colours need them.
const NAMED: &[&str] = &[
    "black",
    "white",
    "gray",
    "grey",
    "silver",
    "red",
    "maroon",
    "orange",
    "yellow",
    "olive",
    "lime",
    "green",
    "teal",
    "aqua",
    "cyan",
    "blue",
    "navy",
    "fuchsia",
    "magenta",
    "purple",
    "pink",
    "brown",
    "gold",
    "indigo",
    "violet",
    "tomato",
    "crimson",
    "coral",
    "salmon",
    "whitesmoke",
];

const FUNCTIONS: &[&str] = &[
    "rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch(", "color(",
];

/// A style sheet's declarations: line number, property, value. Comments are gone.
fn declarations(text: &str) -> Vec<(usize, String, String)> {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("/*") {
        bare.push_str(&rest[..open]);
        let close = rest[open..].find("*/").map_or(rest.len(), |at| open + at + 2);
        bare.extend(rest[open..close].chars().filter(|c| *c == '\n'));
        rest = &rest[close..];
    }
    bare.push_str(rest);
    let mut found = Vec::new();
    let mut line = 1;
    let mut piece = String::new();
    for c in bare.chars() {
        match c {
            // What stood before a brace was a selector or a condition.
            '{' => piece.clear(),
            ';' | '}' => {
                if let Some((property, value)) = piece.split_once(':') {
                    found.push((line, property.trim().to_owned(), value.trim().to_owned()));
                }
                piece.clear();
            }
            '\n' => {
                line += 1;
                piece.push(' ');
            }
            c => piece.push(c),
        }
    }
    found
}

fn is_hex_colour(word: &str) -> bool {
    word.strip_prefix('#')
        .is_some_and(|hex| matches!(hex.len(), 3 | 4 | 6 | 8) && hex.chars().all(|c| c.is_ascii_hexdigit()))
}

fn is_duration(word: &str) -> bool {
    let number = word.strip_suffix("ms").or_else(|| word.strip_suffix('s'));
    // Nothing lasts no time: that one number needs no token.
    number.is_some_and(|number| number.parse::<f64>().is_ok_and(|value| value != 0.0))
}

fn words(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '/'))
        .filter(|word| !word.is_empty())
}

#[test]
fn colours_and_durations_are_tokens() {
    let files = files();
    let sheets: Vec<&File> = files
        .iter()
        .filter(|file| file.within(&["style/"]) && file.ends(&[".css"]) && file.path != TOKENS)
        .collect();
    assert!(sheets.len() > 10, "only {} style sheets were found", sheets.len());
    let mut found = Vec::new();
    for file in sheets {
        for (line, property, value) in declarations(&file.text) {
            // A value in quotes is text.
            let value: String = value.split('"').step_by(2).collect::<Vec<_>>().join(" ").to_lowercase();
            let function = FUNCTIONS
                .iter()
                .any(|function| value.split_whitespace().any(|word| word.starts_with(function)));
            let named = !matches!(
                property.as_str(),
                "grid-area" | "grid-template-areas" | "animation-name" | "animation" | "font-family"
            ) && words(&value).any(|word| NAMED.contains(&word));
            let says = function || named || words(&value).any(|word| is_hex_colour(word) || is_duration(word));
            if says {
                found.push(format!("{}:{line}: {property}: {value}", file.path));
            }
        }
    }
    none("Colours and durations are defined in style/tokens.css:", found);
}

#[test]
fn no_colour_in_the_code() {
    let mut found = Vec::new();
    for file in files()
        .iter()
        .filter(|file| file.within(&["app/src/", "server/src/"]) && !file.is_test())
    {
        let text = if file.ends(&[".rs"]) {
            code(&file.text).strings
        } else {
            file.text.clone()
        };
        for (number, line) in text.lines().enumerate() {
            let literals = line.split('"').skip(1).step_by(2);
            let colour = |text: &str| {
                // Three letters may be an anchor; six digits with a number among them are a colour.
                words(text).any(|word| {
                    is_hex_colour(word)
                        && (word.len() == 7 || word.len() == 9)
                        && word.chars().any(|c| c.is_ascii_digit())
                }) || FUNCTIONS.iter().any(|function| text.trim_start().starts_with(function))
            };
            if literals.clone().any(colour) {
                found.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    none("A colour in the code:", found);
}

#[test]
fn no_element_brings_its_own_style() {
    let mut found = Vec::new();
    for file in files()
        .iter()
        .filter(|file| file.within(&["app/src/", "server/src/"]) && !file.is_test())
    {
        let text = if file.ends(&[".rs"]) {
            code(&file.text).strings
        } else {
            file.text.clone()
        };
        for (number, line) in text.lines().enumerate() {
            let attribute =
                line.contains(" style=") || line.contains("<style") || line.trim_start().starts_with("style=");
            let directive = line.match_indices("style:").any(|(at, _)| {
                let name: String = line[at + 6..]
                    .chars()
                    .take_while(|c| c.is_ascii_lowercase() || *c == '-')
                    .collect();
                !name.is_empty() && line[at + 6 + name.len()..].starts_with('=')
            });
            if attribute || directive {
                found.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    none(
        "Inline style is refused by the content security policy; use a class:",
        found,
    );
}
