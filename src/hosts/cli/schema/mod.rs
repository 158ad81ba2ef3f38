//! `schema`: the objects and attributes of a workspace.

mod diff;
mod missing;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::connection::{self, ConnectionArgs};
use super::{Exit, Failure, Terminal, document, output, table};
use crate::delivery::workspace::READ_SCHEMA;
use crate::diagnostic::nearest_or_all;
use crate::schema::{Attribute, AttributeType, Choice, Object};

const PULL_HELP: &str = "\
The file is the same as long as the workspace is, so that it can be kept with your configuration and compared. \
The token needs the scopes `object_configuration:read` and `user_management:read`.

Example:
  attio-destination schema pull -o schema.json
  attio-destination check my-config.json --schema schema.json";

#[derive(Debug, Subcommand)]
pub(super) enum Schema {
    /// Read the schema of a workspace from Attio
    #[command(after_help = PULL_HELP)]
    Pull {
        /// The file it is written to, instead of the standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        connection: ConnectionArgs,
    },
    /// Create the attributes and select options that a configuration maps and the workspace lacks
    CreateMissing(missing::Args),
    /// Show the objects, or the attributes of one
    Show {
        /// The slug of an object
        object: Option<String>,
        /// The schema; without it, the standard objects
        #[arg(long, value_name = "FILE")]
        schema: Option<PathBuf>,
    },
    /// Show what is different between two schemas; exit code 1 when something is
    Diff {
        /// The first
        from: PathBuf,
        /// The second
        to: PathBuf,
    },
}

pub(super) fn run(command: &Schema, terminal: Terminal) -> Result<Exit, Failure> {
    match command {
        Schema::Pull { output, connection } => pull(output.as_deref(), connection, terminal),
        Schema::CreateMissing(args) => missing::run(args, terminal),
        Schema::Show { object, schema } => show(object.as_deref(), schema.as_deref(), terminal),
        Schema::Diff { from, to } => diff(from, to, terminal),
    }
}

fn pull(
    output: Option<&Path>,
    connection: &ConnectionArgs,
    terminal: Terminal,
) -> Result<Exit, Failure> {
    let transport = connection.transport("")?;
    let runtime = connection::runtime("reading the schema")?;
    let schema = runtime.block_on(async {
        let workspace = connection::workspace(transport);
        connection::authorize(&workspace, READ_SCHEMA).await?;
        connection::pull(&workspace, terminal).await
    })?;
    let text = format!("{:#}\n", json!(schema));
    match output {
        None => output::print(text.as_bytes()),
        Some(path) => {
            fs::write(path, text).map_err(|error| Failure::File {
                path: path.to_owned(),
                error,
            })?;
            terminal.note(&format!(
                "{}: {}",
                path.display(),
                connection::describe(&schema)
            ));
            Ok(Exit::Success)
        }
    }
}

fn show(object: Option<&str>, schema: Option<&Path>, terminal: Terminal) -> Result<Exit, Failure> {
    let schema = document::schema(schema)?;
    let text = match object {
        None if terminal.is_json() => format!("{}\n", json!(schema)),
        None => objects(&schema),
        Some(slug) => {
            let object = schema.object(slug).ok_or_else(|| unknown(slug, &schema))?;
            if terminal.is_json() {
                format!("{}\n", json!(object))
            } else {
                attributes(object)
            }
        }
    };
    output::print(text.as_bytes())
}

fn diff(from: &Path, to: &Path, terminal: Terminal) -> Result<Exit, Failure> {
    let changes = diff::diff(&document::schema(Some(from))?, &document::schema(Some(to))?);
    let text: String = if terminal.is_json() {
        format!("{}\n", json!(changes))
    } else {
        changes.iter().map(|change| format!("{change}\n")).collect()
    };
    output::print(text.as_bytes())?;
    Ok(if changes.is_empty() {
        Exit::Success
    } else {
        Exit::SomeFailed
    })
}

fn unknown(slug: &str, schema: &crate::schema::Schema) -> Failure {
    let slugs = schema.objects.keys().map(String::as_str);
    Failure::usage_with_help(
        format!("the schema has no object `{slug}`"),
        nearest_or_all(slug, "its objects", slugs),
    )
}

fn objects(schema: &crate::schema::Schema) -> String {
    let rows = schema.objects.iter().map(|(slug, object)| {
        let matching = object
            .attributes
            .iter()
            .filter(|(_, attribute)| attribute.is_unique && attribute.is_writable);
        [
            slug.clone(),
            object.plural_noun.clone(),
            matching
                .map(|(slug, _)| slug.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            object.attributes.len().to_string(),
            if object.is_active {
                ""
            } else {
                "not activated"
            }
            .to_owned(),
        ]
    });
    table::render(
        ["Object", "Name", "Matched by", "Attributes", ""],
        rows,
        &[3],
    )
}

fn attributes(object: &Object) -> String {
    let rows = object.attributes.iter().map(|(slug, attribute)| {
        [
            slug.clone(),
            attribute.title.clone(),
            kind(attribute),
            traits(attribute).join(", "),
            details(attribute),
        ]
    });
    table::render(["Attribute", "Title", "Type", "", ""], rows, &[])
}

fn kind(attribute: &Attribute) -> String {
    let many = if attribute.is_multiselect { " []" } else { "" };
    format!("{}{many}", attribute.kind.as_str())
}

fn traits(attribute: &Attribute) -> Vec<&'static str> {
    [
        (attribute.is_unique, "unique"),
        (attribute.is_required, "required"),
        (!attribute.is_writable, "read only"),
        (attribute.is_archived, "archived"),
        (attribute.has_default, "has a default"),
    ]
    .into_iter()
    .filter_map(|(holds, word)| holds.then_some(word))
    .collect()
}

/// What is to know of an attribute of its type.
fn details(attribute: &Attribute) -> String {
    match attribute.kind {
        AttributeType::RecordReference => match (&attribute.inverse, &attribute.allowed_objects) {
            (Some(inverse), _) => format!("⇄ {inverse}"),
            (None, objects) => objects.join(", "),
        },
        AttributeType::Currency => attribute.default_currency_code.clone().unwrap_or_default(),
        AttributeType::Select => titles(attribute.options.as_deref()),
        AttributeType::Status => titles(attribute.statuses.as_deref()),
        _ => String::new(),
    }
}

fn titles(choices: Option<&[Choice]>) -> String {
    let titles: Vec<&str> = choices
        .unwrap_or_default()
        .iter()
        .filter(|choice| !choice.is_archived)
        .map(|choice| choice.title.as_str())
        .collect();
    titles.join(", ")
}
