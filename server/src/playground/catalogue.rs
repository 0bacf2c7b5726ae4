//! The catalogue of versions: what an artifact of the sample service is, and how it behaves.
//!
//! A version's behaviour travels with its artifact, as it would in a real image: whoever deploys
//! `storefront:1.4.0` gets the faults of 1.4.0. A version is one file, named by its content.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Trouble;

/// The name of the sample service, the part of an artifact reference before the colon.
pub const SERVICE: &str = "storefront";

/// How an instance of a version behaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Behaviour {
    /// Fraction of requests that are answered with status 500, from 0 to 1.
    pub error_rate: f64,
    /// Time added to each request, in milliseconds.
    pub latency_ms: u32,
    /// Half the width of the uniform spread around `latency_ms`, in milliseconds.
    pub latency_spread_ms: u32,
    /// Memory that is really held, in MiB.
    pub memory_mib: u32,
}

impl Behaviour {
    /// Refuses what an instance could not do.
    pub fn check(&self) -> Result<(), Trouble> {
        if !(0.0..=1.0).contains(&self.error_rate) {
            return Err(Trouble::fatal("The error rate must lie between 0 and 1."));
        }
        if self.latency_ms > 60_000 || self.latency_spread_ms > 60_000 {
            return Err(Trouble::fatal("Latency and spread may be at most 60000 ms."));
        }
        if self.memory_mib > 1024 {
            return Err(Trouble::fatal("The memory appetite may be at most 1024 MiB."));
        }
        Ok(())
    }
}

/// One version of the sample service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// The version, without the service's name: `1.3.0`.
    pub version: String,
    /// How its instances behave.
    #[serde(flatten)]
    pub behaviour: Behaviour,
    /// The artifact's content id: `sha256:` and 64 hexadecimal digits over version and behaviour.
    pub digest: String,
}

impl Version {
    /// A version with its content id.
    pub fn new(version: &str, behaviour: Behaviour) -> Self {
        let digest = content_id(version, &behaviour);
        Self {
            version: version.to_owned(),
            behaviour,
            digest,
        }
    }

    /// The artifact reference, such as `storefront:1.3.0`.
    pub fn reference(&self) -> String {
        format!("{SERVICE}:{}", self.version)
    }
}

fn content_id(version: &str, behaviour: &Behaviour) -> String {
    // Numbers are written by Rust's shortest round-trip form, so equal behaviour gives equal text.
    let text = format!(
        "{SERVICE}\n{version}\n{}\n{}\n{}\n{}\n",
        behaviour.error_rate, behaviour.latency_ms, behaviour.latency_spread_ms, behaviour.memory_mib
    );
    format!("sha256:{}", hex::encode(Sha256::digest(text)))
}

/// The four versions of the sample workspace, the one that runs at first being the first: then a
/// good one, one that fails 20 % of its requests, and one that gets slow.
pub fn samples() -> Vec<Version> {
    let calm = Behaviour {
        error_rate: 0.0,
        latency_ms: 8,
        latency_spread_ms: 5,
        memory_mib: 8,
    };
    vec![
        Version::new("1.2.0", calm.clone()),
        Version::new(
            "1.3.0",
            Behaviour {
                latency_ms: 7,
                ..calm.clone()
            },
        ),
        Version::new(
            "1.4.0",
            Behaviour {
                error_rate: 0.2,
                ..calm.clone()
            },
        ),
        Version::new(
            "1.5.0",
            Behaviour {
                latency_ms: 450,
                latency_spread_ms: 250,
                memory_mib: 48,
                ..calm
            },
        ),
    ]
}

/// The directory of published versions.
#[derive(Debug, Clone)]
pub struct Catalogue {
    directory: PathBuf,
}

impl Catalogue {
    /// The catalogue of a state directory.
    pub fn of(state: &Path) -> Self {
        Self {
            directory: state.join("catalogue"),
        }
    }

    /// Writes a version. Publishing the same again changes nothing; a published version never
    /// changes its behaviour.
    pub fn publish(&self, version: &Version) -> Result<(), Trouble> {
        check_name(&version.version)?;
        version.behaviour.check()?;
        fs::create_dir_all(&self.directory).map_err(|e| Trouble::io("create", &self.directory, &e))?;
        if let Some(known) = self.read(&version.version)? {
            return if known == *version {
                Ok(())
            } else {
                Err(Trouble::fatal(format!(
                    "Version {} is published already with another behaviour ({}): choose another version.",
                    version.version, known.digest
                )))
            };
        }
        let path = self.path(&version.version);
        super::write_whole(&path, version)
    }

