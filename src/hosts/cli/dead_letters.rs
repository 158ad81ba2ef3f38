//! `dead-letters`: events that a deployment on AWS could not deliver, why, and back with them.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::process::Command;
use std::time::{Duration, SystemTime};

use clap::Subcommand;
use serde_json::json;

use super::{Exit, Failure, Terminal, output, table};
use crate::diagnostic::excerpt;
use crate::event::{self, Event};
use crate::hosts::aws::dead_letter::DeadLetter;
use crate::hosts::aws::sqs::{Incoming, Outgoing, Queue};
use crate::hosts::aws::{Aws, AwsError};
use crate::json::Value;

/// So long letters that are looked at are hidden from others, and from the next look of the same command.
const HIDDEN: Duration = Duration::from_secs(300);
/// While a person edits a letter, it is hidden for so long.
const HIDDEN_TO_EDIT: Duration = Duration::from_secs(3600);
/// A queue that gives nothing new so many times is empty: SQS asks only some of its servers each time.
const EMPTY_ANSWERS: u32 = 2;

#[derive(Debug, Subcommand)]
pub(super) enum DeadLetters {
    /// List dead letters: which event, how old, and why
    List {
        #[command(flatten)]
        queue: QueueArg,
        /// The most letters that are listed
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Show all there is to know about one
    Show {
        #[command(flatten)]
        queue: QueueArg,
        /// The id of the letter or of its event, or the beginning of one
        id: String,
    },
    /// Send letters back to the queue of events, and take them off the dead-letter queue
    Redrive(RedriveArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct QueueArg {
    /// The dead-letter queue: the output `DeadLetterQueueUrl` of the deployment
    #[arg(long = "queue", value_name = "URL")]
    url: String,
}

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["ids", "all"]))]
pub(super) struct RedriveArgs {
    #[command(flatten)]
    queue: QueueArg,
    /// The ids of letters or of their events, or their beginnings
    ids: Vec<String>,
    /// Send back all of them
    #[arg(long)]
    all: bool,
    /// Of all, only those with this reason
    #[arg(long, requires = "all", value_name = "CODE")]
    reason: Option<String>,
    /// Edit the event first, with `$VISUAL` or `$EDITOR`
    #[arg(long, conflicts_with = "all")]
    edit: bool,
    /// Where they are sent; without it, where they came from
    #[arg(long, value_name = "URL")]
    to: Option<String>,
}

pub(super) fn run(command: &DeadLetters, terminal: Terminal) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Network {
            what: "the command cannot start".to_owned(),
            error,
        })?;
    runtime.block_on(async {
        match command {
            DeadLetters::List { queue, limit } => list(queue, *limit, terminal).await,
            DeadLetters::Show { queue, id } => show(queue, id, terminal).await,
            DeadLetters::Redrive(args) => redrive(args, terminal).await,
        }
    })
}

/// A message of the dead-letter queue.
struct Received {
    message: Incoming,
    letter: DeadLetter,
}

impl Received {
    fn field(&self, name: &str) -> Option<String> {
        let event = Value::parse(&self.letter.original).ok()?;
        Some(event.get(name)?.as_str()?.to_owned())
    }

    fn is_called(&self, id: &str) -> bool {
        self.message.message_id.starts_with(id)
            || self
                .field("messageId")
                .is_some_and(|own| own.starts_with(id))
    }

    /// How long ago it came to the queue.
    fn age(&self) -> Duration {
        let sent = self.message.attributes.get("SentTimestamp");
        let sent = sent.and_then(|ms| ms.parse().ok());
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.unwrap_or_default()
            .saturating_sub(sent.map_or(Duration::MAX, Duration::from_millis))
    }
}

fn failure(what: &str) -> impl Fn(AwsError) -> Failure {
    move |error| Failure::Network {
        what: what.to_owned(),
        error: io::Error::other(error),
    }
}

