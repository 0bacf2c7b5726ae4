//! Words for what is wrong. Reasons are values everywhere else; here they become sentences: what is wrong, and what would be right.

use crate::error::{AppError, Code};
use domain::access::{Action, Role};
use domain::deployment::SteerRefused;
use domain::field::Problem;
use domain::identity::{FLOW_S, Needed, Refusal, SKEW_S};

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
        Problem::Tenant => "Write the id of your own tenant instead of common, organizations or consumers.".into(),
        Problem::Groups { line } => format!("Line {line} is not a group, = and a role, such as platform = engineer."),
        Problem::Days { least, most } => format!("This has to take from {least} to {most} days."),
        Problem::Never => "This never comes from now on.".into(),
        Problem::TooOften { most } => format!("This comes too often: more than {most} times."),
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
        Code::NoPassword => "Your account has no password here: you sign in by a company account.".into(),
        Code::ProveAgain { within_min } => format!(
            "Who decides here has confirmed within {} that it is them. Confirm it, and decide then; what you typed stays.",
            crate::ui::format::counted(u64::from(*within_min), "minute", "minutes")
        ),
        Code::NotByToken => {
            "The policy here asks who decides to confirm that it is them, which no token can. Decide on the release's page.".into()
        }
        Code::WrongSetupCode => "This is not the code. It is in the terminal or log where Slipway was started.".into(),
        Code::InvitationEnded => "This invitation has been used, has been taken back, or is older than 7 days.".into(),
        Code::ResetEnded => "This link has been used, or is too old. Ask for another.".into(),
        Code::LastAdmin => "This is the last administrator. Make somebody else one first.".into(),
        Code::AlreadySetUp => "This instance has its administrator already. Sign in.".into(),
        Code::NotSetUp => "This instance has no administrator yet. Set it up first.".into(),
        Code::InUse => "A deployment is running there. Wait for its end, or abort it.".into(),
        Code::OwnsServices => "The team owns services. Give them to somebody else first, on their pages.".into(),
        Code::SecretInUse => "A target names this secret, or a deployment that needs it has not ended. Take it out of the settings first.".into(),
        Code::Identity { why } => identity(*why),
        Code::PasswordsOff => "Passwords are switched off on this instance. Sign in by a company account.".into(),
        Code::Needed { why } => needed(*why).into(),
        Code::LastWayIn => "Without it you could not sign in any more. Link another way in first.".into(),
        Code::Unsealed => {
            "A secret was sealed by a key that this instance does not have. An administrator can enter it anew.".into()
        }
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

/// Why nobody came in by a provider: what failed, and what to do.
pub fn identity(why: Refusal) -> String {
    match why {
        Refusal::Stale => format!(
            "This sign-in was not begun in this browser, has been used already, or took longer than {} minutes. Begin again.",
            FLOW_S / 60
        ),
        Refusal::NoProvider => "This way to sign in is not offered any more. Choose another.".into(),
        Refusal::Declined => "You were not let through there, so nobody was signed in here. Try again, or choose another way.".into(),
        Refusal::Unreachable => "It did not answer, or not as it should. Try again in a minute, or choose another way.".into(),
        Refusal::Misconfigured => "It refused this instance. An administrator has to look at the settings of this sign-in.".into(),
        Refusal::NotTrusted => "What came back can't be trusted, so nobody was signed in. Begin again; tell an administrator if it stays so.".into(),
        Refusal::Clock => format!(
            "Its clock and ours differ by more than {SKEW_S} seconds, so nobody was signed in. An administrator has to set one of them."
        ),
        Refusal::Deactivated => "Your account here is deactivated. An administrator can let you in again.".into(),
        Refusal::NotInvited => "Nobody here is known by it. Ask an administrator for an invitation.".into(),
        Refusal::EmailNotProven => "Nobody here is known by it, and it does not vouch for your e-mail address. If you have an account, sign in another way and link this one in your profile; otherwise ask an administrator for an invitation.".into(),
        Refusal::Domain => "Your e-mail address is not of a domain that may join. Ask an administrator for an invitation.".into(),
        Refusal::LinkedElsewhere => "It belongs to another account here. Sign in by it, or unlink it there first.".into(),
        Refusal::SomebodyElse => "You came back as somebody else than who is signed in here, so nothing was confirmed.".into(),
        Refusal::NotAskedAgain => "It let you through without asking again who you are, or did not say when it asked (auth_time), so nothing was confirmed. Try again; if it stays so, an administrator has to let it say that.".into(),
        Refusal::GroupsLeftOut => "Your role here follows from your groups there, and you are in so many that it does not name them. Nobody was signed in, and your role is what it was. An administrator has to have it name only the groups of this application.".into(),
        Refusal::HasOne => "Your account is linked to another identity there. Unlink that one in your profile first.".into(),
    }
}

/// Why something has to stay switched on.
pub fn needed(why: Needed) -> &'static str {
    match why {
        Needed::NoProvider => {
            "No provider is switched on, so nobody could come in. Add one, and link your own account to it."
        }
        Needed::Yourself => {
            "You could not come in any more. Link your own account to a provider first: profile, Ways to sign in."
        }
        Needed::Nobody => {
            "No administrator could come in any more. Switch passwords on, or have an administrator link another provider first."
        }
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
        Action::KeepProfile => "change this profile",
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
