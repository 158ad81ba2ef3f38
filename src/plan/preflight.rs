//! What would fail at Attio, or surprise, found before the first event: beyond what compiling itself needs to know.

use super::compile::{
    AttributeSource, AttributeTarget, AttributeTemplate, Compiled, Slug, Target, WriteTemplate,
};
use crate::config::{Config, Declared};
use crate::diagnostic::{Code, Diagnostic, nearest_or_all, pointer};
use crate::json::Value;
use crate::mapping::Expr;
use crate::schema::{Attribute, AttributeType, Schema};

/// How many pairs of subscriptions are compared; beyond that no more is said of what they share.
const MAX_COMPARED: usize = 20_000;

/// Looks at a configuration that was compiled for `workspace`; `schema` is that with the configuration's over it.
pub(super) fn check(
    config: &Config,
    workspace: &Schema,
    schema: &Schema,
    subscriptions: &[Compiled],
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for subscription in subscriptions {
        for write in &subscription.writes {
            let Some(object) = write.object() else {
                continue;
            };
            for attribute in &write.attributes {
                reference(subscription, object, attribute, &mut found);
            }
            if let Target::Assert { .. } = write.to {
                required(schema, subscription, object, write, &mut found);
            }
        }
    }
    unknown_objects(config, workspace, subscriptions, &mut found);
    if !workspace.is_partial {
        declared(config, workspace, subscriptions, &mut found);
    }
    overlaps(config, subscriptions, &mut found);
    found
}

impl WriteTemplate {
    /// The slug of the object, where it is known before the event is.
    pub(super) fn object(&self) -> Option<&str> {
        match &self.to {
            Target::Assert {
                object: Slug::Known(object),
                ..
            }
            | Target::Append { object, .. } => Some(object),
            Target::Assert {
                object: Slug::Field(_),
                ..
            } => None,
        }
    }

    /// The slug of the attribute that its record is found by, where it is known before the event is.
    fn matching_attribute(&self) -> Option<&str> {
        match &self.to {
            Target::Assert {
                matching_attribute: Slug::Known(slug),
                ..
            } => Some(slug),
            _ => None,
        }
    }

    fn attribute(&self, slug: &str) -> Option<&AttributeTemplate> {
        let mut attributes = self.attributes.iter();
        attributes.find(|attribute| *attribute.slug == *slug)
    }
}

/// Attributes that a new record cannot do without, and that are never set.
fn required(
    schema: &Schema,
    subscription: &Compiled,
    object: &str,
    write: &WriteTemplate,
    found: &mut Vec<Diagnostic>,
) {
    // Attributes that only the event names may be any.
    if write.extend.is_some() {
        return;
    }
    let attributes = schema.object(object).into_iter();
    for (slug, attribute) in attributes.flat_map(|object| &object.attributes) {
        let needed = attribute.is_required && !attribute.has_default;
        if !needed
            || attribute.is_archived
            || !attribute.is_writable
            || write.attribute(slug).is_some()
        {
            continue;
        }
        let message = format!(
            "`{slug}` of `{object}` is required and never set, so that no new record can be made"
        );
        let at = pointer(&subscription.at, "mapping");
        found.push(
            Diagnostic::warning(Code::SchemaRequired, at, message).help(format!(
                "map it: `\"{slug}\": {{\"@path\": \"$.…\"}}`; records that are there already are written without it"
            )),
        );
    }
}

/// References to an object that the attribute does not allow, and references for an attribute that takes none.
fn reference(
    subscription: &Compiled,
    object: &str,
    template: &AttributeTemplate,
    found: &mut Vec<Diagnostic>,
) {
    let AttributeTarget::Known { coercer, .. } = &template.to else {
        return;
    };
    let attribute = coercer.attribute();
    let mut check = |target: &str| {
        if let Some(error) = wrong_reference(object, &template.slug, attribute, target) {
            found.push(error(&template.at));
        }
    };
    match &template.source {
        AttributeSource::Record { write, .. } => {
            if let Some(target) = subscription.writes[*write].object() {
                check(target);
            }
        }
        AttributeSource::Expr(expr) => expr.walk(&mut |expr| {
            if let Some(target) = target_object(expr) {
                check(&target);
            }
        }),
        AttributeSource::Field { .. } => {}
    }
}

/// The `target_object` of a reference that is written out.
fn target_object(expr: &Expr) -> Option<String> {
    let (_, target) = expr.entries()?.find(|(key, _)| *key == "target_object")?;
    match target.literal()? {
        // A literal as a whole is coerced, which says more.
        Value::String(target) if expr.literal().is_none() => Some(target.into_owned()),
        _ => None,
    }
}

