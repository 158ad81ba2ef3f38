//! `plan`: what would be written for each event, without writing it.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::value::RawValue;

use super::document::{ConfigArgs, EventsArg};
use super::{Exit, Failure, Terminal, explain};
use crate::diagnostic::Diagnostic;
use crate::plan::{Method, Outcome, Plan, Request, WriteKind, request};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print the HTTP requests instead of the plans
    #[arg(long)]
    requests: bool,
    /// Tell how each value came to be: what it was mapped from, what stood there, and what it was made into
    #[arg(long, conflicts_with = "requests")]
    explain: bool,
    #[command(flatten)]
    events: EventsArg,
}

pub(super) fn run(args: &Args, terminal: Terminal) -> Result<Exit, Failure> {
    let planner = args.config.planner(terminal)?;
    let mut events = args.events.open()?;
    let mut out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    let (mut count, mut rejected) = (0u64, 0u64);
    loop {
        // What is read from may be waiting for an answer.
        if events.is_drained() {
            out.flush().map_err(Failure::Output)?;
        }
        let Some(item) = events
            .next_event()
            .map_err(|error| args.events.failure(error))?
        else {
            break;
        };
        let mut steps = Vec::new();
        let plan = match item.bytes {
            Ok(bytes) if args.explain => {
                let (plan, explained) = planner.explain(&bytes);
                steps = explained;
                plan
            }
            Ok(bytes) => planner.plan(&bytes),
            Err(diagnostic) => Plan::rejected(None, vec![diagnostic]),
        };
        count += 1;
        rejected += u64::from(plan.outcome == Outcome::Rejected);
        let printed = if args.requests {
            print(&mut out, &Requests::of(&plan))
        } else if !args.explain {
            print(&mut out, &plan)
        } else if terminal.is_json() {
            print(&mut out, &explain::Explanation::of(&plan, &steps))
        } else {
            let title = format!("event {} at line {}", item.place.index + 1, item.place.line);
            out.write_all(explain::text(&title, &plan, &steps).as_bytes())
        };
        printed.map_err(Failure::Output)?;
    }
    out.flush().map_err(Failure::Output)?;
    if rejected == 0 {
        return Ok(Exit::Success);
    }
    terminal.note(&format!("{rejected} of {count} events cannot be planned"));
    Ok(Exit::SomeFailed)
}

fn print(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// The requests of a plan.
#[derive(Serialize)]
struct Requests<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'p str>,
    requests: Vec<OfWrite<'p>>,
    diagnostics: &'p [Diagnostic],
}

/// The request of a write.
#[derive(Serialize)]
struct OfWrite<'p> {
    id: &'p str,
    method: Method,
    /// Of an append it holds `{record_id}`, which is the id in the answer to the request that `record` names.
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'p str>,
    body: Option<Box<RawValue>>,
}

impl<'p> Requests<'p> {
    fn of(plan: &'p Plan) -> Self {
        let of_write = |write: &'p crate::plan::Write| {
            let Request { method, path, body } = request::request(write, None);
            OfWrite {
                id: &write.id,
                method,
                path,
                record: match &write.kind {
                    WriteKind::Assert { .. } => None,
                    WriteKind::Append { record } => {
                        plan.writes.get(*record).map(|write| write.id.as_ref())
                    }
                },
                body: body.and_then(|body| RawValue::from_string(body).ok()),
            }
        };
        Requests {
            message_id: plan.message_id.as_deref(),
            requests: plan.writes.iter().map(of_write).collect(),
            diagnostics: &plan.diagnostics,
        }
    }
}
