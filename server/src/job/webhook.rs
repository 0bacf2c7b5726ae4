//! Reports to webhooks: signed as Standard Webhooks are, or as Slack's incoming webhooks take them.

use super::{NotDone, Work, work};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use domain::id::DeliveryId;
use domain::job::Task;
use domain::webhook::Form;
use engine::address;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use store::webhook::{Outcome, Outgoing};

/// Bytes of an answer that are read.
const MOST: usize = 4096;

/// Bytes of a report: a longer one leaves out the event's own words.
const LARGEST: usize = 256 * 1024;

/// The job: report this delivery, unless it was delivered, or its receiver was stopped.
#[derive(Debug, Serialize, Deserialize)]
pub struct Webhook {
    pub delivery: DeliveryId,
}

impl TaskHandler for Webhook {
    const IDENTIFIER: &'static str = Task::Webhook.key();

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        crate::trace::job(Self::IDENTIFIER, deliver(&context, self.delivery)).await
    }
}

/// At least once: what happens between the receiver's word and ours is sent again, with the same id.
async fn deliver(context: &WorkerContext, id: DeliveryId) -> Result<(), NotDone> {
    let work = work(context)?;
    let last = context.job().attempts() >= context.job().max_attempts();
    let Some(outgoing) = store::webhook::outgoing(&work.db, &work.vault, id).await? else {
        return Ok(());
    };
    let began = Instant::now();
    let answer = send(&work, &outgoing, SystemTime::now().into()).await;
    let duration_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
    let outcome = match answer {
        Ok((status, answer)) => {
            let delivered = (200..300).contains(&status);
            let error = match status {
                _ if delivered => String::new(),
                300..400 => format!("it answered {status}: redirects are not followed"),
                status => format!("it answered {status}"),
            };
            Outcome {
                delivered,
                status: Some(status),
                error,
                answer,
                duration_ms,
                last,
            }
        }
        Err(error) => Outcome {
            delivered: false,
            status: None,
            error,
            answer: Vec::new(),
            duration_ms,
            last,
        },
    };
    match store::webhook::keep_attempt(&work.db, id, &outcome).await {
        // The receiver was removed while it answered.
        Ok(()) | Err(store::Error::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    if outcome.delivered {
        Ok(())
    } else {
        Err(NotDone::because(outcome.error))
    }
}

/// Headers beside the content type, and the body.
type Wire = (Vec<(&'static str, String)>, String);

/// What goes on the wire.
fn wire(outgoing: &Outgoing, address: &str, now: DateTime<Utc>) -> Result<Wire, String> {
    let report = &outgoing.report;
    let url = format!("{address}{}", report.about.path());
    match outgoing.form {
        Form::Slack => {
            let body = json!({ "text": app::webhook::words::slack(report, &url) });
            Ok((Vec::new(), body.to_string()))
        }
        Form::Standard => {
            let body = body(outgoing, json!(report.event), &url);
            let body = if body.len() > LARGEST {
                self::body(outgoing, Value::Null, &url)
            } else {
                body
            };
            let (id, at) = (format!("msg_{}", outgoing.id), now.timestamp());
            let signature = sign(&outgoing.secret, &id, at, &body)?;
            let headers = vec![
                ("webhook-id", id),
                ("webhook-timestamp", at.to_string()),
                ("webhook-signature", signature),
            ];
            Ok((headers, body))
        }
    }
}

fn body(outgoing: &Outgoing, event: Value, url: &str) -> String {
    let report = &outgoing.report;
    json!({
        "type": outgoing.kind.key(),
        "timestamp": outgoing.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "data": { "about": report.about, "by": report.by, "event": event, "url": url },
    })
    .to_string()
}

/// The signature of Standard Webhooks: `v1,` and HMAC-SHA256 over id, time and body in base64.
fn sign(secret: &str, id: &str, at: i64, body: &str) -> Result<String, String> {
    let key = BASE64_STANDARD
        .decode(secret.trim_start_matches("whsec_"))
        .map_err(|_| "the signing secret is damaged: renew it".to_owned())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| error.to_string())?;
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    Ok(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

/// Sends a report once. No redirect is followed: it would lead past the check of the address.
async fn send(work: &Work, outgoing: &Outgoing, now: DateTime<Utc>) -> Result<(u16, Vec<u8>), String> {
    let url = reqwest::Url::parse(&outgoing.url).map_err(|_| "the address is not a web address".to_owned())?;
    address::check(&url)?;
    let client = reqwest::Client::builder()
        .timeout(work.patience)
        .redirect(reqwest::redirect::Policy::none())
        .dns_resolver(Arc::new(address::Resolver))
        .no_proxy()
        .user_agent("slipway")
        .build()
        .map_err(|error| error.to_string())?;
    let (headers, body) = wire(outgoing, &work.address, now)?;
    let mut request = client
        .post(url)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(body);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let mut response = request.send().await.map_err(|error| said(&error, work.patience))?;
    let status = response.status().as_u16();
    let mut answer = Vec::new();
    while answer.len() < MOST {
        match response.chunk().await.map_err(|error| said(&error, work.patience))? {
            Some(chunk) => answer.extend_from_slice(&chunk),
            None => break,
        }
    }
    answer.truncate(MOST);
    Ok((status, answer))
}

/// The innermost reason, without the address, which may be a secret.
pub(super) fn said(error: &reqwest::Error, patience: Duration) -> String {
    if error.is_timeout() {
        return format!("no answer within {} seconds", patience.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    match cause.downcast_ref::<reqwest::Error>() {
        Some(_) => "the connection failed".to_owned(),
        None => cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::By;
    use domain::notice::About;
    use domain::webhook::{Kind, Report};

    /// The vector that the libraries for Standard Webhooks are tested with.
    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        let signature = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signature.as_deref(),
            Ok("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        );
        assert!(sign("whsec_nonsense!", "msg_1", 1, "{}").is_err());
    }

    fn outgoing(form: Form) -> Outgoing {
        Outgoing {
            id: DeliveryId(uuid::Uuid::nil()),
            kind: Kind::Test,
            at: DateTime::UNIX_EPOCH,
            form,
            url: "https://example.com".into(),
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(),
            report: Report {
                about: About::Incident {
                    number: 7,
                    service: "storefront".into(),
                    title: "Orders \"fail\" <!here> & more\nnow".into(),
                },
                by: By::System,
                event: None,
            },
        }
    }

    /// What Slack documents of incoming webhooks, and what takes Slack's form as well: an object with `text`, and nothing that has to be signed.
    #[test]
    fn a_message_has_the_shape_that_slack_takes() {
        let (headers, body) = wire(
            &outgoing(Form::Slack),
            "https://slipway.example.com",
            DateTime::UNIX_EPOCH,
        )
        .expect("a message");
        assert!(headers.is_empty(), "nothing is signed");
        let read: Value = serde_json::from_str(&body).expect("JSON");
        let text = read["text"].as_str().expect("a text");
        assert_eq!(read, json!({ "text": text }), "nothing else");
        assert!(text.contains("&lt;!here&gt; &amp; more"), "{text}");
        assert!(text.contains("<https://slipway.example.com/incidents/7|"), "{text}");
    }

    /// The headers of Standard Webhooks, checked as its specification says: over id, time and the body as it is sent.
    #[test]
    fn a_report_is_checked_as_the_specification_says() {
        let at = DateTime::from_timestamp(1_614_265_330, 0).expect("a moment");
        let (headers, body) = wire(&outgoing(Form::Standard), "https://slipway.example.com", at).expect("a report");
        let of = |name: &str| {
            headers
                .iter()
                .find(|(one, _)| *one == name)
                .expect("a header")
                .1
                .clone()
        };
        assert_eq!(of("webhook-timestamp"), "1614265330");
        assert!(of("webhook-id").starts_with("msg_"));
        let again = sign(
            &outgoing(Form::Standard).secret,
            &of("webhook-id"),
            1_614_265_330,
            &body,
        );
        assert_eq!(Ok(of("webhook-signature")), again);
        assert!(
            !of("webhook-id").contains('.'),
            "a dot would make the signed text ambiguous"
        );
    }

    #[test]
    fn what_is_sent_again_is_the_same_but_for_its_time() {
        let outgoing = outgoing(Form::Standard);
        let at = |s| DateTime::from_timestamp(s, 0).expect("a moment");
        let (first, body) = wire(&outgoing, "https://slipway.example.com", at(1)).expect("a report");
        let (second, again) = wire(&outgoing, "https://slipway.example.com", at(2)).expect("a report");
        assert_eq!((&first[0], body), (&second[0], again.clone()));
        assert_ne!(first[2], second[2]);
        let read: Value = serde_json::from_str(&again).expect("JSON");
        assert_eq!(read["type"], "test");
        assert_eq!(read["data"]["url"], "https://slipway.example.com/incidents/7");
    }
}
