//! The sample workspace: something real to try everything on, and a way to remove all of it again.

mod load;
mod remove;
pub mod texts;

pub use load::{SampleInput, SamplePerson, generated_password, load};
pub use remove::remove;

/// Whether the sample workspace is there.
///
/// # Errors
/// `Db`.
pub async fn loaded(db: &crate::Db) -> Result<bool, crate::Error> {
    let there = sqlx::query_scalar!(r#"select exists (select 1 from service where sample) as "there!""#);
    Ok(there.fetch_one(db).await?)
}
