//! The grammar of `@path`: dots, brackets, quotes.
//!
//! | written | finds |
//! | --- | --- |
//! | an empty text, `.`, `$`, `$.` | the whole event |
//! | `$.traits.email`, `traits.email`, `.traits.email` | a key below a key |
//! | `items[0]`, `items.0` | an element of an array, counted from 0 |
//! | `['a.b']`, `["a.b"]` | a key of any characters; `\` escapes the quote and itself |
//! | `a[b]` | the same as `a.b` |
//! | `[Team] Plan.tier` | a key that begins with a bracket, as some libraries name their events |
//!
//! Names keep their spaces. Only what the event holds is found: there is no `length`, and a path that goes on below
//! text, a number, a boolean or `null` finds nothing. Wildcards, slices, negative indexes and filters are what
//! `@jsonpath` is for. A path has at most [`MAX_PATH_BYTES`] bytes and [`MAX_PATH_STEPS`] steps.

use std::fmt;

use crate::event::Segment;
use crate::json::MAX_DEPTH;

/// The longest path, in bytes.
pub const MAX_PATH_BYTES: usize = 1024;
/// The most steps of a path: no event nests deeper.
pub const MAX_PATH_STEPS: usize = MAX_DEPTH;

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PathError {
    /// What is wrong, to stand after the path.
    pub(super) message: String,
    /// How to mend it.
    pub(super) help: &'static str,
}

impl PathError {
    fn new(message: impl Into<String>, help: &'static str) -> Self {
        PathError {
            message: message.into(),
            help,
        }
    }
}

const FOR_PATTERNS: &str = "use `@jsonpath` for wildcards, slices, negative indexes and filters";
const FOR_KEYS: &str = "write a key of unusual characters in brackets and quotes, e.g. `$['a.b']`";

/// Reads a path; none of its steps means the whole event.
pub(super) fn parse(text: &str) -> Result<Vec<Segment>, PathError> {
    if text.len() > MAX_PATH_BYTES {
        return Err(PathError::new(
            format!(
                "a path has at most {MAX_PATH_BYTES} bytes, got {}",
                text.len()
            ),
            "map a shorter path",
        ));
    }
    let mut steps = Vec::new();
    let mut rest = match text.strip_prefix('$') {
        Some(rest) if rest.is_empty() || rest.starts_with(['.', '[']) => rest,
        _ => text,
    };
    if rest == "." || rest.is_empty() {
        return Ok(steps);
    }
    rest = match rest.strip_prefix('.') {
        Some(after) if !after.starts_with('.') => after,
        _ => rest,
    };
    loop {
        // A name, or a bracket where a name could stand.
        let (name, after) = match bracket(rest)? {
            Some(found) => found,
            None => name(rest, text)?,
        };
        steps.push(Segment::new(&name));
        rest = after;
        while let Some((name, after)) = attached(rest)? {
            steps.push(Segment::new(&name));
            rest = after;
        }
        if steps.len() > MAX_PATH_STEPS {
            return Err(PathError::new(
                format!("a path has at most {MAX_PATH_STEPS} steps, got more"),
                "map a shorter path",
            ));
        }
        if rest.is_empty() {
            return Ok(steps);
        }
        rest = &rest[1..];
    }
}

type Step<'t> = (String, &'t str);

/// A name up to the next dot or bracket.
fn name<'t>(rest: &'t str, whole: &str) -> Result<Step<'t>, PathError> {
    // A leading bracket that is no step belongs to the name.
    let skip = if rest.starts_with('[') {
        rest.find(']')
            .map(|end| end + 1)
            .ok_or_else(|| PathError::new("`[` is not closed", FOR_KEYS))?
    } else {
        0
    };
    let end = rest[skip..]
        .find(['.', '[', ']'])
        .map_or(rest.len(), |at| skip + at);
    let name = &rest[..end];
    if rest[end..].starts_with(']') {
        return Err(PathError::new("`]` closes nothing", FOR_KEYS));
    }
    if name.is_empty() {
        let problem = if whole.contains("..") {
            PathError::new("`..` has no name between the dots", FOR_PATTERNS)
        } else {
            PathError::new("a name is missing after the last dot", "leave the dot out")
        };
        return Err(problem);
    }
    if name == "*" {
        return Err(PathError::new("`*` is no name", FOR_PATTERNS));
    }
    Ok((name.to_owned(), &rest[end..]))
}

