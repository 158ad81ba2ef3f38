//! From an event to the one request that Edgee sends for it.

use std::borrow::Cow;

use attio_destination::config::{PRESETS, preset};
use attio_destination::diagnostic::{excerpt, nearest_or_all};
use attio_destination::plan::{Method, Outcome, Planner, Request, WriteKind, batch, request};
use attio_destination::schema::Schema;

use crate::bindings::exports::edgee::components::data_collection::{
    EdgeeRequest, Event, HttpMethod,
};
use crate::event;
use crate::report;
use crate::settings::Settings;

/// The preset that is used when the settings hold no configuration.
const PRESET: &str = "edgee";

/// Compiles the configuration of the settings.
///
/// # Errors
/// All that is wrong with the configuration or the schema.
pub(crate) fn planner(settings: &Settings<'_>) -> Result<Planner, String> {
    let configuration = settings.configuration.unwrap_or(PRESET);
    let configuration = if configuration.starts_with('{') {
        configuration
    } else {
        preset(configuration).ok_or_else(|| unknown_preset(configuration))?
    };
    let schema = match settings.schema {
        None => Cow::Borrowed(Schema::standard()),
        Some(text) => Cow::Owned(
            Schema::parse(text).map_err(|errors| report("the schema cannot be used", &errors))?,
        ),
    };
    Planner::parse(configuration, &schema)
        .map_err(|errors| report("the configuration cannot be used", &errors))
}

/// The request for an event.
///
/// # Errors
/// Why there is nothing to send: no subscription takes the event, or it cannot be planned.
pub(crate) fn request(
    event: &Event,
    planner: &Planner,
    settings: &Settings<'_>,
) -> Result<EdgeeRequest, String> {
    let time = event::time(event)?;
    let plan = planner.plan(event::json(event, time).as_bytes());
    let request = match &plan.outcome {
        Outcome::Rejected => return Err(report("the event cannot be planned", &plan.diagnostics)),
        Outcome::Filtered { reason } => return Err(format!("nothing is sent: {reason}")),
        Outcome::Planned => match plan.writes.as_slice() {
            // What Attio documents, where that is enough: it answers what is wrong with it.
            [only] if matches!(only.kind, WriteKind::Assert { .. }) => {
                Some(request::request(only, None))
            }
            _ => batch::request(&plan, time),
        },
    };
    let request = request.ok_or("nothing is sent: the plan of this event holds no write")?;
    edgee(request, settings)
}

fn edgee(request: Request, settings: &Settings<'_>) -> Result<EdgeeRequest, String> {
    Ok(EdgeeRequest {
        method: match request.method {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
            Method::Put => HttpMethod::Put,
            // Only appends to records whose ids are known; alone none is planned.
            Method::Patch => return Err("nothing is sent: Edgee cannot send a PATCH".to_owned()),
        },
        url: format!("{}{}", settings.api_url, request.path),
        headers: vec![
            (
                "authorization".to_owned(),
                format!("Bearer {}", settings.token),
            ),
            ("content-type".to_owned(), "application/json".to_owned()),
        ],
        // The visitor's own headers are none of Attio's business.
        forward_client_headers: false,
        body: request.body.unwrap_or_default(),
    })
}

fn unknown_preset(name: &str) -> String {
    let help = nearest_or_all(name, "the presets", PRESETS.map(|(name, _)| name));
    let error = format!(
        "`configuration` expected a configuration as JSON or the name of a preset, got `{}`; {help}",
        excerpt(name)
    );
    report("the settings cannot be used", &[error])
}
