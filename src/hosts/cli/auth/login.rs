//! `auth login`: a person lets us into a workspace with a browser.

use std::path::PathBuf;
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretString;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::super::connection;
use super::super::{Exit, Failure, Terminal, amount, document, output};
use super::store::{self, Kept, Store};
use crate::delivery::http::{BASE_URL, HttpSettings, HttpTransport};
use crate::delivery::oauth::{App, Endpoints, OAuth, RedirectError, authorize_url, read_redirect};
use crate::delivery::workspace::DELIVER;

/// The path that the browser is sent back to.
const CALLBACK: &str = "/callback";
/// The largest request head that is read, in bytes.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// The longest time for a browser to send its request.
const BROWSER_TIMEOUT: Duration = Duration::from_secs(10);
/// The environment variables of the app.
const CLIENT_ID_VARIABLE: &str = "ATTIO_CLIENT_ID";
const CLIENT_SECRET_VARIABLE: &str = "ATTIO_CLIENT_SECRET";

#[derive(Debug, clap::Args)]
pub(in super::super) struct Args {
    /// What the workspace is called here, for --workspace
    #[arg(long, value_name = "NAME", value_parser = store::name, default_value = store::DEFAULT_NAME)]
    workspace: String,
    /// The client ID of your app, instead of the variable ATTIO_CLIENT_ID
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The file that holds the client secret of your app, instead of the variable ATTIO_CLIENT_SECRET
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// The port that the browser comes back to: `http://127.0.0.1:PORT/callback` must be among the app's redirect URLs
    #[arg(long, value_name = "PORT", default_value_t = 8976)]
    port: u16,
    /// How long to wait for the browser
    #[arg(long, value_parser = amount::duration, default_value = "5m", value_name = "DURATION")]
    timeout: Duration,
    /// Where Attio's API is
    #[arg(long, value_name = "URL", default_value = BASE_URL)]
    base_url: String,
    /// The page on which workspaces are opened
    #[arg(long, value_name = "URL", default_value_t = Endpoints::default().authorize)]
    authorize_url: String,
    /// Where codes become tokens
    #[arg(long, value_name = "URL", default_value_t = Endpoints::default().token)]
    token_url: String,
    /// Where tokens are asked about
    #[arg(long, value_name = "URL", default_value_t = Endpoints::default().introspect)]
    introspect_url: String,
}

impl Args {
    fn app(&self) -> Result<App, Failure> {
        let client_id = match &self.client_id {
            Some(id) => id.clone(),
            None => std::env::var(CLIENT_ID_VARIABLE).unwrap_or_default(),
        };
        let client_secret = match &self.client_secret_file {
            Some(path) => document::read_secret(path, "--client-secret-file", "secret")?,
            None => std::env::var(CLIENT_SECRET_VARIABLE).unwrap_or_default(),
        };
        if client_id.trim().is_empty() {
            return Err(Failure::usage_with_help(
                "there is no client ID",
                format!(
                    "set the variable {CLIENT_ID_VARIABLE} or write --client-id; it is in your app's settings at build.attio.com"
                ),
            ));
        }
        if client_secret.trim().is_empty() {
            return Err(Failure::usage_with_help(
                "there is no client secret",
                format!(
                    "set the variable {CLIENT_SECRET_VARIABLE} or name a file with --client-secret-file"
                ),
            ));
        }
        Ok(App {
            client_id: client_id.trim().to_owned(),
            client_secret: SecretString::from(client_secret.trim()),
        })
    }
}

pub(super) fn run(args: &Args, terminal: Terminal) -> Result<Exit, Failure> {
    let app = args.app()?;
    let store = Store::of_user().ok_or_else(super::no_folder)?;
    let oauth = OAuth::new(Endpoints {
        authorize: args.authorize_url.clone(),
        token: args.token_url.clone(),
        introspect: args.introspect_url.clone(),
    })
    .map_err(|error| Failure::usage(error.to_string()))?;
    let runtime = connection::runtime("login")?;
    runtime.block_on(login(args, &app, &store, &oauth, terminal))
}

