//! From an event to its plan.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::compile::{
    AttributeSource, AttributeTarget, AttributeTemplate, Compiled, FieldTemplate, Planner, Slug,
    Target, WriteTemplate, check_target, no_slug, not_writable, unknown_attribute,
};
use super::explain::Step;
use super::write::{Key, Values, Write, WriteKind};
use super::{Outcome, Plan, merge};
use crate::attribute::{Coerced, Finding};
use crate::config::OnInvalid;
use crate::diagnostic::{Code, Diagnostic, Severity, pointer};
use crate::event::{Event, Slot, SlotId, Slots};
use crate::json::{Value, is_blank, write_string};
use crate::mapping::Scope;

/// How large the value of an attribute is thought to be, in bytes of JSON, before it is there.
const VALUE_BYTES: usize = 80;

/// How much larger all values of a write may be, for a location among them.
const MORE_BYTES: usize = 160;

impl Planner {
    /// Plans one event.
    ///
    /// Never fails: an event that cannot be planned gives a plan without writes whose diagnostics say why.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn plan(&self, event: &[u8]) -> Plan {
        self.plan_with(event, &mut None)
    }

    /// Plans one event, and tells how each field and attribute got its value, in the order of the writes.
    pub fn explain(&self, event: &[u8]) -> (Plan, Vec<Step>) {
        let mut steps = Some(Vec::new());
        let plan = self.plan_with(event, &mut steps);
        (plan, steps.unwrap_or_default())
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn plan_with(&self, event: &[u8], steps: &mut Option<Vec<Step>>) -> Plan {
        let event = match Event::read(event, &self.reader) {
            Ok(event) => event,
            Err(error) => return Plan::rejected(message_id(event), vec![error]),
        };
        let mut diagnostics = Vec::new();
        let mut plan = Plan {
            message_id: event.message_id().map(str::to_owned),
            event_time: event.time_told(&mut diagnostics),
            outcome: Outcome::Planned,
            writes: Vec::new(),
            diagnostics,
        };
        if let Some(reason) = event.excluded() {
            // What is not written overwrites nothing.
            plan.diagnostics.clear();
            plan.outcome = Outcome::Filtered { reason };
            return plan;
        }
        let mut taken = 0;
        let mut failed = false;
        // What is told of subscriptions that are passed over.
        let mut skipped: Vec<Range<usize>> = Vec::new();
        for subscription in &self.subscriptions {
            if !subscription.predicate.matches(event.slots()) {
                continue;
            }
            taken += 1;
            let told = plan.diagnostics.len();
            let mut build = Build {
                planner: self,
                subscription,
                slots: event.slots(),
                fields: Vec::with_capacity(subscription.fields.len()),
                canonical: Vec::with_capacity(subscription.fields.len()),
                diagnostics: &mut plan.diagnostics,
                steps: &mut *steps,
                failed: false,
            };
            build.run(&mut plan.writes);
            if build.failed && subscription.on_invalid == OnInvalid::Skip {
                skipped.push(told..plan.diagnostics.len());
            } else {
                failed |= build.failed;
            }
        }
        if taken > 0 && skipped.len() == taken {
            failed = true;
        } else {
            for told in skipped {
                for diagnostic in &mut plan.diagnostics[told] {
                    diagnostic.severity = Severity::Warning;
                }
            }
        }
        if failed {
            plan.writes.clear();
            plan.outcome = Outcome::Rejected;
        } else if taken == 0 {
            plan.diagnostics.clear();
            let reason = format!(
                "no subscription takes this `{}` event",
                event.kind().as_str()
            );
            plan.outcome = Outcome::Filtered { reason };
        } else if taken > 1 {
            merge::same_records(&mut plan.writes, &mut plan.diagnostics);
        }
        plan
    }
}

/// The `messageId` of an event that could not be read as a whole.
fn message_id(event: &[u8]) -> Option<String> {
    let event = Value::parse(std::str::from_utf8(event).ok()?).ok()?;
    event.get("messageId")?.as_str().map(str::to_owned)
}

/// One subscription on its way through one event.
pub(super) struct Build<'b, 's, 'a> {
    pub(super) planner: &'a Planner,
    pub(super) subscription: &'a Compiled,
    pub(super) slots: &'s Slots<'a>,
    /// The values of the action's fields.
    pub(super) fields: Vec<Option<Value<'a>>>,
    /// Of the fields that have a format: the write value.
    canonical: Vec<Option<String>>,
    pub(super) diagnostics: &'b mut Vec<Diagnostic>,
    /// How values came to be, when someone asks.
    pub(super) steps: &'b mut Option<Vec<Step>>,
    failed: bool,
}

