//! Which record a write is about, and which records its values refer to.
//!
//! A record is known by its object, an attribute and the value of that attribute: what an assert matches by, and what a
//! reference names (`{"target_object": "people", "email_addresses": [{"email_address": "a@b.co"}]}`). Both come to the
//! same [`RecordKey`], whatever form the value has.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;
use siphasher::sip128::{Hasher128, SipHasher13 as SipHasher128};

use crate::json::Value;
use crate::plan::reference::Target;
pub use crate::plan::reference::scalars;

/// A record: 128 bits over object, attribute and value. The same in every run, so that a ledger can keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey(pub u128);

impl RecordKey {
    /// The record of an object that has `scalar` as a value of `attribute`.
    pub fn new(object: &str, attribute: &str, scalar: &str) -> Self {
        let mut hasher = SipHasher128::new();
        for part in [object, attribute, scalar] {
            hasher.write_u64(part.len() as u64);
            hasher.write(part.as_bytes());
        }
        RecordKey(hasher.finish128().as_u128())
    }

    /// The key as a member of a list of references.
    pub fn member(self) -> u64 {
        self.0 as u64
    }
}

/// 64 bits over a text: of a value or a slug, for a ledger that keeps no values.
pub fn fingerprint(text: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// A reference to a record within a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The slug of the record's object.
    pub object: String,
    /// The attribute that the record is found by, `record_id` when it is named by its id.
    pub attribute: String,
    /// The value of that attribute, as [`scalars`] has it.
    pub scalar: String,
    /// The record.
    pub key: RecordKey,
}

impl Reference {
    /// Reads a value in one of Attio's explicit forms, with `target_record_id` or a matching attribute.
    pub fn read(value: &Value<'_>) -> Option<Reference> {
        let target = Target::read(value)?;
        Some(Reference {
            key: RecordKey::new(target.object, target.attribute, &target.scalar),
            object: target.object.to_owned(),
            attribute: target.attribute.to_owned(),
            scalar: target.scalar,
        })
    }

    /// Every reference in the JSON of an attribute's value. Cheap for values that hold none.
    pub fn all(json: &str) -> Vec<Reference> {
        if !json.contains("\"target_object\"") {
            return Vec::new();
        }
        match Value::parse(json) {
            Ok(Value::Array(items)) => items.iter().filter_map(Reference::read).collect(),
            Ok(value) => Reference::read(&value).into_iter().collect(),
            Err(_) => Vec::new(),
        }
    }
}

/// The elements of a JSON array, each as its JSON; a value that is no array is its own only element.
pub fn elements(json: &str) -> Vec<&str> {
    match serde_json::from_str::<Vec<&serde_json::value::RawValue>>(json) {
        Ok(items) => items.into_iter().map(|item| item.get()).collect(),
        Err(_) => vec![json],
    }
}

/// What an element of a multi-select value is remembered by: the record it refers to, or its text.
pub fn member(element: &str) -> u64 {
    match Reference::all(element).first() {
        Some(reference) => reference.key.member(),
        None => fingerprint(element),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_and_the_assert_of_its_record_come_to_the_same_key() {
        let references = Reference::all(
            r#"[{"target_object":"people","email_addresses":[{"email_address":"Ada@Example.com"}]},
                {"user_id":[{"value":"u1"}],"target_object":"users"},
                {"target_object":"users","target_record_id":"891dcbfc"}]"#,
        );
        let keys: Vec<_> = references.iter().map(|reference| reference.key).collect();
        assert_eq!(
            keys,
            [
                RecordKey::new("people", "email_addresses", "ada@example.com"),
                RecordKey::new("users", "user_id", "u1"),
                RecordKey::new("users", "record_id", "891dcbfc"),
            ]
        );
        assert_eq!(Reference::all(r#"{"domain":"a.co"}"#), []);
    }

    #[test]
    fn keys_do_not_depend_on_where_one_part_ends() {
        assert_ne!(
            RecordKey::new("ab", "c", "d"),
            RecordKey::new("a", "bc", "d")
        );
    }

    #[test]
    fn fingerprints_are_the_same_in_every_run() {
        assert_eq!(fingerprint("a"), 0x407448d2b89b1813);
        assert_eq!(
            RecordKey::new("users", "user_id", "u1").0,
            210053887170277674226159744792967261119
        );
    }
}
