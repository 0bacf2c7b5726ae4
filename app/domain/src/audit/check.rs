//! The check: checkpoints first, then records; at the end, what does not hold.

use super::{Checkpoint, Hash, Record};
use crate::event::Stream;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::fmt;

/// Broken records of one stream that are compared with each other's places. More are just said to be changed.
const MOVED: usize = 16;

/// Something that was tampered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The record does not follow from the one before: it or that one was changed.
    Changed { stream: Stream, seq: i64 },
    /// These records are gone from within their stream.
    Missing { stream: Stream, from: i64, to: i64 },
    /// The record stands in another's place. None: it is there twice, or comes too late.
    Moved {
        stream: Stream,
        seq: i64,
        belongs: Option<i64>,
    },
    /// The stream's end is gone: a checkpoint knows records up to this one.
    CutOff { stream: Stream, from: i64, to: i64 },
    /// The record follows well, but is another than the one that a checkpoint signed: it, or what is before it, was written anew.
    Rewritten { stream: Stream, seq: i64, checkpoint: i64 },
    /// A record that belongs to no kind of stream.
    Unreadable { id: i64 },
    /// These checkpoints are gone.
    CheckpointsMissing { from: i64, to: i64 },
    /// The checkpoint was changed, or signed by another key.
    CheckpointBroken { number: i64 },
    /// The checkpoint is not the one that somebody wrote down.
    OtherCheckpoint { number: i64 },
}

impl Finding {
    /// The stream that it is about.
    pub fn stream(&self) -> Option<Stream> {
        match self {
            Finding::Changed { stream, .. }
            | Finding::Missing { stream, .. }
            | Finding::Moved { stream, .. }
            | Finding::CutOff { stream, .. }
            | Finding::Rewritten { stream, .. } => Some(*stream),
            _ => None,
        }
    }
}

/// For the console and the log: there is no page for it.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let records = |f: &mut fmt::Formatter<'_>, stream: &Stream, from: &i64, to: &i64, what: &str| {
            if from == to {
                write!(f, "{}: record {from} {what}", stream.topic())
            } else {
                write!(f, "{}: records {from} to {to} {what}", stream.topic())
            }
        };
        match self {
            Finding::Changed { stream, seq } => records(f, stream, seq, seq, "was changed, or the one before it"),
            Finding::Missing { stream, from, to } => records(f, stream, from, to, "missing"),
            Finding::Moved {
                stream,
                seq,
                belongs: Some(belongs),
            } => {
                write!(
                    f,
                    "{}: record {seq} is in the wrong order: it belongs to place {belongs}",
                    stream.topic()
                )
            }
            Finding::Moved { stream, seq, .. } => records(f, stream, seq, seq, "is in the wrong order, or there twice"),
            Finding::CutOff { stream, from, to } => records(f, stream, from, to, "cut off from the end"),
            Finding::Rewritten {
                stream,
                seq,
                checkpoint,
            } => write!(
                f,
                "{}: record {seq} is not the one that checkpoint {checkpoint} signed: it was written anew, or one before it",
                stream.topic()
            ),
            Finding::Unreadable { id } => write!(f, "the event with id {id} belongs to no kind of stream"),
            Finding::CheckpointsMissing { from, to } if from == to => write!(f, "checkpoint {from} is missing"),
            Finding::CheckpointsMissing { from, to } => write!(f, "checkpoints {from} to {to} are missing"),
            Finding::CheckpointBroken { number } => {
                write!(f, "checkpoint {number} was changed, or signed by another key")
            }
            Finding::OtherCheckpoint { number } => write!(f, "checkpoint {number} is not the one that you named"),
        }
    }
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    pub records: u64,
    pub streams: u64,
    pub checkpoints: u64,
    /// The newest good checkpoint: its number, its hash, its moment.
    pub last: Option<(i64, Hash, DateTime<Utc>)>,
    /// Records that came after their stream's last checkpoint: their chain holds them, and nothing yet shows when its end is cut off.
    pub uncovered: u64,
    pub findings: Vec<Finding>,
}

/// Checks a whole trail. Feed all checkpoints in order, then all records, each stream in order; memory grows with the streams, not with the records.
#[derive(Debug, Default)]
pub struct Checker {
    report: Report,
    streams: BTreeMap<Stream, Seen>,
    /// What checkpoints signed, until the record has come by.
    heads: BTreeMap<(Stream, i64), Vec<(Hash, i64)>>,
    /// How far each stream was covered.
    covered: BTreeMap<Stream, i64>,
    /// Number and hash of the checkpoint before, good or not.
    before: (i64, Hash),
    expected: Option<(i64, Hash)>,
}

#[derive(Debug, Default)]
struct Seen {
    seq: i64,
    hash: Hash,
    gaps: Vec<(i64, i64)>,
    broken: Vec<(Record, Hash)>,
}

impl Checker {
    /// A check in which this checkpoint, written down earlier by somebody, must be found again.
    pub fn expecting(expected: Option<(i64, Hash)>) -> Checker {
        Checker {
            expected,
            ..Checker::default()
        }
    }

