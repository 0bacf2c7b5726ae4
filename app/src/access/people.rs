//! Everybody on this instance; for administrators, also who comes in and what they may.

use super::api::{ChangeRole, InvitePerson, InvitedPerson, PeoplePage, RevokeInvitation, SetActive, read_people};
use super::company::EndSessionsOf;
use super::factor::RemoveFactor;
use super::table::PermissionTable;
use crate::boot::{kept, me};
use crate::error::{AppError, refusal_of};
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{
    Ago, Choice, CopyBox, Empty, Glyph, PageHead, Section, Select, State, SubmitButton, TextField, Time, Who, WhyLine,
};
use domain::access::{Action, Invitation, Person, Role, Scope};
use domain::id::PersonId;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The page about people.
#[component]
pub fn People() -> impl IntoView {
    let kicked = kicks(|| vec!["people".into()]);
    let page = Resource::new_blocking(move || kicked.get(), |_| read_people());
    let manages = me().is_some_and(|me| me.actor().may(Action::ManagePeople, Scope::Instance).is_ok());
    view! {
        <leptos_meta::Title text="People" />
        <PageHead title="People" />
        <super::AdministrationTabs current="/people" />
        {manages.then(|| view! { <Invite /> })}
        {crate::fresh::fresh(page, move |found| match found {
                    Ok(page) => view! { <Lists page manages /> }.into_any(),
                    Err(error) => view! { <Trouble error /> }.into_any(),
        })}
        <Section id="roles" title="Who may do what">
            <PermissionTable />
        </Section>
    }
}

#[component]
fn Lists(page: PeoplePage, manages: bool) -> impl IntoView {
    let count = page.people.iter().filter(|person| person.active).count().to_string();
    let names: Vec<Person> = page.people.clone();
    let open: Vec<Invitation> = page
        .invitations
        .into_iter()
        .filter(|invitation| invitation.accepted_at.is_none() && invitation.revoked_at.is_none())
        .collect();
    view! {
        {manages.then(|| view! { <Invitations open names /> })}
        <Section id="people" title="On this instance" count>
            <div class="scroll" role="region" aria-label="People" tabindex="0">
                <table class="blocks middle">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"E-mail"</th>
                            <th scope="col">"Role"</th>
                            <th scope="col">"Account"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {page
                            .people
                            .into_iter()
                            .map(|person| {
                                let factor = page.second_factors.contains(&person.id);
                                view! { <Row person manages factor /> }
                            })
                            .collect_view()}
                    </tbody>
                </table>
            </div>
            {(!manages).then(|| view! { <p class="meta after">"Administrators invite people and change roles."</p> })}
        </Section>
    }
}

#[component]
fn Row(person: Person, manages: bool, factor: bool) -> impl IntoView {
    let itself = me().is_some_and(|me| me.person.id == person.id);
    let account = if person.active {
        view! { <State glyph=Glyph::Pass>"Active"</State> }.into_any()
    } else {
        view! { <State glyph=Glyph::Off>"Deactivated"</State> }.into_any()
    };
    view! {
        <tr>
            <th scope="row">
                <Who name=person.name.clone() />
                {itself.then_some(" (you)")}
            </th>
            <td>{person.email.clone()}</td>
            <td>
                {if manages { view! { <RoleForm id=person.id name=person.name.clone() role=person.role /> }.into_any() } else { crate::words::role(person.role).into_any() }}
            </td>
            <td>
                {account} " " {factor.then(|| view! { <Factor id=person.id name=person.name.clone() itself /> })}
                {manages.then(|| view! { <ActiveForm person /> })}
            </td>
        </tr>
    }
}

/// The role on the instance, to be changed: of a person, or of a service account.
#[component]
pub(super) fn RoleForm(id: PersonId, name: String, role: Role) -> impl IntoView {
    let change = ServerAction::<ChangeRole>::new();
    let field = format!("role-{id}");
    view! {
        <ActionForm action=change attr:class="inline">
            <input type="hidden" name="id" value=id.to_string() />
            <label class="vh" for=field.clone()>{format!("Role of {name}")}</label>
            <select class="in short" id=field name="role">
                {Role::ALL
                    .map(|one| view! { <option value=one.key() selected=one == role>{crate::words::role(one)}</option> })
                    .collect_view()}
            </select>
            <SubmitButton pending=change.pending() look=crate::ui::Look::Quiet>"Change"</SubmitButton>
            <Refusal refused=refusal_of(change.value()) />
        </ActionForm>
    }
}

/// That somebody has a second factor; and, for who lost it, the way to do without.
#[component]
fn Factor(id: PersonId, name: String, itself: bool) -> impl IntoView {
    let remove = ServerAction::<RemoveFactor>::new();
    let form = (!itself).then(|| {
        view! {
            <details class="more-of">
                <summary>"Remove second factor…" <span class="vh">{format!(" of {name}")}</span></summary>
                <p>{format!("For when {name} lost the authenticator and the recovery codes: the password alone signs them in then. Make sure that it is them who asks.")}</p>
                <ActionForm action=remove attr:class="inline">
                    <input type="hidden" name="person" value=id.to_string() />
                    <SubmitButton pending=remove.pending() look=crate::ui::Look::Plain>"Remove second factor"</SubmitButton>
                    <Refusal refused=refusal_of(remove.value()) />
                </ActionForm>
            </details>
        }
    });
    view! { <State glyph=Glyph::Pass>"Second factor"</State> " " {form} }
}

