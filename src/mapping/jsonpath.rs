//! `@jsonpath`: RFC 9535, for what `@path` does not reach: wildcards, slices, negative indexes, descendants, filters.
//!
//! A query of names and indexes only gives its value, or undefined. Every other query gives an array of all the nodes
//! it selects, in document order, and undefined when the event does not even hold the names it begins with, or a text,
//! number or boolean there (so that data which is not there unsets nothing). Numbers keep their exact text in what is given; within filters they are
//! compared as 64-bit floats.
//!
//! The functions `length`, `count` and `value` are there, `match` and `search` are not: no regular expressions.
//!
//! Queries are capped, so that none takes long or much memory on any event: [`MAX_JSONPATH_BYTES`] bytes, brackets
//! nested [`MAX_JSONPATH_DEPTH`] deep, [`MAX_JSONPATH_WILD`] of `..` and `*` together, with two `..` no slices and
//! filters, [`MAX_JSONPATH_UNION`] combinations of listed selectors, and `$` within a filter only in a query that has
//! one filter and no `..`, `*` or slice.

use jsonpath_rfc9535::{Element, JsonPath};

use super::expr::{JsonQuery, Node};
use super::parse::Compiler;
use crate::diagnostic::{Code, Diagnostic, excerpt};
use crate::event::Segment;
use crate::json::Value;

/// The longest query, in bytes.
pub const MAX_JSONPATH_BYTES: usize = 256;
/// The deepest nesting of brackets and parentheses in a query.
pub const MAX_JSONPATH_DEPTH: usize = 8;
/// The most `..` and `*` of a query, counted together.
pub const MAX_JSONPATH_WILD: usize = 2;
/// The most combinations of the selectors that a query lists: `[0,1]['a','b','c']` has 6.
pub const MAX_JSONPATH_UNION: usize = 64;

impl Compiler<'_> {
    pub(super) fn jsonpath(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        let Some(text) = body.as_str() else {
            let message = format!("`@jsonpath` expected a string, got {}", body.describe());
            self.refuse(
                Diagnostic::error(Code::MappingShape, at, message)
                    .help("write the query as a string, e.g. `\"$.products[*].name\"`"),
            );
            return None;
        };
        if let Err((problem, help)) = check_caps(text) {
            let message = format!(
                "`{}` is over the limit of `@jsonpath`: {problem}",
                excerpt(text)
            );
            self.refuse(Diagnostic::error(Code::MappingJsonPath, at, message).help(help));
            return None;
        }
        let whole = match JsonPath::parse(text) {
            Ok(query) => query,
            Err(error) => {
                let error = error.to_string();
                let (what, help) = if error.contains("`regex`") {
                    (
                        "there is no `match` and no `search`",
                        "compare with `==`, or shape the value with another directive",
                    )
                } else if text.starts_with('$') {
                    (
                        error.as_str(),
                        "write it as RFC 9535 has it, e.g. `$.products[?@.price > 10].name`",
                    )
                } else {
                    (error.as_str(), "begin the query with `$`")
                };
                let message = format!("`{}` is no JSONPath: {what}", excerpt(text));
                self.refuse(Diagnostic::error(Code::MappingJsonPath, at, message).help(help));
                return None;
            }
        };
        let singular = whole.singular_steps().is_some();
        let (names, rest) = leading_names(text);
        // Only the part of the event below the names that the query begins with is read, unless it refers to the whole.
        let below = Some(rest)
            .filter(|rest| !rest.contains('$'))
            .and_then(|rest| JsonPath::parse(&format!("${rest}")).ok());
        let (query, start, must_hold) = match below {
            Some(below) => (below, names, Vec::new()),
            None => (whole, Vec::new(), names),
        };
        Some(Node::JsonPath(Box::new(JsonQuery {
            text: text.into(),
            place: self.place(start),
            must_hold: must_hold.into(),
            query,
            singular,
        })))
    }
}

/// What a query selects in `value`, which stands at its place. `copy` makes every value that is given.
pub(super) fn select<'a, E>(
    query: &JsonQuery,
    value: &Value<'a>,
    mut copy: impl FnMut(&Value<'a>) -> Result<Value<'a>, E>,
) -> Result<Option<Value<'a>>, E> {
    match crate::event::walk(value, &query.must_hold) {
        // What holds nothing has nothing to select from, and a list of nothing would unset all that an attribute has.
        None => return Ok(None),
        Some(_) if query.singular => {}
        Some(Value::Null) => return Ok(Some(Value::Null)),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) => return Ok(None),
        Some(Value::Array(_) | Value::Object(_)) => {}
    }
    let document = serde_json::Value::from(value);
    let nodes = query.query.query(&document);
    // The crate works on a copy whose numbers may be rounded: the values are taken from the original.
    let found = nodes.paths().filter_map(|path| {
        let mut elements = path.elements().into_iter();
        elements.try_fold(value, |value, element| match element {
            Element::Name(name) => value.get(name),
            Element::Index(index) => value.as_array()?.get(index),
        })
    });
    let mut found = found.map(&mut copy);
    if query.singular {
        return found.next().transpose();
    }
    found
        .collect::<Result<_, E>>()
        .map(|found| Some(Value::Array(found)))
}

