//! Calls of an instance, and refusals as sentences.

use super::account::{Account, account};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// How long a call may take; a wait for a gate is shorter.
const LONGEST: Duration = Duration::from_secs(90);

/// An instance.
pub struct Remote {
    account: Account,
    client: Client,
}

impl Remote {
    /// The instance that somebody logged in at.
    ///
    /// # Errors
    /// One sentence.
    pub fn logged_in() -> Result<Remote, String> {
        Remote::new(account()?)
    }

    /// # Errors
    /// One sentence.
    pub fn new(account: Account) -> Result<Remote, String> {
        let agent = concat!("slipway/", env!("CARGO_PKG_VERSION"));
        let built = Client::builder()
            .timeout(LONGEST)
            .connect_timeout(Duration::from_secs(10))
            // A redirect could carry the token elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(agent)
            .build();
        let client = built.map_err(|error| format!("No connection can be made: {error}."))?;
        Ok(Remote { account, client })
    }

    /// # Errors
    /// One sentence.
    pub async fn get(&self, path: &str) -> Result<Value, String> {
        self.call(Method::GET, path, None).await
    }

    /// # Errors
    /// One sentence.
    pub async fn send(&self, method: Method, path: &str, body: Value) -> Result<Value, String> {
        self.call(method, path, Some(body)).await
    }

    /// # Errors
    /// One sentence.
    pub async fn delete(&self, path: &str) -> Result<(), String> {
        self.call(Method::DELETE, path, None).await.map(|_| ())
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, String> {
        let address = format!("{}{}{path}", self.account.address, crate::api::BASE);
        let mut request = self.client.request(method, address).bearer_auth(&self.account.token);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let response = request
            .send()
            .await
            .map_err(|error| format!("{} does not answer: {}.", self.account.address, plain(&error)))?;
        read(response).await
    }
}

/// The innermost reason, without the address that stands before it.
fn plain(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

async fn read(response: Response) -> Result<Value, String> {
    let status = response.status();
    let text = response
        .text()
        .await
        .map_err(|error| format!("The answer broke off: {}.", plain(&error)))?;
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    if status.is_success() {
        return Ok(body);
    }
    Err(sentence(status, &body))
}

/// A problem as one sentence: its title, the fields that are wrong, and what holds a gate.
fn sentence(status: StatusCode, problem: &Value) -> String {
    let title = problem["title"].as_str().unwrap_or_default();
    if title.is_empty() {
        return format!("The instance answered {status}.");
    }
    let fields = problem["fields"].as_object().into_iter().flatten();
    let fields = fields.map(|(field, what)| format!("{field} ({})", what["problem"].as_str().unwrap_or("wrong")));
    let reasons = problem["reasons"].as_array().into_iter().flatten();
    let reasons = reasons.map(told);
    let more: Vec<String> = fields.chain(reasons).collect();
    if more.is_empty() {
        title.to_owned()
    } else {
        format!("{} {}.", title, more.join(", "))
    }
}

/// What holds a gate, in a few words.
pub fn told(reason: &Value) -> String {
    let word = reason["reason"].as_str().unwrap_or_default().replace('_', " ");
    let text = reason["text"]
        .as_str()
        .or(reason["environment"].as_str())
        .or(reason["at"].as_str());
    match (text, &reason["have"], &reason["need"]) {
        (Some(text), ..) => format!("{word}: {text}"),
        (None, Value::Number(have), Value::Number(need)) => format!("{word}: {have} of {need}"),
        _ => word,
    }
}

/// A part of an address.
pub fn part(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_problem_is_one_sentence() {
        let problem = json!({
            "title": "It can't start yet.",
            "reasons": [{"reason": "item_open", "text": "Security scan passed"}, {"reason": "approval_missing", "have": 0, "need": 1}],
        });
        assert_eq!(
            sentence(StatusCode::CONFLICT, &problem),
            "It can't start yet. item open: Security scan passed, approval missing: 0 of 1."
        );
        assert_eq!(
            sentence(StatusCode::BAD_GATEWAY, &Value::Null),
            "The instance answered 502 Bad Gateway."
        );
    }

    #[test]
    fn a_part_of_an_address_stays_one() {
        assert_eq!(part("1.2.3+a/../b"), "1.2.3%2Ba%2F..%2Fb");
    }
}
