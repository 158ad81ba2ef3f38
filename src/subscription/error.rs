//! What is wrong with a subscription, and where.

use std::fmt;
use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic};

/// Why a text is not a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Syntax, or a limit.
    pub code: Code,
    /// What was expected and what came.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    /// The bytes of the text that are at fault; empty at its end.
    pub at: Range<usize>,
    /// The character at which the fault begins, counted from 1.
    pub character: usize,
}

impl SyntaxError {
    pub(super) fn new(text: &str, at: Range<usize>, message: impl Into<String>) -> Self {
        SyntaxError {
            code: Code::SubscriptionSyntax,
            message: message.into(),
            help: None,
            character: 1 + text
                .get(..at.start)
                .map_or(0, |before| before.chars().count()),
            at,
        }
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub(super) fn too_large(mut self) -> Self {
        self.code = Code::SubscriptionTooLarge;
        self
    }

    /// The same as a finding about the document that holds the subscription at the JSON pointer `at`.
    pub fn diagnostic(&self, at: &str) -> Diagnostic {
        let message = format!("character {}: {}", self.character, self.message);
        let diagnostic = Diagnostic::error(self.code, at, message);
        match &self.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    /// The line of `text` that is at fault with the fault underlined, cut to what fits a terminal.
    pub fn underlined(&self, text: &str) -> String {
        const BEFORE: usize = 50;
        const AFTER: usize = 28;
        let start = text.floor_char_boundary(self.at.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = text.floor_char_boundary(self.at.end).clamp(start, line_end);

        let skipped = text[line_start..start]
            .chars()
            .count()
            .saturating_sub(BEFORE);
        let mut excerpt = String::from(if skipped > 0 { "…" } else { "" });
        let shown = |c: char| if c.is_control() { ' ' } else { c };
        excerpt.extend(text[line_start..start].chars().skip(skipped).map(shown));
        let indent = excerpt.chars().count();
        excerpt.extend(text[start..line_end].chars().take(AFTER).map(shown));
        if text[start..line_end].chars().nth(AFTER).is_some() {
            excerpt.push('…');
        }
        let width = text[start..end].chars().count().clamp(1, AFTER);
        format!("{excerpt}\n{}{}", " ".repeat(indent), "^".repeat(width))
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "character {}: {}", self.character, self.message)
    }
}

impl std::error::Error for SyntaxError {}
