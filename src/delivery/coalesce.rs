//! Many waiting writes of one record become one request, or none.
//!
//! [`fold`] lays the writes over each other in the order they arrived: of every attribute the value of the newest event
//! counts, appended elements are united. [`resolve`] takes away what the record is known to have already, and decides
//! on the request: an assert; an update by record id when there are only elements to append; or, when both are needed,
//! the id is known and no multi-select value is set, one update that does the work of both.

use std::borrow::Cow;

use super::identity::{RecordKey, Reference, elements, fingerprint, member};
use super::ledger::{Entry, Ledger, Records, SetValue};
use crate::event::EventTime;
use crate::plan::Values;

/// One waiting write of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'p> {
    /// Its place among all writes of the run.
    pub(super) order: u64,
    pub(super) time: Option<EventTime>,
    pub(super) is_append: bool,
    pub(super) values: &'p Values,
    /// References that are left out because their records do not exist.
    pub(super) dropped: &'p [RecordKey],
}

/// One attribute of the writes laid over each other.
#[derive(Debug)]
pub(super) struct Folded<'p> {
    slug: &'p str,
    /// The time of the newest event that set it.
    time: Option<EventTime>,
    set: Option<Set<'p>>,
    /// Elements that were appended after `set`, and by which writes.
    appended: Vec<Element<'p>>,
    /// Writes whose value a newer one replaced.
    lost: Vec<u64>,
}

#[derive(Debug)]
struct Set<'p> {
    json: Cow<'p, str>,
    order: u64,
}

#[derive(Debug)]
struct Element<'p> {
    json: &'p str,
    member: u64,
    orders: Vec<u64>,
}

/// Lays writes over each other and over what is known of the record, in the order they arrived. Values that are older
/// than what was written already are left out, but for the matching attribute, without which nothing can be written.
pub(super) fn fold<'p>(
    items: &[Item<'p>],
    matching_attribute: &str,
    known: Option<&Entry>,
) -> Vec<Folded<'p>> {
    let mut folded: Vec<Folded<'p>> = Vec::new();
    for item in items {
        for (slug, json) in item.values.iter() {
            let Some(json) = without(json, item.dropped) else {
                continue;
            };
            let at = folded.iter().position(|attribute| attribute.slug == slug);
            let at = at.unwrap_or_else(|| {
                let known = known.and_then(|known| known.get(fingerprint(slug)));
                folded.push(Folded {
                    slug,
                    time: known.and_then(|known| known.time),
                    set: None,
                    appended: Vec::new(),
                    lost: Vec::new(),
                });
                folded.len() - 1
            });
            if item.is_append {
                folded[at].append(item, json);
                continue;
            }
            let known = known.and_then(|known| known.get(fingerprint(slug)));
            let is_late = known.is_some_and(|known| known.is_newer_than(item.time, item.order));
            if is_late && slug != matching_attribute {
                folded[at].lost.push(item.order);
            } else {
                folded[at].set(item, json);
            }
        }
    }
    folded
}

impl<'p> Folded<'p> {
    fn set(&mut self, item: &Item<'p>, json: Cow<'p, str>) {
        if let Some(set) = &self.set {
            if matches!((self.time, item.time), (Some(newest), Some(time)) if time < newest) {
                self.lost.push(item.order);
                return;
            }
            self.lost.push(set.order);
        }
        for element in self.appended.drain(..) {
            self.lost.extend(element.orders);
        }
        self.time = item.time.or(self.time);
        self.set = Some(Set {
            json,
            order: item.order,
        });
    }

    fn append(&mut self, item: &Item<'p>, json: Cow<'p, str>) {
        // A list that lost elements is text of its own; only its borrowed elements can be kept, so find them again.
        let kept: Vec<u64> = match &json {
            Cow::Borrowed(_) => Vec::new(),
            Cow::Owned(list) => elements(list).into_iter().map(member).collect(),
        };
        let Some(all) = item.values.get(self.slug) else {
            return;
        };
        for element in elements(all) {
            let member = member(element);
            if matches!(json, Cow::Owned(_)) && !kept.contains(&member) {
                continue;
            }
            match self
                .appended
                .iter_mut()
                .find(|known| known.member == member)
            {
                Some(known) => known.orders.push(item.order),
                None => self.appended.push(Element {
                    json: element,
                    member,
                    orders: vec![item.order],
                }),
            }
        }
    }
}

/// A value without the references that are left out; `None` when nothing is left of it.
fn without<'p>(json: &'p str, dropped: &[RecordKey]) -> Option<Cow<'p, str>> {
    if dropped.is_empty() || !json.contains("\"target_object\"") {
        return Some(Cow::Borrowed(json));
    }
    let stays = |element: &&str| {
        !Reference::all(element)
            .iter()
            .any(|reference| dropped.contains(&reference.key))
    };
    if !json.starts_with('[') {
        return stays(&json).then_some(Cow::Borrowed(json));
    }
    let all = elements(json);
    let left: Vec<&str> = all.iter().copied().filter(stays).collect();
    if left.len() == all.len() {
        return Some(Cow::Borrowed(json));
    }
    (!left.is_empty()).then(|| Cow::Owned(array(left)))
}

