//! AWS in a test: a server that keeps what it was asked, and answers as the test says.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::Aws;

/// Breaks the connection instead of answering.
pub(crate) const NO_ANSWER: u16 = 0;

/// The name of an operation and its body.
type Call = (String, Value);

/// A simulated AWS.
#[derive(Clone)]
pub(crate) struct Simulated {
    url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Simulated {
    /// One that answers each operation with a status and a body.
    pub(crate) async fn start(
        answer: impl Fn(&str, &Value) -> (u16, Value) + Send + Sync + 'static,
    ) -> Simulated {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (calls.clone(), Arc::new(answer));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (kept, answer) = (kept.clone(), answer.clone());
                tokio::spawn(async move {
                    serve(stream, |operation, body| {
                        let mut kept = kept.lock().unwrap();
                        kept.push((operation.to_owned(), body.clone()));
                        answer(operation, body)
                    })
                    .await;
                });
            }
        });
        Simulated { url, calls }
    }

    /// What a function's environment says, beside what is its own.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        match name {
            "AWS_ENDPOINT_URL" => Some(self.url.clone()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("secret".to_owned()),
            "AWS_REGION" => Some("eu-west-1".to_owned()),
            _ => None,
        }
    }

    /// A caller of it.
    pub(crate) fn aws(&self) -> Aws {
        Aws::from_environment(&|name| self.variable(name)).unwrap()
    }

    /// The bodies of all calls of an operation, in their order.
    pub(crate) fn asked(&self, operation: &str) -> Vec<Value> {
        let calls = self.calls.lock().unwrap();
        let calls = calls.iter().filter(|(name, _)| name == operation);
        calls.map(|(_, body)| body.clone()).collect()
    }
}

async fn serve(mut stream: TcpStream, answer: impl FnOnce(&str, &Value) -> (u16, Value)) {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").map_or(0, |length| length.parse().unwrap());
            break (head.to_owned(), length);
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    };
    let begin = head.len() + 4;
    while bytes.len() < begin + length {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let target = header(&head, "x-amz-target").unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let body = serde_json::from_slice(&bytes[begin..]).unwrap_or_default();
    let (status, body) = answer(operation, &body);
    if status == NO_ANSWER {
        return;
    }
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} -\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // Nobody is left to tell when the caller has gone.
    let _ = stream.write_all((head + &body).as_bytes()).await;
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
