//! The workspace itself: who the token is, what objects and attributes there are, and new ones.
//!
//! Everything here is asked one request at a time per question, several questions at once, within Attio's limits on
//! reads and writes. Nothing here reads or writes records.

mod access;
mod create;
mod pull;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::engine::Clock;
use super::error::ApiError;
use super::limiter::{Limit, Limiter};
use super::retry::{Budget, Failure, Random, Verdict, verdict};
use super::transport::Transport;
use crate::plan::{Method, Request};
pub use access::{CONFIGURE, DELIVER, DELIVER_LIVE, READ_SCHEMA, Scope, Token};
pub use create::Created;
pub use pull::{Pulled, Unread};

/// How long a question is asked again that failed in passing.
const PATIENCE: Budget = Budget {
    attempts: 6,
    age: Duration::from_secs(120),
    base: Duration::from_millis(500),
    cap: Duration::from_secs(10),
};

/// A workspace behind a transport. Clones ask the same workspace, within the same limits.
#[derive(Debug)]
pub struct Workspace<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Clone for Workspace<T> {
    fn clone(&self) -> Self {
        Workspace {
            shared: Arc::clone(&self.shared),
        }
    }
}

#[derive(Debug)]
struct Shared<T> {
    transport: T,
    clock: Clock,
    reads: Mutex<Limiter>,
    writes: Mutex<Limiter>,
    random: Mutex<Random>,
}

/// Why a workspace could not be asked or changed.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkspaceError {
    /// Attio does not know the token.
    Token {
        /// Where it comes from and where it was sent, for people.
        from: Option<String>,
    },
    /// The token may not do what was asked.
    Scopes {
        /// The scopes that it lacks.
        missing: Vec<Scope>,
    },
    /// A request failed for good.
    Request {
        /// What was asked for, as a person says it.
        what: String,
        /// Why it failed.
        failure: Failure,
    },
}

impl WorkspaceError {
    /// What a person can do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            WorkspaceError::Token { .. } => Some(
                "check that it was copied whole, or make a new one in Attio under Workspace settings > Developers"
                    .to_owned(),
            ),
            WorkspaceError::Scopes { missing } => {
                let permissions: Vec<String> = missing.iter().map(Scope::permission).collect();
                Some(format!(
                    "in Attio, under Workspace settings > Developers, give the token {}",
                    permissions.join(", ")
                ))
            }
            WorkspaceError::Request { .. } => None,
        }
    }

    /// What Attio answered, when it answered.
    pub fn answer(&self) -> Option<&ApiError> {
        match self {
            WorkspaceError::Request {
                failure: Failure::Api(error),
                ..
            } => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for WorkspaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WorkspaceError::Token { from } => {
                f.write_str("Attio does not know the token")?;
                if let Some(from) = from {
                    write!(f, " from {from}")?;
                }
                f.write_str(": it is wrong, expired or revoked")
            }
            WorkspaceError::Scopes { missing } => {
                let names: Vec<&str> = missing.iter().map(|scope| scope.as_str()).collect();
                let plural = if names.len() == 1 { "" } else { "s" };
                write!(
                    f,
                    "the token lacks the scope{plural} `{}`",
                    names.join("`, `")
                )
            }
            WorkspaceError::Request { what, failure } => write!(f, "{what}: {failure}"),
        }
    }
}

impl std::error::Error for WorkspaceError {}

/// `{"data": ...}`, as Attio answers nearly everything.
#[derive(Deserialize)]
struct Data<D> {
    data: D,
}

impl<T: Transport> Workspace<T> {
    /// A workspace that is reached by `transport`; `seed` decides the waits between attempts.
    pub fn new(transport: T, seed: u64) -> Self {
        Workspace {
            shared: Arc::new(Shared {
                transport,
                clock: Clock::new(),
                reads: Mutex::new(Limiter::new(Limit::READS)),
                writes: Mutex::new(Limiter::new(Limit::WRITES)),
                random: Mutex::new(Random::new(seed)),
            }),
        }
    }

    /// That Attio does not know the token.
    pub fn unknown_token(&self) -> WorkspaceError {
        WorkspaceError::Token {
            from: self.shared.transport.token_from(),
        }
    }

    /// Reads what `path` answers.
    async fn get<D: DeserializeOwned>(
        &self,
        what: &str,
        path: String,
    ) -> Result<D, WorkspaceError> {
        let body = self.send(what, Request::get(path)).await?;
        serde_json::from_str(&body).map_err(|_| WorkspaceError::Request {
            what: what.to_owned(),
            failure: Failure::Unreadable,
        })
    }

    /// Sends a request until it is done or refused; gives the body of the answer.
    async fn send(&self, what: &str, request: Request) -> Result<String, WorkspaceError> {
        let Shared {
            transport,
            clock,
            reads,
            writes,
            random,
        } = &*self.shared;
        let limiter = match request.method {
            Method::Get => reads,
            Method::Post | Method::Put | Method::Patch => writes,
        };
        let failed = |failure| WorkspaceError::Request {
            what: what.to_owned(),
            failure,
        };
        let begun = clock.now();
        let (mut attempts, mut may_be_done) = (0, false);
        loop {
            wait_turn(limiter, clock).await;
            let verdict = verdict(transport.send(request.clone()).await);
            let now = clock.now();
            if !matches!(verdict, Verdict::Limited { .. }) {
                lock(limiter).accepted();
            }
            let (failure, is_over) = match verdict {
                Verdict::Done(response) if is_whole(&response.body) => return Ok(response.body),
                Verdict::Done(_) => {
                    attempts += 1;
                    may_be_done = true;
                    (Failure::Unreadable, attempts >= PATIENCE.attempts)
                }
                // An attempt whose answer was lost has made it.
                Verdict::Refused(error) if may_be_done && error.is_conflict() => {
                    return Ok(String::new());
                }
                Verdict::Refused(error) => return Err(failed(Failure::Api(error))),
                Verdict::Unauthorized(error) if error.status == 401 => {
                    return Err(self.unknown_token());
                }
                Verdict::Unauthorized(error) => return Err(failed(Failure::Api(error))),
                Verdict::Limited { retry_after, error } => {
                    lock(limiter).refused(now, retry_after.as_deref());
                    (Failure::Api(error), false)
                }
                Verdict::Passing(failure) => {
                    attempts += 1;
                    may_be_done = true;
                    (failure, attempts >= PATIENCE.attempts)
                }
            };
            if is_over || now.saturating_sub(begun) > PATIENCE.age {
                return Err(failed(failure));
            }
            if attempts > 0 {
                let wait = PATIENCE.wait(attempts, &mut lock(random));
                tokio::time::sleep(wait).await;
            }
        }
    }
}

/// Whether a body does not end in the middle of its JSON.
fn is_whole(body: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(body).map_or_else(|error| !error.is_eof(), |_| true)
}

/// Waits until the limiter lets the next request out.
async fn wait_turn(limiter: &Mutex<Limiter>, clock: &Clock) {
    loop {
        let wait = {
            let (mut limiter, now) = (lock(limiter), clock.now());
            let wait = limiter.next_at(now).saturating_sub(now);
            if wait.is_zero() {
                limiter.sent(now);
                return;
            }
            wait
        };
        tokio::time::sleep(wait).await;
    }
}

fn lock<V>(mutex: &Mutex<V>) -> std::sync::MutexGuard<'_, V> {
    // OK because a limiter and a generator are whole between any two of their calls.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, feature = "sandbox"))]
mod tests;
