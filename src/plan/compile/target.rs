//! What writes go to: objects and attributes of the workspace, and whether they can be written as the configuration says.

use std::collections::{BTreeMap, BTreeSet};

use super::super::build::{no_attributes, no_text, text_of};
use super::{AttributeTarget, Compile};
use crate::action::{Field, FieldType};
use crate::attribute::{Coerced, Coercer, Patch};
use crate::diagnostic::{Code, Diagnostic, did_you_mean, excerpt, pointer};
use crate::event::SlotId;
use crate::json::{Value, is_blank, is_plain};
use crate::mapping::{Coercion, Expr};
use crate::schema::{Attribute, AttributeType, Object, Schema};

impl Compile<'_> {
    /// Reports an object that cannot be written, or an attribute that cannot be matched by.
    pub(super) fn check_target(&mut self, slug: &str, matching: &str, at: &str) {
        // What the configuration declares stands in for what is not known, not for what is not there.
        let known = if self.workspace.is_partial {
            self.schema
        } else {
            self.workspace
        };
        let found = check_target(self.schema, known, slug, matching, at);
        self.diagnostics.extend(found);
    }

    /// The attributes that are added to. Reports those that cannot be.
    pub(super) fn appended(&mut self) -> BTreeMap<String, BTreeSet<String>> {
        let mut appended: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (object, attributes) in &self.config.attributes {
            for (slug, _) in attributes.iter().filter(|(_, declared)| declared.append) {
                let wrong = match self.schema.attribute(object, slug) {
                    None => "is not known",
                    Some(attribute) if !attribute.is_multiselect => "holds one value only",
                    Some(attribute) if attribute.is_required => {
                        "is required, and so written when a record is made"
                    }
                    Some(_) => {
                        let slugs = appended.entry(object.clone()).or_default();
                        slugs.insert(slug.clone());
                        continue;
                    }
                };
                let at = pointer(&pointer(&pointer("/attributes", object), slug), "append");
                let message = format!("`{slug}` of `{object}` cannot be added to: it {wrong}");
                self.diagnostics.push(
                    Diagnostic::error(Code::ConfigOption, at, message)
                        .help("set `append` for attributes that hold several values"),
                );
            }
        }
        appended
    }

    /// Reports a constant that the field does not take: it would be refused of every event.
    pub(super) fn check_constant(
        &mut self,
        field: &Field,
        literal: &Value<'_>,
        format: Option<&Coercer>,
        at: &str,
    ) {
        let found = match (field.kind, literal) {
            (FieldType::Object, Value::Null | Value::Object(_)) => None,
            (FieldType::Object, other) => Some(no_attributes(other, at)),
            (FieldType::String, literal) => match text_of(literal.borrowed()) {
                Ok(text) if field.required && is_blank(&text) => Some(blank(field, at)),
                Ok(text) => {
                    let text = Value::String(text);
                    let mut findings = Vec::new();
                    let coerced = format.map(|format| {
                        format.coerce(&text, None, &mut String::new(), &mut findings)
                    });
                    let refused = coerced == Some(Coerced::Refused);
                    let findings = findings.into_iter().filter(|_| refused);
                    self.diagnostics
                        .extend(findings.map(|finding| finding.at(at)));
                    None
                }
                Err(Value::Null) => field.required.then(|| blank(field, at)),
                Err(other) => Some(no_text(&field.name, &other, at)),
            },
        };
        self.diagnostics.extend(found);
    }

    /// Reports every `@coerce` that is not the outermost directive of an attribute.
    pub(super) fn check_coercions(&mut self, field: &Field, expr: &Expr, at: &str) {
        let mut found = Vec::new();
        let mut check = |expr: &Expr, at: &str, is_attribute: bool| {
            let mut is_outermost = is_attribute;
            expr.walk(&mut |inner| {
                if inner.coercion().is_some() && !is_outermost {
                    found.push(at.to_owned());
                }
                is_outermost = false;
            });
        };
        match expr.entries().filter(|_| field.kind == FieldType::Object) {
            Some(entries) => entries.for_each(|(slug, expr)| check(expr, &pointer(at, slug), true)),
            None => check(expr, at, false),
        }
        found.dedup();
        self.diagnostics.extend(found.into_iter().map(|at| {
            let message = "`@coerce` stands where nothing is coerced: within another directive, or in a field";
            Diagnostic::error(Code::MappingShape, at, message)
                .help("make it the outermost directive of an attribute, or leave it out")
        }));
    }

    /// What an attribute takes; `None` when it cannot be written, which is reported.
    pub(super) fn attribute(
        &mut self,
        object: Option<&str>,
        slug: &str,
        at: &str,
        required: bool,
        inline: Option<Coercion<'_>>,
    ) -> Option<AttributeTarget> {
        if let Some(error) = no_slug(slug, at) {
            self.diagnostics.push(error);
            return None;
        }
        let Some(object_slug) = object else {
            return Some(AttributeTarget::Dynamic);
        };
        let Some(object) = self.schema.object(object_slug) else {
            return Some(AttributeTarget::Unchecked);
        };
        // Of an object that is not activated nothing but that need be said.
        if !object.is_active {
            return Some(AttributeTarget::Unchecked);
        }
        let Some(attribute) = object
            .attributes
            .get(slug)
            .filter(|attribute| !attribute.is_archived)
        else {
            let diagnostic = unknown_attribute(self.schema, object_slug, object, slug, at);
            let refused = diagnostic.is_error();
            self.diagnostics.push(diagnostic);
            return (!refused).then_some(AttributeTarget::Unchecked);
        };
        if let Some(error) = not_writable(object_slug, slug, attribute, at) {
            self.diagnostics.push(error);
            return None;
        }
        Some(self.target(object_slug, slug, attribute, at, required, inline))
    }

    fn target(
        &mut self,
        object: &str,
        slug: &str,
        attribute: &Attribute,
        at: &str,
        required: bool,
        inline: Option<Coercion<'_>>,
    ) -> AttributeTarget {
        let declared = self
            .config
            .attributes
            .get(object)
            .and_then(|attributes| attributes.get(slug));
        let inline = inline.map(|inline| self.inline(inline, &pointer(at, "@coerce")));
        let mut options = self.options.clone();
        let mut region_from = self.config.options.region_from.as_deref();
        for patch in declared
            .map(|declared| &declared.coerce)
            .into_iter()
            .chain(&inline)
        {
            options = options.with(patch);
            region_from = patch.region_from.as_deref().or(region_from);
        }
        let reading_as = inline.as_ref().and_then(|patch| patch.reading_as);
        let region = match region_from {
            Some(path) if attribute.kind == AttributeType::PhoneNumber => self.region(path, at),
            _ => None,
        };
        let mut attribute = attribute.clone();
        // The matching attribute of an assert cannot be unset, and a record cannot be made without a required one.
        attribute.is_required |= required;
        let required = attribute.is_required;
        let mut coercer = Coercer::new(slug, &attribute, self.schema, &options);
        if let Some(kind) = reading_as {
            coercer = coercer.reading_as(kind, self.schema);
        }
        AttributeTarget::Known {
            coercer: Box::new(coercer),
            region,
            required,
        }
    }

    /// What the writable attributes of an object take.
    pub(super) fn table(&mut self, slug: &str) -> BTreeMap<String, AttributeTarget> {
        let schema = self.schema;
        let mut table = BTreeMap::new();
        let attributes = schema.object(slug).map(|object| &object.attributes);
        for (name, attribute) in attributes.into_iter().flatten() {
            if attribute.is_writable && !attribute.is_archived {
                let target = self.target(slug, name, attribute, "/attributes", false, None);
                table.insert(name.clone(), target);
            }
        }
        table
    }

    fn inline(&mut self, inline: Coercion<'_>, at: &str) -> Patch {
        let mut body = inline.options.clone();
        if let Some(kind) = inline.kind {
            body.insert("as", Value::String(kind.into()));
        }
        Patch::read_inline(&Value::Object(body), at, &mut self.diagnostics)
    }

    fn region(&mut self, path: &str, at: &str) -> Option<SlotId> {
        let path = Value::Object(
            [("@path".into(), Value::String(path.into()))]
                .into_iter()
                .collect(),
        );
        self.expr(&path, at, None)?.slot()
    }

    /// Reports a literal that no event can make right.
    pub(super) fn check_literal(&mut self, expr: &Expr, to: &AttributeTarget, at: &str) {
        let (Some(literal), AttributeTarget::Known { coercer, .. }) = (expr.literal(), to) else {
            return;
        };
        let mut findings = Vec::new();
        if coercer.coerce(&literal, None, &mut String::new(), &mut findings) == Coerced::Refused {
            self.diagnostics
                .extend(findings.into_iter().map(|finding| finding.at(at)));
        }
    }
}

