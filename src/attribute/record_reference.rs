//! `record-reference`: another record, by its id or by an attribute that only it has.
//!
//! A bare string means what Attio's documentation says: a company's domain, a person's e-mail address, the `user_id` of a
//! user, the `workspace_id` of a workspace. Ids of users are often UUIDs, so a UUID is a record's id only where it cannot
//! be one of these. Not done on purpose: nobody asks whether the record exists.

mod examples;

use super::host::trimmed;
use super::known::{Target, is_uuid};
use super::{Finding, To};
use crate::diagnostic::{Code, did_you_mean, excerpt};
use crate::json::{Object, Value, write_string};
use crate::schema::AttributeType;
pub(super) use examples::EXAMPLES;

const WHAT: &str = "a reference to a record";

const OBJECT: &str = "target_object";
const ID: &str = "target_record_id";
const ID_ATTRIBUTE: &str = "record_id";

/// The attributes that bare values mean, by object.
const STANDARD: [(&str, &str, AttributeType); 4] = [
    ("companies", "domains", AttributeType::Domain),
    ("people", "email_addresses", AttributeType::EmailAddress),
    ("users", "user_id", AttributeType::Text),
    ("workspaces", "workspace_id", AttributeType::Text),
];

pub(super) const DESCRIPTION: &str = "\
Another record. Attio takes `{\"target_object\": slug, \"target_record_id\": UUID}`, or a unique attribute in place of the \
id: `{\"target_object\": \"people\", \"email_addresses\": [{\"email_address\": string}]}`. Where only one standard object \
is allowed, a string is a company's domain, a person's e-mail address, the `user_id` of a user or the `workspace_id` of a \
workspace. Taken too: the id of a record alone (of a user or workspace only in the form above, since a UUID may be its \
`user_id`), `record_id` for `target_record_id`, numbers as ids of users and workspaces, and objects without \
`target_object` where only one is allowed.";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    match value {
        Value::Object(object) => from_object(object, value, to, out),
        Value::String(text) => from_text(text, value, to, out),
        Value::Number(text) if !to.strict() => from_text(text, value, to, out),
        _ => Err(to
            .expected(Code::AttributeRecordReference, WHAT, value)
            .help("send the id of a record, or a unique attribute of it")),
    }
}

/// The one object that the attribute may refer to.
fn only_target<'c>(value: &Value<'_>, to: &To<'c, '_>) -> Result<&'c Target, Finding> {
    match to.coercer.known.targets.as_slice() {
        [target] => Ok(target),
        targets => {
            let what = "a reference that names its object";
            let help = match targets {
                [] => "write `{\"target_object\": ..., \"target_record_id\": ...}`".to_owned(),
                _ => format!(
                    "write `{{\"target_object\": \"{}\", \"target_record_id\": ...}}`; the objects are {}",
                    targets[0].object,
                    names(targets.iter().map(|target| target.object.as_ref()))
                ),
            };
            Err(to.expected(Code::AttributeRecordReference, what, value).help(help))
        }
    }
}

fn from_text(
    text: &str,
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let target = only_target(value, to)?;
    let standard = STANDARD.iter().find(|(object, ..)| *object == target.object.as_ref());
    let id = trimmed(text);
    let may_be_id = !matches!(standard, Some((.., AttributeType::Text)));
    if may_be_id && is_uuid(id) {
        if to.strict() {
            return Err(to
                .expected(Code::AttributeRecordReference, WHAT, value)
                .help("write `{\"target_object\": ..., \"target_record_id\": ...}`, or set `mode` to `lenient`"));
        }
        write_id(&target.object, id, out);
        return Ok(());
    }
    let Some((object, attribute, kind)) = standard else {
        let what = format!("a reference to a record of `{}`", target.object);
        return Err(to
            .expected(Code::AttributeRecordReference, &what, value)
            .help(how_to_refer(target)));
    };
    start(object, attribute, out);
    out.push('[');
    super::coerce(*kind, value, to, out)?;
    out.push_str("]}");
    Ok(())
}

/// How a record of an object can be referred to.
fn how_to_refer(target: &Target) -> String {
    match unique(target).next() {
        Some(attribute) => format!(
            "send the id of the record, or `{{\"target_object\": \"{}\", \"{attribute}\": ...}}`",
            target.object
        ),
        None => "send the id of the record, which is a UUID".to_owned(),
    }
}

/// The unique attributes of an object; the id is said in its own form.
fn unique(target: &Target) -> impl Iterator<Item = &str> {
    let slugs = target.unique.iter().map(|(slug, ..)| slug.as_ref());
    slugs.filter(|slug| *slug != ID_ATTRIBUTE)
}

fn start(object: &str, key: &str, out: &mut String) {
    out.push_str("{\"target_object\":");
    write_string(object, out);
    out.push(',');
    write_string(key, out);
    out.push(':');
}

fn write_id(object: &str, id: &str, out: &mut String) {
    start(object, ID, out);
    write_string(id, out);
    out.push('}');
}

