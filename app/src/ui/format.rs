//! Figures as people read them: "1,073", "21.6 %", "212 ms", "26 min 22 s". Pure; a no-break space before each unit.

use chrono::TimeDelta;

/// The space that keeps a figure and its unit on one line.
pub const NBSP: char = '\u{a0}';
/// What stands where there is no figure.
pub const NONE: &str = "–";

/// A whole number, in groups of three: `1,073`.
pub fn count(n: impl Into<i128>) -> String {
    let n = n.into();
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    if n < 0 {
        out.push('−');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number with a fixed number of decimals, grouped. Not a number and infinity are [`NONE`].
pub fn decimal(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text
        .split_once('.')
        .map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::new();
    if value < 0.0 && text.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0') {
        out.push('−');
    }
    // The digits of an f64 can be more than an i128 holds; those are written ungrouped.
    out.push_str(&whole.parse::<i128>().map_or_else(|_| whole.to_owned(), count));
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    out
}

/// A share of one, measured: always one decimal, `0.216` is `21.6 %`.
pub fn share(ratio: f64) -> String {
    unit(&decimal(ratio * 100.0, 1), "%")
}

/// A share of one with as many decimals as are told: availability, `99.94 %`.
pub fn share_to(ratio: f64, decimals: usize) -> String {
    unit(&decimal(ratio * 100.0, decimals), "%")
}

/// Per cent that somebody set: a weight or a limit. `25` is `25 %`, `2.5` is `2.5 %`.
pub fn percent(value: f64) -> String {
    unit(&plain(value), "%")
}

/// Milliseconds, no decimals; from ten seconds on in seconds.
pub fn millis(ms: f64) -> String {
    if ms.is_finite() && ms.abs() >= 10_000.0 {
        unit(&decimal(ms / 1000.0, 1), "s")
    } else {
        unit(&decimal(ms, 0), "ms")
    }
}

/// Bytes in decimal multiples: `317 MB`, `1.4 GB`.
pub fn bytes(n: f64) -> String {
    let steps = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    match steps.iter().find(|(size, _)| n.abs() >= *size) {
        Some((size, name)) => {
            let scaled = n / size;
            unit(&decimal(scaled, usize::from(scaled.abs() < 10.0)), name)
        }
        None => unit(&decimal(n, 0), "B"),
    }
}

/// A number with no more decimals than it needs, three at most: `5`, `2.5`, `0.125`.
pub fn plain(value: f64) -> String {
    let text = decimal(value, 3);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A figure and its unit.
pub fn unit(figure: &str, name: &str) -> String {
    if figure == NONE {
        NONE.to_owned()
    } else {
        format!("{figure}{NBSP}{name}")
    }
}

/// A count and its noun: `1 change`, `486 changes`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{}{NBSP}{}", count(n), if n == 1 { one } else { many })
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A length of time, in two units at most: `212 ms`, `41 s`, `26 min 22 s`, `3 h 40 min`, `1 day 4 h`, `12 days`.
/// A negative one is written as its positive.
pub fn duration(length: TimeDelta) -> String {
    let length = length.abs();
    let seconds = length.num_seconds();
    if seconds == 0 && length > TimeDelta::zero() {
        return unit(&length.num_milliseconds().max(1).to_string(), "ms");
    }
    let two = |big: i64, big_name: &str, small: i64, small_name: &str| {
        let big = unit(&count(big), big_name);
        if small == 0 {
            big
        } else {
            format!("{big} {small}{NBSP}{small_name}")
        }
    };
    match seconds {
        s if s < MINUTE => unit(&s.to_string(), "s"),
        s if s < HOUR => two(s / MINUTE, "min", s % MINUTE, "s"),
        s if s < DAY => two(s / HOUR, "h", s % HOUR / MINUTE, "min"),
        s if s < 4 * DAY => two(s / DAY, day_word(s / DAY), s % DAY / HOUR, "h"),
        s => unit(&count(s / DAY), day_word(s / DAY)),
    }
}

/// A length of time in one unit, cut: `26 min`, `3 h`, `4 days`. For "ago" in lists.
pub fn rough(length: TimeDelta) -> String {
    match length.num_seconds().abs() {
        s if s < MINUTE => unit(&s.to_string(), "s"),
        s if s < HOUR => unit(&(s / MINUTE).to_string(), "min"),
        s if s < DAY => unit(&(s / HOUR).to_string(), "h"),
        s => unit(&count(s / DAY), day_word(s / DAY)),
    }
}

fn day_word(days: i64) -> &'static str {
    if days == 1 { "day" } else { "days" }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads better than escapes in what is expected.
    fn nb(text: &str) -> String {
        text.replace('_', "\u{a0}")
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_073), "1,073");
        assert_eq!(count(-1_234_567), "−1,234,567");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn shares_have_one_decimal_and_settings_only_what_they_need() {
        assert_eq!(share(0.216), nb("21.6_%"));
        assert_eq!(share(0.02), nb("2.0_%"));
        assert_eq!(share_to(0.9994, 2), nb("99.94_%"));
        assert_eq!(percent(25.0), nb("25_%"));
        assert_eq!(percent(2.5), nb("2.5_%"));
    }

    #[test]
    fn nothing_is_a_dash() {
        assert_eq!(share(f64::NAN), NONE);
        assert_eq!(millis(f64::INFINITY), NONE);
        assert_eq!(plain(f64::NAN), NONE);
    }

    #[test]
    fn minus_nought_is_nought() {
        assert_eq!(decimal(-0.04, 1), "0.0");
        assert_eq!(decimal(-0.06, 1), "−0.1");
    }

    #[test]
    fn times_and_sizes() {
        assert_eq!(millis(211.7), nb("212_ms"));
        assert_eq!(millis(12_440.0), nb("12.4_s"));
        assert_eq!(bytes(317e6), nb("317_MB"));
        assert_eq!(bytes(1.44e9), nb("1.4_GB"));
        assert_eq!(bytes(17.0), nb("17_B"));
    }

    #[test]
    fn two_units_at_most() {
        let cases = [
            (212, "212_ms"),
            (1_000, "1_s"),
            (59_999, "59_s"),
            (60_000, "1_min"),
            (1_582_000, "26_min 22_s"),
            (3_600_000, "1_h"),
            (13_200_000, "3_h 40_min"),
            (100_800_000, "1_day 4_h"),
            (172_800_000, "2_days"),
            (1_036_800_000, "12_days"),
            (0, "0_s"),
        ];
        for (ms, want) in cases {
            assert_eq!(duration(TimeDelta::milliseconds(ms)), nb(want), "{ms}");
            assert_eq!(duration(TimeDelta::milliseconds(-ms)), nb(want), "-{ms}");
        }
    }

    #[test]
    fn rough_has_one_unit() {
        assert_eq!(rough(TimeDelta::seconds(1_582)), nb("26_min"));
        assert_eq!(rough(TimeDelta::seconds(13_200)), nb("3_h"));
        assert_eq!(rough(TimeDelta::days(1)), nb("1_day"));
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(1, "change", "changes"), nb("1_change"));
        assert_eq!(counted(1_486, "change", "changes"), nb("1,486_changes"));
    }
}
