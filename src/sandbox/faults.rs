//! What goes wrong on purpose: rate limits, delays, failures, broken connections, maintenance, a revoked token.
//!
//! What happens to a request depends on the seed, on how many came before it and on the clock, on nothing else: with
//! a clock that is given and one client, a run can be repeated exactly.

use std::ops::Range;
use std::time::Duration;

use super::answer::Refusal;
use super::moment::Moment;
use crate::delivery::Response;

/// The faults of a sandbox; none unless said otherwise.
///
/// Shares are from 0 to 1 and of all requests; a request has at most one of these faults, so together they should not
/// be more than 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    /// Decides what happens to which request.
    pub seed: u64,
    /// How many requests a second are let through.
    pub rate_limit: Option<RateLimit>,
    /// How long answers take; half of it passes before the request is looked at.
    pub latency: Latency,
    /// The share that is answered with 500, 502 or 503; every second one of them was done all the same.
    pub server_errors: f64,
    /// The share whose connection breaks before the request is done.
    pub resets_before: f64,
    /// The share whose connection breaks after the request was done.
    pub resets_after: f64,
    /// The share whose body takes [`Faults::slow_body`] longer than its head.
    pub slow_bodies: f64,
    /// How long a slow body takes.
    pub slow_body: Duration,
    /// The share whose body ends too early.
    pub truncated_bodies: f64,
    /// When every request is answered with 503, counted from the start of the sandbox.
    pub maintenance: Vec<Range<Duration>>,
    /// When every token is revoked.
    pub revocation: Option<Revocation>,
}

impl Default for Faults {
    fn default() -> Self {
        Faults {
            seed: 0,
            rate_limit: None,
            latency: Latency::None,
            server_errors: 0.0,
            resets_before: 0.0,
            resets_after: 0.0,
            slow_bodies: 0.0,
            slow_body: Duration::from_secs(5),
            truncated_bodies: 0.0,
            maintenance: Vec::new(),
            revocation: None,
        }
    }
}

impl Faults {
    /// Attio's rate limit and nothing else.
    pub fn attio() -> Faults {
        Faults {
            rate_limit: Some(RateLimit::default()),
            ..Faults::default()
        }
    }
}

/// How many requests each clock second lets through. The rest are answered with 429 and the second after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Reads: every `GET`, and queries.
    pub reads_per_second: u32,
    /// Writes: everything else.
    pub writes_per_second: u32,
    /// Whether `Retry-After` is a number of seconds, as HTTP allows too, and not the date that Attio writes.
    pub tells_seconds: bool,
}

/// Attio's documented limit.
impl Default for RateLimit {
    fn default() -> Self {
        RateLimit {
            reads_per_second: 100,
            writes_per_second: 25,
            tells_seconds: false,
        }
    }
}

/// How long answers take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// No time.
    None,
    /// Always the same.
    Fixed(Duration),
    /// Anything between the two, equally likely.
    Uniform(Duration, Duration),
    /// Mostly about the median, rarely very long: log-normal.
    LongTail {
        /// Half of the answers take less.
        median: Duration,
        /// One answer in a hundred takes longer.
        p99: Duration,
    },
}

/// When the tokens are revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// So long after the start of the sandbox.
    After(Duration),
    /// After so many requests.
    AfterRequests(u64),
}

/// What happens to one request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fault {
    None,
    ResetBefore,
    ResetAfter,
    /// A failure on Attio's side, and whether the request was done before it.
    ServerError {
        answer: Response,
        is_done: bool,
    },
    SlowBody(Duration),
    /// The part of the body that is sent.
    TruncatedBody(f64),
}

/// How many requests came so far, and in this second.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    /// The second that `reads` and `writes` count.
    second: i64,
    reads: u32,
    writes: u32,
}

impl Meter {
    /// Counts a request, or says until when it must wait.
    pub(super) fn admit(
        &mut self,
        limit: RateLimit,
        is_read: bool,
        now: Moment,
    ) -> Result<(), Refusal> {
        let second = now.unix_seconds();
        if second != self.second {
            *self = Meter {
                second,
                ..Meter::default()
            };
        }
        let (count, most) = if is_read {
            (&mut self.reads, limit.reads_per_second)
        } else {
            (&mut self.writes, limit.writes_per_second)
        };
        if *count >= most {
            if limit.tells_seconds {
                return Err(Refusal::rate_limited("1".to_owned()));
            }
            let next =
                Moment::from_unix(Duration::from_secs(u64::try_from(second + 1).unwrap_or(0)));
            return Err(Refusal::rate_limited(httpdate::fmt_http_date(
                next.system_time(),
            )));
        }
        *count += 1;
        Ok(())
    }
}

impl Faults {
    /// How long the request of number `n` takes.
    pub(super) fn latency_of(&self, n: u64) -> Duration {
        match self.latency {
            Latency::None => Duration::ZERO,
            Latency::Fixed(time) => time,
            Latency::Uniform(from, to) => from + to.saturating_sub(from).mul_f64(self.draw(n, 1)),
            Latency::LongTail { median, p99 } => {
                // Box and Muller: two equally distributed numbers give a normally distributed one.
                let radius = (-2.0 * (1.0 - self.draw(n, 1)).ln()).sqrt();
                let normal = radius * (std::f64::consts::TAU * self.draw(n, 2)).cos();
                let median = median.as_secs_f64();
                let sigma = (p99.as_secs_f64() / median).ln() / 2.326_347_874;
                let seconds = median * (sigma * normal).exp();
                Duration::try_from_secs_f64(seconds).unwrap_or(p99)
            }
        }
    }

