//! Whole plans as one request of Attio's batch endpoint, `PUT /v2/batch/records`.
//!
//! The endpoint is not in Attio's public reference: this is the form that Segment's own Attio destination sends. A
//! request is a list of assertions, and where a value refers to a record that the plan asserts too, the reference *is*
//! the assertion of that record. Attio answers with 202 before anything is done and says nothing about single
//! assertions, so whoever sends this learns neither record ids nor refusals.
//!
//! What differs from the same plan sent write by write:
//! - `multiselect_values` is `append`, for all attributes of an assertion: a plan's appends become values of their
//!   record's assertion, but lists that an assert would replace are added to as well;
//! - nothing is compared with what was written before.

use super::reference::{Target, scalars};
use super::request::{Method, Request};
use super::write::{Values, Write, WriteKind};
use super::{Outcome, Plan};
use crate::event::EventTime;
use crate::json::{Value, write_string};

/// The path of the endpoint.
pub const PATH: &str = "/v2/batch/records";
/// The most assertions in the list of one request; those that are nested do not count.
pub const MOST_ASSERTIONS: usize = 1_000;
/// The deepest that assertions are nested; what would be deeper goes into the list, before what refers to it.
const DEEPEST: usize = 8;

/// A request in the making.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The assertions, comma-separated.
    list: String,
    assertions: usize,
}

impl Batch {
    /// A batch of nothing.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Adds what a plan writes. `received_at` is what Attio is told about an event that has no time of its own.
    ///
    /// Gives `false`, and adds nothing, when the batch has no room for it. An empty batch always has.
    pub fn push(&mut self, plan: &Plan, received_at: EventTime) -> bool {
        let mut render = Render::new(plan, received_at, std::mem::take(&mut self.list));
        let before = render.out.len();
        let added = render.roots();
        self.list = render.out;
        if self.assertions > 0 && self.assertions + added > MOST_ASSERTIONS {
            self.list.truncate(before);
            return false;
        }
        self.assertions += added;
        true
    }

    /// The number of assertions in the list.
    pub fn len(&self) -> usize {
        self.assertions
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.assertions == 0
    }

    /// The request.
    pub fn into_request(self) -> Request {
        Request {
            method: Method::Put,
            path: PATH.to_owned(),
            body: Some(format!("{{\"assertions\":[{}]}}", self.list)),
        }
    }
}

/// The request for one event's plan; `None` when it writes nothing.
///
/// ```
/// use attio_destination::config::{Config, preset};
/// # use attio_destination::diagnostic::Diagnostic;
/// # use attio_destination::event::EventTime;
/// # use attio_destination::plan::{Planner, batch};
/// # use attio_destination::schema::Schema;
/// # fn main() -> Result<(), Vec<Diagnostic>> {
/// # let segment = preset("segment").expect("it is built in");
/// let planner = Planner::new(&Config::parse(segment)?, Schema::standard())?;
/// let plan = planner.plan(
///     br#"{"type": "identify", "userId": "u1", "timestamp": "2026-01-01T00:00:00Z", "traits": {"email": "ada@acme.com"}}"#,
/// );
/// let request = batch::request(&plan, EventTime::from_nanos(0)).expect("there is something to write");
/// assert_eq!(request.path, "/v2/batch/records");
/// # Ok(())
/// # }
/// ```
pub fn request(plan: &Plan, received_at: EventTime) -> Option<Request> {
    let mut batch = Batch::new();
    batch.push(plan, received_at);
    (!batch.is_empty()).then(|| batch.into_request())
}

/// One assertion: a write of the plan, with what is appended to its record.
struct Assertion<'p> {
    write: &'p Write,
    matching_attribute: &'p str,
    values: Vec<(&'p str, Vec<&'p str>)>,
    /// What other values find the record by.
    scalars: Vec<String>,
    /// Whether it becomes the value of another that refers to it, and how deep it may come to stand.
    is_nested: bool,
    depth: usize,
    is_written: bool,
}

