//! Mapping configurations: which value of an event goes where.
//!
//! A mapping is JSON in the form of Segment's mapping kit: raw values stand as they are, and an object whose one key
//! begins with `@` is a [`Directive`]. [`Compiler`] compiles it once, with everything that is wrong with it at once, to an
//! [`Expr`] that is evaluated for every event and never changes.
//!
//! **Undefined is not null.** A path that the event does not hold gives undefined: the key is left out of its object, an
//! array keeps its place with `null`. A `null` of the event stays `null`.
//!
//! `docs/mapping.md` is the language in one page, with examples that run as tests. Paths have a grammar: dots, brackets,
//! quotes, an optional `$.`; an empty text, `.`, `$` and `$.` mean the whole event. What the peer (Segment's mapping kit)
//! does otherwise stands in `DESIGN.md`.
//!
//! A root mapping may have the key [`ROOT_KEY`], with one `@transform`: all other keys are then its `mapping`. The key
//! `_metadata` may stand beside a directive and means nothing.
//!
//! # Speed
//!
//! A path into the event is a slot that the event's reader fills on its one pass, so a plain `@path` to a text or number,
//! `@if`, `@first` and `@template` allocate nothing but what they give. A directive that needs a whole part of the event
//! (an object, an array, what `@arrayPath`, `@jsonpath` and `@liquid` look through) has it parsed when it asks.
//!
//! # Limits
//!
//! Each an error with a code: [`MAX_NESTING`] expressions deep, [`MAX_EXPRESSIONS`] in all, [`MAX_PATH_BYTES`] and
//! [`MAX_PATH_STEPS`] per path, [`MAX_TEMPLATE_BYTES`] per template, [`MAX_REPLACE_CHARS`] per pattern, replacement and
//! separator, [`MAX_JSONPATH_BYTES`], [`MAX_JSONPATH_DEPTH`], [`MAX_JSONPATH_WILD`] and [`MAX_JSONPATH_UNION`] per query,
//! [`MAX_LIQUID_CHARS`] and [`MAX_LIQUID_OUTPUT`] per Liquid template, and [`MAX_OUTPUT`] per evaluation. There is no clock
//! and nothing random: the same mapping of the same event is always the same value.

mod directive;
mod display;
mod expr;
mod jsonpath;
mod liquid;
mod options;
mod parse;
mod path;

mod resolve;
mod template;
mod text;

use crate::diagnostic::{Code, Diagnostic};
use crate::event::{Paths, Slots};
use crate::json::Value;

pub use directive::Directive;
pub use expr::{Coercion, Expr};
pub use jsonpath::{MAX_JSONPATH_BYTES, MAX_JSONPATH_DEPTH, MAX_JSONPATH_UNION, MAX_JSONPATH_WILD};
pub use liquid::{MAX_LIQUID_CHARS, MAX_LIQUID_OUTPUT};
pub use parse::Compiler;
pub use path::{MAX_PATH_BYTES, MAX_PATH_STEPS};
pub use resolve::Scope;
pub use template::MAX_TEMPLATE_BYTES;

/// The deepest nesting of expressions.
pub const MAX_NESTING: usize = 32;
/// The most expressions that one [`Compiler`] takes: raw values count too.
pub const MAX_EXPRESSIONS: usize = 10_000;
/// The longest pattern, replacement and separator, in characters: the limit of Segment's mapping kit.
pub const MAX_REPLACE_CHARS: usize = 10;
/// What one evaluation of an expression makes at most, in bytes: the text it writes and copies, and 8 for every value and key. Without
/// it, nested directives could double the event again and again.
pub const MAX_OUTPUT: usize = 1024 * 1024;
/// The key of Segment's exports whose `@transform` all the other keys of a mapping go through.
pub const ROOT_KEY: &str = "__segment_internal_directive";

/// A whole mapping: compiled once, never changed.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The `@transform` of the root key.
    apply: Option<Expr>,
    root: Expr,
}

impl Mapping {
    /// Compiles a mapping, which is an object, and registers the paths that it reads. Each error stands at its JSON
    /// pointer below `at`.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order it is written: `mapping.*` codes.
    pub fn compile(
        mapping: &Value<'_>,
        at: &str,
        paths: &mut Paths,
    ) -> Result<Mapping, Vec<Diagnostic>> {
        let Value::Object(object) = mapping else {
            let message = format!("a mapping is an object, got {}", mapping.describe());
            return Err(vec![
                Diagnostic::error(Code::MappingShape, at, message)
                    .help("write `{\"attribute\": {\"@path\": \"$.traits.email\"}}`"),
            ]);
        };
        let mut compiler = Compiler::new(paths);
        let apply = compiler.root_key(object, at);
        let root = match &apply {
            Some(None) => compiler.expr(mapping, at),
            _ => {
                let rest: Value<'_> = Value::Object(
                    object
                        .iter()
                        .filter(|(key, _)| *key != ROOT_KEY)
                        .map(|(key, value)| (key.into(), value.borrowed()))
                        .collect(),
                );
                compiler.expr(&rest, at)
            }
        };
        match (apply, root, compiler.finish()) {
            (Some(apply), Some(root), errors) if !errors.iter().any(Diagnostic::is_error) => {
                Ok(Mapping { apply, root })
            }
            (_, _, errors) => Err(errors),
        }
    }

    /// The value for an event; `None` when it is undefined.
    ///
    /// # Errors
    /// As [`Expr::eval`].
    pub fn resolve<'a>(&'a self, slots: &Slots<'a>) -> Result<Option<Value<'a>>, Diagnostic> {
        let scope = Scope::event(slots, &[]);
        match &self.apply {
            None => self.root.eval(&scope),
            Some(apply) => {
                let applied = apply.eval(&scope)?;
                self.root.eval(&Scope::value(applied.as_ref(), &[]))
            }
        }
    }

    /// The expression of the mapping; with a root key, of what its `@transform` gives.
    pub fn root(&self) -> &Expr {
        &self.root
    }
}

/// Canonical mapping JSON: compiles to a mapping that gives the same values.
impl std::fmt::Display for Mapping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(apply) = &self.apply else {
            return self.root.fmt(f);
        };
        let transform = |body| {
            Value::Object(
                [("@transform".into(), Value::Object(body))]
                    .into_iter()
                    .collect(),
            )
        };
        let root = transform([("apply".into(), apply.to_value())].into_iter().collect());
        let mut object = Value::Object([(ROOT_KEY.into(), root)].into_iter().collect());
        if let (Value::Object(object), Value::Object(rest)) = (&mut object, self.root.to_value()) {
            for (key, value) in rest {
                object.insert(key, value);
            }
        }
        f.write_str(&object.to_json())
    }
}

#[cfg(test)]
mod tests;
