//! Records as people read them.

use serde::Serialize;

use super::records::State;
use super::value::{Cell, Key};

/// One record, for tests and tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Attio's id of the record.
    pub id: String,
    /// The slug of its object.
    pub object: String,
    /// What a person would call it: its name, else a unique value, else its id.
    pub name: String,
    /// The attributes that have values, in the order of the schema; references as the names of their records.
    pub values: Vec<(String, Vec<String>)>,
}

impl Record {
    /// The values of an attribute; none when it has none.
    pub fn get(&self, attribute: &str) -> &[String] {
        let mut values = self.values.iter();
        let found = values.find(|(slug, _)| slug == attribute);
        found.map_or(&[], |(_, values)| values)
    }

    /// The first value of an attribute.
    pub fn first(&self, attribute: &str) -> Option<&str> {
        self.get(attribute).first().map(String::as_str)
    }
}

impl State {
    /// The records of an object, in the order they were made.
    pub(super) fn records(&self, object: usize) -> Vec<Record> {
        let table = &self.tables.objects[object];
        let values = |key: Key| {
            let attributes = table.attributes.iter().enumerate();
            let texts = attributes.map(|(place, attribute)| {
                let texts = self.visible(key, place).map(|stored| match &stored.cell {
                    Cell::Reference(target) => self.name_of(*target),
                    cell => cell.text(),
                });
                (attribute.slug.clone(), texts.collect::<Vec<_>>())
            });
            texts.filter(|(_, texts)| !texts.is_empty()).collect()
        };
        let keys = self.store.iter(object).map(|(key, _)| key);
        keys.map(|key| Record {
            id: key.id(),
            object: table.slug.clone(),
            name: self.name_of(key),
            values: values(key),
        })
        .collect()
    }

    fn name_of(&self, key: Key) -> String {
        let table = &self.tables.objects[key.object];
        let named = table
            .attribute("name")
            .into_iter()
            .chain(table.unique.iter().copied());
        let mut texts = named.filter_map(|place| self.store.values(key, place).next());
        let text = texts.next().map(|stored| stored.cell.text());
        text.unwrap_or_else(|| key.id())
    }
}
