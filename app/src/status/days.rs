//! Ninety days as one path a state: many equal bars, few nodes.

use domain::status::{ComponentState, Day};

/// Units of a day's bar, of which one is the gap, in a drawing of this height.
const WIDTH: usize = 10;
/// Height of the drawing.
pub const HEIGHT: u32 = 32;

/// The path of each class: worse days are taller, so that they tell without colour.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paths {
    pub ok: String,
    pub part: String,
    pub out: String,
    pub maintained: String,
    pub unknown: String,
}

/// Draws days, oldest first.
pub fn paths(days: &[Day]) -> Paths {
    let mut paths = Paths::default();
    for (i, day) in days.iter().enumerate() {
        let (path, height) = match day.worst {
            None => (&mut paths.unknown, 3),
            Some(ComponentState::Operational) => (&mut paths.ok, 18),
            Some(ComponentState::UnderMaintenance) => (&mut paths.maintained, 18),
            Some(ComponentState::DegradedPerformance) => (&mut paths.part, 26),
            Some(ComponentState::PartialOutage | ComponentState::MajorOutage) => (&mut paths.out, HEIGHT),
        };
        path.push_str(&format!("M{} {}h7v{height}h-7Z", i * WIDTH + 1, HEIGHT - height));
    }
    paths
}

/// The width of the drawing.
pub fn width(days: &[Day]) -> usize {
    days.len() * WIDTH
}

/// Share of the known time in working order, from 0 to 1; None while nothing is known.
pub fn availability(days: &[Day]) -> Option<f64> {
    let known = days.iter().filter(|day| day.worst.is_some()).count();
    let down: u64 = days.iter().map(|day| u64::from(day.down_s)).sum();
    let total = known as f64 * 86_400.0;
    (known > 0).then(|| (1.0 - down as f64 / total).clamp(0.0, 1.0))
}

/// What the drawing shows, in one sentence.
pub fn sentence(name: &str, days: &[Day]) -> String {
    let bad: Vec<String> = days
        .iter()
        .filter(|day| day.worst.is_some_and(|worst| worst > ComponentState::UnderMaintenance))
        .map(|day| format!("{} for {} min", day.date.format("%-d %B"), day.down_s.div_ceil(60)))
        .collect();
    let share = availability(days).map_or_else(
        || "no data yet".to_owned(),
        |share| crate::ui::format::share_to(share, 2),
    );
    match bad.as_slice() {
        [] => format!("{name}: {share}. No interruption known."),
        bad => format!("{name}: {share}. Interrupted on {}.", bad.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn day(day: u32, worst: Option<ComponentState>, down_s: u32) -> Day {
        Day {
            date: NaiveDate::from_ymd_opt(2026, 1, day).expect("a day"),
            worst,
            down_s,
        }
    }

    #[test]
    fn worse_days_are_taller() {
        let days = [
            day(1, None, 0),
            day(2, Some(ComponentState::Operational), 0),
            day(3, Some(ComponentState::DegradedPerformance), 864),
            day(4, Some(ComponentState::MajorOutage), 0),
        ];
        let paths = paths(&days);
        assert_eq!(paths.unknown, "M1 29h7v3h-7Z");
        assert_eq!(paths.ok, "M11 14h7v18h-7Z");
        assert_eq!(paths.part, "M21 6h7v26h-7Z");
        assert_eq!(paths.out, "M31 0h7v32h-7Z");
        assert_eq!(
            availability(&days).map(|share| (share * 10_000.0).round()),
            Some(9967.0)
        );
        assert!(sentence("Shop", &days).contains("3 January for 15 min"));
    }

    #[test]
    fn nothing_known_is_not_zero() {
        assert_eq!(availability(&[day(1, None, 0)]), None);
    }
}
