//! What a delivery came to, as tables or as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;
use serde_json::json;

use super::super::output::count;
use super::super::table;
use super::tally::Tally;
use crate::delivery::Summary;

/// How many reasons are told one by one.
const MAX_REASONS: usize = 8;

/// For a person. What was found wrong is left to [`findings`].
pub(super) fn text(summary: &Summary, tally: &Tally) -> String {
    let rows = [
        ("delivered", summary.delivered),
        ("unchanged", summary.unchanged),
        ("accepted", summary.accepted),
        ("filtered", summary.filtered),
        ("rejected", summary.rejected),
        ("failed", summary.failed),
        ("held", summary.held),
    ];
    let mut text = outcomes(&rows, summary.events, tally);
    if summary.requests > 0 {
        if !summary.writes.is_empty() {
            text += &writes("Writes", &summary.writes);
        }
        let _ = writeln!(text, "\n{}", requests(summary));
    }
    text
}

/// The events by what became of them, those that there are.
pub(super) fn outcomes(counts: &[(&str, u64)], all: u64, tally: &Tally) -> String {
    let rows = counts
        .iter()
        .filter(|(_, events)| *events > 0)
        .map(|(outcome, events)| {
            let why = match *outcome {
                "unchanged" => "all of it was in Attio already".to_owned(),
                "accepted" => "Attio took them, and does not say what it makes of them".to_owned(),
                "filtered" => reasons(tally),
                "rejected" => "they cannot be planned".to_owned(),
                "failed" => "Attio refused them, or did not answer".to_owned(),
                "held" => "delivery ended before they were done".to_owned(),
                _ => String::new(),
            };
            [(*outcome).to_owned(), events.to_string(), why]
        })
        .chain([["all".to_owned(), all.to_string(), String::new()]]);
    table::render(["Outcome", "Events", "Why"], rows, &[1])
}

/// Why events were filtered, the most frequent reasons first.
fn reasons(tally: &Tally) -> String {
    let mut reasons: Vec<_> = tally.filtered.iter().collect();
    reasons.sort_by_key(|(_, events)| std::cmp::Reverse(**events));
    let more = reasons.len().saturating_sub(MAX_REASONS);
    let mut lines: Vec<String> = reasons
        .iter()
        .take(MAX_REASONS)
        .map(|(reason, events)| format!("{events} {reason}"))
        .collect();
    if more > 0 {
        lines.push(format!("and for {}", count(more as u64, "other reason")));
    }
    lines.join("\n")
}

/// The writes by object.
pub(super) fn writes<S: ToString>(title: &str, writes: &BTreeMap<S, u64>) -> String {
    let all: u64 = writes.values().sum();
    let rows = writes
        .iter()
        .map(|(object, writes)| [object.to_string(), writes.to_string()])
        .chain([["all".to_owned(), all.to_string()]]);
    format!("\n{}", table::render(["Object", title], rows, &[1]))
}

fn requests(summary: &Summary) -> String {
    let mut text = format!(
        "{} in {:.1} s",
        count(summary.requests, "request"),
        summary.seconds
    );
    if summary.limited > 0 {
        let _ = write!(text, ", {} refused as too many", summary.limited);
    }
    if summary.retries > 0 {
        let _ = write!(text, ", {} sent again", summary.retries);
    }
    text
}

/// What was found wrong, worst and most frequent first; empty when nothing was.
pub(super) fn findings(tally: &Tally) -> String {
    let findings = tally.findings.iter();
    let findings = findings.map(|(code, finding)| (code.as_str(), finding));
    let failures = tally.failures.values().map(|failure| ("failed", failure));
    let rows: Vec<_> = findings.chain(failures).collect();
    if rows.is_empty() {
        return String::new();
    }
    table::render_findings(rows) + "\n"
}

/// For a program.
pub(super) fn json(summary: &impl Serialize, tally: &Tally) -> serde_json::Value {
    json!({
        "summary": summary,
        "filtered": tally.filtered,
        "findings": tally.findings,
        "failures": tally.failures.values().collect::<Vec<_>>(),
    })
}
