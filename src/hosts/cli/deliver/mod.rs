//! `deliver`: plans events and sends what they ask for.

mod checkpoint;
mod failed;
mod feed;
mod live;
mod progress;
mod submit;
mod summary;
mod tally;
mod target;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;
use tokio::sync::{mpsc, watch};

use self::checkpoint::Checkpoint;
use self::failed::FailedEvents;
use self::feed::{Feed, FeedError, Signals};
use self::live::Live;
use self::progress::Progress;
use self::submit::{Current, Submission};
use self::tally::Tally;
use self::target::Target;
use super::document::{ConfigArgs, EventsArg};
use super::ends::Ends;
use super::files::FileId;
use super::{Exit, Failure, Terminal, amount, connection, output, records};
use crate::delivery::relation::Relations;
use crate::delivery::workspace::{DELIVER, DELIVER_LIVE, READ_SCHEMA};
use crate::delivery::{
    DiskLedger, Ended, Engine, Handle, Ledger, Limit, MemoryLedger, OnMissingReference, Settings,
    Stopped, Summary, Transport,
};
use crate::plan::{Outcome, Plan, Planner};
use crate::sandbox::Sandbox;

/// Plans that wait to be submitted.
const CHANNEL: usize = 256;
/// How often the progress is shown.
const TICK: Duration = Duration::from_millis(100);
/// How often the checkpoint is stored.
const STORE_EVERY: Duration = Duration::from_secs(1);
/// How many records a ledger on disk remembers.
const LEDGER_RECORDS: u64 = 10_000_000;
/// How many records the ledger in memory remembers.
const MEMORY_RECORDS: usize = 200_000;

const HELP: &str = "\
The token needs the scopes `record_permission:read-write` and `object_configuration:read`, with `--schema live` also \
`user_management:read`.

Examples:
  attio-destination deliver --sandbox events.ndjson
  attio-destination deliver --config my-config.json --schema live --failed failed.ndjson events.ndjson";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    target: target::TargetArgs,
    /// Plan only: say what would be written, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Keep the events that cannot be delivered, each with its plan and the reason: to be mended and delivered again
    #[arg(long, value_name = "FILE")]
    failed: Option<PathBuf>,
    /// Note in this file how far delivery has come; where it is there already, go on from there
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Remember in this file what was written, also for the next run, and write nothing twice; with --resume it stands
    /// beside the checkpoint unless this says otherwise
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// How long a value that was written is not written again while it stays the same; 0 writes every value
    #[arg(long, value_parser = amount::duration, default_value = "24h", value_name = "DURATION")]
    skip_unchanged_for: Duration,
    /// What is done about a reference to a record that does not exist
    #[arg(long, value_enum, default_value_t = MissingReference::Hold)]
    on_missing_reference: MissingReference,
    /// How long an event waits for a record that it refers to, before it goes without the reference; the end of the
    /// input ends the waiting too
    #[arg(long, value_parser = amount::duration, default_value = "15m", value_name = "DURATION")]
    hold_for: Duration,
    /// By which requests it is written
    #[arg(long, value_enum, default_value_t = ByRequests::Records)]
    transport: ByRequests,
    /// Log the values that are written too, at the level `trace` of RUST_LOG: they are personal data
    #[arg(long)]
    log_values: bool,
    #[command(flatten)]
    events: EventsArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MissingReference {
    /// Wait for the record, and go without it in the end
    Hold,
    /// Write without it
    Drop,
    /// Fail the event
    Fail,
    /// Make the record
    Create,
}

