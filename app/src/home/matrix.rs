//! What runs where: services by environments.

use super::view::cell;
use crate::ui::{GlyphMark, Lately};
use domain::home::HomeService;
use domain::service::EnvironmentState;
use leptos::prelude::*;

/// The matrix. Environments stand in promotion order, under the names of the longest row.
#[component]
pub fn Matrix(services: Vec<HomeService>) -> impl IntoView {
    let heads: Vec<String> = services
        .iter()
        .max_by_key(|service| service.environments.len())
        .map(|service| {
            service
                .environments
                .iter()
                .map(|state| state.environment.name.clone())
                .collect()
        })
        .unwrap_or_default();
    let width = heads.len();
    let rows = services
        .into_iter()
        .map(|service| {
            let missing = width.saturating_sub(service.environments.len());
            let href = format!("/services/{}", service.name);
            view! {
                <tr>
                    <th scope="row">
                        <a href=href>{service.name}</a>
                    </th>
                    {service.environments.into_iter().map(|state| view! { <EnvironmentCell state /> }).collect_view()}
                    {(0..missing).map(|_| view! { <td class="empty">"–"</td> }).collect_view()}
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="matrix">
            <thead>
                <tr>
                    <th scope="col">"Service"</th>
                    {heads.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect_view()}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

#[component]
fn EnvironmentCell(state: EnvironmentState) -> impl IntoView {
    let cell = cell(&state);
    let since = state.running.as_ref().map(|running| running.since);
    let class = match (cell.held, &cell.version) {
        (true, _) => "held",
        (false, None) => "empty",
        (false, Some(_)) => "",
    };
    let tone = crate::ui::icon::Glyph::tone(cell.glyph).class();
    let moving = cell.number.is_some();
    // What is locked is not locked for as long as its version runs.
    let runs = if cell.held { ", running for " } else { " for " };
    let word = match cell.number {
        Some(number) => view! { <a href=format!("/deployments/{number}")>{cell.word}</a> }.into_any(),
        None => cell.word.into_any(),
    };
    view! {
        <td class=class data-env=state.environment.name>
            {cell.version.map(|version| view! { <span class="ver">{version}</span> })}
            <span class=format!("state {tone}")>
                <GlyphMark name=cell.glyph />
                " "
                {word}
            </span>
            {cell.beside.map(|text| view! { <br /> <span class="meta">{text}</span> })}
            {since.filter(|_| !moving).map(|since| view! { <span class="meta">{runs} <Lately from=since /></span> })}
            {cell.outside.map(|tool| view! { <br /> <span class="meta">{format!("from outside, by {tool}")}</span> })}
        </td>
    }
}
