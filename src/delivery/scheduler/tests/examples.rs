//! One behaviour at a time.

use serde_json::json;

use super::*;
use crate::delivery::model::{assert, group, identify, plan};
use crate::delivery::outcome::{Outcome, WriteResult};
use crate::delivery::scheduler::OnMissingReference;
use crate::plan::WriteKind;

fn log(world: &World) -> String {
    let mut lines = String::new();
    for line in &world.attio.log {
        let (request, body) = line.split_once(" {\"data\":{\"values\":").unwrap();
        lines.push_str(&format!("{request} {}\n", body.strip_suffix("}}").unwrap()));
    }
    lines
}

fn outcomes(reports: &[Report]) -> Vec<&'static str> {
    let mut sorted: Vec<_> = reports.iter().collect();
    sorted.sort_by_key(|report| report.seq);
    sorted
        .iter()
        .map(|report| report.outcome.as_str())
        .collect()
}

fn results(reports: &[Report], seq: u64) -> Vec<WriteResult> {
    let report = reports.iter().find(|report| report.seq == seq).unwrap();
    report.writes.iter().map(|write| write.result).collect()
}

fn run(plans: Vec<Plan>) -> (World, Vec<Report>) {
    let mut world = World::new(Faults::default(), 1);
    let (reports, scheduler) = deliver(&mut world, Settings::default(), plans);
    assert!(scheduler.is_idle() && scheduler.summary().is_balanced());
    assert!(
        scheduler.queue.is_empty() && scheduler.aliases.is_empty() && scheduler.inverses.is_empty()
    );
    (world, reports)
}

