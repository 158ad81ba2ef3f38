//! One write of a plan, and its values.

use std::ops::Range;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::json::is_plain;

/// One write of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// Its name within the plan: the number of the subscription and the name of the write in its action,
    /// e.g. `0.person`.
    pub id: Arc<str>,
    /// The slug of the object.
    pub object: Arc<str>,
    /// How it is written.
    pub kind: WriteKind,
    /// The attribute values.
    pub values: Values,
    /// The writes (by their place in the plan) that must have been done before, in ascending order.
    pub depends_on: Vec<usize>,
}

/// How a write is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteKind {
    /// Creates the record, or updates the one that has the same value of the matching attribute. Overwrites
    /// multi-select attributes other than the matching one.
    Assert {
        /// The slug of the matching attribute; always among the values.
        matching_attribute: Arc<str>,
    },
    /// Adds values to multi-select attributes of a record and keeps the others.
    Append {
        /// The write (by its place in the plan) whose answer gives the record id.
        record: usize,
    },
}

/// Attribute values in order: the text of a JSON object, with an index of it.
#[derive(Clone, Debug, Default)]
pub struct Values {
    json: String,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    slug: Range<usize>,
    value: Range<usize>,
}

/// What stands before a slug that is not the first, and behind every one.
const BEFORE: &str = ",\"";
const BEHIND: &str = "\":";

/// A slug as it stands before its value.
#[derive(Clone, Debug)]
pub(crate) struct Key(Box<str>);

impl Key {
    pub(crate) fn new(slug: &str) -> Self {
        debug_assert!(is_plain(slug), "`{slug}` needs escapes");
        Key([BEFORE, slug, BEHIND].concat().into())
    }
}

impl Values {
    /// No values, with room for `bytes` of JSON.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn with_capacity(entries: usize, bytes: usize) -> Self {
        let mut json = String::with_capacity(bytes + 2);
        json.push('{');
        Values {
            json,
            entries: Vec::with_capacity(entries),
        }
    }

    /// Adds a value whose JSON `write` appends. Nothing is added when `write` gives `None`.
    ///
    /// `slug` must not be among the values yet, and must be a slug: it is written as it is, without escapes.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn push_with<T>(
        &mut self,
        slug: &str,
        write: impl FnOnce(&mut String) -> Option<T>,
    ) -> Option<T> {
        self.push_key(&Key::new(slug), write)
    }

    /// The same with a slug that is ready to be written.
    #[cfg_attr(target_family = "wasm", inline)]
    pub(crate) fn push_key<T>(
        &mut self,
        key: &Key,
        write: impl FnOnce(&mut String) -> Option<T>,
    ) -> Option<T> {
        if self.json.is_empty() {
            self.json.push('{');
        }
        let start = self.json.len();
        let comma = usize::from(self.entries.is_empty());
        self.json.push_str(&key.0[comma..]);
        let from = self.json.len();
        let written = write(&mut self.json);
        if written.is_none() {
            self.json.truncate(start);
        } else {
            self.entries.push(Entry {
                slug: start + BEFORE.len() - comma..from - BEHIND.len(),
                value: from..self.json.len(),
            });
        }
        written
    }

    /// Sets a value to a JSON text; an attribute that is there already keeps its place.
    pub fn set(&mut self, slug: &str, json: &str) {
        if self.get(slug).is_none() {
            self.push_with(slug, |out| {
                out.push_str(json);
                Some(())
            });
            return;
        }
        let mut next = Values::with_capacity(self.entries.len(), self.json.len() + json.len());
        for (key, value) in self.iter() {
            next.push_with(key, |out| {
                out.push_str(if key == slug { json } else { value });
                Some(())
            });
        }
        *self = next;
    }

    /// The JSON of an attribute's value.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn get(&self, slug: &str) -> Option<&str> {
        let is_it = |entry: &&Entry| self.json[entry.slug.clone()] == *slug;
        let entry = self.entries.iter().find(is_it)?;
        Some(&self.json[entry.value.clone()])
    }

    /// Slugs and the JSON of their values, in order.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|entry| {
            (
                &self.json[entry.slug.clone()],
                &self.json[entry.value.clone()],
            )
        })
    }

    /// The number of attributes.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no value.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The length of the values as a JSON object, in bytes.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn json_len(&self) -> usize {
        self.json.len().max(1) + 1
    }

    /// Appends the values as a JSON object.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn write_to(&self, out: &mut String) {
        out.push_str(if self.json.is_empty() {
            "{"
        } else {
            &self.json
        });
        out.push('}');
    }
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (slug, json) in self.iter() {
            let raw: &RawValue = serde_json::from_str(json).map_err(serde::ser::Error::custom)?;
            map.serialize_entry(slug, raw)?;
        }
        map.end()
    }
}
