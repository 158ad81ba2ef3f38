//! `personal-name`: first name, last name, and both in reading order.
//!
//! Attio reads a string as `Last, First`, and one without a comma as a first name alone. People send `Jane van der Berg`.
//! Where a name is split is a convention, and this is Segment's: after the first word. Not done on purpose: names are not
//! put in capitals, titles are not removed, and no list of names decides what is a first name.

mod examples;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::host::{is_unseen, trimmed};
use super::letters::words;
use super::{Finding, To};
use crate::diagnostic::{Code, excerpt};
use crate::json::{Object, Value, write_string};
pub(super) use examples::EXAMPLES;

const WHAT: &str = "a person's name";

pub(super) const DESCRIPTION: &str = "\
A person's name. Attio takes `Last, First` as a string, or an object with `first_name`, `last_name` and `full_name`. \
Taken too: a name in reading order, which is split after its first word (`Jane van der Berg` into `Jane` and `van der \
Berg`), or before a small `van`, `von`, `bin` and the like; initials, titles and nicknames stay with the first name, \
`Jr.`, `III` and `PhD` with the last. One word is a first name. Names in Chinese, Japanese and Korean characters start \
with the last name. Objects may use `firstName`, `given_name`, `lastName`, `family_name`, `name` and their relatives; what \
has no place in the name that these give (a `displayName`, an e-mail address as `name`) is left out with a warning.";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    match value {
        Value::String(text) => {
            let name = Name::read(text, to.strict()).map_err(|why| refusal(why, value, to))?;
            name.write(out);
            Ok(())
        }
        Value::Object(object) if to.strict() => {
            if let Some(finding) = to.unknown_keys(WHAT, object, &KEYS) {
                return Err(finding);
            }
            if let Some(missing) = KEYS.iter().find(|key| !object.contains_key(key)) {
                let message = format!(
                    "`{}` expected all three parts of a name, got none as `{missing}`",
                    to.coercer.slug
                );
                return Err(Finding::error(Code::AttributePersonalName, message)
                    .help("send `first_name`, `last_name` and `full_name`, or set `mode` to `lenient`"));
            }
            from_object(object, to, out)
        }
        Value::Object(object) => from_object(object, to, out),
        _ => Err(refusal(NoName::Shape, value, to)),
    }
}

const KEYS: [&str; 3] = ["first_name", "last_name", "full_name"];

/// The commas of all scripts.
const COMMAS: [char; 4] = [',', '，', '、', '،'];

/// Why a text is no name.
enum NoName {
    Shape,
    /// It is an e-mail address.
    Address,
    /// It names more than one person.
    Several,
    /// Nobody can say which part is which.
    Order,
    /// It has no comma, and strict mode does not split it.
    Strict,
}

fn refusal(why: NoName, value: &Value<'_>, to: &To<'_, '_>) -> Finding {
    let help = match why {
        NoName::Shape => "send a name such as `Jane Doe`, or `first_name` and `last_name`",
        NoName::Address => "map the name of the person, and the address to an e-mail attribute",
        NoName::Several => "send the name of one person",
        NoName::Order => "send `first_name` and `last_name`, since this can be read in either order",
        NoName::Strict => "send `Last, First`, or an object with `first_name`, `last_name` and `full_name`",
    };
    to.expected(Code::AttributePersonalName, WHAT, value).help(help)
}

/// A name in its three parts.
struct Name<'t> {
    first: Cow<'t, str>,
    last: Cow<'t, str>,
    full: Cow<'t, str>,
}

