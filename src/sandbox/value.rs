//! One value of an attribute, as it is stored and as Attio reads it out.

use std::fmt::Write as _;
use std::sync::Arc;

use super::moment::Moment;
use super::tables::{AttributeTable, Id, Tables, uuid};
use crate::json::write_string;

/// A record: the place of its object, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) object: usize,
    pub(super) record: usize,
}

impl Key {
    /// The record's id.
    pub(super) fn id(self) -> String {
        uuid(Id::Record, self.object, self.record as u64)
    }
}

/// Who wrote a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Actor {
    /// The holder of the API token.
    Token,
    /// Attio itself.
    System,
}

impl Actor {
    /// Its type and id, as values refer to it.
    pub(super) fn cell(self) -> Cell {
        match self {
            Actor::Token => Cell::Actor {
                kind: "api-token",
                id: Some(uuid(Id::Token, 0, 1).into()),
            },
            Actor::System => Cell::Actor {
                kind: "system",
                id: None,
            },
        }
    }

    /// Appends `{"type", "id"}`.
    pub(super) fn write_to(self, out: &mut String) {
        match self {
            Actor::Token => {
                out.push_str("{\"type\":\"api-token\",\"id\":\"");
                out.push_str(&uuid(Id::Token, 0, 1));
                out.push_str("\"}");
            }
            Actor::System => out.push_str("{\"type\":\"system\",\"id\":null}"),
        }
    }
}

/// The ten keys of a location, in Attio's order.
pub(super) const LOCATION_KEYS: [&str; 10] = [
    "line_1",
    "line_2",
    "line_3",
    "line_4",
    "locality",
    "region",
    "postcode",
    "country_code",
    "latitude",
    "longitude",
];

/// One value, checked and normalised.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// An actor's type and id; what is written is always a workspace member.
    Actor {
        kind: &'static str,
        id: Option<Box<str>>,
    },
    Checkbox(bool),
    /// An amount; its currency is the attribute's.
    Currency(f64),
    /// `YYYY-MM-DD`
    Date(Box<str>),
    Domain(Box<str>),
    Email {
        address: Box<str>,
        original: Box<str>,
    },
    /// In the order of [`LOCATION_KEYS`].
    Location(Box<[Option<Box<str>>; 10]>),
    Name {
        first: Box<str>,
        last: Box<str>,
        full: Box<str>,
    },
    Number(f64),
    Phone {
        number: Box<str>,
        original: Box<str>,
        country: Option<&'static str>,
    },
    Rating(u8),
    Reference(Key),
    /// An option or status, by title.
    Choice(Arc<str>),
    Text(Box<str>),
    Timestamp(Moment),
}

impl Cell {
    /// Whether both are the same value, however they were written.
    pub(super) fn is_same(&self, other: &Cell) -> bool {
        match (self, other) {
            (Cell::Email { address: a, .. }, Cell::Email { address: b, .. })
            | (Cell::Phone { number: a, .. }, Cell::Phone { number: b, .. }) => a == b,
            _ => self == other,
        }
    }

    /// The text that records are found by, and that snapshots hold; of a reference its record's id.
    pub(super) fn text(&self) -> String {
        match self {
            Cell::Actor { id, .. } => id.as_deref().unwrap_or_default().to_owned(),
            Cell::Date(text)
            | Cell::Domain(text)
            | Cell::Text(text)
            | Cell::Email { address: text, .. }
            | Cell::Phone { number: text, .. }
            | Cell::Name { full: text, .. } => text.to_string(),
            Cell::Checkbox(value) => value.to_string(),
            Cell::Currency(value) | Cell::Number(value) => value.to_string(),
            Cell::Location(parts) => {
                let parts: Vec<&str> = parts.iter().flatten().map(AsRef::as_ref).collect();
                parts.join(", ")
            }
            Cell::Rating(value) => value.to_string(),
            Cell::Reference(key) => key.id(),
            Cell::Choice(title) => title.to_string(),
            Cell::Timestamp(moment) => moment.to_string(),
        }
    }

