//! `auth`: logging in to workspaces, and what there is to know about a token.

mod login;
pub(super) mod store;

use clap::Subcommand;
use serde_json::{Value, json};

use super::connection::{self, ConnectionArgs, Source};
use super::{Exit, Failure, Terminal, output};
use crate::delivery::oauth::{Endpoints, OAuth};
use crate::delivery::workspace::{DELIVER, Token};
use crate::event::EventTime;
use store::Store;

const HELP: &str = "\
Which token a command takes, the first of these that there is:
  1. --api-key-file FILE, or --workspace NAME: what `auth login` keeps
  2. the variable ATTIO_API_KEY
  3. the workspace that `auth login` keeps as `default`

A token for one workspace only needs no login: make it in Attio under Workspace settings > Developers.";

const LOGIN_HELP: &str = "\
Needs an app of your own from build.attio.com, with `http://127.0.0.1:8976/callback` among its redirect URLs and the
scopes `record_permission:read-write`, `object_configuration:read` and `user_management:read`.

Example:
  export ATTIO_CLIENT_ID=... ATTIO_CLIENT_SECRET=...
  attio-destination auth login --workspace acme
  attio-destination deliver --workspace acme events.ndjson";

#[derive(Debug, Subcommand)]
#[command(after_help = HELP)]
pub(super) enum Auth {
    /// Log in to a workspace with a browser, and keep its token
    #[command(after_help = LOGIN_HELP)]
    Login(login::Args),
    /// Show what Attio knows about a token: its workspace, its scopes and until when it is good
    #[command(after_help = HELP)]
    Status(ConnectionArgs),
    /// Forget the token of a workspace
    Logout {
        /// What the workspace is called here
        #[arg(long, value_name = "NAME", value_parser = store::name, default_value = store::DEFAULT_NAME)]
        workspace: String,
    },
}

pub(super) fn run(command: &Auth, terminal: Terminal) -> Result<Exit, Failure> {
    match command {
        Auth::Login(args) => login::run(args, terminal),
        Auth::Status(connection) => status(connection, terminal),
        Auth::Logout { workspace } => logout(workspace, terminal),
    }
}

/// There is no place for tokens.
pub(super) fn no_folder() -> Failure {
    Failure::usage_with_help(
        "there is no folder to keep tokens in",
        "set the variable HOME, or use ATTIO_API_KEY or --api-key-file instead",
    )
}

fn workspace_json(token: &Token) -> Value {
    json!({
        "id": token.workspace_id, "name": token.workspace_name, "slug": token.workspace_slug,
    })
}

fn status(connection: &ConnectionArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let credentials = connection.credentials("")?;
    let transport = connection.transport_with(&credentials)?;
    let runtime = connection::runtime("asking about the token")?;
    let token = runtime.block_on(async {
        let workspace = connection::workspace(transport);
        let token = workspace.authorize(&[]).await;
        let token = token.map_err(connection::failure)?;
        // What came of a login can be asked about where it came from, too.
        if let Some(introspect) = &credentials.introspect_url {
            let oauth = OAuth::new(Endpoints {
                introspect: introspect.clone(),
                ..Endpoints::default()
            });
            let known = match oauth {
                Ok(oauth) => oauth.introspect(&credentials.token).await,
                Err(error) => Err(error),
            };
            let known = known
                .map_err(|error| Failure::usage(format!("the token cannot be checked: {error}")))?;
            if !known.active {
                return Err(connection::failure(workspace.unknown_token()));
            }
        }
        Ok(token)
    })?;
    let names = Store::of_user()
        .map(|store| store.names())
        .unwrap_or_default();
    let scopes: Vec<&str> = token.scope.split_whitespace().collect();
    let missing: Vec<&str> = token
        .missing(DELIVER)
        .into_iter()
        .map(|scope| scope.as_str())
        .collect();
    let expires = token.exp.map(expiry);
    if terminal.is_json() {
        let line = json!({
            "workspace": workspace_json(&token),
            "scopes": scopes,
            "missing_for_delivery": missing,
            "expires_at": expires,
            "token_from": credentials.source.to_string(),
            "kept": names,
        });
        return output::print(format!("{line}\n").as_bytes());
    }
    let delivery = match missing.as_slice() {
        [] => "allowed".to_owned(),
        missing => format!("not allowed without `{}`", missing.join("`, `")),
    };
    let kept = match names.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let rows = [
        (
            "Workspace",
            format!("{} ({})", token.workspace_name, token.workspace_slug),
        ),
        ("Token", credentials.source.to_string()),
        ("Scopes", scopes.join(", ")),
        (
            "Good until",
            expires.unwrap_or_else(|| "revoked".to_owned()),
        ),
        ("Delivery", delivery),
        ("Logged in to", kept),
    ];
    let lines: String = rows
        .iter()
        .map(|(name, value)| format!("{name:13} {value}\n"))
        .collect();
    output::print(lines.as_bytes())
}

/// A moment to the second, from seconds since 1970.
fn expiry(seconds: i64) -> String {
    let mut text = EventTime::from_nanos(seconds.saturating_mul(1_000_000_000)).to_string();
    // OK because a time has nine decimals and then `Z`, all ASCII.
    text.truncate(text.len() - ".000000000Z".len());
    text + "Z"
}

fn logout(name: &str, terminal: Terminal) -> Result<Exit, Failure> {
    let store = Store::of_user().ok_or_else(no_folder)?;
    if !store.remove(name)? {
        return Err(store.unknown(name));
    }
    if terminal.is_json() {
        return output::print(format!("{}\n", json!({"forgotten": name})).as_bytes());
    }
    output::print(format!("the token of `{name}` is forgotten here\n").as_bytes())?;
    terminal.note(
        "it stays good until a person removes the app in Attio under Workspace settings > Apps",
    );
    Ok(Exit::Success)
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::File(path) => write!(f, "the file {}", path.display()),
            Source::Variable => f.write_str("the variable ATTIO_API_KEY"),
            Source::Kept(name) => write!(f, "the login `{name}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::expiry;

    #[test]
    fn an_expiry_is_told_to_the_second() {
        assert_eq!(expiry(1_767_225_600), "2026-01-01T00:00:00Z");
    }
}
