//! Who is calling, as the server's middleware found out before anything was rendered.

#[cfg(feature = "ssr")]
use crate::error::{AppError, Code};
#[cfg(feature = "ssr")]
use domain::access::Actor;
use domain::access::Me;
use serde::{Deserialize, Serialize};

/// The caller of this request. The server puts it into the request's extensions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Caller {
    pub me: Option<Me>,
    /// How many of their notices are not read; known for documents.
    pub unread: i64,
    /// The stop of the line, if one stands; known for documents.
    pub stop: Option<domain::stop::Stop>,
    pub request_id: String,
    /// The number of the session, while somebody is signed in.
    pub session: Option<i64>,
    /// When the person last proved in this session who they are.
    pub proved: Option<chrono::DateTime<chrono::Utc>>,
    /// Where the request comes from, for rate limits.
    pub network: String,
    /// A form posted by a browser without wasm: it is answered by a redirect.
    pub form_post: bool,
    /// What was typed into a form that failed without wasm.
    pub kept: Kept,
}

/// A form that failed: what was typed is shown again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Kept {
    /// Where it was posted to.
    pub path: String,
    pub fields: Vec<(String, String)>,
}

impl Kept {
    /// What was typed into a field of the form that posts to `path`.
    pub fn get(&self, path: &str, field: &str) -> Option<String> {
        let fields = (self.path == path).then_some(&self.fields)?;
        fields
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, value)| value.clone())
    }
}

/// The caller of the request that is being served.
#[cfg(feature = "ssr")]
pub fn caller() -> Caller {
    leptos::prelude::use_context::<http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<Caller>().cloned())
        .unwrap_or_default()
}

/// The database of the request that is being served.
#[cfg(feature = "ssr")]
pub fn db() -> store::Db {
    leptos::prelude::expect_context::<store::Db>()
}

/// The signed-in person who asks, and the database: the first line of every server function.
///
/// # Errors
/// [`Code::SignedOut`] when nobody is signed in.
#[cfg(feature = "ssr")]
pub fn actor() -> Result<(store::Db, Actor), AppError> {
    let caller = caller();
    match &caller.me {
        Some(me) => Ok((db(), me.actor())),
        None => Err(refuse(Code::SignedOut)),
    }
}

/// A refusal that did not come from a use case.
#[cfg(feature = "ssr")]
pub fn refuse(code: Code) -> AppError {
    let caller = caller();
    let error = AppError {
        code,
        request_id: caller.request_id,
    };
    if !caller.form_post
        && let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>()
    {
        response.set_status(error.status());
    }
    error
}

/// Sends the caller elsewhere when the call succeeded; works with and without wasm.
#[cfg(feature = "ssr")]
pub fn go_to(path: &str) {
    leptos_axum::redirect(path);
}

/// Something that a browser without wasm must see once on the next page, such as a link that is kept nowhere.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Default)]
pub struct ShowOnce(pub std::sync::Arc<std::sync::Mutex<Vec<(String, String)>>>);

/// Puts a field onto the page that follows a plain form post. With wasm the call's own answer shows it.
#[cfg(feature = "ssr")]
pub fn show_once(field: &str, value: &str) {
    let once = leptos::prelude::use_context::<http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<ShowOnce>().cloned());
    if let Some(ShowOnce(fields)) = once
        && let Ok(mut fields) = fields.lock()
    {
        fields.push((field.to_owned(), value.to_owned()));
    }
}