    /// Appends the properties that only this type has, each with a comma before it.
    pub(super) fn write_properties(
        &self,
        tables: &Tables,
        attribute: &AttributeTable,
        out: &mut String,
    ) {
        let mut text = |key: &str, value: &str| {
            out.push_str(",\"");
            out.push_str(key);
            out.push_str("\":");
            write_string(value, out);
        };
        match self {
            Cell::Actor { kind, id } => {
                text("referenced_actor_type", kind);
                match id {
                    Some(id) => text("referenced_actor_id", id),
                    None => out.push_str(",\"referenced_actor_id\":null"),
                }
            }
            Cell::Checkbox(value) => push(out, format_args!(",\"value\":{value}")),
            Cell::Currency(value) => {
                text("currency_code", &attribute.currency);
                push(out, format_args!(",\"currency_value\":{value}"));
            }
            Cell::Date(value) | Cell::Text(value) => text("value", value),
            Cell::Domain(domain) => {
                text("domain", domain);
                text("root_domain", root_domain(domain));
            }
            Cell::Email { address, original } => {
                let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
                text("original_email_address", original);
                text("email_address", address);
                text("email_domain", domain);
                text("email_root_domain", root_domain(domain));
                text("email_local_specifier", local);
            }
            Cell::Location(parts) => {
                for (key, part) in LOCATION_KEYS.iter().zip(parts.iter()) {
                    match part {
                        Some(part) => {
                            push(out, format_args!(",\"{key}\":"));
                            write_string(part, out);
                        }
                        None => push(out, format_args!(",\"{key}\":null")),
                    }
                }
            }
            Cell::Name { first, last, full } => {
                text("first_name", first);
                text("last_name", last);
                text("full_name", full);
            }
            Cell::Number(value) => push(out, format_args!(",\"value\":{value}")),
            Cell::Phone {
                number,
                original,
                country,
            } => {
                text("original_phone_number", original);
                text("phone_number", number);
                text("normalized_phone_number", number);
                match country {
                    Some(country) => text("country_code", country),
                    None => out.push_str(",\"country_code\":null"),
                }
            }
            Cell::Rating(value) => push(out, format_args!(",\"value\":{value}")),
            Cell::Reference(key) => {
                text("target_object", &tables.objects[key.object].slug);
                text("target_record_id", &key.id());
            }
            Cell::Choice(title) => {
                let is_status = attribute.kind == crate::schema::AttributeType::Status;
                out.push_str(if is_status {
                    ",\"status\":"
                } else {
                    ",\"option\":"
                });
                match attribute.choice(title) {
                    Some(choice) => {
                        out.push_str(&tables.choice_json(attribute, choice).to_string())
                    }
                    None => out.push_str("null"),
                }
            }
            Cell::Timestamp(moment) => push(out, format_args!(",\"value\":\"{moment}\"")),
        }
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // OK because writing to a string cannot fail.
    let _ = out.write_fmt(text);
}

/// A value with its beginning and its writer.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) cell: Cell,
    pub(super) since: Moment,
    pub(super) by: Actor,
}

impl Stored {
    /// Appends the value in Attio's read form.
    pub(super) fn write_to(&self, tables: &Tables, attribute: &AttributeTable, out: &mut String) {
        let since = self.since;
        push(
            out,
            format_args!(
                "{{\"active_from\":\"{since}\",\"active_until\":null,\"created_by_actor\":"
            ),
        );
        self.by.write_to(out);
        self.cell.write_properties(tables, attribute, out);
        let kind = attribute.kind.as_str();
        push(out, format_args!(",\"attribute_type\":\"{kind}\"}}"));
    }
}

/// The registrable part of a domain, by the second-level domains that are common.
///
/// Not the Public Suffix List: what Attio does with rare suffixes is not documented.
pub(super) fn root_domain(domain: &str) -> &str {
    const SECOND_LEVEL: [&str; 9] = ["ac", "co", "com", "edu", "gob", "gov", "net", "or", "org"];
    let mut dots = domain.rmatch_indices('.').map(|(at, _)| at);
    let (Some(last), Some(second)) = (dots.next(), dots.next()) else {
        return domain;
    };
    let is_country = domain.len() - last == 3;
    if !is_country || !SECOND_LEVEL.contains(&&domain[second + 1..last]) {
        return &domain[second + 1..];
    }
    dots.next().map_or(domain, |third| &domain[third + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_of_a_domain_is_its_registrable_part() {
        for (domain, root) in [
            ("attio.com", "attio.com"),
            ("app.attio.com", "attio.com"),
            ("a.b.attio.com", "attio.com"),
            ("bbc.co.uk", "bbc.co.uk"),
            ("news.bbc.co.uk", "bbc.co.uk"),
            ("co.uk", "co.uk"),
            ("www.t.co", "t.co"),
            ("com", "com"),
        ] {
            assert_eq!(root_domain(domain), root, "{domain}");
        }
    }
}
