//! Fields: label, control, hint and error as one thing. The error stands at the field, is tied to it for those who
//! listen, and what was typed stays: none of these components writes into a control once it is on the page.

use leptos::prelude::*;

use super::icon::{Glyph, GlyphMark};

/// What the parts around a control need to know.
#[derive(Clone)]
struct Frame {
    id: String,
    hint: Option<String>,
    error: MaybeProp<String>,
}

impl Frame {
    fn new(name: &str, id: Option<String>, hint: Option<String>, error: MaybeProp<String>) -> Self {
        Self {
            id: id.unwrap_or_else(|| format!("f-{name}")),
            hint: hint.filter(|hint| !hint.is_empty()),
            error,
        }
    }

    fn is_bad(&self) -> bool {
        self.error.try_with(Option::is_some).unwrap_or_default()
    }

    /// Ids of hint and error, those that there are.
    fn described_by(&self) -> Option<String> {
        let hint = self.hint.is_some().then(|| format!("{}-hint", self.id));
        let error = self.is_bad().then(|| format!("{}-err", self.id));
        let ids: Vec<String> = [error, hint].into_iter().flatten().collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn invalid(&self) -> Option<&'static str> {
        self.is_bad().then_some("true")
    }

    /// The error, if there is one, then the hint.
    fn below(&self) -> AnyView {
        let (id, error) = (format!("{}-err", self.id), self.error);
        let hint = self.hint.clone().map(|hint| {
            let id = format!("{}-hint", self.id);
            view! { <span class="hint" id=id>{hint}</span> }
        });
        view! {
            {move || {
                let id = id.clone();
                error.try_get().flatten().map(|error| view! {
                    <span class="err" id=id><GlyphMark name=Glyph::Block/>{error}</span>
                })
            }}
            {hint}
        }
        .into_any()
    }

    /// Label above, control, error and hint below.
    fn around(self, label: String, required: bool, control: AnyView) -> AnyView {
        let id = self.id.clone();
        let below = self.below();
        view! {
            <div class="field" class:bad=move || self.is_bad()>
                <label for=id>{label}{(!required).then(|| view! { <span class="opt">" (optional)"</span> })}</label>
                {control}
                {below}
            </div>
        }
        .into_any()
    }
}

