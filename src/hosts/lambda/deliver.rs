//! The function that delivers: plans what came, writes it to Attio within the time there is, and tells its trigger
//! exactly what must come again.

use std::collections::HashMap;
use std::time::Duration;

use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::{Error, service_fn};
use serde_json::value::RawValue;
use tokio::sync::Mutex;

use super::super::aws::Aws;
use super::super::aws::dead_letter::DeadLetter;
use super::super::aws::sqs::{Outgoing, Queue};
use super::answer;
use super::batch::clock;
use super::environment::{DeliverSettings, Lookup};
use super::log;
use super::metrics::{Metrics, Unit};
use super::pass::{Batch, State};
use super::trigger::{Kind, Trigger};
use super::workspace::Workspace;
use crate::delivery::Outcome;
use crate::event::EventTime;
use crate::plan::Plan;

struct Function {
    settings: DeliverSettings,
    aws: Aws,
    queue: Option<Queue>,
    dead_letters: Option<Queue>,
    metrics: Metrics,
    workspace: Mutex<Option<Workspace>>,
    state: Mutex<State>,
}

/// Serves invocations.
pub(super) async fn run(settings: DeliverSettings, lookup: Lookup<'_>) -> Result<(), Error> {
    let aws = Aws::from_environment(lookup)?;
    let queue = |url: &Option<String>| url.as_ref().map(|url| Queue::new(aws.clone(), url));
    let function = Function {
        queue: queue(&settings.queue_url),
        dead_letters: queue(&settings.dead_letter_queue_url),
        metrics: Metrics::new(lookup),
        workspace: Mutex::new(None),
        state: Mutex::new(State::new(settings.writes)),
        aws,
        settings,
    };
    let function = &function;
    let handle = move |event: LambdaEvent<Box<RawValue>>| function.handle(event);
    lambda_runtime::run(service_fn(handle)).await
}

impl Function {
    async fn handle(&self, event: LambdaEvent<Box<RawValue>>) -> Result<Box<RawValue>, Error> {
        let LambdaEvent { payload, context } = event;
        log::begin(&context.request_id);
        let deadline = Duration::from_millis(context.deadline);
        let result = self
            .invoke(payload.get(), &context.request_id, deadline)
            .await;
        if let Err(error) = &result {
            tracing::error!(%error, "the invocation failed");
        }
        result
    }

    async fn invoke(
        &self,
        payload: &str,
        request_id: &str,
        deadline: Duration,
    ) -> Result<Box<RawValue>, Error> {
        let mut slot = self.workspace.lock().await;
        let workspace = match slot.take() {
            Some(mut workspace) => {
                workspace.refresh(&self.settings, &self.aws).await;
                slot.insert(workspace)
            }
            None => slot.insert(Workspace::load(&self.settings, &self.aws).await?),
        };
        let trigger = Trigger::read(payload, log::now(), workspace.reader())?;
        let planned = trigger
            .items
            .iter()
            .map(|item| workspace.planner().plan(item.text.as_bytes()));
        let plans: Vec<Plan> = planned.collect();
        if trigger.kind == (Kind::Direct { is_dry_run: true }) {
            return Ok(answer::plans(&trigger, &plans));
        }
        let mut state = self.state.lock().await;
        let mut batch = Batch::new(&trigger, &self.settings, &self.aws, request_id, deadline);
        batch.deliver(plans, workspace, &mut state).await?;
        if workspace.may_be_stale() && batch.keep_stale() {
            workspace.forget_schema();
        }
        self.bury(&trigger, &mut batch, request_id).await;
        self.delay(&trigger, &batch).await;
        self.measure(&trigger, &batch, request_id);
        if batch.is_unauthorized {
            tracing::error!(
                "Attio refuses the access token; nothing is lost, put a new one into its secret"
            );
        }
        answer::answer(&trigger, &batch.reports, &batch.again, &batch.summary).map_err(Error::from)
    }

    /// Sends what cannot be delivered to the dead-letter queue. What cannot be sent there must come again.
    async fn bury(&self, trigger: &Trigger<'_>, batch: &mut Batch<'_>, request_id: &str) {
        if matches!(trigger.kind, Kind::Direct { .. }) {
            return;
        }
        let mut dead = Vec::new();
        let mut messages: Vec<Outgoing> = Vec::new();
        for (seq, report) in &batch.reports {
            let Some(item) = trigger.items.get(*seq as usize) else {
                continue;
            };
            let is_final = matches!(report.outcome, Outcome::Rejected | Outcome::Failed { .. });
            if !is_final || batch.again.contains(seq) {
                continue;
            }
            let letter = DeadLetter::new(&item.text, report, self.settings.queue_url.as_deref());
            tracing::warn!(
                outcome = letter.outcome,
                code = letter.why.code,
                message_id = report.plan.message_id,
                id = item.id,
                "an event cannot be delivered"
            );
            let group = item.group.as_deref().unwrap_or_default();
            messages.push(if item.id.is_empty() {
                // An ordered queue would take all that are called nothing for one.
                letter.into_message(group, &format!("{request_id} {seq} {}", item.text))
            } else {
                letter.into_message(group, &item.id)
            });
            dead.push(*seq);
        }
        if messages.is_empty() {
            return;
        }
        let Some(queue) = &self.dead_letters else {
            tracing::error!("there is no dead-letter queue; what cannot be delivered comes again");
            batch.again.extend(dead);
            return;
        };
        for (seq, sent) in dead.into_iter().zip(queue.send_each(&messages).await) {
            match sent {
                Ok(()) => batch.buried += 1,
                Err(error) => {
                    let id = trigger.items.get(seq as usize).map(|item| &item.id);
                    tracing::error!(
                        %error,
                        id,
                        "a dead letter could not be sent; its event comes again"
                    );
                    batch.again.insert(seq);
                }
            }
        }
    }

