//! One release: where it stands, its plan, its checklist, who approves it, and what became of it.

use domain::access::{Action, Scope};
use domain::deployment::DeploymentLine;
use domain::outside::{Outside, OutsideState};
use domain::release::{ReleaseEnvironment, ReleasePage};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::api::{ReleaseHistory, read_history, read_release};
use super::checklist::{Checklist, ItemCall};
use super::failed::{Failed, Refused};
use super::history::{Deployments, History};
use super::path::{PathPart, chosen, headline, target, under_way};
use super::plan::PlanFacts;
use super::promotion::{Promotion, parts};
use super::view::settled;
use crate::boot::me_as_actor;
use crate::deployment::api::Deploy;
use crate::deployment::outside::past_the_gates;
use crate::error::AppError;
use crate::fresh::fresh;
use crate::gate::api::{Decide, RequestApproval};
use crate::gate::approvals::{ApprovalCalls, Approvals};
use crate::gate::deploy::DeployButton;
use crate::gate::holds::{Holds, Told};
use crate::gate::plan::{Digest, WhatRuns};
use crate::gate::view::given;
use crate::live;
use crate::shell::Trouble;
use crate::ui::icon::Glyph;
use crate::ui::{Ago, Empty, LinkButton, PageHead, Section, State, Tab, Tabs, Time, Until, WhyLine};

/// The calls of this screen, made outside of what is fetched again so that their answers stay.
#[derive(Clone, Copy)]
struct Calls {
    item: ItemCall,
    approval: ApprovalCalls,
    deploy: ServerAction<Deploy>,
}

impl Calls {
    fn new() -> Calls {
        let approval = ApprovalCalls {
            request: ServerAction::<RequestApproval>::new(),
            decide: ServerAction::<Decide>::new(),
        };
        Calls {
            item: ItemCall::new(),
            approval,
            deploy: ServerAction::new(),
        }
    }

    /// Grows with each answer: what the page shows has changed.
    fn answered(self) -> usize {
        self.item.action.version().get()
            + self.approval.request.version().get()
            + self.approval.decide.version().get()
            + self.deploy.version().get()
    }
}

/// What the address says beside the release.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    tab: String,
    environment: Option<String>,
    open_only: bool,
}

/// `/releases/:service/:version?tab=&environment=`.
#[component]
pub fn ReleaseScreen() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let calls = Calls::new();
    let name = Memo::new(move |_| {
        let params = params.read();
        (
            params.get("service").unwrap_or_default(),
            params.get("version").unwrap_or_default(),
        )
    });
    let asked = Memo::new(move |_| {
        let query = query.read();
        Asked {
            tab: query.get("tab").unwrap_or_else(|| "overview".to_owned()),
            environment: query.get("environment"),
            open_only: query.get("show").as_deref() == Some("open"),
        }
    });
    let kicks = live::kicks(|| vec!["releases".into(), "deployments".into()]);
    // One resource: between the end of the old page and the new one nothing else may happen.
    let wants_history = Memo::new(move |_| asked.with(|asked| asked.tab == "history"));
    let page = Resource::new(
        move || (name.get(), wants_history.get(), kicks.get(), calls.answered()),
        |((service, version), wants_history, ..)| fetch(service, version, wants_history),
    );
    view! {
        <Title text=move || name.with(|(service, version)| format!("{service} {version}")) />
        {fresh(
            page,
            move |page| match page {
                Err(error) => view! { <Trouble error /> }.into_any(),
                Ok((page, history)) => view! { <Shown page history asked=asked.get() calls /> }.into_any(),
            },
        )}
    }
}

/// What the page shows: its history is fetched only where it is shown.
async fn fetch(
    service: String,
    version: String,
    wants_history: bool,
) -> Result<(ReleasePage, Option<ReleaseHistory>), AppError> {
    let page = read_release(service.clone(), version.clone()).await?;
    let history = match wants_history {
        true => Some(read_history(service, version).await?),
        false => None,
    };
    Ok((page, history))
}

