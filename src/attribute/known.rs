//! What is known of an attribute's world, prepared once for many lookups: select options, statuses, members of the
//! workspace, and the objects that a reference may point to.

use icu_normalizer::uts46::Uts46MapperBorrowed;

use super::host::trimmed;
use crate::schema::{Attribute, AttributeType, Choice, Member, Schema};

/// The prepared lookups of one attribute.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Of a select or a status: its options, when they are known.
    pub(super) choices: Option<Choices>,
    /// Of an actor reference: the members of the workspace, when they are known.
    pub(super) members: Option<Members>,
    /// Of a record reference: the objects that it may point to. Those that the attribute names, known to the schema
    /// or not; every object of the schema when it names none.
    pub(super) targets: Vec<Target>,
}

impl Known {
    pub(super) fn of(attribute: &Attribute, schema: &Schema) -> Self {
        let mut known = Known::default();
        match attribute.kind {
            AttributeType::Select => {
                known.choices = attribute.options.as_deref().map(Choices::new);
            }
            AttributeType::Status => {
                known.choices = attribute.statuses.as_deref().map(Choices::new);
            }
            AttributeType::ActorReference => {
                known.members = schema.members.as_deref().map(Members::new);
            }
            AttributeType::RecordReference if attribute.allowed_objects.is_empty() => {
                known.targets = schema
                    .objects
                    .keys()
                    .map(|slug| Target::new(slug, schema))
                    .collect();
            }
            AttributeType::RecordReference => {
                known.targets = attribute
                    .allowed_objects
                    .iter()
                    .map(|slug| Target::new(slug, schema))
                    .collect();
            }
            _ => {}
        }
        known
    }
}

/// The options of a select, or the statuses of a status.
#[derive(Clone, Debug)]
pub(super) struct Choices {
    all: Vec<Choice>,
    /// Titles of what is not archived, sorted.
    by_title: Vec<(Box<str>, usize)>,
    /// Folded titles of what is not archived, sorted.
    by_folded: Vec<(Box<str>, usize)>,
    /// Folded ids of what is not archived, sorted.
    by_id: Vec<(Box<str>, usize)>,
}

/// What a lookup among choices found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found<'k> {
    /// The choice of this title.
    Title(&'k Choice),
    /// The choice of this id.
    Id(&'k Choice),
    /// Several choices, all of which the text may mean.
    Several,
    /// One that was archived.
    Archived(&'k Choice),
    /// None.
    Nothing,
}

impl Choices {
    fn new(all: &[Choice]) -> Self {
        let index = |key: &dyn Fn(&Choice) -> Option<String>| {
            let mut index: Vec<(Box<str>, usize)> = all
                .iter()
                .enumerate()
                .filter(|(_, choice)| !choice.is_archived)
                .filter_map(|(at, choice)| Some((key(choice)?.into(), at)))
                .collect();
            index.sort();
            index
        };
        Choices {
            by_title: index(&|choice| Some(choice.title.clone())),
            by_folded: index(&|choice| Some(fold(&choice.title))),
            by_id: index(&|choice| choice.id.as_deref().map(fold)),
            all: all.to_vec(),
        }
    }

    /// The choice that `text` means: by its exact title, else by its id, else by its title whatever the case and the
    /// space around it.
    pub(super) fn find(&self, text: &str) -> Found<'_> {
        match self.among(&self.by_title, text) {
            Found::Nothing => {}
            found => return found,
        }
        let folded = fold(text);
        match self.among(&self.by_id, &folded) {
            Found::Title(choice) => return Found::Id(choice),
            Found::Nothing => {}
            found => return found,
        }
        match self.among(&self.by_folded, &folded) {
            Found::Nothing => self.archived(&folded),
            found => found,
        }
    }

    fn among(&self, index: &[(Box<str>, usize)], key: &str) -> Found<'_> {
        let first = index.partition_point(|(other, _)| other.as_ref() < key);
        let mut same = index[first..]
            .iter()
            .take_while(|(other, _)| other.as_ref() == key);
        match (same.next(), same.next()) {
            (None, _) => Found::Nothing,
            (Some((_, at)), None) => Found::Title(&self.all[*at]),
            (Some(_), Some(_)) => Found::Several,
        }
    }

    fn archived(&self, folded: &str) -> Found<'_> {
        let is_it = |choice: &&Choice| {
            choice.is_archived
                && (fold(&choice.title) == folded
                    || choice.id.as_deref().is_some_and(|id| fold(id) == folded))
        };
        self.all
            .iter()
            .find(is_it)
            .map_or(Found::Nothing, Found::Archived)
    }

    /// The titles of what can be written, in the order of the workspace.
    pub(super) fn titles(&self) -> impl Iterator<Item = &str> {
        self.all
            .iter()
            .filter(|choice| !choice.is_archived)
            .map(|choice| choice.title.as_str())
    }
}

