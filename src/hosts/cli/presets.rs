//! `presets`: the ready-made configurations.

use clap::Subcommand;
use serde_json::json;

use super::{Exit, Failure, Terminal, document, output, table};
use crate::config::{Config, PRESETS, preset};

#[derive(Debug, Subcommand)]
pub(super) enum Presets {
    /// List the presets
    List,
    /// Print a preset, ready to be saved and changed
    Show {
        /// Its name
        name: String,
    },
}

pub(super) fn run(presets: &Presets, terminal: Terminal) -> Result<Exit, Failure> {
    match presets {
        Presets::List => output::print(list(terminal)?.as_bytes()),
        Presets::Show { name } => {
            let text = preset(name).ok_or_else(|| document::unknown_preset(name))?;
            output::print(text.as_bytes())
        }
    }
}

fn list(terminal: Terminal) -> Result<String, Failure> {
    let mut presets = Vec::new();
    for (name, text) in PRESETS {
        let config = Config::parse(text).map_err(|diagnostics| Failure::Diagnostics {
            name: name.to_owned(),
            text: text.to_owned(),
            diagnostics,
        })?;
        presets.push((name, config.description));
    }
    if terminal.is_json() {
        let list: serde_json::Value = presets
            .iter()
            .map(|(name, description)| json!({"name": name, "description": description}))
            .collect();
        return Ok(format!("{list}\n"));
    }
    let rows = presets
        .into_iter()
        .map(|(name, description)| [name.to_owned(), description]);
    Ok(table::render(["Preset", "What it is for"], rows, &[]))
}
