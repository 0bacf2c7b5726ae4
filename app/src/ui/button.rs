//! Buttons. One primary a screen; a disabled one keeps the focus and says why.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::icon::{Icon, IconMark};

/// How a button looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Raised, outlined: the ordinary one.
    #[default]
    Plain,
    /// Filled: the one deed that the screen is for.
    Primary,
    /// Outlined in red: takes something back.
    Back,
    /// Filled red: the confirmation of it, only in its dialog.
    Sure,
    /// Without a frame.
    Quiet,
}

impl Look {
    /// Its classes.
    pub const fn class(self) -> &'static str {
        match self {
            Look::Plain => "btn",
            Look::Primary => "btn primary",
            Look::Back => "btn back",
            Look::Sure => "btn back sure",
            Look::Quiet => "btn quiet",
        }
    }
}

/// The reason beside a disabled button. Write it yourself only where one reason serves several buttons.
#[component]
pub fn WhyNot(
    /// Named by the `aria-describedby` of the buttons.
    #[prop(into)]
    id: String,
    /// The sentence, perhaps with a link to where it can be cleared.
    children: Children,
) -> impl IntoView {
    view! { <span class="why-not" id=id>{children()}</span> }
}

/// A button. With `why_not` it is disabled for the ear and the eye (`aria-disabled`), stays focusable, does nothing
/// and shows the sentence beside itself; it does not submit its form then, with or without script.
#[component]
pub fn Button(
    /// How it looks.
    #[prop(optional)]
    look: Look,
    /// Submits the form that it stands in.
    #[prop(optional)]
    submit: bool,
    /// Name and value that a submit button sends, such as `decision` and `approve`.
    #[prop(optional, into)]
    name: Option<String>,
    /// See `name`.
    #[prop(optional, into)]
    value: Option<String>,
    /// Why it cannot be used now. A whole sentence: "The window opens at 10:00 UTC."
    #[prop(optional, into)]
    why_not: MaybeProp<String>,
    /// Base of the ids. Needed only if two buttons of a page may be disabled for the same reason.
    #[prop(optional, into)]
    id: Option<String>,
    /// In front of the words.
    #[prop(optional)]
    icon: Option<Icon>,
    /// The key that does the same, shown at its end. The page listens for it.
    #[prop(optional)]
    key: Option<&'static str>,
    /// Opens the [`super::ConfirmDialog`] with this id.
    #[prop(optional, into)]
    opens: Option<String>,
    /// More classes: `tall`, `wide`.
    #[prop(optional)]
    class: &'static str,
    /// In the browser.
    #[prop(optional, into)]
    on_click: Option<Callback<MouseEvent>>,
    /// The words: a verb, with its object where that is not plain.
    children: Children,
) -> impl IntoView {
    let dialog = opens.clone();
    let click = move |event: MouseEvent| {
        if why_not.with(Option::is_some) {
            event.prevent_default();
            return;
        }
        if let Some(dialog) = &dialog {
            super::dialog::open(&event, dialog);
        }
        if let Some(on_click) = on_click {
            on_click.run(event);
        }
    };
    let reason = Reason::new(id, why_not);
    let described = reason.clone();
    view! {
        <button
            class=format!("{} {class}", look.class()).trim_end().to_owned()
            type=move || if submit && why_not.with(Option::is_none) { "submit" } else { "button" }
            name=name
            value=value
            popovertarget=move || why_not.with(Option::is_none).then(|| opens.clone()).flatten()
            aria-disabled=move || why_not.with(Option::is_some).then_some("true")
            aria-describedby=move || described.id()
            on:click=click
        >
            {icon.map(|name| view! { <IconMark name/> })}
            {children()}
            {key.map(|key| view! { <kbd class="key">{key}</kbd> })}
        </button>
        {move || reason.view()}
    }
}