    /// Says when messages that must come again do so: sooner than by themselves.
    async fn delay(&self, trigger: &Trigger<'_>, batch: &Batch<'_>) {
        let Some(queue) = self.queue.as_ref().filter(|_| trigger.kind == Kind::Sqs) else {
            return;
        };
        // In an ordered queue the first of a group decides for those behind it, which would hold it up else.
        let mut groups: HashMap<&str, Duration> = HashMap::new();
        let delays = answer::unacknowledged(trigger, &batch.again)
            .into_iter()
            .filter_map(|seq| {
                let item = trigger.items.get(seq as usize)?;
                let delay = match &item.group {
                    Some(group) => *groups
                        .entry(group.as_str())
                        .or_insert_with(|| batch.delay(seq)),
                    None => batch.delay(seq),
                };
                Some((item.receipt_handle.as_str(), delay))
            });
        let delays: Vec<(&str, Duration)> = delays.collect();
        if let Err(error) = queue.hide(&delays).await {
            tracing::warn!(%error, "messages come again later than they should");
        }
    }

    fn measure(&self, trigger: &Trigger<'_>, batch: &Batch<'_>, request_id: &str) {
        let outcomes = |word: &str| {
            let reports = batch.reports.values();
            reports.filter(|r| r.outcome.as_str() == word).count() as f64
        };
        let now = EventTime::from_nanos(clock().as_nanos() as i64);
        let oldest = trigger.items.iter().filter_map(|item| item.since).min();
        let age = oldest.map_or(0.0, |since| {
            now.nanos().saturating_sub(since.nanos()).max(0) as f64 / 1e9
        });
        let count = |name, value| (name, value, Unit::Count);
        self.metrics.emit(
            now,
            request_id,
            &[
                count("Events", trigger.items.len() as f64),
                count("Delivered", outcomes("delivered")),
                count("Unchanged", outcomes("unchanged")),
                count("Filtered", outcomes("filtered")),
                count("Rejected", outcomes("rejected")),
                count("Failed", outcomes("failed")),
                count("Held", outcomes("held")),
                count("Writes", batch.summary.written() as f64),
                count("Retries", batch.summary.retries as f64),
                count("RateLimited", batch.summary.limited as f64),
                count("Unauthorized", f64::from(u8::from(batch.is_unauthorized))),
                count("DeadLetters", batch.buried as f64),
                ("OldestEventSeconds", age, Unit::Seconds),
            ],
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::aws::simulated::Simulated;
    use super::super::environment::{Environment, Role};
    use super::*;

    const REQUEST_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

    /// A deliverer with an ordered dead-letter queue.
    fn function(aws: &Simulated) -> Function {
        let lookup = |name: &str| match name {
            "ATTIO_ROLE" => Some("deliver".to_owned()),
            "ATTIO_API_KEY" => Some("token".to_owned()),
            "ATTIO_DEAD_LETTER_QUEUE_URL" => Some("http://localhost/1/dead.fifo".to_owned()),
            _ => aws.variable(name),
        };
        let Ok(Environment {
            role: Role::Deliver(settings),
        }) = Environment::read(&lookup)
        else {
            panic!("settings of a deliverer");
        };
        let url = settings.dead_letter_queue_url.as_deref();
        Function {
            queue: None,
            dead_letters: url.map(|url| Queue::new(aws.aws(), url)),
            metrics: Metrics::new(&lookup),
            workspace: Mutex::new(None),
            state: Mutex::new(State::new(settings.writes)),
            aws: aws.aws(),
            settings: *settings,
        }
    }

    async fn invoke(function: &Function, payload: &Value) -> String {
        let deadline = clock() + Duration::from_secs(60);
        let payload = payload.to_string();
        let answer = function.invoke(&payload, REQUEST_ID, deadline).await;
        answer.unwrap().get().to_owned()
    }

    fn message(id: &str, body: &str) -> Value {
        json!({"messageId": id, "eventSource": "aws:sqs", "body": body})
    }

    #[tokio::test]
    async fn dead_letters_of_different_events_are_none_the_same_to_an_ordered_queue() {
        let aws = Simulated::start(|_, _| (200, json!({}))).await;
        let function = function(&aws);
        let event = |id: Option<&str>, user: &str| {
            let detail = json!({"type": "unheard-of", "userId": user});
            json!({"id": id, "detail-type": "x", "detail": detail})
        };
        for event in [
            event(Some("a"), "u"),
            event(Some("b"), "u"),
            event(None, "u"),
            event(None, "v"),
        ] {
            invoke(&function, &event).await;
        }
        let mut ids: Vec<String> = aws
            .asked("SendMessageBatch")
            .iter()
            .map(|call| call["Entries"][0]["MessageDeduplicationId"].to_string())
            .collect();
        assert_eq!(ids.len(), 4);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 4, "{ids:?}");
    }

    #[tokio::test]
    async fn only_events_whose_letters_could_not_be_sent_come_again() {
        let aws = Simulated::start(|_, body| {
            let entries = body["Entries"].as_array().unwrap().iter();
            let refused = entries.filter(|entry| entry.to_string().contains("second"));
            let refused =
                refused.map(|entry| json!({"Id": entry["Id"], "SenderFault": true, "Code": "c"}));
            (200, json!({"Failed": refused.collect::<Vec<_>>()}))
        })
        .await;
        let messages =
            ["first", "second", "third"].map(|id| message(id, &format!("no event: {id}")));
        let answer = invoke(&function(&aws), &json!({"Records": messages})).await;
        insta::assert_snapshot!(answer, @r#"{"batchItemFailures":[{"itemIdentifier":"second"}]}"#);
    }
}
