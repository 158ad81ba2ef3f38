//! References to records and to members, and the choice of options and statuses.

use super::{Checked, Context, Problem, text_of, unwrap};
use crate::json::{Object, Value};
use crate::sandbox::tables::{AttributeTable, Id, Tables, is_uuid, record_of_uuid, uuid};
use crate::sandbox::value::{Cell, Key};

pub(super) fn choice(attribute: &AttributeTable, value: &Value<'_>, key: &str) -> Checked {
    let given = text_of(unwrap(value, key)?)?;
    if given.is_empty() {
        return Err(Problem::form(format!(
            "An empty string is not a valid {key}."
        )));
    }
    let mut choices = attribute.choices.iter();
    match choices.find(|choice| choice.id.eq_ignore_ascii_case(given) || &*choice.title == given) {
        Some(choice) if !choice.is_archived => Ok(Cell::Choice(choice.title.clone())),
        None if attribute.takes_any_choice => Ok(Cell::Choice(given.into())),
        _ => {
            let what = if key == "option" {
                "select option"
            } else {
                "status"
            };
            let by = if is_uuid(given) { "ID" } else { "title" };
            Err(Problem::NotFound(format!(
                "Cannot find {what} with {by} \"{given}\""
            )))
        }
    }
}

pub(super) fn actor(context: Context<'_>, value: &Value<'_>) -> Checked {
    const EMAIL: &str = "workspace_member_email_address";
    let members = context.tables.members.as_deref();
    if let Value::Object(object) = value
        && !object.contains_key(EMAIL)
    {
        const KEYS: [&str; 2] = ["referenced_actor_type", "referenced_actor_id"];
        if let Some(other) = object.keys().find(|key| !KEYS.contains(key)) {
            return Err(Problem::at(other, format!("Unrecognized key \"{other}\".")));
        }
        let required = |key| {
            object
                .get(key)
                .ok_or_else(|| Problem::at(key, format!("Required key \"{key}\" is missing.")))
        };
        if text_of(required(KEYS[0])?)? != "workspace-member" {
            return Err(Problem::at(
                KEYS[0],
                "Only workspace members can be referenced.",
            ));
        }
        let id = text_of(required(KEYS[1])?)?;
        if !is_uuid(id) {
            return Err(Problem::at(
                KEYS[1],
                format!("\"{id}\" is not a valid UUID."),
            ));
        }
        let is_member = members.is_none_or(|members| {
            members
                .iter()
                .any(|member| member.id.eq_ignore_ascii_case(id))
        });
        return if is_member {
            Ok(member(id))
        } else {
            Err(Problem::NotFound(format!(
                "Cannot find workspace member with ID \"{id}\""
            )))
        };
    }
    let email = text_of(unwrap(value, EMAIL)?)?;
    // The shape is that of any e-mail address.
    super::contact::email(&Value::String(email.into()))?;
    let id = member_by_email(context.tables, email).ok_or_else(|| {
        Problem::NotFound(format!(
            "Cannot find workspace member with email address \"{email}\""
        ))
    })?;
    Ok(member(id))
}

fn member(id: impl Into<Box<str>>) -> Cell {
    Cell::Actor {
        kind: "workspace-member",
        id: Some(id.into()),
    }
}

/// The id of the member with an e-mail address. Where the members are not known everyone is one, with an id that the
/// address gives.
fn member_by_email(tables: &Tables, email: &str) -> Option<String> {
    let email = email.to_ascii_lowercase();
    match &tables.members {
        Some(members) => {
            let mut members = members.iter();
            let member =
                members.find(|member| member.email_address.to_ascii_lowercase() == email)?;
            Some(member.id.clone())
        }
        None => {
            let hash = email.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
            });
            Some(uuid(Id::Member, 0, hash))
        }
    }
}

pub(super) fn record(
    context: Context<'_>,
    attribute: &AttributeTable,
    value: &Value<'_>,
) -> Checked {
    match value {
        Value::Object(object) => record_of_object(context, attribute, object),
        Value::String(text) => record_of_text(context, attribute, text),
        other => Err(Problem::form(format!(
            "Expected a record reference, received {}.",
            other.kind()
        ))),
    }
}

