//! `resolve`: tries mappings and subscriptions without a configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::value::RawValue;

use super::lines::{self, BadLine};
use super::{Exit, Failure};
use crate::diagnostic::Diagnostic;
use crate::event::{Paths, Slots};
use crate::json::{Value, write_string};
use crate::mapping::Mapping;
use crate::subscription::Subscription;

/// The longest line that is read, in bytes.
const MAX_LINE_BYTES: usize = 8 * 1024 * 1024;

#[derive(Debug, clap::Args)]
#[command(after_help = lines::EXIT_CODES)]
pub(super) struct Args {
    /// NDJSON lines `{"mapping": …, "payload": …}` or `{"subscription": …, "event": …}`; `-` is the standard input
    #[arg(default_value = "-")]
    file: PathBuf,
}

pub(super) fn command(args: &Args) -> Result<Exit, Failure> {
    lines::answer_file(&args.file, MAX_LINE_BYTES, answer)
}

/// Appends the answer to a line: `{"ok": result}`, `null` for undefined, or `{"error": "message"}`; whether it is no
/// error. A line holds a `mapping` and the `payload` it is resolved with, or a `subscription` and the `event` it is
/// asked about. Other keys say nothing, so that recorded cases can be tried; but one that is nearly a key that is not
/// there is a mistake. An event may be any JSON, since no envelope is needed to try a subscription; where there is none
/// at all, nothing is taken.
fn answer(line: Result<&str, BadLine>, out: &mut String) -> bool {
    let result = line.map_err(|bad| bad.message).and_then(resolve);
    match &result {
        Ok(json) => out.extend(["{\"ok\":", json]),
        Err(message) => {
            out.push_str("{\"error\":");
            write_string(message, out);
        }
    }
    out.push('}');
    result.is_ok()
}

/// The keys of a line: what is tried, and what with.
const KEYS: [[&str; 2]; 2] = [["mapping", "payload"], ["subscription", "event"]];
/// How many letters of a mistyped key may be others.
const MOST_TYPOS: usize = 2;

/// The answer to one line as JSON.
fn resolve(line: &str) -> Result<String, String> {
    let is_object = line.trim_ascii_start().starts_with('{');
    let line: BTreeMap<String, &RawValue> = match is_object {
        true => serde_json::from_str(line),
        false => serde_json::from_str::<&RawValue>(line).map(|_| BTreeMap::new()),
    }
    .map_err(|error| format!("a line is JSON, got text that is not: {error}"))?;
    if !is_object {
        return Err("a line is a JSON object, got other JSON".to_owned());
    }
    let is_there = |key: &&str| line.contains_key(*key);
    let [tried, with] = [0, 1].map(|place| KEYS.map(|keys| keys[place]));
    let wanted = match tried.iter().position(is_there) {
        Some(place) => &with[place..=place],
        None => &tried,
    };
    for missing in wanted.iter().filter(|key| !is_there(key)) {
        let near = |key: &&String| strsim::osa_distance(key, missing) <= MOST_TYPOS;
        if let Some(key) = line.keys().find(near) {
            return Err(format!(
                "`{key}` is no key of a line: did you mean `{missing}`?"
            ));
        }
    }
    let value = |key: &str| line.get(key).map(|value| value.get());
    let misplaced = |[tried, with]: [&str; 2], [_, other]: [&str; 2]| {
        let is_misplaced = value(with).is_none() && value(other).is_some();
        match is_misplaced {
            true => Err(format!("a `{tried}` is tried with `{with}`, got `{other}`")),
            false => Ok(value(with)),
        }
    };
    match KEYS.map(|[tried, _]| value(tried)) {
        [Some(mapping), None] => resolve_mapping(mapping, misplaced(KEYS[0], KEYS[1])?),
        [None, Some(subscription)] => {
            take(subscription, misplaced(KEYS[1], KEYS[0])?).map(|taken| taken.to_string())
        }
        _ => Err("a line holds either a `mapping` or a `subscription`".to_owned()),
    }
}

fn resolve_mapping(mapping: &str, payload: Option<&str>) -> Result<String, String> {
    let mapping = Value::parse(mapping).map_err(|error| error.to_string())?;
    let mut paths = Paths::new();
    let mapping = Mapping::compile(&mapping, "", &mut paths).map_err(|found| {
        let messages: Vec<String> = found.iter().map(message).collect();
        messages.join("; ")
    })?;
    let payload = payload.unwrap_or("{}");
    if !payload.starts_with('{') {
        let got = Value::parse(payload).map_err(|error| error.to_string())?;
        return Err(format!("a payload is an object, got {}", got.describe()));
    }
    let slots = read(&paths, payload)?;
    let value = mapping.resolve(&slots).map_err(|error| message(&error))?;
    Ok(value.map_or("null".to_owned(), |value| value.to_json()))
}

fn take(subscription: &str, event: Option<&str>) -> Result<bool, String> {
    let text: String = serde_json::from_str(subscription)
        .map_err(|_| "`subscription` expected a string".to_owned())?;
    let mut paths = Paths::new();
    let subscription = Subscription::parse(&text, &mut paths).map_err(|error| error.to_string())?;
    let Some(event) = event else {
        return Ok(false);
    };
    Ok(subscription.matches(&read(&paths, event)?))
}

