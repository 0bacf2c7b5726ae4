//! Tests of canary analysis. All randomness comes from fixed seeds: what they count, they always count.

mod closer;
mod counters;
mod evidence;
mod golden;
mod latency;
mod missing;
mod scene;
mod serial;
mod simulation;
mod text;
