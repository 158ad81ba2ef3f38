//! Reading the documents that people write: configurations, action files, options.
//!
//! A [`Shape`] gives typed access to the keys of an object and a diagnostic for every one that does not fit, so that
//! all that is wrong is told at once. A key that was never asked for is unknown.

use std::cell::RefCell;

use crate::diagnostic::{Code, Diagnostic, nearest_or_all, pointer};
use crate::json::{Object, Value};

/// An object that is being read.
pub(crate) struct Shape<'v, 'd> {
    object: &'v Object<'v>,
    at: String,
    codes: Codes,
    known: RefCell<Vec<&'static str>>,
    diagnostics: &'d RefCell<Vec<Diagnostic>>,
}

/// The codes of what can be wrong with a kind of document.
#[derive(Clone, Copy)]
pub(crate) struct Codes {
    /// A value of another type than expected, or a missing key.
    pub(crate) shape: Code,
    /// A key that is not known.
    pub(crate) unknown_key: Code,
    /// What could be written for a key that must be there.
    pub(crate) example: fn(&str) -> Option<&'static str>,
}

impl<'v, 'd> Shape<'v, 'd> {
    /// Begins to read `value`, which should be an object.
    pub(crate) fn read(
        value: &'v Value<'v>,
        at: impl Into<String>,
        codes: Codes,
        diagnostics: &'d RefCell<Vec<Diagnostic>>,
    ) -> Option<Self> {
        let at = at.into();
        let Value::Object(object) = value else {
            let message = format!("expected an object, got {}", value.describe());
            diagnostics
                .borrow_mut()
                .push(Diagnostic::error(codes.shape, at, message));
            return None;
        };
        Some(Shape {
            object,
            at,
            codes,
            known: RefCell::default(),
            diagnostics,
        })
    }

    /// Where `key` of this object is.
    pub(crate) fn at(&self, key: &str) -> String {
        pointer(&self.at, key)
    }

    /// Adds a diagnostic.
    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// The value of a key that may be absent.
    pub(crate) fn value(&self, key: &'static str) -> Option<&'v Value<'v>> {
        self.know(key);
        self.object.get(key)
    }

    fn know(&self, key: &'static str) {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
    }

    fn typed<T>(
        &self,
        key: &'static str,
        what: &str,
        read: impl FnOnce(&'v Value<'v>) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(key)?;
        let typed = read(value);
        if typed.is_none() {
            self.wrong(key, what, value);
        }
        typed
    }

    /// Reports that `key` holds something else than `what`.
    pub(crate) fn wrong(&self, key: &str, what: &str, value: &Value<'_>) {
        let message = format!("`{key}` expected {what}, got {}", value.describe());
        self.report(Diagnostic::error(self.codes.shape, self.at(key), message));
    }

    /// A string that may be absent.
    pub(crate) fn string(&self, key: &'static str) -> Option<&'v str> {
        self.typed(key, "a string", |value| value.as_str())
    }

    /// A string that must be there.
    pub(crate) fn required_string(&self, key: &'static str) -> Option<&'v str> {
        if self.object.get(key).is_none() {
            self.missing(key);
        }
        self.string(key)
    }

    /// Reports that `key` is not there.
    pub(crate) fn missing(&self, key: &'static str) {
        self.know(key);
        let message = format!("`{key}` is missing");
        let missing = Diagnostic::error(self.codes.shape, self.at.as_str(), message);
        self.report(match (self.codes.example)(key) {
            Some(example) => missing.help(format!("write `{example}`, for example")),
            None => missing,
        });
    }

    /// A boolean that may be absent.
    pub(crate) fn boolean(&self, key: &'static str) -> Option<bool> {
        self.typed(key, "a boolean", |value| match value {
            Value::Bool(b) => Some(*b),
            _ => None,
        })
    }

    /// An object that may be absent.
    pub(crate) fn object(&self, key: &'static str) -> Option<&'v Object<'v>> {
        self.typed(key, "an object", |value| value.as_object())
    }

    /// An array that may be absent.
    pub(crate) fn array(&self, key: &'static str) -> Option<&'v [Value<'v>]> {
        self.typed(key, "an array", |value| value.as_array())
    }

    /// Reports every key that was not asked for.
    pub(crate) fn finish(self) {
        let known = self.known.borrow();
        for key in self.object.keys().filter(|key| !known.contains(key)) {
            let message = format!("`{key}` is not known here");
            let help = nearest_or_all(key, "the keys", known.iter().copied());
            self.report(
                Diagnostic::error(self.codes.unknown_key, self.at(key), message).help(help),
            );
        }
    }
}
