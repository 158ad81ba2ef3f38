//! `actions`: what can be written for an event.

use std::fmt::Write;

use clap::Subcommand;
use serde_json::json;

use super::{Exit, Failure, Terminal, output, table};
use crate::action::{
    BUILT_IN, Definition, Field, Name, Source, WriteDefinition, WriteTo, built_in, built_in_file,
};
use crate::diagnostic::nearest_or_all;

#[derive(Debug, Subcommand)]
pub(super) enum Actions {
    /// List the actions
    List,
    /// Show an action: its fields, its writes and its examples
    Show {
        /// Its name
        name: String,
    },
}

pub(super) fn run(actions: &Actions, terminal: Terminal) -> Result<Exit, Failure> {
    let text = match actions {
        Actions::List if terminal.is_json() => format!("{}\n", list_json()),
        Actions::List => list(),
        Actions::Show { name } => match (built_in_file(name), built_in(name)) {
            (Some(file), _) if terminal.is_json() => file.to_owned(),
            (_, Some(action)) => show(action),
            _ => return Err(unknown(name)),
        },
    };
    output::print(text.as_bytes())
}

fn unknown(name: &str) -> Failure {
    let names = BUILT_IN.iter().map(|action| action.name.as_str());
    Failure::usage_with_help(
        format!("no action is called `{name}`"),
        nearest_or_all(name, "the actions", names),
    )
}

fn list() -> String {
    let rows = BUILT_IN
        .iter()
        .map(|action| [action.name.clone(), action.description.clone()]);
    table::render(["Action", "What it does"], rows, &[])
}

fn list_json() -> serde_json::Value {
    BUILT_IN
        .iter()
        .map(|action| {
            json!({"name": action.name, "title": action.title, "description": action.description})
        })
        .collect()
}

fn show(action: &Definition) -> String {
    let mut text = format!(
        "{} ({})\n{}\n\n",
        action.title, action.name, action.description
    );
    let fields = action.fields.iter().map(|field| {
        let needed = if field.required { "yes" } else { "" };
        let default = field.default.as_ref().map(|default| default.to_json());
        [
            field.name.clone(),
            kind(field),
            needed.to_owned(),
            default.unwrap_or_default(),
            field.description.clone(),
        ]
    });
    text += &table::render(
        ["Field", "Type", "Required", "Default", "What it is"],
        fields,
        &[],
    );
    text.push('\n');
    let writes = action.writes.iter().map(|write| {
        let values = write.values.iter().map(|(slug, source)| match source {
            Source::Template(value) => format!("{slug} = {}", value.to_json()),
            Source::Record(write) => {
                format!("{slug} = the record of {}", action.writes[*write].name)
            }
        });
        let more = write
            .extend
            .map(|field| format!("and those of {}", action.fields[field].name));
        [
            write.name.clone(),
            target(action, write),
            values.chain(more).collect::<Vec<_>>().join("\n"),
        ]
    });
    text += &table::render(["Write", "To", "Values"], writes, &[]);
    for example in &action.examples {
        let _ = write!(text, "\nExample: {}\n", example.title);
        if let Some(mapping) = &example.mapping {
            let _ = writeln!(text, "  mapping  {}", mapping.to_json());
        }
        let _ = writeln!(text, "  event    {}", example.event.to_json());
        for write in &example.writes {
            let _ = writeln!(text, "  write    {}", write.to_json());
        }
    }
    text
}

fn kind(field: &Field) -> String {
    match field.format {
        Some(format) => format!("{}, {}", field.kind.as_str(), format.as_str()),
        None => field.kind.as_str().to_owned(),
    }
}

fn target(action: &Definition, write: &WriteDefinition) -> String {
    let slug = |name: &Name| match name {
        Name::Literal(slug) => slug.clone(),
        Name::Field(field) => format!("<{}>", action.fields[*field].name),
    };
    let target = match &write.to {
        WriteTo::Assert {
            object,
            matching_attribute,
        } => format!("assert {} by {}", slug(object), slug(matching_attribute)),
        WriteTo::Append { record } => format!("append to {}", action.writes[*record].name),
    };
    match write.when {
        Some(field) => format!("{target},\nwhen there is {}", action.fields[field].name),
        None => target,
    }
}
