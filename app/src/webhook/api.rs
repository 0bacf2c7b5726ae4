//! Calls about webhooks.

use crate::error::AppError;
use domain::id::{DeliveryId, ServiceId, WebhookId};
use domain::webhook::{Delivery, Webhook};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A service that can be chosen.
pub type Choosable = (ServiceId, String);

/// What the list shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListPage {
    pub webhooks: Vec<Webhook>,
    pub services: Vec<Choosable>,
}

/// What the page of one webhook shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookPage {
    pub webhook: Webhook,
    pub deliveries: Vec<Delivery>,
    pub services: Vec<Choosable>,
}

/// A webhook that was just added. The secret is in this answer, and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedWebhook {
    pub id: WebhookId,
    pub secret: String,
}

/// What the form posts: all of it text, so that nothing is lost when some of it can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedWebhook {
    pub name: String,
    pub form: String,
    pub url: String,
    pub kinds: Vec<String>,
    pub services: Vec<String>,
    pub row_version: i32,
}

impl PostedWebhook {
    /// The form of a kept one. Its address is not shown.
    pub fn of(webhook: &Webhook) -> PostedWebhook {
        PostedWebhook {
            name: webhook.name.clone(),
            form: webhook.form.key().into(),
            url: String::new(),
            kinds: webhook.kinds.iter().map(|kind| kind.key().into()).collect(),
            services: webhook.services.iter().map(ToString::to_string).collect(),
            row_version: webhook.row_version,
        }
    }
}

#[cfg(feature = "ssr")]
impl PostedWebhook {
    /// As the rules take it.
    fn read(self) -> domain::webhook::WebhookForm {
        use domain::webhook::{Form, Kind, WebhookForm};
        WebhookForm {
            name: self.name,
            form: Form::from_key(&self.form).unwrap_or(Form::Standard),
            url: self.url,
            kinds: self.kinds.iter().filter_map(|kind| Kind::from_key(kind)).collect(),
            services: self.services.iter().filter_map(|id| id.parse().ok()).collect(),
            row_version: self.row_version,
        }
    }
}

#[cfg(feature = "ssr")]
async fn services(db: &store::Db, actor: &domain::access::Actor) -> Result<Vec<Choosable>, AppError> {
    let services = store::service::list(db, actor).await?;
    Ok(services
        .into_iter()
        .map(|page| (page.service.id, page.service.name))
        .collect())
}

/// All webhooks.
#[server(prefix = "/call", endpoint = "webhook/list")]
pub async fn read_webhooks() -> Result<ListPage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let webhooks = store::webhook::list(&db, &actor).await?;
    let services = services(&db, &actor).await?;
    Ok(ListPage { webhooks, services })
}

/// One webhook, with its newest deliveries.
#[server(prefix = "/call", endpoint = "webhook/page")]
pub async fn read_webhook(id: WebhookId) -> Result<WebhookPage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let store::webhook::Page { webhook, deliveries } = store::webhook::page(&db, &actor, id).await?;
    let services = services(&db, &actor).await?;
    Ok(WebhookPage {
        webhook,
        deliveries,
        services,
    })
}

/// Adds a webhook.
#[server(prefix = "/call", endpoint = "webhook/add")]
pub async fn add_webhook(#[server(default)] form: PostedWebhook) -> Result<AddedWebhook, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let vault = expect_context::<store::Vault>();
    let store::webhook::Added { id, secret } = store::webhook::add(&db, &vault, &actor, &form.read()).await?;
    crate::caller::show_once("secret", &secret);
    crate::caller::show_once("id", &id.to_string());
    Ok(AddedWebhook { id, secret })
}

/// Changes a webhook.
#[server(prefix = "/call", endpoint = "webhook/change")]
pub async fn change_webhook(id: WebhookId, #[server(default)] form: PostedWebhook) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let vault = expect_context::<store::Vault>();
    store::webhook::change(&db, &vault, &actor, id, &form.read()).await?;
    crate::caller::go_to(&format!("/administration/webhooks/{id}?saved=webhook"));
    Ok(())
}

/// Makes a new signing secret. It is in this answer, and nowhere else.
#[server(prefix = "/call", endpoint = "webhook/renew")]
pub async fn renew_webhook_secret(id: WebhookId) -> Result<String, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let vault = expect_context::<store::Vault>();
    let secret = store::webhook::renew_secret(&db, &vault, &actor, id).await?;
    crate::caller::show_once("secret", &secret);
    Ok(secret)
}

/// Reports nothing there until it is started again.
#[server(prefix = "/call", endpoint = "webhook/stop")]
pub async fn stop_webhook(id: WebhookId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::webhook::stop(&db, &actor, id).await?)
}

/// Reports what happens from now on.
#[server(prefix = "/call", endpoint = "webhook/start")]
pub async fn start_webhook(id: WebhookId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::webhook::start(&db, &actor, id).await?)
}

/// Removes a webhook.
#[server(prefix = "/call", endpoint = "webhook/remove")]
pub async fn remove_webhook(id: WebhookId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::webhook::remove(&db, &actor, id).await?;
    crate::caller::go_to("/administration/webhooks");
    Ok(())
}

/// Sends something there, to see whether it arrives.
#[server(prefix = "/call", endpoint = "webhook/test")]
pub async fn test_webhook(id: WebhookId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::webhook::send_test(&db, &actor, id).await?;
    Ok(())
}

/// Sends a delivery again.
#[server(prefix = "/call", endpoint = "webhook/resend")]
pub async fn resend_delivery(id: DeliveryId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::webhook::resend(&db, &actor, id).await?)
}
