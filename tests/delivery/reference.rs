//! The slow delivery that every other one must equal: one request after the other, every write of every event in the
//! order of arrival, with the one rule that an older event does not overwrite a newer one. A write that refers to a
//! record which does not exist is tried again as soon as that is made. It shares no code with the engine.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use attio_destination::plan::{Plan, Values, Write, WriteKind, request};
use attio_destination::sandbox::{Sandbox, TOKEN};
use serde_json::Value;

/// Event time and place of the last write of an attribute of a record.
type Times = HashMap<(String, String), (Option<i64>, usize)>;

/// A write, by the places of its plan and of itself.
type Place = (usize, usize);

/// Delivers plans, and gives the number of requests that a destination which writes everything sends for them.
pub(crate) fn deliver(sandbox: &Sandbox, plans: &[Plan]) -> usize {
    let mut times = Times::new();
    let mut requests = 0;
    // Writes that were refused, by a record that they refer to; and writes that depend on those.
    let mut waiting: BTreeMap<Place, Vec<String>> = BTreeMap::new();
    let mut made: HashSet<String> = HashSet::new();
    for (at, plan) in plans.iter().enumerate() {
        requests += plan.writes.len();
        let mut turns: BTreeSet<Place> = (0..plan.writes.len()).map(|write| (at, write)).collect();
        while let Some((at, write)) = turns.pop_first() {
            let plan = &plans[at];
            let before = &plan.writes[write].depends_on;
            let is_early = before
                .iter()
                .any(|before| waiting.contains_key(&(at, *before)));
            if is_early || !try_write(sandbox, plans, at, write, &mut times) {
                waiting.insert((at, write), references(&plan.writes[write]));
                continue;
            }
            waiting.remove(&(at, write));
            turns.extend(waiting.keys().filter(|(other, _)| *other == at));
            if let Some(record) = asserted(&plan.writes[write])
                && made.insert(record.clone())
            {
                let refers = waiting.iter().filter(|(_, to)| to.contains(&record));
                turns.extend(refers.map(|(place, _)| *place));
            }
        }
    }
    // An append to a record that never comes is left out; everything else can be written in the end.
    for ((at, write), _) in waiting {
        assert!(matches!(
            plans[at].writes[write].kind,
            WriteKind::Append { .. }
        ));
    }
    requests
}

/// The plain text in a value, whatever form it has.
fn plain(value: &Value) -> String {
    match value {
        Value::Array(items) => items.first().map(plain).unwrap_or_default(),
        Value::Object(members) => members.values().next().map(plain).unwrap_or_default(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The record that a write asserts.
fn asserted(write: &Write) -> Option<String> {
    let WriteKind::Assert { matching_attribute } = &write.kind else {
        return None;
    };
    let value = serde_json::from_str(write.values.get(matching_attribute)?).unwrap();
    Some(format!("{} {}", write.object, plain(&value)))
}

/// The records that a write refers to.
fn references(write: &Write) -> Vec<String> {
    let mut found = Vec::new();
    for (_, json) in write.values.iter() {
        let value: Value = serde_json::from_str(json).unwrap();
        let items = match value {
            Value::Array(items) => items,
            one => vec![one],
        };
        for item in items {
            if let Some(object) = item["target_object"].as_str() {
                let members = item.as_object().unwrap().iter();
                let by = members.filter(|(name, _)| *name != "target_object");
                found.extend(by.map(|(_, value)| format!("{object} {}", plain(value))));
            }
        }
    }
    found
}

fn send(sandbox: &Sandbox, write: &Write, id: Option<&str>) -> (u16, Value) {
    let request = request::request(write, id);
    let authorization = format!("Bearer {TOKEN}");
    let response = sandbox.handle(
        &request.method.to_string(),
        &request.path,
        Some(&authorization),
        request.body.as_deref(),
    );
    (
        response.status,
        serde_json::from_str(&response.body).unwrap(),
    )
}

fn try_write(
    sandbox: &Sandbox,
    plans: &[Plan],
    at: usize,
    write: usize,
    times: &mut Times,
) -> bool {
    let plan = &plans[at];
    let write = &plan.writes[write];
    let time = plan.event_time.map(|time| time.nanos());
    let assert = match &write.kind {
        WriteKind::Append { record } => &plan.writes[*record],
        WriteKind::Assert { .. } => write,
    };
    let WriteKind::Assert { matching_attribute } = &assert.kind else {
        unreachable!("an append names an assert")
    };
    let matching = assert.values.get(matching_attribute).unwrap();
    if let WriteKind::Append { .. } = write.kind {
        let mut values = Values::default();
        values.set(matching_attribute, matching);
        let find = Write {
            values,
            ..assert.clone()
        };
        let (status, found) = send(sandbox, &find, None);
        assert_eq!(status, 200, "{found}");
        let id = found["data"]["id"]["record_id"].as_str().unwrap();
        return is_done(send(sandbox, write, Some(id)));
    }
    let record = format!("{} {matching}", assert.object);
    let mut values = Values::default();
    let mut set = Vec::new();
    for (slug, json) in write.values.iter() {
        let key = (record.clone(), slug.to_owned());
        let is_older = times
            .get(&key)
            .is_some_and(|(written, place)| match (written, time) {
                (Some(written), Some(time)) if *written != time => *written > time,
                _ => *place > at,
            });
        if !is_older || slug == &**matching_attribute {
            values.set(slug, json);
            set.push(key);
        }
    }
    if !is_done(send(
        sandbox,
        &Write {
            values,
            ..write.clone()
        },
        None,
    )) {
        return false;
    }
    for key in set {
        let known = times.get(&key).and_then(|(time, _)| *time);
        times.insert(key, (time.or(known), at));
    }
    true
}

fn is_done((status, body): (u16, Value)) -> bool {
    assert!(status == 200 || body["code"] == "value_not_found", "{body}");
    status == 200
}
