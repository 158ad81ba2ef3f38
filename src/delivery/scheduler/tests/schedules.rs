//! Random streams of events under random faults end in the same state as a slow, sequential delivery that writes
//! everything, and every event is accounted for once.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::delivery::model::{group, identify};
use crate::delivery::relation::Relations;
use crate::plan::{Method, WriteKind};

/// The sequential delivery: every write of every event in the order of arrival, with the rule that an older event does
/// not overwrite a newer one; what refers to a missing record is tried again after every further write.
fn write_everything(plans: &[Plan]) -> Attio {
    let mut attio = Attio::default();
    let mut times: HashMap<(String, String), (Option<i64>, usize)> = HashMap::new();
    let mut waiting: Vec<(usize, usize)> = Vec::new();
    for at in 0..plans.len() {
        waiting.extend((0..plans[at].writes.len()).map(|write| (at, write)));
        let mut progress = true;
        while progress {
            progress = false;
            let mut left: Vec<(usize, usize)> = Vec::new();
            for (at, write) in std::mem::take(&mut waiting) {
                let follows = plans[at].writes[write].depends_on.iter();
                let is_early = follows.clone().any(|before| left.contains(&(at, *before)));
                if is_early || !write_one(&mut attio, &plans[at], at, write, &mut times) {
                    left.push((at, write));
                } else {
                    progress = true;
                }
            }
            waiting = left;
        }
    }
    assert!(waiting.is_empty(), "every record comes in the end");
    attio
}

fn write_one(
    attio: &mut Attio,
    plan: &Plan,
    at: usize,
    write: usize,
    times: &mut HashMap<(String, String), (Option<i64>, usize)>,
) -> bool {
    let write = &plan.writes[write];
    let time = plan.event_time.map(crate::event::EventTime::nanos);
    let of = |write: &crate::plan::Write, slug: &str| {
        serde_json::from_str::<Value>(write.values.get(slug).unwrap()).unwrap()
    };
    let assert = match &write.kind {
        WriteKind::Append { record } => &plan.writes[*record],
        WriteKind::Assert { .. } => write,
    };
    let WriteKind::Assert { matching_attribute } = &assert.kind else {
        panic!()
    };
    let key = format!("{} {}", assert.object, of(assert, matching_attribute));
    let send = |attio: &mut Attio, kind: Option<&WriteKind>, values: Value, id: Option<&str>| {
        let mut request = crate::plan::request::request(
            &crate::plan::Write {
                kind: kind.unwrap_or(&assert.kind).clone(),
                ..write.clone()
            },
            id,
        );
        request.body = Some(json!({"data": {"values": values}}).to_string());
        attio.handle(&request)
    };
    if let WriteKind::Append { .. } = write.kind {
        let found = send(
            attio,
            None,
            json!({matching_attribute.as_ref(): of(assert, matching_attribute)}),
            None,
        );
        let found: Value = serde_json::from_str(&found.body).unwrap();
        let id = found["data"]["id"]["record_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let mut values = json!({});
        for (slug, _) in write.values.iter() {
            values[slug] = of(write, slug);
        }
        return send(attio, Some(&write.kind), values, Some(&id)).status == 200;
    }
    let mut values = json!({});
    for (slug, _) in write.values.iter() {
        let is_older =
            times
                .get(&(key.clone(), slug.into()))
                .is_some_and(|(written, order)| match (written, time) {
                    (Some(written), Some(time)) if *written != time => *written > time,
                    _ => *order > at,
                });
        if !is_older || slug == matching_attribute.as_ref() {
            values[slug] = of(write, slug);
        }
    }
    if send(attio, None, values.clone(), None).status != 200 {
        return false;
    }
    for (slug, _) in values.as_object().unwrap() {
        let entry = times
            .entry((key.clone(), slug.clone()))
            .or_insert((None, at));
        *entry = (time.or(entry.0), at);
    }
    true
}

#[derive(Clone)]
struct Story {
    plans: Vec<Plan>,
    faults: Faults,
    settings: Settings,
    seed: u64,
    is_talkative: bool,
}

impl std::fmt::Debug for Story {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{:?} {:?}",
            self.faults, self.settings.skip_unchanged_for
        )?;
        let Settings {
            max_pending_events,
            max_in_flight,
            ..
        } = self.settings;
        writeln!(f, "{max_pending_events} pending, {max_in_flight} in flight")?;
        for (seq, plan) in self.plans.iter().enumerate() {
            let time = plan.event_time.map(|time| time.nanos() / 1_000_000_000);
            writeln!(f, "#{seq} at {time:?}")?;
            for write in &plan.writes {
                let mut values = String::new();
                write.values.write_to(&mut values);
                writeln!(f, "    {} {values}", write.id)?;
            }
        }
        Ok(())
    }
}