/// Writes the assertions of one plan.
struct Render<'p> {
    assertions: Vec<Assertion<'p>>,
    received_at: String,
    out: String,
}

impl<'p> Render<'p> {
    fn new(plan: &'p Plan, received_at: EventTime, out: String) -> Render<'p> {
        let mut render = Render {
            assertions: Vec::new(),
            received_at: milliseconds(plan.event_time.unwrap_or(received_at)),
            out,
        };
        if plan.outcome == Outcome::Planned {
            render.collect(plan);
            render.nest();
        }
        render
    }

    /// Makes an assertion of every assert. An append joins its record's when all it refers to comes before that.
    fn collect(&mut self, plan: &'p Plan) {
        let mut places: Vec<usize> = Vec::with_capacity(plan.writes.len());
        for write in &plan.writes {
            match &write.kind {
                WriteKind::Assert { matching_attribute } => {
                    let matching = write.values.get(matching_attribute).unwrap_or("null");
                    places.push(self.assertions.len());
                    self.assertions.push(Assertion {
                        write,
                        matching_attribute,
                        values: write.values.iter().map(one).collect(),
                        scalars: scalars(matching_attribute, matching),
                        is_nested: false,
                        depth: 0,
                        is_written: false,
                    });
                }
                WriteKind::Append { record } => {
                    // OK to leave out what appends to no assert before it: no planner builds such a plan.
                    let Some(&place) = places.get(*record) else {
                        places.push(self.assertions.len());
                        continue;
                    };
                    let is_early = write.depends_on.iter().all(|before| before <= record);
                    places.push(self.append(place, write, &write.values, is_early));
                }
            }
        }
    }

    fn append(
        &mut self,
        place: usize,
        write: &'p Write,
        values: &'p Values,
        is_early: bool,
    ) -> usize {
        let Some(record) = self.assertions.get_mut(place) else {
            return place;
        };
        if is_early {
            for (slug, json) in values.iter() {
                match record.values.iter_mut().find(|(known, _)| *known == slug) {
                    Some((_, all)) => all.push(json),
                    None => record.values.push((slug, vec![json])),
                }
            }
            return place;
        }
        // The record is asserted again, after what its new values refer to.
        let matching_attribute = record.matching_attribute;
        let matching = record.write.values.get(matching_attribute);
        let key = matching.map(|json| (matching_attribute, vec![json]));
        let own = Assertion {
            write,
            matching_attribute,
            values: key.into_iter().chain(values.iter().map(one)).collect(),
            scalars: Vec::new(),
            is_nested: false,
            depth: 0,
            is_written: false,
        };
        self.assertions.push(own);
        self.assertions.len() - 1
    }

    /// Decides which assertions become values of others.
    fn nest(&mut self) {
        // From the last to the first, because what is referred to comes before what refers to it.
        for at in (0..self.assertions.len()).rev() {
            if self.assertions[at].depth > DEEPEST {
                self.assertions[at].is_nested = false;
                self.assertions[at].depth = 0;
            }
            let depth = self.assertions[at].depth + 1;
            let mut inner = Vec::new();
            for json in self.assertions[at].values.iter().flat_map(|(_, all)| all) {
                for_each_target(json, &mut |target| inner.extend(self.target(target, at)));
            }
            for inner in inner {
                let inner = &mut self.assertions[inner];
                inner.is_nested = true;
                inner.depth = inner.depth.max(depth);
            }
        }
    }

    /// The assertion before `at` of the record that a value refers to.
    fn target(&self, target: &Target<'_>, at: usize) -> Option<usize> {
        self.assertions[..at].iter().rposition(|assertion| {
            *assertion.write.object == *target.object
                && assertion.matching_attribute == target.attribute
                && assertion.scalars.contains(&target.scalar)
        })
    }

    /// Writes the assertions of the list, and gives their number.
    fn roots(&mut self) -> usize {
        let roots = (0..self.assertions.len()).filter(|at| !self.assertions[*at].is_nested);
        let roots: Vec<usize> = roots.collect();
        for &root in &roots {
            if !self.out.is_empty() {
                self.out.push(',');
            }
            self.assertion(root);
        }
        roots.len()
    }

    fn assertion(&mut self, at: usize) {
        self.assertions[at].is_written = true;
        self.out.push_str("{\"object\":");
        write_string(&self.assertions[at].write.object, &mut self.out);
        self.out
            .push_str(",\"mode\":\"create-or-update\",\"matching_attribute\":");
        write_string(self.assertions[at].matching_attribute, &mut self.out);
        self.out
            .push_str(",\"multiselect_values\":\"append\",\"values\":{");
        let values = std::mem::take(&mut self.assertions[at].values);
        for (place, (slug, all)) in values.iter().enumerate() {
            if place > 0 {
                self.out.push(',');
            }
            write_string(slug, &mut self.out);
            self.out.push(':');
            self.value(at, all);
        }
        self.out.push_str("},\"received_at\":");
        write_string(&self.received_at, &mut self.out);
        self.out.push('}');
    }

    /// A value; several, of an attribute that is set and appended to, make one list.
    fn value(&mut self, at: usize, all: &[&str]) {
        if let [json] = all
            && !json.contains("\"target_object\"")
        {
            return self.out.push_str(json);
        }
        let mut list = Vec::new();
        let mut is_list = all.len() > 1;
        for json in all {
            // OK because a value of a plan is JSON.
            match Value::parse(json).unwrap_or(Value::Null) {
                Value::Array(items) => {
                    is_list = true;
                    list.extend(items);
                }
                Value::Null if all.len() > 1 => {}
                one => list.push(one),
            }
        }
        if is_list {
            self.out.push('[');
        }
        for (place, item) in list.iter().enumerate() {
            if place > 0 {
                self.out.push(',');
            }
            match Target::read(item).and_then(|target| self.target(&target, at)) {
                Some(inner) if !self.assertions[inner].is_written => self.assertion(inner),
                _ => item.write_to(&mut self.out),
            }
        }
        if is_list {
            self.out.push(']');
        }
    }
}

fn one<'p>((slug, json): (&'p str, &'p str)) -> (&'p str, Vec<&'p str>) {
    (slug, vec![json])
}

