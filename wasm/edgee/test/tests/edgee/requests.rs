//! Which request an event becomes.

use serde_json::{Value, json};

use crate::edgee::{Request, event, orders, request, user};

const TOKEN: (&str, &str) = ("attio_access_token", "secret-token");

async fn sent(event: &Value, settings: &[(&str, &str)]) -> Request {
    request(event, settings).await.unwrap()
}

#[tokio::test]
async fn a_user_becomes_one_request_for_the_person_and_the_user() {
    let event =
        user(json!({"email": "ada@example.com", "first_name": "Ada", "phone": null, "age": 42}));
    let request = sent(&event, &[TOKEN]).await;
    assert_eq!(request.method, "PUT");
    assert_eq!(request.url, "https://api.attio.com/v2/batch/records");
    // And nothing of the visitor.
    let headers = [
        ("authorization", "Bearer secret-token"),
        ("content-type", "application/json"),
    ];
    assert_eq!(
        request.headers,
        headers.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    let assertion = |object, matching, values| {
        json!({
            "object": object,
            "mode": "create-or-update",
            "matching_attribute": matching,
            "multiselect_values": "append",
            "values": values,
            "received_at": "2026-02-03T16:07:04.878Z",
        })
    };
    let person = assertion(
        "people",
        "email_addresses",
        json!({
            "email_addresses": [{"email_address": "ada@example.com"}],
            "name": {"first_name": "Ada", "last_name": "", "full_name": "Ada"},
        }),
    );
    let user = assertion(
        "users",
        "user_id",
        json!({
            "primary_email_address": {"value": "ada@example.com"},
            "user_id": {"value": "user-1"},
            "person": person,
        }),
    );
    assert_eq!(request.json(), json!({"assertions": [user]}));
}

#[tokio::test]
async fn the_company_of_a_user_is_nested_too() {
    let request = sent(
        &user(json!({"email": "ada@example.com", "company_domain": "www.example.org", "company_name": "Example"})),
        &[TOKEN],
    )
    .await;
    let body = request.json();
    let company = &body["assertions"][0]["values"]["person"]["values"]["company"];
    assert_eq!(body["assertions"].as_array().unwrap().len(), 1);
    assert_eq!(company["object"], "companies");
    assert_eq!(
        company["values"],
        json!({"domains": [{"domain": "example.org"}], "name": {"value": "Example"}})
    );
}

#[tokio::test]
async fn a_track_that_a_subscription_takes_is_its_own_request() {
    let event = event(
        "track",
        json!({"name": "Order Completed", "properties": {
            "order_id": "A-1", "total": 99.5, "gift": true, "products": [{"sku": "S-1"}],
        }}),
    );
    let request = sent(&event, &[TOKEN, ("configuration", &orders())]).await;
    assert_eq!(request.method, "PUT");
    assert_eq!(
        request.url,
        "https://api.attio.com/v2/objects/deals/records?matching_attribute=order_id"
    );
    assert_eq!(
        request.json(),
        json!({"data": {"values": {
            "order_id": {"value": "A-1"},
            "name": {"value": "Order A-1 of ada@example.com"},
            "value": {"currency_value": 99.5},
            "stage": {"status": "Lead"},
            "owner": {"workspace_member_email_address": "sales@example.com"},
            "is_gift": {"value": true},
            "first_product": {"value": "S-1"},
            "campaign": {"value": "letter"},
            // To the microsecond, as Edgee hands it over; the session's to the second.
            "ordered_at": {"value": "2026-02-03T16:07:04.878715000Z"},
            "seen_at": {"value": "2025-12-12T16:30:03.000000000Z"},
        }}})
    );
}

#[tokio::test]
async fn a_page_becomes_a_record_where_a_subscription_says_so() {
    let configuration = json!({
        "name": "pages",
        "subscriptions": [{
            "name": "Last page",
            "action": "assert_record",
            "subscribe": "type = \"page\" and properties.path = \"/prices\" and context.edgee.consent = \"granted\"",
            "mapping": {
                "object": "users",
                "matching_attribute": "user_id",
                "attributes": {
                    "user_id": {"@path": "$.userId"},
                    "last_page": {"@path": "$.properties.url"},
                    "keywords": {"@path": "$.properties.keywords"},
                    "plan": {"@path": "$.properties.plan"},
                    "city": {"@path": "$.context.location.city"},
                },
            },
        }],
    })
    .to_string();
    let data = json!({
        "title": "Prices", "url": "https://www.example.com/prices", "path": "/prices",
        "keywords": ["a"], "properties": {"plan": "pro"},
    });
    let request = sent(
        &event("page", data),
        &[TOKEN, ("configuration", &configuration)],
    )
    .await;
    assert_eq!(
        request.json()["data"]["values"],
        json!({
            "user_id": {"value": "user-1"},
            "last_page": "https://www.example.com/prices",
            "keywords": ["a"],
            "plan": "pro",
            "city": "London",
        })
    );
}

#[tokio::test]
async fn what_no_subscription_takes_is_not_sent_and_says_why() {
    let page =
        json!({"title": "Prices", "url": "https://www.example.com/prices", "path": "/prices"});
    assert_eq!(
        request(&event("page", page), &[TOKEN]).await.unwrap_err(),
        "nothing is sent: no subscription takes this `page` event"
    );
    let track = event("track", json!({"name": "Signed Up"}));
    assert_eq!(
        request(&track, &[TOKEN, ("configuration", &orders())])
            .await
            .unwrap_err(),
        "nothing is sent: no subscription takes this `track` event"
    );
}

#[tokio::test]
async fn nothing_is_sent_of_a_user_who_denied_consent() {
    let mut event = user(json!({"email": "ada@example.com", "company_domain": "example.org"}));
    for (consent, is_sent) in [
        (json!("granted"), true),
        (json!("pending"), true),
        (Value::Null, true),
        (json!("denied"), false),
    ] {
        event["consent"] = consent.clone();
        assert_eq!(
            request(&event, &[TOKEN]).await.is_ok(),
            is_sent,
            "{consent}"
        );
    }
    // Another configuration may want it otherwise.
    assert!(
        request(&event, &[TOKEN, ("configuration", "minimal")])
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_event_that_cannot_be_planned_says_where_and_how_to_mend_it() {
    let mut event = user(json!({"email": "nobody"}));
    event["context"]["user"] = json!({"edgee_id": "e1"});
    let error = request(&event, &[TOKEN]).await.unwrap_err();
    assert!(
        error.starts_with("the event cannot be planned\nerror[") && error.contains("\n  at: /"),
        "{error}"
    );
    assert!(
        error.contains("`nobody`") && !error.contains("secret"),
        "{error}"
    );
}

#[tokio::test]
async fn ids_come_from_the_data_or_else_from_the_context() {
    let mut event = event(
        "user",
        json!({"edgee_id": "e1", "properties": {"email": "a@example.com"}}),
    );
    let id =
        |request: Request| request.json()["assertions"][0]["values"]["user_id"]["value"].clone();
    assert_eq!(id(sent(&event, &[TOKEN]).await), "user-1");
    event["data"]["user_id"] = json!("user-2");
    assert_eq!(id(sent(&event, &[TOKEN]).await), "user-2");
}

/// Edgee keeps properties in a hash map, so they come in another order each time.
#[tokio::test]
async fn the_same_event_is_always_the_same_request() {
    let properties = json!({
        "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace", "phone": "+442079460123",
        "title": "Countess", "city": "London", "country": "GB", "company_domain": "example.org", "unused": 1,
    });
    let event = user(properties);
    let first = sent(&event, &[TOKEN]).await;
    for _ in 0..8 {
        assert_eq!(sent(&event, &[TOKEN]).await, first);
    }
}
