//! From the bytes of a body to the texts of its events, within limits.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use http::header;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Endpoint, Refusal, Request};
use crate::json::{Object, Value};

/// The largest body of `/v1/batch`, in bytes after decompression: Segment's own limit.
pub const MAX_BATCH_BYTES: usize = 500 * 1024;
/// The most calls of one batch: Segment's own limit.
pub const MAX_BATCH_CALLS: usize = 2_500;
/// The largest body of a webhook, in bytes after decompression: what a Lambda function can be called with.
pub const MAX_WEBHOOK_BYTES: usize = 6 * 1024 * 1024;
/// The most events of one webhook: the most that Segment batches.
pub const MAX_WEBHOOK_EVENTS: usize = 4_000;

/// What a body of the tracking API holds.
#[derive(Debug, Default)]
pub(super) struct Batch<'a> {
    /// The calls, as they stand in the body.
    pub(super) calls: Vec<&'a RawValue>,
    /// What is merged into the `context` of each.
    pub(super) context: Option<Object<'a>>,
    /// What is merged into the `integrations` of each.
    pub(super) integrations: Option<Object<'a>>,
    /// When the batch was sent, by the sender's clock.
    pub(super) sent_at: Option<Value<'a>>,
    /// The write key, when it came in the body.
    pub(super) write_key: Option<Cow<'a, str>>,
}

/// The body without its content encoding, never more than the endpoint takes.
pub(super) fn decode<'r>(
    request: &Request<'r>,
    endpoint: Endpoint,
) -> Result<Cow<'r, [u8]>, Refusal> {
    let most_bytes = endpoint.max_body_bytes();
    let too_large = Refusal::TooLarge {
        most_bytes,
        endpoint,
    };
    let encoding = match request.headers.get(header::CONTENT_ENCODING) {
        None => "identity",
        Some(value) => value.to_str().unwrap_or("?").trim(),
    };
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        if request.body.len() > most_bytes {
            return Err(too_large);
        }
        return Ok(Cow::Borrowed(request.body));
    }
    if !encoding.eq_ignore_ascii_case("gzip") {
        return Err(Refusal::Encoding(crate::diagnostic::excerpt(encoding)));
    }
    let mut decoded = Vec::new();
    // One byte more than the limit tells a bomb from a body; the rest of it is never made.
    MultiGzDecoder::new(request.body)
        .take(most_bytes as u64 + 1)
        .read_to_end(&mut decoded)
        .map_err(|error| {
            Refusal::Body(format!(
                "the body says it is `gzip`, and cannot be read as that: {error}"
            ))
        })?;
    if decoded.len() > most_bytes {
        return Err(too_large);
    }
    Ok(Cow::Owned(decoded))
}

/// The body as text.
pub(super) fn text(body: &[u8]) -> Result<&str, Refusal> {
    simdutf8::basic::from_utf8(body)
        .map_err(|_| Refusal::Body("a body is UTF-8, got bytes that are not".to_owned()))
}

/// Reads a body of the tracking API.
pub(super) fn batch(text: &str, endpoint: Endpoint) -> Result<Batch<'_>, Refusal> {
    let mut over = false;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let is_batch = endpoint == Endpoint::Batch;
    let fields = Fields {
        is_batch,
        over: &mut over,
    }
    .deserialize(&mut deserializer)
    .and_then(|fields| deserializer.end().map(|()| fields));
    if over {
        return Err(Refusal::TooMany {
            most: MAX_BATCH_CALLS,
            endpoint,
        });
    }
    let fields = fields.map_err(|error| not_json(&error))?;
    let write_key = match value(fields.write_key)? {
        Some(Value::String(key)) => Some(key),
        _ => None,
    };
    if !is_batch {
        let call = serde_json::from_str(text).map_err(|error| not_json(&error))?;
        return Ok(Batch {
            calls: vec![call],
            write_key,
            ..Batch::default()
        });
    }
    let calls = fields.batch.ok_or_else(|| {
        Refusal::Body("a batch is `{\"batch\": [...]}`, got an object without `batch`".to_owned())
    })?;
    Ok(Batch {
        calls,
        context: object(fields.context, "context")?,
        integrations: object(fields.integrations, "integrations")?,
        sent_at: value(fields.sent_at)?,
        write_key,
    })
}

/// Reads the body of a webhook: one event, or an array.
pub(super) fn events(text: &str) -> Result<Vec<&RawValue>, Refusal> {
    if text.trim_ascii_start().starts_with('[') {
        let mut over = false;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let events = Elements {
            most: MAX_WEBHOOK_EVENTS,
            over: &mut over,
        }
        .deserialize(&mut deserializer)
        .and_then(|events| deserializer.end().map(|()| events));
        if over {
            return Err(Refusal::TooMany {
                most: MAX_WEBHOOK_EVENTS,
                endpoint: Endpoint::Webhook,
            });
        }
        return events.map_err(|error| not_json(&error));
    }
    let event: &RawValue = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    Ok(vec![event])
}

/// The bytes of the first event of an array, as they stand in it.
pub(super) fn first_event(body: &[u8]) -> Option<&[u8]> {
    let rest = body.trim_ascii_start().strip_prefix(b"[")?;
    let text = simdutf8::basic::from_utf8(rest).ok()?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let raw: &RawValue = serde::Deserialize::deserialize(&mut deserializer).ok()?;
    Some(raw.get().as_bytes())
}

fn not_json(error: &serde_json::Error) -> Refusal {
    Refusal::Body(format!(
        "a body is JSON in the form of its path, got another: {error}"
    ))
}

fn object<'a>(raw: Option<&'a RawValue>, name: &str) -> Result<Option<Object<'a>>, Refusal> {
    match value(raw)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other) => Err(Refusal::Body(format!(
            "`{name}` expected an object, got {}",
            other.describe()
        ))),
    }
}

fn value(raw: Option<&RawValue>) -> Result<Option<Value<'_>>, Refusal> {
    raw.map(|raw| Value::parse(raw.get()))
        .transpose()
        .map_err(|error| not_json(&error))
}

/// The fields of a body that matter, unread. Of duplicate keys the last wins.
#[derive(Default)]
struct Found<'a> {
    batch: Option<Vec<&'a RawValue>>,
    context: Option<&'a RawValue>,
    integrations: Option<&'a RawValue>,
    sent_at: Option<&'a RawValue>,
    write_key: Option<&'a RawValue>,
}

struct Fields<'o> {
    is_batch: bool,
    over: &'o mut bool,
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = Found<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found<'de>, A::Error> {
        let mut found = Found::default();
        while let Some(key) = map.next_key::<Field>()? {
            match key {
                Field::Batch if self.is_batch => {
                    found.batch = Some(map.next_value_seed(Elements {
                        most: MAX_BATCH_CALLS,
                        over: self.over,
                    })?);
                }
                Field::Context => found.context = Some(map.next_value()?),
                Field::Integrations => found.integrations = Some(map.next_value()?),
                Field::SentAt => found.sent_at = Some(map.next_value()?),
                Field::WriteKey => found.write_key = Some(map.next_value()?),
                Field::Batch | Field::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Field {
    Batch,
    Context,
    Integrations,
    SentAt,
    WriteKey,
    #[serde(other)]
    Other,
}

/// An array of at most that many elements, unread.
struct Elements<'o> {
    most: usize,
    over: &'o mut bool,
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = Vec<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            if elements.len() == self.most {
                *self.over = true;
                return Err(de::Error::custom("too many"));
            }
            elements.push(element);
        }
        Ok(elements)
    }
}
