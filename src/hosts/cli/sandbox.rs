//! `sandbox`: the embedded Attio on its own, for any client.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;

use super::document::ConfigArgs;
use super::ends::Ends;
use super::{Exit, Failure, Terminal, amount, output, records};
use crate::diagnostic::nearest_or_all;
use crate::sandbox::{Faults, Latency, RateLimit, Revocation, SCOPES, Sandbox, TOKEN, serve};

/// How many letters of a mistyped scope may be others.
const MOST_TYPOS: usize = 3;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where it listens; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS", value_parser = address)]
    listen: SocketAddr,
    /// The token that it lets in
    #[arg(long, default_value = TOKEN)]
    token: String,
    /// What the token may do, with commas between
    #[arg(long, value_name = "SCOPES", value_delimiter = ',', default_values = SCOPES, value_parser = scope)]
    scopes: Vec<String>,
    /// Play the OAuth server too, for an app with this client ID and secret: at /authorize, /oauth/token and
    /// /oauth/introspect
    #[arg(long, value_name = "ID:SECRET", value_parser = app)]
    oauth_app: Option<(String, String)>,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    faults: FaultArgs,
}

/// What goes wrong on purpose.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Faults")]
pub(super) struct FaultArgs {
    /// Refuse more requests a second than Attio does: 25 writes, 100 reads
    #[arg(long)]
    rate_limit: bool,
    /// How long answers take, such as `80ms`, or their median and their 99th percentile, such as `80ms,2s`
    #[arg(long, value_parser = latency, value_name = "DURATION")]
    latency: Option<Latency>,
    /// The share of requests that fail with 500, 502 or 503
    #[arg(long, value_parser = amount::share, default_value = "0", value_name = "SHARE")]
    server_errors: f64,
    /// The share of requests whose connection breaks, half of them after they were done
    #[arg(long, value_parser = amount::share, default_value = "0", value_name = "SHARE")]
    resets: f64,
    /// The share of answers whose body ends too early
    #[arg(long, value_parser = amount::share, default_value = "0", value_name = "SHARE")]
    truncated_bodies: f64,
    /// The share of answers whose body takes 5 s longer
    #[arg(long, value_parser = amount::share, default_value = "0", value_name = "SHARE")]
    slow_bodies: f64,
    /// Answer every request with 503 in this span after the start, such as `5s..20s`; can be given several times
    #[arg(long, value_parser = span, value_name = "FROM..UNTIL")]
    maintenance: Vec<Range<Duration>>,
    /// Revoke the token after so many requests
    #[arg(long, value_name = "NUMBER")]
    revoke_after: Option<u64>,
    /// What decides which request meets which fault
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

impl FaultArgs {
    fn faults(&self) -> Faults {
        Faults {
            seed: self.seed,
            rate_limit: self.rate_limit.then(RateLimit::default),
            latency: self.latency.unwrap_or(Latency::None),
            server_errors: self.server_errors,
            resets_before: self.resets / 2.0,
            resets_after: self.resets / 2.0,
            slow_bodies: self.slow_bodies,
            truncated_bodies: self.truncated_bodies,
            maintenance: self.maintenance.clone(),
            revocation: self.revoke_after.map(Revocation::AfterRequests),
            ..Faults::default()
        }
    }
}

/// Reads an address and a port; a port alone is one of this host, and so is `localhost`.
fn address(text: &str) -> Result<SocketAddr, String> {
    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let (host, port) = match text.rsplit_once(':') {
        Some(("localhost" | "", port)) => (Some(LOOPBACK), port),
        Some(_) => (None, text),
        None => (Some(LOOPBACK), text),
    };
    let address = match host {
        Some(host) => port.parse().ok().map(|port| SocketAddr::new(host, port)),
        None => text.parse().ok(),
    };
    address.ok_or_else(|| {
        "expected an IP address and a port, such as `127.0.0.1:8080`, or a port alone".to_owned()
    })
}

/// Reads a scope. Attio has more than the sandbox asks for, and they may all be given; but what none of them looks like
/// is a mistake.
fn scope(text: &str) -> Result<String, String> {
    const READING: &str = ":read";
    const WRITING: &str = ":read-write";
    let words = SCOPES
        .iter()
        .filter_map(|scope| Some(scope.split_once(':')?.0));
    let named = text
        .strip_suffix(WRITING)
        .or_else(|| text.strip_suffix(READING));
    let near = named.and_then(|name| {
        let mut words = words.clone();
        let is_known = words.clone().any(|word| word == name);
        words.find(|word| !is_known && strsim::osa_distance(word, name) <= MOST_TYPOS)
    });
    match (named, near) {
        _ if text.is_empty() => Ok(String::new()),
        (Some(_), None) => Ok(text.to_owned()),
        (Some(name), Some(word)) => Err(format!("did you mean `{}`?", text.replace(name, word))),
        (None, _) => Err(nearest_or_all(text, "the scopes", SCOPES)),
    }
}

fn app(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((id, secret)) if !id.is_empty() && !secret.is_empty() => {
            Ok((id.to_owned(), secret.to_owned()))
        }
        _ => Err("expected a client ID and a client secret with `:` between them".to_owned()),
    }
}

