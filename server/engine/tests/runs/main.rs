//! Whole deployments: a real Postgres, real processes, a real target of a few lines of shell.

#![allow(clippy::unwrap_used, reason = "a panic is the failure that a test is for")]

#[path = "../../../store/tests/as_whom/mod.rs"]
mod as_whom;

mod crashes;
mod good_and_bad;
mod ground;
mod process;
mod secrets;
mod target;
mod together;
