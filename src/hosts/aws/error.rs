//! Why an operation of AWS failed.

use std::fmt;

/// Why an operation of AWS failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AwsError {
    /// There is no region or there are no credentials to sign with.
    Unconfigured(&'static str),
    /// No answer came.
    Transport {
        /// What was asked, e.g. `sqs SendMessageBatch`.
        operation: String,
        /// What went wrong.
        why: String,
    },
    /// The service refused.
    Refused {
        /// What was asked.
        operation: String,
        /// The HTTP status.
        status: u16,
        /// The service's name of the error, e.g. `ResourceNotFoundException`.
        code: String,
        /// The service's sentence.
        message: String,
    },
    /// The answer has another form than documented.
    Unreadable {
        /// What was asked.
        operation: String,
        /// Where it differs.
        why: String,
    },
}

impl AwsError {
    /// The service's name of the error.
    pub fn code(&self) -> Option<&str> {
        match self {
            AwsError::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether more was asked than the service allows.
    pub fn is_throttled(&self) -> bool {
        match self {
            AwsError::Refused { status, code, .. } => {
                *status == 429
                    || [
                        "Throttl",
                        "RequestThrottled",
                        "TooManyRequests",
                        "ProvisionedThroughputExceeded",
                        "SlowDown",
                        "RequestLimitExceeded",
                    ]
                    .iter()
                    .any(|name| code.contains(name))
            }
            _ => false,
        }
    }

    /// Whether the same may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            AwsError::Transport { .. } | AwsError::Unreadable { .. } => true,
            AwsError::Refused { status, .. } => *status >= 500 || self.is_throttled(),
            AwsError::Unconfigured(_) => false,
        }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AwsError::Unconfigured(what) => f.write_str(what),
            AwsError::Transport { operation, why } => write!(f, "{operation} got no answer: {why}"),
            AwsError::Refused {
                operation,
                status,
                code,
                message,
            } => write!(
                f,
                "{operation} was refused with status {status}, `{code}`: {message}"
            ),
            AwsError::Unreadable { operation, why } => {
                write!(f, "the answer to {operation} cannot be read: {why}")
            }
        }
    }
}

impl std::error::Error for AwsError {}