impl From<MissingReference> for OnMissingReference {
    fn from(choice: MissingReference) -> Self {
        match choice {
            MissingReference::Hold => OnMissingReference::Hold,
            MissingReference::Drop => OnMissingReference::Drop,
            MissingReference::Fail => OnMissingReference::Fail,
            MissingReference::Create => OnMissingReference::Create,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ByRequests {
    /// A request for each record: fewest writes, and each event is followed to its end
    Records,
    /// The batch endpoint of Segment's destination, which is not in Attio's public reference: up to 1,000 events a
    /// request, and nothing is known of what becomes of them
    Batch,
}

pub(super) fn run(args: &Args, terminal: Terminal) -> Result<Exit, Failure> {
    let is_live = args.config.is_live();
    if args.dry_run && !is_live {
        return dry_run(args, &args.config.planner(terminal)?, terminal);
    }
    distinct_files(args)?;
    let target = args.target.open()?;
    let runtime = connection::runtime("delivery")?;
    let _guard = runtime.enter();
    let workspace_id;
    let planner = match &target {
        Target::Http(transport, _) => {
            let workspace = connection::workspace((**transport).clone());
            if is_live {
                let needed = if args.dry_run {
                    READ_SCHEMA
                } else {
                    DELIVER_LIVE
                };
                let token = runtime.block_on(connection::authorize(&workspace, needed))?;
                workspace_id = Some(token.workspace_id);
                let schema = runtime.block_on(connection::pull(&workspace, terminal))?;
                args.config.planner_for(&schema, terminal)?
            } else {
                let told = connection::authorize_if_told(&workspace, DELIVER, terminal);
                workspace_id = runtime.block_on(told)?.map(|token| token.workspace_id);
                args.config.planner(terminal)?
            }
        }
        Target::Sandbox if is_live => {
            return Err(Failure::usage_with_help(
                "the embedded Attio has no schema but the one that it is given",
                "leave out `--schema live`, or name a file",
            ));
        }
        Target::Sandbox => {
            // What it got is gone when it ends.
            workspace_id = Some("sandbox".to_owned());
            args.config.planner(terminal)?
        }
    };
    let workspace_id = workspace_id.filter(|id| !id.is_empty());
    if args.dry_run {
        return dry_run(args, &planner, terminal);
    }
    let planner = Arc::new(planner);
    let ledger = ledger_path(args, &target)?;
    let result = match &ledger {
        None => {
            let ledger = MemoryLedger::new(MEMORY_RECORDS);
            let workspace_id = workspace_id.as_deref();
            with_target(
                &runtime,
                args,
                &planner,
                target,
                workspace_id,
                ledger,
                terminal,
            )
        }
        Some(path) => {
            let workspace_id = workspace_id.as_deref();
            let mark = workspace_id.map(|id| checkpoint::digest(id.as_bytes()));
            let ledger = DiskLedger::open(path, mark, LEDGER_RECORDS).map_err(|error| {
                Failure::usage(format!("`{}` cannot be used: {error}", path.display()))
            })?;
            with_target(
                &runtime,
                args,
                &planner,
                target,
                workspace_id,
                ledger,
                terminal,
            )
        }
    };
    runtime.shutdown_background();
    result
}

/// Makes sure that no file is written that is read, or that is written as something else too.
fn distinct_files(args: &Args) -> Result<(), Failure> {
    let named = [
        ("`--failed`", args.failed.as_deref()),
        ("`--resume`", args.resume.as_deref()),
        ("`--ledger`", args.ledger.as_deref()),
    ];
    let mut files = vec![("the input", FileId::of(args.events.path()))];
    for (name, path) in named {
        let Some(path) = path else { continue };
        let id = FileId::of(path);
        let other = files.iter().find(|(_, other)| id.is_some() && *other == id);
        if let Some((other, _)) = other {
            let message = format!("`{}` is {other}, and {name} writes to it", path.display());
            return Err(Failure::usage_with_help(message, "name another file"));
        }
        files.push((name, id));
    }
    Ok(())
}

/// Where what was written is remembered. A delivery that goes on must know how new the values are that it wrote before,
/// or an event that comes late would overwrite them.
fn ledger_path(args: &Args, target: &Target) -> Result<Option<PathBuf>, Failure> {
    let (Some(checkpoint), None, Target::Http(..)) = (&args.resume, &args.ledger, target) else {
        return Ok(args.ledger.clone());
    };
    let mut path = checkpoint.clone().into_os_string();
    path.push(".ledger");
    let path = PathBuf::from(path);
    // Where there is no checkpoint, delivery begins anew, maybe to another workspace.
    if !checkpoint.exists() {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::File { path, error });
            }
            _ => {}
        }
    }
    Ok(Some(path))
}

