//! What a deliverer knows of the workspace: how events are mapped, what the schema says, and the token.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use secrecy::{ExposeSecret, SecretString};

use super::super::aws::{Aws, Source, SourceError};
use super::environment::DeliverSettings;
use crate::config::{PRESETS, preset};
use crate::delivery::http::HttpError;
use crate::delivery::relation::Relations;
use crate::delivery::{HttpSettings, HttpTransport};
use crate::diagnostic::{Diagnostic, nearest_or_all};
use crate::event::{self, Reader};
use crate::plan::Planner;
use crate::schema::Schema;

/// A request that takes longer is sent again: less than an invocation has.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// The schema that is read from Attio.
const LIVE: &str = "live";
/// Reading it takes no longer than this.
const SCHEMA_TIMEOUT: Duration = Duration::from_secs(20);
/// So long a schema that was read from Attio is taken for the schema of the moment;
const SCHEMA_LIVES: Duration = Duration::from_secs(15 * 60);
/// and for so long at least, even if Attio does not know an attribute of it.
const SCHEMA_RESTS: Duration = Duration::from_secs(60);

/// The workspace, as far as it was read.
pub(super) struct Workspace {
    planner: Planner,
    reader: Reader,
    relations: Relations,
    connection: Option<Connection>,
    /// When the schema was read from Attio, if it was.
    live_since: Option<Instant>,
    /// Whether Attio no longer agrees with the schema.
    is_stale: bool,
}

struct Connection {
    token: SecretString,
    transport: Arc<HttpTransport>,
}

/// Why the workspace could not be read.
#[derive(Debug)]
pub(super) enum WorkspaceError {
    /// A document or the token could not be had.
    Source(&'static str, SourceError),
    /// No preset has the name.
    Preset(String),
    /// A document cannot be used.
    Document(&'static str, Vec<Diagnostic>),
    /// No connection can be made with these settings.
    Connection(HttpError),
    /// Attio did not tell the schema.
    Schema(String),
}

impl From<HttpError> for WorkspaceError {
    fn from(error: HttpError) -> Self {
        WorkspaceError::Connection(error)
    }
}

impl Workspace {
    /// Reads configuration and schema. The token is read when it is needed.
    pub(super) async fn load(
        settings: &DeliverSettings,
        aws: &Aws,
    ) -> Result<Workspace, WorkspaceError> {
        let (mut connection, mut live_since) = (None, None);
        let schema = match &settings.schema {
            None => Schema::standard().clone(),
            Some(Source::Literal(word)) if word == LIVE => {
                let token = load("access token", &settings.api_key, aws).await?;
                let connected = connection.insert(connect(token, settings)?);
                live_since = Some(Instant::now());
                pull(&connected.transport).await?
            }
            Some(source) => {
                let text = load("schema", source, aws).await?;
                Schema::parse(&text).map_err(|errors| WorkspaceError::Document("schema", errors))?
            }
        };
        let config = match &settings.config {
            Source::Literal(name) => preset(name)
                .ok_or_else(|| WorkspaceError::Preset(name.clone()))?
                .to_owned(),
            source => load("configuration", source, aws).await?,
        };
        let planner = Planner::parse(&config, &schema)
            .map_err(|errors| WorkspaceError::Document("configuration", errors))?;
        for warning in planner.warnings() {
            tracing::warn!(code = %warning.code, at = warning.at, "{}", warning.message);
        }
        Ok(Workspace {
            reader: event::paths().reader(),
            relations: Relations::of(planner.schema()),
            planner,
            connection,
            live_since,
            is_stale: false,
        })
    }

    /// Reads it again when the schema was read from Attio long ago. While that cannot be done, what was read counts.
    pub(super) async fn refresh(&mut self, settings: &DeliverSettings, aws: &Aws) {
        if !self.is_stale && !self.is_older_than(SCHEMA_LIVES) {
            return;
        }
        match Workspace::load(settings, aws).await {
            Ok(workspace) => *self = workspace,
            Err(error) => {
                tracing::warn!(%error, "the schema could not be read again");
                self.live_since = Some(Instant::now());
                self.is_stale = false;
            }
        }
    }

    /// Whether a newer schema may know what Attio said about an attribute or option.
    pub(super) fn may_be_stale(&self) -> bool {
        self.is_older_than(SCHEMA_RESTS)
    }

    /// Has the schema read again before it is used again.
    pub(super) fn forget_schema(&mut self) {
        self.is_stale = true;
    }

    fn is_older_than(&self, age: Duration) -> bool {
        self.live_since.is_some_and(|since| since.elapsed() >= age)
    }

    /// How events become plans.
    pub(super) fn planner(&self) -> &Planner {
        &self.planner
    }

    /// What reads the envelope of an event.
    pub(super) fn reader(&self) -> &Reader {
        &self.reader
    }

    /// What delivery needs to know of the schema.
    pub(super) fn relations(&self) -> &Relations {
        &self.relations
    }

    /// The connection to Attio.
    pub(super) async fn transport(
        &mut self,
        settings: &DeliverSettings,
        aws: &Aws,
    ) -> Result<Arc<HttpTransport>, WorkspaceError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(
                load("access token", &settings.api_key, aws).await?,
                settings,
            )?,
        };
        Ok(Arc::clone(&self.connection.insert(connection).transport))
    }

