//! The promotion path: how a release stands in each environment, and which of them its page is about. Pure.

use chrono::{DateTime, Utc};
use domain::deployment::{DeploymentLine, Kind, State};
use domain::id::ReleaseId;
use domain::release::{ReleaseEnvironment, ReleasePage};

use crate::deployment::words as run_words;
use crate::ui::icon::Glyph;

/// How a release stands in one environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is what runs there.
    Running,
    /// A deployment of it is under way.
    Moving(State),
    /// Gates hold it.
    Held,
    /// All gates pass.
    Ready,
    /// Its last deployment there ended badly.
    Ended(State),
    /// An environment before this one comes first.
    Later,
    /// It went past: it is further on already.
    Passed,
}

impl Standing {
    /// Outline and word.
    pub fn words(self) -> (Glyph, &'static str) {
        match self {
            Standing::Running => (Glyph::Pass, "Running"),
            Standing::Moving(state) | Standing::Ended(state) => run_words::state(state),
            Standing::Held => (Glyph::Hold, "Held"),
            Standing::Ready => (Glyph::Wait, "Ready"),
            Standing::Later => (Glyph::Off, "Later"),
            Standing::Passed => (Glyph::Off, "Not deployed"),
        }
    }

    /// What stands between the word and the environment: "Ready for staging", "Rolling out to staging".
    pub fn joint(self) -> &'static str {
        match self {
            Standing::Moving(State::Paused) | Standing::Running | Standing::Ended(_) | Standing::Later => "in",
            Standing::Moving(State::Queued) | Standing::Ready => "for",
            Standing::Moving(_) | Standing::Passed => "to",
            Standing::Held => "before",
        }
    }

    /// The class of its part of the promotion path.
    pub fn class(self) -> &'static str {
        match self {
            Standing::Running => "",
            Standing::Moving(State::Paused) => "hold",
            Standing::Moving(_) => "run",
            Standing::Held => "next",
            Standing::Ended(_) => "fail",
            Standing::Ready | Standing::Later | Standing::Passed => "todo",
        }
    }
}

/// One part of the promotion path.
#[derive(Clone, Debug, PartialEq)]
pub struct PathPart {
    pub environment: String,
    pub tier: crate::ui::Tier,
    pub standing: Standing,
    /// The version that runs there: this one or another.
    pub runs: Option<String>,
    pub since: Option<DateTime<Utc>>,
    /// The newest deployment of this release there.
    pub number: Option<i64>,
    /// What runs there was brought past Slipway.
    pub outside: bool,
}

/// The promotion path: each environment with how the release stands there. `ready` says for each whether its gates pass.
pub fn path(page: &ReleasePage, ready: impl Fn(&ReleaseEnvironment) -> bool) -> Vec<PathPart> {
    let (next, furthest) = (next(page), furthest(page));
    let part = |(place, one): (usize, &ReleaseEnvironment)| {
        let newest = newest(&page.deployments, &one.environment.name);
        let standing = standing(one, page.release.id, newest, || {
            match (furthest.is_some_and(|last| place < last), ready(one)) {
                (true, _) => Standing::Passed,
                (false, true) => Standing::Ready,
                (false, false) if next == Some(place) => Standing::Held,
                (false, false) => Standing::Later,
            }
        });
        PathPart {
            environment: one.environment.name.clone(),
            tier: run_words::tier(one.environment.tier),
            standing,
            runs: one.running.as_ref().map(|running| running.version.clone()),
            since: one.running.as_ref().map(|running| running.since),
            number: newest.map(|line| line.number),
            outside: one
                .running
                .as_ref()
                .is_some_and(|running| crate::home::by_outside(running).is_some()),
        }
    };
    page.environments.iter().enumerate().map(part).collect()
}

fn standing(
    one: &ReleaseEnvironment,
    release: ReleaseId,
    newest: Option<&DeploymentLine>,
    otherwise: impl FnOnce() -> Standing,
) -> Standing {
    match newest.map(|line| line.state) {
        Some(state) if state.under_way() => Standing::Moving(state),
        _ if runs(one, release) => Standing::Running,
        Some(state @ (State::Failed | State::Error | State::Aborted | State::RolledBack)) => Standing::Ended(state),
        _ => otherwise(),
    }
}

