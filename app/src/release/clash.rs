//! A conflict: two people edited the same thing. Nothing is lost: what differs stands side by side, and either can be taken.

use leptos::prelude::*;

use super::lines::Lines;
use crate::ui::format::NONE;
use crate::ui::{Glyph, WhyLine};

/// A field in which two versions differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClashRow {
    /// The name by which it is taken.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What is kept now.
    pub theirs: String,
    /// What was typed here.
    pub mine: String,
}

/// The differing fields, inside the form that is saved again. Ticked fields take the other version; the rest stays as typed.
#[component]
pub fn Clash(
    /// What differs; empty shows only that nothing does.
    rows: Vec<ClashRow>,
) -> impl IntoView {
    let said = |text: String| if text.is_empty() { NONE.to_owned() } else { text };
    let none = rows.is_empty();
    let row = |row: ClashRow| {
        let label = format!("Take theirs: {}", row.label);
        view! {
            <tr>
                <th scope="row">{row.label}</th>
                <td><Lines text=said(row.theirs) /></td>
                <td><Lines text=said(row.mine) /></td>
                <td>
                    <input type="checkbox" name="form[take][]" value=row.key aria-label=label />
                </td>
            </tr>
        }
    };
    let text = if none {
        "What they changed is the same as what you typed. Save again."
    } else {
        "Nothing that you typed is lost. Tick what you want to take from the other version, then save again; what is not ticked is saved as you typed it."
    };
    view! {
        <div class="clash" role="alert">
            <WhyLine glyph=Glyph::Hold what="Somebody else saved this while you were writing.">{text}</WhyLine>
            {(!none)
                .then(|| {
                    view! {
                        <div class="scroll" role="region" aria-label="What differs" tabindex="0">
                            <table class="wide">
                                <thead>
                                    <tr>
                                        <th scope="col">"Field"</th>
                                        <th scope="col">"Theirs, saved"</th>
                                        <th scope="col">"Yours, not saved"</th>
                                        <th scope="col">"Take theirs"</th>
                                    </tr>
                                </thead>
                                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                            </table>
                        </div>
                    }
                })}
        </div>
    }
    .into_any()
}