impl<'t> Name<'t> {
    fn read(text: &'t str, is_strict: bool) -> Result<Name<'t>, NoName> {
        let text = spaced(text);
        if !text.chars().any(char::is_alphabetic) || is_placeholder(&text) {
            return Err(NoName::Shape);
        }
        // Most names are letters and spaces, among which there are no marks to look for.
        let is_plain = (text.bytes()).all(|byte| byte.is_ascii_alphabetic() || byte == b' ');
        if !is_plain && text.contains('@') {
            return Err(NoName::Address);
        }
        if !is_plain && text.contains([';', '|']) || text.as_bytes().split(|byte| *byte == b' ').any(is_and) {
            return Err(NoName::Several);
        }
        if !is_plain && let Some((last, first)) = text.split_once(COMMAS) {
            let is_plain = text.contains(',');
            return Name::reversed(last, first, is_strict, is_plain);
        }
        let split = split(&text)?;
        if is_strict && split.is_some() {
            return Err(NoName::Strict);
        }
        Ok(match split {
            None => Name { first: text.clone(), last: Cow::Borrowed(""), full: text },
            Some(split) => split.of(text),
        })
    }

    /// `Last, First`, or a name with what follows it (`John Smith, Jr.`).
    fn reversed(last: &str, first: &str, is_strict: bool, is_plain: bool) -> Result<Name<'t>, NoName> {
        let (last, first) = (trimmed(last), trimmed(first));
        let parts: Vec<&str> = first.split(COMMAS).map(trimmed).collect();
        let is_suffixes = |part: &str| !part.is_empty() && part.split(' ').all(is_suffix);
        let has_suffix = parts.iter().any(|part| is_suffixes(part));
        let has_gap = parts.len() > 1 && parts.iter().any(|part| part.is_empty());
        let is_alone = has_suffix && parts.iter().all(|part| part.is_empty() || is_suffixes(part));
        // `Smith, MD`: a doctor, or somebody of that first name.
        if is_alone && !last.contains(' ') {
            return Err(NoName::Order);
        }
        if is_strict && (has_suffix || has_gap || !is_plain) {
            return Err(NoName::Strict);
        }
        if !has_suffix && !has_gap {
            return Ok(Name::joined(first, last));
        }
        // What follows a name belongs to the last name, wherever it stands: `King, Martin Luther, Jr.`
        let mut last = last.to_owned();
        let mut firsts = Vec::new();
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            if is_suffixes(part) {
                last.push(' ');
                last.push_str(part);
            } else {
                firsts.push(part);
            }
        }
        let last = last.trim_start();
        if !is_alone {
            return Ok(Name::joined(&firsts.join(", "), last));
        }
        // `John Smith, Jr.`
        let split = split(last)?.map(|split| split.of(Cow::Owned(last.to_owned())));
        Ok(split.unwrap_or_else(|| Name::joined("", last)))
    }

    /// The name of a first and a last name.
    fn joined(first: &str, last: &str) -> Name<'t> {
        let full = match (first, last) {
            ("", name) | (name, "") => name.to_owned(),
            _ if is_cjk(first) && is_cjk(last) => format!("{last} {first}"),
            _ => format!("{first} {last}"),
        };
        Name {
            first: Cow::Owned(first.to_owned()),
            last: Cow::Owned(last.to_owned()),
            full: Cow::Owned(full),
        }
    }

    fn write(&self, out: &mut String) {
        out.push_str("{\"first_name\":");
        write_string(&self.first, out);
        out.push_str(",\"last_name\":");
        write_string(&self.last, out);
        out.push_str(",\"full_name\":");
        write_string(&self.full, out);
        out.push('}');
    }
}

/// A text without what nobody sees around its words, and with one space between them.
fn spaced(text: &str) -> Cow<'_, str> {
    let text = trimmed(text);
    // Most names are what is seen of ASCII, with one space between words.
    let mut before = b' ';
    let is_usual = text.bytes().all(|byte| {
        let is_second_space = byte == b' ' && before == b' ';
        before = byte;
        matches!(byte, b' '..=b'~') && !is_second_space
    });
    let is_clean = || !text.contains(|c: char| c != ' ' && is_unseen(c)) && !text.contains("  ");
    if is_usual || is_clean() {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    for word in words.map(trimmed).filter(|word| !word.is_empty()) {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.push_str(word);
    }
    Cow::Owned(clean)
}

/// Where a name in reading order is split.
#[derive(Clone, Copy)]
struct Split {
    /// The byte of the space between both parts; none when all is the last name.
    at: Option<usize>,
    /// Whether the last name comes first.
    is_last_first: bool,
}

