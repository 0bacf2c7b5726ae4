//! Signs of life, and what the database says of the instance.

use crate::as_whom::{Admin, Engineer};
use store::{Db, Error, health};

#[sqlx::test(migrations = "../../migrations")]
async fn an_engine_is_there_until_it_says_that_it_stops(db: Db) {
    let admin = Admin::sets_up(&db).await;
    health::alive(&db, "one", "1.0.0").await.unwrap();
    let first = health::page(&db, &admin).await.unwrap();
    health::alive(&db, "one", "1.0.0").await.unwrap();
    health::alive(&db, "two", "1.0.0").await.unwrap();
    let page = health::page(&db, &admin).await.unwrap();
    let one = page.engines.iter().find(|engine| engine.owner == "one").unwrap();
    assert_eq!(one.since, first.engines[0].since, "the second sign begins nothing");
    assert!(one.at > one.since && one.is_alive(page.now));
    assert!(page.database_bytes > 0 && page.connections > 0 && page.most_connections >= page.connections);
    assert!(page.events > 0 && page.checkpoint.is_none());
    health::gone(&db, "one").await.unwrap();
    let left = health::page(&db, &admin).await.unwrap().engines;
    assert_eq!(
        left.iter().map(|engine| engine.owner.as_str()).collect::<Vec<_>>(),
        ["two"]
    );
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    assert!(matches!(health::page(&db, &engineer).await, Err(Error::Denied(_))));
}
