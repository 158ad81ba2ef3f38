//! The tests of the component and of this host. One binary: wasmtime compiles the component once for all of them.

mod cases;
mod component;
mod limits;
mod world;

use std::sync::LazyLock;
use std::time::Duration;

use attio_destination_host_wasmtime::{Host, Limits};

/// Patient, since a deadline is of the wall clock and the machine may be busy.
static HOST: LazyLock<Host> = LazyLock::new(|| {
    let host = Host::new(&component::bytes(), 32).unwrap();
    host.limited(Limits {
        time: Duration::from_secs(60),
        ..Limits::default()
    })
});
