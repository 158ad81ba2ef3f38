//! From a JSON value to what an Attio attribute takes, or what is wrong with it.
//!
//! A [`Coercer`] is compiled once per attribute; [`Coercer::coerce`] is pure and total. This page holds what all types
//! share (absence, `null`, blanks, lists); each type has a file of its own with its shape, its coercion and its
//! examples, which run as tests and are shown by `attio-destination types show TYPE`.
//!
//! The laws: idempotent (an output coerced again is the same), total (every value gives an output or a finding), honest
//! (nothing is changed silently), and what Attio documents as a write value is accepted and kept.

mod text;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::json::Value;
use crate::schema::{Attribute, AttributeType, Schema};

/// How much is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// All that a person would read one way only.
    #[default]
    Lenient,
    /// Only what Attio documents.
    Strict,
}

/// What a blank string means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum EmptyStrings {
    /// The attribute is left out.
    #[default]
    Omit,
    /// The attribute is unset.
    Unset,
    /// A text keeps it; every other type refuses it in its own words.
    Keep,
}

/// How `03/04/2024` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// Month, day, year.
    Mdy,
    /// Day, month, year.
    Dmy,
}

/// What a configuration, an attribute or a mapping says about coercion.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Options {
    /// How much is accepted.
    pub mode: Mode,
    /// What a blank string means.
    pub empty_strings: EmptyStrings,
    /// How a date of three ambiguous numbers is read; an error when not said.
    pub date_order: Option<DateOrder>,
    /// Whether a domain keeps its leading `www.`.
    pub keep_www: bool,
    /// The ISO 3166-1 alpha-2 code of phone numbers without a country code.
    pub default_region: Option<String>,
}

/// One thing to say about one value; the caller adds where the value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its code.
    pub code: Code,
    /// An error left something out; a warning tells of a change.
    pub severity: Severity,
    /// What was expected and what came.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl Finding {
    /// Something that could not be written.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Finding {
            code,
            severity: Severity::Error,
            message: message.into(),
            help: None,
        }
    }

    /// Something that was written, and changed on the way.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Finding {
            severity: Severity::Warning,
            ..Finding::error(code, message)
        }
    }

    /// The same with a way to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The finding as a diagnostic at a JSON pointer.
    pub fn at(self, at: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code: self.code,
            severity: self.severity,
            at: at.into(),
            message: self.message,
            help: self.help,
        }
    }
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coerced {
    /// There is nothing to write; nothing was appended.
    Omitted,
    /// The attribute is unset: `null` or `[]` was appended.
    Unset,
    /// A write value was appended.
    Written,
    /// The value was refused, the findings say why; nothing was appended.
    Refused,
}

/// An attribute, ready to take values.
#[derive(Clone, Debug)]
pub struct Coercer {
    slug: Box<str>,
    attribute: Attribute,
    options: Options,
}

/// What a type's file gets to see while it coerces one element.
struct To<'c, 'f> {
    coercer: &'c Coercer,
    /// The country of the event, for phone numbers: an ISO 3166-1 alpha-2 code or any other spelling.
    #[allow(dead_code, reason = "read by the types that depend on a country")]
    region: Option<&'c str>,
    findings: &'f mut Vec<Finding>,
}

impl To<'_, '_> {
    fn strict(&self) -> bool {
        self.coercer.options.mode == Mode::Strict
    }

    /// The finding that `value` is not what the attribute takes: ``` `slug` expected {what}, got {value} ```.
    fn expected(&self, code: Code, what: &str, value: &Value<'_>) -> Finding {
        Finding::error(
            code,
            format!(
                "`{}` expected {what}, got {}",
                self.coercer.slug,
                value.describe()
            ),
        )
    }
}

impl Coercer {
    /// Prepares an attribute. `schema` gives members, and the unique attributes of objects that are referred to.
    pub fn new(slug: &str, attribute: &Attribute, _schema: &Schema, options: &Options) -> Self {
        Coercer {
            slug: slug.into(),
            attribute: attribute.clone(),
            options: options.clone(),
        }
    }

    /// The attribute this writes to.
    pub fn attribute(&self) -> &Attribute {
        &self.attribute
    }

