//! A configuration and a schema, compiled into what planning needs.
//!
//! Everything that can be known before the first event is done here: subscriptions become predicates, mappings become
//! expressions over slots, attributes become coercers, and all paths become one trie.

mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::preflight;
use super::write::Key;
use crate::action::{Definition, FieldType, Name, Source, WriteTo};
use crate::attribute::{Coercer, Options};
use crate::config::{Config, OnInvalid, Subscription};
use crate::diagnostic::{Code, Diagnostic, excerpt, nearest_or_all, pointer};
use crate::event::{self, Paths, Reader, SlotId};
use crate::json::Value;
use crate::mapping::{Compiler, Expr};
use crate::schema::{Attribute, Schema};
use crate::subscription::Subscription as Predicate;
pub(super) use target::{check_target, no_slug, not_writable, unknown_attribute};

/// A compiled configuration. Cheap to share, never changes.
#[derive(Clone, Debug)]
pub struct Planner {
    pub(super) reader: Reader,
    pub(super) subscriptions: Vec<Compiled>,
    pub(super) schema: Arc<Schema>,
    /// What attributes take, by object and slug, of the objects whose attributes only the event names.
    pub(super) tables: BTreeMap<String, BTreeMap<String, AttributeTarget>>,
    /// The attributes, by object, whose values are added to those that a record has.
    pub(super) appended: BTreeMap<String, BTreeSet<String>>,
    warnings: Vec<Diagnostic>,
}

/// One enabled subscription.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) at: String,
    pub(super) predicate: Predicate,
    pub(super) fields: Vec<FieldTemplate>,
    pub(super) writes: Vec<WriteTemplate>,
    pub(super) on_invalid: OnInvalid,
}

/// A field of the action, and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct FieldTemplate {
    pub(super) name: Box<str>,
    pub(super) at: String,
    /// `None` where there is neither a mapping nor a default, or where the writes take the expression apart.
    pub(super) expr: Option<Expr>,
    /// Of a string with a format: brings it to its plain form.
    pub(super) format: Option<Coercer>,
    pub(super) required: bool,
    /// Whether the configuration or the action says where it comes from.
    pub(super) mapped: bool,
}

/// A write of the action.
#[derive(Clone, Debug)]
pub(super) struct WriteTemplate {
    pub(super) id: Arc<str>,
    pub(super) to: Target,
    pub(super) when: Option<usize>,
    pub(super) attributes: Vec<AttributeTemplate>,
    /// Attributes whose slugs only the event tells.
    pub(super) extend: Option<Extend>,
    pub(super) depends_on: Vec<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Target {
    Assert {
        object: Slug,
        matching_attribute: Slug,
    },
    Append {
        object: Arc<str>,
        record: usize,
    },
}

/// A slug that is known, or the field that holds it.
#[derive(Clone, Debug)]
pub(super) enum Slug {
    Known(Arc<str>),
    Field(usize),
}

#[derive(Clone, Debug)]
pub(super) struct AttributeTemplate {
    pub(super) slug: Box<str>,
    pub(super) key: Key,
    pub(super) at: String,
    pub(super) source: AttributeSource,
    pub(super) to: AttributeTarget,
    /// The action's own, for events in which the mapping that takes its place finds nothing.
    pub(super) otherwise: Option<Box<AttributeTemplate>>,
}

#[derive(Clone, Debug)]
pub(super) enum AttributeSource {
    Expr(Expr),
    /// A field whose format is the type of the attribute, so that it is written as it was brought to that format.
    Field {
        field: usize,
        many: bool,
    },
    /// A reference to the record of an earlier write.
    Record {
        write: usize,
        many: bool,
    },
}

/// What an attribute takes.
#[derive(Clone, Debug)]
pub(super) enum AttributeTarget {
    /// What its coercer says.
    Known {
        coercer: Box<Coercer>,
        /// Where the event holds the country of phone numbers.
        region: Option<SlotId>,
        /// Whether the event fails when the value does.
        required: bool,
    },
    /// The schema does not know it: values pass as they are.
    Unchecked,
    /// Only the event tells the object.
    Dynamic,
}

#[derive(Clone, Debug)]
pub(super) struct Extend {
    pub(super) expr: Expr,
    pub(super) at: String,
}

impl Planner {
    /// Reads and compiles a configuration.
    ///
    /// # Errors
    /// Everything that is wrong with its shape and, of what has the right shape, with what it says.
    pub fn parse(text: &str, schema: &Schema) -> Result<Planner, Vec<Diagnostic>> {
        let (config, mut diagnostics) = Config::read(text);
        let Some(config) = config else {
            return Err(diagnostics);
        };
        match Planner::new(&config, schema) {
            Ok(planner) if diagnostics.is_empty() => Ok(planner),
            Ok(_) => Err(diagnostics),
            Err(more) => {
                // What has the wrong shape says nothing, which need not be told again.
                let told: Vec<String> = diagnostics.iter().map(|error| error.at.clone()).collect();
                let new = more.into_iter().filter(|error| !told.contains(&error.at));
                diagnostics.extend(new);
                Err(diagnostics)
            }
        }
    }

