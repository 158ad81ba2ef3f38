//! Whole deliveries: Edgee's own client sends the requests to the sandbox, on loopback, and the records are there.

use attio_destination::config::Config;
use attio_destination::sandbox::{Sandbox, TOKEN, serve};
use attio_destination::schema::Schema;
use edgee_components_runtime::data_collection::{EventResponse, send_json_events};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::edgee::{RUNTIME, configuration, event, orders, user};

/// A sandbox that listens, and where.
async fn sandbox(schema: &Schema) -> (Sandbox, String) {
    let sandbox = Sandbox::builder()
        .schema(schema)
        .companies_from_emails(false)
        .build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(sandbox.clone(), listener, std::future::pending()));
    (sandbox, url)
}

/// Lets Edgee deliver events, and gives what came of those for which there was a request.
async fn deliver(events: &[Value], settings: &[(&str, &str)]) -> Vec<EventResponse> {
    let configuration = configuration(settings);
    let events = Value::from(events.to_vec()).to_string();
    let sent = send_json_events(&RUNTIME, &events, &configuration, &None, false);
    let mut responses = Vec::new();
    for response in sent.await.unwrap() {
        responses.push(response.await.unwrap());
    }
    responses
}

fn statuses(responses: &[EventResponse]) -> Vec<i32> {
    responses
        .iter()
        .map(|response| response.response.status)
        .collect()
}

#[tokio::test]
async fn users_become_people_users_and_companies_that_are_linked() {
    let (sandbox, url) = sandbox(Schema::standard()).await;
    let settings = [("attio_access_token", TOKEN), ("attio_api_url", &url)];
    let ada = user(json!({
        "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace",
        "company_domain": "example.org", "company_name": "Example",
    }));
    let page = event(
        "page",
        json!({"title": "Prices", "url": "https://www.example.com/", "path": "/"}),
    );
    let mut again = ada.clone();
    again["uuid"] = json!("0d5e0a8e-5f5c-4b5e-8a55-0d3c5b0b8f6e");
    again["data"]["properties"]["title"] = json!("Countess");
    // One after the other, since Attio is not asked in what order it sees requests.
    let mut responses = deliver(&[ada, page], &settings).await;
    responses.extend(deliver(&[again], &settings).await);
    assert_eq!(statuses(&responses), [202, 202]);
    assert_eq!(sandbox.batch_failures(), Vec::<String>::new());
    insta::assert_snapshot!(records(&sandbox), @"
    companies 0 domains: example.org
    companies 0 name: Example
    companies 0 team: Ada Lovelace
    people 0 associated_users: ada@example.com
    people 0 company: Example
    people 0 email_addresses: ada@example.com
    people 0 job_title: Countess
    people 0 name: Ada Lovelace
    users 0 person: Ada Lovelace
    users 0 primary_email_address: ada@example.com
    users 0 user_id: user-1
    ");
}

#[tokio::test]
async fn a_track_becomes_a_record_and_attio_says_what_is_wrong_with_one() {
    let configuration = orders();
    let schema = Config::parse(&configuration)
        .unwrap()
        .schema(Schema::standard());
    let data = json!({"name": "Order Completed", "properties": {
        "order_id": "A-1", "total": 99.5, "gift": true, "products": [{"sku": "S-1"}],
    }});
    let order = event("track", data);
    for (schema, status) in [(&schema, 200), (Schema::standard(), 400)] {
        let (sandbox, url) = sandbox(schema).await;
        let settings = [
            ("attio_access_token", TOKEN),
            ("attio_api_url", &url),
            ("configuration", &configuration),
        ];
        let responses = deliver(std::slice::from_ref(&order), &settings).await;
        assert_eq!(statuses(&responses), [status]);
        let deals = sandbox.records("deals");
        if status == 200 {
            assert_eq!(deals[0].first("order_id"), Some("A-1"));
            assert_eq!(deals[0].first("first_product"), Some("S-1"));
        } else {
            assert_eq!(deals, []);
            let answer = &responses[0].response.body;
            assert!(answer.contains("order_id"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_token_that_attio_does_not_know_is_answered_for() {
    let (sandbox, url) = sandbox(Schema::standard()).await;
    let settings = [
        ("attio_access_token", "another-token"),
        ("attio_api_url", &url),
    ];
    let responses = deliver(&[user(json!({"email": "ada@example.com"}))], &settings).await;
    assert_eq!(statuses(&responses), [401]);
    assert_eq!(sandbox.records("people").len(), 0);
}

/// A line for each value of each record.
fn records(sandbox: &Sandbox) -> String {
    let mut lines = Vec::new();
    for object in ["companies", "people", "users"] {
        for (place, record) in sandbox.records(object).iter().enumerate() {
            // Not what Attio sets itself.
            let values = record.values.iter().filter(|(slug, _)| {
                !["record_id", "created_at", "created_by"].contains(&slug.as_str())
            });
            lines.extend(
                values.map(|(slug, values)| {
                    format!("{object} {place} {slug}: {}", values.join(" | "))
                }),
            );
        }
    }
    lines.join("\n")
}
