//! A real OpenID Connect provider on loopback (`end2end/provider.mjs`), and the browser of somebody who signs in there.

use crate::application::HERE;
use reqwest::{Client, Response, Url};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// What the provider knows this instance by.
pub const SECRET: &str = "a secret of the client";

/// The provider's process. It ends with this value.
pub struct Provider {
    pub issuer: String,
    process: Child,
}

impl Provider {
    /// Starts one whose clock is ahead by so many seconds.
    pub async fn start(ahead: i64) -> Provider {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end");
        let told = serde_json::json!({
            "client": "slipway", "secret": SECRET, "ahead": ahead,
            "back": [format!("{HERE}/sign-in/callback/company")], "out": [format!("{HERE}/login")],
        });
        let mut process = Command::new("node")
            .arg("provider.mjs")
            .arg(told.to_string())
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node is there");
        let mut lines = BufReader::new(process.stdout.take().expect("an output")).lines();
        while let Some(line) = lines.next_line().await.expect("a line") {
            if let Some(issuer) = line.strip_prefix("ready ") {
                return Provider {
                    issuer: issuer.to_owned(),
                    process,
                };
            }
        }
        panic!("the provider did not start: run `npm ci` in {}", folder.display());
    }

    /// From now on nobody answers there.
    pub async fn stop(&mut self) {
        self.process.kill().await.expect("is ended");
    }
}

/// Somebody's browser at the provider: it keeps cookies, fills in forms and follows redirects until one leads back to us.
pub struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn new() -> Browser {
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        Browser {
            client: client.expect("a client"),
            cookies: BTreeMap::new(),
        }
    }

    /// Goes there, signs in as this account and agrees to whatever is asked. Answers the path by which the provider leads back to us.
    pub async fn sign_in(&mut self, at: &str, account: &str) -> String {
        self.walk(at, |prompt| match prompt {
            "login" => vec![("prompt", "login"), ("login", account), ("password", "any")],
            _ => vec![("prompt", "consent")],
        })
        .await
    }

    /// Goes there, and says no.
    pub async fn decline(&mut self, at: &str) -> String {
        let page = self.follow(at).await.expect_err("a form");
        let back = page
            .url()
            .join(&format!("{}/abort", page.url().path()))
            .expect("an address");
        self.follow(back.as_str()).await.expect("leads back")
    }

    /// Goes to the page that ends the session, and confirms.
    pub async fn sign_out(&mut self, at: &str) -> String {
        let page = self.follow(at).await.expect_err("a form");
        let url = page.url().clone();
        let body = page.text().await.expect("a page");
        let hidden = between(&body, "name=\"xsrf\" value=\"", "\"");
        let action = url
            .join(&between(&body, "action=\"", "\"").replace("&amp;", "&"))
            .expect("an address");
        let answer = self
            .send(&action, Some(&[("xsrf", hidden.as_str()), ("logout", "yes")]))
            .await;
        let next = action.join(&location(&answer)).expect("an address");
        self.follow(next.as_str()).await.expect("leads back")
    }

    async fn walk<'a>(&mut self, at: &str, fill: impl Fn(&str) -> Vec<(&'a str, &'a str)>) -> String {
        let mut at = at.to_owned();
        loop {
            let page = match self.follow(&at).await {
                Ok(back) => return back,
                Err(page) => page,
            };
            let url = page.url().clone();
            let body = page.text().await.expect("a page");
            let prompt = between(&body, "name=\"prompt\" value=\"", "\"");
            let answer = self.send(&url, Some(&fill(&prompt))).await;
            at = url.join(&location(&answer)).expect("an address").to_string();
        }
    }

    /// Follows redirects until one leads back to us, or until a page comes.
    async fn follow(&mut self, at: &str) -> Result<String, Response> {
        let mut url: Url = at.parse().expect("an address");
        for _ in 0..20 {
            if let Some(back) = url.as_str().strip_prefix(HERE) {
                return Ok(back.to_owned());
            }
            let answer = self.send(&url, None).await;
            if !answer.status().is_redirection() {
                assert!(
                    answer.status().is_success(),
                    "{url}: {}",
                    answer.text().await.unwrap_or_default()
                );
                return Err(answer);
            }
            url = url.join(&location(&answer)).expect("an address");
        }
        panic!("redirects without end");
    }

    async fn send(&mut self, url: &Url, form: Option<&[(&str, &str)]>) -> Response {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = match form {
            Some(fields) => {
                let body = serde_urlencoded::to_string(fields).expect("fields are encoded");
                let request = self.client.post(url.clone()).body(body);
                request.header("content-type", "application/x-www-form-urlencoded")
            }
            None => self.client.get(url.clone()),
        };
        let answer = request
            .header("cookie", cookies.join("; "))
            .send()
            .await
            .expect("an answer");
        for cookie in answer.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().expect("a readable cookie");
            if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

fn location(answer: &Response) -> String {
    let location = answer.headers().get("location").expect("leads on");
    location.to_str().expect("a readable address").to_owned()
}

/// The text between two others.
pub fn between(text: &str, before: &str, after: &str) -> String {
    let rest = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"))
        .1;
    rest.split(after).next().unwrap_or_default().to_owned()
}