/// One line of text. Also for dates (`kind="datetime-local"`), numbers, addresses and passwords.
#[component]
pub fn TextField(
    /// The name that the form sends. Also gives the id (`f-<name>`).
    #[prop(into)]
    name: String,
    /// What it is.
    #[prop(into)]
    label: String,
    /// What stands in it at first. A signal may change it until somebody types.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// The `type` of the input.
    #[prop(default = "text")]
    kind: &'static str,
    /// An example or a rule, short.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong, and what would be right.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Must be filled in. Without it the label says "(optional)", unless `plain_label`.
    #[prop(optional)]
    required: bool,
    /// No "(optional)" in the label: for filters and searches.
    #[prop(optional)]
    plain_label: bool,
    /// What a browser or a password manager may fill in.
    #[prop(optional, into)]
    autocomplete: Option<String>,
    /// The keyboard of a phone: `numeric`, `email`.
    #[prop(optional, into)]
    inputmode: Option<String>,
    /// An expression that the browser checks before sending.
    #[prop(optional, into)]
    pattern: Option<String>,
    /// Least value of a number or a date.
    #[prop(optional, into)]
    min: Option<String>,
    /// Greatest value of a number or a date.
    #[prop(optional, into)]
    max: Option<String>,
    /// Step of a number.
    #[prop(optional, into)]
    step: Option<String>,
    /// Longest text, in characters.
    #[prop(optional, into)]
    maxlength: Option<u32>,
    /// Id of a `<datalist>` with suggestions.
    #[prop(optional, into)]
    list: Option<String>,
    /// An example inside the control. Never instead of the label.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// Cannot be changed.
    #[prop(optional)]
    readonly: bool,
    /// More classes of the control: `tall`, `mono`, `short`, `otp`.
    #[prop(optional)]
    class: &'static str,
    /// An id other than `f-<name>`, where a name occurs twice on a page.
    #[prop(optional, into)]
    id: Option<String>,
    /// In the browser, at each change, with the whole text.
    #[prop(optional, into)]
    on_input: Option<Callback<String>>,
) -> impl IntoView {
    let frame = Frame::new(&name, id, hint, error);
    let (described, invalid) = (frame.clone(), frame.clone());
    let control = view! {
        <input
            class=format!("in {class}").trim_end().to_owned()
            id=frame.id.clone()
            name=name
            type=kind
            value=move || value.get().unwrap_or_default()
            required=required
            readonly=readonly
            autocomplete=autocomplete
            inputmode=inputmode
            pattern=pattern
            min=min
            max=max
            step=step
            maxlength=maxlength.map(|n| n.to_string())
            list=list
            placeholder=placeholder
            aria-invalid=move || invalid.invalid()
            aria-describedby=move || described.described_by()
            on:input:target=move |event| {
                if let Some(on_input) = on_input {
                    on_input.run(event.target().value());
                }
            }
        />
    };
    frame.around(label, required || plain_label || readonly, control.into_any())
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// The name that the form sends; gives the id.
    #[prop(into)]
    name: String,
    /// What it is.
    #[prop(into)]
    label: String,
    /// What stands in it at first.
    #[prop(optional, into)]
    value: Option<String>,
    /// Lines shown.
    #[prop(default = 3)]
    rows: u16,
    /// An example or a rule, short.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong, and what would be right.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Must be filled in.
    #[prop(optional)]
    required: bool,
    /// No "(optional)" in the label: where something else says when it is needed.
    #[prop(optional)]
    plain_label: bool,
    /// Longest text, in characters.
    #[prop(optional, into)]
    maxlength: Option<u32>,
    /// More classes of the control: `mono`.
    #[prop(optional)]
    class: &'static str,
    /// An id other than `f-<name>`.
    #[prop(optional, into)]
    id: Option<String>,
    /// In the browser, at each change, with the whole text.
    #[prop(optional, into)]
    on_input: Option<Callback<String>>,
) -> impl IntoView {
    let frame = Frame::new(&name, id, hint, error);
    let (described, invalid) = (frame.clone(), frame.clone());
    let control = view! {
        <textarea
            class=format!("in {class}").trim_end().to_owned()
            id=frame.id.clone()
            name=name
            rows=rows.to_string()
            required=required
            maxlength=maxlength.map(|n| n.to_string())
            aria-invalid=move || invalid.invalid()
            aria-describedby=move || described.described_by()
            on:input:target=move |event| {
                if let Some(on_input) = on_input {
                    on_input.run(event.target().value());
                }
            }
        >
            {value.unwrap_or_default()}
        </textarea>
    };
    frame.around(label, required || plain_label, control.into_any())
}

/// One of the options of a [`Select`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What people read.
    pub label: String,
}

impl Choice {
    /// A choice whose words differ from what is sent.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }

    /// A choice that is sent as it reads.
    pub fn same(value: impl Into<String>) -> Self {
        let value = value.into();
        Self {
            label: value.clone(),
            value,
        }
    }
}

/// One of several.
#[component]
pub fn Select(
    /// The name that the form sends; gives the id.
    #[prop(into)]
    name: String,
    /// What it is.
    #[prop(into)]
    label: String,
    /// What can be chosen. An empty value first says "none yet".
    choices: Vec<Choice>,
    /// The value chosen at first.
    #[prop(optional, into)]
    value: Option<String>,
    /// An example or a rule, short.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong, and what would be right.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Must have a value that is not empty.
    #[prop(optional)]
    required: bool,
    /// More classes of the control.
    #[prop(optional)]
    class: &'static str,
    /// An id other than `f-<name>`.
    #[prop(optional, into)]
    id: Option<String>,
    /// In the browser, with the value chosen.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let frame = Frame::new(&name, id, hint, error);
    let (described, invalid) = (frame.clone(), frame.clone());
    let options: Vec<_> = choices
        .into_iter()
        .map(|choice| {
            let selected = value.as_deref() == Some(choice.value.as_str());
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        })
        .collect();
    let control = view! {
        <select
            class=format!("in {class}").trim_end().to_owned()
            id=frame.id.clone()
            name=name
            required=required
            aria-invalid=move || invalid.invalid()
            aria-describedby=move || described.described_by()
            on:change:target=move |event| {
                if let Some(on_change) = on_change {
                    on_change.run(event.target().value());
                }
            }
        >
            {options}
        </select>
    };
    frame.around(label, true, control.into_any())
}