/// A bare text names a record of the one standard object that the attribute allows.
fn record_of_text(context: Context<'_>, attribute: &AttributeTable, text: &str) -> Checked {
    let bare = |object: &str| match object {
        "companies" => Some("domains"),
        "people" => Some("email_addresses"),
        "users" => Some("user_id"),
        "workspaces" => Some("workspace_id"),
        _ => None,
    };
    let named = match attribute.allowed.as_slice() {
        &[object] => bare(&context.tables.objects[object].slug).map(|slug| (object, slug)),
        _ => None,
    };
    let (object, slug) = named.ok_or_else(|| {
        Problem::form(
            "A string can only reference a record where the attribute allows one standard object.",
        )
    })?;
    by_match(context, object, slug, &Value::String(text.into()))
}

fn record_of_object(
    context: Context<'_>,
    attribute: &AttributeTable,
    object: &Object<'_>,
) -> Checked {
    let target = object.get("target_object").ok_or_else(|| {
        Problem::at(
            "target_object",
            "Missing target_object on record reference value.",
        )
    })?;
    let target = text_of(target)?;
    let place = context.tables.object(target).ok_or_else(|| {
        Problem::NotFound(format!("Cannot find object with slug/ID \"{target}\""))
    })?;
    if !attribute.allowed.is_empty() && !attribute.allowed.contains(&place) {
        let why = format!("Records of the object \"{target}\" cannot be referenced.");
        return Err(Problem::at("target_object", why));
    }
    let mut others = object.iter().filter(|(key, _)| *key != "target_object");
    let (Some((key, value)), None) = (others.next(), others.next()) else {
        return Err(Problem::form(
            "Expected target_record_id or one matching attribute beside target_object.",
        ));
    };
    if key == "target_record_id" {
        let id = text_of(value)?;
        if !is_uuid(id) {
            return Err(Problem::at(key, format!("\"{id}\" is not a valid UUID.")));
        }
        let found = record_of_uuid(id).map(|(object, record)| Key { object, record });
        return found
            .filter(|key| key.object == place && context.store.get(*key).is_some())
            .map(Cell::Reference)
            .ok_or_else(|| {
                Problem::NotFound(format!(
                    "Cannot find record of object \"{target}\" with ID \"{id}\""
                ))
            });
    }
    match value {
        Value::Array(items) if items.len() == 1 => by_match(context, place, key, &items[0]),
        Value::Array(items) => {
            let why = format!(
                "Expected an array of one value to match by, received {}.",
                items.len()
            );
            Err(Problem::at(key, why))
        }
        other => Err(Problem::at(
            key,
            format!("Expected array, received {}.", other.kind()),
        )),
    }
}

/// The record of `object` whose unique attribute `name` holds the value.
fn by_match(context: Context<'_>, object: usize, name: &str, value: &Value<'_>) -> Checked {
    let table = &context.tables.objects[object];
    let place = table.attribute(name).ok_or_else(|| {
        Problem::NotFound(format!("Cannot find attribute with slug/ID \"{name}\""))
    })?;
    let matching = &table.attributes[place];
    if !matching.is_unique {
        return Err(Problem::at(
            name,
            "The matching attribute specified is not a unique attribute.",
        ));
    }
    let cell = context.check_one(matching, value)?;
    find_match(context, object, place, &cell)
        .map(Cell::Reference)
        .ok_or_else(|| {
            Problem::NotFound(format!(
                "Cannot find record of object \"{}\" with {} \"{}\"",
                table.slug,
                matching.slug,
                cell.text()
            ))
        })
}

/// The record whose unique attribute holds `cell`.
pub(in crate::sandbox) fn find_match(
    context: Context<'_>,
    object: usize,
    attribute: usize,
    cell: &Cell,
) -> Option<Key> {
    if context.tables.attribute(object, attribute).slug == "record_id" {
        let (of, record) = record_of_uuid(&cell.text())?;
        let key = Key { object, record };
        return (of == object && context.store.get(key).is_some()).then_some(key);
    }
    context.store.find(object, attribute, cell)
}
