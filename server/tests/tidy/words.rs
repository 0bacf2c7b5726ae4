//! Sizes, names, and words that must not be said.

use super::sources::{File, code, files, lines_with, none, root};
use std::fs;

/// At this many lines a file is split.
const MOST: usize = 600;

#[test]
fn files_are_short() {
    let files = files();
    let ours: Vec<(&str, usize)> = files
        .iter()
        .filter(|file| file.ends(&[".rs", ".ts", ".css", ".mjs"]))
        .map(|file| (file.path.as_str(), file.text.lines().count()))
        .collect();
    none(
        "A file has more than 600 lines:",
        ours.iter()
            .filter(|(_, lines)| *lines > MOST)
            .map(|(path, lines)| format!("{path}: {lines}"))
            .collect(),
    );
    let mut lengths: Vec<usize> = ours.iter().map(|(_, lines)| *lines).collect();
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= 200, "half of the files have more than {median} lines");
}

#[test]
fn every_source_says_what_it_is() {
    let begins = |file: &File| match () {
        () if file.ends(&[".rs"]) => file.text.starts_with("//!"),
        () if file.ends(&[".sql"]) => file.text.starts_with("--"),
        () if file.ends(&[".ts", ".mjs"]) => file.text.starts_with("//") || file.text.starts_with("/*"),
        () if file.ends(&[".css"]) => file.text.starts_with("/*"),
        () => true,
    };
    let found = files()
        .iter()
        .filter(|file| !begins(file))
        .map(|file| file.path.clone())
        .collect();
    none("A file does not say at its head what it is:", found);
}

#[test]
fn nothing_gives_up_without_a_word() {
    let mut found = Vec::new();
    for file in files().iter().filter(|file| file.ends(&[".rs"]) && !file.is_test()) {
        let words = code(&file.text).words;
        for phrase in [".unwrap()", ".unwrap_err()", "todo!", "unimplemented!", "dbg!"] {
            found.extend(
                lines_with(&words, phrase)
                    .into_iter()
                    .map(|line| format!("{}:{line}: {phrase}", file.path)),
            );
        }
    }
    none("Outside tests a program says why it can't go on:", found);
}

#[test]
fn nothing_is_put_off() {
    // Written apart, so that this file does not say them.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("X", "XX"),
        concat!("HA", "CK"),
    ];
    let mut found = Vec::new();
    for file in files()
        .iter()
        .filter(|file| !file.ends(&["package-lock.json", "Cargo.lock"]))
    {
        for mark in marks {
            found.extend(
                lines_with(&file.text, mark)
                    .into_iter()
                    .map(|line| format!("{}:{line}: {mark}", file.path)),
            );
        }
    }
    none("What is put off belongs into an issue, not into a file:", found);
}

#[test]
fn no_path_of_one_machine() {
    let places = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/tmp/", "brief"),
        concat!("/Us", "ers/"),
    ];
    let mut found = Vec::new();
    for file in files() {
        for (number, line) in file.text.lines().enumerate() {
            let absolute = |place: &&str| {
                line.match_indices(*place).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    before.is_none_or(|c| {
                        !(c.is_alphanumeric() || matches!(c, '.' | '/' | '_' | '-' | ':' | '}' | '*' | ')'))
                    })
                })
            };
            if places.iter().any(absolute) {
                found.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    none("A path of one machine:", found);
}

#[test]
fn modules_are_named_for_what_they_hold() {
    let vague = [
        "util", "utils", "helper", "helpers", "common", "manager", "misc", "shared", "lib2", "stuff",
    ];
    let found = files().into_iter().filter_map(|file| {
        let vague_part = file
            .path
            .split('/')
            .map(|part| part.split('.').next().unwrap_or_default().to_owned())
            .find(|part| vague.contains(&part.as_str()));
        vague_part.map(|_| file.path)
    });
    none("A name that says nothing:", found.collect());
}

#[test]
fn the_top_level_is_fixed() {
    const HOUSE: &[&str] = &[
        "Cargo.toml",
        "Cargo.lock",
        "app",
        "server",
        "frontend",
        "style",
        "migrations",
        "public",
        "end2end",
        "README.md",
    ];
    const BESIDE: &[&str] = &[
        "Makefile",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "Dockerfile",
        "rustfmt.toml",
        "clippy.toml",
        "deny.toml",
    ];
    // What is built and what is recorded are not part of the project.
    const IGNORED: &[&str] = &["target", "data"];
    let entries = fs::read_dir(root()).expect("the root is read");
    let names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let stray = names.filter(|name| {
        !name.starts_with('.')
            && ![HOUSE, BESIDE, IGNORED]
                .iter()
                .any(|list| list.contains(&name.as_str()))
    });
    none("The top level is fixed:", stray.collect());
}

/// Server functions that need not know who asks, and why.
const OPEN: &[(&str, &str)] = &[
    ("access/invitation", "the token of the link is the proof"),
    ("access/reset", "the token of the link is the proof"),
    (
        "access/mail",
        "who has forgotten a password has to know whether a link can be sent",
    ),
];

#[test]
fn every_server_function_asks_who_calls() {
    let mut found = Vec::new();
    let mut seen = 0;
    for file in files()
        .iter()
        .filter(|file| file.within(&["app/src/"]) && file.ends(&[".rs"]))
    {
        let code = code(&file.text);
        for (at, _) in code.strings.match_indices("#[server(prefix") {
            seen += 1;
            let rest = &code.strings[at..];
            let endpoint = rest
                .split("endpoint = \"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .unwrap_or("(none)");
            let body = body(rest);
            let asks = body.contains("actor()?");
            let open = OPEN.iter().any(|(listed, _)| *listed == endpoint);
            if asks == open {
                found.push(format!("{}: {endpoint}", file.path));
            }
        }
        let all = code.strings.matches("#[server(").count() - code.strings.matches("#[server(default)").count();
        let explicit = code.strings.matches("#[server(prefix = \"/call\", endpoint = ").count();
        if all != explicit || code.strings.contains("#[server]") {
            found.push(format!("{}: a server function without its address", file.path));
        }
    }
    assert!(seen > 30, "only {seen} server functions were found");
    none(
        "A server function that does not ask who calls, or that is listed as open and asks:",
        found,
    );
}

fn body(rest: &str) -> &str {
    let open = rest.find('{').unwrap_or(0);
    let mut depth = 0usize;
    for (at, c) in rest[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return &rest[open..open + at],
            '}' => depth -= 1,
            _ => {}
        }
    }
    &rest[open..]
}
