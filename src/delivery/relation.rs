//! What delivery needs to know of the schema: which attributes hold several values, identify a record, or are one side
//! of a relation.

use std::collections::HashMap;

use crate::schema::{AttributeType, Schema};

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whether it holds several values.
    pub is_multiselect: bool,
    /// Whether at most one record has any value of it.
    pub is_unique: bool,
    /// Whether its values are references.
    pub is_reference: bool,
    /// The other side of a relation: Attio changes it along with this side.
    pub inverse: Option<Inverse>,
}

/// The other side of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inverse {
    /// The slug of the attribute on the records that are referred to.
    pub slug: String,
    /// Whether it holds several values; if not, a record that is linked anew loses its old link.
    pub is_multiselect: bool,
}

/// The attributes of all objects.
#[derive(Clone, Debug, Default)]
pub struct Relations {
    objects: HashMap<String, HashMap<String, Facts>>,
}

impl Relations {
    /// What a schema says.
    pub fn of(schema: &Schema) -> Relations {
        let facts = |attribute: &crate::schema::Attribute| Facts {
            is_multiselect: attribute.is_multiselect,
            is_unique: attribute.is_unique,
            is_reference: attribute.kind == AttributeType::RecordReference,
            inverse: attribute.inverse.as_deref().and_then(|inverse| {
                let (object, slug) = inverse.split_once('.')?;
                Some(Inverse {
                    slug: slug.to_owned(),
                    is_multiselect: schema
                        .attribute(object, slug)
                        .is_none_or(|attribute| attribute.is_multiselect),
                })
            }),
        };
        let objects = schema.objects.iter().map(|(slug, object)| {
            let attributes = object
                .attributes
                .iter()
                .map(|(slug, attribute)| (slug.clone(), facts(attribute)));
            (slug.clone(), attributes.collect())
        });
        Relations {
            objects: objects.collect(),
        }
    }

    /// What is known of an attribute.
    pub fn get(&self, object: &str, slug: &str) -> Option<&Facts> {
        self.objects.get(object)?.get(slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_a_relation_are_known() {
        let relations = Relations::of(Schema::standard());
        let users = relations.get("workspaces", "users").unwrap();
        assert_eq!(users.inverse.as_ref().unwrap().slug, "workspace");
        assert!(users.inverse.as_ref().unwrap().is_multiselect);
        let team = relations.get("companies", "team").unwrap();
        assert!(!team.inverse.as_ref().unwrap().is_multiselect);
        assert!(relations.get("users", "user_id").unwrap().is_unique);
    }
}
