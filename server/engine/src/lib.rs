//! The engine runs deployments: claim, observe, decide, save, perform.
//!
//! It is level-triggered: nothing is remembered between two ticks of a deployment, so that a crash anywhere is followed by a tick, of this engine or
//! of another one on the same database, that sees the truth. What is decided is decided by [`domain::rollout::decide`]; every statement is in
//! [`store`]; here are the claims, the clocks, the processes and the sockets.

pub mod address;
mod config;
mod fault;
mod observe;
mod orphan;
pub mod probe;
mod schedule;
mod scrape;
mod supervise;
mod target;
mod tick;

pub use config::EngineConfig;
#[cfg(any(debug_assertions, feature = "faults"))]
pub use fault::Stall;
pub use schedule::run;