impl Split {
    fn of(self, full: Cow<'_, str>) -> Name<'_> {
        let part = |range: Range<usize>| match &full {
            Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
            Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
        };
        let (before, behind) = match self.at {
            Some(at) => (part(0..at), part(at + 1..full.len())),
            None => (Cow::Borrowed(""), full.clone()),
        };
        match self.is_last_first {
            true => Name { first: behind, last: before, full },
            false => Name { first: before, last: behind, full },
        }
    }
}

/// Where a name of several words is split; nothing for one word.
fn split(text: &str) -> Result<Option<Split>, NoName> {
    let Some(space) = text.bytes().position(|byte| byte == b' ') else {
        return Ok(None);
    };
    let (first, rest) = (&text[..space], &text[space + 1..]);
    let (two, many);
    let words = match rest.as_bytes().contains(&b' ') {
        false => {
            two = [first, rest];
            two.as_slice()
        }
        true => {
            many = text.split(' ').collect::<Vec<_>>();
            many.as_slice()
        }
    };
    let starts_with_last = is_cjk(text);
    let firsts = if starts_with_last {
        // `ヤマダ タロウ` is a Japanese name in its own order, `ジョン スミス` a foreign one in the other.
        if text.chars().all(|c| matches!(c, '\u{30a0}'..='\u{30ff}' | ' ')) {
            return Err(NoName::Order);
        }
        1
    } else {
        words_of_first_name(words)
    };
    let at = words[..firsts].iter().map(|word| word.len() + 1).sum::<usize>();
    Ok(Some(Split {
        at: at.checked_sub(1),
        is_last_first: starts_with_last,
    }))
}

/// How many of at least two words belong to the first name. At least one is left to the last name.
fn words_of_first_name(words: &[&str]) -> usize {
    let last = words.len() - 1;
    if is_particle(words[0]) && (has_capital(words) || are_particles(words[0], words[1])) {
        return 0;
    }
    // A small word that only last names start with ends the first name, however many words that has.
    if let Some(at) = words[1..last].iter().position(|word| starts_last_name(word)) {
        return at + 1;
    }
    let titles = words[..last].iter().take_while(|word| is_title(word)).count();
    if titles == last {
        return titles;
    }
    let mut firsts = titles + 1;
    while firsts < last {
        firsts += match nickname(&words[firsts..last]) {
            0 if is_initial(words[firsts]) => 1,
            0 => break,
            length => length,
        };
    }
    firsts
}

/// Whether a word is a small one that a last name starts with, and no part of it before them.
fn starts_last_name(word: &str) -> bool {
    matches!(
        word,
        "van" | "von" | "vom" | "zu" | "zum" | "zur" | "af" | "ten" | "ter" | "bin" | "bint" | "ibn" | "ben" | "binti"
    )
}

/// Whether a name that starts with this word is a last name alone.
fn is_particle(word: &str) -> bool {
    let is_other = matches!(
        word,
        "d'" | "da" | "das" | "de" | "del" | "della" | "den" | "der" | "di" | "do" | "dos" | "du" | "la" | "le"
    );
    is_other || starts_last_name(word)
}

/// Whether case tells small words from names: `ben smith` may be anybody's way to write Ben Smith.
fn has_capital(words: &[&str]) -> bool {
    words.iter().any(|word| word.contains(char::is_uppercase))
}

/// Whether two words start a last name in any case, as no first name does: `van der`, `de la`.
fn are_particles(first: &str, second: &str) -> bool {
    match first {
        "van" | "von" => matches!(second, "de" | "dem" | "den" | "der" | "het"),
        "de" => matches!(second, "la" | "las" | "los"),
        _ => false,
    }
}

/// Whether a word is a title that stands before a name.
fn is_title(word: &str) -> bool {
    const TITLES: [&str; 25] = [
        "dr", "prof", "mr", "mrs", "ms", "mx", "miss", "sir", "dame", "lord", "rev", "hon", "herr", "frau", "mme", "mlle",
        "sra", "srta", "dott", "ing", "dipl-ing", "capt", "col", "gen", "sgt",
    ];
    let word = word.trim_end_matches('.');
    TITLES.iter().any(|title| title.eq_ignore_ascii_case(word))
}

/// Whether a word is an initial: `F.`, `F`, `J.R.`.
fn is_initial(word: &str) -> bool {
    let letters = word.chars().filter(|c| *c != '.');
    let is_dotted = word.ends_with('.') && word.chars().filter(|c| *c == '.').count() == letters.clone().count();
    let is_capital = letters.clone().count() == 1 && letters.clone().all(char::is_uppercase);
    (is_dotted || is_capital) && letters.clone().all(char::is_alphabetic)
}

/// How many words are a nickname in quotes or brackets.
fn nickname(words: &[&str]) -> usize {
    const QUOTES: [(char, char); 6] = [('"', '"'), ('\'', '\''), ('(', ')'), ('“', '”'), ('‘', '’'), ('«', '»')];
    let Some((_, close)) = QUOTES.iter().find(|(open, _)| words.first().is_some_and(|word| word.starts_with(*open))) else {
        return 0;
    };
    words.iter().position(|word| word.ends_with(*close)).map_or(0, |at| at + 1)
}

/// Whether a word follows a last name: `Jr.`, `III`, `PhD`.
fn is_suffix(word: &str) -> bool {
    const ANY_CASE: [&str; 13] = [
        "jr", "sr", "jnr", "snr", "ii", "iii", "iv", "2nd", "3rd", "4th", "phd", "esq", "esquire",
    ];
    // In small letters these may be names: `Md` is short for Mohammed.
    const CAPITALS: [&str; 4] = ["MD", "MBA", "CPA", "DDS"];
    let mut letters = [0; 8];
    let mut length = 0;
    for byte in word.bytes().filter(|byte| *byte != b'.') {
        let Some(slot) = letters.get_mut(length) else {
            return false;
        };
        *slot = byte;
        length += 1;
    }
    let letters = &letters[..length];
    ANY_CASE.iter().any(|suffix| letters.eq_ignore_ascii_case(suffix.as_bytes()))
        || CAPITALS.iter().any(|suffix| letters == suffix.as_bytes())
}

/// Whether the letters of a name are Chinese, Japanese or Korean, which puts the last name first.
fn is_cjk(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| c.is_alphabetic()).peekable();
    letters.peek().is_some()
        && letters.all(|c| {
            matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3005}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
                | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
        })
}

