//! An export: JSON lines with a header, checkpoints, records, and a signed end. It is checked without the database that it came from.

use super::{Checker, Checkpoint, Filter, Hash, Record, Report};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The scheme of the lines.
pub const SCHEME: u32 = 1;

/// A line of an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The first line.
    SlipwayAudit(Header),
    Checkpoint(Checkpoint),
    Record(Record),
    /// The last line.
    End(End),
}

/// What an export is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub scheme: u32,
    pub exported_at: DateTime<Utc>,
    /// All records: then every chain can be followed. Otherwise filters left some out, and the end alone vouches for the rest.
    pub whole: bool,
    /// The instance's public key.
    pub key: Hash,
}

/// The end of an export: without it, the file was cut off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    pub records: u64,
    /// SHA-256 over all lines before, each with its line feed.
    pub sha256: Hash,
    /// By the instance's key, over [`End::message`]; 64 bytes in hexadecimal digits.
    pub signature: String,
}

impl Header {
    /// The header of an export by this filter.
    pub fn new(filter: &Filter, key: Hash, now: DateTime<Utc>) -> Header {
        Header {
            scheme: SCHEME,
            exported_at: now,
            whole: filter.is_empty(),
            key,
        }
    }
}

impl End {
    /// What is signed: it can't be taken for a checkpoint.
    pub fn message(records: u64, sha256: Hash) -> Vec<u8> {
        format!("slipway audit export\n{records}\n{sha256}\n").into_bytes()
    }
}

impl Checkpoint {
    /// What is signed: it can't be taken for the end of an export.
    pub fn message(hash: Hash) -> Vec<u8> {
        format!("slipway audit checkpoint\n{hash}\n").into_bytes()
    }
}

/// What is wrong with a file as a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    #[error("the file does not begin as an export of the audit trail does")]
    NoHeader,
    #[error("line {line} can't be read")]
    Unreadable { line: u64 },
    #[error("the file is cut off: its signed end is missing")]
    CutOff,
    #[error("something stands behind the signed end")]
    BehindTheEnd,
    #[error("the file is not as it was exported: its signed end does not fit")]
    NotAsExported,
    #[error("the file was exported by another instance: its key is {key}")]
    OtherKey { key: Hash },
}

/// What came of checking a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileReport {
    pub report: Report,
    /// Whether it holds all records, so that every chain was followed.
    pub whole: bool,
    /// The key that it says it was signed by.
    pub key: Option<Hash>,
    pub problems: Vec<FileProblem>,
}

impl FileReport {
    /// Whether nothing was tampered with.
    pub fn is_fine(&self) -> bool {
        self.problems.is_empty() && self.report.findings.is_empty()
    }
}

/// Checks a file line by line. `verify` says whether a signature (hexadecimal digits) of a message is by a key.
pub struct FileChecker<V> {
    verify: V,
    trusted: Option<Hash>,
    header: Option<Header>,
    checker: Checker,
    lines: u64,
    records: u64,
    sha: Sha256,
    ended: bool,
    problems: Vec<FileProblem>,
}

impl<V: Fn(Hash, &[u8], &str) -> bool> FileChecker<V> {
    /// `trusted` is the instance's public key as it is known from elsewhere; without it, the file's own is believed. `expected` is a checkpoint that
    /// somebody wrote down.
    pub fn new(trusted: Option<Hash>, expected: Option<(i64, Hash)>, verify: V) -> FileChecker<V> {
        FileChecker {
            verify,
            trusted,
            header: None,
            checker: Checker::expecting(expected),
            lines: 0,
            records: 0,
            sha: Sha256::new(),
            ended: false,
            problems: Vec::new(),
        }
    }

    /// The next line, without its line feed.
    pub fn line(&mut self, text: &str) {
        self.lines += 1;
        if self.ended {
            self.problem(FileProblem::BehindTheEnd);
            return;
        }
        let line = serde_json::from_str::<Line>(text).ok();
        match (line, &self.header) {
            (Some(Line::SlipwayAudit(header)), None) if header.scheme == SCHEME => self.begin(header),
            (Some(Line::Checkpoint(checkpoint)), Some(header)) => {
                let message = Checkpoint::message(checkpoint.hash);
                let signed = checkpoint.key == header.key && (self.verify)(header.key, &message, &checkpoint.signature);
                self.checker.checkpoint(&checkpoint, signed);
            }
            (Some(Line::Record(record)), Some(header)) => {
                self.records += 1;
                if header.whole {
                    self.checker.record(&record);
                }
            }
            (Some(Line::End(end)), Some(header)) => {
                self.ended = true;
                let sha256 = Hash(self.sha.clone().finalize().into());
                let message = End::message(end.records, end.sha256);
                let fits = end.sha256 == sha256
                    && end.records == self.records
                    && (self.verify)(header.key, &message, &end.signature);
                if !fits {
                    self.problem(FileProblem::NotAsExported);
                }
            }
            (_, None) => self.problem(FileProblem::NoHeader),
            (_, Some(_)) => {
                let line = self.lines;
                self.problems.push(FileProblem::Unreadable { line });
            }
        }
        self.sha.update(text.as_bytes());
        self.sha.update(b"\n");
    }

    fn begin(&mut self, mut header: Header) {
        if let Some(trusted) = self.trusted
            && trusted != header.key
        {
            self.problem(FileProblem::OtherKey { key: header.key });
            header.key = trusted;
        }
        self.header = Some(header);
    }

    /// Said once.
    fn problem(&mut self, problem: FileProblem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// What does not hold, now that every line came by.
    pub fn finish(mut self) -> FileReport {
        if self.header.is_none() {
            self.problem(FileProblem::NoHeader);
        } else if !self.ended {
            self.problem(FileProblem::CutOff);
        }
        let whole = self.header.as_ref().is_some_and(|header| header.whole);
        let mut report = if whole {
            self.checker.finish()
        } else {
            Report::default()
        };
        report.records = self.records;
        FileReport {
            report,
            whole,
            key: self.header.map(|header| header.key),
            problems: self.problems,
        }
    }
}
