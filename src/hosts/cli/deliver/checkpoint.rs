//! How far a delivery has come, so that it can go on after it was killed.
//!
//! Events end out of order, so a checkpoint counts only those before the first that has not ended: what it counts is
//! done, what it does not count may be delivered once more. It is written beside its place and then moved there, so that
//! it is whole at every moment.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What the file holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// So many events at the beginning of the input are done.
    events_done: u64,
    /// What the last of them is recognised by, in hexadecimal.
    last_event: String,
    /// Where they went: the id of the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workspace: Option<String>,
}

/// No checkpoint is longer, in bytes.
const MOST_BYTES: u64 = 4096;

/// The progress of one delivery.
#[derive(Debug)]
pub(super) struct Checkpoint {
    path: PathBuf,
    done: u64,
    last: u64,
    /// Events behind the first that has not ended, with what they are recognised by.
    ahead: BTreeMap<u64, u64>,
    stored: Option<u64>,
    workspace: Option<String>,
}

impl Checkpoint {
    /// Reads a checkpoint, or begins one where there is no file yet. `workspace` is where events go, where that is known.
    pub(super) fn open(path: &Path, workspace: Option<&str>) -> io::Result<Checkpoint> {
        let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        let mut text = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut text));
        let stored: Stored = match read {
            Ok(_) => serde_json::from_slice(&text)
                .map_err(|error| invalid(format!("it is no checkpoint: {error}")))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Stored::default(),
            Err(error) => return Err(error),
        };
        if let (Some(before), Some(now)) = (&stored.workspace, workspace)
            && before != now
        {
            return Err(invalid(format!(
                "its events went to another workspace (`{before}`, now `{now}`); name another file, or remove it to begin \
                 anew"
            )));
        }
        let last = match stored.last_event.as_str() {
            "" => 0,
            text => u64::from_str_radix(text, 16)
                .map_err(|_| invalid(format!("it is no checkpoint: `last_event` is `{text}`")))?,
        };
        Ok(Checkpoint {
            path: path.to_owned(),
            done: stored.events_done,
            last,
            ahead: BTreeMap::new(),
            stored: None,
            workspace: workspace.map(str::to_owned).or(stored.workspace),
        })
    }

    /// How many events at the beginning of the input are done, and what the last of them is recognised by.
    pub(super) fn done(&self) -> (u64, u64) {
        (self.done, self.last)
    }

    /// Notes that an event is done.
    pub(super) fn event_done(&mut self, index: u64, digest: u64) {
        self.ahead.insert(index, digest);
        while let Some(digest) = self.ahead.remove(&self.done) {
            self.done += 1;
            self.last = digest;
        }
    }

    /// What is to be stored now, if that is anything new.
    pub(super) fn take_unstored(&mut self) -> Option<Pending> {
        if self.stored == Some(self.done) {
            return None;
        }
        self.stored = Some(self.done);
        Some(Pending {
            path: self.path.clone(),
            stored: Stored {
                events_done: self.done,
                last_event: format!("{:016x}", self.last),
                workspace: self.workspace.clone(),
            },
        })
    }
}

/// A checkpoint that was taken and is not stored yet: first everything that it says is done must be stored itself.
#[derive(Debug)]
pub(super) struct Pending {
    path: PathBuf,
    stored: Stored,
}

impl Pending {
    /// Stores it.
    pub(super) fn store(&self) -> io::Result<()> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let mut file = File::create(&beside)?;
        serde_json::to_writer(&mut file, &self.stored)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)
    }
}

/// What an event is recognised by: FNV-1a of its bytes.
pub(super) fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_events_before_the_first_that_has_not_ended_are_done() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        let mut checkpoint = Checkpoint::open(&path, Some("w-1")).unwrap();
        checkpoint.event_done(1, 11);
        checkpoint.event_done(3, 33);
        assert_eq!(checkpoint.done(), (0, 0));
        checkpoint.event_done(0, 10);
        assert_eq!(checkpoint.done(), (2, 11));
        checkpoint.take_unstored().unwrap().store().unwrap();
        assert!(checkpoint.take_unstored().is_none());
        let mut again = Checkpoint::open(&path, Some("w-1")).unwrap();
        assert_eq!(again.done(), (2, 11));
        again.event_done(2, 22);
        assert_eq!(again.done(), (3, 22));
        assert!(again.take_unstored().is_some());
        assert!(Checkpoint::open(&path, None).is_ok());
        let error = Checkpoint::open(&path, Some("w-2")).unwrap_err();
        assert!(error.to_string().contains("another workspace"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_checkpoint_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        for text in [
            "",
            "{}x",
            r#"{"events_done":1,"last_event":"x"}"#,
            r#"{"events":1}"#,
        ] {
            fs::write(&path, text).unwrap();
            let error = Checkpoint::open(&path, None).unwrap_err();
            assert!(error.to_string().contains("no checkpoint"), "{error}");
        }
    }
}
