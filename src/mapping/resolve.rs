//! From an [`Expr`] and an event to a value.

use std::borrow::Cow;

use super::MAX_OUTPUT;
use super::expr::{Computed, Expr, Liquid, Node, Place, Replace, Test};
use super::jsonpath;
use super::liquid::{MAX_LIQUID_OUTPUT, RenderError};
use super::path;
use super::template::{self, Part, push_text};
use super::text::{has_case, replace};
use crate::diagnostic::{Code, Diagnostic, excerpt};
use crate::event::{Slot, Slots};
use crate::json::{self, Object, Value};

/// What an expression is evaluated over.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'s, 'a> {
    source: Source<'s, 'a>,
    fields: &'s [Option<Value<'a>>],
}

#[derive(Clone, Copy, Debug)]
enum Source<'s, 'a> {
    Event(&'s Slots<'a>),
    Value(Option<&'s Value<'a>>),
}

impl<'s, 'a> Scope<'s, 'a> {
    /// An event. `fields` are the resolved fields of the action, by index, for `@field`.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn event(slots: &'s Slots<'a>, fields: &'s [Option<Value<'a>>]) -> Self {
        Scope {
            source: Source::Event(slots),
            fields,
        }
    }

    /// The result of another expression: what a [root key](super::Compiler::root_key) applied.
    pub fn value(value: Option<&'s Value<'a>>, fields: &'s [Option<Value<'a>>]) -> Self {
        Scope {
            source: Source::Value(value),
            fields,
        }
    }

    /// The same fields over another value.
    fn over<'v>(&self, value: Option<&'v Value<'a>>) -> Scope<'v, 'a>
    where
        's: 'v,
    {
        Scope::value(value, self.fields)
    }
}

/// Boxed, so that what goes right stays small.
type Failure = Box<Diagnostic>;
type Resolved<'a> = Result<Option<Value<'a>>, Failure>;

/// What one evaluation may still make.
struct Budget(usize);

impl Budget {
    #[cfg_attr(target_family = "wasm", inline)]
    fn spend(&mut self, bytes: usize, expr: &Expr) -> Result<(), Failure> {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => {
                let message =
                    format!("a mapping makes at most {MAX_OUTPUT} bytes of an event, got more");
                Err(Box::new(
                    Diagnostic::error(Code::MappingLimit, expr.at(), message)
                        .help("map less of the event, or the same part fewer times"),
                ))
            }
        }
    }
}

