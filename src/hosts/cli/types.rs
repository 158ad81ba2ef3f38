//! `types`: the attribute types, with what is taken for them and what becomes of it.

use std::fmt::Write;

use clap::Subcommand;

use super::{Exit, Failure, Terminal, output, table};
use crate::attribute::{Becomes, Example, describe, examples};
use crate::catalog;

use crate::schema::AttributeType;

#[derive(Debug, Subcommand)]
pub(super) enum Types {
    /// List the attribute types
    List,
    /// Show what is taken for a type, with examples
    Show {
        /// Its name, e.g. `date`
        name: String,
    },
}

pub(super) fn run(types: &Types, terminal: Terminal) -> Result<Exit, Failure> {
    match types {
        Types::List => output::print(list(terminal).as_bytes()),
        Types::Show { name } => output::print(show(kind(name)?, terminal).as_bytes()),
    }
}

fn kind(name: &str) -> Result<AttributeType, Failure> {
    if let Some((kind, _)) = AttributeType::from_name(name) {
        return Ok(kind);
    }
    let message = format!("`{name}` is no attribute type");
    Err(Failure::usage_with_help(message, AttributeType::help(name)))
}

/// All types, with the first sentence of each.
pub fn list(terminal: Terminal) -> String {
    if terminal.is_json() {
        return format!("{}\n", catalog::types().to_json());
    }
    let rows = AttributeType::ALL.map(|kind| {
        let text = describe(kind);
        let end = text.find(". ").map_or(text.len(), |at| at + 1);
        [
            kind.as_str().to_owned(),
            text[..end].to_owned(),
            examples(kind).len().to_string(),
        ]
    });
    table::render(["Type", "What it holds", "Examples"], rows, &[2])
}

/// One type: its description and its examples.
pub fn show(kind: AttributeType, terminal: Terminal) -> String {
    let all = examples(kind);
    if terminal.is_json() {
        return format!(
            "{}\n",
            catalog::attribute_type_with_examples(kind).to_json()
        );
    }
    let mut text = format!("{}\n\n", kind.as_str());
    wrap(describe(kind), &mut text);
    let is_taken = |example: &&Example| !matches!(example.becomes, Becomes::Refused(_));
    for (title, examples) in [
        (
            "Documented by Attio, taken in strict mode too",
            all.iter()
                .filter(|example| example.is_documented)
                .collect::<Vec<_>>(),
        ),
        (
            "Also taken",
            all.iter()
                .filter(is_taken)
                .filter(|example| !example.is_documented)
                .collect(),
        ),
        (
            "Refused",
            all.iter().filter(|example| !is_taken(example)).collect(),
        ),
    ] {
        if examples.is_empty() {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n{title}\n");
        let rows = examples.into_iter().map(|example| row(kind, example));
        text.push_str(&table::render(["Value", "Becomes", "Given", ""], rows, &[]));
    }
    text
}

fn row(kind: AttributeType, example: &Example) -> [String; 4] {
    let becomes = match example.becomes {
        Becomes::Written(json) => {
            let mut text = json.to_owned();
            for code in example.findings {
                text.push_str(&format!(" ({code})"));
            }
            text
        }
        Becomes::Omitted => "left out".to_owned(),
        Becomes::Refused(code) => code.to_string(),
    };
    [
        example.input.to_owned(),
        becomes,
        example.line(kind).unwrap_or_default(),
        example.note.to_owned(),
    ]
}

/// Appends a paragraph in lines of at most 80 characters.
fn wrap(paragraph: &str, text: &mut String) {
    const WIDTH: usize = 80;
    let mut width = 0;
    for word in paragraph.split_whitespace() {
        let chars = word.chars().count();
        if width > 0 && width + 1 + chars > WIDTH {
            text.push('\n');
            width = 0;
        } else if width > 0 {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += chars;
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::super::output::Format;
    use super::*;
    use crate::json::Value;

    fn terminal(format: Format) -> Terminal {
        Terminal {
            format,
            color_out: false,
            color_err: false,
        }
    }

    #[test]
    fn every_type_is_listed_and_shown_with_all_its_examples() {
        let list = list(terminal(Format::Human));
        for kind in AttributeType::ALL {
            assert!(list.contains(kind.as_str()), "{}", kind.as_str());
            let json = show(kind, terminal(Format::Json));
            let json = Value::parse(&json).unwrap();
            assert_eq!(
                json.get("examples").unwrap().as_array().unwrap().len(),
                examples(kind).len()
            );
        }
    }

    #[test]
    fn a_type_is_shown_with_what_is_taken_and_what_is_refused() {
        let text = show(AttributeType::Rating, terminal(Format::Human));
        let beginning: Vec<_> = text.lines().take(12).collect();
        insta::assert_snapshot!(beginning.join("\n"), @r#"
        rating

        A whole number from 0 to 5. Attio takes a JSON integer, or `{"value": integer}`.
        The same number as text, or written with zero decimals (`4.0`), is taken too.
        Anything else is refused: a rating is never clamped, scaled or rounded.

        Documented by Attio, taken in strict mode too

         Value           Becomes       Given
        ─────────────── ───────────── ─────── ────────────────────────────
         0               {"value":0}           no star
         1               {"value":1}           one
        "#);
        assert!(text.contains("\nAlso taken\n") && text.contains("\nRefused\n"));
    }

    #[test]
    fn a_name_that_is_no_type_is_answered_with_the_nearest() {
        let Err(Failure::Usage { message, help }) = kind("dates") else {
            panic!("`dates` is no type");
        };
        assert_eq!(message, "`dates` is no attribute type");
        assert_eq!(help.as_deref(), Some("did you mean `date`?"));
        assert_eq!(kind("email").unwrap(), AttributeType::EmailAddress);
    }
}
