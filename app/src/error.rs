//! What a server function answers when it does not do what was asked: a code and fields, no free text.

use domain::access::Action;
use domain::deployment::SteerRefused;
use domain::field::{FieldErrors, Problem};
use domain::gate::Reason;
use domain::identity::{Needed, Refusal};
use serde::{Deserialize, Serialize};
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// A refused or failed call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppError {
    pub code: Code,
    /// By which it is found in the server's log.
    pub request_id: String,
}

/// Why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Code {
    /// Nobody is signed in, or not any more.
    SignedOut,
    /// The role does not grant it.
    Denied {
        action: Action,
    },
    NotFound,
    /// Somebody else changed it meanwhile.
    Conflict,
    /// Gates do not pass.
    Refused {
        reasons: Vec<Reason>,
    },
    /// A command that does not fit the run.
    Steer {
        why: SteerRefused,
    },
    SeparationOfDuties,
    NothingToDo,
    TooManyAttempts {
        retry_after_s: u32,
    },
    WrongCredentials,
    /// The account has no password.
    NoPassword,
    /// Who decides has to prove again who they are.
    ProveAgain {
        within_min: u32,
    },
    /// A person has to do it, in their own session.
    NotByToken,
    /// The one-time code of the console is another one.
    WrongSetupCode,
    InvitationEnded,
    /// A link for a new password that does not work any more.
    ResetEnded,
    LastAdmin,
    AlreadySetUp,
    NotSetUp,
    /// Something runs there.
    InUse,
    /// A team owns services.
    OwnsServices,
    /// A target names the secret, or a deployment needs it.
    SecretInUse,
    /// Nobody comes in by what a provider said.
    Identity {
        why: Refusal,
    },
    /// People sign in by providers alone.
    PasswordsOff,
    /// It has to stay as it is, so that an administrator comes in.
    Needed {
        why: Needed,
    },
    /// Nothing would be left to come in by.
    LastWayIn,
    /// A secret can't be opened by this instance's key.
    Unsealed,
    Invalid {
        fields: FieldErrors,
    },
    /// The call did not reach the server, or its answer did not reach us.
    Unreachable,
    Internal,
}

impl AppError {
    /// The problem of one field, if that is what is wrong.
    pub fn field(&self, name: &str) -> Option<Problem> {
        match &self.code {
            Code::Invalid { fields } => fields.get(name).cloned(),
            _ => None,
        }
    }
}

impl From<Code> for AppError {
    /// A refusal that is found before any call.
    fn from(code: Code) -> AppError {
        AppError {
            code,
            request_id: String::new(),
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let code = match error {
            ServerFnErrorErr::Args(why) | ServerFnErrorErr::MissingArg(why) => Code::Invalid {
                fields: FieldErrors::one("form", Problem::Unreadable { why }),
            },
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Code::Unreachable,
            _ => Code::Internal,
        };
        // On the server this answers a call that could not even be read: it has a status, and a line of the log, as any other.
        #[cfg(feature = "ssr")]
        if leptos::prelude::use_context::<http::request::Parts>().is_some() {
            return crate::caller::refuse(code);
        }
        AppError {
            code,
            request_id: String::new(),
        }
    }
}

#[cfg(feature = "ssr")]
impl From<store::Error> for Code {
    fn from(error: store::Error) -> Self {
        use store::{Error, Rule};
        match error {
            Error::NotFound => Code::NotFound,
            Error::Conflict => Code::Conflict,
            Error::Denied(denied) => Code::Denied { action: denied.action },
            Error::Refused(reasons) => Code::Refused { reasons },
            Error::Invalid(fields) => Code::Invalid { fields },
            Error::Db(_) | Error::Vault(_) => Code::Internal,
            Error::Rule(rule) => match rule {
                Rule::SteerRefused(why) => Code::Steer { why },
                Rule::SeparationOfDuties => Code::SeparationOfDuties,
                Rule::NothingToDo => Code::NothingToDo,
                Rule::TooManyAttempts { retry_after_s } => Code::TooManyAttempts { retry_after_s },
                Rule::WrongCredentials => Code::WrongCredentials,
                // Whoever did not bring the code is not signed in.
                Rule::CodeNeeded(_) => Code::SignedOut,
                Rule::NoPassword => Code::NoPassword,
                Rule::ProveAgain { within_min } => Code::ProveAgain { within_min },
                Rule::NotByToken => Code::NotByToken,
                Rule::CodeWrong => Code::WrongSetupCode,
                Rule::InvitationEnded => Code::InvitationEnded,
                Rule::ResetEnded => Code::ResetEnded,
                Rule::LastAdmin => Code::LastAdmin,
                Rule::AlreadySetUp => Code::AlreadySetUp,
                Rule::NotSetUp => Code::NotSetUp,
                Rule::InUse => Code::InUse,
                Rule::OwnsServices => Code::OwnsServices,
                Rule::SecretInUse => Code::SecretInUse,
                Rule::Identity(why) => Code::Identity { why },
                Rule::PasswordsOff => Code::PasswordsOff,
                Rule::Needed(why) => Code::Needed { why },
                Rule::LastWayIn => Code::LastWayIn,
                Rule::Unsealed => Code::Unsealed,
            },
        }
    }
}

#[cfg(feature = "ssr")]
impl From<store::Error> for AppError {
    /// Logs what only the log may say, and sets the status where it can be set: never for a plain form post, whose answer is a redirect.
    fn from(error: store::Error) -> Self {
        let caller = crate::caller::caller();
        match &error {
            store::Error::Db(why) => {
                tracing::error!(request_id = %caller.request_id, error = %why, "the database failed a call");
            }
            store::Error::Vault(why) => {
                tracing::error!(request_id = %caller.request_id, error = %why, "what is sealed could not be opened");
            }
            _ => {}
        }
        let error = AppError {
            code: error.into(),
            request_id: caller.request_id.clone(),
        };
        if !caller.form_post
            && let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>()
        {
            response.set_status(error.status());
        }
        error
    }
}

#[cfg(feature = "ssr")]
impl AppError {
    /// The HTTP status of the answer.
    pub fn status(&self) -> http::StatusCode {
        use http::StatusCode;
        match &self.code {
            Code::SignedOut | Code::WrongCredentials => StatusCode::UNAUTHORIZED,
            Code::Denied { .. }
            | Code::SeparationOfDuties
            | Code::WrongSetupCode
            | Code::PasswordsOff
            | Code::ProveAgain { .. }
            | Code::NotByToken
            | Code::Identity { .. } => StatusCode::FORBIDDEN,
            Code::NotFound | Code::InvitationEnded | Code::ResetEnded => StatusCode::NOT_FOUND,
            Code::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Code::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Code::Conflict
            | Code::Refused { .. }
            | Code::Steer { .. }
            | Code::NothingToDo
            | Code::LastAdmin
            | Code::AlreadySetUp
            | Code::NotSetUp
            | Code::SecretInUse
            | Code::OwnsServices
            | Code::LastWayIn
            | Code::Needed { .. }
            | Code::NoPassword
            | Code::Unsealed
            | Code::InUse => StatusCode::CONFLICT,
            Code::Unreachable | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Why an action was refused, from its value; nothing while it was not.
pub fn refusal_of<T>(
    value: impl leptos::prelude::Get<Value = Option<Result<T, AppError>>> + Send + Sync + 'static,
) -> leptos::prelude::Signal<Option<AppError>> {
    leptos::prelude::Signal::derive(move || value.get().and_then(Result::err))
}
