//! The folder that the server serves: collected in memory, then written in an order that never leaves a page without its files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::compress::Compressor;
use crate::split::{CHUNKS, LOADER};
use crate::wasm::Program;

/// Everything that will stand in the folder, by path below it.
#[derive(Default)]
pub struct Site {
    files: BTreeMap<PathBuf, Vec<u8>>,
    /// What Leptos asks for: `js`, `wasm`, `css` → hash.
    hashes: BTreeMap<&'static str, String>,
    /// What the server asks for: logical name → path in the browser.
    manifest: BTreeMap<String, String>,
    /// What a split point needs: names of chunks with their hash.
    needs: BTreeMap<String, Vec<String>>,
}

/// What indexes are written last, for they make the new names known.
const INDEXES: [&str; 2] = ["hash.txt", "manifest.json"];

impl Site {
    /// Adds the glue, the WebAssembly with its chunks, and the snippets. Glue and loader name each other, and every chunk fits one start
    /// only, so all of them carry one hash.
    ///
    /// # Errors
    /// Never in practice: a map of strings has a JSON form.
    pub fn add_program(&mut self, program: Program) -> anyhow::Result<()> {
        let script = self.add_snippets(program.script, program.snippets);
        let parts = [&script, &program.module, &program.loader].into_iter();
        let hash = hash(
            &parts
                .chain(program.chunks.values())
                .flatten()
                .copied()
                .collect::<Vec<u8>>(),
        );

        let loader = format!("./{LOADER}.js");
        self.add(
            "slipway",
            "js",
            &hash,
            renamed(&script, &[(loader, format!("./{LOADER}.{hash}.js"))]),
        );
        self.add("slipway", "wasm", &hash, program.module);
        let mut names: Vec<_> = program
            .chunks
            .keys()
            .map(|name| (format!("./{name}.wasm"), format!("./{name}.{hash}.wasm")))
            .collect();
        names.push(("./slipway.js".into(), format!("./slipway.{hash}.js")));
        self.add(LOADER, "js", &hash, renamed(&program.loader, &names));
        for (name, chunk) in program.chunks {
            self.add(&name, "wasm", &hash, chunk);
        }
        let with_hash = |names: &Vec<String>| names.iter().map(|name| format!("{name}.{hash}")).collect::<Vec<_>>();
        let needs: BTreeMap<_, _> = program
            .needs
            .iter()
            .map(|(point, names)| (point, with_hash(names)))
            .collect();
        self.add(CHUNKS, "json", &hash, serde_json::to_vec(&needs)?);
        self.needs = needs.into_iter().map(|(point, names)| (point.clone(), names)).collect();
        for kind in ["js", "wasm", "split", "manifest"] {
            self.hashes.insert(kind, hash.clone());
        }
        Ok(())
    }

    /// Adds a style sheet under its hashed name. `kind` is what Leptos calls it in its list of hashes.
    pub fn add_style(&mut self, name: &str, kind: &'static str, css: Vec<u8>) {
        let hash = hash(&css);
        self.add(name, "css", &hash, css);
        self.hashes.insert(kind, hash);
    }

