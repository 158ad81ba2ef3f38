//! `schema diff`: what is different between two schemas. Ids are not compared, so that two workspaces can be.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::schema::{Attribute, Choice, Object, Schema};

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Change {
    /// An object, an attribute as `object.attribute`, or `members`.
    at: String,
    /// Which property it is about; none when it is there in one of the two only.
    #[serde(skip_serializing_if = "Option::is_none")]
    property: Option<&'static str>,
    /// What the first schema says.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// What the second schema says.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match (self.property, &self.from, &self.to) {
            (None, None, _) => '+',
            (None, _, None) => '-',
            _ => '~',
        };
        write!(f, "{sign} {}", self.at)?;
        match (self.property, &self.from, &self.to) {
            (Some(property), None, Some(to)) => write!(f, ": {property} + {to}"),
            (Some(property), Some(from), None) => write!(f, ": {property} - {from}"),
            (Some(property), Some(from), Some(to)) => write!(f, ": {property} {from} → {to}"),
            (None, Some(what), None) | (None, None, Some(what)) => write!(f, " ({what})"),
            _ => Ok(()),
        }
    }
}

/// What makes `to` of `from`, in the order of slugs.
pub(super) fn diff(from: &Schema, to: &Schema) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    both(&from.objects, &to.objects, |slug, from, to| {
        match (from, to) {
            (Some(from), Some(to)) => changes.object(slug, from, to),
            (from, to) => changes.whole(slug, from, to, |object| object.plural_noun.clone()),
        };
    });
    changes.list(
        "members",
        "member",
        members(from).as_deref(),
        members(to).as_deref(),
    );
    changes.0
}

fn members(schema: &Schema) -> Option<Vec<String>> {
    let members = schema.members.as_ref()?.iter();
    Some(members.map(|member| member.email_address.clone()).collect())
}

/// Calls `each` with every key of the two, in order.
fn both<'m, V>(
    from: &'m BTreeMap<String, V>,
    to: &'m BTreeMap<String, V>,
    mut each: impl FnMut(&str, Option<&'m V>, Option<&'m V>),
) {
    let keys: std::collections::BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    for key in keys {
        each(key, from.get(key), to.get(key));
    }
}

struct Changes(Vec<Change>);

impl Changes {
    /// Something that is there in one of the two only.
    fn whole<V>(
        &mut self,
        at: &str,
        from: Option<&V>,
        to: Option<&V>,
        describe: impl Fn(&V) -> String,
    ) {
        self.0.push(Change {
            at: at.to_owned(),
            property: None,
            from: from.map(&describe),
            to: to.map(&describe),
        });
    }

    fn property<V: PartialEq + fmt::Debug>(
        &mut self,
        at: &str,
        property: &'static str,
        from: V,
        to: V,
        show: impl Fn(V) -> String,
    ) {
        if from != to {
            self.0.push(Change {
                at: at.to_owned(),
                property: Some(property),
                from: Some(show(from)),
                to: Some(show(to)),
            });
        }
    }

    fn object(&mut self, slug: &str, from: &Object, to: &Object) {
        let text = |text: &str| format!("`{text}`");
        let yes_or_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        self.property(
            slug,
            "name",
            from.plural_noun.as_str(),
            &to.plural_noun,
            text,
        );
        self.property(slug, "active", from.is_active, to.is_active, yes_or_no);
        both(&from.attributes, &to.attributes, |attribute, from, to| {
            let at = format!("{slug}.{attribute}");
            match (from, to) {
                (Some(from), Some(to)) => self.attribute(&at, from, to),
                (from, to) => self.whole(&at, from, to, super::kind),
            }
        });
    }

