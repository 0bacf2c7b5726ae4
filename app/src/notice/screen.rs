//! One's own notices, the newest first.

use super::api::{MarkAllRead, MarkRead, NoticePage, read_notices};
use super::words;
use crate::boot::me;
use crate::event_words::Names;
use crate::fresh::fresh;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Ago, Empty, GlyphMark, LinkButton, Look, PageHead, SubmitButton};
use domain::access::Person;
use domain::id::NoticeId;
use domain::notice::Told;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// `/notices?after=<id>`.
#[component]
pub fn NoticeScreen() -> impl IntoView {
    let query = use_query_map();
    let after = Memo::new(move |_| query.read().get("after").and_then(|id| id.parse::<NoticeId>().ok()));
    let topic = me().map(|me| format!("notices:{}", me.person.id));
    let kicked = kicks(move || topic.clone().into_iter().collect());
    let page = Resource::new_blocking(move || (after.get(), kicked.get()), |(after, _)| read_notices(after));
    let acts = || {
        view! { <LinkButton href="/profile/notices" look=Look::Quiet>"What am I told?"</LinkButton> }
    };
    view! {
        <leptos_meta::Title text="Notices" />
        <PageHead title="Notices" acts />
        {fresh(page, move |found| match found {
            Err(error) => view! { <Trouble error /> }.into_any(),
            Ok(page) if page.told.is_empty() => view! { <NoneYet /> }.into_any(),
            Ok(page) => view! { <Lines page /> }.into_any(),
        })}
    }
}

#[component]
fn NoneYet() -> impl IntoView {
    view! {
        <Empty title="There is nothing for you.">
            "When your approval is asked, a deployment of yours waits for a person, or an incident opens on a service that you own, it stands here."
        </Empty>
    }
}

#[component]
fn Lines(page: NoticePage) -> impl IntoView {
    let all = ServerAction::<MarkAllRead>::new();
    let newest = page.told.first().map(|told| told.id.to_string()).unwrap_or_default();
    let older = page
        .more
        .then(|| page.told.last().map(|told| format!("/notices?after={}", told.id)))
        .flatten();
    let people = page.people;
    view! {
        {(page.unread > 0)
            .then(|| {
                view! {
                    <ActionForm action=all>
                        <input type="hidden" name="newest" value=newest />
                        <p class="acts">
                            <SubmitButton pending=all.pending() look=Look::Plain>"Mark all as read"</SubmitButton>
                            <span class="meta">{page.unread} " unread"</span>
                        </p>
                    </ActionForm>
                }
            })}
        <ul class="list middle">{page.told.into_iter().map(|told| line(told, &people)).collect_view()}</ul>
        {older
            .map(|href| {
                view! {
                    <p class="acts after">
                        <LinkButton href>"Older"</LinkButton>
                    </p>
                }
            })}
    }
}

fn line(told: Told, people: &[Person]) -> impl IntoView + use<> {
    let mark = ServerAction::<MarkRead>::new();
    let Told { id, notice, at, read } = told;
    let words = words::line(&notice);
    let label = format!(": {words}");
    view! {
        <li>
            <GlyphMark name=words::glyph(&notice.what) />
            <p class="what">
                <a href=notice.about.path()>{if read { words.into_any() } else { view! { <b>{words}</b> }.into_any() }}</a>
                <span class="more">" " {words::more(&notice, &Names::of(people))} " " <Ago at /></span>
            </p>
            {(!read)
                .then(|| {
                    view! {
                        <ActionForm action=mark>
                            <input type="hidden" name="id" value=id.to_string() />
                            <SubmitButton pending=mark.pending() look=Look::Quiet>"Mark as read" <span class="vh">{label.clone()}</span></SubmitButton>
                        </ActionForm>
                    }
                })}
        </li>
    }
}