/// Whether a word stands between the names of several persons.
fn is_and(word: &[u8]) -> bool {
    matches!(word, b"&" | b"+" | b"and" | b"und")
}

/// Whether a text is what programs write for nothing.
fn is_placeholder(text: &str) -> bool {
    const NOTHING: [&str; 6] = ["null", "undefined", "none", "nan", "n/a", "nil"];
    text.split(' ').all(|word| NOTHING.iter().any(|nothing| nothing.eq_ignore_ascii_case(word)))
}

/// What a key means.
#[derive(Clone, Copy)]
enum Part {
    First,
    Last,
    Full,
    Middle,
    /// What a person is called somewhere, which may be anything.
    Display,
}

/// The meaning of a key, whatever its case and with or without `_`, `-` and space.
fn part(key: &str) -> Option<Part> {
    let is = |name: &str| {
        let letters = key.bytes().filter(|byte| !matches!(byte, b'_' | b'-' | b' '));
        letters.map(|byte| byte.to_ascii_lowercase()).eq(name.bytes())
    };
    let any = |names: &[&str]| names.iter().any(|name| is(name));
    match () {
        () if any(&["firstname", "first", "givenname", "given", "forename", "fname"]) => Some(Part::First),
        () if any(&["lastname", "last", "familyname", "family", "surname", "lname"]) => Some(Part::Last),
        () if any(&["fullname", "full", "name"]) => Some(Part::Full),
        () if any(&["displayname"]) => Some(Part::Display),
        () if any(&["middlename", "middle", "additionalname"]) => Some(Part::Middle),
        () => None,
    }
}