    /// Adds all files below `folder` under their own names.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn add_public(&mut self, folder: &Path) -> anyhow::Result<()> {
        for file in files_below(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
            self.files
                .insert(file.strip_prefix(folder)?.to_owned(), fs::read(&file)?);
        }
        Ok(())
    }

    /// Adds the two lists of names: `hash.txt` in the form that Leptos reads, `manifest.json` for the server.
    ///
    /// # Errors
    /// Never in practice: a map of strings has a JSON form.
    pub fn add_indexes(&mut self) -> anyhow::Result<()> {
        let hashes: String = self
            .hashes
            .iter()
            .map(|(kind, hash)| format!("{kind}: {hash}\n"))
            .collect();
        self.files.insert(INDEXES[0].into(), hashes.into_bytes());
        self.files
            .insert(INDEXES[1].into(), serde_json::to_vec_pretty(&self.manifest)?);
        Ok(())
    }

    /// Adds a `.br` and a `.gz` beside every file that gets smaller by it.
    ///
    /// # Errors
    /// When the cache cannot be read or written.
    pub fn add_compressed(&mut self, cache: &Path) -> anyhow::Result<()> {
        let mut compressor = Compressor::new(cache)?;
        let mut twins = BTreeMap::new();
        for (path, bytes) in &self.files {
            if INDEXES.iter().any(|index| Path::new(index) == path) {
                continue;
            }
            for (ending, twin) in compressor.twins(bytes)? {
                twins.insert(with_ending(path, ending), twin);
            }
        }
        self.files.append(&mut twins);
        compressor.forget_unused()
    }

    /// The chunks that each split point needs, by file name without ending.
    pub fn needs(&self) -> &BTreeMap<String, Vec<String>> {
        &self.needs
    }

    /// The size of each file in bytes.
    pub fn sizes(&self) -> BTreeMap<PathBuf, usize> {
        self.files
            .iter()
            .map(|(path, bytes)| (path.clone(), bytes.len()))
            .collect()
    }

    /// Makes `out` hold exactly these files: first what is new, then the lists of names, and only then is the old removed.
    /// A server that runs meanwhile always finds what its pages name.
    ///
    /// # Errors
    /// When a file cannot be written or removed.
    pub fn write(&self, out: &Path) -> anyhow::Result<()> {
        let (indexes, others): (Vec<_>, Vec<_>) = self
            .files
            .iter()
            .partition(|(path, _)| INDEXES.iter().any(|index| Path::new(index) == *path));
        for (path, bytes) in others.into_iter().chain(indexes) {
            write_if_new(&out.join(path), bytes)?;
        }
        for file in files_below(out)? {
            if !self.files.contains_key(file.strip_prefix(out)?) {
                fs::remove_file(file)?;
            }
        }
        remove_empty_below(out)
    }

    fn add(&mut self, name: &str, ending: &str, hash: &str, bytes: Vec<u8>) {
        let path = format!("pkg/{name}.{hash}.{ending}");
        self.manifest.insert(format!("{name}.{ending}"), format!("/{path}"));
        self.files.insert(path.into(), bytes);
    }

    /// wasm-bindgen names the folders of snippets by crate, not by content; the hash goes into the folder above them.
    fn add_snippets(&mut self, script: Vec<u8>, snippets: BTreeMap<PathBuf, Vec<u8>>) -> Vec<u8> {
        if snippets.is_empty() {
            return script;
        }
        let folder = format!(
            "snippets.{}",
            hash(&snippets.values().flatten().copied().collect::<Vec<u8>>())
        );
        for (path, bytes) in snippets {
            self.files.insert(Path::new("pkg").join(&folder).join(path), bytes);
        }
        String::from_utf8_lossy(&script)
            .replace("'./snippets/", &format!("'./{folder}/"))
            .into_bytes()
    }
}

/// JavaScript that names files as strings, with other names.
fn renamed(script: &[u8], names: &[(String, String)]) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(script).into_owned();
    for (old, new) in names {
        for quote in ['"', '\''] {
            // In glue, a name before `:` is a key by which the WebAssembly asks: that one stays.
            let (old, new) = (format!("{quote}{old}{quote}"), format!("{quote}{new}{quote}"));
            let kept = format!("{old}:");
            text = text.replace(&kept, "\u{0}").replace(&old, &new).replace('\u{0}', &kept);
        }
    }
    text.into_bytes()
}

/// Sixteen hexadecimal digits of SHA-256: enough to tell contents apart, short enough to read.
fn hash(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..8])
}

/// `a/b.js` and `br` → `a/b.js.br`.
pub fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// All files below `folder`, in order.
///
/// # Errors
/// When a folder cannot be read.
pub fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A file that did not change keeps its time, so that whoever asks `If-Modified-Since` hears that nothing has.
fn write_if_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let scratch = with_ending(path, "scratch");
    fs::write(&scratch, bytes)?;
    fs::rename(&scratch, path)?;
    Ok(())
}

