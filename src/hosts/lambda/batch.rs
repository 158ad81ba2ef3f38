//! Delivers the plans of a batch within a time: drives the scheduler, and tells what kept it from ending.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::delivery::identity::RecordKey;
use crate::delivery::limiter::Limiter;
use crate::delivery::scheduler::Step;
use crate::delivery::{Ledger, Report, Scheduler, Settings, Summary, Transport};
use crate::plan::Plan;

/// So long answers are waited for when no more requests are sent.
const GRACE: Duration = Duration::from_millis(1500);

/// What became of a batch.
#[derive(Debug)]
pub(super) struct Delivered<L> {
    /// The outcome of every event, in any order.
    pub(super) reports: Vec<Report>,
    /// Why it ended.
    pub(super) end: End,
    /// The counts.
    pub(super) summary: Summary,
    /// The ledger with what was learned.
    pub(super) ledger: L,
    /// The limiter with what it saw.
    pub(super) limiter: Limiter,
    /// Records that requests were sent for whose answers did not come in time: they may be done yet.
    pub(super) under_way: HashSet<RecordKey>,
}

/// Why the delivery of a batch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Every event has its outcome.
    Done,
    /// The time was up.
    TimeIsUp,
    /// What is left waits for something that does not happen in this time, as a rule for a record that another event
    /// must create.
    Waits,
    /// Attio refuses the token.
    Unauthorized,
}

impl End {
    fn reason(self) -> &'static str {
        match self {
            End::Done => "",
            End::TimeIsUp => "the time of the function was up",
            End::Waits => "it waits for a record that it refers to",
            End::Unauthorized => "Attio refused the access token",
        }
    }
}

/// The time since 1970-01-01T00:00:00Z.
pub(super) fn clock() -> Duration {
    let age = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    age.unwrap_or_default()
}

/// Delivers plans until `until`, by the clock since 1970. What has not ended then is given back as held.
pub(super) async fn deliver<L: Ledger, T: Transport>(
    plans: impl IntoIterator<Item = (u64, Plan)>,
    settings: Settings,
    (ledger, limiter): (L, Limiter),
    transport: &Arc<T>,
    until: Duration,
) -> Delivered<L> {
    // A clock that nobody sets while the batch lasts.
    let begun = (clock(), Instant::now());
    let clock = || begun.0 + begun.1.elapsed();
    let mut scheduler = Scheduler::new(settings, ledger).with_limiter(limiter);
    for (seq, plan) in plans {
        scheduler.submit(seq, plan);
    }
    let mut answers = JoinSet::new();
    let mut under_way = HashSet::new();
    let end = loop {
        let now = clock();
        if scheduler.is_idle() {
            break End::Done;
        }
        if now >= until {
            break End::TimeIsUp;
        }
        let wakes_at = match scheduler.next(now) {
            Step::Send(sending) => {
                let transport = Arc::clone(transport);
                under_way.insert(sending.record);
                answers.spawn(async move {
                    let answer = transport.send(sending.request).await;
                    (sending.record, sending.number, answer)
                });
                continue;
            }
            Step::Stopped => break End::Unauthorized,
            Step::Wait(at) => at.unwrap_or(Duration::MAX).min(until),
        };
        // The last events may have ended without another request.
        if scheduler.is_idle() {
            break End::Done;
        }
        if answers.is_empty() && wakes_at >= until {
            let waits = scheduler.summary().waiting_for_reference > 0;
            break if waits { End::Waits } else { End::TimeIsUp };
        }
        tokio::select! {
            Some(answer) = answers.join_next() => {
                answered(&mut scheduler, &mut under_way, answer, clock());
            }
            () = tokio::time::sleep(wakes_at.saturating_sub(now)) => {}
        }
    };
    // A request that is under way may be done: its answer saves doing it again.
    let all = async {
        while let Some(answer) = answers.join_next().await {
            answered(&mut scheduler, &mut under_way, answer, clock());
        }
    };
    let _ = tokio::time::timeout(GRACE, all).await;
    scheduler.give_back(end.reason());
    let mut reports = Vec::new();
    while let Some(report) = scheduler.report() {
        reports.push(report);
    }
    let summary = scheduler.summary();
    let (ledger, limiter) = scheduler.into_parts();
    Delivered {
        reports,
        end,
        summary,
        ledger,
        limiter,
        under_way,
    }
}

