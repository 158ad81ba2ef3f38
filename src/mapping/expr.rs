//! The compiled form of a mapping.

use super::directive::Directive;
use super::liquid::Template;
use super::template::Part;
use crate::event::{Segment, SlotId};
use crate::json::{Object, Value};

/// What stands at one place of a mapping: a raw value, an array or object of expressions, or a directive.
///
/// [`Compiler::expr`](super::Compiler::expr) makes it, [`Expr::eval`] gives its value for an event, and its `Display`
/// is canonical mapping JSON.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Where it stands in the configuration.
    pub(super) at: Box<str>,
    pub(super) node: Node,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    /// `null`, a boolean, a number or a string.
    Raw(Value<'static>),
    Array(Box<[Expr]>),
    /// Keys are unique.
    Object(Box<[(Box<str>, Expr)]>),
    Path(Place),
    PathOf(Box<Computed>),
    Template(Box<[Part<Place>]>),
    TemplateOf(Box<Computed>),
    If(Box<If>),
    First(Box<[Expr]>),
    Literal(Box<Expr>),
    ArrayPath(Box<ArrayPath>),
    Case(Box<Case>),
    Replace(Box<Replace>),
    Merge(Box<Merge>),
    Transform(Box<Transform>),
    Flatten(Box<Flatten>),
    Json(Box<Json>),
    JsonPath(Box<JsonQuery>),
    Liquid(Box<Liquid>),
    ExcludeWhenNull(Box<Expr>),
    Field(Field),
    Coerce(Box<Coerce>),
}

/// Where a value is read from.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) path: Box<[Segment]>,
    /// In the event; `None` when the path begins at an element or at the result of a `@transform`.
    pub(super) slot: Option<SlotId>,
}

/// A path or template that is not known before the event is.
#[derive(Clone, Debug)]
pub(super) struct Computed {
    pub(super) text: Expr,
    pub(super) whole: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Exists,
    Blank,
}

#[derive(Clone, Debug)]
pub(super) struct If {
    pub(super) test: Test,
    pub(super) value: Expr,
    pub(super) then: Option<Expr>,
    pub(super) otherwise: Option<Expr>,
}

#[derive(Clone, Debug)]
pub(super) struct ArrayPath {
    pub(super) value: Expr,
    pub(super) shape: Option<Expr>,
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) upper: bool,
    pub(super) value: Expr,
}

#[derive(Clone, Debug)]
pub(super) struct Replace {
    pub(super) pair: Pair,
    pub(super) second: Option<Pair>,
    pub(super) global: bool,
    pub(super) ignore_case: bool,
    pub(super) value: Expr,
}

#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) pattern: Box<str>,
    pub(super) replacement: Box<str>,
}

#[derive(Clone, Debug)]
pub(super) struct Merge {
    pub(super) first_wins: bool,
    pub(super) objects: Box<[Expr]>,
}

#[derive(Clone, Debug)]
pub(super) struct Transform {
    pub(super) apply: Expr,
    pub(super) mapping: Expr,
}

#[derive(Clone, Debug)]
pub(super) struct Flatten {
    pub(super) separator: Box<str>,
    pub(super) omit_arrays: bool,
    pub(super) value: Expr,
}

#[derive(Clone, Debug)]
pub(super) struct Json {
    pub(super) encode: bool,
    pub(super) value: Expr,
}

#[derive(Clone, Debug)]
pub(super) struct JsonQuery {
    pub(super) text: Box<str>,
    pub(super) place: Place,
    /// What must be there for the query to give anything.
    pub(super) must_hold: Box<[Segment]>,
    /// The query of what stands at the place.
    pub(super) query: jsonpath_rfc9535::JsonPath,
    pub(super) singular: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Liquid {
    pub(super) text: Box<str>,
    /// Its variables: keys of the event, or of what the template sees; `None` for those that it always assigns itself.
    pub(super) places: Box<[Option<Place>]>,
    pub(super) template: Template,
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) index: usize,
    pub(super) name: Box<str>,
}

#[derive(Clone, Debug)]
pub(super) struct Coerce {
    pub(super) value: Expr,
    pub(super) kind: Option<Box<str>>,
    pub(super) options: Object<'static>,
}

/// What a `@coerce` says: which type its value is to be read as, and how.
#[derive(Clone, Copy, Debug)]
pub struct Coercion<'e> {
    /// The name of the attribute type, when it says one.
    pub kind: Option<&'e str>,
    /// All its other options, as they were written.
    pub options: &'e Object<'static>,
    /// The value to coerce.
    pub value: &'e Expr,
}