fn from_object(
    object: &Object<'_>,
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let refused = |what: &str, value: &Value<'_>, help: String| {
        Err(to.expected(Code::AttributeRecordReference, what, value).help(help))
    };
    let targets = to.coercer.known.targets.as_slice();
    let (name, target) = match object.get(OBJECT) {
        None if to.strict() => {
            let help = "write `\"target_object\"` with the slug of the object".to_owned();
            return refused("a reference that names its object", value, help);
        }
        None => {
            let target = only_target(value, to)?;
            (target.object.as_ref(), Some(target))
        }
        Some(Value::String(name)) => {
            let is_it = |target: &&Target| *target.object == **name || target.id.as_deref() == Some(name);
            let target = targets.iter().find(is_it);
            // An attribute that names no objects may refer to any, also to those that the schema does not know.
            if target.is_none() && !to.coercer.attribute.allowed_objects.is_empty() {
                let what = format!(
                    "a reference to {}",
                    names(targets.iter().map(|target| target.object.as_ref()))
                );
                let help = match did_you_mean(name, targets.iter().map(|target| target.object.as_ref())) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "the attribute refers to no other object".to_owned(),
                };
                return refused(&what, &Value::String(name.as_ref().into()), help);
            }
            (name.as_ref(), target)
        }
        Some(other) => return refused("the slug of an object in `target_object`", other, "send `people`, for example".to_owned()),
    };
    let mut others = object.iter().filter(|(key, _)| *key != OBJECT);
    let (key, inner) = match (others.next(), others.next()) {
        (Some(only), None) => only,
        (None, _) => {
            let help = target.map_or_else(|| "write `target_record_id`".to_owned(), how_to_refer);
            return refused(WHAT, value, help);
        }
        (Some(_), Some(_)) => {
            let message = format!(
                "`{}` expected one way to find a record, got an object with {}",
                to.coercer.slug,
                names(object.keys().filter(|key| *key != OBJECT).take(5))
            );
            return Err(Finding::error(Code::AttributeUnknownKey, message)
                .help("send either `target_record_id` or one unique attribute beside `target_object`"));
        }
    };
    // Every record has its id as an attribute too, but only the form for ids takes it.
    if key == ID_ATTRIBUTE && to.strict() {
        return refused("the id of a record as `target_record_id`", value, "write `target_record_id` for `record_id`".to_owned());
    }
    if matches!(key, ID | ID_ATTRIBUTE) {
        return match inner {
            Value::String(id) if is_uuid(trimmed(id)) => {
                write_id(name, trimmed(id), out);
                Ok(())
            }
            _ => refused("the id of a record", inner, "the id of a record is a UUID".to_owned()),
        };
    }
    let kind = match kind_of(key, name, target) {
        Ok(kind) => kind,
        Err(help) => {
            let message = format!(
                "`{}` expected a unique attribute of `{}`, got `{}`",
                to.coercer.slug,
                excerpt(name),
                excerpt(key)
            );
            return Err(Finding::error(Code::AttributeRecordReference, message).help(help));
        }
    };
    let only = match inner {
        Value::Array(items) => match items.as_slice() {
            [only] => only,
            _ => return refused("one value to find a record by", inner, "Attio finds a record by one value only".to_owned()),
        },
        _ if to.strict() => {
            return refused("a list of one value to find a record by", inner, format!("write `\"{}\": [...]`", excerpt(key)));
        }
        only => only,
    };
    let is_blank = match only {
        Value::Null => true,
        Value::String(text) => trimmed(text).is_empty(),
        _ => false,
    };
    if is_blank {
        return refused("a value to find a record by", only, format!("leave the reference out where there is no `{}`", excerpt(key)));
    }
    start(name, key, out);
    out.push('[');
    let from = out.len();
    match kind {
        Some(kind) => super::coerce(kind, only, to, out)?,
        None => only.write_to(out),
    }
    if out.len() == from {
        return Err(to
            .expected(Code::AttributeRecordReference, "a value to find a record by", only)
            .help(format!("leave the reference out where there is no `{}`", excerpt(key))));
    }
    out.push_str("]}");
    Ok(())
}

/// The type of a unique attribute; none when it cannot be known; an error says how to mend it.
fn kind_of(
    key: &str,
    object: &str,
    target: Option<&Target>,
) -> Result<Option<AttributeType>, String> {
    let slug = target.map_or(object, |target| target.object.as_ref());
    if let Some((.., kind)) = STANDARD.iter().find(|standard| (standard.0, standard.1) == (slug, key)) {
        return Ok(Some(*kind));
    }
    let Some(target) = target.filter(|target| target.is_known) else {
        return Ok(None);
    };
    if let Some((_, kind, _)) = target.unique.iter().find(|(slug, ..)| slug.as_ref() == key) {
        return Ok(Some(*kind));
    }
    // An attribute may be named by its id.
    if is_uuid(key) {
        return Ok(None);
    }
    let unique = || unique(target);
    Err(match did_you_mean(key, unique()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if unique().next().is_none() => "the object has no unique attribute; write `target_record_id`".to_owned(),
        None => format!("the unique attributes are {}", names(unique())),
    })
}

