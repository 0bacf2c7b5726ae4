//! The permission table, drawn from the very data by which the server decides.

use domain::access::{Grant, Role, TABLE};
use leptos::prelude::*;

/// Who may do what.
#[component]
pub fn PermissionTable() -> impl IntoView {
    let heads = Role::ALL
        .map(|role| view! { <th scope="col">{crate::words::role(role)}</th> })
        .collect_view();
    let rows = TABLE
        .iter()
        .map(|(action, cells)| {
            let words = crate::words::action_words(*action);
            view! {
                <tr>
                    <th scope="row">{capital(words)}</th>
                    {cells.map(|cell| view! { <td>{grant(cell)}</td> }).collect_view()}
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="scroll" role="region" aria-label="Who may do what" tabindex="0">
            <table class="wide">
                <thead>
                    <tr>
                        <th scope="col">"May"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn grant(cell: Grant) -> &'static str {
    match cell {
        Grant::Yes => "yes",
        Grant::Own => "own services",
        Grant::No => "–",
    }
}

/// With a capital first letter.
fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
