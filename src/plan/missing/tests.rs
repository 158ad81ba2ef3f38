use serde_json::json;

use super::*;

/// A workspace that has the standard objects and nothing more, apart from a select of users.
fn workspace() -> Schema {
    let mut schema = Schema::standard().clone();
    schema.is_partial = false;
    let plan = json!({"type": "select", "options": [{"title": "Free"}, {"title": "Gone", "is_archived": true}]});
    let users = schema.objects.get_mut("users").unwrap();
    let plan = Attribute::parse(&plan.to_string());
    users.attributes.insert("plan".to_owned(), plan);
    schema
}

fn find(config: serde_json::Value, traits: &[serde_json::Value]) -> String {
    let config = Config::parse(&config.to_string()).unwrap();
    let planner = Missing::planner(&config, &workspace()).unwrap();
    let mut sample = Sample::new();
    for (n, traits) in traits.iter().enumerate() {
        let mut event = json!({"type": "identify", "userId": "u1", "traits": traits});
        event["traits"]["email"] = "ada@acme.com".into();
        let (plan, steps) = planner.explain(event.to_string().as_bytes());
        sample.add(n as u64, &plan, &steps);
    }
    let sample = (!traits.is_empty()).then_some(&sample);
    let missing = Missing::find(&config, &workspace(), &planner, sample);
    let mut lines = Vec::new();
    for one in &missing.attributes {
        lines.push(format!("{} {}", one.object, json!(one)));
    }
    for one in &missing.options {
        lines.push(format!(
            "{}.{}: {} {:?}",
            one.object, one.attribute, one.title, one.from
        ));
    }
    lines.extend(missing.problems.iter().map(ToString::to_string));
    assert_eq!(missing.is_empty(), lines.is_empty());
    lines.join("\n")
}

fn config(users: serde_json::Value, declared: serde_json::Value) -> serde_json::Value {
    json!({
        "name": "test",
        "subscriptions": [{"action": "identify_user", "subscribe": "type = \"identify\"",
            "mapping": {"user_attributes": users}}],
        "attributes": {"users": declared},
    })
}

#[test]
fn a_configuration_that_fits_lacks_nothing() {
    let config = config(
        json!({"plan": "free"}),
        json!({"plan": {"options": ["Free"]}}),
    );
    assert_eq!(find(config, &[]), "");
}

