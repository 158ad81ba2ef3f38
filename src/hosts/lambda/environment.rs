//! What the function is told by its environment. Everything that is wrong is told at once.

use std::fmt;

use super::super::aws::Source;
use crate::diagnostic::did_you_mean;

/// Reads a variable of the environment.
pub(super) type Lookup<'l> = &'l dyn Fn(&str) -> Option<String>;

/// The settings of a function.
#[derive(Debug)]
pub(super) struct Environment {
    /// What the function does.
    pub(super) role: Role,
}

/// What a function does.
#[derive(Debug)]
pub(super) enum Role {
    /// Takes events in.
    Ingest(IngestSettings),
}

/// What the function that takes events in needs.
#[derive(Debug)]
pub(super) struct IngestSettings {
    /// Where events go.
    pub(super) queue_url: String,
    /// Who may send them.
    pub(super) keys: Source,
}

/// A variable that is missing or wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    variable: &'static str,
    why: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.variable, self.why)
    }
}

const ROLE: &str = "ATTIO_ROLE";
const QUEUE_URL: &str = "ATTIO_QUEUE_URL";
const INGEST_KEYS: &str = "ATTIO_INGEST_KEYS";

impl Environment {
    /// Reads the variables.
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Environment, Vec<Problem>> {
        let mut reader = Reader {
            lookup,
            problems: Vec::new(),
        };
        let role = match reader.required(ROLE).as_str() {
            "ingest" => Some(Role::Ingest(IngestSettings {
                queue_url: reader.required(QUEUE_URL),
                keys: reader.source(INGEST_KEYS),
            })),
            "" => None,
            other => {
                let meant = did_you_mean(other, ["ingest", "deliver"]);
                let help = meant.map_or(String::new(), |word| format!("; did you mean `{word}`?"));
                reader.problem(
                    ROLE,
                    format!("expected `ingest` or `deliver`, got `{other}`{help}"),
                );
                None
            }
        };
        match role {
            Some(role) if reader.problems.is_empty() => Ok(Environment { role }),
            _ => Err(reader.problems),
        }
    }
}

struct Reader<'l> {
    lookup: Lookup<'l>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, variable: &'static str, why: impl Into<String>) {
        let why = why.into();
        self.problems.push(Problem { variable, why });
    }

    /// A variable that may be absent; an empty one is.
    fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &'static str) -> String {
        let value = self.optional(name);
        if value.is_none() {
            self.problem(name, "is not set");
        }
        value.unwrap_or_default()
    }

    fn source(&mut self, name: &'static str) -> Source {
        let text = self.required(name);
        Source::parse(&text).unwrap_or_else(|error| {
            self.problem(name, error.to_string());
            Source::Literal(String::new())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Environment, String> {
        Environment::read(&|name| {
            let pair = pairs.iter().find(|(key, _)| *key == name)?;
            Some(pair.1.to_owned())
        })
        .map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
            lines.join("\n")
        })
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        insta::assert_snapshot!(read(&[]).unwrap_err(), @"`ATTIO_ROLE` is not set");
        insta::assert_snapshot!(read(&[(ROLE, "delivery")]).unwrap_err(), @"`ATTIO_ROLE` expected `ingest` or `deliver`, got `delivery`; did you mean `deliver`?");
        insta::assert_snapshot!(read(&[(ROLE, "ingest"), (QUEUE_URL, " "), (INGEST_KEYS, "s3://x")]).unwrap_err(), @"
        `ATTIO_QUEUE_URL` is not set
        `ATTIO_INGEST_KEYS` expected `s3://BUCKET/KEY`, got `s3://x`
        ");
    }
}
