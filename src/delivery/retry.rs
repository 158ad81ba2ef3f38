//! What to do about an answer: pure deciders, time and randomness are arguments.
//!
//! By kind: 429, 408, 5xx, time-outs and broken connections pass, so the request is sent again later; 401 and 403 mean
//! that nothing will succeed until a person acts; every other refusal is final, since the same request would be refused
//! again.

use std::time::Duration;

use super::error::ApiError;
use super::transport::{Response, TransportError};

/// How often and how long a write is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// The most attempts that failed in passing; those that a 429 refused do not count, since they were not done.
    pub attempts: u32,
    /// The longest time from the first attempt.
    pub age: Duration,
    /// The longest wait before the second attempt; it doubles with every further one.
    pub base: Duration,
    /// The longest wait at all.
    pub cap: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            attempts: 10,
            age: Duration::from_secs(3600),
            base: Duration::from_secs(1),
            cap: Duration::from_secs(30),
        }
    }
}

impl Budget {
    /// The wait after `failed` failed attempts: exponential with full jitter, anything between none and the longest.
    pub fn wait(&self, failed: u32, random: &mut Random) -> Duration {
        let longest = self
            .base
            .saturating_mul(1u32 << failed.saturating_sub(1).min(20))
            .min(self.cap);
        random.below(longest)
    }
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Attio did it.
    Done(Response),
    /// Too many requests: not done, to be sent again once the limit allows.
    Limited {
        /// The `Retry-After` header.
        retry_after: Option<String>,
        /// The answer.
        error: ApiError,
    },
    /// It failed in passing and may have been done: to be sent again after a wait.
    Passing(Failure),
    /// The token or a scope is wrong: everything stops.
    Unauthorized(ApiError),
    /// Attio will not do it, however often it is asked.
    Refused(ApiError),
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There was no answer.
    Transport(TransportError),
    /// There was an answer, and it was no success.
    Api(ApiError),
    /// There was a success whose body could not be read.
    Unreadable,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Transport(error) => error.fmt(f),
            Failure::Api(error) => error.fmt(f),
            Failure::Unreadable => f.write_str("Attio's answer could not be read"),
        }
    }
}

impl std::error::Error for Failure {}

/// What the answer to a request means.
pub fn verdict(answer: Result<Response, TransportError>) -> Verdict {
    let response = match answer {
        Ok(response) => response,
        Err(error) => return Verdict::Passing(Failure::Transport(error)),
    };
    if (200..300).contains(&response.status) {
        return Verdict::Done(response);
    }
    let error = ApiError::of(&response);
    if error.is_rate_limited() {
        Verdict::Limited {
            retry_after: response.retry_after,
            error,
        }
    } else if error.is_unauthorized() {
        Verdict::Unauthorized(error)
    } else if error.is_transient() || is_cut(&response.body) {
        Verdict::Passing(Failure::Api(error))
    } else {
        Verdict::Refused(error)
    }
}

/// Whether a body began as JSON and ended early: what Attio said is not known, so it is asked again.
fn is_cut(body: &str) -> bool {
    body.trim_start().starts_with('{')
        && serde_json::from_str::<serde::de::IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

/// Keeps an outage from using up the budgets of everything that waits: after a few failures in a row, whatever they
/// were about, one request at a time tries whether Attio is back.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    failed: u32,
    closed_until: Duration,
}

/// So many failures in a row are an outage.
const OUTAGE: u32 = 5;

impl Gate {
    /// A request failed in passing.
    pub fn failed(&mut self, now: Duration, budget: &Budget, random: &mut Random) {
        self.failed = self.failed.saturating_add(1);
        if let Some(more) = self.failed.checked_sub(OUTAGE) {
            self.closed_until = now + budget.wait(more + 1, random);
        }
    }

    /// A request was answered by Attio itself.
    pub fn answered(&mut self) {
        *self = Gate::default();
    }

