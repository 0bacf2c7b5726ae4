//! The engine's decision, driven against a small simulated target.

#![allow(clippy::unwrap_used, reason = "a panic is the failure that a test is for")]

mod properties;
mod timelines;
mod world;