/// Names in backticks with commas between them.
fn names<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{}`", excerpt(name))).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{prepared, said};
    use crate::attribute::{Coercer, Mode, Options};
    use crate::schema::{Attribute, AttributeType};

    fn to(objects: &[&str], mode: Mode) -> Coercer {
        let mut attribute = Attribute::of(AttributeType::RecordReference);
        attribute.allowed_objects = objects.iter().map(|object| (*object).to_owned()).collect();
        let options = Options {
            mode,
            ..Options::default()
        };
        prepared(attribute, options)
    }

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let companies = to(&["companies"], Mode::Lenient);
        let texts = [
            r#""Acme Inc""#,
            r#"{"target_object":"company","target_record_id":"x"}"#,
            r#"{"target_object":"people","target_record_id":"x"}"#,
            r#"{"target_object":"companies"}"#,
            r#"{"target_object":"companies","target_record_id":"x"}"#,
            r#"{"target_object":"companies","domain":"acme.com"}"#,
            r#"{"target_object":"companies","name":"Acme"}"#,
            r#"{"domains":["a.com","b.com"]}"#,
            r#"{"domains":null}"#,
            r#"{"domains":"a.com","target_record_id":"x"}"#,
            r#"{"target_object":1}"#,
            "true",
        ]
        .map(|input| said(&companies, input));
        insta::assert_snapshot!(texts.join("\n"), @r#"
        error[attribute.domain]: `it` expected a domain, got the string `Acme Inc`
          help: send a domain such as `example.com`, a URL or an e-mail address
        error[attribute.record_reference]: `it` expected a reference to `companies`, got the string `company`
          help: did you mean `companies`?
        error[attribute.record_reference]: `it` expected a reference to `companies`, got the string `people`
          help: the attribute refers to no other object
        error[attribute.record_reference]: `it` expected a reference to a record, got an object
          help: send the id of the record, or `{"target_object": "companies", "domains": ...}`
        error[attribute.record_reference]: `it` expected the id of a record, got the string `x`
          help: the id of a record is a UUID
        error[attribute.record_reference]: `it` expected a unique attribute of `companies`, got `domain`
          help: did you mean `domains`?
        error[attribute.record_reference]: `it` expected a unique attribute of `companies`, got `name`
          help: the unique attributes are `domains`
        error[attribute.record_reference]: `it` expected one value to find a record by, got an array of 2
          help: Attio finds a record by one value only
        error[attribute.record_reference]: `it` expected a value to find a record by, got null
          help: leave the reference out where there is no `domains`
        error[attribute.unknown_key]: `it` expected one way to find a record, got an object with `domains`, `target_record_id`
          help: send either `target_record_id` or one unique attribute beside `target_object`
        error[attribute.record_reference]: `it` expected the slug of an object in `target_object`, got the number `1`
          help: send `people`, for example
        error[attribute.record_reference]: `it` expected a reference to a record, got the boolean `true`
          help: send the id of a record, or a unique attribute of it
        "#);
        let texts = [
            said(&to(&["companies", "people"], Mode::Lenient), r#""acme.com""#),
            said(&to(&["deals"], Mode::Lenient), r#""Big deal""#),
            said(&to(&["projects"], Mode::Lenient), r#""P-1""#),
            said(&to(&["companies"], Mode::Strict), r#"{"domains":"acme.com"}"#),
            said(&to(&["companies"], Mode::Strict), r#"{"target_object":"companies","domains":"acme.com"}"#),
            said(&to(&["companies"], Mode::Strict), r#"{"target_object":"companies","record_id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b"}"#),
            said(&to(&["companies"], Mode::Strict), r#""50cf242c-7fa3-4cad-87d0-75b1af71c57b""#),
        ];
        insta::assert_snapshot!(texts.join("\n"), @r#"
        error[attribute.record_reference]: `it` expected a reference that names its object, got the string `acme.com`
          help: write `{"target_object": "companies", "target_record_id": ...}`; the objects are `companies`, `people`
        error[attribute.record_reference]: `it` expected a reference to a record of `deals`, got the string `Big deal`
          help: send the id of the record, which is a UUID
        error[attribute.record_reference]: `it` expected a reference to a record of `projects`, got the string `P-1`
          help: send the id of the record, which is a UUID
        error[attribute.record_reference]: `it` expected a reference that names its object, got an object
          help: write `"target_object"` with the slug of the object
        error[attribute.record_reference]: `it` expected a list of one value to find a record by, got the string `acme.com`
          help: write `"domains": [...]`
        error[attribute.record_reference]: `it` expected the id of a record as `target_record_id`, got an object
          help: write `target_record_id` for `record_id`
        error[attribute.record_reference]: `it` expected a reference to a record, got the string `50cf242c-7fa3-4cad-87d0-75b1af71c57b`
          help: write `{"target_object": ..., "target_record_id": ...}`, or set `mode` to `lenient`
        "#);
    }
}
