//! What the browser loads first, as it is sent, and what a page wants besides.

use crate::Line;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What every page starts with.
const FIRST: [(&str, &str); 3] = [
    ("slipway.", ".wasm.br"),
    ("slipway.", ".js.br"),
    ("__wasm_split.", ".js.br"),
];

pub fn lines() -> Vec<Line> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site/pkg");
    let files: Vec<(String, PathBuf)> = std::fs::read_dir(&package)
        .into_iter()
        .flatten()
        .flatten()
        .map(|file| (file.file_name().to_string_lossy().into_owned(), file.path()))
        .collect();
    let named = |start: &str, end: &str| {
        let found = files
            .iter()
            .find(|(name, _)| name.starts_with(start) && name.ends_with(end));
        found.map(|(_, path)| path.clone())
    };
    let size = |path: Option<PathBuf>| path.and_then(|path| path.metadata().ok()).map_or(0, |meta| meta.len());
    let first: u64 = FIRST.iter().map(|(start, end)| size(named(start, end))).sum();
    let mut lines = vec![Line::new(
        "first chunk of wasm and JavaScript, brotli",
        kilobytes(first),
        "at most 300 kB",
    )];
    let list = named("__wasm_split_manifest.", ".json").and_then(|path| std::fs::read_to_string(path).ok());
    let needs: BTreeMap<String, Vec<String>> = list
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    for (point, chunks) in needs {
        let sum: u64 = chunks
            .iter()
            // A chunk that brotli does not make smaller is sent as it is.
            .map(|name| size(named(name, ".wasm.br").or_else(|| named(name, ".wasm"))))
            .sum();
        let what = format!("  a page of `{point}` besides, in {} files", chunks.len());
        lines.push(Line::new(what, kilobytes(sum), ""));
    }
    lines
}

fn kilobytes(bytes: u64) -> String {
    format!("{:.1} kB", bytes as f64 / 1000.0)
}
