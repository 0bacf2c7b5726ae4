//! Whatever is done to a trail of records and checkpoints, the check sees it, and says where.

use chrono::{DateTime, TimeDelta, Utc};
use domain::access::By;
use domain::audit::{Checker, Checkpoint, End, FileChecker, FileProblem, FileReport, Filter, Finding, Hash, Head};
use domain::audit::{Header, Line, Record, Report};
use domain::event::{Stream, StreamKind};
use proptest::prelude::*;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

const KEY: Hash = Hash([7; 32]);

/// A signature that only shows what was signed: the real one is tried where the key is.
fn sign(key: Hash, message: &[u8]) -> String {
    hex::encode(Sha256::digest([&key.0[..], message].concat()))
}

fn verify(key: Hash, message: &[u8], signature: &str) -> bool {
    sign(key, message) == signature
}

fn stream(n: u8) -> Stream {
    Stream::new(
        StreamKind::ALL[usize::from(n) % StreamKind::ALL.len()],
        Uuid::from_u128(u128::from(n) + 1),
    )
}

fn at(n: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::microseconds(n * 1_000_003)
}

#[derive(Debug, Clone, Default)]
struct Trail {
    records: Vec<Record>,
    checkpoints: Vec<Checkpoint>,
}

impl Trail {
    /// Records of these streams in this order, with a checkpoint after every `every` of them, and one at the end.
    fn of(streams: &[u8], every: usize) -> Trail {
        let mut trail = Trail::default();
        let mut heads: BTreeMap<Stream, Head> = BTreeMap::new();
        let mut moved: BTreeMap<Stream, Head> = BTreeMap::new();
        for (i, n) in streams.iter().enumerate() {
            let stream = stream(*n);
            let (seq, previous) = heads
                .get(&stream)
                .map_or((1, Hash::default()), |head| (head.seq + 1, head.hash));
            let id = i64::try_from(i).expect("few") + 1;
            let mut record = Record {
                id,
                stream,
                seq,
                at: at(id),
                by: serde_json::to_value(By::Engine).expect("JSON"),
                event: json!({"event": "step_done", "step": id}),
                hash: Hash::default(),
            };
            record.hash = record.link(previous, seq).expect("somebody");
            let head = Head {
                stream,
                seq,
                hash: record.hash,
            };
            heads.insert(stream, head.clone());
            moved.insert(stream, head);
            trail.records.push(record);
            if (i + 1) % every == 0 || i + 1 == streams.len() {
                trail.seal(std::mem::take(&mut moved).into_values().collect());
            }
        }
        trail
    }

    fn seal(&mut self, heads: Vec<Head>) {
        let before = self.checkpoints.last();
        let number = before.map_or(1, |before| before.number + 1);
        let mut checkpoint = Checkpoint {
            number,
            at: at(number),
            previous: before.map_or(Hash::default(), |before| before.hash),
            heads,
            key: KEY,
            hash: Hash::default(),
            signature: String::new(),
        };
        checkpoint.hash = checkpoint.digest();
        checkpoint.signature = sign(KEY, &Checkpoint::message(checkpoint.hash));
        self.checkpoints.push(checkpoint);
    }

    fn check(&self, expected: Option<(i64, Hash)>) -> Report {
        let mut checker = Checker::expecting(expected);
        for one in &self.checkpoints {
            checker.checkpoint(one, verify(KEY, &Checkpoint::message(one.hash), &one.signature));
        }
        for record in &self.records {
            checker.record(record);
        }
        checker.finish()
    }

    fn file(&self) -> Vec<String> {
        let mut lines = vec![Line::SlipwayAudit(Header::new(&Filter::default(), KEY, at(0)))];
        lines.extend(self.checkpoints.iter().cloned().map(Line::Checkpoint));
        lines.extend(self.records.iter().cloned().map(Line::Record));
        let mut lines: Vec<String> = lines
            .iter()
            .map(|line| serde_json::to_string(line).expect("JSON"))
            .collect();
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let sha256 = Hash(Sha256::digest(text).into());
        let records = self.records.len() as u64;
        let end = End {
            records,
            sha256,
            signature: sign(KEY, &End::message(records, sha256)),
        };
        lines.push(serde_json::to_string(&Line::End(end)).expect("JSON"));
        lines
    }
}

