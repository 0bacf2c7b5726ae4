//! The audit trail: searched, taken away, sealed by signed checkpoints, and checked.

mod checkpoint;
mod export;
mod key;
mod search;
mod trail;
mod verify;

pub use checkpoint::{checkpoint, sealed};
pub use export::{Export, export, export_all};
pub(crate) use key::PURPOSE;
pub use key::signed_by;
pub use search::{Page, page};
pub use verify::verify;

use crate::Error;
use domain::audit::Hash;

/// 32 bytes as they are kept.
fn hash(bytes: &[u8]) -> Result<Hash, Error> {
    let bytes = bytes
        .try_into()
        .map_err(|_| Error::Db(sqlx::Error::Decode("a hash has 32 bytes".into())))?;
    Ok(Hash(bytes))
}
