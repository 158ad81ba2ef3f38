//! The shell around the [scheduler](super::scheduler): a task that sends, waits and reports.
//!
//! ```
//! # use attio_destination::delivery::{Engine, MemoryLedger, Response, Settings, Transport, TransportError};
//! # use attio_destination::plan::{Plan, Request};
//! # struct Echo;
//! # impl Transport for Echo {
//! #     async fn send(&self, _: Request) -> Result<Response, TransportError> {
//! #         Err(TransportError::Timeout)
//! #     }
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (transport, plans) = (Echo, Vec::<Plan>::new());
//! let engine = Engine::start(transport, Settings::default(), MemoryLedger::default(), |report| {
//!     println!("event {} was {}", report.seq, report.outcome.as_str());
//! });
//! for (seq, plan) in plans.into_iter().enumerate() {
//!     engine.submit(seq as u64, plan).await?;
//! }
//! let ended = engine.drain().await;
//! assert!(ended.summary.is_balanced());
//! # Ok(())
//! # }
//! ```

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tracing::Instrument;

use super::batch::Batches;
use super::error::ApiError;
use super::identity::RecordKey;
use super::ledger::{Ledger, LedgerError};
use super::outcome::{Report, Summary};
use super::scheduler::{Scheduler, Sending, Settings, Step};
use super::transport::{Response, Transport, TransportError};
use crate::plan::Plan;

/// Plans that were submitted and not taken yet; few, since the scheduler holds what waits.
const CHANNEL: usize = 64;

/// A running delivery. Events are submitted; each is reported once, in the order in which they end.
#[derive(Debug)]
pub struct Engine<L> {
    plans: mpsc::Sender<(u64, Box<Plan>)>,
    handle: Handle,
    task: JoinHandle<Ended<L>>,
}

/// Looks at a delivery and steers it, from elsewhere and until it has ended.
#[derive(Clone, Debug)]
pub struct Handle {
    flushes: mpsc::UnboundedSender<Flush>,
    stop: watch::Sender<bool>,
    summary: Arc<Mutex<Summary>>,
}

pub(super) type Flush = oneshot::Sender<Result<(), LedgerError>>;

/// What is left of a delivery that has ended.
#[derive(Debug)]
pub struct Ended<L> {
    /// The final counts.
    pub summary: Summary,
    /// The ledger, to begin the next delivery with.
    pub ledger: L,
    /// Why the ledger could not be stored, if so: at worst some values are written again next time.
    pub unstored: Option<LedgerError>,
}

/// Delivery has stopped and takes no more events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// What stopped it; `None` when it was told to.
    pub by: Option<ApiError>,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.by {
            None => f.write_str("delivery was stopped"),
            Some(error) => write!(f, "delivery stopped: {}", reason(error)),
        }
    }
}

impl std::error::Error for Stopped {}

/// What a person must do about a token that is refused.
pub(super) fn reason(error: &ApiError) -> String {
    let remedy = if error.status == 401 {
        "the token is missing, wrong or revoked; make a new one in Attio's developer settings"
    } else {
        "the token lacks a scope; delivery needs `record_permission:read-write` and `object_configuration:read`"
    };
    format!("{error} ({remedy})")
}

impl<L: Ledger> Engine<L> {
    /// Starts a delivery in the current tokio runtime. `on_report` is called for every event that ends, and should be
    /// quick: nothing is sent meanwhile.
    pub fn start<T: Transport>(
        transport: T,
        settings: Settings,
        ledger: L,
        on_report: impl FnMut(Report) + Send + 'static,
    ) -> Engine<L> {
        let (plans, handle, inlet) = channels();
        let shell = Shell {
            transport: Arc::new(transport),
            logs_values: settings.logs_values,
            scheduler: Scheduler::new(settings, ledger),
            clock: Clock::new(),
            inlet,
            flights: JoinSet::new(),
            under_way: HashMap::new(),
            on_report,
        };
        Engine {
            plans,
            handle,
            task: tokio::spawn(shell.run()),
        }
    }

    /// Starts a delivery by Attio's batch endpoint, which is not in its public reference: see [`crate::plan::batch`].
    /// Events end as [`Accepted`](super::Outcome::Accepted) and nothing more is known of them. Of the settings only the
    /// limit, the age in the budget, `logs_values` and the seed matter; the ledger comes back as it was.
    pub fn start_batches<T: Transport>(
        transport: T,
        settings: Settings,
        ledger: L,
        on_report: impl FnMut(Report) + Send + 'static,
    ) -> Engine<L> {
        let (plans, handle, inlet) = channels();
        let batches = Batches::new(transport, settings, ledger, inlet, on_report);
        Engine {
            plans,
            handle,
            task: tokio::spawn(batches.run()),
        }
    }

