//! What the sample workspace says. The places (addresses, commands, artifacts) come from whoever runs its playground.

use domain::access::Role;
use domain::release::{Artifact, Change, ChangeKind, ReleaseForm};
use domain::service::ServiceForm;

/// The sample's people: name, address, role. The engineer owns the service and plans its releases.
pub const PEOPLE: [(&str, &str, Role); 2] = [
    ("Ana Ruiz", "ana.ruiz@example.com", Role::Engineer),
    ("Sam Adeyemi", "sam.adeyemi@example.com", Role::Approver),
];

/// The service with the procedure's three environments. Its owner is filled in when it is loaded.
pub fn service() -> ServiceForm {
    ServiceForm {
        name: "storefront".into(),
        repository: "https://git.example.com/shop/storefront".into(),
        description: "The shop that customers see.".into(),
        customer_facing: true,
        ..ServiceForm::with_default_environments()
    }
}

/// The three releases to try, in the order in which they were planned: a good one, one that fails every fifth request, a slow one.
///
/// `artifact` says where a version is found, and what it is.
pub fn releases(artifact: impl Fn(&str) -> Artifact) -> Vec<ReleaseForm> {
    vec![good(&artifact), failing(&artifact), slow(&artifact)]
}

fn change(kind: ChangeKind, text: &str) -> Change {
    Change {
        kind,
        text: text.into(),
    }
}

fn good(artifact: &impl Fn(&str) -> Artifact) -> ReleaseForm {
    ReleaseForm {
        version: "1.3.0".into(),
        title: "Faster product pages".into(),
        artifact: artifact("1.3.0"),
        commit: "9f31c6be02a4".into(),
        changes: vec![
            change(ChangeKind::Feature, "Product pages keep their images for a day"),
            change(
                ChangeKind::Fix,
                "The basket no longer forgets a voucher when the page is reloaded",
            ),
        ],
        database_changes: String::new(),
        window: None,
        duration_min: 10,
        rollback_plan: "The roll-out takes the canary out by itself when its errors pass the limit.\n\
                        By hand: Roll back on the deployment's page. 1.2.0 stays in place until 1.3.0 is promoted."
            .into(),
        rollback_min: 2,
        verification: "The health page answers\nA product page shows its images\nA sign-up goes through".into(),
        notes: "Nothing to switch on. Support needs no new answers.".into(),
        known_issues: String::new(),
        row_version: 0,
    }
}

fn failing(artifact: &impl Fn(&str) -> Artifact) -> ReleaseForm {
    ReleaseForm {
        version: "1.4.0".into(),
        title: "New checkout".into(),
        artifact: artifact("1.4.0"),
        commit: "47d0e8a91c35".into(),
        changes: vec![
            change(ChangeKind::Feature, "Checkout on one page instead of three"),
            change(ChangeKind::Update, "The payment provider's library, to its version 8"),
        ],
        database_changes: "Add column orders.checkout_version, empty for orders from before".into(),
        window: None,
        duration_min: 15,
        rollback_plan: "1.3.0 ignores the new column: roll back the version and leave the database as it is.".into(),
        rollback_min: 2,
        verification:
            "The health page answers\nAn order goes through with a card\nAn order goes through with a voucher".into(),
        notes: "In this sample every fifth request of 1.4.0 fails: deploy it to see it being taken back.".into(),
        known_issues: "The printed receipt still shows three steps".into(),
        row_version: 0,
    }
}

fn slow(artifact: &impl Fn(&str) -> Artifact) -> ReleaseForm {
    ReleaseForm {
        version: "1.5.0".into(),
        title: "Recommendations beside the basket".into(),
        artifact: artifact("1.5.0"),
        commit: "c2ab7716ef48".into(),
        changes: vec![
            change(ChangeKind::Feature, "Three products that others bought as well"),
            change(
                ChangeKind::Security,
                "Session cookies are no longer readable by scripts",
            ),
        ],
        database_changes: String::new(),
        window: None,
        duration_min: 15,
        rollback_plan: "Roll back on the deployment's page. Sessions stay valid for both versions.".into(),
        rollback_min: 2,
        verification: "The health page answers\nThe basket shows three products\nSigning in still works".into(),
        notes: "In this sample 1.5.0 answers much slower than the version before: the comparison with stable finds it."
            .into(),
        known_issues: String::new(),
        row_version: 0,
    }
}

/// Checklist items of a release that are done already, each with its evidence.
pub fn done(version: &str) -> Vec<(&'static str, String)> {
    let run = match version {
        "1.3.0" => "2214",
        "1.4.0" => "2260",
        _ => "2291",
    };
    let mut done = vec![
        (
            "All tests pass (unit, integration, e2e)",
            format!("https://ci.example.com/shop/storefront/runs/{run}"),
        ),
        (
            "Code review approved",
            format!("https://git.example.com/shop/storefront/releases/{version}/reviews"),
        ),
        (
            "Security scan passed",
            format!("https://ci.example.com/shop/storefront/runs/{run}/scan"),
        ),
        (
            "CHANGELOG updated",
            format!("https://git.example.com/shop/storefront/blob/v{version}/CHANGELOG.md"),
        ),
        (
            "Rollback procedure documented",
            "Written into the release's rollback plan".to_owned(),
        ),
    ];
    if version == "1.3.0" {
        done.push((
            "Branch is up-to-date with main/production",
            "Rebased this morning, nothing merged since".to_owned(),
        ));
        done.push((
            "No known critical bugs",
            "https://tracker.example.com/shop?severity=critical".to_owned(),
        ));
        done.push((
            "Team availability confirmed",
            "Ana and Sam are there until the evening".to_owned(),
        ));
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::template::CHECKLIST;

    fn artifact(version: &str) -> Artifact {
        Artifact {
            reference: format!("storefront:{version}"),
            digest: format!("sha256:{}", "ab".repeat(32)),
        }
    }

    #[test]
    fn every_release_could_have_been_planned_by_a_person() {
        for form in releases(artifact) {
            assert!(form.check().is_empty(), "{}: {:?}", form.version, form.check());
            assert!(!form.rollback_plan.is_empty());
        }
    }

    #[test]
    fn what_is_done_is_on_the_checklist_and_has_evidence() {
        let sections = domain::release::parse_checklist(CHECKLIST.markdown());
        let known: Vec<&str> = sections
            .iter()
            .flat_map(|section| &section.items)
            .map(|item| item.text.as_str())
            .collect();
        for version in ["1.3.0", "1.4.0", "1.5.0"] {
            for (text, evidence) in done(version) {
                assert!(known.contains(&text), "{text}");
                assert!(domain::release::ItemAct::Tick { evidence }.apply().is_ok(), "{text}");
            }
        }
    }
}