type Answer = (
    RecordKey,
    u64,
    Result<crate::delivery::Response, crate::delivery::TransportError>,
);

fn answered<L: Ledger>(
    scheduler: &mut Scheduler<L>,
    under_way: &mut HashSet<RecordKey>,
    answer: Result<Answer, tokio::task::JoinError>,
    now: Duration,
) {
    // A request whose task failed is one without an answer; the end of the batch gives its events back.
    if let Ok((record, number, answer)) = answer {
        under_way.remove(&record);
        scheduler.answered(record, number, answer, now);
    }
}

#[cfg(all(test, feature = "sandbox"))]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use serde_json::{Value, json};

    use super::*;
    use crate::config::preset;
    use crate::delivery::retry::Budget;
    use crate::delivery::{MemoryLedger, OnMissingReference, Response, TransportError};
    use crate::plan::{Planner, Request};
    use crate::sandbox::Sandbox;
    use crate::schema::Schema;

    fn plans(events: &[Value]) -> Vec<(u64, Plan)> {
        let planner = Planner::parse(preset("segment").unwrap(), Schema::standard()).unwrap();
        let plan = |event: &Value| planner.plan(event.to_string().as_bytes());
        (0..).zip(events.iter().map(plan)).collect()
    }

    fn identify(user: &str) -> Value {
        let email = format!("{user}@example.com");
        json!({"type": "identify", "userId": user, "traits": {"email": email}})
    }

    fn group(user: &str) -> Value {
        json!({"type": "group", "userId": user, "groupId": "acme", "traits": {"website": "acme.example"}})
    }

    /// What the function delivers with, and how long it took.
    async fn run<T: Transport>(
        events: &[Value],
        on_missing_reference: OnMissingReference,
        transport: T,
        seconds: u64,
    ) -> (Delivered<MemoryLedger>, Duration) {
        let settings = Settings {
            budget: Budget {
                attempts: u32::MAX,
                age: Duration::MAX,
                ..Budget::default()
            },
            on_missing_reference,
            hold_delay: Duration::from_secs(3600),
            hold_for: Duration::from_secs(24 * 3600),
            ..Settings::default()
        };
        let known = (MemoryLedger::new(1000), Limiter::new(settings.writes));
        let until = clock() + Duration::from_secs(seconds);
        let begun = Instant::now();
        let transport = Arc::new(transport);
        let delivered = deliver(plans(events), settings, known, &transport, until).await;
        (delivered, begun.elapsed())
    }

    fn outcomes(delivered: &Delivered<MemoryLedger>) -> Vec<&str> {
        let mut reports: Vec<&Report> = delivered.reports.iter().collect();
        reports.sort_by_key(|report| report.seq);
        let outcomes = reports.iter().map(|report| report.outcome.as_str());
        outcomes.collect()
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_a_record_of_another_batch_is_given_back_at_once() {
        let attio = Sandbox::new(Schema::standard());
        let events = [identify("early"), group("late")];
        let (delivered, took) = run(&events, OnMissingReference::Hold, attio.clone(), 100).await;
        assert_eq!(delivered.end, End::Waits, "{:?}", delivered.reports);
        assert_eq!(
            outcomes(&delivered),
            ["delivered", "held"],
            "{:?}",
            delivered.reports
        );
        assert!(took < Duration::from_secs(5), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_must_wait_no_longer_goes_without_the_reference() {
        let attio = Sandbox::new(Schema::standard());
        let drop = OnMissingReference::Drop;
        let (delivered, took) = run(&[group("nobody")], drop, attio.clone(), 100).await;
        assert_eq!(
            (delivered.end, outcomes(&delivered)),
            (End::Done, vec!["delivered"])
        );
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert_eq!(attio.records("workspaces").len(), 1);
    }

    /// An Attio that is broken whenever `is_broken` says so of the number of the request.
    #[derive(Clone)]
    struct Broken {
        attio: Sandbox,
        requests: Arc<AtomicU64>,
        status: u16,
        is_broken: fn(u64) -> bool,
    }

    impl Broken {
        fn new(status: u16, is_broken: fn(u64) -> bool) -> Self {
            Broken {
                attio: Sandbox::new(Schema::standard()),
                requests: Arc::default(),
                status,
                is_broken,
            }
        }
    }

    impl Transport for Broken {
        async fn send(&self, request: Request) -> Result<Response, TransportError> {
            if (self.is_broken)(self.requests.fetch_add(1, Ordering::SeqCst)) {
                return Ok(Response {
                    status: self.status,
                    retry_after: Some("3600".into()),
                    body: "{}".into(),
                });
            }
            self.attio.send(request).await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_in_passing_is_sent_again_as_long_as_there_is_time() {
        let events: Vec<Value> = (0..10).map(|n| identify(&format!("u{n}"))).collect();
        let attio = Broken::new(503, |n| n % 3 == 1);
        let hold = OnMissingReference::Hold;
        let (delivered, _) = run(&events, hold, attio.clone(), 1_000_000).await;
        assert_eq!(outcomes(&delivered), ["delivered"; 10]);
        assert_eq!(attio.attio.records("users").len(), 10);
        assert!(delivered.summary.retries > 0);
    }

    #[tokio::test(start_paused = true)]
    async fn in_an_outage_everything_is_given_back_before_the_time_is_up() {
        let attio = Broken::new(503, |_| true);
        let events = [identify("a"), identify("b")];
        let hold = OnMissingReference::Hold;
        let (delivered, took) = run(&events, hold, attio, 60).await;
        assert_eq!(delivered.end, End::TimeIsUp);
        assert_eq!(outcomes(&delivered), ["held", "held"]);
        assert!(took <= Duration::from_secs(60), "{took:?}");
        assert_eq!(delivered.summary.written(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_is_refused_ends_it_with_the_first_answer() {
        let attio = Broken::new(401, |_| true);
        let events = [identify("a"), identify("b")];
        let hold = OnMissingReference::Hold;
        let (delivered, took) = run(&events, hold, attio.clone(), 60).await;
        assert_eq!(delivered.end, End::Unauthorized);
        assert_eq!(outcomes(&delivered), ["held", "held"]);
        assert_eq!(attio.requests.load(Ordering::SeqCst), 1);
        assert!(took < Duration::from_secs(2), "{took:?}");
    }

    /// An Attio that never answers what is about `mute`.
    struct Mute(Sandbox);

    impl Transport for Mute {
        async fn send(&self, request: Request) -> Result<Response, TransportError> {
            if request
                .body
                .as_ref()
                .is_some_and(|body| body.contains("mute"))
            {
                std::future::pending::<()>().await;
            }
            self.0.send(request).await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_without_an_answer_is_told_by_its_record() {
        let events = [identify("a"), identify("mute")];
        let plans = plans(&events);
        let touched = crate::delivery::scheduler::touched(&plans[1].1);
        let attio = Mute(Sandbox::new(Schema::standard()));
        let (delivered, _) = run(&events, OnMissingReference::Hold, attio, 20).await;
        assert_eq!(outcomes(&delivered), ["delivered", "held"]);
        assert_eq!(delivered.under_way.len(), 1);
        assert!(delivered.under_way.iter().all(|key| touched.contains(key)));
        let attio = Sandbox::new(Schema::standard());
        let (delivered, _) = run(&events, OnMissingReference::Hold, attio, 20).await;
        assert!(delivered.under_way.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_nothing_to_do() {
        let attio = Sandbox::new(Schema::standard());
        let (delivered, _) = run(&[], OnMissingReference::Hold, attio, 0).await;
        assert_eq!(delivered.end, End::Done);
        assert!(delivered.reports.is_empty());
    }
}
