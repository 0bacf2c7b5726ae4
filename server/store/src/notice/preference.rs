//! By which way somebody wants to be told of what.

use crate::event::append;
use crate::tx::begin;
use crate::{Db, Error, mail};
use domain::access::{Action, Actor, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::notice::{Kind, Way};

/// What somebody chose, and whether mail is sent here at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Preferences {
    /// Every kind once, in the order of [`Kind::ALL`].
    pub ways: Vec<(Kind, Way)>,
    pub mail: bool,
}

/// One's own choices; what was not chosen is as usual.
///
/// # Errors
/// `Denied` to a token that does not reach so far; `Db`.
pub async fn preferences(db: &Db, actor: &Actor) -> Result<Preferences, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let chosen = sqlx::query!(
        r#"select kind, way as "way: Way" from notice_preference where person_id = $1"#,
        actor.id.0
    )
    .fetch_all(db)
    .await?;
    let way = |kind: Kind| {
        let found = chosen.iter().find(|row| row.kind == kind.key());
        found.map_or(kind.usual_way(), |row| row.way)
    };
    Ok(Preferences {
        ways: Kind::ALL.map(|kind| (kind, way(kind))).to_vec(),
        mail: mail::is_on(db).await?,
    })
}

/// Saves one's own choices. Kinds that are not named stay as they are.
///
/// # Errors
/// `Db`.
pub async fn save_preferences(db: &Db, actor: &Actor, ways: &[(Kind, Way)]) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    for (kind, way) in ways {
        sqlx::query!(
            "insert into notice_preference (person_id, kind, way) values ($1, $2, $3)
             on conflict (person_id, kind) do update set way = excluded.way",
            actor.id.0,
            kind.key(),
            way.key(),
        )
        .execute(&mut *tx)
        .await?;
    }
    append(
        &mut tx,
        Stream::new(StreamKind::Person, actor.id),
        actor.by(),
        &Event::NoticesChosen,
    )
    .await?;
    tx.commit().await
}