async fn login(
    args: &Args,
    app: &App,
    store: &Store,
    oauth: &OAuth,
    terminal: Terminal,
) -> Result<Exit, Failure> {
    let unheard = |error| Failure::Network {
        what: format!("port {} cannot be listened on", args.port),
        error,
    };
    let listener = TcpListener::bind(("127.0.0.1", args.port))
        .await
        .map_err(unheard)?;
    let port = listener.local_addr().map_err(unheard)?.port();
    let redirect_uri = format!("http://127.0.0.1:{port}{CALLBACK}");
    let state = state()?;
    let url = authorize_url(&args.authorize_url, &app.client_id, &redirect_uri, &state);
    if terminal.is_json() {
        output::print(format!("{}\n", json!({"url": url})).as_bytes())?;
    } else {
        terminal.note("open this address in a browser, and choose the workspace:");
        output::print(format!("{url}\n").as_bytes())?;
    }
    let code = tokio::time::timeout(args.timeout, wait_for_code(listener, &state)).await;
    let code = match code {
        Err(_) => {
            return Err(Failure::usage_with_help(
                "no browser came back in time",
                format!(
                    "see that `{redirect_uri}` is among the redirect URLs of the app, and try again"
                ),
            ));
        }
        Ok(code) => code.map_err(|error| Failure::usage(error.to_string()))?,
    };
    let token = oauth.exchange(app, &code, &redirect_uri).await;
    let token = token.map_err(|error| {
        Failure::usage_with_help(
            format!("the code could not be exchanged for a token: {error}"),
            "check the client ID and the client secret, and that the redirect URL of the app is the one above",
        )
    })?;
    let settings = HttpSettings {
        base_url: args.base_url.clone(),
        token_from: Some("the login".to_owned()),
        ..HttpSettings::default()
    };
    let transport = HttpTransport::new(&token, &settings).map_err(connection::unusable)?;
    let known = connection::workspace(transport).authorize(&[]).await;
    let known = known.map_err(connection::failure)?;
    let kept = Kept {
        token,
        base_url: args.base_url.clone(),
        introspect_url: args.introspect_url.clone(),
    };
    let path = store.write(&args.workspace, &kept)?;
    for scope in known.missing(DELIVER) {
        terminal.note(&format!(
            "warning: delivery needs the scope `{scope}`, which the app does not ask for"
        ));
    }
    if terminal.is_json() {
        let line = json!({
            "name": args.workspace, "file": path, "workspace": super::workspace_json(&known),
        });
        output::print(format!("{line}\n").as_bytes())
    } else {
        let (workspace, name, path) = (&known.workspace_name, &args.workspace, path.display());
        let line = format!("logged in to `{workspace}`, kept as `{name}` in {path}\n");
        output::print(line.as_bytes())
    }
}

/// 128 bits that nobody can guess.
fn state() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Failure::usage("the system gives no random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Waits for a browser that comes back with our `state`. Whatever else comes is told off and changes nothing.
async fn wait_for_code(listener: TcpListener, state: &str) -> Result<SecretString, RedirectError> {
    let (sender, mut answers) = mpsc::channel(1);
    loop {
        tokio::select! {
            Some(answer) = answers.recv() => return answer,
            Ok((stream, _)) = listener.accept() => {
                let (sender, state) = (sender.clone(), state.to_owned());
                // Browsers open connections that they send nothing through: nobody waits for those.
                tokio::spawn(async move {
                    let answer = tokio::time::timeout(BROWSER_TIMEOUT, answer(stream, &state));
                    if let Ok(Some(answer)) = answer.await {
                        // OK to ignore, because one answer is enough.
                        let _ = sender.send(answer).await;
                    }
                });
            }
        }
    }
}

async fn answer(mut stream: TcpStream, state: &str) -> Option<Result<SecretString, RedirectError>> {
    let mut head = Vec::new();
    let mut part = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut part).await.ok()?;
        if read == 0 || head.len() + read > MAX_HEAD_BYTES {
            return None;
        }
        head.extend_from_slice(&part[..read]);
    }
    let head = String::from_utf8(head).ok()?;
    let target = head
        .lines()
        .next()?
        .strip_prefix("GET ")?
        .split(' ')
        .next()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (status, text, result) = if path != CALLBACK {
        ("404 Not Found", "There is nothing here.".to_owned(), None)
    } else {
        match read_redirect(query, state) {
            Ok(code) => (
                "200 OK",
                "Done. You can close this window and go back to the terminal.".to_owned(),
                Some(Ok(code)),
            ),
            Err(RedirectError::State) => {
                ("400 Bad Request", RedirectError::State.to_string(), None)
            }
            Err(error) => ("400 Bad Request", error.to_string(), Some(Err(error))),
        }
    };
    let page = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
         referrer-policy: no-referrer\r\nconnection: close\r\n\r\n{text}\n",
        text.len() + 1
    );
    // OK to ignore, because the code is what counts.
    let _ = stream.write_all(page.as_bytes()).await;
    let _ = stream.shutdown().await;
    result
}