fn open(queue: &QueueArg) -> Result<Queue, Failure> {
    let aws = Aws::from_environment(&|name| std::env::var(name).ok())
        .map_err(|error| Failure::usage(error.to_string()))?;
    Ok(Queue::new(aws, &queue.url))
}

/// Goes through a queue once. However many letters there are, it keeps none of them.
struct Sweep<'q> {
    queue: &'q Queue,
    seen: HashSet<String>,
    empty: u32,
    /// The receipt handles of letters that are to stay.
    stay: Vec<String>,
}

impl<'q> Sweep<'q> {
    fn new(queue: &'q Queue) -> Self {
        Sweep {
            queue,
            seen: HashSet::new(),
            empty: 0,
            stay: Vec::new(),
        }
    }

    /// The next letters, hidden from others; none when there are no more.
    async fn next(&mut self) -> Result<Vec<Received>, Failure> {
        while self.empty < EMPTY_ANSWERS {
            let received = self.queue.receive(HIDDEN).await;
            let received = received.map_err(failure("the dead-letter queue cannot be read"))?;
            let new = received
                .into_iter()
                .filter(|message| self.seen.insert(message.message_id.clone()))
                .map(|message| Received {
                    letter: DeadLetter::read(&message),
                    message,
                });
            let new: Vec<Received> = new.collect();
            if !new.is_empty() {
                self.empty = 0;
                return Ok(new);
            }
            self.empty += 1;
        }
        Ok(Vec::new())
    }

    /// A letter is to stay: it is shown to others again when all were looked at.
    fn stays(&mut self, letter: &Received) {
        self.stay.push(letter.message.receipt_handle.clone());
    }

    async fn end(self) {
        let handles: Vec<(&str, Duration)> = self
            .stay
            .iter()
            .map(|handle| (handle.as_str(), Duration::ZERO))
            .collect();
        // Else they come back by themselves, a little later.
        let _ = self.queue.hide(&handles).await;
    }
}

/// The letters that `is_wanted`; the others are shown to others again.
async fn collect(
    queue: &Queue,
    is_wanted: impl Fn(&Received) -> bool,
) -> Result<Vec<Received>, Failure> {
    let mut sweep = Sweep::new(queue);
    let mut found = Vec::new();
    loop {
        let letters = sweep.next().await?;
        if letters.is_empty() {
            sweep.end().await;
            return Ok(found);
        }
        for letter in letters {
            if is_wanted(&letter) {
                found.push(letter);
            } else {
                sweep.stays(&letter);
            }
        }
    }
}

/// Shows letters to others again.
async fn release<'r>(queue: &Queue, letters: impl IntoIterator<Item = &'r Received>) {
    let mut sweep = Sweep::new(queue);
    letters.into_iter().for_each(|letter| sweep.stays(letter));
    sweep.end().await;
}

async fn list(queue: &QueueArg, limit: usize, terminal: Terminal) -> Result<Exit, Failure> {
    let queue = open(queue)?;
    let mut sweep = Sweep::new(&queue);
    let mut letters = Vec::new();
    while letters.len() < limit {
        let more = sweep.next().await?;
        if more.is_empty() {
            break;
        }
        more.iter().for_each(|letter| sweep.stays(letter));
        letters.extend(more);
    }
    sweep.end().await;
    let shown = &letters[..letters.len().min(limit)];
    if terminal.is_json() {
        let mut lines = String::new();
        for one in shown {
            lines.push_str(&format!("{}\n", summary(one)));
        }
        return output::print(lines.as_bytes());
    }
    if shown.is_empty() {
        terminal.note("there are no dead letters");
        return Ok(Exit::Success);
    }
    let rows = shown.iter().map(|one| {
        [
            one.message.message_id.clone(),
            age(one.age()),
            one.field("type").unwrap_or_default(),
            one.field("messageId").unwrap_or_default(),
            one.letter.why.code.clone(),
            excerpt(&one.letter.why.message),
        ]
    });
    let header = ["Letter", "Age", "Event", "Message id", "Reason", "Why"];
    output::print(table::render(header, rows, &[]).as_bytes())
}

