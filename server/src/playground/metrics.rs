//! What an instance counts, in Prometheus text, and how the counts of several instances become one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the latency histogram, in seconds; +Inf is implied.
pub const BOUNDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The counters of one instance.
#[derive(Debug, Default)]
pub struct Metrics {
    inner: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// By method, route and status.
    requests: BTreeMap<(String, String, u16), u64>,
    signups: u64,
    /// Not cumulative; the last one is +Inf.
    buckets: [u64; BOUNDS.len() + 1],
    seconds: f64,
}

impl Metrics {
    /// Counts one answered request.
    pub fn observe(&self, method: &str, route: &str, status: u16, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS
            .iter()
            .position(|bound| seconds <= *bound)
            .unwrap_or(BOUNDS.len());
        let mut counts = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        *counts
            .requests
            .entry((method.to_owned(), route.to_owned(), status))
            .or_default() += 1;
        counts.buckets[bucket] += 1;
        counts.seconds += seconds;
    }

    /// Counts one sign-up and returns how many there were, this one included.
    pub fn sign_up(&self) -> u64 {
        let mut counts = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        counts.signups += 1;
        counts.signups
    }

    /// The text exposition (version 0.0.4).
    pub fn render(&self) -> String {
        let counts = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut series = Series::default();
        let name = "http_requests_total";
        series.describe(name, "counter", "Requests that were answered.");
        for ((method, route, status), count) in &counts.requests {
            series.add(
                format!("{name}{{method=\"{method}\",path=\"{route}\",status=\"{status}\"}}"),
                *count as f64,
            );
        }
        series.describe("signups_total", "counter", "Sign-ups.");
        series.add("signups_total".to_owned(), counts.signups as f64);
        render_histogram(&counts, &mut series);
        render_process(&mut series);
        series.render()
    }
}

fn render_histogram(counts: &Counts, series: &mut Series) {
    let name = "http_request_duration_seconds";
    series.describe(name, "histogram", "Time from a request to its answer.");
    let mut cumulative = 0;
    for (index, count) in counts.buckets.iter().enumerate() {
        cumulative += count;
        let bound = BOUNDS.get(index).map_or_else(|| "+Inf".to_owned(), f64::to_string);
        series.add(format!("{name}_bucket{{le=\"{bound}\"}}"), cumulative as f64);
    }
    series.add(format!("{name}_sum"), counts.seconds);
    series.add(format!("{name}_count"), cumulative as f64);
}

fn render_process(series: &mut Series) {
    if let Some(bytes) = resident_bytes(std::process::id()) {
        series.describe(
            "process_resident_memory_bytes",
            "gauge",
            "Memory that the process holds.",
        );
        series.add("process_resident_memory_bytes".to_owned(), bytes as f64);
    }
    if let Some(seconds) = cpu_seconds() {
        series.describe(
            "process_cpu_seconds_total",
            "counter",
            "Processor time that the process used.",
        );
        series.add("process_cpu_seconds_total".to_owned(), seconds);
    }
}

