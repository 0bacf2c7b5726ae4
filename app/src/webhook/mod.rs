//! Webhooks out, for administrators.

mod api;
mod deliveries;
mod form;
mod list;
mod screen;
pub mod words;

pub use api::{
    AddWebhook, ChangeWebhook, RemoveWebhook, RenewWebhookSecret, ResendDelivery, StartWebhook, StopWebhook,
    TestWebhook,
};
pub use list::WebhookList;
pub use screen::WebhookScreen;