fn with_target<L: Ledger>(
    runtime: &tokio::runtime::Runtime,
    args: &Args,
    planner: &Arc<Planner>,
    target: Target,
    workspace_id: Option<&str>,
    ledger: L,
    terminal: Terminal,
) -> Result<Exit, Failure> {
    match target {
        Target::Sandbox => {
            let sandbox = Sandbox::new(planner.schema());
            let limit = Limit::per_second(target::SANDBOX_WRITES_PER_SECOND);
            let delivery = deliver(
                args,
                planner,
                sandbox.clone(),
                limit,
                ledger,
                workspace_id,
                terminal,
            );
            let delivered = runtime.block_on(delivery)?;
            delivered.print(args, terminal, |text| {
                if terminal.is_json() {
                    text["records"] = records::json(&sandbox, planner.schema());
                    String::new()
                } else {
                    records::tables(&sandbox, planner.schema())
                }
            })
        }
        Target::Http(transport, limit) => {
            let delivery = deliver(
                args,
                planner,
                *transport,
                limit,
                ledger,
                workspace_id,
                terminal,
            );
            let delivered = runtime.block_on(delivery)?;
            delivered.print(args, terminal, |_| String::new())
        }
    }
}

/// What a delivery came to.
struct Delivered {
    summary: Summary,
    tally: Tally,
    /// Whether the input was not read to its end.
    interrupted: bool,
}

impl Delivered {
    fn print(
        self,
        args: &Args,
        terminal: Terminal,
        more: impl FnOnce(&mut serde_json::Value) -> String,
    ) -> Result<Exit, Failure> {
        let Delivered {
            summary,
            tally,
            interrupted,
        } = self;
        if terminal.is_json() {
            let mut json = summary::json(&summary, &tally);
            more(&mut json);
            output::print(format!("{json}\n").as_bytes())?;
        } else {
            terminal.say(&summary::findings(&tally));
            let text = summary::text(&summary, &tally) + &more(&mut serde_json::Value::Null);
            output::print(text.as_bytes())?;
        }
        let lost = summary.rejected + summary.failed;
        if lost > 0 && args.resume.is_some() && args.failed.is_none() {
            let events = if lost == 1 {
                "event that was"
            } else {
                "events that were"
            };
            terminal.note(&format!(
                "warning: {lost} {events} not delivered will be passed over from here on; with `--failed FILE` they are kept"
            ));
        }
        if summary.stopped_by.is_some() {
            let by = summary.stopped_by;
            return Err(Failure::usage(Stopped { by }.to_string()));
        }
        if interrupted {
            terminal.note("delivery was interrupted before the end of the input");
        }
        if interrupted || summary.rejected + summary.failed + summary.held > 0 {
            return Ok(Exit::SomeFailed);
        }
        Ok(Exit::Success)
    }
}

