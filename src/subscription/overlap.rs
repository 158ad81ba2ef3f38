//! Whether two subscriptions can take one event.

use super::condition::{Condition, Operand, Path, Relation};
use crate::json::Value;

/// How many alternatives of a condition are told apart; groups beyond that are taken to hold.
const MAX_ALTERNATIVES: usize = 64;

/// Tests that hold together.
type Alternative<'c> = Vec<&'c Condition>;

impl Condition {
    /// Whether an event may satisfy both. Says no only where each pair of alternatives contradicts itself plainly: a
    /// path is to be two different texts, or a test is to hold and not to hold.
    pub(super) fn may_hold_with(&self, other: &Condition) -> bool {
        let theirs = other.alternatives();
        self.alternatives()
            .iter()
            .any(|our| theirs.iter().any(|their| are_compatible(our, their)))
    }

    fn alternatives(&self) -> Vec<Alternative<'_>> {
        match self {
            // A group of texts of one path is one test.
            Condition::Any(inner) if self.texts().is_none() => {
                let all = inner.iter().flat_map(Condition::alternatives);
                let all: Vec<_> = all.take(MAX_ALTERNATIVES + 1).collect();
                if all.len() > MAX_ALTERNATIVES {
                    vec![Vec::new()]
                } else {
                    all
                }
            }
            Condition::All(inner) => {
                let mut all = vec![Vec::new()];
                for condition in inner {
                    let more = condition.alternatives();
                    if all.len() * more.len() > MAX_ALTERNATIVES {
                        continue;
                    }
                    all = all
                        .iter()
                        .flat_map(|one| more.iter().map(|more| [&one[..], more].concat()))
                        .collect();
                }
                all
            }
            one => vec![vec![one]],
        }
    }

    /// The path that it is about and the texts, `null` among them, that this must be one of.
    fn texts(&self) -> Option<(&Path, Vec<&Value<'static>>)> {
        match self {
            Condition::Compare(Operand::Path(path), Relation::Equal, Operand::Literal(value))
            | Condition::Compare(Operand::Literal(value), Relation::Equal, Operand::Path(path)) => {
                is_text(value).then(|| (path, vec![value]))
            }
            Condition::In(Operand::Path(path), Operand::Literal(Value::Array(values))) => values
                .iter()
                .all(is_text)
                .then(|| (path, values.iter().collect())),
            Condition::Any(inner) => {
                let mut all = inner.iter().map(Condition::texts);
                let (path, mut texts) = all.next()??;
                for more in all {
                    let (other, more) = more?;
                    if other != path {
                        return None;
                    }
                    texts.extend(more);
                }
                Some((path, texts))
            }
            _ => None,
        }
    }
}

/// Texts are equal by their characters alone; numbers may be written in several ways.
fn is_text(value: &Value<'_>) -> bool {
    matches!(value, Value::String(_) | Value::Null)
}

fn are_compatible(one: &[&Condition], other: &[&Condition]) -> bool {
    !one.iter().any(|a| other.iter().any(|b| contradict(a, b)))
}

fn contradict(one: &Condition, other: &Condition) -> bool {
    if *one == other.clone().negated() {
        return true;
    }
    match (one.texts(), other.texts()) {
        (Some((path, ours)), Some((same, theirs))) => {
            path == same && !ours.iter().any(|text| theirs.contains(text))
        }
        _ => false,
    }
}
