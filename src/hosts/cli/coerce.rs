//! `coerce`: tries values without a configuration.

use std::borrow::Cow;
use std::path::PathBuf;

use super::lines::{self, BadLine};
use super::{Exit, Failure};
use crate::attribute::{Coerced, Coercer, Finding, Options, Patch};
use crate::diagnostic::{Code, Diagnostic, Severity, did_you_mean, pointer};
use crate::json::{Object, Value, write_string};
use crate::schema::{Attribute, AttributeType, Choice, Member, Schema};

/// The longest line that is read, in bytes.
const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// The keys of a line.
const LINE: [&str; 5] = ["attribute", "value", "options", "region", "members"];
/// What Attio says of an attribute and coercion does not depend on.
const SAYS_NOTHING: [&str; 11] = [
    "id",
    "description",
    "is_system_attribute",
    "is_default_value_enabled",
    "default_value",
    "relationship",
    "created_at",
    "title",
    "is_unique",
    "inverse",
    "has_default",
];
/// What coercion depends on, as Attio answers it, with `select_options` and `statuses` beside, or as a schema holds it.
const ATTRIBUTE: [&str; 12] = [
    "type",
    "api_slug",
    "is_multiselect",
    "is_required",
    "is_writable",
    "is_archived",
    "config",
    "select_options",
    "statuses",
    "default_currency_code",
    "allowed_objects",
    "options",
];

#[derive(Debug, clap::Args)]
#[command(after_help = lines::EXIT_CODES)]
pub(super) struct Args {
    /// NDJSON lines `{"attribute": {"type": …}, "value": …, "options": {…}}`; `-` is the standard input
    #[arg(default_value = "-")]
    file: PathBuf,
}

pub(super) fn command(args: &Args) -> Result<Exit, Failure> {
    lines::answer_file(&args.file, MAX_LINE_BYTES, answer)
}

/// Appends the answer to a line; whether it is no error.
///
/// A line is `{"attribute": …, "value": …, "options": …}`. The attribute is as Attio's API answers it (`type`,
/// `is_multiselect`, `is_required`, `config`, …) with `select_options` and `statuses` beside, as lists of objects with
/// a `title` or of titles; or as a schema holds it (`default_currency_code`, `allowed_objects`, `options`). The options are those of a configuration and `as`. `members` are the members of the
/// workspace, `region` is the country that the event names for phone numbers. A line without `value` is one whose
/// mapping resolved to nothing.
///
/// The answer is `{"ok": write value, "warnings": [{"code", "message", "help"}]}`, where the warnings also hold the
/// elements of a list that were refused while others went; with `"omitted": true` and a null `ok` where the attribute
/// is left out of the write; or `{"error": {"code", "message", "help"}}`, with an `also` where there is more to say.
fn answer(line: Result<&str, BadLine>, out: &mut String) -> bool {
    let result = match line {
        Ok(line) => coerce(line, out),
        Err(bad) => Err(vec![shape("", bad.message, bad.help)]),
    };
    if let Err(found) = &result {
        out.clear();
        refuse(found, out);
    }
    out.push('}');
    result.is_ok()
}

