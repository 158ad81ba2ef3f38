//! The HTTP API that customer data platforms and their SDKs post to, without a server.
//!
//! [`Ingest::take`] is a function from the parts of a request and the time to the events it brings, or to why it is
//! refused; a host owns the socket, the clock and the queue. It speaks Segment's HTTP tracking API
//! (`POST /v1/{identify,group,track,page,screen,alias,batch,import}`) and takes the webhooks of platforms that post
//! one event or an array (`POST /webhook`). Paths may stand below any prefix.
//!
//! Deliberately not here: the short paths and CORS of browser SDKs. A write key in a web page is public, and whoever
//! has it may write records.

mod auth;
mod body;
mod call;

use std::fmt;

use http::{HeaderMap, HeaderName, header};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::diagnostic::{Diagnostic, excerpt};
use crate::event::{self, EventTime, MAX_EVENT_BYTES, Reader, Type};

pub use auth::{Denied, Keys};
pub use body::{MAX_BATCH_BYTES, MAX_BATCH_CALLS, MAX_WEBHOOK_BYTES, MAX_WEBHOOK_EVENTS};

/// The parts of a request that matter.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The method, e.g. `POST`.
    pub method: &'r str,
    /// The path without the query.
    pub path: &'r str,
    /// The headers.
    pub headers: &'r HeaderMap,
    /// The body as it came, compressed if the headers say so.
    pub body: &'r [u8],
}

/// Takes in requests.
#[derive(Debug)]
pub struct Ingest {
    keys: Keys,
    reader: Reader,
}

/// The events of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Intake {
    /// Those that are events, in order.
    pub accepted: Vec<Accepted>,
    /// Those that are not.
    pub rejected: Vec<Rejected>,
}

/// An event that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The event as one JSON object: with what its batch gives it, and stamped.
    pub json: String,
    /// Its `messageId`; one is made when the sender gave none.
    pub message_id: String,
    /// What the event is about, e.g. `user:97980cfea0067`: events of one subject keep their order in an ordered queue.
    pub subject: String,
}

/// An event that was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Its place in the request, from 0.
    pub index: usize,
    /// Its `messageId`, when it has one, for the log.
    #[serde(skip)]
    pub message_id: Option<String>,
    /// Why.
    #[serde(flatten)]
    pub diagnostic: Diagnostic,
}

/// Why a whole request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing is served at the path: 404.
    NotFound,
    /// The path takes another method: 405.
    Method,
    /// The sender did not prove who it is: 401.
    Unauthorized(Denied, Endpoint),
    /// The body is encoded in a way that is not understood: 415.
    Encoding(String),
    /// The body passes a limit: 400 from the tracking API, as its SDKs expect, and 413 from the webhook.
    TooLarge {
        /// The limit in bytes, after decompression.
        most_bytes: usize,
        /// Where.
        endpoint: Endpoint,
    },
    /// The body holds too many events: the same statuses.
    TooMany {
        /// The limit.
        most: usize,
        /// Where.
        endpoint: Endpoint,
    },
    /// The body is not what the path takes: 400.
    Body(String),
    /// The body holds events and none of them is one: 400.
    AllRejected(Vec<Rejected>),
    /// The queue takes no more for now: 429.
    Throttled,
    /// The queue did not take the events: 503.
    Unavailable,
}

/// What is served at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/v1/identify` and its sisters: one call.
    Call(Type),
    /// `/v1/batch` and `/v1/import`.
    Batch,
    /// `/webhook`.
    Webhook,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers besides the content type.
    pub headers: Vec<(HeaderName, &'static str)>,
    /// The body, JSON.
    pub body: String,
}

impl Endpoint {
    /// What is served at `path`, whatever it stands below.
    pub fn of(path: &str) -> Option<Endpoint> {
        let mut segments = path.trim_end_matches('/').rsplit('/');
        match (segments.next()?, segments.next()) {
            ("webhook", _) => Some(Endpoint::Webhook),
            ("batch" | "import", Some("v1")) => Some(Endpoint::Batch),
            (word, Some("v1")) => Type::ALL
                .into_iter()
                .find(|kind| kind.as_str() == word)
                .map(Endpoint::Call),
            _ => None,
        }
    }

