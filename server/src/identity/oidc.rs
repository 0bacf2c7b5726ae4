//! OpenID Connect: discovery, the authorisation code with PKCE, and the verification of what comes back.

use super::flow::Flow;
use super::http::{Fault, Http, allowed};
use super::{Arrived, Begun};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use domain::identity::{FLOW_S, Refusal, SKEW_S, asserted};
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreGenderClaim, CoreTokenResponse,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, LogoutRequest, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout,
    RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, TokenResponse as _, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::access::Client;

/// What a provider publishes of itself, with its keys.
pub type Metadata = ProviderMetadataWithLogout;

type Ready =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// Claims that the standard does not name.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Further {
    #[serde(flatten)]
    claims: Map<String, Value>,
}

impl AdditionalClaims for Further {}

/// Fetches what a provider publishes of itself. It has to call itself what we call it.
///
/// # Errors
/// `Unreachable`.
pub async fn discover(http: &Http, issuer: &str) -> Result<Metadata, Refusal> {
    explain(http, issuer).await.map_err(|why| {
        tracing::warn!(issuer, why, "a sign-in provider could not be discovered");
        Refusal::Unreachable
    })
}

/// The same, with what went wrong as a line for an administrator.
pub async fn explain(http: &Http, issuer: &str) -> Result<Metadata, String> {
    let url = IssuerUrl::new(issuer.to_owned()).map_err(|error| error.to_string())?;
    let found = Metadata::discover_async(url, http).await;
    found.map_err(|error| match error {
        openidconnect::DiscoveryError::Request(fault) => fault.to_string(),
        openidconnect::DiscoveryError::Response(status, _, _) => format!("it answered {status}"),
        openidconnect::DiscoveryError::Validation(why) => why,
        other => other.to_string(),
    })
}

fn ready(metadata: Metadata, client: &Client, back: &str) -> Result<Ready, Refusal> {
    let methods = metadata.token_endpoint_auth_methods_supported();
    // Unless the provider says otherwise, the secret goes into the header.
    let header = methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
    let secret = client.secret.clone().map(ClientSecret::new);
    let back = RedirectUrl::new(back.to_owned()).map_err(|_| Refusal::Misconfigured)?;
    let ready = CoreClient::from_provider_metadata(metadata, ClientId::new(client.provider.client_id.clone()), secret);
    Ok(ready.set_redirect_uri(back).set_auth_type(if header {
        AuthType::BasicAuth
    } else {
        AuthType::RequestBody
    }))
}

/// Where the browser goes.
///
/// # Errors
/// `Misconfigured`.
pub fn begin(metadata: Metadata, client: &Client, back: &str, again: bool) -> Result<Begun, Refusal> {
    allowed(metadata.authorization_endpoint().url()).map_err(|_| Refusal::Misconfigured)?;
    let groups = Scope::new("groups".into());
    let wants_groups = !client.provider.settings.groups.is_empty()
        && metadata
            .scopes_supported()
            .is_some_and(|scopes| scopes.contains(&groups));
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let ready = ready(metadata, client, back)?;
    let mut request = ready
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scope(Scope::new("email".into()))
        .add_scope(Scope::new("profile".into()))
        .set_pkce_challenge(challenge);
    if wants_groups {
        request = request.add_scope(groups);
    }
    if again {
        request = request
            .add_prompt(CoreAuthPrompt::Login)
            .set_max_age(std::time::Duration::ZERO);
    }
    let (url, state, nonce) = request.url();
    Ok(Begun {
        url: url.into(),
        state: state.into_secret(),
        nonce: nonce.secret().clone(),
        verifier: verifier.into_secret(),
    })
}

/// The tokens for a code.
///
/// # Errors
/// `Stale` when the code is used up or none; `Misconfigured`; `Unreachable`.
pub async fn exchange(
    http: &Http,
    metadata: Metadata,
    client: &Client,
    back: &str,
    code: String,
    verifier: &str,
) -> Result<CoreTokenResponse, Refusal> {
    let ready = ready(metadata, client, back)?;
    let request = ready
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|_| Refusal::Misconfigured)?
        .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
    request
        .request_async(http)
        .await
        .map_err(|error| not_exchanged(&client.provider.slug, &error))
}

/// What a failed exchange of a code means. Neither the code nor the secret is part of what is logged.
pub fn not_exchanged<E>(provider: &str, error: &RequestTokenError<Fault, E>) -> Refusal
where
    E: openidconnect::ErrorResponse + 'static,
{
    tracing::warn!(provider, %error, "a sign-in's code was not exchanged");
    let code = match error {
        RequestTokenError::ServerResponse(response) => serde_json::to_value(response).ok(),
        RequestTokenError::Parse(_, body) => serde_json::from_slice(body).ok(),
        RequestTokenError::Request(_) | RequestTokenError::Other(_) => None,
    };
    let code = code.as_ref().and_then(|body: &Value| body["error"].as_str());
    match code {
        Some("invalid_grant" | "bad_verification_code") => Refusal::Stale,
        Some(_) => Refusal::Misconfigured,
        None => Refusal::Unreachable,
    }
}

