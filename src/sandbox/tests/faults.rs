use std::time::Duration;

use super::*;
use crate::delivery::{Transport, TransportError};
use crate::plan::{Method, Request};

const SECOND: Duration = Duration::from_secs(1);

fn sandbox(faults: Faults) -> Sandbox {
    let start = Moment::parse("2023-05-23T14:42:00Z").unwrap();
    Sandbox::builder().start_at(start).faults(faults).build()
}

fn write(n: u64) -> Request {
    Request {
        method: Method::Put,
        path: "/v2/objects/workspaces/records?matching_attribute=workspace_id".to_owned(),
        body: Some(json!({"data": {"values": {"workspace_id": n.to_string()}}}).to_string()),
    }
}

async fn send(sandbox: &Sandbox, request: Request) -> Response {
    sandbox.send(request).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_twenty_sixth_write_of_a_second_waits_for_the_next() {
    let sandbox = sandbox(Faults::attio());
    for n in 0..25 {
        assert_eq!(send(&sandbox, write(n)).await.status, 200);
    }
    let refused = send(&sandbox, write(25)).await;
    assert_eq!(
        refused.retry_after.as_deref(),
        Some("Tue, 23 May 2023 14:42:01 GMT")
    );
    insta::assert_snapshot!(refused.body, @r#"{"status_code":429,"type":"rate_limit_error","code":"rate_limit_exceeded","message":"Rate limit exceeded, please try again later"}"#);
    assert_eq!(
        send(&sandbox, Request::get("/v2/objects")).await.status,
        200,
        "reads have a limit of their own"
    );
    tokio::time::advance(Duration::from_millis(999)).await;
    assert_eq!(send(&sandbox, write(25)).await.status, 429);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(send(&sandbox, write(25)).await.status, 200);
    let stats = sandbox.stats();
    assert_eq!((stats.requests, stats.writes, stats.reads), (29, 26, 1));
    assert_eq!((stats.answered(429), stats.busiest_second_writes), (2, 25));
    assert_eq!(sandbox.records("workspaces").len(), 26);
}

#[tokio::test(start_paused = true)]
async fn the_hundred_and_first_read_of_a_second_waits_too() {
    let sandbox = sandbox(Faults::attio());
    let query = || Request {
        method: Method::Post,
        path: "/v2/objects/people/records/query".to_owned(),
        body: None,
    };
    for n in 0..100 {
        let request = if n % 2 == 0 {
            query()
        } else {
            Request::get("/v2/objects")
        };
        assert_eq!(send(&sandbox, request).await.status, 200);
    }
    assert_eq!(send(&sandbox, query()).await.status, 429);
    assert_eq!(send(&sandbox, write(0)).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn latency_passes_on_the_virtual_clock() {
    let sandbox = sandbox(Faults {
        latency: Latency::Fixed(Duration::from_millis(300)),
        ..Faults::default()
    });
    let begun = tokio::time::Instant::now();
    send(&sandbox, write(0)).await;
    assert_eq!(begun.elapsed(), Duration::from_millis(300));
    // A client that leaves before half of it has passed was never heard.
    let left = tokio::time::timeout(Duration::from_millis(149), sandbox.send(write(1))).await;
    assert!(left.is_err());
    assert_eq!(sandbox.records("workspaces").len(), 1);
    let left = tokio::time::timeout(Duration::from_millis(151), sandbox.send(write(1))).await;
    assert!(left.is_err());
    assert_eq!(sandbox.records("workspaces").len(), 2);
}

#[tokio::test]
async fn connections_break_before_or_after_the_write() {
    let broken = || {
        Err(TransportError::Broken(
            "connection reset by peer".to_owned(),
        ))
    };
    let before = sandbox(Faults {
        resets_before: 1.0,
        ..Faults::default()
    });
    assert_eq!(before.send(write(0)).await, broken());
    assert!(before.records("workspaces").is_empty());
    let after = sandbox(Faults {
        resets_after: 1.0,
        ..Faults::default()
    });
    assert_eq!(after.send(write(0)).await, broken());
    assert_eq!(after.records("workspaces").len(), 1);
    assert_eq!(after.stats().resets, 1);
}

#[tokio::test]
async fn failures_of_the_server_may_or_may_not_have_done_the_write() {
    let sandbox = sandbox(Faults {
        seed: 3,
        server_errors: 1.0,
        ..Faults::default()
    });
    let mut statuses = std::collections::BTreeSet::new();
    for n in 0..60 {
        statuses.insert(send(&sandbox, write(n)).await.status);
    }
    assert_eq!(Vec::from_iter(statuses), [500, 502, 503]);
    let done = sandbox.records("workspaces").len();
    assert!((15..=45).contains(&done), "{done}");
}

#[tokio::test(start_paused = true)]
async fn bodies_are_slow_or_cut_short() {
    let slow = sandbox(Faults {
        slow_bodies: 1.0,
        slow_body: 9 * SECOND,
        ..Faults::default()
    });
    let begun = tokio::time::Instant::now();
    let whole = send(&slow, write(0)).await.body;
    assert_eq!(begun.elapsed(), 9 * SECOND);
    assert!(serde_json::from_str::<Value>(&whole).is_ok());
    let cut = sandbox(Faults {
        truncated_bodies: 1.0,
        ..Faults::default()
    });
    for n in 0..50 {
        let answer = send(&cut, write(n)).await;
        assert_eq!(answer.status, 200);
        assert!(
            serde_json::from_str::<Value>(&answer.body).is_err(),
            "{}",
            answer.body
        );
    }
    assert_eq!(cut.records("workspaces").len(), 50);
    assert_eq!(
        (slow.stats().slow_bodies, cut.stats().truncated_bodies),
        (1, 50)
    );
}

#[tokio::test(start_paused = true)]
async fn maintenance_begins_and_ends() {
    let sandbox = sandbox(Faults {
        maintenance: vec![SECOND..3 * SECOND],
        ..Faults::default()
    });
    let mut statuses = Vec::new();
    for n in 0..5 {
        statuses.push(send(&sandbox, write(n)).await.status);
        tokio::time::advance(SECOND).await;
    }
    assert_eq!(statuses, [200, 503, 503, 200, 200]);
    assert_eq!(sandbox.records("workspaces").len(), 3);
    assert_eq!(sandbox.stats().writes, 3);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_revoked_in_the_middle_and_a_new_one_stays() {
    let revoked = |revocation| {
        sandbox(Faults {
            revocation: Some(revocation),
            ..Faults::default()
        })
    };
    let by_count = revoked(Revocation::AfterRequests(2));
    let mut statuses = Vec::new();
    for n in 0..4 {
        statuses.push(send(&by_count, write(n)).await.status);
    }
    assert_eq!(statuses, [200, 200, 401, 401]);
    by_count.grant("new", SCOPES);
    assert_eq!(
        send(&by_count.with_token("new"), write(9)).await.status,
        200
    );
    assert_eq!(send(&by_count, write(9)).await.status, 401);

    let by_time = revoked(Revocation::After(2 * SECOND));
    assert_eq!(send(&by_time, write(0)).await.status, 200);
    tokio::time::advance(2 * SECOND).await;
    assert_eq!(send(&by_time, write(0)).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn a_run_with_all_faults_can_be_repeated() {
    let faults = |seed| Faults {
        seed,
        rate_limit: Some(RateLimit {
            reads_per_second: 10,
            writes_per_second: 5,
            ..RateLimit::default()
        }),
        latency: Latency::LongTail {
            median: Duration::from_millis(80),
            p99: SECOND,
        },
        server_errors: 0.1,
        resets_before: 0.1,
        resets_after: 0.1,
        slow_bodies: 0.1,
        truncated_bodies: 0.1,
        maintenance: vec![2 * SECOND..4 * SECOND],
        ..Faults::default()
    };
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let sandbox = sandbox(faults(seed));
        let mut answers = Vec::new();
        for n in 0..200 {
            answers.push(sandbox.send(write(n % 20)).await);
        }
        let stats = sandbox.stats();
        let told: u64 = stats.answers.values().sum();
        assert_eq!(told + stats.resets, 200);
        assert!(stats.answered(503) > 0 && stats.resets > 0 && stats.busiest_second_writes <= 5);
        runs.push((answers, stats, sandbox.snapshot()));
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}
