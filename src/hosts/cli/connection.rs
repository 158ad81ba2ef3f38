//! How a command reaches an Attio: the address, the token, and what the token may do.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use secrecy::SecretString;

use super::auth::store::{self, Kept, Store};
use super::output::count;
use super::{Failure, Terminal, document};
use crate::delivery::http::{BASE_URL, HttpError, HttpSettings, HttpTransport};
use crate::delivery::workspace::{Pulled, Scope, Token};
use crate::delivery::{Transport, Workspace, WorkspaceError};
use crate::schema::Schema;

/// The environment variable that holds the token.
const TOKEN_VARIABLE: &str = "ATTIO_API_KEY";

/// Where Attio is and who asks.
#[derive(Debug, clap::Args)]
pub(super) struct ConnectionArgs {
    /// Where Attio's API is, unless the workspace was logged in to elsewhere: https://api.attio.com
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// The file that holds the token, instead of the variable ATTIO_API_KEY
    #[arg(long, value_name = "FILE", conflicts_with = "workspace")]
    api_key_file: Option<PathBuf>,
    /// The workspace that was logged in to under this name, see `auth login`
    #[arg(long, value_name = "NAME", value_parser = store::name)]
    workspace: Option<String>,
}

/// Where a token comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A file that was named.
    File(PathBuf),
    /// The variable.
    Variable,
    /// A login, by its name.
    Kept(String),
}

/// A token, and where it is good for something.
#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) token: SecretString,
    pub(super) source: Source,
    base_url: String,
    /// Where the token of a login can be asked about.
    pub(super) introspect_url: Option<String>,
}

impl Credentials {
    fn kept(name: &str, kept: Kept) -> Credentials {
        Credentials {
            token: kept.token,
            source: Source::Kept(name.to_owned()),
            base_url: kept.base_url,
            introspect_url: Some(kept.introspect_url),
        }
    }
}

impl ConnectionArgs {
    /// A transport with the token; `or` says what can be done without one.
    pub(super) fn transport(&self, or: &str) -> Result<HttpTransport, Failure> {
        self.transport_with(&self.credentials(or)?)
    }

    /// A transport with this token.
    pub(super) fn transport_with(
        &self,
        credentials: &Credentials,
    ) -> Result<HttpTransport, Failure> {
        let base_url = self.base_url.as_ref().unwrap_or(&credentials.base_url);
        let settings = HttpSettings {
            base_url: base_url.clone(),
            token_from: Some(credentials.source.to_string()),
            ..HttpSettings::default()
        };
        HttpTransport::new(&credentials.token, &settings).map_err(|error| match error {
            HttpError::Token => Failure::usage_with_help(
                format!(
                    "the token from {} cannot be used: {error}",
                    credentials.source
                ),
                "it is one word of letters, digits and dashes",
            ),
            error => unusable(error),
        })
    }

    /// The token: of the file or the workspace that was named, else of the variable, else of the login that was given
    /// no name.
    pub(super) fn credentials(&self, or: &str) -> Result<Credentials, Failure> {
        let store = Store::of_user();
        if let Some(name) = &self.workspace {
            let store = store.ok_or_else(super::auth::no_folder)?;
            let kept = store.read(name)?.ok_or_else(|| store.unknown(name))?;
            return Ok(Credentials::kept(name, kept));
        }
        let (token, source) = match &self.api_key_file {
            Some(path) => (
                document::read_secret(path, "--api-key-file", "token")?,
                Source::File(path.clone()),
            ),
            None => (
                std::env::var(TOKEN_VARIABLE).unwrap_or_default(),
                Source::Variable,
            ),
        };
        if !token.trim().is_empty() {
            return Ok(Credentials {
                token: SecretString::from(token),
                source,
                base_url: BASE_URL.to_owned(),
                introspect_url: None,
            });
        }
        if let (Source::Variable, Some(store)) = (source, store)
            && let Some(kept) = store.read(store::DEFAULT_NAME)?
        {
            return Ok(Credentials::kept(store::DEFAULT_NAME, kept));
        }
        Err(Failure::usage_with_help(
            "there is no token for Attio",
            format!(
                "set the variable {TOKEN_VARIABLE}, name a file with --api-key-file, or run `auth login`{or}"
            ),
        ))
    }
}

/// That there is no transport.
pub(super) fn unusable(error: HttpError) -> Failure {
    match error {
        HttpError::BaseUrl { .. } => Failure::usage_with_help(
            error.to_string(),
            format!("give --base-url a URL such as {BASE_URL}, or leave it out"),
        ),
        error => Failure::usage(error.to_string()),
    }
}

/// The workspace behind a transport.
pub(super) fn workspace<T: Transport>(transport: T) -> Workspace<T> {
    Workspace::new(transport, seed())
}

