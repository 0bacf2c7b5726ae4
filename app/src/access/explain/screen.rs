//! The page: whom, where, and then each action with yes or no and why.

use super::api::read_access;
use super::words::{ground, why};
use crate::access::api::read_people;
use crate::access::table::deed;
use crate::access::team::words::{place_choice, place_words};
use crate::boot::me;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Choice, Fact, Facts, Glyph, PageHead, Section, Select, State, WhyLine};
use domain::access::{Action, Actor, Explanation, Person, PersonAccess, Place, Scope, TABLE, explain};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// `/administration/access?person=ID&scope=PLACE`, or with `token=ID`, for administrators. Everybody else sees themself, or a token of theirs.
#[component]
pub fn AccessScreen() -> impl IntoView {
    let manages = me().is_some_and(|me| me.actor().may(Action::ManagePeople, Scope::Instance).is_ok());
    view! {
        <leptos_meta::Title text="Who may what" />
        <PageHead title="Who may what" />
        <crate::access::AdministrationTabs current="/administration/access" />
        <Asked to="/administration/access" choose=manages />
    }
}

/// `/profile/access?scope=PLACE`: what one may oneself, or with `token=ID` by a token of one's own.
#[component]
pub fn OwnAccess() -> impl IntoView {
    view! {
        <leptos_meta::Title text="What you may do" />
        <PageHead title="What you may do" />
        <crate::access::ProfileTabs current="/profile/access" />
        <Asked to="/profile/access" choose=false />
    }
}

/// The question in the address, and its answer.
#[component]
fn Asked(to: &'static str, choose: bool) -> impl IntoView {
    let query = use_query_map();
    let asked = move |part: &'static str| Memo::new(move |_| query.read().get(part).unwrap_or_default());
    let (person, scope, token) = (asked("person"), asked("scope"), asked("token"));
    let kicked = kicks(|| vec!["people".into(), "teams".into(), "services".into()]);
    let found = Resource::new_blocking(
        move || (person.get(), token.get(), kicked.get()),
        move |(person, token, _)| async move {
            let access = read_access(if choose { person } else { String::new() }, token).await?;
            let people = if choose {
                read_people().await?.people
            } else {
                Vec::new()
            };
            Ok::<_, crate::error::AppError>((access, people))
        },
    );
    crate::fresh::fresh(found, move |found| match found {
        Err(error) => view! { <Trouble error /> }.into_any(),
        Ok((access, people)) => {
            let here = place(&access.places, &scope.get());
            view! {
                <Question to access=access.clone() people here=here.clone() />
                <Answer access here />
            }
            .into_any()
        }
    })
}

/// The place that was asked for; the instance when there is none such.
fn place(places: &[Place], asked: &str) -> Place {
    let asked = Scope::from_key(asked).unwrap_or(Scope::Instance);
    let found = places.iter().find(|place| place.on == asked);
    found.cloned().unwrap_or_else(Place::instance)
}

#[component]
fn Question(to: &'static str, access: PersonAccess, people: Vec<Person>, here: Place) -> impl IntoView {
    let places = access
        .places
        .iter()
        .map(|place| Choice::new(place.on.key(), place_choice(place)))
        .collect();
    let own = access.person.id;
    let mut choices: Vec<Choice> = people
        .iter()
        .map(|person| Choice::new(person.id.to_string(), person.name.clone()))
        .collect();
    // A token is asked about from where tokens are listed: here only where is chosen.
    let token = access.token.as_ref().map(|asked| asked.token.id.to_string());
    let asks = !choices.is_empty() && token.is_none();
    // A service account is asked about from its own page.
    if people.iter().all(|person| person.id != own) {
        choices.push(Choice::new(own.to_string(), access.person.name.clone()));
    }
    view! {
        <form method="get" action=to class="form after">
            {token.map(|id| view! { <input type="hidden" name="token" value=id /> })}
            <div class="pair">
                {asks.then(|| view! { <Select name="person" label="Who" choices value=own.to_string() required=true /> })}
                <Select name="scope" label="Where" choices=places value=here.on.key() required=true />
            </div>
            <p class="acts">
                <button class="btn" type="submit">"Show"</button>
            </p>
        </form>
    }
}

