//! The Prometheus text format, version 0.0.4, as far as scraping needs it.
//!
//! Tolerant: what can't be read is a [`Fault`] with its line, and the rest is read all the same. Exemplars of OpenMetrics
//! and quoted names are understood. Types and help texts are passed over: what a series means is said by a query.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A page of metrics.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Exposition {
    /// In the order of the page.
    pub series: Vec<Series>,
    /// The first lines that could not be read, [`MOST_FAULTS`] at most.
    pub faults: Vec<Fault>,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
    /// Milliseconds since 1970, if the page gives a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
}

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// From 1.
    pub line: u32,
    pub kind: FaultKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// No metric name where one must be.
    Name,
    /// The labels are not `name="value"` with commas between them.
    Labels,
    /// No number after the name.
    Value,
    /// Something that is no time after the number.
    Time,
}

/// The page is no page of metrics that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum NotMetrics {
    /// It has lines, and none could be read.
    #[error("no line is in the Prometheus text format; line {line} is the first of {lines}")]
    NoLine { line: u32, lines: u32 },
    /// It has more than [`MOST_SERIES`]. A part of it would be a wrong count, so none of it is used.
    #[error("it has more than {MOST_SERIES} series")]
    TooMany,
}

/// So many faults are kept.
pub const MOST_FAULTS: usize = 20;

/// So many series are read of one page: short lines take many times their length in memory.
pub const MOST_SERIES: usize = 200_000;

/// Reads a page. An empty one is fine and has no series.
///
/// # Errors
/// When there are lines and none of them could be read, as of an HTML page; when there are more than [`MOST_SERIES`].
pub fn parse(text: &str) -> Result<Exposition, NotMetrics> {
    let mut page = Exposition::default();
    let mut faulty = 0u32;
    for (number, line) in (1u32..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match read_line(line) {
            Ok(_) if page.series.len() == MOST_SERIES => return Err(NotMetrics::TooMany),
            Ok(series) => page.series.push(series),
            Err(kind) => {
                faulty = faulty.saturating_add(1);
                if page.faults.len() < MOST_FAULTS {
                    page.faults.push(Fault { line: number, kind });
                }
            }
        }
    }
    match page.faults.first() {
        Some(fault) if page.series.is_empty() => Err(NotMetrics::NoLine {
            line: fault.line,
            lines: faulty,
        }),
        _ => Ok(page),
    }
}

fn read_line(line: &str) -> Result<Series, FaultKind> {
    let (name, rest) = split_name(line);
    let mut series = Series {
        name: name.to_owned(),
        labels: BTreeMap::new(),
        value: 0.0,
        at_ms: None,
    };
    let rest = match rest.trim_start().strip_prefix('{') {
        Some(inside) => read_labels(inside, &mut series)?,
        None => rest,
    };
    if series.name.is_empty() {
        return Err(FaultKind::Name);
    }
    // What follows a number sign is an exemplar.
    let rest = rest.split(" #").next().unwrap_or_default();
    let mut words = rest.split_ascii_whitespace();
    series.value = words.next().and_then(|w| w.parse().ok()).ok_or(FaultKind::Value)?;
    series.at_ms = words.next().map(read_time).transpose()?;
    if words.next().is_some() {
        Err(FaultKind::Time)
    } else {
        Ok(series)
    }
}

/// Milliseconds, or in OpenMetrics seconds with a fraction.
fn read_time(word: &str) -> Result<i64, FaultKind> {
    if let Ok(ms) = word.parse() {
        return Ok(ms);
    }
    let seconds: f64 = word.parse().map_err(|_| FaultKind::Time)?;
    if seconds.is_finite() {
        Ok((seconds * 1000.0) as i64)
    } else {
        Err(FaultKind::Time)
    }
}

/// A name of letters, digits, `_` and `:` that doesn't begin with a digit; empty if there is none.
fn split_name(text: &str) -> (&str, &str) {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return ("", text);
    }
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Reads up to the closing brace and returns what follows it.
fn read_labels<'a>(mut text: &'a str, series: &mut Series) -> Result<&'a str, FaultKind> {
    loop {
        text = text.trim_start();
        if let Some(rest) = text.strip_prefix('}') {
            return Ok(rest);
        }
        let (label, rest) = read_label_name(text)?;
        let rest = rest.trim_start();
        text = match rest.strip_prefix('=') {
            Some(rest) => {
                let (value, rest) = read_quoted(rest.trim_start())?;
                series.labels.insert(label, value);
                rest
            }
            // A quoted name alone, and first, is the metric's.
            None if text.starts_with('"') && series.name.is_empty() => {
                series.name = label;
                rest
            }
            None => return Err(FaultKind::Labels),
        };
        text = text.trim_start();
        match text.strip_prefix(',') {
            Some(rest) => text = rest,
            None if text.starts_with('}') => {}
            None => return Err(FaultKind::Labels),
        }
    }
}

fn read_label_name(text: &str) -> Result<(String, &str), FaultKind> {
    if text.starts_with('"') {
        return read_quoted(text);
    }
    let (name, rest) = split_name(text);
    if name.is_empty() {
        Err(FaultKind::Labels)
    } else {
        Ok((name.to_owned(), rest))
    }
}

/// A text in double quotes with `\\`, `\"` and `\n`; other escapes stay as they are.
fn read_quoted(text: &str) -> Result<(String, &str), FaultKind> {
    let inside = text.strip_prefix('"').ok_or(FaultKind::Labels)?;
    let mut value = String::new();
    let mut chars = inside.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Ok((value, &inside[i + 1..])),
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, c @ ('\\' | '"'))) => value.push(c),
                Some((_, c)) => value.extend(['\\', c]),
                None => return Err(FaultKind::Labels),
            },
            c => value.push(c),
        }
    }
    Err(FaultKind::Labels)
}
