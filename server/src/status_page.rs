//! The public status page: made once for each change, served from memory, and so also while the database is down.

use crate::state::{AppState, Kicks};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use store::{Db, Kick};
use tokio_util::sync::CancellationToken;

/// The page is made anew after this long without a change: the day turns, and ages grow.
const AT_LEAST: Duration = Duration::from_secs(60);

/// Between two makings there is at least this time.
const AT_MOST: Duration = Duration::from_millis(500);

/// The present page.
#[derive(Clone, Default)]
pub struct StatusCache(Arc<RwLock<Option<Made>>>);

#[derive(Clone)]
struct Made {
    html: Bytes,
    etag: String,
}

impl StatusCache {
    fn get(&self) -> Option<Made> {
        self.0.read().ok().and_then(|made| made.clone())
    }

    /// Makes the page from the record. An unreachable database leaves the last one standing.
    async fn refresh(&self, db: &Db, css: &str) {
        match store::status::page(db).await {
            Ok(page) => {
                let html = app::status::public_page(&page, page.updated_at, css);
                let etag = format!(
                    "\"{}\"",
                    hex::encode(&<sha2::Sha256 as sha2::Digest>::digest(html.as_bytes())[..12])
                );
                if let Ok(mut made) = self.0.write() {
                    *made = Some(Made {
                        html: html.into(),
                        etag,
                    });
                }
            }
            Err(error) => tracing::warn!(%error, "the status page could not be made anew; the last one stays"),
        }
    }

    /// Follows the record until shutdown.
    pub async fn follow(self, db: Db, kicks: Kicks, css: String, shutdown: CancellationToken) {
        let mut kicks = kicks.subscribe();
        loop {
            self.refresh(&db, &css).await;
            let made = tokio::time::Instant::now();
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(AT_LEAST) => {}
                // The first change shows at once; what follows it closely is gathered.
                () = changed(&mut kicks) => tokio::time::sleep_until(made + AT_MOST).await,
            }
        }
    }
}

/// Waits for something that the public page shows.
async fn changed(kicks: &mut tokio::sync::broadcast::Receiver<Arc<Kick>>) {
    loop {
        match kicks.recv().await.as_deref() {
            Ok(Kick::Topics(topics))
                if !topics
                    .iter()
                    .any(|topic| matches!(topic.as_str(), "status" | "incidents" | "services")) => {}
            Err(tokio::sync::broadcast::error::RecvError::Closed) => std::future::pending().await,
            _ => return,
        }
    }
}

/// GET /status
pub async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let Some(made) = state.status.get() else {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::RETRY_AFTER, "2")],
            "The status page is being made.",
        )
            .into_response();
    };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()) == Some(made.etag.as_str());
    let common = [
        (header::ETAG, made.etag),
        (header::CACHE_CONTROL, "public, max-age=1".into()),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], made.html).into_response()
}
