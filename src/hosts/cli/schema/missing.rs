//! `schema create-missing`: what a configuration maps and the workspace lacks, shown and then created.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use serde_json::json;

use super::super::connection::{self, ConnectionArgs};
use super::super::document::LIVE;
use super::super::output::count;
use super::super::{Exit, Failure, Terminal, document, output, table};
use crate::config::Config;
use crate::delivery::workspace::{CONFIGURE, Created};
use crate::delivery::{HttpTransport, Workspace};
use crate::plan::{Missing, MissingAttribute, MissingOption, Origin};
use crate::schema::Schema;

/// How many options of an attribute are shown.
const MAX_SHOWN: usize = 12;

const HELP: &str = "\
What an attribute is to be, the configuration's `attributes` say, or else the values of a sample. Options come from \
`attributes`, from mappings and from the sample. What is there already is left as it is, so that a second run creates \
nothing. The token needs the scopes `object_configuration:read-write` and `user_management:read`.

Examples:
  attio-destination schema create-missing my-config.json
  attio-destination schema create-missing my-config.json --sample last-week.ndjson --yes";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(in super::super) struct Args {
    /// The configuration: a file, or the name of a preset
    #[arg(value_name = "CONFIG")]
    config: String,
    /// The schema of the workspace, from `schema pull`; `live` reads it from Attio
    #[arg(long, value_name = "FILE", default_value = LIVE)]
    schema: PathBuf,
    /// Events whose values tell the types of attributes that are not declared; `-` is the standard input
    #[arg(long, value_name = "FILE")]
    sample: Option<PathBuf>,
    /// Create without asking
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// What came of it.
#[derive(Debug, Default)]
struct Done {
    attributes: u64,
    options: u64,
    /// What was there already.
    found: u64,
}

pub(in super::super) fn run(args: &Args, terminal: Terminal) -> Result<Exit, Failure> {
    let document = document::configuration(&args.config)?;
    let refused = |diagnostics| Failure::Diagnostics {
        name: document.name.clone(),
        text: document.text.clone(),
        diagnostics,
    };
    let config = Config::parse(&document.text).map_err(refused)?;
    let runtime = connection::runtime("creating what is missing")?;
    let is_live = args.schema.as_os_str() == LIVE;
    let attio = Attio::new(args, &runtime);
    let mut opened = None;
    let workspace = if is_live {
        attio.open(&mut opened)?.pull(terminal)?
    } else {
        document::schema(Some(&args.schema))?
    };
    let planner = Missing::planner(&config, &workspace).map_err(refused)?;
    let sample = match &args.sample {
        Some(path) => Some(document::sample(path, &planner)?),
        None => None,
    };
    let missing = Missing::find(&config, &workspace, &planner, sample.as_ref());
    if !terminal.is_json() {
        output::print(text(&missing).as_bytes())?;
    }
    terminal.say(&terminal.render(&document.name, &document.text, &missing.problems));
    let mut done = Done::default();
    if !(missing.attributes.is_empty() && missing.options.is_empty()) {
        let attio = attio.open(&mut opened)?;
        if !args.yes && !ask(&attio.name)? {
            return Err(Failure::usage("nothing was created"));
        }
        done = attio.create(&missing)?;
    }
    if terminal.is_json() {
        let line = json!({
            "attributes": missing.attributes,
            "options": missing.options,
            "problems": missing.problems,
            "created": {"attributes": done.attributes, "options": done.options, "found": done.found},
        });
        output::print(format!("{line}\n").as_bytes())?;
    } else if !missing.is_empty() {
        output::print(created(&done, is_live).as_bytes())?;
    }
    Ok(if missing.problems.is_empty() {
        Exit::Success
    } else {
        Exit::SomeFailed
    })
}

/// The way to a workspace that is gone only when it is needed.
struct Attio<'a> {
    args: &'a Args,
    runtime: &'a tokio::runtime::Runtime,
}

/// A workspace whose token may change its objects.
struct Opened<'a> {
    workspace: Workspace<HttpTransport>,
    name: String,
    runtime: &'a tokio::runtime::Runtime,
}

impl<'a> Attio<'a> {
    fn new(args: &'a Args, runtime: &'a tokio::runtime::Runtime) -> Self {
        Attio { args, runtime }
    }

    fn open<'o>(&self, opened: &'o mut Option<Opened<'a>>) -> Result<&'o Opened<'a>, Failure> {
        let opening = match opened.take() {
            Some(opened) => opened,
            None => {
                let transport = self.args.connection.transport("")?;
                let _guard = self.runtime.enter();
                let workspace = connection::workspace(transport);
                let token = connection::authorize(&workspace, CONFIGURE);
                Opened {
                    name: self.runtime.block_on(token)?.workspace_name,
                    workspace,
                    runtime: self.runtime,
                }
            }
        };
        Ok(opened.insert(opening))
    }
}