fn array<'e>(elements: impl IntoIterator<Item = &'e str>) -> String {
    let mut list = String::from("[");
    for element in elements {
        if list.len() > 1 {
            list.push(',');
        }
        list.push_str(element);
    }
    list.push(']');
    list
}

/// The record that writes are about, as they name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'p> {
    pub(super) record: RecordKey,
    pub(super) object: &'p str,
    pub(super) matching_attribute: &'p str,
}

/// What has to be sent for a record.
#[derive(Clone, Debug)]
pub(super) enum Todo {
    /// Nothing: all is as it should be, and these values were set again to what they are.
    Nothing(Vec<Confirmed>),
    /// One request.
    Send(Body),
    /// Elements are to be appended and the record's id is not known: it must be asserted (again) first.
    NeedsId,
}

/// An attribute that was set to the value it has: the time of the event counts all the same.
#[derive(Clone, Debug)]
pub(super) struct Confirmed {
    pub(super) slug: u64,
    pub(super) time: Option<EventTime>,
    pub(super) order: u64,
}

/// One request for a record.
#[derive(Clone, Debug)]
pub(super) struct Body {
    /// Whether the record is asserted by its matching attribute; otherwise it is updated by its id.
    pub(super) is_assert: bool,
    pub(super) values: Values,
    pub(super) sets: Vec<SetValue>,
    /// Slugs and the elements, as a JSON array, that are added to them.
    pub(super) appends: Vec<(String, String)>,
    /// Values that are as they should be, and are not sent.
    pub(super) confirmed: Vec<Confirmed>,
    /// Attributes whose appended elements must wait for the next request.
    pub(super) left: Vec<String>,
    /// The writes that have a value in the request.
    pub(super) carried: Vec<u64>,
}

/// Whether a value in the ledger still counts: since when, in seconds since 1970; `None` when none does.
pub(super) type FreshSince = Option<u32>;

