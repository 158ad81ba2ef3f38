//! `auth`, with the sandbox as Attio's OAuth server.

#![allow(
    clippy::disallowed_methods,
    reason = "tests run processes and read files"
)]
#![cfg(unix)]

#[allow(dead_code, reason = "not every test needs all of it")]
mod attio;
#[allow(dead_code, reason = "not every test needs all of it")]
mod binary;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command};

use attio::{Attio, TOKEN};
use binary::{Run, command, finish};
use serde_json::{Value, json};

/// The client secret of the app, which must never be printed either.
const SECRET: &str = "a-secret-that-no-output-may-hold";
/// The beginning of the tokens that the sandbox gives.
const GIVEN: &str = "sandbox-oauth-token";

/// The command with a home of its own.
fn at_home(home: &Path, args: &[&str]) -> Command {
    let mut command = command(args);
    command
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"));
    command
}

fn run(home: &Path, args: &[&str], input: &str) -> Run {
    let run = finish(at_home(home, args).spawn().unwrap(), input.as_bytes());
    for secret in [SECRET, GIVEN] {
        assert!(!run.out.contains(secret) && !run.err.contains(secret));
    }
    run
}

/// What a browser does with an address: the status, where it is sent, and the text.
fn browse(url: &str) -> (u16, Option<String>, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, target) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!("GET /{target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let location = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("location")
            .then(|| value.to_owned())
    });
    (status, location, body.to_owned())
}

/// A login that waits for a browser.
struct Login {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// What a person is to open.
    url: String,
}

impl Login {
    fn begin(home: &Path, attio: &Attio, flags: &[&str]) -> Login {
        let at = |path: &str| format!("{}{path}", attio.url);
        let mut login = at_home(home, &["auth", "login", "--format", "json", "--port", "0"]);
        login
            .args([
                "--base-url",
                &attio.url,
                "--authorize-url",
                &at("/authorize"),
            ])
            .args(["--token-url", &at("/oauth/token")])
            .args(["--introspect-url", &at("/oauth/introspect")])
            .args(["--client-id", "the-app"])
            .args(flags)
            .env("ATTIO_CLIENT_SECRET", SECRET);
        let mut child = login.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let url = told["url"].as_str().unwrap().to_owned();
        Login { child, stdout, url }
    }

    fn end(mut self) -> Run {
        let (mut out, mut err) = (String::new(), String::new());
        self.stdout.read_to_string(&mut out).unwrap();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        let code = self.child.wait().unwrap().code().unwrap();
        for secret in [SECRET, GIVEN] {
            assert!(!out.contains(secret) && !err.contains(secret));
        }
        Run { code, out, err }
    }
}

fn attio() -> Attio {
    Attio::start(&["--oauth-app", &format!("the-app:{SECRET}")])
}