fn summary(one: &Received) -> serde_json::Value {
    json!({
        "id": one.message.message_id,
        "age_seconds": one.age().as_secs(),
        "type": one.field("type"),
        "message_id": one.field("messageId"),
        "outcome": one.letter.outcome,
        "reason": one.letter.why.code,
        "message": one.letter.why.message,
    })
}

fn age(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// The letters that ids mean, one for each, in their order.
async fn find(queue: &Queue, ids: &[String]) -> Result<Vec<Received>, Failure> {
    let is_called = |letter: &Received| ids.iter().any(|id| letter.is_called(id));
    let mut letters = collect(queue, is_called).await?;
    let mut found = Vec::new();
    for id in ids {
        let mut called = (0..letters.len()).filter(|at| letters[*at].is_called(id));
        let failure = match (called.next(), called.count()) {
            (Some(at), 0) => {
                found.push(letters.swap_remove(at));
                continue;
            }
            (None, _) => Failure::usage_with_help(
                format!("no dead letter is called `{id}`"),
                "`dead-letters list` shows what there is; another reader may hold it just now",
            ),
            (Some(_), others) => Failure::usage_with_help(
                format!("{} dead letters are called `{id}`", others + 1),
                "write more of the id",
            ),
        };
        release(queue, found.iter().chain(&letters)).await;
        return Err(failure);
    }
    release(queue, &letters).await;
    Ok(found)
}

async fn show(queue: &QueueArg, id: &str, terminal: Terminal) -> Result<Exit, Failure> {
    let queue = open(queue)?;
    let found = find(&queue, &[id.to_owned()]).await?;
    release(&queue, &found).await;
    let letter = found
        .into_iter()
        .next()
        .map_or(String::new(), |found| found.letter.body);
    let shown = match Value::parse(&letter) {
        Ok(value) if !terminal.is_json() => pretty(&value),
        _ => letter.clone(),
    };
    output::print(format!("{shown}\n").as_bytes())
}

/// JSON for people, every digit as it was.
fn pretty(value: &Value<'_>) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_json())
}

/// How many letters were sent back, and how many should have been.
#[derive(Default)]
struct Redriven {
    sent: usize,
    left: usize,
}

async fn redrive(args: &RedriveArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let queue = open(&args.queue)?;
    let Redriven { sent, left } = if args.all {
        redrive_all(&queue, args, terminal).await?
    } else {
        let letters = find(&queue, &args.ids).await?;
        redrive_these(&queue, &letters, args, terminal).await
    };
    if terminal.is_json() {
        output::print(format!("{}\n", json!({"redriven": sent, "left": left})).as_bytes())?;
    } else {
        terminal.note(&format!("{sent} sent back, {left} left"));
    }
    Ok(if left == 0 {
        Exit::Success
    } else {
        Exit::SomeFailed
    })
}

async fn redrive_these(
    queue: &Queue,
    letters: &[Received],
    args: &RedriveArgs,
    terminal: Terminal,
) -> Redriven {
    let mut redriven = Redriven::default();
    for one in letters {
        let text = if args.edit {
            held_and_edited(queue, one).await
        } else {
            Ok(one.letter.original.clone())
        };
        let sent = match text {
            Ok(text) => send_back(queue, vec![(one, text)], args).await,
            Err(failure) => Err(failure),
        };
        match sent {
            Ok(()) => redriven.sent += 1,
            Err(failure) => {
                release(queue, [one]).await;
                redriven.left += 1;
                let id = &one.message.message_id;
                terminal.note(&format!("{id} stays: {}", said(&failure)));
            }
        }
    }
    redriven
}

async fn redrive_all(
    queue: &Queue,
    args: &RedriveArgs,
    terminal: Terminal,
) -> Result<Redriven, Failure> {
    let mut redriven = Redriven::default();
    let mut sweep = Sweep::new(queue);
    // An event that fails again comes back as another letter, maybe while this runs.
    let mut sent = HashSet::new();
    loop {
        let letters = sweep.next().await?;
        if letters.is_empty() {
            sweep.end().await;
            return Ok(redriven);
        }
        let mut go = Vec::new();
        for one in &letters {
            let reason = args.reason.as_ref();
            if reason.is_some_and(|reason| one.letter.why.code != *reason) {
                sweep.stays(one);
            } else if sent.insert(fingerprint(&one.letter.original)) {
                go.push((one, one.letter.original.clone()));
            } else {
                sweep.stays(one);
                redriven.left += 1;
                let id = &one.message.message_id;
                terminal.note(&format!("{id} stays: its event was sent back just now"));
            }
        }
        let many = go.len();
        match send_back(queue, go, args).await {
            Ok(()) => redriven.sent += many,
            Err(failure) => {
                letters.iter().for_each(|one| sweep.stays(one));
                redriven.left += many;
                terminal.note(&format!("{many} stay: {}", said(&failure)));
            }
        }
    }
}

fn fingerprint(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn said(failure: &Failure) -> String {
    match failure {
        Failure::Usage { message, .. } => message.clone(),
        Failure::Network { what, error } => format!("{what}: {error}"),
        Failure::File { path, error } => format!("`{}`: {error}", path.display()),
        other => format!("{other:?}"),
    }
}

async fn held_and_edited(queue: &Queue, one: &Received) -> Result<String, Failure> {
    let hidden = [(one.message.receipt_handle.as_str(), HIDDEN_TO_EDIT)];
    let held = queue.hide(&hidden).await;
    held.map_err(failure("the letter cannot be held while it is edited"))?;
    edit(&one.letter.original)
}

/// Sends events to where they came from, and takes their letters off the dead-letter queue.
async fn send_back(
    queue: &Queue,
    events: Vec<(&Received, String)>,
    args: &RedriveArgs,
) -> Result<(), Failure> {
    let mut by_queue: BTreeMap<String, (Vec<Outgoing>, Vec<&str>)> = BTreeMap::new();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap_or_default().as_nanos();
    let mut sources: Option<Vec<String>> = None;
    for (one, text) in events {
        let to = match &args.to {
            Some(url) => url.clone(),
            None => {
                if sources.is_none() {
                    let found = queue.sources().await;
                    sources = Some(found.map_err(failure("the queue of events cannot be found"))?);
                }
                let sources = sources.as_deref().unwrap_or_default();
                source(sources, one.letter.queue_url.as_deref())?.to_owned()
            }
        };
        let group = one.message.attributes.get("MessageGroupId");
        let (messages, handles) = by_queue.entry(to).or_default();
        messages.push(Outgoing {
            body: text,
            attributes: Vec::new(),
            group: group.cloned().unwrap_or_default(),
            // Not the id of the event: the queue would drop what it has seen within five minutes.
            deduplication: format!("{} {now}", one.message.message_id),
        });
        handles.push(&one.message.receipt_handle);
    }
    for (url, (messages, handles)) in by_queue {
        let sent = queue.sibling(&url).send(&messages).await;
        sent.map_err(failure("the event cannot be sent back"))?;
        let deleted = queue.delete(&handles).await;
        deleted.map_err(failure(
            "the event was sent back, and its letter cannot be deleted",
        ))?;
    }
    Ok(())
}

/// Where a letter goes back to: of the queues that this is the dead-letter queue of, the one that the letter names, or
/// the only one. Who may send a letter must not decide what else the caller of this command writes to.
fn source<'s>(sources: &'s [String], named: Option<&str>) -> Result<&'s str, Failure> {
    let help = "say where the event goes with `--to URL`";
    // Account and name: AWS knows a queue by URLs of several hosts.
    let queue = |url: &str| -> Vec<String> {
        let parts = url.trim_end_matches('/').rsplit('/').take(2);
        parts.map(str::to_owned).collect()
    };
    match (named, sources) {
        (Some(named), sources) => sources
            .iter()
            .find(|source| queue(source) == queue(named))
            .map(String::as_str)
            .ok_or_else(|| {
                let named = excerpt(named);
                let why = format!(
                    "it names `{named}`, and this is not the dead-letter queue of that one"
                );
                Failure::usage_with_help(why, help)
            }),
        (None, [source]) => Ok(source),
        (None, sources) => Err(Failure::usage_with_help(
            format!(
                "expected one queue that this is the dead-letter queue of, got {}",
                sources.len()
            ),
            help,
        )),
    }
}

