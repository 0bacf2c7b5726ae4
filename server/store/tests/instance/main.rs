//! The instance itself: people, sessions, the record of events, services, the first page, permissions.

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
