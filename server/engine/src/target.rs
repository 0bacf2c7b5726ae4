//! The command target: what its commands are told, and how they are run.

pub(crate) mod process;
pub(crate) mod short;

use crate::config::Context;
use domain::deployment::{Deployment, Kind, Observation};
use domain::plan::Plan;
use store::secret::Mask;

/// What a command is given, and what hides the secrets in it.
pub(crate) struct Given {
    pub variables: Vec<(String, String)>,
    pub mask: Mask,
}

/// The variables of a deployment's commands, with the secrets of its plan opened.
///
/// # Errors
/// A secret is gone or does not open; or Postgres does not answer.
pub(crate) async fn given(context: &Context, deployment: &Deployment) -> Result<Given, store::Error> {
    let mut variables = environment(deployment);
    let (secrets, mask) = store::secret::open(&context.db, context.config.vault.as_ref(), &deployment.plan).await?;
    variables.extend(secrets);
    Ok(Given { variables, mask })
}

/// Why a command can't be given what it needs, in words.
pub(crate) fn not_given(error: &store::Error) -> String {
    match error {
        store::Error::NotFound => "a secret that the plan names is gone".to_owned(),
        other => format!("a secret that the plan names can't be opened: {other}"),
    }
}

/// The variables that every command of a deployment is given, beside those that the administrator configured.
///
/// A way back is told the version that it takes away as `SLIPWAY_VERSION`, and what it restores as `SLIPWAY_PREVIOUS_VERSION`.
fn environment(deployment: &Deployment) -> Vec<(String, String)> {
    let plan = &deployment.plan;
    let mut variables = of_plan(plan);
    let before = deployment
        .run
        .before
        .clone()
        .filter(|_| deployment.kind != Kind::Rollback);
    let previous = before
        .or_else(|| deployment.previous_version.clone())
        .unwrap_or_default();
    variables.push(("SLIPWAY_PREVIOUS_VERSION".into(), previous));
    variables.push(("SLIPWAY_DEPLOYMENT".into(), deployment.id.to_string()));
    variables
}

fn of_plan(plan: &Plan) -> Vec<(String, String)> {
    let mut variables = of_environment(&plan.service, &plan.environment);
    for (name, value) in [
        ("SLIPWAY_VERSION", &plan.version),
        ("SLIPWAY_ARTIFACT", &plan.artifact.reference),
        ("SLIPWAY_DIGEST", &plan.artifact.digest),
        ("SLIPWAY_COMMIT", &plan.commit),
    ] {
        variables.push((name.into(), value.clone()));
    }
    if let Some(command) = plan.command() {
        variables.extend(command.env.clone());
    }
    variables
}

/// What is known of an environment without any deployment.
pub(crate) fn of_environment(service: &str, environment: &str) -> Vec<(String, String)> {
    vec![
        ("SLIPWAY_SERVICE".into(), service.to_owned()),
        ("SLIPWAY_ENVIRONMENT".into(), environment.to_owned()),
    ]
}

/// What a status command printed: the whole output as one JSON object, or its last line.
pub(crate) fn read_status(stdout: &str) -> Option<Observation> {
    let whole = stdout.trim();
    let last = whole.lines().next_back().unwrap_or_default().trim();
    [whole, last]
        .into_iter()
        // A list would be read as the fields in their order.
        .filter(|text| text.starts_with('{'))
        .find_map(|text| serde_json::from_str(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_a_command_prints_is_a_status_or_none(
            before in "\\PC{0,30}",
            version in prop::option::of("\\PC{0,12}"),
            weight in any::<i32>(),
            after in prop::sample::select(vec!["", "\n", "  \n\n", "}", "\n{", "\n[[[["]),
        ) {
            let status = serde_json::json!({"version": version, "weight": weight, "more": [before]});
            let printed = format!("{before}\n{status}{after}");
            let seen = read_status(&printed);
            let whole = after.trim().is_empty() && (0..=100).contains(&weight);
            prop_assert!(!whole || seen.is_some(), "{printed:?}");
            prop_assert!(seen.is_none_or(|seen| seen.version == version), "{printed:?}");
        }

        #[test]
        fn no_depth_and_no_bytes_bring_it_down(one in prop::sample::select(vec!["[", "{\"a\":", "\"", "-", "{}\n", "é"]), times in 0..20_000usize) {
            let _ = read_status(&one.repeat(times));
        }
    }

    #[test]
    fn a_status_is_read_from_all_of_it_or_from_the_last_line() {
        let seen = read_status("looking…\n{\"version\":\"1.2.0\",\"weight\":10,\"more\":[1]}\n").unwrap();
        assert_eq!((seen.version.as_deref(), seen.weight), (Some("1.2.0"), Some(10)));
        let pretty = "{\n  \"version\": null,\n  \"instances\": [{\"name\": \"a\", \"healthy\": true}]\n}\n";
        assert_eq!(read_status(pretty).unwrap().instances.len(), 1);
        for other in ["[1]", "[]", "[\"1.2.3\"]", "null", "1"] {
            assert_eq!(read_status(other), None, "{other}");
        }
        assert_eq!(read_status(""), None);
    }
}
