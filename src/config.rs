//! The document that `mappings/` and users' own files hold: which events become which writes.
//!
//! Segment's own spelling is read too: `partnerAction` for `action`, `identifyUser` for `identify_user`, presets as they
//! are exported.

mod presets;

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::action::{BUILT_IN, Definition};
use crate::attribute::Patch;
use crate::diagnostic::{Code, Diagnostic, nearest_or_all, pointer};
use crate::json::Value;
use crate::schema::{Attribute, AttributeType, Choice, Object, Schema};
use crate::shape::{Codes, Shape};

pub use presets::{PRESETS, preset};

const CODES: Codes = Codes {
    shape: Code::ConfigShape,
    unknown_key: Code::ConfigUnknownKey,
    example,
};

fn example(key: &str) -> Option<&'static str> {
    Some(match key {
        "name" => r#""name": "our events""#,
        "subscriptions" => {
            r#""subscriptions": [{"action": "identify_user", "subscribe": "type = 'identify'"}]"#
        }
        "action" => r#""action": "identify_user""#,
        "subscribe" => r#""subscribe": "type = 'identify'""#,
        _ => return None,
    })
}

/// The largest configuration that is read, in bytes.
pub const MAX_CONFIG_BYTES: usize = 4 * 1024 * 1024;

/// Fields that Segment's destinations add to every mapping; they steer its own batching and mean nothing here.
const PEER_FIELDS: [&str; 4] = ["enable_batching", "batch_size", "batch_keys", "received_at"];

/// A configuration whose shape is right. [`crate::plan::Planner::new`] compiles it.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// What people call it.
    pub name: String,
    /// What it is for, in a sentence or more.
    pub description: String,
    /// What is done with which events, in order.
    pub subscriptions: Vec<Subscription>,
    /// What is known about attributes beyond the workspace's schema, by object and slug.
    pub attributes: BTreeMap<String, BTreeMap<String, Declared>>,
    /// How values are coerced.
    pub options: Patch,
    /// What happens to an attribute whose value cannot be coerced.
    pub on_invalid: OnInvalid,
    /// Actions beyond the built-in ones.
    pub actions: Vec<Definition>,
    /// Events and what becomes of them; they run as tests.
    pub examples: Vec<Example>,
}

/// One action, and the events it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// Its place in the document's `subscriptions`.
    pub place: usize,
    /// What people call it.
    pub name: String,
    /// The name of the action.
    pub action: String,
    /// Which events are taken, as FQL.
    pub subscribe: String,
    /// Whether it is on.
    pub enabled: bool,
    /// Where the action's fields come from, by field; the others keep their defaults.
    pub mapping: Vec<(String, Value<'static>)>,
    /// What happens to an attribute whose value cannot be coerced, when it is not as for all.
    pub on_invalid: Option<OnInvalid>,
}

/// What happens to an attribute whose value cannot be coerced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnInvalid {
    /// The attribute is left out, the rest goes; the diagnostic is kept.
    #[default]
    Drop,
    /// The event is refused.
    Fail,
    /// As [`OnInvalid::Drop`]; and where a record cannot be written without the value, the subscription is passed over
    /// while others of the event go on. When none is left, the event is refused.
    Skip,
}

/// What a configuration says of an attribute.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Declared {
    /// What people are to call it, where it is created.
    pub title: Option<String>,
    /// Its type.
    pub kind: Option<AttributeType>,
    /// Whether it holds several values.
    pub is_multiselect: Option<bool>,
    /// Whether a record can be found by it.
    pub is_unique: Option<bool>,
    /// Whether a record cannot be created without it.
    pub is_required: Option<bool>,
    /// Of a currency: the ISO 4217 code of all its values.
    pub default_currency_code: Option<String>,
    /// Of a record reference: the objects it may point to.
    pub allowed_objects: Option<Vec<String>>,
    /// Of a select: the titles of its options.
    pub options: Option<Vec<String>>,
    /// Of a status: the titles of its statuses.
    pub statuses: Option<Vec<String>>,
    /// Of an attribute with several values: whether a record keeps those that it has, and gets the event's added.
    pub append: bool,
    /// How its values are coerced.
    pub coerce: Patch,
}

