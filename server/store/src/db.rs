//! The way to Postgres: one pool, the schema's migrations, and whether it answers.

use crate::Error;
use sqlx::migrate::{Migrate, MigrateError as SqlxMigrateError, Migrator};
use sqlx::postgres::PgPoolOptions;
use std::time::Duration;

/// A handle to the database; cheap to clone.
pub type Db = sqlx::PgPool;

/// The schema, embedded in the binary.
static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// How long a request waits for a free connection before it fails.
const ACQUIRE: Duration = Duration::from_secs(5);

/// Connects with at most this many connections. One of them must answer at once.
///
/// # Errors
/// `Db` when the address is no Postgres address or nobody answers there.
pub async fn connect(url: &str, max: u32) -> Result<Db, Error> {
    Ok(PgPoolOptions::new()
        .max_connections(max)
        .acquire_timeout(ACQUIRE)
        .connect(url)
        .await?)
}

/// What a migration did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// Migrations that were applied now; 0: the schema was current.
    pub applied: u32,
}

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database was migrated by a newer Slipway than this one: going on could destroy what it keeps.
    #[error("the database has schema {database}, this program knows {binary}: use the newer program")]
    Newer { database: i64, binary: i64 },
    #[error(transparent)]
    Db(#[from] SqlxMigrateError),
}

/// Brings the schema up to date. Several processes may start at once: one migrates, the others wait for it.
///
/// # Errors
/// `Newer` when the database knows migrations that this binary does not; `Db` for the rest.
pub async fn migrate(db: &Db) -> Result<Migrated, MigrateError> {
    let mut connection = db.acquire().await.map_err(SqlxMigrateError::from)?;
    // Held around the look and the change, so that the count is of this process's own work.
    connection.lock().await?;
    let done = migrate_locked(&mut connection).await;
    connection.unlock().await?;
    done
}

async fn migrate_locked(connection: &mut sqlx::PgConnection) -> Result<Migrated, MigrateError> {
    connection.ensure_migrations_table(&MIGRATOR.table_name).await?;
    let applied = connection.list_applied_migrations(&MIGRATOR.table_name).await?;
    let database = applied.iter().map(|migration| migration.version).max().unwrap_or(0);
    let binary = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0);
    if database > binary {
        return Err(MigrateError::Newer { database, binary });
    }
    MIGRATOR.run(&mut *connection).await?;
    let pending = MIGRATOR
        .iter()
        .filter(|known| applied.iter().all(|done| done.version != known.version))
        .count();
    Ok(Migrated {
        applied: u32::try_from(pending).unwrap_or(u32::MAX),
    })
}

/// Connections of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    pub open: u64,
    /// Those of them that nobody uses.
    pub idle: u64,
}

/// How many connections are open now.
pub fn pool(db: &Db) -> Pool {
    Pool {
        open: u64::from(db.size()),
        idle: u64::try_from(db.num_idle()).unwrap_or(u64::MAX),
    }
}

/// Whether Postgres answers a question now.
pub async fn ready(db: &Db) -> bool {
    let question = sqlx::query_scalar!(r#"select true as "answers!""#).fetch_one(db);
    matches!(
        tokio::time::timeout(Duration::from_secs(2), question).await,
        Ok(Ok(true))
    )
}
