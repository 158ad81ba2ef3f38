//! The mapper as a data collection component of Edgee: an event of Edgee in, one request to Attio out.
//!
//! The event becomes one of the Segment spec ([`event`]), which is planned as everywhere. Edgee sends one request for an
//! event: a plan of one write gives that write's own, a plan of several the nested assertion of Attio's batch endpoint.
//! Nothing is kept between events, since Edgee makes a new instance for each.

mod event;
mod request;
mod settings;

use std::fmt::Display;

use bindings::exports::edgee::components::data_collection::{
    AuthRequest, Dict, EdgeeRequest, Event, Guest,
};
use settings::Settings;

#[allow(
    unsafe_code,
    missing_docs,
    clippy::all,
    reason = "generated from Edgee's WIT"
)]
mod bindings {
    wit_bindgen::generate!({ world: "component", path: "wit" });

    export!(Component with_types_in self);

    use super::Component;
}

/// What the world exports.
struct Component;

impl Guest for Component {
    fn page(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
        answer(&event, &settings)
    }

    fn track(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
        answer(&event, &settings)
    }

    fn user(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
        answer(&event, &settings)
    }

    /// No request: a token of Attio does not have to be exchanged. It is where Edgee looks first, so settings are
    /// checked here as well.
    fn authenticate(settings: Dict) -> Result<Option<AuthRequest>, String> {
        let settings = Settings::read(&settings)?;
        request::planner(&settings)?;
        Ok(None)
    }
}

fn answer(event: &Event, settings: &Dict) -> Result<EdgeeRequest, String> {
    let settings = Settings::read(settings)?;
    let planner = request::planner(&settings)?;
    request::request(event, &planner, &settings)
}

/// What went wrong, and the findings, as many as one log entry should hold.
fn report(what: &str, findings: &[impl Display]) -> String {
    const MOST: usize = 20;
    let mut text = what.to_owned();
    for finding in findings.iter().take(MOST) {
        text.push('\n');
        text.push_str(&finding.to_string());
    }
    if findings.len() > MOST {
        text.push_str(&format!("\nand {} more", findings.len() - MOST));
    }
    text
}
