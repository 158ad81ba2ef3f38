//! What commands say and where: data to the standard output, the rest to the standard error.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::json;

use super::excerpt;
use crate::diagnostic::Diagnostic;
use crate::hosts::input::Encoded;

/// The options that every command has.
#[derive(Debug, clap::Args)]
pub(super) struct Style {
    /// How lists, tables and messages are printed
    #[arg(long, global = true, value_enum, default_value_t)]
    format: Format,
    /// When to use colours; `auto` is on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,
}

/// Who reads the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Text and tables
    #[default]
    Human,
    /// One JSON document, or one a line
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// How a command ended that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well: 0.
    Success,
    /// Some events failed, or a check found errors: 1.
    SomeFailed,
}

/// Why a command could not do its work: exit code 2.
#[derive(Debug)]
pub enum Failure {
    /// The command line asks for what cannot be done.
    Usage {
        /// What was expected and what came.
        message: String,
        /// How to mend it.
        help: Option<String>,
    },
    /// A file could not be read or written.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A port, a connection or a service could not be used.
    Network {
        /// What could not be done.
        what: String,
        /// Why.
        error: io::Error,
    },
    /// The standard output could not be written. That its reader went away is no failure.
    Output(io::Error),
    /// A document that was given cannot be used.
    Diagnostics {
        /// The file, or the name of the preset.
        name: String,
        /// The text that the diagnostics point into.
        text: String,
        /// What is wrong.
        diagnostics: Vec<Diagnostic>,
    },
}

impl Failure {
    /// A failure of usage.
    pub fn usage(message: impl Into<String>) -> Self {
        Failure::Usage {
            message: message.into(),
            help: None,
        }
    }

    /// A failure of usage, and how to mend it.
    pub fn usage_with_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Failure::Usage {
            message: message.into(),
            help: Some(help.into()),
        }
    }
}

/// How this process talks to its user.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Who reads the output.
    pub format: Format,
    /// Whether the standard output takes colours.
    pub color_out: bool,
    /// Whether the standard error takes colours.
    pub color_err: bool,
}

impl Terminal {
    pub(super) fn new(style: &Style) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let color = |is_terminal: bool| match style.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && !no_color,
        };
        Terminal {
            format: style.format,
            color_out: color(io::stdout().is_terminal()),
            color_err: color(io::stderr().is_terminal()),
        }
    }

    /// Says something to the person at the terminal.
    pub(super) fn say(&self, text: &str) {
        // A standard error that cannot be written leaves nobody to tell.
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// Says something that a program can tell from the exit code.
    pub(super) fn note(&self, text: &str) {
        if !self.is_json() {
            self.say(&format!("{text}\n"));
        }
    }

    /// Whether a program reads the output.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Says what failed, and gives the exit code.
    pub(super) fn end(&self, result: Result<Exit, Failure>) -> ExitCode {
        let failure = match result {
            Ok(Exit::Success) => return ExitCode::SUCCESS,
            Ok(Exit::SomeFailed) => return ExitCode::from(1),
            Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            Err(failure) => failure,
        };
        self.say(&self.failure(&failure));
        ExitCode::from(2)
    }

    fn failure(&self, failure: &Failure) -> String {
        let (message, help) = match failure {
            Failure::Diagnostics {
                name,
                text,
                diagnostics,
            } => return self.render(name, text, diagnostics),
            Failure::Usage { message, help } => (message.clone(), help.clone()),
            Failure::File { path, error } => (
                format!("`{}` cannot be used: {error}", path.display()),
                error
                    .get_ref()
                    .and_then(|inner| inner.downcast_ref::<Encoded>())
                    .map(|encoded| encoded.help().to_owned()),
            ),
            Failure::Network { what, error } => (format!("{what}: {error}"), None),
            Failure::Output(error) => (
                format!("the standard output cannot be written: {error}"),
                None,
            ),
        };
        if self.is_json() {
            return format!("{}\n", json!({"error": {"message": message, "help": help}}));
        }
        let (red, cyan, off) = if self.color_err {
            ("\u{1b}[1;31m", "\u{1b}[36m", "\u{1b}[0m")
        } else {
            ("", "", "")
        };
        let mut text = format!("{red}error{off}: {message}\n");
        if let Some(help) = help {
            text.push_str(&format!("  {cyan}help{off}: {help}\n"));
        }
        text
    }

    /// Diagnostics about one document, for the standard error.
    pub(super) fn render(&self, name: &str, text: &str, diagnostics: &[Diagnostic]) -> String {
        match self.format {
            Format::Human => excerpt::render(name, text, diagnostics, self.color_err),
            Format::Json => diagnostics
                .iter()
                .map(|diagnostic| format!("{}\n", json!({"file": name, "diagnostic": diagnostic})))
                .collect(),
        }
    }
}

/// Writes all of `bytes` to the standard output.
pub(super) fn print(bytes: &[u8]) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(Failure::Output)?;
    Ok(Exit::Success)
}

/// A number of things: `1 error`, `2 errors`.
pub(super) fn count(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}
