//! What holds whatever happens.

use crate::world::{Fate, NEW, Nature, OLD, World, canary, person, plan};
use domain::analysis::Overall;
use domain::deployment::{ExecutionState, Kind, Outcome, State, Steer, Trigger};
use domain::freeze::OnRun;
use domain::plan::{CommandKind, Phase, Plan, Step, StepKind};
use domain::rollout::{Effect, Write, decide};
use proptest::prelude::*;

/// Something that happens between two ticks.
#[derive(Debug, Clone)]
enum Happens {
    Time(i64),
    Judged(Overall),
    Answers(bool),
    Obeys(bool),
    Healthy(bool),
    Locked(bool),
    Frozen(Option<OnRun>),
    Ends(ExecutionState),
    /// The supervisor dies; the command happened, or not.
    Unknown(bool),
    Steer(Steer),
    Weight(u8),
    Superseded,
    EngineDies(Fate),
}

fn happens() -> impl Strategy<Value = Happens> {
    use ExecutionState::{Failed, Retry, Succeeded};
    let overall = prop_oneof![
        6 => Just(Overall::Pass), 2 => Just(Overall::Waiting), 1 => Just(Overall::Inconclusive), 1 => Just(Overall::Fail)
    ];
    let ends = prop_oneof![6 => Just(Succeeded), 1 => Just(Failed), 2 => Just(Retry)];
    prop_oneof![
        12 => (0..30_i64).prop_map(Happens::Time),
        4 => overall.prop_map(Happens::Judged),
        1 => any::<bool>().prop_map(Happens::Answers),
        1 => any::<bool>().prop_map(Happens::Obeys),
        1 => any::<bool>().prop_map(Happens::Healthy),
        1 => any::<bool>().prop_map(Happens::Locked),
        1 => prop::option::of(prop::sample::select(OnRun::ALL.to_vec())).prop_map(Happens::Frozen),
        2 => ends.prop_map(Happens::Ends),
        1 => any::<bool>().prop_map(Happens::Unknown),
        2 => steer().prop_map(Happens::Steer),
        1 => (0..=100_u8).prop_map(Happens::Weight),
        1 => Just(Happens::Superseded),
        2 => prop_oneof![Just(Fate::Lost), Just(Fate::Undone)].prop_map(Happens::EngineDies),
    ]
}

fn steer() -> impl Strategy<Value = Steer> {
    prop_oneof![
        3 => Just(Steer::Pause { reason: "look".into() }),
        6 => Just(Steer::Resume),
        3 => Just(Steer::Promote),
        1 => Just(Steer::Abort { reason: "no".into() }),
        1 => Just(roll_back()),
        1 => Just(Steer::Cancel),
        3 => Just(Steer::Happened),
        3 => Just(Steer::Repeat),
    ]
}

fn roll_back() -> Steer {
    Steer::RollBack {
        trigger: Trigger::Performance,
    }
}

fn deployments() -> impl Strategy<Value = (Kind, Plan)> {
    let all_at_once = || {
        let argv = vec!["deploy".to_owned()];
        plan(vec![
            Step {
                phase: Phase::Verify,
                kind: StepKind::Observe,
            },
            Step {
                phase: Phase::RollOut,
                kind: StepKind::Command {
                    command: CommandKind::Deploy,
                    argv,
                },
            },
            Step {
                phase: Phase::Check,
                kind: StepKind::Watch { wait_s: 20 },
            },
            Step {
                phase: Phase::Bake,
                kind: StepKind::Watch { wait_s: 30 },
            },
        ])
    };
    let by_canary = || plan(canary(&[(10, 10), (50, 0), (100, 10)], 20, 30));
    prop_oneof![
        4 => Just((Kind::Planned, by_canary())),
        2 => Just((Kind::Planned, all_at_once())),
        1 => Just((Kind::Rollback, by_canary().back())),
    ]
}

/// What is remembered of a run to hold the next decisions against.
#[derive(Default)]
struct Seen {
    ended: Option<(State, Option<Outcome>)>,
    failed: bool,
}