/// Appends the answer to one line without its closing brace, or gives what is wrong with the line or its value.
fn coerce(line: &str, answer: &mut String) -> Result<(), Vec<Diagnostic>> {
    let line = Value::parse(line).map_err(|error| {
        let message = format!("a line is JSON, got text that is not: {error}");
        vec![
            Diagnostic::error(Code::ConfigInvalidJson, "", message)
                .help("send each line as one JSON object"),
        ]
    })?;
    let Value::Object(line) = line else {
        let message = format!("a line is an object, got {}", line.describe());
        return Err(vec![shape(
            "",
            message,
            "write `{\"attribute\": …, \"value\": …}`",
        )]);
    };
    let mut wrong = Vec::new();
    known_keys(&line, &[&LINE], "", &mut wrong);
    let (slug, attribute) = attribute(line.get("attribute"), &mut wrong);
    let members = members(line.get("members"), &mut wrong);
    let patch = match line.get("options") {
        Some(options) => Patch::read_inline(options, "/options", &mut wrong),
        None => Patch::default(),
    };
    let (Some(attribute), true) = (attribute, wrong.is_empty()) else {
        return Err(wrong);
    };
    let schema = match members {
        Some(members) => Cow::Owned(Schema {
            members: Some(members),
            ..Schema::standard().clone()
        }),
        None => Cow::Borrowed(Schema::standard()),
    };
    let mut coercer = Coercer::new(&slug, &attribute, &schema, &Options::default().with(&patch));
    if let Some(kind) = patch.reading_as {
        coercer = coercer.reading_as(kind, &schema);
    }
    let mut findings = Vec::new();
    answer.push_str("{\"ok\":");
    let region = line.get("region").and_then(Value::as_str);
    let coerced = match line.get("value") {
        Some(value) => coercer.coerce(value, region, answer, &mut findings),
        None => Coerced::Omitted,
    };
    match coerced {
        Coerced::Written | Coerced::Unset => {}
        Coerced::Omitted => answer.push_str("null,\"omitted\":true"),
        Coerced::Refused => {
            // What was left out comes before what was only changed.
            findings.sort_by_key(|finding| finding.severity == Severity::Warning);
            return Err(findings.into_iter().map(|finding| finding.at("")).collect());
        }
    }
    answer.push_str(",\"warnings\":[");
    for (
        at,
        Finding {
            code,
            message,
            help,
            ..
        },
    ) in findings.iter().enumerate()
    {
        if at > 0 {
            answer.push(',');
        }
        say(*code, message, help.as_deref(), answer);
    }
    answer.push(']');
    Ok(())
}

/// Appends an answer that says what is wrong, without its closing brace.
fn refuse(found: &[Diagnostic], answer: &mut String) {
    answer.push_str("{\"error\":");
    for (at, diagnostic) in found.iter().enumerate() {
        match at {
            0 => {}
            1 => answer.push_str(",\"also\":["),
            _ => answer.push(','),
        }
        let message = match diagnostic.at.as_str() {
            "" => Cow::Borrowed(&diagnostic.message),
            at => Cow::Owned(format!("{at}: {}", diagnostic.message)),
        };
        say(
            diagnostic.code,
            &message,
            diagnostic.help.as_deref(),
            answer,
        );
    }
    if found.len() > 1 {
        answer.push(']');
    }
}

fn say(code: Code, message: &str, help: Option<&str>, answer: &mut String) {
    answer.push_str("{\"code\":");
    write_string(code.as_str(), answer);
    answer.push_str(",\"message\":");
    write_string(message, answer);
    answer.push_str(",\"help\":");
    match help {
        Some(help) => write_string(help, answer),
        None => answer.push_str("null"),
    }
    answer.push('}');
}