    /// What looks at this delivery and steers it, also while [`Engine::drain`] waits.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Submits an event under a number of the caller's. Waits while as many events wait as the settings allow.
    ///
    /// # Errors
    /// When delivery has stopped.
    pub async fn submit(&self, seq: u64, plan: Plan) -> Result<(), Stopped> {
        let submitted = self.plans.send((seq, Box::new(plan))).await;
        submitted.map_err(|_| Stopped {
            by: self.handle.progress().stopped_by,
        })
    }

    /// Waits until delivery takes no more events, which is when it has stopped.
    pub async fn stopped(&self) {
        self.plans.closed().await;
    }

    /// Waits until every submitted event has ended.
    pub async fn drain(self) -> Ended<L> {
        drop(self.plans);
        match self.task.await {
            Ok(ended) => ended,
            // The task is never cancelled; a panic in it (of the callback, say) goes on here.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

impl Handle {
    /// Stores the ledger: what it knows then survives the process, where it is of that kind. A checkpoint must not be
    /// written before.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn flush(&self) -> Result<(), LedgerError> {
        let (answer, answered) = oneshot::channel();
        // A delivery that has ended has stored it.
        if self.flushes.send(answer).is_err() {
            return Ok(());
        }
        answered.await.unwrap_or(Ok(()))
    }

    /// The counts so far.
    pub fn progress(&self) -> Summary {
        self.summary
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sends no more; what is under way is waited for, and every event that is not done is reported as held.
    pub fn stop(&self) {
        // OK to ignore, because a task that has ended is stopped.
        let _ = self.stop.send(true);
    }
}

/// Wall-clock time that never jumps: the time at the start, and tokio's clock since.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    started: Instant,
    since_1970: Duration,
}

impl Clock {
    pub(super) fn new() -> Self {
        Clock {
            started: Instant::now(),
            since_1970: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default(),
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.since_1970 + self.started.elapsed()
    }

    pub(super) fn instant(&self, at: Duration) -> Instant {
        self.started + at.saturating_sub(self.since_1970)
    }
}

/// The other ends of an engine and its handle.
pub(super) struct Inlet {
    pub(super) plans: mpsc::Receiver<(u64, Box<Plan>)>,
    pub(super) flushes: mpsc::UnboundedReceiver<Flush>,
    pub(super) stopped: watch::Receiver<bool>,
    summary: Arc<Mutex<Summary>>,
}

impl Inlet {
    /// Shows the counts to whoever looks.
    pub(super) fn show(&self, summary: &Summary) {
        *self.summary.lock().unwrap_or_else(PoisonError::into_inner) = summary.clone();
    }
}

fn channels() -> (mpsc::Sender<(u64, Box<Plan>)>, Handle, Inlet) {
    let (plans, received) = mpsc::channel(CHANNEL);
    let (flushes, asked) = mpsc::unbounded_channel();
    let (stop, stopped) = watch::channel(false);
    let summary = Arc::new(Mutex::new(Summary::default()));
    let inlet = Inlet {
        plans: received,
        flushes: asked,
        stopped,
        summary: summary.clone(),
    };
    let handle = Handle {
        flushes,
        stop,
        summary,
    };
    (plans, handle, inlet)
}

type Answer = (RecordKey, u64, Result<Response, TransportError>);

struct Shell<T, L, F> {
    transport: Arc<T>,
    scheduler: Scheduler<L>,
    logs_values: bool,
    clock: Clock,
    inlet: Inlet,
    flights: JoinSet<Answer>,
    /// Which request each task of `flights` sends.
    under_way: HashMap<tokio::task::Id, (RecordKey, u64)>,
    on_report: F,
}

impl<T: Transport, L: Ledger, F: FnMut(Report) + Send> Shell<T, L, F> {
    async fn run(mut self) -> Ended<L> {
        let mut is_open = true;
        let held = loop {
            let wait = match self.scheduler.next(self.clock.now()) {
                Step::Send(sending) => {
                    self.send(sending);
                    continue;
                }
                Step::Wait(at) => at,
                Step::Stopped => break self.scheduler.stopped_by().map(reason),
            };
            self.report();
            if !is_open && self.scheduler.is_idle() {
                break None;
            }
            let timer = async {
                match wait {
                    Some(at) => tokio::time::sleep_until(self.clock.instant(at)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = told_to_stop(&mut self.inlet.stopped) => break None,
                Some(answer) = self.flights.join_next_with_id() => self.answered(answer),
                Some(flush) = self.inlet.flushes.recv() => self.flush(flush),
                plan = self.inlet.plans.recv(), if is_open && self.scheduler.has_room() => match plan {
                    Some((seq, plan)) => {
                        self.scheduler.submit(seq, *plan);
                        // What has come too is looked at together.
                        for _ in 0..CHANNEL {
                            if !self.scheduler.has_room() {
                                break;
                            }
                            let Ok((seq, plan)) = self.inlet.plans.try_recv() else { break };
                            self.scheduler.submit(seq, *plan);
                        }
                    }
                    None => {
                        is_open = false;
                        self.scheduler.drain();
                    }
                },
                () = timer => {}
            }
        };
        self.end(held).await
    }

    async fn end(mut self, held: Option<String>) -> Ended<L> {
        // What is under way may be done by Attio: its answer decides.
        while let Some(answer) = self.flights.join_next_with_id().await {
            self.answered(answer);
        }
        self.inlet.plans.close();
        while let Some((seq, plan)) = self.inlet.plans.recv().await {
            self.scheduler.submit(seq, *plan);
        }
        let held = held.or_else(|| self.scheduler.stopped_by().map(reason));
        let held = held.unwrap_or_else(|| "delivery was stopped before it was done".to_owned());
        self.scheduler.give_back(&held);
        self.report();
        let unstored = self.scheduler.flush().err();
        if let Some(error) = &unstored {
            tracing::warn!(%error, "the ledger could not be stored");
        }
        let summary = self.scheduler.summary();
        assert!(
            summary.is_balanced(),
            "every event is accounted for exactly once"
        );
        Ended {
            summary,
            ledger: self.scheduler.into_ledger(),
            unstored,
        }
    }

    fn flush(&mut self, asked: Flush) {
        // OK to ignore, because whoever asked may have gone.
        let _ = asked.send(self.scheduler.flush());
    }

    fn send(&mut self, sending: Sending) {
        let Sending {
            record,
            number,
            event,
            write,
            carries,
            attempt,
            request,
        } = sending;
        let span = tracing::debug_span!("write", event, write = &*write, carries, attempt);
        if self.logs_values {
            tracing::trace!(parent: &span, body = request.body.as_deref(), "values");
        }
        let transport = self.transport.clone();
        let flight = async move {
            let (method, started) = (request.method, Instant::now());
            let answer = transport.send(request).await;
            let took_ms = started.elapsed().as_millis() as u64;
            match &answer {
                Ok(response) => {
                    tracing::debug!(%method, status = response.status, took_ms, "answered");
                }
                Err(error) => tracing::debug!(%method, %error, took_ms, "not answered"),
            }
            (record, number, answer)
        };
        let task = self.flights.spawn(flight.instrument(span));
        self.under_way.insert(task.id(), (record, number));
    }

    fn answered(&mut self, joined: Result<(tokio::task::Id, Answer), tokio::task::JoinError>) {
        let (record, number, answer) = match joined {
            Ok((id, answer)) => {
                self.under_way.remove(&id);
                answer
            }
            Err(error) => {
                let Some((record, number)) = self.under_way.remove(&error.id()) else {
                    return;
                };
                let broken = TransportError::Broken("the transport panicked".to_owned());
                (record, number, Err(broken))
            }
        };
        let now = self.clock.now();
        self.scheduler.answered(record, number, answer, now);
    }

    fn report(&mut self) {
        while let Some(report) = self.scheduler.report() {
            (self.on_report)(report);
        }
        self.inlet.show(&self.scheduler.summary());
    }
}

pub(super) async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        // The engine was dropped into `drain`, which is no order to stop.
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use serde_json::json;

    use super::*;
    use crate::delivery::MemoryLedger;
    use crate::delivery::limiter::Limit;
    use crate::delivery::model::{Attio, identify};
    use crate::plan::Request;

    /// The small Attio, behind a delay.
    #[derive(Clone)]
    struct Remote {
        attio: Arc<Mutex<Attio>>,
        delay: Duration,
        requests: Arc<AtomicU64>,
        /// From this request on the token is revoked.
        revoked_at: u64,
    }

    impl Remote {
        fn new(delay_ms: u64) -> Self {
            Remote {
                attio: Arc::default(),
                delay: Duration::from_millis(delay_ms),
                requests: Arc::default(),
                revoked_at: u64::MAX,
            }
        }
    }

    impl Transport for Remote {
        async fn send(&self, request: Request) -> Result<Response, TransportError> {
            let number = self.requests.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(self.delay).await;
            if number >= self.revoked_at {
                return Ok(Response {
                    status: 401,
                    retry_after: None,
                    body:
                        json!({"type": "auth_error", "code": "unauthorized", "message": "Revoked."})
                            .to_string(),
                });
            }
            Ok(self.attio.lock().unwrap().handle(&request))
        }
    }

    fn collecting() -> (Arc<Mutex<Vec<Report>>>, impl FnMut(Report) + Send + 'static) {
        let reports = Arc::new(Mutex::new(Vec::new()));
        let into = reports.clone();
        (reports, move |report| into.lock().unwrap().push(report))
    }

    fn user(number: u64) -> Plan {
        identify(
            None,
            &format!("u{number}"),
            json!({"name": number.to_string()}),
            None,
        )
    }

    #[tokio::test(start_paused = true)]
    async fn everything_submitted_is_delivered_within_the_limit_and_uses_98_percent_of_it() {
        let remote = Remote::new(120);
        let (reports, on_report) = collecting();
        let engine = Engine::start(
            remote.clone(),
            Settings::default(),
            MemoryLedger::default(),
            on_report,
        );
        for number in 0..1000 {
            engine.submit(number, user(number)).await.unwrap();
        }
        let ended = engine.drain().await;
        assert_eq!(ended.summary.delivered, 1000);
        assert_eq!(ended.summary.written(), 2000);
        assert_eq!(reports.lock().unwrap().len(), 1000);
        let share = ended.summary.share_of_limit;
        assert!((0.975..=1.0).contains(&share), "{share}");
    }

    #[tokio::test(start_paused = true)]
    async fn submitting_waits_while_too_many_events_wait() {
        let settings = Settings {
            max_pending_events: 10,
            writes: Limit::per_second(10),
            ..Settings::default()
        };
        let engine = Engine::start(Remote::new(10), settings, MemoryLedger::default(), |_| {});
        let started = Instant::now();
        for number in 0..200 {
            engine.submit(number, user(number)).await.unwrap();
            assert!(engine.handle().progress().pending <= 10);
        }
        // All but those that the engine and its channel hold have been written: two writes each, ten a second.
        assert!(started.elapsed() > Duration::from_secs(20));
        assert_eq!(engine.drain().await.summary.delivered, 200);
    }

    #[tokio::test(start_paused = true)]
    async fn stopping_waits_for_what_is_under_way_and_gives_the_rest_back() {
        let remote = Remote::new(500);
        let (reports, on_report) = collecting();
        let engine = Engine::start(
            remote.clone(),
            Settings::default(),
            MemoryLedger::default(),
            on_report,
        );
        for number in 0..100 {
            engine.submit(number, user(number)).await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(3)).await;
        engine.handle().stop();
        let ended = engine.drain().await;
        assert!(ended.summary.delivered > 10, "{:?}", ended.summary);
        assert_eq!(ended.summary.delivered + ended.summary.held, 100);
        assert_eq!(reports.lock().unwrap().len(), 100);
        assert_eq!(
            ended.summary.requests,
            remote.requests.load(Ordering::SeqCst)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_revoked_token_stops_delivery_and_says_what_to_do() {
        let remote = Remote {
            revoked_at: 20,
            ..Remote::new(50)
        };
        let engine = Engine::start(remote, Settings::default(), MemoryLedger::default(), |_| {});
        let mut number = 0;
        let stopped = loop {
            if let Err(stopped) = engine.submit(number, user(number)).await {
                break stopped;
            }
            number += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        insta::assert_snapshot!(stopped, @"delivery stopped: Attio answered 401 `unauthorized`: Revoked. (the token is missing, wrong or revoked; make a new one in Attio's developer settings)");
        let summary = engine.drain().await.summary;
        assert_eq!(
            (summary.failed, summary.delivered + summary.held),
            (0, summary.events)
        );
        assert!(summary.held > 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_ledger_comes_back_for_the_next_delivery() {
        let remote = Remote::new(10);
        let engine = Engine::start(
            remote.clone(),
            Settings::default(),
            MemoryLedger::default(),
            |_| {},
        );
        engine.submit(0, user(1)).await.unwrap();
        let ledger = engine.drain().await.ledger;
        let engine = Engine::start(remote.clone(), Settings::default(), ledger, |_| {});
        engine.submit(0, user(1)).await.unwrap();
        assert_eq!(engine.drain().await.summary.unchanged, 1);
        assert_eq!(remote.requests.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_transport_that_panics_breaks_one_attempt() {
        struct Panicking(Remote);
        impl Transport for Panicking {
            async fn send(&self, request: Request) -> Result<Response, TransportError> {
                let number = self.0.requests.load(Ordering::SeqCst);
                let answer = self.0.send(request).await;
                assert!(number != 1, "planted");
                answer
            }
        }
        let engine = Engine::start(
            Panicking(Remote::new(10)),
            Settings::default(),
            MemoryLedger::default(),
            |_| {},
        );
        engine.submit(0, user(1)).await.unwrap();
        let summary = engine.drain().await.summary;
        assert_eq!((summary.delivered, summary.retries), (1, 1));
    }
}