fn span(text: &str) -> Result<Range<Duration>, String> {
    let (from, until) = text
        .split_once("..")
        .ok_or("expected two times with `..` between them")?;
    let (from, until) = (amount::duration(from)?, amount::duration(until)?);
    if until <= from {
        return Err("expected the second time to be later than the first".to_owned());
    }
    Ok(from..until)
}

fn latency(text: &str) -> Result<Latency, String> {
    match text.split_once(',') {
        None => amount::duration(text).map(Latency::Fixed),
        Some((median, p99)) => {
            let (median, p99) = (amount::duration(median)?, amount::duration(p99)?);
            if median == Duration::ZERO || p99 < median {
                return Err("expected a median above 0 and a percentile not below it".to_owned());
            }
            Ok(Latency::LongTail { median, p99 })
        }
    }
}

pub(super) fn run(args: &Args, terminal: Terminal) -> Result<Exit, Failure> {
    let planner = args.config.planner(terminal)?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::Network {
        what: "the sandbox cannot start".to_owned(),
        error,
    })?;
    runtime.block_on(async {
        let mut builder = Sandbox::builder()
            .schema(planner.schema())
            .token(&args.token, args.scopes.iter().map(String::as_str))
            .faults(args.faults.faults());
        if let Some((id, secret)) = &args.oauth_app {
            builder = builder.oauth_app(id, secret);
        }
        let sandbox = builder.build();
        let failure = |error| Failure::Network {
            what: format!("the sandbox cannot listen on {}", args.listen),
            error,
        };
        let listener = TcpListener::bind(args.listen).await.map_err(failure)?;
        let url = format!("http://{}", listener.local_addr().map_err(failure)?);
        if terminal.is_json() {
            let line = json!({"url": url, "token": args.token});
            output::print(format!("{line}\n").as_bytes())?;
        } else {
            output::print(format!("{url}\n").as_bytes())?;
            terminal.note(&format!(
                "the sandbox takes the token `{}`; Ctrl-C ends it and shows its records",
                args.token
            ));
        }
        let interrupted = async {
            // Where there are no signals, the sandbox runs until it is killed.
            let ended = match Ends::new() {
                Ok(mut ends) => ends.next().await,
                Err(error) => Err(error),
            };
            if ended.is_err() {
                std::future::pending::<()>().await;
            }
        };
        serve(sandbox.clone(), listener, interrupted)
            .await
            .map_err(failure)?;
        let records = if terminal.is_json() {
            format!("{}\n", records::json(&sandbox, planner.schema()))
        } else {
            records::tables(&sandbox, planner.schema())
        };
        output::print(records.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_a_port_or_localhost() {
        for (text, expect) in [
            ("8080", "127.0.0.1:8080"),
            (":8080", "127.0.0.1:8080"),
            ("localhost:8080", "127.0.0.1:8080"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::1]:80", "[::1]:80"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), expect, "{text}");
        }
        for text in [
            "",
            "localhost",
            "127.0.0.1",
            "::1",
            "example.com:80",
            "70000",
        ] {
            assert!(
                address(text).unwrap_err().contains("127.0.0.1:8080"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_scope_that_attio_cannot_have_is_refused() {
        for known in SCOPES.into_iter().chain([
            "",
            "list_entry:read",
            "note:read-write",
            "user_management:read-write",
        ]) {
            assert_eq!(scope(known).as_deref(), Ok(known));
        }
        let refused = [
            "foo",
            "record_permission",
            "record_permision:read",
            "record_permission:write",
        ];
        let told = refused.map(|text| scope(text).unwrap_err()).join("\n");
        insta::assert_snapshot!(told, @"
        the scopes are `object_configuration:read-write`, `record_permission:read-write`, `user_management:read`
        did you mean `record_permission:read-write`?
        did you mean `record_permission:read`?
        did you mean `record_permission:read-write`?
        ");
    }
}