/// Yes or no, or one of several that may all be chosen (same name, several values).
#[component]
pub fn Checkbox(
    /// The name that the form sends.
    #[prop(into)]
    name: String,
    /// What ticking it means.
    #[prop(into)]
    label: String,
    /// What the form sends when it is ticked.
    #[prop(default = "true".to_owned(), into)]
    value: String,
    /// Ticked at first.
    #[prop(optional)]
    checked: bool,
    /// `radio` for one of several.
    #[prop(default = "checkbox")]
    kind: &'static str,
    /// What follows from it.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong, and what would be right.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Must be ticked.
    #[prop(optional)]
    required: bool,
    /// An id other than `f-<name>`, or `f-<name>-<value>` where the value is not `true`.
    #[prop(optional, into)]
    id: Option<String>,
    /// In the browser.
    #[prop(optional, into)]
    on_change: Option<Callback<bool>>,
) -> impl IntoView {
    let own = if value == "true" {
        format!("f-{name}")
    } else {
        format!("f-{name}-{value}")
    };
    let frame = Frame::new(&name, Some(id.unwrap_or(own)), hint, error);
    let (bad, described, invalid) = (frame.clone(), frame.clone(), frame.clone());
    view! {
        <div class="field check-in" class:bad=move || bad.is_bad()>
            <input
                id=frame.id.clone()
                name=name
                type=kind
                value=value
                checked=checked
                required=required
                aria-invalid=move || invalid.invalid()
                aria-describedby=move || described.described_by()
                on:change:target=move |event| {
                    if let Some(on_change) = on_change {
                        on_change.run(event.target().checked());
                    }
                }
            />
            <label for=frame.id.clone()>{label}</label>
            {frame.below()}
        </div>
    }
}

/// The errors of a form, at its head: what belongs to a field leads there, the rest is said.
#[component]
pub fn FormErrors(
    /// Field id (`f-version`) or none, and sentence. Empty shows nothing.
    #[prop(into)]
    errors: Signal<Vec<(Option<String>, String)>>,
) -> impl IntoView {
    let line = |(field, sentence): (Option<String>, String)| match field {
        Some(field) => view! { <li><a href=format!("#{field}") rel="external">{sentence}</a></li> }.into_any(),
        None => view! { <li>{sentence}</li> }.into_any(),
    };
    move || {
        let errors = errors.get();
        (!errors.is_empty()).then(|| {
            view! {
                <div class="why is-fail errors" role="alert">
                    <GlyphMark name=Glyph::Block/>
                    <span><b>"Not saved."</b><ul>{errors.into_iter().map(line).collect_view()}</ul></span>
                </div>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(view: impl FnOnce() -> AnyView) -> String {
        Owner::new().with(|| view().to_html())
    }

    #[test]
    fn error_is_tied_and_the_input_kept() {
        let html = html(|| {
            view! {
                <TextField name="opens" label="Window opens" value="15 Jan 25:00" hint="UTC"
                    error="There is no 25:00. Write 15 Jan 10:00."/>
            }
            .into_any()
        });
        assert!(html.contains("aria-invalid=\"true\""), "{html}");
        assert!(html.contains("aria-describedby=\"f-opens-err f-opens-hint\""), "{html}");
        assert!(html.contains("value=\"15 Jan 25:00\""), "{html}");
        assert!(html.contains("id=\"f-opens-err\""), "{html}");
    }

    #[test]
    fn a_good_field_names_no_error() {
        let html = html(|| view! { <TextField name="version" label="Version" required=true/> }.into_any());
        assert!(!html.contains("aria-invalid"), "{html}");
        assert!(!html.contains("aria-describedby"), "{html}");
        assert!(!html.contains("optional"), "{html}");
    }

    #[test]
    fn the_chosen_option_is_selected() {
        let html = html(|| {
            let choices = vec![Choice::same("rolling"), Choice::new("canary", "Canary in steps")];
            view! { <Select name="strategy" label="Strategy" choices value="canary"/> }.into_any()
        });
        assert!(html.contains("<option value=\"canary\" selected"), "{html}");
        assert!(!html.contains("<option value=\"rolling\" selected"), "{html}");
    }

    #[test]
    fn boxes_of_one_name_have_ids_of_their_own() {
        let html = html(|| view! { <Checkbox name="env" label="staging" value="staging"/> }.into_any());
        assert!(html.contains("id=\"f-env-staging\""), "{html}");
        assert!(html.contains("for=\"f-env-staging\""), "{html}");
    }
}
