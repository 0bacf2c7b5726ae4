//! The instance itself: people, sessions, the record of events, services, the first page, permissions.

#![allow(clippy::unwrap_used, reason = "a panic is the failure that a test is for")]

#[path = "../as_whom/mod.rs"]
mod as_whom;

mod accounts;
mod audit;
mod company;
mod door;
mod health;
mod home;
mod invitations;
mod leaving;
mod members;
mod permissions;
mod policies;
mod record;
mod reset;
mod second_factors;
mod secrets;
mod services;
mod sessions;
mod sign_in;
mod team_owners;
mod teams;
mod tokens;
mod webhooks;