    /// Compiles a configuration for a workspace. What the configuration says of attributes is laid over `schema`.
    ///
    /// # Errors
    /// Everything that is wrong, as diagnostics at JSON pointers into the configuration. What is only doubtful is kept
    /// as [`Planner::warnings`].
    pub fn new(config: &Config, schema: &Schema) -> Result<Planner, Vec<Diagnostic>> {
        let workspace = schema;
        let schema = Arc::new(config.schema(workspace));
        let mut compile = Compile {
            config,
            workspace,
            schema: &schema,
            paths: event::paths(),
            options: Options::default().with(&config.options),
            diagnostics: Vec::new(),
        };
        let mut subscriptions = Vec::new();
        for subscription in &config.subscriptions {
            let compiled = compile.subscription(subscription);
            subscriptions.extend(compiled.filter(|_| subscription.enabled));
        }
        let mut tables = BTreeMap::new();
        for write in subscriptions
            .iter()
            .flat_map(|subscription| &subscription.writes)
        {
            match &write.to {
                Target::Assert {
                    object: Slug::Field(_),
                    ..
                } => {
                    for object in schema.objects.keys() {
                        tables
                            .entry(object.clone())
                            .or_insert_with(|| compile.table(object));
                    }
                }
                Target::Assert {
                    object: Slug::Known(object),
                    ..
                }
                | Target::Append { object, .. } => {
                    if write.extend.is_some() {
                        tables
                            .entry(object.to_string())
                            .or_insert_with(|| compile.table(object));
                    }
                }
            }
        }
        let appended = compile.appended();
        let found = preflight::check(config, workspace, &schema, &subscriptions);
        compile.diagnostics.extend(found);
        let (errors, warnings): (Vec<_>, Vec<_>) = compile
            .diagnostics
            .into_iter()
            .partition(Diagnostic::is_error);
        if !errors.is_empty() {
            return Err(errors.into_iter().chain(warnings).collect());
        }
        let reader = compile.paths.reader();
        Ok(Planner {
            reader,
            subscriptions,
            schema,
            tables,
            appended,
            warnings,
        })
    }

    /// What is doubtful about the configuration.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The schema that values are coerced to: the workspace's with the configuration's over it.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }
}

struct Compile<'c> {
    config: &'c Config,
    /// What the workspace has.
    workspace: &'c Schema,
    /// The same with the configuration's over it.
    schema: &'c Schema,
    paths: Paths,
    options: Options,
    diagnostics: Vec<Diagnostic>,
}

