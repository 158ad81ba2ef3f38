//! The live view of a delivery, on a terminal.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::super::Terminal;
use crate::delivery::Summary;

/// A line at the bottom of the terminal, or nothing where there is none.
pub(super) struct Progress {
    bar: ProgressBar,
    terminal: Terminal,
}

impl Progress {
    /// A view of a delivery whose input has that size in bytes, where it has one.
    pub(super) fn new(terminal: Terminal, size_bytes: Option<u64>) -> Self {
        let is_seen = io::stderr().is_terminal() && !terminal.is_json();
        let target = if is_seen {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(size_bytes, target);
        let template = if size_bytes.is_some() {
            "{bar:24} {percent:>3} % of the input read, {eta} to go  {msg}"
        } else {
            "{spinner} {elapsed}  {msg}"
        };
        let style = ProgressStyle::with_template(template)
            .expect("OK because the templates are literals that a test draws");
        bar.set_style(style);
        Progress { bar, terminal }
    }

    /// Shows the counts.
    pub(super) fn show(&self, summary: &Summary, bytes_read: u64) {
        self.bar.set_position(bytes_read);
        self.bar.set_message(message(summary));
    }

    /// Says something above the line.
    pub(super) fn note(&self, text: &str) {
        self.bar.suspend(|| self.terminal.note(text));
    }

    /// Takes the line away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn message(summary: &Summary) -> String {
    let done = summary.events - summary.pending;
    let mut message = format!(
        "{done} of {} events, {} writes, {:.0} requests/s",
        summary.events,
        summary.written(),
        summary.rate()
    );
    for (count, what) in [
        (summary.limited, "limited"),
        (summary.waiting_for_reference, "waiting"),
        (summary.rejected, "rejected"),
        (summary.failed, "failed"),
    ] {
        if count > 0 {
            message += &format!(", {count} {what}");
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;

    #[test]
    fn the_line_says_how_far_it_has_come() {
        let terminal = Terminal {
            format: super::super::super::output::Format::Human,
            color_out: false,
            color_err: false,
        };
        let summary = Summary {
            events: 1200,
            pending: 200,
            requests: 640,
            writes: [("people".into(), 400), ("users".into(), 240)].into(),
            seconds: 25.6,
            limited: 2,
            failed: 1,
            ..Summary::default()
        };
        let mut shown = Vec::new();
        for size in [Some(1000), None] {
            let screen = InMemoryTerm::new(3, 160);
            let progress = Progress::new(terminal, size);
            let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
            progress.bar.set_draw_target(target);
            progress.show(&summary, 500);
            progress.bar.tick();
            shown.push(screen.contents());
        }
        assert!(shown[0].contains(" 50 % of the input read"), "{}", shown[0]);
        for line in shown {
            assert!(
                line.ends_with(
                    "1000 of 1200 events, 640 writes, 25 requests/s, 2 limited, 1 failed"
                ),
                "{line}"
            );
        }
    }
}
