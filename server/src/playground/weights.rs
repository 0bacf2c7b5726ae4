//! The gateway's own history of weights, append-only: what really happened to the traffic, whoever says what.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Trouble;

/// One change of the share of canary.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WeightChange {
    /// When it took effect.
    pub time: DateTime<Utc>,
    /// Canary's share, 0 to 100.
    pub weight: u8,
    /// The key of the order, or the command when it had none.
    pub by: String,
    /// What canary ran.
    pub canary_version: Option<String>,
}

/// The open history of one environment.
#[derive(Debug)]
pub struct WeightHistory {
    path: PathBuf,
    file: File,
}

impl WeightHistory {
    /// Opens it; the environment's directory is there already.
    pub fn open(state: &Path, environment: &str) -> Result<Self, Trouble> {
        let path = state.join(environment).join("weights.jsonl");
        let opened = OpenOptions::new().create(true).append(true).open(&path);
        Ok(Self {
            file: opened.map_err(|e| Trouble::io("open", &path, &e))?,
            path,
        })
    }

    /// Adds a change. The traffic has changed already, so a full disk is traced and not an error.
    pub fn record(&self, weight: u8, by: &str, canary_version: Option<&str>) {
        let change = WeightChange {
            time: super::now(),
            weight,
            by: by.to_owned(),
            canary_version: canary_version.map(str::to_owned),
        };
        let written = serde_json::to_string(&change)
            .map_err(std::io::Error::other)
            .and_then(|line| (&self.file).write_all(format!("{line}\n").as_bytes()));
        if let Err(e) = written {
            tracing::warn!(error = %e, "the gateway's weight history cannot be written");
        }
    }

    /// All changes, oldest first.
    pub fn read(&self) -> Result<Vec<WeightChange>, Trouble> {
        let file = File::open(&self.path).map_err(|e| Trouble::io("read", &self.path, &e))?;
        let lines = BufReader::new(file).lines().map_while(Result::ok);
        Ok(lines.filter_map(|line| serde_json::from_str(&line).ok()).collect())
    }
}