async fn deliver<T: Transport + Clone, L: Ledger>(
    args: &Args,
    planner: &Arc<Planner>,
    transport: T,
    limit: Limit,
    ledger: L,
    workspace_id: Option<&str>,
    terminal: Terminal,
) -> Result<Delivered, Failure> {
    let events = args.events.open()?;
    let tally = Arc::new(Mutex::new(open_tally(args, workspace_id)?));
    let signals = Arc::new(Signals::default());
    let (sender, received) = mpsc::channel(CHANNEL);
    let (planners, planner_of_the_moment) = watch::channel(planner.clone());
    let is_live = args.config.is_live();
    let feed = Feed {
        planner: planner_of_the_moment,
        signals: signals.clone(),
        done: lock(&tally).checkpoint.as_ref().map(Checkpoint::done),
        keeps_bytes: args.failed.is_some() || is_live,
    };
    let reader = std::thread::spawn(move || feed.run(events, &sender));

    let settings = Settings {
        writes: limit,
        skip_unchanged_for: args.skip_unchanged_for,
        on_missing_reference: args.on_missing_reference.into(),
        hold_for: args.hold_for,
        relations: Relations::of(planner.schema()),
        logs_values: args.log_values,
        seed: connection::seed(),
        ..Settings::default()
    };
    let (stale_events, stale) = mpsc::unbounded_channel();
    let live = match is_live {
        false => None,
        true => Some(Live {
            workspace: connection::workspace(transport.clone()),
            configuration: args.config.document()?,
            planner: planners,
            stale,
            terminal,
            refreshed: None,
        }),
    };
    let (ended_events, by) = (tally.clone(), args.transport);
    let start = move |ledger| {
        let (ended_events, stale_events) = (ended_events.clone(), stale_events.clone());
        let on_report = move |report| {
            if is_live && live::is_stale(&report) {
                // OK to ignore, because whoever plans them anew lives as long as the delivery.
                let _ = stale_events.send(report);
            } else {
                lock(&ended_events).end(&report);
            }
        };
        match by {
            ByRequests::Records => {
                Engine::start(transport.clone(), settings.clone(), ledger, on_report)
            }
            ByRequests::Batch => {
                Engine::start_batches(transport.clone(), settings.clone(), ledger, on_report)
            }
        }
    };
    let engine = start(ledger);
    let (current, current_of_the_moment) = watch::channel(Current::first(engine.handle()));
    let progress = Progress::new(terminal, args.events.size_bytes());
    let mut watch = Watch {
        tally: &tally,
        signals: &signals,
        current: current_of_the_moment,
        progress,
        interrupts: 0,
    };
    let submission = Submission {
        engine,
        start,
        live,
        signals: signals.clone(),
        tally: tally.clone(),
        current,
    };
    let submitting = submission.run(received);
    let mut submitting = std::pin::pin!(submitting);
    let Ended {
        summary, unstored, ..
    } = watch.until(&mut submitting).await?;
    watch.progress.finish();
    let interrupted = watch.interrupts > 0;
    let handle = watch.handle();
    match unstored {
        None => store(&tally, &handle).await?,
        Some(error) => {
            // The checkpoint stays where it is: it must not claim what the ledger does not know.
            lock(&tally).checkpoint = None;
            store(&tally, &handle).await?;
            terminal.note(&format!(
                "warning: {error}; some events may be delivered once more"
            ));
        }
    }
    // Where delivery ended before the input did, reading may never end.
    if !interrupted && summary.stopped_by.is_none() {
        match reader.join() {
            Ok(Ok(())) => {}
            Ok(Err(FeedError::Read(error))) => return Err(args.events.failure(error)),
            Ok(Err(FeedError::OtherInput)) => {
                return Err(Failure::usage_with_help(
                    "the checkpoint belongs to another input: its last event is not the one at that place",
                    "deliver the input it was made for, or remove the checkpoint to begin anew",
                ));
            }
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    let tally = std::mem::take(&mut *lock(&tally));
    Ok(Delivered {
        summary,
        tally,
        interrupted,
    })
}

fn open_tally(args: &Args, workspace_id: Option<&str>) -> Result<Tally, Failure> {
    let checkpoint = match &args.resume {
        None => None,
        Some(path) => {
            Some(
                Checkpoint::open(path, workspace_id).map_err(|error| Failure::File {
                    path: path.clone(),
                    error,
                })?,
            )
        }
    };
    let goes_on = checkpoint
        .as_ref()
        .is_some_and(|checkpoint| checkpoint.done().0 > 0);
    let failed_events = match &args.failed {
        None => None,
        Some(path) => Some(
            FailedEvents::open(path, goes_on).map_err(|error| Failure::File {
                path: path.clone(),
                error,
            })?,
        ),
    };
    Ok(Tally::new(checkpoint, failed_events))
}

fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    // OK because a tally is whole between any two of its calls.
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What goes on beside delivery: progress, checkpoints, and the keys that end it.
struct Watch<'d> {
    tally: &'d Mutex<Tally>,
    signals: &'d Signals,
    current: watch::Receiver<Current>,
    progress: Progress,
    interrupts: u32,
}

impl Watch<'_> {
    /// Watches until delivery has ended.
    async fn until<O>(&mut self, mut ended: impl Future<Output = O> + Unpin) -> Result<O, Failure> {
        let mut interrupts = interrupts();
        let mut ticks = tokio::time::interval(TICK);
        let mut stores = tokio::time::interval(STORE_EVERY);
        loop {
            tokio::select! {
                output = &mut ended => return Ok(output),
                _ = ticks.tick() => {
                    let bytes_read = self.signals.bytes_read.load(Ordering::Relaxed);
                    let taken_back = lock(self.tally).taken_back;
                    let summary = self.current.borrow().progress(taken_back);
                    self.progress.show(&summary, bytes_read);
                }
                _ = stores.tick() => {
                    let handle = self.handle();
                    store(self.tally, &handle).await?;
                }
                Some(()) = interrupts.recv() => self.interrupted(),
            }
        }
    }

    fn handle(&self) -> Handle {
        self.current.borrow().handle.clone()
    }

    /// The first Ctrl-C ends reading, the second delivery.
    fn interrupted(&mut self) {
        self.interrupts += 1;
        if self.interrupts == 1 {
            self.progress.note(
                "reading has ended, and what was read is delivered; Ctrl-C once more ends that too",
            );
        }
        self.signals.stop.store(true, Ordering::Relaxed);
        self.signals.stopped.notify_one();
        if self.interrupts > 1 {
            self.handle().stop();
        }
    }
}