fn remove_empty_below(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_empty_below(&path)?;
            if fs::read_dir(&path)?.next().is_none() {
                fs::remove_dir(path)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::{Site, files_below};
    use crate::wasm::Program;

    fn program(snippet: &str) -> Program {
        Program {
            script: b"import { go } from './snippets/crate-1/inline0.js'; import * as a from './__wasm_split.js'; x = { './__wasm_split.js': a };".to_vec(),
            module: vec![0; 2000],
            loader: b"import { initSync } from './slipway.js'; fetch('./chunk_1.wasm');".to_vec(),
            chunks: BTreeMap::from([("chunk_1".to_owned(), vec![1; 2000])]),
            needs: BTreeMap::from([("help".to_owned(), vec!["chunk_1".to_owned()])]),
            snippets: BTreeMap::from([("crate-1/inline0.js".into(), snippet.as_bytes().to_vec())]),
        }
    }

    fn names(site: &Site) -> Vec<String> {
        site.sizes().keys().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn a_changed_snippet_changes_its_path_and_the_script() {
        let (mut one, mut two) = (Site::default(), Site::default());
        one.add_program(program("export function go() {}")).unwrap();
        two.add_program(program("export function go() { return 1 }")).unwrap();

        assert_eq!(
            names(&one).iter().filter(|name| names(&two).contains(name)).count(),
            0,
            "everything goes together"
        );
    }

    #[test]
    fn glue_loader_and_chunks_name_each_other_by_their_hash() {
        let mut site = Site::default();
        site.add_program(program("x")).unwrap();
        let out = tempfile::tempdir().unwrap();
        site.write(out.path()).unwrap();
        let hash = site.hashes["js"].clone();
        let text = |name: &str| fs::read_to_string(out.path().join("pkg").join(name)).unwrap();

        let glue = text(&format!("slipway.{hash}.js"));
        assert!(glue.contains(&format!("from './__wasm_split.{hash}.js'")), "{glue}");
        assert!(
            glue.contains("'./__wasm_split.js': a"),
            "the key of the import stays: {glue}"
        );
        let loader = text(&format!("__wasm_split.{hash}.js"));
        assert!(loader.contains(&format!("from './slipway.{hash}.js'")), "{loader}");
        assert!(loader.contains(&format!("fetch('./chunk_1.{hash}.wasm')")), "{loader}");
        assert_eq!(
            text(&format!("__wasm_split_manifest.{hash}.json")),
            format!(r#"{{"help":["chunk_1.{hash}"]}}"#)
        );
    }

    #[test]
    fn hashes_have_the_form_that_leptos_reads() {
        let mut site = Site::default();
        site.add_program(program("x")).unwrap();
        site.add_style("slipway", "css", b"a{}".to_vec());
        site.add_indexes().unwrap();
        let out = tempfile::tempdir().unwrap();
        site.write(out.path()).unwrap();

        let list = fs::read_to_string(out.path().join("hash.txt")).unwrap();

        for (kind, hash) in list.lines().map(|line| line.split_once(": ").unwrap()) {
            let name = match kind {
                "split" => format!("__wasm_split.{hash}.js"),
                "manifest" => format!("__wasm_split_manifest.{hash}.json"),
                _ => format!("slipway.{hash}.{kind}"),
            };
            assert!(out.path().join("pkg").join(&name).is_file(), "{name}");
        }
        assert_eq!(list.lines().count(), 5);
    }

    #[test]
    fn writing_again_removes_what_is_gone() {
        let out = tempfile::tempdir().unwrap();
        let mut before = Site::default();
        before.add_program(program("x")).unwrap();
        before.write(out.path()).unwrap();
        let mut after = Site::default();
        after.add_style("status", "status", b"a{color:red}".to_vec());
        after.write(out.path()).unwrap();

        assert_eq!(files_below(out.path()).unwrap().len(), 1);
    }
}
