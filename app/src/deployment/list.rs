//! All deployments, newest first.

use domain::service::Tier;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::api::{Listed, Which, deployment_list};
use super::lines::DeploymentTable;
use crate::fresh::fresh;
use crate::live;
use crate::release::api::service_names;
use crate::release::list::encode;
use crate::shell::Trouble;
use crate::ui::{Button, Choice, Empty, LinkButton, Look, PageHead, Pages, Select, TextField};

/// Lines of one page of the list.
const PAGE: usize = 50;

/// What the address asks for.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
struct Asked {
    service: String,
    environment: String,
    which: String,
    before: Option<i64>,
}

impl Asked {
    fn is_filtered(&self) -> bool {
        *self
            != Asked {
                which: self.which.clone(),
                ..Asked::default()
            }
            || !matches!(self.which.as_str(), "" | "all")
    }

    fn address(&self, before: Option<i64>) -> String {
        let base = format!(
            "/deployments?service={}&environment={}&state={}",
            encode(&self.service),
            encode(&self.environment),
            encode(&self.which)
        );
        before.map_or_else(|| base.clone(), |before| format!("{base}&before={before}"))
    }
}

/// `/deployments?service=&environment=&state=&before=`.
#[component]
pub fn DeploymentList() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let query = query.read();
        let text = |key: &str| query.get(key).unwrap_or_default();
        Asked {
            service: text("service"),
            environment: text("environment"),
            which: text("state"),
            before: text("before").parse().ok(),
        }
    });
    let kicks = live::kicks(|| vec!["deployments".into()]);
    let listed = Resource::new(
        move || (asked.get(), kicks.get()),
        |(asked, _)| {
            let which = match asked.which.as_str() {
                "open" => Which::Open,
                "ended" => Which::Ended,
                _ => Which::All,
            };
            deployment_list(Some(asked.service), Some(asked.environment), which, asked.before)
        },
    );
    let services = Resource::new(|| (), |()| service_names());
    view! {
        <Title text="Deployments" />
        <PageHead title="Deployments" />
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                let names = services.await.unwrap_or_default();
                view! { <Filters names asked=asked.get() /> }
            })}
        </Transition>
        {fresh(
            listed,
            move |listed| match listed {
                Err(error) => view! { <Trouble error /> }.into_any(),
                Ok(listed) => view! { <Lines listed asked=asked.get() /> }.into_any(),
            },
        )}
    }
}

#[component]
fn Filters(names: Vec<String>, asked: Asked) -> impl IntoView {
    let mut services = vec![Choice::new("", "all")];
    services.extend(names.into_iter().map(Choice::same));
    let states = vec![
        Choice::new("all", "all"),
        Choice::new("open", "under way"),
        Choice::new("ended", "ended"),
    ];
    let usual = Tier::ALL.map(|tier| view! { <option value=tier.key()></option> });
    view! {
        <form class="filters" method="get" action="/deployments" role="search">
            <Select name="service" label="Service" choices=services value=asked.service />
            <TextField
                name="environment"
                label="Environment"
                value=asked.environment
                plain_label=true
                list="environments"
            />
            <datalist id="environments">{usual.to_vec()}</datalist>
            <Select name="state" label="State" choices=states value=asked.which />
            <Button submit=true>"Show"</Button>
        </form>
    }
    .into_any()
}

#[component]
fn Lines(listed: Listed, asked: Asked) -> impl IntoView {
    let Listed { lines, people, outside } = listed;
    if lines.is_empty() && outside.is_empty() {
        return if asked.is_filtered() {
            view! { <NoMatch /> }.into_any()
        } else {
            view! { <NoneYet /> }.into_any()
        };
    }
    let range = crate::ui::format::counted((lines.len() + outside.len()) as u64, "deployment", "deployments");
    let next = (lines.len() >= PAGE)
        .then(|| lines.last().map(|line| line.number))
        .flatten();
    let next = next.map(|number| asked.address(Some(number)));
    let back = asked.before.map(|_| asked.address(None));
    let pages = match (next, back) {
        (Some(next), Some(back)) => view! { <Pages range next back /> }.into_any(),
        (Some(next), None) => view! { <Pages range next /> }.into_any(),
        (None, Some(back)) => view! { <Pages range back /> }.into_any(),
        (None, None) => ().into_any(),
    };
    view! {
        <DeploymentTable lines people outside />
        {pages}
    }
    .into_any()
}

#[component]
fn NoneYet() -> impl IntoView {
    view! {
        <Empty
            title="Nothing has been deployed yet."
            acts=|| view! { <LinkButton href="/releases" look=Look::Primary>"Releases"</LinkButton> }
        >
            "A deployment brings a release to an environment. It starts on the release's page, once nothing holds it. What other programs deploy stands here too, when they report it."
        </Empty>
    }
}

#[component]
fn NoMatch() -> impl IntoView {
    view! {
        <Empty title="No deployment matches." acts=|| view! { <LinkButton href="/deployments">"Show all"</LinkButton> }>
            "Try another service, environment or state."
        </Empty>
    }
}