impl<'a> Build<'_, '_, 'a> {
    #[cfg_attr(target_family = "wasm", inline)]
    fn run(&mut self, writes: &mut Vec<Write>) {
        for field in &self.subscription.fields {
            self.canonical.push(None);
            let told = self.diagnostics.len();
            let value = self.field(field);
            if self.steps.is_some() {
                self.explain_field(field, value.as_ref(), told);
            }
            self.fields.push(value);
        }
        if self.failed {
            return;
        }
        // Where each write of the action stands in the plan, if it does.
        let first = writes.len();
        let mut places: Vec<Option<usize>> = Vec::with_capacity(self.subscription.writes.len());
        writes.reserve(self.subscription.writes.len());
        for template in &self.subscription.writes {
            let place = writes.len();
            let mut write = self.write(template, &places, writes);
            places.push(write.as_ref().map(|_| place));
            let added = write.as_mut().and_then(|write| self.added(write, place));
            writes.extend(write);
            writes.extend(added);
        }
        if self.failed {
            writes.truncate(first);
        }
    }

    /// Takes from an assert, which overwrites, what is to be added to the values that the record has.
    #[inline(never)]
    fn added(&self, write: &mut Write, place: usize) -> Option<Write> {
        let slugs = self.planner.appended.get(&*write.object)?;
        let WriteKind::Assert { matching_attribute } = &write.kind else {
            return None;
        };
        let is_added = |slug: &str| slugs.contains(slug) && **matching_attribute != *slug;
        if !write.values.iter().any(|(slug, _)| is_added(slug)) {
            return None;
        }
        let mut kept = Values::with_capacity(write.values.len(), write.values.json_len());
        let mut added = Values::default();
        for (slug, json) in write.values.iter() {
            if !is_added(slug) {
                kept.set(slug, json);
            } else if !matches!(json, "null" | "[]") {
                added.set(slug, json);
            }
        }
        write.values = kept;
        let mut depends_on = write.depends_on.clone();
        depends_on.push(place);
        (!added.is_empty()).then(|| Write {
            id: format!("{}.append", write.id).into(),
            object: write.object.clone(),
            kind: WriteKind::Append { record: place },
            values: added,
            depends_on,
        })
    }

    /// Holds an object and a matching attribute that only the event tells against the schema.
    #[inline(never)]
    fn check_target(&mut self, object: &str, matching_attribute: &str) {
        let schema = &self.planner.schema;
        let at = pointer(&self.subscription.at, "mapping");
        let found = check_target(schema, schema, object, matching_attribute, &at);
        // What the built-in schema does not know may be there all the same.
        for error in found.into_iter().filter(Diagnostic::is_error) {
            self.fail(error);
        }
    }

    /// Says that there is nothing to find a record by. `told` is how much was said before its values.
    #[cold]
    fn no_match(&mut self, matching_attribute: &str, told: usize) {
        let end = format!("/{matching_attribute}");
        let told = &self.diagnostics[told..];
        // What was refused is told already.
        let is_told = told
            .iter()
            .any(|told| told.is_error() && told.at.ends_with(&end));
        if is_told || self.failed {
            self.failed = true;
            return;
        }
        let message = format!("the matching attribute `{matching_attribute}` came out empty");
        let at = pointer(&self.subscription.at, "mapping");
        self.fail(Diagnostic::error(Code::AttributeRequired, at, message).help(
            "map it from something that every such event holds, or narrow the subscription to events that hold it",
        ));
    }

    #[cold]
    fn fail(&mut self, diagnostic: Diagnostic) {
        self.failed = true;
        self.diagnostics.push(diagnostic);
    }

