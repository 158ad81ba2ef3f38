//! From the text of a call to the event that goes on: completed, stamped and checked.

use std::borrow::Cow;

use ring::digest;

use super::body::Batch;
use super::{Accepted, Endpoint};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::{Event, EventTime, MAX_EVENT_BYTES, Reader, Type};
use crate::json::{Object, Value};

/// Reads one call of the tracking API, and makes an event of it as Segment does: the type from the path, what the
/// batch gives, no write key, and the times. What a client sends as `timestamp` becomes `originalTimestamp`, and
/// `timestamp` is that moment by our clock.
pub(super) fn read(
    raw: &str,
    index: usize,
    endpoint: Endpoint,
    batch: &Batch<'_>,
    now: EventTime,
    reader: &Reader,
) -> Result<Accepted, Diagnostic> {
    let mut call = parse(raw, reader)?;
    if let Endpoint::Call(kind) = endpoint {
        call.insert("type", Value::String(Cow::Borrowed(kind.as_str())));
    }
    call.remove("writeKey");
    merge(&mut call, "context", batch.context.as_ref());
    merge(&mut call, "integrations", batch.integrations.as_ref());
    if !has(&call, "sentAt")
        && let Some(sent_at) = &batch.sent_at
    {
        call.insert("sentAt", sent_at.borrowed());
    }
    let now_text = now.to_string();
    let time = |call: &Object<'_>, key| call.get(key)?.as_str().and_then(EventTime::read);
    let original = time(&call, "originalTimestamp").or_else(|| time(&call, "timestamp"));
    let happened = match (original, time(&call, "sentAt")) {
        (Some(original), Some(sent)) => EventTime::corrected(original, sent, now).to_string(),
        (Some(original), None) => original.to_string(),
        (None, _) => now_text.clone(),
    };
    let given = call.get("timestamp").filter(|value| !value.is_null());
    // A time that cannot be read stays as it is: it is the sender's mistake, and the check below names it.
    let replaces = original.is_some() || given.is_none();
    if let Some(given) = given.filter(|_| original.is_some() && !has(&call, "originalTimestamp")) {
        let given = given.clone();
        call.insert("originalTimestamp", given);
    }
    if replaces {
        call.insert("timestamp", Value::String(Cow::Borrowed(&happened)));
    }
    call.insert("receivedAt", Value::String(Cow::Borrowed(&now_text)));
    match finish(&mut call, index, now, reader) {
        // A call within the limit is not refused for what we add to it: it goes on with its one corrected time.
        Err(error) if error.code == Code::EventTooLarge && replaces => {
            for key in ["receivedAt", "sentAt", "originalTimestamp"] {
                call.remove(key);
            }
            finish(&mut call, index, now, reader)
        }
        result => result,
    }
}

/// Reads one event that a platform forwards: it was stamped where it came in first, and stays as it is. Only when it
/// has no time at all, `receivedAt` is `now`.
pub(super) fn read_forwarded(
    raw: &str,
    index: usize,
    now: EventTime,
    reader: &Reader,
) -> Result<Accepted, Diagnostic> {
    let mut event = parse(raw, reader)?;
    event.remove("writeKey");
    let times = ["timestamp", "originalTimestamp", "receivedAt", "sentAt"];
    let has_time = times.into_iter().any(|key| {
        let text = event.get(key).and_then(Value::as_str);
        text.and_then(EventTime::read).is_some()
    });
    let now_text = now.to_string();
    if !has_time {
        event.insert("receivedAt", Value::String(Cow::Borrowed(&now_text)));
    }
    finish(&mut event, index, now, reader)
}

/// The members of a call.
fn parse<'a>(raw: &'a str, reader: &Reader) -> Result<Object<'a>, Diagnostic> {
    let refused = |why: String| match Event::read(raw.as_bytes(), reader) {
        Err(diagnostic) => diagnostic,
        Ok(_) => Diagnostic::error(Code::EventInvalidJson, "", why),
    };
    if raw.len() > MAX_EVENT_BYTES {
        return Err(refused("an event is smaller".to_owned()));
    }
    match Value::parse(raw) {
        Ok(Value::Object(call)) => Ok(call),
        Ok(other) => Err(refused(format!(
            "an event is a JSON object, got {}",
            other.describe()
        ))),
        Err(error) => Err(refused(format!(
            "an event is JSON, got text that is not: {error}"
        ))),
    }
}

/// Whether `key` is there and not null.
fn has(call: &Object<'_>, key: &str) -> bool {
    call.get(key).is_some_and(|value| !value.is_null())
}

/// Adds the batch's keys to those of the call, whose own win.
fn merge<'a>(call: &mut Object<'a>, key: &'static str, batch: Option<&'a Object<'_>>) {
    let Some(batch) = batch.filter(|batch| !batch.is_empty()) else {
        return;
    };
    let own = match call.get(key) {
        None | Some(Value::Null) => None,
        Some(Value::Object(own)) => Some(own),
        // What is no object is the call's mistake, and is told as such.
        Some(_) => return,
    };
    let given = batch.iter().map(|(key, value)| (key, value.borrowed()));
    let mut merged: Object<'a> = given
        .map(|(key, value)| (Cow::Owned(key.to_owned()), value))
        .collect();
    for (key, value) in own.into_iter().flat_map(Object::iter) {
        merged.insert(key.to_owned(), value.clone());
    }
    call.insert(key, Value::Object(merged));
}

/// Checks the event as the planner will, and tells what it is about.
fn finish(
    event: &mut Object<'_>,
    index: usize,
    now: EventTime,
    reader: &Reader,
) -> Result<Accepted, Diagnostic> {
    if !has(event, "messageId") {
        let id = made_id(event, index, now);
        event.insert("messageId", Value::String(Cow::Owned(id)));
    }
    let mut json = String::with_capacity(1024);
    event.write_to(&mut json);
    let message_id = Event::read(json.as_bytes(), reader)?
        .message_id()
        .unwrap_or_default()
        .to_owned();
    Ok(Accepted {
        message_id,
        subject: subject(event),
        json,
    })
}

/// An id for an event that came without: the same for the same event at the same place and moment.
fn made_id(event: &Object<'_>, index: usize, now: EventTime) -> String {
    let mut text = format!("{} {index} ", now.nanos());
    event.write_to(&mut text);
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    let mut id = String::from("attio-destination-");
    for byte in digest.as_ref().iter().take(16) {
        id.push_str(&format!("{byte:02x}"));
    }
    id
}

/// The group that a `group` event describes, else the user: what the writes of two events have in common.
fn subject(event: &Object<'_>) -> String {
    let id = |key| match event.get(key) {
        Some(Value::String(id) | Value::Number(id)) if !id.is_empty() => Some(id.as_ref()),
        _ => None,
    };
    let is_group = event.get("type").and_then(Value::as_str) == Some(Type::Group.as_str());
    let (kind, id) = is_group
        .then(|| id("groupId"))
        .flatten()
        .map(|id| ("group", id))
        .or_else(|| Some(("user", id("userId")?)))
        .or_else(|| Some(("anonymous", id("anonymousId")?)))
        .unwrap_or_default();
    format!("{kind}:{id}")
}
