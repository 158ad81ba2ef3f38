//! What a sandbox answers, over the in-memory entry.

mod access;
mod batch;
mod catalog;
mod conformance;
mod faults;
mod http;
mod query;
mod records;
mod relations;
mod snapshot;

use serde_json::{Value, json};

use super::*;
use crate::schema::{Attribute, AttributeType, Choice, Member};

/// A sandbox with shorthands.
struct Desk(Sandbox);

impl Desk {
    fn new() -> Desk {
        Desk(
            Sandbox::builder()
                .start_at(Moment::parse("2024-05-01T12:00:00Z").unwrap())
                .build(),
        )
    }

    /// A sandbox of the standard objects after `change`.
    fn with(change: impl FnOnce(&mut Schema)) -> Desk {
        let mut schema = Schema::standard().clone();
        change(&mut schema);
        Desk(Sandbox::new(&schema))
    }

    fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() {
            None
        } else {
            Some(body.to_string())
        };
        let authorization = format!("Bearer {TOKEN}");
        let answer = self
            .0
            .handle(method, path, Some(&authorization), body.as_deref());
        (answer.status, serde_json::from_str(&answer.body).unwrap())
    }

    fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn assert(&self, object: &str, matching: &str, values: Value) -> (u16, Value) {
        let path = format!("/v2/objects/{object}/records?matching_attribute={matching}");
        self.call("PUT", &path, json!({"data": {"values": values}}))
    }

    /// Asserts a record that must be accepted; gives its id.
    fn put(&self, object: &str, matching: &str, values: Value) -> String {
        let (status, body) = self.assert(object, matching, values);
        assert_eq!(status, 200, "{body}");
        body["data"]["id"]["record_id"].as_str().unwrap().to_owned()
    }

    fn create(&self, object: &str, values: Value) -> (u16, Value) {
        let path = format!("/v2/objects/{object}/records");
        self.call("POST", &path, json!({"data": {"values": values}}))
    }

    fn patch(&self, object: &str, id: &str, values: Value) -> (u16, Value) {
        let path = format!("/v2/objects/{object}/records/{id}");
        self.call("PATCH", &path, json!({"data": {"values": values}}))
    }

    fn person(&self, email: &str) -> String {
        self.put(
            "people",
            "email_addresses",
            json!({"email_addresses": [email]}),
        )
    }

    fn company(&self, domain: &str) -> String {
        self.put("companies", "domains", json!({"domains": [domain]}))
    }

    fn user(&self, id: &str) -> String {
        let values = json!({"user_id": id, "primary_email_address": format!("{id}@example.com")});
        self.put("users", "user_id", values)
    }

    fn workspace(&self, id: &str) -> String {
        self.put("workspaces", "workspace_id", json!({"workspace_id": id}))
    }

    /// The values of an attribute of the record that people would call `name`.
    fn values(&self, object: &str, name: &str, attribute: &str) -> Vec<String> {
        let records = self.0.records(object);
        let record = records.iter().find(|record| record.name == name);
        record
            .unwrap_or_else(|| panic!("no {object} {name} in {records:?}"))
            .get(attribute)
            .to_vec()
    }
}

/// Status, code and message of a refusal, in one line.
fn told((status, body): (u16, Value)) -> String {
    assert_eq!(body["status_code"], status);
    format!(
        "{status} {} {}",
        body["code"].as_str().unwrap(),
        body["message"].as_str().unwrap()
    )
}
