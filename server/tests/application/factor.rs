//! A second factor, as the pages offer it; and what its person has on their phone.

use super::{Application, Session};
use crate::as_whom::PASSWORD;
use axum::http::StatusCode;
use totp_rs::{Builder, Secret, Totp};

/// What makes the codes.
pub struct Authenticator(Totp);

impl Authenticator {
    /// Turns it on for who is signed in here. Codes of now are not used up: they are those of somebody who did it a while ago.
    pub async fn turned_on(app: &Application, session: &Session) -> Authenticator {
        let call = async |path: &str, field: &str, value: &str| {
            let fields = [(field.to_owned(), value.to_owned())];
            app.call(&format!("/call/access/{path}"), &fields, session).await
        };
        let begun = call("second-factor-begin", "password", PASSWORD).await;
        assert_eq!(begun.status, StatusCode::OK, "{}", begun.body);
        let page = app.call("/call/access/second-factor", &[], session).await.json();
        let key = page["factor"]["state"]["begun"]["key"]
            .as_str()
            .expect("a key")
            .to_owned();
        let secret = Secret::try_from_base32(key).expect("base32");
        let made = Authenticator(
            Builder::new()
                .with_secret(secret)
                .build()
                .expect("a key that is long enough"),
        );
        let on = call("second-factor-confirm", "code", &made.code(0)).await;
        assert_eq!(on.json().as_array().map(Vec::len), Some(10), "{}", on.body);
        sqlx::query("update second_factor set last_step = 0")
            .execute(&app.db)
            .await
            .expect("time passes");
        made
    }

    /// The code of so many steps from now.
    pub fn code(&self, steps: i64) -> String {
        let at = u64::try_from(chrono::Utc::now().timestamp() + steps * 30).expect("after 1970");
        self.0.generate(at).to_string()
    }
}

impl Application {
    /// The session of somebody whose password was right, and whose code is missing.
    pub async fn half_signed_in(&self, email: &str) -> Session {
        let fields = [("email", email), ("password", PASSWORD)];
        let answer = self.submit("/sign-in", &fields, &Session::nobody()).await;
        assert_eq!(answer.location(), "/login/code", "{}", answer.body);
        Application::session_of(&answer)
    }
}
