//! `check`: everything that is wrong with a configuration before the first event, and what real events would do.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::output::count;
use super::{Exit, Failure, Terminal, document, excerpt, output, table};
use crate::diagnostic::Diagnostic;
use crate::plan::{AttributeSample, Planner, Sample};
use crate::schema::Schema;

const HELP: &str = "\
Exit code 1 when a configuration has errors. What is wrong with the events of a sample is told, and is no error.

Examples:
  attio-destination check my-config.json
  attio-destination check my-config.json --schema schema.json --sample last-week.ndjson";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The configurations: files, or names of presets
    #[arg(required = true, value_name = "CONFIG")]
    configs: Vec<String>,
    /// The schema of the workspace, from `schema pull`; without it, the standard objects
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// Events: tell for each attribute how many of their values would be set, changed, rounded and dropped. `-` is the
    /// standard input
    #[arg(long, value_name = "FILE")]
    sample: Option<PathBuf>,
}

pub(super) fn run(args: &Args, terminal: Terminal) -> Result<Exit, Failure> {
    if args.configs.len() > 1 && args.sample.as_deref() == Some(Path::new("-")) {
        return Err(Failure::usage_with_help(
            "the standard input can be the sample of one configuration only",
            "write the events to a file first",
        ));
    }
    let schema = document::schema(args.schema.as_deref())?;
    let mut exit = Exit::Success;
    for name in &args.configs {
        let document = document::configuration(name)?;
        let (planner, diagnostics) = check(&document.text, &schema);
        let errors = diagnostics
            .iter()
            .filter(|finding| finding.is_error())
            .count();
        if errors > 0 {
            exit = Exit::SomeFailed;
        }
        let sample = match (&args.sample, &planner) {
            (Some(path), Some(planner)) => Some(document::sample(path, planner)?),
            _ => None,
        };
        let text = if terminal.is_json() {
            let mut line = json!({"config": document.name, "diagnostics": diagnostics});
            if let Some(sample) = &sample {
                line["sample"] = json(sample);
            }
            format!("{line}\n")
        } else {
            terminal.say(&terminal.render(&document.name, &document.text, &diagnostics));
            let warnings = diagnostics.len() - errors;
            format!(
                "{}: {}, {}\n{}",
                document.name,
                count(errors as u64, "error"),
                count(warnings as u64, "warning"),
                sample.as_ref().map(text).unwrap_or_default()
            )
        };
        output::print(text.as_bytes())?;
    }
    Ok(exit)
}

/// What is wrong, errors before warnings, else in the order of the document.
fn check(text: &str, schema: &Schema) -> (Option<Planner>, Vec<Diagnostic>) {
    let (planner, mut diagnostics) = match Planner::parse(text, schema) {
        Ok(planner) => {
            let warnings = planner.warnings().to_vec();
            (Some(planner), warnings)
        }
        Err(diagnostics) => (None, diagnostics),
    };
    let mut places = excerpt::Places::new(text);
    diagnostics.sort_by_cached_key(|finding| {
        let place = places.of(finding);
        (finding.severity, place.map_or(0, |place| place.start))
    });
    (planner, diagnostics)
}

/// What a sample came to, for a person: what needs one comes first.
fn text(sample: &Sample) -> String {
    let mut attributes = sample.attributes();
    attributes.sort_by_key(|attribute| std::cmp::Reverse(attribute.dropped));
    let rows = attributes.iter().map(|attribute| {
        [
            name(attribute),
            attribute.kind.unwrap_or("unknown").to_owned(),
            attribute.set.to_string(),
            number(attribute.changed),
            number(attribute.rounded),
            number(attribute.dropped),
            bad_values(attribute),
        ]
    });
    let header = [
        "Attribute",
        "Type",
        "Set",
        "Changed",
        "Rounded",
        "Dropped",
        "Most common bad values",
    ];
    let mut text = format!(
        "\n{}: {} planned, {} filtered, {} rejected\n\n",
        count(sample.events, "event"),
        sample.planned,
        sample.filtered,
        sample.rejected
    );
    if !attributes.is_empty() {
        text += &table::render(header, rows, &[2, 3, 4, 5]);
    }
    let helps = attributes.iter().filter_map(|attribute| {
        let help = attribute.help.as_deref()?;
        Some([name(attribute), help.to_owned()])
    });
    let helps: Vec<_> = helps.collect();
    if !helps.is_empty() {
        text.push('\n');
        text += &table::render_wrapped(["To mend", ""], helps);
    }
    let findings = sample.findings().iter();
    let findings: Vec<_> = findings
        .map(|(code, finding)| (code.as_str(), finding))
        .collect();
    if !findings.is_empty() {
        text.push('\n');
        text += &table::render_findings(findings);
    }
    text
}

fn name(attribute: &AttributeSample) -> String {
    match attribute.object.as_str() {
        "" => format!("the field {}", attribute.attribute),
        object => format!("{object}.{}", attribute.attribute),
    }
}

/// Nothing where there is none, so that the eye finds what there is.
fn number(number: u64) -> String {
    if number == 0 {
        String::new()
    } else {
        number.to_string()
    }
}

fn bad_values(attribute: &AttributeSample) -> String {
    let values: Vec<String> = attribute
        .bad_values
        .iter()
        .map(|bad| {
            match (bad.is_exact, bad.count) {
                (true, count) => format!("{count} × {}", bad.value),
                // There were too many others to say more.
                (false, 1) => format!("such as {}", bad.value),
                (false, count) => format!("at least {count} × {}", bad.value),
            }
        })
        .collect();
    values.join("\n")
}

/// The same for a program.
fn json(sample: &Sample) -> serde_json::Value {
    json!({
        "events": sample.events,
        "planned": sample.planned,
        "filtered": sample.filtered,
        "rejected": sample.rejected,
        "attributes": sample.attributes(),
        "findings": sample.findings(),
    })
}