/// An event, and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// The event.
    pub event: Value<'static>,
    /// The requests that it becomes: `{"method", "path", "body"}`.
    pub requests: Vec<Value<'static>>,
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// Everything that is wrong with its shape, as `config.*` diagnostics at JSON pointers.
    pub fn parse(text: &str) -> Result<Config, Vec<Diagnostic>> {
        match Config::read(text) {
            (Some(config), diagnostics) if diagnostics.is_empty() => Ok(config),
            (_, diagnostics) => Err(diagnostics),
        }
    }

    /// Reads what is right of a configuration, and says what is not: so that the rest can be checked too.
    pub(crate) fn read(text: &str) -> (Option<Config>, Vec<Diagnostic>) {
        if text.len() > MAX_CONFIG_BYTES {
            let message = format!(
                "a configuration takes at most {MAX_CONFIG_BYTES} bytes, got {}",
                text.len()
            );
            let error = Diagnostic::error(Code::ConfigShape, "", message);
            return (None, vec![error]);
        }
        match Value::parse(text) {
            Ok(document) => {
                let diagnostics = RefCell::default();
                let config = read(&document, &diagnostics);
                (config, diagnostics.into_inner())
            }
            Err(error) => {
                let message = format!("a configuration is JSON, got text that is not: {error}");
                let error = Diagnostic::error(Code::ConfigInvalidJson, "", message);
                (None, vec![error])
            }
        }
    }

    /// The action of a name: one of the configuration's own, or a built-in one.
    pub fn action(&self, name: &str) -> Option<&Definition> {
        self.actions
            .iter()
            .chain(BUILT_IN.iter())
            .find(|action| action.is_named(name))
    }

    /// `schema` with what this configuration says of attributes laid over it.
    pub fn schema(&self, schema: &Schema) -> Schema {
        let mut schema = schema.clone();
        for (object, attributes) in &self.attributes {
            let object = schema
                .objects
                .entry(object.clone())
                .or_insert_with(|| Object::named(object));
            for (slug, declared) in attributes {
                let attribute = object
                    .attributes
                    .entry(slug.clone())
                    .or_insert_with(|| Attribute::of(AttributeType::Text));
                declared.lay_over(attribute);
            }
        }
        schema
    }
}

impl Declared {
    /// Lays what is said over `attribute`.
    pub(crate) fn lay_over(&self, attribute: &mut Attribute) {
        let choices = |titles: &Vec<String>| {
            titles
                .iter()
                .map(|title| Choice {
                    id: None,
                    title: title.clone(),
                    is_archived: false,
                })
                .collect()
        };
        if let Some(kind) = self.kind {
            attribute.kind = kind;
        }
        attribute.is_multiselect = self.is_multiselect.unwrap_or(attribute.is_multiselect);
        attribute.is_unique = self.is_unique.unwrap_or(attribute.is_unique);
        attribute.is_required = self.is_required.unwrap_or(attribute.is_required);
        if self.default_currency_code.is_some() {
            attribute
                .default_currency_code
                .clone_from(&self.default_currency_code);
        }
        if let Some(objects) = &self.allowed_objects {
            attribute.allowed_objects.clone_from(objects);
        }
        if let Some(titles) = &self.options {
            attribute.options = Some(choices(titles));
        }
        if let Some(titles) = &self.statuses {
            attribute.statuses = Some(choices(titles));
        }
    }
}

