//! Every page and its address. Pages are rendered whole before the first byte leaves, so that they read without scripts.

use crate::access::{AcceptInvitation, People, Profile, SetUp, SignIn};
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

/// The page for the present address.
#[component]
pub fn Pages() -> impl IntoView {
    view! {
        <FlatRoutes fallback=NoSuchPage>
            <Route path=path!("/") view=Home ssr=Async />
            <Route path=path!("/search") view=SearchScreen ssr=Async />
            <Route path=path!("/more") view=More ssr=Async />
            <Route path=path!("/help") view=Help ssr=Async />
            <Route path=path!("/help/components") view=Parts ssr=Async />
            <Route path=path!("/login") view=SignIn ssr=Async />
            <Route path=path!("/setup") view=SetUp ssr=Async />
            <Route path=path!("/invite/:token") view=AcceptInvitation ssr=Async />
            <Route path=path!("/profile") view=Profile ssr=Async />
            <Route path=path!("/people") view=People ssr=Async />
            <Route path=path!("/services") view=ServiceList ssr=Async />
            <Route path=path!("/services/new") view=ServiceNew ssr=Async />
            <Route path=path!("/services/import") view=ServiceImport ssr=Async />
            <Route path=path!("/services/:name") view=ServiceScreen ssr=Async />
            <Route path=path!("/services/:name/edit") view=ServiceEdit ssr=Async />
            <Route path=path!("/services/:name/environments/:environment") view=EnvironmentScreen ssr=Async />
            <Route path=path!("/releases") view=ReleaseList ssr=Async />
            <Route path=path!("/releases/new") view=ReleaseNew ssr=Async />
            <Route path=path!("/releases/:service/:version") view=ReleaseScreen ssr=Async />
            <Route path=path!("/releases/:service/:version/edit") view=ReleaseEdit ssr=Async />
            <Route path=path!("/deployments") view=DeploymentList ssr=Async />
            <Route path=path!("/deployments/:number") view=Console ssr=Async />
            <Route path=path!("/deployments/:number/abort") view=AbortForm ssr=Async />
            <Route path=path!("/deployments/:number/roll-back") view=RollBackForm ssr=Async />
            <Route path=path!("/incidents") view=IncidentList ssr=Async />
            <Route path=path!("/incidents/new") view=IncidentNew ssr=Async />
            <Route path=path!("/incidents/:number") view=IncidentScreen ssr=Async />
        </FlatRoutes>
    }
}
