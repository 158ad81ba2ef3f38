//! Several subscriptions may take one event and write the same record; their writes become one.

use super::write::{Write, WriteKind};
use crate::diagnostic::{Code, Diagnostic};

/// Merges the asserts of one record into the first of them, in order: of an attribute that several set, the last wins,
/// which is reported when the values differ.
pub(super) fn same_records(writes: &mut Vec<Write>, diagnostics: &mut Vec<Diagnostic>) {
    // Where each write went.
    let mut places: Vec<usize> = Vec::with_capacity(writes.len());
    let mut merged: Vec<Write> = Vec::with_capacity(writes.len());
    for mut write in writes.drain(..) {
        for dependency in &mut write.depends_on {
            *dependency = places[*dependency];
        }
        if let WriteKind::Append { record } = &mut write.kind {
            *record = places[*record];
        }
        // A write moves up to the record's earlier one only when all that it depends on stands before that.
        let earlier = merged
            .iter()
            .rposition(|earlier| same_record(earlier, &write));
        match earlier.filter(|&place| {
            write
                .depends_on
                .iter()
                .all(|&dependency| dependency < place)
        }) {
            Some(place) => {
                places.push(place);
                lay_over(&mut merged[place], write, diagnostics);
            }
            None => {
                depend_on_referenced(&mut write, &merged);
                places.push(merged.len());
                merged.push(write);
            }
        }
    }
    *writes = merged;
}

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
        ) => one == other && a.values.get(one) == b.values.get(one),
        (WriteKind::Append { record: one }, WriteKind::Append { record: other }) => {
            one == other && a.values == b.values
        }
        _ => false,
    }
}

fn lay_over(write: &mut Write, later: Write, diagnostics: &mut Vec<Diagnostic>) {
    for (slug, json) in later.values.iter() {
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
    write.depends_on.sort_unstable();
    write.depends_on.dedup();
}

/// A mapping may refer to a record that another subscription asserts: that assert goes first.
fn depend_on_referenced(write: &mut Write, earlier: &[Write]) {
    for (place, target) in earlier.iter().enumerate() {
        let refers = || {
            let mark = format!("\"target_object\":\"{}\"", target.object);
            write.values.iter().any(|(_, json)| json.contains(&mark))
        };
        if matches!(target.kind, WriteKind::Assert { .. })
            && !write.depends_on.contains(&place)
            && refers()
        {
            write.depends_on.push(place);
        }
    }
    write.depends_on.sort_unstable();
}