#[test]
fn the_writes_of_a_plan_go_in_order_and_an_append_gets_the_record_id() {
    let (world, reports) = run(vec![
        identify(Some(1), "u1", json!({"name": "Ada"}), None),
        group(Some(2), "w1", Some("u1"), json!({})),
    ]);
    insta::assert_snapshot!(log(&world), @r#"
    PUT /v2/objects/people/records?matching_attribute=email_addresses {"email_addresses":[{"email_address":"u1@example.com"}],"name":"Ada"}
    PUT /v2/objects/users/records?matching_attribute=user_id {"user_id":"u1","primary_email_address":"u1@example.com","person":{"target_object":"people","email_addresses":[{"email_address":"u1@example.com"}]}}
    PUT /v2/objects/companies/records?matching_attribute=domains {"domains":[{"domain":"w1.example"}],"name":"w1"}
    PUT /v2/objects/workspaces/records?matching_attribute=workspace_id {"workspace_id":"w1","company":{"target_object":"companies","domains":[{"domain":"w1.example"}]}}
    PATCH /v2/objects/workspaces/records/r4 {"users":[{"target_object":"users","user_id":"u1"}]}
    "#);
    assert_eq!(outcomes(&reports), ["delivered", "delivered"]);
    let ids: Vec<_> = reports
        .iter()
        .flat_map(|r| &r.writes)
        .map(|w| w.record_id.clone())
        .collect();
    assert!(ids.iter().all(Option::is_some));
}

#[test]
fn waiting_writes_of_a_record_become_one_and_each_event_still_names_its_own() {
    let (world, reports) = run(vec![
        identify(
            Some(1),
            "u1",
            json!({"name": "Ada", "job_title": "Poet"}),
            None,
        ),
        identify(Some(3), "u1", json!({"name": "Ada L."}), None),
        identify(Some(2), "u1", json!({"name": "Countess"}), None),
    ]);
    insta::assert_snapshot!(log(&world), @r#"
    PUT /v2/objects/people/records?matching_attribute=email_addresses {"email_addresses":[{"email_address":"u1@example.com"}],"name":"Ada L.","job_title":"Poet"}
    PUT /v2/objects/users/records?matching_attribute=user_id {"user_id":"u1","primary_email_address":"u1@example.com","person":{"target_object":"people","email_addresses":[{"email_address":"u1@example.com"}]}}
    "#);
    assert_eq!(outcomes(&reports), ["delivered"; 3]);
    assert_eq!(results(&reports, 0)[0], WriteResult::Written);
    assert_eq!(results(&reports, 2)[0], WriteResult::Merged);
    assert!(reports.iter().all(|report| report.writes.len() == 2));
}

#[test]
fn what_is_unchanged_is_not_written_again_until_it_is_stale() {
    let mut world = World::new(Faults::default(), 1);
    let mut scheduler = Scheduler::new(Settings::default(), MemoryLedger::default());
    let event = || {
        vec![
            identify(None, "u1", json!({"name": "Ada"}), None),
            group(None, "w1", Some("u1"), json!({})),
        ]
    };
    deliver_with(&mut world, &mut scheduler, event());
    assert_eq!(world.attio.log.len(), 5);
    let again = deliver_with(&mut world, &mut scheduler, event());
    assert_eq!(outcomes(&again), ["unchanged", "unchanged"]);
    assert_eq!(results(&again, 1), [WriteResult::Unchanged; 3]);
    assert_eq!(world.attio.log.len(), 5);
    world.now += Duration::from_secs(25 * 3600);
    deliver_with(&mut world, &mut scheduler, event());
    assert_eq!(world.attio.log.len(), 10);
}

#[test]
fn without_skipping_every_event_is_written() {
    let mut world = World::new(Faults::default(), 1);
    let settings = Settings {
        skip_unchanged_for: Duration::ZERO,
        max_pending_events: 1,
        ..Settings::default()
    };
    let event = || {
        vec![
            identify(None, "u1", json!({"name": "Ada"}), None),
            group(None, "w1", Some("u1"), json!({})),
        ]
    };
    let mut scheduler = Scheduler::new(settings, MemoryLedger::default());
    for _ in 0..2 {
        let reports = deliver_with(&mut world, &mut scheduler, event());
        assert_eq!(outcomes(&reports), ["delivered"; 2]);
    }
    assert_eq!(world.attio.log.len(), 10);
}

#[test]
fn an_older_event_does_not_overwrite_what_a_newer_one_wrote_attribute_by_attribute() {
    let mut world = World::new(Faults::default(), 1);
    let mut scheduler = Scheduler::new(Settings::default(), MemoryLedger::default());
    for event in [
        identify(Some(10), "u1", json!({"name": "New"}), None),
        identify(
            Some(5),
            "u1",
            json!({"name": "Old", "job_title": "Kept"}),
            None,
        ),
    ] {
        deliver_with(&mut world, &mut scheduler, vec![event]);
    }
    let state = world.attio.state();
    let person = state
        .iter()
        .find(|line| line.starts_with("people"))
        .unwrap();
    assert!(
        person.contains("name = \"New\"") && person.contains("job_title = \"Kept\""),
        "{person}"
    );
    let stale = deliver_with(
        &mut world,
        &mut scheduler,
        vec![identify(Some(4), "u1", json!({"name": "Older"}), None)],
    );
    assert_eq!(outcomes(&stale), ["unchanged"]);
    assert_eq!(results(&stale, 0)[0], WriteResult::Superseded);
}

#[test]
fn a_known_record_takes_changed_values_and_members_in_one_request() {
    let mut world = World::new(Faults::default(), 1);
    let mut scheduler = Scheduler::new(Settings::default(), MemoryLedger::default());
    let users = (0..4)
        .map(|i| identify(None, &format!("u{i}"), json!({}), None))
        .collect();
    deliver_with(&mut world, &mut scheduler, users);
    deliver_with(
        &mut world,
        &mut scheduler,
        vec![group(None, "w1", Some("u0"), json!({}))],
    );
    world.attio.log.clear();
    deliver_with(
        &mut world,
        &mut scheduler,
        vec![
            group(None, "w1", Some("u1"), json!({"name": "One"})),
            group(None, "w1", Some("u2"), json!({})),
            group(None, "w1", Some("u0"), json!({})),
        ],
    );
    insta::assert_snapshot!(log(&world), @r#"PATCH /v2/objects/workspaces/records/r10 {"name":"One","users":[{"target_object":"users","user_id":"u1"},{"target_object":"users","user_id":"u2"}]}"#);
}

#[test]
fn a_deleted_record_is_asserted_anew_before_its_append() {
    let mut world = World::new(Faults::default(), 1);
    let mut scheduler = Scheduler::new(Settings::default(), MemoryLedger::default());
    deliver_with(
        &mut world,
        &mut scheduler,
        vec![
            identify(None, "u1", json!({}), None),
            identify(None, "u2", json!({}), None),
            group(None, "w1", Some("u1"), json!({})),
        ],
    );
    world.attio.delete("workspaces", "workspace_id", "w1");
    let reports = deliver_with(
        &mut world,
        &mut scheduler,
        vec![group(None, "w1", Some("u2"), json!({}))],
    );
    assert_eq!(outcomes(&reports), ["delivered"]);
    let state = world.attio.state();
    let workspace = state
        .iter()
        .find(|line| line.starts_with("workspaces"))
        .unwrap();
    assert!(
        workspace.ends_with("users = users \"u2\" | workspace_id = \"w1\""),
        "{workspace}"
    );
}

#[test]
fn a_refused_value_fails_its_event_alone() {
    for culprit in 0..7u64 {
        let plans = (0..7).map(|i| {
            let mut traits = json!({});
            traits[format!("a{i}")] = json!(i);
            if i == culprit {
                traits["phone"] = json!({"fail": true});
            }
            identify(Some(1), "u1", traits, None)
        });
        let (world, reports) = run(plans.collect());
        let outcomes = outcomes(&reports);
        for (seq, outcome) in outcomes.iter().enumerate() {
            assert_eq!(*outcome == "failed", seq as u64 == culprit, "{outcomes:?}");
        }
        assert_eq!(
            results(&reports, culprit),
            [WriteResult::Failed, WriteResult::NotAttempted]
        );
        let state = world.attio.state();
        let person = state
            .iter()
            .find(|line| line.starts_with("people"))
            .unwrap();
        let written = (0..7).filter(|i| person.contains(&format!(" | a{i} = ")));
        assert_eq!(written.count(), 6, "{person}");
        assert!(world.attio.log.len() < 16, "{}", world.attio.log.len());
    }
}

#[test]
fn a_failed_event_keeps_the_last_response() {
    let (_, reports) = run(vec![identify(
        None,
        "u1",
        json!({"phone": {"fail": true}}),
        None,
    )]);
    insta::assert_snapshot!(serde_json::to_string(&reports[0]).unwrap(), @r#"{"outcome":"failed","response":{"status":400,"type":"invalid_request_error","code":"validation_type","message":"An invalid value was passed."},"writes":[{"id":"0.person","object":"people","result":"failed"},{"id":"0.user","object":"users","result":"not_attempted"}],"diagnostics":[]}"#);
}

#[test]
fn a_group_before_its_users_identify_waits_for_it_without_a_request() {
    let (world, reports) = run(vec![
        group(Some(1), "w1", Some("u1"), json!({})),
        identify(Some(2), "u1", json!({}), None),
    ]);
    assert_eq!(outcomes(&reports), ["delivered"; 2]);
    assert_eq!(world.attio.log.len(), 5);
    assert!(reports.iter().all(|report| report.diagnostics.is_empty()));
}

#[test]
fn a_write_refused_for_a_missing_record_goes_once_that_is_asserted() {
    for is_talkative in [true, false] {
        let mut world = World::new(Faults::default(), 1);
        world.attio.is_talkative = is_talkative;
        let mut scheduler = Scheduler::new(Settings::default(), MemoryLedger::default());
        let mut reports = Vec::new();
        scheduler.submit(0, group(Some(1), "w1", Some("u1"), json!({})));
        scheduler.submit(1, group(Some(1), "w1", Some("u2"), json!({})));
        scheduler.submit(2, identify(Some(2), "u2", json!({}), None));
        world.run(&mut scheduler, &mut reports, |scheduler| {
            !scheduler.missing.is_empty()
        });
        assert_eq!(scheduler.summary().waiting_for_reference, 1);
        scheduler.submit(3, identify(Some(3), "u1", json!({}), None));
        scheduler.drain();
        world.run(&mut scheduler, &mut reports, |scheduler| {
            scheduler.is_idle()
        });
        assert_eq!(outcomes(&reports), ["delivered"; 4]);
        let state = world.attio.state();
        let workspace = state
            .iter()
            .find(|line| line.starts_with("workspaces"))
            .unwrap();
        assert!(
            workspace.contains("users = users \"u1\", users \"u2\""),
            "{workspace}"
        );
        assert!(world.now - START < Duration::from_secs(2));
    }
}

#[test]
fn a_record_that_never_comes_is_left_out_with_a_diagnostic() {
    for (policy, outcome, diagnostics) in [
        (OnMissingReference::Hold, "delivered", 1),
        (OnMissingReference::Drop, "delivered", 1),
        (OnMissingReference::Fail, "failed", 0),
        (OnMissingReference::Create, "delivered", 0),
    ] {
        let mut world = World::new(Faults::default(), 1);
        let settings = Settings {
            on_missing_reference: policy,
            ..Settings::default()
        };
        let (reports, scheduler) = deliver(
            &mut world,
            settings,
            vec![group(Some(1), "w1", Some("u1"), json!({}))],
        );
        assert_eq!(outcomes(&reports), [outcome], "{policy:?}");
        assert_eq!(reports[0].diagnostics.len(), diagnostics, "{policy:?}");
        assert!(scheduler.summary().is_balanced());
        let created = world
            .attio
            .state()
            .iter()
            .any(|line| line.starts_with("users"));
        assert_eq!(created, policy == OnMissingReference::Create);
    }
}

#[test]
fn a_missing_record_is_created_in_the_form_that_its_attribute_has_or_why_not_is_told() {
    let mut world = World::new(Faults::default(), 1);
    world.attio.is_strict = true;
    let person = |email: &str, company: serde_json::Value| {
        let values = json!({"email_addresses": [{"email_address": email}], "company": company});
        let writes = vec![("0.person", "people", assert("email_addresses"), values)];
        plan(Some(1), writes)
    };
    let domain = [json!({"domain": "newco.com"})];
    let settings = Settings {
        on_missing_reference: OnMissingReference::Create,
        ..Settings::default()
    };
    let plans = vec![
        person(
            "a@b.co",
            json!({"target_object": "companies", "domains": domain}),
        ),
        group(Some(1), "w1", Some("u1"), json!({})),
        person(
            "c@d.co",
            json!({"target_object": "companies", "target_record_id": "r99"}),
        ),
    ];
    let (reports, _) = deliver(&mut world, settings, plans);
    assert_eq!(outcomes(&reports), ["delivered"; 3]);
    let state = world
        .attio
        .state()
        .into_iter()
        .collect::<Vec<_>>()
        .join("\n");
    insta::assert_snapshot!(state, @r#"
    companies "newco.com" | domains = "newco.com" | team = people "a@b.co"
    companies "w1.example" | associated_workspaces = workspaces "w1" | domains = "w1.example" | name = "w1"
    people "a@b.co" | company = companies "newco.com" | email_addresses = "a@b.co"
    people "c@d.co" | email_addresses = "c@d.co"
    workspaces "w1" | company = companies "w1.example" | workspace_id = "w1"
    "#);
    let told: Vec<String> = reports
        .iter()
        .flat_map(|report| &report.diagnostics)
        .map(ToString::to_string)
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    warning[delivery.missing_reference]: the record of `companies` with `record_id` `r99` does not exist and could not be created (a record that is named by its id cannot be created anew); the write went without the reference to it
      at: /writes/0
      help: give the id of a record that exists, or refer to it by a unique attribute
    warning[delivery.missing_reference]: the record of `users` with `user_id` `u1` does not exist and could not be created (Attio answered 400 `missing_value`: Required value for attribute with slug "primary_email_address" was not provided.); the write went without the reference to it
      at: /writes/2
      help: send the event that creates the record, with all that Attio requires of it
    "#);
}

#[test]
fn many_records_wait_together_for_one_that_never_comes() {
    let mut world = World::new(Faults::default(), 1);
    let plans = (0..30).map(|user| identify(None, &format!("u{user}"), json!({}), Some("w1")));
    let (reports, scheduler) = deliver(&mut world, Settings::default(), plans.collect());
    assert_eq!(outcomes(&reports), ["delivered"; 30]);
    assert!(reports.iter().all(|report| report.diagnostics.len() == 1));
    let took = world.now - START;
    assert!(took < Duration::from_secs(15), "{took:?}");
    let summary = scheduler.summary();
    assert!(summary.requests < 30 * 2 + 30 + 2, "{summary:?}");
    assert!((0.5..=1.0).contains(&summary.share_of_limit), "{summary:?}");
}

#[test]
fn the_diagnostic_of_a_left_out_reference_tells_which() {
    let (_, reports) = run(vec![group(Some(1), "w1", Some("u1"), json!({}))]);
    insta::assert_snapshot!(reports[0].diagnostics[0], @r"
    warning[delivery.missing_reference]: the record of `users` with `user_id` `u1` does not exist; the write went without the reference to it
      at: /writes/2
      help: send the event that creates the record before this one, or soon after it
    ");
}

#[test]
fn a_wrong_token_stops_everything_and_nothing_counts_as_failed() {
    let mut scheduler = Scheduler::new(Settings::default(), MemoryLedger::default());
    for seq in 0..3 {
        scheduler.submit(seq, identify(None, &format!("u{seq}"), json!({}), None));
    }
    let Step::Send(sending) = scheduler.next(START) else {
        panic!()
    };
    let body = r#"{"status_code":401,"type":"auth_error","code":"unauthorized","message":"The token was revoked."}"#;
    let answer = Response {
        status: 401,
        retry_after: None,
        body: body.into(),
    };
    scheduler.answered(sending.record, sending.number, Ok(answer), START);
    assert!(matches!(scheduler.next(START), Step::Stopped));
    assert!(scheduler.stopped_by().unwrap().is_unauthorized());
    scheduler.give_back("the token was refused");
    let reports: Vec<_> = std::iter::from_fn(|| scheduler.report()).collect();
    assert_eq!(outcomes(&reports), ["held"; 3]);
    let summary = scheduler.summary();
    assert!(summary.is_balanced());
    assert_eq!((summary.held, summary.failed), (3, 0));
}

#[test]
fn the_first_request_goes_alone() {
    let mut scheduler = Scheduler::new(Settings::default(), MemoryLedger::default());
    for seq in 0..3 {
        scheduler.submit(seq, identify(None, &format!("u{seq}"), json!({}), None));
    }
    assert!(matches!(scheduler.next(START), Step::Send(_)));
    assert!(matches!(
        scheduler.next(START + Duration::from_secs(1)),
        Step::Wait(None)
    ));
}

#[test]
fn a_plan_that_does_not_hold_together_is_rejected() {
    for (writes, expect) in [
        (
            vec![(
                "0.a",
                "users",
                WriteKind::Append { record: 0 },
                json!({"tags": ["x"]}),
            )],
            "the write `0.a` appends to a record that no write before it asserts",
        ),
        (
            vec![("0.a", "users", assert("user_id"), json!({"plan": "pro"}))],
            "the write `0.a` has no value of its matching attribute",
        ),
    ] {
        let (_, reports) = run(vec![plan(None, writes)]);
        assert_eq!(outcomes(&reports), ["rejected"]);
        assert_eq!(reports[0].diagnostics[0].message, expect);
    }
}

#[test]
fn an_outage_uses_up_no_budget_of_what_waits() {
    let mut world = World::new(
        Faults {
            outage: Some((2, 600)),
            ..Faults::default()
        },
        3,
    );
    let plans = (0..300).map(|i| identify(None, &format!("u{i}"), json!({}), None));
    let (reports, scheduler) = deliver(&mut world, Settings::default(), plans.collect());
    assert_eq!(scheduler.summary().delivered, 300);
    assert_eq!(reports.len(), 300);
    assert!(
        scheduler.summary().retries < 100,
        "{}",
        scheduler.summary().retries
    );
}

#[test]
fn the_budget_ends_what_never_succeeds() {
    let mut world = World::new(
        Faults {
            failing: 1.0,
            ..Faults::default()
        },
        3,
    );
    let plans = (0..3).map(|i| identify(None, &format!("u{i}"), json!({}), None));
    let (reports, scheduler) = deliver(&mut world, Settings::default(), plans.collect());
    assert_eq!(outcomes(&reports), ["failed"; 3]);
    assert!(scheduler.summary().requests <= 30);
    let Outcome::Failed { failure } = &reports[0].outcome else {
        panic!()
    };
    assert_eq!(failure.to_string(), "Attio answered 500");
}

#[test]
fn both_sides_of_a_relation_keep_the_order_of_their_events() {
    // The append comes first, so the set that follows ends the membership in w2.
    let (world, _) = run(vec![
        identify(None, "u1", json!({}), None),
        group(None, "w1", None, json!({})),
        group(None, "w2", Some("u1"), json!({})),
        identify(None, "u1", json!({}), Some("w1")),
    ]);
    let user = world
        .attio
        .state()
        .into_iter()
        .find(|line| line.starts_with("users"))
        .unwrap();
    assert!(user.ends_with("workspace = workspaces \"w1\""), "{user}");
    // And the other way round both memberships stay.
    let (world, _) = run(vec![
        identify(None, "u1", json!({}), None),
        group(None, "w1", None, json!({})),
        identify(None, "u1", json!({}), Some("w1")),
        group(None, "w2", Some("u1"), json!({})),
    ]);
    let user = world
        .attio
        .state()
        .into_iter()
        .find(|line| line.starts_with("users"))
        .unwrap();
    assert!(
        user.ends_with("workspace = workspaces \"w1\", workspaces \"w2\""),
        "{user}"
    );
}
