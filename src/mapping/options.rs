//! Reading the options of a directive, with everything that is wrong with them.

use super::MAX_REPLACE_CHARS;
use super::directive::Directive;
use super::expr::Expr;
use super::parse::Compiler;
use crate::diagnostic::{Code, Diagnostic, did_you_mean, excerpt, pointer};
use crate::json::{Object, Value};

/// The options of a directive.
pub(super) struct Body<'v> {
    directive: Directive,
    pub(super) object: &'v Object<'v>,
    at: &'v str,
}

impl<'v> Body<'v> {
    pub(super) fn get(&self, option: &str) -> Option<&'v Value<'v>> {
        self.object.get(option)
    }

    pub(super) fn at_option(&self, option: &str) -> String {
        pointer(self.at, option)
    }

    /// An option that has another value than it knows, or none.
    pub(super) fn wrong(&self, option: &str, expected: &str) -> Diagnostic {
        let (at, got) = match self.get(option) {
            Some(value) => (self.at_option(option), value.describe()),
            None => (self.at.to_owned(), "none".to_owned()),
        };
        let message = format!(
            "`{option}` of `{}` expected {expected}, got {got}",
            self.directive.as_str()
        );
        Diagnostic::error(Code::MappingOption, at, message)
    }
}

impl Compiler<'_> {
    pub(super) fn any_body<'v>(
        &mut self,
        directive: Directive,
        body: &'v Value<'v>,
        at: &'v str,
    ) -> Option<Body<'v>> {
        let found = match body {
            Value::Object(object) => match object.keys().find(|key| key.starts_with('@')) {
                None => {
                    return Some(Body {
                        directive,
                        object,
                        at,
                    });
                }
                Some(key) => format!("the directive `{}`", excerpt(key)),
            },
            other => other.describe(),
        };
        let message = format!(
            "`{}` expected an object of options, got {found}",
            directive.as_str()
        );
        self.refuse(Diagnostic::error(Code::MappingShape, at, message));
        None
    }

    pub(super) fn body<'v>(
        &mut self,
        directive: Directive,
        body: &'v Value<'v>,
        at: &'v str,
        options: &[&'static str],
    ) -> Option<Body<'v>> {
        let body = self.any_body(directive, body, at)?;
        let unknown: Vec<Diagnostic> = body
            .object
            .keys()
            .filter(|key| !options.contains(key))
            .map(|key| {
                let message = format!(
                    "`{}` is no option of `{}`",
                    excerpt(key),
                    directive.as_str()
                );
                let help = match did_you_mean(key, options.iter().copied()) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => format!("its options are `{}`", options.join("`, `")),
                };
                Diagnostic::error(Code::MappingOption, pointer(at, key), message).help(help)
            })
            .collect();
        if unknown.is_empty() {
            return Some(body);
        }
        unknown.into_iter().for_each(|finding| self.refuse(finding));
        None
    }

    pub(super) fn needed(&mut self, body: &Body<'_>, option: &str) -> Option<Expr> {
        match body.get(option) {
            Some(value) => self.expr(value, &body.at_option(option)),
            None => {
                self.refuse(body.wrong(option, "a value or a directive"));
                None
            }
        }
    }

    pub(super) fn optional(&mut self, body: &Body<'_>, option: &str) -> Option<Option<Expr>> {
        match body.get(option) {
            Some(value) => self.expr(value, &body.at_option(option)).map(Some),
            None => Some(None),
        }
    }

    pub(super) fn word(
        &mut self,
        body: &Body<'_>,
        option: &str,
        words: [&'static str; 2],
    ) -> Option<&'static str> {
        let found = body
            .get(option)
            .and_then(Value::as_str)
            .and_then(|text| words.into_iter().find(|word| *word == text));
        if found.is_none() {
            let expected = format!("`{}` or `{}`", words[0], words[1]);
            let diagnostic = body.wrong(option, &expected);
            let meant = body
                .get(option)
                .and_then(Value::as_str)
                .and_then(|text| did_you_mean(text, words));
            self.refuse(match meant {
                Some(word) => diagnostic.help(format!("did you mean `{word}`?")),
                None => diagnostic.help(format!("set `{option}` to one of the two")),
            });
        }
        found
    }

    pub(super) fn flag(&mut self, body: &Body<'_>, option: &str, default: bool) -> Option<bool> {
        match body.get(option) {
            None | Some(Value::Null) => Some(default),
            Some(Value::Bool(flag)) => Some(*flag),
            Some(_) => {
                self.refuse(body.wrong(option, "`true` or `false`"));
                None
            }
        }
    }

    /// A pattern or replacement; empty when it is not there.
    pub(super) fn pattern(&mut self, body: &Body<'_>, option: &str) -> Option<Box<str>> {
        match body.get(option) {
            None | Some(Value::Null) => Some("".into()),
            Some(Value::String(text)) if text.chars().count() <= MAX_REPLACE_CHARS => {
                Some(text.as_ref().into())
            }
            Some(_) => {
                let expected = format!("a string of at most {MAX_REPLACE_CHARS} characters");
                self.refuse(body.wrong(option, &expected));
                None
            }
        }
    }
}
