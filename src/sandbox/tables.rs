//! A schema, made ready: objects and attributes by place, by slug and by id.
//!
//! Tables are shared by all sandboxes of one schema and copied only when a sandbox changes its own (a new attribute,
//! option or status), so that a sandbox costs next to nothing to make.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::schema::{Attribute, AttributeType, Choice, Member, Object, Schema};

/// What an id identifies: the first digits of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Id {
    Object = 2,
    Attribute,
    Choice,
    Record,
    Member,
    Token,
}

/// The id of the workspace of every sandbox.
pub(super) const WORKSPACE_ID: &str = "00010000-0000-4000-8000-000000000001";

/// A UUID that depends on nothing but what it names.
pub(super) fn uuid(kind: Id, within: usize, n: u64) -> String {
    format!(
        "{:04x}{:04x}-0000-4000-8000-{:012x}",
        kind as u16,
        within & 0xffff,
        n & 0xffff_ffff_ffff
    )
}

/// What [`uuid`] was made from, when it names a record.
pub(super) fn record_of_uuid(text: &str) -> Option<(usize, usize)> {
    let text = text.to_ascii_lowercase();
    let rest = text.strip_prefix(&format!("{:04x}", Id::Record as u16))?;
    let (object, rest) = (rest.get(..4)?, rest.get(4..)?);
    let n = rest.strip_prefix("-0000-4000-8000-")?;
    if n.len() != 12 || object.starts_with('+') || n.starts_with('+') {
        return None;
    }
    Some((
        usize::from_str_radix(object, 16).ok()?,
        usize::from_str_radix(n, 16).ok()?,
    ))
}

/// Whether a text has the form of a UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// All objects of a workspace.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    pub(super) objects: Vec<ObjectTable>,
    by_name: HashMap<String, usize>,
    /// Known members; `None` when any e-mail address is one.
    pub(super) members: Option<Vec<Member>>,
    /// How a person's e-mail address gives a company.
    pub(super) company_rule: Option<CompanyRule>,
}

/// One object.
#[derive(Clone, Debug)]
pub(super) struct ObjectTable {
    pub(super) id: String,
    pub(super) slug: String,
    pub(super) singular_noun: String,
    pub(super) plural_noun: String,
    pub(super) is_active: bool,
    pub(super) attributes: Vec<AttributeTable>,
    by_name: HashMap<String, usize>,
    pub(super) required: Vec<usize>,
    pub(super) unique: Vec<usize>,
}

/// One attribute.
#[derive(Clone, Debug)]
pub(super) struct AttributeTable {
    /// The object it is of.
    pub(super) object: usize,
    pub(super) id: String,
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) kind: AttributeType,
    pub(super) is_system: bool,
    pub(super) is_multiselect: bool,
    pub(super) is_required: bool,
    pub(super) is_unique: bool,
    pub(super) is_writable: bool,
    pub(super) is_archived: bool,
    pub(super) currency: String,
    /// The objects that a reference may point to; empty when any.
    pub(super) allowed: Vec<usize>,
    /// The other side of a relationship: object and attribute.
    pub(super) inverse: Option<(usize, usize)>,
    /// Options or statuses.
    pub(super) choices: Vec<ChoiceTable>,
    /// Whether any title is taken, since the schema does not know the choices.
    pub(super) takes_any_choice: bool,
}

/// One option or status.
#[derive(Clone, Debug)]
pub(super) struct ChoiceTable {
    pub(super) id: String,
    pub(super) title: Arc<str>,
    pub(super) is_archived: bool,
    pub(super) celebration_enabled: bool,
    pub(super) target_time_in_status: Option<String>,
}

/// Where a person's e-mail addresses and company, and a company's domains are.
#[derive(Clone, Copy, Debug)]
pub(super) struct CompanyRule {
    pub(super) people: usize,
    pub(super) emails: usize,
    pub(super) company: usize,
    pub(super) companies: usize,
    pub(super) domains: usize,
}

