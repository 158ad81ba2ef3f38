//! Objects and attributes of an Attio workspace, as an input value.
//!
//! A schema comes from a workspace (`schema pull`), or is [`Schema::standard`]: the five standard objects with the
//! attributes that every workspace has. Attio's own words: object, attribute, slug, select option, status, member.

mod read;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;

use crate::diagnostic::nearest_or_all;

/// Attio's 17 attribute types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(
    missing_docs,
    reason = "each type is described in its own file in `attribute`"
)]
pub enum AttributeType {
    ActorReference,
    Checkbox,
    Currency,
    Date,
    Domain,
    EmailAddress,
    Interaction,
    Location,
    Number,
    PersonalName,
    PhoneNumber,
    Rating,
    RecordReference,
    Select,
    Status,
    Text,
    Timestamp,
}

impl AttributeType {
    /// All 17, in the order of Attio's documentation.
    pub const ALL: [AttributeType; 17] = [
        AttributeType::ActorReference,
        AttributeType::Checkbox,
        AttributeType::Currency,
        AttributeType::Date,
        AttributeType::Domain,
        AttributeType::EmailAddress,
        AttributeType::Interaction,
        AttributeType::Location,
        AttributeType::PersonalName,
        AttributeType::Number,
        AttributeType::PhoneNumber,
        AttributeType::Rating,
        AttributeType::RecordReference,
        AttributeType::Select,
        AttributeType::Status,
        AttributeType::Text,
        AttributeType::Timestamp,
    ];

    /// Attio's name of the type, e.g. `email-address`.
    pub const fn as_str(self) -> &'static str {
        match self {
            AttributeType::ActorReference => "actor-reference",
            AttributeType::Checkbox => "checkbox",
            AttributeType::Currency => "currency",
            AttributeType::Date => "date",
            AttributeType::Domain => "domain",
            AttributeType::EmailAddress => "email-address",
            AttributeType::Interaction => "interaction",
            AttributeType::Location => "location",
            AttributeType::Number => "number",
            AttributeType::PersonalName => "personal-name",
            AttributeType::PhoneNumber => "phone-number",
            AttributeType::Rating => "rating",
            AttributeType::RecordReference => "record-reference",
            AttributeType::Select => "select",
            AttributeType::Status => "status",
            AttributeType::Text => "text",
            AttributeType::Timestamp => "timestamp",
        }
    }

    /// What to say to a person who wrote a name that is no type: the one that other systems call so, the one that is
    /// nearest, or all.
    pub(crate) fn help(name: &str) -> String {
        match Self::elsewhere(&normal(name)) {
            Some(kind) => format!("did you mean `{}`?", kind.as_str()),
            None => nearest_or_all(name, "the types", Self::ALL.map(Self::as_str)),
        }
    }

    /// The type that databases and JSON Schema give another name.
    fn elsewhere(name: &str) -> Option<Self> {
        Some(match name {
            "string" | "str" | "char" | "varchar" => AttributeType::Text,
            "integer" | "int" | "bigint" | "float" | "double" | "decimal" | "numeric" => {
                AttributeType::Number
            }
            "boolean" | "bool" => AttributeType::Checkbox,
            "datetime" | "date-time" => AttributeType::Timestamp,
            "money" => AttributeType::Currency,
            "address" => AttributeType::Location,
            "url" | "uri" | "website" => AttributeType::Domain,
            "enum" => AttributeType::Select,
            "relation" | "relationship" => AttributeType::RecordReference,
            "member" => AttributeType::ActorReference,
            _ => return None,
        })
    }

    /// The type of a name as a person writes it, and whether that name means several values: Attio's names, `email`,
    /// `pipeline`, `name`, `phone`, `multiselect`, and underscores for hyphens.
    pub fn from_name(name: &str) -> Option<(Self, bool)> {
        let name = normal(name);
        let same = match name.as_str() {
            "email" => AttributeType::EmailAddress,
            "pipeline" => AttributeType::Status,
            "name" => AttributeType::PersonalName,
            "phone" => AttributeType::PhoneNumber,
            "multiselect" | "multi-select" => return Some((AttributeType::Select, true)),
            _ => {
                return Self::ALL
                    .into_iter()
                    .find(|kind| kind.as_str() == name)
                    .map(|kind| (kind, false));
            }
        };
        Some((same, false))
    }
}

/// The name of a type as Attio would write it: in lower case, with hyphens.
fn normal(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace(['_', ' '], "-")
}

/// The objects of a workspace and its members.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Schema {
    /// Whether a workspace may have more objects and attributes than are named here.
    #[serde(skip_serializing_if = "is_no")]
    pub is_partial: bool,
    /// Objects by slug.
    pub objects: BTreeMap<String, Object>,
    /// Workspace members, when they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<Member>>,
}

/// One object of a workspace.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Object {
    /// Attio's id of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What one record is called, e.g. `Person`.
    pub singular_noun: String,
    /// What many are called, e.g. `People`.
    pub plural_noun: String,
    /// Whether the object is activated in the workspace; what is not cannot be written.
    #[serde(skip_serializing_if = "is_yes")]
    pub is_active: bool,
    /// Attributes by slug.
    pub attributes: BTreeMap<String, Attribute>,
}

impl Object {
    /// An activated object of which only the slug is known.
    pub fn named(slug: &str) -> Self {
        Object {
            id: None,
            singular_noun: slug.to_owned(),
            plural_noun: slug.to_owned(),
            is_active: true,
            attributes: BTreeMap::new(),
        }
    }
}