/// A bracket at the beginning of a step; `None` when it is part of a name such as `[Team] Plan`.
fn bracket(rest: &str) -> Result<Option<Step<'_>>, PathError> {
    if !rest.starts_with('[') {
        return Ok(None);
    }
    let quoted = rest[1..].starts_with(['\'', '"']);
    let goes_on = |after: &str| !(after.is_empty() || after.starts_with(['.', '[']));
    match inside(rest) {
        Ok((_, after)) if goes_on(after) && !quoted => Ok(None),
        Ok((_, after)) if goes_on(after) => Err(after_bracket(after)),
        Ok(step) => Ok(Some(step)),
        Err(error) if quoted => Err(error),
        Err(error) => match rest.split_once(']') {
            Some((_, after)) if goes_on(after) => Ok(None),
            _ => Err(error),
        },
    }
}

/// A bracket directly after a step; `None` at a dot and at the end.
fn attached(rest: &str) -> Result<Option<Step<'_>>, PathError> {
    match rest.as_bytes().first() {
        None | Some(b'.') => Ok(None),
        Some(b'[') => inside(rest).map(Some),
        Some(_) => Err(after_bracket(rest)),
    }
}

fn after_bracket(rest: &str) -> PathError {
    let found: String = rest.chars().take(1).collect();
    PathError::new(
        format!("`]` expected `.`, `[` or the end after it, got `{found}`"),
        FOR_KEYS,
    )
}

/// What a bracket holds: an index, a quoted key or a plain word.
fn inside(rest: &str) -> Result<Step<'_>, PathError> {
    let content = &rest[1..];
    if let Some(quote) = content.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        let mut key = String::new();
        let mut chars = content[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, escaped @ ('\\' | '\'' | '"'))) => key.push(escaped),
                    _ => {
                        return Err(PathError::new(
                            "`\\` escapes nothing",
                            "in quotes, write `\\\\`, `\\'` or `\\\"`",
                        ));
                    }
                },
                c if c == quote => {
                    return match content[1 + at + 1..].strip_prefix(']') {
                        Some(after) => Ok((key, after)),
                        None => Err(PathError::new(
                            "`[` is not closed after the quote",
                            FOR_KEYS,
                        )),
                    };
                }
                c => key.push(c),
            }
        }
        return Err(PathError::new("a quote is not closed", FOR_KEYS));
    }
    let Some((word, after)) = content.split_once(']') else {
        return Err(PathError::new("`[` is not closed", FOR_KEYS));
    };
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '-');
    if word.is_empty() || !word.chars().all(plain) || word.starts_with('-') {
        let help = if word.starts_with(['*', '-', '?', ':']) || word.contains(':') {
            FOR_PATTERNS
        } else {
            FOR_KEYS
        };
        return Err(PathError::new(
            format!("`[{word}]` is neither an index nor a key"),
            help,
        ));
    }
    Ok((word.to_owned(), after))
}

/// The canonical text of a path: what [`parse`] reads back to the same steps.
pub(super) struct Canonical<'p>(pub(super) &'p [Segment]);

