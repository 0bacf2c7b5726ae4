//! "Test it now": what a provider says of itself, offered to the page of administrators.

use super::{Providers, http, oidc};
use app::access::Discoverer;
use domain::identity::{Provider, ProviderKind};
use domain::service::Probe;
use std::sync::Arc;
use std::time::Instant;

/// What the page calls.
pub fn discoverer(providers: Arc<Providers>) -> Discoverer {
    Discoverer(Arc::new(move |provider| {
        let providers = providers.clone();
        Box::pin(async move {
            let begun = Instant::now();
            let (ok, summary, output) = match ask(&providers, &provider).await {
                Ok((summary, output)) => (true, summary, output),
                Err(why) => (false, why, String::new()),
            };
            Probe {
                ok,
                summary,
                took_ms: u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX),
                output,
            }
        })
    }))
}

async fn ask(providers: &Providers, provider: &Provider) -> Result<(String, String), String> {
    let client = providers.http().map_err(|_| "this machine has no TLS".to_owned())?;
    if provider.settings.kind == ProviderKind::Github {
        let request = ::http::Request::get(&provider.issuer).body(Vec::new());
        let request = request.map_err(|error| error.to_string())?;
        let answer = client
            .send(request)
            .await
            .map_err(|error: http::Fault| error.to_string())?;
        return Ok((format!("it answered {}", answer.status()), String::new()));
    }
    let found = oidc::explain(client, &provider.issuer).await?;
    let mut lines = vec![
        format!("issuer                  {}", found.issuer().as_str()),
        format!("authorization_endpoint  {}", found.authorization_endpoint().as_str()),
    ];
    let mut line = |name: &str, value: Option<&str>| lines.push(format!("{name:<24}{}", value.unwrap_or("none")));
    line("token_endpoint", found.token_endpoint().map(|url| url.as_str()));
    line("userinfo_endpoint", found.userinfo_endpoint().map(|url| url.as_str()));
    let end = found.additional_metadata().end_session_endpoint.as_ref();
    line("end_session_endpoint", end.map(|url| url.as_str()));
    let keys = format!("{} keys", found.jwks().keys().len());
    line("jwks", Some(&keys));
    if provider.settings.kind == ProviderKind::Microsoft && !provider.settings.groups.is_empty() {
        lines.push(String::new());
        lines.push(
            "Roles follow from groups here, and Microsoft does not name those of who is in more than 200.".into(),
        );
        lines.push(
            "Whoever that is can't sign in, and is told why. Choose \"Groups assigned to the application\"".into(),
        );
        lines.push("for the groups claim under Token configuration, and only the groups that matter are named.".into());
    }
    Ok(("it can be used".into(), lines.join("\n")))
}
