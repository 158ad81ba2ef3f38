//! Values that no browser sends: an answer each time, and never a trap.

use serde_json::json;

use crate::edgee::{call, lowered, user, wit};

fn settings() -> Vec<(String, String)> {
    vec![("attio_access_token".to_owned(), "secret-token".to_owned())]
}

fn event() -> wit::Event {
    lowered(&user(json!({"email": "ada@example.com"})))
}

async fn answer(event: &wit::Event) -> Result<wit::EdgeeRequest, String> {
    call(event, &settings()).await
}

fn properties(event: &mut wit::Event) -> &mut Vec<(String, String)> {
    match &mut event.data {
        wit::Data::User(user) => &mut user.properties,
        _ => panic!("a user event"),
    }
}

#[tokio::test]
async fn client_headers_are_not_forwarded() {
    assert!(!answer(&event()).await.unwrap().forward_client_headers);
}

#[tokio::test]
async fn moments_without_a_date_are_refused_or_left_out() {
    let mut event = event();
    event.context.session.first_seen = i64::MIN;
    event.context.session.last_seen = i64::MAX;
    // Only the finest of the three is read.
    event.timestamp = i64::MAX;
    event.timestamp_millis = i64::MIN;
    assert!(answer(&event).await.is_ok());
    for micros in [
        i64::MIN,
        -1,
        0,
        i64::MAX / 1_000,
        i64::MAX / 1_000 + 1,
        i64::MAX,
    ] {
        event.timestamp_micros = micros;
        let answer = answer(&event).await;
        assert_eq!(
            answer.is_ok(),
            micros.unsigned_abs() <= 9_223_372_036_854_775
        );
        if let Err(error) = answer {
            assert!(error.contains("`timestamp-micros` expected"), "{error}");
        }
    }
}

#[tokio::test]
async fn numbers_that_json_does_not_have_are_left_out() {
    for density in [f32::NAN, f32::INFINITY, f32::MAX, f32::MIN_POSITIVE] {
        let mut event = event();
        event.context.client.screen_density = density;
        event.context.client.screen_width = i32::MIN;
        event.context.session.session_count = u32::MAX;
        assert!(answer(&event).await.is_ok(), "{density}");
    }
}

#[tokio::test]
async fn an_event_that_is_too_large_is_refused() {
    for bytes in [40_000, 64 << 20] {
        let mut event = event();
        properties(&mut event).push(("bio".to_owned(), "x".repeat(bytes)));
        let error = answer(&event).await.unwrap_err();
        assert!(
            error.contains("an event takes at most 32768 bytes, got"),
            "{error}"
        );
    }
    let mut event = event();
    properties(&mut event).extend((0..200_000).map(|n| (format!("trait {n}"), String::new())));
    let error = answer(&event).await.unwrap_err();
    assert!(
        error.contains("event.too_large") && error.len() < 1_000,
        "{error}"
    );
}

#[tokio::test]
async fn odd_names_and_texts_are_only_text() {
    let mut event = event();
    let all = properties(&mut event);
    for text in [
        "\"},\"email\":\"eve@example.com\"",
        "\\",
        "\u{0}\u{1f}",
        "\u{202e}",
        "{{",
        "$.traits",
        "💥",
        "",
    ] {
        all.push((text.to_owned(), text.to_owned()));
        all.push(("first_name".to_owned(), text.to_owned()));
    }
    all.push(("first_name".to_owned(), "\"Ada\"\n".to_owned()));
    let body = answer(&event).await.unwrap().body;
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let person = &body["assertions"][0]["values"]["person"]["values"];
    assert_eq!(
        person["email_addresses"],
        json!([{"email_address": "ada@example.com"}])
    );
    // The last of several of one name counts.
    assert_eq!(person["name"]["full_name"], "\"Ada\"");
}

#[tokio::test]
async fn an_event_of_nothing_is_refused() {
    let mut event = event();
    let nobody = || wit::UserData {
        user_id: String::new(),
        anonymous_id: String::new(),
        edgee_id: String::new(),
        properties: Vec::new(),
    };
    event.uuid = String::new();
    event.data = wit::Data::User(nobody());
    event.context.user = nobody();
    let error = answer(&event).await.unwrap_err();
    assert!(
        error.contains("needs a `userId` or an `anonymousId`"),
        "{error}"
    );
}

#[tokio::test]
async fn settings_may_hold_anything() {
    let event = event();
    for (name, value) in [
        ("", ""),
        ("💥", "x"),
        ("configuration", "{\"subscriptions\": [[[[[[[[[["),
        ("schema", "null"),
        ("attio_api_url", "https://"),
    ] {
        let mut settings = settings();
        settings.push((name.to_owned(), value.to_owned()));
        let error = call(&event, &settings).await.unwrap_err();
        assert!(
            error.contains("cannot be used") && !error.contains("secret"),
            "{error}"
        );
    }
    let mut settings = settings();
    settings.push((
        "configuration".to_owned(),
        format!("{{\"name\":{}", "[".repeat(5 << 20)),
    ));
    assert!(call(&event, &settings).await.is_err());
    settings.pop();
    settings.extend((0..100_000).map(|n| (format!("edgee_{n}"), "x".repeat(100))));
    assert!(call(&event, &settings).await.is_ok());
}
