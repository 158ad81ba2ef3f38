//! A plan as a line of JSON, the same in every example host.

use serde_json::{Map, Value, json};

use crate::{Diagnostic, Outcome, Plan, Severity, Write, WriteKind};

/// The line of a plan. Bodies stand in it as texts: what is sent, byte for byte.
pub fn plan(plan: &Plan) -> Value {
    let mut line = Map::new();
    let texts = [
        ("message_id", &plan.message_id),
        ("event_time", &plan.event_time),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            line.insert(key.to_owned(), json!(text));
        }
    }
    let (outcome, reason) = match &plan.outcome {
        Outcome::Planned => ("planned", None),
        Outcome::Filtered(reason) => ("filtered", Some(reason)),
        Outcome::Rejected => ("rejected", None),
    };
    line.insert("outcome".to_owned(), json!(outcome));
    if let Some(reason) = reason {
        line.insert("reason".to_owned(), json!(reason));
    }
    line.insert("writes".to_owned(), plan.writes.iter().map(write).collect());
    line.insert("diagnostics".to_owned(), diagnostics(&plan.diagnostics));
    Value::Object(line)
}

fn write(write: &Write) -> Value {
    let (kind, key, of) = match &write.kind {
        WriteKind::Assert(matching) => ("assert", "matching_attribute", json!(matching)),
        WriteKind::Append(record) => ("append", "record", json!(record)),
    };
    json!({
        "id": write.id,
        "object": write.object,
        "kind": kind,
        (key): of,
        "method": write.method,
        "path": write.path,
        "body": write.body,
        "depends_on": write.depends_on,
    })
}

/// Diagnostics, as a JSON array.
pub fn diagnostics(diagnostics: &[Diagnostic]) -> Value {
    diagnostics.iter().map(diagnostic).collect()
}

fn diagnostic(diagnostic: &Diagnostic) -> Value {
    let mut line = json!({
        "code": diagnostic.code,
        "severity": severity(diagnostic.severity),
        "at": diagnostic.at,
        "message": diagnostic.message,
    });
    if let Some(help) = &diagnostic.help {
        line["help"] = json!(help);
    }
    line
}

/// A diagnostic for people.
pub fn text(diagnostic: &Diagnostic) -> String {
    let Diagnostic {
        code,
        severity: level,
        at,
        message,
        help,
    } = diagnostic;
    let mut text = format!("{}[{code}]: {message}\n  at: {at}", severity(*level));
    if let Some(help) = help {
        text.push_str("\n  help: ");
        text.push_str(help);
    }
    text
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
