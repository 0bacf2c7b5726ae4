//! One incident: when, what, why, what the public was told, and what is to be done.

use domain::access::{Action, Scope};
use domain::deployment::DeploymentLine;
use domain::incident::IncidentPage;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::api::read_incident;
use super::chart::Around;
use super::parts::{ActionCalls, Actions, Milestones, Timeline, Updates};
use super::report::{PATH, Report, ReportCall, ReportForm};
use super::words;
use crate::boot::{kept, me_as_actor};
use crate::deployment::api::deployment_points;
use crate::deployment::lines::brief;
use crate::deployment::series::PointBatch;
use crate::deployment::verdict::decided;
use crate::deployment::words as run_words;
use crate::error::AppError;
use crate::event_words::Names;
use crate::fresh::fresh;
use crate::live;
use crate::shell::Trouble;
use crate::ui::{Env, Glyph, LinkButton, PageHead, State, Time, WhyLine};

/// The calls of this screen, made outside of what is fetched again.
#[derive(Clone, Copy)]
struct Calls {
    report: ReportCall,
    publish: ServerAction<super::api::PublishUpdate>,
    actions: ActionCalls,
}

impl Calls {
    fn new() -> Calls {
        let actions = ActionCalls {
            add: ServerAction::new(),
            tick: ServerAction::new(),
        };
        Calls {
            report: ReportCall::new(),
            publish: ServerAction::new(),
            actions,
        }
    }

    fn answered(self) -> usize {
        self.report.action.version().get()
            + self.publish.version().get()
            + self.actions.add.version().get()
            + self.actions.tick.version().get()
    }
}

/// What the address says beside the incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    edit: bool,
    public_only: bool,
}

/// `/incidents/:number?edit=report&timeline=public`.
#[component]
pub fn IncidentScreen() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let calls = Calls::new();
    let number = Memo::new(move |_| {
        params
            .read()
            .get("number")
            .and_then(|text| text.parse::<i64>().ok())
            .unwrap_or(-1)
    });
    // A report that failed to save without script comes back as the form.
    let failed = kept(PATH, "number");
    let asked = Memo::new(move |_| {
        let query = query.read();
        let back = failed.as_deref() == Some(number.get().to_string().as_str());
        Asked {
            edit: back || query.get("edit").is_some(),
            public_only: query.get("timeline").as_deref() == Some("public"),
        }
    });
    let kicks = live::kicks(|| vec!["incidents".into()]);
    // While somebody writes, the page does not change below them.
    let source = move || {
        let kicks = if asked.get().edit { 0 } else { kicks.get() };
        (number.get(), kicks, calls.answered())
    };
    let page = Resource::new(source, |(number, ..)| fetch(number));
    view! {
        <Title text=move || format!("INC-{}", number.get()) />
        {fresh(
            page,
            move |page| match page {
                Err(error) => view! { <Trouble error /> }.into_any(),
                Ok((page, points)) => view! { <Shown page points asked=asked.get() calls /> }.into_any(),
            },
        )}
    }
}

/// The incident, and the points of the deployment that caused it.
async fn fetch(number: i64) -> Result<(IncidentPage, PointBatch), AppError> {
    let page = read_incident(number).await?;
    let points = match &page.deployment {
        Some(line) => deployment_points(line.id, 0).await?,
        None => PointBatch::default(),
    };
    Ok((page, points))
}

#[component]
fn Shown(page: IncidentPage, points: PointBatch, asked: Asked, calls: Calls) -> impl IntoView {
    let scope = Scope::Service(page.service.id);
    let may = |action: Action| me_as_actor().is_some_and(|actor| actor.may(action, scope).is_ok());
    let (may_edit, may_publish) = (may(Action::EditIncident), may(Action::PublishStatus));
    let report = match asked.edit && may_edit {
        true => view! { <ReportForm page=page.clone() call=calls.report /> }.into_any(),
        false => view! { <Report page=page.clone() may=may_edit /> }.into_any(),
    };
    view! {
        <Head page=page.clone() />
        <Because page=page.clone() />
        <Milestones page=page.clone() />
        <div class="cols">
            <div class="aside">
                <Updates page=page.clone() publish=calls.publish may=may_publish />
                <Timeline page=page.clone() public_only=asked.public_only />
            </div>
            <div class="body">
                {report}
                <Around page=page.clone() points />
                <Actions page calls=calls.actions may=may_edit />
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Head(page: IncidentPage) -> impl IntoView {
    let incident = &page.incident;
    let number = incident.number;
    let (glyph, word) = words::state(incident.state);
    let (tag, severity) = (
        words::severity_tag(incident.form.severity),
        words::severity(incident.form.severity),
    );
    let by = Names::of(&page.people).by(incident.opened_by).to_owned();
    let started = incident.form.started_at;
    let service = page.service.name.clone();
    let cause = page.deployment.clone().map(|line| view! { <Cause line /> });
    let title = incident.form.title.clone();
    let crumbs = vec![
        ("/incidents".to_owned(), "Incidents".to_owned()),
        (super::address(number), format!("INC-{number}")),
    ];
    let sub = move || {
        view! {
            <State glyph>{word}</State>
            <span class=tag>{severity}</span>
            <span>{service}</span>
            {cause}
            <span>"started " <Time at=started /></span>
            <span>"opened by " {by}</span>
        }
    };
    let acts = move || {
        view! {
            <LinkButton href=format!("{}/report.md", super::address(number)) external=true>
                "Export Markdown"
            </LinkButton>
            <Print />
        }
    };
    view! { <PageHead title crumbs sub acts /> }.into_any()
}

#[component]
fn Cause(line: DeploymentLine) -> impl IntoView {
    view! {
        <span>
            <Env tier=run_words::tier(line.tier) name=line.environment.clone() />
            " caused by "
            <a href=crate::deployment::address(line.number)>
                {format!("deployment {}, {}", line.number, line.version)}
            </a>
        </span>
    }
}

/// Only where there is a script to open the print dialog; elsewhere the browser's own menu does it.
#[component]
fn Print() -> impl IntoView {
    let scripted = RwSignal::new(false);
    Effect::new(move |_| scripted.set(true));
    let print = Callback::new(|_| {
        #[cfg(feature = "hydrate")]
        window().print().ok();
    });
    move || {
        scripted
            .get()
            .then(|| view! { <crate::ui::Button on_click=print>"Print"</crate::ui::Button> })
    }
}

/// What took it back, with the samples that decided, and where the way back stands.
#[component]
fn Because(page: IncidentPage) -> impl IntoView {
    let Some(line) = page.deployment.clone() else {
        return ().into_any();
    };
    let names = Names::of(&page.people);
    let what = format!("{}.", brief(&line, &names).trim_end_matches('.'));
    let samples = page
        .judgement
        .as_ref()
        .map(|it| decided(it, None).join(" "))
        .unwrap_or_default();
    let back = page.rollback.clone().map(|line| {
        let state = run_words::state(line.state).1.to_lowercase();
        view! {
            " The way back is "
            <a href=crate::deployment::address(line.number)>{format!("deployment {}", line.number)}</a>
            ", "
            {state}
            "."
        }
    });
    view! {
        <WhyLine glyph=Glyph::Back what>
            {samples}
            {back}
        </WhyLine>
    }
    .into_any()
}
