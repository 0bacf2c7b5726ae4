//! Events in words: for the history of a release, the timeline of an incident, the marks of a chart. Pure.
//!
//! Events hold people, items and steps by id. [`Names`] brings what a page knows of them.

mod door;

use domain::access::{By, Person, Role};
use domain::check::CheckState;
use domain::event::Event;
use domain::gate::LockReason;
use domain::id::{ItemId, PersonId};
use domain::plan::Step;
use domain::release::{Decision, Item, ItemState};
use domain::status::ComponentState;

use crate::deployment::words as run_words;
use crate::incident::words as incident_words;
use crate::ui::format;
use crate::ui::icon::{Glyph, Tone};

mod outside;

/// What a page knows by name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<'a> {
    people: &'a [Person],
    items: &'a [Item],
    steps: &'a [Step],
    reader: Option<PersonId>,
}

impl<'a> Names<'a> {
    /// The people whom a page mentions.
    pub fn of(people: &'a [Person]) -> Self {
        Names {
            people,
            ..Names::default()
        }
    }

    /// With the items of a release's checklist.
    #[must_use]
    pub fn with_items(self, items: &'a [Item]) -> Self {
        Names { items, ..self }
    }

    /// With the steps of a deployment's plan.
    #[must_use]
    pub fn with_steps(self, steps: &'a [Step]) -> Self {
        Names { steps, ..self }
    }

    /// Said to this person: "you" in lists of those who can clear something.
    #[must_use]
    pub fn to(self, reader: PersonId) -> Self {
        Names {
            reader: Some(reader),
            ..self
        }
    }

    /// A person's name. Names live in one erasable row: who has none any more is "somebody who left".
    pub fn person(&self, id: PersonId) -> &'a str {
        let found = self.people.iter().find(|person| person.id == id);
        found
            .map(|person| person.name.as_str())
            .filter(|name| !name.is_empty())
            .unwrap_or("somebody who left")
    }

    /// Who did it: "Ana Ruiz", "the machine", "Slipway".
    pub fn by(&self, by: By) -> &'a str {
        match by {
            By::Person(id) => self.person(id),
            By::Token(by) => self.person(by.person),
            By::Engine => "the machine",
            By::System => "Slipway",
        }
    }

    /// Behind a deed: " by Ana Ruiz". Empty on a page that knows nobody.
    pub fn by_whom(&self, id: PersonId) -> String {
        if self.people.is_empty() {
            return String::new();
        }
        format!(" by {}", self.person(id))
    }

    /// Who did what a line of a timeline tells: "by Ana Ruiz". None for the machine, which does most of it, and where the
    /// line names the person already.
    pub fn doer(&self, by: By, told: &str) -> Option<String> {
        let name = match by {
            By::Engine => return None,
            By::Person(_) | By::Token(_) | By::System => self.by(by),
        };
        (!told.contains(name)).then(|| format!("by {name}"))
    }

    /// Several people, the reader last: "Sam Adeyemi, Lena Fischer or you". Empty for nobody.
    pub fn any_of(&self, people: &[PersonId]) -> String {
        self.joined(people, "or", "you")
    }

    /// Several people, the reader last: "Ana Ruiz and you". Empty for nobody.
    pub fn all_of(&self, people: &[PersonId]) -> String {
        self.joined(people, "and", "you")
    }

    fn joined(&self, people: &[PersonId], word: &str, you: &str) -> String {
        let mut names: Vec<&str> = people
            .iter()
            .filter(|id| Some(**id) != self.reader)
            .map(|id| self.person(*id))
            .collect();
        names.sort_unstable();
        names.dedup();
        if people.iter().any(|id| Some(*id) == self.reader) {
            names.push(you);
        }
        join(&names, word)
    }

    fn item(&self, id: ItemId) -> String {
        let found = self.items.iter().find(|item| item.id == id);
        found.map_or_else(|| "an item".to_owned(), |item| format!("“{}”", item.text))
    }

    fn step(&self, index: u32) -> String {
        let found = self.steps.get(index as usize);
        found.map_or_else(
            || format!("Step {}", index + 1),
            |step| format!("Step {}: {}", index + 1, run_words::step(step)),
        )
    }
}

/// "a", "a or b", "a, b or c".
pub fn join(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [before @ .., end] => format!("{} {last} {end}", before.join(", ")),
    }
}

/// An event as it is told: the outline in the margin, and a sentence without its subject, which stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Outline in the margin.
    pub glyph: Glyph,
    /// Its colour.
    pub tone: Tone,
    /// "Asked for approval of production, plan 41c609be".
    pub text: String,
}