    fn attribute(&mut self, at: &str, from: &Attribute, to: &Attribute) {
        let text = |text: &str| format!("`{text}`");
        let yes_or_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        let word = |word: Option<&str>| word.unwrap_or("nothing").to_owned();
        let words = |words: &[String]| match words {
            [] => "any".to_owned(),
            words => words.join(", "),
        };
        self.property(at, "title", from.title.as_str(), &to.title, text);
        self.property(at, "type", super::kind(from), super::kind(to), |kind| kind);
        for (property, from, to) in [
            ("required", from.is_required, to.is_required),
            ("unique", from.is_unique, to.is_unique),
            ("writable", from.is_writable, to.is_writable),
            ("archived", from.is_archived, to.is_archived),
            ("default", from.has_default, to.has_default),
        ] {
            self.property(at, property, from, to, yes_or_no);
        }
        let (objects, other) = (
            from.allowed_objects.as_slice(),
            to.allowed_objects.as_slice(),
        );
        self.property(at, "allowed objects", objects, other, words);
        let (inverse, other) = (from.inverse.as_deref(), to.inverse.as_deref());
        self.property(at, "inverse", inverse, other, word);
        let currency = |attribute: &'_ Attribute| attribute.default_currency_code.clone();
        self.property(at, "currency", currency(from), currency(to), |code| {
            word(code.as_deref())
        });
        let titles = |choices: &Option<Vec<Choice>>| {
            let choices = choices.as_ref()?.iter();
            let kept = choices.filter(|choice| !choice.is_archived);
            Some(kept.map(|choice| choice.title.clone()).collect::<Vec<_>>())
        };
        for (property, from, to) in [
            ("option", &from.options, &to.options),
            ("status", &from.statuses, &to.statuses),
        ] {
            self.list(at, property, titles(from).as_deref(), titles(to).as_deref());
        }
    }

    /// What two lists do not share; a list that is not known has no difference.
    fn list(
        &mut self,
        at: &str,
        property: &'static str,
        from: Option<&[String]>,
        to: Option<&[String]>,
    ) {
        let (Some(from), Some(to)) = (from, to) else {
            return;
        };
        let change = |from: Option<&String>, to: Option<&String>| Change {
            at: at.to_owned(),
            property: Some(property),
            from: from.map(|title| format!("`{title}`")),
            to: to.map(|title| format!("`{title}`")),
        };
        let gone = from.iter().filter(|title| !to.contains(title));
        self.0.extend(gone.map(|title| change(Some(title), None)));
        let new = to.iter().filter(|title| !from.contains(title));
        self.0.extend(new.map(|title| change(None, Some(title))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::AttributeType;

    fn choices(titles: &[&str]) -> Option<Vec<Choice>> {
        let choice = |title: &&str| Choice {
            id: Some(format!("id of {title}")),
            title: (*title).to_owned(),
            is_archived: false,
        };
        Some(titles.iter().map(choice).collect())
    }

    #[test]
    fn a_schema_has_no_difference_to_itself() {
        assert_eq!(diff(Schema::standard(), Schema::standard()), []);
    }

    #[test]
    fn every_property_that_matters_is_compared_and_ids_are_not() {
        let from = Schema::standard().clone();
        let mut to = from.clone();
        to.objects.remove("deals");
        let people = to.objects.get_mut("people").unwrap();
        people.id = Some("another workspace's".to_owned());
        people.is_active = false;
        people.attributes.remove("twitter");
        let mut plan = Attribute::of(AttributeType::Select);
        plan.options = choices(&["Free", "Pro"]);
        people.attributes.insert("plan".to_owned(), plan.clone());
        let mut before = to.clone();
        plan.options = choices(&["Pro", "Team"]);
        plan.is_multiselect = true;
        plan.is_required = true;
        plan.title = "Plan".to_owned();
        let people = to.objects.get_mut("people").unwrap();
        people.attributes.insert("plan".to_owned(), plan);
        before
            .objects
            .insert("deals".to_owned(), from.objects["deals"].clone());
        before.objects.get_mut("people").unwrap().is_active = true;
        let twitter = from.attribute("people", "twitter").unwrap().clone();
        let people = before.objects.get_mut("people").unwrap();
        people.attributes.insert("twitter".to_owned(), twitter);
        let lines: Vec<_> = diff(&before, &to).iter().map(Change::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        - deals (Deals)
        ~ people: active yes → no
        ~ people.plan: title `` → `Plan`
        ~ people.plan: type select → select []
        ~ people.plan: required no → yes
        ~ people.plan: option - `Free`
        ~ people.plan: option + `Team`
        - people.twitter (text)
        ");
        let back: Vec<_> = diff(&to, &before).iter().map(Change::to_string).collect();
        assert_eq!(back.len(), lines.len());
        assert!(back.contains(&"+ deals (Deals)".to_owned()), "{back:?}");
    }
}
