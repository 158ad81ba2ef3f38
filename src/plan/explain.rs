//! How each attribute of an event's plan got its value.

use super::build::Build;
use super::compile::{
    AttributeSource, AttributeTarget, AttributeTemplate, FieldTemplate, WriteTemplate,
};
use super::write::Values;
use crate::diagnostic::Diagnostic;
use crate::json::Value;
use crate::mapping::{Expr, Scope};

/// How one field or attribute got its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The name of the write within the plan, such as `0.person`; of a field the number of the subscription.
    pub write: String,
    /// The slug of the object; empty for a field of the action.
    pub object: String,
    /// The slug of the attribute, or the name of the field.
    pub attribute: String,
    /// Attio's name of the attribute's type; `None` where the schema does not know the attribute.
    pub kind: Option<&'static str>,
    /// The field of the action that the value is taken from as it is.
    pub field: Option<String>,
    /// Where the value comes from: the mapping, as JSON.
    pub from: String,
    /// What the mapping gave, as JSON; `None` when it gave nothing.
    pub raw: Option<String>,
    /// What is written, as JSON; `None` when the attribute is left out.
    pub written: Option<String>,
    /// What there was to say.
    pub diagnostics: Vec<Diagnostic>,
}

impl<'a> Build<'_, '_, 'a> {
    /// Tells of a field; `told` diagnostics are of what came before it.
    pub(super) fn explain_field(
        &mut self,
        field: &'a FieldTemplate,
        value: Option<&Value<'a>>,
        told: usize,
    ) {
        let Some(expr) = &field.expr else { return };
        let step = Step {
            write: self
                .subscription
                .at
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned(),
            object: String::new(),
            attribute: field.name.to_string(),
            kind: field
                .format
                .as_ref()
                .map(|format| format.attribute().kind.as_str()),
            field: None,
            from: expr.to_string(),
            raw: self.look(expr),
            written: value.map(Value::to_json),
            diagnostics: self.diagnostics[told..].to_vec(),
        };
        self.steps.get_or_insert_default().push(step);
    }

    /// Tells of an attribute that the configuration or the action names.
    pub(super) fn explain_attribute(
        &mut self,
        write: &WriteTemplate,
        attribute: &'a AttributeTemplate,
        object: &str,
        values: &Values,
        told: usize,
    ) {
        let written = values.get(&attribute.slug).map(str::to_owned);
        let field = match &attribute.source {
            AttributeSource::Field { field, .. } => Some(*field),
            AttributeSource::Expr(expr) => expr.field(),
            AttributeSource::Record { .. } => None,
        };
        let field = field.map(|field| self.subscription.fields[field].name.to_string());
        let (from, raw) = match &attribute.source {
            AttributeSource::Expr(expr) => (expr.to_string(), self.look(expr)),
            AttributeSource::Field { field, .. } => {
                let name = &self.subscription.fields[*field].name;
                let value = self.fields[*field].as_ref();
                (
                    format!("{{\"@field\":\"{name}\"}}"),
                    value.map(Value::to_json),
                )
            }
            AttributeSource::Record { write, .. } => {
                let id = &self.subscription.writes[*write].id;
                (format!("{{\"@record\":\"{id}\"}}"), written.clone())
            }
        };
        let step = Step {
            write: write.id.to_string(),
            object: object.to_owned(),
            attribute: attribute.slug.to_string(),
            kind: match &attribute.to {
                AttributeTarget::Known { coercer, .. } => Some(coercer.attribute().kind.as_str()),
                AttributeTarget::Unchecked | AttributeTarget::Dynamic => None,
            },
            field,
            from,
            raw,
            written,
            diagnostics: self.diagnostics[told..].to_vec(),
        };
        self.steps.get_or_insert_default().push(step);
    }

    /// Tells of an attribute that only the event names.
    #[allow(clippy::too_many_arguments, reason = "the parts of one step")]
    pub(super) fn explain_extended(
        &mut self,
        write: &str,
        object: &str,
        slug: &str,
        from: &Expr,
        value: &Value<'_>,
        values: &Values,
        told: usize,
    ) {
        let step = Step {
            write: write.to_owned(),
            object: object.to_owned(),
            attribute: slug.to_owned(),
            kind: (self.planner.schema.attribute(object, slug))
                .map(|attribute| attribute.kind.as_str()),
            field: None,
            from: from.to_string(),
            raw: Some(value.to_json()),
            written: values.get(slug).map(str::to_owned),
            diagnostics: self.diagnostics[told..].to_vec(),
        };
        self.steps.get_or_insert_default().push(step);
    }

    /// What an expression gives, as JSON, without telling what is wrong with it.
    fn look(&self, expr: &'a Expr) -> Option<String> {
        let value = expr.eval(&Scope::event(self.slots, &self.fields)).ok()??;
        Some(value.to_json())
    }
}
