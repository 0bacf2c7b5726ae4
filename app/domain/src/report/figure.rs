//! Figures as people read them, the same in every drafted text.

use chrono::TimeDelta;

/// A share as per cent, with one decimal where it says something: `21.6 %`, `5 %`, `0.04 %`.
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    let decimals = if value != 0.0 && value.abs() < 0.95 { 2 } else { 1 };
    let text = format!("{value:.decimals$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{} %", if text.is_empty() || text == "-0" { "0" } else { text })
}

/// A count with its thousands apart: `3,339`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let first = digits.len() % 3;
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && i % 3 == first {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A response time: `612 ms`, `1.4 s`. The value is in seconds.
pub fn seconds(value: f64) -> String {
    if value < 0.9995 {
        format!("{:.0} ms", value * 1000.0)
    } else {
        format!("{value:.1} s")
    }
}

/// A length of time in its two largest units: `25 s`, `1 min 14 s`, `2 h 5 min`, `3 d 4 h`. Never negative.
pub fn span(length: TimeDelta) -> String {
    let s = length.num_seconds().max(0);
    let two = |large: i64, unit: &str, small: i64, part: &str| {
        if small == 0 {
            format!("{large} {unit}")
        } else {
            format!("{large} {unit} {small} {part}")
        }
    };
    match s {
        0..60 => format!("{s} s"),
        60..3_600 => two(s / 60, "min", s % 60, "s"),
        3_600..86_400 => two(s / 3_600, "h", s % 3_600 / 60, "min"),
        _ => two(s / 86_400, "d", s % 86_400 / 3_600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(
            [0.216_2, 0.05, 0.0, 0.000_4, 0.009_6].map(percent),
            ["21.6 %", "5 %", "0 %", "0.04 %", "1 %"]
        );
        assert_eq!(
            [0, 371, 3_339, 1_234_567].map(count),
            ["0", "371", "3,339", "1,234,567"]
        );
        assert_eq!([0.018, 0.612, 1.44].map(seconds), ["18 ms", "612 ms", "1.4 s"]);
        let spans = [-5, 25, 60, 74, 7_500, 100_800].map(|s| span(TimeDelta::seconds(s)));
        assert_eq!(spans, ["0 s", "25 s", "1 min", "1 min 14 s", "2 h 5 min", "1 d 4 h"]);
    }
}
