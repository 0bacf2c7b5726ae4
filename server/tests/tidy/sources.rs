//! The files of the project, and Rust sources as the walls look at them: without comments, without what only tests do.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file.
pub struct File {
    /// Relative to the root, with `/`.
    pub path: String,
    pub text: String,
}

impl File {
    /// Whether it lies in one of these folders, or is one of these files.
    pub fn within(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }

    pub fn ends(&self, endings: &[&str]) -> bool {
        endings.iter().any(|ending| self.path.ends_with(ending))
    }

    /// Whether nothing but tests comes from it.
    pub fn is_test(&self) -> bool {
        let parts: Vec<&str> = self.path.split('/').collect();
        parts
            .iter()
            .any(|part| *part == "tests" || *part == "tests.rs" || *part == "examples" || *part == "benches")
            || parts[0] == "end2end"
    }
}

/// The root of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the root is there")
}

/// Every text file that belongs to the project: not what was built, installed or recorded.
pub fn files() -> Vec<File> {
    let root = root();
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(
        found.len() > 200,
        "the walk found only {} files below {}",
        found.len(),
        root.display()
    );
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<File>) {
    const NOT_OURS: &[&str] = &[
        "target",
        "node_modules",
        ".git",
        "data",
        "test-results",
        "playwright-report",
        "screenshots",
        ".sqlx",
        "proptest-regressions",
    ];
    for entry in fs::read_dir(folder).expect("a folder is read").flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            if !NOT_OURS.contains(&name.as_str()) {
                walk(root, &path, found);
            }
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path = path
                .strip_prefix(root)
                .expect("it lies below the root")
                .to_string_lossy()
                .replace('\\', "/");
            if !path.ends_with(".log") {
                found.push(File { path, text });
            }
        }
    }
}

/// A Rust source, looked at in two ways. Lines keep their numbers.
pub struct Code {
    /// Comments and what stands in strings are blank.
    pub words: String,
    /// Comments are blank.
    pub strings: String,
}

/// Reads a Rust source. What stands in `#[cfg(test)]` is left out.
pub fn code(text: &str) -> Code {
    let chars: Vec<char> = text.chars().collect();
    let (mut words, mut strings) = (String::with_capacity(text.len()), String::with_capacity(text.len()));
    let mut at = 0;
    while at < chars.len() {
        let (end, kind) = token(&chars, at);
        for &c in &chars[at..end] {
            let blank = if c == '\n' { '\n' } else { ' ' };
            words.push(if kind == Token::Code { c } else { blank });
            strings.push(if kind == Token::Comment { blank } else { c });
        }
        at = end;
    }
    without_tests(words, strings)
}

#[derive(PartialEq, Clone, Copy)]
enum Token {
    Code,
    Comment,
    Literal,
}

/// What begins here, and where it ends.
fn token(chars: &[char], at: usize) -> (usize, Token) {
    let rest = &chars[at..];
    match rest {
        ['/', '/', ..] => (
            at + rest.iter().position(|&c| c == '\n').unwrap_or(rest.len()),
            Token::Comment,
        ),
        ['/', '*', ..] => (at + block_comment(rest), Token::Comment),
        ['"', ..] => (at + quoted(rest, 1), Token::Literal),
        ['r', '"' | '#', ..] if at == 0 || !is_word(chars[at - 1]) => match raw(rest) {
            Some(length) => (at + length, Token::Literal),
            None => (at + 1, Token::Code),
        },
        ['\'', '\\', ..] => (
            at + 2 + rest[2..].iter().skip(1).position(|&c| c == '\'').map_or(1, |p| p + 2),
            Token::Literal,
        ),
        ['\'', _, '\'', ..] => (at + 3, Token::Literal),
        _ => (at + 1, Token::Code),
    }
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut i) = (0usize, 0);
    while i < rest.len() {
        match rest[i..] {
            ['/', '*', ..] => (depth, i) = (depth + 1, i + 2),
            ['*', '/', ..] => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

fn quoted(rest: &[char], from: usize) -> usize {
    let mut i = from;
    while i < rest.len() && rest[i] != '"' {
        i += if rest[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(rest.len())
}

fn raw(rest: &[char]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|&&c| c == '#').count();
    let open = 1 + hashes;
    if rest.get(open) != Some(&'"') {
        return None;
    }
    let closes =
        |i: usize| rest[i] == '"' && rest[i + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes;
    let close = (open + 1..rest.len()).find(|&i| closes(i))?;
    Some(close + 1 + hashes)
}

/// Blanks every item under `#[cfg(test)]`: up to the brace that closes it, or the semicolon.
fn without_tests(words: String, strings: String) -> Code {
    let (mut words, mut strings): (Vec<char>, Vec<char>) = (words.chars().collect(), strings.chars().collect());
    let mark: Vec<char> = "#[cfg(test)]".chars().collect();
    let mut at = 0;
    while at + mark.len() <= words.len() {
        if words[at..at + mark.len()] != mark[..] {
            at += 1;
            continue;
        }
        let end = item_end(&words, at + mark.len());
        for line in [&mut words, &mut strings] {
            line[at..end].iter_mut().filter(|c| **c != '\n').for_each(|c| *c = ' ');
        }
        at = end;
    }
    Code {
        words: words.into_iter().collect(),
        strings: strings.into_iter().collect(),
    }
}

fn item_end(words: &[char], from: usize) -> usize {
    let mut depth = 0usize;
    for (i, c) in words.iter().enumerate().skip(from) {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return i + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return i + 1,
            _ => {}
        }
    }
    words.len()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Line numbers on which a phrase stands as whole words.
pub fn lines_with(text: &str, phrase: &str) -> Vec<usize> {
    let edge = |c: Option<char>, own: Option<char>| !(c.is_some_and(is_word) && own.is_some_and(is_word));
    let stands = |line: &str| {
        line.match_indices(phrase).any(|(at, _)| {
            edge(line[..at].chars().next_back(), phrase.chars().next())
                && edge(line[at + phrase.len()..].chars().next(), phrase.chars().next_back())
        })
    };
    text.lines()
        .enumerate()
        .filter(|(_, line)| stands(line))
        .map(|(number, _)| number + 1)
        .collect()
}

/// Fails with every violation at once.
pub fn none(rule: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{rule}\n  {}\n", found.join("\n  "));
}