/// The members of the workspace.
#[derive(Clone, Debug)]
pub(super) struct Members {
    all: Vec<Member>,
    /// Folded e-mail addresses, sorted.
    by_email: Vec<(Box<str>, usize)>,
    /// Folded ids, sorted.
    by_id: Vec<(Box<str>, usize)>,
}

impl Members {
    fn new(all: &[Member]) -> Self {
        let index = |key: &dyn Fn(&Member) -> &str| {
            let mut index: Vec<(Box<str>, usize)> = all
                .iter()
                .enumerate()
                .map(|(at, member)| (fold(key(member)).into(), at))
                .collect();
            index.sort();
            index
        };
        Members {
            by_email: index(&|member| &member.email_address),
            by_id: index(&|member| &member.id),
            all: all.to_vec(),
        }
    }

    /// The member of an e-mail address, whatever its case.
    pub(super) fn by_email(&self, email: &str) -> Option<&Member> {
        self.at(&self.by_email, email)
    }

    /// The member of an id.
    pub(super) fn by_id(&self, id: &str) -> Option<&Member> {
        self.at(&self.by_id, id)
    }

    fn at(&self, index: &[(Box<str>, usize)], key: &str) -> Option<&Member> {
        let key = fold(key);
        let at = index
            .binary_search_by(|(other, _)| other.as_ref().cmp(&key))
            .ok()?;
        Some(&self.all[index[at].1])
    }

    /// Every member, in the order of the workspace.
    pub(super) fn all(&self) -> &[Member] {
        &self.all
    }
}

/// An object that a reference may point to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Its slug.
    pub(super) object: Box<str>,
    /// Its id, when it is known.
    pub(super) id: Option<Box<str>>,
    /// Whether the schema knows the object.
    pub(super) is_known: bool,
    /// Its unique attributes, by slug, with their types and whether they hold several values.
    pub(super) unique: Vec<(Box<str>, AttributeType, bool)>,
}

impl Target {
    fn new(slug: &str, schema: &Schema) -> Self {
        // A schema names objects by slug; Attio's own form by id.
        let by_id =
            |(_, object): &(&String, &crate::schema::Object)| object.id.as_deref() == Some(slug);
        let found = schema
            .objects
            .get_key_value(slug)
            .or_else(|| schema.objects.iter().find(by_id));
        let Some((slug, object)) = found else {
            return Target {
                object: slug.into(),
                id: None,
                is_known: false,
                unique: Vec::new(),
            };
        };
        Target {
            object: slug.as_str().into(),
            id: object.id.as_deref().map(Into::into),
            is_known: true,
            unique: object
                .attributes
                .iter()
                .filter(|(_, attribute)| attribute.is_unique && !attribute.is_archived)
                .map(|(slug, attribute)| {
                    (
                        slug.as_str().into(),
                        attribute.kind,
                        attribute.is_multiselect,
                    )
                })
                .collect(),
        }
    }
}

