//! The ledger that deliverers share: a table of DynamoDB.
//!
//! An item is what is known of one record, and the lease of the deliverer that is writing to it. A deliverer takes the
//! leases of all records that a batch touches with conditional writes, which give it the entries as well; works with
//! them in memory; and stores them as it gives the leases back. So no two deliverers write to a record at the same time,
//! and what one learned the next one knows. The lease of a deliverer that was killed ends when its function would have;
//! since nobody knows which of its requests were done, whoever comes next trusts no values, but ids and event times. The
//! item says so until the lease is given back, for an answer of the table can be lost as well.
//!
//! A lease is not given back while a request that writes to its record may still arrive at Attio: it ends by itself, when
//! no such request can be under way any more. And the deliverer is told of what could not be stored: an older event would
//! overwrite what nobody knows of, so the events that wrote it must come again.

use std::collections::{HashMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::super::aws::{Aws, AwsError, Service};
use super::workspace::REQUEST_TIMEOUT;
use crate::delivery::identity::RecordKey;
use crate::delivery::ledger::{Entry, Ledger, LedgerError};

/// Items that nobody wrote for so long are forgotten.
const EXPIRES_AFTER_SECONDS: i64 = 90 * 24 * 3600;
/// A deliverer's clock may be off by so much.
const CLOCK_SKEW_SECONDS: i64 = 2;
/// A request whose answer nobody waits for any more arrives within this time, or never.
const ARRIVES_WITHIN_SECONDS: i64 = REQUEST_TIMEOUT.as_secs() as i64;
/// So many requests are under way at the same time.
const CONCURRENCY: usize = 32;

/// The table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    aws: Aws,
    name: String,
    /// Who takes leases. Not the id of the invocation alone, which stays the same when Lambda tries again.
    owner: String,
    /// When the invocation is over at the latest, in seconds since 1970.
    until: i64,
    /// Records whose leases were left to end by themselves: this invocation takes them no more.
    left: HashSet<RecordKey>,
}

/// The entries of the records whose leases are held.
#[derive(Debug, Default)]
pub(super) struct Leases {
    entries: HashMap<RecordKey, Entry>,
    /// As they were when the lease was taken.
    stored: HashMap<RecordKey, Vec<u8>>,
}

/// A lease that was taken.
struct Lease {
    /// The entry as it is stored; empty when there is none.
    stored: Vec<u8>,
    /// Whether the one who held it before never gave it back.
    is_inherited: bool,
}

