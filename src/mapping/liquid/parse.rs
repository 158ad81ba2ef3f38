//! The grammar of `@liquid`: text to steps.
//!
//! The grammar is that of `liquid-core` 0.26, whose differences from it stand in DESIGN.md. Recursion is bounded by the
//! length of a template (a block takes eight characters) and by [`MAX_BRACKETS`].

use super::filter::{self, Entry};
use super::lex::{canonical, identifier, number};
use super::render::{All, Branch, Call, Chain, Operand, Operator, Step, Template, Test, Word};
use super::{DISABLED_FILTERS, DISABLED_TAGS, MAX_LIQUID_CHARS, TAGS, date};
use crate::diagnostic::{Code, excerpt, nearest_or_all};
use crate::json::Value;

/// The deepest nesting of brackets in a template.
const MAX_BRACKETS: usize = 16;

/// Why a text is no template.
pub(super) struct Problem {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) help: String,
}

type Parsed<T> = Result<T, Problem>;

/// A variable of a template. Its place in the list is its number in the steps.
pub(super) struct Variable<'t> {
    pub(super) name: &'t str,
    /// Whether it may be read before the template has assigned it, so that the event is to give it.
    pub(super) read: bool,
}

/// Reads a template, and gives its variables beside it.
pub(super) fn parse(text: &str) -> Parsed<(Template, Vec<Variable<'_>>)> {
    let chars = text.chars().count();
    if chars > MAX_LIQUID_CHARS {
        let message =
            format!("a Liquid template has at most {MAX_LIQUID_CHARS} characters, got {chars}");
        return Err(problem(
            Code::MappingLimit,
            message,
            "write a shorter template",
        ));
    }
    let mut parser = Parser {
        text,
        at: 0,
        brackets: 0,
        variables: Vec::new(),
        assigned: Vec::new(),
        counters: Vec::new(),
    };
    let steps = parser.steps(None)?.0;
    let counters = parser.counters.len();
    Ok((Template { steps, counters }, parser.variables))
}

struct Parser<'t> {
    text: &'t str,
    /// The byte that is read next.
    at: usize,
    /// How many brackets are open.
    brackets: usize,
    variables: Vec<Variable<'t>>,
    /// The variables that are certainly assigned here.
    assigned: Vec<usize>,
    counters: Vec<&'t str>,
}

/// A block that is not closed yet.
#[derive(Clone, Copy)]
struct Open {
    /// Where its tag begins.
    at: usize,
    name: &'static str,
    /// The tags that end it or begin its next part; the one that closes it comes first.
    ends: &'static [&'static str],
}

impl<'t> Parser<'t> {
    /// The steps up to the end of the text, or of the block that is open: behind the name of the tag that ends it.
    fn steps(&mut self, open: Option<Open>) -> Parsed<(Box<[Step]>, &'static str)> {
        let mut steps = Vec::new();
        loop {
            let rest = self.rest();
            let begin = |pair: &[u8]| pair[0] == b'{' && matches!(pair[1], b'{' | b'%');
            let length = rest.as_bytes().windows(2).position(begin);
            let (text, markup) = rest.split_at(length.unwrap_or(rest.len()));
            let trims = markup[markup.len().min(2)..].starts_with('-');
            let text = if trims { text.trim_ascii_end() } else { text };
            if !text.is_empty() {
                steps.push(Step::Text(text.into()));
            }
            self.at = self.text.len() - markup.len();
            if markup.is_empty() {
                return match open {
                    Some(open) => Err(self.unclosed(open)),
                    None => Ok((steps.into(), "")),
                };
            }
            let from = self.at;
            self.at += 2 + usize::from(trims);
            if markup.starts_with("{{") {
                steps.push(Step::Output(self.chain()?));
                self.close("}}", "`|` or `}}`")?;
                continue;
            }
            self.space();
            let name = self.identifier("the name of a tag")?;
            let ends = open.map_or(&[][..], |open| open.ends);
            if let Some(end) = ends.iter().find(|end| **end == name) {
                return Ok((steps.into(), end));
            }
            steps.extend(self.tag(name, from, open)?);
        }
    }