impl fmt::Display for Canonical<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for step in self.0 {
            let key = step.key();
            if key.is_empty() || key == "*" || key.trim() != key || key.contains(['.', '[', ']']) {
                f.write_str("['")?;
                for c in key.chars() {
                    if matches!(c, '\\' | '\'') {
                        f.write_str("\\")?;
                    }
                    write!(f, "{c}")?;
                }
                f.write_str("']")?;
            } else {
                write!(f, ".{key}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(text: &str) -> Result<Vec<String>, String> {
        parse(text)
            .map(|steps| steps.iter().map(|s| s.key().to_owned()).collect())
            .map_err(|error| error.message)
    }

    #[test]
    fn paths_are_read_step_by_step() {
        for (text, steps) in [
            ("", &[][..]),
            (".", &[]),
            ("$", &[]),
            ("$.", &[]),
            ("traits", &["traits"]),
            ("$.traits.email", &["traits", "email"]),
            (".traits.email", &["traits", "email"]),
            ("$traits.x", &["$traits", "x"]),
            ("$.$set.email", &["$set", "email"]),
            ("items[0].sku", &["items", "0", "sku"]),
            ("items.0.sku", &["items", "0", "sku"]),
            ("$[2][1]", &["2", "1"]),
            ("$['a.b'].c", &["a.b", "c"]),
            (r#"a["b c"]['d']"#, &["a", "b c", "d"]),
            (r#"$['it\'s \\ "x"']"#, &[r#"it's \ "x""#]),
            ("$['']", &[""]),
            ("['a'].b", &["a", "b"]),
            ("a[b].c", &["a", "b", "c"]),
            ("[a].b", &["a", "b"]),
            ("$.First Name.x ", &["First Name", "x "]),
            ("[Team] Plan.tier", &["[Team] Plan", "tier"]),
            ("$.traits.[Team] Plan", &["traits", "[Team] Plan"]),
            ("[my team] Plan[0]", &["[my team] Plan", "0"]),
            ("[0] x", &["[0] x"]),
            ("traits.größe", &["traits", "größe"]),
            ("a.b*c", &["a", "b*c"]),
        ] {
            assert_eq!(
                keys(text).as_deref(),
                Ok(&steps.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..]),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_path_says_why() {
        let long = "a".repeat(MAX_PATH_BYTES + 1);
        let deep = "a.".repeat(MAX_PATH_STEPS) + "a";
        for (text, message) in [
            ("a..b", "`..` has no name between the dots"),
            ("..a", "`..` has no name between the dots"),
            ("$..a", "`..` has no name between the dots"),
            ("a.", "a name is missing after the last dot"),
            ("a.*", "`*` is no name"),
            ("a[*]", "`[*]` is neither an index nor a key"),
            ("a[-1]", "`[-1]` is neither an index nor a key"),
            ("a[1:2]", "`[1:2]` is neither an index nor a key"),
            ("a[?(@.x)]", "`[?(@.x)]` is neither an index nor a key"),
            ("a[]", "`[]` is neither an index nor a key"),
            ("a[b c]", "`[b c]` is neither an index nor a key"),
            ("[*]", "`[*]` is neither an index nor a key"),
            ("a[0", "`[` is not closed"),
            ("[", "`[` is not closed"),
            ("a]", "`]` closes nothing"),
            ("a['b", "a quote is not closed"),
            ("a['b'", "`[` is not closed after the quote"),
            ("a['b'x]", "`[` is not closed after the quote"),
            (r"a['b\n']", r"`\` escapes nothing"),
            (
                "a[0]b",
                "`]` expected `.`, `[` or the end after it, got `b`",
            ),
            (
                "['a']b",
                "`]` expected `.`, `[` or the end after it, got `b`",
            ),
            (&long, "a path has at most 1024 bytes, got 1025"),
            (&deep, "a path has at most 128 steps, got more"),
        ] {
            assert_eq!(keys(text), Err(message.to_owned()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_path_or_an_error_and_the_canonical_text_reads_back(text in r#"[$.\[\]'"\\*ab0 -]{0,12}|\PC{0,12}"#) {
            if let Ok(steps) = parse(&text) {
                prop_assert_eq!(parse(&Canonical(&steps).to_string()), Ok(steps));
            }
        }

        #[test]
        fn any_keys_have_a_canonical_text(keys in proptest::collection::vec(r#"[.\[\]'"\\*$a0 ]{0,4}|\PC{0,4}"#, 0..4)) {
            let steps: Vec<Segment> = keys.iter().map(|key| Segment::new(key)).collect();
            prop_assert_eq!(parse(&Canonical(&steps).to_string()), Ok(steps));
        }
    }
}
