//! Every page and its address. Pages are rendered whole before the first byte leaves, so that they read without scripts.

use crate::access::{
    AcceptInvitation, AccessScreen, AllTokens, Confirm, EnterCode, Forgot, LeaveScreen, OwnAccess, OwnTokens, People,
    Profile, Providers, Reset, SecondFactor, ServiceAccounts, Sessions, SetUp, SignIn, TeamList, TeamScreen, WaysIn,
};
use crate::audit::Audit;
use crate::chunk::pages;
use crate::deployment::{AbortForm, Console, DeploymentList, RollBackForm};
use crate::freeze::{Calendar, TimeNew, TimeScreen};
use crate::health::InstanceHealth;
use crate::help::{Help, Parts};
use crate::home::{Home, SearchScreen};
use crate::incident::{IncidentList, IncidentNew, IncidentScreen};
use crate::job::Jobs;
use crate::notice::{NoticeChoices, NoticeScreen};
use crate::release::{ReleaseEdit, ReleaseList, ReleaseNew, ReleaseScreen};
use crate::secret::Secrets;
use crate::service::{EnvironmentScreen, ServiceEdit, ServiceImport, ServiceList, ServiceNew, ServiceScreen};
use crate::shell::{More, NoSuchPage};
use crate::stop::StopScreen;
use crate::webhook::{WebhookList, WebhookScreen};
use leptos::prelude::*;
use leptos_router::SsrMode::Async;
use leptos_router::components::{FlatRoutes, Route};
use leptos_router::path;

// Every further chunk doubles the combinations that share code, each a file of its own: so there are four, not one a slice.
pages!(front: FrontPages {
    Home = Home, Search = SearchScreen, Help = Help, Components = Parts,
    SignIn = SignIn, SetUp = SetUp, Invitation = AcceptInvitation, Profile = Profile, People = People,
    Sessions = Sessions, WaysIn = WaysIn,
    Forgot = Forgot, Reset = Reset, Notices = NoticeScreen, NoticeChoices = NoticeChoices,
    Tokens = OwnTokens, SecondFactor = SecondFactor, EnterCode = EnterCode, Confirm = Confirm,
});
pages!(plan: PlanPages {
    List = ReleaseList, New = ReleaseNew, Release = ReleaseScreen, Edit = ReleaseEdit,
    Stop = StopScreen, Calendar = Calendar, NewTime = TimeNew, Time = TimeScreen,
});
pages!(rollout: RolloutPages {
    List = DeploymentList, Console = Console, Abort = AbortForm, RollBack = RollBackForm,
    Incidents = IncidentList, NewIncident = IncidentNew, Incident = IncidentScreen,
});
pages!(setting: SettingPages {
    List = ServiceList, New = ServiceNew, Import = ServiceImport, Service = ServiceScreen, Edit = ServiceEdit, Environment = EnvironmentScreen,
    Teams = TeamList, Team = TeamScreen, Accounts = ServiceAccounts, Access = AccessScreen, OwnAccess = OwnAccess, Leave = LeaveScreen,
    Audit = Audit, Secrets = Secrets, Health = InstanceHealth,
    Providers = Providers,
    Jobs = Jobs, Webhooks = WebhookList, Webhook = WebhookScreen,
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
            <Route path=path!("/login/code") view=FrontPages::EnterCode ssr=Async />
            <Route path=path!("/setup") view=FrontPages::SetUp ssr=Async />
            <Route path=path!("/invite/:token") view=FrontPages::Invitation ssr=Async />
            <Route path=path!("/forgot") view=FrontPages::Forgot ssr=Async />
            <Route path=path!("/reset/:token") view=FrontPages::Reset ssr=Async />
            <Route path=path!("/notices") view=FrontPages::Notices ssr=Async />
            <Route path=path!("/profile/notices") view=FrontPages::NoticeChoices ssr=Async />
            <Route path=path!("/profile") view=FrontPages::Profile ssr=Async />
            <Route path=path!("/profile/sign-in") view=FrontPages::WaysIn ssr=Async />
            <Route path=path!("/profile/second-factor") view=FrontPages::SecondFactor ssr=Async />
            <Route path=path!("/confirm") view=FrontPages::Confirm ssr=Async />
            <Route path=path!("/profile/sessions") view=FrontPages::Sessions ssr=Async />
            <Route path=path!("/administration/sign-in") view=SettingPages::Providers ssr=Async />
            <Route path=path!("/profile/tokens") view=FrontPages::Tokens ssr=Async />
            <Route path=path!("/administration/tokens") view=SettingPages::AllTokens ssr=Async />
            <Route path=path!("/people") view=FrontPages::People ssr=Async />
            <Route path=path!("/administration/secrets") view=SettingPages::Secrets ssr=Async />
            <Route path=path!("/administration/health") view=SettingPages::Health ssr=Async />
            <Route path=path!("/administration/audit") view=SettingPages::Audit ssr=Async />
            <Route path=path!("/people/:id/leave") view=SettingPages::Leave ssr=Async />
            <Route path=path!("/profile/access") view=SettingPages::OwnAccess ssr=Async />
            <Route path=path!("/administration/teams") view=SettingPages::Teams ssr=Async />
            <Route path=path!("/administration/teams/:id") view=SettingPages::Team ssr=Async />
            <Route path=path!("/administration/service-accounts") view=SettingPages::Accounts ssr=Async />
            <Route path=path!("/administration/access") view=SettingPages::Access ssr=Async />
            <Route path=path!("/administration/jobs") view=SettingPages::Jobs ssr=Async />
            <Route path=path!("/administration/webhooks") view=SettingPages::Webhooks ssr=Async />
            <Route path=path!("/administration/webhooks/:id") view=SettingPages::Webhook ssr=Async />
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
            <Route path=path!("/stop") view=PlanPages::Stop ssr=Async />
            <Route path=path!("/calendar") view=PlanPages::Calendar ssr=Async />
            <Route path=path!("/calendar/new") view=PlanPages::NewTime ssr=Async />
            <Route path=path!("/calendar/:id") view=PlanPages::Time ssr=Async />
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