/// What has to be sent, given what is known.
pub(super) fn resolve<L: Ledger>(
    folded: &[Folded<'_>],
    subject: Subject<'_>,
    records: &mut Records<L>,
    fresh: FreshSince,
) -> Todo {
    let id_is_known = {
        let entry = records.get(subject.record);
        entry.is_some_and(|entry| {
            entry.record_id.is_some() && fresh.is_none_or(|since| entry.written > since)
        })
    };
    let mut live: Vec<(&Folded<'_>, String, bool)> = Vec::new();
    let mut appends: Vec<(&Folded<'_>, Vec<&Element<'_>>)> = Vec::new();
    for attribute in folded {
        let is_matching = attribute.slug == subject.matching_attribute;
        let mut is_covered = false;
        if let Some(set) = &attribute.set {
            let is_changed = (is_matching && !id_is_known)
                || !is_unchanged(attribute.slug, &set.json, subject, records, fresh);
            is_covered = is_changed;
            let json = if is_changed {
                united(&set.json, &attribute.appended)
            } else {
                set.json.to_string()
            };
            live.push((attribute, json, is_changed));
        }
        if !is_covered {
            let missing: Vec<_> = attribute
                .appended
                .iter()
                .filter(|element| !is_held(attribute.slug, element, subject, records, fresh))
                .collect();
            if !missing.is_empty() {
                appends.push((attribute, missing));
            }
        }
    }
    let must_assert = live.iter().any(|(_, _, is_changed)| *is_changed);
    let is_single = |slug: &str, json: &str| {
        slug != subject.matching_attribute
            && match records.relations().get(subject.object, slug) {
                Some(facts) => !facts.is_multiselect,
                // What `null` does to an attribute of unknown kind depends on its kind.
                None => json != "null" && !json.starts_with('['),
            }
    };
    let in_one = !appends.is_empty()
        && id_is_known
        && fresh.is_some()
        && live
            .iter()
            .all(|(attribute, json, is_changed)| !is_changed || is_single(attribute.slug, json));
    if must_assert && !in_one {
        return Todo::Send(assert(live, appends, subject));
    }
    let unchanged = live.iter().filter(|(_, _, is_changed)| !is_changed);
    let confirmed = unchanged.filter_map(|(attribute, ..)| {
        let order = attribute.set.as_ref()?.order;
        Some(Confirmed {
            slug: fingerprint(attribute.slug),
            time: attribute.time,
            order,
        })
    });
    let confirmed: Vec<Confirmed> = confirmed.collect();
    if appends.is_empty() {
        return Todo::Nothing(confirmed);
    }
    if !id_is_known {
        return Todo::NeedsId;
    }
    live.retain(|(_, _, is_changed)| *is_changed);
    let mut body = Body::of(false, live);
    body.confirmed = confirmed;
    for (attribute, elements) in appends {
        let json = array(elements.iter().map(|element| element.json));
        body.values.set(attribute.slug, &json);
        body.carried
            .extend(elements.iter().flat_map(|element| &element.orders));
        body.appends.push((attribute.slug.to_owned(), json));
    }
    Todo::Send(body)
}

/// The assert of a record; what is to be appended waits for its answer.
fn assert(
    live: Vec<(&Folded<'_>, String, bool)>,
    appends: Vec<(&Folded<'_>, Vec<&Element<'_>>)>,
    subject: Subject<'_>,
) -> Body {
    let mut live = live;
    // The matching attribute first: it is what the record is about.
    if let Some(at) = live
        .iter()
        .position(|(attribute, ..)| attribute.slug == subject.matching_attribute)
    {
        let matching = live.remove(at);
        live.insert(0, matching);
    }
    let mut body = Body::of(true, live);
    body.left = appends
        .iter()
        .map(|(attribute, _)| attribute.slug.to_owned())
        .collect();
    body
}

impl Body {
    fn of(is_assert: bool, live: Vec<(&Folded<'_>, String, bool)>) -> Body {
        let bytes = live
            .iter()
            .map(|(a, json, _)| a.slug.len() + json.len() + 4);
        let mut body = Body {
            is_assert,
            values: Values::with_capacity(live.len(), bytes.sum()),
            sets: Vec::with_capacity(live.len()),
            appends: Vec::new(),
            confirmed: Vec::new(),
            left: Vec::new(),
            carried: Vec::new(),
        };
        for (attribute, json, is_changed) in live {
            body.values.set(attribute.slug, &json);
            let Some(set) = &attribute.set else { continue };
            body.carried.push(set.order);
            if is_changed {
                let appended = attribute.appended.iter();
                body.carried
                    .extend(appended.flat_map(|element| &element.orders));
            }
            body.sets.push(SetValue {
                slug: attribute.slug.to_owned(),
                json,
                time: attribute.time,
                order: set.order,
            });
        }
        body
    }
}

/// A list with the appended elements that it lacks.
fn united(json: &str, appended: &[Element<'_>]) -> String {
    if appended.is_empty() {
        return json.to_owned();
    }
    let set = if json == "null" {
        Vec::new()
    } else {
        elements(json)
    };
    let members: Vec<u64> = set.iter().map(|element| member(element)).collect();
    let more = appended
        .iter()
        .filter(|element| !members.contains(&element.member));
    array(set.iter().copied().chain(more.map(|element| element.json)))
}

fn is_unchanged<L: Ledger>(
    slug: &str,
    json: &str,
    subject: Subject<'_>,
    records: &mut Records<L>,
    fresh: FreshSince,
) -> bool {
    let Some(since) = fresh else { return false };
    let known = records.get(subject.record);
    let known = known.and_then(|entry| entry.get(fingerprint(slug)));
    if !known.is_some_and(|known| known.is_unchanged(fingerprint(json), since)) {
        return false;
    }
    let facts = records.relations().get(subject.object, slug);
    if facts.is_none_or(|facts| facts.inverse.is_none()) {
        return true;
    }
    // The other side of the relation may have been written since.
    let references = Reference::all(json);
    json == "null"
        || json == "[]"
        || (references.len() == elements(json).len()
            && references.iter().all(|reference| {
                records.is_linked(subject.record, subject.object, slug, reference, since)
            }))
}

fn is_held<L: Ledger>(
    slug: &str,
    element: &Element<'_>,
    subject: Subject<'_>,
    records: &mut Records<L>,
    fresh: FreshSince,
) -> bool {
    let Some(since) = fresh else { return false };
    match Reference::all(element.json).first() {
        Some(reference) => {
            records.is_linked(subject.record, subject.object, slug, reference, since)
        }
        None => {
            let entry = records.get(subject.record);
            entry
                .and_then(|entry| entry.get(fingerprint(slug)))
                .is_some_and(|known| known.holds(element.member, since))
        }
    }
}

/// Writes that lost at least one value to a newer one.
pub(super) fn lost(folded: &[Folded<'_>]) -> Vec<u64> {
    folded
        .iter()
        .flat_map(|attribute| attribute.lost.iter().copied())
        .collect()
}

/// Whether the request does all that a write with these values asks for.
pub(super) fn covers(body: &Body, item: &Item<'_>) -> bool {
    if !body.is_assert || !item.is_append {
        return true;
    }
    !item
        .values
        .iter()
        .any(|(slug, _)| body.left.iter().any(|left| left == slug))
}
