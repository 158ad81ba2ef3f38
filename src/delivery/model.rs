//! For tests: a small Attio that keeps records, both sides of relations, and Attio's rule about multi-select values;
//! and plans to write to it. It shares no code with what it judges but the parsing of JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::transport::Response;
use crate::event::EventTime;
use crate::plan::{Method, Outcome, Plan, Request, Values, Write, WriteKind};

/// The attributes that hold several values.
const MULTI: [(&str, &str); 9] = [
    ("people", "email_addresses"),
    ("people", "associated_users"),
    ("people", "tags"),
    ("companies", "domains"),
    ("companies", "team"),
    ("companies", "associated_workspaces"),
    ("users", "workspace"),
    ("users", "tags"),
    ("workspaces", "users"),
];

/// Both sides of every relation.
const RELATIONS: [[(&str, &str); 2]; 4] = [
    [("people", "associated_users"), ("users", "person")],
    [("users", "workspace"), ("workspaces", "users")],
    [
        ("workspaces", "company"),
        ("companies", "associated_workspaces"),
    ],
    [("people", "company"), ("companies", "team")],
];

fn is_multi(object: &str, slug: &str) -> bool {
    MULTI.contains(&(object, slug))
}

fn other_side(object: &str, slug: &str) -> Option<(&'static str, &'static str)> {
    RELATIONS.iter().find_map(|[a, b]| {
        if *a == (object, slug) {
            Some(*b)
        } else {
            (*b == (object, slug)).then_some(*a)
        }
    })
}

#[derive(Clone, Debug, Default)]
struct Record {
    object: String,
    /// Values as JSON texts; references as `-> number`.
    values: BTreeMap<String, Vec<String>>,
}

/// Records, numbered from 1 in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub(super) struct Attio {
    records: BTreeMap<usize, Record>,
    last: usize,
    /// Whether refusals name the value that was not found.
    pub(super) is_talkative: bool,
    /// Whether a user needs a `primary_email_address`, as with the real Attio.
    pub(super) is_strict: bool,
    /// What was asked: method, object and body.
    pub(super) log: Vec<String>,
}