/// How titles, ids and addresses are compared: without what nobody sees around them, whatever their case, and with a
/// letter and its accents as one character.
fn fold(text: &str) -> String {
    let folded = trimmed(text).to_lowercase();
    match folded.is_ascii() {
        true => folded,
        false => composed(&folded),
    }
}

/// A text with letters and their marks composed, as in Unicode's NFC, by the tables that domain names are read with: those
/// of NFC alone would come on top. What these tables make something else of (`²`, which is `2` in a domain) is kept as
/// it is.
fn composed(text: &str) -> String {
    let mapper = Uts46MapperBorrowed::new();
    let mut out = String::with_capacity(text.len());
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if !mapper.map_normalize(text[at..end].chars()).eq([c]) {
            out.extend(mapper.map_normalize(text[start..at].chars()));
            out.push(c);
            start = end;
        }
    }
    out.extend(mapper.map_normalize(text[start..].chars()));
    out
}

/// Whether `text` has the shape of a UUID, in either case.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(title: &str, id: Option<&str>, is_archived: bool) -> Choice {
        Choice {
            id: id.map(str::to_owned),
            title: title.to_owned(),
            is_archived,
        }
    }

    #[test]
    fn a_choice_is_found_by_title_id_and_folded_title_in_this_order() {
        let all = [
            choice("Gold", Some("11f07f01-c10f-4e05-a522-33e050bc52ee"), false),
            choice("gold", None, false),
            choice("Silver", None, false),
            choice("Bronze", None, true),
        ];
        let choices = Choices::new(&all);
        for (text, expect) in [
            ("Gold", Found::Title(&all[0])),
            ("gold", Found::Title(&all[1])),
            ("GOLD", Found::Several),
            (" silver\n", Found::Title(&all[2])),
            ("11F07F01-C10F-4E05-A522-33E050BC52EE", Found::Id(&all[0])),
            ("bronze", Found::Archived(&all[3])),
            ("Platinum", Found::Nothing),
        ] {
            assert_eq!(choices.find(text), expect, "{text}");
        }
        assert_eq!(
            choices.titles().collect::<Vec<_>>(),
            ["Gold", "gold", "Silver"]
        );
    }

    #[test]
    fn texts_are_folded_to_one_form_and_nothing_is_lost() {
        for (text, expect) in [
            ("\u{200e} GOLD\n", "gold"),
            ("Cafe\u{301}", "café"),
            ("CAFÉ", "café"),
            ("Gro\u{308}ße", "größe"),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
            ("か\u{3099}", "が"),
            ("e\u{301}² e\u{301} ½", "é² é ½"),
            ("\u{301}a", "\u{301}a"),
            (
                "❤\u{fe0f} 👩\u{200d}🚀 ﬁ ① ™",
                "❤\u{fe0f} 👩\u{200d}🚀 ﬁ ① ™",
            ),
        ] {
            assert_eq!(fold(text), expect, "{text}");
            assert_eq!(fold(expect), expect, "{expect} again");
        }
    }

    #[test]
    fn a_target_is_found_by_slug_and_brings_its_unique_attributes() {
        let mut attribute = Attribute::of(AttributeType::RecordReference);
        attribute.allowed_objects = vec!["users".into(), "projects".into()];
        let known = Known::of(&attribute, Schema::standard());
        let [users, projects] = known.targets.as_slice() else {
            panic!("two targets")
        };
        assert!(
            users
                .unique
                .iter()
                .any(|(slug, ..)| slug.as_ref() == "user_id")
        );
        assert!(users.is_known && !projects.is_known);
        attribute.allowed_objects.clear();
        assert_eq!(Known::of(&attribute, Schema::standard()).targets.len(), 5);
    }

    #[test]
    fn a_uuid_is_told_by_its_shape() {
        assert!(is_uuid("11f07f01-c10f-4e05-A522-33e050bc52ee"));
        assert!(!is_uuid("11f07f01c10f4e05a52233e050bc52ee"));
        assert!(!is_uuid("11f07f01-c10f-4e05-a522-33e050bc52eg"));
    }
}