fn wrong_reference(
    object: &str,
    slug: &str,
    attribute: &Attribute,
    target: &str,
) -> Option<impl FnOnce(&str) -> Diagnostic> {
    let (message, help) = if attribute.kind != AttributeType::RecordReference {
        (
            format!(
                "`{slug}` of `{object}` is of the type `{}`, got a reference to `{target}`",
                attribute.kind.as_str()
            ),
            "map it to an attribute of the type `record-reference`".to_owned(),
        )
    } else if attribute.allowed_objects.is_empty()
        || attribute
            .allowed_objects
            .iter()
            .any(|allowed| allowed == target)
    {
        return None;
    } else {
        let allowed = attribute.allowed_objects.join("`, `");
        (
            format!("`{slug}` of `{object}` refers to `{allowed}`, got a reference to `{target}`"),
            format!("refer to a record of `{allowed}`, or map it to another attribute"),
        )
    };
    Some(move |at: &str| Diagnostic::error(Code::SchemaReference, at, message).help(help))
}

/// Declarations of objects that are not there and that nothing writes.
fn unknown_objects(
    config: &Config,
    workspace: &Schema,
    subscriptions: &[Compiled],
    found: &mut Vec<Diagnostic>,
) {
    // What a subscription writes is looked up where it does so.
    let writes = || {
        subscriptions
            .iter()
            .flat_map(|subscription| &subscription.writes)
            .map(WriteTemplate::object)
    };
    if workspace.is_partial && writes().any(|object| object.is_none()) {
        return;
    }
    for object in config.attributes.keys() {
        let is_written = writes().any(|written| written == Some(object));
        if workspace.object(object).is_some() || is_written {
            continue;
        }
        let known = workspace.objects.keys().map(String::as_str);
        let message = format!("no object is called `{object}`, and nothing writes to it");
        found.push(
            Diagnostic::warning(
                Code::SchemaUnknownObject,
                pointer("/attributes", object),
                message,
            )
            .help(nearest_or_all(object, "the objects", known)),
        );
    }
}

/// Declarations that the workspace does not bear out.
fn declared(
    config: &Config,
    workspace: &Schema,
    subscriptions: &[Compiled],
    found: &mut Vec<Diagnostic>,
) {
    for (object, attributes) in &config.attributes {
        let Some(known) = workspace.object(object).filter(|object| object.is_active) else {
            continue;
        };
        for (slug, declared) in attributes {
            let at = pointer(&pointer("/attributes", object), slug);
            match known.attributes.get(slug) {
                // That it is archived is told where it is mapped.
                Some(attribute) if attribute.is_archived => {}
                Some(attribute) => otherwise(object, slug, declared, attribute, &at, found),
                None if is_written(subscriptions, object, slug) => {
                    let message = format!(
                        "`{object}` has no attribute `{slug}` in the workspace, though it is declared"
                    );
                    found.push(
                        Diagnostic::error(Code::SchemaUnknownAttribute, at, message)
                            .help("create it with `schema create-missing`, or in Attio; then pull the schema anew"),
                    );
                }
                None => {}
            }
        }
    }
}

/// Whether some write may set the attribute.
fn is_written(subscriptions: &[Compiled], object: &str, slug: &str) -> bool {
    let mut writes = subscriptions
        .iter()
        .flat_map(|subscription| &subscription.writes);
    writes.any(|write| {
        write.object().is_none_or(|known| known == object)
            && (write.extend.is_some() || write.attribute(slug).is_some())
    })
}

fn otherwise(
    object: &str,
    slug: &str,
    declared: &Declared,
    attribute: &Attribute,
    at: &str,
    found: &mut Vec<Diagnostic>,
) {
    let name = |kind: AttributeType, is_multiselect: bool| {
        let many = if is_multiselect {
            " with several values"
        } else {
            ""
        };
        format!("`{}`{many}", kind.as_str())
    };
    let kind = declared.kind.unwrap_or(attribute.kind);
    let many = declared.is_multiselect.unwrap_or(attribute.is_multiselect);
    if (kind, many) != (attribute.kind, attribute.is_multiselect) {
        let message = format!(
            "`{slug}` of `{object}` is {} in the workspace, got the declaration {}",
            name(attribute.kind, attribute.is_multiselect),
            name(kind, many)
        );
        found.push(
            Diagnostic::error(Code::SchemaDeclaredOtherwise, at, message)
                .help("declare it as the workspace has it, or leave the declaration out"),
        );
        return;
    }
    for (key, what, declared, known) in [
        ("options", "option", &declared.options, &attribute.options),
        (
            "statuses",
            "status",
            &declared.statuses,
            &attribute.statuses,
        ),
    ] {
        let (Some(declared), Some(known)) = (declared, known) else {
            continue;
        };
        let missing: Vec<&str> = declared
            .iter()
            .filter(|title| !known.iter().any(|choice| choice.is_called(title)))
            .map(String::as_str)
            .collect();
        if !missing.is_empty() {
            let message = format!(
                "`{slug}` of `{object}` has no {what} `{}` in the workspace, so that Attio refuses it",
                missing.join("`, `")
            );
            let help = if key == "options" {
                "create it with `schema create-missing`, or in Attio; then pull the schema anew"
            } else {
                "create it in Attio; then pull the schema anew"
            };
            found.push(
                Diagnostic::warning(Code::SchemaUnknownOption, pointer(at, key), message)
                    .help(help),
            );
        }
    }
}

