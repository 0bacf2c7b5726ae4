//! People of a test, as types: who does something is read from the call, and each came to be by the real use cases.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use domain::access::{Actor, Role};
use domain::release::{Artifact, Change, ChangeKind, ReleaseForm};
use domain::service::{CanaryStep, CommandTarget, MetricSource, ServiceForm, Settings, Strategy, Target};
use std::ops::Deref;
use store::{Db, access};

/// The password of everybody in a test.
pub const PASSWORD: &str = "correct horse battery";

macro_rules! people {
    ($($(#[$doc:meta])* $name:ident = $role:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(Actor);

        impl Deref for $name {
            type Target = Actor;
            fn deref(&self) -> &Actor {
                &self.0
            }
        }

        impl $name {
            pub const ROLE: Role = $role;

            /// Somebody of this role, invited by the administrator, under this name.
            pub async fn join(db: &Db, by: &Admin, name: &str) -> $name {
                $name(join(db, by, name, $role).await)
            }

            /// The same person as the instance knows them now: with the services owned since.
            pub async fn again(&self, db: &Db) -> $name {
                $name(access::actor(db, self.0.id).await.expect("an answer").expect("an active account"))
            }
        }
    )*};
}

people! {
    /// Reads.
    Viewer = Role::Viewer;
    /// Keeps incidents and the status page.
    Support = Role::Support;
    /// Plans, works checklists off, deploys.
    Engineer = Role::Engineer;
    /// Says yes or no.
    Approver = Role::Approver;
    /// May everything.
    Admin = Role::Admin;
}

impl Admin {
    /// Somebody of whom the test knows that they are one.
    pub fn known(actor: Actor) -> Admin {
        Admin(actor)
    }

    /// The instance's first administrator, by the set-up code.
    pub async fn sets_up(db: &Db) -> Admin {
        let code = access::issue_setup_code(db).await.expect("an answer").expect("a code");
        let id = access::set_up(db, &code, "Ada", "ada@example.com", PASSWORD)
            .await
            .expect("is set up");
        Admin(
            access::actor(db, id)
                .await
                .expect("an answer")
                .expect("an active account"),
        )
    }
}

/// Somebody of any role: for tests that go through all of them.
pub async fn join(db: &Db, by: &Admin, name: &str, role: Role) -> Actor {
    let token = access::invite(db, by, &address(name), role).await.expect("is invited");
    let id = access::accept_invitation(db, &token, name, PASSWORD)
        .await
        .expect("accepts");
    access::actor(db, id)
        .await
        .expect("an answer")
        .expect("an active account")
}

/// The e-mail address of somebody with this name.
pub fn address(name: &str) -> String {
    format!("{}@example.com", name.to_lowercase())
}

/// A service with the procedure's three environments and this owner.
pub fn service_form(name: &str, owner: &Actor) -> ServiceForm {
    ServiceForm {
        name: name.into(),
        owners: vec![owner.id],
        ..ServiceForm::with_default_environments()
    }
}

/// Settings that can be deployed with: commands that nobody runs in a test of the store, all at once.
pub fn settings() -> Settings {
    let argv = |word: &str| vec!["/bin/true".to_owned(), word.to_owned()];
    let target = CommandTarget {
        deploy: argv("deploy"),
        canary: argv("canary"),
        weight: argv("weight"),
        promote: argv("promote"),
        rollback: argv("rollback"),
        status: argv("status"),
        timeout_s: 30,
        ..CommandTarget::default()
    };
    Settings {
        target: Target::Command(target),
        ..Settings::default()
    }
}

/// The same with a canary in two steps.
pub fn canary_settings() -> Settings {
    let steps = vec![
        CanaryStep { weight: 10, wait_s: 30 },
        CanaryStep {
            weight: 100,
            wait_s: 30,
        },
    ];
    Settings {
        strategy: Strategy::Canary { steps },
        source: MetricSource::scrape(
            "http://127.0.0.1:1/stable".into(),
            "http://127.0.0.1:1/canary".into(),
            5,
        ),
        ..settings()
    }
}

/// A release that can be planned as it is.
pub fn release_form(version: &str) -> ReleaseForm {
    ReleaseForm {
        version: version.into(),
        title: format!("Release {version}"),
        artifact: Artifact {
            reference: format!("storefront:{version}"),
            digest: format!("sha256:{}", "ab".repeat(32)),
        },
        changes: vec![Change {
            kind: ChangeKind::Fix,
            text: "Prices are rounded once".into(),
        }],
        rollback_plan: "Send all traffic to the version before".into(),
        ..ReleaseForm::default()
    }
}
