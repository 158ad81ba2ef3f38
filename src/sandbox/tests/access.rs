use super::*;
use crate::delivery::Transport;
use crate::plan::Request;

fn told_with(sandbox: &Sandbox, authorization: Option<&str>) -> String {
    let answer = sandbox.handle("GET", "/v2/objects", authorization, None);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["type"], "auth_error");
    told((answer.status, body))
}

#[test]
fn requests_without_a_known_token_are_refused() {
    let sandbox = Sandbox::default();
    insta::assert_snapshot!(told_with(&sandbox, None), @"401 unauthorized The Authorization header was not provided. Please provide an access token as a Bearer token.");
    insta::assert_snapshot!(told_with(&sandbox, Some("Bearer wrong")), @"401 unauthorized The access token provided is invalid, expired or has been revoked.");
    insta::assert_snapshot!(told_with(&sandbox, Some("Digest x")), @"401 unauthorized The Authorization header is malformed. Please provide a Bearer token.");
    sandbox.revoke(TOKEN);
    insta::assert_snapshot!(told_with(&sandbox, Some("Bearer sandbox-token")), @"401 unauthorized The access token provided is invalid, expired or has been revoked.");
}

#[test]
fn the_token_may_come_as_basic_authentication() {
    let sandbox = Sandbox::default();
    let answer = sandbox.handle(
        "GET",
        "/v2/objects",
        Some("Basic c2FuZGJveC10b2tlbjo="),
        None,
    );
    assert_eq!(answer.status, 200);
}

#[test]
fn a_missing_scope_is_named() {
    let sandbox = Sandbox::builder()
        .token("t", ["object_configuration:read", "record_permission:read"])
        .build();
    let put = |sandbox: &Sandbox| {
        let path = "/v2/objects/people/records?matching_attribute=email_addresses";
        sandbox.handle("PUT", path, Some("Bearer t"), Some("{}"))
    };
    let answer = put(&sandbox);
    let body = serde_json::from_str(&answer.body).unwrap();
    insta::assert_snapshot!(told((answer.status, body)), @r#"403 unauthorized The access token provided does not have the required scope "record_permission:read-write"."#);
    assert_eq!(
        sandbox
            .handle("GET", "/v2/objects", Some("Bearer t"), None)
            .status,
        200
    );
    assert_eq!(
        sandbox
            .handle("GET", "/v2/workspace_members", Some("Bearer t"), None)
            .status,
        403
    );
    assert_eq!(
        sandbox
            .handle("GET", "/v2/objects", Some("Bearer sandbox-token"), None)
            .status,
        401
    );
}

#[test]
fn self_describes_the_token() {
    let sandbox = Sandbox::default();
    let describe = |token: &str| -> Value {
        let answer = sandbox.handle("GET", "/v2/self", Some(token), None);
        assert_eq!(answer.status, 200);
        serde_json::from_str(&answer.body).unwrap()
    };
    let known = describe("Bearer sandbox-token");
    assert_eq!(known["active"], true);
    assert_eq!(known["workspace_name"], "Sandbox");
    insta::assert_snapshot!(
        known["scope"].as_str().unwrap(),
        @"object_configuration:read-write record_permission:read-write user_management:read"
    );
    assert_eq!(describe("Bearer other"), json!({"active": false}));
}

#[tokio::test]
async fn the_transport_sends_its_own_token() {
    let sandbox = Sandbox::builder().token("mine", SCOPES).build();
    let send = |sandbox: Sandbox| async move {
        sandbox
            .send(Request::get("/v2/objects"))
            .await
            .unwrap()
            .status
    };
    assert_eq!(send(sandbox.with_token("mine")).await, 200);
    assert_eq!(send(sandbox).await, 401);
}