/// A write whose record and attributes are known before the event is.
struct Setter<'s> {
    subscription: &'s Compiled,
    /// The object, the matching attribute and where that comes from: what finds the record.
    record: (&'s str, &'s str, String),
    /// Its other attributes, and where each comes from.
    sources: Vec<(&'s AttributeTemplate, Option<String>)>,
}

impl<'s> Setter<'s> {
    fn of(subscription: &'s Compiled, write: &'s WriteTemplate) -> Option<Self> {
        let matching = write.matching_attribute()?;
        let found_by = source_of(subscription, write.attribute(matching)?)?;
        let others = write.attributes.iter().filter(|one| *one.slug != *matching);
        Some(Setter {
            subscription,
            record: (write.object()?, matching, found_by),
            sources: others
                .map(|attribute| (attribute, source_of(subscription, attribute)))
                .collect(),
        })
    }

    /// Its attributes that `later` sets too, to what may be another value.
    fn shared<'l>(&self, later: &Setter<'l>) -> impl Iterator<Item = &'l AttributeTemplate> {
        let shared = later.sources.iter().filter(|(attribute, source)| {
            let mut ours = self.sources.iter();
            ours.any(|(our, from)| our.slug == attribute.slug && from != source)
        });
        shared.map(|(attribute, _)| *attribute)
    }
}

/// Attributes that two subscriptions can set to different values for one event: each is told once, with the first of
/// the others.
fn overlaps(config: &Config, subscriptions: &[Compiled], found: &mut Vec<Diagnostic>) {
    let setters: Vec<Setter<'_>> = subscriptions
        .iter()
        .flat_map(|subscription| {
            let writes = subscription.writes.iter();
            writes.filter_map(|write| Setter::of(subscription, write))
        })
        .collect();
    let mut compared = 0;
    for (place, later) in setters.iter().enumerate() {
        let mut told: Vec<&str> = Vec::new();
        for earlier in &setters[..place] {
            if std::ptr::eq(earlier.subscription, later.subscription)
                || earlier.record != later.record
            {
                continue;
            }
            let shared: Vec<_> = earlier
                .shared(later)
                .filter(|attribute| !told.contains(&&*attribute.slug))
                .collect();
            if shared.is_empty() {
                continue;
            }
            compared += 1;
            if compared > MAX_COMPARED {
                return;
            }
            if !earlier
                .subscription
                .predicate
                .may_share_events(&later.subscription.predicate)
            {
                continue;
            }
            for attribute in shared {
                told.push(&attribute.slug);
                let message = format!(
                    "`{}` of `{}` is set by `{}` too, which can take the same events; the value from here is kept",
                    attribute.slug,
                    later.record.0,
                    name_of(config, earlier.subscription)
                );
                found.push(
                    Diagnostic::warning(Code::PlanOverlap, attribute.at.as_str(), message).help(
                        "map it in one of the two only, or narrow one of them to other events",
                    ),
                );
            }
        }
    }
}

/// Where a value comes from, as text; `None` of a reference to another write.
fn source_of(subscription: &Compiled, attribute: &AttributeTemplate) -> Option<String> {
    match &attribute.source {
        AttributeSource::Record { .. } => None,
        AttributeSource::Field { field, .. } => field_of(subscription, *field),
        AttributeSource::Expr(expr) => match expr.field() {
            Some(field) => field_of(subscription, field),
            None => Some(expr.to_string()),
        },
    }
}

fn field_of(subscription: &Compiled, field: usize) -> Option<String> {
    let expr = subscription.fields[field].expr.as_ref()?;
    Some(expr.to_string())
}

/// What people call a subscription; its place where it has no name.
fn name_of(config: &Config, compiled: &Compiled) -> String {
    let mut subscriptions = config.subscriptions.iter();
    let named = subscriptions
        .find(|subscription| compiled.at == format!("/subscriptions/{}", subscription.place));
    match named.map(|subscription| subscription.name.as_str()) {
        None | Some("") => compiled.at.clone(),
        Some(name) => name.to_owned(),
    }
}
