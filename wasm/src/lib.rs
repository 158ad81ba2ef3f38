//! The mapper as a WebAssembly component: conversion between its types and those of `wit/destination.wit`, no more.

mod convert;

use attio_destination::catalog;
use attio_destination::diagnostic;
use attio_destination::plan::Planner;
use attio_destination::schema::Schema;

use bindings::exports::attio::destination::mapping::{
    Diagnostic, Guest, GuestMapper, Mapper, Plan,
};

#[allow(
    unsafe_code,
    missing_docs,
    clippy::all,
    reason = "generated from wit/destination.wit"
)]
mod bindings {
    wit_bindgen::generate!({ world: "destination", path: "wit" });

    export!(Component with_types_in self);

    use super::Component;
}

/// What the world exports.
struct Component;

/// A compiled configuration.
struct Compiled(Planner);

impl Guest for Component {
    type Mapper = Compiled;

    fn check(config: String, schema: Option<String>) -> Vec<Diagnostic> {
        let mut diagnostics = match compile(&config, schema.as_deref()) {
            Ok(planner) => planner.warnings().to_vec(),
            Err(diagnostics) => diagnostics,
        };
        diagnostics.sort_by_key(|diagnostic| diagnostic.severity);
        convert::diagnostics(diagnostics)
    }

    fn actions() -> String {
        catalog::actions().to_json()
    }

    fn presets() -> String {
        catalog::presets().to_json()
    }

    fn types() -> String {
        catalog::types().to_json()
    }

    fn version() -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }
}

impl GuestMapper for Compiled {
    fn compile(config: String, schema: Option<String>) -> Result<Mapper, Vec<Diagnostic>> {
        compile(&config, schema.as_deref())
            .map(|planner| Mapper::new(Compiled(planner)))
            .map_err(convert::diagnostics)
    }

    fn warnings(&self) -> Vec<Diagnostic> {
        convert::diagnostics(self.0.warnings().to_vec())
    }

    fn plan(&self, event: String) -> Plan {
        convert::plan(self.0.plan(event.as_bytes()))
    }

    fn plan_batch(&self, events: Vec<String>) -> Vec<Plan> {
        let plan = |event: String| convert::plan(self.0.plan(event.as_bytes()));
        events.into_iter().map(plan).collect()
    }
}

fn compile(config: &str, schema: Option<&str>) -> Result<Planner, Vec<diagnostic::Diagnostic>> {
    match schema {
        Some(text) => Planner::parse(config, &Schema::parse(text)?),
        None => Planner::parse(config, Schema::standard()),
    }
}