#[component]
fn Shown(page: ReleasePage, history: Option<ReleaseHistory>, asked: Asked, calls: Calls) -> impl IntoView {
    let told = Told {
        people: page.people.clone(),
        actor: me_as_actor(),
    };
    let for_head = asked.clone();
    let body = match asked.tab.as_str() {
        "plan" => view! { <PlanTab page=page.clone() asked /> }.into_any(),
        "checklist" => view! { <ChecklistTab page=page.clone() told=told.clone() asked calls /> }.into_any(),
        "approvals" => view! { <ApprovalsTab page=page.clone() told=told.clone() calls /> }.into_any(),
        "deployments" => view! { <Deployments page=page.clone() told=told.clone() deploy=calls.deploy /> }.into_any(),
        "history" => match history {
            Some(history) => view! { <History history /> }.into_any(),
            None => ().into_any(),
        },
        _ => view! { <Overview page=page.clone() told=told.clone() asked calls /> }.into_any(),
    };
    let parts = parts(&page);
    view! {
        <Head page=page.clone() parts=parts.clone() asked=for_head told calls />
        <Promotion parts />
        {past_the_gates(&page.outside).cloned().map(|one| view! { <PastTheGates one /> })}
        <TabBar page />
        {body}
    }
    .into_any()
}

#[component]
fn Head(page: ReleasePage, parts: Vec<PathPart>, asked: Asked, told: Told, calls: Calls) -> impl IntoView {
    let form = page.release.form.clone();
    let (service, version) = (page.service.name.clone(), form.version.clone());
    let here = super::address(&service, &version);
    let scope = Scope::Service(page.service.id);
    let may_plan = told
        .actor
        .as_ref()
        .is_some_and(|actor| actor.may(Action::PlanRelease, scope).is_ok());
    let author = told.names().person(page.release.created_by).to_owned();
    let target = target(&page, asked.environment.as_deref()).map(|index| beside(&page, index));
    let (release, state) = (page.release.id, headline(&parts));
    let published = page.published.clone();
    let sub = move || {
        let published = published.map(|one| {
            let at = view! { " at " <Time at=one.at /> };
            match one.url.is_empty() {
                true => view! { <span>"Published on GitHub" {at}</span> }.into_any(),
                false => view! {
                    <span><a href=one.url rel="external noopener noreferrer">"Published on GitHub"</a> {at}</span>
                }
                .into_any(),
            }
        });
        let window = form.window.map(|window| {
            view! {
                <span>
                    "Window "
                    <Time at=window.opens_at />
                    ", "
                    <Until at=window.opens_at />
                </span>
            }
        });
        view! {
            <State glyph=state.0>{state.1}</State>
            <span>"Planned by " {author}</span>
            {published}
            {window}
        }
    };
    let acts = move || {
        view! {
            {may_plan.then(|| view! { <LinkButton href=format!("{here}/edit")>"Edit plan"</LinkButton> })}
            {target
                .map(|(one, under_way)| {
                    view! { <DeployButton one release told action=calls.deploy under_way primary=true /> }
                })}
        }
    };
    let crumbs = vec![
        ("/releases".to_owned(), "Releases".to_owned()),
        (format!("/releases?service={service}"), service.clone()),
    ];
    let title = format!("{service} {version}: {}", page.release.form.title);
    view! {
        <PageHead title crumbs sub acts />
        <Refused failed=Failed::of(calls.deploy.value()) />
    }
    .into_any()
}

/// What was deployed past Slipway says so, on every part of the page.
#[component]
fn PastTheGates(one: Outside) -> impl IntoView {
    let (version, environment) = (one.version.clone(), one.environment.clone());
    let what = match one.state {
        OutsideState::Started => format!("{version} is being brought to {environment} past the gates."),
        OutsideState::Succeeded => format!("{version} was brought to {environment} past the gates."),
        OutsideState::Failed => format!("{version} failed on its way to {environment}, past the gates."),
    };
    let how = match one.url.is_empty() {
        true => one.tool.clone().into_any(),
        false => view! { <a href=one.url.clone() rel="external noopener noreferrer">{one.tool.clone()}</a> }.into_any(),
    };
    view! {
        <WhyLine glyph=Glyph::Hold what>
            {how} " did it, " <Ago at=one.at />
            ". Slipway asked for no approval and no gate stood before it: what was approved here is not what it proves."
        </WhyLine>
    }
}

/// An environment, and the deployment of this release that is under way there.
fn beside(page: &ReleasePage, index: usize) -> (ReleaseEnvironment, Option<DeploymentLine>) {
    let one = page.environments[index].clone();
    let line = under_way(&page.deployments, &one.environment.name).cloned();
    (one, line)
}

