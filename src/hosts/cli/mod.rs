//! The `attio-destination` command line.
//!
//! Each command is a file with an `Args` for what it takes and a `run` for what it does, and one line in `Command`.
//! Data goes to the standard output, everything said to a person to the standard error. Exit codes: 0 all went well,
//! 1 some events failed, 2 the command, its files or its configuration cannot be used.

mod actions;
mod amount;
mod auth;
mod check;
mod coerce;
mod completions;
mod connection;
#[cfg(feature = "aws")]
mod dead_letters;
mod deliver;
mod document;
mod ends;
mod excerpt;
mod explain;
mod files;
mod lines;
mod man;
pub mod output;
mod plan;
mod presets;
mod records;
mod resolve;
mod sandbox;
mod schema;
mod table;
pub mod types;

use std::borrow::Cow;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt;

pub use output::{Exit, Failure, Terminal};

/// Customer data platform events in, Attio records out.
#[derive(Debug, Parser)]
#[command(
    name = "attio-destination",
    version,
    about,
    after_help = "Exit codes: 0 all went well, 1 some events failed, 2 usage or configuration.",
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
struct Cli {
    #[command(flatten)]
    style: output::Style,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print what would be written for each event, as one JSON plan a line
    Plan(plan::Args),
    /// Plan events and write what they ask for
    Deliver(deliver::Args),
    /// Log in to workspaces, and show what a token may do
    #[command(subcommand)]
    Auth(auth::Auth),
    /// Say everything that is wrong with configurations
    Check(check::Args),
    /// Show the actions: what can be written for an event
    #[command(subcommand)]
    Actions(actions::Actions),
    /// Show the presets: configurations for sources of events
    #[command(subcommand)]
    Presets(presets::Presets),
    /// Show the objects and attributes that values are coerced to
    #[command(subcommand)]
    Schema(schema::Schema),
    /// Run the embedded Attio on its own, so that any client can be tried against it
    Sandbox(sandbox::Args),
    /// Show what a deployment on AWS could not deliver, and send it back
    #[cfg(feature = "aws")]
    #[command(subcommand)]
    DeadLetters(dead_letters::DeadLetters),
    /// Try mappings and subscriptions without a configuration
    Resolve(resolve::Args),
    /// Try values without a configuration: what an attribute of a type would be given
    Coerce(coerce::Args),
    /// Show the attribute types, what is taken for them and what becomes of it
    #[command(subcommand)]
    Types(types::Types),
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Print the manual page
    Man,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version come as an "error" too; `exit_code` tells them apart. A closed pipe is no reason to fail.
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let terminal = Terminal::new(&cli.style);
    if let Err(failure) = log(terminal) {
        return terminal.end(Err(failure));
    }
    let result = match cli.command {
        Command::Plan(args) => plan::run(&args, terminal),
        Command::Deliver(args) => deliver::run(&args, terminal),
        Command::Auth(auth) => auth::run(&auth, terminal),
        Command::Check(args) => check::run(&args, terminal),
        Command::Presets(presets) => presets::run(&presets, terminal),
        Command::Actions(actions) => actions::run(&actions, terminal),
        Command::Schema(schema) => schema::run(&schema, terminal),
        Command::Sandbox(args) => sandbox::run(&args, terminal),
        #[cfg(feature = "aws")]
        Command::DeadLetters(command) => dead_letters::run(&command, terminal),
        Command::Resolve(args) => resolve::command(&args),
        Command::Coerce(args) => coerce::command(&args),
        Command::Types(types) => types::run(&types, terminal),
        Command::Completions(args) => completions::run(&args),
        Command::Man => man::run(),
    };
    terminal.end(result)
}

/// The variable that says what is logged, such as `debug` or `attio_destination=trace`.
const LOG_VARIABLE: &str = "RUST_LOG";

/// The filter that is meant: a level alone is of what this crate logs. Others say little about events, so of them only
/// what is no detail is logged.
fn own(filter: &str) -> Cow<'_, str> {
    match filter.trim().parse::<LevelFilter>() {
        Ok(level) if level > LevelFilter::INFO => {
            Cow::Owned(format!("info,{}={level}", env!("CARGO_CRATE_NAME")))
        }
        _ => Cow::Borrowed(filter),
    }
}

/// Logs to the standard error what the variable asks for; nothing without it.
fn log(terminal: Terminal) -> Result<(), Failure> {
    let filter = std::env::var(LOG_VARIABLE).unwrap_or_default();
    if filter.trim().is_empty() {
        return Ok(());
    }
    let filter = EnvFilter::try_new(own(&filter)).map_err(|error| {
        Failure::usage_with_help(
            format!("{LOG_VARIABLE} cannot be read: {error}"),
            "write a level such as `debug`, or `module=level` with commas between",
        )
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(terminal.color_err);
    // OK to ignore, because it fails only where somebody else logs already.
    let _ = match terminal.is_json() {
        true => lines.json().finish().try_init(),
        false => lines.finish().try_init(),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn a_level_alone_is_of_what_this_crate_logs() {
        for (filter, expect) in [
            ("debug", "info,attio_destination=debug"),
            (" TRACE ", "info,attio_destination=trace"),
            ("info", "info"),
            ("off", "off"),
            ("hyper_util=debug", "hyper_util=debug"),
            ("debug,hyper_util=off", "debug,hyper_util=off"),
        ] {
            assert_eq!(own(filter), expect);
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