fn plain(value: &Value) -> String {
    match value {
        Value::Array(items) => items.first().map(plain).unwrap_or_default(),
        Value::Object(members) => members.values().next().map(plain).unwrap_or_default(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.clone(),
        other => vec![other.clone()],
    }
}

impl Attio {
    fn find(&self, object: &str, slug: &str, scalar: &str) -> Option<usize> {
        let text = json!(scalar).to_string();
        let found = self.records.iter().find(|(_, record)| {
            record.object == object
                && record
                    .values
                    .get(slug)
                    .is_some_and(|all| all.contains(&text))
        });
        found.map(|(number, _)| *number)
    }

    /// A value as it is stored, or the refusal of it.
    fn stored(&self, value: &Value) -> Result<String, (u16, &'static str, String)> {
        let Some(object) = value.get("target_object").and_then(Value::as_str) else {
            return match value {
                Value::Object(members) if members.contains_key("fail") => Err((
                    400,
                    "validation_type",
                    "An invalid value was passed.".into(),
                )),
                _ => Ok(json!(plain(value)).to_string()),
            };
        };
        let (slug, scalar) = value
            .as_object()
            .unwrap()
            .iter()
            .find(|(key, _)| *key != "target_object")
            .map(|(key, inner)| (key.as_str(), plain(inner)))
            .unwrap();
        match self.find(object, slug, &scalar) {
            Some(number) => Ok(format!("-> {number}")),
            None if self.is_talkative => Err((
                400,
                "value_not_found",
                format!("Could not find a record of \"{object}\" with {slug} \"{scalar}\"."),
            )),
            None => Err((
                400,
                "value_not_found",
                "A referenced record was not found.".into(),
            )),
        }
    }

    fn link(&mut self, from: usize, slug: &str, stored: &str, is_added: bool) {
        let object = self.records[&from].object.clone();
        let (Some((_, back)), Some(to)) = (
            other_side(&object, slug),
            stored
                .strip_prefix("-> ")
                .and_then(|n| n.parse::<usize>().ok()),
        ) else {
            return;
        };
        let me = format!("-> {from}");
        let Some(target) = self.records.get(&to) else {
            return;
        };
        let target_object = target.object.clone();
        let before = target.values.get(back).cloned().unwrap_or_default();
        if is_added {
            if before.contains(&me) {
                return;
            }
            if !is_multi(&target_object, back) {
                // Whoever was linked to it loses the link.
                for old in &before {
                    if let Some(old) = old.strip_prefix("-> ").and_then(|n| n.parse().ok())
                        && let Some(record) = self.records.get_mut(&old)
                        && let Some(all) = record.values.get_mut(slug)
                    {
                        all.retain(|link| *link != format!("-> {to}"));
                    }
                }
                self.values(to).insert(back.into(), vec![me]);
            } else {
                self.values(to).entry(back.into()).or_default().push(me);
            }
        } else if let Some(all) = self.values(to).get_mut(back) {
            all.retain(|link| *link != me);
        }
    }

    fn values(&mut self, number: usize) -> &mut BTreeMap<String, Vec<String>> {
        &mut self.records.get_mut(&number).unwrap().values
    }

    fn write(&mut self, number: usize, slug: &str, new: Vec<String>, keeps: bool) {
        let old = self.values(number).get(slug).cloned().unwrap_or_default();
        let mut next = if keeps { old.clone() } else { Vec::new() };
        for value in new {
            if !next.contains(&value) {
                next.push(value);
            }
        }
        self.values(number).insert(slug.into(), next.clone());
        for gone in old.iter().filter(|value| !next.contains(value)) {
            self.link(number, slug, gone, false);
        }
        for added in next.iter().filter(|value| !old.contains(value)) {
            self.link(number, slug, added, true);
        }
    }

    /// Does one request.
    pub(super) fn handle(&mut self, request: &Request) -> Response {
        let body = request.body.clone().unwrap_or_default();
        self.log
            .push(format!("{} {} {body}", request.method, request.path));
        match self.apply(request, &serde_json::from_str(&body).unwrap()) {
            Ok(number) => answer(
                200,
                &json!({"data": {"id": {"record_id": format!("r{number}")}}}),
            ),
            Err((status, code, message)) => answer(
                status,
                &json!({"status_code": status, "type": "invalid_request_error", "code": code, "message": message}),
            ),
        }
    }

    fn apply(
        &mut self,
        request: &Request,
        body: &Value,
    ) -> Result<usize, (u16, &'static str, String)> {
        let path = request.path.strip_prefix("/v2/objects/").unwrap();
        let (object, rest) = path.split_once("/records").unwrap();
        let values = body["data"]["values"].as_object().unwrap();
        let mut stored = Vec::new();
        for (slug, value) in values {
            if is_multi(object, slug) && value.is_string() {
                let message =
                    format!("Invalid value for \"{slug}\": expected array, received string.");
                return Err((400, "validation_type", message));
            }
            let all: Result<Vec<_>, _> = list(value).iter().map(|one| self.stored(one)).collect();
            stored.push((slug.as_str(), all?));
        }
        match request.method {
            Method::Put => {
                let matching = rest.strip_prefix("?matching_attribute=").unwrap();
                let scalar = plain(&values[matching]);
                let found = self.find(object, matching, &scalar);
                let slug = "primary_email_address";
                if self.is_strict
                    && found.is_none()
                    && object == "users"
                    && values.get(slug).is_none()
                {
                    let message = format!(
                        "Required value for attribute with slug \"{slug}\" was not provided."
                    );
                    return Err((400, "missing_value", message));
                }
                let number = found.unwrap_or_else(|| {
                    self.last += 1;
                    let record = Record {
                        object: object.into(),
                        values: BTreeMap::new(),
                    };
                    self.records.insert(self.last, record);
                    self.last
                });
                for (slug, all) in stored {
                    let keeps = slug == matching && is_multi(object, slug);
                    self.write(number, slug, all, keeps);
                }
                Ok(number)
            }
            Method::Patch => {
                let id = rest.strip_prefix("/r").and_then(|id| id.parse().ok());
                let number: usize = id.filter(|id| self.records.contains_key(id)).ok_or((
                    404,
                    "not_found",
                    format!("Record with ID \"{rest}\" not found."),
                ))?;
                for (slug, all) in stored {
                    self.write(number, slug, all, is_multi(object, slug));
                }
                Ok(number)
            }
            Method::Get | Method::Post => unreachable!("delivery only asserts and updates"),
        }
    }

    /// Removes a record, as a person may do in Attio.
    pub(super) fn delete(&mut self, object: &str, slug: &str, scalar: &str) {
        if let Some(number) = self.find(object, slug, scalar) {
            for (slug, all) in self.records[&number].values.clone() {
                for link in all {
                    self.link(number, &slug, &link, false);
                }
            }
            self.records.remove(&number);
        }
    }

    /// All records as text, without what depends on the order in which they were made.
    pub(super) fn state(&self) -> BTreeSet<String> {
        let name = |number: usize| {
            let record = &self.records[&number];
            let key = ["email_addresses", "domains", "user_id", "workspace_id"]
                .iter()
                .find_map(|slug| record.values.get(*slug))
                .map(|all| all.iter().min().cloned().unwrap_or_default());
            format!("{} {}", record.object, key.unwrap_or_default())
        };
        self.records
            .iter()
            .map(|(number, record)| {
                let mut line = name(*number);
                for (slug, all) in record.values.iter().filter(|(_, all)| !all.is_empty()) {
                    let mut all: Vec<String> = all
                        .iter()
                        .map(|value| match value.strip_prefix("-> ") {
                            Some(number) => name(number.parse().unwrap()),
                            None => value.clone(),
                        })
                        .collect();
                    all.sort();
                    line.push_str(&format!(" | {slug} = {}", all.join(", ")));
                }
                line
            })
            .collect()
    }
}

fn answer(status: u16, body: &Value) -> Response {
    Response {
        status,
        retry_after: None,
        body: body.to_string(),
    }
}

/// A plan of writes that depend on each other in order.
pub(super) fn plan(time: Option<i64>, writes: Vec<(&str, &str, WriteKind, Value)>) -> Plan {
    let writes = writes
        .into_iter()
        .enumerate()
        .map(|(at, (id, object, kind, members))| {
            let mut values = Values::default();
            for (slug, value) in members.as_object().unwrap() {
                values.set(slug, &value.to_string());
            }
            Write {
                id: id.into(),
                object: object.into(),
                kind,
                values,
                depends_on: (at > 0).then(|| at - 1).into_iter().collect(),
            }
        })
        .collect();
    Plan {
        message_id: None,
        event_time: time.map(|s| EventTime::from_nanos(s * 1_000_000_000)),
        outcome: Outcome::Planned,
        writes,
        diagnostics: Vec::new(),
    }
}

pub(super) fn assert(slug: &str) -> WriteKind {
    WriteKind::Assert {
        matching_attribute: slug.into(),
    }
}

/// What identify_user plans.
pub(super) fn identify(
    time: Option<i64>,
    user: &str,
    traits: Value,
    workspace: Option<&str>,
) -> Plan {
    let email = format!("{user}@example.com");
    let mut person = json!({"email_addresses": [{"email_address": email}]});
    let mut account = json!({
        "user_id": user,
        "primary_email_address": email,
        "person": {"target_object": "people", "email_addresses": [{"email_address": email}]},
    });
    for (slug, value) in traits.as_object().unwrap() {
        let of = if slug == "plan" || slug == "tags" {
            &mut account
        } else {
            &mut person
        };
        of[slug] = value.clone();
    }
    if let Some(workspace) = workspace {
        account["workspace"] = json!([{"target_object": "workspaces", "workspace_id": workspace}]);
    }
    plan(
        time,
        vec![
            ("0.person", "people", assert("email_addresses"), person),
            ("0.user", "users", assert("user_id"), account),
        ],
    )
}

/// What group_workspace plans.
pub(super) fn group(time: Option<i64>, workspace: &str, user: Option<&str>, traits: Value) -> Plan {
    let domain = format!("{workspace}.example");
    let mut values = json!({
        "workspace_id": workspace,
        "company": {"target_object": "companies", "domains": [{"domain": domain}]},
    });
    for (slug, value) in traits.as_object().unwrap() {
        values[slug] = value.clone();
    }
    let mut writes = vec![
        (
            "0.company",
            "companies",
            assert("domains"),
            json!({"domains": [{"domain": domain}], "name": workspace}),
        ),
        ("0.workspace", "workspaces", assert("workspace_id"), values),
    ];
    if let Some(user) = user {
        writes.push((
            "0.membership",
            "workspaces",
            WriteKind::Append { record: 1 },
            json!({"users": [{"target_object": "users", "user_id": user}]}),
        ));
    }
    plan(time, writes)
}
