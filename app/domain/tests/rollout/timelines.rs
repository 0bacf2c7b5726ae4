//! Golden timelines: a scenario as text in, what happened as text out.
//!
//! A file holds the scenario, a line `---`, and the timeline. `UPDATE_TIMELINES=1` writes the timelines anew; a person reads the difference.
//! Each second has one tick. The scenario's first line is the plan, `canary 10:20 100:20, check 10, bake 20`; the others are `SECOND WORDS`.

use crate::world::{Fate, World, canary, plan, start};
use domain::analysis::Overall;
use domain::deployment::{ExecutionState, Kind, Steer, Trigger};
use domain::freeze::OnRun;
use domain::rollout::{Decision, Effect, Write};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

#[test]
fn timelines_are_as_they_were() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rollout/timelines");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 7, "scenarios are missing");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let (scenario, wanted) = text.split_once("---\n").unwrap_or((&text, ""));
        let timeline = play(scenario);
        if std::env::var_os("UPDATE_TIMELINES").is_some() {
            std::fs::write(&file, format!("{}\n---\n{timeline}", scenario.trim_end())).unwrap();
        } else {
            assert_eq!(timeline, wanted, "{}", file.display());
        }
    }
}

fn play(scenario: &str) -> String {
    let mut lines = scenario.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut world = World::new(Kind::Planned, plan(steps(lines.next().expect("a plan"))));
    let script: Vec<(i64, &str)> = lines.map(line).collect();
    let end = script.iter().find(|(_, words)| *words == "end").expect("an end").0;
    let mut out = String::new();
    for second in 0..=end {
        for (_, words) in script.iter().filter(|(at, words)| *at == second && *words != "end") {
            writeln!(out, "{second:>4} s  > {words}").unwrap();
            happen(&mut world, words);
        }
        let before = (world.run.step, world.run.state, world.run.weight);
        let decision = world.tick(Fate::Done);
        let after = (world.run.step, world.run.state, world.run.weight);
        assert_eq!((world.now - start()).num_seconds(), second);
        tell(&mut out, second, &decision, before != after);
        world.pass(1);
    }
    let (version, weight) = (world.target.version.unwrap(), world.target.weight.unwrap());
    let canary = world.target.canary_version.unwrap_or_else(|| "none".into());
    writeln!(out, "target: stable {version}, canary {canary}, weight {weight} %").unwrap();
    out
}

fn line(line: &str) -> (i64, &str) {
    let (second, words) = line.split_once(' ').expect("a second and words");
    (second.parse().expect("a second"), words)
}

fn steps(line: &str) -> Vec<domain::plan::Step> {
    let parts: Vec<&str> = line.split(", ").collect();
    let number = |part: &str| part.rsplit(' ').next().unwrap().parse::<u32>().unwrap();
    let share = |text: &str| {
        let (weight, wait) = text.split_once(':').unwrap();
        (weight.parse().unwrap(), wait.parse().unwrap())
    };
    let shares: Vec<(u8, u32)> = parts[0].split(' ').skip(1).map(share).collect();
    canary(&shares, number(parts[1]), number(parts[2]))
}

fn happen(world: &mut World, words: &str) {
    let trigger = Trigger::CriticalFeature;
    match words {
        "analysis fails" => world.nature.overall = Overall::Fail,
        "analysis passes" => world.nature.overall = Overall::Pass,
        "analysis waits" => world.nature.overall = Overall::Waiting,
        "analysis cannot tell" => world.nature.overall = Overall::Inconclusive,
        "pause" => world.steer(Steer::Pause { reason: "lunch".into() }),
        "resume" => world.steer(Steer::Resume),
        "promote" => world.steer(Steer::Promote),
        "abort" => world.steer(Steer::Abort {
            reason: "wrong build".into(),
        }),
        "roll back" => world.steer(Steer::RollBack { trigger }),
        "happened" => world.steer(Steer::Happened),
        "repeat" => world.steer(Steer::Repeat),
        "weights are ignored" => world.nature.obeys = false,
        "weights are obeyed" => world.nature.obeys = true,
        "target is silent" => world.nature.answers = false,
        "target answers" => world.nature.answers = true,
        "instance is unhealthy" => world.nature.healthy = false,
        "commands take long" => world.nature.takes_s = 1_000,
        "commands fail" => world.nature.ends = ExecutionState::Failed,
        "supervisor dies, it happened" => world.end_command(ExecutionState::Unknown, true),
        "supervisor dies, it did not happen" => world.end_command(ExecutionState::Unknown, false),
        "a freeze begins that holds" => world.nature.frozen = Some(OnRun::Hold),
        "a freeze begins that lets it go on" => world.nature.frozen = Some(OnRun::Continue),
        "a freeze begins that takes back" => world.nature.frozen = Some(OnRun::RollBack),
        "the freeze ends" => world.nature.frozen = None,
        "another begins" => world.superseded = true,
        "somebody sets weight 70" => world.target.weight = Some(70),
        other => panic!("unknown words: {other}"),
    }
}

fn tell(out: &mut String, second: i64, decision: &Decision, moved: bool) {
    let run = &decision.run;
    if moved {
        let weight = run
            .weight
            .map_or_else(String::new, |weight| format!(", weight {weight} %"));
        writeln!(out, "{second:>4} s  {}, step {}{weight}", run.state.key(), run.step).unwrap();
    }
    for event in &decision.events {
        writeln!(out, "        event  {}", short(event)).unwrap();
    }
    for write in &decision.writes {
        let text = match write {
            Write::KeepJudgement { judgement } => format!("keep_judgement {:?}", judgement.overall).to_lowercase(),
            write => short(write),
        };
        writeln!(out, "        write  {text}").unwrap();
    }
    for Effect::SetWeight { percent, key } in &decision.effects {
        writeln!(
            out,
            "        effect weight {percent} % as {}",
            key.split_once(':').unwrap().1
        )
        .unwrap();
    }
}

/// Words and numbers of a value, without ids, moments and what is told elsewhere.
fn short(value: &impl Serialize) -> String {
    let mut words = Vec::new();
    collect(&serde_json::to_value(value).unwrap(), &mut words);
    words.join(" ")
}

fn collect(value: &Value, words: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let tag = ["event", "write", "pause", "outcome", "act", "trigger"]
                .iter()
                .find_map(|tag| map.get(*tag));
            let tag = tag.filter(|tag| tag.is_string());
            words.extend(tag.and_then(Value::as_str).map(str::to_owned));
            let rest = map
                .iter()
                .filter(|(key, value)| Some(*value) != tag && *key != "judgement");
            rest.for_each(|(_, value)| collect(value, words));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        Value::String(text) if uuid::Uuid::parse_str(text).is_ok() || text.contains("00000000-0000") => {}
        Value::String(text) => words.push(text.clone()),
        Value::Number(number) => words.push(number.to_string()),
        Value::Bool(_) | Value::Null => {}
    }
}
