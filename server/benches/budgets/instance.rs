//! The release binary, served, with a person signed in and the sample workspace loaded.

use domain::access::Actor;
use std::process::Stdio;
use store::Db;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub struct Instance {
    pub db: Db,
    pub actor: Actor,
    pub http: reqwest::Client,
    pub address: String,
    cookie: String,
    server: Child,
    data: tempfile::TempDir,
}

impl Instance {
    pub async fn start() -> Instance {
        let url = std::env::var("DATABASE_URL").expect("DATABASE_URL of an empty database: run this by `make bench`");
        let data = tempfile::tempdir().unwrap();
        let address = format!("127.0.0.1:{}", free_port());
        let mut server = Command::new(env!("CARGO_BIN_EXE_slipway"))
            .args([
                "serve",
                "--listen",
                &address,
                "--database-url",
                &url,
                "--playground-ports",
                "0",
                "--data",
            ])
            .arg(data.path())
            .env("SLIPWAY_SITE", concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site"))
            .env("SLIPWAY_LOG", "warn")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let code = loop {
            let line = lines.next_line().await.unwrap().expect("the server said no code");
            if let Some((_, code)) = line.split_once("with this code: ") {
                break code.trim().to_owned();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let address = format!("http://{address}");
        let form = [
            ("code", code.as_str()),
            ("name", "Bench"),
            ("email", "bench@example.com"),
            ("password", "a long sentence for a bench"),
        ];
        let answer = http
            .post(format!("{address}/set-up"))
            .header("origin", &address)
            .form(&form)
            .send()
            .await
            .unwrap();
        let cookie = answer.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let db = store::db::connect(&url, 16).await.unwrap();
        let person = store::access::sign_in(&db, "bench@example.com", "a long sentence for a bench", "bench")
            .await
            .unwrap();
        let actor = store::access::actor(&db, person).await.unwrap().unwrap();
        let instance = Instance {
            db,
            actor,
            http,
            address,
            cookie,
            server,
            data,
        };
        let loaded = instance.post("/sample/load").await;
        assert_eq!(loaded.status(), 303, "the sample workspace did not load");
        instance
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        let request = self
            .http
            .get(format!("{}{path}", self.address))
            .header("cookie", &self.cookie)
            .header("accept", "text/html");
        request.send().await.unwrap()
    }

    async fn post(&self, path: &str) -> reqwest::Response {
        let request = self
            .http
            .post(format!("{}{path}", self.address))
            .header("cookie", &self.cookie)
            .header("origin", &self.address);
        request.send().await.unwrap()
    }

    /// The server's own key, as it lies in its data folder.
    pub fn vault(&self) -> store::Vault {
        server::key::vault(None, self.data.path()).unwrap()
    }

    /// What the server holds of this machine's memory, in megabytes. NaN where the system does not say.
    pub fn memory(&self) -> f64 {
        let path = format!("/proc/{}/status", self.server.id().unwrap_or_default());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let held = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = held.and_then(|held| held.split_whitespace().next()?.parse::<f64>().ok());
        kib.map_or(f64::NAN, |kib| kib / 1000.0 * 1.024)
    }

    pub async fn stop(mut self) {
        self.db.close().await;
        if let Some(pid) = self.server.id() {
            let _ = nix::sys::signal::kill(
                nix::unistd::Pid::from_raw(pid as i32),
                nix::sys::signal::Signal::SIGTERM,
            );
        }
        let _ = self.server.wait().await;
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
