//! The documents that a command is given: a schema, a configuration, events.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use super::{Failure, Terminal};
use crate::config::{PRESETS, preset};
use crate::diagnostic::nearest_or_all;
use crate::hosts::input::Events;
use crate::plan::{Plan, Planner, Sample};
use crate::schema::Schema;

/// The largest document that is read whole, in bytes.
const MAX_DOCUMENT_BYTES: u64 = 64 * 1024 * 1024;

/// What stands for the schema of the moment where a file could stand.
pub(super) const LIVE: &str = "live";

/// How events become writes.
#[derive(Debug, clap::Args)]
pub(super) struct ConfigArgs {
    /// The configuration: a file, or the name of a preset
    #[arg(short, long, default_value = "segment", value_name = "FILE|PRESET")]
    config: String,
    /// The schema of the workspace, from `schema pull`; without it, the standard objects. `live`, where something is
    /// delivered: read it from Attio
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
}

impl ConfigArgs {
    /// Whether the schema is the one of the moment.
    pub(super) fn is_live(&self) -> bool {
        self.schema.as_deref() == Some(Path::new(LIVE))
    }

    /// The configuration itself.
    pub(super) fn document(&self) -> Result<Document, Failure> {
        configuration(&self.config)
    }

    /// Compiles the configuration, and tells what is doubtful about it.
    pub(super) fn planner(&self, terminal: Terminal) -> Result<Planner, Failure> {
        self.planner_for(&schema(self.schema.as_deref())?, terminal)
    }

    /// The same for a schema that was read otherwise.
    pub(super) fn planner_for(
        &self,
        schema: &Schema,
        terminal: Terminal,
    ) -> Result<Planner, Failure> {
        let document = self.document()?;
        match Planner::parse(&document.text, schema) {
            Ok(planner) => {
                terminal.say(&terminal.render(&document.name, &document.text, planner.warnings()));
                Ok(planner)
            }
            Err(diagnostics) => Err(Failure::Diagnostics {
                name: document.name,
                text: document.text,
                diagnostics,
            }),
        }
    }
}

/// A document and what to call it.
pub(super) struct Document {
    /// The path of the file, or the name of the preset.
    pub(super) name: String,
    /// What it says.
    pub(super) text: String,
}

/// The configuration of a file, or of a preset when no file is meant.
pub(super) fn configuration(name: &str) -> Result<Document, Failure> {
    let text = match preset(name) {
        Some(text) => text.to_owned(),
        None if !name.contains(['/', '\\', '.']) && !Path::new(name).exists() => {
            return Err(unknown_preset(name));
        }
        None => read_text(Path::new(name))?,
    };
    Ok(Document {
        name: name.to_owned(),
        text,
    })
}

/// That no preset has this name.
pub(super) fn unknown_preset(name: &str) -> Failure {
    Failure::usage_with_help(
        format!("no preset and no file is called `{name}`"),
        nearest_or_all(name, "the presets", PRESETS.map(|(name, _)| name)),
    )
}

/// Where events come from.
#[derive(Debug, clap::Args)]
pub(super) struct EventsArg {
    /// The events: NDJSON, a JSON array, a `{"batch": []}` body or a single event; `-` is the standard input
    #[arg(default_value = "-", hide_default_value = true, value_name = "FILE")]
    events: PathBuf,
}

impl EventsArg {
    /// Opens the events.
    pub(super) fn open(&self) -> Result<Events<Box<dyn Read + Send>>, Failure> {
        open(&self.events)
    }

    /// Where the input is.
    pub(super) fn path(&self) -> &Path {
        match self.events == Path::new("-") {
            true => Path::new("/dev/stdin"),
            false => &self.events,
        }
    }

    /// The size of the input in bytes, where it has one.
    pub(super) fn size_bytes(&self) -> Option<u64> {
        let metadata = std::fs::metadata(&self.events).ok()?;
        metadata.is_file().then_some(metadata.len())
    }

    /// That the events could not be read on.
    pub(super) fn failure(&self, error: io::Error) -> Failure {
        Failure::File {
            path: self.events.clone(),
            error,
        }
    }
}

fn open(path: &Path) -> Result<Events<Box<dyn Read + Send>>, Failure> {
    if path == Path::new("-") {
        if io::stdin().is_terminal() {
            eprintln!("reading events from the terminal; Ctrl-D ends them");
        }
        return Ok(Events::new(Box::new(io::stdin())));
    }
    let file = File::open(path).map_err(|error| Failure::File {
        path: path.to_owned(),
        error,
    })?;
    Ok(Events::new(Box::new(file)))
}

/// What the events of a file, or of the standard input, would do.
pub(super) fn sample(path: &Path, planner: &Planner) -> Result<Sample, Failure> {
    let mut events = open(path)?;
    let mut sample = Sample::new();
    while let Some(item) = events.next_event().map_err(|error| Failure::File {
        path: path.to_owned(),
        error,
    })? {
        let (plan, steps) = match item.bytes {
            Ok(bytes) => planner.explain(&bytes),
            Err(diagnostic) => (Plan::rejected(None, vec![diagnostic]), Vec::new()),
        };
        sample.add(item.place.line, &plan, &steps);
    }
    Ok(sample)
}

/// Reads a text file whole.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    let failure = |error| Failure::File {
        path: path.to_owned(),
        error,
    };
    let file = File::open(path).map_err(failure)?;
    let mut text = String::new();
    file.take(MAX_DOCUMENT_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(failure)?;
    if text.len() as u64 > MAX_DOCUMENT_BYTES {
        let message = format!("it takes at most {MAX_DOCUMENT_BYTES} bytes, got more");
        return Err(failure(io::Error::other(message)));
    }
    Ok(text)
}

/// Reads a file that holds nothing but a secret, which `flag` names. What stands there instead of a file may be the
/// secret itself, so it is not told.
pub(super) fn read_secret(path: &Path, flag: &str, secret: &str) -> Result<String, Failure> {
    let text = read_text(path).map_err(|failure| match failure {
        Failure::File { error, .. } if !path.exists() => Failure::usage_with_help(
            format!("{flag} expected a file that can be read, got something else: {error}"),
            format!("write the {secret} to a file that only you can read, and give its path"),
        ),
        failure => failure,
    })?;
    if text.trim().is_empty() {
        return Err(Failure::usage_with_help(
            format!("the file `{}` of {flag} is empty", path.display()),
            format!("write the {secret} to it"),
        ));
    }
    Ok(text)
}

/// Reads a schema, or gives the standard objects.
pub(super) fn schema(path: Option<&Path>) -> Result<Schema, Failure> {
    let Some(path) = path else {
        return Ok(Schema::standard().clone());
    };
    if path == Path::new(LIVE) && !path.exists() {
        return Err(Failure::usage_with_help(
            "the schema of the moment is read by `deliver` and `schema create-missing` only",
            "write it to a file first: `attio-destination schema pull -o schema.json`",
        ));
    }
    let text = read_text(path)?;
    Schema::parse(&text).map_err(|diagnostics| Failure::Diagnostics {
        name: path.display().to_string(),
        text,
        diagnostics,
    })
}
