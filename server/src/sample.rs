//! The sample workspace: a real small system on loopback, set up as any user's own would be, and a button that removes it all.

mod input;

use crate::caller::key;
use crate::state::AppState;
use app::caller::{Caller, Kept};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::{Action, Actor, Scope};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tower_sessions::Session;

/// How long the playground may take to come up.
const PATIENCE: Duration = Duration::from_secs(30);

/// The playground that this process started, if it did.
pub struct Sample {
    folder: PathBuf,
    ports: u16,
    running: Mutex<Option<Child>>,
}

/// What the playground says of itself once it is up.
#[derive(Debug, Clone, Deserialize)]
pub struct Up {
    pub environments: BTreeMap<String, Place>,
}

/// Addresses of one of its environments.
#[derive(Debug, Clone, Deserialize)]
pub struct Place {
    pub stable_metrics: String,
    pub canary_metrics: String,
}

/// Why the sample workspace could not be loaded or removed.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    #[error("The playground did not start: {0}")]
    Playground(String),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Sample {
    pub fn new(folder: PathBuf, ports: u16) -> Sample {
        Sample {
            folder,
            ports,
            running: Mutex::new(None),
        }
    }

    /// Starts the playground as a child of this process, and waits until it is ready. It ends when this process does.
    async fn up(&self) -> Result<Up, SampleError> {
        let trouble = |why: &dyn std::fmt::Display| SampleError::Playground(why.to_string());
        let mut running = self.running.lock().await;
        if let Some(mut old) = running.take() {
            let _ = old.kill().await;
        }
        let program = std::env::current_exe().map_err(|error| trouble(&error))?;
        let mut child = Command::new(program)
            .args([
                "playground",
                "up",
                "--until-stdin-closes",
                "--ports",
                &self.ports.to_string(),
                "--state",
            ])
            .arg(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| trouble(&error))?;
        let ready = tokio::time::timeout(PATIENCE, readiness(&mut child)).await;
        match ready {
            Ok(Ok(up)) => {
                *running = Some(child);
                Ok(up)
            }
            Ok(Err(why)) => Err(SampleError::Playground(why)),
            Err(_) => Err(SampleError::Playground(format!(
                "it was not ready after {} s",
                PATIENCE.as_secs()
            ))),
        }
    }

    /// Starts the playground again when this instance has the sample workspace: at the start of the server.
    pub async fn resume(&self, db: &store::Db) -> Result<bool, SampleError> {
        if !store::workspace::loaded(db).await? {
            return Ok(false);
        }
        self.up().await.map(|_| true)
    }

    /// Ends the playground in its own order; what does not end is killed.
    pub async fn down(&self) {
        let Some(mut child) = self.running.lock().await.take() else {
            return;
        };
        drop(child.stdin.take());
        if tokio::time::timeout(Duration::from_secs(10), child.wait())
            .await
            .is_err()
        {
            let _ = child.kill().await;
        }
    }

    /// Loads it; the answer is how its two people sign in.
    ///
    /// # Errors
    /// Also `NothingToDo` when it is loaded.
    pub async fn load(&self, db: &store::Db, actor: &Actor) -> Result<Vec<(String, String)>, SampleError> {
        actor
            .may(Action::ManageInstance, Scope::Instance)
            .map_err(store::Error::from)?;
        // What runs of it goes on.
        if store::workspace::loaded(db).await? {
            return Err(store::Error::Rule(store::Rule::NothingToDo).into());
        }
        let up = self.up().await?;
        let (sample, passwords) = input::sample(&up, &self.folder)?;
        store::workspace::load(db, actor, sample).await?;
        Ok(passwords)
    }

    /// Removes it with everything in it.
    ///
    /// # Errors
    /// Also `NothingToDo` when it is not loaded.
    pub async fn remove(&self, db: &store::Db, actor: &Actor) -> Result<(), SampleError> {
        store::workspace::remove(db, actor).await?;
        self.down().await;
        Ok(())
    }
}

/// Reads what the playground prints until it says that it is ready; what it says after that goes to the log.
async fn readiness(child: &mut Child) -> Result<Up, String> {
    let stdout = child.stdout.take().ok_or("it has no output")?;
    let stderr = child.stderr.take().ok_or("it has no output")?;
    let mut lines = BufReader::new(stdout).lines();
    let mut complaints = BufReader::new(stderr).lines();
    let complained = tokio::spawn(async move {
        let mut last = String::new();
        while let Ok(Some(line)) = complaints.next_line().await {
            tracing::info!(target: "playground", "{line}");
            last = line;
        }
        last
    });
    while let Ok(Some(line)) = lines.next_line().await {
        if let Ok(up) = serde_json::from_str::<Up>(&line) {
            tokio::spawn(async move {
                while let Ok(Some(line)) = lines.next_line().await {
                    tracing::info!(target: "playground", "{line}");
                }
            });
            return Ok(up);
        }
        tracing::info!(target: "playground", "{line}");
    }
    Err(complained
        .await
        .ok()
        .filter(|line| !line.is_empty())
        .unwrap_or_else(|| "it ended without a word".into()))
}

/// POST /sample/load: the passwords of its two people are shown once, on the page that follows.
pub async fn load(State(state): State<AppState>, session: Session, Extension(caller): Extension<Caller>) -> Response {
    let Some(me) = &caller.me else {
        return crate::trouble::signed_out(&caller.request_id);
    };
    let fields = match state.sample.load(&state.db, &me.actor()).await {
        Ok(passwords) => passwords,
        Err(error) => vec![refusal(&error, &caller)],
    };
    answer(&session, "/sample/load", fields).await
}

/// POST /sample/remove
pub async fn remove(State(state): State<AppState>, session: Session, Extension(caller): Extension<Caller>) -> Response {
    let Some(me) = &caller.me else {
        return crate::trouble::signed_out(&caller.request_id);
    };
    let fields = match state.sample.remove(&state.db, &me.actor()).await {
        Ok(()) => vec![("removed".to_owned(), "yes".to_owned())],
        Err(error) => vec![refusal(&error, &caller)],
    };
    answer(&session, "/sample/remove", fields).await
}

/// The home page, which shows once what came of it.
async fn answer(session: &Session, path: &str, fields: Vec<(String, String)>) -> Response {
    if let Err(error) = session
        .insert(
            key::KEPT,
            Kept {
                path: path.to_owned(),
                fields,
            },
        )
        .await
    {
        tracing::error!(%error, "what came of the sample workspace could not be kept for the page");
    }
    Redirect::to("/").into_response()
}

fn refusal(error: &SampleError, caller: &Caller) -> (String, String) {
    tracing::warn!(%error, request_id = %caller.request_id, "the sample workspace");
    let words = match error {
        SampleError::Playground(_) => error.to_string(),
        SampleError::Store(store::Error::Denied(_)) => {
            "Only an administrator loads or removes the sample workspace.".to_owned()
        }
        SampleError::Store(store::Error::Rule(store::Rule::NothingToDo)) => "It is as you wish already.".to_owned(),
        SampleError::Store(store::Error::Rule(store::Rule::InUse)) => {
            "A deployment of the sample is running. Wait for its end, or abort it.".to_owned()
        }
        SampleError::Store(store::Error::Invalid(_) | store::Error::Conflict) => {
            "This instance has a service or a person of the same name already.".to_owned()
        }
        SampleError::Store(_) => "The record could not be changed; the log says why.".to_owned(),
    };
    ("refused".to_owned(), words)
}