fn for_each_target(json: &str, found: &mut dyn FnMut(&Target<'_>)) {
    if !json.contains("\"target_object\"") {
        return;
    }
    match Value::parse(json) {
        Ok(Value::Array(items)) => items
            .iter()
            .filter_map(Target::read)
            .for_each(|t| found(&t)),
        Ok(one) => Target::read(&one).iter().for_each(found),
        Err(_) => {}
    }
}

/// RFC 3339 in UTC with milliseconds, as Segment's destination sends it.
fn milliseconds(time: EventTime) -> String {
    let mut text = time.to_string();
    // OK because a time has nine decimals and then `Z`, all ASCII.
    text.truncate(text.len() - "000000Z".len());
    text.push('Z');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::config::{Config, preset};
    use crate::plan::Planner;
    use crate::schema::Schema;

    const NOW: EventTime = EventTime::from_nanos(1_767_225_600_000_000_000);

    fn plan(event: &Json) -> Plan {
        let config = Config::parse(preset("segment").unwrap()).unwrap();
        let planner = Planner::new(&config, Schema::standard()).unwrap();
        planner.plan(event.to_string().as_bytes())
    }

    fn assertions(plan: &Plan) -> String {
        let body = request(plan, NOW).unwrap().body.unwrap();
        let body: Json = serde_json::from_str(&body).unwrap();
        serde_json::to_string_pretty(&body["assertions"]).unwrap()
    }

    /// A plan of asserts by `key`, and of appends to them.
    fn written(writes: &[(&str, WriteKind, Json)]) -> Plan {
        let writes = writes.iter().enumerate();
        let writes = writes.map(|(at, (object, kind, members))| {
            let mut values = Values::default();
            for (slug, value) in members.as_object().unwrap() {
                values.set(slug, &value.to_string());
            }
            Write {
                id: at.to_string().into(),
                object: (*object).into(),
                kind: kind.clone(),
                values,
                depends_on: (0..at).collect(),
            }
        });
        Plan {
            outcome: Outcome::Planned,
            writes: writes.collect(),
            ..Plan::rejected(None, Vec::new())
        }
    }

    fn by_key() -> WriteKind {
        WriteKind::Assert {
            matching_attribute: "key".into(),
        }
    }

    /// The nesting alone: `object(slug=value, ...)`.
    fn nesting(plan: &Plan) -> String {
        fn show(value: &Json) -> String {
            match value {
                Json::Object(members) if members.contains_key("mode") => {
                    let values = members["values"].as_object().unwrap().iter();
                    let values = values.map(|(slug, value)| format!("{slug}={}", show(value)));
                    let object = members["object"].as_str().unwrap();
                    format!("{object}({})", values.collect::<Vec<_>>().join(" "))
                }
                Json::Object(members) => format!("->{}", members["key"].as_str().unwrap()),
                Json::Array(items) => {
                    let items: Vec<_> = items.iter().map(show).collect();
                    format!("[{}]", items.join(" "))
                }
                other => other.as_str().unwrap().to_owned(),
            }
        }
        let body = request(plan, NOW).unwrap().body.unwrap();
        let body: Json = serde_json::from_str(&body).unwrap();
        show(&body["assertions"])
    }

    fn to(object: &str, key: &str) -> Json {
        json!({"target_object": object, "key": key})
    }

    #[test]
    fn the_person_of_a_user_is_asserted_within_the_users_assertion() {
        let plan = plan(&json!({
            "type": "identify", "userId": "u1", "timestamp": "2026-01-02T03:04:05.678901Z",
            "traits": {"email": "ada@acme.com", "firstName": "Ada"},
        }));
        insta::assert_snapshot!(assertions(&plan), @r#"
        [
          {
            "object": "users",
            "mode": "create-or-update",
            "matching_attribute": "user_id",
            "multiselect_values": "append",
            "values": {
              "primary_email_address": {
                "value": "ada@acme.com"
              },
              "user_id": {
                "value": "u1"
              },
              "person": {
                "object": "people",
                "mode": "create-or-update",
                "matching_attribute": "email_addresses",
                "multiselect_values": "append",
                "values": {
                  "email_addresses": [
                    {
                      "email_address": "ada@acme.com"
                    }
                  ],
                  "name": {
                    "first_name": "Ada",
                    "last_name": "",
                    "full_name": "Ada"
                  }
                },
                "received_at": "2026-01-02T03:04:05.678Z"
              }
            },
            "received_at": "2026-01-02T03:04:05.678Z"
          }
        ]
        "#);
    }

    #[test]
    fn the_member_of_a_workspace_is_a_value_of_its_assertion() {
        let plan = plan(&json!({
            "type": "group", "userId": "u1", "groupId": "w1",
            "traits": {"name": "Acme", "website": "https://acme.com"},
        }));
        insta::assert_snapshot!(assertions(&plan), @r#"
        [
          {
            "object": "workspaces",
            "mode": "create-or-update",
            "matching_attribute": "workspace_id",
            "multiselect_values": "append",
            "values": {
              "workspace_id": {
                "value": "w1"
              },
              "company": {
                "object": "companies",
                "mode": "create-or-update",
                "matching_attribute": "domains",
                "multiselect_values": "append",
                "values": {
                  "domains": [
                    {
                      "domain": "acme.com"
                    }
                  ],
                  "name": {
                    "value": "Acme"
                  }
                },
                "received_at": "2026-01-01T00:00:00.000Z"
              },
              "name": {
                "value": "Acme"
              },
              "users": [
                {
                  "target_object": "users",
                  "user_id": [
                    {
                      "value": "u1"
                    }
                  ]
                }
              ]
            },
            "received_at": "2026-01-01T00:00:00.000Z"
          }
        ]
        "#);
    }

    #[test]
    fn each_record_is_asserted_once_before_whatever_else_refers_to_it() {
        let plan = written(&[
            ("people", by_key(), json!({"key": "p"})),
            (
                "users",
                by_key(),
                json!({"key": "u", "person": to("people", "p")}),
            ),
            (
                "deals",
                by_key(),
                json!({"key": "d", "people": [to("people", "p"), to("people", "q")]}),
            ),
            (
                "workspaces",
                by_key(),
                json!({"key": "w", "users": [to("users", "u")], "deal": to("deals", "d")}),
            ),
        ]);
        insta::assert_snapshot!(nesting(&plan), @"[workspaces(key=w users=[users(key=u person=people(key=p))] deal=deals(key=d people=[->p ->q]))]");
    }

    #[test]
    fn an_append_that_refers_to_a_later_record_asserts_its_own_again() {
        let plan = written(&[
            ("workspaces", by_key(), json!({"key": "w"})),
            (
                "users",
                by_key(),
                json!({"key": "u", "workspace": to("workspaces", "w")}),
            ),
            (
                "workspaces",
                WriteKind::Append { record: 0 },
                json!({"users": [to("users", "u")]}),
            ),
        ]);
        insta::assert_snapshot!(nesting(&plan), @"[workspaces(key=w users=[users(key=u workspace=workspaces(key=w))])]");
    }

    #[test]
    fn a_list_that_is_set_and_appended_to_is_united() {
        let append = || WriteKind::Append { record: 0 };
        let mut plan = written(&[
            (
                "users",
                by_key(),
                json!({"key": "u", "tags": ["a"], "teams": "x", "roles": null}),
            ),
            (
                "users",
                append(),
                json!({"tags": ["b"], "teams": ["y"], "roles": ["z"]}),
            ),
        ]);
        plan.writes[1].depends_on = vec![0];
        insta::assert_snapshot!(nesting(&plan), @"[users(key=u tags=[a b] teams=[x y] roles=[z])]");
    }

    #[test]
    fn what_would_be_nested_too_deep_goes_into_the_list() {
        let mut writes = vec![("people", by_key(), json!({"key": "0"}))];
        for at in 1..20 {
            let key = at.to_string();
            let before = to("people", &(at - 1).to_string());
            writes.push(("people", by_key(), json!({"key": key, "of": before})));
        }
        insta::assert_snapshot!(nesting(&written(&writes)), @"[people(key=1 of=people(key=0)) people(key=10 of=people(key=9 of=people(key=8 of=people(key=7 of=people(key=6 of=people(key=5 of=people(key=4 of=people(key=3 of=people(key=2 of=->1))))))))) people(key=19 of=people(key=18 of=people(key=17 of=people(key=16 of=people(key=15 of=people(key=14 of=people(key=13 of=people(key=12 of=people(key=11 of=->10)))))))))]");
    }

    #[test]
    fn a_batch_takes_plans_until_it_is_full() {
        let one = plan(&json!({"type": "identify", "userId": "u1", "traits": {"email": "a@b.co"}}));
        let mut batch = Batch::new();
        assert!(batch.is_empty() && batch.push(&Plan::rejected(None, Vec::new()), NOW));
        assert!(batch.is_empty() && request(&Plan::rejected(None, Vec::new()), NOW).is_none());
        let mut taken = 0;
        while batch.push(&one, NOW) {
            taken += 1;
        }
        assert_eq!((taken, batch.len()), (MOST_ASSERTIONS, MOST_ASSERTIONS));
        let request = batch.into_request();
        assert_eq!((request.method, request.path.as_str()), (Method::Put, PATH));
        let body: Json = serde_json::from_str(&request.body.unwrap()).unwrap();
        assert_eq!(
            body["assertions"].as_array().unwrap().len(),
            MOST_ASSERTIONS
        );
    }
}