    /// The rest of a tag, and of its block. `from` is where it begins.
    fn tag(&mut self, name: &'t str, from: usize, open: Option<Open>) -> Parsed<Option<Step>> {
        let block = |name, ends| Open {
            at: from,
            name,
            ends,
        };
        Ok(Some(match name {
            "assign" => {
                let name = self.name()?;
                if !self.take("=") {
                    return Err(self.expected("`=`"));
                }
                let chain = self.chain()?;
                self.close("%}", "`|` or `%}`")?;
                Step::Assign(self.assign(name), chain)
            }
            "capture" => {
                let name = self.name()?;
                self.end_tag()?;
                let (steps, _) = self.steps(Some(block("capture", &["endcapture"])))?;
                self.end_tag()?;
                Step::Capture(self.assign(name), steps)
            }
            "comment" => {
                let block = block("comment", &["endcomment", "comment", "raw"]);
                let mut depth = 1;
                self.end_tag()?;
                while depth > 0 {
                    match self.skip(block)? {
                        (_, "comment") => depth += 1,
                        (_, "endcomment") => depth -= 1,
                        (raw, _) => {
                            self.raw(raw)?;
                        }
                    }
                    self.end_tag()?;
                }
                return Ok(None);
            }
            "decrement" | "increment" => {
                let counter = self.name()?;
                self.end_tag()?;
                let known = self.counters.iter().position(|known| *known == counter);
                let number = known.unwrap_or_else(|| {
                    self.counters.push(counter);
                    self.counters.len() - 1
                });
                match name {
                    "increment" => Step::Increment(number),
                    _ => Step::Decrement(number),
                }
            }
            "if" => self.branches(true, block("if", &["endif", "elsif", "else"]))?,
            "raw" => {
                let raw = self.raw(from)?;
                self.end_tag()?;
                Step::Text(raw.into())
            }
            "unless" => self.branches(false, block("unless", &["endunless", "elsif", "else"]))?,
            _ => return Err(self.unknown_tag(name, from, open)),
        }))
    }

    /// The branches of `if` (with `holds`) or of `unless`, up to the end of the block.
    fn branches(&mut self, holds: bool, open: Open) -> Parsed<Step> {
        let mut branches = Vec::new();
        let mut otherwise = Box::default();
        loop {
            let any = self.condition()?;
            self.close("%}", "`and`, `or` or `%}`")?;
            let (steps, end) = self.steps_if(open)?;
            let holds = holds || !branches.is_empty();
            branches.push(Branch { holds, any, steps });
            if end == "elsif" {
                continue;
            }
            if end == "else" {
                self.end_tag().map_err(|problem| Problem {
                    help: "write `elsif` for another condition".to_owned(),
                    ..problem
                })?;
                let ends = &open.ends[..1];
                otherwise = self.steps_if(Open { ends, ..open })?.0;
            }
            self.end_tag()?;
            return Ok(Step::If(branches.into(), otherwise));
        }
    }

    /// The steps of a branch: what it assigns may be unassigned behind it.
    fn steps_if(&mut self, open: Open) -> Parsed<(Box<[Step]>, &'static str)> {
        let assigned = self.assigned.len();
        let steps = self.steps(Some(open))?;
        self.assigned.truncate(assigned);
        Ok(steps)
    }

