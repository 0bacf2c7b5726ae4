//! Where words find room on a chart. Pure.
//!
//! A chart is drawn in per cent and never learns its width, so its words are measured, roughly, against two sheets: the
//! narrowest on a phone, and the narrowest beside a legend. What fits the second alone is of the class `wide`, which
//! narrow windows hide.

use super::scale::{Levels, Span};
use super::{Plot, Series};

/// Px of the narrowest chart of all.
pub const NARROW: f64 = 340.0;
/// Px of the narrowest chart where words of the class `wide` are shown.
pub const WIDE: f64 = 520.0;

/// Px of a letter of a small word, and of a strong one.
const SMALL: f64 = 6.4;
const STRONG: f64 = 7.6;
/// Px between two words of an axis.
const APART: f64 = 10.0;

/// How wide small words are, in per cent of a sheet.
pub fn small(words: &str, sheet: f64) -> f64 {
    letters(words) * SMALL / sheet * 100.0
}

/// How wide strong words are, in per cent of a sheet.
pub fn strong(words: &str, sheet: f64) -> f64 {
    letters(words) * STRONG / sheet * 100.0
}

fn letters(words: &str) -> f64 {
    f64::from(u16::try_from(words.chars().count()).unwrap_or(u16::MAX))
}

/// A word of an axis: its place in per cent, its classes, and what is written.
pub type Word = (f64, String, String);

/// The words of an axis from left to right: those at its ends stay on the sheet, and none touches the one before.
pub fn along(ticks: Vec<(f64, String)>) -> Vec<Word> {
    let (mut narrow, mut wide) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    let mut words = Vec::with_capacity(ticks.len());
    for (x, text) in ticks {
        let half = |sheet: f64| small(&text, sheet) / 2.0;
        let (anchor, before) = match x {
            x if x < half(WIDE) => ("", 0.0),
            x if x > 100.0 - half(WIDE) => ("fin", 1.0),
            _ => ("mid", 0.5),
        };
        let reach = |sheet: f64| {
            let left = x - before * small(&text, sheet);
            (left, left + small(&text, sheet))
        };
        let free = |sheet: f64, last: f64| {
            let (left, right) = reach(sheet);
            left >= 0.0 && right <= 100.0 && left - last >= APART / sheet * 100.0
        };
        if !free(WIDE, wide) {
            continue;
        }
        let everywhere = free(NARROW, narrow);
        wide = reach(WIDE).1;
        if everywhere {
            narrow = reach(NARROW).1;
        }
        let class = if everywhere {
            anchor.to_owned()
        } else {
            format!("{anchor} wide")
        };
        words.push((x, class.trim_start().to_owned(), text));
    }
    words
}

/// How high the words of a line across stand at its right end: above it, or below it where a series runs above it.
pub fn beside(plot: &Plot, span: Span, levels: &Levels, line: f64, words: &str) -> f64 {
    let from = 100.0 - small(words, NARROW);
    let free = |top: f64, bottom: f64| {
        !plot
            .series
            .iter()
            .any(|series| runs_through(series, span, levels, from, top, bottom))
    };
    let below = line + 15.0;
    if !free(line - 16.0, line - 1.0) && below < f64::from(plot.height) && free(line + 1.0, below) {
        line + 12.0
    } else {
        line - 4.0
    }
}

/// Whether a series passes between two heights, right of a place.
fn runs_through(series: &Series, span: Span, levels: &Levels, from: f64, top: f64, bottom: f64) -> bool {
    let places: Vec<Option<(f64, f64)>> = series
        .points
        .iter()
        .map(|(at, value)| value.map(|value| (span.place(*at), levels.place(value))))
        .collect();
    let touches = |a: f64, b: f64| a.min(b) - 3.0 <= bottom && a.max(b) + 3.0 >= top;
    let point = |place: &Option<(f64, f64)>| place.is_some_and(|(x, y)| (from..=100.0).contains(&x) && touches(y, y));
    let piece = |pair: &[Option<(f64, f64)>]| match pair {
        [Some((x1, y1)), Some((x2, y2))] if *x2 > from && *x2 > *x1 && *x1 < 100.0 => {
            // From the place on, not from the point before it.
            let part = ((from - x1) / (x2 - x1)).clamp(0.0, 1.0);
            touches(y1 + (y2 - y1) * part, *y2)
        }
        _ => false,
    };
    places.iter().any(point) || places.windows(2).any(piece)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, every_ten};
    use super::super::{Unit, Variant};
    use super::*;

    #[test]
    fn words_of_an_axis_do_not_touch_and_stay_on_the_sheet() {
        let seven = |from: f64| -> Vec<(f64, String)> {
            (0..7)
                .map(|n| (from + 14.3 * f64::from(n), "16:40:15".to_owned()))
                .collect()
        };
        let words = along(seven(7.1));
        assert_eq!(words.len(), 7, "all of them stand on a wide sheet");
        let narrow: Vec<f64> = words
            .iter()
            .filter(|(_, class, _)| !class.contains("wide"))
            .map(|(x, ..)| *x)
            .collect();
        let least = (small("16:40:15", NARROW) + APART / NARROW * 100.0) * 0.99;
        assert!(narrow.len() >= 3, "{narrow:?}");
        assert!(narrow.windows(2).all(|pair| pair[1] - pair[0] >= least), "{narrow:?}");
        let first = along(seven(1.0));
        assert_eq!(first[0].1, "", "it begins at its tick instead of hanging outside");
    }

    #[test]
    fn a_word_that_would_touch_the_one_before_is_left_out() {
        let near = vec![(50.0, "10:00".to_owned()), (52.0, "10:05".to_owned())];
        assert_eq!(along(near).len(), 1);
    }

    #[test]
    fn words_of_a_goal_go_where_no_point_lies() {
        let span = Span {
            from: at("2024-01-15T10:00:00Z"),
            to: at("2024-01-15T10:00:30Z"),
        };
        let place = |values: &[Option<f64>]| {
            let plot = Plot::new("Lead time", Unit::Count)
                .with(Series::new("trend", Variant::Other, every_ten(values)).dotted())
                .goal(60.0, "goal under 1 h");
            let levels = super::super::draw::levels(&plot);
            let line = levels.place(60.0);
            beside(&plot, span, &levels, line, "goal under 1 h") - line
        };
        let low = [Some(20.0), Some(20.0), Some(20.0), Some(20.0)];
        assert!(place(&low) < 0.0, "above the line");
        let high = [Some(20.0), Some(20.0), Some(64.0), Some(64.0)];
        assert!(place(&high) > 0.0, "below it, since points lie above");
    }
}
