//! Engines, database, disk and record at one glance. It refreshes itself.

use super::api::{HealthPage, read_health};
use crate::fresh::fresh;
use crate::shell::Trouble;
use crate::ui::{Ago, Empty, Fact, Facts, Glyph, PageHead, Section, State, use_clock};
use chrono::{DateTime, Utc};
use domain::health::EngineAlive;
use leptos::prelude::*;
use leptos_meta::Title;

const PAGE: &str = "/administration/health";

/// Seconds after which the page is fetched again.
const EVERY: i64 = 10;

/// `/administration/health`.
#[component]
pub fn InstanceHealth() -> impl IntoView {
    let clock = use_clock();
    let round = Memo::new(move |_| clock.now().timestamp() / EVERY);
    let page = Resource::new_blocking(move || round.get(), |_| read_health());
    view! {
        <Title text="Health" />
        <PageHead title="Health" />
        <crate::access::AdministrationTabs current=PAGE />
        {fresh(page, |found| match found {
            Ok(page) => view! { <Body page /> }.into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

#[component]
fn Body(page: HealthPage) -> impl IntoView {
    let HealthPage { health, process } = page;
    let alive = health
        .engines
        .iter()
        .filter(|engine| engine.is_alive(health.now))
        .count();
    let disk = process.disk.map_or_else(
        || "the system does not say".to_owned(),
        |(free, all)| format!("{} of {} free", bytes(free), bytes(all)),
    );
    let (queued, open) = (health.queued_executions, health.open_deployments);
    let checkpoint = match health.checkpoint {
        Some((number, at)) => view! {
            <a href="/administration/audit#checkpoints">"Number " {number}</a>
            ", "
            <Ago at />
        }
        .into_any(),
        None => "none yet".into_any(),
    };
    view! {
        <Section id="engines" title="Engines" count=alive.to_string() class="first">
            <Engines engines=health.engines now=health.now />
            <Facts>
                <Fact term="Deployments under way">{open}</Fact>
                <Fact term="Commands that wait for an engine">{queued}</Fact>
            </Facts>
        </Section>
        <Section id="server" title="Server">
            <Facts>
                <Fact term="Version">{process.version}</Fact>
                <Fact term="Started"><Ago at=process.started_at /></Fact>
                <Fact term="Pages that listen">{process.live_pages}</Fact>
                <Fact term="Disk of the data folder">{disk}</Fact>
            </Facts>
        </Section>
        <Section id="database" title="Database">
            <Facts>
                <Fact term="Size">{bytes(u64::try_from(health.database_bytes).unwrap_or(0))}</Fact>
                <Fact term="Connections">{format!("{} of {}", health.connections, health.most_connections)}</Fact>
                <Fact term="Signed-in sessions">{health.sessions}</Fact>
                <Fact term="Records of the audit trail">{health.events}</Fact>
                <Fact term="Last checkpoint">{checkpoint}</Fact>
            </Facts>
            <p class="meta after">"Monitoring reads the same and more at " <code>"/metrics"</code> "."</p>
        </Section>
    }
    .into_any()
}

#[component]
fn Engines(engines: Vec<EngineAlive>, now: DateTime<Utc>) -> impl IntoView {
    if engines.is_empty() {
        return view! {
            <Empty title="No engine has worked here yet.">
                "Nothing is deployed without one: start the server without SLIPWAY_NO_ENGINE, or run slipway engine."
            </Empty>
        }
        .into_any();
    }
    let rows = engines.into_iter().map(|engine| {
        let state = if engine.is_alive(now) {
            view! { <State glyph=Glyph::Pass>"Alive"</State> }.into_any()
        } else {
            view! { <State glyph=Glyph::Hold>"Silent"</State> }.into_any()
        };
        view! {
            <tr>
                <th scope="row">{engine.owner}</th>
                <td>{state}</td>
                <td data-head="Last sign"><Ago at=engine.at /></td>
                <td data-head="Since"><Ago at=engine.since /></td>
                <td data-head="Version">{engine.version}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <div class="scroll" role="region" aria-label="Engines" tabindex="0">
            <table class="blocks">
                <thead>
                    <tr>
                        <th scope="col">"Engine"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Last sign"</th>
                        <th scope="col">"Since"</th>
                        <th scope="col">"Version"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// "1.4 GB".
#[allow(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1000.0 {
            return match unit {
                "B" => format!("{count}\u{a0}B"),
                unit => format!("{value:.1}\u{a0}{unit}"),
            };
        }
        value /= 1000.0;
    }
    format!("{value:.1}\u{a0}TB")
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn bytes_have_a_unit_that_fits() {
        assert_eq!(bytes(999), "999\u{a0}B");
        assert_eq!(bytes(1_500), "1.5\u{a0}kB");
        assert_eq!(bytes(2_340_000_000), "2.3\u{a0}GB");
        assert_eq!(bytes(7_000_000_000_000), "7.0\u{a0}TB");
    }
}
