//! Deployments that something else made: among those of Slipway, with a mark.

use domain::deployment::DeploymentLine;
use domain::outside::{Outside, OutsideState};
use leptos::prelude::*;

use super::words;
use crate::ui::format::NONE;
use crate::ui::icon::Glyph;
use crate::ui::{Ago, Elapsed, Env, State};

/// A line of the list, whoever deployed.
#[derive(Clone, Debug, PartialEq)]
pub enum Either {
    Ours(Box<DeploymentLine>),
    Outside(Box<Outside>),
}

/// Both in one list, the newest first: those of Slipway stay in their order.
pub fn merged(ours: Vec<DeploymentLine>, mut outside: Vec<Outside>) -> Vec<Either> {
    outside.sort_by_key(|one| std::cmp::Reverse(one.at));
    let mut outside = outside.into_iter().peekable();
    let mut all = Vec::new();
    for line in ours {
        while let Some(one) = outside.next_if(|one| one.at > line.requested_at) {
            all.push(Either::Outside(Box::new(one)));
        }
        all.push(Either::Ours(Box::new(line)));
    }
    all.extend(outside.map(|one| Either::Outside(Box::new(one))));
    all
}

/// Outline and word of a state.
pub fn state(state: OutsideState) -> (Glyph, &'static str) {
    match state {
        OutsideState::Started => (Glyph::Run, "Under way"),
        OutsideState::Succeeded => (Glyph::Pass, "Succeeded"),
        OutsideState::Failed => (Glyph::Fail, "Failed"),
    }
}

/// Why it is there, and what that means.
pub fn why(one: &Outside) -> String {
    match one.within {
        Some(number) => format!("By {}, as part of deployment {number}", one.tool),
        None => format!("By {}, past the gates", one.tool),
    }
}

/// The newest of a release that went around the gates.
pub fn past_the_gates(all: &[Outside]) -> Option<&Outside> {
    all.iter().filter(|one| one.within.is_none()).max_by_key(|one| one.at)
}

/// Its row in the table of deployments.
pub fn row(one: Outside) -> AnyView {
    let (glyph, word) = state(one.state);
    let why = why(&one);
    let name = match one.release {
        Some(_) => {
            let href = crate::release::address(&one.service, &one.version);
            view! {
                <a href=href>
                    {one.service.clone()}
                    " "
                    <span class="ver">{one.version.clone()}</span>
                </a>
            }
            .into_any()
        }
        None => view! {
            {one.service.clone()}
            " "
            <span class="ver">{one.version.clone()}</span>
        }
        .into_any(),
    };
    let why = match one.url.is_empty() {
        true => why.into_any(),
        false => view! { <a href=one.url.clone() rel="external noopener noreferrer">{why}</a> }.into_any(),
    };
    let took = match (one.started_at, one.finished_at) {
        (Some(from), Some(to)) if to >= from => view! { <Elapsed from=from to=to /> }.into_any(),
        _ => NONE.into_any(),
    };
    view! {
        <tr>
            <th scope="row" class="nowrap most">{name} " " <span class="tag tag-hold">"outside"</span></th>
            <td class="edge">
                <Env tier=words::tier(one.tier) name=one.environment.clone() />
            </td>
            <td class="pic nil">{NONE}</td>
            <td class="rest">
                <State glyph>{word}</State>
            </td>
            <td>{why}</td>
            <td class="nowrap fine most" data-head="Asked">
                <Ago at=one.started_at.unwrap_or(one.at) />
            </td>
            <td class="nowrap fine edge" data-head="Took">
                {took}
            </td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::scene;
    use domain::access::By;
    use domain::deployment::State as RunState;
    use domain::id::OutsideId;
    use domain::service::Tier;
    use uuid::Uuid;

    fn outside(clock: &str, within: Option<i64>) -> Outside {
        Outside {
            id: OutsideId(Uuid::nil()),
            service: "storefront".into(),
            environment: "production".into(),
            tier: Tier::Production,
            version: "1.2.4".into(),
            commit: String::new(),
            state: OutsideState::Succeeded,
            tool: "Argo CD".into(),
            url: String::new(),
            external_id: "1".into(),
            started_at: None,
            finished_at: None,
            at: scene::at(clock),
            release: None,
            within,
            by: By::System,
            reported_at: scene::at(clock),
        }
    }

    #[test]
    fn each_stands_at_its_time() {
        let ours = |clock| DeploymentLine {
            requested_at: scene::at(clock),
            ..scene::line(RunState::Succeeded)
        };
        let all = merged(
            vec![ours("12:00:00"), ours("10:00:00")],
            vec![
                outside("09:00:00", None),
                outside("11:00:00", None),
                outside("13:00:00", None),
            ],
        );
        let order: Vec<bool> = all.iter().map(|one| matches!(one, Either::Outside(_))).collect();
        assert_eq!(order, [true, false, true, false, true]);
    }

    #[test]
    fn what_was_part_of_a_deployment_went_past_nothing() {
        let part = outside("12:00:00", Some(7));
        assert_eq!(past_the_gates(std::slice::from_ref(&part)), None);
        assert_eq!(why(&part), "By Argo CD, as part of deployment 7");
        let all = [part, outside("11:00:00", None), outside("10:00:00", None)];
        assert_eq!(past_the_gates(&all).map(|one| one.at), Some(scene::at("11:00:00")));
    }
}
