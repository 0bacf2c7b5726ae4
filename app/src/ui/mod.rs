//! The design system: what every screen is built of. It knows no slice and no server function, draws the same on the
//! server and in the browser, and writes no inline style. Class names are those of `style/`.

pub mod button;
pub mod chart;
pub mod copy;
pub mod dialog;
pub mod field;
pub mod format;
pub mod gallery;
pub mod icon;
pub mod palette;
pub mod progress;
pub mod ramp;
pub mod section;
pub mod time;
pub mod toast;
pub mod ways;
pub mod why;
pub mod zone;

pub use button::{Button, LinkButton, Look, SubmitButton, WhyNot};
pub use chart::{
    Bar, BarChart, DayState, Fall, Instrument, Limit, Mark as ChartMark, Plot, Series, Shape, Spark, Stretch,
    StretchKind, Strips, Stroke, Threshold, Tide, TimeChart, Unit, Variant,
};
pub use copy::CopyBox;
pub use dialog::ConfirmDialog;
pub use field::{Checkbox, Choice, FormErrors, Select, TextArea, TextField};
pub use gallery::Gallery;
pub use icon::{Glyph, GlyphMark, Icon, IconMark, Mark, Sprite, State, Tone};
pub use palette::{Palette, PaletteEntry, PaletteSource};
pub use progress::{LongAction, Progress};
pub use ramp::{Ramp, RampStep, StepState};
pub use section::{Banner, Empty, Env, Fact, Facts, PageHead, Pages, Section, Tab, Tabs, Tier, Who};
pub use time::{Ago, Clock, ClockSeed, Elapsed, Lately, Stamp, Time, Until, provide_clock, use_clock};
pub use toast::{Toast, ToastQueue, Toasts, provide_toasts, use_toasts};
pub use ways::{Way, WayState, Ways};
pub use why::WhyLine;
pub use zone::Zone;
