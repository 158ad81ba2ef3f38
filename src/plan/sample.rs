//! What real events would do: how often each attribute is set, changed, rounded and dropped, and by which values.
//!
//! Memory is bounded whatever the events hold: so many attributes, so many bad values of each, each value in short.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::common::{Common, Frequent};
use super::infer::Seen;
use super::{Outcome, Plan, Step};
use crate::diagnostic::{Code, Diagnostic, Severity, excerpt};
use crate::json::Value;
use crate::schema::AttributeType;

/// How many attributes are told apart; only events that name attributes themselves have more.
const MAX_ATTRIBUTES: usize = 1000;
/// How many bad values of an attribute are told.
const MOST_COMMON: usize = 3;

/// Counts over the events of a sample.
#[derive(Debug, Default)]
pub struct Sample {
    /// Events that were looked at.
    pub events: u64,
    /// Events that have something to write.
    pub planned: u64,
    /// Events that have nothing to write, as it should be.
    pub filtered: u64,
    /// Events that cannot be planned.
    pub rejected: u64,
    attributes: BTreeMap<(String, String), Counts>,
    findings: BTreeMap<Code, Finding>,
}

/// What became of the values of one attribute.
#[derive(Debug, Default)]
struct Counts {
    kind: Option<&'static str>,
    set: u64,
    changed: u64,
    rounded: u64,
    dropped: u64,
    bad: Common,
    help: Option<String>,
    /// Of an attribute that the schema does not know, or that takes options: what its values look like.
    seen: Seen,
}

/// What became of the values of one attribute, to be shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttributeSample {
    /// The slug of the object; empty for a field of an action whose value never came to an attribute.
    pub object: String,
    /// The slug of the attribute, or the name of the field.
    pub attribute: String,
    /// Attio's name of the type; `None` where the schema does not know the attribute.
    #[serde(rename = "type")]
    pub kind: Option<&'static str>,
    /// Events that set it.
    pub set: u64,
    /// Of those, how many in another spelling than the event's.
    pub changed: u64,
    /// Numbers that were rounded to what Attio keeps.
    pub rounded: u64,
    /// Values that were left out, or that kept their event from being planned.
    pub dropped: u64,
    /// The most common of the values that were dropped.
    pub bad_values: Vec<Frequent>,
    /// How the first of them can be mended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// What was found wrong with events as a whole, as often as it was met.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// How often it was met.
    pub count: u64,
    /// The line where it was met first.
    pub line: u64,
    /// What was said there.
    pub message: String,
}

impl Finding {
    /// Counts a diagnostic of the event at `line` among `findings`.
    pub fn add(findings: &mut BTreeMap<Code, Finding>, line: u64, diagnostic: &Diagnostic) {
        let finding = findings.entry(diagnostic.code).or_insert_with(|| Finding {
            severity: diagnostic.severity,
            count: 0,
            line,
            message: diagnostic.message.clone(),
        });
        finding.count += 1;
    }
}

