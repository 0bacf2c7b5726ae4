//! Every page and its address. Pages are rendered whole before the first byte leaves, so that they read without scripts.

use crate::access::{AcceptInvitation, AllTokens, OwnTokens, People, Profile, SetUp, SignIn};
use crate::chunk::pages;
use crate::deployment::{AbortForm, Console, DeploymentList, RollBackForm};
use crate::help::{Help, Parts};
use crate::home::{Home, SearchScreen};
use crate::incident::{IncidentList, IncidentNew, IncidentScreen};
use crate::release::{ReleaseEdit, ReleaseList, ReleaseNew, ReleaseScreen};
use crate::service::{EnvironmentScreen, ServiceEdit, ServiceImport, ServiceList, ServiceNew, ServiceScreen};
use crate::shell::{More, NoSuchPage};
use leptos::prelude::*;
use leptos_router::SsrMode::Async;
use leptos_router::components::{FlatRoutes, Route};
use leptos_router::path;

// Every further chunk doubles the combinations that share code, each a file of its own: so there are four, not one a slice.
pages!(front: FrontPages {
    Home = Home, Search = SearchScreen, Help = Help, Components = Parts,
    SignIn = SignIn, SetUp = SetUp, Invitation = AcceptInvitation, Profile = Profile, People = People,
    Tokens = OwnTokens,
});
pages!(plan: PlanPages { List = ReleaseList, New = ReleaseNew, Release = ReleaseScreen, Edit = ReleaseEdit });
pages!(rollout: RolloutPages {
    List = DeploymentList, Console = Console, Abort = AbortForm, RollBack = RollBackForm,
    Incidents = IncidentList, NewIncident = IncidentNew, Incident = IncidentScreen,
});
pages!(setting: SettingPages {
    List = ServiceList, New = ServiceNew, Import = ServiceImport, Service = ServiceScreen, Edit = ServiceEdit, Environment = EnvironmentScreen,
    AllTokens = AllTokens,
});

/// The page for the present address.
#[component]
pub fn Pages() -> impl IntoView {
    view! {
        <FlatRoutes fallback=NoSuchPage>
            <Route path=path!("/") view=FrontPages::Home ssr=Async />
            <Route path=path!("/search") view=FrontPages::Search ssr=Async />
            <Route path=path!("/more") view=More ssr=Async />
            <Route path=path!("/help") view=FrontPages::Help ssr=Async />
            <Route path=path!("/help/components") view=FrontPages::Components ssr=Async />
            <Route path=path!("/login") view=FrontPages::SignIn ssr=Async />
            <Route path=path!("/setup") view=FrontPages::SetUp ssr=Async />
            <Route path=path!("/invite/:token") view=FrontPages::Invitation ssr=Async />
            <Route path=path!("/profile") view=FrontPages::Profile ssr=Async />
            <Route path=path!("/profile/tokens") view=FrontPages::Tokens ssr=Async />
            <Route path=path!("/administration/tokens") view=SettingPages::AllTokens ssr=Async />
            <Route path=path!("/people") view=FrontPages::People ssr=Async />
            <Route path=path!("/services") view=SettingPages::List ssr=Async />
            <Route path=path!("/services/new") view=SettingPages::New ssr=Async />
            <Route path=path!("/services/import") view=SettingPages::Import ssr=Async />
            <Route path=path!("/services/:name") view=SettingPages::Service ssr=Async />
            <Route path=path!("/services/:name/edit") view=SettingPages::Edit ssr=Async />
            <Route path=path!("/services/:name/environments/:environment") view=SettingPages::Environment ssr=Async />
            <Route path=path!("/releases") view=PlanPages::List ssr=Async />
            <Route path=path!("/releases/new") view=PlanPages::New ssr=Async />
            <Route path=path!("/releases/:service/:version") view=PlanPages::Release ssr=Async />
            <Route path=path!("/releases/:service/:version/edit") view=PlanPages::Edit ssr=Async />
            <Route path=path!("/deployments") view=RolloutPages::List ssr=Async />
            <Route path=path!("/deployments/:number") view=RolloutPages::Console ssr=Async />
            <Route path=path!("/deployments/:number/abort") view=RolloutPages::Abort ssr=Async />
            <Route path=path!("/deployments/:number/roll-back") view=RolloutPages::RollBack ssr=Async />
            <Route path=path!("/incidents") view=RolloutPages::Incidents ssr=Async />
            <Route path=path!("/incidents/new") view=RolloutPages::NewIncident ssr=Async />
            <Route path=path!("/incidents/:number") view=RolloutPages::Incident ssr=Async />
        </FlatRoutes>
    }
}
