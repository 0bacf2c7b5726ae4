//! The analysis beside the charts: each metric with its figures and its verdict.

use domain::deployment::DeploymentPage;
use domain::service::MetricSource;
use leptos::prelude::*;

use super::verdict::{VerdictRow, overall, rows};
use crate::ui::{Section, State, use_clock};

/// The newest judgement.
#[component]
pub fn Analysis(
    /// The deployment, as it is now.
    page: Signal<DeploymentPage>,
) -> impl IntoView {
    let clock = use_clock();
    let title = Signal::derive(move || {
        page.with(|page| match page.judgements {
            0 => "Analysis".to_owned(),
            n => format!("Analysis {n}"),
        })
    });
    let ended = Memo::new(move |_| page.with(|page| page.deployment.run.state.terminal()));
    let every = move || {
        page.with(|page| match &page.deployment.plan.source {
            MetricSource::None if ended.get() => "nothing was measured".to_owned(),
            MetricSource::None => "nothing is measured".to_owned(),
            MetricSource::Scrape { interval_s, .. } => format!("every {interval_s}\u{a0}s"),
        })
    };
    // The clock's zone is what matters here, not its ticking.
    let shown = Memo::new(move |_| {
        page.with(|page| {
            let judgement = page.judgement.as_ref()?;
            Some((
                judgement.overall,
                rows(judgement, &page.deployment.plan.analysis, &clock.zone()),
            ))
        })
    });
    let measured = move || page.with(|page| !matches!(page.deployment.plan.source, MetricSource::None));
    let body = move || match shown.get() {
        Some((whole, rows)) => view! { <Table rows whole=overall(whole) /> }.into_any(),
        None => view! { <p class="meta">{nothing(measured(), ended.get())}</p> }.into_any(),
    };
    view! {
        <Section id="analysis" title end=move || every>
            {body}
        </Section>
    }
    .into_any()
}

/// What stands where nothing has been judged.
fn nothing(measured: bool, ended: bool) -> &'static str {
    match (measured, ended) {
        (true, false) => "Nothing is judged yet: it begins when the new version gets its first traffic.",
        (true, true) => "Nothing was judged.",
        (false, false) => "No metric source is set for this environment, so no metric decides. A person watches.",
        (false, true) => "No metric source was set for this environment, so no metric decided. A person watched.",
    }
}

#[component]
fn Table(rows: Vec<VerdictRow>, whole: (crate::ui::Glyph, &'static str)) -> impl IntoView {
    let notes = rows
        .iter()
        .filter_map(|row| row.note.clone())
        .map(|note| view! { <p class="meta">{note}</p> })
        .collect_view();
    view! {
        <Verdicts rows />
        <p class="meta">"Together: " <State glyph=whole.0>{whole.1}</State></p>
        {notes}
    }
    .into_any()
}

/// What was counted of each metric, and what it means.
#[component]
pub fn Verdicts(
    /// A line a metric.
    rows: Vec<VerdictRow>,
    /// What the table shows, where no title above says it.
    #[prop(optional)]
    caption: Option<&'static str>,
) -> impl IntoView {
    let row = |row: VerdictRow| {
        view! {
            <tr>
                <th scope="row">
                    {row.title}
                    <br />
                    <small>{row.small}</small>
                </th>
                <td class="num">{row.canary}</td>
                <td class="num">{row.stable}</td>
                <td>
                    <State glyph=row.glyph>{row.word}</State>
                </td>
            </tr>
        }
    };
    view! {
        <div class="scroll" role="region" aria-label="Verdicts" tabindex="0">
            <table>
                {caption.map(|caption| view! { <caption>{caption}</caption> })}
                <thead>
                    <tr>
                        <th scope="col">"Metric"</th>
                        <th scope="col" class="num">"Canary"</th>
                        <th scope="col" class="num">"Stable"</th>
                        <th scope="col">"Verdict"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
