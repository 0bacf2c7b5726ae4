//! What the browser loads first, as it is sent.

use crate::Line;
use std::path::Path;

pub fn lines() -> Vec<Line> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site/pkg");
    let sum = |ending: &str| -> u64 {
        let files = std::fs::read_dir(&package).into_iter().flatten().flatten();
        files
            .filter(|file| file.file_name().to_string_lossy().ends_with(ending))
            .filter_map(|file| file.metadata().ok())
            .map(|meta| meta.len())
            .sum()
    };
    let kilobytes = (sum(".wasm.br") + sum(".js.br")) as f64 / 1000.0;
    vec![Line::new(
        "first load, wasm and JavaScript, brotli",
        format!("{kilobytes:.1} kB"),
        "at most 300 kB",
    )]
}