/// Lets a person change an event. What comes out must be one.
fn edit(text: &str) -> Result<String, Failure> {
    let editor = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .ok_or_else(|| Failure::usage("neither `$VISUAL` nor `$EDITOR` is set"))?;
    let path = std::env::temp_dir().join(format!("dead-letter-{}.json", std::process::id()));
    let file = |error| Failure::File {
        path: path.clone(),
        error,
    };
    let shown = Value::parse(text).map_or(text.to_owned(), |event| pretty(&event));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut document = options.open(&path).map_err(file)?;
    document.write_all(shown.as_bytes()).map_err(file)?;
    drop(document);
    // An editor may come with options, as in `code --wait`.
    let mut words = editor.split_whitespace();
    let status = Command::new(words.next().unwrap_or_default())
        .args(words)
        .arg(&path)
        .status()
        .map_err(file);
    let edited = std::fs::read_to_string(&path).map_err(file);
    let _ = std::fs::remove_file(&path);
    if !status?.success() {
        return Err(Failure::usage(format!("`{editor}` ended with an error")));
    }
    let edited = edited?;
    let event = Value::parse(&edited)
        .map_err(|error| Failure::usage(format!("the edited event is no JSON: {error}")))?;
    let text = event.to_json();
    match Event::read(text.as_bytes(), &event::paths().reader()) {
        Ok(_) => Ok(text),
        Err(diagnostic) => Err(Failure::usage(diagnostic.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_unit_that_fits() {
        for (seconds, expect) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (7199, "1 h"),
            (172_800, "2 d"),
        ] {
            assert_eq!(age(Duration::from_secs(seconds)), expect);
        }
    }

    #[test]
    fn a_letter_goes_back_to_a_queue_of_this_dead_letter_queue_only() {
        let sources =
            ["a", "b"].map(|name| format!("https://sqs.eu-west-1.amazonaws.com/1/{name}"));
        let to = |sources: &[String], named| source(sources, named).ok().map(str::to_owned);
        let [a, b] = &sources;
        assert_eq!(to(&sources, Some(b)).as_ref(), Some(b));
        let legacy = "https://eu-west-1.queue.amazonaws.com/1/a";
        assert_eq!(to(&sources, Some(legacy)).as_ref(), Some(a));
        for named in [
            "https://sqs.eu-west-1.amazonaws.com/2/a",
            "https://sqs.eu-west-1.amazonaws.com/1/c",
            "a",
            "",
        ] {
            assert_eq!(to(&sources, Some(named)), None, "{named}");
        }
        assert_eq!(to(&sources, None), None);
        assert_eq!(to(&sources[..1], None).as_ref(), Some(a));
        assert_eq!(to(&[], None), None);
    }

    #[test]
    fn json_for_people_keeps_every_digit() {
        let text = r#"{"id":12345678901234567890123,"n":1.50}"#;
        let shown = pretty(&Value::parse(text).unwrap());
        insta::assert_snapshot!(shown, @r#"
        {
          "id": 12345678901234567890123,
          "n": 1.50
        }
        "#);
    }
}
