//! Secrets reach commands, and nothing that they print keeps them.

use crate::ground::{Engine, Instance, config};
use domain::deployment::State;
use domain::service::{Settings, Target, Tier};
use engine::EngineConfig;
use store::{Db, Vault, secret};

const VALUE: &str = "correct-horse-battery";

fn leaking(settings: Settings) -> Settings {
    let Target::Command(mut command) = settings.target else {
        panic!("a command")
    };
    // Prints it as it is and in base64, beside what the script does.
    let script = "echo \"token $TOKEN\"; printf %s \"$TOKEN\" | base64 >&2; exec \"$@\"";
    let wrapped = ["sh", "-c", script, "sh"].map(str::to_owned).into_iter();
    command.deploy = wrapped.chain(command.deploy).collect();
    command.secrets = [("TOKEN".to_owned(), "registry".to_owned())].into();
    Settings {
        target: Target::Command(command),
        ..settings
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_secret_reaches_its_command_and_no_log(db: Db) {
    let instance = Instance::new(db).await;
    let vault = Vault::from_text(&"0a".repeat(32)).unwrap();
    secret::set(&instance.db, &instance.admin, &vault, None, "registry", VALUE)
        .await
        .unwrap();
    let settings = leaking(instance.target.all_at_once());
    let environment = instance.service("shop", Tier::Development, settings).await;
    let keyed = EngineConfig {
        vault: Some(vault),
        ..config("keyed")
    };
    let engine = Engine::start(&instance.db, keyed);
    let id = instance.deploy("shop", "1.2.0", environment).await;
    let page = instance.until_state(id, State::Succeeded).await;
    let log = store::deployment::log_since(&instance.db, &instance.admin, id, 0, 1000)
        .await
        .unwrap();
    assert!(log.iter().any(|line| line.text == "token •••"), "{log:?}");
    for text in log
        .iter()
        .map(|line| line.text.as_str())
        .chain(page.executions.iter().map(|one| one.last_line.as_str()))
    {
        assert!(
            !text.contains("horse") && !text.contains("Y29ycmVjdC1ob3JzZS1i"),
            "{text}"
        );
    }
    let used = secret::page(&instance.db, &instance.admin).await.unwrap();
    assert!(used.secrets[0].used_at.is_some());
    engine.stop().await;
}
