//! Releases, checklists, gates, incidents, the status page and the sample workspace, by the real use cases on a real Postgres.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by it, in what several tests share as well"
)]

#[path = "../as_whom/mod.rs"]
mod as_whom;

mod checklists;
mod decisions;
mod drafts;
mod freezes;
mod gates;
mod hooks;
mod incidents;
mod notices;
mod outside;
mod permissions;
mod proofs;
mod releases;
mod reports;
mod samples;
mod sendable;
mod stops;
mod teams;
mod world;