#[component]
fn Answer(access: PersonAccess, here: Place) -> impl IntoView {
    let name = access.person.name.clone();
    let (open, works) = (access.person.active, access.works());
    let title = match &access.token {
        Some(asked) => format!("{}, a token of {name}, on {}", asked.token.name, place_words(&here)),
        None => format!("{name} on {}", place_words(&here)),
    };
    let rows = TABLE
        .iter()
        .map(|(action, _)| {
            let explanation = explain(&access.actor, *action, here.on);
            let reason = match (open, works) {
                (true, true) => why(&explanation, &access, &here),
                (true, false) => "the token has ended".to_owned(),
                (false, _) => "the account is deactivated".to_owned(),
            };
            view! { <Row deed=deed(*action) granted=works && explanation.yes() reason /> }
        })
        .collect_view();
    let closed = (!open).then(|| {
        let what = format!("{name} is deactivated.");
        view! { <WhyLine glyph=Glyph::Off what>"None of it holds until an administrator lets them in again."</WhyLine> }
    });
    let ended = (open && !works).then(|| {
        let what = "This token has ended.".to_owned();
        view! { <WhyLine glyph=Glyph::Off what>"A program that sends it is turned away: make a new one."</WhyLine> }
    });
    view! {
        <Section id="answer" title class="after">
            {closed}
            {ended}
            <Held access=access.clone() here=here.clone() />
            <div class="scroll after" role="region" aria-label="What is granted" tabindex="0">
                <table class="blocks">
                    <thead>
                        <tr>
                            <th scope="col">"May"</th>
                            <th scope="col">"Here"</th>
                            <th scope="col">"Why"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </Section>
    }
    .into_any()
}

#[component]
fn Row(deed: &'static str, granted: bool, reason: String) -> impl IntoView {
    let answer = if granted {
        view! { <State glyph=Glyph::Pass>"yes"</State> }.into_any()
    } else {
        view! { <State glyph=Glyph::Off>"no"</State> }.into_any()
    };
    view! {
        <tr>
            <th scope="row">{deed}</th>
            <td>{answer}</td>
            <td>{reason}</td>
        </tr>
    }
}

/// The roles that count there, and ownership.
#[component]
fn Held(access: PersonAccess, here: Place) -> impl IntoView {
    // Every role grants reading: its grounds are all roles that count there.
    let person = Actor {
        token: None,
        ..access.actor.clone()
    };
    let roles = match explain(&person, Action::Read, here.on) {
        Explanation::Granted { grounds } => grounds,
        _ => Vec::new(),
    };
    let roles = roles
        .iter()
        .map(|one| view! { <span>{ground(one, &access)}</span> <br /> })
        .collect_view();
    let owns = here.on.service().map(|service| access.actor.owns.contains(&service));
    let scopes = access.token.as_ref().map(|asked| {
        let scopes: Vec<&str> = asked.token.scopes.iter().map(|scope| scope.key()).collect();
        scopes.join(", ")
    });
    let teams: Vec<&str> = access.teams.iter().map(|(_, name)| name.as_str()).collect();
    let teams = if teams.is_empty() {
        "none".to_owned()
    } else {
        teams.join(", ")
    };
    view! {
        <Facts>
            {scopes.map(|scopes| view! { <Fact term="Scopes of the token">{scopes}</Fact> })}
            <Fact term="Roles here">{roles}</Fact>
            {owns.map(|owns| view! { <Fact term="Owns the service">{if owns { "yes" } else { "no" }}</Fact> })}
            <Fact term="Teams">{teams}</Fact>
        </Facts>
    }
}