fn from_object(
    object: &Object<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let mut parts: [Option<Cow<'_, str>>; 5] = [const { None }; 5];
    for (key, value) in object.iter() {
        let Some(part) = part(key) else {
            return Err(unknown_keys(object, to));
        };
        let text = match value {
            Value::Null if !to.strict() => continue,
            Value::String(text) => spaced(text),
            _ => {
                let message = format!(
                    "`{}` expected a string in `{}`, got {}",
                    to.coercer.slug,
                    excerpt(key),
                    value.describe()
                );
                return Err(Finding::error(Code::AttributePersonalName, message)
                    .help("send each part of the name as a string"));
            }
        };
        let slot = &mut parts[part as usize];
        match slot {
            _ if text.is_empty() => {}
            Some(before) if *before != text => {
                let message = format!(
                    "`{}` expected each part of a name once, got `{}` and `{}` for the same",
                    to.coercer.slug,
                    excerpt(before),
                    excerpt(&text)
                );
                return Err(Finding::error(Code::AttributePersonalName, message).help("map only one of them"));
            }
            _ => *slot = Some(text),
        }
    }
    let is_complete = KEYS.iter().all(|key| matches!(object.get(key), Some(Value::String(_))));
    let [first, last, full, middle, display] = parts;
    let (name, beside) = match (first, last, full) {
        (first, last, Some(full)) if is_complete => {
            let name = Name { first: first.unwrap_or_default(), last: last.unwrap_or_default(), full };
            (name, [display, None])
        }
        (None, None, full) => {
            let (whole, display) = match full {
                Some(full) => (Some(full), display),
                None => (display, None),
            };
            let name = match (&whole, &middle) {
                (Some(whole), _) => {
                    let name = Name::read(whole, to.strict());
                    name.map_err(|why| refusal(why, &Value::String(whole.as_ref().into()), to))?.into_owned()
                }
                (None, Some(middle)) => Name::joined(middle, ""),
                (None, None) => return Ok(()),
            };
            (name, [display, None])
        }
        (first, last, full) => {
            let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
            let mut name = Name::joined(&first, &last);
            if let Some(middle) = &middle {
                name.full = Name::joined(format!("{first} {middle}").trim_start(), &last).full;
            }
            if let Some(why) = no_name(&name.full) {
                return Err(refusal(why, &Value::String(name.full), to));
            }
            let takes_full = full.as_deref().is_some_and(|text| name.takes(text, false));
            let takes_display = !takes_full && display.as_deref().is_some_and(|text| name.takes(text, true));
            (name, [full.filter(|_| !takes_full), display.filter(|_| !takes_display)])
        }
    };
    name.write(out);
    for text in beside.iter().flatten().chain(&middle) {
        if !is_placeholder(text) && !name.says(text) {
            let message = format!(
                "`{}` expected the parts of one name, got `{}` beside them, which was left out",
                to.coercer.slug,
                excerpt(text)
            );
            to.findings.push(
                Finding::warning(Code::AttributeLeftOut, message)
                    .help("map it to another attribute, or leave it out of the mapping"),
            );
        }
    }
    Ok(())
}

/// Why a text is no name, whatever stands where in it.
fn no_name(text: &str) -> Option<NoName> {
    match () {
        () if !text.chars().any(char::is_alphabetic) || is_placeholder(text) => Some(NoName::Shape),
        () if text.contains('@') => Some(NoName::Address),
        () => None,
    }
}

impl Name<'_> {
    /// Takes in the whole of a name of which there are one or two parts; whether it is one. What a person is called
    /// somewhere is one only when it holds these parts.
    fn takes(&mut self, whole: &str, is_display: bool) -> bool {
        if no_name(whole).is_some() {
            return false;
        }
        let (has_first, has_last) = (!self.first.is_empty(), !self.last.is_empty());
        if whole.contains(COMMAS) {
            if has_first && has_last && self.says(whole) || self.takes_read(whole) {
                return true;
            }
            if !is_display {
                self.full = Cow::Owned(whole.to_owned());
            }
            return !is_display;
        }
        let is_whole = match (has_first, has_last) {
            (true, true) => Name::joined(whole, "").says(&format!("{} {}", self.first, self.last)),
            (true, false) => {
                self.last = Cow::Owned(rest_of(whole, &self.first).to_owned());
                !self.last.is_empty()
            }
            _ => {
                self.first = Cow::Owned(rest_of(whole, &self.last).to_owned());
                !self.first.is_empty()
            }
        };
        if is_display && !is_whole {
            return false;
        }
        self.full = Cow::Owned(whole.to_owned());
        true
    }

    /// Takes in a whole with a comma (`Doe, Jane`), if its parts are those that are known.
    fn takes_read(&mut self, whole: &str) -> bool {
        let Ok(read) = Name::read(whole, false) else {
            return false;
        };
        // `Jane Doe, PhD`, where the last name stands without what follows it.
        let behind = || read.last.strip_prefix(self.last.as_ref())?.strip_prefix(' ');
        let is_last = self.last.is_empty()
            || read.last == self.last
            || behind().is_some_and(|rest| rest.split(' ').all(is_suffix));
        if !is_last || !self.first.is_empty() && read.first != self.first {
            return false;
        }
        let read = read.into_owned();
        if self.last.is_empty() {
            self.last = read.last;
        }
        (self.first, self.full) = (read.first, read.full);
        true
    }

    /// Whether all words of a text are words of the name.
    fn says(&self, text: &str) -> bool {
        let known: HashSet<String> = [&self.first, &self.last, &self.full].into_iter().flat_map(|part| words(part)).collect();
        words(text).all(|word| known.contains(&word))
    }

    fn into_owned(self) -> Name<'static> {
        let owned = |part: Cow<'_, str>| Cow::Owned(part.into_owned());
        Name { first: owned(self.first), last: owned(self.last), full: owned(self.full) }
    }
}

