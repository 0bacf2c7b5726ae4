//! Mail by SMTP.

use super::{NotDone, work};
use crate::config::MailSettings;
use domain::id::MailId;
use domain::job::Task;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::mail::Letter;

/// How long the mail server may keep us waiting for each of its answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// The way to the mail server.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// What stands behind the @ of message ids.
    host: String,
}

impl Mailer {
    /// None when no server was named. `authority` is host and port of this instance.
    ///
    /// # Errors
    /// One sentence that says what to do.
    pub fn new(settings: &MailSettings, authority: &str) -> Result<Option<Mailer>, String> {
        let Some(url) = &settings.smtp_url else {
            return Ok(None);
        };
        // The address may hold a password: what is wrong with it is said without it.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| {
                "SLIPWAY_SMTP_URL can't be read: write smtps://user:password@host, or smtp://host:587?tls=required."
                    .to_owned()
            })?
            .timeout(Some(PATIENCE))
            .build();
        let host = host(authority);
        let from = match &settings.mail_from {
            Some(from) => from.clone(),
            None if host.contains('.') && host.parse::<std::net::IpAddr>().is_err() => {
                format!("Slipway <slipway@{host}>")
            }
            None => "Slipway <slipway@localhost>".to_owned(),
        };
        let from = from.parse().map_err(|_| {
            "SLIPWAY_MAIL_FROM can't be read: write an address, such as \"Slipway <slipway@example.com>\".".to_owned()
        })?;
        Ok(Some(Mailer { transport, from, host }))
    }

    async fn send(&self, letter: &Letter, address: &str) -> Result<(), NotDone> {
        let written = app::notice::mail::write(letter, address);
        let to: Address = letter
            .to
            .parse()
            .map_err(|_| NotDone::because("the person's address is none that mail can be sent to"))?;
        let name = Some(letter.name.clone()).filter(|name| !name.is_empty());
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, to))
            .subject(written.subject)
            .date(letter.at.into())
            .message_id(Some(format!("<{}@{}>", letter.id, self.host)))
            .multipart(MultiPart::alternative_plain_html(written.plain, written.html))
            .map_err(NotDone::because)?;
        self.transport.send(message).await.map_err(NotDone::because)?;
        Ok(())
    }
}

/// The host of an authority, for the right side of an address.
fn host(authority: &str) -> String {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let fine = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    if fine { host.to_owned() } else { "localhost".to_owned() }
}

/// The job: send this mail, unless it was sent, or nobody needs it any more.
#[derive(Debug, Serialize, Deserialize)]
pub struct Mail {
    pub mail: MailId,
}

impl TaskHandler for Mail {
    const IDENTIFIER: &'static str = Task::Mail.key();

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        crate::trace::job(Self::IDENTIFIER, deliver(&context, self.mail)).await
    }
}

/// At least once: what happens between the mail server's word and ours is sent again, with the same id.
async fn deliver(context: &WorkerContext, id: MailId) -> Result<(), NotDone> {
    let work = work(context)?;
    let Some(letter) = store::mail::letter(&work.db, &work.vault, id).await? else {
        return Ok(());
    };
    let mailer = work
        .mailer
        .as_ref()
        .ok_or_else(|| NotDone::because("this instance sends no mail any more: SLIPWAY_SMTP_URL is not set"))?;
    mailer.send(&letter, &work.address).await?;
    store::mail::sent(&work.db, id).await?;
    tracing::info!(mail = %id, "sent a mail");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_for_message_ids() {
        for (authority, wanted) in [
            ("slipway.example.com", "slipway.example.com"),
            ("127.0.0.1:3000", "127.0.0.1"),
            ("[::1]:3000", "localhost"),
            ("", "localhost"),
        ] {
            assert_eq!(host(authority), wanted);
        }
    }

    #[test]
    fn a_wrong_address_of_the_server_is_said_without_its_password() {
        let settings = MailSettings {
            smtp_url: Some("smpt://ana:geheim@mail.example.com".into()),
            mail_from: None,
        };
        let said = Mailer::new(&settings, "slipway.example.com").err().expect("refused");
        assert!(!said.contains("geheim") && said.contains("SLIPWAY_SMTP_URL"), "{said}");
    }
}
