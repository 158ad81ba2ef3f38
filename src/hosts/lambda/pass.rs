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
use crate::delivery::retry::{Budget, Random};
use crate::delivery::scheduler::touched;
use crate::delivery::{
    Limit, OnMissingReference, Outcome, Report, Settings, Summary, WriteReport, WriteResult,
};
use crate::plan::Plan;

/// What is left of the time for late answers, the ledger and the dead letters.
const MARGIN: Duration = Duration::from_secs(4);
/// When the time is short, this part of it.
const MARGIN_SHARE: u32 = 3;
/// So long an event waits for a record that it refers to, before it goes without the reference.
const REFERENCE_PATIENCE: Duration = Duration::from_secs(15 * 60);
/// When an event that waits for a record comes again.
const REFERENCE_DELAY: Duration = Duration::from_secs(60);
/// When an event comes again whose records another deliverer writes to.
const LEASE_DELAY: Duration = Duration::from_secs(5);
/// The longest wait before leases are tried again.
const LEASE_WAIT: Duration = Duration::from_millis(800);

/// What lives from one invocation to the next.
#[derive(Debug)]
pub(super) struct State {
    limiter: Limiter,
    random: Random,
}

impl State {
    /// Nothing was sent yet.
    pub(super) fn new(writes: Limit) -> Self {
        State {
            limiter: Limiter::new(writes),
            random: Random::new(clock().as_nanos() as u64),
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
    /// Of these, the ones for which it is known when.
    pub(super) delays: Vec<(u64, Duration)>,
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
            table: table.map(|name| Table::new(aws.clone(), name, request_id, seconds(deadline))),
            until: deadline.saturating_sub(margin).max(now),
            reports: BTreeMap::new(),
            again: BTreeSet::new(),
            delays: Vec::new(),
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
                left = self.take_back(|_| true);
                continue;
            }
            if end == End::Waits {
                let now = clock();
                let items = &self.trigger.items;
                let is_old = |seq: u64| {
                    let since = items.get(seq as usize).and_then(|item| item.since);
                    since.is_some_and(|since| {
                        let since = Duration::from_nanos(since.nanos().max(0).unsigned_abs());
                        now.saturating_sub(since) > REFERENCE_PATIENCE
                    })
                };
                let leased = std::mem::take(&mut self.leased);
                let old = self.take_back(|seq| is_old(seq) && !leased.contains(&seq));
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
        let (left, leases) = match &self.table {
            None => (left, Leases::default()),
            Some(table) => match lease(table, left).await {
                Ok(leased) => {
                    self.hold(leased.blocked, "another deliverer writes to its records");
                    (leased.free, leased.leases)
                }
                Err((error, left)) => {
                    tracing::error!(%error, "the ledger's table does not answer");
                    let seqs: Vec<u64> = left.iter().map(|(seq, _)| *seq).collect();
                    self.hold(left, "the ledger's table does not answer");
                    self.leased.retain(|seq| !seqs.contains(seq));
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
        if let Some(table) = &self.table {
            table.give_back(delivered.ledger, seconds(clock())).await;
        }
        self.add(&delivered.summary);
        let reports = delivered.reports.into_iter();
        self.reports
            .extend(reports.map(|report| (report.seq, report)));
        if delivered.end == End::Waits {
            for (seq, report) in &self.reports {
                if matches!(report.outcome, Outcome::Held { .. }) && !self.leased.contains(seq) {
                    self.delays.push((*seq, REFERENCE_DELAY));
                }
            }
        }
        Ok(delivered.end)
    }

    /// Notes that events are held because of leases.
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
            self.leased.insert(seq);
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
        self.delays.retain(|(seq, _)| !held.contains(seq));
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
                Outcome::Filtered { .. } => &mut self.summary.filtered,
                Outcome::Rejected => &mut self.summary.rejected,
                Outcome::Failed { .. } => &mut self.summary.failed,
                Outcome::Held { .. } => {
                    self.again.insert(*seq);
                    &mut self.summary.held
                }
            } += 1;
        }
        let leased = self.leased.iter();
        self.delays.extend(leased.map(|seq| (*seq, LEASE_DELAY)));
    }
}

/// Events by whether all leases that they need could be taken.
struct Leased {
    leases: Leases,
    free: Vec<(u64, Plan)>,
    blocked: Vec<(u64, Plan)>,
}

/// Takes the leases that plans need, and gives those back at once that are good for nothing.
async fn lease(
    table: &Table,
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
    let (mut free, mut blocked) = (Vec::new(), Vec::new());
    for (seq, plan) in left {
        let needed = &records[&seq];
        if is_free(&seq) && needed.iter().all(|record| !waited_for.contains(record)) {
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
    table.give_back(idle, now).await;
    Ok(Leased {
        leases,
        free,
        blocked,
    })
}
