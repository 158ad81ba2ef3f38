//! `plan --explain`: how each value came to be.

use std::fmt::Write;

use serde::Serialize;
use serde_json::value::RawValue;

use super::table;
use crate::diagnostic::Diagnostic;
use crate::plan::{Outcome, Plan, Step};

/// How much of a value is shown, in characters.
const MAX_CELL: usize = 240;

const HEADER: [&str; 6] = [
    "Write",
    "Attribute",
    "Mapped from",
    "Found",
    "Type",
    "Written",
];

/// The text for one event.
pub(super) fn text(title: &str, plan: &Plan, steps: &[Step]) -> String {
    let outcome = match &plan.outcome {
        Outcome::Planned => "planned".to_owned(),
        Outcome::Filtered { reason } => format!("filtered, {reason}"),
        Outcome::Rejected => "rejected".to_owned(),
    };
    let id = plan.message_id.as_deref().unwrap_or("without a messageId");
    let mut text = format!("{title} ({id}): {outcome}\n");
    if !steps.is_empty() {
        let rows = steps.iter().map(row);
        text += &table::render_wrapped(HEADER, rows);
    }
    for diagnostic in &plan.diagnostics {
        let _ = writeln!(text, "{diagnostic}");
    }
    text.push('\n');
    text
}

/// The same for a program.
#[derive(Serialize)]
pub(super) struct Explanation<'p> {
    plan: &'p Plan,
    steps: Vec<Explained<'p>>,
}

#[derive(Serialize)]
struct Explained<'p> {
    write: &'p str,
    object: &'p str,
    attribute: &'p str,
    #[serde(rename = "type")]
    kind: Option<&'static str>,
    from: Option<&'p RawValue>,
    found: Option<&'p RawValue>,
    written: Option<&'p RawValue>,
    diagnostics: &'p [Diagnostic],
}

impl<'p> Explanation<'p> {
    pub(super) fn of(plan: &'p Plan, steps: &'p [Step]) -> Self {
        let raw = |json: &'p String| serde_json::from_str(json).ok();
        let explained = |step: &'p Step| Explained {
            write: &step.write,
            object: &step.object,
            attribute: &step.attribute,
            kind: step.kind,
            from: raw(&step.from),
            found: step.raw.as_ref().and_then(raw),
            written: step.written.as_ref().and_then(raw),
            diagnostics: &step.diagnostics,
        };
        Explanation {
            plan,
            steps: steps.iter().map(explained).collect(),
        }
    }
}

fn row(step: &Step) -> [String; 6] {
    let attribute = match step.object.as_str() {
        "" => format!("field {}", step.attribute),
        object => format!("{object}.{}", step.attribute),
    };
    let written = match (&step.written, step.diagnostics.first()) {
        (Some(written), None) => cut(written),
        (Some(written), Some(diagnostic)) => format!("{} ({})", cut(written), diagnostic.code),
        (None, Some(diagnostic)) => diagnostic.code.to_string(),
        (None, None) => String::new(),
    };
    [
        step.write.clone(),
        attribute,
        cut(&step.from),
        step.raw.as_deref().map(cut).unwrap_or_default(),
        step.kind.unwrap_or_default().to_owned(),
        written,
    ]
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_CELL) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
