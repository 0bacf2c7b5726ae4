//! Calls about second factors.

use crate::error::AppError;
use domain::access::{OwnFactor, WaysToProve};
use domain::id::PersonId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// One's own second factor, with the picture of a key that an authenticator is to be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorPage {
    pub factor: OwnFactor,
    pub picture: Option<Picture>,
}

/// A QR code as one path on a square.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Units on a side, the quiet zone with them.
    pub side: u32,
    /// The dark squares.
    pub path: String,
}

/// How one's own second factor stands.
#[server(prefix = "/call", endpoint = "access/second-factor")]
pub async fn read_factor() -> Result<FactorPage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let vault = expect_context::<store::Vault>();
    let factor = store::access::own_factor(&db, &actor, &vault).await?;
    let picture = match &factor.state {
        domain::access::FactorState::Begun(enrolment) => super::picture::of(&enrolment.link),
        _ => None,
    };
    Ok(FactorPage { factor, picture })
}

/// Makes a key to give to an authenticator.
#[server(prefix = "/call", endpoint = "access/second-factor-begin")]
pub async fn begin_factor(password: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let vault = expect_context::<store::Vault>();
    Ok(store::access::begin_factor(&db, &actor, &vault, &password).await?)
}

/// Turns it on. The recovery codes are in the answer, and nowhere else.
#[server(prefix = "/call", endpoint = "access/second-factor-confirm")]
pub async fn confirm_factor(code: String) -> Result<Vec<String>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let vault = expect_context::<store::Vault>();
    let codes = store::access::confirm_factor(&db, &actor, &vault, &code).await?;
    crate::caller::show_once("codes", &codes.join("\n"));
    Ok(codes)
}

/// Replaces the recovery codes. The new ones are in the answer, and nowhere else.
#[server(prefix = "/call", endpoint = "access/second-factor-codes")]
pub async fn renew_codes(password_or_code: String) -> Result<Vec<String>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let vault = expect_context::<store::Vault>();
    let codes = store::access::renew_recovery_codes(&db, &actor, &vault, &password_or_code).await?;
    crate::caller::show_once("codes", &codes.join("\n"));
    Ok(codes)
}

/// Turns one's own second factor off.
#[server(prefix = "/call", endpoint = "access/second-factor-off")]
pub async fn turn_factor_off(password_or_code: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let vault = expect_context::<store::Vault>();
    Ok(store::access::turn_factor_off(&db, &actor, &vault, &password_or_code).await?)
}

/// Takes away the second factor of somebody who lost it.
#[server(prefix = "/call", endpoint = "access/second-factor-remove")]
pub async fn remove_factor(person: PersonId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::remove_factor(&db, &actor, person).await?)
}

/// By what one can prove who one is.
#[server(prefix = "/call", endpoint = "access/ways-to-prove")]
pub async fn read_ways_to_prove() -> Result<WaysToProve, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::ways_to_prove(&db, &actor).await?)
}