/// The way to the page before a deactivation; or the button that lets somebody in again.
#[component]
fn ActiveForm(person: Person) -> impl IntoView {
    if person.active {
        let href = format!("/people/{}/leave", person.id);
        return view! {
            <a href=href>
                "Deactivate…"
                <span class="vh">{format!(" {}", person.name)}</span>
            </a>
            <EndSessionsForm id=person.id name=person.name />
        }
        .into_any();
    }
    let set = ServerAction::<SetActive>::new();
    view! {
        <ActionForm action=set attr:class="inline">
            <input type="hidden" name="id" value=person.id.to_string() />
            <input type="hidden" name="active" value="true" />
            <SubmitButton pending=set.pending() look=crate::ui::Look::Plain>"Let in again"</SubmitButton>
            <Refusal refused=refusal_of(set.value()) />
        </ActionForm>
    }
    .into_any()
}

#[component]
fn EndSessionsForm(id: PersonId, name: String) -> impl IntoView {
    let end = ServerAction::<EndSessionsOf>::new();
    view! {
        <details class="more-of">
            <summary>"End sessions…"</summary>
            <p>{format!("{name} is signed out everywhere, and can sign in again at once.")}</p>
            <ActionForm action=end attr:class="inline">
                <input type="hidden" name="person" value=id.to_string() />
                <SubmitButton pending=end.pending() look=crate::ui::Look::Plain>"End sessions"</SubmitButton>
                <Refusal refused=refusal_of(end.value()) />
            </ActionForm>
        </details>
    }
}

/// Why a small form was refused.
#[component]
pub fn Refusal(refused: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        refused
            .get()
            .map(|error| view! { <p class="why-not" role="alert">{crate::words::refusal(&error)}</p> })
    }
}

#[component]
fn Invite() -> impl IntoView {
    const TO: &str = "/call/access/invite";
    let invite = ServerAction::<InvitePerson>::new();
    // Without wasm the link comes back over the redirect, once.
    let shown = kept(TO, "invitation").map(|link| InvitedPerson {
        link,
        mailed: kept(TO, "mailed").is_some(),
    });
    let invited = move || {
        invite
            .value()
            .with(|value| value.as_ref().and_then(|value| value.as_ref().ok().cloned()))
            .or(shown.clone())
    };
    let wrong = Signal::derive(move || {
        invite.value().with(|value| match value {
            Some(Err(error)) => Some(error.field("email").map_or_else(
                || crate::words::refusal(error),
                |problem| crate::words::problem(&problem),
            )),
            _ => None,
        })
    });
    view! {
        <Section id="invite" title="Invite somebody">
            <ActionForm action=invite attr:class="row-form">
                <TextField name="email" label="E-mail" kind="email" value=kept(TO, "email").unwrap_or_default() error=wrong required=true autocomplete="off" />
                <Select
                    name="role"
                    label="Role"
                    choices=Role::ALL.map(|role| Choice::new(role.key(), crate::words::role(role))).to_vec()
                    value=Role::Engineer.key()
                    required=true
                />
                <SubmitButton pending=invite.pending() while_pending="Inviting">"Make an invitation link"</SubmitButton>
            </ActionForm>
            {move || {
                invited().map(|InvitedPerson { link, mailed }| {
                    let what = if mailed { "The link was sent by e-mail." } else { "Send this link." };
                    view! {
                        <div class="after">
                            <WhyLine glyph=Glyph::Pass what>"It is shown once, works once, and ends after 7 days."</WhyLine>
                            <CopyBox text=link label="Invitation link" />
                        </div>
                    }
                })
            }}
        </Section>
    }
}

#[component]
fn Invitations(open: Vec<Invitation>, names: Vec<Person>) -> impl IntoView {
    let count = open.len().to_string();
    let by = move |invitation: &Invitation| {
        names
            .iter()
            .find(|person| person.id == invitation.invited_by)
            .map_or_else(String::new, |person| person.name.clone())
    };
    let none = open.is_empty();
    let rows = open
        .into_iter()
        .map(|invitation| {
            let revoke = ServerAction::<RevokeInvitation>::new();
            view! {
                <li>
                    <crate::ui::GlyphMark name=Glyph::Wait />
                    <p class="what">
                        {invitation.email.clone()} ", " {crate::words::role(invitation.role)}
                        <span class="more">
                            " invited by " {by(&invitation)} " " <Ago at=invitation.created_at /> ", ends " <Time at=invitation.expires_at />
                        </span>
                    </p>
                    <ActionForm action=revoke>
                        <input type="hidden" name="id" value=invitation.id.to_string() />
                        <SubmitButton pending=revoke.pending() look=crate::ui::Look::Quiet>"Take back"</SubmitButton>
                    </ActionForm>
                </li>
            }
        })
        .collect_view();
    view! {
        <Section id="invitations" title="Open invitations" count>
            {if none {
                view! { <Empty title="Nobody is invited at the moment.">"An invitation stands here until it is used, taken back, or 7 days old."</Empty> }
                    .into_any()
            } else {
                view! { <ul class="list middle">{rows}</ul> }.into_any()
            }}
        </Section>
    }
}
