//! The journal: what was ordered and what came of it, append-only, one JSON object a line.
//!
//! It is also the memory of keys. An order is known by environment, command and key; one that was
//! carried out is answered from here when it comes again, and the repetition is written down.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Trouble;
use super::order::Order;

/// What a line of the journal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The effect begins.
    Begun,
    /// The effect is there.
    Done,
    /// It failed, and stable is as it was before; a rollback has taken canary away all the same.
    Failed,
    /// It was stopped, and what it had changed was put back.
    Interrupted,
    /// The same order came again and was not carried out again.
    Repeated,
}

/// One line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// When it was written.
    pub time: DateTime<Utc>,
    /// Number of the order within this state directory; its lines share it. A repetition has the number
    /// of the order that it repeats.
    pub operation: u64,
    /// What happened.
    pub kind: Kind,
    /// The idempotency key.
    pub key: Option<String>,
    /// The environment.
    pub environment: String,
    /// The command: deploy, weight, promote or rollback.
    pub command: String,
    /// Its arguments.
    pub arguments: Value,
    /// Slipway's number of the deployment, when the command was told one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// What was answered, for `done`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Why, for `failed` and `interrupted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What to do with an order.
#[derive(Debug)]
pub enum Admission {
    /// It is new (or what was tried before was put back): carry it out under this number.
    New(u64),
    /// It is done already; this was the answer.
    Done(Value),
    /// It is being carried out at this moment.
    Running,
}

type Identity = (String, String, String);

#[derive(Debug, Clone)]
struct Known {
    operation: u64,
    arguments: Value,
    kind: Kind,
    result: Option<Value>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    last: u64,
    known: HashMap<Identity, Known>,
}

/// The open journal of a state directory. One process writes it at a time.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    inner: Mutex<Inner>,
}

impl Journal {
    /// Where the journal of a state directory is.
    pub fn path(state: &Path) -> PathBuf {
        state.join("journal.jsonl")
    }

    /// Opens the journal and closes the orders that a killed supervisor left open: its processes
    /// died with it, so they are interrupted.
    pub fn open(state: &Path) -> Result<Self, Trouble> {
        let path = Self::path(state);
        let entries = Self::read(state)?;
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|e| Trouble::io("open", &path, &e))?;
        let last = entries.iter().map(|entry| entry.operation).max().unwrap_or(0);
        let journal = Self {
            path,
            inner: Mutex::new(Inner {
                file,
                last,
                known: HashMap::new(),
            }),
        };
        for entry in open_orders(&entries) {
            journal.append(
                &mut journal.lock(),
                &Entry {
                    time: super::now(),
                    kind: Kind::Interrupted,
                    reason: Some("the playground ended while this ran".to_owned()),
                    ..entry
                },
            )?;
        }
        let mut inner = journal.lock();
        for entry in Self::read(state)? {
            inner.remember(&entry);
        }
        drop(inner);
        Ok(journal)
    }

    /// All entries of a state directory, oldest first. A last line that was cut off by a crash is left out.
    pub fn read(state: &Path) -> Result<Vec<Entry>, Trouble> {
        let path = Self::path(state);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(Trouble::io("read", &path, &e)),
        };
        let lines = BufReader::new(file).lines().map_while(Result::ok);
        Ok(lines.filter_map(|line| serde_json::from_str(&line).ok()).collect())
    }

    /// Admits an order or answers it from the journal; writes which.
    ///
    /// # Errors
    /// A key that was used before with other arguments is refused for good.
    pub fn admit(&self, order: &Order) -> Result<Admission, Trouble> {
        let mut inner = self.lock();
        let arguments = order.change.arguments();
        let known = order
            .identity()
            .and_then(|identity| inner.known.get(&identity).cloned());
        match known {
            Some(known) if known.arguments != arguments => Err(Trouble::fatal(format!(
                "The key {} was used before for `{}` in {} with other arguments: {}.",
                order.key.as_deref().unwrap_or_default(),
                order.change.command(),
                order.environment,
                known.arguments
            ))),
            Some(Known {
                operation,
                kind: Kind::Done,
                result,
                ..
            }) => {
                self.append(&mut inner, &entry(order, operation, Kind::Repeated))?;
                Ok(Admission::Done(result.unwrap_or(Value::Null)))
            }
            Some(Known {
                operation,
                kind: Kind::Begun,
                ..
            }) => {
                self.append(&mut inner, &entry(order, operation, Kind::Repeated))?;
                Ok(Admission::Running)
            }
            _ => {
                let operation = inner.last + 1;
                self.append(&mut inner, &entry(order, operation, Kind::Begun))?;
                Ok(Admission::New(operation))
            }
        }
    }

    /// Writes how an admitted order ended.
    pub fn end(&self, order: &Order, operation: u64, outcome: &Result<Value, Trouble>) -> Result<(), Trouble> {
        let mut last = entry(order, operation, Kind::Done);
        match outcome {
            Ok(result) => last.result = Some(result.clone()),
            Err(trouble) => {
                last.kind = if matches!(trouble, Trouble::Interrupted(_)) {
                    Kind::Interrupted
                } else {
                    Kind::Failed
                };
                last.reason = Some(trouble.to_string());
            }
        }
        self.append(&mut self.lock(), &last)
    }

    fn append(&self, inner: &mut Inner, entry: &Entry) -> Result<(), Trouble> {
        let mut line = serde_json::to_vec(entry).map_err(|e| Trouble::fatal(e.to_string()))?;
        line.push(b'\n');
        // One write a line, on disk before the effect: a crash may lose an effect's end, never its beginning.
        inner
            .file
            .write_all(&line)
            .map_err(|e| Trouble::io("write", &self.path, &e))?;
        inner
            .file
            .sync_data()
            .map_err(|e| Trouble::io("write", &self.path, &e))?;
        inner.remember(entry);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn remember(&mut self, entry: &Entry) {
        self.last = self.last.max(entry.operation);
        let (Some(key), false) = (&entry.key, entry.kind == Kind::Repeated) else {
            return;
        };
        let identity = (entry.environment.clone(), entry.command.clone(), key.clone());
        let known = Known {
            operation: entry.operation,
            arguments: entry.arguments.clone(),
            kind: entry.kind,
            result: entry.result.clone(),
        };
        self.known.insert(identity, known);
    }
}

