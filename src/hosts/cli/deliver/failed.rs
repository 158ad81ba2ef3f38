//! What `--failed` keeps: the events that need a person, each with its plan and what went wrong.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::delivery::Report;
use crate::plan::Plan;

/// The file that failed events go to, one a line. It can be edited and delivered again.
#[derive(Debug)]
pub(super) struct FailedEvents {
    file: BufWriter<File>,
}

/// A line of the file.
#[derive(Serialize)]
struct Line<'r> {
    /// The event as it came, where it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'r RawValue>,
    /// The text that came, where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_text: Option<String>,
    line: u64,
    plan: &'r Plan,
    #[serde(flatten)]
    report: &'r Report,
}

impl FailedEvents {
    /// Opens the file: anew, or to go on with it.
    pub(super) fn open(path: &Path, goes_on: bool) -> io::Result<FailedEvents> {
        let mut options = OpenOptions::new();
        options.create(true);
        if goes_on {
            options.append(true);
        } else {
            options.write(true).truncate(true);
        }
        Ok(FailedEvents {
            file: BufWriter::new(options.open(path)?),
        })
    }

    /// Keeps an event.
    pub(super) fn keep(&mut self, bytes: &[u8], line: u64, report: &Report) -> io::Result<()> {
        let event: Option<&RawValue> = serde_json::from_slice(bytes).ok();
        // An event laid out over lines goes into one.
        let compact = event
            .filter(|event| event.get().contains('\n'))
            .map(|event| crate::json::Value::parse(event.get()).map(|value| value.to_json()));
        let compact = compact
            .and_then(Result::ok)
            .and_then(|json| RawValue::from_string(json).ok());
        let line = Line {
            event: compact.as_deref().or(event),
            event_text: match event {
                Some(_) => None,
                None => Some(String::from_utf8_lossy(bytes).into_owned()),
            },
            line,
            plan: &report.plan,
            report,
        };
        serde_json::to_writer(&mut self.file, &line)?;
        self.file.write_all(b"\n")
    }

    /// Makes sure that what was kept survives the process.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_data()
    }
}
