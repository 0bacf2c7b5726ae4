//! Notices in words: the bell, the page and the mail say the same. Pure.

use domain::deployment::Pause;
use domain::incident::IncidentState;
use domain::notice::{About, Kind, Notice, Way, What};
use domain::release::Decision;

use crate::deployment::words as run_words;
use crate::event_words::Names;
use crate::incident::words as incident_words;
use crate::ui::icon::Glyph;

/// What somebody chooses by.
pub fn kind(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::ApprovalAsked => (
            "Your approval is asked",
            "Somebody asks for approval that you could give.",
        ),
        Kind::ApprovalVoided => (
            "An approval is void",
            "A plan changed after you approved it, or after you asked for its approval.",
        ),
        Kind::Decided => (
            "Decided on yours",
            "Somebody approved or rejected what you planned or asked for.",
        ),
        Kind::NeedsPerson => (
            "A deployment needs a person",
            "One of yours, or of a service that you own, is paused or failed.",
        ),
        Kind::TakenBack => (
            "Taken back",
            "One of yours, or of a service that you own, goes back to what ran before.",
        ),
        Kind::IncidentOpened => ("An incident is opened", "On a service that you own or hold a stake in."),
        Kind::IncidentUpdated => (
            "An incident is updated",
            "On a service that you own or hold a stake in.",
        ),
        Kind::WebhookStopped => (
            "A webhook was stopped",
            "Nothing reached its receiver for days. For administrators.",
        ),
        Kind::AccountChanged => ("Your account is changed", "Somebody else changed by what you sign in."),
    }
}

/// How somebody is told.
pub fn way(way: Way) -> &'static str {
    match way {
        Way::Mail => "Bell and e-mail",
        Way::Bell => "Bell",
        Way::None => "Not at all",
    }
}

/// The outline of a notice.
pub fn glyph(what: &What) -> Glyph {
    match what {
        What::ApprovalAsked => Glyph::Wait,
        What::ApprovalVoided { .. } | What::Paused { .. } => Glyph::Hold,
        What::Decided {
            decision: Decision::Approve,
        } => Glyph::Pass,
        What::Decided {
            decision: Decision::Reject,
        } => Glyph::Block,
        What::Failed => Glyph::Fail,
        What::TakenBack { .. } => Glyph::Back,
        What::IncidentOpened { .. } | What::IncidentSeverity { .. } => Glyph::Hold,
        What::IncidentState { to } | What::StatusPublished { state: to } => incident_words::state(*to).0,
        What::WebhookStopped => Glyph::Paused,
        What::SecondFactorRemoved => Glyph::Hold,
    }
}

/// What it is about, by name: "storefront 1.4.0 to production".
pub fn about(about: &About) -> String {
    match about {
        About::Release {
            service,
            version,
            environment,
        } => format!("{service} {version} to {environment}"),
        About::Deployment {
            number,
            service,
            version,
            environment,
        } => format!("deployment {number}, {service} {version} to {environment}"),
        About::Incident { number, title, .. } => format!("INC-{number} {title}"),
        About::Webhook { name, .. } => name.clone(),
        About::Account => "your account".to_owned(),
    }
}

/// The notice as one sentence without its end: a line of the page, and the subject of a mail.
pub fn line(notice: &Notice) -> String {
    let about = about(&notice.about);
    match &notice.what {
        What::ApprovalAsked => format!("Your approval is asked for {about}"),
        What::ApprovalVoided { .. } => format!("The plan changed, approvals are void: {about}"),
        What::Decided {
            decision: Decision::Approve,
        } => format!("Approved: {about}"),
        What::Decided {
            decision: Decision::Reject,
        } => format!("Rejected: {about}"),
        What::Paused { .. } => format!("Waits for a person: {about}"),
        What::Failed => format!("Failed: {about}"),
        What::TakenBack { .. } => format!("Taken back: {about}"),
        What::IncidentOpened { severity } => {
            format!("{about}, {}", incident_words::severity(*severity).to_lowercase())
        }
        What::IncidentState {
            to: IncidentState::Resolved,
        }
        | What::StatusPublished {
            state: IncidentState::Resolved,
        } => format!("Resolved: {about}"),
        What::IncidentState { to } | What::StatusPublished { state: to } => {
            format!("{}: {about}", incident_words::state(*to).1)
        }
        What::IncidentSeverity { to } => format!("{} severity: {about}", incident_words::severity(*to)),
        What::WebhookStopped => format!("The webhook {about} was stopped"),
        What::SecondFactorRemoved => "Your second factor was removed".to_owned(),
    }
}

/// Why, and what to do about it.
pub fn more(notice: &Notice, names: &Names<'_>) -> String {
    match &notice.what {
        What::ApprovalAsked => format!(
            "{} asks. Read the plan, then approve or reject it.",
            names.by(notice.by)
        ),
        What::ApprovalVoided { count } => {
            let voided = match count {
                0 => "What was asked for does".to_owned(),
                1 => "One approval does".to_owned(),
                count => format!("{count} approvals do"),
            };
            format!(
                "{} changed it. {voided} not count any more; approval has to be asked for again.",
                names.by(notice.by)
            )
        }
        What::Decided { .. } => format!("By {}.", names.by(notice.by)),
        What::Paused { pause } => format!("{} Say how to go on.", pause_reason(pause)),
        What::Failed => "It ended without having brought what it should. See why, and what serves now.".into(),
        What::TakenBack { trigger } => format!("Because of: {}.", run_words::trigger(trigger)),
        What::IncidentOpened { .. } => format!("Opened by {}.", names.by(notice.by)),
        What::IncidentState { .. } | What::IncidentSeverity { .. } | What::StatusPublished { .. } => {
            format!("By {}.", names.by(notice.by))
        }
        What::WebhookStopped => {
            "Nothing reached its receiver for three days. Mend the receiver, then start it again.".into()
        }
        What::SecondFactorRemoved => format!(
            "{} removed it: your password alone signs you in. If you did not ask for that, change your password, and turn it on again.",
            names.by(notice.by)
        ),
    }
}

fn pause_reason(pause: &Pause) -> String {
    match pause {
        Pause::Person { .. } => "Somebody paused it.".into(),
        Pause::Inconclusive { .. } => "The analysis can't tell whether it is well.".into(),
        Pause::Unknown { .. } => "A command may or may not have happened.".into(),
        Pause::Gate { .. } => "A gate does not pass any more.".into(),
        Pause::Drift { .. } => "The target shows something else than was decided.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::By;

    #[test]
    fn a_line_names_what_it_is_about() {
        let notice = Notice {
            what: What::ApprovalAsked,
            about: About::Release {
                service: "storefront".into(),
                version: "1.4.0".into(),
                environment: "production".into(),
            },
            by: By::System,
        };
        assert_eq!(
            line(&notice),
            "Your approval is asked for storefront 1.4.0 to production"
        );
        assert_eq!(notice.about.path(), "/releases/storefront/1.4.0");
    }
}