impl Sample {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Sample::default()
    }

    /// Counts an event that begins at `line`: its plan, and how its values came to be.
    pub fn add(&mut self, line: u64, plan: &Plan, steps: &[Step]) {
        self.events += 1;
        *match plan.outcome {
            Outcome::Planned => &mut self.planned,
            Outcome::Filtered { .. } => &mut self.filtered,
            Outcome::Rejected => &mut self.rejected,
        } += 1;
        let is_planned = plan.outcome == Outcome::Planned;
        let fields: HashMap<(&str, &str), &Step> = steps
            .iter()
            .filter(|step| step.object.is_empty())
            .map(|step| ((step.write.as_str(), step.attribute.as_str()), step))
            .collect();
        let mut told: Vec<&Diagnostic> = Vec::new();
        let mut used: Vec<&Step> = Vec::new();
        for step in steps.iter().filter(|step| !step.object.is_empty()) {
            let subscription = step.write.split('.').next().unwrap_or_default();
            let field = step.field.as_deref();
            let field = field.and_then(|field| fields.get(&(subscription, field)).copied());
            used.extend(field);
            let Some(counts) = self.counts(step) else {
                continue;
            };
            // A field that is brought to its form for two attributes is refused for both, and told once.
            let refusals = field.map(|field| &field.diagnostics).into_iter();
            let refusals = refusals.chain([&step.diagnostics]).flatten();
            let raw = field.map_or(&step.raw, |field| &field.raw);
            counts.add(raw.as_deref(), step, is_planned);
            for diagnostic in refusals {
                counts.found(raw.as_deref(), diagnostic);
                told.push(diagnostic);
            }
        }
        // A required field that is refused keeps its attributes from being looked at.
        for field in fields.values() {
            let is_used = used.iter().any(|used| std::ptr::eq(*used, *field));
            if !is_used
                && field.raw.is_some()
                && !field.diagnostics.is_empty()
                && let Some(counts) = self.counts(field)
            {
                for diagnostic in &field.diagnostics {
                    counts.found(field.raw.as_deref(), diagnostic);
                    told.push(diagnostic);
                }
            }
        }
        for diagnostic in plan.diagnostics.iter().filter(|one| !told.contains(one)) {
            Finding::add(&mut self.findings, line, diagnostic);
        }
    }

    /// The attributes and what became of their values, in the order of their slugs; fields of actions come first.
    pub fn attributes(&self) -> Vec<AttributeSample> {
        let attributes = self.attributes.iter();
        attributes
            .map(|((object, attribute), counts)| AttributeSample {
                object: object.clone(),
                attribute: attribute.clone(),
                kind: counts.kind,
                set: counts.set,
                changed: counts.changed,
                rounded: counts.rounded,
                dropped: counts.dropped,
                bad_values: counts.bad.most(MOST_COMMON),
                help: counts.help.clone(),
            })
            .collect()
    }

    /// What was found wrong apart from the values of attributes, by code.
    pub fn findings(&self) -> &BTreeMap<Code, Finding> {
        &self.findings
    }

    /// What the values of an attribute look like that the schema does not know, or that takes options.
    pub(super) fn seen(&self, object: &str, slug: &str) -> Option<&Seen> {
        let counts = self.attributes.get(&(object.to_owned(), slug.to_owned()))?;
        Some(&counts.seen)
    }

    fn counts(&mut self, step: &Step) -> Option<&mut Counts> {
        let key = (step.object.clone(), step.attribute.clone());
        if self.attributes.len() >= MAX_ATTRIBUTES && !self.attributes.contains_key(&key) {
            return None;
        }
        let counts = self.attributes.entry(key).or_default();
        counts.kind = step.kind;
        Some(counts)
    }
}

impl Counts {
    fn add(&mut self, raw: Option<&str>, step: &Step, is_planned: bool) {
        let takes_options = AttributeType::Select.as_str();
        if step.kind.is_none_or(|kind| kind == takes_options)
            && let Some(raw) = raw
        {
            self.seen.add(raw);
        }
        let written = step.written.as_deref();
        let Some(written) = written.filter(|json| is_planned && !matches!(*json, "null" | "[]"))
        else {
            return;
        };
        self.set += 1;
        // Of a list that lost an element it cannot be told whether the others were changed too.
        let is_whole = !step.diagnostics.iter().any(Diagnostic::is_error);
        if is_whole && raw.is_some_and(|raw| is_changed(raw, written)) {
            self.changed += 1;
        }
    }

    fn found(&mut self, raw: Option<&str>, diagnostic: &Diagnostic) {
        if diagnostic.code == Code::AttributeRounded {
            self.rounded += 1;
        }
        if diagnostic.is_error() {
            self.dropped += 1;
            self.bad.add(&bad_value(raw, diagnostic));
            if self.help.is_none() {
                self.help.clone_from(&diagnostic.help);
            }
        }
    }
}

/// Whether something that the event says is not in the write value as it was said.
fn is_changed(raw: &str, written: &str) -> bool {
    let (Ok(raw), Ok(written)) = (Value::parse(raw), Value::parse(written)) else {
        return false;
    };
    let (mut said, mut kept) = (Vec::new(), Vec::new());
    leaves(&raw, &mut said);
    leaves(&written, &mut kept);
    said.iter().any(|leaf| !kept.contains(leaf))
}

fn leaves<'v>(value: &'v Value<'_>, found: &mut Vec<&'v Value<'v>>) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(object) => object.iter().for_each(|(_, value)| leaves(value, found)),
        scalar => found.push(scalar),
    }
}

/// The value that a diagnostic is about, as a person writes it.
fn bad_value(raw: Option<&str>, diagnostic: &Diagnostic) -> String {
    match raw.map(Value::parse) {
        Some(Ok(Value::String(text))) => excerpt(&text),
        // Of a list, the message alone says which element it is about.
        Some(Ok(Value::Array(_))) => {
            let message = &diagnostic.message;
            let got = message.rsplit_once("got ").map(|(_, got)| got);
            excerpt(got.unwrap_or(message))
        }
        _ => excerpt(raw.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests;