    /// Whether there is maintenance, so long after the start.
    pub(super) fn is_maintenance(&self, since: Duration) -> bool {
        self.maintenance
            .iter()
            .any(|window| window.contains(&since))
    }

    /// Whether the tokens are revoked, so long after the start and after so many requests.
    pub(super) fn is_revoked(&self, since: Duration, requests: u64) -> bool {
        match self.revocation {
            None => false,
            Some(Revocation::After(time)) => since >= time,
            Some(Revocation::AfterRequests(most)) => requests >= most,
        }
    }

    /// What happens to the request of number `n`.
    pub(super) fn fault_of(&self, n: u64) -> Fault {
        let mut left = self.draw(n, 3);
        let mut falls_in = |share: f64| {
            let falls = left < share;
            left -= share;
            falls
        };
        if falls_in(self.resets_before) {
            Fault::ResetBefore
        } else if falls_in(self.resets_after) {
            Fault::ResetAfter
        } else if falls_in(self.server_errors) {
            let answer = match (self.draw(n, 4) * 3.0) as u8 {
                0 => Refusal::server(500, "internal_error", "An unexpected error occurred.")
                    .into_response(),
                1 => Response {
                    status: 502,
                    retry_after: None,
                    body: "<html><body><h1>502 Bad Gateway</h1></body></html>".to_owned(),
                },
                _ => unavailable(),
            };
            Fault::ServerError {
                answer,
                is_done: self.draw(n, 5) < 0.5,
            }
        } else if falls_in(self.slow_bodies) {
            Fault::SlowBody(self.slow_body)
        } else if falls_in(self.truncated_bodies) {
            Fault::TruncatedBody(self.draw(n, 6))
        } else {
            Fault::None
        }
    }

    /// A number from 0 to 1, equally distributed, that belongs to a request and a question.
    fn draw(&self, n: u64, question: u64) -> f64 {
        let mut bits = self.seed
            ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ question.wrapping_mul(0xd1b5_4a32_d192_ed03);
        // The finaliser of SplitMix64, twice, so that neighbours have nothing in common.
        for _ in 0..2 {
            bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            bits ^= bits >> 31;
        }
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The answer of an Attio that is down.
pub(super) fn unavailable() -> Response {
    Refusal::server(
        503,
        "service_unavailable",
        "The service is temporarily unavailable.",
    )
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_come_out_as_they_were_asked_for() {
        let faults = Faults {
            seed: 7,
            resets_before: 0.1,
            resets_after: 0.2,
            server_errors: 0.3,
            truncated_bodies: 0.05,
            ..Faults::default()
        };
        let mut counts = [0_u32; 5];
        let mut done = 0;
        for n in 0..100_000 {
            let kind = match faults.fault_of(n) {
                Fault::None => 0,
                Fault::ResetBefore => 1,
                Fault::ResetAfter => 2,
                Fault::ServerError { is_done, .. } => {
                    done += u32::from(is_done);
                    3
                }
                Fault::TruncatedBody(part) => {
                    assert!((0.0..1.0).contains(&part));
                    4
                }
                Fault::SlowBody(_) => panic!("nobody asked for slow bodies"),
            };
            counts[kind] += 1;
        }
        for (count, share) in counts.into_iter().zip([0.35, 0.1, 0.2, 0.3, 0.05]) {
            assert!(
                (f64::from(count) / 100_000.0 - share).abs() < 0.01,
                "{counts:?}"
            );
        }
        assert!((14_000..16_000).contains(&done), "{done}");
    }

    #[test]
    fn the_seed_decides() {
        let faults = |seed| Faults {
            seed,
            resets_before: 0.5,
            ..Faults::default()
        };
        let run = |seed| {
            (0..200)
                .map(|n| faults(seed).fault_of(n))
                .collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn latencies_are_distributed_as_asked_for() {
        let ms = Duration::from_millis;
        let of = |latency| {
            let faults = Faults {
                latency,
                ..Faults::default()
            };
            let mut times: Vec<Duration> = (0..10_000).map(|n| faults.latency_of(n)).collect();
            times.sort();
            times
        };
        assert_eq!(of(Latency::None)[9_999], Duration::ZERO);
        assert_eq!(of(Latency::Fixed(ms(7)))[5_000], ms(7));
        let uniform = of(Latency::Uniform(ms(10), ms(30)));
        assert!(uniform[0] >= ms(10) && uniform[9_999] < ms(30));
        assert!(
            ms(19) < uniform[5_000] && uniform[5_000] < ms(21),
            "{:?}",
            uniform[5_000]
        );
        let tail = of(Latency::LongTail {
            median: ms(100),
            p99: ms(1_000),
        });
        assert!(
            ms(93) < tail[5_000] && tail[5_000] < ms(107),
            "{:?}",
            tail[5_000]
        );
        assert!(
            ms(800) < tail[9_900] && tail[9_900] < ms(1_200),
            "{:?}",
            tail[9_900]
        );
    }
}
