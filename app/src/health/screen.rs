//! Engines, database, disk and record at one glance. It refreshes itself.

use super::api::{HealthPage, read_health};
use crate::fresh::fresh;
use crate::shell::Trouble;
use crate::ui::{Ago, Empty, Fact, Facts, Glyph, PageHead, Section, State, WhyLine, use_clock};
use chrono::{DateTime, Utc};
use domain::health::{EngineAlive, Hearing, Hears, KeySource, Sealing};
use domain::job::Depth;
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
    let HealthPage {
        health,
        sealing,
        queue,
        process,
    } = page;
    let alive = health
        .engines
        .iter()
        .filter(|engine| engine.is_alive(health.now))
        .count();
    let disk = process.disk.map_or_else(
        || "the system does not say".to_owned(),
        |(free, all)| format!("{} of {} free", bytes(free), bytes(all)),
    );
    let full = process.disk_is_short().then(|| {
        view! {
            <WhyLine glyph=Glyph::Hold what="The disk is nearly full.">
                "A database in the data folder stops when it is: free some space, or move the folder to a larger disk."
            </WhyLine>
        }
    });
    let deaf = match process.hearing.state() {
        Hears::Well => None,
        Hears::Late => Some((
            "Open pages follow late.",
            "The database answers slowly: look at its load and its connections.",
        )),
        Hears::Nothing => Some((
            "Open pages do not follow.",
            "Notices of the database do not come back. DATABASE_URL has to lead to PostgreSQL itself, not to a pooler that gives a connection to each transaction.",
        )),
    };
    let deaf = deaf.map(|(what, then)| view! { <WhyLine glyph=Glyph::Hold what>{then}</WhyLine> });
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
                <Fact term="Live updates">{heard(process.hearing)}</Fact>
                <Fact term="Disk of the data folder">{disk}</Fact>
            </Facts>
            {deaf}
            {full}
        </Section>
        <Key source=process.key sealing />
        <Queue queue />
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

/// How long a notice took.
fn heard(hearing: Hearing) -> String {
    let seconds = |ms: u32| format!("{:.1}\u{a0}s", f64::from(ms) / 1000.0);
    match (hearing.state(), hearing.lag_ms, hearing.waits_ms) {
        (Hears::Well, Some(ms), _) => format!("a notice takes {ms}\u{a0}ms"),
        (Hears::Well, None, _) => "the first notice is on its way".to_owned(),
        (_, _, Some(ms)) => format!("no notice for {}", seconds(ms)),
        (_, Some(ms), None) => format!("a notice takes {}", seconds(ms)),
        (_, None, None) => String::new(),
    }
}

/// Where the key is that seals, and whether it opens everything.
#[component]
fn Key(source: KeySource, sealing: Sealing) -> impl IntoView {
    let Sealing { newest, older, unknown } = sealing;
    let from = match source {
        KeySource::Given => view! { <code>"SLIPWAY_SEAL_KEY"</code> }.into_any(),
        KeySource::File => view! { "the file " <code>"key"</code> " in the data folder" }.into_any(),
    };
    let copy = (source == KeySource::File).then(|| {
        view! { <p class="meta after">"Keep a copy of that file elsewhere: without it no secret can be opened again."</p> }
    });
    let unfinished = (older > 0).then(|| {
        let what = format!("Rotation is not finished: {older} of them are sealed by an older key.");
        view! {
            <WhyLine glyph=Glyph::Hold what>
                "Run " <code>"slipway secrets rotate"</code> " with both keys, and throw the older one away only then."
            </WhyLine>
        }
    });
    let missing = (unknown > 0).then(|| {
        let what = format!("{unknown} of them can't be opened.");
        view! {
            <WhyLine glyph=Glyph::Fail what>
                "The key that sealed them is missing. Find it, and give it behind the newest one in " <code>"SLIPWAY_SEAL_KEY"</code>
                ", with a comma between; or set these secrets anew."
            </WhyLine>
        }
    });
    view! {
        <Section id="key" title="Sealing key">
            <Facts>
                <Fact term="Comes from">{from}</Fact>
                <Fact term="Sealed values">{newest + older + unknown}</Fact>
                <Fact term="By the newest key">{newest}</Fact>
            </Facts>
            {unfinished}
            {missing}
            {copy}
        </Section>
    }
    .into_any()
}

/// What is done in the background.
#[component]
fn Queue(queue: Depth) -> impl IntoView {
    let nobody = (queue.workers == 0).then(|| {
        view! {
            <WhyLine glyph=Glyph::Hold what="Nobody does these jobs.">
                "No worker was heard of for a minute, so no mail and no webhook is sent: start a server without SLIPWAY_NO_WORKER."
            </WhyLine>
        }
    });
    let gave_up = (queue.gave_up > 0).then(|| {
        let what = format!("{} jobs were given up.", queue.gave_up);
        view! {
            <WhyLine glyph=Glyph::Hold what>
                "Each says why among the " <a href="/administration/jobs">"jobs"</a> ": mend that and try again, or remove it."
            </WhyLine>
        }
    });
    view! {
        <Section id="queue" title="Background jobs">
            <Facts>
                <Fact term="Waiting">{queue.waiting}</Fact>
                <Fact term="Running">{queue.running}</Fact>
                <Fact term="Failed, and tried again">{queue.failing}</Fact>
                <Fact term="Given up">{queue.gave_up}</Fact>
                <Fact term="Workers">{queue.workers}</Fact>
            </Facts>
            {nobody}
            {gave_up}
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