fn blank(field: &Field, at: &str) -> Diagnostic {
    let message = format!(
        "`{}` is required, and its mapping gives nothing",
        field.name
    );
    Diagnostic::error(Code::ActionMissingField, at, message)
        .help("map it from where the event holds it")
}

/// Says that an object cannot be written, or an attribute not matched by. `known` is what the workspace has, `schema` the
/// same with what the configuration declares.
#[inline(never)]
pub(in crate::plan) fn check_target(
    schema: &Schema,
    known: &Schema,
    slug: &str,
    matching: &str,
    at: &str,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Some(object) = known.object(slug) else {
        let message = format!("no object is called `{slug}`");
        let slugs = known.objects.keys().map(String::as_str);
        let (error, help) = match did_you_mean(slug, slugs.clone()) {
            Some(meant) => (true, format!("did you mean `{meant}`?")),
            None => (
                !schema.is_partial,
                format!(
                    "the objects are `{}`",
                    slugs.collect::<Vec<_>>().join("`, `")
                ),
            ),
        };
        // The built-in schema cannot know a workspace's own objects.
        let diagnostic = if error && !schema.is_partial {
            Diagnostic::error(Code::SchemaUnknownObject, at, message).help(help)
        } else {
            Diagnostic::warning(
                Code::SchemaUnknownObject,
                at,
                format!("{message} in the built-in schema; its values pass unchecked"),
            )
            .help(format!(
                "{help}; or pull the workspace's schema with `schema pull`"
            ))
        };
        found.push(diagnostic);
        return found;
    };
    if !object.is_active {
        let message = format!("the object `{slug}` is not activated in the workspace");
        found.push(
            Diagnostic::error(Code::SchemaInactiveObject, at, message)
                .help(format!("activate `{slug}` in Workspace settings > Objects")),
        );
    }
    if object
        .attributes
        .get(matching)
        .is_some_and(|attribute| !attribute.is_unique)
    {
        let unique = object
            .attributes
            .iter()
            .filter(|(_, attribute)| attribute.is_unique && attribute.is_writable);
        let unique: Vec<&str> = unique.map(|(slug, _)| slug.as_str()).collect();
        let message = format!("`{matching}` of `{slug}` is not unique and cannot find a record");
        let help = if unique.is_empty() {
            format!("make an attribute of `{slug}` unique in Attio")
        } else {
            format!("match by one of `{}`", unique.join("`, `"))
        };
        found.push(Diagnostic::error(Code::SchemaNotUnique, at, message).help(help));
    }
    found
}