    /// Whether there is an outage.
    pub fn is_outage(&self) -> bool {
        self.failed >= OUTAGE
    }

    /// When a request may go out, given how many are under way; `None` when not before one of those is answered.
    pub fn opens_at(&self, in_flight: usize) -> Option<Duration> {
        (!self.is_outage() || in_flight == 0).then_some(self.closed_until)
    }
}

/// A small random generator (SplitMix64), seeded from outside, so that a run can be repeated.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator that gives the same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A duration below `most`, evenly spread.
    pub fn below(&mut self, most: Duration) -> Duration {
        let share = (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        most.mul_f64(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> Result<Response, TransportError> {
        Ok(Response {
            status,
            retry_after: None,
            body: "{}".into(),
        })
    }

    #[test]
    fn answers_are_told_apart_by_kind() {
        let name = |verdict: Verdict| match verdict {
            Verdict::Done(_) => "done",
            Verdict::Limited { .. } => "limited",
            Verdict::Passing(_) => "passing",
            Verdict::Unauthorized(_) => "unauthorized",
            Verdict::Refused(_) => "refused",
        };
        for (statuses, expect) in [
            (&[200, 201, 202, 204][..], "done"),
            (&[429], "limited"),
            (&[403, 408, 425, 500, 502, 503, 504, 529], "passing"),
            (&[401], "unauthorized"),
            (&[301, 400, 404, 405, 409, 410, 413, 422], "refused"),
        ] {
            for &status in statuses {
                assert_eq!(name(verdict(answer(status))), expect, "{status}");
            }
        }
        let of_attio = Response {
            status: 403,
            retry_after: None,
            body: r#"{"status_code":403,"type":"auth_error","code":"unauthorized","message":"It lacks a scope."}"#.into(),
        };
        assert_eq!(name(verdict(Ok(of_attio))), "unauthorized");
        for error in [
            TransportError::Timeout,
            TransportError::Connect("refused".into()),
            TransportError::Broken("reset".into()),
        ] {
            assert_eq!(name(verdict(Err(error))), "passing");
        }
    }

    #[test]
    fn a_refusal_whose_body_was_cut_is_asked_for_again() {
        let refusal = |body: &str| {
            verdict(Ok(Response {
                status: 400,
                retry_after: None,
                body: body.into(),
            }))
        };
        assert!(matches!(
            refusal("{\"status_code\":400,\"ty"),
            Verdict::Passing(_)
        ));
        assert!(matches!(refusal("<html>Bad Request"), Verdict::Refused(_)));
        assert!(matches!(refusal(""), Verdict::Refused(_)));
    }

    #[test]
    fn waits_are_spread_over_the_whole_span_which_doubles_to_the_cap() {
        let budget = Budget::default();
        let mut random = Random::new(7);
        for (failed, longest) in [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (60, 30)] {
            let longest = Duration::from_secs(longest);
            let waits: Vec<_> = (0..1000)
                .map(|_| budget.wait(failed, &mut random))
                .collect();
            assert!(waits.iter().all(|wait| *wait < longest));
            assert!(waits.iter().any(|wait| *wait < longest / 10));
            assert!(waits.iter().any(|wait| *wait > longest * 9 / 10));
        }
    }

    #[test]
    fn an_outage_lets_one_request_at_a_time_try() {
        let (mut gate, budget, mut random) = (Gate::default(), Budget::default(), Random::new(1));
        for _ in 0..4 {
            gate.failed(Duration::from_secs(10), &budget, &mut random);
            assert_eq!(gate.opens_at(9), Some(Duration::ZERO));
        }
        for _ in 0..3 {
            gate.failed(Duration::from_secs(10), &budget, &mut random);
        }
        assert_eq!(gate.opens_at(1), None);
        assert!(gate.opens_at(0).unwrap() >= Duration::from_secs(10));
        gate.answered();
        assert_eq!(gate.opens_at(9), Some(Duration::ZERO));
    }
}