impl Tables {
    /// The tables of a schema.
    pub(super) fn of(schema: &Schema) -> Arc<Tables> {
        static STANDARD_TABLES: LazyLock<Arc<Tables>> =
            LazyLock::new(|| Arc::new(Tables::build(Schema::standard())));
        if std::ptr::eq(schema, Schema::standard()) {
            return Arc::clone(&STANDARD_TABLES);
        }
        Arc::new(Tables::build(schema))
    }

    fn build(schema: &Schema) -> Tables {
        let mut objects: Vec<ObjectTable> = schema
            .objects
            .iter()
            .enumerate()
            .map(|(n, (slug, object))| ObjectTable {
                id: object
                    .id
                    .clone()
                    .unwrap_or_else(|| uuid(Id::Object, 0, n as u64)),
                slug: slug.clone(),
                singular_noun: object.singular_noun.clone(),
                plural_noun: object.plural_noun.clone(),
                is_active: object.is_active,
                attributes: visible(schema, object)
                    .enumerate()
                    .map(|(m, (slug, attribute))| AttributeTable::build(n, m, slug, attribute))
                    .collect(),
                by_name: HashMap::new(),
                required: Vec::new(),
                unique: Vec::new(),
            })
            .collect();
        let mut by_name = HashMap::with_capacity(objects.len() * 2);
        for (n, object) in objects.iter_mut().enumerate() {
            by_name.insert(object.id.clone(), n);
            by_name.insert(object.slug.clone(), n);
            object.index();
        }
        let mut tables = Tables {
            objects,
            by_name,
            members: schema.members.clone(),
            company_rule: None,
        };
        // Ids of what schemas refer to by slug are known only now.
        for (n, object) in schema.objects.values().enumerate() {
            for (m, (_, attribute)) in visible(schema, object).enumerate() {
                let allowed = attribute.allowed_objects.iter();
                let allowed = allowed.filter_map(|slug| tables.object(slug)).collect();
                let inverse = attribute.inverse.as_ref().and_then(|inverse| {
                    let (other, back) = inverse.split_once('.')?;
                    let other = tables.object(other)?;
                    Some((other, tables.objects[other].attribute(back)?))
                });
                let attribute = &mut tables.objects[n].attributes[m];
                attribute.allowed = allowed;
                attribute.inverse = inverse;
            }
        }
        tables.drop_one_sided_inverses();
        tables.company_rule = tables.find_company_rule();
        tables
    }

    /// Keeps only relationships whose two sides are references that name each other.
    fn drop_one_sided_inverses(&mut self) {
        for n in 0..self.objects.len() {
            for m in 0..self.objects[n].attributes.len() {
                let Some((other, back)) = self.objects[n].attributes[m].inverse else {
                    continue;
                };
                let sides = [self.attribute(n, m), self.attribute(other, back)];
                let references = sides
                    .iter()
                    .all(|side| side.kind == AttributeType::RecordReference);
                if !references || sides[1].inverse != Some((n, m)) {
                    self.objects[n].attributes[m].inverse = None;
                }
            }
        }
    }

    fn find_company_rule(&self) -> Option<CompanyRule> {
        let people = self.object("people")?;
        let companies = self.object("companies")?;
        let domains = self.objects[companies].attribute("domains")?;
        let takes_domains = self.objects[companies].attributes[domains].is_unique;
        (takes_domains && self.objects[companies].is_active).then_some(CompanyRule {
            people,
            emails: self.objects[people].attribute("email_addresses")?,
            company: self.objects[people].attribute("company")?,
            companies,
            domains,
        })
    }

    /// The object of a slug or id.
    pub(super) fn object(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The attribute at a place.
    pub(super) fn attribute(&self, object: usize, attribute: usize) -> &AttributeTable {
        &self.objects[object].attributes[attribute]
    }

    /// Adds an attribute to an object; gives its place.
    pub(super) fn add_attribute(
        &mut self,
        object: usize,
        slug: &str,
        attribute: &Attribute,
        description: Option<String>,
        allowed: Vec<usize>,
    ) -> usize {
        let table = &mut self.objects[object];
        let place = table.attributes.len();
        let mut added = AttributeTable::build(object, place, slug, attribute);
        added.is_system = false;
        added.description = description;
        added.allowed = allowed;
        added.takes_any_choice = false;
        table.attributes.push(added);
        table.index();
        place
    }
}

/// The attributes of an object, without references to nothing but objects that are not enabled.
fn visible<'s>(
    schema: &'s Schema,
    object: &'s Object,
) -> impl Iterator<Item = (&'s String, &'s Attribute)> {
    let is_hidden = |attribute: &Attribute| {
        let mut allowed = attribute.allowed_objects.iter();
        !attribute.allowed_objects.is_empty()
            && allowed.all(|slug| schema.object(slug).is_some_and(|object| !object.is_active))
    };
    let attributes = object.attributes.iter();
    attributes.filter(move |(_, attribute)| !is_hidden(attribute))
}

