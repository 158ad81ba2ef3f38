//! Delivery by the schema of the moment: when Attio does not know an attribute or option any more, the schema is read
//! anew and the events that failed for it are planned once more.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::super::Terminal;
use super::super::document::Document;
use super::feed::Fed;
use super::tally::Tally;
use crate::delivery::retry::Failure;
use crate::delivery::{Outcome, Report, Transport, Workspace};
use crate::plan::{Plan, Planner};

/// A schema that was read anew so short a time ago is not read anew again.
const FRESH_FOR: Duration = Duration::from_secs(60);

/// The planner of the moment, and how the next one is made.
pub(super) struct Live<T> {
    pub(super) workspace: Workspace<T>,
    pub(super) configuration: Document,
    pub(super) planner: watch::Sender<Arc<Planner>>,
    /// Events that failed for a schema that may be out of date, as [`is_stale`] says.
    pub(super) stale: mpsc::UnboundedReceiver<Report>,
    pub(super) terminal: Terminal,
    /// When the schema was last read anew.
    pub(super) refreshed: Option<Instant>,
}

impl<T: Transport> Live<T> {
    /// The next event that failed for its schema, if there is one now.
    pub(super) fn failed_already(&mut self) -> Option<Report> {
        self.stale.try_recv().ok()
    }

    /// Plans an event anew that was planned by a schema of before.
    pub(super) fn renew(&self, fed: &mut Fed) {
        let planner = self.planner.borrow();
        if let (false, Some(bytes)) = (Arc::ptr_eq(&planner, &fed.planner), &fed.bytes) {
            fed.plan = planner.plan(bytes);
            fed.planner = planner.clone();
        }
    }

    /// The plan of an event that failed, by a newer schema. Where there is none its failure is final, and is counted.
    pub(super) async fn replan(
        &mut self,
        mut report: Report,
        tally: &Mutex<Tally>,
    ) -> Option<Plan> {
        self.refresh(&mut report).await;
        let planner = self.planner.borrow().clone();
        let mut tally = super::lock(tally);
        let plan = tally.take_back(report.seq, &planner);
        if plan.is_none() {
            tally.end(&report);
        }
        plan
    }

    /// Reads the schema anew, unless that was done just now.
    async fn refresh(&mut self, report: &mut Report) {
        if self.refreshed.is_some_and(|at| at.elapsed() < FRESH_FOR) {
            return;
        }
        let pulled = self.workspace.pull(|_, _| ()).await;
        self.refreshed = Some(Instant::now());
        let Document { name, text } = &self.configuration;
        match pulled.map(|pulled| Planner::parse(text, &pulled.schema)) {
            Err(error) => {
                let what = format!("warning: the schema could not be read anew: {error}");
                self.terminal.note(&what);
            }
            Ok(Ok(planner)) if planner.schema() == self.planner.borrow().schema() => {}
            Ok(Ok(planner)) => {
                self.terminal
                    .note("the schema has changed in Attio and was read anew");
                self.planner.send_replace(Arc::new(planner));
            }
            Ok(Err(diagnostics)) => {
                self.terminal
                    .say(&self.terminal.render(name, text, &diagnostics));
                self.terminal.note(
                    "warning: the configuration does not fit the schema as it now is in Attio",
                );
                report.diagnostics.extend(diagnostics);
            }
        }
    }
}

/// Whether an event failed for an attribute or option that Attio does not know.
pub(super) fn is_stale(report: &Report) -> bool {
    match &report.outcome {
        Outcome::Failed {
            failure: Failure::Api(error),
        } => error.is_unknown_attribute() || error.is_unknown_option(),
        _ => false,
    }
}
