//! All services.

use super::api::read_services;
use crate::boot::me;
use crate::home::Matrix;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Empty, LinkButton, Look, PageHead, Section};
use domain::access::{Action, Scope};
use domain::home::HomeService;
use leptos::prelude::*;

/// `/services`
#[component]
pub fn ServiceList() -> impl IntoView {
    let kicked = kicks(|| vec!["services".into(), "deployments".into()]);
    let services = Resource::new_blocking(move || kicked.get(), |_| read_services());
    let creates = me().is_some_and(|me| me.actor().may(Action::ManageService, Scope::Instance).is_ok());
    view! {
        <leptos_meta::Title text="Services" />
        <PageHead
            title="Services"
            acts=move || {
                creates
                    .then(|| {
                        view! {
                            <LinkButton href="/services/import">"Import"</LinkButton>
                            <LinkButton href="/services/new" look=Look::Primary>"Set up a service"</LinkButton>
                        }
                    })
            }
        />
        {crate::fresh::fresh(services, move |found| match found {
                    Ok(services) if services.is_empty() => {
                        view! {
                            <Section id="services" title="None yet" class="first">
                                <Empty title="No service is set up.">"A service is something that is deployed: its repository, its environments, its people."</Empty>
                            </Section>
                        }
                            .into_any()
                    }
                    Ok(services) => {
                        let count = services.len().to_string();
                        let services = services
                            .into_iter()
                            .map(|page| HomeService { name: page.service.name, environments: page.environments })
                            .collect();
                        view! {
                            <Section id="services" title="What runs where" count class="first">
                                <Matrix services />
                            </Section>
                        }
                            .into_any()
                    }
                    Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}
