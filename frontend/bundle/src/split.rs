//! One WebAssembly from cargo → the part that every page starts with, and chunks that come when a page wants them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow};

/// What the loader of chunks is called before its name gets a hash. Leptos looks for `__wasm_split.<hash>.js`.
pub const LOADER: &str = "__wasm_split";
/// What the list of chunks is called, likewise.
pub const CHUNKS: &str = "__wasm_split_manifest";

/// Splits `input` into `out`: `main.wasm`, the chunks, their loader, and the list of the chunks that each split point needs.
///
/// # Errors
/// When the input has no relocations, or the folder cannot be written.
pub fn split(input: &[u8], out: &Path) -> anyhow::Result<()> {
    let main = out.join("main.wasm");
    let loader = format!("./{LOADER}.js");
    let mut options = wasm_split_cli_support::Options::new(input);
    options.output_dir = out;
    options.main_out_path = &main;
    options.link_name = &loader;
    options.main_module = "./slipway.js";
    let done = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("{error:#}"))
        .context("the WebAssembly cannot be split")?;
    let needs: BTreeMap<_, _> = done.prefetch_map.into_iter().collect();
    fs::write(out.join(format!("{CHUNKS}.json")), serde_json::to_vec(&needs)?)?;
    Ok(())
}
