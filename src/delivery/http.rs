//! The transport to the real Attio: HTTPS with HTTP/2 and keep-alive.
//!
//! The token is held by `secrecy` and marked sensitive in the header, so it is in no `Debug` output, no error and no
//! log; nor are bodies. Redirects are not followed, since they would carry the token elsewhere, and nothing is retried
//! here, since the limiter must see every request.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};

use validator::Validate;

use super::transport::{Response, Transport, TransportError};
use crate::plan::{Method, Request};

/// Where Attio's API is.
pub const BASE_URL: &str = "https://api.attio.com";

/// How Attio is reached.
#[derive(Clone, Debug, Validate)]
pub struct HttpSettings {
    /// Where the API is; the paths of requests are added to it.
    #[validate(length(min = 1, max = 2048))]
    pub base_url: String,
    /// Where the token comes from, for people.
    pub token_from: Option<String>,
    /// Whether plain HTTP may go to other hosts than this one. The token and all data are then readable on the way.
    pub allow_plain_http: bool,
    /// The longest time for a connection to be made.
    pub connect_timeout: Duration,
    /// The longest time for a request and its whole answer.
    pub request_timeout: Duration,
    /// The largest answer that is read, in bytes after decompression; errors take some hundred.
    #[validate(range(min = 512))]
    pub max_body_bytes: usize,
}

impl Default for HttpSettings {
    fn default() -> Self {
        HttpSettings {
            base_url: BASE_URL.to_owned(),
            token_from: None,
            allow_plain_http: false,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            max_body_bytes: 16 * 1024 * 1024,
        }
    }
}

/// Why there is no transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// The base URL cannot be used.
    BaseUrl {
        /// The URL, without credentials.
        url: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A setting is out of its range.
    Settings(String),
    /// The token holds characters that cannot stand in a header.
    Token,
    /// The client could not be built.
    Client(String),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::BaseUrl { url, problem } => write!(f, "the base URL `{url}` {problem}"),
            HttpError::Settings(which) => write!(f, "a setting is out of its range: {which}"),
            HttpError::Token => f.write_str(
                "the token holds characters that no token has; check that it was copied whole and alone",
            ),
            HttpError::Client(why) => write!(f, "the HTTP client could not be built: {why}"),
        }
    }
}

impl std::error::Error for HttpError {}

/// A transport over HTTP with one token.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: Client,
    base_url: String,
    token_from: Option<String>,
    authorization: HeaderValue,
    max_body_bytes: usize,
}

impl HttpTransport {
    /// A transport that sends `token`.
    ///
    /// # Errors
    /// An [`HttpError`] when the base URL or the token cannot be used.
    pub fn new(token: &SecretString, settings: &HttpSettings) -> Result<Self, HttpError> {
        // Before the lengths, since it says more of an empty one.
        let base_url = base_url(&settings.base_url, settings.allow_plain_http)?;
        settings
            .validate()
            .map_err(|errors| HttpError::Settings(errors.to_string().replace('\n', ", ")))?;
        let bearer = format!("Bearer {}", token.expose_secret().trim());
        let mut authorization = HeaderValue::from_str(&bearer).map_err(|_| HttpError::Token)?;
        authorization.set_sensitive(true);
        Ok(HttpTransport {
            client: client(settings)?,
            base_url,
            token_from: settings.token_from.clone(),
            authorization,
            max_body_bytes: settings.max_body_bytes,
        })
    }
}

/// What is offered to the server, the best first.
const ALPN: &[&[u8]] = if cfg!(feature = "http2") {
    &[b"h2", b"http/1.1"]
} else {
    &[b"http/1.1"]
};

