//! What came from outside, in words. Pure.

use super::Told;
use crate::ui::icon::{Glyph, Tone};
use domain::event::Event;
use domain::outside::OutsideState;

/// Something else deployed, or the source repository published.
pub(super) fn outside(event: &Event) -> Option<Told> {
    match event {
        Event::DeployedOutside {
            environment,
            version,
            state,
            tool,
            within,
        } => {
            let deed = match state {
                OutsideState::Started => format!("{tool} began to bring {version} to {environment}"),
                OutsideState::Succeeded => format!("{tool} brought {version} to {environment}"),
                OutsideState::Failed => format!("{tool} failed to bring {version} to {environment}"),
            };
            Some(match within {
                Some(number) => Told::dot(format!("{deed}, as part of deployment {number}")),
                None => Told {
                    glyph: match state {
                        OutsideState::Failed => Glyph::Fail,
                        _ => Glyph::Hold,
                    },
                    tone: Tone::Hold,
                    text: format!("{deed} from outside: no gate was asked"),
                },
            })
        }
        Event::SourceAsked { secret: Some(name) } => Some(Told::dot(format!(
            "GitHub is asked for missed deliveries, by the token in {name}"
        ))),
        Event::SourceAsked { secret: None } => Some(Told::dot("GitHub is not asked for missed deliveries any more")),
        Event::ReleasePublished { tag } => Some(Told::dot(format!("Published on GitHub as {tag}"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_around_the_gates_says_so() {
        let told = |within| {
            let event = Event::DeployedOutside {
                environment: "production".into(),
                version: "1.4.0".into(),
                state: OutsideState::Succeeded,
                tool: "Argo CD".into(),
                within,
            };
            outside(&event).map(|told| told.text)
        };
        assert_eq!(
            told(None).as_deref(),
            Some("Argo CD brought 1.4.0 to production from outside: no gate was asked")
        );
        assert_eq!(
            told(Some(12)).as_deref(),
            Some("Argo CD brought 1.4.0 to production, as part of deployment 12")
        );
    }
}
