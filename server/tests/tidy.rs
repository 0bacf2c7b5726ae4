//! What the compiler can't keep, kept by one ordinary test: walls, sizes, names, and words that must not be said.

#[path = "tidy/look.rs"]
mod look;
#[path = "tidy/sources.rs"]
mod sources;
#[path = "tidy/walls.rs"]
mod walls;
#[path = "tidy/words.rs"]
mod words;
