//! Settings: what is wrong with them is told at once, and readably.

use edgee_components_runtime::data_collection::versions::v1_0_1::execute;
use serde_json::json;

use crate::edgee::{RUNTIME, configuration, request, user};

const TOKEN: (&str, &str) = ("attio_access_token", "secret-token");

async fn refused(settings: &[(&str, &str)]) -> String {
    let event = user(json!({"email": "ada@example.com"}));
    let error = request(&event, settings).await.unwrap_err();
    assert!(!error.contains("secret"), "{error}");
    error
}

#[tokio::test]
async fn what_is_wrong_with_a_setting_is_told() {
    for (settings, expect) in [
        (&[][..], "got nothing; create one in Attio"),
        (&[("attio_access_token", "secret token")], "character 7"),
        (&[("attio_access_token", "secret\nx: y")], "character 7"),
        (
            &[TOKEN, ("configration", "{}")],
            "did you mean `configuration`?",
        ),
        (
            &[TOKEN, ("configuration", "segmnt")],
            "did you mean `segment`?",
        ),
        (
            &[TOKEN, ("attio_api_url", "http://example.com")],
            "write `https://`",
        ),
        (
            &[TOKEN, ("schema", "[]")],
            "the schema cannot be used\nerror[",
        ),
    ] {
        let error = refused(settings).await;
        assert!(error.contains(expect), "{error}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_configuration_is_told_with_its_place() {
    let configuration = json!({
        "name": "wrong",
        "subscriptions": [
            {"action": "identify_usr", "subscribe": "type = \"identify\""},
            {"action": "identify_user", "subscribe": "type = = 1", "mapping": {"emial": "x"}},
        ],
    })
    .to_string();
    insta::assert_snapshot!(refused(&[TOKEN, ("configuration", &configuration)]).await, @"
    the configuration cannot be used
    error[config.unknown_action]: no action is called `identify_usr`
      at: /subscriptions/0/action
      help: did you mean `identify_user`?
    error[config.unknown_field]: the action `identify_user` has no field `emial`
      at: /subscriptions/1/mapping/emial
      help: its fields are `email_address`, `user_id`, `person_attributes`, `user_attributes`
    error[subscription.syntax]: character 8: expected a value, got `=`
      at: /subscriptions/1/subscribe
      help: a value is a field, text in quotes, a number, `true`, `false` or `null`
    ");
    let error = refused(&[TOKEN, ("configuration", "{\"name\": ")]).await;
    assert!(error.contains("a configuration is JSON"), "{error}");
}

#[tokio::test]
async fn a_hundred_mistakes_are_no_flood() {
    let subscription = json!({"action": "nothing", "subscribe": "type = \"identify\""});
    let configuration =
        json!({"name": "wrong", "subscriptions": vec![subscription; 100]}).to_string();
    let error = refused(&[TOKEN, ("configuration", &configuration)]).await;
    assert!(error.ends_with("\nand 80 more"), "{error}");
}

#[tokio::test]
async fn there_is_no_token_to_ask_for_but_settings_are_checked() {
    for (settings, is_right) in [
        (&[TOKEN][..], true),
        (&[], false),
        (&[TOKEN, ("configuration", "x")], false),
    ] {
        let configuration = configuration(settings);
        let mut store = RUNTIME.empty_store();
        let answer =
            execute::get_auth_request(&RUNTIME, &configuration.data_collection[0], &mut store);
        let answer = answer.await.map(|request| request.is_none());
        assert_eq!(answer.ok(), is_right.then_some(true));
    }
}
