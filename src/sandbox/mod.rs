//! An in-process Attio: its REST API over a workspace that is held in memory.
//!
//! [`Sandbox::handle`] answers one request, synchronously; the in-memory [`Transport`](crate::delivery::Transport) and the HTTP server both go
//! through it. What a write may hold is judged from Attio's documentation alone (`validate`), never by this project's
//! own coercer, so that the one can be tested against the other. Ids are counted, not drawn, and the clock can be
//! given, so that a run in memory can be repeated to the byte.
//!
//! Where Attio's behaviour is not documented, this is what was chosen:
//! - objects that are not enabled are not listed, nor are references to nothing else, and every other use of them
//!   answers `standard_object_disabled`;
//! - a select, status or member list that the schema does not know (`null`, as opposed to empty) takes every title
//!   or id and every address;
//! - a new person's e-mail address makes or finds the company of its root domain even when the write names another
//!   company, which is then the one that is linked;
//! - a value that equals the one that is there, whatever its spelling, changes nothing, not even `active_from`.
//!
//! Deliberately not here: lists, notes, tasks, comments, webhooks, enrichment, default values, and filters and sorts
//! by path.

mod access;
mod answer;
mod batch;
mod catalog;
pub mod conformance;
mod exchange;
mod faults;
mod listing;
mod moment;
mod oauth;
mod query;
mod read;
mod records;
mod routes;
mod serve;
mod snapshot;
mod store;
mod tables;
mod validate;
mod value;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::delivery::Response;
use crate::schema::Schema;

use access::Access;
pub use access::SCOPES;
use exchange::Outcome;
pub use exchange::{Exchange, Stats};
use faults::Meter;
pub use faults::{Faults, Latency, RateLimit, Revocation};
pub use listing::Record;
pub use moment::Moment;
use oauth::Apps;
use records::State;
use routes::Call;
pub use serve::serve;
pub use snapshot::Snapshot;
use store::Store;
use tables::Tables;

/// The token that a sandbox takes unless it is told others.
pub const TOKEN: &str = "sandbox-token";

/// What tells the time.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// An Attio workspace in memory. Clones are the same workspace.
///
/// As a [`Transport`](crate::delivery::Transport) it sends the token of [`Sandbox::with_token`], [`TOKEN`] unless that was called.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
    authorization: Arc<str>,
}

struct Shared {
    state: Mutex<State>,
    clock: Clock,
    faults: Faults,
}

/// What does not change while a sandbox lives.
#[derive(Clone, Copy, Debug)]
struct Settings {
    companies_from_emails: bool,
}

/// A sandbox in the making.
#[derive(Clone)]
pub struct Builder {
    tables: Arc<Tables>,
    settings: Settings,
    access: Access,
    apps: Apps,
    clock: Option<Clock>,
    faults: Faults,
    records_exchanges: bool,
}

impl Builder {
    /// The objects and attributes of the workspace; the standard ones unless this is called.
    #[must_use]
    pub fn schema(mut self, schema: &Schema) -> Self {
        self.tables = Tables::of(schema);
        self
    }

    /// Lets a token in with these scopes, instead of [`TOKEN`] with all of [`SCOPES`].
    #[must_use]
    pub fn token<'s>(mut self, token: &str, scopes: impl IntoIterator<Item = &'s str>) -> Self {
        self.access.revoke(TOKEN);
        self.access.grant(token, scopes);
        self
    }

    /// Plays the OAuth server too, for an app with this client ID and this secret.
    #[must_use]
    pub fn oauth_app(mut self, client_id: &str, client_secret: &str) -> Self {
        self.apps.app = Some((client_id.to_owned(), client_secret.to_owned()));
        self
    }

    /// Whether a new person's e-mail address makes a company; yes unless this says otherwise.
    #[must_use]
    pub fn companies_from_emails(mut self, yes: bool) -> Self {
        self.settings.companies_from_emails = yes;
        self
    }

    /// What goes wrong on purpose; nothing unless this is called.
    #[must_use]
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Keeps every request with its answer, for [`Sandbox::exchanges`].
    #[must_use]
    pub fn record(mut self) -> Self {
        self.records_exchanges = true;
        self
    }

    /// What tells the time. Unless this is called it is the system's time at the start and runs with tokio's clock
    /// from there, so that it stands still where that does.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// A clock that begins at `start` and runs with tokio's.
    #[must_use]
    pub fn start_at(self, start: Moment) -> Self {
        self.clock(clock_from(start))
    }

    /// An empty workspace.
    pub fn build(self) -> Sandbox {
        let clock = self.clock.unwrap_or_else(|| {
            let now = std::time::SystemTime::now();
            let since = now.duration_since(std::time::UNIX_EPOCH);
            clock_from(Moment::from_unix(since.unwrap_or_default()))
        });
        Sandbox {
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    store: Store::new(&self.tables),
                    tables: self.tables,
                    settings: self.settings,
                    access: self.access,
                    apps: self.apps,
                    born: clock(),
                    stats: Stats::default(),
                    meter: Meter::default(),
                    busy_second: (0, 0),
                    was_revoked: false,
                    batch_failures: Vec::new(),
                    exchanges: self.records_exchanges.then(Vec::new),
                }),
                clock,
                faults: self.faults,
            }),
            authorization: format!("Bearer {TOKEN}").into(),
        }
    }
}