    /// The largest body, in bytes after decompression.
    pub const fn max_body_bytes(self) -> usize {
        match self {
            Endpoint::Call(_) => MAX_EVENT_BYTES,
            Endpoint::Batch => MAX_BATCH_BYTES,
            Endpoint::Webhook => MAX_WEBHOOK_BYTES,
        }
    }
}

impl Ingest {
    /// Takes in requests of those who hold one of `keys`.
    pub fn new(keys: Keys) -> Self {
        Ingest {
            keys,
            reader: event::paths().reader(),
        }
    }

    /// Reads a request that came in at `now`.
    ///
    /// # Errors
    /// A [`Refusal`]. Who the sender is gets checked before anything is decompressed or parsed, as far as the proof is
    /// in the headers; memory is bounded by the limits of the endpoint.
    pub fn take(&self, request: &Request<'_>, now: EventTime) -> Result<Intake, Refusal> {
        let endpoint = Endpoint::of(request.path).ok_or(Refusal::NotFound)?;
        if request.method != "POST" {
            return Err(Refusal::Method);
        }
        match endpoint {
            Endpoint::Webhook => self.webhook(request, now),
            Endpoint::Call(_) | Endpoint::Batch => self.tracking(request, endpoint, now),
        }
    }

    fn tracking(
        &self,
        request: &Request<'_>,
        endpoint: Endpoint,
        now: EventTime,
    ) -> Result<Intake, Refusal> {
        let unauthorized = |denied| Refusal::Unauthorized(denied, endpoint);
        let in_headers = self
            .keys
            .authorization(request.headers)
            .map_err(unauthorized)?;
        let decoded = body::decode(request, endpoint)?;
        let text = body::text(&decoded)?;
        let batch = body::batch(text, endpoint)?;
        if !in_headers {
            self.keys
                .in_body(batch.write_key.as_deref())
                .map_err(unauthorized)?;
        }
        calls(&batch, endpoint, now, &self.reader)
    }

    fn webhook(&self, request: &Request<'_>, now: EventTime) -> Result<Intake, Refusal> {
        let endpoint = Endpoint::Webhook;
        let unauthorized = |denied| Refusal::Unauthorized(denied, endpoint);
        self.keys
            .webhook_headers(request.headers, now)
            .map_err(unauthorized)?;
        let decoded = body::decode(request, endpoint)?;
        self.keys
            .webhook(request.headers, &decoded, || body::first_event(&decoded))
            .map_err(unauthorized)?;
        let text = body::text(&decoded)?;
        forwarded(text, now, &self.reader)
    }
}

/// Reads the body of `/v1/batch` for a caller who is known otherwise.
///
/// # Errors
/// A [`Refusal`], never [`Refusal::Unauthorized`].
pub fn batch(text: &str, now: EventTime, reader: &Reader) -> Result<Intake, Refusal> {
    let endpoint = Endpoint::Batch;
    calls(&body::batch(text, endpoint)?, endpoint, now, reader)
}

/// Reads one event or an array, as a webhook brings them, for a caller who is known otherwise.
///
/// # Errors
/// A [`Refusal`], never [`Refusal::Unauthorized`].
pub fn forwarded(text: &str, now: EventTime, reader: &Reader) -> Result<Intake, Refusal> {
    intake(&body::events(text)?, |raw, index| {
        call::read_forwarded(raw, index, now, reader)
    })
}

fn calls(
    batch: &body::Batch<'_>,
    endpoint: Endpoint,
    now: EventTime,
    reader: &Reader,
) -> Result<Intake, Refusal> {
    intake(&batch.calls, |raw, index| {
        call::read(raw, index, endpoint, batch, now, reader)
    })
}

/// What the sender calls something that may be anything.
fn message_id(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Named {
        message_id: String,
    }
    let named: Named = serde_json::from_str(text).ok()?;
    Some(excerpt(&named.message_id))
}