fn read(document: &Value<'_>, diagnostics: &RefCell<Vec<Diagnostic>>) -> Option<Config> {
    let shape = Shape::read(document, "", CODES, diagnostics)?;
    shape.value("$schema");
    let mut config = Config {
        name: shape.required_string("name").unwrap_or_default().to_owned(),
        description: shape.string("description").unwrap_or_default().to_owned(),
        subscriptions: Vec::new(),
        attributes: BTreeMap::new(),
        options: Patch::default(),
        on_invalid: OnInvalid::default(),
        actions: Vec::new(),
        examples: Vec::new(),
    };
    // Actions that are refused: what is wrong with them is told, and not that they are unknown as well.
    let mut refused = Vec::new();
    if let Some(actions) = shape.array("actions") {
        for (i, action) in actions.iter().enumerate() {
            if !read_action(&mut config, action, &format!("/actions/{i}"), diagnostics) {
                refused.push(action.get("name").and_then(Value::as_str));
            }
        }
    }
    let subscriptions = match shape.value("subscriptions") {
        None => {
            shape.missing("subscriptions");
            &[]
        }
        Some(Value::Array(subscriptions)) if subscriptions.is_empty() => {
            let message = "`subscriptions` needs at least one, got none";
            let error = Diagnostic::error(CODES.shape, shape.at("subscriptions"), message);
            shape.report(match example("subscriptions") {
                Some(example) => error.help(format!("write `{example}`, for example")),
                None => error,
            });
            &[]
        }
        Some(_) => shape.array("subscriptions").unwrap_or_default(),
    };
    for (i, value) in subscriptions.iter().enumerate() {
        let subscription = read_subscription(&config, &refused, value, i, diagnostics);
        config.subscriptions.extend(subscription);
    }
    for (object, attributes) in shape
        .object("attributes")
        .into_iter()
        .flat_map(|objects| objects.iter())
    {
        let at = pointer("/attributes", object);
        let Some(attributes) = attributes.as_object() else {
            shape.wrong(object, "attributes by slug", attributes);
            continue;
        };
        let mut declared = BTreeMap::new();
        for (slug, value) in attributes.iter() {
            if let Some(attribute) = read_declared(value, &pointer(&at, slug), diagnostics) {
                declared.insert(slug.to_owned(), attribute);
            }
        }
        config.attributes.insert(object.to_owned(), declared);
    }
    if let Some(options) = shape.value("options") {
        (config.options, config.on_invalid) = read_options(options, diagnostics);
    }
    for (i, value) in shape
        .array("examples")
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        config
            .examples
            .extend(read_example(value, &format!("/examples/{i}"), diagnostics));
    }
    shape.finish();
    Some(config)
}

/// Reads an own action; whether it is right.
fn read_action(
    config: &mut Config,
    value: &Value<'_>,
    at: &str,
    diagnostics: &RefCell<Vec<Diagnostic>>,
) -> bool {
    // A configuration's own actions may name objects that only the workspace knows.
    let mut schema = Schema::standard().clone();
    for write in value
        .get("writes")
        .and_then(Value::as_array)
        .unwrap_or_default()
    {
        if let Some(slug) = write.get("assert").and_then(Value::as_str) {
            schema
                .objects
                .entry(slug.to_owned())
                .or_insert_with(|| Object::named(slug));
        }
    }
    match Definition::parse(&value.to_json(), &schema) {
        Ok(action) => {
            config.actions.push(action);
            true
        }
        Err(errors) => {
            let errors = errors.into_iter().map(|mut error| {
                error.at.insert_str(0, at);
                error
            });
            diagnostics.borrow_mut().extend(errors);
            false
        }
    }
}

/// Reads a subscription; `refused` are the names of the own actions that are wrong, as far as they have one.
fn read_subscription(
    config: &Config,
    refused: &[Option<&str>],
    value: &Value<'_>,
    place: usize,
    diagnostics: &RefCell<Vec<Diagnostic>>,
) -> Option<Subscription> {
    let at = format!("/subscriptions/{place}");
    let shape = Shape::read(value, at, CODES, diagnostics)?;
    // What Segment's exported presets carry beside.
    for key in ["type", "id", "partnerId", "eventSlug", "destinationId"] {
        shape.value(key);
    }
    let name = shape.string("name").unwrap_or_default().to_owned();
    let peer = shape.string("partnerAction");
    let action = shape.string("action").or(peer);
    if action.is_none() {
        shape.missing("action");
    }
    let definition = action.and_then(|action| {
        let definition = config.action(action);
        let is_refused = |name: &Option<&str>| name.is_none_or(|name| is_same_name(name, action));
        if definition.is_none() && !refused.iter().any(is_refused) {
            let actions = config.actions.iter().chain(BUILT_IN.iter());
            let names = actions.map(|action| action.name.as_str());
            let error = Diagnostic::error(
                Code::ConfigUnknownAction,
                shape.at("action"),
                format!("no action is called `{action}`"),
            );
            shape.report(error.help(nearest_or_all(action, "the actions", names)));
        }
        definition
    });
    let subscribe = shape
        .required_string("subscribe")
        .unwrap_or_default()
        .to_owned();
    let enabled = shape.boolean("enabled").unwrap_or(true);
    let on_invalid = shape
        .value("on_invalid")
        .and_then(|word| read_on_invalid(word, shape.at("on_invalid"), diagnostics));
    let mut mapping = Vec::new();
    for (field, value) in shape
        .object("mapping")
        .into_iter()
        .flat_map(|mapping| mapping.iter())
    {
        let Some(definition) = definition else {
            continue;
        };
        if definition.field(field).is_some() {
            mapping.push((field.to_owned(), value.clone().into_owned()));
        } else if !PEER_FIELDS.contains(&field) {
            let at = pointer(&shape.at("mapping"), field);
            let message = format!("the action `{}` has no field `{field}`", definition.name);
            let error = Diagnostic::error(Code::ConfigUnknownField, at, message);
            let names = definition.fields.iter().map(|field| field.name.as_str());
            shape.report(error.help(nearest_or_all(field, "its fields", names)));
        }
    }
    shape.finish();
    let action = definition?.name.clone();
    Some(Subscription {
        place,
        name,
        action,
        subscribe,
        enabled,
        mapping,
        on_invalid,
    })
}

