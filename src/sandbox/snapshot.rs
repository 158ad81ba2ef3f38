//! The whole state of a workspace in a form that two runs can be compared by.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::records::State;
use super::value::{Cell, Key};

type Values = BTreeMap<String, Vec<String>>;

/// The records of a workspace, without ids, times and order: records are named by their unique values, links by the
/// names of their records.
///
/// Two workspaces have equal snapshots exactly when nobody who cannot see ids and times can tell them apart.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Snapshot {
    /// By object, by the record's name, by attribute: the values in order of their text.
    pub objects: BTreeMap<String, BTreeMap<String, Values>>,
}

impl Snapshot {
    /// The records that differ, one line each: `-` stands only here or so, `+` only there or so; empty when equal.
    pub fn diff(&self, other: &Snapshot) -> String {
        let mut lines = String::new();
        for (sign, these, those) in [('-', self, other), ('+', other, self)] {
            for (object, records) in &these.objects {
                for (name, values) in records {
                    if those
                        .objects
                        .get(object)
                        .and_then(|records| records.get(name))
                        != Some(values)
                    {
                        lines.push_str(&format!("{sign} {object} {name} {values:?}\n"));
                    }
                }
            }
        }
        lines
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (object, records) in &self.objects {
            for (name, values) in records {
                writeln!(f, "{object} {name}")?;
                for (attribute, values) in values {
                    writeln!(f, "  {attribute}: {}", values.join(", "))?;
                }
            }
        }
        Ok(())
    }
}

impl State {
    /// The state as it can be compared.
    pub(super) fn snapshot(&self) -> Snapshot {
        let mut names: BTreeMap<Key, String> = BTreeMap::new();
        for object in 0..self.tables.objects.len() {
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            let mut unnamed: Vec<(String, Key)> = Vec::new();
            for (key, _) in self.store.iter(object) {
                match self.unique_name(key) {
                    Some(name) => drop(names.insert(key, name)),
                    None => unnamed.push((self.content_name(key), key)),
                }
            }
            unnamed.sort();
            for (content, key) in unnamed {
                let n = seen.entry(content.clone()).or_insert(0);
                *n += 1;
                let name = if *n == 1 {
                    content
                } else {
                    format!("{content} #{n}")
                };
                names.insert(key, name);
            }
        }
        let mut objects: BTreeMap<String, BTreeMap<String, Values>> = BTreeMap::new();
        for (key, name) in &names {
            let table = &self.tables.objects[key.object];
            let mut values = Values::new();
            for (place, attribute) in table.attributes.iter().enumerate() {
                let mut texts: Vec<String> = self
                    .visible(*key, place)
                    .map(|stored| match &stored.cell {
                        Cell::Reference(target) => {
                            let object = &self.tables.objects[target.object].slug;
                            format!("{object} {}", names.get(target).map_or("", String::as_str))
                        }
                        cell => comparable(cell),
                    })
                    .collect();
                if !texts.is_empty() {
                    texts.sort();
                    values.insert(attribute.slug.clone(), texts);
                }
            }
            objects
                .entry(table.slug.clone())
                .or_default()
                .insert(name.clone(), values);
        }
        Snapshot { objects }
    }

    /// The values of a record's unique attributes.
    fn unique_name(&self, key: Key) -> Option<String> {
        let table = &self.tables.objects[key.object];
        let mut parts = Vec::new();
        for &place in &table.unique {
            let mut texts: Vec<String> = self
                .store
                .values(key, place)
                .map(|stored| stored.cell.text())
                .collect();
            texts.sort();
            parts.extend(
                texts
                    .into_iter()
                    .map(|text| format!("{}={text}", table.attributes[place].slug)),
            );
        }
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// What a record without unique values holds, apart from links.
    fn content_name(&self, key: Key) -> String {
        let table = &self.tables.objects[key.object];
        let mut parts = Vec::new();
        for (place, attribute) in table.attributes.iter().enumerate() {
            let values = self.store.values(key, place).map(|stored| &stored.cell);
            let values = values.filter(|cell| !matches!(cell, Cell::Reference(_)));
            let mut texts: Vec<String> = values.map(comparable).collect();
            texts.sort();
            parts.extend(
                texts
                    .into_iter()
                    .map(|text| format!("{}={text}", attribute.slug)),
            );
        }
        format!("({})", parts.join(" "))
    }
}

/// Everything that a value holds, as text.
fn comparable(cell: &Cell) -> String {
    match cell {
        Cell::Location(parts) => {
            let parts: Vec<&str> = parts
                .iter()
                .map(|part| part.as_deref().unwrap_or("∅"))
                .collect();
            parts.join(" | ")
        }
        Cell::Name { first, last, full } => format!("{first} | {last} | {full}"),
        Cell::Phone {
            number, country, ..
        } => format!("{number} | {}", country.unwrap_or("∅")),
        cell => cell.text(),
    }
}
