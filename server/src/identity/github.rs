//! GitHub: OAuth 2 with PKCE, then its own words for who somebody is, at github.com or at an Enterprise Server.

use super::flow::Flow;
use super::http::Http;
use super::{Arrived, Begun};
use crate::identity::oidc::not_exchanged;
use domain::identity::{Asserted, Refusal, asserted};
use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _, TokenUrl,
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
    let (mut groups, mut left_out) = (Vec::new(), false);
    if !client.provider.settings.groups.is_empty() {
        let (orgs, teams) = tokio::try_join!(
            all(http, &api, "/user/orgs?per_page=100", token),
            all(http, &api, "/user/teams?per_page=100", token),
        )?;
        groups = names(&orgs.found, &teams.found);
        left_out = orgs.more || teams.more;
    }
    let asserted = read(client.provider.issuer.trim_end_matches('/'), &user, &emails, groups)?;
    Ok(Arrived {
        asserted: Asserted {
            groups_left_out: asserted.groups_left_out || left_out,
            ..asserted
        },
        id_token: None,
        proved: None,
        tells: false,
    })
}

/// Pages of a list that are asked for: a thousand organisations, or teams.
const MOST_PAGES: usize = 10;

/// A list of GitHub's.
#[derive(Debug)]
struct List {
    found: Vec<Value>,
    /// There are further pages.
    more: bool,
}

/// All pages of a list. The token goes nowhere but to this API, whatever a page says of where the next one is.
async fn all(http: &Http, api: &str, path: &str, token: &str) -> Result<List, Refusal> {
    let mut list = List {
        found: Vec::new(),
        more: false,
    };
    let mut next = Some(format!("{api}{path}"));
    for _ in 0..MOST_PAGES {
        let Some(url) = next else { return Ok(list) };
        let answer = send(http, &url, token).await?;
        let page: Value = serde_json::from_slice(answer.body()).map_err(|_| Refusal::Unreachable)?;
        list.found.extend(page.as_array().cloned().unwrap_or_default());
        next = next_page(&answer).filter(|next| next.starts_with(&format!("{api}/")));
    }
    list.more = next.is_some();
    Ok(list)
}

/// The address of the next page, as the `Link` header of an answer names it (RFC 8288).
fn next_page(answer: &HttpResponse) -> Option<String> {
    let links = answer.headers().get(::http::header::LINK)?.to_str().ok()?;
    let mut links = links.split(',').filter_map(|link| link.split_once(';'));
    let (address, _) = links.find(|(_, rest)| rest.split(';').any(|one| one.trim() == "rel=\"next\""))?;
    let address = address.trim().strip_prefix('<')?.strip_suffix('>')?;
    Some(address.to_owned())
}

async fn get(http: &Http, url: &str, token: &str) -> Result<Value, Refusal> {
    let answer = send(http, url, token).await?;
    serde_json::from_slice(answer.body()).map_err(|_| Refusal::Unreachable)
}

async fn send(http: &Http, url: &str, token: &str) -> Result<HttpResponse, Refusal> {
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
    Ok(answer)
}

/// Organisations by name, and teams as `organisation/team`.
fn names(orgs: &[Value], teams: &[Value]) -> Vec<String> {
    let orgs = orgs.iter().filter_map(|org| Some(org["login"].as_str()?.to_owned()));
    let teams = teams.iter().filter_map(|team| {
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
        let teams = [
            json!({ "slug": "justice-league", "organization": { "login": "github" } }),
            json!({ "slug": 3 }),
        ];
        assert_eq!(
            names(&[json!({ "login": "github" })], &teams),
            ["github", "github/justice-league"]
        );
    }

    /// A GitHub on loopback whose list of organisations has so many pages; the last one leads to `after`.
    async fn with_pages(pages: usize, after: &'static str) -> String {
        use axum::extract::Query;
        use axum::http::header::LINK;
        use std::collections::HashMap;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let here = format!("http://{}", listener.local_addr().expect("an address"));
        let address = here.clone();
        let orgs = move |Query(query): Query<HashMap<String, String>>| {
            let here = here.clone();
            async move {
                let page: usize = query.get("page").map_or(1, |page| page.parse().expect("a number"));
                let body = axum::Json(vec![json!({ "login": format!("org-{page}") }); 100]);
                let first = format!("<{here}/user/orgs?page=1>; rel=\"first\"");
                let link = match page < pages {
                    true => format!(
                        "{first}, <{here}/user/orgs?per_page=100&page={}>; rel=\"next\"",
                        page + 1
                    ),
                    false if after.is_empty() => first,
                    false => format!("{first}, <{after}>; rel=\"next\""),
                };
                ([(LINK, link)], body)
            }
        };
        let router = axum::Router::new().route("/user/orgs", axum::routing::get(orgs));
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    #[tokio::test]
    async fn every_page_of_organisations_is_read() {
        rustls::crypto::ring::default_provider().install_default().ok();
        let http = Http::new().expect("a client");
        let read = async |pages, after| {
            let api = with_pages(pages, after).await;
            all(&http, &api, "/user/orgs?per_page=100", "token")
                .await
                .expect("a list")
        };
        for pages in [1, 3, MOST_PAGES] {
            let list = read(pages, "").await;
            assert_eq!((list.found.len(), list.more), (pages * 100, false));
            assert_eq!(list.found.last().expect("one")["login"], format!("org-{pages}"));
        }
        assert!(read(MOST_PAGES + 1, "").await.more, "more than are read is said");
        // Nobody answers there, and nobody is asked.
        let list = read(2, "https://elsewhere.invalid/user/orgs").await;
        assert_eq!((list.found.len(), list.more), (200, false));
    }

    #[test]
    fn an_enterprise_server_has_its_own_addresses() {
        assert_eq!(place("https://github.com/").api, "https://api.github.com");
        let own = place("https://git.example.com");
        assert_eq!(own.api, "https://git.example.com/api/v3");
        assert_eq!(own.token, "https://git.example.com/login/oauth/access_token");
    }
}
