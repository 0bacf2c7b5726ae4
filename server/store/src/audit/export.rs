//! An export of the audit trail, made piece by piece: no export is ever whole in memory.

use super::key::{Signer, signer};
use super::{checkpoint, trail};
use crate::{Db, Error, Vault};
use domain::access::{Action, Actor, Scope};
use domain::audit::{Checkpoint, End, Filter, Hash, Header, Line};
use sha2::{Digest as _, Sha256};

/// Ids that are looked at for one piece.
const PIECE: i64 = 1_000;

/// An export that is being made. It holds no connection between two pieces: who reads slowly holds nobody up.
///
/// It ends where the record stood when it began. A row that was being written then has a smaller id than its stream's next one, which is written
/// after that moment: so no chain gets a hole.
pub struct Export {
    db: Db,
    filter: Filter,
    signer: Signer,
    header: Option<Header>,
    checkpoints: std::vec::IntoIter<Checkpoint>,
    /// The last checkpoint of this export; 0 when there is none, or no more.
    sealed: i64,
    /// Checkpoints up to here are fetched.
    fetched: i64,
    /// Records up to here are in it.
    done: i64,
    newest: i64,
    records: u64,
    sha: Sha256,
    over: bool,
}

/// Begins an export of what a filter finds. Without one it holds every record and all checkpoints, and every chain can be followed in it.
///
/// # Errors
/// `Denied`; `Vault` when the instance's own key does not open the one that signs; `Db`.
pub async fn export(db: &Db, actor: &Actor, vault: &Vault, filter: Filter) -> Result<Export, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    begin(db, vault, filter).await
}

/// Begins an export of everything. There is no actor: this is for the console, which has the database's password anyway.
///
/// # Errors
/// `Vault`; `Db`.
pub async fn export_all(db: &Db, vault: &Vault) -> Result<Export, Error> {
    begin(db, vault, Filter::default()).await
}

async fn begin(db: &Db, vault: &Vault, filter: Filter) -> Result<Export, Error> {
    let mut c = db.acquire().await?;
    let signer = signer(&mut c, vault).await?;
    // Checkpoints first: what they sign is older than the newest record that is read next.
    let now = sqlx::query!(
        r#"select now() as "at!", (select coalesce(max(number), 0) from checkpoint) as "sealed!",
               (select coalesce(max(id), 0) from event) as "newest!""#
    )
    .fetch_one(&mut *c)
    .await?;
    let header = Header::new(&filter, signer.public, now.at);
    Ok(Export {
        db: db.clone(),
        sealed: if header.whole { now.sealed } else { 0 },
        filter,
        signer,
        header: Some(header),
        checkpoints: Vec::new().into_iter(),
        fetched: 0,
        done: 0,
        newest: now.newest,
        records: 0,
        sha: Sha256::new(),
        over: false,
    })
}

impl Export {
    /// The next piece: some lines, each with its line feed. None when the signed end was in the piece before.
    ///
    /// # Errors
    /// `Db`. An export that stops in the middle has no end, which shows.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        let mut piece = String::new();
        while piece.is_empty() {
            if self.over {
                return Ok(None);
            }
            self.add(&mut piece).await?;
        }
        Ok(Some(piece))
    }

    async fn add(&mut self, piece: &mut String) -> Result<(), Error> {
        if let Some(header) = self.header.take() {
            return self.line(piece, &Line::SlipwayAudit(header));
        }
        if let Some(checkpoint) = self.next_checkpoint().await? {
            return self.line(piece, &Line::Checkpoint(checkpoint));
        }
        if self.done < self.newest {
            let upto = self.done.saturating_add(PIECE).min(self.newest);
            let mut c = self.db.acquire().await?;
            let found = trail::between(&mut c, (self.done, upto + 1), &self.filter, PIECE).await?;
            drop(c);
            // What can't be read is left out: in a whole export its chain shows that.
            for record in found.into_iter().rev().flatten() {
                self.records += 1;
                self.line(piece, &Line::Record(record))?;
            }
            self.done = upto;
            return Ok(());
        }
        self.over = true;
        let sha256 = Hash(self.sha.clone().finalize().into());
        let end = End {
            records: self.records,
            sha256,
            signature: self.signer.sign(&End::message(self.records, sha256)),
        };
        self.line(piece, &Line::End(end))
    }

    async fn next_checkpoint(&mut self) -> Result<Option<Checkpoint>, Error> {
        if self.sealed == 0 {
            return Ok(None);
        }
        if let Some(next) = self.checkpoints.next() {
            return Ok(Some(next));
        }
        let last = self.fetched;
        let mut c = self.db.acquire().await?;
        let mut more = checkpoint::after(&mut c, last).await?;
        more.retain(|one| one.number <= self.sealed);
        let Some(newest) = more.last() else {
            self.sealed = 0;
            return Ok(None);
        };
        self.fetched = newest.number;
        self.checkpoints = more.into_iter();
        Ok(self.checkpoints.next())
    }

    fn line(&mut self, piece: &mut String, line: &Line) -> Result<(), Error> {
        let text = serde_json::to_string(line).map_err(|error| Error::Db(sqlx::Error::Encode(Box::new(error))))?;
        self.sha.update(text.as_bytes());
        self.sha.update(b"\n");
        piece.push_str(&text);
        piece.push('\n');
        Ok(())
    }
}
