//! What a configuration maps and a workspace lacks: attributes and select options that can be created.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::compile::{AttributeSource, AttributeTemplate, Compiled, Planner};
use super::infer::{Inferred, Seen};
use super::sample::Sample;
use crate::config::{Config, Declared};
use crate::diagnostic::{Code, Diagnostic, did_you_mean, pointer};
use crate::json::Value;
use crate::schema::{Attribute, AttributeType, Schema};

/// What is missing, and what of it cannot be created.
#[derive(Debug, Default)]
pub struct Missing {
    /// Attributes, in the order of their objects and slugs.
    pub attributes: Vec<MissingAttribute>,
    /// Options, also those of the missing attributes.
    pub options: Vec<MissingOption>,
    /// What is missing and cannot be created, at its place in the configuration.
    pub problems: Vec<Diagnostic>,
}

/// An attribute that the workspace lacks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MissingAttribute {
    /// The slug of the object.
    pub object: String,
    /// The slug that it is to have.
    pub slug: String,
    /// What it is to be; without options.
    #[serde(flatten)]
    pub attribute: Attribute,
    /// What says so.
    pub from: Origin,
    /// An attribute that is there and may have been meant, where nothing declares this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similar: Option<String>,
}

/// A select option that the workspace lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingOption {
    /// The slug of the object.
    pub object: String,
    /// The slug of the attribute.
    pub attribute: String,
    /// What people are to call it.
    pub title: String,
    /// What says so.
    pub from: Origin,
}

/// What says that something is needed, or what it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The configuration's `attributes`.
    Declaration,
    /// A mapping.
    Mapping,
    /// The events of the sample, so many values of them.
    Sample(u64),
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Origin::Declaration => "declaration",
            Origin::Mapping => "mapping",
            Origin::Sample(_) => "sample",
        })
    }
}

impl Missing {
    /// A planner that takes attributes and options which are not there for some that are to come: what a sample for
    /// [`Missing::find`] is planned with.
    ///
    /// # Errors
    /// Everything else that is wrong with the configuration.
    pub fn planner(config: &Config, workspace: &Schema) -> Result<Planner, Vec<Diagnostic>> {
        let mut schema = workspace.clone();
        schema.is_partial = true;
        let objects = schema.objects.values_mut();
        for attribute in objects.flat_map(|object| object.attributes.values_mut()) {
            attribute.options = None;
        }
        Planner::new(config, &schema)
    }