/// The slug and the attribute of a line; no attribute when it cannot be read.
fn attribute(
    value: Option<&Value<'_>>,
    wrong: &mut Vec<Diagnostic>,
) -> (String, Option<Attribute>) {
    const AT: &str = "/attribute";
    let Some(Value::Object(object)) = value else {
        let got = value.map_or("nothing".to_owned(), Value::describe);
        wrong.push(shape(
            AT,
            format!("an attribute is an object, got {got}"),
            "write `{\"type\": \"text\"}`, for example",
        ));
        return (String::new(), None);
    };
    known_keys(object, &[&ATTRIBUTE, &SAYS_NOTHING], AT, wrong);
    let Some((kind, is_several)) = kind(object.get("type"), wrong) else {
        return (String::new(), None);
    };
    let slug = object.get("api_slug").and_then(Value::as_str);
    let mut flag = |key: &str, default: bool| match object.get(key) {
        None | Some(Value::Null) => default,
        Some(Value::Bool(yes)) => *yes,
        Some(other) => {
            let message = format!(
                "`{key}` expected `true` or `false`, got {}",
                other.describe()
            );
            wrong.push(shape(&pointer(AT, key), message, "write `true` or `false`"));
            default
        }
    };
    let mut attribute = Attribute {
        is_multiselect: flag("is_multiselect", is_several),
        is_required: flag("is_required", false),
        is_writable: flag("is_writable", true),
        is_archived: flag("is_archived", false),
        ..Attribute::of(kind)
    };
    config(object.get("config"), &mut attribute, wrong);
    short(object, &mut attribute, wrong);
    let options = match object.contains_key("options") {
        true => "options",
        false => "select_options",
    };
    attribute.options = choices(object, options, "option_id", wrong);
    attribute.statuses = choices(object, "statuses", "status_id", wrong);
    (slug.unwrap_or(kind.as_str()).to_owned(), Some(attribute))
}

fn kind(value: Option<&Value<'_>>, wrong: &mut Vec<Diagnostic>) -> Option<(AttributeType, bool)> {
    let name = value.and_then(Value::as_str);
    if let Some(kind) = name.and_then(AttributeType::from_name) {
        return Some(kind);
    }
    let got = value.map_or("nothing".to_owned(), Value::describe);
    let help = AttributeType::help(name.unwrap_or_default());
    let message = format!("`type` expected an attribute type, got {got}");
    wrong.push(shape("/attribute/type", message, help));
    None
}

/// The two configurations of Attio's API. Others say nothing.
fn config(value: Option<&Value<'_>>, attribute: &mut Attribute, wrong: &mut Vec<Diagnostic>) {
    let Some(config) = value.filter(|value| !value.is_null()) else {
        return;
    };
    let at = "/attribute/config";
    let Value::Object(object) = config else {
        let message = format!("`config` expected an object, got {}", config.describe());
        let help = "write `{\"currency\": {\"default_currency_code\": \"USD\"}}`, for example";
        wrong.push(shape(at, message, help));
        return;
    };
    known_keys(object, &[&["currency", "record_reference"]], at, wrong);
    let code = config
        .get("currency")
        .and_then(|currency| currency.get("default_currency_code"));
    attribute.default_currency_code = code.and_then(Value::as_str).map(str::to_owned);
    let reference = config.get("record_reference");
    let slugs = |key| {
        reference
            .and_then(|reference| reference.get(key))
            .and_then(Value::as_array)
    };
    let slugs = slugs("allowed_objects").or_else(|| slugs("allowed_object_ids"));
    attribute.allowed_objects = slugs
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
}

/// What the configurations hold, in the short form of a schema.
fn short(object: &Object<'_>, attribute: &mut Attribute, wrong: &mut Vec<Diagnostic>) {
    let mut refuse = |key: &str, what: &str, value: &Value<'_>, help: &str| {
        let message = format!("`{key}` expected {what}, got {}", value.describe());
        wrong.push(shape(&pointer("/attribute", key), message, help));
    };
    let said = |key| object.get(key).filter(|value| !value.is_null());
    if let Some(code) = said("default_currency_code") {
        match code.as_str() {
            Some(code) => attribute.default_currency_code = Some(code.to_owned()),
            None => refuse(
                "default_currency_code",
                "a code",
                code,
                "write `\"USD\"`, for example",
            ),
        }
    }
    if let Some(objects) = said("allowed_objects") {
        let slug = |slug: &Value<'_>| slug.as_str().map(str::to_owned);
        let slugs = objects.as_array().map(|all| all.iter().map(slug).collect());
        match slugs {
            Some(Some(slugs)) => attribute.allowed_objects = slugs,
            _ => {
                let help = "write `[\"companies\"]`, for example";
                refuse("allowed_objects", "a list of slugs", objects, help);
            }
        }
    }
}

