//! The audit trail at the console, and the task that signs it each hour.

use crate::config::StoreSettings;
use clap::Subcommand;
use domain::audit::{FileChecker, FileReport, Hash, Report};
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::{Db, Vault};
use tokio_util::sync::CancellationToken;

/// How often the streams' heads are signed while something happens.
const HOURLY: Duration = Duration::from_secs(3600);

/// A checkpoint younger than this is enough: of several servers on one database, one makes it.
const YOUNG: chrono::TimeDelta = chrono::TimeDelta::minutes(30);

/// `slipway audit …`
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check that nothing was changed, is missing, in the wrong order, or cut off: in the database, or in an export without it
    Verify {
        /// An export; without it, the database is checked
        file: Option<PathBuf>,
        /// The instance's public key, 64 hexadecimal digits; without it, an export's own is believed
        #[arg(long, requires = "file")]
        public_key: Option<Hash>,
        /// A checkpoint that was written down, as NUMBER:HASH: it must still be there
        #[arg(long, value_parser = written_down)]
        expect: Option<(i64, Hash)>,
        #[command(flatten)]
        store: StoreSettings,
    },
    /// Write every record and all checkpoints as JSON lines
    Export {
        /// The file to write
        file: PathBuf,
        #[command(flatten)]
        store: StoreSettings,
    },
}

fn written_down(text: &str) -> Result<(i64, Hash), String> {
    let parts = text.split_once(':').and_then(|(number, hash)| {
        let number = number.parse().ok().filter(|number| *number > 0)?;
        Some((number, hash.parse().ok()?))
    });
    parts.ok_or_else(|| "write the checkpoint's number, a colon, and 64 hexadecimal digits".to_owned())
}

/// Does what was asked at the console.
///
/// # Errors
/// One sentence; also when something was found.
pub async fn run(command: Audit) -> Result<(), String> {
    match command {
        Audit::Verify {
            file: Some(file),
            public_key,
            expect,
            ..
        } => verify_file(&file, public_key, expect),
        Audit::Verify { expect, store, .. } => verify(&store, expect).await,
        Audit::Export { file, store } => export(&store, &file).await,
    }
}

async fn verify(settings: &StoreSettings, expect: Option<(i64, Hash)>) -> Result<(), String> {
    let vault = crate::key::vault(settings.key.as_deref(), &settings.data)?;
    let (db, embedded) = crate::serve::open(settings).await?;
    let report = store::audit::verify(&db, &vault, expect).await;
    db.close().await;
    crate::serve::stop(embedded).await;
    let report = report.map_err(|error| format!("The record can't be checked: {error}."))?;
    tell(&report);
    verdict(report.findings.len())
}

fn verify_file(path: &Path, key: Option<Hash>, expect: Option<(i64, Hash)>) -> Result<(), String> {
    let report = check_file(path, key, expect)
        .map_err(|error| format!("{} can't be read to its end: {error}.", path.display()))?;
    if !report.whole && report.problems.is_empty() {
        crate::say(
            "The export is of a part of the record: it is as it was exported, and its chains can't be followed.",
        );
    }
    if key.is_none()
        && let Some(key) = report.key
    {
        crate::say(&format!(
            "The file says that it was signed by {key}. Compare that with the key on the page of the audit trail, or give it by --public-key."
        ));
    }
    for problem in &report.problems {
        crate::say(&format!("{problem}."));
    }
    tell(&report.report);
    verdict(report.report.findings.len() + report.problems.len())
}

/// Checks an export line by line: it may be larger than memory.
fn check_file(path: &Path, key: Option<Hash>, expect: Option<(i64, Hash)>) -> std::io::Result<FileReport> {
    let mut checker = FileChecker::new(key, expect, store::audit::signed_by);
    let mut reader = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        checker.line(text.strip_suffix('\n').unwrap_or(&text));
        line.clear();
    }
    Ok(checker.finish())
}

fn tell(report: &Report) {
    for finding in &report.findings {
        crate::say(&format!("{finding}."));
    }
    let last = report.last.map_or_else(String::new, |(number, hash, at)| {
        format!(
            " The last is {number}:{hash}, of {}.",
            at.format("%Y-%m-%d %H:%M:%S UTC")
        )
    });
    crate::say(&format!(
        "{} records in {} streams, {} checkpoints.{last}",
        report.records, report.streams, report.checkpoints
    ));
    if report.uncovered > 0 {
        crate::say(&format!(
            "{} records came after the last checkpoint of their stream: their chain holds them, and nothing signs their end yet.",
            report.uncovered
        ));
    }
}

fn verdict(found: usize) -> Result<(), String> {
    match found {
        0 => {
            crate::say("Nothing was changed, is missing, in the wrong order, or cut off.");
            Ok(())
        }
        1 => Err("The audit trail was tampered with: 1 finding.".to_owned()),
        found => Err(format!("The audit trail was tampered with: {found} findings.")),
    }
}

async fn export(settings: &StoreSettings, path: &Path) -> Result<(), String> {
    let vault = crate::key::vault(settings.key.as_deref(), &settings.data)?;
    let (db, embedded) = crate::serve::open(settings).await?;
    let written = write(&db, &vault, path).await;
    db.close().await;
    crate::serve::stop(embedded).await;
    written?;
    crate::say(&format!("The audit trail is in {}.", path.display()));
    Ok(())
}

async fn write(db: &Db, vault: &Vault, path: &Path) -> Result<(), String> {
    let said = |error: std::io::Error| format!("{} can't be written: {error}.", path.display());
    let failed = |error: store::Error| format!("The record can't be read: {error}.");
    let mut file = BufWriter::new(File::create_new(path).map_err(said)?);
    let mut export = store::audit::export_all(db, vault).await.map_err(failed)?;
    while let Some(piece) = export.next().await.map_err(failed)? {
        file.write_all(piece.as_bytes()).map_err(said)?;
    }
    file.into_inner()
        .map_err(|error| said(error.into_error()))?
        .sync_all()
        .map_err(said)
}

/// Signs where all streams stand, if anything moved. The log says the hash: a log that is kept elsewhere is a witness.
pub async fn seal(db: &Db, vault: &Vault, least_age: Option<chrono::TimeDelta>) {
    match store::audit::checkpoint(db, vault, least_age).await {
        Ok(Some(made)) => {
            tracing::info!(number = made.number, hash = %made.hash, streams = made.heads.len(), "signed a checkpoint of the record");
        }
        Ok(None) => {}
        Err(error) => tracing::error!(%error, "no checkpoint of the record could be signed"),
    }
}

/// Signs at the start and each hour, until shutdown.
pub async fn seal_hourly(db: Db, vault: Vault, shutdown: CancellationToken) {
    loop {
        seal(&db, &vault, Some(YOUNG)).await;
        if shutdown.run_until_cancelled(tokio::time::sleep(HOURLY)).await.is_none() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_written_down_as_it_is_shown() {
        let hash = "ab".repeat(32);
        assert_eq!(written_down(&format!("12:{hash}")).map(|(number, _)| number), Ok(12));
        for wrong in ["", "12", &hash, &format!("0:{hash}"), "12:abc"] {
            assert!(written_down(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_export_is_said_and_upsets_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("audit.jsonl");
        std::fs::write(&path, b"\xff\xfe\n{\"record\":{}}\n").expect("a file");
        assert!(verify_file(&path, None, None).is_err());
        assert!(verify_file(&folder.path().join("none"), None, None).is_err_and(|said| said.contains("can't be read")));
    }
}
