//! Ninety days as one path a state: many equal bars, few nodes.

use domain::status::{ComponentState, Day};

/// Units of a day's bar, of which one is the gap, in a drawing of this height.
const WIDTH: usize = 10;
/// Height of the drawing.
pub const HEIGHT: u32 = 32;
/// From this many days on, "no data" has room on a phone.
const ROOM: usize = 14;

/// The path of each class: worse days are taller, so that they tell without colour.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paths {
    pub ok: String,
    pub part: String,
    pub out: String,
    pub maintained: String,
}

/// Days in a row of which nothing is known, in per cent of the drawing's width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    pub from: f64,
    pub width: f64,
    /// Whether there is room for words.
    pub named: bool,
}

/// Draws the known days, oldest first.
pub fn paths(days: &[Day]) -> Paths {
    let mut paths = Paths::default();
    for (i, day) in days.iter().enumerate() {
        let Some(worst) = day.worst else { continue };
        let (path, height) = match worst {
            ComponentState::Operational => (&mut paths.ok, 18),
            ComponentState::UnderMaintenance => (&mut paths.maintained, 18),
            ComponentState::DegradedPerformance => (&mut paths.part, 26),
            ComponentState::PartialOutage | ComponentState::MajorOutage => (&mut paths.out, HEIGHT),
        };
        path.push_str(&format!("M{} {}h7v{height}h-7Z", i * WIDTH + 1, HEIGHT - height));
    }
    paths
}

/// The days that are not known, each run as one.
pub fn gaps(days: &[Day]) -> Vec<Gap> {
    let percent = |count: usize| count as f64 * 100.0 / days.len() as f64;
    let mut before = 0;
    let mut gaps = Vec::new();
    for run in days.chunk_by(|one, next| one.worst.is_none() == next.worst.is_none()) {
        if run[0].worst.is_none() {
            gaps.push(Gap {
                from: percent(before),
                width: percent(run.len()),
                named: run.len() >= ROOM,
            });
        }
        before += run.len();
    }
    gaps
}

/// The width of the drawing.
pub fn width(days: &[Day]) -> usize {
    days.len() * WIDTH
}

/// Share of the known time in working order, from 0 to 1, rounded down to a hundredth of a per cent: what was
/// interrupted never reads as 100 %. None while nothing is known.
pub fn availability(days: &[Day]) -> Option<f64> {
    let sum = |part: fn(&Day) -> u32| days.iter().map(|day| u64::from(part(day))).sum::<u64>();
    let (known, down) = (sum(|day| day.known_s), sum(|day| day.down_s));
    (known > 0).then(|| (known.saturating_sub(down) * 10_000 / known) as f64 / 10_000.0)
}

/// The share and what it is of: "99.47 % of 12 known days".
pub fn share(days: &[Day]) -> String {
    let Some(share) = availability(days) else {
        return "No data yet".to_owned();
    };
    let known = days.iter().filter(|day| day.worst.is_some()).count();
    let of = match known {
        1 => "1 known day".to_owned(),
        all if all == days.len() => format!("{all} days"),
        some => format!("{some} known days"),
    };
    format!("{} of {of}", crate::ui::format::share_to(share, 2))
}

/// What the drawing shows, in one sentence.
pub fn sentence(name: &str, days: &[Day]) -> String {
    let bad: Vec<String> = days
        .iter()
        .filter(|day| day.worst.is_some_and(|worst| worst > ComponentState::UnderMaintenance))
        .map(|day| format!("{} for {} min", day.date.format("%-d %B"), day.down_s.div_ceil(60)))
        .collect();
    let share = share(days);
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
            known_s: if worst.is_some() { 86_400 } else { 0 },
        }
    }

    fn days() -> [Day; 4] {
        [
            day(1, None, 0),
            day(2, Some(ComponentState::Operational), 0),
            day(3, Some(ComponentState::DegradedPerformance), 864),
            day(4, Some(ComponentState::MajorOutage), 0),
        ]
    }

    #[test]
    fn worse_days_are_taller() {
        let paths = paths(&days());
        assert_eq!(paths.ok, "M11 14h7v18h-7Z");
        assert_eq!(paths.part, "M21 6h7v26h-7Z");
        assert_eq!(paths.out, "M31 0h7v32h-7Z");
    }

    #[test]
    fn the_share_says_what_it_is_of() {
        let days = days();
        assert_eq!(share(&days), "99.66\u{a0}% of 3 known days");
        assert_eq!(share(&days[1..]), "99.66\u{a0}% of 3 days");
        assert_eq!(share(&days[..2]), "100.00\u{a0}% of 1 known day");
        assert!(sentence("Shop", &days).contains("3 January for 15 min"));
    }

    #[test]
    fn today_counts_as_far_as_it_has_come() {
        let mut today = day(4, Some(ComponentState::DegradedPerformance), 360);
        today.known_s = 3_600;
        assert_eq!(share(&[day(3, None, 0), today.clone()]), "90.00\u{a0}% of 1 known day");
        today.down_s = 1;
        assert_eq!(share(&[today]), "99.97\u{a0}% of 1 known day");
    }

    #[test]
    fn nothing_known_is_not_zero() {
        let unknown = [day(1, None, 0), day(2, None, 0)];
        assert_eq!((availability(&unknown), share(&unknown)), (None, "No data yet".into()));
        assert_eq!(availability(&[]), None);
    }

    #[test]
    fn days_without_data_are_one_gap_and_named_where_there_is_room() {
        let mut days = vec![day(1, None, 0); 15];
        days.extend(vec![day(2, Some(ComponentState::Operational), 0); 13]);
        days.extend(vec![day(3, None, 0); 2]);
        let seen: Vec<_> = gaps(&days).iter().map(|gap| (gap.from, gap.width, gap.named)).collect();
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[0], (0.0, 50.0, true));
        assert!((seen[1].0 - 93.33).abs() < 0.01 && !seen[1].2, "{seen:?}");
        assert!(gaps(&days[15..28]).is_empty());
    }
}
