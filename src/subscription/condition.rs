//! What a subscription says, in one form for every way of saying it.

use crate::event::{Paths, Segment, SlotId};
use crate::json::Value;

use super::glob::Glob;

/// A predicate on events. Built with [`Condition::all`], [`Condition::any`] and [`Condition::negated`], it is
/// canonical: groups of one and groups directly in a group of their kind do not occur, nor does a negation that an
/// operator can express.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare(Operand, Relation, Operand),
    In(Operand, Operand),
    Contains(Operand, Operand),
    Match(Operand, Glob),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Path(Path),
    Apply(Function, Box<Operand>),
    /// Anything but an object; the elements of a list are no lists.
    Literal(Value<'static>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Lowercase,
    Uppercase,
    Length,
    TypeOf,
}

/// A path into the event, and the slot that holds its value.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) segments: Vec<Segment>,
    slot: SlotId,
}

impl Condition {
    /// All of them, at least one.
    pub(super) fn all(conditions: Vec<Condition>) -> Condition {
        let flat = conditions
            .into_iter()
            .flat_map(|condition| match condition {
                Condition::All(inner) => inner,
                other => vec![other],
            });
        one_or(flat.collect(), Condition::All)
    }

    /// Any of them, at least one.
    pub(super) fn any(conditions: Vec<Condition>) -> Condition {
        let flat = conditions
            .into_iter()
            .flat_map(|condition| match condition {
                Condition::Any(inner) => inner,
                other => vec![other],
            });
        one_or(flat.collect(), Condition::Any)
    }

    /// The opposite.
    pub(super) fn negated(self) -> Condition {
        match self {
            Condition::Not(inner) => *inner,
            Condition::Compare(left, Relation::Equal, right) => {
                Condition::Compare(left, Relation::NotEqual, right)
            }
            Condition::Compare(left, Relation::NotEqual, right) => {
                Condition::Compare(left, Relation::Equal, right)
            }
            // The order of what has none is false either way round: `!(a < b)` is not `a >= b`.
            other => Condition::Not(Box::new(other)),
        }
    }

    /// The levels of groups, negations and functions in its canonical text.
    pub(super) fn depth(&self) -> usize {
        match self {
            Condition::All(inner) | Condition::Any(inner) => {
                let depths = inner
                    .iter()
                    .map(|condition| condition.depth() + usize::from(condition.is_group()));
                depths.max().unwrap_or(0)
            }
            Condition::Not(inner) => 1 + usize::from(!inner.is_call()) + inner.depth(),
            Condition::Compare(left, _, right)
            | Condition::In(left, right)
            | Condition::Contains(left, right) => left.depth().max(right.depth()),
            Condition::Match(text, _) => text.depth(),
        }
    }

    /// Whether it stands in parentheses inside a group.
    pub(super) fn is_group(&self) -> bool {
        matches!(self, Condition::All(_) | Condition::Any(_))
    }

    /// Whether its negation needs no parentheses.
    pub(super) fn is_call(&self) -> bool {
        matches!(self, Condition::Contains(..) | Condition::Match(..))
    }

    /// The texts that the type of an event is compared with.
    pub(super) fn types<'c>(&'c self, found: &mut Vec<&'c str>) {
        match self {
            Condition::All(inner) | Condition::Any(inner) => {
                inner.iter().for_each(|condition| condition.types(found));
            }
            Condition::Not(inner) => inner.types(found),
            Condition::Compare(Operand::Path(path), _, Operand::Literal(Value::String(text))) => {
                if matches!(path.segments.as_slice(), [only] if only.key() == "type") {
                    found.push(text);
                }
            }
            _ => {}
        }
    }

    /// Gives every path its slot.
    pub(super) fn register(&mut self, paths: &mut Paths) {
        match self {
            Condition::All(inner) | Condition::Any(inner) => {
                for condition in inner {
                    condition.register(paths);
                }
            }
            Condition::Not(inner) => inner.register(paths),
            Condition::Compare(left, _, right)
            | Condition::In(left, right)
            | Condition::Contains(left, right) => {
                left.register(paths);
                right.register(paths);
            }
            Condition::Match(text, _) => text.register(paths),
        }
    }
}

fn one_or(
    mut conditions: Vec<Condition>,
    group: impl Fn(Vec<Condition>) -> Condition,
) -> Condition {
    match conditions.pop() {
        Some(only) if conditions.is_empty() => only,
        Some(last) => {
            conditions.push(last);
            group(conditions)
        }
        None => group(conditions),
    }
}

impl Relation {
    /// The relation that holds when the sides change places.
    pub(super) fn mirrored(self) -> Relation {
        match self {
            Relation::Less => Relation::Greater,
            Relation::LessOrEqual => Relation::GreaterOrEqual,
            Relation::Greater => Relation::Less,
            Relation::GreaterOrEqual => Relation::LessOrEqual,
            Relation::Equal | Relation::NotEqual => self,
        }
    }

    /// Whether this compares by order, which numbers alone have.
    pub(super) fn is_order(self) -> bool {
        !matches!(self, Relation::Equal | Relation::NotEqual)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Relation::Equal => "=",
            Relation::NotEqual => "!=",
            Relation::Less => "<",
            Relation::LessOrEqual => "<=",
            Relation::Greater => ">",
            Relation::GreaterOrEqual => ">=",
        }
    }
}

impl Operand {
    fn depth(&self) -> usize {
        match self {
            Operand::Apply(_, argument) => 1 + argument.depth(),
            Operand::Path(_) | Operand::Literal(_) => 0,
        }
    }

    fn register(&mut self, paths: &mut Paths) {
        match self {
            Operand::Path(path) => path.slot = paths.slot(&path.segments),
            Operand::Apply(_, argument) => argument.register(paths),
            Operand::Literal(_) => {}
        }
    }
}

impl Function {
    pub(super) const ALL: [Function; 4] = [
        Function::Lowercase,
        Function::Uppercase,
        Function::Length,
        Function::TypeOf,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Function::Lowercase => "lowercase",
            Function::Uppercase => "uppercase",
            Function::Length => "length",
            Function::TypeOf => "typeof",
        }
    }
}

impl Path {
    /// A path that has no slot of its own yet.
    pub(super) fn new(segments: Vec<Segment>) -> Path {
        Path {
            segments,
            slot: SlotId::nth(0),
        }
    }

    pub(super) fn slot(&self) -> SlotId {
        self.slot
    }

    pub(super) fn is_type(&self) -> bool {
        matches!(&self.segments[..], [only] if only.key() == "type")
    }
}

/// The slot follows from the segments.
impl PartialEq for Path {
    fn eq(&self, other: &Path) -> bool {
        self.segments == other.segments
    }
}
