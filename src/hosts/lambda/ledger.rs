//! The ledger that deliverers share: a table of DynamoDB.
//!
//! An item is what is known of one record, and the lease of the deliverer that is writing to it. A deliverer takes the
//! leases of all records that a batch touches with conditional writes, which give it the entries as well; works with
//! them in memory; and stores them as it gives the leases back. So no two deliverers write to a record at the same time,
//! and what one learned the next one knows. The lease of a deliverer that was killed ends when its function would have;
//! since nobody knows which of its requests were done, whoever comes next trusts no values, but ids and event times.

use std::collections::{HashMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::super::aws::{Aws, AwsError, Service};
use crate::delivery::identity::RecordKey;
use crate::delivery::ledger::{Entry, Ledger, LedgerError};

/// Items that nobody wrote for so long are forgotten.
const EXPIRES_AFTER_SECONDS: i64 = 90 * 24 * 3600;
/// A deliverer's clock may be off by so much.
const CLOCK_SKEW_SECONDS: i64 = 2;
/// So many requests are under way at the same time.
const CONCURRENCY: usize = 32;

/// The table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    aws: Aws,
    name: String,
    /// Who takes leases: the id of the invocation.
    owner: String,
    /// When the invocation is over at the latest, in seconds since 1970.
    until: i64,
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Updated {
    attributes: Option<Item>,
}

#[derive(Deserialize)]
struct Item {
    entry: Option<Binary>,
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
        }
    }

    /// Takes the leases of as many of the records as nobody else holds. A record that is known by another key leads to
    /// the lease of that one as well.
    ///
    /// # Errors
    /// When the table does not answer; the leases that were taken are given back.
    pub(super) async fn take(
        &self,
        records: HashSet<RecordKey>,
        now: i64,
    ) -> Result<Leases, AwsError> {
        let mut leases = Leases::default();
        let mut wanted = records;
        let mut refused = HashSet::new();
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
                self.give_back(leases, now).await;
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
        self.give_back(orphans, now).await;
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
            if is_inherited {
                values[":now"] = json!({"N": now.to_string()});
            }
            let body = json!({
                "TableName": self.name,
                "Key": key(record),
                "UpdateExpression": "SET #owner = :owner, #until = :until, expires = :expires",
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {"#owner": "owner", "#until": "until"},
                "ExpressionAttributeValues": values,
                "ReturnValues": "ALL_NEW",
            });
            let updated: Result<Updated, AwsError> =
                self.aws.call(Service::DynamoDb, "UpdateItem", &body).await;
            match updated {
                Ok(updated) => {
                    let binary = updated.attributes.and_then(|item| item.entry);
                    let stored = binary.and_then(|binary| STANDARD.decode(binary.base64).ok());
                    return Ok(Some(Lease {
                        stored: stored.unwrap_or_default(),
                        is_inherited,
                    }));
                }
                Err(error) if is_refused(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Stores what was learned, and gives the leases back. What cannot be stored is forgotten: the lease ends by
    /// itself, and at worst a value is written again.
    pub(super) async fn give_back(&self, leases: Leases, now: i64) {
        let Leases { entries, stored } = leases;
        let table = self.clone();
        let results = each(entries, move |(record, entry)| {
            let (table, bytes) = (table.clone(), entry.encode());
            let before = stored.get(&record).cloned();
            async move { table.give_back_one(record, before, bytes, now).await }
        });
        for error in results.await.into_iter().filter_map(Result::err) {
            tracing::warn!(%error, "an entry of the ledger could not be stored");
        }
    }

    async fn give_back_one(
        &self,
        record: RecordKey,
        before: Option<Vec<u8>>,
        bytes: Vec<u8>,
        now: i64,
    ) -> Result<(), AwsError> {
        let Some(before) = before else {
            return self.forget(record).await;
        };
        let mut values = json!({":owner": {"S": self.owner}});
        let mut update = "REMOVE #owner, #until".to_owned();
        if bytes != before {
            update.push_str(" SET #entry = :entry, expires = :expires");
            values[":entry"] = json!({"B": STANDARD.encode(bytes)});
            values[":expires"] = json!({"N": (now + EXPIRES_AFTER_SECONDS).to_string()});
        }
        let mut names = json!({"#owner": "owner", "#until": "until"});
        if update.contains("#entry") {
            names["#entry"] = "entry".into();
        }
        let body = json!({
            "TableName": self.name,
            "Key": key(record),
            "UpdateExpression": update,
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

    /// Something was learned of a record without its lease: what is stored of it may be wrong now, and goes.
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
