//! The rules of Slipway: types, state machines, gates, rollout decisions, canary analysis, permissions, events.
//!
//! Pure: `now` and ids are arguments. There is no clock, no randomness, no IO and no logging in this crate, so that the browser can explain with
//! the same function by which the server enforces.

pub mod access;
pub mod analysis;
pub mod audit;
pub mod canonical;
pub mod check;
pub mod deployment;
pub mod event;
pub mod field;
pub mod freeze;
pub mod gate;
pub mod github;
pub mod health;
pub mod home;
pub mod hook;
pub mod id;
pub mod identity;
pub mod incident;
pub mod job;
pub mod network;
pub mod notice;
pub mod outside;
pub mod plan;
pub mod registration;
pub mod release;
pub mod report;
pub mod rollout;
pub mod secret;
pub mod service;
pub mod status;
pub mod stop;
pub mod webhook;