/// Each Ctrl-C of the user, and each request of a supervisor to end.
fn interrupts() -> mpsc::UnboundedReceiver<()> {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        // Where there are no signals, nothing interrupts.
        let Ok(mut ends) = Ends::new() else { return };
        while ends.next().await.is_ok() && sender.send(()).is_ok() {}
    });
    receiver
}

/// Stores the failed events, and then the checkpoint that says that they are done.
async fn store(tally: &Mutex<Tally>, handle: &Handle) -> Result<(), Failure> {
    let kept = |error| Failure::Network {
        what: "the failed events cannot be kept".to_owned(),
        error,
    };
    let pending = {
        let mut tally = lock(tally);
        if let Some(error) = tally.unkept.take() {
            return Err(kept(error));
        }
        if let Some(file) = &mut tally.failed_events {
            file.flush().map_err(kept)?;
        }
        let checkpoint = tally.checkpoint.as_mut();
        let Some(pending) = checkpoint.and_then(Checkpoint::take_unstored) else {
            return Ok(());
        };
        pending
    };
    // A run that goes on without the times of what was written would let older events overwrite it.
    handle.flush().await.map_err(|error| Failure::Network {
        what: "delivery cannot be noted".to_owned(),
        error: std::io::Error::other(error),
    })?;
    pending.store().map_err(|error| Failure::Network {
        what: "the checkpoint cannot be stored".to_owned(),
        error,
    })
}

/// What would be written.
#[derive(Debug, Default, Serialize)]
struct DryRun {
    events: u64,
    planned: u64,
    filtered: u64,
    rejected: u64,
    /// By object, before what is the same was left out or put together.
    writes: BTreeMap<String, u64>,
}

fn dry_run(args: &Args, planner: &Planner, terminal: Terminal) -> Result<Exit, Failure> {
    let mut events = args.events.open()?;
    let mut tally = Tally::default();
    let mut run = DryRun::default();
    while let Some(item) = events
        .next_event()
        .map_err(|error| args.events.failure(error))?
    {
        let line = item.place.line;
        let plan = match item.bytes {
            Ok(bytes) => planner.plan(&bytes),
            Err(diagnostic) => Plan::rejected(None, vec![diagnostic]),
        };
        tally.planned(&plan, line);
        run.events += 1;
        match plan.outcome {
            Outcome::Planned => run.planned += 1,
            Outcome::Filtered { .. } => run.filtered += 1,
            Outcome::Rejected => run.rejected += 1,
        }
        for write in &plan.writes {
            *run.writes.entry(write.object.to_string()).or_default() += 1;
        }
    }
    let rejected = run.rejected;
    if terminal.is_json() {
        output::print(format!("{}\n", summary::json(&run, &tally)).as_bytes())?;
    } else {
        terminal.say(&summary::findings(&tally));
        let outcomes = [
            ("planned", run.planned),
            ("filtered", run.filtered),
            ("rejected", run.rejected),
        ];
        let text = summary::outcomes(&outcomes, run.events, &tally)
            + &summary::writes("Writes at most", &run.writes);
        output::print(text.as_bytes())?;
    }
    Ok(if rejected > 0 {
        Exit::SomeFailed
    } else {
        Exit::Success
    })
}

#[cfg(test)]
mod tests;
