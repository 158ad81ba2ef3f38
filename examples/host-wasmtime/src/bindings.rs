//! Generated from the component's WIT.

#![allow(missing_docs, unreachable_pub, clippy::all, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../../wasm/wit",
    world: "destination",
    // A batch is lent as `&[&str]`, not copied into strings first.
    ownership: Borrowing { duplicate_if_necessary: true },
});
