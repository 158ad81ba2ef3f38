//! What the function is told by its environment. Everything that is wrong is told at once.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::super::aws::Source;
use crate::delivery::Limit;
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
    /// Delivers them.
    Deliver(Box<DeliverSettings>),
}

/// What the function that takes events in needs.
#[derive(Debug)]
pub(super) struct IngestSettings {
    /// Where events go.
    pub(super) queue_url: String,
    /// Who may send them.
    pub(super) keys: Source,
}

/// What the function that delivers needs.
#[derive(Debug)]
pub(super) struct DeliverSettings {
    /// The token of the workspace.
    pub(super) api_key: Source,
    /// Attio, if it is another.
    pub(super) base_url: Option<String>,
    /// What is written for which event: a literal is the name of a preset.
    pub(super) config: Source,
    /// The workspace's schema; without, the standard objects.
    pub(super) schema: Option<Source>,
    /// Where events come from, for changing when they come again.
    pub(super) queue_url: Option<String>,
    /// Where events go that cannot be delivered.
    pub(super) dead_letter_queue_url: Option<String>,
    /// Where it is kept what was written.
    pub(super) ledger_table: Option<String>,
    /// This deliverer's share of the limit on writes.
    pub(super) writes: Limit,
    /// How long an event waits for a record that it refers to, before it goes without the reference.
    pub(super) hold_for: Duration,
    /// How long a value counts as written, where that is kept.
    pub(super) skip_unchanged_for: Duration,
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
const API_KEY: &str = "ATTIO_API_KEY";
const BASE_URL: &str = "ATTIO_BASE_URL";
const CONFIG: &str = "ATTIO_CONFIG";
const SCHEMA: &str = "ATTIO_SCHEMA";
const DEAD_LETTER_QUEUE_URL: &str = "ATTIO_DEAD_LETTER_QUEUE_URL";
const LEDGER_TABLE: &str = "ATTIO_LEDGER_TABLE";
const WRITES_PER_SECOND: &str = "ATTIO_WRITES_PER_SECOND";
const DELIVERERS: &str = "ATTIO_DELIVERERS";
const HOLD_FOR_SECONDS: &str = "ATTIO_HOLD_FOR_SECONDS";
const SKIP_UNCHANGED_FOR_HOURS: &str = "ATTIO_SKIP_UNCHANGED_FOR_HOURS";

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
            "deliver" => Some(Role::Deliver(Box::new(reader.deliver()))),
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
        self.parse_source(name, &text)
    }

    fn parse_source(&mut self, name: &'static str, text: &str) -> Source {
        Source::parse(text).unwrap_or_else(|error| {
            self.problem(name, error.to_string());
            Source::Literal(String::new())
        })
    }

    fn number<N: FromStr + PartialOrd + fmt::Display>(
        &mut self,
        name: &'static str,
        least: N,
        default: N,
    ) -> N {
        let Some(text) = self.optional(name) else {
            return default;
        };
        match text.parse() {
            Ok(number) if number >= least => number,
            _ => {
                self.problem(
                    name,
                    format!("expected a whole number from {least}, got `{text}`"),
                );
                default
            }
        }
    }

    fn deliver(&mut self) -> DeliverSettings {
        let config = self.optional(CONFIG).unwrap_or_else(|| "segment".into());
        let schema = self.optional(SCHEMA);
        let hours: u32 = self.number(SKIP_UNCHANGED_FOR_HOURS, 0, 24);
        let hold_for = self.number(HOLD_FOR_SECONDS, 0, 15 * 60);
        let writes = self.number(WRITES_PER_SECOND, 1, 25);
        let deliverers = self.number(DELIVERERS, 1, 1);
        DeliverSettings {
            api_key: self.source(API_KEY),
            base_url: self.optional(BASE_URL),
            config: self.parse_source(CONFIG, &config),
            schema: schema.map(|schema| self.parse_source(SCHEMA, &schema)),
            queue_url: self.optional(QUEUE_URL),
            dead_letter_queue_url: self.optional(DEAD_LETTER_QUEUE_URL),
            ledger_table: self.optional(LEDGER_TABLE),
            writes: share(writes, deliverers),
            hold_for: Duration::from_secs(hold_for),
            skip_unchanged_for: Duration::from_secs(u64::from(hours) * 3600),
        }
    }
}

/// One deliverer's part of the workspace's limit: whole writes a second while that wastes little, else a write every so
/// often.
fn share(writes_per_second: u32, deliverers: u32) -> Limit {
    let whole = writes_per_second / deliverers;
    if whole >= 4 {
        return Limit::per_second(whole);
    }
    Limit {
        requests: 1,
        window: Duration::from_secs(1) * deliverers / writes_per_second,
        ..Limit::per_second(1)
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
    fn a_deliverer_takes_its_share_of_the_limit() {
        for (writes, deliverers, requests, window) in [
            (25, 1, 25, 1000),
            (25, 2, 12, 1000),
            (25, 5, 5, 1000),
            (25, 10, 1, 400),
            (25, 100, 1, 4000),
            (1, 2, 1, 2000),
        ] {
            let limit = share(writes, deliverers);
            let window = Duration::from_millis(window);
            assert_eq!((limit.requests, limit.window), (requests, window));
        }
    }

    #[test]
    fn a_deliverer_needs_its_token_and_has_defaults_for_the_rest() {
        let Ok(Environment {
            role: Role::Deliver(settings),
        }) = read(&[
            (ROLE, "deliver"),
            (API_KEY, "ssm:/token"),
            (LEDGER_TABLE, ""),
        ])
        else {
            panic!("a deliverer");
        };
        assert_eq!(settings.config, Source::Literal("segment".into()));
        assert_eq!(settings.api_key, Source::Parameter("/token".into()));
        assert_eq!((settings.ledger_table, settings.schema), (None, None));
        assert_eq!(settings.skip_unchanged_for, Duration::from_secs(86_400));
        assert_eq!(settings.hold_for, Duration::from_secs(900));
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        insta::assert_snapshot!(read(&[]).unwrap_err(), @"`ATTIO_ROLE` is not set");
        insta::assert_snapshot!(read(&[(ROLE, "delivery")]).unwrap_err(), @"`ATTIO_ROLE` expected `ingest` or `deliver`, got `delivery`; did you mean `deliver`?");
        insta::assert_snapshot!(read(&[(ROLE, "ingest"), (QUEUE_URL, " "), (INGEST_KEYS, "s3://x")]).unwrap_err(), @"
        `ATTIO_QUEUE_URL` is not set
        `ATTIO_INGEST_KEYS` expected `s3://BUCKET/KEY`, got `s3://x`
        ");
        insta::assert_snapshot!(read(&[(ROLE, "deliver"), (WRITES_PER_SECOND, "0"), (DELIVERERS, "two"), (SCHEMA, "s3:")]).unwrap_err(), @"
        `ATTIO_WRITES_PER_SECOND` expected a whole number from 1, got `0`
        `ATTIO_DELIVERERS` expected a whole number from 1, got `two`
        `ATTIO_API_KEY` is not set
        `ATTIO_SCHEMA` expected `s3://BUCKET/KEY`, got `s3:`
        ");
    }
}
