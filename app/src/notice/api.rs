//! Calls about one's own notices.

use crate::error::AppError;
use domain::access::Person;
use domain::id::NoticeId;
use domain::notice::{Kind, Told, Way};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the page of notices shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoticePage {
    pub told: Vec<Told>,
    pub unread: i64,
    pub more: bool,
    pub people: Vec<Person>,
}

/// What somebody chose, and whether mail is sent here at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChoicesPage {
    pub ways: Vec<(Kind, Way)>,
    pub mail: bool,
}

/// One's own notices, those older than the one that is named.
#[server(prefix = "/call", endpoint = "notice/page")]
pub async fn read_notices(after: Option<NoticeId>) -> Result<NoticePage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let store::notice::Notices {
        told,
        unread,
        more,
        people,
    } = store::notice::page(&db, &actor, after).await?;
    Ok(NoticePage {
        told,
        unread,
        more,
        people,
    })
}

/// How many of one's own notices are not read.
#[server(prefix = "/call", endpoint = "notice/unread")]
pub async fn read_unread() -> Result<i64, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::notice::unread(&db, &actor).await?)
}

/// Marks one notice as read.
#[server(prefix = "/call", endpoint = "notice/mark-read")]
pub async fn mark_read(id: NoticeId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::notice::mark_read(&db, &actor, id).await?)
}

/// Marks all notices as read, up to the newest that the page showed.
#[server(prefix = "/call", endpoint = "notice/mark-all-read")]
pub async fn mark_all_read(newest: NoticeId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::notice::mark_all_read(&db, &actor, newest).await?)
}

/// By which way one is told of what.
#[server(prefix = "/call", endpoint = "notice/choices")]
pub async fn read_choices() -> Result<ChoicesPage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let store::notice::Preferences { ways, mail } = store::notice::preferences(&db, &actor).await?;
    Ok(ChoicesPage { ways, mail })
}

/// Saves by which way one is told of what: a kind's word and a way's word each.
#[server(prefix = "/call", endpoint = "notice/save-choices")]
pub async fn save_notice_choices(
    #[server(default)] ways: std::collections::BTreeMap<String, String>,
) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let ways: Vec<(Kind, Way)> = ways
        .iter()
        .filter_map(|(kind, way)| Kind::from_key(kind).zip(Way::from_key(way)))
        .collect();
    store::notice::save_preferences(&db, &actor, &ways).await?;
    crate::caller::go_to("/profile/notices?saved=choices");
    Ok(())
}
