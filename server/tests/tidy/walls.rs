//! The walls between the crates: what each must not know, and the edges between them.

use super::sources::{File, code, files, lines_with, none, root};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Where a crate's sources are, and what must not be said there.
struct Wall {
    place: &'static str,
    forbidden: &'static [&'static str],
}

const IO: &[&str] = &[
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::env",
    "std::thread",
];

const WALLS: &[Wall] = &[
    Wall {
        place: "app/domain/src/",
        forbidden: &[
            "std::time",
            "SystemTime",
            "Instant",
            "Utc::now",
            "Local::now",
            "now_v7",
            "new_v4",
            "rand",
            "tokio",
            "leptos",
            "tracing",
            "log",
            "chrono_tz",
            "regex",
            "axum",
            "println!",
            "eprintln!",
            "store",
            "engine",
        ],
    },
    Wall {
        place: "app/domain/src/",
        forbidden: IO,
    },
    Wall {
        place: "server/store/src/",
        forbidden: &[
            "axum",
            "leptos",
            "leptos_axum",
            "reqwest",
            "hyper",
            "engine",
            "std::process",
            "Command::new",
        ],
    },
    Wall {
        place: "server/engine/src/",
        forbidden: &["axum", "leptos", "leptos_axum", "sqlx"],
    },
    Wall {
        place: "app/src/",
        forbidden: &[
            "sqlx",
            "engine",
            "std::time",
            "SystemTime",
            "Instant",
            "Utc::now",
            "Local::now",
            "rand",
            "std::fs",
            "std::process",
        ],
    },
    Wall {
        place: "server/src/",
        forbidden: &["sqlx", "domain::rollout", "domain::analysis::judge"],
    },
    Wall {
        place: "frontend/src/",
        forbidden: &["domain", "store", "engine", "server", "sqlx", "axum"],
    },
    Wall {
        place: "frontend/bundle/src/",
        forbidden: &["domain", "store", "engine", "app", "server", "leptos"],
    },
];

fn sources<'a>(files: &'a [File], place: &'a str) -> impl Iterator<Item = &'a File> {
    files
        .iter()
        .filter(move |file| file.within(&[place]) && file.ends(&[".rs"]) && !file.is_test())
}

/// Derives of the optional feature are all that the rules know of the database.
fn without_derives(words: &str) -> String {
    let kept = words.lines().map(|line| {
        let derive = line.trim_start().starts_with("derive(sqlx::Type)") || line.trim_start().starts_with("sqlx(");
        if derive || line.contains("cfg_attr(feature = ") {
            ""
        } else {
            line
        }
    });
    kept.collect::<Vec<_>>().join("\n")
}

#[test]
fn no_crate_says_what_it_must_not_know() {
    let files = files();
    let mut found = Vec::new();
    for wall in WALLS {
        for file in sources(&files, wall.place) {
            let words = code(&file.text).words;
            for phrase in wall.forbidden {
                // A path of another crate begins with its name: as a plain word it may be anybody's.
                let is_crate = matches!(
                    *phrase,
                    "store" | "engine" | "server" | "domain" | "app" | "log" | "rand" | "regex"
                );
                let phrase = if is_crate {
                    format!("{phrase}::")
                } else {
                    (*phrase).to_owned()
                };
                let found_here = lines_with(&words, &phrase).into_iter().filter(|&line| {
                    let line = words.lines().nth(line - 1).unwrap_or_default();
                    !is_crate || !line.contains(&format!("::{phrase}")) || line.trim_start().starts_with("use ::")
                });
                found.extend(found_here.map(|line| format!("{}:{line}: {phrase}", file.path)));
            }
        }
    }
    for file in sources(&files, "app/domain/src/") {
        let words = without_derives(&code(&file.text).words);
        found.extend(
            lines_with(&words, "sqlx")
                .into_iter()
                .map(|line| format!("{}:{line}: sqlx", file.path)),
        );
    }
    none("A crate speaks of what it must not know:", found);
}

#[test]
fn every_statement_is_in_store() {
    let files = files();
    let begins = [
        ("select ", " from "),
        ("insert into ", ""),
        ("update ", " set "),
        ("delete from ", ""),
        ("with ", " as (select"),
        ("alter table ", ""),
    ];
    let mut found = Vec::new();
    for place in ["app/", "server/src/", "server/engine/src/", "frontend/"] {
        for file in sources(&files, place) {
            for (number, line) in code(&file.text).strings.lines().enumerate() {
                let line = line.to_lowercase();
                let is_sql = |(begin, needs): &(&str, &str)| {
                    line.split('"')
                        .skip(1)
                        .step_by(2)
                        .any(|text| text.trim_start().starts_with(begin) && text.contains(needs))
                };
                if begins.iter().any(is_sql) {
                    found.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
                }
            }
        }
    }
    none("SQL belongs into store:", found);
}