#[test]
fn declared_attributes_and_options_are_missing_as_they_are_declared() {
    let path = |path: &str| json!({"@path": path});
    let config = config(
        json!({"plan": path("$.a"), "seats": path("$.b"), "arr": path("$.c"), "tier": path("$.d")}),
        json!({
            "plan": {"options": ["free", "Pro", "Gone"]},
            "seats": {"type": "number", "title": "Number of seats", "is_required": true},
            "arr": {"type": "currency", "default_currency_code": "EUR"},
            "tier": {"type": "multiselect", "options": ["A", "B"]},
            "unused": {"type": "text"},
        }),
    );
    insta::assert_snapshot!(find(config, &[]), @r#"
    users {"object":"users","slug":"arr","title":"Arr","type":"currency","default_currency_code":"EUR","from":"declaration"}
    users {"object":"users","slug":"seats","title":"Number of seats","type":"number","is_required":true,"from":"declaration"}
    users {"object":"users","slug":"tier","title":"Tier","type":"select","is_multiselect":true,"from":"declaration"}
    users.plan: Pro Declaration
    users.tier: A Declaration
    users.tier: B Declaration
    error[schema.unknown_option]: the option `Gone` of `users.plan` is archived
      at: /subscriptions/0/mapping/user_attributes/plan
      help: restore it in Attio
    "#);
}

#[test]
fn what_is_not_declared_is_told_by_literals_and_by_a_sample() {
    let path = |path: &str| json!({"@path": path});
    let users = json!({
        "plan": path("$.traits.plan"), "source": "Segment", "seats": path("$.traits.seats"),
        "tags": path("$.traits.tags"), "never": path("$.traits.never"),
    });
    insta::assert_snapshot!(find(config(users.clone(), json!({})), &[]), @r#"
    users {"object":"users","slug":"source","title":"Source","type":"text","from":"mapping"}
    error[schema.unknown_attribute]: `users` has no attribute `never`, and nothing tells of which type it is to be
      at: /subscriptions/0/mapping/user_attributes/never
      help: declare it: `"attributes": {"users": {"never": {"type": "text"}}}`, or give events that hold it with --sample
    error[schema.unknown_attribute]: `users` has no attribute `seats`, and nothing tells of which type it is to be
      at: /subscriptions/0/mapping/user_attributes/seats
      help: declare it: `"attributes": {"users": {"seats": {"type": "text"}}}`, or give events that hold it with --sample
    error[schema.unknown_attribute]: `users` has no attribute `tags`, and nothing tells of which type it is to be
      at: /subscriptions/0/mapping/user_attributes/tags
      help: declare it: `"attributes": {"users": {"tags": {"type": "text"}}}`, or give events that hold it with --sample
    "#);
    let events = [
        json!({"plan": "Pro", "seats": 3, "tags": ["red", "blue"]}),
        json!({"plan": "pro ", "seats": 4.5, "tags": ["red"]}),
        json!({"plan": "free"}),
    ];
    insta::assert_snapshot!(find(config(users, json!({})), &events), @r#"
    users {"object":"users","slug":"seats","title":"Seats","type":"number","from":"sample"}
    users {"object":"users","slug":"source","title":"Source","type":"text","from":"mapping"}
    users {"object":"users","slug":"tags","title":"Tags","type":"select","is_multiselect":true,"from":"sample"}
    users.plan: Pro Sample(1)
    users.tags: red Sample(2)
    users.tags: blue Sample(1)
    error[schema.unknown_attribute]: `users` has no attribute `never`, and nothing tells of which type it is to be
      at: /subscriptions/0/mapping/user_attributes/never
      help: declare it: `"attributes": {"users": {"never": {"type": "text"}}}`, or give events that hold it with --sample
    "#);
    let literal = config(json!({"plan": "Team"}), json!({}));
    insta::assert_snapshot!(find(literal, &[]), @"users.plan: Team Mapping");
}

#[test]
fn attributes_that_events_name_are_found_by_a_sample() {
    let config = config(
        json!({"@path": "$.traits.more"}),
        json!({"motto": {"type": "text"}}),
    );
    let events = [json!({"more": {"seats": 3, "plan": "Pro", "Bad Slug": 1}})];
    insta::assert_snapshot!(find(config, &events), @r#"
    users {"object":"users","slug":"motto","title":"Motto","type":"text","from":"declaration"}
    users {"object":"users","slug":"seats","title":"Seats","type":"number","from":"sample"}
    users.plan: Pro Sample(1)
    error[schema.unknown_attribute]: `Bad Slug` cannot be the slug of an attribute of `users`
      help: map it to a slug of lower case letters, digits and `_`
    "#);
}

#[test]
fn what_attio_does_not_create_is_a_problem() {
    let path = json!({"@path": "$.traits.x"});
    let config = config(
        json!({"stage": path, "arr": path}),
        json!({"stage": {"type": "status"}, "arr": {"type": "currency"}}),
    );
    insta::assert_snapshot!(find(config, &[]), @r#"
    error[schema.unknown_attribute]: `users` has no attribute `arr`, and nothing tells of which currency it is to be
      at: /subscriptions/0/mapping/user_attributes/arr
      help: declare its `default_currency_code`, such as `"EUR"`
    error[schema.unknown_attribute]: `users` has no attribute `stage`, and Attio's API creates none of the type `status`
      at: /subscriptions/0/mapping/user_attributes/stage
      help: create it in Attio, or declare another type
    "#);
    let pets = json!({"name": "test", "subscriptions": [{"action": "assert_record", "subscribe": "type = \"identify\"",
        "mapping": {"object": "pets", "matching_attribute": "tag", "attributes": {"tag": path, "name": path}}}]});
    insta::assert_snapshot!(find(pets, &[]), @"
    error[schema.unknown_object]: no object is called `pets` in the workspace
      at: /subscriptions/0/mapping/attributes
      help: create it in Attio under Workspace settings > Objects; only attributes and options are created here
    ");
}

#[test]
fn an_attribute_that_may_be_misspelt_is_told_with_the_one_that_is_there() {
    let config = config(json!({"plam": "Pro"}), json!({}));
    insta::assert_snapshot!(find(config, &[]), @r#"users {"object":"users","slug":"plam","title":"Plam","type":"text","from":"mapping","similar":"plan"}"#);
}
