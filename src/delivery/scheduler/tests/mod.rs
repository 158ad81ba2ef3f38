//! The scheduler against a small Attio, in virtual time.

mod examples;
mod schedules;

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Scheduler, Settings, Step};
use crate::delivery::ledger::{Ledger, MemoryLedger};
use crate::delivery::model::Attio;
use crate::delivery::outcome::Report;
use crate::delivery::retry::Random;
use crate::delivery::transport::{Response, TransportError};
use crate::plan::{Plan, Request};

const START: Duration = Duration::from_secs(1_800_000_000);

/// What goes wrong: shares of requests, of 1.
#[derive(Clone, Debug, Default)]
struct Faults {
    /// Answered with 500, not done.
    failing: f64,
    /// The connection breaks before it is done.
    broken_before: f64,
    /// The connection breaks after it is done.
    broken_after: f64,
    /// Done, and the answer is cut.
    cut: f64,
    /// Everything fails from, until, in seconds.
    outage: Option<(u64, u64)>,
    /// The limit of the server on requests in a clock second.
    limit: Option<u32>,
    /// The longest time an answer takes.
    latency: Duration,
}

/// A server and the time.
struct World {
    attio: Attio,
    faults: Faults,
    random: Random,
    now: Duration,
    /// Answers under way: when they arrive, and of which request.
    coming: BTreeMap<(Duration, u64), (super::RecordKey, Result<Response, TransportError>)>,
    seconds: BTreeMap<u64, u32>,
    refused: u32,
}

impl World {
    fn new(faults: Faults, seed: u64) -> Self {
        World {
            attio: Attio::default(),
            faults,
            random: Random::new(seed),
            now: START,
            coming: BTreeMap::new(),
            seconds: BTreeMap::new(),
            refused: 0,
        }
    }

    fn happens(&mut self, share: f64) -> bool {
        ((self.random.next_u64() >> 11) as f64 / (1u64 << 53) as f64) < share
    }

    fn serve(&mut self, request: &Request) -> Result<Response, TransportError> {
        let answer = |status: u16, retry_after: Option<String>| {
            Ok(Response {
                status,
                retry_after,
                body: String::new(),
            })
        };
        let second = self.now.as_secs();
        if let Some(limit) = self.faults.limit {
            let count = self.seconds.entry(second).or_insert(0);
            *count += 1;
            if *count > limit {
                self.refused += 1;
                let until = std::time::UNIX_EPOCH + Duration::from_secs(second + 1);
                return answer(429, Some(httpdate::fmt_http_date(until)));
            }
        }
        if let Some((from, until)) = self.faults.outage
            && (from..until).contains(&(second - START.as_secs()))
        {
            return answer(503, None);
        }
        let faults = self.faults.clone();
        if self.happens(faults.failing) {
            return answer(500, None);
        }
        if self.happens(faults.broken_before) {
            return Err(TransportError::Connect("refused".into()));
        }
        let mut response = self.attio.handle(request);
        if self.happens(faults.broken_after) {
            return Err(TransportError::Broken("reset".into()));
        }
        if self.happens(faults.cut) {
            response.body.truncate(response.body.len() / 2);
        }
        Ok(response)
    }

    /// Lets the scheduler do all it wants until it waits for nothing, or until there is room for another event.
    fn run<L: Ledger>(
        &mut self,
        scheduler: &mut Scheduler<L>,
        reports: &mut Vec<Report>,
        room: impl Fn(&Scheduler<L>) -> bool,
    ) {
        for step in 0.. {
            assert!(step < 100_000, "no end at {:?}", self.now);
            let wait = match scheduler.next(self.now) {
                Step::Send(sending) => {
                    let answer = self.serve(&sending.request);
                    let latency =
                        Duration::from_millis(20) + self.random.below(self.faults.latency);
                    let key = (self.now + latency, sending.number);
                    self.coming.insert(key, (sending.record, answer));
                    continue;
                }
                Step::Wait(at) => at,
                Step::Stopped if self.coming.is_empty() => None,
                Step::Stopped => Some(Duration::MAX),
            };
            while let Some(report) = scheduler.report() {
                reports.push(report);
            }
            if room(scheduler) {
                return;
            }
            let next = self.coming.first_key_value().map(|((at, _), _)| *at);
            self.now = match (wait, next) {
                (Some(a), Some(b)) => a.min(b),
                (Some(a), None) | (None, Some(a)) => a,
                (None, None) => return,
            };
            while let Some(entry) = self.coming.first_entry()
                && entry.key().0 <= self.now
            {
                let ((_, number), (record, answer)) = entry.remove_entry();
                scheduler.answered(record, number, answer, self.now);
            }
        }
    }
}

/// Delivers plans, as many at a time as there is room for, and gives what became of them.
fn deliver(
    world: &mut World,
    settings: Settings,
    plans: Vec<Plan>,
) -> (Vec<Report>, Scheduler<MemoryLedger>) {
    let mut scheduler = Scheduler::new(settings, MemoryLedger::default());
    let reports = deliver_with(world, &mut scheduler, plans);
    (reports, scheduler)
}

fn deliver_with<L: Ledger>(
    world: &mut World,
    scheduler: &mut Scheduler<L>,
    plans: Vec<Plan>,
) -> Vec<Report> {
    let mut reports = Vec::new();
    for (seq, plan) in plans.into_iter().enumerate() {
        if !scheduler.has_room() {
            world.run(scheduler, &mut reports, Scheduler::has_room);
        }
        scheduler.submit(seq as u64, plan);
    }
    scheduler.drain();
    world.run(scheduler, &mut reports, |scheduler| scheduler.is_idle());
    reports
}