fn check(lines: &[String]) -> FileReport {
    let mut checker = FileChecker::new(Some(KEY), None, verify);
    for line in lines {
        checker.line(line);
    }
    checker.finish()
}

/// What somebody with all rights could do to the records.
#[derive(Debug, Clone)]
enum Tampering {
    Body(usize),
    By(usize),
    At(usize),
    Hash(usize),
    Delete(usize),
    /// Two records of one stream change places.
    Swap(usize),
    /// The last records of a stream are gone.
    CutOff(usize, usize),
    /// A record is changed, and the chain behind it made anew.
    Rewrite(usize),
}

fn tampering() -> impl Strategy<Value = Tampering> {
    use Tampering::{At, Body, By, CutOff, Delete, Hash, Rewrite, Swap};
    let any = 0..1000usize;
    prop_oneof![
        any.clone().prop_map(Body),
        any.clone().prop_map(By),
        any.clone().prop_map(At),
        any.clone().prop_map(Hash),
        any.clone().prop_map(Delete),
        any.clone().prop_map(Swap),
        (any.clone(), 1..4usize).prop_map(|(at, count)| CutOff(at, count)),
        any.prop_map(Rewrite),
    ]
}

/// Does it, and answers on which stream; None when there was nothing to do it to.
fn tamper(trail: &mut Trail, how: &Tampering) -> Option<Stream> {
    let records = &mut trail.records;
    let count = records.len();
    let places = |records: &[Record], stream| -> Vec<usize> {
        (0..records.len()).filter(|i| records[*i].stream == stream).collect()
    };
    match *how {
        Tampering::Body(i) => {
            records[i % count].event = json!({"event": "step_done", "step": 0});
            Some(records[i % count].stream)
        }
        Tampering::By(i) => {
            records[i % count].by = json!("system");
            Some(records[i % count].stream)
        }
        Tampering::At(i) => {
            records[i % count].at += TimeDelta::microseconds(1);
            Some(records[i % count].stream)
        }
        Tampering::Hash(i) => {
            records[i % count].hash.0[i % 32] ^= 1;
            Some(records[i % count].stream)
        }
        Tampering::Delete(i) => Some(records.remove(i % count).stream),
        Tampering::Swap(i) => {
            let stream = records[i % count].stream;
            let own = places(records, stream);
            let [.., a, b] = own[..] else { return None };
            let (one, other) = (records[a].seq, records[b].seq);
            (records[a].seq, records[b].seq) = (other, one);
            records.swap(a, b);
            Some(stream)
        }
        Tampering::CutOff(i, count_off) => {
            let stream = records[i % count].stream;
            for place in places(records, stream).into_iter().rev().take(count_off) {
                records.remove(place);
            }
            Some(stream)
        }
        Tampering::Rewrite(i) => {
            let i = i % count;
            let stream = records[i].stream;
            records[i].event = json!({"event": "step_done", "step": 0});
            let own = places(records, stream);
            let mut previous = Hash::default();
            for place in own {
                let link = records[place].link(previous, records[place].seq);
                records[place].hash = link.expect("somebody");
                previous = records[place].hash;
            }
            Some(stream)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_nobody_touched_is_fine(streams in prop::collection::vec(0..5u8, 1..60), every in 1..12usize) {
        let trail = Trail::of(&streams, every);
        let last = trail.checkpoints.last().map(|last| (last.number, last.hash));
        let report = trail.check(last);
        prop_assert_eq!(&report.findings, &[]);
        prop_assert_eq!((report.records, report.uncovered), (streams.len() as u64, 0));
        let file = check(&trail.file());
        prop_assert!(file.is_fine() && file.whole, "{:?}", file);
    }

    #[test]
    fn whatever_is_done_to_records_is_found_on_its_stream(
        streams in prop::collection::vec(0..5u8, 2..60), every in 1..12usize, how in tampering()
    ) {
        let mut trail = Trail::of(&streams, every);
        if let Some(stream) = tamper(&mut trail, &how) {
            let report = trail.check(None);
            prop_assert!(!report.findings.is_empty());
            for finding in &report.findings {
                prop_assert_eq!(finding.stream(), Some(stream), "{:?}", finding);
            }
            // In a file with a forged end as well.
            let file = check(&trail.file());
            prop_assert_eq!(&file.report.findings, &report.findings);
        }
    }

    #[test]
    fn whatever_is_done_to_checkpoints_is_found(
        streams in prop::collection::vec(0..3u8, 2..40), every in 1..6usize, which in 0..1000usize, how in 0..6u8
    ) {
        let mut trail = Trail::of(&streams, every);
        let known = trail.checkpoints.last().map(|last| (last.number, last.hash));
        let count = trail.checkpoints.len();
        let one = &mut trail.checkpoints[which % count];
        match how {
            0 => { one.heads.pop(); }
            1 => one.heads[0].seq += 1,
            2 => one.at += TimeDelta::seconds(1),
            3 => one.signature = sign(Hash([8; 32]), &Checkpoint::message(one.hash)),
            4 => { trail.checkpoints.remove(which % count); }
            _ => { trail.checkpoints.truncate(which % count); }
        }
        prop_assert!(!trail.check(known).findings.is_empty());
    }

    #[test]
    fn whatever_is_done_to_the_lines_of_a_file_is_found(
        streams in prop::collection::vec(0..3u8, 2..20), which in 0..1000usize, byte in 0..1000usize, how in 0..5u8
    ) {
        let lines = Trail::of(&streams, 5).file();
        let mut changed = lines.clone();
        let which = which % lines.len();
        match how {
            0 => { changed.remove(which); }
            1 => changed.truncate(which),
            2 => changed.swap(which, (which + 1) % lines.len()),
            3 => changed.insert(which, lines[which].clone()),
            _ => {
                let byte = byte % changed[which].len();
                changed[which].replace_range(byte..=byte, if &lines[which][byte..=byte] == "0" { "1" } else { "0" });
            }
        }
        prop_assert!(!check(&changed).is_fine());
    }

    #[test]
    fn no_text_upsets_the_check(lines in prop::collection::vec(".{0,40}", 0..6)) {
        prop_assert!(!check(&lines).is_fine());
    }
}

fn of_one_stream() -> (Trail, Stream) {
    (Trail::of(&[0; 8], 4), stream(0))
}

#[test]
fn each_of_the_four_is_called_by_its_name() {
    let (whole, stream) = of_one_stream();

    let mut changed = whole.clone();
    changed.records[2].event = json!({"event": "signed_in"});
    assert_eq!(changed.check(None).findings, [Finding::Changed { stream, seq: 3 }]);

    let mut missing = whole.clone();
    missing.records.drain(2..4);
    let gone = Finding::Missing { stream, from: 3, to: 4 };
    assert_eq!(missing.check(None).findings, [gone]);

    let mut moved = whole.clone();
    (moved.records[2].seq, moved.records[3].seq) = (4, 3);
    moved.records.swap(2, 3);
    let findings = moved.check(None).findings;
    let place = |seq, belongs| Finding::Moved {
        stream,
        seq,
        belongs: Some(belongs),
    };
    assert!(
        findings.contains(&place(3, 4)) && findings.contains(&place(4, 3)),
        "{findings:?}"
    );

    let mut cut = whole.clone();
    cut.records.truncate(6);
    let off = Finding::CutOff { stream, from: 7, to: 8 };
    assert_eq!(cut.check(None).findings, [off]);

    // In another order in a file: nothing is missing.
    let mut late = whole.clone();
    late.records.swap(2, 5);
    let findings = late.check(None).findings;
    assert!(
        findings
            .iter()
            .all(|one| matches!(one, Finding::Moved { belongs: None, .. })),
        "{findings:?}"
    );
    assert!(!findings.is_empty());
}

#[test]
fn an_end_that_is_cut_off_with_its_checkpoints_is_seen_by_who_wrote_one_down() {
    let (mut trail, _) = of_one_stream();
    let known = trail.checkpoints.last().map(|last| (last.number, last.hash));
    trail.checkpoints.pop();
    trail.records.truncate(4);
    assert_eq!(trail.check(None).findings, []);
    let missing = Finding::CheckpointsMissing { from: 2, to: 2 };
    assert_eq!(trail.check(known).findings, [missing]);
}

#[test]
fn a_file_of_another_instance_is_not_ours() {
    let lines = of_one_stream().0.file();
    let mut checker = FileChecker::new(Some(Hash([9; 32])), None, verify);
    lines.iter().for_each(|line| checker.line(line));
    let report = checker.finish();
    assert_eq!(report.problems[0], FileProblem::OtherKey { key: KEY });
    assert!(!report.report.findings.is_empty());
}