/// The submit button of a form whose action may be under way: it says so and does not submit twice.
#[component]
pub fn SubmitButton(
    /// The action's `pending()`.
    #[prop(into)]
    pending: Signal<bool>,
    /// How it looks.
    #[prop(default = Look::Primary)]
    look: Look,
    /// What it says meanwhile: "Saving".
    #[prop(optional, into)]
    while_pending: Option<String>,
    /// Why it cannot be used now.
    #[prop(optional, into)]
    why_not: MaybeProp<String>,
    /// Base of the ids; see [`Button`].
    #[prop(optional, into)]
    id: Option<String>,
    /// Name and value that it sends.
    #[prop(optional, into)]
    name: Option<String>,
    /// See `name`.
    #[prop(optional, into)]
    value: Option<String>,
    /// More classes: `tall`, `wide`.
    #[prop(optional)]
    class: &'static str,
    /// The words.
    children: ChildrenFn,
) -> impl IntoView {
    let off = move || pending.get() || why_not.with(Option::is_some);
    let reason = Reason::new(id, why_not);
    let described = reason.clone();
    let words = move || match (pending.get(), &while_pending) {
        (true, Some(words)) => words.clone().into_any(),
        _ => children().into_any(),
    };
    view! {
        <button
            class=format!("{} {class}", look.class()).trim_end().to_owned()
            type=move || if why_not.with(Option::is_some) { "button" } else { "submit" }
            name=name
            value=value
            aria-busy=move || pending.get().then_some("true")
            aria-disabled=move || off().then_some("true")
            aria-describedby=move || described.id()
            on:click=move |event: MouseEvent| {
                if off() {
                    event.prevent_default();
                }
            }
        >
            {words}
        </button>
        {move || reason.view()}
    }
}

/// A link that looks like a button: it leads somewhere and changes nothing.
#[component]
pub fn LinkButton(
    /// Where to.
    #[prop(into)]
    href: Signal<String>,
    /// How it looks.
    #[prop(optional)]
    look: Look,
    /// In front of the words.
    #[prop(optional)]
    icon: Option<Icon>,
    /// Saves what it leads to under this name, instead of showing it.
    #[prop(optional, into)]
    download: Option<String>,
    /// Left to the browser, not to the router: files, sign-in at others.
    #[prop(optional)]
    external: bool,
    /// More classes.
    #[prop(optional)]
    class: &'static str,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <a
            class=format!("{} {class}", look.class()).trim_end().to_owned()
            href=move || href.get()
            download=download
            rel=external.then_some("external")
        >
            {icon.map(|name| view! { <IconMark name/> })}
            {children()}
        </a>
    }
}

/// Why a button is disabled, and the id that ties the sentence to it.
#[derive(Clone)]
struct Reason {
    id: Option<String>,
    why_not: MaybeProp<String>,
}

impl Reason {
    fn new(id: Option<String>, why_not: MaybeProp<String>) -> Self {
        Self { id, why_not }
    }

    /// None while the button can be used.
    fn id(&self) -> Option<String> {
        self.why_not.with(|why| {
            why.as_ref().map(|why| match &self.id {
                Some(id) => format!("{id}-why"),
                None => format!("why-{:08x}", fold(why)),
            })
        })
    }

    fn view(&self) -> Option<impl IntoView + use<>> {
        let id = self.id()?;
        let why = self.why_not.get()?;
        Some(view! { <span class="why-not" id=id>{why}</span> })
    }
}

/// FNV-1a over the sentence: the same id on the server and in the browser, whatever the order of rendering.
fn fold(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_the_same_id_every_time() {
        assert_eq!(fold(""), 0x811c_9dc5);
        assert_eq!(fold("a"), 0xe40c_292c);
        assert_ne!(
            fold("The window opens at 10:00 UTC."),
            fold("The window opens at 11:00 UTC.")
        );
    }

    #[test]
    fn disabled_button_keeps_focus_and_tells_why() {
        let html = Owner::new().with(|| {
            view! { <Button submit=true id="go" why_not="3 gates are not clear.">"Deploy"</Button> }.to_html()
        });
        assert!(html.contains("aria-disabled=\"true\""), "{html}");
        assert!(html.contains("aria-describedby=\"go-why\""), "{html}");
        assert!(html.contains("id=\"go-why\""), "{html}");
        assert!(
            html.contains("type=\"button\""),
            "a disabled button submits nothing: {html}"
        );
    }

    #[test]
    fn free_button_submits() {
        let html = Owner::new().with(|| view! { <Button submit=true look=Look::Primary>"Approve"</Button> }.to_html());
        assert!(html.contains("type=\"submit\""), "{html}");
        assert!(!html.contains("aria-disabled"), "{html}");
        assert!(!html.contains("why-not"), "{html}");
    }
}
