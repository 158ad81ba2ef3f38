//! One named test per file in `tests/cases`: a configuration, an event, and the whole plan with all its diagnostics.
//!
//! A case is a JSON object: `config` (a document, or the name of a preset; `minimal` when absent), `schema` (when it is
//! not the built-in one), `event` (an object), `text` (what is no JSON) or `bytes` (what is no UTF-8, in hexadecimal), and
//! what must come out: `plan` and `requests`, or `errors` when the configuration is refused. `config_text` and `action`
//! stand for a configuration that is no JSON, and for an action file on its own. `UPDATE_CASES=1 cargo test --test cases` writes what comes
//! out into the files; read the difference before you keep it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use attio_destination::action::Definition;
use attio_destination::config::{Config, preset};
use attio_destination::diagnostic::{Code, Diagnostic};
use attio_destination::plan::{Plan, Planner, WriteKind, request};
use attio_destination::schema::Schema;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Map, Value, json};

fn main() {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let mut trials: Vec<Trial> = files
        .iter()
        .map(|file| {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            let file = file.clone();
            Trial::test(name, move || run(&file))
        })
        .collect();
    trials.push(Trial::test("every_diagnostic_code_has_a_case", move || {
        every_code_has_a_case(&files)
    }));
    libtest_mimic::run(&arguments, trials).exit();
}

/// Codes that no plan and no configuration error can hold, and where their tests are.
const ELSEWHERE: &[(Code, &str)] = &[
    (
        Code::DeliveryMissingReference,
        "src/delivery/scheduler/tests",
    ),
    (Code::DeliveryPlan, "src/delivery/scheduler/tests"),
];

fn every_code_has_a_case(files: &[PathBuf]) -> Result<(), Failed> {
    let cases: Vec<String> = files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let missing: BTreeSet<&str> = Code::ALL
        .iter()
        .filter(|code| !ELSEWHERE.iter().any(|(elsewhere, _)| elsewhere == *code))
        .map(|code| code.as_str())
        .filter(|code| {
            !cases
                .iter()
                .any(|case| case.contains(&format!("\"code\": \"{code}\"")))
        })
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("no case shows {missing:?}").into())
    }
}

fn run(file: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(file)?;
    let mut case: Map<String, Value> = serde_json::from_str(&text)?;
    let outcome = outcome(&case)?;
    if bless() {
        for key in ["plan", "requests", "errors"] {
            case.shift_remove(key);
        }
        case.extend(outcome);
        let updated = serde_json::to_string_pretty(&case)? + "\n";
        if updated != text {
            fs::write(file, updated)?;
        }
        return Ok(());
    }
    for key in ["plan", "requests", "errors"] {
        let (expect, got) = (case.get(key), outcome.get(key));
        if expect != got {
            let pretty =
                |value: Option<&Value>| value.map(|value| format!("{value:#}")).unwrap_or_default();
            let difference =
                pretty_assertions::StrComparison::new(&pretty(expect), &pretty(got)).to_string();
            return Err(format!("`{key}` differs\n{difference}").into());
        }
    }
    Ok(())
}

fn outcome(case: &Map<String, Value>) -> Result<Map<String, Value>, Failed> {
    let errors =
        |errors: Vec<Diagnostic>| Ok(Map::from_iter([("errors".to_owned(), json!(errors))]));
    if let Some(action) = case.get("action") {
        return match Definition::parse(&action.to_string(), Schema::standard()) {
            Ok(_) => errors(Vec::new()),
            Err(found) => errors(found),
        };
    }
    let schema = match case.get("schema") {
        Some(schema) => match Schema::parse(&schema.to_string()) {
            Ok(schema) => schema,
            Err(found) => return errors(found),
        },
        None => Schema::standard().clone(),
    };
    let config = match case.get("config").or(case.get("config_text")) {
        None => preset("minimal").unwrap().to_owned(),
        Some(Value::String(text)) if case.contains_key("config_text") => text.clone(),
        Some(Value::String(name)) => preset(name).ok_or("no such preset")?.to_owned(),
        Some(document) => document.to_string(),
    };
    let planner = match Config::parse(&config).and_then(|config| Planner::new(&config, &schema)) {
        Ok(planner) => planner,
        Err(found) => return errors(found),
    };
    let event = match (case.get("event"), case.get("text"), case.get("bytes")) {
        (Some(event), ..) => event.to_string().into_bytes(),
        (_, Some(Value::String(text)), _) => text.clone().into_bytes(),
        (.., Some(Value::String(hex))) => (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16))
            .collect::<Result<_, _>>()?,
        // A configuration with nothing but warnings.
        _ => return errors(planner.warnings().to_vec()),
    };
    let plan = planner.plan(&event);
    if plan != planner.plan(&event) {
        return Err("planning twice gave two plans".into());
    }
    let shown = json!(with_warnings(&planner, plan.clone()));
    let requests: Vec<Value> = plan.writes.iter().map(|write| {
        let request = request::request(write, None);
        let body: Value = serde_json::from_str(request.body.as_deref().unwrap_or("null")).unwrap();
        json!({"method": request.method.to_string(), "path": request.path, "body": body, "after": write.depends_on,
            "record_of": match write.kind { WriteKind::Append { record } => Some(record), WriteKind::Assert { .. } => None }})
    }).collect();
    Ok(Map::from_iter([
        ("plan".to_owned(), shown),
        ("requests".to_owned(), json!(requests)),
    ]))
}

/// The plan with the configuration's warnings before its own diagnostics.
fn with_warnings(planner: &Planner, mut plan: Plan) -> Plan {
    let warnings: Vec<Diagnostic> = planner.warnings().to_vec();
    plan.diagnostics.splice(0..0, warnings);
    plan
}

#[allow(clippy::disallowed_methods, reason = "a test may be told to bless")]
fn bless() -> bool {
    std::env::var_os("UPDATE_CASES").is_some()
}
