//! What one call may take, and how a call fails.

use std::fmt;
use std::time::Duration;

use wasmtime::{Error, ResourceLimiter, Trap};

/// What an instance, and each call into it, may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a call may take, give or take [`TICK`].
    pub time: Duration,
    /// How much memory an instance may have, in bytes; at most [`MOST_MEMORY_BYTES`].
    pub memory_bytes: usize,
}

/// How often the clock of the deadlines ticks.
pub const TICK: Duration = Duration::from_millis(10);

/// What the pool keeps room for in each place, in bytes of address space.
pub const MOST_MEMORY_BYTES: usize = 256 * 1024 * 1024;

impl Default for Limits {
    fn default() -> Self {
        Limits {
            time: Duration::from_secs(2),
            memory_bytes: 64 * 1024 * 1024,
        }
    }
}

impl Limits {
    /// The ticks after which a call is stopped: one more than the time holds, since the first comes early.
    pub(crate) fn ticks(&self) -> u64 {
        let ticks = self.time.as_millis().div_ceil(TICK.as_millis());
        u64::try_from(ticks).unwrap_or(u64::MAX - 1) + 1
    }
}

/// An instance's share, kept by its store.
pub(crate) struct Share {
    memory_bytes: usize,
}

impl Share {
    pub(crate) fn of(limits: &Limits) -> Self {
        Share {
            memory_bytes: limits.memory_bytes,
        }
    }
}

impl ResourceLimiter for Share {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // An error and not `false`: the guest could only abort, and the host would not know why.
        if desired > self.memory_bytes {
            return Err(Error::new(MemoryUp));
        }
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

#[derive(Debug)]
struct MemoryUp;

impl fmt::Display for MemoryUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the call needs more memory than it may have")
    }
}

impl std::error::Error for MemoryUp {}

/// How a call failed. The next one finds a new instance.
#[derive(Debug)]
pub enum Failure {
    /// It took too long.
    Time,
    /// It needed too much memory.
    Memory,
    /// It trapped for another reason, or there was no place for an instance.
    Trap(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
            Failure::Time
        } else if error.downcast_ref::<MemoryUp>().is_some() {
            Failure::Memory
        } else {
            Failure::Trap(error)
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Time => f.write_str("the call took too long"),
            Failure::Memory => MemoryUp.fmt(f),
            Failure::Trap(error) => write!(f, "{error:#}"),
        }
    }
}

impl std::error::Error for Failure {}