/// One attribute of an object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attribute {
    /// Attio's id of the attribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What people call it; empty when it is the slug.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: AttributeType,
    /// Whether it holds several values.
    #[serde(skip_serializing_if = "is_no")]
    pub is_multiselect: bool,
    /// Whether a record cannot be created without it.
    #[serde(skip_serializing_if = "is_no")]
    pub is_required: bool,
    /// Whether a record can be found by it.
    #[serde(skip_serializing_if = "is_no")]
    pub is_unique: bool,
    /// Whether the API may write it.
    #[serde(skip_serializing_if = "is_yes")]
    pub is_writable: bool,
    /// Whether it was archived.
    #[serde(skip_serializing_if = "is_no")]
    pub is_archived: bool,
    /// Whether Attio fills it in where a new record is written without it.
    #[serde(skip_serializing_if = "is_no")]
    pub has_default: bool,
    /// Of a record reference: the slugs of the objects it may point to; empty when any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_objects: Vec<String>,
    /// Of a relationship: the attribute on the other side, as `object.attribute`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inverse: Option<String>,
    /// Of a currency: the ISO 4217 code of all its values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_currency_code: Option<String>,
    /// Of a select: its options, when they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<Choice>>,
    /// Of a status: its statuses, when they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statuses: Option<Vec<Choice>>,
}

impl Attribute {
    /// A writable single-value attribute of a type, with nothing else said of it.
    pub fn of(kind: AttributeType) -> Self {
        Attribute {
            id: None,
            title: String::new(),
            kind,
            is_multiselect: false,
            is_required: false,
            is_unique: false,
            is_writable: true,
            is_archived: false,
            has_default: false,
            allowed_objects: Vec::new(),
            inverse: None,
            default_currency_code: None,
            options: None,
            statuses: None,
        }
    }
}

/// A select option, or a status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Attio's id of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What people call it.
    pub title: String,
    /// Whether it was archived; what was cannot be written.
    #[serde(skip_serializing_if = "is_no")]
    pub is_archived: bool,
}

impl Choice {
    /// Whether people mean it by that title: letter case and the space around it do not matter.
    pub fn is_called(&self, title: &str) -> bool {
        !self.is_archived && self.title.trim().to_lowercase() == title.trim().to_lowercase()
    }
}

/// A member of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Attio's id of the member.
    pub id: String,
    /// The member's e-mail address.
    pub email_address: String,
    /// The member's name, for people who read the file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

fn is_yes(value: &bool) -> bool {
    *value
}

fn is_no(value: &bool) -> bool {
    !*value
}

impl Schema {
    /// The five standard objects, all activated, with the attributes that every workspace has.
    pub fn standard() -> &'static Schema {
        static STANDARD: LazyLock<Schema> = LazyLock::new(|| {
            Schema::parse(include_str!("schema/standard.json"))
                .expect("OK because a test reads the same embedded file")
        });
        &STANDARD
    }

    /// The object of a slug.
    pub fn object(&self, slug: &str) -> Option<&Object> {
        self.objects.get(slug)
    }

    /// The attribute of a slug of the object of a slug.
    pub fn attribute(&self, object: &str, slug: &str) -> Option<&Attribute> {
        self.objects.get(object)?.attributes.get(slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_objects_can_be_asserted_by_their_unique_attributes() {
        let schema = Schema::standard();
        for (object, attribute) in [
            ("people", "email_addresses"),
            ("companies", "domains"),
            ("users", "user_id"),
            ("workspaces", "workspace_id"),
        ] {
            assert!(
                schema.attribute(object, attribute).unwrap().is_unique,
                "{object}.{attribute}"
            );
        }
        assert_eq!(schema.objects.len(), 5);
        assert!(
            schema
                .attribute("workspaces", "users")
                .unwrap()
                .is_multiselect
        );
    }

    #[test]
    fn inverse_sides_name_each_other() {
        for (object, definition) in &Schema::standard().objects {
            for (slug, attribute) in &definition.attributes {
                let Some((other, back)) = attribute
                    .inverse
                    .as_ref()
                    .and_then(|inverse| inverse.split_once('.'))
                else {
                    continue;
                };
                let inverse = Schema::standard().attribute(other, back).unwrap();
                assert_eq!(
                    inverse.inverse.as_deref(),
                    Some(format!("{object}.{slug}").as_str())
                );
                assert_eq!(attribute.allowed_objects, [other]);
            }
        }
    }

    #[test]
    fn names_of_types_are_read_as_people_write_them() {
        assert_eq!(
            AttributeType::from_name("email"),
            Some((AttributeType::EmailAddress, false))
        );
        assert_eq!(
            AttributeType::from_name("Phone_Number"),
            Some((AttributeType::PhoneNumber, false))
        );
        assert_eq!(
            AttributeType::from_name("multiselect"),
            Some((AttributeType::Select, true))
        );
        assert_eq!(AttributeType::from_name("json"), None);
    }

    #[test]
    fn a_name_that_is_no_type_is_answered_with_the_type_that_was_meant() {
        for (name, expect) in [
            ("string", "did you mean `text`?"),
            ("Boolean", "did you mean `checkbox`?"),
            ("date_time", "did you mean `timestamp`?"),
            ("dates", "did you mean `date`?"),
        ] {
            assert_eq!(AttributeType::help(name), expect, "{name}");
        }
        assert_eq!(AttributeType::from_name("string"), None);
        assert!(AttributeType::help("json").starts_with("the types are `actor-reference`, "));
    }
}
