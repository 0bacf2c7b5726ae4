//! The checklist: sections with their progress, items with their evidence, and each item's own form.

use domain::id::ItemId;
use domain::release::{Item, ItemState};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::api::ActOnItem;
use super::failed::{Failed, Refused};
use super::lines::Lines;
use super::view::{Group, groups, settled};
use crate::boot::kept;
use crate::gate::holds::Told;
use crate::ui::{Button, Empty, Glyph, GlyphMark, Progress, Section, SubmitButton, TextField, Time, Who};

/// Where an item's form is posted to.
const PATH: &str = "/call/release/item";

/// The call, and the item that it was about: all items share it, so that a refetched page keeps its answer.
#[derive(Clone, Copy)]
pub struct ItemCall {
    pub action: ServerAction<ActOnItem>,
    tried: RwSignal<Option<ItemId>>,
}

impl ItemCall {
    /// Once a page, outside of what is fetched again.
    pub fn new() -> ItemCall {
        let action = ServerAction::<ActOnItem>::new();
        let tried = RwSignal::new(kept(PATH, "item").and_then(|id| id.parse().ok()));
        Effect::new(move |_| {
            if let Some(input) = action.input().get() {
                tried.set(Some(input.item));
            }
        });
        ItemCall { action, tried }
    }

    fn failed(self, item: ItemId) -> Failed {
        Failed::of(self.action.value()).only(move || self.tried.get() == Some(item))
    }
}

impl Default for ItemCall {
    fn default() -> Self {
        ItemCall::new()
    }
}

/// All sections. Those with an open item stand open.
#[component]
pub fn Checklist(
    /// The items, in order.
    items: Vec<Item>,
    /// Whom the page is for.
    told: Told,
    /// The call.
    call: ItemCall,
    /// Whether the reader may tick: explained where not.
    may: bool,
    /// Only open items are shown.
    #[prop(optional)]
    open_only: bool,
    /// Every section with an open item stands open; otherwise only the first one does.
    #[prop(optional)]
    unfold: bool,
    /// Address of the page, for the links that choose what is shown.
    #[prop(into)]
    here: String,
) -> impl IntoView {
    let (done, total) = settled(&items);
    let shown = if open_only {
        items.into_iter().filter(|item| item.state == ItemState::Open).collect()
    } else {
        items
    };
    let groups = groups(&shown);
    let empty = groups.is_empty();
    let first = groups.iter().position(|group| group.settled < group.total);
    let part = |(n, group): (usize, Group)| {
        let open = group.settled < group.total && (unfold || first == Some(n));
        view! { <Part group told=told.clone() call may open /> }
    };
    let rows = groups.into_iter().enumerate().map(part).collect_view();
    let end = move || {
        let (open, all) = (
            format!("{here}?tab=checklist&show=open#checklist"),
            format!("{here}?tab=checklist#checklist"),
        );
        view! { "Show " <a href=open aria-current=open_only.then_some("true")>"open"</a> ", " <a href=all>"all"</a> }
    };
    view! {
        <Section id="checklist" title="Checklist" count=format!("{done} of {total}") end>
            {(!may).then(|| view! { <p class="meta">"Engineers, approvers and administrators tick items."</p> })}
            {rows}
            {empty
                .then(|| {
                    let title = if total == 0 { "This release has no checklist." } else { "Nothing is open." };
                    view! { <Empty title>"Every item is done, or marked as not applicable."</Empty> }
                })}
        </Section>
    }
    .into_any()
}

#[component]
fn Part(group: Group, told: Told, call: ItemCall, may: bool, open: bool) -> impl IntoView {
    let count = format!("{} of {}", group.settled, group.total);
    let items = group
        .items
        .into_iter()
        .map(|item| view! { <Line item told=told.clone() call may /> })
        .collect_view();
    view! {
        <details class="group" id=group.slug open=open>
            <summary>
                <h3>{group.title.clone()}</h3>
                <Progress label=group.title value=group.settled max=group.total />
                <span class="count">{count}</span>
                <span class="meta"></span>
            </summary>
            <ul class="checks">{items}</ul>
        </details>
    }
    .into_any()
}

#[component]
fn Line(item: Item, told: Told, call: ItemCall, may: bool) -> impl IntoView {
    let (class, glyph) = match item.state {
        ItemState::Open => ("check open", Glyph::Box),
        ItemState::Done => ("check", Glyph::Boxed),
        ItemState::NotApplicable => ("check na", Glyph::BoxNa),
    };
    let evidence = match item.state {
        ItemState::NotApplicable => format!("Not applicable: {}", item.evidence),
        _ => item.evidence.clone(),
    };
    let condition = (!item.condition.is_empty()).then(|| format!(" ({})", item.condition));
    let by = item.by.map(|by| {
        let name = told.names().person(by).to_owned();
        view! { <Who name /> }
    });
    let at = item.at.map(|at| view! { ", " <Time at=at brief=true /> });
    let state = match item.state {
        ItemState::Open => "open: ",
        ItemState::Done => "done: ",
        ItemState::NotApplicable => "not applicable: ",
    };
    let (id, text) = (format!("item-{}", item.id), item.text.clone());
    let form = may.then(|| view! { <ItemForm item call /> });
    view! {
        <li class=class id=id>
            <GlyphMark name=glyph class="box" />
            <span class="item">
                <span class="vh">{state}</span>
                {text}
                {condition}
            </span>
            <span class="ev">
                <Lines text=evidence />
            </span>
            <span class="by">{by} {at}</span>
            {form}
        </li>
    }
    .into_any()
}

/// Evidence, and what to do with the item. Works without script; folded until somebody wants it.
#[component]
fn ItemForm(item: Item, call: ItemCall) -> impl IntoView {
    let failed = call.failed(item.id);
    let mine = kept(PATH, "item").is_some_and(|id| id == item.id.to_string());
    let typed = mine.then(|| kept(PATH, "text")).flatten();
    let open = item.state == ItemState::Open;
    let value = typed.unwrap_or(item.evidence);
    let (label, verb) = if open {
        ("Evidence", "Tick with evidence")
    } else {
        ("Evidence or reason", "Replace evidence")
    };
    let summary = if open {
        "Tick, or mark as not applicable"
    } else {
        "Change"
    };
    let unfolded = move || failed.get().is_some();
    let id = format!("text-{}", item.id);
    let what = item.text;
    view! {
        <ActionForm action=call.action>
            <input type="hidden" name="item" value=item.id.to_string() />
            <input type="hidden" name="row_version" value=item.row_version.to_string() />
            <details class="more-of" open=unfolded>
                <summary>
                    {summary}
                    <span class="vh">": " {what}</span>
                </summary>
                <div class="row-form">
                    <TextField
                        name="text"
                        id
                        label
                        value
                        plain_label=true
                        hint="A link, or a sentence of 10 characters or more."
                        error=failed.any_field(&["evidence", "reason"])
                    />
                    <SubmitButton
                        pending=call.action.pending()
                        look=crate::ui::Look::Plain
                        name="act"
                        value="tick"
                    >
                        {verb}
                    </SubmitButton>
                    <Button submit=true look=crate::ui::Look::Quiet name="act" value="not_applicable">
                        "Not applicable"
                    </Button>
                    {(!open)
                        .then(|| {
                            view! {
                                <Button submit=true look=crate::ui::Look::Quiet name="act" value="reopen">
                                    "Open again"
                                </Button>
                            }
                        })}
                </div>
                <Refused failed />
            </details>
        </ActionForm>
    }
    .into_any()
}