/// Options or statuses, as a list of titles or of objects with a `title`.
fn choices(
    attribute: &Object<'_>,
    key: &str,
    id_key: &str,
    wrong: &mut Vec<Diagnostic>,
) -> Option<Vec<Choice>> {
    let at = pointer("/attribute", key);
    let mut refuse = |at: &str, value: &Value<'_>| {
        let message = format!(
            "`{key}` expected a list of titles, got {}",
            value.describe()
        );
        wrong.push(shape(
            at,
            message,
            "write `[{\"title\": \"Gold\"}]`, for example",
        ));
    };
    let items = match attribute.get(key)? {
        Value::Null => return None,
        Value::Array(items) => items,
        other => {
            refuse(&at, other);
            return None;
        }
    };
    let mut choices = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let title = match item {
            Value::String(title) => Some(title.as_ref()),
            item => item.get("title").and_then(Value::as_str),
        };
        match title {
            Some(title) => choices.push(Choice {
                id: id(item.get("id"), id_key),
                title: title.to_owned(),
                is_archived: item.get("is_archived") == Some(&Value::Bool(true)),
            }),
            None => refuse(&pointer(&at, index), item),
        }
    }
    Some(choices)
}

/// An id as it is, or in the composite form of Attio's API.
fn id(value: Option<&Value<'_>>, key: &str) -> Option<String> {
    let value = value?;
    let id = value.get(key).unwrap_or(value);
    id.as_str().map(str::to_owned)
}

fn members(value: Option<&Value<'_>>, wrong: &mut Vec<Diagnostic>) -> Option<Vec<Member>> {
    let value = value.filter(|value| !value.is_null())?;
    let read = |member: &Value<'_>| {
        Some(Member {
            id: id(member.get("id"), "workspace_member_id").unwrap_or_default(),
            email_address: member.get("email_address")?.as_str()?.to_owned(),
            name: String::new(),
        })
    };
    let members = value.as_array().map(|all| all.iter().map(read).collect());
    if let Some(Some(members)) = members {
        return Some(members);
    }
    let message = format!(
        "`members` expected a list of members, got {}",
        value.describe()
    );
    let help = "write `[{\"id\": \"…\", \"email_address\": \"…\"}]`";
    wrong.push(shape("/members", message, help));
    None
}

fn known_keys(object: &Object<'_>, known: &[&[&str]], at: &str, wrong: &mut Vec<Diagnostic>) {
    for key in object.keys() {
        if known.iter().any(|keys| keys.contains(&key)) {
            continue;
        }
        let first = known.first().copied().unwrap_or_default();
        let help = match did_you_mean(key, known.iter().flat_map(|keys| keys.iter().copied())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys are `{}`", first.join("`, `")),
        };
        wrong.push(
            Diagnostic::error(
                Code::ConfigUnknownKey,
                pointer(at, key),
                format!("`{key}` is not known there"),
            )
            .help(help),
        );
    }
}