#[component]
fn TabBar(page: ReleasePage) -> impl IntoView {
    let query = use_query_map();
    let here = super::address(&page.service.name, &page.release.form.version);
    let (done, total) = settled(&page.items);
    let approvals = page.environments.iter().filter(|one| one.facts.policy.approvals > 0);
    let (have, need) = approvals.fold((0, 0), |(have, need), one| {
        (
            have + given(&one.facts).min(one.facts.policy.approvals),
            need + one.facts.policy.approvals,
        )
    });
    let deployments = page.deployments.len() + page.outside.len();
    let tabs = Signal::derive(move || {
        let now = query.read().get("tab").unwrap_or_else(|| "overview".to_owned());
        let tab = |key: &str, label: &str| Tab::new(format!("{here}?tab={key}"), label, now == key);
        vec![
            tab("overview", "Overview"),
            tab("plan", "Plan"),
            tab("checklist", "Checklist").with_count(format!("{done}/{total}")),
            tab("approvals", "Approvals").with_count(format!("{have}/{need}")),
            tab("deployments", "Deployments").with_count(deployments.to_string()),
            tab("history", "History"),
        ]
    });
    view! { <Tabs label="Release" tabs /> }
}

#[component]
fn Overview(page: ReleasePage, told: Told, asked: Asked, calls: Calls) -> impl IntoView {
    let index = chosen(&page, asked.environment.as_deref());
    let one = index.map(|index| beside(&page, index));
    let here = super::address(&page.service.name, &page.release.form.version);
    let others = page
        .environments
        .iter()
        .enumerate()
        .filter(|(place, _)| Some(*place) != index)
        .map(|(_, other)| {
            let name = other.environment.name.clone();
            (name.clone(), format!("{here}?environment={name}"))
        })
        .collect();
    let plan = one.as_ref().map(|(one, _)| one.plan.clone());
    let release = page.release.id;
    let aside = one.map(|(one, under_way)| {
        view! {
            <div class="aside">
                <Holds one=one.clone() told=told.clone() others under_way release=page.release.id />
                <Approvals one release told=told.clone() calls=calls.approval />
            </div>
        }
        .into_any()
    });
    view! {
        <div class="cols">
            {aside}
            <div class="body">
                <PlanFacts release=page.release.clone() plan />
                <ChecklistTab page told asked calls />
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn ChecklistTab(page: ReleasePage, told: Told, asked: Asked, calls: Calls) -> impl IntoView {
    let scope = Scope::Service(page.service.id);
    let may = told
        .actor
        .as_ref()
        .is_some_and(|actor| actor.may(Action::TickItem, scope).is_ok());
    let here = super::address(&page.service.name, &page.release.form.version);
    view! { <Checklist items=page.items told call=calls.item may open_only=asked.open_only unfold=asked.tab == "checklist" here /> }.into_any()
}

#[component]
fn PlanTab(page: ReleasePage, asked: Asked) -> impl IntoView {
    let index = chosen(&page, asked.environment.as_deref());
    let plan = index.map(|index| page.environments[index].plan.clone());
    let runs = page.environments.into_iter().map(|one| {
        let name = one.environment.name.clone();
        view! {
            <Section id=format!("runs-{name}") title=format!("What would run in {name}")>
                <Digest of=one.digest approved=one.facts.policy.approvals != 0 />
                <WhatRuns plan=one.plan />
            </Section>
        }
        .into_any()
    });
    view! {
        <PlanFacts release=page.release plan whole=true />
        {runs.collect_view()}
    }
    .into_any()
}

#[component]
fn ApprovalsTab(page: ReleasePage, told: Told, calls: Calls) -> impl IntoView {
    let release = page.release.id;
    let asking = |one: &ReleaseEnvironment| one.facts.policy.approvals > 0 || one.request.is_some();
    let parts: Vec<_> = page
        .environments
        .into_iter()
        .filter(asking)
        .map(|one| view! { <Approvals one release told=told.clone() calls=calls.approval full=true /> }.into_any())
        .collect();
    if parts.is_empty() {
        return view! {
            <Empty title="No approval is asked for.">
                "The policies of this service's environments ask for none. Administrators set them on the service's page."
            </Empty>
        }
        .into_any();
    }
    view! { {parts} }.into_any()
}
