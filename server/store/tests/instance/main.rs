//! The instance itself: people, sessions, the record of events, services, the first page, permissions.

#![allow(clippy::unwrap_used, reason = "a panic is the failure that a test is for")]

#[path = "../as_whom/mod.rs"]
mod as_whom;

mod home;
mod invitations;
mod members;
mod permissions;
mod policies;
mod record;
mod services;
mod sessions;
mod sign_in;
mod tokens;