/// A client with our TLS, time limits and user agent.
pub(crate) fn client(settings: &HttpSettings) -> Result<Client, HttpError> {
    let wrong = |error: &dyn fmt::Display| HttpError::Client(error.to_string());
    let roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = ALPN.iter().map(|protocol| protocol.to_vec()).collect();
    let builder = Client::builder();
    #[cfg(feature = "http2")]
    let builder = builder
        .http2_keep_alive_interval(Duration::from_secs(20))
        .http2_keep_alive_timeout(Duration::from_secs(10));
    builder
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("attio-destination/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.request_timeout)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .gzip(true)
        .tcp_keepalive(Duration::from_secs(30))
        .pool_idle_timeout(Duration::from_secs(90))
        .build()
        .map_err(|error| wrong(&error))
}

/// Checks a base URL and gives it without a slash at its end.
pub(super) fn base_url(text: &str, allow_plain_http: bool) -> Result<String, HttpError> {
    let wrong = |url: &str, problem| HttpError::BaseUrl {
        url: url.to_owned(),
        problem,
    };
    let url = Url::parse(text).map_err(|_| wrong(text, "is no URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            url.host_str().unwrap_or_default(),
            "must not hold a user name or a password",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong(text, "must not hold a query or a fragment"));
    }
    match url.scheme() {
        "https" => {}
        "http" if allow_plain_http || is_this_host(&url) => {}
        "http" => {
            return Err(wrong(
                text,
                "would send the token unencrypted to another host; write `https://`",
            ));
        }
        _ => return Err(wrong(text, "must begin with `https://`")),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn is_this_host(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Transport for HttpTransport {
    fn token_from(&self) -> Option<String> {
        let from = self.token_from.as_ref()?;
        Some(format!("{from}, asked at {}", self.base_url))
    }

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
        };
        let mut outgoing = self
            .client
            .request(method, format!("{}{}", self.base_url, request.path))
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/json");
        if let Some(body) = request.body {
            outgoing = outgoing.header(CONTENT_TYPE, "application/json").body(body);
        }
        let mut answer = outgoing.send().await.map_err(broken)?;
        let status = answer.status().as_u16();
        let retry_after = answer
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let mut body: Vec<u8> = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > self.max_body_bytes {
                return Err(TransportError::Broken(format!(
                    "the answer is larger than {} bytes",
                    self.max_body_bytes
                )));
            }
            body.extend_from_slice(&chunk);
        }
        let body = String::from_utf8(body)
            .map_err(|_| TransportError::Broken("the answer is not UTF-8".to_owned()))?;
        Ok(Response {
            status,
            retry_after,
            body,
        })
    }
}

/// What went wrong, without the URL, whose path may hold a person's data.
fn broken(error: reqwest::Error) -> TransportError {
    if error.is_timeout() && !error.is_connect() {
        return TransportError::Timeout;
    }
    let is_connect = error.is_connect();
    let error = error.without_url();
    let mut why = error.to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
    while let Some(inner) = cause {
        why = format!("{why}: {inner}");
        cause = inner.source();
    }
    if is_connect {
        TransportError::Connect(why)
    } else {
        TransportError::Broken(why)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn settings_out_of_their_range_are_refused() {
        let settings = HttpSettings {
            max_body_bytes: 3,
            ..HttpSettings::default()
        };
        let error = HttpTransport::new(&SecretString::from("token"), &settings).unwrap_err();
        assert!(
            matches!(&error, HttpError::Settings(which) if which.contains("max_body_bytes")),
            "{error}"
        );
    }

    /// A server that answers every connection with one text, and keeps what it was asked.
    async fn server(answer: &'static [u8]) -> (String, Arc<Mutex<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(String::new()));
        let kept = asked.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = vec![0; 4096];
                let read = stream.read(&mut bytes).await.unwrap();
                kept.lock()
                    .unwrap()
                    .push_str(&String::from_utf8_lossy(&bytes[..read]));
                stream.write_all(answer).await.unwrap();
                if answer.ends_with(b"...") {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
            }
        });
        (url, asked)
    }

    fn transport(base_url: &str) -> HttpTransport {
        let settings = HttpSettings {
            base_url: base_url.to_owned(),
            request_timeout: Duration::from_millis(300),
            max_body_bytes: 1000,
            ..HttpSettings::default()
        };
        HttpTransport::new(&"secret-token".into(), &settings).unwrap()
    }

    fn put() -> Request {
        Request {
            method: Method::Put,
            path: "/v2/objects/people/records?matching_attribute=email_addresses".into(),
            body: Some("{\"data\":{}}".into()),
        }
    }

    #[tokio::test]
    async fn a_request_goes_out_as_attio_has_it_and_the_answer_comes_back() {
        let (url, asked) = server(
            b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 2\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
        )
        .await;
        let response = transport(&url).send(put()).await.unwrap();
        assert_eq!(
            response,
            Response {
                status: 429,
                retry_after: Some("2".into()),
                body: "{}".into(),
            }
        );
        let asked = asked.lock().unwrap().clone();
        let (head, body) = asked.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "{\"data\":{}}");
        assert!(head.starts_with(
            "PUT /v2/objects/people/records?matching_attribute=email_addresses HTTP/1.1\r\n"
        ));
        for line in [
            "authorization: Bearer secret-token",
            "content-type: application/json",
            "accept: application/json",
            "accept-encoding: gzip",
            concat!("user-agent: attio-destination/", env!("CARGO_PKG_VERSION")),
        ] {
            assert!(
                head.lines().any(|found| found.eq_ignore_ascii_case(line)),
                "{line}\n{head}"
            );
        }
    }

    #[tokio::test]
    async fn what_goes_wrong_is_told_apart_and_names_neither_token_nor_path() {
        let (cut, _) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"da").await;
        let (slow, _) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n...").await;
        let (large, _) = server(
            concat!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n",
                "0123456789012345678901234567890123456789"
            )
            .as_bytes(),
        )
        .await;
        let unused = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let nobody = format!("http://{}", unused.local_addr().unwrap());
        drop(unused);

        let error = transport(&cut).send(put()).await.unwrap_err();
        assert!(matches!(&error, TransportError::Broken(_)), "{error:?}");
        let mut said = error.to_string();
        assert_eq!(
            transport(&slow).send(put()).await,
            Err(TransportError::Timeout)
        );
        let error = transport(&nobody).send(put()).await.unwrap_err();
        assert!(matches!(&error, TransportError::Connect(_)), "{error:?}");
        said += &error.to_string();
        let small = HttpTransport {
            max_body_bytes: 20,
            ..transport(&large)
        };
        let error = small.send(put()).await.unwrap_err();
        assert_eq!(
            error,
            TransportError::Broken("the answer is larger than 20 bytes".into())
        );
        said += &format!("{small:?}");
        assert!(
            !said.contains("secret-token") && !said.contains("email_addresses"),
            "{said}"
        );
    }

    #[tokio::test]
    async fn redirects_are_not_followed() {
        let (other, asked) =
            server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").await;
        let answer = format!(
            "HTTP/1.1 302 Found\r\nlocation: {other}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        let (url, _) = server(Box::leak(answer.into_bytes().into_boxed_slice())).await;
        assert_eq!(transport(&url).send(put()).await.unwrap().status, 302);
        assert_eq!(*asked.lock().unwrap(), "");
    }

    #[test]
    fn only_this_host_is_reached_over_plain_http() {
        for (url, expect) in [
            ("https://api.attio.com", Some("https://api.attio.com")),
            (
                "https://proxy.example/attio/",
                Some("https://proxy.example/attio"),
            ),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("http://[::1]:8080/", Some("http://[::1]:8080")),
            ("http://localhost", Some("http://localhost")),
            ("http://localhost.example", None),
            ("http://10.0.0.1", None),
            ("ftp://api.attio.com", None),
            ("https://user:pass@api.attio.com", None),
            ("https://api.attio.com?x=1", None),
            ("api.attio.com", None),
        ] {
            assert_eq!(base_url(url, false).ok().as_deref(), expect, "{url}");
        }
        assert!(base_url("http://10.0.0.1", true).is_ok());
    }

    #[test]
    fn errors_say_what_to_mend() {
        let error = |url| base_url(url, false).unwrap_err();
        insta::assert_snapshot!(error("http://attio.example"), @"the base URL `http://attio.example` would send the token unencrypted to another host; write `https://`");
        insta::assert_snapshot!(error("https://me:secret@attio.example"), @"the base URL `attio.example` must not hold a user name or a password");
        let token = HttpTransport::new(&"two\nlines".into(), &HttpSettings::default()).unwrap_err();
        insta::assert_snapshot!(token, @"the token holds characters that no token has; check that it was copied whole and alone");
    }
}
