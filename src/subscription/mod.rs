//! Which events an action takes: Segment's filter query language, FQL.
//!
//! ```
//! use attio_destination::event::{Paths, Slots};
//! use attio_destination::subscription::Subscription;
//!
//! let mut paths = Paths::new();
//! let text = r#"type = "identify" and !match(traits.email, "*@example.com")"#;
//! let subscription = Subscription::parse(text, &mut paths)?;
//!
//! let reader = paths.reader();
//! let event = r#"{"type":"identify","traits":{"email":"ada@lovelace.org"}}"#;
//! assert!(subscription.matches(&reader.read(event).unwrap()));
//! # Ok::<(), attio_destination::subscription::SyntaxError>(())
//! ```
//!
//! A subscription is compiled once: what can be known to be wrong is refused then, and matching never fails. The
//! language:
//!
//! | | |
//! | --- | --- |
//! | fields | `type`, `event`, `name`, `userId`, `anonymousId`, `groupId`, `previousId`, `messageId`, `channel`, and any path under `properties`, `traits` and `context`; a character that is no letter, digit, `_` or `-` is escaped: `properties.product\ 1`, `traits.a\.b`; an element of a list by its index: `properties.products.0.sku` |
//! | values | `"text"`, `'text'`, numbers, `true`, `false`, `null`, `["a", 1]` |
//! | tests | `=`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `contains(text, part)`, `match(text, "glob*")`; a path alone is true when its value is `true` |
//! | functions | `lowercase`, `uppercase`, `length`, `typeof` |
//! | logic | `and` before `or`; `!` and `not` negate the test or group that follows; parentheses |
//!
//! A field that is missing is `null`. Values of different types are never equal, so `!=` is true of them; an order
//! holds between numbers only. Numbers are compared by value, digit for digit, never as floats. In a string, `\\`,
//! `\"`, `\'`, `\n`, `\r` and `\t` are escapes, and any other backslash stands for itself.

mod condition;
mod display;
mod error;
mod glob;
mod lex;
mod matches;
mod overlap;
mod parse;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::event::{Paths, Slots, Type};
use condition::Condition;
pub use error::SyntaxError;

/// The longest subscription, in bytes.
pub const MAX_BYTES: usize = 10_000;
/// The deepest nesting of groups, negations and functions, in levels.
pub const MAX_DEPTH: usize = 64;
/// The longest pattern of a `match`, in characters.
pub const MAX_PATTERN_CHARS: usize = 256;

/// A compiled subscription. Its `Display` is canonical FQL, which parses to the same subscription.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    condition: Condition,
}

impl Subscription {
    /// Parses FQL and registers every path that it reads in `paths`.
    ///
    /// # Errors
    /// When the text is not FQL, reads a field that no event has, compares what can never be equal, or is over
    /// [`MAX_BYTES`], [`MAX_DEPTH`] or [`MAX_PATTERN_CHARS`]. Nothing is registered then.
    pub fn parse(text: &str, paths: &mut Paths) -> Result<Self, SyntaxError> {
        let mut condition = parse::parse(text)?;
        condition.register(paths);
        Ok(Subscription { condition })
    }

    /// Whether it takes the event of `slots`, which were read with the paths that [`parse`](Self::parse) registered.
    pub fn matches(&self, slots: &Slots<'_>) -> bool {
        // OK because an event answers for every path; only `event_types` leaves some open.
        self.condition.holds(slots).unwrap_or(false)
    }

    /// Whether one event may be taken by both. Says no only where that is plain, so yes may still be wrong.
    pub fn may_share_events(&self, other: &Subscription) -> bool {
        let theirs = other.event_types();
        self.event_types().iter().any(|kind| theirs.contains(kind))
            && self.condition.may_hold_with(&other.condition)
    }

    /// The types of events that it may take: none when no event can ever reach it. Everything but `type` is taken as
    /// unknown, so a type that is named here may still never match.
    pub fn event_types(&self) -> Vec<Type> {
        Type::ALL
            .into_iter()
            .filter(|kind| self.condition.holds(kind) != Some(false))
            .collect()
    }

    /// What the type of an event is compared with that is none.
    pub fn unknown_types(&self) -> Vec<&str> {
        let mut types = Vec::new();
        self.condition.types(&mut types);
        types.retain(|name| Type::ALL.iter().all(|kind| kind.as_str() != *name));
        types
    }
}

impl fmt::Display for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)
    }
}
