//! The directives that are functions with options, and what all options share.

use super::MAX_REPLACE_CHARS;
use super::directive::Directive;
use super::expr::{Case, Coerce, Expr, Flatten, Json, Merge, Node, Pair, Replace};
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
            self.directive
        );
        Diagnostic::error(Code::MappingOption, at, message)
    }
}

impl Compiler<'_> {
    pub(super) fn case(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        let body = self.body(Directive::Case, body, at)?;
        let upper = self.word(&body, "operator", ["lower", "upper"]);
        let value = self.needed(&body, "value");
        Some(Node::Case(Box::new(Case {
            upper: upper? == "upper",
            value: value?,
        })))
    }

    pub(super) fn replace(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        let body = self.body(Directive::Replace, body, at)?;
        let pattern = self.pattern(&body, "pattern");
        let replacement = self.pattern(&body, "replacement");
        let pattern2 = self.pattern(&body, "pattern2");
        let replacement2 = self.pattern(&body, "replacement2");
        let global = self.flag(&body, "global", true);
        let ignore_case = self.flag(&body, "ignorecase", false);
        let value = self.needed(&body, "value");
        let (pattern, pattern2, replacement2) = (pattern?, pattern2?, replacement2?);
        if pattern.is_empty() {
            self.refuse(
                body.wrong("pattern", "a text to replace")
                    .help("give `pattern` 1 to 10 characters"),
            );
            return None;
        }
        if pattern2.is_empty() && !replacement2.is_empty() {
            self.refuse(
                body.wrong("pattern2", "a text to replace")
                    .help("leave `replacement2` out too, or give `pattern2` 1 to 10 characters"),
            );
            return None;
        }
        Some(Node::Replace(Box::new(Replace {
            pair: Pair {
                pattern,
                replacement: replacement?,
            },
            second: (!pattern2.is_empty()).then_some(Pair {
                pattern: pattern2,
                replacement: replacement2,
            }),
            global: global?,
            ignore_case: ignore_case?,
            value: value?,
        })))
    }

    pub(super) fn merge(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        let body = self.body(Directive::Merge, body, at)?;
        let direction = self.word(&body, "direction", ["right", "left"]);
        let Some(Value::Array(items)) = body.get("objects") else {
            self.refuse(
                body.wrong("objects", "an array of objects")
                    .help("write `\"objects\": [..]` with an object or a directive for each"),
            );
            return None;
        };
        let at = body.at_option("objects");
        let objects = self.items(items, &at)?;
        for object in &objects {
            if let Some(other) = object.literal().filter(|value| value.as_object().is_none()) {
                let message = format!(
                    "`@merge` expected an object or a directive, got {}",
                    other.describe()
                );
                self.refuse(
                    Diagnostic::error(Code::MappingShape, object.at(), message)
                        .help("write an object, or a directive that gives one"),
                );
            }
        }
        Some(Node::Merge(Box::new(Merge {
            first_wins: direction? == "left",
            objects,
        })))
    }

    pub(super) fn flatten(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        let body = self.body(Directive::Flatten, body, at)?;
        let separator = match body.get("separator") {
            Some(Value::String(text))
                if (1..=MAX_REPLACE_CHARS).contains(&text.chars().count()) =>
            {
                Some(text.as_ref().into())
            }
            _ => {
                self.refuse(
                    body.wrong("separator", &format!("1 to {MAX_REPLACE_CHARS} characters"))
                        .help("write what stands between the keys, e.g. `\".\"`"),
                );
                None
            }
        };
        let omit_arrays = self.flag(&body, "omitArrays", false);
        let value = self.needed(&body, "value");
        Some(Node::Flatten(Box::new(Flatten {
            separator: separator?,
            omit_arrays: omit_arrays?,
            value: value?,
        })))
    }

    pub(super) fn json(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        let body = self.body(Directive::Json, body, at)?;
        let mode = self.word(&body, "mode", ["encode", "decode"]);
        let value = self.needed(&body, "value");
        Some(Node::Json(Box::new(Json {
            encode: mode? == "encode",
            value: value?,
        })))
    }

    pub(super) fn coerce(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        let body = self.body(Directive::Coerce, body, at)?;
        let value = self.needed(&body, "value");
        let kind = match body.get("as") {
            None => Some(None),
            Some(Value::String(kind)) => Some(Some(kind.as_ref().into())),
            Some(_) => {
                self.refuse(
                    body.wrong("as", "the name of an attribute type")
                        .help("write it as Attio has it, e.g. `\"date\"`, or leave it out"),
                );
                None
            }
        };
        let options = body
            .object
            .iter()
            .filter(|(key, _)| !matches!(*key, "value" | "as"))
            .map(|(key, value)| (key.to_owned().into(), value.clone().into_owned()))
            .collect();
        Some(Node::Coerce(Box::new(Coerce {
            value: value?,
            kind: kind?,
            options,
        })))
    }

    /// The object of a directive's options. Options that it does not know are refused, and the others checked all the
    /// same.
    pub(super) fn body<'v>(
        &mut self,
        directive: Directive,
        body: &'v Value<'v>,
        at: &'v str,
    ) -> Option<Body<'v>> {
        let options = directive.options();
        let its_options = || format!("its options are `{}`", options.join("`, `"));
        let found = match body {
            Value::Object(object) => match object.keys().find(|key| key.starts_with('@')) {
                Some(key) => Err(format!("the directive `{}`", excerpt(key))),
                None => Ok(object),
            },
            other => Err(other.describe()),
        };
        let object = match found {
            Ok(object) => object,
            Err(found) => {
                let message = format!("`{directive}` expected an object of options, got {found}");
                let diagnostic = Diagnostic::error(Code::MappingShape, at, message);
                self.refuse(diagnostic.help(its_options()));
                return None;
            }
        };
        for key in object.keys() {
            if directive != Directive::Coerce && !options.contains(&key) {
                let message = format!("`{}` is no option of `{directive}`", excerpt(key));
                let help = match did_you_mean(key, options.iter().copied()) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => its_options(),
                };
                let diagnostic = Diagnostic::error(Code::MappingOption, pointer(at, key), message);
                self.refuse(diagnostic.help(help));
            }
        }
        Some(Body {
            directive,
            object,
            at,
        })
    }

    pub(super) fn needed(&mut self, body: &Body<'_>, option: &str) -> Option<Expr> {
        match body.get(option) {
            Some(value) => self.expr(value, &body.at_option(option)),
            None => {
                self.refuse(body.wrong(option, "a value or a directive").help(format!(
                    "add `{option}`, e.g. `{{\"@path\": \"$.traits.name\"}}`"
                )));
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
                self.refuse(body.wrong(option, "`true` or `false`").help(format!(
                    "write it without quotes, or leave it out for `{default}`"
                )));
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
                self.refuse(
                    body.wrong(option, &expected)
                        .help("replace a shorter text, or several with one directive each"),
                );
                None
            }
        }
    }
}
