//! Webhooks in words. Pure.

use crate::event_words::{Names, tell};
use crate::notice::words::about;
use crate::ui::Glyph;
use domain::webhook::{DeliveryState, Form, Kind, Report};

/// What can be reported.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::ApprovalRequested => "Approval is asked for",
        Kind::ApprovalDecided => "Somebody approved or rejected",
        Kind::ApprovalVoided => "Approvals are void",
        Kind::DeploymentRequested => "A deployment is asked for",
        Kind::DeploymentStarted => "A deployment starts",
        Kind::DeploymentPaused => "A deployment is paused",
        Kind::DeploymentInProduction => "A deployment serves everybody",
        Kind::DeploymentTakenBack => "A deployment is taken back",
        Kind::DeploymentEnded => "A deployment ends",
        Kind::IncidentOpened => "An incident is opened",
        Kind::IncidentUpdated => "An incident is updated",
        Kind::Test => "A test",
    }
}

/// In which form it is reported.
pub fn form(form: Form) -> &'static str {
    match form {
        Form::Standard => "JSON, signed as Standard Webhooks",
        Form::Slack => "A message, as Slack takes it",
    }
}

/// How far a delivery is.
pub fn state(state: DeliveryState) -> (Glyph, &'static str) {
    match state {
        DeliveryState::Waiting => (Glyph::Wait, "Waiting"),
        DeliveryState::Delivered => (Glyph::Pass, "Delivered"),
        DeliveryState::Failed => (Glyph::Fail, "Not delivered"),
    }
}

/// A report as one message of a chat, with a link to what it is about.
pub fn slack(report: &Report, url: &str) -> String {
    let about = escape(&about(&report.about));
    match &report.event {
        Some(event) => {
            let told = escape(&tell(event, &Names::default()).text);
            format!("*{about}*: {told}. <{url}|Open in Slipway>")
        }
        None => format!("*{about}*: this is a test. <{url}|Open in Slipway>"),
    }
}

/// The three characters that Slack gives a meaning to.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::By;
    use domain::event::Event;
    use domain::notice::About;

    #[test]
    fn a_title_calls_nobody_in_a_chat() {
        let report = Report {
            about: About::Incident {
                number: 7,
                service: "storefront".into(),
                title: "Orders <!channel> & more".into(),
            },
            by: By::System,
            event: Some(Event::IncidentOpened {
                number: 7,
                deployment: None,
            }),
        };
        let text = slack(&report, "https://slipway.example.com/incidents/7");
        assert!(
            text.starts_with("*INC-7 Orders &lt;!channel&gt; &amp; more*: "),
            "{text}"
        );
        assert!(
            text.ends_with(". <https://slipway.example.com/incidents/7|Open in Slipway>"),
            "{text}"
        );
    }
}
