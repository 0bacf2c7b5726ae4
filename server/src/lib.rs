//! Server.

pub mod playground;
pub mod postgres;
