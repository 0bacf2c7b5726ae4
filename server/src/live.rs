//! The live stream: kicks as server-sent events. It ends with the session, with the account, and with the server.

use crate::caller::key;
use crate::state::AppState;
use app::caller::Caller;
use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use domain::id::PersonId;
use futures::Stream;
use std::convert::Infallible;
use std::time::Duration;
use store::Kick;
use tokio::sync::broadcast::error::RecvError;
use tower_sessions::Session;

/// Silence after which a comment is sent, so that proxies keep the connection and lost ones are noticed.
const QUIET: Duration = Duration::from_secs(15);

/// GET /live: topics separated by spaces, or `resync`.
pub async fn stream(
    State(state): State<AppState>,
    session: Session,
    Extension(caller): Extension<Caller>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let left = session.expiry_date() - tower_sessions::cookie::time::OffsetDateTime::now_utc();
    let lifetime = Duration::try_from(left).unwrap_or_default();
    let person = caller.me.map(|me| me.person.id);
    let mut kicks = state.kicks.subscribe();
    let shutdown = state.shutdown.clone();
    let events = async_stream::stream! {
        let expiry = tokio::time::sleep(lifetime);
        tokio::pin!(expiry);
        loop {
            let kick = tokio::select! {
                kick = kicks.recv() => kick,
                () = &mut expiry => break,
                () = shutdown.cancelled() => break,
            };
            let text = match kick.as_deref() {
                Ok(Kick::Topics(topics)) => topics.join(" "),
                Ok(Kick::Resync | Kick::Beat(_)) | Err(RecvError::Lagged(_)) => "resync".to_owned(),
                Err(RecvError::Closed) => break,
            };
            // Somebody's rights changed, or a session ended: is this one still welcome?
            let people = text == "resync" || text.split(' ').any(|topic| topic.starts_with("person:") || topic == "people");
            if people && !still_welcome(&state, &session, person).await {
                break;
            }
            yield Ok(Event::default().data(text));
        }
    };
    Sse::new(events).keep_alive(KeepAlive::new().interval(QUIET))
}

async fn still_welcome(state: &AppState, session: &Session, person: Option<PersonId>) -> bool {
    let Some(person) = person else { return false };
    let kept =
        session.load().await.is_ok() && session.get::<PersonId>(key::PERSON).await.ok().flatten() == Some(person);
    kept && store::access::me(&state.db, person).await.ok().flatten().is_some()
}