#[test]
fn only_checked_statements() {
    let files = files();
    let found = sources(&files, "server/store/src/").flat_map(|file| {
        let words = code(&file.text).words;
        let unchecked = [
            "sqlx::query(",
            "sqlx::query_as(",
            "sqlx::query_scalar(",
            "sqlx::query_as::",
            "sqlx::query_scalar::",
            "sqlx::query::",
        ];
        let lines: Vec<usize> = unchecked.iter().flat_map(|phrase| lines_with(&words, phrase)).collect();
        lines
            .into_iter()
            .map(|line| format!("{}:{line}", file.path))
            .collect::<Vec<_>>()
    });
    // `select 1`, LISTEN and the like have no columns to check; what is listed here is read by a person.
    none("A statement that the compiler does not check:", found.collect());
}

#[test]
fn the_design_system_imports_no_slice() {
    let files = files();
    let slices = [
        "access",
        "deployment",
        "gate",
        "help",
        "home",
        "incident",
        "release",
        "service",
        "status",
    ];
    let mut found = Vec::new();
    for file in sources(&files, "app/src/ui/") {
        let words = code(&file.text).words;
        for slice in slices {
            let lines = lines_with(&words, &format!("crate::{slice}::"));
            found.extend(lines.into_iter().map(|line| format!("{}:{line}: {slice}", file.path)));
        }
    }
    none("app/src/ui imports a slice:", found);
}

/// The crates, where they are, and which of the others each may use.
const EDGES: &[(&str, &str, &[&str])] = &[
    ("domain", "app/domain", &[]),
    ("store", "server/store", &["domain"]),
    ("engine", "server/engine", &["domain", "store"]),
    ("app", "app", &["domain", "store"]),
    ("server", "server", &["domain", "store", "engine", "app"]),
    ("frontend", "frontend", &["app"]),
    ("bundle", "frontend/bundle", &[]),
];

/// Libraries that belong behind a wall: which crates may depend on them.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("sqlx", &["domain", "store"]),
    ("leptos", &["app", "server", "frontend"]),
    ("leptos_axum", &["app", "server"]),
    ("axum", &["app", "server"]),
    ("chrono-tz", &["store", "server"]),
    ("regex", &[]),
    ("tracing", &["store", "engine", "app", "server"]),
    ("tokio", &["store", "engine", "app", "server"]),
    ("rand", &["store", "engine", "server"]),
    ("reqwest", &["engine", "server"]),
];

fn manifest(folder: &str) -> toml::Table {
    let path = root().join(folder).join("Cargo.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn dependencies(manifest: &toml::Table) -> BTreeMap<String, toml::Value> {
    manifest
        .get("dependencies")
        .and_then(toml::Value::as_table)
        .cloned()
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn the_members_are_listed_one_by_one() {
    let workspace = manifest(".");
    let listed = |key: &str| -> BTreeSet<String> {
        let list = workspace["workspace"][key].as_array().expect("a list");
        list.iter()
            .filter_map(|member| member.as_str().map(str::to_owned))
            .collect()
    };
    let all: BTreeSet<String> = EDGES.iter().map(|(_, folder, _)| (*folder).to_owned()).collect();
    assert_eq!(listed("members"), all);
    let native: BTreeSet<String> = all.into_iter().filter(|folder| folder != "frontend").collect();
    assert_eq!(listed("default-members"), native, "frontend is for wasm alone");
}

#[test]
fn no_edge_crosses_a_wall() {
    let mut found = Vec::new();
    for (name, folder, may) in EDGES {
        let manifest = manifest(folder);
        assert_eq!(manifest["package"]["name"].as_str(), Some(*name), "{folder}");
        let used = dependencies(&manifest);
        for (other, _, _) in EDGES {
            if used.contains_key(*other) && !may.contains(other) {
                found.push(format!("{name} uses {other}"));
            }
        }
        for (library, allowed) in LIBRARIES {
            if used.contains_key(*library) && !allowed.contains(name) {
                found.push(format!("{name} uses {library}"));
            }
        }
        if manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .and_then(toml::Value::as_bool)
            != Some(true)
        {
            found.push(format!("{name} has not the workspace's lints"));
        }
    }
    none("An edge that the map does not have:", found);
}

#[test]
fn the_server_half_of_a_crate_stays_out_of_the_browser() {
    let optional = |crate_name: &str, library: &str| {
        let folder = EDGES
            .iter()
            .find(|(name, _, _)| *name == crate_name)
            .map(|(_, folder, _)| *folder)
            .expect("a crate");
        let used = dependencies(&manifest(folder));
        used.get(library)
            .is_some_and(|value| value.get("optional").and_then(toml::Value::as_bool) == Some(true))
    };
    for (crate_name, library) in [
        ("domain", "sqlx"),
        ("app", "store"),
        ("app", "axum"),
        ("app", "tokio"),
        ("app", "tracing"),
    ] {
        assert!(
            optional(crate_name, library),
            "{library} in {crate_name} is not optional"
        );
    }
}
