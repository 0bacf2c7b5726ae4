//! The switch of passwords: for administrators.

use super::company::SwitchPasswords;
use super::people::Refusal;
use crate::boot::me;
use crate::error::refusal_of;
use crate::ui::{Fact, Facts, Glyph, Look, Section, State, SubmitButton};
use domain::identity::Standing;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Whether people sign in by passwords, and the way to change it.
#[component]
pub fn Passwords(
    /// How the door stands.
    door: Standing,
) -> impl IntoView {
    let by_provider = door.keyholders.iter().filter(|holder| !holder.by.is_empty()).count();
    let administrators = format!(
        "{by_provider} of {} administrators could come in by a provider",
        door.keyholders.len()
    );
    let state = match door.passwords {
        true => view! { <State glyph=Glyph::Pass>"On"</State> }.into_any(),
        false => view! { <State glyph=Glyph::Off>"Off: people sign in by a provider alone"</State> }.into_any(),
    };
    view! {
        <Section id="passwords" title="Passwords">
            <Facts>
                <Fact term="State">{state}</Fact>
                <Fact term="Without one">{administrators}</Fact>
            </Facts>
            {match door.passwords {
                true => view! { <Off door /> }.into_any(),
                false => view! { <On /> }.into_any(),
            }}
        </Section>
    }
    .into_any()
}

#[component]
fn Off(door: Standing) -> impl IntoView {
    let switch = ServerAction::<SwitchPasswords>::new();
    let refused = me().map(|me| door.without_passwords(me.person.id));
    let why_not = refused
        .and_then(Result::err)
        .map(|why| crate::words::needed(why).to_owned());
    view! {
        <details class="more-of grave after">
            <summary>"Switch off…"</summary>
            <p>
                "Everybody signs in by a provider then, and invitations are accepted by one. Who is signed in stays signed in; passwords are kept, and \
                open nothing. When no provider answers any more, "
                <code>"slipway admin reset ADDRESS --allow-passwords"</code>
                " on the machine switches them on again."
            </p>
            <ActionForm action=switch attr:class="after">
                <input type="hidden" name="on" value="false" />
                <div class="acts">
                    <SubmitButton pending=switch.pending() look=Look::Back why_not id="passwords-off">"Switch passwords off"</SubmitButton>
                </div>
                <Refusal refused=refusal_of(switch.value()) />
            </ActionForm>
        </details>
    }
}

#[component]
fn On() -> impl IntoView {
    let switch = ServerAction::<SwitchPasswords>::new();
    view! {
        <p class="prose after">"On again, everybody who had a password comes in by it as before."</p>
        <ActionForm action=switch attr:class="after">
            <input type="hidden" name="on" value="true" />
            <SubmitButton pending=switch.pending() look=Look::Plain>"Switch passwords on"</SubmitButton>
            <Refusal refused=refusal_of(switch.value()) />
        </ActionForm>
    }
}
