//! HTTP on loopback: listening, serving and asking, for all parts of the playground.

use std::future::Future;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::net::TcpListener;

use super::Trouble;

/// The only address that the playground listens at and speaks to.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// How long a server waits for its open connections when it stops.
const FAREWELL: Duration = Duration::from_secs(5);

/// An HTTP client that keeps its connections.
pub type Client = Pool<HttpConnector, Full<Bytes>>;

/// A client for loopback.
pub fn client() -> Client {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(Duration::from_secs(2)));
    Pool::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(20))
        .build(connector)
}

/// Listens at a port; 0 takes a free one.
pub async fn listen(port: u16) -> Result<TcpListener, Trouble> {
    TcpListener::bind((ADDRESS, port)).await.map_err(|e| match e.kind() {
        ErrorKind::AddrInUse => Trouble::fatal(format!(
            "Port {port} on {ADDRESS} is in use by another program: stop that program, or choose other ports with `--ports`."
        )),
        _ => Trouble::fatal(format!("Port {port} on {ADDRESS} cannot be opened: {e}.")),
    })
}

/// Serves until `end`, then lets open requests finish for a few seconds.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    end: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Trouble> {
    let (ended, has_ended) = tokio::sync::oneshot::channel();
    let listener = listener.tap_io(|stream| {
        // Small answers must not wait for acknowledgements; a socket without it still works.
        let _ = stream.set_nodelay(true);
    });
    let serving = axum::serve(listener, routes).with_graceful_shutdown(async move {
        end.await;
        // Nobody listens when the server has failed first.
        let _ = ended.send(());
    });
    tokio::select! {
        served = serving => served.map_err(|e| Trouble::fatal(format!("The server failed: {e}."))),
        () = async {
            if has_ended.await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(FAREWELL).await;
        } => Ok(()),
    }
}

/// The address of a path at a loopback port.
pub fn url(port: u16, path: &str) -> String {
    format!("http://{ADDRESS}:{port}{path}")
}

/// Sends a request to a loopback port and returns the answer's head with its body still open.
pub async fn send(
    client: &Client,
    method: Method,
    port: u16,
    path: &str,
    token: Option<&str>,
    body: Bytes,
) -> Result<Response<Incoming>, Trouble> {
    let mut request = Request::builder().method(method).uri(url(port, path));
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    if !body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let request = request
        .body(Full::new(body))
        .map_err(|e| Trouble::fatal(e.to_string()))?;
    client
        .request(request)
        .await
        .map_err(|e| Trouble::retry(format!("{} does not answer: {e}.", url(port, path))))
}

/// Gets a whole answer within a time.
pub async fn get(client: &Client, port: u16, path: &str, within: Duration) -> Result<(StatusCode, Bytes), Trouble> {
    let asked = async {
        let response = send(client, Method::GET, port, path, None, Bytes::new()).await?;
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(|e| Trouble::retry(e.to_string()))?;
        Ok((status, body.to_bytes()))
    };
    tokio::time::timeout(within, asked)
        .await
        .unwrap_or_else(|_| Err(Trouble::retry(format!("{} did not answer in time.", url(port, path)))))
}
