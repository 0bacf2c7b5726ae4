//! Freezes and windows: the calendar, the form that sets one, and letting a release through.

pub mod api;
mod feed;
mod form;
mod grid;
mod lines;
mod overriding;
mod rule;
mod screen;
pub mod view;
pub mod words;

pub use api::{
    ChangeTime, EndFeed, EndTime, MakeFeed, OverrideTimes, PreviewTime, ReadCalendar, ReadFeed, ReadTime, SetTime,
};
pub use overriding::OverrideForm;
pub use rule::{TimeNew, TimeScreen};
pub use screen::Calendar;