/// "Held before production", "Rolling out to staging", "Running in production".
pub fn headline(parts: &[PathPart]) -> (Glyph, String) {
    let moving = parts.iter().find(|part| matches!(part.standing, Standing::Moving(_)));
    let waiting = parts
        .iter()
        .find(|part| matches!(part.standing, Standing::Held | Standing::Ready));
    let ended = parts.iter().find(|part| matches!(part.standing, Standing::Ended(_)));
    let Some(part) = moving.or(ended).or(waiting).or(parts.last()) else {
        return (Glyph::Few, "No environment yet".to_owned());
    };
    let (glyph, word) = part.standing.words();
    (glyph, format!("{word} {} {}", part.standing.joint(), part.environment))
}

fn runs(one: &ReleaseEnvironment, release: ReleaseId) -> bool {
    one.running
        .as_ref()
        .is_some_and(|running| running.release == Some(release))
}

/// The newest deployment to an environment; the way back brings a release nowhere. Lines come in any order.
fn newest<'a>(lines: &'a [DeploymentLine], environment: &str) -> Option<&'a DeploymentLine> {
    lines
        .iter()
        .filter(|line| line.environment == environment && line.kind != Kind::Rollback)
        .max_by_key(|line| line.number)
}

/// The deployment to an environment that is under way: until it ends, no second one is taken.
pub fn under_way<'a>(lines: &'a [DeploymentLine], environment: &str) -> Option<&'a DeploymentLine> {
    newest(lines, environment).filter(|line| line.state.under_way())
}

/// Place of the last environment that this release has reached, or is on its way to.
fn furthest(page: &ReleasePage) -> Option<usize> {
    let reached = |one: &ReleaseEnvironment| {
        runs(one, page.release.id) || under_way(&page.deployments, &one.environment.name).is_some()
    };
    page.environments.iter().rposition(reached)
}

/// Place of the environment that comes next: the one after the last in which this release runs. None: it runs in the last one.
fn next(page: &ReleasePage) -> Option<usize> {
    let last = page.environments.iter().rposition(|one| runs(one, page.release.id));
    let from = last.map_or(0, |last| last + 1);
    (from < page.environments.len()).then_some(from)
}

/// The environment that can be deployed to from the head of the page: the one asked for by name, else the one on its way, else the next one.
pub fn target(page: &ReleasePage, name: Option<&str>) -> Option<usize> {
    let place = |wanted: &dyn Fn(&str) -> bool| page.environments.iter().position(|one| wanted(&one.environment.name));
    name.and_then(|name| place(&|one| one == name))
        .or_else(|| place(&|one| under_way(&page.deployments, one).is_some()))
        .or_else(|| next(page))
}