/// Says that no attribute can have this slug, which could not be written as it is.
pub(in crate::plan) fn no_slug(slug: &str, at: &str) -> Option<Diagnostic> {
    (slug.is_empty() || !is_plain(slug)).then(|| {
        let message = format!("`{}` is no slug of an attribute", excerpt(slug));
        Diagnostic::error(Code::SchemaUnknownAttribute, at, message).help(
            "send the slug as Attio shows it: it has no quotes, backslashes and control characters",
        )
    })
}

/// Says that an object has no such attribute, or none that is in use: an error where the workspace's schema is known,
/// else a warning.
pub(in crate::plan) fn unknown_attribute(
    schema: &Schema,
    object_slug: &str,
    object: &Object,
    slug: &str,
    at: &str,
) -> Diagnostic {
    if object.attributes.contains_key(slug) {
        let message = format!("`{slug}` of `{object_slug}` cannot be written: it is archived");
        return Diagnostic::error(Code::SchemaNotWritable, at, message)
            .help("restore it in Attio, or leave it out");
    }
    let live = object
        .attributes
        .iter()
        .filter(|(_, attribute)| !attribute.is_archived);
    let meant = did_you_mean(slug, live.map(|(slug, _)| slug.as_str()));
    if schema.is_partial {
        let message = format!(
            "`{object_slug}` has no attribute `{slug}` in the built-in schema; its values pass unchecked"
        );
        let meant = meant
            .map(|meant| format!("did you mean `{meant}`? else "))
            .unwrap_or_default();
        return Diagnostic::warning(Code::SchemaUnknownAttribute, at, message).help(format!(
            "{meant}declare its type under `attributes`, or pull the workspace's schema with `schema pull`"
        ));
    }
    let message = format!("`{object_slug}` has no attribute `{slug}`");
    let error = Diagnostic::error(Code::SchemaUnknownAttribute, at, message);
    match meant {
        Some(meant) => error.help(format!("did you mean `{meant}`?")),
        None => error
            .help("create it in Attio, or with `schema create-missing`; then pull the schema anew"),
    }
}

pub(in crate::plan) fn not_writable(
    object: &str,
    slug: &str,
    attribute: &Attribute,
    at: &str,
) -> Option<Diagnostic> {
    (!attribute.is_writable).then(|| {
        let message = format!("`{slug}` of `{object}` cannot be written: Attio sets it itself");
        Diagnostic::error(Code::SchemaNotWritable, at, message)
            .help("leave it out, or map to an attribute of your own")
    })
}
