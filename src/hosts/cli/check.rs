//! `check`: everything that is wrong with a configuration, before the first event.

use std::path::PathBuf;

use serde_json::json;

use super::{Exit, Failure, Terminal, document, excerpt, output};
use crate::diagnostic::Diagnostic;
use crate::plan::Planner;
use crate::schema::Schema;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The configurations: files, or names of presets
    #[arg(required = true, value_name = "CONFIG")]
    configs: Vec<String>,
    /// The schema of the workspace; without it, the standard objects
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
}

pub(super) fn run(args: &Args, terminal: Terminal) -> Result<Exit, Failure> {
    let schema = document::schema(args.schema.as_deref())?;
    let mut exit = Exit::Success;
    for name in &args.configs {
        let document = document::configuration(name)?;
        let diagnostics = diagnostics(&document.text, &schema);
        let errors = diagnostics
            .iter()
            .filter(|finding| finding.is_error())
            .count();
        if errors > 0 {
            exit = Exit::SomeFailed;
        }
        let line = if terminal.is_json() {
            json!({"config": document.name, "diagnostics": diagnostics}).to_string()
        } else {
            terminal.say(&terminal.render(&document.name, &document.text, &diagnostics));
            let warnings = diagnostics.len() - errors;
            format!(
                "{}: {}, {}",
                document.name,
                output::count(errors as u64, "error"),
                output::count(warnings as u64, "warning")
            )
        };
        output::print(format!("{line}\n").as_bytes())?;
    }
    Ok(exit)
}

/// What is wrong, errors before warnings, else in the order of the document.
fn diagnostics(text: &str, schema: &Schema) -> Vec<Diagnostic> {
    let mut diagnostics = match Planner::parse(text, schema) {
        Ok(planner) => planner.warnings().to_vec(),
        Err(diagnostics) => diagnostics,
    };
    diagnostics.sort_by_key(|finding| {
        let place = excerpt::place_of(text, finding);
        (finding.severity, place.map_or(0, |place| place.start))
    });
    diagnostics
}