/// Whether two names of actions are the same, in camel case or not.
fn is_same_name(one: &str, other: &str) -> bool {
    let letters = |name: &str| name.replace('_', "").to_lowercase();
    letters(one) == letters(other)
}

/// Reads `options`: `on_invalid`, and how values are coerced.
fn read_options(value: &Value<'_>, diagnostics: &RefCell<Vec<Diagnostic>>) -> (Patch, OnInvalid) {
    let patch = Patch::read_beside(
        value,
        &["on_invalid"],
        "/options",
        &mut diagnostics.borrow_mut(),
    );
    let on = value
        .get("on_invalid")
        .and_then(|word| read_on_invalid(word, "/options/on_invalid", diagnostics));
    (patch, on.unwrap_or_default())
}

fn read_on_invalid(
    word: &Value<'_>,
    at: impl Into<String>,
    diagnostics: &RefCell<Vec<Diagnostic>>,
) -> Option<OnInvalid> {
    match word.as_str() {
        Some("drop") => Some(OnInvalid::Drop),
        Some("fail") => Some(OnInvalid::Fail),
        Some("skip") => Some(OnInvalid::Skip),
        _ => {
            let message = format!(
                "`on_invalid` expected `drop`, `fail` or `skip`, got {}",
                word.describe()
            );
            diagnostics
                .borrow_mut()
                .push(Diagnostic::error(Code::ConfigOption, at, message));
            None
        }
    }
}

fn read_declared(
    value: &Value<'_>,
    at: &str,
    diagnostics: &RefCell<Vec<Diagnostic>>,
) -> Option<Declared> {
    const OWN: [&str; 10] = [
        "type",
        "is_multiselect",
        "is_unique",
        "is_required",
        "default_currency_code",
        "allowed_objects",
        "options",
        "statuses",
        "title",
        "append",
    ];
    let shape = Shape::read(value, at, CODES, diagnostics)?;
    let coerce = Patch::read_beside(value, &OWN, at, &mut diagnostics.borrow_mut());
    let named = shape.string("type").and_then(|word| {
        let named = AttributeType::from_name(word);
        if named.is_none() {
            let message = format!("`{word}` is no attribute type");
            let error = Diagnostic::error(Code::ConfigOption, shape.at("type"), message);
            shape.report(error.help(AttributeType::help(word)));
        }
        named
    });
    let texts = |key: &'static str| {
        let items = shape.array(key)?;
        let texts: Option<Vec<String>> = items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect();
        if texts.is_none() {
            shape.wrong(key, "a list of strings", &Value::Array(items.to_vec()));
        }
        texts
    };
    let declared = Declared {
        title: shape.string("title").map(str::to_owned),
        kind: named.map(|(kind, _)| kind),
        is_multiselect: shape
            .boolean("is_multiselect")
            .or(named.filter(|(_, multi)| *multi).map(|_| true)),
        is_unique: shape.boolean("is_unique"),
        is_required: shape.boolean("is_required"),
        default_currency_code: shape.string("default_currency_code").map(str::to_owned),
        allowed_objects: texts("allowed_objects"),
        options: texts("options"),
        statuses: texts("statuses"),
        append: shape.boolean("append").unwrap_or(false),
        coerce,
    };
    // OK to leave out `finish`: `read_beside` has reported every key that is not known.
    Some(declared)
}

fn read_example(
    value: &Value<'_>,
    at: &str,
    diagnostics: &RefCell<Vec<Diagnostic>>,
) -> Option<Example> {
    let shape = Shape::read(value, at, CODES, diagnostics)?;
    let owned = |value: &Value<'_>| value.clone().into_owned();
    let example = Example {
        title: shape.required_string("title")?.to_owned(),
        event: owned(shape.value("event")?),
        requests: shape
            .array("requests")
            .unwrap_or_default()
            .iter()
            .map(owned)
            .collect(),
    };
    shape.finish();
    Some(example)
}
