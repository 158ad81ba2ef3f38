//! The schema of a workspace, read from Attio.
//!
//! What comes out is the same for the same workspace, whatever the order of answers: objects and attributes by slug,
//! options by title, members by e-mail address. Statuses stay in the order of their pipeline.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;

use serde::Deserialize;
use tokio::task::JoinSet;

use super::{Data, Workspace, WorkspaceError};
use crate::delivery::transport::Transport;
use crate::plan::request::percent_encode;
use crate::schema::{Attribute, AttributeType, Choice, Member, Object, Schema};

/// How many attributes are asked for at once.
const PAGE: usize = 100;
/// How many questions are asked at the same time.
const AT_ONCE: usize = 12;

/// A schema that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Pulled {
    /// The schema.
    pub schema: Schema,
    /// What could not be put into it.
    pub unread: Vec<Unread>,
}

/// An attribute of a type that is not known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The slug of the object.
    pub object: String,
    /// The slug of the attribute.
    pub attribute: String,
    /// Attio's name of the type.
    pub kind: String,
}

#[derive(Debug, Deserialize)]
struct ObjectAnswer {
    id: ObjectId,
    api_slug: Option<String>,
    singular_noun: Option<String>,
    plural_noun: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ObjectId {
    object_id: String,
}

#[derive(Debug, Deserialize)]
struct AttributeAnswer {
    id: AttributeId,
    title: String,
    api_slug: String,
    #[serde(rename = "type")]
    kind: String,
    is_writable: bool,
    is_required: bool,
    is_unique: bool,
    is_multiselect: bool,
    is_archived: bool,
    #[serde(default)]
    is_default_value_enabled: bool,
    #[serde(default)]
    default_value: Option<serde::de::IgnoredAny>,
    relationship: Option<Relationship>,
    #[serde(default)]
    config: AttributeConfig,
}

#[derive(Debug, Deserialize)]
struct Relationship {
    id: AttributeId,
}

#[derive(Debug, Deserialize)]
struct AttributeId {
    object_id: String,
    attribute_id: String,
}

#[derive(Debug, Default, Deserialize)]
struct AttributeConfig {
    #[serde(default)]
    currency: Option<CurrencyConfig>,
    #[serde(default)]
    record_reference: Option<ReferenceConfig>,
}

#[derive(Debug, Deserialize)]
struct CurrencyConfig {
    default_currency_code: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ReferenceConfig {
    allowed_object_ids: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct ChoiceAnswer {
    id: ChoiceId,
    title: String,
    is_archived: bool,
}

#[derive(Debug, Deserialize)]
struct ChoiceId {
    #[serde(alias = "option_id", alias = "status_id")]
    choice_id: String,
}

#[derive(Debug, Deserialize)]
struct MemberAnswer {
    id: MemberId,
    first_name: String,
    last_name: String,
    email_address: String,
}

#[derive(Debug, Deserialize)]
struct MemberId {
    workspace_member_id: String,
}

impl<T: Transport> Workspace<T> {
    /// Reads the schema of the workspace. `progress` is told how many questions were answered, of how many that are
    /// known to be needed so far.
    ///
    /// # Errors
    /// When a question is not answered; that the token may ask them all is for [`Workspace::authorize`] to see.
    pub async fn pull(&self, mut progress: impl FnMut(u64, u64)) -> Result<Pulled, WorkspaceError> {
        let mut count = Count::default();
        count.more(2, &mut progress);
        let objects: Data<Vec<ObjectAnswer>> = self
            .get("the objects cannot be read", "/v2/objects".to_owned())
            .await?;
        count.one(&mut progress);
        let members: Data<Vec<MemberAnswer>> = self
            .get(
                "the members cannot be read",
                "/v2/workspace_members".to_owned(),
            )
            .await?;
        count.one(&mut progress);

        count.more(objects.data.len(), &mut progress);
        let tables = objects.data.into_iter().map(|object| {
            let workspace = self.clone();
            async move { workspace.table(object).await }
        });
        let tables = all(tables, || count.one(&mut progress)).await?;

        let lists: Vec<(String, String, Choices)> = tables.iter().flat_map(Table::lists).collect();
        count.more(lists.len(), &mut progress);
        let lists = lists.into_iter().map(|(object, attribute, which)| {
            let workspace = self.clone();
            async move {
                let choices = workspace.choices(&object, &attribute, which).await?;
                Ok(((object, attribute), choices))
            }
        });
        let choices = all(lists, || count.one(&mut progress)).await?;
        Ok(assemble(
            tables,
            choices.into_iter().collect(),
            members.data,
        ))
    }

    /// An object with all its attributes.
    async fn table(&self, object: ObjectAnswer) -> Result<Table, WorkspaceError> {
        // An object without a slug is known to the API by its id alone.
        let slug = object.api_slug.clone();
        let slug = slug.unwrap_or_else(|| object.id.object_id.clone());
        let what = format!("the attributes of `{slug}` cannot be read");
        let mut attributes: Vec<AttributeAnswer> = Vec::new();
        loop {
            let mut path = "/v2/objects/".to_owned();
            percent_encode(&slug, &mut path);
            path += &format!(
                "/attributes?limit={PAGE}&offset={}&show_archived=true",
                attributes.len()
            );
            let page: Result<Data<Vec<AttributeAnswer>>, _> = self.get(&what, path).await;
            let page = match page {
                Err(error) if is_disabled(&error) => {
                    return Ok(Table {
                        slug,
                        object,
                        attributes: None,
                    });
                }
                page => page?.data,
            };
            let is_last = page.len() < PAGE;
            attributes.extend(page);
            if is_last {
                break;
            }
        }
        Ok(Table {
            slug,
            object,
            attributes: Some(attributes),
        })
    }

    async fn choices(
        &self,
        object: &str,
        attribute: &str,
        which: Choices,
    ) -> Result<Vec<Choice>, WorkspaceError> {
        let segment = which.as_str();
        let what = format!("the {segment} of `{object}.{attribute}` cannot be read");
        let mut path = "/v2/objects/".to_owned();
        percent_encode(object, &mut path);
        path.push_str("/attributes/");
        percent_encode(attribute, &mut path);
        path += &format!("/{segment}?show_archived=true");
        let answer: Data<Vec<ChoiceAnswer>> = self.get(&what, path).await?;
        let mut choices: Vec<Choice> = answer
            .data
            .into_iter()
            .map(|choice| Choice {
                id: Some(choice.id.choice_id),
                title: choice.title,
                is_archived: choice.is_archived,
            })
            .collect();
        if which == Choices::Options {
            choices.sort_by(|a, b| (&a.title, &a.id).cmp(&(&b.title, &b.id)));
        }
        Ok(choices)
    }
}

/// Whether the object is a standard one that nobody has activated.
fn is_disabled(error: &WorkspaceError) -> bool {
    let answer = error.answer();
    answer.is_some_and(|answer| answer.code == "standard_object_disabled")
}

/// How many questions there are, and how many of them are answered.
#[derive(Default)]
struct Count {
    answered: u64,
    known: u64,
}

impl Count {
    fn more(&mut self, questions: usize, progress: &mut impl FnMut(u64, u64)) {
        self.known += questions as u64;
        progress(self.answered, self.known);
    }

    fn one(&mut self, progress: &mut impl FnMut(u64, u64)) {
        self.answered += 1;
        progress(self.answered, self.known);
    }
}

/// Asks several questions at a time; gives the answers in the order of the questions.
async fn all<F, O>(
    questions: impl Iterator<Item = F>,
    mut answered: impl FnMut(),
) -> Result<Vec<O>, WorkspaceError>
where
    F: Future<Output = Result<O, WorkspaceError>> + Send + 'static,
    O: Send + 'static,
{
    let mut questions = questions.enumerate();
    let mut under_way = JoinSet::new();
    let mut answers: Vec<(usize, O)> = Vec::new();
    loop {
        while under_way.len() < AT_ONCE
            && let Some((n, question)) = questions.next()
        {
            under_way.spawn(async move { (n, question.await) });
        }
        match under_way.join_next().await {
            None => break,
            Some(Ok((n, answer))) => answers.push((n, answer?)),
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
        }
        answered();
    }
    answers.sort_by_key(|(n, _)| *n);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// Which list of choices an attribute has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choices {
    Options,
    Statuses,
}

impl Choices {
    fn as_str(self) -> &'static str {
        match self {
            Choices::Options => "options",
            Choices::Statuses => "statuses",
        }
    }
}

/// An object and its attributes, as they were answered; no attributes where it is not activated.
struct Table {
    slug: String,
    object: ObjectAnswer,
    attributes: Option<Vec<AttributeAnswer>>,
}

impl Table {
    /// The lists of choices that its attributes have.
    fn lists(&self) -> impl Iterator<Item = (String, String, Choices)> {
        let attributes = self.attributes.iter().flatten();
        attributes.filter_map(|attribute| {
            let which = match kind_of(&attribute.kind)? {
                AttributeType::Select => Choices::Options,
                AttributeType::Status => Choices::Statuses,
                _ => return None,
            };
            Some((self.slug.clone(), attribute.api_slug.clone(), which))
        })
    }
}

fn kind_of(name: &str) -> Option<AttributeType> {
    AttributeType::ALL
        .into_iter()
        .find(|kind| kind.as_str() == name)
}

/// Puts the answers together: ids become slugs.
fn assemble(
    tables: Vec<Table>,
    mut choices: HashMap<(String, String), Vec<Choice>>,
    members: Vec<MemberAnswer>,
) -> Pulled {
    let slugs: HashMap<String, String> = tables
        .iter()
        .map(|table| (table.object.id.object_id.clone(), table.slug.clone()))
        .collect();
    let names: HashMap<(String, String), String> = tables
        .iter()
        .flat_map(|table| table.attributes.iter().flatten())
        .map(|attribute| {
            let id = &attribute.id;
            (
                (id.object_id.clone(), id.attribute_id.clone()),
                attribute.api_slug.clone(),
            )
        })
        .collect();
    let mut unread = Vec::new();
    let mut objects = BTreeMap::new();
    for table in tables {
        let is_active = table.attributes.is_some();
        let mut attributes = BTreeMap::new();
        for answer in table.attributes.into_iter().flatten() {
            let Some(kind) = kind_of(&answer.kind) else {
                unread.push(Unread {
                    object: table.slug.clone(),
                    attribute: answer.api_slug,
                    kind: answer.kind,
                });
                continue;
            };
            let key = (table.slug.clone(), answer.api_slug.clone());
            let list = choices.remove(&key);
            attributes.insert(
                answer.api_slug.clone(),
                attribute(kind, answer, list, &slugs, &names),
            );
        }
        let noun = |noun: Option<String>| noun.unwrap_or_else(|| table.slug.clone());
        let object = Object {
            id: Some(table.object.id.object_id),
            singular_noun: noun(table.object.singular_noun),
            plural_noun: noun(table.object.plural_noun),
            is_active,
            attributes,
        };
        objects.insert(table.slug, object);
    }
    // Every workspace has the standard objects; those that are not listed are not activated.
    for (slug, standard) in &Schema::standard().objects {
        objects.entry(slug.clone()).or_insert_with(|| Object {
            is_active: false,
            attributes: BTreeMap::new(),
            ..standard.clone()
        });
    }
    unread.sort_by(|a, b| (&a.object, &a.attribute).cmp(&(&b.object, &b.attribute)));
    Pulled {
        schema: Schema {
            is_partial: false,
            objects,
            members: known_members(members),
        },
        unread,
    }
}

fn attribute(
    kind: AttributeType,
    answer: AttributeAnswer,
    choices: Option<Vec<Choice>>,
    slugs: &HashMap<String, String>,
    names: &HashMap<(String, String), String>,
) -> Attribute {
    let allowed = answer
        .config
        .record_reference
        .and_then(|config| config.allowed_object_ids);
    let mut allowed_objects: Vec<String> = allowed
        .unwrap_or_default()
        .into_iter()
        // The id of an object that is not listed says at least that it is none of the others.
        .map(|id| slugs.get(&id).cloned().unwrap_or(id))
        .collect();
    allowed_objects.sort();
    let inverse = answer.relationship.and_then(|relationship| {
        let id = relationship.id;
        let object = slugs.get(&id.object_id)?;
        let back = names.get(&(id.object_id.clone(), id.attribute_id))?;
        Some(format!("{object}.{back}"))
    });
    let (options, statuses) = match kind {
        AttributeType::Select => (choices, None),
        AttributeType::Status => (None, choices),
        _ => (None, None),
    };
    Attribute {
        id: Some(answer.id.attribute_id),
        title: if answer.title == answer.api_slug {
            String::new()
        } else {
            answer.title
        },
        kind,
        is_multiselect: answer.is_multiselect,
        is_required: answer.is_required,
        is_unique: answer.is_unique,
        is_writable: answer.is_writable,
        is_archived: answer.is_archived,
        has_default: answer.is_default_value_enabled && answer.default_value.is_some(),
        allowed_objects,
        inverse,
        default_currency_code: (kind == AttributeType::Currency)
            .then(|| answer.config.currency?.default_currency_code)
            .flatten(),
        options,
        statuses,
    }
}

/// Nobody is a member only of a workspace that keeps no list of them, as the sandbox of a schema without members.
fn known_members(answers: Vec<MemberAnswer>) -> Option<Vec<Member>> {
    let mut members: Vec<Member> = answers
        .into_iter()
        .map(|member| Member {
            id: member.id.workspace_member_id,
            email_address: member.email_address,
            name: format!("{} {}", member.first_name, member.last_name)
                .trim()
                .to_owned(),
        })
        .collect();
    members.sort_by(|a, b| (&a.email_address, &a.id).cmp(&(&b.email_address, &b.id)));
    (!members.is_empty()).then_some(members)
}
