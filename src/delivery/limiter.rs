//! How many requests may go out: a pure decider, time is an argument.
//!
//! Attio counts requests in windows of one clock second that it does not announce, and it counts them when they
//! arrive, not when they leave. [`Limiter`] therefore never lets more than the limit go out within any span of one
//! second *plus* an allowance for the jitter of the network, however the span is cut, and spreads them evenly. The
//! allowance is what the unused share of the budget is: 15 ms leaves 98.5 % in use.
//!
//! A 429 pauses everything until `Retry-After` and lowers the rate; it recovers step by step, so that a budget that is
//! shared with a workspace's other apps settles near what they leave.

use std::collections::VecDeque;
use std::time::Duration;

/// A limit, and how it is kept. Moments are durations since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// The most requests in any window.
    pub requests: u32,
    /// The window; Attio's is one second.
    pub window: Duration,
    /// How much longer one request may take to arrive than another.
    pub jitter: Duration,
}

impl Limit {
    /// So many requests a second, with 15 ms of jitter allowed for.
    pub const fn per_second(requests: u32) -> Self {
        Limit {
            requests,
            window: Duration::from_secs(1),
            jitter: Duration::from_millis(15),
        }
    }

    /// Attio's limit on writes.
    pub const WRITES: Limit = Limit::per_second(25);
    /// Attio's limit on reads.
    pub const READS: Limit = Limit::per_second(100);
}

/// By how much a 429 lowers the rate.
const LOWERED: f64 = 0.7;
/// How much of the full rate comes back in every window without a 429.
const RECOVERED: f64 = 0.05;
/// A send that is late by at most this, in spans between sends, does not delay the ones after it.
const CATCH_UP: u32 = 2;
/// The longest pause that an answer can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// Decides when the next request may go out.
#[derive(Clone, Debug)]
pub struct Limiter {
    limit: Limit,
    /// When the last requests went out, at most as many as the limit.
    sent: VecDeque<Duration>,
    /// When the next one is due by an even spread.
    due: Duration,
    /// Whether someone was told to wait for that.
    awaited: bool,
    paused_until: Duration,
    /// The share of the rate in use when it was last lowered, and when.
    lowered: Option<(f64, Duration)>,
    /// 429s in a row.
    refused: u32,
}

impl Limiter {
    /// A limiter that has seen nothing yet.
    pub fn new(limit: Limit) -> Self {
        let limit = Limit {
            requests: limit.requests.max(1),
            ..limit
        };
        Limiter {
            limit,
            sent: VecDeque::new(),
            due: Duration::ZERO,
            awaited: false,
            paused_until: Duration::ZERO,
            lowered: None,
            refused: 0,
        }
    }

    /// The limit that is kept.
    pub fn limit(&self) -> Limit {
        self.limit
    }

    /// The earliest moment at which a request that is there may go out; `now` or before when it may go at once.
    pub fn next_at(&mut self, now: Duration) -> Duration {
        let next = self.opens_at(now);
        self.awaited |= next > now;
        next
    }

    /// The earliest moment at which a request might go out, were there one.
    pub fn opens_at(&self, now: Duration) -> Duration {
        let most = self.most(now);
        let span = self.limit.window + self.limit.jitter;
        let full = self
            .sent
            .len()
            .checked_sub(most)
            .map_or(Duration::ZERO, |at| self.sent[at] + span);
        self.due.max(full).max(self.paused_until)
    }

