//! The rules of Slipway.
