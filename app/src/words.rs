//! Words for what is wrong. Reasons are values everywhere else; here they become sentences: what is wrong, and what would be right.

use crate::error::{AppError, Code};
use domain::access::{Action, Role};
use domain::deployment::SteerRefused;
use domain::field::Problem;

/// What is wrong with a field.
pub fn problem(problem: &Problem) -> String {
    match problem {
        Problem::Missing => "This is needed.".into(),
        Problem::TooShort { least } => format!("Write at least {least} characters."),
        Problem::TooLong { most } => format!("Write at most {most} characters."),
        Problem::Range { least, most } if least == most => format!("This has to be {least}."),
        Problem::Range { least, most } => format!("Write a number from {least} to {most}."),
        Problem::Name => "Write 2 to 40 of a-z, 0-9 and -, beginning with a letter.".into(),
        Problem::Url => "Write an address that begins with http:// or https://.".into(),
        Problem::Email => "Write an e-mail address, such as ana@example.com.".into(),
        Problem::Version => "Write a version of three numbers, such as 1.2.3.".into(),
        Problem::Time => "Write a date and a time, such as 2026-01-15 10:00.".into(),
        Problem::Order => "This comes before what it should follow.".into(),
        Problem::Taken => "This is taken. Choose another.".into(),
        Problem::Evidence { least } => format!("This item needs a link or a sentence of {least} characters or more."),
        Problem::Digest => "Write sha256: and 64 hexadecimal digits, or a commit.".into(),
        Problem::Mismatch => "This does not match.".into(),
        Problem::Unknown => "There is nothing of this name.".into(),
        Problem::Unreadable { why } => format!("This could not be read: {why}"),
        Problem::TooFew { have, need } => format!("Only {have} people could approve, and {need} are needed."),
    }
}

/// Why a call was refused, as one sentence.
pub fn refusal(error: &AppError) -> String {
    match &error.code {
        Code::SignedOut => "You are not signed in any more. Sign in again; what you typed stays here.".into(),
        Code::Denied { action } => format!("Your role does not allow you to {}.", action_words(*action)),
        Code::NotFound => "There is nothing here, or not any more.".into(),
        Code::Conflict => "Somebody else changed this while you were writing. Nothing of yours is lost.".into(),
        Code::Refused { .. } => "It can't start yet.".into(),
        Code::Steer { why } => steer(*why).into(),
        Code::SeparationOfDuties => "You planned this or asked for it, so somebody else has to approve it.".into(),
        Code::NothingToDo => "There is nothing to do: it has been settled already.".into(),
        Code::TooManyAttempts { retry_after_s } => {
            format!("Too many attempts. Try again in {} min.", retry_after_s.div_ceil(60))
        }
        Code::WrongCredentials => "This e-mail address and password do not go together.".into(),
        Code::WrongSetupCode => "This is not the code. It is in the terminal or log where Slipway was started.".into(),
        Code::InvitationEnded => "This invitation has been used, has been taken back, or is older than 7 days.".into(),
        Code::ResetEnded => "This link has been used, or is older than an hour. Ask for another.".into(),
        Code::LastAdmin => "This is the last administrator. Make somebody else one first.".into(),
        Code::AlreadySetUp => "This instance has its administrator already. Sign in.".into(),
        Code::NotSetUp => "This instance has no administrator yet. Set it up first.".into(),
        Code::InUse => "A deployment is running there. Wait for its end, or abort it.".into(),
        Code::Invalid { fields } => match fields.get("form") {
            Some(Problem::Unreadable { why }) => format!("The form could not be read: {why}"),
            _ => "Some fields need another look.".into(),
        },
        Code::Unreachable => "The server did not answer. What you typed stays here; try again.".into(),
        Code::Internal => format!(
            "Something failed on our side. The log knows it as {}.",
            error.request_id
        ),
    }
}

/// Why a command does not fit the run.
pub fn steer(why: SteerRefused) -> &'static str {
    match why {
        SteerRefused::Ended => "This deployment has ended.",
        SteerRefused::NotBegun => "This deployment has not begun.",
        SteerRefused::Begun => "This deployment has begun; abort it instead.",
        SteerRefused::NotRunning => "Only a running deployment can be paused.",
        SteerRefused::NotPaused => "It is not paused.",
        SteerRefused::NothingUnknown => "No command is in doubt.",
        SteerRefused::NotWaiting => "The present step does not wait, so there is nothing to skip.",
        SteerRefused::IsRollback => "This is the way back already.",
    }
}

/// An action, behind "allow you to".
pub fn action_words(action: Action) -> &'static str {
    match action {
        Action::Read => "read this",
        Action::Comment => "comment",
        Action::EditIncident => "open or edit incidents",
        Action::PublishStatus => "publish status updates",
        Action::PlanRelease => "plan releases",
        Action::TickItem => "tick checklist items",
        Action::RequestApproval => "ask for approval",
        Action::Deploy => "deploy",
        Action::Steer => "steer deployments",
        Action::Approve => "approve",
        Action::Freeze => "set a freeze",
        Action::LiftLock => "lift somebody else's lock",
        Action::Override => "override a gate",
        Action::ManageService => "set up this service",
        Action::ManageTarget => "change what is run or measured",
        Action::ManagePolicy => "change who must approve",
        Action::ManageTemplate => "change templates",
        Action::ManagePeople => "manage people",
        Action::ManageInstance => "change this instance",
    }
}

/// A role, as people read it.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Support => "Support",
        Role::Engineer => "Engineer",
        Role::Approver => "Approver",
        Role::Admin => "Administrator",
    }
}
