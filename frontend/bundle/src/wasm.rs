//! WebAssembly from cargo → glue and WebAssembly for the browser, by wasm-split, wasm-bindgen and wasm-opt.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, anyhow, bail};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::split::{self, CHUNKS, LOADER};

/// The features that browsers have had for years, one by one: `--all-features` writes modules that Chromium refuses.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// rustc has optimised for size already. `-Oz` takes off another tenth, but what it leaves compresses worse: the start was 246 kB by brotli after
/// `-Oz`, and 235 kB after `-O1`, in a quarter of the time.
const LEVEL: &str = "-O1";

/// What the browser loads.
pub struct Program {
    /// The JavaScript glue, an ES module.
    pub script: Vec<u8>,
    /// The WebAssembly that every page starts with.
    pub module: Vec<u8>,
    /// JavaScript that loads chunks.
    pub loader: Vec<u8>,
    /// The chunks by name, without ending.
    pub chunks: BTreeMap<String, Vec<u8>>,
    /// The names of the chunks that a split point needs.
    pub needs: BTreeMap<String, Vec<String>>,
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
        split::split(&wasm, &scratch)?;
        let main = scratch.join("main.wasm");
        bind(&main, &scratch, dev)?;
        fs::remove_file(main)?;
        if let Some(tool) = wasm_opt {
            optimise_all(tool, &modules(&scratch)?)?;
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
    // The second number is this file's own way of doing it.
    hash.update([u8::from(dev), 2]);
    if let Some(tool) = wasm_opt {
        let version = Command::new(tool)
            .arg("--version")
            .output()
            .with_context(|| format!("{} does not run: install the npm packages again", tool.display()))?;
        hash.update(version.stdout);
        hash.update(LEVEL);
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
        // Chunks find the start's functions by the names that the linker gave them.
        .keep_lld_exports(true)
        .demangle(false)
        .remove_name_section(!dev)
        .remove_producers_section(!dev)
        // The page's own script says where the WebAssembly is, with its hash.
        .omit_default_module_path(true)
        .generate(out)
}

/// Two at a time: one is large and takes as long as all others.
fn optimise_all(tool: &Path, modules: &[PathBuf]) -> anyhow::Result<()> {
    let queue = Mutex::new(modules.iter());
    let next = || queue.lock().ok()?.next();
    let work = || -> anyhow::Result<()> {
        while let Some(module) = next() {
            optimise(tool, module)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(work);
        work()?;
        other.join().map_err(|_| anyhow!("wasm-opt could not be run"))?
    })
}

/// The WebAssembly in a folder, the largest first.
fn modules(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|ending| ending == "wasm") {
            found.push((entry.metadata()?.len(), entry.path()));
        }
    }
    found.sort();
    Ok(found.into_iter().rev().map(|(_, path)| path).collect())
}

fn optimise(tool: &Path, module: &Path) -> anyhow::Result<()> {
    let run = Command::new(tool)
        .arg(LEVEL)
        .args(FEATURES)
        .arg(module)
        .arg("-o")
        .arg(module)
        .output()
        .with_context(|| format!("{} does not run: install the npm packages again", tool.display()))?;
    if !run.status.success() {
        bail!(
            "wasm-opt failed ({}): {}",
            run.status,
            String::from_utf8_lossy(&run.stderr)
        );
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
    let mut chunks = BTreeMap::new();
    for path in modules(folder)? {
        if let Some(name) = path.file_stem().and_then(|name| name.to_str()) {
            chunks.insert(name.to_owned(), fs::read(&path)?);
        }
    }
    Ok(Program {
        script: fs::read(folder.join("slipway.js"))?,
        module: chunks
            .remove("slipway_bg")
            .context("wasm-bindgen wrote no WebAssembly")?,
        loader: fs::read(folder.join(format!("{LOADER}.js")))?,
        chunks,
        needs: serde_json::from_slice(&fs::read(folder.join(format!("{CHUNKS}.json")))?)?,
        snippets,
    })
}
