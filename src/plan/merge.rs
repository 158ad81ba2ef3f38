//! Several subscriptions may take one event: writes of one record become one, and what a write refers to goes first.

use super::reference::{Target, scalars};
use super::write::{Write, WriteKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::json::Value;

/// Merges the asserts of one record into the first of them, in order: of an attribute that several set, the last wins,
/// which is reported when the values differ. Each write comes to stand behind those that it depends on, and behind the
/// asserts of the records that its values refer to.
#[inline(never)]
pub(super) fn same_records(writes: &mut Vec<Write>, diagnostics: &mut Vec<Diagnostic>) {
    let mut graph = Graph {
        into: (0..writes.len()).collect(),
        writes: writes.drain(..).map(Some).collect(),
    };
    graph.depend_on_referenced();
    graph.merge(diagnostics);
    *writes = graph.in_order();
}

/// The writes of one event, and what depends on what.
struct Graph {
    /// `None` where a write has become part of another.
    writes: Vec<Option<Write>>,
    /// The write that each has become part of: itself, where it has not.
    into: Vec<usize>,
}

impl Graph {
    fn write(&self, place: usize) -> Option<&Write> {
        self.writes.get(place)?.as_ref()
    }

    /// The writes that must be done before.
    fn before(&self, place: usize) -> impl Iterator<Item = usize> {
        let depends_on = self.write(place).map(|write| write.depends_on.as_slice());
        let into = depends_on
            .unwrap_or_default()
            .iter()
            .map(|&on| self.into[on]);
        into.filter(move |&on| on != place)
    }

    /// Whether `place` depends on `on`, at once or by way of others.
    fn depends(&self, place: usize, on: usize) -> bool {
        let mut seen = vec![false; self.writes.len()];
        let mut open = vec![place];
        while let Some(place) = open.pop() {
            for before in self.before(place) {
                if before == on {
                    return true;
                }
                if !std::mem::replace(&mut seen[before], true) {
                    open.push(before);
                }
            }
        }
        false
    }

    /// A mapping may refer to a record that another subscription asserts: that assert goes first. Of two records that
    /// refer to each other, the later refers to the earlier.
    fn depend_on_referenced(&mut self) {
        for is_earlier in [true, false] {
            for place in 0..self.writes.len() {
                let referenced = self.write(place).map(|write| self.referenced(write));
                for target in referenced.unwrap_or_default() {
                    if (target < place) == is_earlier
                        && target != place
                        && !self.depends(target, place)
                        && let Some(write) = &mut self.writes[place]
                        && !write.depends_on.contains(&target)
                    {
                        write.depends_on.push(target);
                    }
                }
            }
        }
    }

    /// The asserts of the records that the values of a write refer to.
    fn referenced(&self, write: &Write) -> Vec<usize> {
        let mut found = Vec::new();
        for (_, json) in write.values.iter() {
            if !json.contains("\"target_object\"") {
                continue;
            }
            let Ok(value) = Value::parse(json) else {
                continue;
            };
            let items = value.as_array().unwrap_or(std::slice::from_ref(&value));
            for target in items.iter().filter_map(Target::read) {
                let asserts = self.writes.iter().enumerate();
                found.extend(
                    asserts
                        .filter(|(_, write)| write.as_ref().is_some_and(|write| is(write, &target)))
                        .map(|(place, _)| place),
                );
            }
        }
        found
    }

    fn merge(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        for place in 0..self.writes.len() {
            let Some(write) = self.write(place) else {
                continue;
            };
            let record = |write: &Write| match write.kind {
                WriteKind::Append { record } => Some(self.into[record]),
                WriteKind::Assert { .. } => None,
            };
            let earlier = (0..place).rev().find(|&earlier| {
                self.write(earlier).is_some_and(|earlier| {
                    record(earlier) == record(write) && same_record(earlier, write)
                })
            });
            // Not when something that this one depends on must itself stand behind the earlier one.
            let Some(earlier) = earlier.filter(|&earlier| {
                let mut before = self.before(place);
                !before.any(|before| before != earlier && self.depends(before, earlier))
            }) else {
                continue;
            };
            if let Some(later) = self.writes[place].take()
                && let Some(write) = &mut self.writes[earlier]
            {
                self.into[place] = earlier;
                lay_over(write, later, diagnostics);
            }
        }
    }

    /// The writes in their order, each behind all that it depends on.
    fn in_order(mut self) -> Vec<Write> {
        let mut order = Vec::with_capacity(self.writes.len());
        let mut is_placed = vec![false; self.writes.len()];
        for place in 0..self.writes.len() {
            // What is not placed yet goes before what needs it.
            let mut open = vec![place];
            while let Some(&place) = open.last() {
                match self.before(place).find(|&before| !is_placed[before]) {
                    Some(before) => open.push(before),
                    None => {
                        open.pop();
                        if !std::mem::replace(&mut is_placed[place], true) {
                            order.push(place);
                        }
                    }
                }
            }
        }
        order.retain(|&place| self.writes[place].is_some());
        let mut places = vec![0; self.writes.len()];
        for (at, &place) in order.iter().enumerate() {
            places[place] = at;
        }
        let now = |before: usize| places[self.into[before]];
        let writes = order.iter().filter_map(|&place| {
            let mut write = self.writes[place].take()?;
            for before in &mut write.depends_on {
                *before = now(*before);
            }
            write.depends_on.retain(|&before| before != places[place]);
            write.depends_on.sort_unstable();
            write.depends_on.dedup();
            if let WriteKind::Append { record } = &mut write.kind {
                *record = now(*record);
            }
            Some(write)
        });
        writes.collect()
    }
}

/// Whether a write asserts the record that a reference names.
fn is(write: &Write, target: &Target<'_>) -> bool {
    let WriteKind::Assert { matching_attribute } = &write.kind else {
        return false;
    };
    let value = || write.values.get(matching_attribute).unwrap_or_default();
    *write.object == *target.object
        && **matching_attribute == *target.attribute
        && scalars(matching_attribute, value()).contains(&target.scalar)
}

/// Whether two asserts find one record, or two appends to one record add the same.
fn same_record(a: &Write, b: &Write) -> bool {
    if a.object != b.object {
        return false;
    }
    match (&a.kind, &b.kind) {
        (
            WriteKind::Assert {
                matching_attribute: one,
            },
            WriteKind::Assert {
                matching_attribute: other,
            },
        ) => {
            // E-mail addresses and domains in another case are the same to Attio.
            let (a, b) = (a.values.get(one), b.values.get(other));
            one == other
                && (a == b
                    || scalars(one, a.unwrap_or_default()) == scalars(one, b.unwrap_or_default()))
        }
        (WriteKind::Append { .. }, WriteKind::Append { .. }) => a.values == b.values,
        _ => false,
    }
}

fn lay_over(write: &mut Write, later: Write, diagnostics: &mut Vec<Diagnostic>) {
    for (slug, json) in later.values.iter() {
        // It is the same, but perhaps in another case.
        if matches!(&later.kind, WriteKind::Assert { matching_attribute } if **matching_attribute == *slug)
        {
            continue;
        }
        if let Some(earlier) = write.values.get(slug)
            && earlier != json
        {
            let message = format!(
                "`{slug}` of `{}` gets a value from two subscriptions; the one of `{}` is kept",
                write.object, later.id
            );
            diagnostics.push(
                Diagnostic::warning(Code::PlanConflict, "/subscriptions", message)
                    .help("map the attribute in one of them only"),
            );
        }
        write.values.set(slug, json);
    }
    write.depends_on.extend(later.depends_on);
}
