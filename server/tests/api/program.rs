//! A program that calls the API.

use crate::application::{Answer, Application};
use axum::body::Body;
use axum::http::{Method, Request, header};
use domain::access::{Actor, TokenForm, TokenScope, usable};
use serde_json::Value;
use store::{Db, access};

/// What a program has: an address and a token.
pub struct Program<'a> {
    pub app: &'a Application,
    pub secret: String,
}

/// A token with these scopes, in the person's name.
pub async fn token(db: &Db, person: &Actor, scopes: &[TokenScope]) -> String {
    let form = TokenForm {
        name: "A program".into(),
        scopes: scopes.to_vec(),
        days: 30,
    };
    access::make_token(db, person, &form).await.expect("a token is made")
}

/// A token with whatever scope the person can use.
pub async fn whole_token(db: &Db, person: &Actor) -> String {
    let scopes: Vec<TokenScope> = TokenScope::ALL
        .into_iter()
        .filter(|scope| usable(person, *scope))
        .collect();
    token(db, person, &scopes).await
}

impl Program<'_> {
    pub fn request(&self, method: &Method, path: &str, body: Option<&Value>) -> Request<Body> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:3000")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.secret));
        match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        }
        .expect("a request")
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.app.send(self.request(&method, path, body.as_ref())).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }
}