fn clock_from(start: Moment) -> Clock {
    let begun = tokio::time::Instant::now();
    Arc::new(move || start.plus(begun.elapsed()))
}

impl Default for Sandbox {
    fn default() -> Self {
        Sandbox::builder().build()
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

impl Sandbox {
    /// An empty workspace with the objects and attributes of a schema.
    pub fn new(schema: &Schema) -> Sandbox {
        Sandbox::builder().schema(schema).build()
    }

    /// A workspace of the standard objects, to be told otherwise.
    pub fn builder() -> Builder {
        let mut access = Access::default();
        access.grant(TOKEN, SCOPES);
        Builder {
            tables: Tables::of(Schema::standard()),
            settings: Settings {
                companies_from_emails: true,
            },
            access,
            apps: Apps::default(),
            clock: None,
            faults: Faults::default(),
            records_exchanges: false,
        }
    }

    /// The same workspace, for a transport that sends another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Sandbox {
        Sandbox {
            shared: Arc::clone(&self.shared),
            authorization: format!("Bearer {token}").into(),
        }
    }

    /// Lets a token in, with its scopes.
    pub fn grant<'s>(&self, token: &str, scopes: impl IntoIterator<Item = &'s str>) {
        self.state().access.grant(token, scopes);
    }

    /// Lets a token in no more.
    pub fn revoke(&self, token: &str) {
        self.state().access.revoke(token);
    }

    /// Answers one request: method, path with its query, the `Authorization` header and the body.
    ///
    /// ```
    /// use attio_destination::sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::default();
    /// let body = r#"{"data": {"values": {"workspace_id": "w-1", "name": "Acme"}}}"#;
    /// let answer = sandbox.handle(
    ///     "PUT",
    ///     "/v2/objects/workspaces/records?matching_attribute=workspace_id",
    ///     Some("Bearer sandbox-token"),
    ///     Some(body),
    /// );
    /// assert_eq!(answer.status, 200);
    /// assert_eq!(sandbox.records("workspaces")[0].name, "Acme");
    /// ```
    pub fn handle(
        &self,
        method: &str,
        target: &str,
        authorization: Option<&str>,
        body: Option<&str>,
    ) -> Response {
        let call = Call::new(method, target, authorization, body);
        let now = (self.shared.clock)();
        let mut state = self.state();
        let response = routes::answer(&mut state, call, now);
        if let Some(exchanges) = &mut state.exchanges {
            exchanges.push(Exchange {
                method: method.to_owned(),
                target: target.to_owned(),
                body: body.map(str::to_owned),
                status: response.status,
                answer: response.body.clone(),
            });
        }
        response
    }

    /// What was seen so far by way of a transport; [`Sandbox::handle`] alone counts nothing.
    pub fn stats(&self) -> Stats {
        self.state().stats.clone()
    }

    /// The requests that were answered, in order, when [`Builder::record`] was called; what a fault kept from being
    /// answered is not among them.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.state().exchanges.clone().unwrap_or_default()
    }

    /// What went wrong in batches, whose answers do not say.
    pub fn batch_failures(&self) -> Vec<String> {
        self.state().batch_failures.clone()
    }

    /// The records of an object, in the order they were made; none of an object that is not there.
    pub fn records(&self, object: &str) -> Vec<Record> {
        let state = self.state();
        let place = state.tables.object(object);
        place.map_or_else(Vec::new, |place| state.records(place))
    }

    /// The state as two runs can be compared by.
    pub fn snapshot(&self) -> Snapshot {
        self.state().snapshot()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // OK because a request is checked before anything is changed, so a panic leaves nothing half done.
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
