//! `slipway serve`: starts everything in order, and stops it in the opposite one.

use crate::config::{EngineSettings, Settings, StoreSettings};
use crate::postgres::{self, Embedded};
use crate::sample::Sample;
use crate::state::{AppState, Kicks, Place};
use crate::status_page::StatusCache;
use leptos::config::LeptosOptions;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::Db;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long open requests may take to end.
const DRAIN: Duration = Duration::from_secs(15);

/// Runs until Ctrl-C or SIGTERM.
///
/// # Errors
/// One sentence that says what to do.
pub async fn serve(settings: Settings) -> Result<(), String> {
    let site = settings.site_folder()?;
    let manifest = manifest(&site)?;
    let listener = listen(settings.listen).await?;
    let (db, embedded) = open(&settings.store).await?;
    let served = serve_with(&settings, site, manifest, listener, db.clone()).await;
    db.close().await;
    stop(embedded).await;
    served
}

async fn serve_with(
    settings: &Settings,
    site: std::path::PathBuf,
    manifest: BTreeMap<String, String>,
    listener: TcpListener,
    db: Db,
) -> Result<(), String> {
    let shutdown = CancellationToken::new();
    let css = manifest.get("status.css").cloned().unwrap_or_default();
    let state = state(settings, site, manifest, db.clone(), shutdown.clone())?;
    let kicks = store::event::listen(&db)
        .await
        .map_err(|error| format!("Can't listen to the database: {error}"))?;
    let mut tasks = vec![
        tokio::spawn(state.kicks.clone().relay(kicks, shutdown.clone())),
        tokio::spawn(
            state
                .status
                .clone()
                .follow(db.clone(), state.kicks.clone(), css, shutdown.clone()),
        ),
        tokio::spawn(crate::pulse::beat(state.kicks.clone(), db.clone(), shutdown.clone())),
        tokio::spawn(crate::audit::seal_hourly(
            db.clone(),
            state.vault.clone(),
            shutdown.clone(),
        )),
    ];
    let worker = worker(settings, &state, shutdown.clone()).await?;
    let engine = (!settings.no_engine).then(|| {
        engine_task(
            db.clone(),
            &settings.engine,
            state.vault.clone(),
            state.metrics.engine(),
            shutdown.clone(),
        )
    });
    match state.sample.resume(&db).await {
        Ok(true) => tracing::info!("the sample workspace's playground is up"),
        Ok(false) => {}
        Err(error) => tracing::warn!(%error, "the sample workspace's playground could not be started again"),
    }
    greet(&state).await?;
    let (sample, vault) = (state.sample.clone(), state.vault.clone());
    let served = http(listener, state, shutdown.clone()).await;
    shutdown.cancel();
    if let Some(worker) = worker {
        // Jobs that run may end; what does not is done again after the next start.
        let _ = worker.await;
    }
    if let Some(engine) = engine {
        // The engine gives its leases back, so that another one goes on at once.
        let _ = engine.await;
    }
    sample.down().await;
    for task in tasks.drain(..) {
        let _ = task.await;
    }
    // Nothing happens here any more: what did is signed.
    crate::audit::seal(&db, &vault, None).await;
    served
}

/// A worker beside whatever else this process does, unless it is switched off.
async fn worker(
    settings: &Settings,
    state: &AppState,
    shutdown: CancellationToken,
) -> Result<Option<JoinHandle<()>>, String> {
    let mailer = crate::job::Mailer::new(&settings.mail, state.place.authority())?;
    store::mail::announce(&state.db, mailer.is_some())
        .await
        .map_err(|error| format!("The database refused: {error}."))?;
    if settings.no_worker {
        return Ok(None);
    }
    let work = crate::job::Work {
        db: state.db.clone(),
        vault: state.vault.clone(),
        address: state.place.address.clone(),
        mailer,
        patience: crate::job::PATIENCE,
    };
    let lease = Duration::from_secs(settings.worker_lease);
    crate::job::start(work, lease, shutdown).await.map(Some)
}

/// What every handler can reach, before anything runs.
///
/// # Errors
/// One sentence, when the data folder can't be found or there is no key.
pub fn state(
    settings: &Settings,
    site: std::path::PathBuf,
    manifest: BTreeMap<String, String>,
    db: Db,
    shutdown: CancellationToken,
) -> Result<AppState, String> {
    Ok(AppState {
        db,
        options: options(&site, settings.listen),
        kicks: Kicks::new(),
        status: StatusCache::default(),
        sample: Arc::new(Sample::new(
            absolute(&settings.store.data.join("playground"))?,
            settings.playground_ports,
        )),
        place: Arc::new(Place::new(
            settings.address(),
            absolute(&settings.store.data)?,
            site,
            manifest,
        )),
        providers: Arc::default(),
        proxies: Arc::new(settings.network.trusted_proxies.clone()),
        limits: Arc::new(crate::limit::Limits::new(&settings.network)),
        vault: crate::key::vault(settings.store.key.as_deref(), &settings.store.data)?,
        key: match settings.store.key {
            Some(_) => domain::health::KeySource::Given,
            None => domain::health::KeySource::File,
        },
        metrics: crate::metrics::Metrics::new(settings.metrics_token.as_deref(), Arc::default()),
        shutdown,
    })
}

