//! The sandbox behind a port, and the transport to it.

use std::time::Duration;

use attio_destination::delivery::{HttpSettings, HttpTransport};
use attio_destination::sandbox::{SCOPES, Sandbox, serve};
use tokio::net::TcpListener;

/// A token that must never be printed.
pub(crate) const TOKEN: &str = "a-token-that-no-output-may-hold";

/// Serves a sandbox, which takes our token, as long as the runtime lives; gives its address.
pub(crate) async fn serve_sandbox(sandbox: &Sandbox) -> String {
    sandbox.grant(TOKEN, SCOPES);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(sandbox.clone(), listener, std::future::pending()));
    url
}

/// A transport that waits so long for a whole answer.
pub(crate) fn transport(url: &str, request_timeout: Duration) -> HttpTransport {
    let settings = HttpSettings {
        base_url: url.to_owned(),
        request_timeout,
        ..HttpSettings::default()
    };
    HttpTransport::new(&TOKEN.into(), &settings).unwrap()
}