impl Expr {
    /// Where the expression stands: a JSON pointer into the configuration.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// The directive that this expression is; `None` for raw values, arrays and objects.
    pub fn directive(&self) -> Option<Directive> {
        Some(match &self.node {
            Node::Raw(_) | Node::Array(_) | Node::Object(_) => return None,
            Node::Path(_) | Node::PathOf(_) => Directive::Path,
            Node::Template(_) | Node::TemplateOf(_) => Directive::Template,
            Node::If(_) => Directive::If,
            Node::First(_) => Directive::First,
            Node::Literal(_) => Directive::Literal,
            Node::ArrayPath(_) => Directive::ArrayPath,
            Node::Case(_) => Directive::Case,
            Node::Replace(_) => Directive::Replace,
            Node::Merge(_) => Directive::Merge,
            Node::Transform(_) => Directive::Transform,
            Node::Flatten(_) => Directive::Flatten,
            Node::Json(_) => Directive::Json,
            Node::JsonPath(_) => Directive::JsonPath,
            Node::Liquid(_) => Directive::Liquid,
            Node::ExcludeWhenNull(_) => Directive::ExcludeWhenNull,
            Node::Field(_) => Directive::Field,
            Node::Coerce(_) => Directive::Coerce,
        })
    }

    /// The entries of a plain object in order, also when it stands in a `@literal`; `None` for everything else.
    pub fn entries(&self) -> Option<impl Iterator<Item = (&str, &Expr)>> {
        let entries = match &self.node {
            Node::Literal(inner) => return inner.entries(),
            Node::Object(entries) => entries,
            _ => return None,
        };
        Some(entries.iter().map(|(key, expr)| (key.as_ref(), expr)))
    }

    /// The value, when it is the same for every event.
    pub fn literal(&self) -> Option<Value<'_>> {
        match &self.node {
            Node::Raw(value) => Some(value.borrowed()),
            Node::Array(items) => items
                .iter()
                .map(Expr::literal)
                .collect::<Option<_>>()
                .map(Value::Array),
            Node::Object(entries) => entries
                .iter()
                .map(|(key, expr)| Some((key.as_ref().into(), expr.literal()?)))
                .collect::<Option<_>>()
                .map(Value::Object),
            Node::Literal(inner) => inner.literal(),
            _ => None,
        }
    }

    /// The slot of a plain `@path` into the event: its value needs no evaluation.
    pub fn slot(&self) -> Option<SlotId> {
        match &self.node {
            Node::Path(place) => place.slot,
            _ => None,
        }
    }

    /// The index of the field that a `@field` names.
    pub fn field(&self) -> Option<usize> {
        match &self.node {
            Node::Field(field) => Some(field.index),
            _ => None,
        }
    }

    /// What a `@coerce` says.
    pub fn coercion(&self) -> Option<Coercion<'_>> {
        match &self.node {
            Node::Coerce(coerce) => Some(Coercion {
                kind: coerce.kind.as_deref(),
                options: &coerce.options,
                value: &coerce.value,
            }),
            _ => None,
        }
    }

    /// Visits this expression and all below it, in the order they are written.
    pub fn walk<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        visit(self);
        match &self.node {
            Node::Raw(_)
            | Node::Path(_)
            | Node::Template(_)
            | Node::JsonPath(_)
            | Node::Liquid(_)
            | Node::Field(_) => {}
            Node::Array(items) | Node::First(items) => walk_all(items, visit),
            Node::Object(entries) => entries.iter().for_each(|(_, expr)| expr.walk(visit)),
            Node::PathOf(computed) | Node::TemplateOf(computed) => computed.text.walk(visit),
            Node::If(inner) => {
                inner.value.walk(visit);
                walk_all(&inner.then, visit);
                walk_all(&inner.otherwise, visit);
            }
            Node::Literal(inner) | Node::ExcludeWhenNull(inner) => inner.walk(visit),
            Node::ArrayPath(inner) => {
                inner.value.walk(visit);
                walk_all(&inner.shape, visit);
            }
            Node::Case(inner) => inner.value.walk(visit),
            Node::Replace(inner) => inner.value.walk(visit),
            Node::Merge(inner) => walk_all(&inner.objects, visit),
            Node::Transform(inner) => {
                inner.apply.walk(visit);
                inner.mapping.walk(visit);
            }
            Node::Flatten(inner) => inner.value.walk(visit),
            Node::Json(inner) => inner.value.walk(visit),
            Node::Coerce(inner) => inner.value.walk(visit),
        }
    }

    /// The paths of the event that it reads, each once, in the order they are written and in canonical form
    /// (`$.traits.email`; `$` is the whole event).
    pub fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        self.walk(&mut |expr| {
            let mut add = |place: &Place| {
                let path = super::path::Canonical(&place.path).to_string();
                if place.slot.is_some() && !paths.contains(&path) {
                    paths.push(path);
                }
            };
            match &expr.node {
                Node::Path(place) => add(place),
                Node::JsonPath(query) => add(&query.place),
                Node::Liquid(liquid) => liquid.places.iter().flatten().for_each(add),
                Node::PathOf(computed) | Node::TemplateOf(computed) => add(&computed.whole),
                Node::Template(parts) => parts.iter().for_each(|part| {
                    if let Part::Path(place) = part {
                        add(place);
                    }
                }),
                _ => {}
            }
        });
        paths
    }
}

fn walk_all<'e>(exprs: impl IntoIterator<Item = &'e Expr>, visit: &mut dyn FnMut(&'e Expr)) {
    exprs.into_iter().for_each(|expr| expr.walk(visit));
}
