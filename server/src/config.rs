//! Settings: each a flag and an environment variable, and what follows from them.

pub use crate::network::Proxies;
use clap::Args;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What `slipway serve` can be told.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Address to listen on
    #[arg(long, env = "SLIPWAY_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// Address by which people reach this instance; https here makes cookies Secure
    #[arg(long, env = "SLIPWAY_PUBLIC_URL")]
    pub public_url: Option<String>,
    #[command(flatten)]
    pub store: StoreSettings,
    /// Folder of the built front end (made by `make run`); found beside the binary when not given
    #[arg(long, env = "SLIPWAY_SITE")]
    pub site: Option<PathBuf>,
    /// Run no engine in this process: `slipway engine` runs one elsewhere
    #[arg(long, env = "SLIPWAY_NO_ENGINE")]
    pub no_engine: bool,
    #[command(flatten)]
    pub engine: EngineSettings,
    /// Whoever sends this as a bearer token may read /metrics; without it, only this machine may
    #[arg(long, env = "SLIPWAY_METRICS_TOKEN", hide_env_values = true)]
    pub metrics_token: Option<String>,
    /// Do no jobs in this process: another one on the same database does them
    #[arg(long, env = "SLIPWAY_NO_WORKER")]
    pub no_worker: bool,
    /// Seconds after which the jobs of a worker that fell silent are done by another
    #[arg(long, env = "SLIPWAY_WORKER_LEASE", default_value_t = 60)]
    pub worker_lease: u64,
    #[command(flatten)]
    pub mail: MailSettings,
    #[command(flatten)]
    pub network: NetworkSettings,
    /// First port of the sample workspace's playground; 0 takes free ones
    #[arg(long, env = "SLIPWAY_PLAYGROUND_PORTS", default_value_t = 4100)]
    pub playground_ports: u16,
}

/// Where the record is kept.
#[derive(Debug, Clone, Args)]
pub struct StoreSettings {
    /// Postgres to use; without it, a private cluster is started below the data folder
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Folder for the private cluster and the playground
    #[arg(long, env = "SLIPWAY_DATA", default_value = "data")]
    pub data: PathBuf,
    /// Keys that secrets are sealed by, 64 hexadecimal digits each, the newest first; without, one is made in the data folder
    #[arg(long = "seal-key", env = "SLIPWAY_SEAL_KEY", hide_env_values = true)]
    pub key: Option<String>,
    /// Most connections to Postgres
    #[arg(long, env = "SLIPWAY_DB_CONNECTIONS", default_value_t = 20)]
    pub db_connections: u32,
}

/// How mail is sent. Without a server none is: the bell works all the same.
#[derive(Debug, Clone, Default, Args)]
pub struct MailSettings {
    /// Mail server: smtps://user:password@host, or smtp://host:587?tls=required
    #[arg(long, env = "SLIPWAY_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Address that mail comes from, such as "Slipway <slipway@example.com>"
    #[arg(long, env = "SLIPWAY_MAIL_FROM")]
    pub mail_from: Option<String>,
}

/// Whom the network hides, and how often strangers may call.
#[derive(Debug, Clone, Args)]
pub struct NetworkSettings {
    /// Proxies that are believed when they say for whom they pass a request on (X-Forwarded-For, Forwarded): addresses or networks, separated by commas
    #[arg(long, env = "SLIPWAY_TRUSTED_PROXIES", default_value = "", hide_default_value = true)]
    pub trusted_proxies: Proxies,
    /// Most requests a minute of one network for pages that are open to all, such as the status page; 0: any number
    #[arg(long, env = "SLIPWAY_READS_A_MINUTE", default_value_t = NetworkSettings::READS)]
    pub reads_a_minute: u32,
    /// Most forms a minute that one network may send without being signed in, such as sign-in; 0: any number
    #[arg(long, env = "SLIPWAY_WRITES_A_MINUTE", default_value_t = NetworkSettings::WRITES)]
    pub writes_a_minute: u32,
}

impl NetworkSettings {
    /// An office behind one address that reloads the status page does not come near it.
    const READS: u32 = 3000;
    /// A large team that signs in behind one address at nine o'clock does not; who guesses is slowed down by the failures that are counted besides.
    const WRITES: u32 = 120;
}

impl Default for NetworkSettings {
    fn default() -> NetworkSettings {
        NetworkSettings {
            trusted_proxies: Proxies::default(),
            reads_a_minute: Self::READS,
            writes_a_minute: Self::WRITES,
        }
    }
}

/// How an engine works.
#[derive(Debug, Clone, Args)]
pub struct EngineSettings {
    /// Name of this engine in leases; made from the host and the process when not given
    #[arg(long, env = "SLIPWAY_ENGINE_NAME")]
    pub engine_name: Option<String>,
    /// Seconds that a lease on a deployment lasts
    #[arg(long, env = "SLIPWAY_LEASE", default_value_t = 10)]
    pub lease: u64,
    /// Deployments that one engine looks after at once
    #[arg(long, env = "SLIPWAY_ENGINE_CONCURRENCY", default_value_t = 16)]
    pub engine_concurrency: u32,
}

impl EngineSettings {
    /// The engine's name in leases.
    pub fn owner(&self) -> String {
        self.engine_name.clone().unwrap_or_else(|| {
            let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
            format!("{}/{}", host.unwrap_or_else(|| "host".into()), std::process::id())
        })
    }
}

impl Settings {
    /// The address by which people reach this instance, without a slash at its end.
    pub fn address(&self) -> String {
        address(self.public_url.as_deref(), self.listen)
    }

    /// Whether people reach it by https.
    pub fn https(&self) -> bool {
        self.address().starts_with("https://")
    }

    /// The folder of the built front end.
    ///
    /// # Errors
    /// One sentence that says what to do, when there is none.
    pub fn site_folder(&self) -> Result<PathBuf, String> {
        let beside = std::env::current_exe()
            .ok()
            .and_then(|exe| exe.parent().map(Path::to_path_buf));
        let candidates = match &self.site {
            Some(given) => vec![given.clone()],
            None => beside
                .iter()
                .flat_map(|folder| [folder.join("site"), folder.join("../site")])
                .collect(),
        };
        candidates
            .iter()
            .find(|folder| folder.join("hash.txt").is_file())
            .and_then(|folder| folder.canonicalize().ok())
            .ok_or_else(|| {
                let looked: Vec<String> = candidates.iter().map(|folder| folder.display().to_string()).collect();
                format!(
                    "The front end is not built (looked in {}): run `make run`, or name its folder by SLIPWAY_SITE.",
                    looked.join(", ")
                )
            })
    }
}

/// The address by which people reach an instance, without a slash at its end.
pub fn address(public_url: Option<&str>, listen: SocketAddr) -> String {
    let given = public_url.map(|url| url.trim_end_matches('/').to_owned());
    given.unwrap_or_else(|| format!("http://{listen}"))
}

/// Whether an address's host is this machine: plain http is safe only there.
pub fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn loopback_by_name_and_number() {
        for here in [
            "localhost:3000",
            "127.0.0.1",
            "127.8.8.8:1",
            "[::1]:3000",
            "slipway.localhost:3000",
        ] {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in [
            "example.com",
            "10.0.0.1:3000",
            "localhost.example.com",
            "[2001:db8::1]:80",
            "",
        ] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}