impl Compile<'_> {
    fn subscription(&mut self, subscription: &Subscription) -> Option<Compiled> {
        let place = subscription.place;
        let at = format!("/subscriptions/{place}");
        let action = self.config.action(&subscription.action)?;
        let predicate = match Predicate::parse(&subscription.subscribe, &mut self.paths) {
            Ok(predicate) => {
                if predicate.event_types().is_empty() {
                    let message = "no event can be all that the subscription asks for";
                    let help = match predicate.unknown_types().first() {
                        Some(name) => {
                            let types = event::Type::ALL.map(event::Type::as_str);
                            let help = nearest_or_all(name, "the types", types);
                            format!("no event has the type `{}`; {help}", excerpt(name))
                        }
                        None => "join conditions on `type` with `or`".to_owned(),
                    };
                    let at = pointer(&at, "subscribe");
                    let warning = Diagnostic::warning(Code::PlanUnreachable, at, message);
                    self.diagnostics.push(warning.help(help));
                }
                Some(predicate)
            }
            Err(error) => {
                self.diagnostics
                    .push(error.diagnostic(&pointer(&at, "subscribe")));
                None
            }
        };
        let mapped = |name: &str| {
            subscription
                .mapping
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, value)| value)
        };
        let mut fields = Vec::with_capacity(action.fields.len());
        for field in &action.fields {
            let at = pointer(&pointer(&at, "mapping"), &field.name);
            let value = mapped(&field.name).or(field.default.as_ref());
            let expr = value.and_then(|value| self.expr(value, &at, None));
            if value.is_none() && field.required {
                let message = format!(
                    "the field `{}` of `{}` is required and has no mapping",
                    field.name, action.name
                );
                self.diagnostics.push(
                    Diagnostic::error(Code::ActionMissingField, &at, message).help(format!(
                        "map it: `\"{}\": {{\"@path\": \"$.…\"}}`",
                        field.name
                    )),
                );
            }
            if let Some(expr) = &expr {
                self.check_coercions(field, expr, &at);
            }
            let format = (field.format).map(|kind| {
                Coercer::new(
                    &field.name,
                    &Attribute::of(kind),
                    self.schema,
                    &self.options,
                )
            });
            if let Some(literal) = expr.as_ref().and_then(Expr::literal) {
                self.check_constant(field, &literal, format.as_ref(), &at);
            }
            fields.push(FieldTemplate {
                name: field.name.as_str().into(),
                at,
                expr,
                format,
                required: field.required,
                mapped: value.is_some(),
            });
        }
        let names: Vec<&str> = action
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect();
        let mut writes = Vec::with_capacity(action.writes.len());
        for place_in_action in 0..action.writes.len() {
            let write = self.write(
                action,
                place_in_action,
                place,
                &at,
                &names,
                &mut fields,
                &writes,
            );
            writes.extend(write);
        }
        // The writes have taken the object fields apart; what is left is not read on its own.
        for (field, definition) in fields.iter_mut().zip(&action.fields) {
            if definition.kind == FieldType::Object {
                field.expr = None;
                field.required = false;
            }
        }
        Some(Compiled {
            at,
            predicate: predicate?,
            fields,
            writes,
            on_invalid: subscription.on_invalid.unwrap_or(self.config.on_invalid),
        })
    }

    fn expr(&mut self, value: &Value<'_>, at: &str, fields: Option<&[&str]>) -> Option<Expr> {
        let mut compiler = Compiler::new(&mut self.paths);
        if let Some(fields) = fields {
            compiler = compiler.fields(fields);
        }
        let expr = compiler.expr(value, at);
        self.diagnostics.extend(compiler.finish());
        expr
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the parts of one subscription that is being compiled"
    )]
    fn write(
        &mut self,
        action: &Definition,
        place: usize,
        subscription: usize,
        at: &str,
        names: &[&str],
        fields: &mut [FieldTemplate],
        earlier: &[WriteTemplate],
    ) -> Option<WriteTemplate> {
        let definition = &action.writes[place];
        // A field that is a literal is as good as a slug in the action.
        let slug = |name: &Name| match name {
            Name::Literal(slug) => Slug::Known(slug.as_str().into()),
            Name::Field(field) => match fields[*field].expr.as_ref().and_then(Expr::literal) {
                Some(Value::String(slug)) => Slug::Known(slug.as_ref().into()),
                _ => Slug::Field(*field),
            },
        };
        let to = match &definition.to {
            WriteTo::Assert {
                object,
                matching_attribute,
            } => Target::Assert {
                object: slug(object),
                matching_attribute: slug(matching_attribute),
            },
            WriteTo::Append { record } => match &earlier.get(*record)?.to {
                Target::Assert {
                    object: Slug::Known(object),
                    ..
                }
                | Target::Append { object, .. } => Target::Append {
                    object: object.clone(),
                    record: *record,
                },
                Target::Assert {
                    object: Slug::Field(_),
                    ..
                } => {
                    let message = format!(
                        "the write `{}` appends to an object that only the event tells",
                        definition.name
                    );
                    self.diagnostics
                        .push(Diagnostic::error(Code::ActionReference, at, message));
                    return None;
                }
            },
        };
        let (object, matching) = match &to {
            Target::Assert {
                object,
                matching_attribute,
            } => (
                match object {
                    Slug::Known(slug) => Some(slug.clone()),
                    Slug::Field(_) => None,
                },
                match matching_attribute {
                    Slug::Known(slug) => Some(slug.clone()),
                    Slug::Field(_) => None,
                },
            ),
            Target::Append { object, .. } => (Some(object.clone()), None),
        };
        if let (Some(object), Some(matching)) = (&object, &matching) {
            self.check_target(object, matching, at);
        }
        let mut attributes = Vec::new();
        let mut depends_on = Vec::new();
        for (slug, source) in &definition.values {
            let source = match source {
                Source::Record(write) => {
                    depends_on.push(*write);
                    let many = object
                        .as_ref()
                        .and_then(|object| self.schema.attribute(object, slug));
                    AttributeSource::Record {
                        write: *write,
                        many: many.is_some_and(|attribute| attribute.is_multiselect),
                    }
                }
                Source::Template(value) => {
                    AttributeSource::Expr(self.expr(value, at, Some(names))?)
                }
            };
            let required = matching.as_deref() == Some(slug.as_str());
            let to = self.attribute(object.as_deref(), slug, at, required, None)?;
            let source = match source {
                AttributeSource::Expr(expr) => formatted(&expr, &to, fields, self.schema)
                    .unwrap_or(AttributeSource::Expr(expr)),
                record => record,
            };
            attributes.push(AttributeTemplate {
                slug: slug.as_str().into(),
                key: Key::new(slug),
                at: at.to_owned(),
                source,
                to,
                otherwise: None,
            });
        }
        let mut extend = None;
        if let Some(field) = definition.extend
            && let Some(expr) = fields[field].expr.clone()
        {
            let at = fields[field].at.clone();
            match expr.entries() {
                Some(entries) => {
                    for (slug, expr) in entries {
                        let at = pointer(&at, slug);
                        if definition.values.iter().any(|(own, _)| own == slug)
                            && matching.as_deref() == Some(slug)
                        {
                            let message = format!(
                                "`{slug}` is the matching attribute, which the action sets itself"
                            );
                            self.diagnostics.push(
                                Diagnostic::error(Code::ConfigShape, at, message)
                                    .help("map the action's field instead"),
                            );
                            continue;
                        }
                        let required = matching.as_deref() == Some(slug);
                        let Some(to) =
                            self.attribute(object.as_deref(), slug, &at, required, expr.coercion())
                        else {
                            continue;
                        };
                        self.check_literal(expr, &to, &at);
                        let source = AttributeSource::Expr(expr.clone());
                        let template = AttributeTemplate {
                            slug: slug.into(),
                            key: Key::new(slug),
                            at,
                            source,
                            to,
                            otherwise: None,
                        };
                        match attributes.iter_mut().find(|own| *own.slug == *slug) {
                            Some(own) => {
                                let action = std::mem::replace(own, template);
                                own.otherwise = Some(Box::new(action));
                            }
                            None => attributes.push(template),
                        }
                    }
                }
                None => {
                    extend = Some(Extend {
                        expr: expr.clone(),
                        at,
                    })
                }
            }
        }
        // Where the attributes could not be compiled, that is told already.
        let compiled = definition
            .extend
            .is_none_or(|field| fields[field].expr.is_some() || !fields[field].mapped);
        if extend.is_none()
            && compiled
            && let Some(matching) = &matching
            && !attributes
                .iter()
                .any(|attribute| *attribute.slug == **matching)
        {
            let message =
                format!("the matching attribute `{matching}` is not among the attributes");
            self.diagnostics.push(
                Diagnostic::error(Code::ActionMatchNotWritten, pointer(at, "mapping"), message)
                    .help(format!(
                        "add `\"{matching}\": {{\"@path\": \"$.…\"}}` to the attributes"
                    )),
            );
        }
        if let Target::Append { record, .. } = &to {
            depends_on.push(*record);
        }
        depends_on.sort_unstable();
        depends_on.dedup();
        let id = format!("{subscription}.{}", definition.name).into();
        Some(WriteTemplate {
            id,
            to,
            when: definition.when,
            attributes,
            extend,
            depends_on,
        })
    }
}

/// The field that `expr` names, when its format is the type of the attribute. The field is then brought to that format
/// with the attribute's own options.
fn formatted(
    expr: &Expr,
    to: &AttributeTarget,
    fields: &mut [FieldTemplate],
    schema: &Schema,
) -> Option<AttributeSource> {
    let place = expr.field()?;
    let field = &mut fields[place];
    let AttributeTarget::Known { coercer, .. } = to else {
        return None;
    };
    let kind = field.format.as_ref()?.attribute().kind;
    if coercer.attribute().kind != kind {
        return None;
    }
    let plain = Attribute::of(kind);
    field.format = Some(Coercer::new(&field.name, &plain, schema, coercer.options()));
    let many = coercer.attribute().is_multiselect;
    Some(AttributeSource::Field { field: place, many })
}
