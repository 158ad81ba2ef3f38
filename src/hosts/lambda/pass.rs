//! The passes of a batch: leases, delivery, and what comes after when something is still held.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use super::super::aws::{Aws, AwsError};
use super::batch::{self, End, clock};
use super::environment::DeliverSettings;
use super::ledger::{Leases, Table};
use super::trigger::Trigger;
use super::workspace::{Workspace, WorkspaceError};
use crate::delivery::identity::RecordKey;
use crate::delivery::limiter::Limiter;
use crate::delivery::retry::{Budget, Failure, Random};
use crate::delivery::scheduler::touched;
use crate::delivery::{
    Limit, OnMissingReference, Outcome, Report, Settings, Summary, WriteReport, WriteResult,
};
use crate::plan::Plan;

/// What is left of the time for late answers, the ledger and the dead letters.
const MARGIN: Duration = Duration::from_secs(4);
/// When the time is short, this part of it.
const MARGIN_SHARE: u32 = 3;
/// When an event that waits for a record comes again, at first,
const REFERENCE_DELAY: Duration = Duration::from_secs(60);
/// and later, as a share of how long it has waited: else one that waits for a day came more often than the queue lets it.
const REFERENCE_SHARE: u32 = 10;
/// When an event comes again whose records another deliverer writes to.
const LEASE_DELAY: Duration = Duration::from_secs(5);
/// When an event comes again for another reason, e.g. because Attio is down: twice as late each time,
const FIRST_DELAY: Duration = Duration::from_secs(10);
/// but no later than this.
const LONGEST_DELAY: Duration = Duration::from_secs(12 * 60);
/// The longest wait before leases are tried again.
const LEASE_WAIT: Duration = Duration::from_millis(800);

/// What lives from one invocation to the next.
#[derive(Debug)]
pub(super) struct State {
    limiter: Limiter,
    random: Random,
    /// Since when Attio answers. Before, an event that waited for a record had no chance to see it come.
    well_since: Option<Duration>,
}

impl State {
    /// Nothing was sent yet.
    pub(super) fn new(writes: Limit) -> Self {
        State {
            limiter: Limiter::new(writes),
            random: Random::new(clock().as_nanos() as u64),
            well_since: None,
        }
    }
}

/// The events of one invocation, and what becomes of them.
#[derive(Debug)]
pub(super) struct Batch<'b> {
    trigger: &'b Trigger<'b>,
    settings: &'b DeliverSettings,
    aws: &'b Aws,
    table: Option<Table>,
    until: Duration,
    /// The outcome of each event, by its place in the trigger.
    pub(super) reports: BTreeMap<u64, Report>,
    /// Events that must come again.
    pub(super) again: BTreeSet<u64>,
    /// Of these, the ones that wait for a record that they refer to.
    waiting: BTreeSet<u64>,
    /// The counts of all passes.
    pub(super) summary: Summary,
    /// Dead letters that were sent.
    pub(super) buried: usize,
    /// Whether Attio refuses the token.
    pub(super) is_unauthorized: bool,
    leased: BTreeSet<u64>,
}

fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

impl<'b> Batch<'b> {
    /// The events of an invocation that must be over at `deadline`.
    pub(super) fn new(
        trigger: &'b Trigger<'b>,
        settings: &'b DeliverSettings,
        aws: &'b Aws,
        request_id: &str,
        deadline: Duration,
    ) -> Self {
        let now = clock();
        let margin = MARGIN.min(deadline.saturating_sub(now) / MARGIN_SHARE);
        let table = settings.ledger_table.as_ref();
        Batch {
            trigger,
            settings,
            aws,
            table: table.map(|name| {
                let owner = format!("{request_id} {:x}", now.as_nanos());
                Table::new(aws.clone(), name, &owner, seconds(deadline))
            }),
            until: deadline.saturating_sub(margin).max(now),
            reports: BTreeMap::new(),
            again: BTreeSet::new(),
            waiting: BTreeSet::new(),
            summary: Summary::default(),
            buried: 0,
            is_unauthorized: false,
            leased: BTreeSet::new(),
        }
    }