/// How the lease of a record ends.
enum End {
    /// Something was learned of the record without its lease: what is stored of it may be wrong now.
    Forget,
    /// With what was learned, if anything was.
    GiveBack {
        /// The entry to store.
        learned: Option<Vec<u8>>,
        /// Whether the lease is left to end by itself.
        is_open: bool,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Updated {
    attributes: Option<Item>,
}

#[derive(Default, Deserialize)]
struct Item {
    entry: Option<Binary>,
    /// There when the lease was not given back by the one who held it before.
    distrusted: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Binary {
    #[serde(rename = "B")]
    base64: String,
}

impl Table {
    /// The table of a name, for one invocation.
    pub(super) fn new(aws: Aws, name: &str, owner: &str, until: i64) -> Self {
        Table {
            aws,
            name: name.to_owned(),
            owner: owner.to_owned(),
            until,
            left: HashSet::new(),
        }
    }

    /// Records whose leases were left to end by themselves.
    pub(super) fn left(&self) -> &HashSet<RecordKey> {
        &self.left
    }

    /// Takes the leases of as many of the records as nobody else holds. A record that is known by another key leads to
    /// the lease of that one as well.
    ///
    /// # Errors
    /// When the table does not answer; the leases that were taken are given back.
    pub(super) async fn take(
        &mut self,
        records: HashSet<RecordKey>,
        now: i64,
    ) -> Result<Leases, AwsError> {
        let mut leases = Leases::default();
        let mut refused = self.left.clone();
        let mut wanted = records;
        wanted.retain(|record| !refused.contains(record));
        while !wanted.is_empty() {
            let table = self.clone();
            let taken = each(wanted, move |record| {
                let table = table.clone();
                async move { (record, table.take_one(record, now).await) }
            });
            let mut failed = None;
            let mut more = HashSet::new();
            for (record, result) in taken.await {
                match result {
                    Ok(Some(lease)) => {
                        let mut entry = Entry::decode(&lease.stored).unwrap_or_default();
                        if lease.is_inherited {
                            let id = entry.record_id.take();
                            entry.distrust();
                            entry.record_id = id;
                        }
                        more.extend(entry.same_as);
                        leases.entries.insert(record, entry);
                        leases.stored.insert(record, lease.stored);
                    }
                    Ok(None) => {
                        refused.insert(record);
                    }
                    Err(error) => failed = Some(error),
                }
            }
            if let Some(error) = failed {
                self.give_back(leases, &HashSet::new(), now).await;
                return Err(error);
            }
            more.retain(|record| !leases.holds(*record) && !refused.contains(record));
            wanted = more;
        }
        // Without the record that it stands for, an alias is worth nothing.
        let orphans: Vec<RecordKey> = leases
            .entries
            .iter()
            .filter(|(_, entry)| entry.same_as.is_some_and(|other| !leases.holds(other)))
            .map(|(record, _)| *record)
            .collect();
        let orphans = leases.split_off(|record| orphans.contains(&record));
        self.give_back(orphans, &HashSet::new(), now).await;
        Ok(leases)
    }

    /// The lease of a record, when nobody else holds it.
    async fn take_one(&self, record: RecordKey, now: i64) -> Result<Option<Lease>, AwsError> {
        let free = "attribute_not_exists(#owner) OR #owner = :owner";
        let abandoned = "#until < :now";
        for (condition, is_inherited) in [(free, false), (abandoned, true)] {
            let mut values = json!({
                ":owner": {"S": self.owner},
                ":until": {"N": (self.until + CLOCK_SKEW_SECONDS).to_string()},
                ":expires": {"N": (now + EXPIRES_AFTER_SECONDS).to_string()},
            });
            let mut update = "SET #owner = :owner, #until = :until, expires = :expires".to_owned();
            if is_inherited {
                values[":now"] = json!({"N": now.to_string()});
                values[":true"] = json!({"BOOL": true});
                update.push_str(", distrusted = :true");
            }
            let body = json!({
                "TableName": self.name,
                "Key": key(record),
                "UpdateExpression": update,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {"#owner": "owner", "#until": "until"},
                "ExpressionAttributeValues": values,
                "ReturnValues": "ALL_NEW",
            });
            let updated: Result<Updated, AwsError> =
                self.aws.call(Service::DynamoDb, "UpdateItem", &body).await;
            match updated {
                Ok(updated) => {
                    let item = updated.attributes.unwrap_or_default();
                    let stored = item.entry.map(|entry| STANDARD.decode(entry.base64));
                    return Ok(Some(Lease {
                        stored: stored.and_then(Result::ok).unwrap_or_default(),
                        // Also of an own lease, when the answer that gave it was lost.
                        is_inherited: item.distrusted.is_some(),
                    }));
                }
                Err(error) if is_refused(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Stores what was learned, and gives the leases back; those of records that a request is `under_way` to are left
    /// to end by themselves.
    ///
    /// Returns the records of which something was learned that could not be stored, by all keys that they are known by.
    /// Their leases are left too.
    pub(super) async fn give_back(
        &mut self,
        leases: Leases,
        under_way: &HashSet<RecordKey>,
        now: i64,
    ) -> HashSet<RecordKey> {
        let Leases { entries, stored } = leases;
        let aliases: Vec<(RecordKey, RecordKey)> = entries
            .iter()
            .filter_map(|(record, entry)| Some((*record, entry.same_as?)))
            .collect();
        let open = with_aliases(under_way.clone(), &aliases);
        let mut unstored = HashSet::new();
        let mut ends = Vec::new();
        for (record, entry) in entries {
            let bytes = entry.encode();
            let end = match stored.get(&record) {
                None => End::Forget,
                Some(before) => {
                    // Of what was never stored nothing is known yet.
                    let before = Entry::decode(before).unwrap_or_default().encode();
                    End::GiveBack {
                        learned: (bytes != before).then_some(bytes),
                        is_open: open.contains(&record),
                    }
                }
            };
            if !matches!(end, End::GiveBack { learned: None, .. }) {
                unstored.insert(record);
            }
            ends.push((record, end));
        }
        let table = self.clone();
        let results = each(ends, move |(record, end)| {
            let table = table.clone();
            async move { (record, table.end(record, end, now).await) }
        });
        for (record, result) in results.await {
            match result {
                Ok(()) => {
                    unstored.remove(&record);
                }
                Err(error) => {
                    tracing::warn!(%error, "an entry of the ledger could not be stored");
                }
            }
        }
        let unstored = with_aliases(unstored, &aliases);
        self.left.extend(open);
        self.left.extend(&unstored);
        unstored
    }

    async fn end(&self, record: RecordKey, end: End, now: i64) -> Result<(), AwsError> {
        let End::GiveBack { learned, is_open } = end else {
            return self.forget(record).await;
        };
        let mut values = json!({":owner": {"S": self.owner}});
        let mut names = json!({"#owner": "owner", "#until": "until"});
        let (mut remove, mut set) = ("REMOVE #owner, #until, distrusted", Vec::new());
        if is_open {
            let until = now + ARRIVES_WITHIN_SECONDS + CLOCK_SKEW_SECONDS;
            values[":until"] = json!({"N": until.to_string()});
            (remove, set) = ("", vec!["#until = :until"]);
        }
        if let Some(bytes) = learned {
            set.extend(["#entry = :entry", "expires = :expires"]);
            names["#entry"] = "entry".into();
            values[":entry"] = json!({"B": STANDARD.encode(bytes)});
            values[":expires"] = json!({"N": (now + EXPIRES_AFTER_SECONDS).to_string()});
        }
        let mut update = remove.to_owned();
        if !set.is_empty() {
            update.push_str(&format!(" SET {}", set.join(", ")));
        }
        let body = json!({
            "TableName": self.name,
            "Key": key(record),
            "UpdateExpression": update.trim_start(),
            "ConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        });
        let _: Value = self
            .aws
            .call(Service::DynamoDb, "UpdateItem", &body)
            .await?;
        Ok(())
    }

    /// What is stored of a record goes.
    async fn forget(&self, record: RecordKey) -> Result<(), AwsError> {
        let body = json!({
            "TableName": self.name,
            "Key": key(record),
            "UpdateExpression": "REMOVE #entry",
            "ExpressionAttributeNames": {"#entry": "entry"},
        });
        let _: Value = self
            .aws
            .call(Service::DynamoDb, "UpdateItem", &body)
            .await?;
        Ok(())
    }
}

impl Leases {
    /// Whether the lease of a record is held.
    pub(super) fn holds(&self, record: RecordKey) -> bool {
        self.stored.contains_key(&record)
    }

    /// The record that one is known to be by another key.
    pub(super) fn alias(&self, record: RecordKey) -> Option<RecordKey> {
        self.entries.get(&record)?.same_as
    }

    /// Takes out the leases that `go` says.
    pub(super) fn split_off(&mut self, go: impl Fn(RecordKey) -> bool) -> Leases {
        Leases {
            entries: self.entries.extract_if(|record, _| go(*record)).collect(),
            stored: self.stored.extract_if(|record, _| go(*record)).collect(),
        }
    }
}

impl Ledger for Leases {
    fn get(&mut self, record: RecordKey) -> Option<&Entry> {
        self.entries.get(&record)
    }

    fn entry(&mut self, record: RecordKey) -> &mut Entry {
        self.entries.entry(record).or_default()
    }

    /// Nothing: [`Table::give_back`] stores it.
    fn flush(&mut self) -> Result<(), LedgerError> {
        Ok(())
    }
}

fn key(record: RecordKey) -> Value {
    json!({"record": {"S": format!("{:032x}", record.0)}})
}

fn is_refused(error: &AwsError) -> bool {
    error.code() == Some("ConditionalCheckFailedException")
}

/// Records by all keys that they are known by.
fn with_aliases(
    mut records: HashSet<RecordKey>,
    aliases: &[(RecordKey, RecordKey)],
) -> HashSet<RecordKey> {
    let targets = aliases.iter().filter(|(key, _)| records.contains(key));
    let targets: Vec<RecordKey> = targets.map(|(_, target)| *target).collect();
    records.extend(targets);
    let keys = aliases
        .iter()
        .filter(|(_, target)| records.contains(target));
    let keys: Vec<RecordKey> = keys.map(|(key, _)| *key).collect();
    records.extend(keys);
    records
}

/// Does something for each item, many at a time, and gives the results in any order.
async fn each<I, F, T>(items: impl IntoIterator<Item = I>, make: impl Fn(I) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let mut results = Vec::new();
    let mut under_way = JoinSet::new();
    for item in items {
        if under_way.len() >= CONCURRENCY {
            results.extend(under_way.join_next().await.and_then(Result::ok));
        }
        under_way.spawn(make(item));
    }
    while let Some(result) = under_way.join_next().await {
        results.extend(result.ok());
    }
    results
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::Map;

    use super::super::super::aws::simulated::{NO_ANSWER, Simulated};
    use super::*;
    use crate::event::EventTime;

    const RECORD: RecordKey = RecordKey(1);
    const ALIAS: RecordKey = RecordKey(2);
    const SLUG: u64 = 7;
    /// When deliverers are about, in seconds since 1970.
    const NOW: i64 = 1_800_000_000;

    /// What becomes of an update.
    #[derive(Clone, Copy, PartialEq)]
    enum Fate {
        Answered,
        AnswerLost,
        Throttled,
    }

    /// A table of DynamoDB with the conditions and updates that are used here.
    #[derive(Clone, Default)]
    struct DynamoDb(Arc<Mutex<HashMap<String, Map<String, Value>>>>);

    impl DynamoDb {
        async fn start(&self, fate: impl Fn(&Value) -> Fate + Send + Sync + 'static) -> Aws {
            let table = self.clone();
            let aws = Simulated::start(move |operation, body| {
                assert_eq!(operation, "UpdateItem");
                let error = |code: &str| (400, json!({"__type": code}));
                match fate(body) {
                    Fate::Throttled => error("ThrottlingException"),
                    fate => match table.update(body) {
                        None => error("ConditionalCheckFailedException"),
                        Some(_) if fate == Fate::AnswerLost => (NO_ANSWER, Value::Null),
                        Some(item) => (200, json!({"Attributes": item})),
                    },
                }
            });
            aws.await.aws()
        }

        fn update(&self, body: &Value) -> Option<Map<String, Value>> {
            let name = |name: &str| match body["ExpressionAttributeNames"][name].as_str() {
                Some(name) => name.to_owned(),
                None => name.to_owned(),
            };
            let value = |name: &str| &body["ExpressionAttributeValues"][name];
            let mut items = self.0.lock().unwrap();
            let key = body["Key"]["record"]["S"].as_str().unwrap().to_owned();
            let item = items.entry(key).or_default();
            let is_own = item.get("owner") == Some(value(":owner"));
            let holds = match body["ConditionExpression"].as_str() {
                None => true,
                Some("attribute_not_exists(#owner) OR #owner = :owner") => {
                    is_own || !item.contains_key("owner")
                }
                Some("#owner = :owner") => is_own,
                Some("#until < :now") => item.get("until").is_some_and(|until| {
                    let seconds = |number: &Value| number["N"].as_str().unwrap().parse::<i64>();
                    seconds(until).unwrap() < seconds(value(":now")).unwrap()
                }),
                Some(other) => panic!("{other}"),
            };
            let update = body["UpdateExpression"].as_str().unwrap();
            let (remove, set) = match update.split_once("SET ") {
                Some((remove, set)) => (remove, set),
                None => (update, ""),
            };
            let remove = remove.trim().strip_prefix("REMOVE ").unwrap_or_default();
            if holds {
                for one in remove.split(", ").filter(|one| !one.is_empty()) {
                    item.remove(&name(one));
                }
                for one in set.split(", ").filter(|one| !one.is_empty()) {
                    let (attribute, new) = one.split_once(" = ").unwrap();
                    item.insert(name(attribute), value(new).clone());
                }
            }
            holds.then(|| item.clone())
        }

        fn item(&self, record: RecordKey) -> Map<String, Value> {
            let items = self.0.lock().unwrap();
            items[key(record)["record"]["S"].as_str().unwrap()].clone()
        }
    }

    fn table(aws: &Aws, owner: &str, until: i64) -> Table {
        Table::new(aws.clone(), "ledger", owner, until)
    }

    fn time(seconds: i64) -> Option<EventTime> {
        Some(EventTime::from_nanos(seconds * 1_000_000_000))
    }

    /// An attribute was set to a value by an event of a time.
    fn learn(leases: &mut Leases, seconds: i64) {
        let entry = leases.entry(RECORD);
        entry.record_id = Some("id".to_owned());
        let attribute = entry.get_mut(SLUG);
        (attribute.value, attribute.time) = (Some(seconds.unsigned_abs()), time(seconds));
    }

    /// What is known of the attribute: the time of its event, and whether its value is trusted.
    fn known(leases: &Leases) -> (Option<EventTime>, bool) {
        let entry = &leases.entries[&RECORD];
        assert_eq!(entry.record_id.as_deref(), Some("id"));
        let attribute = entry.get(SLUG).unwrap();
        (attribute.time, attribute.value.is_some())
    }

    fn only(record: RecordKey) -> HashSet<RecordKey> {
        [record].into()
    }

    /// What another deliverer gets of the record.
    async fn take(aws: &Aws, owner: &str, now: i64) -> Leases {
        table(aws, owner, now + 60)
            .take(only(RECORD), now)
            .await
            .unwrap()
    }

    /// Writes at a time, as a deliverer whose every request is answered.
    async fn write(aws: &Aws, seconds: i64) {
        let mut table = table(aws, "before", NOW + 60);
        let mut leases = table.take(only(RECORD), NOW).await.unwrap();
        learn(&mut leases, seconds);
        assert!(
            table
                .give_back(leases, &HashSet::new(), NOW)
                .await
                .is_empty()
        );
    }

    #[tokio::test]
    async fn what_one_deliverer_learned_the_next_one_knows() {
        let dynamo = DynamoDb::default();
        let aws = dynamo.start(|_| Fate::Answered).await;
        write(&aws, 5).await;
        let leases = take(&aws, "next", NOW).await;
        assert_eq!(known(&leases), (time(5), true));
        // While one holds the lease no other gets it.
        assert!(!take(&aws, "other", NOW).await.holds(RECORD));
    }

    #[tokio::test]
    async fn a_lease_that_was_inherited_is_distrusted_although_the_answer_was_lost() {
        let dynamo = DynamoDb::default();
        let aws = dynamo.start(|_| Fate::Answered).await;
        write(&aws, 1).await;
        assert!(take(&aws, "killed", NOW).await.holds(RECORD));

        let later = NOW + 100;
        let is_abandoned = |body: &Value| body["ConditionExpression"] == "#until < :now";
        let loses = move |body: &Value| match is_abandoned(body) {
            true => Fate::AnswerLost,
            false => Fate::Answered,
        };
        let losing = dynamo.start(loses).await;
        let mut heir = table(&losing, "heir", later + 60);
        // The attempt after the lost answer finds the lease taken: by the deliverer itself.
        assert!(!heir.take(only(RECORD), later).await.unwrap().holds(RECORD));
        let leases = heir.take(only(RECORD), later).await.unwrap();
        assert_eq!(known(&leases), (time(1), false));
        assert!(
            heir.give_back(leases, &HashSet::new(), later)
                .await
                .is_empty()
        );
        let item = dynamo.item(RECORD);
        assert!(!item.contains_key("distrusted") && !item.contains_key("owner"));
        let leases = take(&aws, "next", later).await;
        assert_eq!(known(&leases), (time(1), false));
    }

    #[tokio::test]
    async fn what_could_not_be_stored_is_told_by_all_its_keys() {
        let dynamo = DynamoDb::default();
        let aws = dynamo.start(|_| Fate::Answered).await;
        write(&aws, 1).await;
        let throttles = |body: &Value| match body["ExpressionAttributeValues"][":entry"].is_object()
        {
            true => Fate::Throttled,
            false => Fate::Answered,
        };
        let throttling = dynamo.start(throttles).await;
        let mut throttled = table(&throttling, "throttled", NOW + 60);
        let unchanged = RecordKey(3);
        let records = [RECORD, ALIAS, unchanged].into();
        let mut leases = throttled.take(records, NOW).await.unwrap();
        learn(&mut leases, 5);
        leases.entry(ALIAS).same_as = Some(RECORD);
        let unstored = throttled.give_back(leases, &HashSet::new(), NOW).await;
        assert_eq!(unstored, [RECORD, ALIAS].into());
        // The same invocation would take what is stored for what is true.
        let again = throttled
            .take([RECORD, ALIAS, unchanged].into(), NOW)
            .await
            .unwrap();
        assert!(again.holds(unchanged) && !again.holds(RECORD) && !again.holds(ALIAS));
        let later = NOW + 100;
        let leases = take(&aws, "next", later).await;
        assert_eq!(known(&leases), (time(1), false));
    }

    #[tokio::test]
    async fn the_lease_of_a_record_that_a_request_is_under_way_to_ends_by_itself() {
        let dynamo = DynamoDb::default();
        let aws = dynamo.start(|_| Fate::Answered).await;
        let mut slow = table(&aws, "slow", NOW + 60);
        let mut leases = slow.take([RECORD, ALIAS].into(), NOW).await.unwrap();
        learn(&mut leases, 5);
        leases.entry(ALIAS).same_as = Some(RECORD);
        // The request was sent for the record by its other key.
        assert!(slow.give_back(leases, &only(ALIAS), NOW).await.is_empty());
        assert!(!slow.take(only(RECORD), NOW).await.unwrap().holds(RECORD));
        let mut next = table(&aws, "next", NOW + 120);
        let arrived = NOW + ARRIVES_WITHIN_SECONDS + CLOCK_SKEW_SECONDS;
        assert!(
            !next
                .take(only(RECORD), arrived)
                .await
                .unwrap()
                .holds(RECORD)
        );
        let leases = next.take(only(RECORD), arrived + 1).await.unwrap();
        assert_eq!(known(&leases), (time(5), false));
    }
}
