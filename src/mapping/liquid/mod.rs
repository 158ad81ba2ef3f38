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
//! [`parse`] reads a template into steps and finds the variables that it reads, [`render`] takes the steps. Nothing is
//! looked up by name when a template is rendered. The crates `liquid-core` and `liquid-lib` are what the tests hold it
//! against; DESIGN.md lists the differences.

mod date;
mod filter;
mod lex;
mod parse;
mod render;
mod text;
mod value;

use super::expr::{Liquid, Node};
use super::parse::Compiler;
use crate::diagnostic::{Code, Diagnostic};
use crate::event::Segment;
use crate::json::Value;

pub(super) use self::render::{RenderError, Template};

/// The longest template, in characters: the limit of Segment's mapping kit.
pub const MAX_LIQUID_CHARS: usize = 1000;
/// The most that a template makes, in bytes: its text, and every value on the way to it.
pub const MAX_LIQUID_OUTPUT: usize = 64 * 1024;

/// The names of all tags.
const TAGS: [&str; 8] = [
    "assign",
    "capture",
    "comment",
    "decrement",
    "if",
    "increment",
    "raw",
    "unless",
];
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
        match parse::parse(text) {
            Ok((template, variables)) => {
                let place = |variable: parse::Variable<'_>| {
                    let read = variable.read.then(|| vec![Segment::new(variable.name)]);
                    read.map(|path| self.place(path))
                };
                Some(Node::Liquid(Box::new(Liquid {
                    text: text.into(),
                    places: variables.into_iter().map(place).collect(),
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

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