type Problem = (String, &'static str);

/// Refuses what could take long on some event.
fn check_caps(text: &str) -> Result<(), Problem> {
    let too_many = |what: String| {
        Err((
            what,
            "ask for less at once, or take the parts with several directives",
        ))
    };
    if text.len() > MAX_JSONPATH_BYTES {
        return too_many(format!(
            "at most {MAX_JSONPATH_BYTES} bytes, got {}",
            text.len()
        ));
    }
    let (mut descents, mut wildcards, mut slices, mut filters, mut roots) = (0, 0, 0, 0, 0);
    let (mut union, mut open) = (1usize, Vec::new());
    let (mut quote, mut escaped, mut before) = (None, false, b' ');
    for byte in text.bytes() {
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(q), _) if byte == q => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'[' | b'(') => {
                open.push(1usize);
                if open.len() > MAX_JSONPATH_DEPTH {
                    return too_many(format!(
                        "brackets at most {MAX_JSONPATH_DEPTH} deep, got more"
                    ));
                }
            }
            (None, b',') => {
                if let Some(selectors) = open.last_mut() {
                    *selectors += 1;
                }
            }
            (None, b']' | b')') => {
                union = union.saturating_mul(open.pop().unwrap_or(1));
                if union > MAX_JSONPATH_UNION {
                    return too_many(format!(
                        "at most {MAX_JSONPATH_UNION} combinations of selectors, got more"
                    ));
                }
            }
            (None, b'.') if before == b'.' => descents += 1,
            (None, b'*') => wildcards += 1,
            (None, b':') => slices += 1,
            (None, b'?') => filters += 1,
            (None, b'$') => roots += 1,
            (None, _) => {}
        }
        before = byte;
    }
    if descents + wildcards > MAX_JSONPATH_WILD {
        return too_many(format!(
            "at most {MAX_JSONPATH_WILD} of `..` and `*`, got {}",
            descents + wildcards
        ));
    }
    if descents > 1 && slices + filters > 0 {
        return too_many("no slices and filters beside two `..`".to_owned());
    }
    if roots > 1 && (descents + wildcards + slices > 0 || filters > 1) {
        return too_many(
            "`$` in a filter only without `..`, `*`, slices and other filters".to_owned(),
        );
    }
    Ok(())
}

