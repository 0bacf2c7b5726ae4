//! "Test it now": a look at a target and a metric source by the same way that a deployment takes.

use crate::scrape::{Http, Refusal};
use crate::target::{self, short};
use domain::service::{MetricSource, Probe, ProbeFacts, Settings, Target};
use std::time::{Duration, Instant};
use store::secret::Mask;

/// The longest that one connection may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Bytes of an answer that are shown.
const SHOWN: usize = 8 * 1024;

/// Tries every connection of an environment's settings, each under its name: `status`, `stable metrics`, `canary metrics`. Nothing is changed.
///
/// `secrets` are the variables that the settings want opened, and what hides their values in what is shown.
pub async fn test(
    settings: &Settings,
    facts: &ProbeFacts,
    secrets: Result<(Vec<(String, String)>, Mask), store::Error>,
) -> Vec<(String, Probe)> {
    let mut probes = Vec::new();
    if let Target::Command(command) = &settings.target {
        let mut variables = target::of_environment(&facts.service, &facts.environment);
        variables.extend(command.env.clone());
        let probe = match secrets {
            Ok((secrets, mask)) => {
                variables.extend(secrets);
                status(&command.status, &variables, &mask).await
            }
            Err(error) => Probe {
                ok: false,
                took_ms: 0,
                summary: target::not_given(&error),
                output: String::new(),
            },
        };
        probes.push(("status".to_owned(), probe));
    }
    if let MetricSource::Scrape {
        stable_url, canary_url, ..
    } = &settings.source
    {
        let http = Http::new(LIMIT);
        let (stable, canary) = tokio::join!(metrics(&http, stable_url), metrics(&http, canary_url));
        probes.push(("stable metrics".to_owned(), stable));
        probes.push(("canary metrics".to_owned(), canary));
    }
    probes
}

async fn status(argv: &[String], variables: &[(String, String)], mask: &Mask) -> Probe {
    let begun = Instant::now();
    let mut ran = short::run(argv, variables, LIMIT).await;
    ran.hide(mask);
    let seen = target::read_status(&ran.stdout);
    let summary = match &seen {
        Some(seen) if ran.ok() => {
            let version = seen.version.as_deref().unwrap_or("no version");
            format!("exit 0: {version}, {} instances", seen.instances.len())
        }
        None if ran.ok() => "exit 0, but it printed no JSON object".to_owned(),
        _ => ran.summary(),
    };
    Probe {
        ok: ran.ok() && seen.is_some(),
        took_ms: took(begun),
        summary,
        output: shown(&format!("{}{}", ran.stdout, ran.stderr)),
    }
}

async fn metrics(http: &Http, url: &str) -> Probe {
    let begun = Instant::now();
    let page = http.text(url).await;
    let took_ms = took(begun);
    match page.map(|page| (domain::analysis::text::parse(&page), page)) {
        Ok((Ok(exposition), page)) => {
            let summary = format!("{} series", exposition.series.len());
            Probe {
                ok: !exposition.series.is_empty(),
                took_ms,
                summary,
                output: shown(&page),
            }
        }
        Ok((Err(why), page)) => Probe {
            ok: false,
            took_ms,
            summary: Refusal::from(why).to_string(),
            output: shown(&page),
        },
        Err(refusal) => Probe {
            ok: false,
            took_ms,
            summary: refusal.to_string(),
            output: String::new(),
        },
    }
}

fn took(begun: Instant) -> u32 {
    u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX)
}

/// The beginning, with a mark where it was cut.
fn shown(text: &str) -> String {
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    let end = (0..=SHOWN).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    format!("{}\n… {} more bytes", &text[..end], text.len() - end)
}
