//! From an event to those whom it concerns, within its transaction.

use super::scene::{self, Scene};
use super::topic;
use crate::tx::Tx;
use crate::{Error, mail, webhook};
use domain::access::By;
use domain::event::{Event, Stream};
use domain::id::{NoticeId, PersonId};
use domain::notice::{self, Notice, Way, What};
use domain::webhook::Kind;
use sqlx::types::Json;
use uuid::Uuid;

/// Tells people what happened, and receivers of webhooks. Part of appending an event: nobody else calls it.
pub(crate) async fn of_event(tx: &mut Tx, stream: &Stream, by: By, event: &Event) -> Result<(), Error> {
    let reported = match Kind::of(event) {
        Some(kind) => Some((kind, webhook::receivers(tx, kind).await?)).filter(|(_, receivers)| !receivers.is_empty()),
        None => None,
    };
    if reported.is_none() && !notice::may_concern(event) {
        return Ok(());
    }
    let Some(scene) = scene::read(tx, stream, event).await? else {
        return Ok(());
    };
    if let Some((kind, receivers)) = reported {
        webhook::enqueue(tx, &receivers, kind, &scene, by, event).await?;
    }
    if let Some(what) = notice::what(event, &scene.facts) {
        tell(tx, &scene, what, by).await?;
    }
    Ok(())
}

/// Tells whoever is concerned, each by the way that they chose.
pub(crate) async fn tell(tx: &mut Tx, scene: &Scene, what: What, by: By) -> Result<(), Error> {
    let kind = what.kind();
    let people: Vec<Uuid> = notice::recipients(&what, &scene.facts, by)
        .into_iter()
        .map(Uuid::from)
        .collect();
    let notice = Notice {
        what,
        about: scene.about.clone(),
        by,
    };
    let told = sqlx::query!(
        r#"select p.id as "id: PersonId", p.sample, f.way as "way?: Way" from person p
           left join notice_preference f on f.person_id = p.id and f.kind = $2
           where p.id = any($1) and p.active order by p.id"#,
        &people,
        kind.key(),
    )
    .fetch_all(&mut **tx)
    .await?;
    for person in told {
        let way = person.way.unwrap_or(kind.usual_way());
        if way == Way::None {
            continue;
        }
        let Some(id) = insert(tx, person.id, &notice).await? else {
            continue;
        };
        // The people of the sample workspace do not exist, and their addresses may be somebody's.
        if way == Way::Mail && !person.sample {
            mail::enqueue(tx, mail::Content::Notice(id)).await?;
        }
    }
    Ok(())
}

/// Keeps a notice, unless the same transaction told this person of the same kind about the same thing: one deed, one notice.
async fn insert(tx: &mut Tx, person: PersonId, notice: &Notice) -> Result<Option<NoticeId>, Error> {
    let (id, now) = (NoticeId(Uuid::now_v7()), tx.now);
    let inserted = sqlx::query!(
        "insert into notice (id, person_id, kind, body, at)
         select $1, $2, $3::text, $4::jsonb, $5::timestamptz
         where not exists (
             select 1 from notice where person_id = $2 and at = $5 and kind = $3 and body -> 'about' = $4::jsonb -> 'about'
         )",
        id.0,
        person.0,
        notice.what.kind().key(),
        Json(notice) as _,
        now,
    )
    .execute(&mut **tx)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(None);
    }
    tx.kick(topic(person));
    Ok(Some(id))
}