    /// Finds what `workspace` lacks. `planner` is from [`Missing::planner`], `sample` was planned with it.
    pub fn find(
        config: &Config,
        workspace: &Schema,
        planner: &Planner,
        sample: Option<&Sample>,
    ) -> Missing {
        let mut missing = Missing::default();
        for ((object, slug), wanted) in wanted(config, planner, sample) {
            let Some(known) = workspace.object(&object) else {
                missing.object(&object, &wanted);
                continue;
            };
            let declared = config.attributes.get(&object);
            let declared = declared.and_then(|attributes| attributes.get(&slug));
            let seen = wanted.seen(sample, &object, &slug);
            match known.attributes.get(&slug) {
                Some(attribute) if attribute.kind == AttributeType::Select => {
                    missing.options(&object, &slug, attribute, declared, &wanted, &seen);
                }
                Some(_) => {}
                None => {
                    let similar = match declared {
                        Some(_) => None,
                        None => did_you_mean(&slug, known.attributes.keys().map(String::as_str)),
                    };
                    let before = missing.attributes.len();
                    missing.attribute(&object, &slug, declared, &wanted, &seen);
                    for added in &mut missing.attributes[before..] {
                        added.similar = similar.map(str::to_owned);
                    }
                }
            }
        }
        missing
    }

    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.options.is_empty() && self.problems.is_empty()
    }

    fn problem(&mut self, code: Code, at: &str, message: String, help: &str) {
        let problem = Diagnostic::error(code, at, message).help(help);
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn object(&mut self, object: &str, wanted: &Wanted<'_>) {
        let at = wanted.at.rsplit_once('/').map_or("", |(at, _)| at);
        self.problem(
            Code::SchemaUnknownObject,
            at,
            format!("no object is called `{object}` in the workspace"),
            "create it in Attio under Workspace settings > Objects; only attributes and options are created here",
        );
    }

    fn attribute(
        &mut self,
        object: &str,
        slug: &str,
        declared: Option<&Declared>,
        wanted: &Wanted<'_>,
        seen: &Seen,
    ) {
        if !is_slug(slug) {
            return self.problem(
                Code::SchemaUnknownAttribute,
                &wanted.at,
                format!("`{slug}` cannot be the slug of an attribute of `{object}`"),
                "map it to a slug of lower case letters, digits and `_`",
            );
        }
        let told = wanted.told(declared, seen);
        let Some((inferred, from)) = told else {
            return self.problem(
                Code::SchemaUnknownAttribute,
                &wanted.at,
                format!("`{object}` has no attribute `{slug}`, and nothing tells of which type it is to be"),
                &format!(
                    "declare it: `\"attributes\": {{\"{object}\": {{\"{slug}\": {{\"type\": \"text\"}}}}}}`, or give events that hold it with --sample"
                ),
            );
        };
        let mut attribute = Attribute::of(inferred.kind);
        attribute.is_multiselect = inferred.is_multiselect;
        attribute.allowed_objects = wanted.target.iter().cloned().collect();
        if let Some(declared) = declared {
            declared.lay_over(&mut attribute);
            attribute.title = declared.title.clone().unwrap_or_default();
        }
        if attribute.title.is_empty() {
            attribute.title = title_of(slug);
        }
        if matches!(
            attribute.kind,
            AttributeType::Status | AttributeType::PersonalName | AttributeType::Interaction
        ) {
            let kind = attribute.kind.as_str();
            return self.problem(
                Code::SchemaUnknownAttribute,
                &wanted.at,
                format!("`{object}` has no attribute `{slug}`, and Attio's API creates none of the type `{kind}`"),
                "create it in Attio, or declare another type",
            );
        }
        if attribute.kind == AttributeType::Currency && attribute.default_currency_code.is_none() {
            return self.problem(
                Code::SchemaUnknownAttribute,
                &wanted.at,
                format!("`{object}` has no attribute `{slug}`, and nothing tells of which currency it is to be"),
                "declare its `default_currency_code`, such as `\"EUR\"`",
            );
        }
        attribute.options = Some(Vec::new());
        if attribute.kind == AttributeType::Select {
            self.options(object, slug, &attribute, declared, wanted, seen);
        }
        attribute.options = None;
        self.attributes.push(MissingAttribute {
            object: object.to_owned(),
            slug: slug.to_owned(),
            attribute,
            from,
            similar: None,
        });
    }

    fn options(
        &mut self,
        object: &str,
        slug: &str,
        attribute: &Attribute,
        declared: Option<&Declared>,
        wanted: &Wanted<'_>,
        seen: &Seen,
    ) {
        let Some(known) = &attribute.options else {
            return;
        };
        let titles: Vec<(String, Origin)> = match declared.and_then(|one| one.options.as_ref()) {
            Some(titles) => titles
                .iter()
                .map(|title| (title.clone(), Origin::Declaration))
                .collect(),
            None => {
                let literals = wanted.literals.iter();
                let literals = literals.map(|title| (title.clone(), Origin::Mapping));
                let seen = seen.texts().into_iter();
                let seen = seen.map(|text| (text.value, Origin::Sample(text.count)));
                literals.chain(seen).collect()
            }
        };
        for (title, from) in titles {
            let title = title.trim();
            let lower = title.to_lowercase();
            if known
                .iter()
                .any(|choice| choice.is_archived && choice.title.trim().to_lowercase() == lower)
            {
                self.problem(
                    Code::SchemaUnknownOption,
                    &wanted.at,
                    format!("the option `{title}` of `{object}.{slug}` is archived"),
                    "restore it in Attio",
                );
                continue;
            }
            let is_known = known
                .iter()
                .any(|choice| choice.is_called(title) || choice.id.as_deref() == Some(title));
            let is_told = self.options.iter().any(|option| {
                (option.object.as_str(), option.attribute.as_str()) == (object, slug)
                    && option.title.to_lowercase() == lower
            });
            if !is_known && !is_told && !title.is_empty() {
                self.options.push(MissingOption {
                    object: object.to_owned(),
                    attribute: slug.to_owned(),
                    title: title.to_owned(),
                    from,
                });
            }
        }
    }
}

