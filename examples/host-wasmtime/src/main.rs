//! Maps an NDJSON file: `attio-destination-host-wasmtime COMPONENT CONFIG EVENTS` prints a line of JSON per event.

#![allow(clippy::disallowed_methods, reason = "a command has arguments")]

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::process::ExitCode;

use attio_destination_host_wasmtime::{Host, line};

/// Events per call: enough to make the call cheap, few enough for the time and memory of one.
const BATCH: usize = 256;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [component, config, events] = arguments.as_slice() else {
        eprintln!("usage: attio-destination-host-wasmtime COMPONENT CONFIG EVENTS");
        return ExitCode::from(2);
    };
    match run(component, config, events) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(component: &str, config: &str, events: &str) -> Result<(), Box<dyn Error>> {
    let host = Host::new(&fs::read(component)?, 1)?;
    let mut mapper = host.mapper(&fs::read_to_string(config)?, None)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut lines = BufReader::new(fs::File::open(events)?)
        .lines()
        .filter(|line| line.as_ref().map_or(true, |line| !line.trim().is_empty()));
    loop {
        let batch = lines.by_ref().take(BATCH).collect::<Result<Vec<_>, _>>()?;
        if batch.is_empty() {
            return Ok(out.flush()?);
        }
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        for plan in mapper.plan_batch(&batch)? {
            writeln!(out, "{}", line::plan(&plan))?;
        }
    }
}
