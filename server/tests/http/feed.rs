//! The calendar's feed: by its key alone, whole lines, and nothing once it has ended.

use crate::application::{Application, Session};
use crate::as_whom::{Admin, Viewer};
use axum::http::StatusCode;
use domain::freeze::{OnRun, Place, Schedule, TimeForm, TimeKind};
use store::{Db, access, freeze};

async fn freezes_at_the_year_end(db: &Db, admin: &Admin) {
    let from = (chrono::Utc::now() + chrono::TimeDelta::days(2)).naive_utc();
    let form = TimeForm {
        kind: TimeKind::Freeze,
        name: "Year end; nobody is there, \"really\"\\ and this name is so long that it folds".into(),
        reason: "Nobody is there".into(),
        place: Place::Instance,
        schedule: Schedule {
            zone: "UTC".into(),
            from,
            to: from + chrono::TimeDelta::days(3),
            rule: String::new(),
        },
        on_run: OnRun::Hold,
        row_version: 0,
    };
    freeze::set(db, admin, &form).await.expect("is set");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_calendar_is_read_by_the_key_of_an_active_person(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    freezes_at_the_year_end(&db, &admin).await;
    let viewer = Viewer::join(&db, &admin, "Vic").await;
    let nobody = Session::nobody();
    let read = async |key: &str| app.visit(&format!("/calendar.ics?key={key}"), &nobody).await;
    assert_eq!(read("").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(read("guessed").await.status, StatusCode::UNAUTHORIZED);

    let key = freeze::make_feed(&db, &viewer).await.expect("a key");
    let answer = read(&key).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "text/calendar; charset=utf-8");
    let (begins, ends) = ("BEGIN:VCALENDAR\r\n", "END:VCALENDAR");
    assert!(
        answer.body.starts_with(begins) && answer.body.trim_end().ends_with(ends),
        "{}",
        answer.body
    );
    assert!(
        answer.body.split("\r\n").all(|line| line.len() <= 75),
        "{}",
        answer.body
    );
    let whole = answer.body.replace("\r\n ", "");
    assert!(
        whole.contains("SUMMARY:Freeze: Year end\\; nobody is there\\, \"really\"\\\\ and this name"),
        "{whole}"
    );

    let another = freeze::make_feed(&db, &viewer).await.expect("a key");
    assert_eq!(
        read(&key).await.status,
        StatusCode::UNAUTHORIZED,
        "another key ends the first"
    );
    assert_eq!(read(&another).await.status, StatusCode::OK);
    access::set_active(&db, &admin, viewer.id, false)
        .await
        .expect("is deactivated");
    assert_eq!(read(&another).await.status, StatusCode::UNAUTHORIZED);
    access::set_active(&db, &admin, viewer.id, true).await.expect("is back");
    freeze::end_feed(&db, &viewer).await.expect("is ended");
    assert_eq!(read(&another).await.status, StatusCode::UNAUTHORIZED);
}