    /// Delivers the plans of the trigger's events, in their order.
    pub(super) async fn deliver(
        &mut self,
        plans: Vec<Plan>,
        workspace: &mut Workspace,
        state: &mut State,
    ) -> Result<(), WorkspaceError> {
        let mut left: Vec<(u64, Plan)> = (0..).zip(plans).collect();
        let mut is_renewed = false;
        loop {
            let hold = OnMissingReference::Hold;
            let end = self.pass(left, hold, workspace, state).await?;
            if end == End::Unauthorized {
                // The token may have been changed since it was read.
                if is_renewed || !workspace.renew_token(self.settings, self.aws).await? {
                    self.is_unauthorized = true;
                    break;
                }
                is_renewed = true;
                self.leased.clear();
                left = self.take_back(|_| true);
                continue;
            }
            if end == End::Waits {
                let seqs = self.reports.keys().copied();
                let old: BTreeSet<u64> = seqs
                    .filter(|seq| !self.leased.contains(seq))
                    .filter(|seq| self.has_waited(*seq, state.well_since))
                    .collect();
                let leased = std::mem::take(&mut self.leased);
                let old = self.take_back(|seq| old.contains(&seq));
                if !old.is_empty() {
                    self.pass(old, OnMissingReference::Drop, workspace, state)
                        .await?;
                }
                self.leased.extend(leased);
            }
            if self.leased.is_empty() || clock() + LEASE_WAIT >= self.until {
                break;
            }
            tokio::time::sleep(LEASE_WAIT / 4 + state.random.below(LEASE_WAIT * 3 / 4)).await;
            let leased = std::mem::take(&mut self.leased);
            left = self.take_back(|seq| leased.contains(&seq));
        }
        self.conclude();
        Ok(())
    }

    /// Delivers what can be delivered now; of the rest it is noted why it is held.
    async fn pass(
        &mut self,
        left: Vec<(u64, Plan)>,
        on_missing_reference: OnMissingReference,
        workspace: &mut Workspace,
        state: &mut State,
    ) -> Result<End, WorkspaceError> {
        let transport = workspace.transport(self.settings, self.aws).await?;
        let (left, leases) = match &mut self.table {
            None => (left, Leases::default()),
            Some(table) => match lease(table, left).await {
                Ok(leased) => {
                    let blocked = leased.blocked.iter().map(|(seq, _)| *seq);
                    self.leased.extend(blocked);
                    self.hold(leased.blocked, "another deliverer writes to its records");
                    self.hold(
                        leased.left,
                        "what was written of its records may not be known",
                    );
                    (leased.free, leased.leases)
                }
                Err((error, left)) => {
                    tracing::error!(%error, "the ledger's table does not answer");
                    self.hold(left, "the ledger's table does not answer");
                    return Ok(End::TimeIsUp);
                }
            },
        };
        let settings = Settings {
            writes: self.settings.writes,
            // Here events are not given up for what passes: they come again.
            budget: Budget {
                attempts: u32::MAX,
                age: Duration::MAX,
                ..Budget::default()
            },
            skip_unchanged_for: match &self.table {
                Some(_) => self.settings.skip_unchanged_for,
                // What another deliverer wrote meanwhile is not known.
                None => Duration::ZERO,
            },
            on_missing_reference,
            // Longer than an invocation: an event that waits comes again.
            hold_delay: Duration::from_secs(3600),
            hold_for: Duration::from_secs(24 * 3600),
            relations: workspace.relations().clone(),
            seed: state.random.next_u64(),
            ..Settings::default()
        };
        let known = (leases, state.limiter.clone());
        let delivered = batch::deliver(left, settings, known, &transport, self.until).await;
        state.limiter = delivered.limiter;
        if let Some(table) = &mut self.table {
            let (ledger, under_way) = (delivered.ledger, &delivered.under_way);
            let unstored = table.give_back(ledger, under_way, seconds(clock())).await;
            self.again.extend(of_records(&delivered.reports, &unstored));
        }
        self.add(&delivered.summary);
        let reports = delivered.reports.into_iter();
        self.reports
            .extend(reports.map(|report| (report.seq, report)));
        let is_held = |report: &Report| matches!(report.outcome, Outcome::Held { .. });
        if delivered.end == End::Waits {
            let held = self.reports.iter().filter(|(_, report)| is_held(report));
            let held = held.map(|(seq, _)| *seq);
            self.waiting
                .extend(held.filter(|seq| !self.leased.contains(seq)));
        }
        match delivered.end {
            End::Done | End::Waits => {
                state.well_since.get_or_insert_with(clock);
            }
            End::TimeIsUp if delivered.summary.written() > 0 => {}
            End::TimeIsUp | End::Unauthorized => state.well_since = None,
        }
        Ok(delivered.end)
    }

    /// Notes that events are held although nothing was tried.
    fn hold(&mut self, blocked: Vec<(u64, Plan)>, reason: &str) {
        for (seq, plan) in blocked {
            let writes = plan.writes.iter().map(|write| WriteReport {
                id: write.id.clone(),
                object: write.object.clone(),
                result: WriteResult::Held,
                record_id: None,
            });
            let report = Report {
                seq,
                writes: writes.collect(),
                plan,
                outcome: Outcome::Held {
                    reason: reason.to_owned(),
                },
                diagnostics: Vec::new(),
            };
            self.reports.insert(seq, report);
        }
    }