impl Expr {
    /// The value for an event; `None` when it is undefined, which leaves the key out.
    ///
    /// # Errors
    /// `mapping.resolve` when a path or template that was computed is none, or `@merge` got something else than
    /// objects; `mapping.limit` when the value passes [`MAX_OUTPUT`].
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn eval<'a>(&'a self, scope: &Scope<'_, 'a>) -> Result<Option<Value<'a>>, Diagnostic> {
        self.resolve(scope, &mut Budget(MAX_OUTPUT))
            .map_err(|failure| *failure)
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn resolve<'a>(&'a self, scope: &Scope<'_, 'a>, budget: &mut Budget) -> Resolved<'a> {
        let given = match &self.node {
            Node::Raw(value) => value.borrowed(),
            Node::Path(place) => return self.find(place, scope, budget),
            Node::Field(field) => {
                let value = scope.fields.get(field.index).and_then(Option::as_ref);
                return value.map(|value| self.copy(value, budget)).transpose();
            }
            Node::If(inner) => {
                let holds = match inner.test {
                    Test::Exists => inner.value.exists(scope, budget)?,
                    Test::Blank => !is_blank(inner.value.resolve(scope, budget)?.as_ref()),
                };
                let branch = if holds { &inner.then } else { &inner.otherwise };
                return match branch {
                    Some(branch) => branch.resolve(scope, budget),
                    None => Ok(None),
                };
            }
            Node::First(items) => {
                let mut nothing = None;
                for item in items {
                    match item.resolve(scope, budget)? {
                        Some(Value::String(text)) if json::is_blank(&text) => {
                            nothing.get_or_insert(Value::String(text));
                        }
                        Some(Value::Null) => {
                            nothing.get_or_insert(Value::Null);
                        }
                        Some(value) => return Ok(Some(value)),
                        None => {}
                    }
                }
                return Ok(nothing);
            }
            Node::Template(parts) => self.render(parts, scope, budget)?,
            Node::Literal(inner) => return inner.resolve(scope, budget),
            Node::Array(items) => {
                let items = items.iter().map(|item| {
                    budget.spend(VALUE, self)?;
                    Ok(item.resolve(scope, budget)?.unwrap_or(Value::Null))
                });
                Value::Array(items.collect::<Result<_, Failure>>()?)
            }
            Node::Object(entries) => {
                let mut object = Object::with_capacity(entries.len());
                for (key, expr) in entries {
                    budget.spend(VALUE, self)?;
                    if let Some(value) = expr.resolve(scope, budget)? {
                        object.push(key.as_ref(), value);
                    }
                }
                Value::Object(object)
            }
            Node::PathOf(computed) => return self.computed_path(computed, scope, budget),
            Node::TemplateOf(computed) => self.computed_template(computed, scope, budget)?,
            Node::ArrayPath(inner) => {
                let value = inner.value.resolve(scope, budget)?;
                let (Some(shape), Some(Value::Array(_) | Value::Object(_))) =
                    (&inner.shape, &value)
                else {
                    return Ok(value);
                };
                let items = match value {
                    Some(Value::Array(items)) => items,
                    value => value.into_iter().collect(),
                };
                let shaped = items.iter().map(|item| {
                    budget.spend(VALUE, self)?;
                    let value = shape.resolve(&scope.over(Some(item)), budget)?;
                    Ok(value.unwrap_or(Value::Null))
                });
                Value::Array(shaped.collect::<Result<_, Failure>>()?)
            }
            Node::Case(inner) => match inner.value.resolve(scope, budget)? {
                Some(Value::String(text)) if !has_case(&text, inner.upper) => {
                    budget.spend(text.len(), self)?;
                    let text = if inner.upper {
                        text.to_uppercase()
                    } else {
                        text.to_lowercase()
                    };
                    Value::String(text.into())
                }
                other => return Ok(other),
            },
            Node::Replace(inner) => {
                let text = match inner.value.resolve(scope, budget)? {
                    Some(Value::String(text) | Value::Number(text)) => text,
                    Some(Value::Bool(true)) => "true".into(),
                    Some(Value::Bool(false)) => "false".into(),
                    _ => "".into(),
                };
                self.replaced(inner, text, budget)?
            }
            Node::Merge(inner) => {
                let mut merged = Object::new();
                for expr in &inner.objects {
                    match expr.resolve(scope, budget)? {
                        None | Some(Value::Null) => {}
                        Some(Value::Object(object)) => {
                            for (key, value) in object {
                                if !(inner.first_wins && merged.contains_key(&key)) {
                                    merged.insert(key, value);
                                }
                            }
                        }
                        Some(other) => {
                            let message =
                                format!("`@merge` expected an object, got {}", other.describe());
                            return Err(fail(
                                expr,
                                message,
                                "guard it with `@if`, or map an object",
                            ));
                        }
                    }
                }
                Value::Object(merged)
            }
            Node::Transform(inner) => {
                let applied = inner.apply.resolve(scope, budget)?;
                return inner.mapping.resolve(&scope.over(applied.as_ref()), budget);
            }
            Node::Flatten(inner) => match inner.value.resolve(scope, budget)? {
                Some(value @ (Value::Array(_) | Value::Object(_)))
                    if !(inner.omit_arrays && value.as_array().is_some()) =>
                {
                    let mut pairs = Vec::new();
                    let mut key = String::new();
                    self.flatten(
                        value,
                        &mut key,
                        (&inner.separator, inner.omit_arrays),
                        &mut pairs,
                        budget,
                    )?;
                    Value::Object(pairs.into_iter().collect())
                }
                other => return Ok(other),
            },
            Node::Json(inner) => match inner.value.resolve(scope, budget)? {
                None => return Ok(None),
                Some(value) if inner.encode => {
                    let text = value.to_json();
                    budget.spend(text.len(), self)?;
                    Value::String(text.into())
                }
                Some(Value::String(text)) => {
                    budget.spend(text.len(), self)?;
                    decode(text)
                }
                other => return Ok(other),
            },
            Node::JsonPath(query) => {
                let Some(value) = self.find(&query.place, scope, budget)? else {
                    return Ok(None);
                };
                return jsonpath::select(query, &value, |found| self.copy(found, budget));
            }
            Node::Liquid(liquid) => self.liquid(liquid, scope, budget)?,
            Node::ExcludeWhenNull(inner) => {
                return Ok(inner.resolve(scope, budget)?.and_then(without_nulls));
            }
            Node::Coerce(inner) => return inner.value.resolve(scope, budget),
        };
        Ok(Some(given))
    }

    /// Whether there is a value that is not null, without making it where that is possible.
    fn exists(&self, scope: &Scope<'_, '_>, budget: &mut Budget) -> Result<bool, Failure> {
        if let (
            Node::Path(Place {
                slot: Some(slot), ..
            }),
            Source::Event(slots),
        ) = (&self.node, scope.source)
        {
            return Ok(!matches!(
                slots.slot(*slot),
                Slot::Missing | Slot::Scalar(Value::Null)
            ));
        }
        // Any lifetime will do: nothing of the value is kept.
        Ok(self
            .resolve(scope, budget)?
            .is_some_and(|value| !value.is_null()))
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn find<'a>(&self, place: &Place, scope: &Scope<'_, 'a>, budget: &mut Budget) -> Resolved<'a> {
        match scope.source {
            Source::Event(slots) => {
                let Some(slot) = place.slot else {
                    return Ok(None);
                };
                match slots.slot(slot) {
                    Slot::Missing => Ok(None),
                    Slot::Scalar(value) => self.copy(value, budget).map(Some),
                    Slot::Subtree(text) => {
                        budget.spend(text.len(), self)?;
                        slots
                            .get(slot)
                            .map_err(|error| self.unreadable(place, &error))
                    }
                }
            }
            Source::Value(value) => value
                .and_then(|value| crate::event::walk(value, &place.path))
                .map(|value| self.copy(value, budget))
                .transpose(),
        }
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn copy<'a>(&self, value: &Value<'a>, budget: &mut Budget) -> Result<Value<'a>, Failure> {
        budget.spend(weight(value), self)?;
        Ok(value.clone())
    }

    fn unreadable(&self, place: &Place, error: &serde_json::Error) -> Failure {
        let message = format!(
            "`{}` cannot be read from the event: {error}",
            path::Canonical(&place.path)
        );
        fail(
            self,
            message,
            "send text as UTF-8, nested no deeper than 128 levels",
        )
    }

    fn render<'a>(
        &self,
        parts: &[Part<Place>],
        scope: &Scope<'_, 'a>,
        budget: &mut Budget,
    ) -> Result<Value<'a>, Failure> {
        let fixed: usize = parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.len(),
                Part::Path(_) => 32,
            })
            .sum();
        let mut out = String::with_capacity(fixed);
        for part in parts {
            let from = out.len();
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Path(place) => self.push(place, scope, &mut out)?,
            }
            budget.spend(out.len() - from, self)?;
        }
        Ok(Value::String(out.into()))
    }

    /// Appends what is at a place, without making a value of it where that is possible.
    fn push(&self, place: &Place, scope: &Scope<'_, '_>, out: &mut String) -> Result<(), Failure> {
        match (scope.source, place.slot) {
            (Source::Event(slots), Some(slot)) => match slots.slot(slot) {
                Slot::Missing => {}
                Slot::Scalar(value) => push_text(value, out),
                Slot::Subtree(_) => {
                    let value = slots
                        .get(slot)
                        .map_err(|error| self.unreadable(place, &error))?;
                    value.iter().for_each(|value| push_text(value, out));
                }
            },
            (Source::Event(_), None) => {}
            (Source::Value(value), _) => {
                let value = value.and_then(|value| crate::event::walk(value, &place.path));
                value.into_iter().for_each(|value| push_text(value, out));
            }
        }
        Ok(())
    }

    fn computed_text<'a>(
        &'a self,
        computed: &'a Computed,
        scope: &Scope<'_, 'a>,
        budget: &mut Budget,
    ) -> Result<Cow<'a, str>, Failure> {
        match computed.text.resolve(scope, budget)? {
            Some(Value::String(text)) => Ok(text),
            other => {
                let got = other.map_or_else(|| "nothing".to_owned(), |value| value.describe());
                let directive = self.directive().map_or("", super::Directive::as_str);
                let message =
                    format!("`{directive}` expected a string from its directive, got {got}");
                Err(fail(
                    &computed.text,
                    message,
                    "guard it with `@if`, or write the text itself",
                ))
            }
        }
    }

    fn computed_path<'a>(
        &'a self,
        computed: &'a Computed,
        scope: &Scope<'_, 'a>,
        budget: &mut Budget,
    ) -> Resolved<'a> {
        let text = self.computed_text(computed, scope, budget)?;
        let steps = path::parse(&text).map_err(|error| {
            let message = format!("`{}` is no path: {}", excerpt(&text), error.message);
            fail(&computed.text, message, error.help)
        })?;
        let whole = self.find(&computed.whole, scope, budget)?;
        whole
            .as_ref()
            .and_then(|whole| crate::event::walk(whole, &steps))
            .map(|value| self.copy(value, budget))
            .transpose()
    }

    fn computed_template<'a>(
        &'a self,
        computed: &'a Computed,
        scope: &Scope<'_, 'a>,
        budget: &mut Budget,
    ) -> Result<Value<'a>, Failure> {
        let text = self.computed_text(computed, scope, budget)?;
        let parts = template::parse(&text, |_, path| Place {
            path: path.into(),
            slot: None,
        })
        .map_err(|error| Box::new(error.diagnostic(Code::MappingResolve, computed.text.at())))?;
        let whole = self.find(&computed.whole, scope, budget)?;
        self.render(&parts, &scope.over(whole.as_ref()), budget)
    }

    fn liquid<'a>(
        &self,
        liquid: &Liquid,
        scope: &Scope<'_, 'a>,
        budget: &mut Budget,
    ) -> Result<Value<'a>, Failure> {
        let mut variables = Vec::with_capacity(liquid.places.len());
        for place in &liquid.places {
            let found = match place {
                Some(place) => self.find(place, scope, budget)?,
                None => None,
            };
            variables.push(found.unwrap_or(Value::Null));
        }
        match liquid.template.render(variables) {
            Ok(text) => {
                budget.spend(text.len(), self)?;
                Ok(Value::String(text.into()))
            }
            Err(RenderError::Failed(reason)) => {
                let message = format!("`@liquid` could not be rendered: {reason}");
                Err(fail(
                    self,
                    message,
                    "guard the value with `default` or `{% if %}`",
                ))
            }
            Err(RenderError::TooLarge) => {
                let message =
                    format!("`@liquid` makes at most {MAX_LIQUID_OUTPUT} bytes, got more");
                let diagnostic = Diagnostic::error(Code::MappingLimit, self.at(), message);
                Err(Box::new(diagnostic.help(
                    "write less of the event, for example with `truncate`",
                )))
            }
        }
    }

    fn replaced<'a>(
        &self,
        inner: &Replace,
        text: Cow<'a, str>,
        budget: &mut Budget,
    ) -> Result<Value<'a>, Failure> {
        let mut text = text;
        for pair in std::iter::once(&inner.pair).chain(&inner.second) {
            text = replace(text, pair, inner.global, inner.ignore_case);
            budget.spend(text.len(), self)?;
        }
        Ok(Value::String(text))
    }

    fn flatten<'a>(
        &self,
        value: Value<'a>,
        key: &mut String,
        how: (&str, bool),
        pairs: &mut Vec<(Cow<'a, str>, Value<'a>)>,
        budget: &mut Budget,
    ) -> Result<(), Failure> {
        let mut enter = |name: &str, value: Value<'a>, budget: &mut Budget| {
            let before = key.len();
            if !key.is_empty() {
                key.push_str(how.0);
            }
            key.push_str(name);
            let result = match value {
                Value::Object(_) => self.flatten(value, key, how, pairs, budget),
                Value::Array(_) if !how.1 => self.flatten(value, key, how, pairs, budget),
                other => {
                    pairs.push((key.clone().into(), other));
                    budget.spend(VALUE + key.len(), self)
                }
            };
            key.truncate(before);
            result
        };
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    enter(&name, value, budget)?;
                }
            }
            Value::Array(items) => {
                for (i, value) in items.into_iter().enumerate() {
                    enter(&i.to_string(), value, budget)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn fail(expr: &Expr, message: String, help: &str) -> Failure {
    Box::new(Diagnostic::error(Code::MappingResolve, expr.at(), message).help(help))
}

/// What every value costs, beside its text.
const VALUE: usize = 8;

/// What a copy of a value costs: borrowed text is free.
fn weight(value: &Value<'_>) -> usize {
    let text = |text: &Cow<'_, str>| match text {
        Cow::Borrowed(_) => 0,
        Cow::Owned(text) => text.len(),
    };
    let below = match value {
        Value::Null | Value::Bool(_) => 0,
        Value::Number(number) => text(number),
        Value::String(string) => text(string),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(object) => object.iter().map(|(_, value)| VALUE + weight(value)).sum(),
    };
    VALUE + below
}

/// Nothing, `null`, `""`, `0`, `false` or `[]`.
fn is_blank(value: Option<&Value<'_>>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(number @ Value::Number(_)) => number.as_f64() == Some(0.0),
        Some(Value::Bool(true) | Value::Object(_)) => false,
    }
}

/// The value without the nulls of its objects, at any depth that is reached through objects only.
fn without_nulls(value: Value<'_>) -> Option<Value<'_>> {
    match value {
        Value::Null => None,
        Value::Object(object) => {
            let kept = object
                .into_iter()
                .filter_map(|(key, value)| Some((key, without_nulls(value)?)));
            Some(Value::Object(kept.collect()))
        }
        other => Some(other),
    }
}

/// What a JSON text holds; text that is not JSON stays as it is.
fn decode(text: Cow<'_, str>) -> Value<'_> {
    let decoded = match &text {
        Cow::Borrowed(text) => Value::parse(text).ok(),
        Cow::Owned(text) => Value::parse(text).ok().map(Value::into_owned),
    };
    decoded.unwrap_or(Value::String(text))
}