fn entry(order: &Order, operation: u64, kind: Kind) -> Entry {
    Entry {
        time: super::now(),
        operation,
        kind,
        key: order.key.clone(),
        environment: order.environment.clone(),
        command: order.change.command().to_owned(),
        arguments: order.change.arguments(),
        deployment: order.deployment.clone(),
        result: None,
        reason: None,
    }
}

fn open_orders(entries: &[Entry]) -> Vec<Entry> {
    let mut open: Vec<Entry> = Vec::new();
    for entry in entries {
        match entry.kind {
            Kind::Begun => open.push(entry.clone()),
            Kind::Repeated => {}
            Kind::Done | Kind::Failed | Kind::Interrupted => open.retain(|begun| begun.operation != entry.operation),
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playground::order::Change;

    fn order(key: Option<&str>, percent: u8) -> Order {
        Order {
            environment: "production".to_owned(),
            key: key.map(str::to_owned),
            deployment: None,
            slow_ms: None,
            change: Change::Weight { percent },
        }
    }

    fn begin(journal: &Journal, order: &Order) -> u64 {
        match journal.admit(order).unwrap() {
            Admission::New(operation) => operation,
            other => panic!("not admitted: {other:?}"),
        }
    }

    fn kinds(state: &Path) -> Vec<Kind> {
        Journal::read(state).unwrap().iter().map(|entry| entry.kind).collect()
    }

    #[test]
    fn a_key_is_carried_out_once() {
        let state = tempfile::tempdir().unwrap();
        let journal = Journal::open(state.path()).unwrap();
        let first = order(Some("a"), 10);
        let operation = begin(&journal, &first);
        assert!(matches!(journal.admit(&first).unwrap(), Admission::Running));
        journal.end(&first, operation, &Ok(Value::from(7))).unwrap();
        assert!(matches!(journal.admit(&first).unwrap(), Admission::Done(value) if value == 7));
        assert!(
            journal.admit(&order(Some("a"), 20)).is_err(),
            "other arguments under the same key"
        );
        assert_eq!(
            kinds(state.path()),
            [Kind::Begun, Kind::Repeated, Kind::Done, Kind::Repeated]
        );

        let again = Journal::open(state.path()).unwrap();
        assert!(
            matches!(again.admit(&first).unwrap(), Admission::Done(_)),
            "the memory outlives the process"
        );
    }

    #[test]
    fn without_a_key_nothing_is_remembered() {
        let state = tempfile::tempdir().unwrap();
        let journal = Journal::open(state.path()).unwrap();
        let first = begin(&journal, &order(None, 10));
        assert_ne!(begin(&journal, &order(None, 10)), first);
    }

    #[test]
    fn what_was_put_back_is_carried_out_again() {
        let state = tempfile::tempdir().unwrap();
        let journal = Journal::open(state.path()).unwrap();
        for trouble in [Trouble::fatal("no"), Trouble::Interrupted("stopped".to_owned())] {
            let operation = begin(&journal, &order(Some("a"), 10));
            journal.end(&order(Some("a"), 10), operation, &Err(trouble)).unwrap();
        }
        begin(&journal, &order(Some("a"), 10));
    }

    #[test]
    fn an_order_left_open_by_a_crash_is_interrupted() {
        let state = tempfile::tempdir().unwrap();
        begin(&Journal::open(state.path()).unwrap(), &order(Some("a"), 10));
        let journal = Journal::open(state.path()).unwrap();
        assert_eq!(kinds(state.path()), [Kind::Begun, Kind::Interrupted]);
        begin(&journal, &order(Some("a"), 10));
    }
}