/// Why tokens are not believed.
pub enum Unverified {
    /// Signed by a key that the provider may have made since its keys were fetched.
    UnknownKey,
    Refused(Refusal),
}

impl Unverified {
    pub fn refusal(self) -> Refusal {
        match self {
            Unverified::UnknownKey => Refusal::NotTrusted,
            Unverified::Refused(refusal) => refusal,
        }
    }
}

impl From<Refusal> for Unverified {
    fn from(refusal: Refusal) -> Self {
        Unverified::Refused(refusal)
    }
}

/// Verifies signature, issuer, audience, nonce, times and the access token's hash, and reads what is asserted; what the ID token does not say is
/// asked of the user info.
pub async fn verify(
    http: &Http,
    metadata: Metadata,
    client: &Client,
    tokens: &CoreTokenResponse,
    flow: &Flow,
    now: DateTime<Utc>,
) -> Result<Arrived, Unverified> {
    let slug = &client.provider.slug;
    let secret = client.secret.clone().map(ClientSecret::new);
    let tells = metadata
        .claims_supported()
        .is_some_and(|claims| claims.iter().any(|claim| claim.as_str() == "auth_time"));
    let ready = CoreClient::from_provider_metadata(metadata, ClientId::new(client.provider.client_id.clone()), secret);
    let id_token = tokens.id_token().ok_or(Refusal::NotTrusted)?;
    let (skew, oldest) = (TimeDelta::seconds(SKEW_S), TimeDelta::seconds(FLOW_S + SKEW_S));
    let verifier = ready
        .id_token_verifier()
        .set_time_fn(move || now - skew)
        .set_issue_time_verifier_fn(move |at| match at <= now + skew && at >= now - oldest {
            true => Ok(()),
            false => Err(format!("issued at {at}, and it is {now}")),
        });
    let nonce = Nonce::new(flow.nonce.clone());
    let claims = id_token.claims(&verifier, &nonce).map_err(|error| {
        tracing::warn!(provider = slug, %error, "an ID token was refused");
        match error {
            ClaimsVerificationError::Expired(_) => Unverified::Refused(Refusal::Clock),
            ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
                Unverified::UnknownKey
            }
            _ => Unverified::Refused(Refusal::NotTrusted),
        }
    })?;
    if claims
        .authorized_party()
        .is_some_and(|party| party.as_str() != client.provider.client_id)
    {
        return Err(Refusal::NotTrusted.into());
    }
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = id_token.signing_alg().map_err(|_| Refusal::NotTrusted)?;
        let key = id_token.signing_key(&verifier).map_err(|_| Refusal::NotTrusted)?;
        let actual =
            AccessTokenHash::from_token(tokens.access_token(), algorithm, key).map_err(|_| Refusal::NotTrusted)?;
        if actual != *expected {
            return Err(Refusal::NotTrusted.into());
        }
    }
    let info = match ready.user_info(tokens.access_token().clone(), Some(claims.subject().clone())) {
        Ok(request) => {
            let answer: Result<UserInfoClaims<Further, CoreGenderClaim>, _> = request.request_async(http).await;
            let answer = answer.map_err(|error| {
                tracing::warn!(provider = slug, %error, "a provider's user info could not be had");
                match error {
                    openidconnect::UserInfoError::ClaimsVerification(_) => Refusal::NotTrusted,
                    _ => Refusal::Unreachable,
                }
            })?;
            object(serde_json::to_value(&answer).unwrap_or_default())
        }
        // It has none.
        Err(_) => Map::new(),
    };
    let text = id_token.to_string();
    let own = payload(&text).ok_or(Refusal::NotTrusted)?;
    let settings = &client.provider.settings;
    Ok(Arrived {
        asserted: asserted(&client.provider.issuer, &own, &info, &settings.groups_claim)?,
        id_token: Some(text),
        proved: claims.auth_time(),
        tells,
    })
}

/// All claims of a token that has been verified.
fn payload(token: &str) -> Option<Map<String, Value>> {
    let part = token.split('.').nth(1)?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Where a session is ended at the provider, with the token that says whose.
pub fn end_session(metadata: &Metadata, client: &Client, id_token: &str, back: &str) -> Option<String> {
    let endpoint = metadata.additional_metadata().end_session_endpoint.clone()?;
    allowed(endpoint.url()).ok()?;
    let back = PostLogoutRedirectUrl::new(back.to_owned()).ok()?;
    let id_token: openidconnect::core::CoreIdToken = id_token.parse().ok()?;
    let request = LogoutRequest::from(endpoint)
        .set_client_id(ClientId::new(client.provider.client_id.clone()))
        .set_id_token_hint(&id_token)
        .set_post_logout_redirect_uri(back);
    Some(request.http_get_url().into())
}
