//! An Attio in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout};

use serde_json::Value;

use crate::binary::{command, interrupt};

/// A token that must never be printed.
pub(crate) const TOKEN: &str = "a-token-that-no-output-may-hold";

/// The sandbox in a process of its own.
pub(crate) struct Attio {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// Where it listens.
    pub(crate) url: String,
}

impl Attio {
    /// Starts it.
    pub(crate) fn start(flags: &[&str]) -> Attio {
        let args = [&["sandbox", "--format", "json", "--token", TOKEN], flags].concat();
        let mut child = command(&args).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let started: Value = serde_json::from_str(&line).unwrap();
        let url = started["url"].as_str().unwrap().to_owned();
        Attio { child, stdout, url }
    }

    /// Ends it and gives its records, without ids.
    pub(crate) fn records(mut self) -> Value {
        interrupt(&self.child);
        let mut text = String::new();
        self.stdout.read_to_string(&mut text).unwrap();
        assert!(self.child.wait().unwrap().success());
        comparable(serde_json::from_str(&text).unwrap())
    }
}

impl Drop for Attio {
    fn drop(&mut self) {
        // OK to ignore, because it may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Records without what differs between runs: ids, moments, and the order of things that have none.
pub(crate) fn comparable(mut records: Value) -> Value {
    for records in records.as_object_mut().unwrap().values_mut() {
        let records = records.as_array_mut().unwrap();
        for record in records.iter_mut() {
            record.as_object_mut().unwrap().remove("id");
            let values = record["values"].as_object_mut().unwrap();
            for system in ["record_id", "created_at", "created_by"] {
                values.remove(system);
            }
            for texts in values.values_mut() {
                let texts = texts.as_array_mut().unwrap();
                texts.sort_by_key(Value::to_string);
            }
        }
        records.sort_by_key(Value::to_string);
    }
    records
}
