//! `plan --explain`: how each value came to be.

use std::fmt::Write;

use serde_json::json;

use super::table;
use crate::plan::{Outcome, Plan, Step};

/// How much of a value is shown, in characters.
const MAX_CELL: usize = 240;

const HEADER: [&str; 6] = ["Write", "Attribute", "Mapped from", "Found", "Type", "Written"];

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

/// The same for a program: `{"plan", "steps"}`.
pub(super) fn json(plan: &Plan, steps: &[Step]) -> serde_json::Value {
    let steps: Vec<_> = steps
        .iter()
        .map(|step| {
            json!({
                "write": step.write,
                "object": step.object,
                "attribute": step.attribute,
                "type": step.kind,
                "from": step.from,
                "raw": step.raw,
                "written": step.written,
                "diagnostics": step.diagnostics,
            })
        })
        .collect();
    json!({"plan": plan, "steps": steps})
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