    /// The plans of events that are held, for another pass.
    fn take_back(&mut self, which: impl Fn(u64) -> bool) -> Vec<(u64, Plan)> {
        let held: Vec<u64> = self
            .reports
            .iter()
            .filter(|(seq, report)| matches!(report.outcome, Outcome::Held { .. }) && which(**seq))
            .map(|(seq, _)| *seq)
            .collect();
        self.waiting.retain(|seq| !held.contains(seq));
        let plans = held
            .iter()
            .filter_map(|seq| Some((*seq, self.reports.remove(seq)?.plan)));
        plans.collect()
    }

    fn add(&mut self, summary: &Summary) {
        self.summary.requests += summary.requests;
        self.summary.limited += summary.limited;
        self.summary.retries += summary.retries;
        self.summary.seconds += summary.seconds;
        for (object, writes) in &summary.writes {
            *self.summary.writes.entry(object.clone()).or_insert(0) += writes;
        }
        if summary.stopped_by.is_some() {
            self.summary.stopped_by.clone_from(&summary.stopped_by);
        }
    }

    /// Counts the outcomes, and notes what must come again.
    fn conclude(&mut self) {
        self.summary.events = self.reports.len() as u64;
        for (seq, report) in &self.reports {
            *match report.outcome {
                Outcome::Delivered => &mut self.summary.delivered,
                Outcome::Unchanged => &mut self.summary.unchanged,
                Outcome::Accepted => &mut self.summary.accepted,
                Outcome::Filtered { .. } => &mut self.summary.filtered,
                Outcome::Rejected => &mut self.summary.rejected,
                Outcome::Failed { .. } => &mut self.summary.failed,
                Outcome::Held { .. } => {
                    self.again.insert(*seq);
                    &mut self.summary.held
                }
            } += 1;
        }
    }

    /// Whether an event has waited long enough for a record that it refers to.
    fn has_waited(&self, seq: u64, well_since: Option<Duration>) -> bool {
        let item = self.trigger.items.get(seq as usize);
        let (Some(since), Some(well_since)) = (item.and_then(|item| item.since), well_since) else {
            return false;
        };
        let since = Duration::from_nanos(since.nanos().max(0).unsigned_abs());
        clock().saturating_sub(since.max(well_since)) >= self.settings.hold_for
    }

    /// Lets events come again that failed for an attribute or option that Attio does not know; whether there are any.
    pub(super) fn keep_stale(&mut self) -> bool {
        let is_stale = |report: &Report| match &report.outcome {
            Outcome::Failed {
                failure: Failure::Api(error),
            } => error.is_unknown_attribute() || error.is_unknown_option(),
            _ => false,
        };
        let stale = self.reports.iter().filter(|(_, report)| is_stale(report));
        let stale: Vec<u64> = stale.map(|(seq, _)| *seq).collect();
        self.again.extend(&stale);
        !stale.is_empty()
    }

    /// How long ago an event came, if that is known.
    fn age(&self, seq: u64) -> Option<Duration> {
        let since = self.trigger.items.get(seq as usize)?.since?;
        let since = Duration::from_nanos(since.nanos().max(0).unsigned_abs());
        Some(clock().saturating_sub(since))
    }

    /// When an event that must come again is to do so.
    pub(super) fn delay(&self, seq: u64) -> Duration {
        if self.leased.contains(&seq) {
            LEASE_DELAY
        } else if self.waiting.contains(&seq) {
            let share = self.age(seq).unwrap_or_default() / REFERENCE_SHARE;
            share.clamp(REFERENCE_DELAY, LONGEST_DELAY)
        } else {
            let item = self.trigger.items.get(seq as usize);
            let before = item.map_or(0, |item| item.receives.saturating_sub(1));
            (FIRST_DELAY * (1 << before.min(10))).min(LONGEST_DELAY)
        }
    }
}

/// Events by whether all leases that they need could be taken.
struct Leased {
    leases: Leases,
    free: Vec<(u64, Plan)>,
    blocked: Vec<(u64, Plan)>,
    /// Those for which this invocation need not try again.
    left: Vec<(u64, Plan)>,
}

