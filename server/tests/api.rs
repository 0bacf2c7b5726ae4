//! The API over the whole application: each route as everybody, what it has in common with the screens, and the promises of its headers.

mod application;
#[path = "../store/tests/as_whom/mod.rs"]
mod as_whom;
#[allow(dead_code, reason = "the sweep of the screens uses the rest")]
#[path = "sweep/fixtures.rs"]
mod fixtures;
#[allow(dead_code, reason = "the sweep of the screens uses the rest")]
#[path = "sweep/functions.rs"]
mod functions;
#[path = "api/program.rs"]
mod program;
#[path = "api/routes.rs"]
mod routes;

#[path = "api/agreement.rs"]
mod agreement;
#[path = "api/any.rs"]
mod any;
#[path = "api/coverage.rs"]
mod coverage;
#[path = "api/hostile.rs"]
mod hostile;
#[path = "api/own.rs"]
mod own;
#[path = "api/pages.rs"]
mod pages;
#[path = "api/promises.rs"]
mod promises;
#[path = "api/sweep.rs"]
mod sweep;
#[path = "api/use_cases.rs"]
mod use_cases;
#[path = "api/worlds.rs"]
mod worlds;