    /// Reads the token again; whether it is another now.
    pub(super) async fn renew_token(
        &mut self,
        settings: &DeliverSettings,
        aws: &Aws,
    ) -> Result<bool, WorkspaceError> {
        if !settings.api_key.is_remote() {
            return Ok(false);
        }
        let token = load("access token", &settings.api_key, aws).await?;
        let known = self.connection.as_ref();
        if known.is_some_and(|connection| connection.token.expose_secret() == token) {
            return Ok(false);
        }
        self.connection = Some(connect(token, settings)?);
        Ok(true)
    }
}

async fn pull(transport: &HttpTransport) -> Result<Schema, WorkspaceError> {
    let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seed = seed.unwrap_or_default().as_nanos() as u64;
    let workspace = crate::delivery::Workspace::new(transport.clone(), seed);
    let pulled = tokio::time::timeout(SCHEMA_TIMEOUT, workspace.pull(|_, _| ())).await;
    match pulled {
        Ok(Ok(pulled)) => Ok(pulled.schema),
        Ok(Err(error)) => Err(WorkspaceError::Schema(error.to_string())),
        Err(_) => Err(WorkspaceError::Schema(format!(
            "Attio took longer than {} s",
            SCHEMA_TIMEOUT.as_secs()
        ))),
    }
}

fn connect(token: String, settings: &DeliverSettings) -> Result<Connection, WorkspaceError> {
    let default = HttpSettings::default();
    let http = HttpSettings {
        base_url: settings.base_url.clone().unwrap_or(default.base_url),
        request_timeout: REQUEST_TIMEOUT,
        ..default
    };
    let token = SecretString::from(token);
    Ok(Connection {
        transport: Arc::new(HttpTransport::new(&token, &http)?),
        token,
    })
}

async fn load(what: &'static str, source: &Source, aws: &Aws) -> Result<String, WorkspaceError> {
    let text = source.load(aws).await;
    text.map_err(|error| WorkspaceError::Source(what, error))
}

impl fmt::Display for WorkspaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WorkspaceError::Source(what, error) => {
                write!(f, "the {what} could not be read: {error}")
            }
            WorkspaceError::Preset(name) => {
                let names = PRESETS.map(|(name, _)| name);
                let help = nearest_or_all(name, "the presets", names);
                write!(f, "`ATTIO_CONFIG` names no preset, got `{name}`; {help}")
            }
            WorkspaceError::Document(what, errors) => {
                write!(f, "the {what} cannot be used")?;
                for error in errors {
                    write!(f, "\n{error}")?;
                }
                Ok(())
            }
            WorkspaceError::Connection(error) => error.fmt(f),
            WorkspaceError::Schema(why) => {
                write!(f, "the schema could not be read from Attio: {why}")
            }
        }
    }
}

impl std::error::Error for WorkspaceError {}
