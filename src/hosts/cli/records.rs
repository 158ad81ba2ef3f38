//! The records of a sandbox, as tables.

use super::table;
use crate::sandbox::{Record, Sandbox};
use crate::schema::{AttributeType, Object, Schema};

/// How many records of an object are shown.
const MAX_ROWS: usize = 25;
/// How many attributes of an object are shown.
const MAX_COLUMNS: usize = 7;
/// How much of a value is shown, in characters.
const MAX_CELL: usize = 40;

/// A table for each object that has records.
pub(super) fn tables(sandbox: &Sandbox, schema: &Schema) -> String {
    let mut text = String::new();
    for (slug, object) in &schema.objects {
        let mut records = sandbox.records(slug);
        records.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        if !records.is_empty() {
            text += &format!("\n{}: {}\n", object.plural_noun, records.len());
            text += &of_object(&records, object);
        }
    }
    text
}

/// All records by object: `{"id", "name", "values"}`, the values as texts by slug.
pub(super) fn json(sandbox: &Sandbox, schema: &Schema) -> serde_json::Value {
    let record = |record: Record| {
        let values: serde_json::Map<_, _> = record
            .values
            .into_iter()
            .map(|(slug, texts)| (slug, texts.into()))
            .collect();
        serde_json::json!({"id": record.id, "name": record.name, "values": values})
    };
    let of_object = |slug: &String| {
        let records: Vec<_> = sandbox.records(slug).into_iter().map(record).collect();
        (!records.is_empty()).then(|| (slug.clone(), records.into()))
    };
    serde_json::Value::Object(schema.objects.keys().filter_map(of_object).collect())
}

fn of_object(records: &[Record], object: &Object) -> String {
    let columns = columns(records, object);
    let header: Vec<&str> = columns.iter().map(|slug| title(object, slug)).collect();
    let rows = records.iter().take(MAX_ROWS).map(|record| {
        columns
            .iter()
            .map(|slug| cell(record.get(slug)))
            .collect::<Vec<_>>()
    });
    let mut text = table::render(&header, rows, &[]);
    if records.len() > MAX_ROWS {
        text += &format!(" and {} more\n", records.len() - MAX_ROWS);
    }
    text
}

/// The attributes that some record has and a person wants to see: the name, what records are found by, what links them,
/// then the others.
fn columns<'s>(records: &[Record], object: &'s Object) -> Vec<&'s str> {
    let mut columns: Vec<&str> = object
        .attributes
        .iter()
        .filter(|(slug, attribute)| {
            attribute.is_writable && records.iter().any(|record| !record.get(slug).is_empty())
        })
        .map(|(slug, _)| slug.as_str())
        .collect();
    columns.sort_by_key(|slug| {
        let attribute = &object.attributes[*slug];
        match () {
            () if *slug == "name" => 0,
            () if attribute.is_unique => 1,
            () if attribute.kind == AttributeType::RecordReference => 2,
            () => 3,
        }
    });
    columns.truncate(MAX_COLUMNS);
    columns
}

fn title<'s>(object: &'s Object, slug: &'s str) -> &'s str {
    match object.attributes[slug].title.as_str() {
        "" => slug,
        title => title,
    }
}

fn cell(values: &[String]) -> String {
    let mut values: Vec<&str> = values.iter().map(String::as_str).collect();
    values.sort_unstable();
    let text = values.join(", ");
    match text.char_indices().nth(MAX_CELL) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_shown_with_what_links_them() {
        let sandbox = Sandbox::default();
        let put = |object: &str, by: &str, values: serde_json::Value| {
            let answer = sandbox.handle(
                "PUT",
                &format!("/v2/objects/{object}/records?matching_attribute={by}"),
                Some("Bearer sandbox-token"),
                Some(&serde_json::json!({"data": {"values": values}}).to_string()),
            );
            assert_eq!(answer.status, 200, "{}", answer.body);
        };
        let ada = serde_json::json!({
            "email_addresses": ["ada@example.com"],
            "name": "Lovelace, Ada",
            "description": "Wrote the first program, for a machine that was never built",
        });
        put("people", "email_addresses", ada);
        let user = serde_json::json!({
            "user_id": "u1",
            "primary_email_address": "ada@example.com",
            "person": "ada@example.com",
        });
        put("users", "user_id", user);
        for n in 0..30 {
            let values = serde_json::json!({"workspace_id": format!("w{n}")});
            put("workspaces", "workspace_id", values);
        }
        let text = tables(&sandbox, Schema::standard());
        insta::assert_snapshot!(text.trim_start_matches('\n'), @"
        Companies: 1
         Domains       Team
        ───────────── ──────────────
         example.com   Ada Lovelace

        People: 1
         Name           Email addresses   Associated users   Company       Description
        ────────────── ───────────────── ────────────────── ───────────── ───────────────────────────────────────────
         Ada Lovelace   ada@example.com   ada@example.com    example.com   Wrote the first program, for a machine t…

        Users: 1
         Primary email address   ID   Person
        ─────────────────────── ──── ──────────────
         ada@example.com         u1   Ada Lovelace

        Workspaces: 30
         ID
        ─────
         w0
         w1
         w10
         w11
         w12
         w13
         w14
         w15
         w16
         w17
         w18
         w19
         w2
         w20
         w21
         w22
         w23
         w24
         w25
         w26
         w27
         w28
         w29
         w3
         w4
         and 5 more
        ");
    }
}
