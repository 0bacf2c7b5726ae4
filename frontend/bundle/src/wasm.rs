//! WebAssembly from cargo → glue and WebAssembly for the browser, by wasm-bindgen and wasm-opt.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

/// The features that browsers have had for years, one by one: `--all-features` writes modules that Chromium refuses.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// What the browser loads.
pub struct Program {
    /// The JavaScript glue, an ES module.
    pub script: Vec<u8>,
    /// The WebAssembly.
    pub module: Vec<u8>,
    /// JavaScript that crates brought along, by path below `snippets/`.
    pub snippets: BTreeMap<PathBuf, Vec<u8>>,
}

/// Makes the program, or takes it from `cache` when it was made from the same input in the same way before.
///
/// # Errors
/// When the input cannot be read, when wasm-bindgen's versions differ, or when wasm-opt fails.
pub fn build(input: &Path, cache: &Path, wasm_opt: Option<&Path>, dev: bool) -> anyhow::Result<Program> {
    let wasm = fs::read(input).with_context(|| {
        format!(
            "{} is missing: build the crate `frontend` for wasm first",
            input.display()
        )
    })?;
    let folder = cache.join("wasm").join(key(&wasm, wasm_opt, dev)?);
    if !folder.is_dir() {
        let scratch = cache.join(format!("scratch-{}", std::process::id()));
        fs::create_dir_all(&scratch)?;
        bind(input, &scratch, dev)?;
        if let Some(tool) = wasm_opt {
            optimise(tool, &scratch.join("slipway_bg.wasm"))?;
        }
        forget_others(&cache.join("wasm"))?;
        // Moved in one go: a half-made program is never taken for a whole one.
        fs::rename(&scratch, &folder)?;
    }
    read(&folder)
}

/// One name for one way of making one program: the input, the optimiser's version and the options.
fn key(wasm: &[u8], wasm_opt: Option<&Path>, dev: bool) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    hash.update(wasm);
    hash.update([u8::from(dev)]);
    if let Some(tool) = wasm_opt {
        let version = Command::new(tool)
            .arg("--version")
            .output()
            .with_context(|| format!("{} does not run: install the npm packages again", tool.display()))?;
        hash.update(version.stdout);
        hash.update(FEATURES.concat());
    }
    Ok(hex::encode(&hash.finalize()[..16]))
}

fn bind(input: &Path, out: &Path, dev: bool) -> anyhow::Result<()> {
    Bindgen::new()
        .input_path(input)
        .out_name("slipway")
        .web(true)?
        .typescript(false)
        .debug(dev)
        .keep_debug(false)
        .remove_name_section(!dev)
        .remove_producers_section(!dev)
        // The page's own script says where the WebAssembly is, with its hash.
        .omit_default_module_path(true)
        .generate(out)
}

fn optimise(tool: &Path, module: &Path) -> anyhow::Result<()> {
    let status = Command::new(tool)
        .arg("-Oz")
        .args(FEATURES)
        .arg(module)
        .arg("-o")
        .arg(module)
        .status()
        .with_context(|| format!("{} does not run: install the npm packages again", tool.display()))?;
    if !status.success() {
        bail!("wasm-opt failed ({status})");
    }
    Ok(())
}

/// Only the newest program is kept: each one is some megabytes, and an older one hardly ever comes back.
fn forget_others(programs: &Path) -> anyhow::Result<()> {
    if programs.exists() {
        fs::remove_dir_all(programs)?;
    }
    fs::create_dir_all(programs)?;
    Ok(())
}

fn read(folder: &Path) -> anyhow::Result<Program> {
    let mut snippets = BTreeMap::new();
    let root = folder.join("snippets");
    if root.is_dir() {
        for file in crate::site::files_below(&root)? {
            let name = file.strip_prefix(&root)?.to_owned();
            snippets.insert(name, fs::read(&file)?);
        }
    }
    Ok(Program {
        script: fs::read(folder.join("slipway.js"))?,
        module: fs::read(folder.join("slipway_bg.wasm"))?,
        snippets,
    })
}
