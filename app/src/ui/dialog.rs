//! Confirmation of what cannot be undone.
//!
//! The dialog is a native `<dialog popover>` that its button names in `popovertarget`: the browser opens and shuts it
//! without any script. Where wasm runs, the same button opens it with `showModal()` instead, which also keeps the
//! focus inside. The form in it posts like any other. What can be undone needs no dialog.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::button::Look;

/// A confirmation. Open it with `<Button opens="<id>">`.
///
/// Its children are what stands between the title and the buttons: sentences and fields. They and the confirming button
/// belong to one form: wrap the whole component in the form (`ActionForm`), not its children.
#[component]
pub fn ConfirmDialog(
    /// Id that the opening button names.
    #[prop(into)]
    id: String,
    /// Names the thing and the effect, as a question: "Roll back storefront production to 1.2.2?"
    #[prop(into)]
    title: Signal<String>,
    /// The verb that does it: "Roll back now".
    #[prop(into)]
    confirm: String,
    /// The verb that leaves it: "Keep watching".
    #[prop(into)]
    keep: String,
    /// How the confirming button looks.
    #[prop(default = Look::Sure)]
    look: Look,
    /// Name and value that the confirming button sends.
    #[prop(optional, into)]
    sends: Option<(String, String)>,
    /// Effect, duration, the way back; then fields.
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-h");
    let (name, value) = sends.unzip();
    let class = if look == Look::Sure { "dialog back" } else { "dialog" };
    let (leave, hides, named_by) = (id.clone(), id.clone(), heading.clone());
    view! {
        <dialog class=class id=id popover="auto" aria-labelledby=named_by>
            <header><h2 id=heading>{move || title.get()}</h2></header>
            <div class="prose">{children()}</div>
            <footer>
                <button
                    class="btn"
                    type="button"
                    popovertarget=hides
                    popovertargetaction="hide"
                    on:click=move |event| shut(&event, &leave)
                >
                    {keep}
                </button>
                <button class=look.class() type="submit" name=name value=value>{confirm}</button>
            </footer>
        </dialog>
    }
    .into_any()
}

/// Opens the dialog as a modal one, instead of what the browser would do with `popovertarget`.
pub(super) fn open(event: &MouseEvent, id: &str) {
    if let Some(dialog) = find(id) {
        // A dialog cannot become modal while it is shown as a popover; then the browser's own way stands.
        if dialog.show_modal().is_ok() {
            event.prevent_default();
        }
    }
}

fn shut(event: &MouseEvent, id: &str) {
    if let Some(dialog) = find(id).filter(|dialog| dialog.open()) {
        event.prevent_default();
        dialog.close();
    }
}

/// Shuts the dialog with this id, if it is open: after its action has succeeded.
pub fn close(id: &str) {
    if let Some(dialog) = find(id).filter(|dialog| dialog.open()) {
        dialog.close();
    }
}

fn find(id: &str) -> Option<leptos::web_sys::HtmlDialogElement> {
    use leptos::wasm_bindgen::JsCast;
    document().get_element_by_id(id)?.dyn_into().ok()
}
