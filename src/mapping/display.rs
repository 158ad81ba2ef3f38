//! From an [`Expr`] back to mapping JSON.

use std::fmt;

use super::directive::Directive;
use super::expr::{Expr, Node, Place, Test};
use super::path::Canonical;
use super::template::Part;
use crate::json::{Object, Value};

impl Expr {
    /// Canonical mapping JSON: compiles to an expression that gives the same values.
    pub fn to_value(&self) -> Value<'_> {
        let body = match &self.node {
            Node::Raw(value) => return value.borrowed(),
            Node::Array(items) => return array(items),
            Node::Object(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, expr)| (key.as_ref().into(), expr.to_value()));
                return Value::Object(entries.collect());
            }
            Node::Path(place) => path(place),
            Node::PathOf(computed) | Node::TemplateOf(computed) => computed.text.to_value(),
            Node::Template(parts) => Value::String(template(parts).into()),
            Node::If(inner) => options([
                (
                    match inner.test {
                        Test::Exists => "exists",
                        Test::Blank => "blank",
                    },
                    Some(inner.value.to_value()),
                ),
                ("then", inner.then.as_ref().map(Expr::to_value)),
                ("else", inner.otherwise.as_ref().map(Expr::to_value)),
            ]),
            Node::First(items) => array(items),
            Node::Literal(inner) | Node::ExcludeWhenNull(inner) => inner.to_value(),
            Node::ArrayPath(inner) => {
                let value = match &inner.value.node {
                    Node::Path(place) => path(place),
                    _ => inner.value.to_value(),
                };
                let shape = inner.shape.as_ref().map(Expr::to_value);
                Value::Array(std::iter::once(value).chain(shape).collect())
            }
            Node::Case(inner) => options([
                (
                    "operator",
                    Some(text(if inner.upper { "upper" } else { "lower" })),
                ),
                ("value", Some(inner.value.to_value())),
            ]),
            Node::Replace(inner) => options([
                ("pattern", Some(text(&inner.pair.pattern))),
                ("replacement", Some(text(&inner.pair.replacement))),
                (
                    "pattern2",
                    inner.second.as_ref().map(|pair| text(&pair.pattern)),
                ),
                (
                    "replacement2",
                    inner.second.as_ref().map(|pair| text(&pair.replacement)),
                ),
                ("global", Some(Value::Bool(inner.global))),
                ("ignorecase", Some(Value::Bool(inner.ignore_case))),
                ("value", Some(inner.value.to_value())),
            ]),
            Node::Merge(inner) => options([
                (
                    "direction",
                    Some(text(if inner.first_wins { "left" } else { "right" })),
                ),
                ("objects", Some(array(&inner.objects))),
            ]),
            Node::Transform(inner) => options([
                ("apply", Some(inner.apply.to_value())),
                ("mapping", Some(inner.mapping.to_value())),
            ]),
            Node::Flatten(inner) => options([
                ("value", Some(inner.value.to_value())),
                ("separator", Some(text(&inner.separator))),
                ("omitArrays", inner.omit_arrays.then_some(Value::Bool(true))),
            ]),
            Node::Json(inner) => options([
                (
                    "mode",
                    Some(text(if inner.encode { "encode" } else { "decode" })),
                ),
                ("value", Some(inner.value.to_value())),
            ]),
            Node::JsonPath(query) => text(&query.text),
            Node::Liquid(liquid) => text(&liquid.text),
            Node::Field(field) => text(&field.name),
            Node::Coerce(inner) => {
                let value = ("value".into(), inner.value.to_value());
                let kind = inner.kind.iter().map(|kind| ("as".into(), text(kind)));
                let rest = inner
                    .options
                    .iter()
                    .map(|(key, value)| (key.into(), value.borrowed()));
                Value::Object(std::iter::once(value).chain(kind).chain(rest).collect())
            }
        };
        match self.directive() {
            Some(directive) => options([(directive.as_str(), Some(body))]),
            None => body,
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_value().to_json())
    }
}

impl fmt::Display for Directive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn array(items: &[Expr]) -> Value<'_> {
    Value::Array(items.iter().map(Expr::to_value).collect())
}

fn text(text: &str) -> Value<'_> {
    Value::String(text.into())
}

fn options<'a, const N: usize>(options: [(&'a str, Option<Value<'a>>); N]) -> Value<'a> {
    let given = options
        .into_iter()
        .filter_map(|(key, value)| Some((key.into(), value?)));
    Value::Object(given.collect::<Object<'_>>())
}

fn path(place: &Place) -> Value<'static> {
    Value::String(Canonical(&place.path).to_string().into())
}

fn template(parts: &[Part<Place>]) -> String {
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Path(place) => {
                // Next to other braces only three are read as a placeholder.
                let beside = out.ends_with('{')
                    || matches!(parts.get(i + 1), Some(Part::Text(text)) if text.starts_with('}'));
                let (open, close) = if beside { ("{{{", "}}}") } else { ("{{", "}}") };
                out.push_str(open);
                out.push_str(&Canonical(&place.path).to_string());
                out.push_str(close);
            }
        }
    }
    out
}
