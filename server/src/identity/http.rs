//! The way out to providers: by https or on this machine, never to addresses that may not be asked, never along a redirect.

use engine::address::{Resolver, refused};
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The longest answer of a provider, in bytes.
const MOST: usize = 1024 * 1024;

/// How long a provider may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a provider could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("the address is not one of a provider")]
    NoAddress,
    #[error("{0} may not be asked")]
    Address(IpAddr),
    #[error("the address is neither https nor on this machine")]
    Open,
    #[error("{}", root(.0))]
    Http(#[from] reqwest::Error),
    #[error("the answer is longer than {MOST} bytes")]
    TooLong,
}

/// The innermost reason.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// The client for all providers.
pub struct Http(reqwest::Client);

impl Http {
    /// # Errors
    /// When no TLS is to be had.
    pub fn new() -> Result<Http, reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Arc::new(Resolver))
            .no_proxy()
            .user_agent("slipway")
            .build()?;
        Ok(Http(client))
    }

    /// Sends one request.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Fault> {
        let request = reqwest::Request::try_from(request).map_err(|_| Fault::NoAddress)?;
        allowed(request.url())?;
        let mut response = self.0.execute(request).await?;
        let mut answer = ::http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MOST {
                return Err(Fault::TooLong);
            }
        }
        answer.body(body).map_err(|_| Fault::NoAddress)
    }
}

/// Whether a provider may be there.
///
/// # Errors
/// Why not.
pub fn allowed(url: &reqwest::Url) -> Result<(), Fault> {
    let host = url.host_str().ok_or(Fault::NoAddress)?;
    let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    if let Some(ip) = literal.filter(|ip| refused(*ip)) {
        return Err(Fault::Address(ip));
    }
    let here = host == "localhost" || literal.is_some_and(|ip| ip.is_loopback());
    match url.scheme() {
        "https" => Ok(()),
        "http" if here => Ok(()),
        _ => Err(Fault::Open),
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn providers_are_reached_by_https_or_are_here() {
        let fine = |url: &str| allowed(&url.parse().expect("an address")).is_ok();
        for url in [
            "https://id.example.com/x",
            "http://127.0.0.1:9000/x",
            "http://localhost:9000",
            "http://[::1]:9000",
            "https://10.0.0.1",
        ] {
            assert!(fine(url), "{url}");
        }
        for url in [
            "http://id.example.com/x",
            "https://169.254.169.254/latest",
            "http://169.254.169.254/latest",
            "https://[fd00:ec2::254]/",
            "https://[::ffff:169.254.169.254]/",
            "ftp://127.0.0.1/",
        ] {
            assert!(!fine(url), "{url}");
        }
    }
}