    /// The text of `raw` behind its name, up to behind the name of `endraw`.
    fn raw(&mut self, from: usize) -> Parsed<&'t str> {
        self.end_tag()?;
        let begin = self.at;
        let (end, _) = self.skip(Open {
            at: from,
            name: "raw",
            ends: &["endraw"],
        })?;
        let text = &self.text[begin..end];
        let trims = self.text[end + 2..].starts_with('-');
        Ok(if trims { text.trim_ascii_end() } else { text })
    }

    /// Goes behind the name of the next tag of a block that has nothing behind its name, and gives where that tag
    /// begins. What stands before it is only text.
    fn skip(&mut self, block: Open) -> Parsed<(usize, &'static str)> {
        for (begin, _) in self.rest().match_indices("{%") {
            let begin = self.at + begin;
            let inner = &self.text[begin + 2..];
            let inner = inner.strip_prefix('-').unwrap_or(inner).trim_ascii_start();
            let name = identifier(inner);
            let behind = inner[name.len()..].trim_ascii_start();
            let bare = behind.starts_with("%}") || behind.starts_with("-%}");
            if let Some(name) = block.ends.iter().find(|end| **end == name && bare) {
                self.at = self.text.len() - behind.len();
                return Ok((begin, name));
            }
        }
        self.at = self.text.len();
        Err(self.unclosed(block))
    }

    /// `a and b or c`: one of these lists holds when all of it holds.
    fn condition(&mut self) -> Parsed<Box<[All]>> {
        let mut any = Vec::new();
        loop {
            let mut all = vec![self.test()?];
            while self.take_word("and") {
                all.push(self.test()?);
            }
            any.push(all.into());
            if !self.take_word("or") {
                return Ok(any.into());
            }
        }
    }

    fn test(&mut self) -> Parsed<Test> {
        const OPERATORS: [(&str, Operator); 7] = [
            ("==", Operator::Equal),
            ("!=", Operator::Unequal),
            ("<>", Operator::Unequal),
            ("<=", Operator::AtMost),
            (">=", Operator::AtLeast),
            ("<", Operator::Less),
            (">", Operator::More),
        ];
        let left = self.operand()?;
        let found = OPERATORS.iter().find(|(sign, _)| self.take(sign));
        let operator = match found {
            Some((_, operator)) => *operator,
            None if self.take_word("contains") => Operator::Contains,
            None => return Ok(Test::Holds(left)),
        };
        Ok(Test::Compares(left, operator, self.operand()?))
    }

    /// `value | filter: argument, argument | ..`
    fn chain(&mut self) -> Parsed<Chain> {
        let value = self.operand()?;
        let mut calls = Vec::new();
        while self.take("|") {
            self.space();
            let at = self.at;
            let name = self.identifier("a filter")?;
            let Some(entry) = filter::find(name) else {
                return Err(unknown("filter", name, &DISABLED_FILTERS, &filter::names()));
            };
            if let (Operand::Literal(value), "date", []) = (&value, name, &calls[..])
                && date::is_clock(value)
            {
                return Err(problem(
                    Code::MappingLiquid,
                    "`@liquid` has no clock, got `now` or `today` as a date",
                    "use a time of the event, e.g. `{{ timestamp | date: \"%Y-%m-%d\" }}`",
                ));
            }
            let arguments = self.arguments(entry, at)?;
            calls.push(Call { entry, arguments });
        }
        Ok(Chain {
            value,
            calls: calls.into(),
        })
    }

    fn arguments(&mut self, entry: &Entry, at: usize) -> Parsed<Box<[Operand]>> {
        let mut arguments = Vec::new();
        if self.take(":") {
            loop {
                self.space();
                let rest = self.rest();
                let named = rest[identifier(rest).len()..].trim_ascii_start();
                if !identifier(rest).is_empty() && named.starts_with(':') {
                    let what = format!("`{}` takes no named values", entry.name);
                    return Err(self.problem(self.at, &what));
                }
                arguments.push(self.operand()?);
                if !self.take(",") {
                    break;
                }
            }
        }
        if entry.arguments.contains(&arguments.len()) {
            return Ok(arguments.into());
        }
        let (least, most) = (entry.arguments.start(), entry.arguments.end());
        let takes = match (least, most) {
            (0, 0) => "no values".to_owned(),
            (1, 1) => "1 value".to_owned(),
            _ if least == most => format!("{most} values"),
            _ => format!("{least} to {most} values"),
        };
        let what = format!("`{}` takes {takes}, got {}", entry.name, arguments.len());
        Err(self.problem(at, &what))
    }

    /// A literal or a variable.
    fn operand(&mut self) -> Parsed<Operand> {
        self.space();
        let rest = self.rest();
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let Some(end) = rest[1..].find(quote) else {
                let begin = self.at;
                self.at = self.text.len();
                let what = format!("expected `{quote}` at the end of the text, got the end");
                return Err(self.problem(begin, &what));
            };
            self.at += end + 2;
            return Ok(Operand::Literal(Value::String(
                rest[1..=end].to_owned().into(),
            )));
        }
        let number = number(rest);
        if !number.is_empty() {
            self.at += number.len();
            return Ok(Operand::Literal(Value::Number(canonical(number).into())));
        }
        let name = self.identifier("a value")?;
        if let Some(literal) = literal(name) {
            return Ok(literal);
        }
        let variable = self.variable(name);
        if !self.assigned.contains(&variable) {
            self.variables[variable].read = true;
        }
        Ok(Operand::Variable(variable, self.path()?))
    }

    /// `.key`, `["key"]`, `[0]` and `[variable]`.
    fn path(&mut self) -> Parsed<Box<[Operand]>> {
        let mut keys = Vec::new();
        loop {
            // No spaces are allowed before `.` and `[`.
            match self.rest().bytes().next() {
                Some(b'.') => {
                    self.at += 1;
                    let key = self.identifier("a key")?;
                    keys.push(Operand::Literal(Value::String(key.to_owned().into())));
                }
                Some(b'[') if self.brackets == MAX_BRACKETS => {
                    let message = format!(
                        "a Liquid template nests brackets at most {MAX_BRACKETS} deep, got more"
                    );
                    let help = "assign the inner value to a variable first";
                    return Err(problem(Code::MappingLimit, message, help));
                }
                Some(b'[') => {
                    self.at += 1;
                    self.brackets += 1;
                    keys.push(self.operand()?);
                    self.brackets -= 1;
                    if !self.take("]") {
                        return Err(self.expected("`]`"));
                    }
                }
                _ => return Ok(keys.into()),
            }
        }
    }

    /// The number of a variable.
    fn variable(&mut self, name: &'t str) -> usize {
        let known = self.variables.iter().position(|known| known.name == name);
        known.unwrap_or_else(|| {
            self.variables.push(Variable { name, read: false });
            self.variables.len() - 1
        })
    }

    fn assign(&mut self, name: &'t str) -> usize {
        let variable = self.variable(name);
        self.assigned.push(variable);
        variable
    }

    /// A name that can be assigned.
    fn name(&mut self) -> Parsed<&'t str> {
        self.space();
        let word = identifier(self.rest());
        if literal(word).is_some() || !number(word).is_empty() {
            return Err(self.expected("a name"));
        }
        self.identifier("a name")
    }

    fn identifier(&mut self, what: &str) -> Parsed<&'t str> {
        let name = identifier(self.rest());
        if name.is_empty() {
            return Err(self.expected(what));
        }
        self.at += name.len();
        Ok(name)
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_ascii_start().len();
    }

    /// Goes behind a sign, if it stands here, with or without space before it.
    fn take(&mut self, sign: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.space();
        let found = identifier(self.rest()) == word;
        if found {
            self.at += word.len();
        }
        found
    }

    /// Goes behind the end of a tag or of an output; `what` may stand there.
    fn close(&mut self, end: &str, what: &str) -> Parsed<()> {
        if self.take(end) {
            return Ok(());
        }
        let trims = self.rest().strip_prefix('-');
        if trims.is_some_and(|rest| rest.starts_with(end)) {
            self.at += 1 + end.len();
            self.space();
            return Ok(());
        }
        Err(self.expected(what))
    }

    /// Goes behind the end of a tag.
    fn end_tag(&mut self) -> Parsed<()> {
        self.close("%}", "`%}`")
    }

    fn expected(&mut self, what: &str) -> Problem {
        self.space();
        let rest = self.rest();
        let pairs = ["{{", "}}", "{%", "%}", "==", "!=", "<>", "<=", ">="];
        let length = match (identifier(rest).len(), number(rest).len()) {
            (0, 0) if pairs.iter().any(|pair| rest.starts_with(pair)) => 2,
            (0, 0) => rest.chars().next().map_or(0, char::len_utf8),
            (word, number) => word.max(number),
        };
        let got = match length {
            0 => "the end".to_owned(),
            _ => format!("`{}`", excerpt(&rest[..length])),
        };
        self.problem(self.at, &format!("expected {what}, got {got}"))
    }

    fn unclosed(&self, block: Open) -> Problem {
        let what = format!(
            "expected `{{% {} %}}` for the `{}` of {}, got the end",
            block.ends[0],
            block.name,
            self.place(block.at)
        );
        self.problem(self.text.len(), &what)
    }

    fn unknown_tag(&self, name: &str, from: usize, open: Option<Open>) -> Problem {
        if !(name.starts_with("end") || matches!(name, "elsif" | "else")) {
            return unknown("tag", name, &DISABLED_TAGS, &TAGS);
        }
        let what = match open {
            Some(open) => format!(
                "expected `{{% {} %}}` for the `{}` of {}, got `{{% {} %}}`",
                open.ends[0],
                open.name,
                self.place(open.at),
                excerpt(name)
            ),
            None => format!("nothing is open, got `{{% {} %}}`", excerpt(name)),
        };
        self.problem(from, &what)
    }

    fn problem(&self, at: usize, what: &str) -> Problem {
        problem(
            Code::MappingLiquid,
            format!("`@liquid` is no template at {}: {what}", self.place(at)),
            "write it as Liquid has it, e.g. `{{ traits.name | default: \"friend\" }}`",
        )
    }

    /// Line and column of a byte; the columns are characters.
    fn place(&self, at: usize) -> String {
        let before = &self.text[..at];
        let line = before.split('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default();
        format!("line {line}, column {}", column.chars().count() + 1)
    }
}

/// What a word is that is no name.
fn literal(word: &str) -> Option<Operand> {
    Some(match word {
        "nil" | "null" => Operand::Word(Word::Nil),
        "empty" => Operand::Word(Word::Empty),
        "blank" => Operand::Word(Word::Blank),
        "true" => Operand::Literal(Value::Bool(true)),
        "false" => Operand::Literal(Value::Bool(false)),
        _ => return None,
    })
}

fn unknown(kind: &str, name: &str, disabled: &[&str], known: &[&'static str]) -> Problem {
    let (what, help) = if disabled.contains(&name) {
        let help = "shape lists with `@arrayPath` or select from them with `@jsonpath`";
        ("is switched off", help.to_owned())
    } else {
        let help = nearest_or_all(name, &format!("the {kind}s"), known.iter().copied());
        ("is not there", help)
    };
    let message = format!("the Liquid {kind} `{}` {what}", excerpt(name));
    problem(Code::MappingLiquid, message, help)
}

fn problem(code: Code, message: impl Into<String>, help: impl Into<String>) -> Problem {
    Problem {
        code,
        message: message.into(),
        help: help.into(),
    }
}
