//! What there is to say about one value.

use crate::diagnostic::{Code, Diagnostic, Severity};

/// One thing to say about one value; the caller adds where the value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its code.
    pub code: Code,
    /// An error left something out; a warning tells of a change.
    pub severity: Severity,
    /// What was expected and what came.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl Finding {
    /// Something that could not be written.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Finding {
            code,
            severity: Severity::Error,
            message: message.into(),
            help: None,
        }
    }

    /// Something that was written, and changed on the way.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Finding {
            severity: Severity::Warning,
            ..Finding::error(code, message)
        }
    }

    /// The same with a way to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The finding as a diagnostic at a JSON pointer.
    pub fn at(self, at: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code: self.code,
            severity: self.severity,
            at: at.into(),
            message: self.message,
            help: self.help,
        }
    }
}
