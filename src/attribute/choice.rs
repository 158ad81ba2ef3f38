//! What `select` and `status` share: one of a list that the workspace keeps, by its title or its id.

use super::host::trimmed;
use super::known::Found;
use super::{Finding, To};
use crate::diagnostic::{Code, excerpt};
use crate::json::{Value, write_string};

/// The words of one of the two types.
pub(super) struct Words {
    /// The key of the object form.
    pub(super) key: &'static str,
    /// What is expected, with its article.
    pub(super) what: &'static str,
    /// What there are, in the plural.
    pub(super) all: &'static str,
    pub(super) code: Code,
}

/// How many titles a help line names.
const MOST: usize = 8;

pub(super) fn coerce(
    words: &Words,
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let inner = to.inside(words.what, value, words.key)?;
    let sent = match inner {
        Value::String(text) => text.as_ref(),
        Value::Number(text) if !to.strict() => text.as_ref(),
        Value::Bool(true) if !to.strict() => "true",
        Value::Bool(false) if !to.strict() => "false",
        _ => {
            let help = match inner {
                Value::Null => "send `null` itself to unset the attribute",
                _ if to.strict() => "send its title as a string, or set `mode` to `lenient`",
                _ => "send its title or its id",
            };
            return Err(to.expected(words.code, words.what, inner).help(help));
        }
    };
    let text = trimmed(sent);
    if text.is_empty() {
        return Err(to
            .expected(words.code, words.what, inner)
            .help("send its title or its id"));
    }
    let written = match &to.coercer.known.choices {
        None if to.strict() => sent,
        None => text,
        Some(choices) => match choices.find(sent) {
            Found::Title(choice) if !to.strict() || choice.title == sent => &choice.title,
            Found::Id(choice) => choice.id.as_deref().unwrap_or(&choice.title),
            Found::Title(choice) => {
                let help = format!(
                    "send `{}`, or set `mode` to `lenient`",
                    excerpt(&choice.title)
                );
                return Err(to.expected(words.code, words.what, inner).help(help));
            }
            Found::Several => return Err(several(words, inner, to)),
            Found::Archived(choice) => {
                let message = format!(
                    "`{}` expected {}, got `{}`, which is archived",
                    to.coercer.slug,
                    words.what,
                    excerpt(&choice.title)
                );
                let help = nearest(words, text, to);
                return Err(Finding::error(words.code, message).help(help));
            }
            Found::Nothing => {
                let help = match list(text, to) {
                    Some(help) => help,
                    None => nearest(words, text, to),
                };
                return Err(to.expected(words.code, words.what, inner).help(help));
            }
        },
    };
    out.push_str("{\"");
    out.push_str(words.key);
    out.push_str("\":");
    write_string(written, out);
    out.push('}');
    Ok(())
}

fn several(words: &Words, value: &Value<'_>, to: &To<'_, '_>) -> Finding {
    to.expected(words.code, words.what, value).help(format!(
        "several {} have this title: send the exact one, or its id",
        words.all
    ))
}

/// The help for a text that names several options of an attribute that holds several.
fn list(text: &str, to: &To<'_, '_>) -> Option<String> {
    let choices = to.coercer.known.choices.as_ref()?;
    let separator = text.chars().find(|c| matches!(c, ',' | ';' | '|'))?;
    let is_known = |part: &str| matches!(choices.find(part), Found::Title(_) | Found::Id(_));
    (to.coercer.attribute.is_multiselect && text.split(separator).all(is_known))
        .then(|| "send several as a list: `[\"…\", \"…\"]`".to_owned())
}

/// The help that names the titles nearest to `text`, or all when they are few. After many findings, as of a long list
/// whose elements are refused one by one, it names none.
fn nearest(words: &Words, text: &str, to: &To<'_, '_>) -> String {
    const MOST_NEAR: usize = 3;
    const MOST_FINDINGS: usize = 16;
    /// What comes behind makes no title nearer.
    const MOST_CHARS: usize = 64;
    if to.findings.len() >= MOST_FINDINGS {
        return "send its title or its id".to_owned();
    }
    let choices = to.coercer.known.choices.as_ref();
    let mut titles: Vec<&str> = choices
        .iter()
        .flat_map(|choices| choices.titles())
        .collect();
    if titles.is_empty() {
        return format!("the attribute has no {}: create one in Attio", words.all);
    }
    let is_all = titles.len() <= MOST;
    if !is_all {
        let folded = |text: &str| -> String {
            let chars = text.chars().take(MOST_CHARS);
            chars.flat_map(char::to_lowercase).collect()
        };
        let text = folded(text);
        let mut near: Vec<(f64, &str)> = Vec::with_capacity(MOST_NEAR + 1);
        for title in titles {
            let likeness = strsim::jaro_winkler(&text, &folded(title));
            // Equals stay in the order of the workspace.
            let farther = near.iter().position(|(other, _)| likeness > *other);
            near.insert(farther.unwrap_or(near.len()), (likeness, title));
            near.truncate(MOST_NEAR);
        }
        titles = near.into_iter().map(|(_, title)| title).collect();
    }
    let titles: Vec<_> = titles
        .into_iter()
        .map(|title| format!("`{}`", excerpt(title)))
        .collect();
    let titles = titles.join(", ");
    match is_all {
        true => format!("the {} are {titles}", words.all),
        false => format!("the nearest {} are {titles}", words.all),
    }
}