/// What a full name holds beside one of its parts, at its end or its beginning.
fn rest_of<'t>(full: &'t str, part: &str) -> &'t str {
    let behind = full.strip_prefix(part).and_then(|rest| rest.strip_prefix(' '));
    let before = || full.strip_suffix(part).and_then(|rest| rest.strip_suffix(' '));
    behind.or_else(before).unwrap_or_default()
}

fn unknown_keys(object: &Object<'_>, to: &To<'_, '_>) -> Finding {
    let known: Vec<&str> = object.keys().filter(|key| part(key).is_some()).collect();
    let finding = to.unknown_keys(WHAT, object, &known);
    // OK because it is called for an object that has unknown keys.
    finding
        .unwrap_or_else(|| refusal(NoName::Shape, &Value::Null, to))
        .help("the parts are `first_name`, `last_name` and `full_name`")
}

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{of, prepared, said};
    use crate::attribute::{Mode, Options};
    use crate::schema::{Attribute, AttributeType};

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let lenient = of(AttributeType::PersonalName);
        let texts = [
            r#""jane@acme.com""#,
            r#""12""#,
            r#""John & Jane Smith""#,
            r#""ジョン スミス""#,
            r#"{"title":"Dr."}"#,
            r#"{"first_name":7}"#,
            r#"{"first_name":"A","firstName":"B"}"#,
            r#"{"displayName":"jdoe42","firstName":"Jane","lastName":"Doe"}"#,
            r#""Smith, MD""#,
            "42",
        ]
        .map(|input| said(&lenient, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.personal_name]: `it` expected a person's name, got the string `jane@acme.com`
          help: map the name of the person, and the address to an e-mail attribute
        error[attribute.personal_name]: `it` expected a person's name, got the string `12`
          help: send a name such as `Jane Doe`, or `first_name` and `last_name`
        error[attribute.personal_name]: `it` expected a person's name, got the string `John & Jane Smith`
          help: send the name of one person
        error[attribute.personal_name]: `it` expected a person's name, got the string `ジョン スミス`
          help: send `first_name` and `last_name`, since this can be read in either order
        error[attribute.unknown_key]: `it` expected a person's name, got an object with `title`
          help: the parts are `first_name`, `last_name` and `full_name`
        error[attribute.personal_name]: `it` expected a string in `first_name`, got the number `7`
          help: send each part of the name as a string
        error[attribute.personal_name]: `it` expected each part of a name once, got `A` and `B` for the same
          help: map only one of them
        warning[attribute.left_out]: `it` expected the parts of one name, got `jdoe42` beside them, which was left out
          help: map it to another attribute, or leave it out of the mapping
        error[attribute.personal_name]: `it` expected a person's name, got the string `Smith, MD`
          help: send `first_name` and `last_name`, since this can be read in either order
        error[attribute.personal_name]: `it` expected a person's name, got the number `42`
          help: send a name such as `Jane Doe`, or `first_name` and `last_name`
        ");
        let strict = prepared(
            Attribute::of(AttributeType::PersonalName),
            Options {
                mode: Mode::Strict,
                ..Options::default()
            },
        );
        let texts = [
            r#""Jane Doe""#,
            r#"{"first_name":"Jane"}"#,
            r#"{"firstName":"Jane"}"#,
        ]
        .map(|input| said(&strict, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.personal_name]: `it` expected a person's name, got the string `Jane Doe`
          help: send `Last, First`, or an object with `first_name`, `last_name` and `full_name`
        error[attribute.personal_name]: `it` expected all three parts of a name, got none as `last_name`
          help: send `first_name`, `last_name` and `full_name`, or set `mode` to `lenient`
        error[attribute.unknown_key]: `it` expected a person's name, got an object with `firstName`
          help: the keys are `first_name`, `last_name`, `full_name`
        ");
    }
}
