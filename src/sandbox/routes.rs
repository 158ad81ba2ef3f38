//! From a method and a path to what it does, and who may do it.

use super::answer::{Answer, Refusal};
use super::batch;
use super::catalog::{self, Choices};
use super::moment::Moment;
use super::records::{State, object_of, values_of};
use super::store::Change;
use crate::delivery::Response;
use crate::json::Value;
use crate::plan::request::percent_decode;

/// One request, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'r> {
    pub(super) method: &'r str,
    /// The path with its query.
    pub(super) target: &'r str,
    pub(super) path: &'r str,
    pub(super) query: &'r str,
    pub(super) authorization: Option<&'r str>,
    pub(super) body: Option<&'r str>,
}

impl<'r> Call<'r> {
    pub(super) fn new(
        method: &'r str,
        target: &'r str,
        authorization: Option<&'r str>,
        body: Option<&'r str>,
    ) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Call {
            method,
            target,
            path,
            query,
            authorization,
            body,
        }
    }

    /// Whether Attio counts this as a read; a query is one although it is a `POST`.
    pub(super) fn is_read(&self) -> bool {
        self.method == "GET" || (self.method == "POST" && self.path.ends_with("/records/query"))
    }

    /// A query parameter; the last of several.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = self.query.split('&').rev().filter_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(key, true)? == name).then(|| percent_decode(value, true))?
        });
        pairs.next()
    }

    /// A whole number among the query parameters.
    pub(super) fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let Some(text) = self.parameter(name) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(Refusal::form(format!(
                "Expected {name} to be a whole number, received \"{text}\"."
            ))),
        }
    }

    /// A boolean among the query parameters; false when it is not there.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.parameter(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(text) => Err(Refusal::form(format!(
                "Expected {name} to be a boolean, received \"{text}\"."
            ))),
        }
    }

    /// The body, which must be a JSON object.
    pub(super) fn object(&self) -> Result<Value<'r>, Refusal> {
        let text = self.body.unwrap_or_default();
        if text.trim().is_empty() {
            return Err(Refusal::form("A JSON body is required."));
        }
        match Value::parse(text) {
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(other) => Err(Refusal::form(format!(
                "Expected the body to be an object, received {}.",
                other.kind()
            ))),
            Err(error) => Err(Refusal::form(format!(
                "The body is not valid JSON: {error}."
            ))),
        }
    }
}

/// Answers one request.
pub(super) fn answer(state: &mut State, call: Call<'_>, now: Moment) -> Response {
    match route(state, call, now) {
        Ok(body) => Response {
            // A batch is accepted, not done.
            status: if call.path == batch::PATH { 202 } else { 200 },
            retry_after: None,
            body,
        },
        Err(refusal) => refusal.into_response(),
    }
}

fn route(state: &mut State, call: Call<'_>, now: Moment) -> Answer {
    let segments: Option<Vec<String>> = call.path.strip_prefix("/v2/").and_then(|rest| {
        rest.split('/')
            .map(|segment| percent_decode(segment, false))
            .collect()
    });
    let segments = segments.unwrap_or_default();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let unknown = || {
        Refusal::not_found(format!(
            "Could not find route {} {}.",
            call.method, call.path
        ))
    };
    if let ("GET", ["self"]) = (call.method, segments.as_slice()) {
        return state.access.describe(call.authorization, state.born);
    }
    let scopes = scopes_of(call.method, &segments).ok_or_else(unknown)?;
    state.access.check(call.authorization, scopes)?;
    match (call.method, segments.as_slice()) {
        ("GET", ["objects"]) => catalog::list_objects(state),
        ("GET", ["objects", object]) => catalog::get_object(state, object),
        ("GET", ["objects", object, "attributes"]) => {
            catalog::list_attributes(state, object, &call)
        }
        ("POST", ["objects", object, "attributes"]) => {
            catalog::create_attribute(state, object, &call)
        }
        ("GET", ["objects", object, "attributes", attribute]) => {
            catalog::get_attribute(state, object, attribute)
        }
        ("GET", ["objects", object, "attributes", attribute, "options"]) => {
            catalog::list_choices(state, object, attribute, Choices::Options, &call)
        }
        ("POST", ["objects", object, "attributes", attribute, "options"]) => {
            catalog::create_choice(state, object, attribute, Choices::Options, &call)
        }
        ("GET", ["objects", object, "attributes", attribute, "statuses"]) => {
            catalog::list_choices(state, object, attribute, Choices::Statuses, &call)
        }
        ("POST", ["objects", object, "attributes", attribute, "statuses"]) => {
            catalog::create_choice(state, object, attribute, Choices::Statuses, &call)
        }
        ("PUT", ["batch", "records"]) => state.batch(&call, now),
        ("GET", ["workspace_members"]) => catalog::list_members(state),
        ("GET", ["workspace_members", member]) => catalog::get_member(state, member),
        (_, ["objects", object, "records", rest @ ..]) => {
            let object = object_of(&state.tables, object)?;
            route_records(state, object, rest, call, now)
        }
        _ => Err(unknown()),
    }
}