/// What a configuration says of an attribute that it sets.
#[derive(Debug, Default)]
struct Wanted<'p> {
    /// Where it says so; empty when only events do.
    at: String,
    /// The texts that it is set to whatever the event.
    literals: Vec<String>,
    constants: Vec<Value<'p>>,
    /// The object that it is to refer to.
    target: Option<String>,
}

impl Wanted<'_> {
    fn add(&mut self, template: &AttributeTemplate, subscription: &Compiled) {
        match &template.source {
            AttributeSource::Record { write, .. } => {
                let target = subscription.writes[*write].object();
                self.target = target.map(str::to_owned);
            }
            AttributeSource::Expr(expr) => {
                let Some(literal) = expr.literal() else {
                    return;
                };
                let items = literal.as_array().unwrap_or(std::slice::from_ref(&literal));
                let texts = items.iter().filter_map(Value::as_str).map(str::to_owned);
                self.literals.extend(texts);
                self.constants.push(literal.into_owned());
            }
            AttributeSource::Field { .. } => {}
        }
    }

    /// What is known of its values: from the events, or else from the mapping itself.
    fn seen(&self, sample: Option<&Sample>, object: &str, slug: &str) -> Seen {
        let mut seen = sample
            .and_then(|sample| sample.seen(object, slug))
            .cloned()
            .unwrap_or_default();
        if seen.values() == 0 {
            for constant in &self.constants {
                seen.add(&constant.to_json());
            }
        }
        seen
    }

    /// Its type, and what tells it.
    fn told(&self, declared: Option<&Declared>, seen: &Seen) -> Option<(Inferred, Origin)> {
        let plain = |kind| Inferred {
            kind,
            is_multiselect: false,
        };
        if let Some(kind) = declared.and_then(|declared| declared.kind) {
            return Some((plain(kind), Origin::Declaration));
        }
        if self.target.is_some() {
            return Some((plain(AttributeType::RecordReference), Origin::Mapping));
        }
        let from = match seen.values() {
            _ if !self.constants.is_empty() => Origin::Mapping,
            values => Origin::Sample(values),
        };
        seen.infer().map(|inferred| (inferred, from))
    }
}

/// All attributes that a configuration may set, by object and slug.
fn wanted<'p>(
    config: &Config,
    planner: &'p Planner,
    sample: Option<&Sample>,
) -> BTreeMap<(String, String), Wanted<'p>> {
    let mut all: BTreeMap<(String, String), Wanted<'p>> = BTreeMap::new();
    for subscription in &planner.subscriptions {
        for write in &subscription.writes {
            let Some(object) = write.object() else {
                continue;
            };
            for template in &write.attributes {
                let key = (object.to_owned(), template.slug.to_string());
                let wanted = all.entry(key).or_default();
                if wanted.at.is_empty() {
                    wanted.at.clone_from(&template.at);
                }
                wanted.add(template, subscription);
            }
            // Where only events name the attributes, those that are declared are meant.
            let declared = config.attributes.get(object).into_iter().flatten();
            for (slug, _) in declared.filter(|_| write.extend.is_some()) {
                let at = pointer(&pointer("/attributes", object), slug);
                let key = (object.to_owned(), slug.clone());
                all.entry(key).or_insert_with(|| Wanted {
                    at,
                    ..Wanted::default()
                });
            }
        }
    }
    for attribute in sample.into_iter().flat_map(Sample::attributes) {
        if !attribute.object.is_empty() {
            let key = (attribute.object, attribute.attribute);
            all.entry(key).or_default();
        }
    }
    all
}

/// Whether a text is in snake case, as Attio's slugs are.
fn is_slug(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A title for people: `seats_total` is `Seats total`.
fn title_of(slug: &str) -> String {
    let mut title = slug.replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

#[cfg(test)]
mod tests;