/// The events that touch any of the records.
fn of_records(reports: &[Report], records: &HashSet<RecordKey>) -> Vec<u64> {
    if records.is_empty() {
        return Vec::new();
    }
    let touches = |report: &&Report| {
        touched(&report.plan)
            .iter()
            .any(|key| records.contains(key))
    };
    reports
        .iter()
        .filter(touches)
        .map(|report| report.seq)
        .collect()
}

/// Takes the leases that plans need, and gives those back at once that are good for nothing.
async fn lease(
    table: &mut Table,
    left: Vec<(u64, Plan)>,
) -> Result<Leased, (AwsError, Vec<(u64, Plan)>)> {
    let now = seconds(clock());
    let records: HashMap<u64, Vec<RecordKey>> = left
        .iter()
        .map(|(seq, plan)| (*seq, touched(plan)))
        .collect();
    let all: HashSet<RecordKey> = records.values().flatten().copied().collect();
    let mut leases = match table.take(all, now).await {
        Ok(leases) => leases,
        Err(error) => return Err((error, left)),
    };
    let is_free = |seq: &u64| {
        let mut needed = records[seq].iter();
        needed.all(|record| leases.holds(*record))
    };
    // An event may not overtake one before it that writes to the same record and is blocked.
    let mut waited_for: HashSet<RecordKey> = HashSet::new();
    let mut ends_by_itself = table.left().clone();
    let (mut free, mut blocked, mut for_another) = (Vec::new(), Vec::new(), Vec::new());
    for (seq, plan) in left {
        let needed = &records[&seq];
        if needed.iter().any(|record| ends_by_itself.contains(record)) {
            ends_by_itself.extend(needed);
            for_another.push((seq, plan));
        } else if is_free(&seq) && needed.iter().all(|record| !waited_for.contains(record)) {
            free.push((seq, plan));
        } else {
            waited_for.extend(needed);
            blocked.push((seq, plan));
        }
    }
    let needed: HashSet<RecordKey> = free
        .iter()
        .flat_map(|(seq, _)| records[seq].iter().copied())
        .flat_map(|record| [Some(record), leases.alias(record)])
        .flatten()
        .collect();
    let idle = leases.split_off(|record| !needed.contains(&record));
    table.give_back(idle, &HashSet::new(), now).await;
    Ok(Leased {
        leases,
        free,
        blocked,
        left: for_another,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::aws::simulated::{NO_ANSWER, Simulated};
    use super::super::environment::{Environment, Role};
    use super::super::trigger::{Item, Kind};
    use super::*;
    use crate::config::preset;
    use crate::delivery::{ApiError, Ledger};
    use crate::event::EventTime;
    use crate::plan::Planner;
    use crate::schema::Schema;

    fn lookup(name: &str) -> Option<String> {
        let value = match name {
            "ATTIO_ROLE" => "deliver",
            "ATTIO_HOLD_FOR_SECONDS" => "900",
            "ATTIO_API_KEY" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "secret",
            "AWS_REGION" => "eu-west-1",
            _ => return None,
        };
        Some(value.to_owned())
    }

    /// Asks a batch of messages that came so often, and so many seconds ago.
    fn with_batch<T>(messages: &[(u32, u64)], ask: impl FnOnce(Batch<'_>) -> T) -> T {
        let item = |(receives, age): &(u32, u64)| Item {
            receives: *receives,
            since: Some(EventTime::from_nanos(
                (clock() - Duration::from_secs(*age)).as_nanos() as i64,
            )),
            ..Item::default()
        };
        let trigger = Trigger {
            kind: Kind::Sqs,
            items: messages.iter().map(item).collect(),
            rejected: Vec::new(),
        };
        let Ok(Environment {
            role: Role::Deliver(settings),
        }) = Environment::read(&lookup)
        else {
            panic!("settings of a deliverer");
        };
        let aws = Aws::from_environment(&lookup).unwrap();
        let deadline = clock() + Duration::from_secs(120);
        ask(Batch::new(&trigger, &settings, &aws, "request", deadline))
    }

    fn plans(events: &[Value]) -> Vec<(u64, Plan)> {
        let planner = Planner::parse(preset("segment").unwrap(), Schema::standard()).unwrap();
        let plan = |event: &Value| planner.plan(event.to_string().as_bytes());
        (0..).zip(events.iter().map(plan)).collect()
    }

    fn identify(user: &str) -> Value {
        json!({"type": "identify", "userId": user, "traits": {"email": format!("{user}@example.com")}})
    }

    #[tokio::test]
    async fn events_whose_records_this_invocation_left_are_not_tried_again() {
        // A table that takes leases, and whose answers to what is learned get lost.
        let aws = Simulated::start(|_, body| {
            let is_learned = body["ExpressionAttributeValues"][":entry"].is_object();
            (if is_learned { NO_ANSWER } else { 200 }, json!({}))
        })
        .await;
        let mut table = Table::new(aws.aws(), "ledger", "us", seconds(clock()) + 120);
        let events = plans(&[identify("a"), identify("b")]);
        let a = touched(&events[0].1);
        let mut leases = table.take(a.iter().copied().collect(), 0).await.unwrap();
        leases.entry(a[0]).written = 7;
        let unstored = table.give_back(leases, &HashSet::new(), 0).await;
        assert_eq!(unstored, [a[0]].into());

        let report = |(seq, plan): &(u64, Plan)| Report {
            seq: *seq,
            plan: plan.clone(),
            outcome: Outcome::Delivered,
            writes: Vec::new(),
            diagnostics: Vec::new(),
        };
        let reports: Vec<Report> = events.iter().map(report).collect();
        assert_eq!(of_records(&reports, &unstored), [0]);
        let leased = lease(&mut table, events).await.ok().unwrap();
        let seqs = |of: &[(u64, Plan)]| of.iter().map(|(seq, _)| *seq).collect::<Vec<_>>();
        assert_eq!(seqs(&leased.free), [1]);
        assert_eq!(
            (seqs(&leased.blocked), seqs(&leased.left)),
            (vec![], vec![0])
        );
    }

    #[test]
    fn what_fails_in_passing_comes_again_ever_later() {
        let messages = [0, 1, 2, 3, 6, 7, 8, 300, u32::MAX].map(|receives| (receives, 0));
        let delays = with_batch(&messages, |batch| {
            let seqs = 0..messages.len() as u64;
            seqs.map(|seq| batch.delay(seq).as_secs())
                .collect::<Vec<_>>()
        });
        assert_eq!(delays, [10, 10, 20, 40, 320, 640, 720, 720, 720]);
    }

    #[test]
    fn what_waits_for_something_comes_again_when_that_may_have_come() {
        with_batch(&[(9, 0), (9, 0)], |mut batch| {
            batch.leased.insert(0);
            batch.waiting.insert(1);
            assert_eq!(batch.delay(0), LEASE_DELAY);
            assert_eq!(batch.delay(1), REFERENCE_DELAY);
        });
    }

    #[test]
    fn an_event_that_waits_for_a_record_for_a_day_comes_no_more_often_than_the_queue_lets_it() {
        // `HoldForSeconds` and `MaxReceiveCount` of the template: the most that can be waited, and the default.
        let (most, receives) = (86_400, 300);
        let (mut age, mut came) = (0, 1);
        while age < most {
            age += with_batch(&[(came, age)], |mut batch| {
                batch.waiting.insert(0);
                batch.delay(0).as_secs()
            });
            came += 1;
        }
        assert!(came < receives, "{came}");
    }

    #[test]
    fn an_event_has_waited_long_enough_only_if_attio_answered_meanwhile() {
        with_batch(&[(1, 60), (1, 3600)], |batch| {
            let ago = |seconds| Some(clock() - Duration::from_secs(seconds));
            assert!(!batch.has_waited(0, ago(3600)));
            assert!(batch.has_waited(1, ago(3600)));
            // There was an outage until a minute ago, or Attio has not answered yet.
            assert!(!batch.has_waited(1, ago(60)));
            assert!(!batch.has_waited(1, None));
            // Nobody knows when it came.
            assert!(!batch.has_waited(2, ago(3600)));
        });
    }

    #[test]
    fn what_attio_does_not_know_comes_again_when_the_schema_may_be_stale() {
        let report = |seq, code: &str, message: &str| Report {
            seq,
            plan: Plan::rejected(None, Vec::new()),
            outcome: Outcome::Failed {
                failure: Failure::Api(ApiError {
                    status: 400,
                    kind: "invalid_request_error".into(),
                    code: code.into(),
                    message: message.into(),
                }),
            },
            writes: Vec::new(),
            diagnostics: Vec::new(),
        };
        with_batch(&[(1, 0), (1, 0), (1, 0)], |mut batch| {
            for report in [
                report(0, "validation_type", "An invalid value was passed."),
                report(
                    1,
                    "value_not_found",
                    "Cannot find attribute with slug \"tier\".",
                ),
                report(
                    2,
                    "value_not_found",
                    "Cannot find select option with title \"Gold\".",
                ),
            ] {
                batch.reports.insert(report.seq, report);
            }
            assert!(batch.keep_stale());
            assert_eq!(batch.again, [1, 2].into());
            batch.reports.clear();
            assert!(!batch.keep_stale());
        });
    }
}