/// The environment that the page is about: the target of its head, else the last one.
pub fn chosen(page: &ReleasePage, name: Option<&str>) -> Option<usize> {
    target(page, name).or_else(|| page.environments.len().checked_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::scene;
    use domain::deployment::{Brought, Running};
    use domain::freeze::Times;
    use domain::gate::GateFacts;
    use domain::id::{DeploymentId, EnvironmentId, PersonId};
    use domain::release::{Release, ReleaseForm, TemplateRef};
    use domain::service::{Environment, Policy, Settings, Tier};
    use uuid::Uuid;

    const NAMES: [&str; 3] = ["development", "staging", "production"];

    fn environment(name: &str, version: Option<&str>, ours: bool) -> ReleaseEnvironment {
        let service = scene::page(State::Running).service;
        let plan = scene::plan();
        let running = version.map(|version| Running {
            version: version.into(),
            release: Some(ReleaseId(if ours { Uuid::nil() } else { Uuid::max() })),
            brought: Brought::Deployment {
                deployment: DeploymentId(Uuid::nil()),
            },
            since: scene::at("09:00:00"),
        });
        ReleaseEnvironment {
            environment: Environment {
                id: EnvironmentId(Uuid::nil()),
                service: service.id,
                name: name.into(),
                position: 0,
                tier: Tier::Staging,
                settings: Settings::default(),
                policy: Policy::default(),
                policy_version: 1,
                secrets: Vec::new(),
                row_version: 1,
            },
            running,
            lock: None,
            digest: plan.digest(),
            facts: GateFacts {
                service: service.id,
                environment: EnvironmentId(Uuid::nil()),
                policy: Policy::default(),
                has_target: true,
                open_items: Vec::new(),
                digest: plan.digest(),
                requested: None,
                approvals: Vec::new(),
                active: Vec::new(),
                editors: Vec::new(),
                before: None,
                has_rollback_plan: false,
                window: None,
                times: Times::default(),
                lock: None,
                stopped: None,
            },
            plan,
            request: None,
        }
    }

    /// A release that runs in the environments for which `ours` is true.
    fn page(ours: [bool; 3], deployments: Vec<DeploymentLine>) -> ReleasePage {
        let environments = NAMES.iter().zip(ours);
        ReleasePage {
            release: Release {
                id: ReleaseId(Uuid::nil()),
                service: scene::page(State::Running).service.id,
                form: ReleaseForm::default(),
                template: TemplateRef {
                    name: "checklist".into(),
                    version: 1,
                },
                created_by: PersonId(Uuid::nil()),
                created_at: scene::at("09:00:00"),
                updated_at: scene::at("09:00:00"),
                row_version: 1,
            },
            service: scene::page(State::Running).service,
            items: Vec::new(),
            environments: environments
                .map(|(name, ours)| environment(name, ours.then_some("1.2.3"), ours))
                .collect(),
            deployments,
            outside: Vec::new(),
            published: None,
            people: Vec::new(),
        }
    }

    fn to(environment: &str, state: State) -> DeploymentLine {
        DeploymentLine {
            environment: environment.into(),
            ..scene::line(state)
        }
    }

    fn told(page: &ReleasePage) -> Vec<Standing> {
        path(page, |_| true).into_iter().map(|part| part.standing).collect()
    }

    #[test]
    fn an_environment_that_was_passed_over_is_not_ready() {
        let page = page([false, true, false], Vec::new());
        assert_eq!(told(&page), [Standing::Passed, Standing::Running, Standing::Ready]);
        assert_eq!(headline(&path(&page, |_| true)).1, "Ready for production");
        assert_eq!(headline(&path(&page, |_| false)).1, "Held before production");
        assert_eq!(Standing::Passed.words(), (Glyph::Off, "Not deployed"));
    }

    #[test]
    fn the_page_is_about_what_is_under_way() {
        let page = page([false; 3], vec![to("staging", State::Paused)]);
        let paused = Standing::Moving(State::Paused);
        assert_eq!(told(&page), [Standing::Passed, paused, Standing::Ready]);
        assert_eq!(
            (target(&page, None), target(&page, Some("production"))),
            (Some(1), Some(2))
        );
        assert_eq!(headline(&path(&page, |_| true)).1, "Paused in staging");
        assert_eq!(paused.class(), "hold", "a pause is no motion");
    }

    #[test]
    fn baking_takes_the_next_deployment() {
        let page = page([true; 3], vec![to("production", State::Baking)]);
        assert_eq!(told(&page), [Standing::Running; 3]);
        assert_eq!(under_way(&page.deployments, "production"), None);
        assert_eq!((target(&page, None), chosen(&page, None)), (None, Some(2)));
    }

    #[test]
    fn the_way_back_brings_a_release_nowhere() {
        let back = DeploymentLine {
            kind: Kind::Rollback,
            number: 312,
            ..to("production", State::Running)
        };
        let page = page([true, true, false], vec![back, to("production", State::RolledBack)]);
        assert_eq!(told(&page)[2], Standing::Ended(State::RolledBack));
        assert_eq!(under_way(&page.deployments, "production"), None);
        assert_eq!(headline(&path(&page, |_| true)).1, "Rolled back in production");
    }
}
