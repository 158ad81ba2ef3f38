//! One request on its way through the faults, and what is counted of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::Sandbox;
use super::answer::Refusal;
use super::faults::{Fault, unavailable};
use super::routes::Call;
use crate::delivery::{Response, Transport, TransportError};
use crate::plan::{Method, Request};

/// What a sandbox has seen so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// All requests that came, whatever became of them.
    pub requests: u64,
    /// Reads that were let through to be answered.
    pub reads: u64,
    /// Writes that were let through to be answered.
    pub writes: u64,
    /// The most writes that were let through in one clock second.
    pub busiest_second_writes: u64,
    /// Answers by status, as they were sent.
    pub answers: BTreeMap<u16, u64>,
    /// Connections that were broken on purpose.
    pub resets: u64,
    /// Bodies that were slowed on purpose.
    pub slow_bodies: u64,
    /// Bodies that were cut short on purpose.
    pub truncated_bodies: u64,
}

impl Stats {
    /// How many answers had a status.
    pub fn answered(&self, status: u16) -> u64 {
        self.answers.get(&status).copied().unwrap_or(0)
    }
}

/// A request and its answer, as [`super::Builder::record`] keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub target: String,
    /// The request's body.
    pub body: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer.
    pub answer: String,
}

/// What a client gets to see.
#[derive(Debug)]
pub(super) enum Outcome {
    Answer {
        response: Response,
        /// How much later the second half of the body comes.
        slow: Option<Duration>,
    },
    /// The connection broke.
    Reset,
}

impl Sandbox {
    /// Answers a request as [`Sandbox::handle`] does, with the faults of the sandbox.
    pub(super) async fn exchange(
        &self,
        method: &str,
        target: &str,
        authorization: Option<&str>,
        body: Option<&str>,
    ) -> Outcome {
        let call = Call::new(method, target, authorization, body);
        let n = {
            let mut state = self.state();
            state.stats.requests += 1;
            state.stats.requests - 1
        };
        let latency = self.shared.faults.latency_of(n);
        pause(latency / 2).await;
        let outcome = self.reach(&call, n);
        pause(latency - latency / 2).await;
        let mut state = self.state();
        match &outcome {
            Outcome::Answer { response, .. } => {
                *state.stats.answers.entry(response.status).or_default() += 1
            }
            Outcome::Reset => state.stats.resets += 1,
        }
        outcome
    }

    /// What becomes of the request of number `n` once it has arrived.
    fn reach(&self, call: &Call<'_>, n: u64) -> Outcome {
        let answer = |response| Outcome::Answer {
            response,
            slow: None,
        };
        if let Err(response) = self.admit(call, n) {
            return answer(response);
        }
        let fault = self.shared.faults.fault_of(n);
        if fault == Fault::ResetBefore {
            return Outcome::Reset;
        }
        if let Fault::ServerError {
            answer: failure,
            is_done: false,
        } = fault
        {
            return answer(failure);
        }
        let mut response = self.handle(call.method, call.target, call.authorization, call.body);
        match fault {
            Fault::None | Fault::ResetBefore => answer(response),
            Fault::ResetAfter => Outcome::Reset,
            Fault::ServerError {
                answer: failure, ..
            } => answer(failure),
            Fault::SlowBody(time) => {
                self.state().stats.slow_bodies += 1;
                Outcome::Answer {
                    response,
                    slow: Some(time),
                }
            }
            Fault::TruncatedBody(part) => {
                self.state().stats.truncated_bodies += 1;
                // OK because a part of a length is no longer than it.
                let mut end = (response.body.len() as f64 * part) as usize;
                while !response.body.is_char_boundary(end) {
                    end -= 1;
                }
                response.body.truncate(end);
                answer(response)
            }
        }
    }

    /// Lets a request through, or says what it is answered instead.
    fn admit(&self, call: &Call<'_>, n: u64) -> Result<(), Response> {
        let faults = &self.shared.faults;
        let now = (self.shared.clock)();
        let mut state = self.state();
        let since = now.since(state.born);
        if faults.is_maintenance(since) {
            return Err(unavailable());
        }
        if !state.was_revoked && faults.is_revoked(since, n) {
            state.was_revoked = true;
            state.access.revoke_all();
        }
        if let Some(limit) = faults.rate_limit {
            state
                .meter
                .admit(limit, call.is_read(), now)
                .map_err(Refusal::into_response)?;
        }
        if call.is_read() {
            state.stats.reads += 1;
        } else {
            state.stats.writes += 1;
            let second = now.unix_seconds();
            if state.busy_second != (second, state.busy_second.1) {
                state.busy_second = (second, 0);
            }
            state.busy_second.1 += 1;
            state.stats.busiest_second_writes =
                state.stats.busiest_second_writes.max(state.busy_second.1);
        }
        Ok(())
    }
}

/// Sleeps, but not for nothing: no time needs no timer.
async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

impl Transport for Sandbox {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        };
        let body = request.body.as_deref();
        match self
            .exchange(method, &request.path, Some(&self.authorization), body)
            .await
        {
            Outcome::Answer { response, slow } => {
                pause(slow.unwrap_or_default()).await;
                Ok(response)
            }
            Outcome::Reset => Err(TransportError::Broken(
                "connection reset by peer".to_owned(),
            )),
        }
    }
}
