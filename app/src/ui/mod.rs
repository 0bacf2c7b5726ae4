//! The design system: what every screen is built of. It knows no slice and no server function, draws the same on the
//! server and in the browser, and writes no inline style. Class names are those of `style/`.

pub mod button;
pub mod copy;
pub mod dialog;
pub mod field;
pub mod format;
pub mod icon;
pub mod progress;
pub mod section;
pub mod time;
pub mod toast;
pub mod why;
pub mod zone;

pub use button::{Button, LinkButton, Look, SubmitButton, WhyNot};
pub use copy::CopyBox;
pub use dialog::ConfirmDialog;
pub use field::{Checkbox, Choice, FormErrors, Select, TextArea, TextField};
pub use icon::{Glyph, GlyphMark, Icon, IconMark, Mark, Sprite, State, Tone};
pub use progress::{LongAction, Progress};
pub use section::{Banner, Empty, Env, Fact, Facts, PageHead, Pages, Section, Tab, Tabs, Tier, Who};
pub use time::{Ago, Clock, ClockSeed, Elapsed, Stamp, Time, Until, provide_clock, use_clock};
pub use toast::{Toast, ToastQueue, Toasts, provide_toasts, use_toasts};
pub use why::WhyLine;
pub use zone::Zone;
