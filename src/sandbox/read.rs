//! Records in Attio's read form.

use super::records::State;
use super::store::Record;
use super::tables::{AttributeTable, WORKSPACE_ID};
use super::value::{Cell, Key, Stored};
use crate::json::write_string;

impl State {
    /// `{"data": record}`
    pub(super) fn record_answer(&self, key: Key) -> String {
        let mut out = String::with_capacity(2048);
        out.push_str("{\"data\":");
        self.write_record(key, &mut out);
        out.push('}');
        out
    }

    /// Appends a record: every attribute with the list of its values.
    pub(super) fn write_record(&self, key: Key, out: &mut String) {
        let Some(record) = self.store.get(key) else {
            out.push_str("null");
            return;
        };
        let table = &self.tables.objects[key.object];
        for (name, id) in [
            ("{\"id\":{\"workspace_id\":\"", WORKSPACE_ID),
            ("\",\"object_id\":\"", &table.id),
            ("\",\"record_id\":\"", &key.id()),
            ("\"},\"created_at\":\"", &record.created.to_string()),
        ] {
            out.push_str(name);
            out.push_str(id);
        }
        out.push_str("\",\"values\":{");
        let attributes = table.attributes.iter().enumerate();
        for (n, (place, attribute)) in attributes.filter(|(_, a)| !a.is_archived).enumerate() {
            if n > 0 {
                out.push(',');
            }
            write_string(&attribute.slug, out);
            out.push_str(":[");
            if let Some(stored) = system_value(key, record, attribute) {
                stored.write_to(&self.tables, attribute, out);
            }
            for (n, stored) in self.visible(key, place).enumerate() {
                if n > 0 {
                    out.push(',');
                }
                stored.write_to(&self.tables, attribute, out);
            }
            out.push(']');
        }
        out.push_str("}}");
    }

    /// The values of an attribute, without references to records that were deleted.
    pub(super) fn visible(&self, key: Key, attribute: usize) -> impl Iterator<Item = &Stored> {
        self.store
            .values(key, attribute)
            .filter(|stored| match stored.cell {
                Cell::Reference(target) => self.store.get(target).is_some(),
                _ => true,
            })
    }
}

/// The value of an attribute that every record has of itself.
pub(super) fn system_value(
    key: Key,
    record: &Record,
    attribute: &AttributeTable,
) -> Option<Stored> {
    if !attribute.is_system {
        return None;
    }
    let cell = match attribute.slug.as_str() {
        "record_id" => Cell::Text(key.id().into()),
        "created_at" => Cell::Timestamp(record.created),
        "created_by" => record.by.cell(),
        _ => return None,
    };
    Some(Stored {
        cell,
        since: record.created,
        by: record.by,
    })
}
