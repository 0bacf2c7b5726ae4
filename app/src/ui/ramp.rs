//! The staircase as a glyph: a rollout at a glance, in a list or a plan.

use leptos::prelude::*;

use super::chart::svg::Sheet;

/// How far one step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StepState {
    /// To come: hollow.
    #[default]
    Todo,
    /// Done: slate.
    Done,
    /// Running with a share of the traffic: yellow.
    Canary,
    /// Running without a canary (a batch, a check): sea-blue.
    Moving,
    /// Where it was taken back: red, crossed.
    Taken,
    /// Left out.
    Skipped,
}

impl StepState {
    const fn class(self) -> &'static str {
        match self {
            StepState::Todo => "todo",
            StepState::Done => "done",
            StepState::Canary => "now",
            StepState::Moving => "moving",
            StepState::Taken => "taken",
            StepState::Skipped => "skip-s",
        }
    }
}

/// One step: the share of traffic that it gives, in per cent, and how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RampStep {
    /// Per cent of the traffic, 0 to 100.
    pub weight: u8,
    /// How far it is.
    pub state: StepState,
}

impl RampStep {
    /// A step.
    pub const fn new(weight: u8, state: StepState) -> Self {
        Self { weight, state }
    }
}

/// The staircase glyph.
#[component]
pub fn Ramp(
    /// The steps, in order. A rolling deployment has its batches here, with the share that they complete.
    #[prop(into)]
    steps: Signal<Vec<RampStep>>,
    /// "Canary at 25 %, step 2 of 4". Without it the glyph is decoration beside words that say the same.
    #[prop(optional, into)]
    sentence: MaybeProp<String>,
) -> impl IntoView {
    view! {
        <svg
            class="ramp"
            viewBox="0 0 44 20"
            role=move || sentence.with(Option::is_some).then_some("img")
            aria-label=move || sentence.get()
            aria-hidden=move || sentence.with(Option::is_none).then_some("true")
            inner_html=move || steps.with(|steps| ramp_svg(steps))
        ></svg>
    }
}

/// Width and height of the glyph's drawing.
const WIDE: f64 = 44.0;
const TALL: f64 = 20.0;
/// The lowest step can still be seen.
const LEAST: f64 = 3.0;

/// The inside of the glyph's `<svg viewBox="0 0 44 20">`.
pub fn ramp_svg(steps: &[RampStep]) -> String {
    let mut sheet = Sheet::default();
    let count = f64::from(u16::try_from(steps.len().max(1)).unwrap_or(u16::MAX));
    let gap = if count > 8.0 { 1.0 } else { 3.0 };
    let width = ((WIDE - gap * (count - 1.0)) / count).max(1.0);
    let mut left = 0.0;
    for step in steps {
        let tall = (TALL - 1.0 - LEAST) * rise(step.weight) + LEAST;
        let (x, y, w) = (left + 0.5, TALL - 0.5 - tall, (width - 1.0).max(0.5));
        sheet.raw(&format!(
            r#"<rect class="{}" x="{x:.1}" y="{y:.1}" width="{w:.1}" height="{tall:.1}"/>"#,
            step.state.class()
        ));
        if step.state == StepState::Taken {
            let (far, low) = (x + w, TALL - 0.5);
            sheet.raw(&format!(
                r#"<path class="cross" d="M{x:.1} {low:.1}L{far:.1} {y:.1}"/>"#
            ));
        }
        left += width + gap;
    }
    sheet.done()
}

/// Height of a step as a share of the whole: the root of the weight, so that 1, 5 and 10 per cent differ at 20 px.
fn rise(weight: u8) -> f64 {
    (f64::from(weight.min(100)) / 100.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staircase_rises_within_its_box() {
        let steps: Vec<RampStep> = [10, 25, 50, 100]
            .map(|weight| RampStep::new(weight, StepState::Todo))
            .to_vec();
        let svg = ramp_svg(&steps);
        assert_eq!(svg.matches("<rect").count(), 4);
        assert!(svg.contains(r#"y="0.5""#), "the last step reaches the top: {svg}");
        assert!(!svg.contains("y=\"-"), "{svg}");
    }

    #[test]
    fn only_a_step_taken_back_is_crossed() {
        let steps = [RampStep::new(10, StepState::Done), RampStep::new(50, StepState::Taken)];
        assert_eq!(ramp_svg(&steps).matches("cross").count(), 1);
    }

    #[test]
    fn many_steps_fit() {
        let svg = ramp_svg(&[RampStep::new(100, StepState::Done); 20]);
        let last = svg
            .rsplit("x=\"")
            .next()
            .and_then(|rest| rest.split('"').next())
            .and_then(|x| x.parse::<f64>().ok());
        assert!(last.is_some_and(|x| x < WIDE), "{svg}");
    }
}
