//! The slow delivery that every other one must equal: one request after the other, every write of every event in the
//! order of arrival, with the one rule that an older event does not overwrite a newer one. A write that refers to a
//! record which does not exist is tried again later. It shares no code with the engine.

use std::collections::HashMap;

use attio_destination::plan::{Plan, Values, Write, WriteKind, request};
use attio_destination::sandbox::{Sandbox, TOKEN};
use serde_json::Value;

/// Event time and place of the last write of an attribute of a record.
type Times = HashMap<(String, String), (Option<i64>, usize)>;

/// Delivers plans, and gives the number of requests that a destination which writes everything sends for them.
pub(crate) fn deliver(sandbox: &Sandbox, plans: &[Plan]) -> usize {
    let mut times = Times::new();
    let mut requests = 0;
    let mut waiting: Vec<(usize, usize)> = Vec::new();
    for (at, plan) in plans.iter().enumerate() {
        requests += plan.writes.len();
        waiting.extend((0..plan.writes.len()).map(|write| (at, write)));
        // What waits for a missing record is tried again now and then, and in the end.
        let from = if at % 500 == 499 || at + 1 == plans.len() {
            0
        } else {
            waiting.len() - plan.writes.len()
        };
        loop {
            let mut left = waiting[..from].to_vec();
            for &(at, write) in &waiting[from..] {
                let is_early = plans[at].writes[write]
                    .depends_on
                    .iter()
                    .any(|before| left.contains(&(at, *before)));
                if is_early || !try_write(sandbox, plans, at, write, &mut times) {
                    left.push((at, write));
                }
            }
            let progress = left.len() < waiting.len();
            waiting = left;
            if from > 0 || !progress {
                break;
            }
        }
    }
    // An append to a record that never comes is left out; everything else can be written in the end.
    for (at, write) in waiting {
        assert!(matches!(
            plans[at].writes[write].kind,
            WriteKind::Append { .. }
        ));
    }
    requests
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