    /// A request goes out.
    pub fn sent(&mut self, now: Duration) {
        let between = (self.limit.window + self.limit.jitter) / self.most(now) as u32;
        // A timer that fires late is made up for; idle time is not saved up.
        let late = if self.awaited {
            between * CATCH_UP
        } else {
            Duration::ZERO
        };
        self.due = self.due.max(now.saturating_sub(late)) + between;
        self.awaited = false;
        if self.sent.len() >= self.limit.requests as usize {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
    }

    /// A request was answered with 429.
    pub fn refused(&mut self, now: Duration, retry_after: Option<&str>) {
        // Requests that were under way together are refused together: that lowers the rate once.
        if now >= self.paused_until {
            let share = (self.share(now) * LOWERED).max(1.0 / f64::from(self.limit.requests));
            self.lowered = Some((share, now));
            self.refused = self.refused.saturating_add(1);
        }
        // A date that has passed already, by our clock, still asks for a little patience, and for more each time.
        let least = (self.limit.window / 10) * (1 << self.refused.min(6));
        let until = retry_after
            .and_then(|text| parse_retry_after(text, now))
            .unwrap_or(now + self.limit.window)
            .clamp(now + least.min(LONGEST_PAUSE), now + LONGEST_PAUSE);
        self.paused_until = self.paused_until.max(until);
        if let Some((_, at)) = &mut self.lowered {
            *at = self.paused_until;
        }
    }

    /// A request was answered with anything but 429.
    pub fn accepted(&mut self) {
        self.refused = 0;
    }

    /// Whether a 429 holds everything back.
    pub fn is_paused(&self, now: Duration) -> bool {
        now < self.paused_until
    }

    /// The share of the full rate that is in use, from 0 to 1.
    pub fn share(&self, now: Duration) -> f64 {
        let Some((share, at)) = self.lowered else {
            return 1.0;
        };
        let windows = now.saturating_sub(at).as_secs_f64() / self.limit.window.as_secs_f64();
        (share + windows.floor() * RECOVERED).min(1.0)
    }

    fn most(&self, now: Duration) -> usize {
        let most = f64::from(self.limit.requests) * self.share(now);
        (most as usize).max(1)
    }
}

/// The moment that a `Retry-After` header names: seconds from `now`, or an HTTP date.
pub fn parse_retry_after(text: &str, now: Duration) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0)
            .then(|| now + Duration::from_secs_f64(seconds.min(LONGEST_PAUSE.as_secs_f64())));
    }
    httpdate::parse_http_date(text)
        .ok()?
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(1_800_000_000);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Sends as fast as the limiter allows, each send up to `late` after it might have gone.
    fn send_times(
        limiter: &mut Limiter,
        count: usize,
        late: impl Fn(usize) -> Duration,
    ) -> Vec<Duration> {
        let mut now = START;
        (0..count)
            .map(|i| {
                now = now.max(limiter.next_at(now)) + late(i);
                limiter.sent(now);
                now
            })
            .collect()
    }

    #[test]
    fn no_second_however_cut_holds_more_than_the_limit_at_the_server() {
        for (seed, late) in [(1, 0), (2, 1), (3, 4)] {
            let mut limiter = Limiter::new(Limit::WRITES);
            let mut random = super::super::retry::Random::new(seed);
            let sent = send_times(&mut limiter, 2_000, |i| ms((i as u64 * 7919) % (late + 1)));
            let mut arrived: Vec<Duration> = sent
                .iter()
                .map(|at| *at + ms(80) + random.below(ms(15)))
                .collect();
            arrived.sort();
            for window in arrived.windows(26) {
                assert!(
                    window[25] - window[0] >= Duration::from_secs(1),
                    "{window:?}"
                );
            }
        }
    }

    #[test]
    fn ninety_eight_percent_of_the_budget_are_used() {
        let mut limiter = Limiter::new(Limit::WRITES);
        let sent = send_times(&mut limiter, 25_000, |i| ms(u64::from(i % 3 == 0)));
        let used = 25_000.0 / 25.0 / (sent[24_999] - sent[0]).as_secs_f64();
        assert!(used > 0.98 && used <= 1.0, "{used}");
    }

    #[test]
    fn sends_are_spread_evenly_and_idle_time_is_not_saved_up() {
        let mut limiter = Limiter::new(Limit::WRITES);
        let first = send_times(&mut limiter, 10, |_| ms(0));
        for pair in first.windows(2) {
            assert_eq!(pair[1] - pair[0], Duration::from_micros(40_600));
        }
        let later = START + Duration::from_secs(3600);
        assert!(limiter.next_at(later) <= later);
        limiter.sent(later);
        assert_eq!(
            limiter.next_at(later) - later,
            Duration::from_micros(40_600)
        );
    }

    #[test]
    fn a_429_pauses_until_the_date_and_lowers_the_rate_which_recovers() {
        let mut limiter = Limiter::new(Limit::WRITES);
        let now = Duration::from_secs(1_684_852_920) + ms(300);
        limiter.refused(now, Some("Tue, 23 May 2023 14:42:01 GMT"));
        assert_eq!(limiter.next_at(now), Duration::from_secs(1_684_852_921));
        assert!(limiter.is_paused(now));
        let until = limiter.next_at(now);
        assert!((limiter.share(until) - 0.7).abs() < 1e-9);
        assert!((limiter.share(until + Duration::from_secs(3)) - 0.85).abs() < 1e-9);
        assert!((limiter.share(until + Duration::from_secs(60)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn requests_refused_together_lower_the_rate_once() {
        let mut limiter = Limiter::new(Limit::WRITES);
        for i in 0..5 {
            limiter.refused(START + ms(i * 10), Some("1"));
        }
        assert_eq!(limiter.next_at(START), START + ms(1040));
        assert!((limiter.share(START + ms(1040)) - 0.7).abs() < 1e-9);
    }

    #[test]
    fn a_date_that_passed_or_is_absurd_or_no_date_still_pauses_within_bounds() {
        for (text, expect) in [
            (Some("Tue, 23 May 2023 14:42:01 GMT"), ms(200)),
            (Some("soon"), ms(1000)),
            (None, ms(1000)),
            (Some("-5"), ms(1000)),
            (Some("2.5"), ms(2500)),
            (Some("1e300"), Duration::from_secs(600)),
            (
                Some("Fri, 31 Dec 9999 23:59:59 GMT"),
                Duration::from_secs(600),
            ),
        ] {
            let mut limiter = Limiter::new(Limit::WRITES);
            limiter.refused(START, text);
            assert_eq!(limiter.next_at(START) - START, expect, "{text:?}");
        }
    }

    #[test]
    fn a_window_of_any_length_pauses_within_bounds() {
        let mut limiter = Limiter::new(Limit {
            requests: 1,
            window: Duration::from_secs(1000),
            ..Limit::WRITES
        });
        let mut now = START;
        for attempt in 0..10 {
            limiter.refused(now, Some("1"));
            let pause = limiter.next_at(now) - now;
            assert!(pause <= LONGEST_PAUSE, "{attempt}: {pause:?}");
            now += pause;
        }
    }
}