/// Resident memory of a process, in bytes; `None` where there is no `/proc` or no such process.
pub fn resident_bytes(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// User and system time of this process, in seconds.
fn cpu_seconds() -> Option<f64> {
    /// proc(5): the kernel's clock ticks towards user space; 100 on every architecture that Rust supports.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field, the name, may hold spaces: the third follows the last bracket.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let user: f64 = fields.get(11)?.parse().ok()?;
    let system: f64 = fields.get(12)?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

/// Text exposition taken apart: descriptions and values, in their order.
///
/// Adding two of them adds the values of equal series: right for counters and histograms; a sum of
/// gauges is the total over the instances.
#[derive(Debug, Clone, Default)]
pub struct Series {
    described: BTreeSet<String>,
    lines: Vec<Line>,
    index: BTreeMap<String, usize>,
}

#[derive(Debug, Clone)]
enum Line {
    Comment(String),
    Value { key: String, value: f64 },
}

impl Series {
    /// Takes the text of an instance apart.
    pub fn parse(text: &str) -> Self {
        let mut series = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if line.starts_with('#') {
                series.comment(line.to_owned());
            } else if let Some((key, value)) = line.rsplit_once(' ')
                && let Ok(value) = value.parse()
            {
                series.add(key.to_owned(), value);
            }
        }
        series
    }

    /// Adds the values of another.
    pub fn merge(&mut self, other: &Self) {
        for line in &other.lines {
            match line {
                Line::Comment(text) => self.comment(text.clone()),
                Line::Value { key, value } => self.add(key.clone(), *value),
            }
        }
    }

    /// What remains of a process that is gone: counters and histograms, no gauges.
    pub fn without_gauges(mut self) -> Self {
        let gauges: BTreeSet<String> = self
            .described
            .iter()
            .filter_map(|text| text.strip_prefix("# TYPE ")?.strip_suffix(" gauge").map(str::to_owned))
            .collect();
        self.lines.retain(|line| match line {
            Line::Comment(_) => true,
            Line::Value { key, .. } => !gauges.contains(key.split('{').next().unwrap_or(key)),
        });
        Self::parse(&self.render())
    }

    /// The value of one series, labels included in `key`.
    pub fn value(&self, key: &str) -> Option<f64> {
        match self.lines.get(*self.index.get(key)?)? {
            Line::Value { value, .. } => Some(*value),
            Line::Comment(_) => None,
        }
    }

    /// The text exposition. The series of one metric stay together, as the format demands.
    pub fn render(&self) -> String {
        let mut families: Vec<(&str, Vec<&Line>)> = Vec::new();
        for line in &self.lines {
            let family = family(line);
            match families.iter_mut().find(|(name, _)| *name == family) {
                Some((_, lines)) => lines.push(line),
                None => families.push((family, vec![line])),
            }
        }
        let mut text = String::new();
        for line in families.into_iter().flat_map(|(_, lines)| lines) {
            // Writing to a string cannot fail.
            let _ = match line {
                Line::Comment(comment) => writeln!(text, "{comment}"),
                Line::Value { key, value } => writeln!(text, "{key} {value}"),
            };
        }
        text
    }

    fn describe(&mut self, name: &str, kind: &str, help: &str) {
        self.comment(format!("# HELP {name} {help}"));
        self.comment(format!("# TYPE {name} {kind}"));
    }

    fn comment(&mut self, text: String) {
        if self.described.insert(text.clone()) {
            self.lines.push(Line::Comment(text));
        }
    }

    fn add(&mut self, key: String, value: f64) {
        if let Some(Line::Value { value: sum, .. }) = self.index.get(&key).and_then(|at| self.lines.get_mut(*at)) {
            *sum += value;
        } else {
            self.index.insert(key.clone(), self.lines.len());
            self.lines.push(Line::Value { key, value });
        }
    }
}

/// The metric that a line belongs to.
fn family(line: &Line) -> &str {
    match line {
        Line::Comment(text) => text.split(' ').nth(2).unwrap_or(text),
        Line::Value { key, .. } => {
            let name = key.split('{').next().unwrap_or(key);
            ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end))
                .unwrap_or(name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(statuses: &[u16]) -> Series {
        let metrics = Metrics::default();
        for (number, status) in statuses.iter().enumerate() {
            metrics.observe("GET", "/", *status, Duration::from_millis(3 * number as u64));
        }
        metrics.sign_up();
        Series::parse(&metrics.render())
    }

    #[test]
    fn instances_add_up() {
        let mut sum = observed(&[200, 500, 200]);
        sum.merge(&observed(&[200, 404]));
        let value = |key: &str| sum.value(key).unwrap();
        assert_eq!(
            value("http_requests_total{method=\"GET\",path=\"/\",status=\"200\"}"),
            3.0
        );
        assert_eq!(
            value("http_requests_total{method=\"GET\",path=\"/\",status=\"404\"}"),
            1.0
        );
        assert_eq!(value("signups_total"), 2.0);
        assert_eq!(value("http_request_duration_seconds_bucket{le=\"0.005\"}"), 4.0);
        assert_eq!(value("http_request_duration_seconds_bucket{le=\"+Inf\"}"), 5.0);
        assert_eq!(value("http_request_duration_seconds_count"), 5.0);
    }

    #[test]
    fn a_metric_stays_in_one_piece_after_merging() {
        let mut sum = observed(&[200]);
        sum.merge(&observed(&[404]));
        let text = sum.render();
        let at = |part: &str| text.lines().position(|line| line.contains(part)).unwrap();
        assert_eq!(at("status=\"404\""), at("status=\"200\"") + 1);
        assert_eq!(text.matches("# TYPE http_requests_total counter").count(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_gone_process_leaves_its_counters_and_no_memory() {
        let series = observed(&[200]);
        assert!(series.value("process_resident_memory_bytes").unwrap() > 1_000_000.0);
        assert!(series.value("process_cpu_seconds_total").is_some());
        let rest = series.without_gauges();
        assert_eq!(rest.value("process_resident_memory_bytes"), None);
        assert_eq!(rest.value("signups_total"), Some(1.0));
    }
}