    /// Finds the version that a reference names: `storefront:1.3.0`, `1.3.0`,
    /// `storefront@sha256:…` or `sha256:…`. Compares the content id with `digest` when one is given.
    pub fn resolve(&self, reference: &str, digest: Option<&str>) -> Result<Version, Trouble> {
        let found = match reference
            .strip_prefix(SERVICE)
            .map_or(reference, |rest| rest.trim_start_matches([':', '@']))
        {
            id if id.starts_with("sha256:") => self.by_digest(id)?,
            name => {
                check_name(name)?;
                self.read(name)?
            }
        };
        let version = found.ok_or_else(|| {
            Trouble::fatal(format!(
                "The catalogue has no {reference}: publish it with `slipway playground publish VERSION`."
            ))
        })?;
        match digest {
            Some(wanted) if bare(wanted) != bare(&version.digest) => Err(Trouble::fatal(format!(
                "{} has the digest {}, not {wanted}: it is not deployed.",
                version.reference(),
                version.digest
            ))),
            _ => Ok(version),
        }
    }

    /// All versions, by name.
    pub fn versions(&self) -> Result<Vec<Version>, Trouble> {
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(Trouble::io("read", &self.directory, &e)),
        };
        let mut versions = Vec::new();
        for entry in entries.flatten() {
            let name = entry.file_name();
            if let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".json")) {
                versions.extend(self.read(name)?);
            }
        }
        versions.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(versions)
    }

    fn by_digest(&self, digest: &str) -> Result<Option<Version>, Trouble> {
        Ok(self
            .versions()?
            .into_iter()
            .find(|version| bare(&version.digest) == bare(digest)))
    }

    fn read(&self, name: &str) -> Result<Option<Version>, Trouble> {
        let path = self.path(name);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Trouble::io("read", &path, &e)),
        };
        let version: Version = serde_json::from_slice(&text)
            .map_err(|e| Trouble::fatal(format!("{} is not a version: {e}.", path.display())))?;
        if version.version != name || version.digest != content_id(&version.version, &version.behaviour) {
            return Err(Trouble::fatal(format!(
                "{} was changed after it was published.",
                path.display()
            )));
        }
        Ok(Some(version))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.json"))
    }
}

/// A version's name becomes a file name: letters, digits, `.`, `-`, `_` and `+` only.
fn check_name(name: &str) -> Result<(), Trouble> {
    let fits = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+'));
    if fits && !name.is_empty() && !name.starts_with('.') && name.len() <= 64 {
        Ok(())
    } else {
        Err(Trouble::fatal(format!(
            "\"{name}\" is no version: use up to 64 letters, digits, and . - _ +"
        )))
    }
}

fn bare(digest: &str) -> String {
    digest.trim().trim_start_matches("sha256:").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_by_each_form_of_its_reference() {
        let state = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::of(state.path());
        let good = samples().remove(1);
        catalogue.publish(&good).unwrap();
        for reference in [
            "1.3.0",
            "storefront:1.3.0",
            &good.digest,
            &format!("storefront@{}", good.digest),
        ] {
            assert_eq!(
                catalogue.resolve(reference, Some(&good.digest)).unwrap(),
                good,
                "{reference}"
            );
        }
        assert!(catalogue.resolve("1.3.0", Some("sha256:00")).is_err());
        assert!(catalogue.resolve("9.9.9", None).is_err());
        assert!(catalogue.resolve("../environments", None).is_err());
    }

    #[test]
    fn a_published_version_never_changes() {
        let state = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::of(state.path());
        let good = samples().remove(1);
        catalogue.publish(&good).unwrap();
        catalogue.publish(&good).unwrap();
        let other = Version::new(
            "1.3.0",
            Behaviour {
                error_rate: 0.5,
                ..good.behaviour.clone()
            },
        );
        assert_ne!(other.digest, good.digest);
        assert!(catalogue.publish(&other).is_err());

        let path = state.path().join("catalogue/1.3.0.json");
        let text = fs::read_to_string(&path)
            .unwrap()
            .replace("\"latency_ms\": 7", "\"latency_ms\": 8");
        fs::write(&path, text).unwrap();
        assert!(
            catalogue.resolve("1.3.0", None).is_err(),
            "a tampered version is refused"
        );
    }
}
