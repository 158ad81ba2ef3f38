//! A body of Segment's batch API: `{"batch": [call, ...], "context": {...}, "integrations": {...}, "sentAt": ...}`.

use std::borrow::Cow;
use std::ops::Range;

use super::scan::{elements, members};
use crate::json::{Object, Value};

/// What the calls of a body share.
const COMMON: [&str; 3] = ["context", "integrations", "sentAt"];

/// A batch body that is being read call by call.
#[derive(Debug)]
pub(super) struct Batch {
    calls: std::vec::IntoIter<Range<usize>>,
    common: Object<'static>,
    pub(super) body_bytes: usize,
}

impl Batch {
    /// Reads a body; nothing when `text` is none.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        memchr::memmem::find(text, b"\"batch\"")?;
        let mut calls = None;
        let mut common = Object::new();
        for member in members(text)? {
            let value = &text[member.value.clone()];
            match &text[member.key] {
                b"type" => return None,
                b"batch" => {
                    let from = member.value.start;
                    let places = elements(value)?
                        .into_iter()
                        .map(|place| place.start + from..place.end + from);
                    calls = Some(places.collect::<Vec<_>>());
                }
                key => {
                    let Some(name) = COMMON.into_iter().find(|name| name.as_bytes() == key) else {
                        continue;
                    };
                    let value = Value::parse(std::str::from_utf8(value).ok()?).ok()?;
                    common.insert(name, value.into_owned());
                }
            }
        }
        Some(Batch {
            calls: calls?.into_iter(),
            common,
            body_bytes: text.len(),
        })
    }

    /// The place of the next call in the body.
    pub(super) fn next_call(&mut self) -> Option<Range<usize>> {
        self.calls.next()
    }

    /// A call with what the body says for all of them; what it says itself wins.
    pub(super) fn with_common<'a>(&self, call: &'a [u8]) -> Cow<'a, [u8]> {
        if self.common.is_empty() {
            return Cow::Borrowed(call);
        }
        // What is no event is not mended here, but refused as it is where events are read.
        let Some(Value::Object(mut event)) = std::str::from_utf8(call)
            .ok()
            .and_then(|text| Value::parse(text).ok())
        else {
            return Cow::Borrowed(call);
        };
        for (name, shared) in self.common.iter() {
            let merged = match (event.get(name), shared) {
                (None, _) => shared.clone(),
                (Some(Value::Object(own)), Value::Object(shared)) => {
                    Value::Object(merge(shared, own))
                }
                (Some(_), _) => continue,
            };
            event.insert(name.to_owned(), merged);
        }
        Cow::Owned(Value::Object(event).to_json().into_bytes())
    }
}

/// `own` and the keys of `shared` that it has not.
fn merge<'a>(shared: &Object<'static>, own: &Object<'a>) -> Object<'a> {
    let mut merged = own.clone();
    for (key, value) in shared.iter() {
        if !own.contains_key(key) {
            merged.insert(key.to_owned(), value.clone());
        }
    }
    merged
}