fn route_records(
    state: &mut State,
    object: usize,
    rest: &[&str],
    call: Call<'_>,
    now: Moment,
) -> Answer {
    match (call.method, rest) {
        ("POST", []) => state.create(object, values_of(&call.object()?)?, now),
        ("PUT", []) => {
            let matching = call
                .parameter("matching_attribute")
                .filter(|name| !name.is_empty());
            let matching = matching.ok_or_else(|| {
                Refusal::form("The query parameter matching_attribute is required.")
            })?;
            state.assert(object, &matching, values_of(&call.object()?)?, now)
        }
        ("POST", ["query"]) if call.body.unwrap_or_default().trim().is_empty() => {
            state.query(object, &Value::Null)
        }
        ("POST", ["query"]) => state.query(object, &call.object()?),
        (method, [record]) => {
            let key = state.record_of(object, record)?;
            match method {
                "GET" => Ok(state.record_answer(key)),
                "DELETE" => state.delete(key),
                "PATCH" => state.update(key, values_of(&call.object()?)?, Change::Prepend, now),
                _ => state.update(key, values_of(&call.object()?)?, Change::Replace, now),
            }
        }
        _ => Err(Refusal::not_found(format!(
            "Could not find route {} {}.",
            call.method, call.path
        ))),
    }
}

/// The scopes that an operation needs; `None` when there is no such operation.
fn scopes_of(method: &str, segments: &[&str]) -> Option<&'static [&'static str]> {
    const CONFIGURATION: &[&str] = &["object_configuration:read"];
    const CONFIGURE: &[&str] = &["object_configuration:read-write"];
    const READ: &[&str] = &["record_permission:read", "object_configuration:read"];
    const WRITE: &[&str] = &["record_permission:read-write", "object_configuration:read"];
    const MEMBERS: &[&str] = &["user_management:read"];
    Some(match (method, segments) {
        (
            "GET",
            ["objects"]
            | ["objects", _]
            | ["objects", _, "attributes"]
            | ["objects", _, "attributes", _],
        ) => CONFIGURATION,
        ("GET", ["objects", _, "attributes", _, "options" | "statuses"]) => CONFIGURATION,
        (
            "POST",
            ["objects", _, "attributes"] | ["objects", _, "attributes", _, "options" | "statuses"],
        ) => CONFIGURE,
        ("GET", ["workspace_members"] | ["workspace_members", _]) => MEMBERS,
        ("POST", ["objects", _, "records", "query"]) | ("GET", ["objects", _, "records", _]) => {
            READ
        }
        ("POST" | "PUT", ["objects", _, "records"]) | ("PUT", ["batch", "records"]) => WRITE,
        ("PATCH" | "PUT" | "DELETE", ["objects", _, "records", _]) => WRITE,
        _ => return None,
    })
}
