//! The workspace's configuration: the token, objects, attributes, options, statuses and members.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, data};
use super::moment::Moment;
use super::records::{State, object_of};
use super::routes::Call;
use super::tables::{AttributeTable, ObjectTable, Tables, WORKSPACE_ID, is_uuid};
use crate::schema::{Attribute, AttributeType, Choice};

/// Which of the two lists a choice attribute has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choices {
    /// Options of a select.
    Options,
    /// Statuses of a status.
    Statuses,
}

impl Choices {
    fn kind(self) -> AttributeType {
        match self {
            Choices::Options => AttributeType::Select,
            Choices::Statuses => AttributeType::Status,
        }
    }
}

#[derive(Deserialize)]
struct Body<T> {
    data: T,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAttribute {
    title: String,
    #[serde(deserialize_with = "must_be_there")]
    description: Option<String>,
    api_slug: String,
    #[serde(rename = "type")]
    kind: String,
    is_required: bool,
    is_unique: bool,
    is_multiselect: bool,
    #[serde(default)]
    default_value: Option<Value>,
    config: NewConfig,
}

#[derive(Deserialize)]
struct NewConfig {
    currency: Option<NewCurrency>,
    record_reference: Option<NewReference>,
}

#[derive(Deserialize)]
struct NewCurrency {
    default_currency_code: String,
    #[serde(rename = "display_type")]
    _display_type: String,
}

#[derive(Deserialize)]
struct NewReference {
    allowed_objects: Vec<String>,
}

#[derive(Deserialize)]
struct NewChoice {
    title: String,
    #[serde(default)]
    celebration_enabled: bool,
    #[serde(default)]
    target_time_in_status: Option<String>,
}

/// A key that may be `null` but not absent.
fn must_be_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

fn read<'b, T: Deserialize<'b>>(call: &Call<'b>) -> Result<T, Refusal> {
    let body: Result<Body<T>, _> = serde_json::from_str(call.body.unwrap_or_default());
    body.map(|body| body.data)
        .map_err(|error| Refusal::form(format!("Body payload validation error: {error}.")))
}

/// `GET /v2/objects`: those that can be used. Attio does not document whether it lists objects that are not enabled.
pub(super) fn list_objects(state: &State) -> Answer {
    let objects = state
        .tables
        .objects
        .iter()
        .filter(|object| object.is_active);
    Ok(data(
        &objects
            .map(|object| object_json(object, state.born))
            .collect(),
    ))
}

/// `GET /v2/objects/{object}`
pub(super) fn get_object(state: &State, name: &str) -> Answer {
    let object = object_of(&state.tables, name)?;
    Ok(data(&object_json(
        &state.tables.objects[object],
        state.born,
    )))
}

fn object_json(object: &ObjectTable, born: Moment) -> Value {
    json!({
        "id": {"workspace_id": WORKSPACE_ID, "object_id": object.id},
        "api_slug": object.slug,
        "singular_noun": object.singular_noun,
        "plural_noun": object.plural_noun,
        "created_at": born.to_string(),
    })
}

/// The attribute of a path.
fn attribute_of(tables: &Tables, object: usize, name: &str) -> Result<usize, Refusal> {
    let found = tables.objects[object].attribute(name);
    found.ok_or_else(|| Refusal::not_found(format!("Attribute with slug/ID \"{name}\" not found.")))
}

/// `GET /v2/objects/{object}/attributes`
pub(super) fn list_attributes(state: &State, object: &str, call: &Call<'_>) -> Answer {
    let object = object_of(&state.tables, object)?;
    let show_archived = call.flag("show_archived")?;
    let offset = call.number("offset")?.unwrap_or(0);
    let limit = call.number("limit")?.unwrap_or(usize::MAX);
    let attributes = state.tables.objects[object].attributes.iter();
    let page = attributes
        .filter(|attribute| show_archived || !attribute.is_archived)
        .skip(offset)
        .take(limit);
    Ok(data(
        &page
            .map(|attribute| state.attribute_json(attribute))
            .collect(),
    ))
}

/// `GET /v2/objects/{object}/attributes/{attribute}`
pub(super) fn get_attribute(state: &State, object: &str, name: &str) -> Answer {
    let object = object_of(&state.tables, object)?;
    let place = attribute_of(&state.tables, object, name)?;
    Ok(data(
        &state.attribute_json(state.tables.attribute(object, place)),
    ))
}

/// `POST /v2/objects/{object}/attributes`
pub(super) fn create_attribute(state: &mut State, object: &str, call: &Call<'_>) -> Answer {
    let object = object_of(&state.tables, object)?;
    let new: NewAttribute = read(call)?;
    let kind = AttributeType::ALL
        .into_iter()
        .find(|kind| kind.as_str() == new.kind)
        .filter(|kind| {
            !matches!(
                kind,
                AttributeType::PersonalName | AttributeType::Interaction
            )
        })
        .ok_or_else(|| {
            Refusal::form(format!(
                "Attributes of type \"{}\" cannot be created.",
                new.kind
            ))
        })?;
    check_new_attribute(&state.tables, object, kind, &new)?;
    let allowed = new
        .config
        .record_reference
        .iter()
        .flat_map(|config| &config.allowed_objects);
    let allowed: Result<Vec<usize>, Refusal> =
        allowed.map(|name| object_of(&state.tables, name)).collect();
    let mut attribute = Attribute::of(kind);
    attribute.title = new.title;
    attribute.is_multiselect = new.is_multiselect;
    attribute.is_required = new.is_required;
    attribute.is_unique = new.is_unique;
    attribute.default_currency_code = new
        .config
        .currency
        .map(|currency| currency.default_currency_code);
    let tables = Arc::make_mut(&mut state.tables);
    let place = tables.add_attribute(object, &new.api_slug, &attribute, new.description, allowed?);
    Ok(data(
        &state.attribute_json(state.tables.attribute(object, place)),
    ))
}

fn check_new_attribute(
    tables: &Tables,
    object: usize,
    kind: AttributeType,
    new: &NewAttribute,
) -> Result<(), Refusal> {
    use AttributeType::{
        ActorReference, Currency, Domain, EmailAddress, PhoneNumber, RecordReference, Select,
        Status,
    };
    let table = &tables.objects[object];
    let wrong = |why: String| Err(Refusal::form(why));
    if new.title.is_empty() || new.api_slug.is_empty() {
        return wrong("The title and api_slug of an attribute must not be empty.".to_owned());
    }
    if kind == Status {
        return wrong("Attributes of type \"status\" are not supported on objects.".to_owned());
    }
    let takes_many = [
        ActorReference,
        Domain,
        EmailAddress,
        PhoneNumber,
        RecordReference,
        Select,
    ];
    if new.is_multiselect && !takes_many.contains(&kind) {
        return wrong(format!(
            "Attributes of type \"{}\" cannot be multiselect.",
            new.kind
        ));
    }
    let has_own_identity = ["companies", "people"].contains(&table.slug.as_str());
    if new.is_unique && (kind == Select || has_own_identity) {
        return wrong(format!(
            "An attribute of type \"{}\" on the object \"{}\" cannot be unique.",
            new.kind, table.slug
        ));
    }
    if kind == Currency && new.config.currency.is_none() {
        return wrong("Attributes of type \"currency\" need config.currency.".to_owned());
    }
    if new
        .config
        .record_reference
        .as_ref()
        .is_some_and(|config| config.allowed_objects.is_empty())
    {
        return wrong("config.record_reference.allowed_objects must not be empty.".to_owned());
    }
    if new
        .default_value
        .as_ref()
        .is_some_and(|value| !value.is_null())
    {
        return wrong("The sandbox does not support default values.".to_owned());
    }
    if table.attribute(&new.api_slug).is_some() {
        return Err(Refusal::slug_conflict(
            "An attribute with the same API slug already exists on this object. Please choose a different API slug.",
        ));
    }
    Ok(())
}

impl State {
    fn attribute_json(&self, attribute: &AttributeTable) -> Value {
        let objects = &self.tables.objects;
        let id = |object: usize, attribute: &AttributeTable| {
            json!({
                "workspace_id": WORKSPACE_ID,
                "object_id": objects[object].id,
                "attribute_id": attribute.id,
            })
        };
        let inverse = attribute
            .inverse
            .map(|(object, place)| (object, self.tables.attribute(object, place)));
        let is_currency = attribute.kind == AttributeType::Currency;
        let allowed: Vec<&str> = attribute
            .allowed
            .iter()
            .map(|&object| objects[object].id.as_str())
            .collect();
        json!({
            "id": id(attribute.object, attribute),
            "title": attribute.title,
            "description": attribute.description,
            "api_slug": attribute.slug,
            "type": attribute.kind.as_str(),
            "is_system_attribute": attribute.is_system,
            "is_writable": attribute.is_writable,
            "is_required": attribute.is_required,
            "is_unique": attribute.is_unique,
            "is_multiselect": attribute.is_multiselect,
            "is_default_value_enabled": false,
            "is_archived": attribute.is_archived,
            "default_value": null,
            "relationship": inverse.map(|(object, attribute)| json!({"id": id(object, attribute)})),
            "created_at": self.born.to_string(),
            "config": {
                "currency": {
                    "default_currency_code": is_currency.then_some(&attribute.currency),
                    "display_type": is_currency.then_some("symbol"),
                },
                "record_reference": {
                    "allowed_object_ids": (!allowed.is_empty()).then_some(allowed),
                },
            },
        })
    }
}

/// `GET /v2/objects/{object}/attributes/{attribute}/options` and `/statuses`
pub(super) fn list_choices(
    state: &State,
    object: &str,
    name: &str,
    which: Choices,
    call: &Call<'_>,
) -> Answer {
    let object = object_of(&state.tables, object)?;
    let place = attribute_of(&state.tables, object, name)?;
    let attribute = state.tables.attribute(object, place);
    let show_archived = call.flag("show_archived")?;
    let choices = if attribute.kind == which.kind() {
        attribute.choices.as_slice()
    } else {
        &[]
    };
    let shown = choices
        .iter()
        .filter(|choice| show_archived || !choice.is_archived);
    Ok(data(
        &shown
            .map(|choice| state.tables.choice_json(attribute, choice))
            .collect(),
    ))
}

/// `POST /v2/objects/{object}/attributes/{attribute}/options` and `/statuses`
pub(super) fn create_choice(
    state: &mut State,
    object: &str,
    name: &str,
    which: Choices,
    call: &Call<'_>,
) -> Answer {
    let object = object_of(&state.tables, object)?;
    let place = attribute_of(&state.tables, object, name)?;
    let attribute = state.tables.attribute(object, place);
    let what = match which {
        Choices::Options => "select option",
        Choices::Statuses => "status",
    };
    if attribute.kind != which.kind() {
        return Err(Refusal::form(format!(
            "This attribute is not a {} attribute.",
            which.kind().as_str()
        )));
    }
    let new: NewChoice = read(call)?;
    if new.title.is_empty() {
        return Err(Refusal::form(format!(
            "The title of a {what} must not be empty."
        )));
    }
    if attribute.choice(&new.title).is_some() {
        return Err(Refusal::slug_conflict(format!(
            "There is already another {what} with the title \"{}\".",
            new.title
        )));
    }
    let choice = Choice {
        id: None,
        title: new.title,
        is_archived: false,
    };
    let attribute = &mut Arc::make_mut(&mut state.tables).objects[object].attributes[place];
    attribute.add_choice(place, &choice);
    if let Some(added) = attribute.choices.last_mut() {
        added.celebration_enabled = new.celebration_enabled;
        added.target_time_in_status = new.target_time_in_status;
    }
    let attribute = state.tables.attribute(object, place);
    let added = attribute
        .choices
        .last()
        .map(|choice| state.tables.choice_json(attribute, choice));
    Ok(data(&json!(added)))
}

/// `GET /v2/workspace_members`
pub(super) fn list_members(state: &State) -> Answer {
    let members = state.tables.members.iter().flatten();
    Ok(data(
        &members
            .map(|member| member_json(member, state.born))
            .collect(),
    ))
}

/// `GET /v2/workspace_members/{workspace_member_id}`
pub(super) fn get_member(state: &State, id: &str) -> Answer {
    let mut members = state.tables.members.iter().flatten();
    let member = members.find(|member| is_uuid(id) && member.id == id);
    let member = member.ok_or_else(|| {
        Refusal::not_found(format!("Workspace member with ID \"{id}\" not found."))
    })?;
    Ok(data(&member_json(member, state.born)))
}

fn member_json(member: &crate::schema::Member, born: Moment) -> Value {
    let (first, last) = member.name.split_once(' ').unwrap_or((&member.name, ""));
    json!({
        "id": {"workspace_id": WORKSPACE_ID, "workspace_member_id": member.id},
        "first_name": first,
        "last_name": last,
        "avatar_url": null,
        "email_address": member.email_address,
        "created_at": born.to_string(),
        "access_level": "member",
    })
}