    /// Appends the JSON of the write value of `value` to `out`, and what there is to say to `findings`.
    ///
    /// `region` is the country that the event names for phone numbers, in any spelling.
    pub fn coerce(
        &self,
        value: &Value<'_>,
        region: Option<&str>,
        out: &mut String,
        findings: &mut Vec<Finding>,
    ) -> Coerced {
        let mut to = To {
            coercer: self,
            region,
            findings,
        };
        let start = out.len();
        let coerced = if self.attribute.is_multiselect {
            self.many(value, &mut to, out)
        } else {
            self.one(value, &mut to, out)
        };
        if matches!(coerced, Coerced::Omitted | Coerced::Refused) {
            out.truncate(start);
        }
        coerced
    }

    fn one(&self, value: &Value<'_>, to: &mut To<'_, '_>, out: &mut String) -> Coerced {
        match value {
            Value::Null => self.unset(to, out),
            Value::Array(items) => match items.as_slice() {
                [] => self.unset(to, out),
                [item] => self.one(item, to, out),
                _ => {
                    let message = format!(
                        "`{}` holds one value, got a list of {}",
                        self.slug,
                        items.len()
                    );
                    to.findings.push(
                        Finding::error(Code::AttributeTooMany, message)
                            .help("map one of them, for example with `@path` and an index"),
                    );
                    Coerced::Refused
                }
            },
            Value::String(text) if text.trim().is_empty() => match self.blank() {
                EmptyStrings::Omit => Coerced::Omitted,
                EmptyStrings::Unset => self.unset(to, out),
                EmptyStrings::Keep => self.element(value, to, out),
            },
            _ => self.element(value, to, out),
        }
    }

    fn many(&self, value: &Value<'_>, to: &mut To<'_, '_>, out: &mut String) -> Coerced {
        let items = match value {
            Value::Null => return self.unset(to, out),
            Value::Array(items) if items.is_empty() => return self.unset(to, out),
            Value::Array(items) => items.as_slice(),
            scalar => std::slice::from_ref(scalar),
        };
        out.push('[');
        let mut written: Vec<std::ops::Range<usize>> = Vec::with_capacity(items.len());
        let (mut refused, mut unset) = (false, false);
        for item in items {
            let start = out.len();
            if !written.is_empty() {
                out.push(',');
            }
            let from = out.len();
            let coerced = match item {
                Value::Null => Coerced::Omitted,
                Value::String(text) if text.trim().is_empty() => match self.blank() {
                    EmptyStrings::Omit => Coerced::Omitted,
                    EmptyStrings::Unset => Coerced::Unset,
                    EmptyStrings::Keep => self.element(item, to, out),
                },
                _ => self.element(item, to, out),
            };
            refused |= coerced == Coerced::Refused;
            unset |= coerced == Coerced::Unset || item.is_null();
            let twice = written
                .iter()
                .any(|range| out[range.clone()] == out[from..]);
            if coerced == Coerced::Written && !twice {
                written.push(from..out.len());
            } else {
                out.truncate(start);
            }
        }
        out.push(']');
        match () {
            () if !written.is_empty() => Coerced::Written,
            () if refused => Coerced::Refused,
            () if unset => self.unset_to(to, out),
            () => Coerced::Omitted,
        }
    }

    fn blank(&self) -> EmptyStrings {
        self.options.empty_strings
    }

    fn unset(&self, to: &mut To<'_, '_>, out: &mut String) -> Coerced {
        if self.attribute.is_required {
            let message = format!(
                "`{}` is required and cannot be unset, got nothing",
                self.slug
            );
            to.findings
                .push(Finding::error(Code::AttributeRequired, message).help(
                "map it from something that every such event holds, or leave it out of the mapping",
            ));
            return Coerced::Refused;
        }
        out.push_str(if self.attribute.is_multiselect {
            "[]"
        } else {
            "null"
        });
        Coerced::Unset
    }

    /// Unsets after a list's brackets were opened and closed around nothing.
    fn unset_to(&self, to: &mut To<'_, '_>, out: &mut String) -> Coerced {
        out.truncate(out.len() - 2);
        self.unset(to, out)
    }

    fn element(&self, value: &Value<'_>, to: &mut To<'_, '_>, out: &mut String) -> Coerced {
        let start = out.len();
        let result = match self.attribute.kind {
            AttributeType::Text => text::coerce(value, to, out),
            _ => {
                value.write_to(out);
                Ok(())
            }
        };
        match result {
            Ok(()) => Coerced::Written,
            Err(finding) => {
                out.truncate(start);
                to.findings.push(finding);
                Coerced::Refused
            }
        }
    }
}