/// The plain names that a valid query begins with, and the rest of it.
fn leading_names(text: &str) -> (Vec<Segment>, &str) {
    let mut names = Vec::new();
    let mut rest = text.strip_prefix('$').unwrap_or(text);
    loop {
        let step = if let Some(name) = rest.strip_prefix('.') {
            let end = name
                .find(|c: char| c.is_ascii() && !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(name.len());
            Some((&name[..end], &name[end..]))
        } else if let Some(content) = rest.strip_prefix("['") {
            content
                .split_once("']")
                .filter(|(name, _)| !name.contains(['\'', '\\']))
        } else if let Some(content) = rest.strip_prefix("[\"") {
            content
                .split_once("\"]")
                .filter(|(name, _)| !name.contains(['"', '\\']))
        } else {
            None
        };
        // A step to a number would also find an element of an array, which a name of JSONPath does not.
        let Some((name, after)) = step.filter(|(name, _)| {
            !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())
        }) else {
            return (names, rest);
        };
        names.push(Segment::new(name));
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Paths;
    use crate::mapping::{Expr, Scope};

    fn compile(query: &str, paths: &mut Paths) -> Result<Expr, String> {
        let body = Value::Object(
            [("@jsonpath".into(), Value::String(query.to_owned().into()))]
                .into_iter()
                .collect(),
        );
        let mut compiler = Compiler::new(paths);
        let expr = compiler.expr(&body, "");
        let errors = compiler.finish();
        expr.ok_or_else(|| errors.iter().map(|e| e.message.clone()).collect())
    }

    fn resolve(query: &str, event: &str) -> String {
        let mut paths = Paths::new();
        let expr = match compile(query, &mut paths) {
            Ok(expr) => expr,
            Err(message) => return message,
        };
        let slots = paths.reader().read(event).unwrap();
        let value = expr.eval(&Scope::event(&slots, &[])).unwrap();
        value.map_or("undefined".to_owned(), |value| value.to_json())
    }

    const EVENT: &str = r#"{"cart":{"lines":[{"sku":"A","price":12.50,"qty":1},{"sku":"B","price":3,"qty":20000000000000000001},{"sku":"C","tags":["x","y"]}],"currency":"EUR"},
        "limit":5,"0":"zero","odd key":{"in'side":true},"big":12345678901234567890123,"empty":[]}"#;

    #[test]
    fn queries_give_a_value_or_an_array_of_nodes() {
        for (query, expect) in [
            ("$.cart.currency", r#""EUR""#),
            ("$.cart.lines[0].price", "12.50"),
            ("$.cart.lines[-1].sku", r#""C""#),
            ("$.big", "12345678901234567890123"),
            ("$['0']", r#""zero""#),
            ("$[0]", "undefined"),
            ("$.cart['0']", "undefined"),
            ("$.cart.lines['0']", "undefined"),
            ("$['odd key']", r#"{"in'side":true}"#),
            (r#"$["odd key"]["in'side"]"#, "true"),
            (r#"$['odd key']['in\'side']"#, "true"),
            ("$.nope", "undefined"),
            ("$.cart.lines[9]", "undefined"),
            ("$.cart.lines[*].sku", r#"["A","B","C"]"#),
            ("$.cart.lines[:2].qty", "[1,20000000000000000001]"),
            ("$.cart.lines[?@.price > 5].sku", r#"["A"]"#),
            ("$.cart.lines[?@.price > $.limit].sku", r#"["A"]"#),
            ("$.cart.lines[?length(@.tags) == 2].sku", r#"["C"]"#),
            ("$.cart.lines[?@.price > 500].sku", "[]"),
            ("$..sku", r#"["A","B","C"]"#),
            ("$..nope", "[]"),
            ("$.empty[*]", "[]"),
            ("$.nope[*].sku", "undefined"),
            ("$.nope[?@.price > $.limit]", "undefined"),
            ("$.cart.lines[0,0].sku", r#"["A","A"]"#),
            ("$", &Value::parse(EVENT).unwrap().to_json()),
        ] {
            assert_eq!(resolve(query, EVENT), expect, "{query}");
        }
    }

    #[test]
    fn only_the_part_of_the_event_that_is_asked_for_is_read() {
        for (query, reads) in [
            ("$.cart.lines[*].sku", "$.cart.lines"),
            ("$['cart']..sku", "$.cart"),
            ("$.cart.currency", "$.cart.currency"),
            ("$.lines[?@.price > $.limit]", "$"),
            ("$..sku", "$"),
            ("$ .cart", "$"),
        ] {
            assert_eq!(
                compile(query, &mut Paths::new()).unwrap().paths(),
                [reads],
                "{query}"
            );
        }
    }

    #[test]
    fn what_is_no_query_or_over_the_caps_is_refused() {
        let long = format!("$.{}", "a".repeat(MAX_JSONPATH_BYTES));
        let deep = format!("${}", "[?@".repeat(9));
        for (query, expect) in [
            (
                "traits.email",
                "`traits.email` is no JSONPath: syntax error at position 0: the input is not a valid JSONPath query",
            ),
            (
                "$.a[",
                "`$.a[` is no JSONPath: syntax error at position 3: the input is not a valid JSONPath query",
            ),
            (
                "$[?match(@.a, 'x')]",
                "`$[?match(@.a, 'x')]` is no JSONPath: there is no `match` and no `search`",
            ),
            (
                &long,
                &format!(
                    "`$.{}…` is over the limit of `@jsonpath`: at most 256 bytes, got 258",
                    "a".repeat(58)
                ),
            ),
            (
                &deep,
                "`$[?@[?@[?@[?@[?@[?@[?@[?@[?@` is over the limit of `@jsonpath`: brackets at most 8 deep, got more",
            ),
            (
                "$..a.*.*",
                "`$..a.*.*` is over the limit of `@jsonpath`: at most 2 of `..` and `*`, got 3",
            ),
            (
                "$..a..b[:1]",
                "`$..a..b[:1]` is over the limit of `@jsonpath`: no slices and filters beside two `..`",
            ),
            (
                "$[0,0][0,0][0,0][0,0][0,0][0,0][0,0]",
                "`$[0,0][0,0][0,0][0,0][0,0][0,0][0,0]` is over the limit of `@jsonpath`: at most 64 combinations of selectors, got more",
            ),
            (
                "$[?@ == $[0].x][?@]",
                "`$[?@ == $[0].x][?@]` is over the limit of `@jsonpath`: `$` in a filter only without `..`, `*`, slices and other filters",
            ),
            ("$.a['..**??$$,:[[[[[[[[['].b", "ok"),
        ] {
            let got = compile(query, &mut Paths::new()).map(|_| "ok".to_owned());
            assert_eq!(got.unwrap_or_else(|message| message), expect, "{query}");
        }
    }
}
