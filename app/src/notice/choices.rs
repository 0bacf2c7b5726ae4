//! By which way one is told of what.

use super::api::{ChoicesPage, SaveNoticeChoices, read_choices};
use super::words;
use crate::error::refusal_of;
use crate::shell::Trouble;
use crate::ui::{Choice, Glyph, PageHead, Section, Select, SubmitButton, WhyLine};
use domain::notice::Way;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// `/profile/notices`.
#[component]
pub fn NoticeChoices() -> impl IntoView {
    let query = use_query_map();
    let saved = move || {
        query.read().get("saved").map(|_| {
            view! { <div role="status"><WhyLine glyph=Glyph::Pass what="Saved.">"It holds for what happens from now on."</WhyLine></div> }
        })
    };
    let page = Resource::new_blocking(|| (), |()| read_choices());
    view! {
        <leptos_meta::Title text="What you are told" />
        <PageHead title="What you are told" />
        <crate::access::ProfileTabs current="/profile/notices" />
        {saved}
        {crate::fresh::fresh(page, move |found| match found {
            Ok(page) => {
                view! {
                    <Section id="ways" title="How each reaches you" class="first">
                        <Form page />
                    </Section>
                }
                    .into_any()
            }
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

#[component]
fn Form(page: ChoicesPage) -> impl IntoView {
    let save = ServerAction::<SaveNoticeChoices>::new();
    let refused = refusal_of(save.value());
    let choices = || Way::ALL.map(|way| Choice::new(way.key(), words::way(way))).to_vec();
    view! {
        {(!page.mail)
            .then(|| {
                view! {
                    <WhyLine glyph=Glyph::Off what="This instance sends no e-mail.">
                        "The bell works without. Who runs it can name a mail server by SLIPWAY_SMTP_URL."
                    </WhyLine>
                }
            })}
        <ActionForm action=save attr:class="form">
            {move || {
                refused
                    .get()
                    .map(|error| {
                        view! { <WhyLine glyph=Glyph::Fail what="Not saved.">{crate::words::refusal(&error)}</WhyLine> }
                    })
            }}
            {page
                .ways
                .into_iter()
                .map(|(kind, way)| {
                    let (label, hint) = words::kind(kind);
                    view! {
                        <Select
                            name=format!("ways[{}]", kind.key())
                            id=format!("way-{}", kind.key())
                            label
                            hint
                            choices=choices()
                            value=way.key()
                            required=true
                        />
                    }
                })
                .collect_view()}
            <p class="acts">
                <SubmitButton pending=save.pending() while_pending="Saving">"Save"</SubmitButton>
            </p>
        </ActionForm>
    }
}
