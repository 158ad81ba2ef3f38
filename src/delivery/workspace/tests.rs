use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::delivery::transport::{Response, TransportError};
use crate::sandbox::{Faults, Sandbox, conformance};
use crate::schema::{Attribute, AttributeType, Choice, Member, Object, Schema};

fn choice(title: &str, is_archived: bool) -> Choice {
    Choice {
        id: None,
        title: title.to_owned(),
        is_archived,
    }
}

/// A schema with all that a schema can say: every type, single and multi-select, traits, choices, members, and an
/// object with more attributes than fit on a page.
fn schema() -> Schema {
    let mut schema = Schema::standard().clone();
    schema.is_partial = false;
    let mut pets = Object::named("pets");
    for n in 0..230 {
        let mut attribute = Attribute::of(AttributeType::ALL[n % 17]);
        attribute.is_multiselect = n % 3 == 0;
        attribute.is_required = n % 7 == 0;
        attribute.is_unique = n % 11 == 0;
        attribute.is_writable = n % 5 != 0;
        attribute.is_archived = n % 13 == 0;
        attribute.title = format!("Attribute {n}");
        match attribute.kind {
            AttributeType::Currency => attribute.default_currency_code = Some("EUR".to_owned()),
            AttributeType::Select => {
                attribute.options = Some(vec![choice("a b", false), choice("z/ü", n % 2 == 0)]);
            }
            AttributeType::Status => {
                attribute.statuses = Some(vec![choice("Won", false), choice("Lost", true)]);
            }
            AttributeType::RecordReference if n % 2 == 0 => {
                attribute.allowed_objects = vec!["companies".to_owned(), "people".to_owned()];
            }
            _ => {}
        }
        pets.attributes.insert(format!("a{n:03}"), attribute);
    }
    schema.objects.insert("pets".to_owned(), pets);
    schema.members = Some(vec![
        Member {
            id: "50cf242c-7fa3-4cad-87d0-75b1af71c57b".to_owned(),
            email_address: "ann@acme.com".to_owned(),
            name: "Ann Other Name".to_owned(),
        },
        Member {
            id: "50cf242c-7fa3-4cad-87d0-75b1af71c57c".to_owned(),
            email_address: "susan@acme.com".to_owned(),
            name: "Susan".to_owned(),
        },
    ]);
    schema
}

/// A schema without ids, and without what a workspace always knows and a schema may not.
fn comparable(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    for object in schema.objects.values_mut() {
        object.id = None;
        for attribute in object.attributes.values_mut() {
            attribute.id = None;
            match attribute.kind {
                AttributeType::Currency => {
                    attribute
                        .default_currency_code
                        .get_or_insert("USD".to_owned());
                }
                AttributeType::Select => {
                    attribute.options.get_or_insert_default();
                }
                AttributeType::Status => {
                    attribute.statuses.get_or_insert_default();
                }
                _ => {}
            }
            let choices = [&mut attribute.options, &mut attribute.statuses];
            for choice in choices.into_iter().flatten().flatten() {
                choice.id = None;
            }
        }
    }
    schema
}

