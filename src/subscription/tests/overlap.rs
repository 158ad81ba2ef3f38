use super::super::*;

fn share(one: &str, other: &str) -> bool {
    let mut paths = Paths::new();
    let one = Subscription::parse(one, &mut paths).unwrap();
    let other = Subscription::parse(other, &mut paths).unwrap();
    let share = one.may_share_events(&other);
    assert_eq!(share, other.may_share_events(&one), "either way round");
    assert!(one.may_share_events(&one));
    share
}

#[test]
fn subscriptions_that_contradict_each_other_share_no_event() {
    for (one, other) in [
        (r#"type = "identify""#, r#"type = "group""#),
        (
            r#"type = "track" and event = "A""#,
            r#"type = "track" and event = "B""#,
        ),
        (r#"type = "track" and event = "A""#, r#"event = null"#),
        (
            r#"type = "track" and event in ["A", "B"]"#,
            r#"type = "track" and (event = "C" or event = "D")"#,
        ),
        (
            r#"type = "track" and !match(event, "A*")"#,
            r#"type = "track" and match(event, "A*")"#,
        ),
        (r#"traits.plan = "pro""#, r#"traits.plan != "pro""#),
        (r#"userId = null"#, r#"userId != null"#),
        (
            r#"type = "track" and (event = "A" or (event = "B" and userId = "1"))"#,
            r#"type = "track" and event = "C""#,
        ),
        (
            r#"(type = "track" and event = "A") or (type = "identify" and traits.x = "1")"#,
            r#"(type = "track" and event = "B") or (type = "identify" and traits.x = "2")"#,
        ),
    ] {
        assert!(!share(one, other), "{one} | {other}");
    }
}

#[test]
fn subscriptions_that_may_hold_together_share_events() {
    for (one, other) in [
        (
            r#"type = "identify""#,
            r#"type = "identify" and traits.plan = "pro""#,
        ),
        (
            r#"type = "identify" or type = "group""#,
            r#"type = "group""#,
        ),
        (
            r#"type = "track" and event = "A""#,
            r#"type = "track" and event in ["A", "B"]"#,
        ),
        (r#"properties.n = 1"#, r#"properties.n = 1.0"#),
        (r#"traits.plan = "pro""#, r#"traits.size = "big""#),
        (
            r#"type = "track" and match(event, "A*")"#,
            r#"type = "track" and match(event, "B*")"#,
        ),
        (r#"userId != null"#, r#"userId = "1""#),
    ] {
        assert!(share(one, other), "{one} | {other}");
    }
}
