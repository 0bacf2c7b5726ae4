//! Calls about access tokens.

use crate::error::AppError;
use chrono::{DateTime, Utc};
use domain::access::{AccessToken, Person};
#[cfg(feature = "ssr")]
use domain::access::{TokenForm, TokenScope};
#[cfg(feature = "ssr")]
use domain::field::{FieldErrors, Problem};
use domain::id::{PersonId, TokenId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Tokens, and whose they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tokens {
    /// The newest first.
    pub tokens: Vec<AccessToken>,
    /// Empty where they are all one's own.
    pub people: Vec<Person>,
    /// When they were read.
    pub now: DateTime<Utc>,
}

/// One's own tokens.
#[server(prefix = "/call", endpoint = "access/tokens")]
pub async fn read_tokens() -> Result<Tokens, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let (tokens, now) = store::access::own_tokens(&db, &actor).await?;
    let people = Vec::new();
    Ok(Tokens { tokens, people, now })
}

/// Everybody's tokens.
#[server(prefix = "/call", endpoint = "access/all-tokens")]
pub async fn read_all_tokens() -> Result<Tokens, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let store::access::AllTokens { tokens, people, now } = store::access::all_tokens(&db, &actor).await?;
    Ok(Tokens { tokens, people, now })
}

/// Makes a token in one's own name. It is in the answer, and nowhere else.
#[server(prefix = "/call", endpoint = "access/make-token")]
pub async fn make_token(
    #[server(default)] name: String,
    #[server(default)] scopes: Vec<String>,
    days: u32,
) -> Result<String, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let scopes =
        read_scopes(&scopes).map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?;
    let form = TokenForm { name, scopes, days };
    let secret = store::access::make_token(&db, &actor, &form).await?;
    crate::caller::show_once("made", &secret);
    Ok(secret)
}

/// Makes a token for a service account. It is in the answer, and nowhere else.
#[server(prefix = "/call", endpoint = "account/make-token")]
pub async fn make_account_token(
    account: PersonId,
    #[server(default)] name: String,
    #[server(default)] scopes: Vec<String>,
    days: u32,
) -> Result<String, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let scopes =
        read_scopes(&scopes).map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?;
    let form = TokenForm { name, scopes, days };
    let secret = store::access::make_account_token(&db, &actor, account, &form).await?;
    crate::caller::show_once("made", &secret);
    Ok(secret)
}

/// Ends a token.
#[server(prefix = "/call", endpoint = "access/revoke-token")]
pub async fn revoke_token(id: TokenId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::revoke_token(&db, &actor, id).await?)
}

/// Scopes by their words.
#[cfg(feature = "ssr")]
fn read_scopes(words: &[String]) -> Result<Vec<TokenScope>, FieldErrors> {
    let scopes = words
        .iter()
        .map(|word| TokenScope::from_key(word))
        .collect::<Option<_>>();
    scopes.ok_or_else(|| FieldErrors::one("scopes", Problem::Unknown))
}
