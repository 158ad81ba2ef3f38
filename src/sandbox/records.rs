//! Writing and reading records: create, assert, update, get, delete.

use std::sync::Arc;

use super::Settings;
use super::access::Access;
use super::answer::{Answer, Refusal};
use super::exchange::{Exchange, Stats};
use super::faults::Meter;
use super::moment::Moment;
use super::oauth::Apps;
use super::store::{Change, Draft, Stamp, Store};
use super::tables::{Tables, is_uuid, record_of_uuid};
use super::validate::{Context, find_match};
use super::value::{Actor, Cell, Key, root_domain};
use crate::json::{Object, Value};

/// What a sandbox holds: its workspace's schema and records.
#[derive(Debug)]
pub(super) struct State {
    pub(super) tables: Arc<Tables>,
    pub(super) store: Store,
    pub(super) settings: Settings,
    pub(super) access: Access,
    pub(super) apps: Apps,
    /// When the workspace was made.
    pub(super) born: Moment,
    pub(super) stats: Stats,
    pub(super) meter: Meter,
    /// A clock second, and the writes that were let through in it.
    pub(super) busy_second: (i64, u64),
    /// Whether the faults have revoked the tokens; a token that is let in afterwards stays.
    pub(super) was_revoked: bool,
    pub(super) batch_failures: Vec<String>,
    pub(super) exchanges: Option<Vec<Exchange>>,
}

/// How an assertion treats multi-select attributes other than the matching one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    Overwrite,
    Append,
}

/// The object of a path, when it can be used.
pub(super) fn object_of(tables: &Tables, name: &str) -> Result<usize, Refusal> {
    let object = tables
        .object(name)
        .ok_or_else(|| Refusal::not_found(format!("Object with slug/ID \"{name}\" not found.")))?;
    if !tables.objects[object].is_active {
        return Err(Refusal::invalid(
            "standard_object_disabled",
            format!(
                "The Standard object with slug/ID \"{name}\" must be enabled by a Workspace admin before it can be used."
            ),
        ));
    }
    Ok(object)
}

/// The `data.values` of a body.
pub(super) fn values_of<'v, 'a>(body: &'v Value<'a>) -> Result<&'v Object<'a>, Refusal> {
    let object = |value: Option<&'v Value<'a>>, name: &str| match value {
        Some(Value::Object(object)) => Ok(object),
        Some(other) => Err(Refusal::form(format!(
            "Expected object at {name}, received {}.",
            other.kind()
        ))),
        None => Err(Refusal::form(format!(
            "Required object at {name} is missing."
        ))),
    };
    let data = object(body.get("data"), "data")?;
    if let Some(other) = data.keys().find(|key| *key != "values") {
        return Err(Refusal::form(format!(
            "Unrecognized key \"{other}\" at data."
        )));
    }
    object(data.get("values"), "data.values")
}