    /// The next checkpoint, and whether its key is ours and its signature good.
    pub fn checkpoint(&mut self, checkpoint: &Checkpoint, signed: bool) {
        self.report.checkpoints += 1;
        let number = checkpoint.number;
        let (last, hash) = self.before;
        if number > last + 1 {
            self.find(Finding::CheckpointsMissing {
                from: last + 1,
                to: number - 1,
            });
        }
        let follows = number > last + 1 || (number == last + 1 && checkpoint.previous == hash);
        self.before = (number.max(last), checkpoint.hash);
        if !(signed && follows && checkpoint.digest() == checkpoint.hash) {
            self.find(Finding::CheckpointBroken { number });
            return;
        }
        if let Some((_, wanted)) = self.expected.take_if(|(wanted, _)| *wanted == number)
            && wanted != checkpoint.hash
        {
            self.find(Finding::OtherCheckpoint { number });
        }
        self.report.last = Some((number, checkpoint.hash, checkpoint.at));
        for head in &checkpoint.heads {
            let heads = self.heads.entry((head.stream, head.seq)).or_default();
            heads.push((head.hash, number));
            let covered = self.covered.entry(head.stream).or_default();
            *covered = head.seq.max(*covered);
        }
    }

    /// The next record.
    pub fn record(&mut self, record: &Record) {
        self.report.records += 1;
        let stream = record.stream;
        let seen = self.streams.entry(stream).or_default();
        if record.seq <= seen.seq {
            // It was missed before it came: then it is not missing.
            fill(&mut seen.gaps, record.seq);
            let seq = record.seq;
            self.signed(record);
            self.find(Finding::Moved {
                stream,
                seq,
                belongs: None,
            });
            return;
        }
        if record.seq == seen.seq + 1 {
            if record.link(seen.hash, record.seq) != Some(record.hash) {
                seen.broken.push((record.clone(), seen.hash));
            }
        } else {
            seen.gaps.push((seen.seq + 1, record.seq - 1));
        }
        (seen.seq, seen.hash) = (record.seq, record.hash);
        self.signed(record);
        if self.covered.get(&stream).is_none_or(|covered| record.seq > *covered) {
            self.report.uncovered += 1;
        }
    }

    /// A record whose stream can't be read.
    pub fn unreadable(&mut self, id: i64) {
        self.report.records += 1;
        self.find(Finding::Unreadable { id });
    }

    /// Compares a record with what checkpoints signed.
    fn signed(&mut self, record: &Record) {
        for (hash, checkpoint) in self.heads.remove(&(record.stream, record.seq)).unwrap_or_default() {
            if hash != record.hash {
                self.find(Finding::Rewritten {
                    stream: record.stream,
                    seq: record.seq,
                    checkpoint,
                });
            }
        }
    }

    fn find(&mut self, finding: Finding) {
        self.report.findings.push(finding);
    }

    /// What does not hold, now that everything came by.
    pub fn finish(mut self) -> Report {
        if let Some((number, _)) = self.expected {
            self.find(Finding::CheckpointsMissing {
                from: number,
                to: number,
            });
        }
        self.report.streams = u64::try_from(self.streams.len()).unwrap_or(u64::MAX);
        for (stream, to) in std::mem::take(&mut self.covered) {
            let last = self.streams.get(&stream).map_or(0, |seen| seen.seq);
            if last < to {
                self.find(Finding::CutOff {
                    stream,
                    from: last + 1,
                    to,
                });
            }
        }
        for (stream, seen) in std::mem::take(&mut self.streams) {
            for (from, to) in seen.gaps {
                self.find(Finding::Missing { stream, from, to });
            }
            self.report.findings.extend(of_broken(stream, &seen.broken));
        }
        self.report
    }
}

/// Takes one place out of the gaps.
fn fill(gaps: &mut Vec<(i64, i64)>, seq: i64) {
    let Some(at) = gaps.iter().position(|(from, to)| (*from..=*to).contains(&seq)) else {
        return;
    };
    let (from, to) = gaps.remove(at);
    let parts = [(from, seq - 1), (seq + 1, to)];
    gaps.extend(parts.into_iter().filter(|(from, to)| from <= to));
}

/// Tells records that changed places from changed ones: a moved one still has the hash that it had in its own place. `broken` holds each record
/// that does not fit, with the hash of the record that stands before it.
fn of_broken(stream: Stream, broken: &[(Record, Hash)]) -> Vec<Finding> {
    let changed = |(record, _): &(Record, Hash)| Finding::Changed {
        stream,
        seq: record.seq,
    };
    if broken.len() > MOVED {
        return broken.iter().map(changed).collect();
    }
    let before: Vec<Hash> = broken
        .iter()
        .flat_map(|(record, previous)| [Some(*previous), Some(record.hash), record.link(*previous, record.seq)])
        .flatten()
        .collect();
    let place = |record: &Record| {
        let others = broken.iter().map(|(other, _)| other.seq);
        let own = std::iter::once(record.seq);
        own.chain(others).find(|seq| {
            before
                .iter()
                .any(|previous| record.link(*previous, *seq) == Some(record.hash))
        })
    };
    let found: Vec<Finding> = broken
        .iter()
        .filter_map(|one| match place(&one.0) {
            // Only the record before it stands wrong.
            Some(seq) if seq == one.0.seq => None,
            Some(seq) => Some(Finding::Moved {
                stream,
                seq: one.0.seq,
                belongs: Some(seq),
            }),
            None => Some(changed(one)),
        })
        .collect();
    match broken.first() {
        Some(first) if found.is_empty() => vec![changed(first)],
        _ => found,
    }
}
