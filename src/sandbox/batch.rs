//! `PUT /v2/batch/records`: assertions by the thousand, each with others nested in it.
//!
//! This endpoint is not in Attio's public reference. What is known of it is what Segment's own destination sends: a
//! list of assertions whose references are assertions themselves, answered with 202 before anything is done, so that
//! nothing is said about single ones. The sandbox does them at once and keeps what went wrong for tests to see.

use super::answer::{Answer, Refusal};
use super::moment::Moment;
use super::records::{Others, State, object_of};
use super::routes::Call;
use super::value::Key;
use crate::json::{Object, Value};

/// The assertions that one request may hold.
const MOST_ASSERTIONS: usize = 1_000;
/// The failures that are kept.
const MOST_FAILURES: usize = 10_000;

/// The path of the endpoint.
pub(super) const PATH: &str = "/v2/batch/records";

impl State {
    /// Does all the assertions of a body, each for itself.
    pub(super) fn batch(&mut self, call: &Call<'_>, now: Moment) -> Answer {
        let body = call.object()?;
        let assertions = body.get("assertions").and_then(Value::as_array);
        let assertions =
            assertions.ok_or_else(|| Refusal::form("Required array at assertions is missing."))?;
        if assertions.len() > MOST_ASSERTIONS {
            return Err(Refusal::form(format!(
                "Expected at most {MOST_ASSERTIONS} assertions, received {}.",
                assertions.len()
            )));
        }
        // The form of the request is answered for as a whole, before any of it is done.
        let assertions: Result<Vec<Assertion<'_>>, Refusal> =
            assertions.iter().map(Assertion::read).collect();
        for assertion in assertions? {
            if let Err(refusal) = self.do_assertion(&assertion, now)
                && self.batch_failures.len() < MOST_FAILURES
            {
                self.batch_failures.push(refusal.message().to_owned());
            }
        }
        Ok("{}".to_owned())
    }

    fn do_assertion(&mut self, assertion: &Assertion<'_>, now: Moment) -> Result<Key, Refusal> {
        let object = object_of(&self.tables, assertion.object)?;
        let matching = self.matching_attribute(object, assertion.matching_attribute)?;
        let mut values = Object::new();
        for (slug, value) in assertion.values.iter() {
            let value = match value {
                Value::Array(items) => {
                    let items = items.iter().map(|item| self.do_nested(item, now));
                    Value::Array(items.collect::<Result<_, _>>()?)
                }
                one => self.do_nested(one, now)?,
            };
            values.insert(slug.to_owned(), value);
        }
        let drafts = self.drafts(object, &values, true)?;
        self.assert_drafts(object, matching, drafts, assertion.others, now)
    }

    /// A value; of an assertion the reference to its record.
    fn do_nested<'v>(&mut self, value: &'v Value<'_>, now: Moment) -> Result<Value<'v>, Refusal> {
        if value.get("mode").is_none() {
            return Ok(value.borrowed());
        }
        let assertion = Assertion::read(value)?;
        let key = self.do_assertion(&assertion, now)?;
        let mut reference = Object::new();
        reference.insert(
            "target_object",
            Value::String(assertion.object.to_owned().into()),
        );
        reference.insert("target_record_id", Value::String(key.id().into()));
        Ok(Value::Object(reference))
    }
}

/// One assertion of a batch.
struct Assertion<'v> {
    object: &'v str,
    matching_attribute: &'v str,
    others: Others,
    values: &'v Object<'v>,
}

impl<'v> Assertion<'v> {
    fn read(value: &'v Value<'_>) -> Result<Assertion<'v>, Refusal> {
        const KEYS: [&str; 6] = [
            "object",
            "mode",
            "matching_attribute",
            "multiselect_values",
            "values",
            "received_at",
        ];
        let object = value.as_object().ok_or_else(|| {
            Refusal::form(format!(
                "Expected an assertion to be an object, received {}.",
                value.kind()
            ))
        })?;
        if let Some(other) = object.keys().find(|key| !KEYS.contains(key)) {
            return Err(Refusal::form(format!(
                "Unrecognized key \"{other}\" in an assertion."
            )));
        }
        let text = |key: &str| match object.get(key) {
            Some(Value::String(text)) => Ok(text.as_ref()),
            _ => Err(Refusal::form(format!(
                "Required string at {key} of an assertion is missing."
            ))),
        };
        if text("mode")? != "create-or-update" {
            return Err(Refusal::form(
                "The mode of an assertion must be \"create-or-update\".",
            ));
        }
        let others = match text("multiselect_values")? {
            "append" => Others::Append,
            "overwrite" => Others::Overwrite,
            other => {
                return Err(Refusal::form(format!(
                    "Unknown multiselect_values \"{other}\" of an assertion."
                )));
            }
        };
        if Moment::parse(text("received_at")?).is_none() {
            return Err(Refusal::form(
                "The received_at of an assertion must be an ISO 8601 timestamp.",
            ));
        }
        let values = object.get("values").and_then(Value::as_object);
        Ok(Assertion {
            object: text("object")?,
            matching_attribute: text("matching_attribute")?,
            others,
            values: values.ok_or_else(|| {
                Refusal::form("Required object at values of an assertion is missing.")
            })?,
        })
    }
}
