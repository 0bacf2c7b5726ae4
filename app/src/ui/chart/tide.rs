//! A day, or a week, in stretches: windows, deployments, freezes. What may not be deployed to is hatched.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::draw::{self, Around, FOOT};
use super::scale::Span;
use super::svg::Sheet;
use crate::ui::time::{Stamp, use_clock};
use crate::ui::zone::Zone;

/// What a stretch of time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StretchKind {
    /// A window, or a deployment planned in it.
    Window,
    /// A canary that runs.
    Canary,
    /// A freeze, a lock, peak hours: hatched.
    Frozen,
}

/// A stretch of time with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its beginning; may lie before the axis.
    pub from: DateTime<Utc>,
    /// Its end; may lie behind the axis.
    pub to: DateTime<Utc>,
    /// "payments production frozen: card-scheme audit".
    pub label: String,
    /// What it is.
    pub kind: StretchKind,
}

/// Height of a row in px: words, then the bar.
const ROW: f64 = 38.0;

/// Stretches below one another over one axis, with the now-line through them. The same in words for those who listen.
#[component]
pub fn Tide(
    /// The stretches; each has a row.
    #[prop(into)]
    stretches: Signal<Vec<Stretch>>,
    /// Left end.
    #[prop(into)]
    from: Signal<DateTime<Utc>>,
    /// Right end.
    #[prop(into)]
    to: Signal<DateTime<Utc>>,
    /// The now-line.
    #[prop(optional, into)]
    now: MaybeProp<DateTime<Utc>>,
) -> impl IntoView {
    let clock = use_clock();
    let span = move || Span {
        from: from.get(),
        to: to.get(),
    };
    let drawing = move || {
        let zone = clock.zone();
        stretches.with(|stretches| tide_svg(stretches, span(), now.get(), &zone))
    };
    let height = move || stretches.with(|stretches| height(stretches.len())).to_string();
    let label = move || {
        let zone = clock.zone();
        stretches.with(|stretches| spoken(stretches, &zone))
    };
    view! { <svg class="chart tide" height=height role="img" aria-label=label inner_html=drawing></svg> }
}

fn height(rows: usize) -> f64 {
    f64::from(u16::try_from(rows.max(1)).unwrap_or(u16::MAX)) * ROW + FOOT
}

fn spoken(stretches: &[Stretch], zone: &Zone) -> String {
    if stretches.is_empty() {
        return "Nothing planned".to_owned();
    }
    let one = |stretch: &Stretch| {
        let (from, to) = (zone.write(stretch.from, Stamp::Day), zone.write(stretch.to, Stamp::Day));
        format!("{}, {from} to {to}", stretch.label)
    };
    stretches.iter().map(one).collect::<Vec<_>>().join(". ")
}

/// The inside of the `<svg>`.
pub fn tide_svg(stretches: &[Stretch], span: Span, now: Option<DateTime<Utc>>, zone: &Zone) -> String {
    let mut sheet = Sheet::default();
    let foot = height(stretches.len()) - FOOT;
    for (at, _) in span.ticks(zone, 6) {
        sheet.upright("grid", span.place(at), 0.0, foot);
    }
    sheet.level("base", 0.0, 100.0, foot - 0.5);
    if let Some(now) = now.filter(|now| span.holds(*now)) {
        sheet.upright("now-l", span.place(now), 0.0, foot);
    }
    for (stretch, n) in stretches.iter().zip(0_u16..) {
        row(&mut sheet, stretch, span, f64::from(n) * ROW);
    }
    let around = Around {
        span,
        now,
        marks: &[],
        zone,
        axis: true,
        ends: false,
    };
    draw::time_words(&mut sheet, &around, foot);
    sheet.done()
}

fn row(sheet: &mut Sheet, stretch: &Stretch, span: Span, top: f64) {
    let (left, right) = (
        span.place(stretch.from).clamp(0.0, 100.0),
        span.place(stretch.to).clamp(0.0, 100.0),
    );
    let class = match stretch.kind {
        StretchKind::Window => "win",
        StretchKind::Canary => "can",
        StretchKind::Frozen => "frz",
    };
    // Words begin at the bar; where they would leave the sheet they end with it.
    if left > 60.0 {
        sheet.text("t halo fin", right.max(left), 0.0, top + 16.0, &stretch.label);
    } else {
        sheet.text("t halo", left, 0.0, top + 16.0, &stretch.label);
    }
    sheet.rect(class, left, top + 22.0, (right - left).max(0.6), 9.0);
}

#[cfg(test)]
mod tests {
    use super::super::sample::at;
    use super::*;

    #[test]
    fn what_is_frozen_is_hatched_and_cut_at_the_axis() {
        let span = Span {
            from: at("2024-01-15T06:00:00Z"),
            to: at("2024-01-15T22:00:00Z"),
        };
        let stretch = Stretch {
            from: at("2024-01-14T06:00:00Z"),
            to: at("2024-01-16T06:00:00Z"),
            label: "payments frozen".into(),
            kind: StretchKind::Frozen,
        };
        let svg = tide_svg(&[stretch], span, None, &Zone::utc());
        assert!(
            svg.contains(r#"<rect class="frz" x="0%" y="22.0" width="100%""#),
            "{svg}"
        );
    }
}
