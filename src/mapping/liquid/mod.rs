//! `@liquid`: text made by a Liquid template.
//!
//! The template sees the event (within a shape or a `@transform`: what it sees) by its keys, e.g.
//! `{{ traits.name | upcase }}`. A template always gives text; what is missing gives nothing, an object gives compact
//! JSON, and numbers keep their exact text unless a filter computes with them.
//!
//! Tags: `assign`, `capture`, `comment`, `decrement`, `if`, `increment`, `raw`, `unless`. As in Segment's mapping kit,
//! what loops, includes or lays out is switched off (`case`, `for`, `include`, `layout`, `render`, `tablerow`), and so
//! are the filters that build arrays. The filters are in [`filter`]; a filter or tag that is not there is a
//! configuration error. There is no clock: `now` and `today` are no dates.
//!
//! Limits: [`MAX_LIQUID_CHARS`] characters, and [`MAX_LIQUID_OUTPUT`] bytes for the text and for everything on the way
//! to it.
//!
//! The grammar and the tags come from `liquid-core` and `liquid-lib`. The values, the variables and the filters are our
//! own: the crates' read the clock, lose the order of keys and the text of numbers, panic on some numbers, and know no
//! limits.

mod date;
mod filter;
mod tag;
mod text;
mod value;

use std::fmt;
use std::sync::{Arc, LazyLock};

use liquid_core::parser::Language;
use liquid_core::{Renderable, Template};

use super::expr::{Liquid, Node, Place};
use super::parse::Compiler;
use crate::diagnostic::{Code, Diagnostic, did_you_mean, excerpt};
use crate::event::Segment;
use crate::json::Value;

/// The longest template, in characters: the limit of Segment's mapping kit.
pub const MAX_LIQUID_CHARS: usize = 1000;
/// The most that a template makes, in bytes: its text, and every value on the way to it.
pub const MAX_LIQUID_OUTPUT: usize = 64 * 1024;
/// The deepest nesting of brackets in a template.
const MAX_BRACKETS: usize = 16;
/// The longest number in a template, in digits.
const MAX_DIGITS: usize = 18;

/// Tags that Segment's mapping kit switches off.
const DISABLED_TAGS: [&str; 6] = ["case", "for", "include", "layout", "render", "tablerow"];
/// Filters that Segment's mapping kit switches off.
const DISABLED_FILTERS: [&str; 20] = [
    "array_to_sentence_string",
    "concat",
    "find",
    "find_exp",
    "find_index",
    "find_index_exp",
    "group_by",
    "group_by_exp",
    "has",
    "has_exp",
    "map",
    "newline_to_br",
    "reject",
    "reject_exp",
    "reverse",
    "sort",
    "sort_natural",
    "type",
    "uniq",
    "where_exp",
];

static LANGUAGE: LazyLock<Language> = LazyLock::new(|| {
    let mut language = Language::empty();
    tag::register(&mut language);
    filter::register(&mut language);
    language
});

/// A compiled template.
#[derive(Clone)]
pub(super) struct Compiled(Arc<Template>);

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compiled")
    }
}

/// Why a template gave no text.
pub(super) enum RenderError {
    /// It would have made more than [`MAX_LIQUID_OUTPUT`].
    TooLarge,
    /// A filter could not work on what it got.
    Failed(String),
}

impl Compiled {
    /// The text of the template, whose variables are the members of `roots`.
    pub(super) fn render(&self, roots: &Value<'_>) -> Result<String, RenderError> {
        let scope = value::Variables::new(roots);
        let mut out = value::Bounded::default();
        match self.0.render_to(&mut out, &scope) {
            Ok(()) => Ok(out.into_text()),
            Err(_) if out.is_full() || scope.is_full() => Err(RenderError::TooLarge),
            Err(error) => {
                let reason = first_line(&error);
                // The crate's own words would show the value.
                Err(RenderError::Failed(
                    match reason.strip_prefix("Expected scalar") {
                        Some(_) => "what stands in brackets is no text and no number".to_owned(),
                        None => reason,
                    },
                ))
            }
        }
    }
}

impl Compiler<'_> {
    pub(super) fn liquid(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        let Some(text) = body.as_str() else {
            let message = format!("`@liquid` expected a string, got {}", body.describe());
            self.refuse(
                Diagnostic::error(Code::MappingShape, at, message)
                    .help("write the template as a string, e.g. `\"{{ traits.name | upcase }}\"`"),
            );
            return None;
        };
        match compile(text) {
            Ok(template) => {
                let places = roots(text)
                    .into_iter()
                    .map(|name| self.place(vec![Segment::new(name)]))
                    .collect::<Vec<Place>>();
                Some(Node::Liquid(Box::new(Liquid {
                    text: text.into(),
                    places: places.into(),
                    template,
                })))
            }
            Err(problem) => {
                let diagnostic = Diagnostic::error(problem.code, at, problem.message);
                self.refuse(diagnostic.help(problem.help));
                None
            }
        }
    }
}

struct Problem {
    code: Code,
    message: String,
    help: String,
}

fn problem(code: Code, message: impl Into<String>, help: impl Into<String>) -> Problem {
    Problem {
        code,
        message: message.into(),
        help: help.into(),
    }
}