fn read<'a>(paths: &Paths, text: &'a str) -> Result<Slots<'a>, String> {
    paths
        .reader()
        .read(text)
        .map_err(|error| format!("not JSON that can be read: {error}"))
}

fn message(diagnostic: &Diagnostic) -> String {
    match diagnostic.at.as_str() {
        "" => diagnostic.message.clone(),
        at => format!("{at}: {}", diagnostic.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &[u8]) -> String {
        let mut output = Vec::new();
        let is_well = lines::answer_lines(input, &mut output, MAX_LINE_BYTES, answer).unwrap();
        let output = String::from_utf8(output).unwrap();
        assert_eq!(is_well, !output.contains("{\"error\""));
        output
    }

    #[test]
    fn a_mistyped_or_misplaced_key_is_an_error_and_what_else_is_recorded_is_not() {
        let input = r#"{"mapping":{"a":{"@path":"$.x"}},"paylod":{"x":1}}
{"maping":{},"payload":{}}
{"subscription":"type = 'a'","payload":{"type":"a"}}
{"subscription":"type = 'a'","events":{"type":"a"}}
{"mapping":{"a":1},"event":{}}
{"mapping":{"a":1},"payload":{},"payloads":{},"event":{},"expect":{},"errors":[]}
{"name":"n","file":"f","kind":"k","note":"","via":"","ast":{},"parsed":{},"event_undefined":true,"result":false,"subscription":"type = 'a'"}"#;
        insta::assert_snapshot!(answers(input.as_bytes()), @r#"
        {"error":"`paylod` is no key of a line: did you mean `payload`?"}
        {"error":"`maping` is no key of a line: did you mean `mapping`?"}
        {"error":"a `subscription` is tried with `event`, got `payload`"}
        {"error":"`events` is no key of a line: did you mean `event`?"}
        {"error":"a `mapping` is tried with `payload`, got `event`"}
        {"ok":{"a":1}}
        {"ok":false}
        "#);
    }

    #[test]
    fn a_byte_order_mark_before_the_first_line_is_passed_over() {
        let input = b"\xef\xbb\xbf{\"mapping\":{\"a\":1}}\n";
        assert_eq!(answers(input), "{\"ok\":{\"a\":1}}\n");
        assert_eq!(answers(b"\xef\xbb\xbf\n"), "");
    }

    #[test]
    fn each_line_is_answered_in_order() {
        let input = r#"{"subscription": "type = 'track'", "event": {"type": "track"}}
{"subscription":"type = 'track'","event":{"type":"page"},"name":"other keys say nothing"}

{"subscription":"type == 'track'","event":{}}
{"mapping":{"a":{"@path":"$.x"},"n":{"@path":"$.n"}},"payload":{"x":[1.0],"n":null}}
{"mapping":{"@path":"$.x"},"payload":{}}
{"mapping":{"a":1}}
{"mapping":{"a":{"@path":1},"b":{"@nope":1}},"payload":{}}
{"mapping":"text","payload":{}}
{"mapping":{},"payload":[1]}
{"subscription":"userId = null","event":5}
{"subscription":"userId = null","event":null}
{"subscription":"userId = null"}
{"subscription":5,"event":{}}
{"event":{}}
{"subscription":"type = 'a'","mapping":{}}
["type = 'a'"]
{"subscription":
not JSON"#;
        insta::assert_snapshot!(answers(input.as_bytes()), @r#"
        {"ok":true}
        {"ok":false}
        {"error":"character 6: expected an operator of FQL, got `==`"}
        {"ok":{"a":[1.0],"n":null}}
        {"ok":null}
        {"ok":{"a":1}}
        {"error":"/a/@path: `@path` expected a string or a directive, got the number `1`; /b: `@nope` is no directive"}
        {"error":"a mapping is an object, got the string `text`"}
        {"error":"a payload is an object, got an array of 1"}
        {"ok":true}
        {"ok":true}
        {"ok":false}
        {"error":"`subscription` expected a string"}
        {"error":"a line holds either a `mapping` or a `subscription`"}
        {"error":"a line holds either a `mapping` or a `subscription`"}
        {"error":"a line is a JSON object, got other JSON"}
        {"error":"a line is JSON, got text that is not: EOF while parsing a value at line 2 column 0"}
        {"error":"a line is JSON, got text that is not: expected ident at line 1 column 2"}
        "#);
    }

    #[test]
    fn a_line_that_is_too_long_or_not_utf8_is_answered_and_passed_over() {
        let mut input = b"{\"subscription\":\"type = '".to_vec();
        input.resize(2 * MAX_LINE_BYTES, b'x');
        input.extend(
            b"\n{\"subscription\":\"\xff\"}\n{\"subscription\":\"type = null\",\"event\":{}}\n",
        );
        insta::assert_snapshot!(answers(&input), @r#"
        {"error":"a line takes at most 8388608 bytes, got more"}
        {"error":"a line is UTF-8, got bytes that are not"}
        {"ok":true}
        "#);
        let exact = |bytes: usize| [&b" ".repeat(bytes - 2)[..], b"[]\n[]"].concat();
        assert_eq!(answers(&exact(MAX_LINE_BYTES)).lines().count(), 2);
        assert!(answers(&exact(MAX_LINE_BYTES + 1)).contains("at most"));
    }
}
