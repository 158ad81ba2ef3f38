//! The canonical text of a condition: what the parser reads back to the same condition.

use std::fmt::{self, Display, Formatter, Write};

use crate::json::Value;

use super::condition::{Condition, Operand, Path};

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Condition::All(inner) => join(f, " and ", inner, grouped),
            Condition::Any(inner) => join(f, " or ", inner, grouped),
            Condition::Not(inner) if inner.is_call() => write!(f, "!{inner}"),
            Condition::Not(inner) => write!(f, "!({inner})"),
            Condition::Compare(left, relation, right) => {
                write!(f, "{left} {} {right}", relation.as_str())
            }
            Condition::In(item, list) => write!(f, "{item} in {list}"),
            Condition::Contains(text, part) => write!(f, "contains({text}, {part})"),
            Condition::Match(text, glob) => {
                write!(f, "match({text}, ")?;
                string(f, glob.pattern())?;
                f.write_char(')')
            }
        }
    }
}

/// A member of a group; a group inside one keeps its parentheses even where `and` would bind first anyway.
fn grouped(f: &mut Formatter<'_>, condition: &Condition) -> fmt::Result {
    if condition.is_group() {
        write!(f, "({condition})")
    } else {
        condition.fmt(f)
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Path(path) => path.fmt(f),
            Operand::Apply(function, argument) => write!(f, "{}({argument})", function.as_str()),
            Operand::Literal(value) => literal(f, value),
        }
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        join(f, ".", &self.segments, |f, segment| {
            for c in segment.key().chars() {
                if !(c.is_ascii_alphanumeric() || c == '_' || c == '-') {
                    f.write_char('\\')?;
                }
                f.write_char(c)?;
            }
            Ok(())
        })
    }
}

fn literal(f: &mut Formatter<'_>, value: &Value<'_>) -> fmt::Result {
    match value {
        Value::String(text) => string(f, text),
        Value::Array(items) => {
            f.write_char('[')?;
            join(f, ", ", items, literal)?;
            f.write_char(']')
        }
        other => f.write_str(&other.to_json()),
    }
}

/// A string with as few escapes as it needs, so that patterns stay readable.
fn string(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            // Before what would make it an escape, and at the end, a backslash is written twice.
            '\\' if matches!(
                chars.peek(),
                None | Some('\\' | '"' | '\'' | 'n' | 'r' | 't' | '\n' | '\r' | '\t')
            ) =>
            {
                f.write_str("\\\\")?;
            }
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

fn join<T>(
    f: &mut Formatter<'_>,
    between: &str,
    items: &[T],
    write: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            f.write_str(between)?;
        }
        write(f, item)?;
    }
    Ok(())
}