fn event(users: u32, workspaces: u32, both_sides: bool) -> impl Strategy<Value = Plan> {
    let time = prop_oneof![4 => (0i64..20).prop_map(Some), 1 => Just(None)];
    let traits = prop::collection::btree_map(
        prop_oneof![Just("name"), Just("job_title"), Just("plan")],
        0u8..3,
        0..3,
    );
    let tags = prop::option::of(prop::collection::vec(0u8..3, 1..3));
    (time, 0..users, 0..workspaces, traits, tags, 0u8..10).prop_map(
        move |(time, user, workspace, traits, tags, kind)| {
            let user = format!("u{user}");
            let workspace = format!("w{workspace}");
            let mut values = json!({});
            for (slug, value) in traits {
                values[slug] = json!(format!("v{value}"));
            }
            match kind {
                0..=4 => {
                    if let Some(tags) = tags {
                        values["tags"] = json!(tags);
                    }
                    let of = (both_sides && kind < 2).then_some(workspace.as_str());
                    identify(time, &user, values, of)
                }
                _ => {
                    values.as_object_mut().unwrap().remove("plan");
                    values.as_object_mut().unwrap().remove("job_title");
                    group(
                        time,
                        &workspace,
                        (kind < 9).then_some(user.as_str()),
                        values,
                    )
                }
            }
        },
    )
}

fn story() -> impl Strategy<Value = Story> {
    let shares = prop_oneof![2 => Just(0.0), 1 => 0.0..0.3f64];
    let faults = (
        (shares.clone(), shares.clone(), shares.clone(), shares),
        prop::option::of((0u64..5, 1u64..40)),
        prop::option::of(5u32..30),
        0u64..900,
    )
        .prop_map(
            |((failing, broken_before, broken_after, cut), outage, limit, latency)| Faults {
                failing,
                broken_before,
                broken_after,
                cut,
                outage: outage.map(|(from, length)| (from, from + length)),
                limit,
                latency: Duration::from_millis(latency),
            },
        );
    let settings = (
        1usize..60,
        1usize..9,
        prop_oneof![4 => Just(86_400u64), 1 => Just(0)],
    )
        .prop_map(|(max_pending_events, max_in_flight, skip)| Settings {
            max_pending_events,
            max_in_flight,
            skip_unchanged_for: Duration::from_secs(skip),
            // Enough that no event runs out of it: what fails for good is another test's subject.
            budget: crate::delivery::retry::Budget {
                attempts: 1000,
                age: Duration::from_secs(1_000_000),
                ..crate::delivery::retry::Budget::default()
            },
            hold_for: Duration::from_secs(1_000_000),
            relations: relations(),
            ..Settings::default()
        });
    let plans = (2u32..6, 1u32..4, any::<bool>(), 1usize..60).prop_flat_map(
        |(users, workspaces, both, length)| {
            prop::collection::vec(event(users, workspaces, both), length).prop_map(
                move |mut plans| {
                    // Every record is asserted at some time, so that no reference stays missing: in the end, or, where
                    // the order of the two sides of a relation matters, at the start, so that nothing waits for it.
                    let user = |user| identify(Some(-1), &format!("u{user}"), json!({}), None);
                    let workspace = |w| group(Some(-1), &format!("w{w}"), None, json!({}));
                    let all = (0..users).map(user).chain((0..workspaces).map(workspace));
                    let at = if both { 0 } else { plans.len() };
                    plans.splice(at..at, all);
                    plans
                },
            )
        },
    );
    (plans, faults, settings, any::<u64>(), any::<bool>()).prop_map(
        |(plans, faults, settings, seed, is_talkative)| Story {
            plans,
            faults,
            settings: Settings { seed, ..settings },
            seed,
            is_talkative,
        },
    )
}

/// The standard relations, and the model's multi-select `tags`.
fn relations() -> Relations {
    let mut schema = crate::schema::Schema::standard().clone();
    for object in ["people", "users"] {
        let mut tags = crate::schema::Attribute::of(crate::schema::AttributeType::Select);
        tags.is_multiselect = true;
        schema
            .objects
            .get_mut(object)
            .unwrap()
            .attributes
            .insert("tags".into(), tags);
    }
    Relations::of(&schema)
}

fn check(story: Story) {
    let reference = write_everything(&story.plans);
    let mut world = World::new(story.faults, story.seed);
    world.attio.is_talkative = story.is_talkative;
    let count = story.plans.len();
    let (reports, scheduler) = deliver(&mut world, story.settings, story.plans);
    let mut seen: BTreeMap<u64, u32> = BTreeMap::new();
    for report in &reports {
        *seen.entry(report.seq).or_insert(0) += 1;
        assert!(
            matches!(report.outcome.as_str(), "delivered" | "unchanged"),
            "{report:?}"
        );
    }
    assert_eq!(seen.len(), count);
    assert!(seen.values().all(|times| *times == 1));
    assert!(scheduler.summary().is_balanced());
    assert!(
        scheduler.queue.is_empty() && scheduler.aliases.is_empty() && scheduler.inverses.is_empty()
    );
    assert!(world.attio.log.iter().all(|line| line.starts_with("P")));
    assert!(
        world.attio.state() == reference.state(),
        "expected {:#?}\ngot {:#?}\nby {:#?}",
        reference.state(),
        world.attio.state(),
        world.attio.log
    );
}

proptest! {
    // `PROPTEST_CASES=100000` for a long run.
    #[test]
    fn every_schedule_ends_in_the_state_of_the_sequential_delivery(story in story()) {
        check(story);
    }
}

#[test]
fn nothing_but_asserts_and_updates_is_sent() {
    let mut world = World::new(Faults::default(), 1);
    deliver(
        &mut world,
        Settings::default(),
        vec![identify(None, "u1", json!({}), None)],
    );
    for line in &world.attio.log {
        let method = line.split(' ').next().unwrap();
        assert!(
            [Method::Put, Method::Patch]
                .iter()
                .any(|m| m.to_string() == method)
        );
    }
}