impl Told {
    fn new(glyph: Glyph, text: impl Into<String>) -> Told {
        Told {
            glyph,
            tone: glyph.tone(),
            text: text.into(),
        }
    }

    fn dot(text: impl Into<String>) -> Told {
        Told::new(Glyph::Dot, text)
    }
}

/// Puts an event into words.
pub fn tell(event: &Event, names: &Names<'_>) -> Told {
    instance(event, names)
        .or_else(|| door::told(event, names))
        .or_else(|| service(event))
        .or_else(|| release(event, names))
        .or_else(|| deployment(event, names))
        .or_else(|| incident(event).or_else(|| outside::outside(event)))
        .unwrap_or_else(|| Told::dot("Something happened"))
}

/// A role within a sentence.
fn role(role: Role) -> String {
    crate::words::role(role).to_lowercase()
}

/// Names of fields as people say them: "root cause, window". Each is named once, without its place in a list.
pub fn fields(fields: &[String]) -> String {
    let mut names: Vec<String> = fields
        .iter()
        .map(|field| {
            field
                .split('.')
                .filter(|part| part.parse::<u32>().is_err())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .map(|field| field.replace('_', " "))
        .collect();
    names.dedup();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

/// Where a team gives a role.
fn on(place: &str) -> String {
    if place.is_empty() {
        "on the whole instance".to_owned()
    } else {
        format!("on {place}")
    }
}

fn instance(event: &Event, names: &Names<'_>) -> Option<Told> {
    Some(Told::dot(match event {
        Event::InstanceSetUp => "Slipway set up".to_owned(),
        Event::PersonJoined { role: r } => format!("Joined as {}", role(*r)),
        Event::PersonInvited { role: r } => format!("Invited somebody as {}", role(*r)),
        Event::InvitationRevoked => "Invitation taken back".to_owned(),
        Event::RoleChanged { person, from, to } => {
            format!("{} is {} now, was {}", names.person(*person), role(*to), role(*from))
        }
        Event::PersonDeactivated { person } => format!("{} deactivated", names.person(*person)),
        Event::PersonReactivated { person } => format!("{} active again", names.person(*person)),
        Event::TeamCreated { name } => format!("Team {name} made"),
        Event::TeamChanged { name, fields: f } => format!("Team {name} changed: {}", fields(f)),
        Event::TeamRemoved { name } => format!("Team {name} removed"),
        Event::MemberAdded { person } => format!("{} added to the team", names.person(*person)),
        Event::MemberRemoved { person } => format!("{} taken out of the team", names.person(*person)),
        Event::TeamRoleGiven { role: r, place, .. } => format!("The team gives {} {}", role(*r), on(place)),
        Event::TeamRoleTaken { role: r, place, .. } => format!("The team gives {} no more {}", role(*r), on(place)),
        Event::ServiceHandedOver { from, to: Some(to) } => {
            format!(
                "{} left, {} owns the service now",
                names.person(*from),
                names.person(*to)
            )
        }
        Event::ServiceHandedOver { from, to: None } => {
            format!("{} left, the other owners keep the service", names.person(*from))
        }
        Event::ServiceAccountCreated { role: r } => format!("Service account made as {}", role(*r)),
        Event::ServiceAccountRemoved => "Service account removed".to_owned(),
        Event::FeedMade => "Address of the calendar made".to_owned(),
        Event::FeedEnded => "Address of the calendar ended".to_owned(),
        Event::ProfileChanged => "Profile changed".to_owned(),
        Event::PasswordChanged => "Password changed".to_owned(),
        Event::SignedIn => "Signed in".to_owned(),
        Event::SignedOut => "Signed out".to_owned(),
        Event::JobRetried { .. } => "Job tried again".to_owned(),
        Event::JobRemoved { .. } => "Job removed".to_owned(),
        Event::NoticesChosen => "Changed what they are told".to_owned(),
        Event::PasswordResetAsked => "Asked for a new password".to_owned(),
        Event::PasswordReset => "Set a new password by a link".to_owned(),
        Event::WebhookAdded { name, .. } => format!("Webhook {name} added"),
        Event::WebhookChanged { fields: changed, .. } => format!("Webhook changed: {}", fields(changed)),
        Event::WebhookSecretRenewed { .. } => "Webhook's secret renewed".to_owned(),
        Event::WebhookStopped { .. } => "Webhook stopped".to_owned(),
        Event::WebhookTested { .. } => "Test sent to a webhook".to_owned(),
        Event::WebhookResent { .. } => "Delivery sent to a webhook again".to_owned(),
        Event::WebhookStarted { .. } => "Webhook started".to_owned(),
        Event::WebhookRemoved { name, .. } => format!("Webhook {name} removed"),
        Event::SampleLoaded => "Sample workspace loaded".to_owned(),
        Event::SampleRemoved => "Sample workspace removed".to_owned(),
        Event::TokenMade { scopes, .. } => format!(
            "Access token made: {}",
            scopes.iter().map(|scope| scope.key()).collect::<Vec<_>>().join(", ")
        ),
        Event::TokenRevoked { .. } => "Access token revoked".to_owned(),
        _ => return None,
    }))
}

fn service(event: &Event) -> Option<Told> {
    Some(match event {
        Event::ServiceCreated { name } => Told::dot(format!("Service {name} set up")),
        Event::ServiceChanged { fields: f, .. } => Told::dot(format!("Service changed: {}", fields(f))),
        Event::ServiceRemoved => Told::dot("Service removed"),
        Event::SourceConnected => Told::dot("Connected to its source repository"),
        Event::SourceDisconnected => Told::dot("Disconnected from its source repository"),
        Event::CommitsPushed { branch, count } => {
            let commits = format::counted(u64::from(*count), "commit", "commits");
            Told::dot(format!("{commits} pushed to {branch}"))
        }
        Event::EnvironmentChanged { fields: f, .. } => Told::dot(format!("Environment changed: {}", fields(f))),
        Event::PolicySaved { version, voided: 0, .. } => Told::dot(format!("Policy version {version} saved")),
        Event::PolicySaved { version, voided, .. } => {
            let voided = format::counted(u64::from(*voided), "request", "requests");
            Told::new(
                Glyph::Hold,
                format!("Policy version {version} saved, {voided} for approval void"),
            )
        }
        Event::Locked { reason, .. } => Told::new(Glyph::Lock, locked(reason)),
        Event::SecretSet { name, version } => Told::dot(format!("Secret {name} set, version {version}")),
        Event::SecretRemoved { name } => Told::dot(format!("Secret {name} removed")),
        Event::Unlocked { .. } => Told::dot("Lock lifted"),
        Event::LineStopped { reason, .. } => Told::new(Glyph::Lock, format!("The line is stopped: {reason}")),
        Event::LineReleased { .. } => Told::dot("The line is released"),
        Event::TimeSet { kind, name, .. } => Told::new(
            Glyph::Lock,
            format!("{} set: {name}", crate::freeze::words::kind(*kind)),
        ),
        Event::TimeEnded { name, .. } => Told::dot(format!("{name} ended, on the calendar")),
        Event::TimesOverridden {
            environment, reason, ..
        } => Told::new(
            Glyph::Hold,
            format!("Let into {environment} against the calendar: {}", reason.trim()),
        ),
        _ => return None,
    })
}

fn locked(reason: &LockReason) -> String {
    match reason {
        LockReason::Words { text } => format!("Environment locked: {text}"),
        LockReason::TakenBack { version, .. } => format!("Environment locked so that {version} is not deployed again"),
    }
}

fn release(event: &Event, names: &Names<'_>) -> Option<Told> {
    Some(match event {
        Event::ReleasePlanned { version } => Told::dot(format!("{version} planned")),
        Event::ReleaseChanged {
            fields: f,
            digest_changed: false,
            ..
        } => Told::dot(format!("Plan changed: {}", fields(f))),
        Event::ReleaseChanged {
            fields: f,
            digest_changed: true,
            ..
        } => Told::dot(format!("Plan changed: {}. Something else would run now", fields(f))),
        Event::ItemChanged { item, to } => {
            let item = names.item(*item);
            match to {
                ItemState::Open => Told::new(Glyph::Box, format!("Opened {item} again")),
                ItemState::Done => Told::new(Glyph::Boxed, format!("Ticked {item}")),
                ItemState::NotApplicable => Told::new(Glyph::BoxNa, format!("Marked {item} as not applicable")),
            }
        }
        Event::CheckReported { check, state } => match state {
            CheckState::Running => Told::dot(format!("Check {check} runs")),
            CheckState::Passed => Told::new(Glyph::Pass, format!("Check {check} passed")),
            CheckState::Failed => Told::new(Glyph::Fail, format!("Check {check} failed")),
        },
        Event::ApprovalRequested {
            environment, digest, ..
        } => {
            let short: String = digest.to_string().chars().take(8).collect();
            Told::new(
                Glyph::Wait,
                format!("Asked for approval of {environment}, plan {short}"),
            )
        }
        Event::Decided {
            environment,
            decision,
            comment,
            ..
        } => decided(environment, *decision, comment),
        Event::ApprovalsVoided { environment, count } => {
            let count = format::counted(u64::from(*count), "approval", "approvals");
            Told::new(Glyph::Off, format!("{count} of {environment} void: the plan changed"))
        }
        _ => return None,
    })
}

fn decided(environment: &str, decision: Decision, comment: &str) -> Told {
    let said = if comment.trim().is_empty() {
        String::new()
    } else {
        format!(": “{}”", comment.trim())
    };
    match decision {
        Decision::Approve => Told::new(Glyph::Pass, format!("Approved for {environment}{said}")),
        Decision::Reject => Told::new(Glyph::Block, format!("Rejected for {environment}{said}")),
    }
}

fn deployment(event: &Event, names: &Names<'_>) -> Option<Told> {
    Some(match event {
        Event::DeploymentRequested {
            environment, version, ..
        } => Told::dot(format!("Asked to bring {version} to {environment}")),
        Event::DeploymentStarted => Told::new(Glyph::Run, "Started"),
        Event::StepStarted { step } => Told::dot(format!("{}, begun", names.step(*step))),
        Event::StepDone { step } => Told::dot(format!("{}, done", names.step(*step))),
        Event::CommandStarted { command, .. } => Told::dot(format!("Command {} started", command.key())),
        Event::CommandEnded {
            command,
            exit_code: Some(0),
            ..
        } => Told::dot(format!("Command {} done", command.key())),
        Event::CommandEnded {
            command,
            exit_code: Some(code),
            ..
        } => Told::new(
            Glyph::Fail,
            format!("Command {} ended with exit code {code}", command.key()),
        ),
        Event::CommandEnded {
            command,
            exit_code: None,
            ..
        } => Told::new(
            Glyph::Unknown,
            format!("Command {} ended without an exit code", command.key()),
        ),
        Event::AnalysisFailed { metrics } => Told {
            glyph: Glyph::Block,
            tone: Tone::Fail,
            text: format!("Analysis failed: {}", fields(metrics)),
        },
        Event::Paused { pause } => Told::new(Glyph::Paused, run_words::paused(pause, names)),
        Event::Resumed => Told::new(Glyph::Run, "Goes on"),
        Event::Steered { act } => Told::dot(format!("{} asked for", run_words::steer(act))),
        Event::SteerRefused { act } => Told::new(Glyph::Off, format!("{} no longer fitted", run_words::steer(act))),
        Event::TakingBack { trigger } => Told::new(Glyph::Back, format!("Taken back: {}", run_words::trigger(trigger))),
        Event::RollbackCreated { .. } => Told::new(Glyph::Back, "Rollback begun as a deployment of its own"),
        Event::Restored { version: Some(version) } => {
            Told::new(Glyph::Pass, format!("{version} serves everything again"))
        }
        Event::Restored { version: None } => Told::new(Glyph::Pass, "What ran before serves everything again"),
        Event::StateChanged { from, to } => {
            let (glyph, word) = run_words::state(*to);
            Told::new(
                glyph,
                format!("{word}, was {}", run_words::state(*from).1.to_lowercase()),
            )
        }
        Event::Ended { outcome } => run_words::ended(outcome, names),
        other => return traffic(other),
    })
}

fn traffic(event: &Event) -> Option<Told> {
    Some(match event {
        Event::WeightDecided { percent } => Told::dot(format!(
            "Canary to get {} of traffic",
            format::percent(f64::from(*percent))
        )),
        Event::WeightReached { percent: 0 } => Told::new(Glyph::Back, "Canary at 0\u{a0}%: stable serves everything"),
        Event::WeightReached { percent } => Told::new(
            Glyph::Run,
            format!("Canary at {}", format::percent(f64::from(*percent))),
        ),
        Event::WeightReasserted { want, seen } => {
            let (want, seen) = (format::percent(f64::from(*want)), format::percent(f64::from(*seen)));
            Told::new(
                Glyph::Hold,
                format!("Canary stood at {seen} instead of {want}, set again"),
            )
        }
        Event::InProduction => Told::new(Glyph::Pass, "Serves everything"),
        _ => return None,
    })
}

fn incident(event: &Event) -> Option<Told> {
    Some(match event {
        Event::IncidentOpened { number, .. } => Told::new(Glyph::Hold, format!("INC-{number} opened")),
        Event::IncidentLinked { .. } => Told::dot("Incident drafted"),
        Event::IncidentChanged { fields: f } => Told::dot(format!("Report changed: {}", fields(f))),
        Event::IncidentStateChanged { to } => {
            let (glyph, word) = incident_words::state(*to);
            Told::new(glyph, word)
        }
        Event::IncidentSeverityChanged { to } => {
            Told::dot(format!("Severity {}", incident_words::severity(*to).to_lowercase()))
        }
        Event::StatusPublished { state } => Told::new(
            Glyph::Say,
            format!("Public update: {}", incident_words::state(*state).1.to_lowercase()),
        ),
        Event::ActionItemAdded { text } => Told::dot(format!("Action item: {text}")),
        Event::ActionItemDone { text } => Told::new(Glyph::Pass, format!("Action item done: {text}")),
        Event::ComponentChanged { to } => Told::new(Glyph::Say, format!("Status page: {}", component(*to))),
        _ => return None,
    })
}

fn component(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Operational => "operational",
        ComponentState::UnderMaintenance => "under maintenance",
        ComponentState::DegradedPerformance => "degraded performance",
        ComponentState::PartialOutage => "partial outage",
        ComponentState::MajorOutage => "major outage",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::deployment::{State, Trigger};
    use domain::id::RequestId;
    use uuid::Uuid;

    fn person(n: u128, name: &str) -> Person {
        let id = PersonId(Uuid::from_u128(n));
        Person {
            id,
            name: name.into(),
            email: String::new(),
            role: Role::Engineer,
            active: true,
        }
    }

    #[test]
    fn the_reader_is_told_last_and_as_you() {
        let people = [
            person(1, "Sam Adeyemi"),
            person(2, "Lena Fischer"),
            person(3, "Mira Okafor"),
        ];
        let ids: Vec<PersonId> = people.iter().map(|person| person.id).collect();
        assert_eq!(
            Names::of(&people).to(ids[0]).any_of(&ids),
            "Lena Fischer, Mira Okafor or you"
        );
        assert_eq!(Names::of(&people).any_of(&ids[..1]), "Sam Adeyemi");
        assert_eq!(Names::of(&people).any_of(&[]), "");
    }

    #[test]
    fn whose_name_is_erased_is_not_named() {
        let people = [person(1, "")];
        assert_eq!(Names::of(&people).person(people[0].id), "somebody who left");
        assert_eq!(Names::default().by(By::Engine), "the machine");
        assert_eq!(Names::default().by_whom(people[0].id), "");
    }

    #[test]
    fn a_line_names_its_doer_once_and_the_machine_never() {
        let people = [person(1, "Ana Ruiz")];
        let (names, by) = (Names::of(&people), By::Person(people[0].id));
        assert_eq!(names.doer(by, "Pause asked for").as_deref(), Some("by Ana Ruiz"));
        assert_eq!(names.doer(by, "Paused by Ana Ruiz"), None);
        assert_eq!(names.doer(By::Engine, "Canary at 10\u{a0}%"), None);
        assert_eq!(names.by_whom(people[0].id), " by Ana Ruiz");
    }

    #[test]
    fn a_decision_quotes_its_comment() {
        let event = Event::Decided {
            request: RequestId(Uuid::nil()),
            environment: "production".into(),
            decision: Decision::Reject,
            comment: " not on a Friday ".into(),
        };
        let told = tell(&event, &Names::default());
        assert_eq!(told.text, "Rejected for production: “not on a Friday”");
        assert_eq!(told.tone, Tone::Fail);
    }

    #[test]
    fn fields_lose_their_places_in_lists() {
        let changed = ["changes.0.text", "changes.1.text", "rollback_plan"].map(str::to_owned);
        assert_eq!(fields(&changed), "changes text, rollback plan");
    }

    #[test]
    fn a_rollback_and_its_end_read_as_deeds() {
        let names = Names::default();
        assert_eq!(
            tell(
                &Event::TakingBack {
                    trigger: Trigger::ErrorRate
                },
                &names
            )
            .text,
            "Taken back: error rate"
        );
        assert_eq!(
            tell(&Event::WeightReached { percent: 25 }, &names).text,
            "Canary at 25\u{a0}%"
        );
        let ended = Event::StateChanged {
            from: State::Running,
            to: State::RolledBack,
        };
        assert_eq!(tell(&ended, &names).text, "Rolled back, was rolling out");
    }
}
