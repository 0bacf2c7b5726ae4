//! Compressed twins of files, made once so that the server never compresses while somebody waits.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// Below this size, in bytes, the headers of a response weigh more than what compressing saves.
const SMALLEST: usize = 1024;

/// Compressed forms kept by the hash of what they were made from, so that an unchanged file costs nothing.
pub struct Compressor {
    folder: PathBuf,
    used: BTreeSet<PathBuf>,
}

impl Compressor {
    /// Uses `cache`, which is made when it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(cache: &Path) -> anyhow::Result<Self> {
        let folder = cache.join("compressed");
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self {
            folder,
            used: BTreeSet::new(),
        })
    }

    /// The brotli and the gzip form, as `("br", bytes)` and `("gz", bytes)`; none for small files, and none that is no smaller.
    ///
    /// # Errors
    /// When the cache cannot be read or written.
    pub fn twins(&mut self, bytes: &[u8]) -> anyhow::Result<Vec<(&'static str, Vec<u8>)>> {
        if bytes.len() < SMALLEST {
            return Ok(Vec::new());
        }
        let name = hex::encode(&Sha256::digest(bytes)[..16]);
        let mut twins = Vec::new();
        for (ending, squeeze) in [("br", brotli as fn(&[u8]) -> _), ("gz", gzip)] {
            let squeezed = self.kept(&format!("{name}.{ending}"), bytes, squeeze)?;
            if squeezed.len() < bytes.len() {
                twins.push((ending, squeezed));
            }
        }
        Ok(twins)
    }

    fn kept(
        &mut self,
        name: &str,
        bytes: &[u8],
        squeeze: fn(&[u8]) -> std::io::Result<Vec<u8>>,
    ) -> anyhow::Result<Vec<u8>> {
        let path = self.folder.join(name);
        self.used.insert(path.clone());
        if let Ok(found) = fs::read(&path) {
            return Ok(found);
        }
        let squeezed = squeeze(bytes)?;
        let scratch = path.with_extension("scratch");
        fs::write(&scratch, &squeezed)?;
        fs::rename(&scratch, &path)?;
        Ok(squeezed)
    }

    /// Removes what this run did not ask for.
    ///
    /// # Errors
    /// When the folder cannot be read or a file in it cannot be removed.
    pub fn forget_unused(&self) -> anyhow::Result<()> {
        for file in crate::site::files_below(&self.folder)? {
            if !self.used.contains(&file) {
                fs::remove_file(file)?;
            }
        }
        Ok(())
    }
}

fn brotli(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    // Quality 11 and the largest window that browsers take: made once, sent often.
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 11, 24);
    writer.write_all(bytes)?;
    Ok(writer.into_inner())
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(bytes)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::Compressor;

    #[test]
    fn twins_unpack_to_the_original() {
        let cache = tempfile::tempdir().unwrap();
        let original = b"a release is taken back ".repeat(200);

        let twins = Compressor::new(cache.path()).unwrap().twins(&original).unwrap();

        let mut plain = Vec::new();
        brotli::Decompressor::new(twins[0].1.as_slice(), 4096)
            .read_to_end(&mut plain)
            .unwrap();
        assert_eq!((twins[0].0, &plain), ("br", &original));
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(twins[1].1.as_slice())
            .read_to_end(&mut plain)
            .unwrap();
        assert_eq!((twins[1].0, &plain), ("gz", &original));
    }

    #[test]
    fn small_files_and_noise_have_no_twin() {
        let cache = tempfile::tempdir().unwrap();
        let mut compressor = Compressor::new(cache.path()).unwrap();
        // What is compressed already does not get smaller.
        let noise = compressor.twins(&b"steady".repeat(90_000)).unwrap().remove(0).1;
        let noise: Vec<u8> = noise
            .iter()
            .copied()
            .chain((0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8))
            .collect();

        assert!(compressor.twins(b"short").unwrap().is_empty());
        assert!(
            compressor
                .twins(&noise)
                .unwrap()
                .iter()
                .all(|(_, twin)| twin.len() < noise.len())
        );
    }

    #[test]
    fn what_is_no_longer_used_is_forgotten() {
        let cache = tempfile::tempdir().unwrap();
        let old = b"old ".repeat(500);
        Compressor::new(cache.path()).unwrap().twins(&old).unwrap();
        let mut compressor = Compressor::new(cache.path()).unwrap();
        compressor.twins(&b"new ".repeat(500)).unwrap();

        compressor.forget_unused().unwrap();

        assert_eq!(crate::site::files_below(cache.path()).unwrap().len(), 2);
    }
}
