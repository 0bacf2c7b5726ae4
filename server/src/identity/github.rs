//! GitHub: OAuth 2 with PKCE, then its own words for who somebody is, at github.com or at an Enterprise Server.

use super::flow::Flow;
use super::http::Http;
use super::{Arrived, Begun};
use crate::identity::oidc::not_exchanged;
use domain::identity::{Asserted, Refusal, asserted};
use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _, TokenUrl,
};
use serde_json::{Map, Value, json};
use store::access::Client;

type Ready = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// The addresses of one GitHub.
struct Place {
    authorize: String,
    token: String,
    api: String,
}

fn place(issuer: &str) -> Place {
    let base = issuer.trim_end_matches('/');
    Place {
        authorize: format!("{base}/login/oauth/authorize"),
        token: format!("{base}/login/oauth/access_token"),
        api: match base {
            "https://github.com" => "https://api.github.com".to_owned(),
            enterprise => format!("{enterprise}/api/v3"),
        },
    }
}

fn ready(client: &Client, back: &str) -> Result<Ready, Refusal> {
    let place = place(&client.provider.issuer);
    let wrong = |_| Refusal::Misconfigured;
    let mut ready = BasicClient::new(ClientId::new(client.provider.client_id.clone()))
        .set_auth_uri(AuthUrl::new(place.authorize).map_err(wrong)?)
        .set_token_uri(TokenUrl::new(place.token).map_err(wrong)?)
        .set_redirect_uri(RedirectUrl::new(back.to_owned()).map_err(wrong)?)
        .set_auth_type(AuthType::RequestBody);
    if let Some(secret) = &client.secret {
        ready = ready.set_client_secret(ClientSecret::new(secret.clone()));
    }
    Ok(ready)
}

/// Where the browser goes. Organisations are asked for only where they give a role.
///
/// # Errors
/// `Misconfigured`.
pub fn begin(client: &Client, back: &str) -> Result<Begun, Refusal> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let ready = ready(client, back)?;
    let mut request = ready
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("read:user".into()))
        .add_scope(Scope::new("user:email".into()))
        .set_pkce_challenge(challenge);
    if !client.provider.settings.groups.is_empty() {
        request = request.add_scope(Scope::new("read:org".into()));
    }
    let (url, state) = request.url();
    Ok(Begun {
        url: url.into(),
        state: state.into_secret(),
        nonce: String::new(),
        verifier: verifier.into_secret(),
    })
}

/// The person behind a code.
///
/// # Errors
/// `Stale`, `Misconfigured`, `Unreachable`, `NotTrusted`.
pub async fn finish(http: &Http, client: &Client, back: &str, code: String, flow: &Flow) -> Result<Arrived, Refusal> {
    let ready = ready(client, back)?;
    let request = ready
        .exchange_code(AuthorizationCode::new(code))
        .set_pkce_verifier(PkceCodeVerifier::new(flow.verifier.clone()));
    let tokens = request
        .request_async(http)
        .await
        .map_err(|error| not_exchanged(&client.provider.slug, &error))?;
    let token = tokens.access_token().secret();
    let api = place(&client.provider.issuer).api;
    let user = get(http, &format!("{api}/user"), token).await?;
    let emails = get(http, &format!("{api}/user/emails?per_page=100"), token).await?;
    let mut groups = Vec::new();
    if !client.provider.settings.groups.is_empty() {
        let orgs = get(http, &format!("{api}/user/orgs?per_page=100"), token).await?;
        let teams = get(http, &format!("{api}/user/teams?per_page=100"), token).await?;
        groups = names(&orgs, &teams);
    }
    Ok(Arrived {
        asserted: read(client.provider.issuer.trim_end_matches('/'), &user, &emails, groups)?,
        id_token: None,
        proved: None,
        tells: false,
    })
}

async fn get(http: &Http, url: &str, token: &str) -> Result<Value, Refusal> {
    let request = HttpRequest::new(Vec::new());
    let (mut parts, body) = request.into_parts();
    parts.uri = url.parse().map_err(|_| Refusal::Misconfigured)?;
    let bearer = format!("Bearer {token}").parse().map_err(|_| Refusal::Unreachable)?;
    parts.headers.insert(::http::header::AUTHORIZATION, bearer);
    let kind = ::http::HeaderValue::from_static("application/vnd.github+json");
    parts.headers.insert(::http::header::ACCEPT, kind);
    let answer = http.send(HttpRequest::from_parts(parts, body)).await.map_err(|error| {
        tracing::warn!(%error, "GitHub could not be asked");
        Refusal::Unreachable
    })?;
    if !answer.status().is_success() {
        tracing::warn!(status = %answer.status(), "GitHub refused to say who somebody is");
        return Err(Refusal::Misconfigured);
    }
    serde_json::from_slice(answer.body()).map_err(|_| Refusal::Unreachable)
}

/// Organisations by name, and teams as `organisation/team`.
fn names(orgs: &Value, teams: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let orgs = list(orgs)
        .into_iter()
        .filter_map(|org| Some(org["login"].as_str()?.to_owned()));
    let teams = list(teams).into_iter().filter_map(|team| {
        let org = team["organization"]["login"].as_str()?;
        Some(format!("{org}/{}", team["slug"].as_str()?))
    });
    orgs.chain(teams).collect()
}

/// The number is the subject: a login name may change hands. The address is the primary one, which GitHub says to have verified or not.
fn read(issuer: &str, user: &Value, emails: &Value, groups: Vec<String>) -> Result<Asserted, Refusal> {
    let id = user["id"].as_u64().ok_or(Refusal::NotTrusted)?;
    let primary = emails
        .as_array()
        .and_then(|emails| emails.iter().find(|email| email["primary"] == Value::Bool(true)));
    let claims = json!({
        "sub": id.to_string(),
        "name": user["name"].as_str().filter(|name| !name.trim().is_empty()).or(user["login"].as_str()),
        "email": primary.map(|email| email["email"].clone()),
        "email_verified": primary.map(|email| email["verified"].clone()),
        "groups": groups,
    });
    let claims = claims.as_object().cloned().unwrap_or_default();
    asserted(issuer, &claims, &Map::new(), "groups")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_the_subject_and_the_primary_address_counts() {
        let user = json!({ "id": 583_231, "login": "octocat", "name": null });
        let emails = json!([
            { "email": "old@example.com", "primary": false, "verified": true },
            { "email": "octocat@example.com", "primary": true, "verified": false },
        ]);
        let read = read("https://github.com", &user, &emails, vec!["github".into()]).expect("is read");
        assert_eq!(
            (read.subject.as_str(), read.name.as_deref()),
            ("583231", Some("octocat"))
        );
        assert_eq!(read.email.as_deref(), Some("octocat@example.com"));
        assert!(!read.email_verified);
    }

    #[test]
    fn organisations_and_teams_are_groups() {
        let teams = json!([{ "slug": "justice-league", "organization": { "login": "github" } }, { "slug": 3 }]);
        assert_eq!(
            names(&json!([{ "login": "github" }]), &teams),
            ["github", "github/justice-league"]
        );
    }

    #[test]
    fn an_enterprise_server_has_its_own_addresses() {
        assert_eq!(place("https://github.com/").api, "https://api.github.com");
        let own = place("https://git.example.com");
        assert_eq!(own.api, "https://git.example.com/api/v3");
        assert_eq!(own.token, "https://git.example.com/login/oauth/access_token");
    }
}