impl Seen {
    fn check(&mut self, world: &mut World, fate: Fate) {
        // The last word on traffic is that of a failed analysis, from the decision on that saw it.
        let facts = world.facts();
        let fails = facts
            .judgement
            .as_ref()
            .is_some_and(|judgement| judgement.overall == Overall::Fail);
        let superseded = facts.run.state == State::Baking && facts.superseded_by.is_some();
        let decision = world.tick(fate);
        if fails && !superseded {
            assert_eq!(decision.run.state, State::RolledBack, "a failed analysis takes back");
        }
        if fate == Fate::Lost {
            return;
        }
        self.failed |= fails && !superseded;
        if self.failed {
            assert!(matches!(decision.run.weight, None | Some(0)));
            let to_zero = |effect: &Effect| matches!(effect, Effect::SetWeight { percent: 0, .. });
            assert!(
                decision.effects.iter().all(to_zero),
                "weights never rise after a failed analysis"
            );
        }
        if let Some((state, outcome)) = &self.ended {
            assert_eq!(
                (decision.run.state, &decision.run.outcome),
                (*state, outcome),
                "no path leaves a terminal state"
            );
            assert!(decision.writes.is_empty(), "nothing is written after the end");
        }
        if decision.run.state.terminal() {
            assert!(decision.run.outcome.is_some() && decision.run.ended_at.is_some());
            self.ended = Some((decision.run.state, decision.run.outcome.clone()));
        } else {
            assert!(decision.wake_at.is_some(), "whoever is under way looks again");
            assert_eq!(
                decision.run.state == State::Paused,
                decision.run.pause.is_some(),
                "a pause says why"
            );
        }
        let taken = decision
            .writes
            .iter()
            .filter(|write| matches!(write, Write::CreateRollback))
            .count();
        assert!(
            taken <= usize::from(world.kind != Kind::Rollback),
            "the way back has none of its own"
        );
    }
}