fn shape(at: &str, message: String, help: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::ConfigShape, at, message).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::{Becomes, examples};

    fn answers(input: &[u8]) -> String {
        let mut output = Vec::new();
        lines::answer_lines(input, &mut output, MAX_LINE_BYTES, answer).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn each_line_is_answered_in_order() {
        let input = r#"{"attribute":{"type":"date"},"value":"May 17, 2024"}
{"attribute":{"type":"date"},"value":"03/04/2024","options":{"date_order":"dmy"}}
{"attribute":{"type":"date"},"value":"03/04/2024"}

{"attribute":{"type":"number"},"value":2.71828}
{"attribute":{"type":"number"},"value":""}
{"attribute":{"type":"number"}}
{"attribute":{"type":"number"},"value":null}
{"attribute":{"type":"number","is_required":true},"value":null}
{"attribute":{"type":"multiselect"},"value":[]}
{"attribute":{"type":"select","is_multiselect":true,"select_options":[{"title":"Gold"},"Silver"]},"value":["gold","Bronze"]}
{"attribute":{"type":"select","is_multiselect":true,"select_options":["Gold"]},"value":["Tin","Iron"]}
{"attribute":{"type":"status","statuses":[{"id":{"status_id":"11f07f01-c10f-4e05-a522-33e050bc52ee"},"title":"Lead"}]},"value":"11F07F01-C10F-4E05-A522-33E050BC52EE"}
{"attribute":{"type":"currency","api_slug":"value","title":"Value","config":{"currency":{"default_currency_code":"EUR"}}},"value":"$5"}
{"attribute":{"type":"text"},"value":1715941800,"options":{"as":"date"}}
{"attribute":{"type":"text","is_writable":false},"value":"x"}"#;
        insta::assert_snapshot!(answers(input.as_bytes()), @r#"
        {"ok":{"value":"2024-05-17"},"warnings":[]}
        {"ok":{"value":"2024-04-03"},"warnings":[]}
        {"error":{"code":"attribute.date_order","message":"`date` expected a date that can be read one way, got the string `03/04/2024`","help":"write `YYYY-MM-DD`, or set `date_order` to `mdy` or `dmy`"}}
        {"ok":{"value":2.7183},"warnings":[{"code":"attribute.rounded","message":"`number` was rounded to `2.7183`, got the number `2.71828`","help":"Attio keeps 4 decimals, and 15 digits for certain; round it before to choose how"}]}
        {"ok":null,"omitted":true,"warnings":[]}
        {"ok":null,"omitted":true,"warnings":[]}
        {"ok":null,"warnings":[]}
        {"error":{"code":"attribute.required","message":"`number` is required and cannot be unset, got nothing","help":"map it from something that every such event holds, or leave it out of the mapping"}}
        {"ok":[],"warnings":[]}
        {"ok":[{"option":"Gold"}],"warnings":[{"code":"attribute.select","message":"`select` expected an option of the select, got the string `Bronze`","help":"the options are `Gold`, `Silver`"}]}
        {"error":{"code":"attribute.select","message":"`select` expected an option of the select, got the string `Tin`","help":"the options are `Gold`"},"also":[{"code":"attribute.select","message":"`select` expected an option of the select, got the string `Iron`","help":"the options are `Gold`"}]}
        {"ok":{"status":"11f07f01-c10f-4e05-a522-33e050bc52ee"},"warnings":[]}
        {"error":{"code":"attribute.currency_code","message":"`value` expected an amount in `EUR`, got the string `$5`","help":"Attio keeps one currency for the whole attribute: convert the amount before, or map it to an attribute of its own currency"}}
        {"ok":{"value":"2024-05-17"},"warnings":[]}
        {"error":{"code":"schema.not_writable","message":"`text` cannot be written: it is set by Attio itself","help":"leave it out of the mapping"}}
        "#);
    }

    #[test]
    fn every_example_of_a_type_is_a_line() {
        for kind in AttributeType::ALL {
            for example in examples(kind) {
                let given = example.line(kind);
                let given =
                    given.unwrap_or(format!(r#"{{"attribute":{{"type":"{}"}}}}"#, kind.as_str()));
                let line = format!(
                    r#"{},"value":{}}}"#,
                    &given[..given.len() - 1],
                    example.input
                );
                let begins = match example.becomes {
                    Becomes::Written(output) => format!(r#"{{"ok":{output},"warnings":["#),
                    Becomes::Omitted => r#"{"ok":null,"omitted":true,"#.to_owned(),
                    Becomes::Refused(code) => format!(r#"{{"error":{{"code":"{code}","#),
                };
                let answer = answers(format!("{line}\n").as_bytes());
                assert!(answer.starts_with(&begins), "{line} gives {answer}");
            }
        }
    }

    #[test]
    fn what_is_wrong_with_a_line_is_its_answer() {
        let mut input = r#"{"attribute":{"type":"dat","is_requird":true},"valu":1,"options":{"mode":"strikt"}}
{"value":1}
{"attribute":{"type":"text","is_multiselect":"yes","config":[],"select_options":[1],"statuses":{}},"members":[1],"value":1}
{"attribute":{"type":"currency","default_currency_code":1,"allowed_objects":["people",1],"options":"Gold"},"value":1}
[]
{"attribute":
null"#
            .as_bytes()
            .to_vec();
        input.extend(b"\n\xff\n");
        insta::assert_snapshot!(answers(&input), @r#"
        {"error":{"code":"config.unknown_key","message":"/valu: `valu` is not known there","help":"did you mean `value`?"},"also":[{"code":"config.unknown_key","message":"/attribute/is_requird: `is_requird` is not known there","help":"did you mean `is_required`?"},{"code":"config.shape","message":"/attribute/type: `type` expected an attribute type, got the string `dat`","help":"did you mean `date`?"},{"code":"config.option","message":"/options/mode: `mode` expected `lenient` or `strict`, got the string `strikt`","help":"did you mean `strict`?"}]}
        {"error":{"code":"config.shape","message":"/attribute: an attribute is an object, got nothing","help":"write `{\"type\": \"text\"}`, for example"}}
        {"error":{"code":"config.shape","message":"/attribute/is_multiselect: `is_multiselect` expected `true` or `false`, got the string `yes`","help":"write `true` or `false`"},"also":[{"code":"config.shape","message":"/attribute/config: `config` expected an object, got an array of 0","help":"write `{\"currency\": {\"default_currency_code\": \"USD\"}}`, for example"},{"code":"config.shape","message":"/attribute/select_options/0: `select_options` expected a list of titles, got the number `1`","help":"write `[{\"title\": \"Gold\"}]`, for example"},{"code":"config.shape","message":"/attribute/statuses: `statuses` expected a list of titles, got an object","help":"write `[{\"title\": \"Gold\"}]`, for example"},{"code":"config.shape","message":"/members: `members` expected a list of members, got an array of 1","help":"write `[{\"id\": \"…\", \"email_address\": \"…\"}]`"}]}
        {"error":{"code":"config.shape","message":"/attribute/default_currency_code: `default_currency_code` expected a code, got the number `1`","help":"write `\"USD\"`, for example"},"also":[{"code":"config.shape","message":"/attribute/allowed_objects: `allowed_objects` expected a list of slugs, got an array of 2","help":"write `[\"companies\"]`, for example"},{"code":"config.shape","message":"/attribute/options: `options` expected a list of titles, got the string `Gold`","help":"write `[{\"title\": \"Gold\"}]`, for example"}]}
        {"error":{"code":"config.shape","message":"a line is an object, got an array of 0","help":"write `{\"attribute\": …, \"value\": …}`"}}
        {"error":{"code":"config.invalid_json","message":"a line is JSON, got text that is not: EOF while parsing a value at line 2 column 0","help":"send each line as one JSON object"}}
        {"error":{"code":"config.shape","message":"a line is an object, got null","help":"write `{\"attribute\": …, \"value\": …}`"}}
        {"error":{"code":"config.shape","message":"a line is UTF-8, got bytes that are not","help":"send each line as UTF-8"}}
        "#);
    }

    #[test]
    fn a_line_that_is_too_long_is_answered_and_passed_over() {
        let mut input = b"{\"attribute\":{\"type\":\"text\"},\"value\":\"".to_vec();
        input.resize(MAX_LINE_BYTES + 5, b'x');
        input.extend(b"\n{\"attribute\":{\"type\":\"text\"},\"value\":1}\n");
        insta::assert_snapshot!(answers(&input), @r#"
        {"error":{"code":"config.shape","message":"a line takes at most 16777216 bytes, got more","help":"send smaller values"}}
        {"ok":{"value":"1"},"warnings":[]}
        "#);
    }
}
