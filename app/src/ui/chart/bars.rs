//! Bars: a distribution, or counts of a few kinds. Their values stand above them; there is no axis to read.

use leptos::prelude::*;

use super::Unit;
use super::svg::Sheet;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Below it: "30 min".
    pub label: String,
    /// Its height.
    pub value: f64,
    /// Beyond the goal: red.
    pub bad: bool,
}

impl Bar {
    /// An ordinary bar.
    pub fn new(label: impl Into<String>, value: f64) -> Self {
        Self {
            label: label.into(),
            value,
            bad: false,
        }
    }

    /// One beyond the goal.
    #[must_use]
    pub fn bad(mut self) -> Self {
        self.bad = true;
        self
    }
}

/// A goal between two bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// How many bars lie within the goal.
    pub after: u16,
    /// "goal".
    pub label: String,
}

/// Room above the bars for their values.
const HEAD: f64 = 16.0;
const FOOT: f64 = 18.0;

/// A chart of bars.
#[component]
pub fn BarChart(
    /// What it shows, above it.
    #[prop(into)]
    title: String,
    /// The bars, left to right.
    #[prop(into)]
    bars: Signal<Vec<Bar>>,
    /// What they count.
    #[prop(optional)]
    unit: Unit,
    /// Whole height in px.
    #[prop(default = 116)]
    height: u16,
    /// A goal between two of them.
    #[prop(optional, into)]
    goal: MaybeProp<Threshold>,
    /// What it shows, in words; made of the bars if there is none.
    #[prop(optional, into)]
    sentence: Option<String>,
) -> impl IntoView {
    let name = title.clone();
    let spoken = move || {
        sentence
            .clone()
            .unwrap_or_else(|| bars.with(|bars| spoken(&name, bars, unit)))
    };
    view! {
        <figure class="chart-box">
            <figcaption>{title}</figcaption>
            <svg
                class="chart"
                height=height.to_string()
                role="img"
                aria-label=spoken
                inner_html=move || bars.with(|bars| bars_svg(bars, unit, f64::from(height), goal.get().as_ref()))
            ></svg>
        </figure>
    }
    .into_any()
}

fn spoken(title: &str, bars: &[Bar], unit: Unit) -> String {
    let parts: Vec<String> = bars
        .iter()
        .map(|bar| format!("{} {}", bar.label, unit.write(bar.value)))
        .collect();
    format!("{title}: {}", parts.join(", "))
}

/// The inside of the `<svg>`.
pub fn bars_svg(bars: &[Bar], unit: Unit, height: f64, goal: Option<&Threshold>) -> String {
    let mut sheet = Sheet::default();
    let foot = height - FOOT;
    sheet.level("base", 0.0, 100.0, foot);
    let most = bars
        .iter()
        .map(|bar| bar.value)
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max);
    let count = u16::try_from(bars.len()).unwrap_or(u16::MAX);
    let slot = 100.0 / f64::from(count.max(1));
    for (bar, n) in bars.iter().zip(0_u16..) {
        let (left, width) = (slot * (f64::from(n) + 0.14), slot * 0.72);
        let tall = if most > 0.0 {
            (foot - HEAD) * bar.value.max(0.0) / most
        } else {
            0.0
        };
        let (top, middle) = (foot - tall, left + width / 2.0);
        let bad = if bar.bad { " bad" } else { "" };
        sheet.rect(&format!("bar-s{bad}"), left, top, width, tall);
        sheet.level(&format!("bar-t{bad}"), left, left + width, top);
        sheet.text("mid", middle, 0.0, top - 4.0, &unit.write(bar.value));
        sheet.text("mid", middle, 0.0, height - 3.0, &bar.label);
    }
    if let Some(goal) = goal {
        let x = slot * f64::from(goal.after);
        sheet.upright("goal", x, HEAD - 4.0, foot);
        sheet.text("goal-t halo", x, 5.0, HEAD + 4.0, &goal.label);
    }
    sheet.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tallest_bar_leaves_room_for_its_value() {
        let svg = bars_svg(
            &[Bar::new("a", 148.0), Bar::new("b", 74.0).bad()],
            Unit::Count,
            116.0,
            None,
        );
        assert!(svg.contains(r#"y="16.0""#), "{svg}");
        assert!(svg.contains("bar-s bad"), "{svg}");
    }

    #[test]
    fn nothing_at_all_is_a_base_line() {
        assert_eq!(bars_svg(&[], Unit::Count, 116.0, None).matches("<line").count(), 1);
        let zero = bars_svg(&[Bar::new("a", 0.0)], Unit::Count, 116.0, None);
        assert!(!zero.contains("NaN"), "{zero}");
    }
}