fn intake(
    raw: &[&RawValue],
    read: impl Fn(&str, usize) -> Result<Accepted, Diagnostic>,
) -> Result<Intake, Refusal> {
    let mut intake = Intake::default();
    for (index, raw) in raw.iter().enumerate() {
        match read(raw.get(), index) {
            Ok(accepted) => intake.accepted.push(accepted),
            Err(diagnostic) => intake.rejected.push(Rejected {
                index,
                message_id: message_id(raw.get()),
                diagnostic,
            }),
        }
    }
    if intake.accepted.is_empty() && !intake.rejected.is_empty() {
        return Err(Refusal::AllRejected(intake.rejected));
    }
    Ok(intake)
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    /// SDKs in Python read these two of every refusal, and fail where one is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    rejected: &'a [Rejected],
}

impl Body<'_> {
    fn json(&self) -> String {
        serde_json::to_string(self).expect("OK because the parts are strings and numbers")
    }
}

impl Intake {
    /// The answer once the accepted events are safe.
    pub fn answer(&self) -> Answer {
        let body = Body {
            success: true,
            code: None,
            message: None,
            rejected: &self.rejected,
        };
        Answer {
            status: 200,
            headers: Vec::new(),
            body: body.json(),
        }
    }
}

impl Refusal {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Refusal::NotFound => 404,
            Refusal::Method => 405,
            Refusal::Unauthorized(..) => 401,
            Refusal::Encoding(_) => 415,
            Refusal::TooLarge { endpoint, .. } | Refusal::TooMany { endpoint, .. } => {
                if *endpoint == Endpoint::Webhook {
                    413
                } else {
                    400
                }
            }
            Refusal::Body(_) | Refusal::AllRejected(_) => 400,
            Refusal::Throttled => 429,
            Refusal::Unavailable => 503,
        }
    }

    /// A stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NotFound => "not_found",
            Refusal::Method => "method_not_allowed",
            Refusal::Unauthorized(..) => "unauthorized",
            Refusal::Encoding(_) => "unsupported_encoding",
            Refusal::TooLarge { .. } => "too_large",
            Refusal::TooMany { .. } => "too_many",
            Refusal::Body(_) => "invalid_body",
            Refusal::AllRejected(_) => "no_event",
            Refusal::Throttled => "throttled",
            Refusal::Unavailable => "unavailable",
        }
    }

    /// The answer.
    pub fn answer(&self) -> Answer {
        let headers = match self {
            Refusal::Method => vec![(header::ALLOW, "POST")],
            Refusal::Unauthorized(_, Endpoint::Webhook) => {
                vec![(header::WWW_AUTHENTICATE, "Bearer")]
            }
            Refusal::Unauthorized(..) => {
                vec![(
                    header::WWW_AUTHENTICATE,
                    r#"Basic realm="attio-destination""#,
                )]
            }
            Refusal::Encoding(_) => vec![(header::ACCEPT_ENCODING, "gzip")],
            Refusal::Throttled | Refusal::Unavailable => vec![(header::RETRY_AFTER, "1")],
            _ => Vec::new(),
        };
        let body = Body {
            success: false,
            code: Some(self.code()),
            message: Some(self.to_string()),
            rejected: match self {
                Refusal::AllRejected(rejected) => rejected,
                _ => &[],
            },
        };
        Answer {
            status: self.status(),
            headers,
            body: body.json(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotFound => f.write_str(
                "nothing is served here; the paths are `/v1/identify`, `/v1/group`, `/v1/track`, `/v1/page`, \
                 `/v1/screen`, `/v1/alias`, `/v1/batch`, `/v1/import` and `/webhook`",
            ),
            Refusal::Method => f.write_str("this path takes `POST` only"),
            Refusal::Unauthorized(denied, _) => denied.fmt(f),
            Refusal::Encoding(encoding) => write!(
                f,
                "a body is sent as it is or with `gzip`, got the content encoding `{encoding}`"
            ),
            Refusal::TooLarge { most_bytes, .. } => {
                write!(f, "this path takes at most {most_bytes} bytes, got more")
            }
            Refusal::TooMany { most, .. } => {
                write!(f, "this path takes at most {most} events at once, got more")
            }
            Refusal::Body(why) => f.write_str(why),
            Refusal::AllRejected(rejected) => write!(
                f,
                "none of what was sent is an event, of {} in all",
                rejected.len()
            ),
            Refusal::Throttled => f.write_str("the queue takes no more for now; send again later"),
            Refusal::Unavailable => {
                f.write_str("the queue did not take the events; send them again")
            }
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests;