impl ObjectTable {
    fn index(&mut self) {
        let of = |keep: fn(&AttributeTable) -> bool| {
            let places = self.attributes.iter().enumerate();
            places.filter(|(_, a)| keep(a)).map(|(n, _)| n).collect()
        };
        self.required = of(|attribute| attribute.is_required && !attribute.is_archived);
        self.unique = of(|attribute| attribute.is_unique);
        let names = self.attributes.iter().enumerate();
        self.by_name = names
            .flat_map(|(n, a)| [(a.id.clone(), n), (a.slug.clone(), n)])
            .collect();
    }

    /// The attribute of a slug or id.
    pub(super) fn attribute(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }
}

impl AttributeTable {
    fn build(object: usize, place: usize, slug: &str, attribute: &Attribute) -> AttributeTable {
        let known = match attribute.kind {
            AttributeType::Select => attribute.options.as_ref(),
            AttributeType::Status => attribute.statuses.as_ref(),
            _ => None,
        };
        let mut table = AttributeTable {
            object,
            id: attribute
                .id
                .clone()
                .unwrap_or_else(|| uuid(Id::Attribute, object, place as u64)),
            slug: slug.to_owned(),
            title: if attribute.title.is_empty() {
                slug.to_owned()
            } else {
                attribute.title.clone()
            },
            description: None,
            kind: attribute.kind,
            is_system: true,
            is_multiselect: attribute.is_multiselect,
            is_required: attribute.is_required,
            is_unique: attribute.is_unique,
            is_writable: attribute.is_writable,
            is_archived: attribute.is_archived,
            currency: attribute
                .default_currency_code
                .clone()
                .unwrap_or_else(|| "USD".to_owned()),
            allowed: Vec::new(),
            inverse: None,
            choices: Vec::new(),
            takes_any_choice: known.is_none(),
        };
        for choice in known.into_iter().flatten() {
            table.add_choice(place, choice);
        }
        table
    }

    /// Adds an option or status.
    pub(super) fn add_choice(&mut self, place: usize, choice: &Choice) {
        let n = ((place as u64) << 24) | self.choices.len() as u64;
        self.choices.push(ChoiceTable {
            id: choice
                .id
                .clone()
                .unwrap_or_else(|| uuid(Id::Choice, self.object, n)),
            title: choice.title.as_str().into(),
            is_archived: choice.is_archived,
            celebration_enabled: false,
            target_time_in_status: None,
        });
    }

    /// The option or status of a title.
    pub(super) fn choice(&self, title: &str) -> Option<&ChoiceTable> {
        self.choices.iter().find(|choice| &*choice.title == title)
    }
}

impl Tables {
    /// An option or status as Attio shows it.
    pub(super) fn choice_json(
        &self,
        attribute: &AttributeTable,
        choice: &ChoiceTable,
    ) -> serde_json::Value {
        let is_status = attribute.kind == AttributeType::Status;
        let mut json = serde_json::json!({
            "id": {
                "workspace_id": WORKSPACE_ID,
                "object_id": self.objects[attribute.object].id,
                "attribute_id": attribute.id,
                (if is_status { "status_id" } else { "option_id" }): choice.id,
            },
            "title": &*choice.title,
            "is_archived": choice.is_archived,
        });
        if is_status && let Some(object) = json.as_object_mut() {
            object.insert(
                "celebration_enabled".to_owned(),
                choice.celebration_enabled.into(),
            );
            object.insert(
                "target_time_in_status".to_owned(),
                choice.target_time_in_status.clone().into(),
            );
        }
        json
    }
}
