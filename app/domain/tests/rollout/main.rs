//! The engine's decision, driven against a small simulated target.

mod properties;
mod timelines;
mod world;
