//! `docs/types.md` is written from the tables of examples that run as tests. `UPDATE_DOCS=1 cargo test --test types_doc`
//! writes it anew.

#![allow(
    clippy::disallowed_methods,
    reason = "a test writes the page when the environment asks for it"
)]

use std::fmt::Write;
use std::path::Path;

use attio_destination::attribute::{Becomes, Example, describe, examples};
use attio_destination::schema::AttributeType;

const BEGINNING: &str = "\
# Attribute types

What is taken for each of Attio's 17 attribute types, and what becomes of it. Every line of the tables runs as a test;
this page is written from them (`UPDATE_DOCS=1 cargo test --test types_doc`). The same is printed by
`attio-destination types show TYPE`, and `attio-destination coerce` tries other values: what is given is a line of it, to
which the value is added as `value`; where nothing is given, `{\"attribute\": {\"type\": \"date\"}, \"value\": …}` is one.

What holds for all types:

- A value that the mapping resolved to nothing leaves the attribute out of the write. `null`, and a list without values,
  unset it; a required attribute cannot be unset.
- Blank strings leave the attribute out; `empty_strings` says `unset` or `keep` instead.
- An attribute that holds one value takes a list of one, and refuses longer ones. One that holds several takes a single
  value as a list of one, drops nothings and what comes twice, and leaves out the elements that are refused.
- `mode: strict` takes only what Attio documents, marked with ✓.
- What can be read two ways is refused, and nothing is changed without a warning.
";

/// JSON inside backticks in a cell of a table.
fn code(json: &str) -> String {
    let mut text = String::new();
    for c in json.chars() {
        match c {
            '|' => text.push_str("\\|"),
            // What nobody sees, as JSON can write it too.
            '\u{80}'..='\u{a0}'
            | '\u{ad}'
            | '\u{2000}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{205f}'..='\u{206f}'
            | '\u{3000}'
            | '\u{feff}' => write!(text, "\\u{:04x}", c as u32).unwrap(),
            c => text.push(c),
        }
    }
    match text.contains('`') {
        true => format!("`` {text} ``"),
        false => format!("`{text}`"),
    }
}

fn row(kind: AttributeType, example: &Example, page: &mut String) {
    let mut becomes = match example.becomes {
        Becomes::Written(json) => code(json),
        Becomes::Omitted => "left out".to_owned(),
        Becomes::Refused(at) => format!("error `{at}`"),
    };
    for finding in example.findings {
        write!(becomes, ", with `{finding}`").unwrap();
    }
    let given = example.line(kind).map_or(String::new(), |line| code(&line));
    let documented = if example.is_documented { "✓" } else { "" };
    writeln!(
        page,
        "| {} | {becomes} | {documented} | {} | {given} |",
        code(example.input),
        example.note.replace('|', "\\|"),
    )
    .unwrap();
}

fn page() -> String {
    let mut page = BEGINNING.to_owned();
    for kind in AttributeType::ALL {
        write!(page, "\n## {}\n\n{}\n\n", kind.as_str(), describe(kind)).unwrap();
        page.push_str(
            "| value | becomes | | what it shows | given |\n| --- | --- | --- | --- | --- |\n",
        );
        for example in examples(kind) {
            row(kind, example, &mut page);
        }
    }
    page
}

#[test]
fn the_page_of_the_types_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/types.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/types.md is stale: write it anew with `UPDATE_DOCS=1 cargo test --test types_doc`"
    );
}
