//! Company sign-in: OAuth 2 and OpenID Connect, spoken with providers that an administrator set up.

mod discovery;
mod flow;
mod github;
mod http;
mod oidc;
mod routes;

pub use discovery::discoverer;
pub use routes::{callback, end_at_provider, start};

use chrono::{DateTime, Utc};
use domain::identity::{Asserted, ProviderKind, Refusal};
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};
use store::access::Client;

/// How long what a provider publishes of itself is used. Keys that are turned meanwhile are fetched at once.
const FRESH: Duration = Duration::from_secs(300);

/// The way to all providers: one client, and what they publish of themselves.
pub struct Providers {
    http: Option<http::Http>,
    known: Mutex<HashMap<String, (Instant, oidc::Metadata)>>,
}

impl Default for Providers {
    fn default() -> Self {
        Providers {
            http: http::Http::new().ok(),
            known: Mutex::default(),
        }
    }
}

/// A sign-in that was begun: where the browser goes, and what has to come back.
struct Begun {
    url: String,
    state: String,
    nonce: String,
    verifier: String,
}

/// What came back, once it is verified.
struct Arrived {
    asserted: Asserted,
    /// Proof towards the provider itself, to sign out there.
    id_token: Option<String>,
    /// When the person last proved there who they are, where the provider says it.
    proved: Option<DateTime<Utc>>,
    /// Whether the provider says of itself that it says that.
    tells: bool,
}

impl Providers {
    fn http(&self) -> Result<&http::Http, Refusal> {
        self.http.as_ref().ok_or(Refusal::Unreachable)
    }

    /// What a provider publishes of itself.
    async fn metadata(&self, issuer: &str) -> Result<oidc::Metadata, Refusal> {
        let kept = self.known.lock().ok().and_then(|known| known.get(issuer).cloned());
        match kept {
            Some((at, metadata)) if at.elapsed() < FRESH => Ok(metadata),
            _ => self.fetch_metadata(issuer).await,
        }
    }

    async fn fetch_metadata(&self, issuer: &str) -> Result<oidc::Metadata, Refusal> {
        let metadata = oidc::discover(self.http()?, issuer).await?;
        if let Ok(mut known) = self.known.lock() {
            known.insert(issuer.to_owned(), (Instant::now(), metadata.clone()));
        }
        Ok(metadata)
    }

    /// `again`: the provider is to ask who it is, even whom it knows. GitHub knows no such wish.
    async fn begin(&self, client: &Client, back: &str, again: bool) -> Result<Begun, Refusal> {
        match client.provider.settings.kind {
            ProviderKind::Github => github::begin(client, back),
            _ => oidc::begin(self.metadata(&client.provider.issuer).await?, client, back, again),
        }
    }

    async fn finish(&self, client: &Client, back: &str, code: String, flow: &flow::Flow) -> Result<Arrived, Refusal> {
        let http = self.http()?;
        if client.provider.settings.kind == ProviderKind::Github {
            return github::finish(http, client, back, code, flow).await;
        }
        let issuer = &client.provider.issuer;
        let metadata = self.metadata(issuer).await?;
        let tokens = oidc::exchange(http, metadata.clone(), client, back, code, &flow.verifier).await?;
        let now = now();
        match oidc::verify(http, metadata, client, &tokens, flow, now).await {
            // The provider turned its keys since they were fetched.
            Err(oidc::Unverified::UnknownKey) => {
                let metadata = self.fetch_metadata(issuer).await?;
                let again = oidc::verify(http, metadata, client, &tokens, flow, now).await;
                again.map_err(oidc::Unverified::refusal)
            }
            other => other.map_err(oidc::Unverified::refusal),
        }
    }

    /// Where a session that came from there is ended there too. None where the provider offers no such place, or does not answer.
    pub async fn sign_out(&self, client: &Client, id_token: &str, back: &str) -> Option<String> {
        if client.provider.settings.kind == ProviderKind::Github {
            return None;
        }
        let metadata = self.metadata(&client.provider.issuer).await.ok()?;
        oidc::end_session(&metadata, client, id_token, back)
    }
}

/// The clock of this process.
pub fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}
