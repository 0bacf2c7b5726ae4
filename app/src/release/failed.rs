//! What a call answered, for the form that made it: words beside the field, and a sentence for the rest.

use leptos::prelude::*;

use crate::error::{AppError, Code};
use crate::event_words::Names;
use crate::ui::{Glyph, WhyLine, use_clock};

/// Why a call failed; nothing while it has not. While a page is fetched again, the parts that it replaces may still ask: they hear of nothing then.
#[derive(Clone, Copy)]
pub struct Failed(Signal<Option<AppError>>);

impl Failed {
    /// The failure of an action, from its value.
    pub fn of<T>(value: impl Get<Value = Option<Result<T, AppError>>> + Send + Sync + 'static) -> Failed {
        Failed(Signal::derive(move || value.get().and_then(Result::err)))
    }

    /// A failure that is shown only while `when` holds: one of several forms that share an action.
    pub fn only(self, when: impl Fn() -> bool + Send + Sync + 'static) -> Failed {
        Failed(Signal::derive(move || if when() { self.get() } else { None }))
    }

    /// Words for one field.
    pub fn field(self, name: impl Into<String>) -> Signal<Option<String>> {
        let name = name.into();
        Signal::derive(move || {
            self.get()
                .and_then(|error| error.field(&name))
                .map(|one| crate::words::problem(&one))
        })
    }

    /// Words for the first of several fields that share a control.
    pub fn any_field(self, names: &'static [&'static str]) -> Signal<Option<String>> {
        Signal::derive(move || {
            let error = self.get()?;
            names
                .iter()
                .find_map(|name| error.field(name))
                .map(|one| crate::words::problem(&one))
        })
    }

    /// Somebody else saved first.
    pub fn is_conflict(self) -> bool {
        self.get().is_some_and(|error| error.code == Code::Conflict)
    }

    /// What stands at the head of a form: each field that is wrong with a link to it, or the one sentence. `label`
    /// names a field; `id` is the control's id.
    pub fn at_head(
        self,
        label: impl Fn(&str) -> String + Send + Sync + 'static,
        id: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Signal<Vec<(Option<String>, String)>> {
        Signal::derive(move || match self.get() {
            None => Vec::new(),
            Some(AppError {
                code: Code::Invalid { fields },
                ..
            }) => fields
                .0
                .iter()
                .map(|(field, problem)| {
                    (
                        Some(id(field)),
                        format!("{}: {}", label(field), crate::words::problem(problem)),
                    )
                })
                .collect(),
            Some(error) => vec![(None, crate::words::refusal(&error))],
        })
    }

    /// The failure itself.
    pub fn get(self) -> Option<AppError> {
        self.0.try_get().flatten()
    }
}

/// Says why a small form's call was refused; field errors stand at their fields instead.
#[component]
pub fn Refused(
    /// The failure.
    failed: Failed,
) -> impl IntoView {
    let clock = use_clock();
    let said = move || {
        let error = failed.get()?;
        match &error.code {
            Code::Invalid { fields } if fields.get("form").is_none() => None,
            Code::Refused { reasons } => {
                let words = crate::gate::words::summary(reasons, &Names::default(), &clock.zone());
                Some(("It can't start yet.".to_owned(), words.join(" ")))
            }
            _ => Some(("Not done.".to_owned(), crate::words::refusal(&error))),
        }
    };
    move || {
        said().map(|(what, why)| {
            view! {
                <div role="alert" class="after">
                    <WhyLine glyph=Glyph::Block what=what>
                        {why}
                    </WhyLine>
                </div>
            }
        })
    }
}
