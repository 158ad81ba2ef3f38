//! What a token may do.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Deserializer};

use super::{Workspace, WorkspaceError};
use crate::delivery::transport::Transport;

/// A scope of Attio's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// `object_configuration:read`
    ReadObjects,
    /// `object_configuration:read-write`
    WriteObjects,
    /// `record_permission:read-write`
    WriteRecords,
    /// `user_management:read`
    ReadMembers,
}

/// What writing records needs.
pub const DELIVER: &[Scope] = &[Scope::WriteRecords, Scope::ReadObjects];
/// What reading the schema needs.
pub const READ_SCHEMA: &[Scope] = &[Scope::ReadObjects, Scope::ReadMembers];
/// What writing records by the schema of the moment needs.
pub const DELIVER_LIVE: &[Scope] = &[Scope::WriteRecords, Scope::ReadObjects, Scope::ReadMembers];
/// What reading the schema and adding to it needs.
pub const CONFIGURE: &[Scope] = &[Scope::WriteObjects, Scope::ReadMembers];

impl Scope {
    /// Attio's name of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Scope::ReadObjects => "object_configuration:read",
            Scope::WriteObjects => "object_configuration:read-write",
            Scope::WriteRecords => "record_permission:read-write",
            Scope::ReadMembers => "user_management:read",
        }
    }

    /// What it is called where scopes are given to a token.
    pub(super) fn permission(&self) -> String {
        let (name, level) = match self {
            Scope::ReadObjects => ("Object Configuration", "Read"),
            Scope::WriteObjects => ("Object Configuration", "Read-write"),
            Scope::WriteRecords => ("Records", "Read-write"),
            Scope::ReadMembers => ("User management", "Read"),
        };
        format!("`{name}: {level}`")
    }

    /// Whether one of `granted` allows it: reading and writing allows reading.
    fn is_in(self, granted: &BTreeSet<&str>) -> bool {
        let name = self.as_str();
        granted.contains(name)
            || (name.ends_with(":read") && granted.contains(format!("{name}-write").as_str()))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What Attio says of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Token {
    /// Whether it can be used.
    pub active: bool,
    /// Its scopes, with spaces between them.
    #[serde(default)]
    pub scope: String,
    /// The id of its workspace.
    #[serde(default)]
    pub workspace_id: String,
    /// What people call its workspace.
    #[serde(default)]
    pub workspace_name: String,
    /// What its workspace is called in addresses.
    #[serde(default)]
    pub workspace_slug: String,
    /// When it expires, in seconds since 1970-01-01T00:00:00Z; `None` when it does not.
    #[serde(default, deserialize_with = "whole_seconds")]
    pub exp: Option<i64>,
}

/// A number of seconds, which JSON may write with a fraction.
fn whole_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.map(|seconds| seconds as i64))
}

impl Token {
    /// Those of `needed` that it lacks.
    pub fn missing(&self, needed: &[Scope]) -> Vec<Scope> {
        let granted: BTreeSet<&str> = self.scope.split_whitespace().collect();
        let needed = needed.iter().copied();
        needed.filter(|scope| !scope.is_in(&granted)).collect()
    }
}

impl<T: Transport> Workspace<T> {
    /// Asks Attio about the token, and makes sure that it may do all that is `needed`.
    ///
    /// # Errors
    /// When the token is unknown or lacks a scope, or when Attio cannot be asked.
    pub async fn authorize(&self, needed: &[Scope]) -> Result<Token, WorkspaceError> {
        let what = "the token cannot be checked";
        let token: Token = self.get(what, "/v2/self".to_owned()).await?;
        if !token.active {
            return Err(self.unknown_token());
        }
        match token.missing(needed) {
            missing if missing.is_empty() => Ok(token),
            missing => Err(WorkspaceError::Scopes { missing }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_to_write_is_one_to_read_and_not_the_other_way_round() {
        let token = |scope: &str| Token {
            scope: scope.to_owned(),
            ..Token::default()
        };
        for (scope, needed, missing) in [
            (
                "record_permission:read-write object_configuration:read",
                DELIVER,
                &[][..],
            ),
            (
                "record_permission:read-write object_configuration:read-write",
                DELIVER,
                &[],
            ),
            (
                "record_permission:read object_configuration:read",
                DELIVER,
                &[Scope::WriteRecords],
            ),
            ("", DELIVER, DELIVER),
            (
                "object_configuration:read user_management:read",
                CONFIGURE,
                &[Scope::WriteObjects],
            ),
            (
                "object_configuration:read user_management:read-write",
                READ_SCHEMA,
                &[],
            ),
            ("object_configuration:readx", READ_SCHEMA, READ_SCHEMA),
        ] {
            assert_eq!(token(scope).missing(needed), missing, "{scope}");
        }
    }
}
