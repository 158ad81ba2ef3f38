//! What `--failed` keeps: the events that need a person, each with its plan and what went wrong.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::checkpoint::digest;
use crate::delivery::Report;
use crate::plan::Plan;

/// The file that failed events go to, one a line. It can be edited and delivered again.
#[derive(Debug)]
pub(super) struct FailedEvents {
    file: BufWriter<File>,
    /// What the lines that a run before this one kept are recognised by: events behind its checkpoint come once more.
    kept: HashSet<u64>,
    is_flushed: bool,
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
    /// Opens the file: what is in it stays. Where delivery `goes_on`, an event that it holds is not kept again.
    pub(super) fn open(path: &Path, goes_on: bool) -> io::Result<FailedEvents> {
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        let mut kept = HashSet::new();
        if file.metadata()?.is_file() {
            let end = read(&File::open(path)?, goes_on.then_some(&mut kept))?;
            match end {
                End::Whole => {}
                // A line that was cut off is of an event that had not ended, which comes once more.
                End::Torn { length } if goes_on => file.set_len(length)?,
                End::Torn { .. } | End::Unended => file.write_all(b"\n")?,
            }
        }
        Ok(FailedEvents {
            file: BufWriter::new(file),
            kept,
            is_flushed: true,
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
        let event = compact.as_deref().or(event);
        let event_text = match event {
            Some(_) => None,
            None => Some(String::from_utf8_lossy(bytes).into_owned()),
        };
        let text = event.map(RawValue::get).or(event_text.as_deref());
        if self.kept.remove(&mark(line, text.unwrap_or_default())) {
            return Ok(());
        }
        let line = Line {
            event,
            event_text,
            line,
            plan: &report.plan,
            report,
        };
        self.is_flushed = false;
        serde_json::to_writer(&mut self.file, &line)?;
        self.file.write_all(b"\n")
    }

    /// Makes sure that what was kept survives the process.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.is_flushed {
            return Ok(());
        }
        self.file.flush()?;
        self.is_flushed = true;
        match self.file.get_ref().sync_data() {
            // What is no file has nothing to be made sure of.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            synced => synced,
        }
    }
}

/// What a kept event is recognised by.
fn mark(line: u64, event: &str) -> u64 {
    digest(event.as_bytes()) ^ line.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// How a file ends.
enum End {
    Whole,
    /// Its last line lacks the line break only.
    Unended,
    /// Its last line was cut off; so long is what is before it.
    Torn {
        length: u64,
    },
}

/// Reads the lines of a file, and notes in `kept` what they are recognised by.
fn read(file: &File, mut kept: Option<&mut HashSet<u64>>) -> io::Result<End> {
    #[derive(Deserialize)]
    struct Kept<'l> {
        #[serde(borrow)]
        event: Option<&'l RawValue>,
        event_text: Option<String>,
        line: u64,
    }
    let mut lines = BufReader::new(file);
    let (mut length, mut line) = (0, Vec::new());
    loop {
        line.clear();
        let read = lines.read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(End::Whole);
        }
        if !line.ends_with(b"\n") {
            let is_json = serde_json::from_slice::<&RawValue>(&line).is_ok();
            return Ok(if is_json {
                End::Unended
            } else {
                End::Torn { length }
            });
        }
        length += read as u64;
        // What a person wrote there is not compared.
        if let Some(kept) = &mut kept
            && let Ok(line) = serde_json::from_slice::<Kept<'_>>(&line)
        {
            let text = line.event.map(RawValue::get).or(line.event_text.as_deref());
            kept.insert(mark(line.line, text.unwrap_or_default()));
        }
    }
}