impl State {
    fn context(&self, unwrapped_lists: bool) -> Context<'_> {
        Context {
            tables: &self.tables,
            store: &self.store,
            unwrapped_lists,
        }
    }

    /// What `values` writes, attribute by attribute, all of it checked.
    pub(super) fn drafts(
        &self,
        object: usize,
        values: &Object<'_>,
        unwrapped_lists: bool,
    ) -> Result<Vec<Draft>, Refusal> {
        let table = &self.tables.objects[object];
        let mut drafts: Vec<Draft> = Vec::with_capacity(values.len());
        for (name, value) in values.iter() {
            let place = table
                .attribute(name)
                .filter(|place| !table.attributes[*place].is_archived)
                .ok_or_else(|| {
                    Refusal::value_not_found(format!(
                        "Cannot find attribute with slug/ID \"{name}\"."
                    ))
                })?;
            let attribute = &table.attributes[place];
            if !attribute.is_writable {
                return Err(Refusal::invalid(
                    "immutable_value",
                    format!(
                        "The attribute with slug \"{}\" cannot be written.",
                        attribute.slug
                    ),
                ));
            }
            if drafts.iter().any(|draft| draft.attribute == place) {
                return Err(Refusal::form(format!(
                    "The attribute with slug \"{}\" is written twice.",
                    attribute.slug
                )));
            }
            drafts.push(Draft {
                attribute: place,
                cells: self.context(unwrapped_lists).check(attribute, value)?,
                change: Change::Replace,
            });
        }
        Ok(drafts)
    }

    /// `POST /v2/objects/{object}/records`
    pub(super) fn create(&mut self, object: usize, values: &Object<'_>, now: Moment) -> Answer {
        let drafts = self.drafts(object, values, false)?;
        let key = self.make(object, drafts, now)?;
        Ok(self.record_answer(key))
    }

    /// `PUT /v2/objects/{object}/records?matching_attribute=...`
    pub(super) fn assert(
        &mut self,
        object: usize,
        matching: &str,
        values: &Object<'_>,
        now: Moment,
    ) -> Answer {
        let matching = self.matching_attribute(object, matching)?;
        let drafts = self.drafts(object, values, false)?;
        let key = self.assert_drafts(object, matching, drafts, Others::Overwrite, now)?;
        Ok(self.record_answer(key))
    }

    /// The place of a matching attribute.
    pub(super) fn matching_attribute(&self, object: usize, name: &str) -> Result<usize, Refusal> {
        let table = &self.tables.objects[object];
        let place = table.attribute(name).ok_or_else(|| {
            Refusal::value_not_found(format!(
                "No attribute was found for matching_attribute slug/ID \"{name}\"."
            ))
        })?;
        if !table.attributes[place].is_unique {
            return Err(Refusal::invalid(
                "matching_attribute_definition_not_unique",
                format!("The matching attribute specified is not a unique attribute: \"{name}\"."),
            ));
        }
        Ok(place)
    }

    /// Creates the record of the matching values, or updates the one that has them.
    pub(super) fn assert_drafts(
        &mut self,
        object: usize,
        matching: usize,
        mut drafts: Vec<Draft>,
        others: Others,
        now: Moment,
    ) -> Result<Key, Refusal> {
        let tables = Arc::clone(&self.tables);
        let attributes = &tables.objects[object].attributes;
        let by = drafts.iter().find(|draft| draft.attribute == matching);
        let by = by.filter(|draft| !draft.cells.is_empty());
        let by = by.ok_or_else(|| Refusal::missing_value(&attributes[matching].slug))?;
        let mut found: Option<Key> = None;
        for cell in &by.cells {
            let Some(key) = find_match(self.context(false), object, matching, cell) else {
                continue;
            };
            if found.is_some_and(|other| other != key) {
                return Err(Refusal::invalid(
                    "multiple_match_results",
                    format!(
                        "Multiple records were found for the values of matching attribute with slug \"{}\".",
                        attributes[matching].slug
                    ),
                ));
            }
            found = Some(key);
        }
        let Some(key) = found else {
            return self.make(object, drafts, now);
        };
        for draft in &mut drafts {
            let keeps = draft.attribute == matching || others == Others::Append;
            if attributes[draft.attribute].is_multiselect && keeps {
                draft.change = Change::Prepend;
            }
        }
        self.change(key, drafts, now)?;
        Ok(key)
    }

    /// `PATCH` and `PUT /v2/objects/{object}/records/{record_id}`
    pub(super) fn update(
        &mut self,
        key: Key,
        values: &Object<'_>,
        change: Change,
        now: Moment,
    ) -> Answer {
        let tables = Arc::clone(&self.tables);
        let mut drafts = self.drafts(key.object, values, false)?;
        for draft in &mut drafts {
            // Nothing to prepend is no request to remove what is there.
            let is_multiselect = tables.attribute(key.object, draft.attribute).is_multiselect;
            if is_multiselect {
                draft.change = change;
            }
        }
        self.change(key, drafts, now)?;
        Ok(self.record_answer(key))
    }

    /// The record of a path.
    pub(super) fn record_of(&self, object: usize, id: &str) -> Result<Key, Refusal> {
        if !is_uuid(id) {
            return Err(Refusal::form(format!(
                "Expected record_id to be a UUID, received \"{id}\"."
            )));
        }
        let key = record_of_uuid(id).map(|(object, record)| Key { object, record });
        key.filter(|key| key.object == object && self.store.get(*key).is_some())
            .ok_or_else(|| Refusal::not_found(format!("Record with ID \"{id}\" not found.")))
    }

    /// `DELETE /v2/objects/{object}/records/{record_id}`
    pub(super) fn delete(&mut self, key: Key) -> Answer {
        self.store.delete(&self.tables, key);
        Ok("{}".to_owned())
    }

    /// Makes a record, once nothing speaks against it.
    fn make(&mut self, object: usize, drafts: Vec<Draft>, now: Moment) -> Result<Key, Refusal> {
        let table = &self.tables.objects[object];
        for &required in &table.required {
            if !drafts
                .iter()
                .any(|draft| draft.attribute == required && !draft.cells.is_empty())
            {
                return Err(Refusal::missing_value(&table.attributes[required].slug));
            }
        }
        self.check_uniqueness(object, None, &drafts)?;
        self.learn_choices(object, &drafts);
        let stamp = Stamp {
            now,
            by: Actor::Token,
        };
        let key = self.store.create(&self.tables, object, drafts, stamp);
        if self.settings.companies_from_emails {
            self.company_of_email(key, now);
        }
        Ok(key)
    }

    /// Changes a record, once nothing speaks against it.
    fn change(&mut self, key: Key, drafts: Vec<Draft>, now: Moment) -> Result<(), Refusal> {
        let table = &self.tables.objects[key.object];
        for draft in &drafts {
            let attribute = &table.attributes[draft.attribute];
            if attribute.is_required && draft.cells.is_empty() && draft.change == Change::Replace {
                return Err(Refusal::missing_value(&attribute.slug));
            }
        }
        self.check_uniqueness(key.object, Some(key), &drafts)?;
        self.learn_choices(key.object, &drafts);
        let stamp = Stamp {
            now,
            by: Actor::Token,
        };
        self.store.update(&self.tables, key, drafts, stamp);
        Ok(())
    }

    fn check_uniqueness(
        &self,
        object: usize,
        me: Option<Key>,
        drafts: &[Draft],
    ) -> Result<(), Refusal> {
        for draft in drafts {
            let attribute = self.tables.attribute(object, draft.attribute);
            if !attribute.is_unique {
                continue;
            }
            for cell in &draft.cells {
                let holder = self.store.find(object, draft.attribute, cell);
                if holder.is_some() && holder != me {
                    return Err(Refusal::invalid(
                        "uniqueness_conflict",
                        format!(
                            "The value \"{}\" provided for attribute with slug \"{}\" conflicts with one already in \
                             the system. This attribute has a uniqueness constraint.",
                            cell.text(),
                            attribute.slug
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    /// Where the schema does not know the choices, a title that is written becomes one.
    fn learn_choices(&mut self, object: usize, drafts: &[Draft]) {
        for draft in drafts {
            for cell in &draft.cells {
                let Cell::Choice(title) = cell else { continue };
                if self
                    .tables
                    .attribute(object, draft.attribute)
                    .choice(title)
                    .is_some()
                {
                    continue;
                }
                let choice = crate::schema::Choice {
                    id: None,
                    title: title.to_string(),
                    is_archived: false,
                };
                let tables = Arc::make_mut(&mut self.tables);
                tables.objects[object].attributes[draft.attribute]
                    .add_choice(draft.attribute, &choice);
            }
        }
    }

    /// A new person's e-mail address names a company, which is made when it is not there.
    ///
    /// It is linked unless the person was given another. Addresses of providers that anyone may have name none.
    fn company_of_email(&mut self, person: Key, now: Moment) {
        let Some(rule) = self
            .tables
            .company_rule
            .filter(|rule| rule.people == person.object)
        else {
            return;
        };
        let first = self.store.values(person, rule.emails).next();
        let Some(Cell::Email { address, .. }) = first.map(|stored| &stored.cell) else {
            return;
        };
        let Some((_, domain)) = address.rsplit_once('@') else {
            return;
        };
        let domain = root_domain(domain);
        if FREE_MAIL.contains(&domain) {
            return;
        }
        let domain = Cell::Domain(domain.into());
        let stamp = Stamp {
            now,
            by: Actor::System,
        };
        let replace = |attribute, cell| {
            vec![Draft {
                attribute,
                cells: vec![cell],
                change: Change::Replace,
            }]
        };
        let company = self
            .store
            .find(rule.companies, rule.domains, &domain)
            .unwrap_or_else(|| {
                let drafts = replace(rule.domains, domain);
                self.store
                    .create(&self.tables, rule.companies, drafts, stamp)
            });
        if self.store.values(person, rule.company).next().is_none() {
            let drafts = replace(rule.company, Cell::Reference(company));
            self.store.update(&self.tables, person, drafts, stamp);
        }
    }
}

/// Providers whose addresses anyone may have, so that they say nothing of a company.
const FREE_MAIL: [&str; 36] = [
    "126.com",
    "163.com",
    "aol.com",
    "comcast.net",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.co.uk",
    "hotmail.com",
    "icloud.com",
    "libero.it",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "t-online.de",
    "web.de",
    "yahoo.co.uk",
    "yahoo.com",
    "yandex.com",
    "yandex.ru",
    "zoho.com",
];