async fn http(listener: TcpListener, state: AppState, shutdown: CancellationToken) -> Result<(), String> {
    let prober = crate::probe::prober(state.db.clone(), state.vault.clone());
    let router = crate::http::router(state, prober).into_make_service_with_connect_info::<SocketAddr>();
    let stop = shutdown.clone();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        asked_to_stop().await;
        tracing::info!("stopping: no new requests, open ones may end");
        stop.cancel();
    });
    let overdue = async {
        shutdown.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        ended = server => ended.map_err(|error| format!("The server ended: {error}")),
        () = overdue => {
            tracing::warn!("some requests did not end in time; they are cut off");
            Ok(())
        }
    }
}

/// Opens the record: the given Postgres, or a private cluster; and brings its schema up to date.
///
/// # Errors
/// One sentence that says what to do.
pub async fn open(settings: &StoreSettings) -> Result<(Db, Option<Embedded>), String> {
    let (url, embedded) = match &settings.database_url {
        Some(url) => (url.clone(), None),
        None => {
            let embedded = postgres::start(&settings.data)
                .await
                .map_err(|error| error.to_string())?;
            (embedded.url().to_owned(), Some(embedded))
        }
    };
    match prepare(&url, settings.db_connections).await {
        Ok(db) => Ok((db, embedded)),
        Err(why) => {
            stop(embedded).await;
            Err(why)
        }
    }
}

async fn prepare(url: &str, connections: u32) -> Result<Db, String> {
    let db = store::db::connect(url, connections).await.map_err(|error| {
        format!("The database does not answer ({error}): check DATABASE_URL, or unset it to use a private one.")
    })?;
    let migrated = store::db::migrate(&db)
        .await
        .map_err(|error| format!("The schema could not be brought up to date: {error}."))?;
    tracing::info!(applied = migrated.applied, "schema is current");
    store::release::seed_templates(&db)
        .await
        .map_err(|error| format!("The templates could not be stored: {error}."))?;
    Ok(db)
}

/// Stops the private cluster, if there is one.
pub async fn stop(embedded: Option<Embedded>) {
    if let Some(embedded) = embedded
        && let Err(error) = embedded.stop().await
    {
        tracing::error!(%error, "the private database did not stop cleanly");
    }
}

/// An engine beside whatever else this process does.
pub fn engine_task(
    db: Db,
    settings: &EngineSettings,
    vault: store::Vault,
    counters: Arc<engine::Counters>,
    shutdown: CancellationToken,
) -> JoinHandle<()> {
    let config = engine::EngineConfig {
        owner: settings.owner(),
        lease: Duration::from_secs(settings.lease),
        concurrency: settings.engine_concurrency as usize,
        vault: Some(vault),
        counters,
        ..engine::EngineConfig::default()
    };
    tokio::spawn(async move { engine::run(db, config, shutdown).await })
}

/// Returns when this process is asked to stop.
pub async fn asked_to_stop() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            format!(
                "Port {} is in use: stop what listens there, or choose another by SLIPWAY_LISTEN=127.0.0.1:3001.",
                address.port()
            )
        }
        ErrorKind::PermissionDenied => format!(
            "This account may not listen on port {}: choose one above 1023 by SLIPWAY_LISTEN.",
            address.port()
        ),
        _ => format!("Can't listen on {address}: {error}."),
    })
}

fn options(site: &Path, address: SocketAddr) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("slipway")
        .site_root(site.display().to_string())
        .site_addr(address)
        .hash_files(true)
        .hash_file(std::sync::Arc::<str>::from(site.join("hash.txt").display().to_string()))
        .build()
}

fn manifest(site: &Path) -> Result<BTreeMap<String, String>, String> {
    let path = site.join("manifest.json");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("Can't read {}: {error}; run `make run` again.", path.display()))?;
    serde_json::from_str(&text)
        .map_err(|error| format!("{} is damaged ({error}): run `make run` again.", path.display()))
}

fn absolute(path: &Path) -> Result<std::path::PathBuf, String> {
    std::path::absolute(path).map_err(|error| format!("The data folder {} can't be found: {error}.", path.display()))
}

/// Says where it is, and what to do first.
async fn greet(state: &AppState) -> Result<(), String> {
    let address = &state.place.address;
    let code = store::access::issue_setup_code(&state.db)
        .await
        .map_err(|error| format!("The database refused: {error}."))?;
    let first = match code {
        Some(code) => format!("First: open {address}/setup and make the first administrator with this code: {code}"),
        None => format!("Sign in at {address}"),
    };
    crate::say(&format!(
        "\nSlipway serves on {address}\n{first}\nCtrl-C stops everything that was started here.\n"
    ));
    Ok(())
}