impl Opened<'_> {
    fn pull(&self, terminal: Terminal) -> Result<Schema, Failure> {
        self.runtime
            .block_on(connection::pull(&self.workspace, terminal))
    }

    /// Creates what is missing, attributes before their options.
    fn create(&self, missing: &Missing) -> Result<Done, Failure> {
        let mut done = Done::default();
        let result = self.runtime.block_on(async {
            for one in &missing.attributes {
                let created = self
                    .workspace
                    .create_attribute(&one.object, &one.slug, &one.attribute)
                    .await?;
                done.count(created, |done| &mut done.attributes);
            }
            for one in &missing.options {
                let created = self
                    .workspace
                    .create_option(&one.object, &one.attribute, &one.title)
                    .await?;
                done.count(created, |done| &mut done.options);
            }
            Ok(())
        });
        match result {
            Ok(()) => Ok(done),
            Err(error) => {
                let before = format!(
                    "{} and {} were created before; run it again to go on",
                    count(done.attributes, "attribute"),
                    count(done.options, "option")
                );
                Err(match connection::failure(error) {
                    Failure::Usage { message, help } => {
                        Failure::usage_with_help(message, help.unwrap_or(before))
                    }
                    other => other,
                })
            }
        }
    }
}

impl Done {
    fn count(&mut self, created: Created, which: fn(&mut Done) -> &mut u64) {
        *match created {
            Created::Made => which(self),
            Created::Found => &mut self.found,
        } += 1;
    }
}

/// Whether the person at the terminal wants it.
fn ask(workspace: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage_with_help(
            "nothing was created: there is no terminal to ask at",
            "add --yes to create it without being asked",
        ));
    }
    eprint!("Create this in the workspace `{workspace}`? [y/N] ");
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Failure::Network {
            what: "the answer cannot be read".to_owned(),
            error,
        })?;
    Ok(matches!(
        answer.trim().to_ascii_lowercase().as_str(),
        "y" | "yes"
    ))
}

/// What is missing, for a person.
fn text(missing: &Missing) -> String {
    if missing.is_empty() {
        return "nothing is missing\n".to_owned();
    }
    let attributes = missing.attributes.iter().map(|one| attribute(one, missing));
    let is_new = |option: &&MissingOption| {
        let mut attributes = missing.attributes.iter();
        attributes.any(|one| (&one.object, &one.slug) == (&option.object, &option.attribute))
    };
    let mut grown: Vec<(&str, &str)> = missing
        .options
        .iter()
        .filter(|option| !is_new(option))
        .map(|option| (option.object.as_str(), option.attribute.as_str()))
        .collect();
    grown.dedup();
    let grown = grown.into_iter().map(|(object, slug)| {
        let options = options(missing, object, slug);
        [
            format!("{object}.{slug}"),
            String::new(),
            "select, there already".to_owned(),
            titles(&options),
            options
                .first()
                .map(|one| from(one.from))
                .unwrap_or_default(),
        ]
    });
    let rows: Vec<_> = attributes.chain(grown).collect();
    if rows.is_empty() {
        return String::new();
    }
    let header = ["Missing", "Title", "Type", "Options", "From"];
    table::render_wrapped(header, rows)
}

fn attribute(one: &MissingAttribute, missing: &Missing) -> [String; 5] {
    let attribute = &one.attribute;
    let many = if attribute.is_multiselect { " []" } else { "" };
    let mut kind = format!("{}{many}", attribute.kind.as_str());
    for word in attribute
        .default_currency_code
        .iter()
        .chain(&attribute.allowed_objects)
        .map(String::as_str)
        .chain(super::traits(attribute))
    {
        kind.push(' ');
        kind.push_str(word);
    }
    [
        format!("{}.{}", one.object, one.slug),
        attribute.title.clone(),
        kind,
        titles(&options(missing, &one.object, &one.slug)),
        match &one.similar {
            None => from(one.from),
            Some(similar) => format!("{}; did you mean `{similar}`?", from(one.from)),
        },
    ]
}

fn options<'m>(missing: &'m Missing, object: &str, slug: &str) -> Vec<&'m MissingOption> {
    let options = missing.options.iter();
    options
        .filter(|option| (option.object.as_str(), option.attribute.as_str()) == (object, slug))
        .collect()
}

fn titles(options: &[&MissingOption]) -> String {
    let shown: Vec<&str> = options
        .iter()
        .take(MAX_SHOWN)
        .map(|option| option.title.as_str())
        .collect();
    let mut text = shown.join(", ");
    if let Some(more) = options
        .len()
        .checked_sub(MAX_SHOWN)
        .filter(|more| *more > 0)
    {
        text += &format!(" and {more} more");
    }
    text
}

fn from(origin: Origin) -> String {
    match origin {
        Origin::Declaration => "the declaration".to_owned(),
        Origin::Mapping => "the mapping".to_owned(),
        Origin::Sample(values) => format!("{} of the sample", count(values, "value")),
    }
}

/// What was created, for a person.
fn created(done: &Done, is_live: bool) -> String {
    let mut text = format!(
        "\ncreated {} and {}",
        count(done.attributes, "attribute"),
        count(done.options, "option")
    );
    if done.found > 0 {
        text += &format!(", {} there already", done.found);
    }
    if !is_live {
        text += "; now pull the schema anew";
    }
    text + "\n"
}