#[test]
fn a_login_is_kept_and_used_and_forgotten() {
    let home = tempfile::tempdir().unwrap();
    let (home, attio) = (home.path(), attio());
    let login = Login::begin(home, &attio, &["--workspace", "acme"]);
    let (status, location, _) = browse(&login.url);
    assert_eq!(status, 302);
    let (status, _, text) = browse(&location.unwrap());
    assert_eq!(
        (status, text.trim()),
        (
            200,
            "Done. You can close this window and go back to the terminal."
        )
    );
    let done = login.end();
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let told: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(
        (&told["name"], &told["workspace"]["name"]),
        (&json!("acme"), &json!("Sandbox"))
    );

    let file = Path::new(told["file"].as_str().unwrap());
    assert!(file.starts_with(home));
    assert_eq!(fs::metadata(file).unwrap().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(file).unwrap().contains(GIVEN));

    let status = run(home, &["auth", "status", "--workspace", "acme"], "");
    assert_eq!((status.code, status.err.as_str()), (0, ""));
    insta::assert_snapshot!(status.out, @"
    Workspace     Sandbox (sandbox)
    Token         the login `acme`
    Scopes        object_configuration:read-write, record_permission:read-write, user_management:read
    Good until    revoked
    Delivery      allowed
    Logged in to  acme
    ");

    let event = r#"{"type":"identify","userId":"u1","traits":{"email":"ada@acme.com"}}"#;
    let delivery = run(home, &["deliver", "--workspace", "acme"], event);
    assert_eq!(delivery.code, 0, "{}", delivery.err);

    let unknown = run(home, &["deliver", "--workspace", "acne"], event);
    assert_eq!(unknown.code, 2);
    insta::assert_snapshot!(unknown.err, @"
    error: there is no workspace `acne`
      help: did you mean `acme`?
    ");

    let out = run(home, &["auth", "logout", "--workspace", "acme"], "");
    assert_eq!(out.code, 0);
    insta::assert_snapshot!(out.out + &out.err, @"
    the token of `acme` is forgotten here
    it stays good until a person removes the app in Attio under Workspace settings > Apps
    ");
    assert!(!file.exists());
    let again = run(home, &["auth", "logout", "--workspace", "acme"], "");
    assert_eq!(again.code, 2);
    assert_eq!(attio.records()["users"].as_array().unwrap().len(), 1);
}

#[test]
fn an_answer_that_is_not_of_this_login_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (home, attio) = (home.path(), attio());
    let login = Login::begin(home, &attio, &[]);
    let (_, location, _) = browse(&login.url);
    let location = location.unwrap();
    let (callback, query) = location.split_once('?').unwrap();
    let state = query.split_once("state=").unwrap().1.to_owned();
    assert_eq!(state.len(), 32);
    for forged in [
        format!("{callback}?code=forged"),
        format!(
            "{callback}?code=forged&state={}",
            state.replace(|_| true, "0")
        ),
        format!("{callback}?error=access_denied"),
        callback.replace("/callback", "/favicon.ico"),
    ] {
        let (status, _, _) = browse(&forged);
        assert!(matches!(status, 400 | 404), "{forged}");
    }
    assert_eq!(browse(&location).0, 200);
    assert_eq!(login.end().code, 0);
    // Without a name it is the one that is taken when nothing else is said.
    let status = run(home, &["auth", "status", "--format", "json"], "");
    let told: Value = serde_json::from_str(&status.out).unwrap();
    assert_eq!(told["token_from"], "the login `default`");
    assert_eq!(told["kept"], json!(["default"]));
    assert_eq!(told["missing_for_delivery"], json!([]));
}

#[test]
fn a_login_that_is_refused_says_why_and_keeps_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (home, attio) = (home.path(), attio());
    let login = Login::begin(home, &attio, &[]);
    let state = login.url.split_once("state=").unwrap().1.to_owned();
    let (_, location, _) = browse(&login.url);
    let callback = location.unwrap().split_once('?').unwrap().0.to_owned();
    browse(&format!("{callback}?error=access_denied&state={state}"));
    let denied = login.end();
    assert_eq!(denied.code, 2);
    insta::assert_snapshot!(denied.err, @r#"{"error":{"message":"the workspace was not opened: access_denied","help":null}}"#);

    let login = Login::begin(home, &attio, &[]);
    let state = login.url.split_once("state=").unwrap().1.to_owned();
    let (_, location, _) = browse(&login.url);
    let callback = location.unwrap().split_once('?').unwrap().0.to_owned();
    browse(&format!("{callback}?code=guessed&state={state}"));
    let wrong = login.end();
    assert_eq!(wrong.code, 2);
    insta::assert_snapshot!(wrong.err, @r#"{"error":{"message":"the code could not be exchanged for a token: Attio answered 400 `invalid_grant`","help":"check the client ID and the client secret, and that the redirect URL of the app is the one above"}}"#);

    let late = Login::begin(home, &attio, &["--timeout", "50ms"]).end();
    assert_eq!(late.code, 2);
    assert!(
        late.err.contains("no browser came back in time"),
        "{}",
        late.err
    );
    assert!(!home.join("config/attio-destination/workspaces").exists());

    let mut login = at_home(home, &["auth", "login"]);
    let none = finish(login.spawn().unwrap(), b"");
    insta::assert_snapshot!(none.err, @"
    error: there is no client ID
      help: set the variable ATTIO_CLIENT_ID or write --client-id; it is in your app's settings at build.attio.com
    ");
}

#[test]
fn the_file_goes_before_the_variable_and_the_variable_before_the_login() {
    let home = tempfile::tempdir().unwrap();
    let (home, attio) = (home.path(), attio());
    let login = Login::begin(home, &attio, &[]);
    let (_, location, _) = browse(&login.url);
    browse(&location.unwrap());
    assert_eq!(login.end().code, 0);
    let key = home.join("key");
    fs::write(&key, format!("{TOKEN}\n")).unwrap();
    let from = |variable: Option<&str>, flags: &[&str]| {
        let args = [
            &[
                "auth",
                "status",
                "--format",
                "json",
                "--base-url",
                &attio.url,
            ],
            flags,
        ]
        .concat();
        let mut status = at_home(home, &args);
        if let Some(token) = variable {
            status.env("ATTIO_API_KEY", token);
        }
        let run = finish(status.spawn().unwrap(), b"");
        assert!(!run.out.contains(TOKEN) && !run.err.contains(TOKEN));
        match serde_json::from_str::<Value>(&run.out) {
            Ok(told) => told["token_from"]
                .as_str()
                .unwrap()
                .replace(home.to_str().unwrap(), "~"),
            Err(_) => run.err,
        }
    };
    let key = key.to_str().unwrap();
    assert_eq!(from(None, &[]), "the login `default`");
    assert_eq!(from(Some(TOKEN), &[]), "the variable ATTIO_API_KEY");
    assert_eq!(
        from(Some("wrong"), &["--api-key-file", key]),
        "the file ~/key"
    );
    assert_eq!(
        from(Some("wrong"), &["--workspace", "default"]),
        "the login `default`"
    );
    let unknown = from(Some("wrong"), &[]).replace(&attio.url, "URL");
    insta::assert_snapshot!(unknown, @r#"{"error":{"message":"Attio does not know the token from the variable ATTIO_API_KEY, asked at URL: it is wrong, expired or revoked","help":"check that it was copied whole, or make a new one in Attio under Workspace settings > Developers"}}"#);
    insta::assert_snapshot!(from(None, &["--api-key-file", TOKEN]), @r#"{"error":{"message":"--api-key-file expected a file that can be read, got something else: No such file or directory (os error 2)","help":"write the token to a file that only you can read, and give its path"}}"#);
    let empty = home.join("empty");
    fs::write(&empty, "\n").unwrap();
    let empty = from(None, &["--api-key-file", empty.to_str().unwrap()]);
    insta::assert_snapshot!(empty.replace(home.to_str().unwrap(), "~"), @r#"{"error":{"message":"the file `~/empty` of --api-key-file is empty","help":"write the token to it"}}"#);
    let nowhere = at_home(home, &["auth", "status", "--base-url", ""])
        .spawn()
        .unwrap();
    insta::assert_snapshot!(finish(nowhere, b"").err, @"
    error: the base URL `` is no URL
      help: give --base-url a URL such as https://api.attio.com, or leave it out
    ");
    let both = from(None, &["--workspace", "default", "--api-key-file", key]);
    assert!(both.contains("cannot be used with"), "{both}");
}