async fn pull(sandbox: &Sandbox) -> Pulled {
    let workspace = Workspace::new(sandbox.clone(), 1);
    workspace.pull(|_, _| ()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_a_sandbox_was_made_of_is_pulled_from_it() {
    let schema = schema();
    let sandbox = Sandbox::builder().schema(&schema).record().build();
    let pulled = pull(&sandbox).await;
    assert_eq!(pulled.unread, []);
    pretty_assertions::assert_eq!(comparable(&pulled.schema), comparable(&schema));
    // What was pulled is what the file says, and a sandbox of the file gives the same bytes again.
    let text = serde_json::to_string(&pulled.schema).unwrap();
    let read = Schema::parse(&text).unwrap();
    assert_eq!(read, pulled.schema);
    let again = pull(&Sandbox::new(&read)).await.schema;
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
    for exchange in sandbox.exchanges() {
        conformance::check(&exchange).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn objects_that_are_not_activated_are_told_as_such() {
    let mut schema = Schema::standard().clone();
    schema.objects.get_mut("deals").unwrap().is_active = false;
    let pulled = pull(&Sandbox::new(&schema)).await.schema;
    let deals = pulled.object("deals").unwrap();
    assert!(!deals.is_active && deals.attributes.is_empty());
    assert_eq!(deals.plural_noun, "Deals");
    assert!(pulled.object("people").unwrap().is_active);
}

#[tokio::test(start_paused = true)]
async fn reading_stays_within_the_limit_and_outlasts_what_passes() {
    let faults = Faults {
        seed: 3,
        rate_limit: Some(Default::default()),
        server_errors: 0.1,
        truncated_bodies: 0.1,
        ..Faults::default()
    };
    let sandbox = Sandbox::builder().schema(&schema()).faults(faults).build();
    let workspace = Workspace::new(sandbox.clone(), 1);
    let mut told = Vec::new();
    let pulled = workspace
        .pull(|answered, known| told.push((answered, known)))
        .await
        .unwrap();
    assert_eq!(comparable(&pulled.schema), comparable(&schema()));
    assert_eq!(
        told.last().map(|(answered, known)| known - answered),
        Some(0)
    );
    assert!(told.is_sorted_by_key(|(answered, _)| *answered));
    assert_eq!(sandbox.stats().answered(429), 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_told_what_it_lacks() {
    let sandbox = Sandbox::builder()
        .token(
            "weak",
            ["record_permission:read", "object_configuration:read"],
        )
        .build();
    let ask = |token: &str| Workspace::new(sandbox.with_token(token), 1);
    let tell = |error: WorkspaceError| format!("{error}\n{}", error.help().unwrap());
    let error = ask("weak").authorize(DELIVER_LIVE).await.unwrap_err();
    insta::assert_snapshot!(tell(error), @"
    the token lacks the scopes `record_permission:read-write`, `user_management:read`
    in Attio, under Workspace settings > Developers, give the token `Records: Read-write`, `User management: Read`
    ");
    let error = ask("unknown").authorize(DELIVER).await.unwrap_err();
    insta::assert_snapshot!(tell(error), @"
    Attio does not know the token: it is wrong, expired or revoked
    check that it was copied whole, or make a new one in Attio under Workspace settings > Developers
    ");
    let error = ask("weak").pull(|_, _| ()).await.unwrap_err();
    insta::assert_snapshot!(error, @r#"the members cannot be read: Attio answered 403 `unauthorized`: The access token provided does not have the required scope "user_management:read"."#);
    sandbox.grant("strong", crate::sandbox::SCOPES);
    let token = ask("strong").authorize(CONFIGURE).await.unwrap();
    assert_eq!(token.workspace_name, "Sandbox");
}

/// Answers with what it was given, in order.
struct Script(Mutex<Vec<Result<Response, TransportError>>>, AtomicU64);

impl Script {
    fn new(mut answers: Vec<Result<Response, TransportError>>) -> Workspace<Script> {
        answers.reverse();
        Workspace::new(Script(Mutex::new(answers), AtomicU64::new(0)), 1)
    }
}

impl Transport for Script {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        let next = self.0.lock().unwrap().pop();
        next.unwrap_or(Err(TransportError::Timeout))
    }
}

fn answer(status: u16, body: &str) -> Result<Response, TransportError> {
    Ok(Response {
        status,
        retry_after: None,
        body: body.to_owned(),
    })
}

#[tokio::test(start_paused = true)]
async fn an_attribute_of_a_type_to_come_is_left_out_and_told() {
    let attribute = |slug: &str, kind: &str| {
        serde_json::json!({
            "id": {"workspace_id": "w", "object_id": "o", "attribute_id": slug},
            "title": slug, "description": null, "api_slug": slug, "type": kind,
            "is_system_attribute": false, "is_writable": true, "is_required": true, "is_unique": false,
            "is_multiselect": false, "is_default_value_enabled": true, "is_archived": false,
            "default_value": {"type": "static", "template": []}, "relationship": null, "created_at": "",
            "config": {"record_reference": {"allowed_object_ids": ["elsewhere"]}},
        })
    };
    let attributes = [
        attribute("smell", "olfactory"),
        attribute("owner", "record-reference"),
    ];
    let workspace = Script::new(vec![
        answer(
            200,
            r#"{"data": [{"id": {"object_id": "o"}, "api_slug": null, "singular_noun": null, "plural_noun": "Os"}]}"#,
        ),
        answer(200, r#"{"data": []}"#),
        answer(200, &serde_json::json!({"data": attributes}).to_string()),
    ]);
    let Pulled { schema, unread } = workspace.pull(|_, _| ()).await.unwrap();
    assert_eq!(
        unread,
        [Unread {
            object: "o".to_owned(),
            attribute: "smell".to_owned(),
            kind: "olfactory".to_owned(),
        }]
    );
    let owner = schema.attribute("o", "owner").unwrap();
    assert_eq!(owner.allowed_objects, ["elsewhere"]);
    assert!(owner.has_default && owner.is_required && owner.title.is_empty());
    assert_eq!(schema.members, None);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_ends_after_six_attempts() {
    let workspace = Script::new(Vec::new());
    let error = workspace.pull(|_, _| ()).await.unwrap_err();
    insta::assert_snapshot!(error, @"the objects cannot be read: Attio did not answer in time");
    assert_eq!(workspace.shared.transport.1.load(Ordering::SeqCst), 6);
    let workspace = Script::new(vec![answer(200, "<html>")]);
    let error = workspace.authorize(DELIVER).await.unwrap_err();
    insta::assert_snapshot!(error, @"the token cannot be checked: Attio's answer could not be read");
    let workspace = Script::new(vec![answer(404, "<html>")]);
    let error = workspace.authorize(DELIVER).await.unwrap_err();
    insta::assert_snapshot!(error, @"the token cannot be checked: Attio answered 404: <html>");
}

#[tokio::test(start_paused = true)]
async fn what_is_created_is_there_and_is_not_created_twice() {
    let sandbox = Sandbox::builder().record().build();
    let workspace = Workspace::new(sandbox.clone(), 1);
    let mut plan = Attribute::of(AttributeType::Select);
    plan.title = "Plan".to_owned();
    let mut arr = Attribute::of(AttributeType::Currency);
    arr.default_currency_code = Some("GBP".to_owned());
    let mut champion = Attribute::of(AttributeType::RecordReference);
    champion.allowed_objects = vec!["people".to_owned()];
    champion.is_multiselect = true;
    let new = [("plan", plan), ("arr", arr), ("champion", champion)];
    for expect in [Created::Made, Created::Found] {
        for (slug, attribute) in &new {
            let created = workspace.create_attribute("users", slug, attribute).await;
            assert_eq!(created, Ok(expect), "{slug}");
        }
        for title in ["Pro", "a/ü"] {
            let created = workspace.create_option("users", "plan", title).await;
            assert_eq!(created, Ok(expect), "{title}");
        }
    }
    let pulled = pull(&sandbox).await.schema;
    let users = &pulled.object("users").unwrap().attributes;
    assert_eq!(users["arr"].default_currency_code.as_deref(), Some("GBP"));
    assert_eq!(users["champion"].allowed_objects, ["people"]);
    let titles = users["plan"].options.iter().flatten();
    assert_eq!(
        titles.map(|choice| &*choice.title).collect::<Vec<_>>(),
        ["Pro", "a/ü"]
    );
    for exchange in sandbox.exchanges() {
        conformance::check(&exchange).unwrap();
    }
    let refused = workspace
        .create_attribute("people", "stage", &Attribute::of(AttributeType::Status))
        .await;
    insta::assert_snapshot!(refused.unwrap_err(), @r#"the attribute `people.stage` cannot be created: Attio answered 400 `validation_type`: Attributes of type "status" are not supported on objects."#);
}

#[tokio::test(start_paused = true)]
async fn an_attribute_whose_answer_was_lost_was_made() {
    let conflict = r#"{"status_code": 409, "type": "invalid_request_error", "code": "slug_conflict", "message": "There already."}"#;
    let workspace = Script::new(vec![Err(TransportError::Timeout), answer(409, conflict)]);
    let text = Attribute::of(AttributeType::Text);
    let created = workspace.create_attribute("users", "motto", &text).await;
    assert_eq!(created, Ok(Created::Made));
}
