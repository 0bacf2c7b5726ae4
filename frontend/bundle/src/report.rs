//! The table of sizes that is printed at the end.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::site::with_ending;

/// Prints each file's size and, where there is one, the size of its brotli form, in kB (1,000 bytes); below, what a first load sends, and
/// what each split point `needs` besides.
///
/// # Errors
/// When standard output is closed.
pub fn print(
    originals: &BTreeMap<PathBuf, usize>,
    all: &BTreeMap<PathBuf, usize>,
    needs: &BTreeMap<String, Vec<String>>,
) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:<52} {:>10} {:>10}", "file", "raw kB", "brotli kB")?;
    for (path, size) in originals {
        let squeezed = all
            .get(&with_ending(path, "br"))
            .map_or("-".to_owned(), |size| kilobytes(*size));
        writeln!(out, "{:<52} {:>10} {:>10}", path.display(), kilobytes(*size), squeezed)?;
    }
    let sent = |path: &Path| {
        all.get(&with_ending(path, "br"))
            .or(all.get(path))
            .copied()
            .unwrap_or(0)
    };
    let named = |prefix: &str| {
        let below = originals.keys().filter(|path| is_program(path));
        below
            .filter(|path| path.to_string_lossy().starts_with(&format!("pkg/{prefix}")))
            .map(|path| sent(path))
            .sum::<usize>()
    };
    let first = named("slipway.") + named("__wasm_split.") + named("snippets.");
    writeln!(out, "first load, wasm and JavaScript as sent: {} kB", kilobytes(first))?;
    for (point, chunks) in needs {
        let more: usize = chunks
            .iter()
            .map(|name| sent(Path::new(&format!("pkg/{name}.wasm"))))
            .sum();
        writeln!(
            out,
            "  a page of {point} besides: {} kB in {} chunks",
            kilobytes(more),
            chunks.len()
        )?;
    }
    Ok(())
}

fn is_program(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "wasm" || ending == "js")
        && path.starts_with("pkg")
}

fn kilobytes(bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a file of more than 2^52 bytes is not served")]
    let thousands = bytes as f64 / 1000.0;
    format!("{thousands:.1}")
}