/// A runtime for what goes over the network.
pub(super) fn runtime(what: &str) -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Runtime::new().map_err(|error| Failure::Network {
        what: format!("{what} cannot start"),
        error,
    })
}

/// The waits between attempts must differ between runs: many processes that were refused together would come back
/// together.
pub(super) fn seed() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    now.as_nanos() as u64 ^ u64::from(std::process::id()).rotate_left(32)
}

/// Makes sure that the token may do all that is `needed`.
pub(super) async fn authorize<T: Transport>(
    workspace: &Workspace<T>,
    needed: &[Scope],
) -> Result<Token, Failure> {
    workspace.authorize(needed).await.map_err(failure)
}

/// The same where nothing else is to be asked of Attio: when it cannot be asked now, or does not tell, what is sent
/// later may still arrive, so that is no reason to lose it.
pub(super) async fn authorize_if_told<T: Transport>(
    workspace: &Workspace<T>,
    needed: &[Scope],
    terminal: Terminal,
) -> Result<Option<Token>, Failure> {
    match workspace.authorize(needed).await {
        Ok(token) => Ok(Some(token)),
        Err(error @ WorkspaceError::Request { .. }) => {
            terminal.note(&format!("warning: {error}"));
            Ok(None)
        }
        Err(error) => Err(failure(error)),
    }
}

/// Reads the schema, with a line that says how far it has come.
pub(super) async fn pull<T: Transport>(
    workspace: &Workspace<T>,
    terminal: Terminal,
) -> Result<Schema, Failure> {
    let bar = progress(terminal);
    let pulled = workspace
        .pull(|answered, known| {
            bar.set_length(known);
            bar.set_position(answered);
        })
        .await;
    bar.finish_and_clear();
    let Pulled { schema, unread } = pulled.map_err(failure)?;
    for attribute in unread {
        terminal.note(&format!(
            "warning: `{}.{}` is left out, its type `{}` is not known to this version",
            attribute.object, attribute.attribute, attribute.kind
        ));
    }
    Ok(schema)
}

/// What a schema holds, in a line.
pub(super) fn describe(schema: &Schema) -> String {
    let active = schema.objects.values().filter(|object| object.is_active);
    let attributes: usize = active.clone().map(|object| object.attributes.len()).sum();
    let members = schema.members.as_deref().unwrap_or_default();
    format!(
        "{}, {}, {}",
        count(active.count() as u64, "object"),
        count(attributes as u64, "attribute"),
        count(members.len() as u64, "member")
    )
}

fn progress(terminal: Terminal) -> ProgressBar {
    let is_seen = io::stderr().is_terminal() && !terminal.is_json();
    let target = if is_seen {
        ProgressDrawTarget::stderr_with_hz(10)
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(None, target);
    bar.set_style(
        ProgressStyle::with_template("{bar:24} {pos} of {len} parts of the schema read")
            .expect("OK because the template is a literal that a test draws"),
    );
    bar
}

/// What went wrong with a workspace.
pub(super) fn failure(error: WorkspaceError) -> Failure {
    Failure::Usage {
        message: error.to_string(),
        help: error.help(),
    }
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::super::output::Format;
    use super::*;
    use crate::delivery::workspace::DELIVER;
    use crate::delivery::{Response, TransportError};
    use crate::plan::Request;

    /// Answers everything with one status and body.
    struct Always(u16, &'static str);

    impl Transport for Always {
        async fn send(&self, _: Request) -> Result<Response, TransportError> {
            Ok(Response {
                status: self.0,
                retry_after: None,
                body: self.1.to_owned(),
            })
        }
    }

    #[tokio::test]
    async fn only_a_token_that_is_known_to_be_useless_keeps_from_delivering() {
        let terminal = Terminal {
            format: Format::Json,
            color_out: false,
            color_err: false,
        };
        let scope = r#"{"active": true, "scope": "object_configuration:read"}"#;
        for (status, body, expect) in [
            (404, "no such page", true),
            (200, "no JSON", true),
            (401, "{}", false),
            (200, r#"{"active": false}"#, false),
            (200, scope, false),
        ] {
            let workspace = workspace(Always(status, body));
            let told = authorize_if_told(&workspace, DELIVER, terminal).await;
            assert_eq!(told.is_ok(), expect, "{status} {body}");
        }
    }

    #[test]
    fn the_line_says_how_much_was_read() {
        let terminal = Terminal {
            format: Format::Human,
            color_out: false,
            color_err: false,
        };
        let screen = InMemoryTerm::new(3, 80);
        let bar = progress(terminal);
        bar.set_draw_target(ProgressDrawTarget::term_like(Box::new(screen.clone())));
        bar.set_length(31);
        bar.set_position(12);
        bar.tick();
        let line = screen.contents();
        assert!(
            line.ends_with(" 12 of 31 parts of the schema read"),
            "{line}"
        );
    }
}
