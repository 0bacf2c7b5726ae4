//! Server.

pub mod postgres;