    #[cfg_attr(target_family = "wasm", inline)]
    pub(super) fn eval(&mut self, expr: &'a crate::mapping::Expr, at: &str) -> Option<Value<'a>> {
        match expr.eval(&Scope::event(self.slots, &self.fields)) {
            Ok(value) => value,
            Err(mut error) => {
                if error.at.is_empty() {
                    error.at = at.to_owned();
                }
                self.fail(error);
                None
            }
        }
    }

    /// Resolves a field, and brings a string field to its plain text.
    #[cfg_attr(target_family = "wasm", inline)]
    fn field(&mut self, field: &'a FieldTemplate) -> Option<Value<'a>> {
        let Some(expr) = &field.expr else { return None };
        let value = self.eval(expr, &field.at);
        let text = match value {
            None | Some(Value::Null) => None,
            Some(value) => match text_of(value) {
                Ok(text) => Some(text),
                Err(value) => {
                    self.fail(no_text(&field.name, &value, &field.at));
                    return None;
                }
            },
        };
        let Some(text) = text.filter(|text| !is_blank(text)) else {
            if field.required && !self.failed {
                self.fail(missing(field, expr));
            }
            return None;
        };
        let Some(format) = &field.format else {
            return Some(Value::String(text));
        };
        let mut out = String::with_capacity(64);
        let mut findings = Vec::new();
        let given = Value::String(text);
        match format.coerce(&given, None, &mut out, &mut findings) {
            Coerced::Written => {
                let plain = plain(&out, given);
                if let Some(canonical) = self.canonical.last_mut() {
                    *canonical = Some(out);
                }
                Some(plain)
            }
            _ => {
                for finding in findings {
                    // An optional field that is not what it should be is left out, as an attribute would be.
                    if field.required || self.subscription.on_invalid == OnInvalid::Fail {
                        self.failed = true;
                    }
                    self.diagnostics.push(finding.at(field.at.as_str()));
                }
                None
            }
        }
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn text_field(&self, slug: &Slug) -> Option<Arc<str>> {
        match slug {
            Slug::Known(slug) => Some(slug.clone()),
            Slug::Field(field) => self.fields.get(*field)?.as_ref()?.as_str().map(Arc::from),
        }
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn write(
        &mut self,
        template: &'a WriteTemplate,
        places: &[Option<usize>],
        writes: &[Write],
    ) -> Option<Write> {
        if template
            .when
            .is_some_and(|field| self.fields[field].is_none())
        {
            return None;
        }
        let (object, kind) = match &template.to {
            Target::Assert {
                object,
                matching_attribute,
            } => {
                let dynamic = matches!(
                    (object, matching_attribute),
                    (Slug::Field(_), _) | (_, Slug::Field(_))
                );
                let object = self.text_field(object)?;
                let matching_attribute = self.text_field(matching_attribute)?;
                if dynamic {
                    self.check_target(&object, &matching_attribute);
                }
                (object, WriteKind::Assert { matching_attribute })
            }
            Target::Append { object, record } => (
                object.clone(),
                WriteKind::Append {
                    record: (*places.get(*record)?)?,
                },
            ),
        };
        let told = self.diagnostics.len();
        let attributes = template.attributes.len();
        let bytes = attributes * VALUE_BYTES + MORE_BYTES;
        let mut values = Values::with_capacity(attributes + 4, bytes);
        for mut attribute in &template.attributes {
            let told = self.diagnostics.len();
            let written = values.len();
            loop {
                self.attribute(attribute, &object, places, writes, &mut values);
                match &attribute.otherwise {
                    Some(own) if values.len() == written => attribute = own,
                    _ => break,
                }
            }
            if self.steps.is_some() {
                self.explain_attribute(template, attribute, &object, &values, told);
            }
        }
        if let Some(extend) = &template.extend {
            self.extend(extend, &object, &kind, &mut values, &template.id);
        }
        match &kind {
            WriteKind::Assert { matching_attribute }
                if values
                    .get(matching_attribute)
                    .is_none_or(|json| matches!(json, "null" | "[]")) =>
            {
                self.no_match(matching_attribute, told);
                return None;
            }
            WriteKind::Append { .. } if values.is_empty() => return None,
            _ => {}
        }
        let depends_on = template
            .depends_on
            .iter()
            .filter_map(|&write| places[write])
            .collect();
        Some(Write {
            id: template.id.clone(),
            object,
            kind,
            values,
            depends_on,
        })
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn attribute(
        &mut self,
        attribute: &'a AttributeTemplate,
        object: &str,
        places: &[Option<usize>],
        writes: &[Write],
        values: &mut Values,
    ) {
        match &attribute.source {
            AttributeSource::Record { write, many } => {
                let Some(target) = places[*write].and_then(|place| writes.get(place)) else {
                    return;
                };
                values.push_key(&attribute.key, |out| reference(target, *many, out));
            }
            AttributeSource::Field { field, many } => {
                let Some(json) = &self.canonical[*field] else {
                    return;
                };
                values.push_key(&attribute.key, |out| {
                    if *many {
                        out.push('[');
                    }
                    out.push_str(json);
                    if *many {
                        out.push(']');
                    }
                    Some(())
                });
            }
            AttributeSource::Expr(expr) => {
                // Most attributes are a path to a scalar, which needs no copy.
                let slots = self.slots;
                match expr.slot().map(|slot| slots.slot(slot)) {
                    Some(Slot::Missing) => {}
                    Some(Slot::Scalar(value)) => self.value(attribute, object, value, values),
                    Some(Slot::Subtree(_)) | None => {
                        if let Some(value) = self.eval(expr, &attribute.at) {
                            self.value(attribute, object, &value, values);
                        }
                    }
                }
            }
        }
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn value(
        &mut self,
        attribute: &AttributeTemplate,
        object: &str,
        value: &Value<'_>,
        values: &mut Values,
    ) {
        match &attribute.to {
            AttributeTarget::Dynamic => {
                self.dynamic(object, &attribute.slug, value, &attribute.at, values)
            }
            to => self.coerce(&attribute.key, value, to, &attribute.at, values),
        }
    }

    /// Writes attributes whose slugs only the event tells.
    fn extend(
        &mut self,
        extend: &'a super::compile::Extend,
        object: &str,
        kind: &WriteKind,
        values: &mut Values,
        write: &str,
    ) {
        let attributes = match self.eval(&extend.expr, &extend.at) {
            None | Some(Value::Null) => return,
            Some(Value::Object(attributes)) => attributes,
            Some(other) => {
                self.fail(no_attributes(&other, &extend.at));
                return;
            }
        };
        let own = |slug: &str| match kind {
            WriteKind::Assert { matching_attribute } => **matching_attribute == *slug,
            WriteKind::Append { .. } => false,
        };
        for (slug, value) in attributes.iter() {
            let at = pointer(&extend.at, slug);
            let told = self.diagnostics.len();
            if values.get(slug).is_some() {
                if own(slug) {
                    let message =
                        format!("`{slug}` is the matching attribute, which the action sets itself");
                    self.diagnostics.push(
                        Diagnostic::warning(Code::PlanConflict, at, message)
                            .help("leave it out, or map the action's field instead"),
                    );
                    continue;
                }
                let mut replaced = Values::with_capacity(1, 64);
                self.dynamic(object, slug, value, &at, &mut replaced);
                if let Some(json) = replaced.get(slug) {
                    values.set(slug, json);
                }
            } else {
                self.dynamic(object, slug, value, &at, values);
            }
            if self.steps.is_some() {
                self.explain_extended(write, object, slug, &extend.expr, value, values, told);
            }
        }
    }

    fn dynamic(
        &mut self,
        object: &str,
        slug: &str,
        value: &Value<'_>,
        at: &str,
        values: &mut Values,
    ) {
        let planner = self.planner;
        if let Some(to) = planner.tables.get(object).and_then(|table| table.get(slug)) {
            return self.coerce(&Key::new(slug), value, to, at, values);
        }
        let diagnostic = no_slug(slug, at).or_else(|| {
            let known = planner.schema.object(object)?;
            let attribute = known.attributes.get(slug);
            match attribute.filter(|attribute| !attribute.is_archived) {
                Some(attribute) => not_writable(object, slug, attribute, at),
                None => Some(unknown_attribute(&planner.schema, object, known, slug, at)),
            }
        });
        if let Some(diagnostic) = diagnostic {
            let refused = diagnostic.is_error();
            self.failed |= refused && self.subscription.on_invalid == OnInvalid::Fail;
            self.diagnostics.push(diagnostic);
            if refused {
                return;
            }
        }
        self.coerce(
            &Key::new(slug),
            value,
            &AttributeTarget::Unchecked,
            at,
            values,
        );
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn coerce(
        &mut self,
        key: &Key,
        value: &Value<'_>,
        to: &AttributeTarget,
        at: &str,
        values: &mut Values,
    ) {
        let AttributeTarget::Known {
            coercer,
            region,
            required,
        } = to
        else {
            // Nothing is known of the attribute, so only what cannot be a value is left out.
            if !matches!(value, Value::String(text) if is_blank(text)) {
                values.push_key(key, |out| {
                    value.write_to(out);
                    Some(())
                });
            }
            return;
        };
        let region = region.and_then(|slot| text_at(self.slots, slot));
        let mut findings: Vec<Finding> = Vec::new();
        let mut coerced = Coerced::Omitted;
        values.push_key(key, |out| {
            coerced = coercer.coerce(value, region, out, &mut findings);
            matches!(coerced, Coerced::Written | Coerced::Unset).then_some(())
        });
        if coerced == Coerced::Refused
            && (*required || self.subscription.on_invalid == OnInvalid::Fail)
        {
            self.failed = true;
        }
        if !findings.is_empty() {
            let findings = findings.into_iter().map(|finding| finding.at(at));
            self.diagnostics.extend(findings);
        }
    }
}

fn text_at<'s>(slots: &'s Slots<'_>, slot: SlotId) -> Option<&'s str> {
    match slots.slot(slot) {
        Slot::Scalar(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// A string field's text: numbers and booleans as they are written, a list of one unwrapped.
#[cfg_attr(target_family = "wasm", inline)]
pub(super) fn text_of(value: Value<'_>) -> Result<Cow<'_, str>, Value<'_>> {
    match value {
        Value::String(text) | Value::Number(text) => Ok(text),
        Value::Bool(true) => Ok("true".into()),
        Value::Bool(false) => Ok("false".into()),
        Value::Array(mut items) if items.len() == 1 => match items.remove(0) {
            nested @ (Value::Array(_) | Value::Object(_)) => Err(nested),
            item => text_of(item),
        },
        other => Err(other),
    }
}

/// Says that a field is required and the event holds nothing for it.
#[cold]
fn missing(field: &FieldTemplate, expr: &crate::mapping::Expr) -> Diagnostic {
    let paths = expr.paths().join("`, `");
    let from = if paths.is_empty() {
        "its mapping"
    } else {
        &paths
    };
    let name = &field.name;
    let message = format!("`{name}` is required, got nothing from `{from}`");
    Diagnostic::error(Code::ActionMissingField, &field.at, message).help(format!(
        "send it in the event, or map `{name}` from where the event holds it"
    ))
}

/// Says that a string field got what is no text.
#[cold]
pub(super) fn no_text(field: &str, value: &Value<'_>, at: &str) -> Diagnostic {
    let message = format!("`{field}` expected a string, got {}", value.describe());
    Diagnostic::error(Code::ActionFieldType, at, message).help("map it from one value")
}

/// Says that a field of attributes got something else.
#[cold]
pub(super) fn no_attributes(value: &Value<'_>, at: &str) -> Diagnostic {
    let message = format!("expected attributes by slug, got {}", value.describe());
    Diagnostic::error(Code::ActionFieldType, at, message)
        .help("map it from an object, or write the attributes out one by one")
}

/// The text inside a write value of one key, such as `{"domain":"example.com"}`: `given` itself where it is the same.
#[cfg_attr(target_family = "wasm", inline)]
fn plain<'a>(json: &str, given: Value<'a>) -> Value<'a> {
    let literal = memchr::memchr(b':', json.as_bytes())
        .and_then(|at| json[at + 1..].strip_suffix('}'))
        .unwrap_or(json);
    let inner = literal
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let has_escapes = |text: &str| memchr::memchr(b'\\', text.as_bytes()).is_some();
    if inner.is_some_and(|text| given.as_str() == Some(text) && !has_escapes(text)) {
        return given;
    }
    match Value::parse(literal) {
        Ok(text) if text == given => given,
        Ok(text) => text.into_owned(),
        Err(_) => given,
    }
}

/// Appends a reference to the record of `target` in Attio's matching-attribute form.
#[cfg_attr(target_family = "wasm", inline)]
fn reference(target: &Write, many: bool, out: &mut String) -> Option<()> {
    let WriteKind::Assert { matching_attribute } = &target.kind else {
        return None;
    };
    let value = target.values.get(matching_attribute)?;
    if many {
        out.push('[');
    }
    out.push_str("{\"target_object\":");
    write_string(&target.object, out);
    out.push(',');
    write_string(matching_attribute, out);
    out.push(':');
    let list = value.starts_with('[');
    if !list {
        out.push('[');
    }
    out.push_str(value);
    out.push_str(if list { "}" } else { "]}" });
    if many {
        out.push(']');
    }
    Some(())
}
