//! From the core's types to those of the component.

use attio_destination::diagnostic;
use attio_destination::plan::{self, request};

use crate::bindings::exports::attio::destination::mapping::{
    Diagnostic, Outcome, Plan, Severity, Write, WriteKind,
};

pub(crate) fn plan(plan: plan::Plan) -> Plan {
    Plan {
        message_id: plan.message_id,
        event_time: plan.event_time.map(|time| time.to_string()),
        outcome: match plan.outcome {
            plan::Outcome::Planned => Outcome::Planned,
            plan::Outcome::Filtered { reason } => Outcome::Filtered(reason),
            plan::Outcome::Rejected => Outcome::Rejected,
        },
        writes: plan.writes.iter().map(write).collect(),
        diagnostics: diagnostics(plan.diagnostics),
    }
}

fn write(write: &plan::Write) -> Write {
    let plan::Request { method, path, body } = request::request(write, None);
    Write {
        id: write.id.as_ref().to_owned(),
        object: write.object.as_ref().to_owned(),
        kind: match &write.kind {
            plan::WriteKind::Assert { matching_attribute } => {
                WriteKind::Assert(matching_attribute.as_ref().to_owned())
            }
            plan::WriteKind::Append { record } => WriteKind::Append(place(*record)),
        },
        method: method.as_str().to_owned(),
        path,
        body: body.unwrap_or_default(),
        depends_on: write.depends_on.iter().map(|&write| place(write)).collect(),
    }
}

/// The place of a write in its plan. A plan has far fewer writes than a `u32` counts: an action's and subscriptions'
/// number is bounded by the size of a configuration.
fn place(write: usize) -> u32 {
    u32::try_from(write).unwrap_or(u32::MAX)
}

pub(crate) fn diagnostics(diagnostics: Vec<diagnostic::Diagnostic>) -> Vec<Diagnostic> {
    let convert = |diagnostic: diagnostic::Diagnostic| Diagnostic {
        code: diagnostic.code.as_str().to_owned(),
        severity: match diagnostic.severity {
            diagnostic::Severity::Error => Severity::Error,
            diagnostic::Severity::Warning => Severity::Warning,
        },
        at: diagnostic.at,
        message: diagnostic.message,
        help: diagnostic.help,
    };
    diagnostics.into_iter().map(convert).collect()
}