fn live(world: &mut World, happens: &Happens, seen: &mut Seen) {
    match happens.clone() {
        Happens::Time(seconds) => world.pass(seconds),
        Happens::Judged(overall) => world.nature.overall = overall,
        Happens::Answers(yes) => world.nature.answers = yes,
        Happens::Obeys(yes) => world.nature.obeys = yes,
        Happens::Healthy(yes) => world.nature.healthy = yes,
        Happens::Locked(yes) => world.nature.locked = yes,
        Happens::Frozen(how) => world.nature.frozen = how,
        Happens::Ends(state) => world.nature.ends = state,
        Happens::Unknown(happened) => world.end_command(ExecutionState::Unknown, happened),
        Happens::Steer(act) => world.steer(act),
        Happens::Weight(weight) => world.target.weight = Some(weight),
        Happens::Superseded => world.superseded = true,
        Happens::EngineDies(fate) => seen.check(world, fate),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    /// The assertions are in [`Seen::check`] and in the world: one key never twice, only what runs is cancelled, the same facts the same decision.
    #[test]
    fn whatever_happens((kind, plan) in deployments(), story in prop::collection::vec(happens(), 1..80)) {
        let mut world = World::new(kind, plan);
        let mut seen = Seen::default();
        for happens in &story {
            live(&mut world, happens, &mut seen);
            seen.check(&mut world, Fate::Done);
        }
    }

    /// Out of every state that is under way a person gets traffic away from it, in one decision.
    #[test]
    fn a_rollback_is_possible_from_everywhere((kind, plan) in deployments(), story in prop::collection::vec(happens(), 0..60)) {
        let mut world = World::new(kind, plan);
        let mut seen = Seen::default();
        for happens in &story {
            live(&mut world, happens, &mut seen);
            seen.check(&mut world, Fate::Done);
        }
        if world.state().terminal() || kind == Kind::Rollback {
            return Ok(());
        }
        let queued = world.state() == State::Queued;
        world.intents.clear();
        world.superseded = false;
        world.nature.overall = Overall::Waiting;
        world.steer(if queued { Steer::Cancel } else { roll_back() });
        let decision = decide(&world.facts(), world.now);
        let wanted = if queued { State::Cancelled } else { State::RolledBack };
        prop_assert_eq!(decision.run.state, wanted);
        prop_assert!(matches!(decision.run.weight, None | Some(0)));
        let running = world.executions.iter().find(|one| !one.state.ended() && one.step == world.run.step);
        if let Some(execution) = running {
            let cancel = Write::CancelExecution { execution: execution.id };
            prop_assert!(decision.writes.contains(&cancel));
        }
    }

    /// Once nature lets it, what was decided is what the target shows, whatever late write an old engine left there.
    #[test]
    fn after_the_end_the_target_shows_what_was_decided(
        story in prop::collection::vec(happens(), 0..60), late in 0..=100_u8
    ) {
        let mut world = World::new(Kind::Planned, plan(canary(&[(10, 10), (100, 10)], 20, 0)));
        let mut seen = Seen::default();
        for happens in &story {
            if !matches!(happens, Happens::Superseded) {
                live(&mut world, happens, &mut seen);
                seen.check(&mut world, Fate::Done);
            }
        }
        world.nature = Nature::default();
        if world.state() == State::Queued || world.state().terminal() || world.run.weight.is_none() {
            return Ok(());
        }
        world.steer(Steer::Abort { reason: "enough".into() });
        seen.check(&mut world, Fate::Done);
        prop_assert!(world.state().terminal());
        world.target.weight = Some(late);
        for _ in 0..2 {
            world.pass(6);
            seen.check(&mut world, Fate::Done);
        }
        prop_assert_eq!(world.target.weight, Some(0));
    }

    /// Left alone by people and by bad luck, a good canary arrives, however its engines die: three times before the target heard anything, since
    /// after that a person is asked, and as often as they like before anything was kept.
    #[test]
    fn a_good_canary_arrives(lost in prop::collection::vec(any::<bool>(), 40), undone in prop::collection::btree_set(0..80_usize, 0..=3)) {
        let mut world = World::new(Kind::Planned, plan(canary(&[(10, 10), (100, 10)], 5, 5)));
        let mut seen = Seen::default();
        for i in 0..250 {
            let lost = lost.get(i).copied().unwrap_or(false);
            let fate = if undone.contains(&i) { Fate::Undone } else if lost { Fate::Lost } else { Fate::Done };
            seen.check(&mut world, fate);
            world.pass(2);
        }
        prop_assert_eq!(world.state(), State::Succeeded);
        prop_assert_eq!(world.target.version.as_deref(), Some(NEW));
        prop_assert_eq!((world.target.weight, &world.target.canary_version), (Some(0), &None));
    }
}

#[test]
fn a_way_back_ignores_locks_and_restores() {
    let mut world = World::new(Kind::Rollback, plan(canary(&[(100, 10)], 5, 0)).back());
    world.nature.locked = true;
    world.nature.frozen = Some(OnRun::RollBack);
    (world.target.version, world.target.canary_version, world.target.weight) =
        (Some(NEW.into()), Some(NEW.into()), Some(40));
    let mut writes = Vec::new();
    for _ in 0..20 {
        writes.extend(world.tick(Fate::Done).writes);
        world.pass(1);
    }
    assert_eq!(world.state(), State::Succeeded);
    assert_eq!(world.target.version.as_deref(), Some(OLD));
    assert!(writes.contains(&Write::RestoreRunning) && writes.contains(&Write::ResolveIncident));
}

#[test]
fn a_way_back_that_fails_is_an_error_and_no_success() {
    let mut world = World::new(Kind::Rollback, plan(canary(&[(100, 10)], 5, 0)).back());
    world.nature.ends = ExecutionState::Failed;
    let mut writes = Vec::new();
    for _ in 0..20 {
        writes.extend(world.tick(Fate::Done).writes);
        world.pass(1);
    }
    assert_eq!(world.state(), State::Error);
    assert!(!writes.contains(&Write::ResolveIncident));
}

#[test]
fn a_person_who_takes_back_before_anything_was_changed_leaves_nothing_to_restore() {
    let mut world = World::new(Kind::Planned, plan(canary(&[(100, 10)], 5, 0)));
    world.nature.healthy = false;
    world.tick(Fate::Done);
    world.pass(1);
    world.steer(Steer::Abort {
        reason: "wrong day".into(),
    });
    let decision = world.tick(Fate::Done);
    assert_eq!(
        decision.run.outcome,
        Some(Outcome::Aborted {
            by: person(),
            reason: "wrong day".into()
        })
    );
    assert!(decision.writes.is_empty() && decision.effects.is_empty());
}

#[test]
fn a_lock_holds_before_the_start_and_lets_the_queue_go_on_when_lifted() {
    let mut world = World::new(Kind::Planned, plan(canary(&[(100, 10)], 5, 0)));
    world.nature.locked = true;
    world.tick(Fate::Done);
    assert_eq!((world.state(), world.run.begun_at), (State::Paused, None));
    world.nature.locked = false;
    world.pass(1);
    world.tick(Fate::Done);
    assert_eq!(world.state(), State::Queued, "behind whoever came meanwhile");
    world.tick(Fate::Done);
    assert_eq!(world.state(), State::Running);
}

#[test]
fn a_freeze_that_lets_run_still_lets_nothing_begin() {
    let mut world = World::new(Kind::Planned, plan(canary(&[(100, 10)], 5, 0)));
    world.nature.frozen = Some(OnRun::Continue);
    world.tick(Fate::Done);
    assert_eq!((world.state(), world.run.begun_at), (State::Paused, None));
    world.nature.frozen = None;
    for _ in 0..3 {
        world.pass(1);
        world.tick(Fate::Done);
    }
    assert_eq!(world.state(), State::Running);
}

#[test]
fn a_freeze_takes_no_bake_back() {
    let mut world = World::new(Kind::Planned, plan(canary(&[(100, 1)], 1, 100)));
    while world.state() != State::Baking {
        world.tick(Fate::Done);
        world.pass(1);
    }
    world.nature.frozen = Some(OnRun::RollBack);
    let decision = world.tick(Fate::Done);
    assert_eq!((world.state(), decision.writes.len()), (State::Baking, 0));
}