fn compile(text: &str) -> Result<Compiled, Problem> {
    let chars = text.chars().count();
    if chars > MAX_LIQUID_CHARS {
        let message =
            format!("a Liquid template has at most {MAX_LIQUID_CHARS} characters, got {chars}");
        return Err(problem(
            Code::MappingLimit,
            message,
            "write a shorter template",
        ));
    }
    // The parser cannot hold longer numbers, and recurses into brackets.
    let digits = text
        .split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max();
    if digits.is_some_and(|digits| digits > MAX_DIGITS) {
        let message =
            format!("a number in a Liquid template has at most {MAX_DIGITS} digits, got more");
        return Err(problem(
            Code::MappingLiquid,
            message,
            "put the number into the event, or use `@template`",
        ));
    }
    let mut depth = 0usize;
    for byte in text.bytes() {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_BRACKETS {
            let message =
                format!("a Liquid template nests brackets at most {MAX_BRACKETS} deep, got more");
            return Err(problem(
                Code::MappingLimit,
                message,
                "assign the inner value to a variable first",
            ));
        }
    }
    if names_the_clock(text) {
        return Err(problem(
            Code::MappingLiquid,
            "`@liquid` has no clock, got `now` or `today` as a date",
            "use a time of the event, e.g. `{{ timestamp | date: \"%Y-%m-%d\" }}`",
        ));
    }
    match liquid_core::parser::parse(text, &LANGUAGE) {
        Ok(elements) => Ok(Compiled(Arc::new(Template::new(elements)))),
        Err(error) => Err(explain(&error)),
    }
}

/// What is wrong with a template, in our words.
fn explain(error: &liquid_core::Error) -> Problem {
    let text = error.to_string();
    let lines = || text.strip_prefix("liquid: ").unwrap_or(&text).lines();
    let context = |key: &str| lines().find_map(|line| line.trim_start().strip_prefix(key));
    if let Some(name) = context("requested filter=") {
        return unknown("filter", name, &DISABLED_FILTERS, &filter::names());
    }
    if let Some(name) = context("requested=") {
        return unknown("tag", name, &DISABLED_TAGS, &tag::NAMES);
    }
    // The parser draws a picture: ` --> 1:8`, the line, a caret and `= what is wrong`.
    let place = context("--> ").and_then(|place| place.split_once(':'));
    let message = match (context("= "), place) {
        (Some(what), Some((line, column))) => {
            let what = what.trim_end_matches('.').replace(". ", ", ");
            let what = what.replacen("Unclosed", "unclosed", 1);
            format!(
                "`@liquid` is no template at line {line}, column {column}: {}",
                excerpt(&what)
            )
        }
        _ => format!("`@liquid` is no template: {}", first_line(error)),
    };
    problem(
        Code::MappingLiquid,
        message,
        "write it as Liquid has it, e.g. `{{ traits.name | default: \"friend\" }}`",
    )
}

fn unknown(kind: &str, name: &str, disabled: &[&str], known: &[&'static str]) -> Problem {
    let what = if disabled.contains(&name) {
        "is switched off"
    } else {
        "is not there"
    };
    let message = format!("the Liquid {kind} `{}` {what}", excerpt(name));
    let help = if disabled.contains(&name) {
        "shape lists with `@arrayPath` or select from them with `@jsonpath`".to_owned()
    } else {
        match did_you_mean(name, known.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("the {kind}s are `{}`", known.join("`, `")),
        }
    };
    problem(Code::MappingLiquid, message, help)
}

/// The message of an error, without the values that it carries along.
fn first_line(error: &liquid_core::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    excerpt(line.strip_prefix("liquid: ").unwrap_or(line))
}

/// Whether a template pipes a literal `now` or `today` into `date`.
fn names_the_clock(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["now", "today"].iter().any(|word| {
        text.match_indices(word).any(|(at, _)| {
            let (before, after) = (text[..at].trim_end(), text[at + word.len()..].trim_start());
            ['\'', '"'].iter().any(|quote| {
                before.ends_with(*quote)
                    && after.strip_prefix(*quote).is_some_and(|rest| {
                        let rest = rest.trim_start().strip_prefix('|');
                        rest.is_some_and(|rest| rest.trim_start().starts_with("date"))
                    })
            })
        })
    })
}

/// Every name in a template that may be a variable of the event. Some may be none: reading a few names too many costs
/// nothing, one too few would lose data.
fn roots(text: &str) -> Vec<&str> {
    const WORDS: [&str; 8] = [
        "and", "or", "contains", "true", "false", "nil", "null", "empty",
    ];
    let mut roots = Vec::new();
    let mut rest = text;
    while let Some((at, close)) = ["}}", "%}"]
        .into_iter()
        .filter_map(|close| Some((rest.find(if close == "}}" { "{{" } else { "{%" })?, close)))
        .min()
    {
        let tag = close == "%}";
        rest = rest[at + 2..].trim_start_matches('-');
        let (mut before, mut first) = (' ', true);
        while !rest.is_empty() && !rest.starts_with(close) {
            let c = rest.chars().next().unwrap_or(' ');
            let word = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
            if word > 0 {
                let name = rest[..word].trim_end_matches('-');
                let tag_name = tag && std::mem::take(&mut first);
                let named = name.contains(|c: char| c.is_ascii_alphabetic() || c == '_');
                if named
                    && !tag_name
                    && !matches!(before, '.' | '|')
                    && !WORDS.contains(&name)
                    && !roots.contains(&name)
                {
                    roots.push(name);
                }
                // A hyphen may belong to the name or trim what follows.
                let whole = &rest[..word];
                if whole != name && named && !tag_name && !roots.contains(&whole) {
                    roots.push(whole);
                }
                before = 'a';
                rest = &rest[word..];
            } else if let Some(end) = matches!(c, '\'' | '"').then(|| rest[1..].find(c)).flatten() {
                before = c;
                rest = &rest[end + 2..];
            } else {
                if !c.is_whitespace() {
                    before = c;
                }
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    roots
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

#[cfg(test)]
mod tests;
