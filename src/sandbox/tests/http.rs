use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// A sandbox behind a port.
struct Server {
    address: std::net::SocketAddr,
    stop: tokio::sync::oneshot::Sender<()>,
    done: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(sandbox: Sandbox) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let done = tokio::spawn(serve(sandbox, listener, async { drop(stopped.await) }));
        Server {
            address,
            stop,
            done,
        }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.done.await.unwrap().unwrap();
    }

    /// Head and body of the answer to one request.
    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> std::io::Result<(String, String)> {
        let mut stream = TcpStream::connect(self.address).await?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Ok((head.to_owned(), body.to_owned()))
    }
}

const TOKEN_HEADER: &str = "authorization: Bearer sandbox-token\r\n";
const ASSERT: &str = "/v2/objects/workspaces/records?matching_attribute=workspace_id";
const BODY: &[u8] = br#"{"data":{"values":{"workspace_id":"w-1"}}}"#;

#[tokio::test]
async fn requests_are_answered_over_http_as_in_memory() {
    let sandbox = Sandbox::default();
    let server = Server::start(sandbox.clone()).await;
    let (head, body) = server
        .send("PUT", ASSERT, TOKEN_HEADER, BODY)
        .await
        .unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    let id = &sandbox.records("workspaces")[0].id;
    let path = format!("/v2/objects/workspaces/records/{id}");
    assert_eq!(
        sandbox
            .handle("GET", &path, Some("Bearer sandbox-token"), None)
            .body,
        body
    );
    let (head, body) = server.send("GET", "/v2/objects", "", b"").await.unwrap();
    assert!(head.starts_with("HTTP/1.1 401 Unauthorized"), "{head}");
    assert!(
        body.starts_with(r#"{"status_code":401,"type":"auth_error""#),
        "{body}"
    );
    let (head, body) = server
        .send("PUT", ASSERT, TOKEN_HEADER, b"\xff")
        .await
        .unwrap();
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    assert!(body.contains("not UTF-8"), "{body}");
    assert_eq!(sandbox.stats().answered(200), 1);
    server.stop().await;
}

#[tokio::test]
async fn the_rate_limit_has_its_header() {
    let limit = RateLimit {
        reads_per_second: 0,
        writes_per_second: 0,
        ..RateLimit::default()
    };
    let faults = Faults {
        rate_limit: Some(limit),
        ..Faults::default()
    };
    let server = Server::start(Sandbox::builder().faults(faults).build()).await;
    let (head, _) = server
        .send("GET", "/v2/objects", TOKEN_HEADER, b"")
        .await
        .unwrap();
    assert!(head.starts_with("HTTP/1.1 429"), "{head}");
    let until = head
        .lines()
        .find_map(|line| line.strip_prefix("retry-after: "))
        .unwrap();
    let until = httpdate::parse_http_date(until).unwrap();
    let wait = until
        .duration_since(std::time::SystemTime::now())
        .unwrap_or_default();
    assert!(wait <= Duration::from_secs(1), "{wait:?}");
    server.stop().await;
}

#[tokio::test]
async fn broken_connections_are_reset() {
    for is_after in [false, true] {
        let faults = Faults {
            resets_before: f64::from(u8::from(!is_after)),
            resets_after: f64::from(u8::from(is_after)),
            ..Faults::default()
        };
        let sandbox = Sandbox::builder().faults(faults).build();
        let server = Server::start(sandbox.clone()).await;
        let error = server
            .send("PUT", ASSERT, TOKEN_HEADER, BODY)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        assert_eq!(sandbox.records("workspaces").len(), usize::from(is_after));
        server.stop().await;
    }
}

#[tokio::test]
async fn slow_bodies_come_in_two_parts() {
    let faults = Faults {
        slow_bodies: 1.0,
        slow_body: Duration::from_millis(150),
        ..Faults::default()
    };
    let server = Server::start(Sandbox::builder().faults(faults).build()).await;
    let begun = std::time::Instant::now();
    let (head, body) = server
        .send("PUT", ASSERT, TOKEN_HEADER, BODY)
        .await
        .unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(150));
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    // The two parts are chunks, each with its length before it.
    let chunks = body.split("\r\n").filter(|line| line.len() > 8);
    assert!(
        serde_json::from_str::<Value>(&chunks.collect::<String>()).is_ok(),
        "{body}"
    );
    server.stop().await;
}
