//! Giving an order to the supervisor: send it, print what happens, stop it when this command is stopped.

use std::path::Path;
use std::process::ExitCode;

use http::{Method, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use tokio::signal::unix::{SignalKind, signal};

use super::Trouble;
use super::command::{access, say};
use super::control::Access;
use super::loopback::{self, Client};
use super::order::{Ending, Order, Reply};

/// EX_TEMPFAIL of sysexits: the same may succeed later.
pub(super) const TRY_AGAIN: u8 = 75;
/// What a shell reports for a process that a signal ended, less the signal's number.
const BY_SIGNAL: u8 = 128;
const SIGINT: u8 = 2;
const SIGTERM: u8 = 15;

/// The answer to an order, line by line.
struct Replies {
    body: Incoming,
    rest: Vec<u8>,
}

impl Replies {
    /// The next reply; `None` when the supervisor has ended. May be dropped and called again.
    async fn next(&mut self) -> Option<Reply> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                return serde_json::from_slice(&line).ok();
            }
            let frame = self.body.frame().await?.ok()?;
            self.rest.extend_from_slice(frame.data_ref()?);
        }
    }
}

/// An order on its way.
struct Given {
    client: Client,
    access: Access,
    operation: Option<u64>,
    stopped_by: Option<u8>,
}

impl Given {
    /// Asks the supervisor to stop what it does for this order; it answers with the outcome. Before the
    /// number is known nothing can be named; then it is asked as soon as it is.
    async fn stop(&self) {
        let (Some(operation), Some(_)) = (self.operation, self.stopped_by) else {
            return;
        };
        let path = format!("/operations/{operation}/cancel");
        let token = Some(self.access.token.as_str());
        // When it cannot be reached, its answer ends as well, and that is noticed.
        let _ = loopback::send(&self.client, Method::POST, self.access.port, &path, token, Bytes::new()).await;
    }

    fn code(&self, ending: Ending) -> u8 {
        match (ending, self.stopped_by) {
            (Ending::Done, _) => 0,
            (Ending::Interrupted, Some(signal)) => BY_SIGNAL + signal,
            (Ending::Retry, _) => TRY_AGAIN,
            (Ending::Failed | Ending::Interrupted, _) => 1,
        }
    }
}

/// Gives an order, prints its progress and its outcome.
pub(super) async fn give(state: &Path, order: &Order) -> Result<ExitCode, Trouble> {
    let failed = |e: std::io::Error| Trouble::fatal(format!("Signals cannot be received: {e}."));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut given = Given {
        client: loopback::client(),
        access: access(state)?,
        operation: None,
        stopped_by: None,
    };
    let mut replies = send(&given, order).await?;
    loop {
        let reply = tokio::select! {
            reply = replies.next() => reply,
            _ = terminate.recv() => {
                given.stopped_by = Some(SIGTERM);
                given.stop().await;
                continue;
            }
            _ = interrupt.recv() => {
                given.stopped_by = Some(SIGINT);
                given.stop().await;
                continue;
            }
        };
        match reply {
            Some(Reply::Operation(operation)) => {
                given.operation = Some(operation);
                given.stop().await;
            }
            Some(Reply::Progress(text)) => say(text),
            Some(Reply::Outcome(outcome)) => {
                if let Some(reason) = &outcome.reason {
                    tracing::debug!(reason, "the order was not carried out");
                    say(reason);
                }
                say(serde_json::to_string(&outcome).map_err(|e| Trouble::fatal(e.to_string()))?);
                return Ok(ExitCode::from(given.code(outcome.outcome)));
            }
            None => return Err(Trouble::retry("The playground ended while this ran.")),
        }
    }
}

async fn send(given: &Given, order: &Order) -> Result<Replies, Trouble> {
    let body = serde_json::to_vec(order).map_err(|e| Trouble::fatal(e.to_string()))?;
    let Access { port, token, .. } = &given.access;
    let response = loopback::send(&given.client, Method::POST, *port, "/orders", Some(token), body.into()).await?;
    if response.status() == StatusCode::OK {
        return Ok(Replies {
            body: response.into_body(),
            rest: Vec::new(),
        });
    }
    let status = response.status();
    let body = response
        .into_body()
        .collect()
        .await
        .map_err(|e| Trouble::retry(e.to_string()))?
        .to_bytes();
    Err(Trouble::fatal(format!("{status}: {}", String::from_utf8_lossy(&body))))
}
