//! The permission table, drawn from the very data by which the server decides.

use domain::access::{Action, Grant, Role, TABLE};
use leptos::prelude::*;

/// Who may do what.
#[component]
pub fn PermissionTable() -> impl IntoView {
    let heads = Role::ALL
        .map(|role| view! { <th scope="col">{crate::words::role(role)}</th> })
        .collect_view();
    let rows = TABLE
        .iter()
        .map(|(action, cells)| {
            view! {
                <tr>
                    <th scope="row">{deed(*action)}</th>
                    {cells.map(|cell| view! { <td>{grant(cell)}</td> }).collect_view()}
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="scroll" role="region" aria-label="Who may do what" tabindex="0">
            <table class="grants">
                <thead>
                    <tr>
                        <th scope="col">"May"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="meta after">"Own services: those where the person is an owner. Teams give roles on one service, or on one environment."</p>
    }
}

fn grant(cell: Grant) -> &'static str {
    match cell {
        Grant::Yes => "yes",
        Grant::Own => "own services",
        Grant::No => "–",
    }
}

/// What an action is, on its own.
pub(super) fn deed(action: Action) -> &'static str {
    match action {
        Action::Read => "Read everything",
        Action::KeepProfile => "Change their own profile, end their own sessions",
        Action::Comment => "Comment",
        Action::EditIncident => "Open and edit incidents",
        Action::PublishStatus => "Publish status updates",
        Action::PlanRelease => "Plan and edit releases",
        Action::TickItem => "Tick checklist items",
        Action::RequestApproval => "Ask for approval",
        Action::Deploy => "Deploy what all gates pass",
        Action::Steer => "Pause, resume, promote, abort and roll back",
        Action::Approve => "Approve and reject",
        Action::Freeze => "Set a freeze",
        Action::LiftLock => "Lift others' locks",
        Action::Override => "Override a gate, with a reason",
        Action::ManageService => "Set up services",
        Action::ManageTarget => "Set what is run and what is measured",
        Action::ManagePolicy => "Set who must approve",
        Action::ManageTemplate => "Change templates",
        Action::ManagePeople => "Invite people, change their roles",
        Action::ManageInstance => "Change settings of the instance",
    }
}
