//! One environment: how it is changed, how it is measured, and under which rules.

use super::api::read_service;
use super::policy::{PolicyCalls, PolicyPart};
use super::settings::{SettingsCalls, SettingsPart};
use crate::error::{AppError, Code};
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Env, PageHead};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// `/services/:name/environments/:environment`
#[component]
pub fn EnvironmentScreen() -> impl IntoView {
    let params = use_params_map();
    let part = move |part: &'static str| Memo::new(move |_| params.with(|params| params.get(part).unwrap_or_default()));
    let (name, wanted) = (part("name"), part("environment"));
    let kicked = kicks(|| vec!["services".into()]);
    let (settings, policy) = (SettingsCalls::new(), PolicyCalls::new());
    let page = Resource::new_blocking(move || (name.get(), kicked.get()), |(name, _)| read_service(name));
    view! {
        {crate::fresh::fresh(page, move |found| {
            let wanted = wanted.get_untracked();
            match found {
                    Err(error) => view! { <Trouble error /> }.into_any(),
                    Ok(page) => {
                        let service = page.service.name.clone();
                        match page.environments.into_iter().find(|state| state.environment.name == wanted) {
                            None => view! { <Trouble error=AppError { code: Code::NotFound, request_id: String::new() } /> }.into_any(),
                            Some(state) => {
                                let tier = crate::deployment::words::tier(state.environment.tier);
                                let tag = wanted.clone();
                                view! {
                                    <leptos_meta::Title text=format!("Settings and policy of {service} {wanted}") />
                                    <PageHead
                                        title=format!("Settings and policy of {service}")
                                        tag=move || view! { <Env tier name=tag.clone() /> }
                                        crumbs=vec![
                                            ("/services".into(), "Services".into()),
                                            (format!("/services/{service}"), service.clone()),
                                        ]
                                    />
                                    <SettingsPart environment=state.environment.clone() calls=settings />
                                    <PolicyPart environment=state.environment calls=policy />
                                }
                                    .into_any()
                            }
                        }
                    }
            }
        })}
    }
}
