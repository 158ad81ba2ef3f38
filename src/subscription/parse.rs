//! Tokens to a condition.

use std::ops::Range;

use crate::diagnostic::{did_you_mean, excerpt};
use crate::event::Segment;
use crate::json::Value;

use super::condition::{Condition, Function, Operand, Path, Relation};
use super::error::SyntaxError;
use super::glob::Glob;
use super::lex::{Kind, Lexer, Token};
use super::matches::TYPE_NAMES;
use super::{MAX_BYTES, MAX_DEPTH};

/// The fields of an event that hold one value.
const PLAIN_FIELDS: [&str; 9] = [
    "type",
    "event",
    "name",
    "userId",
    "anonymousId",
    "groupId",
    "previousId",
    "messageId",
    "channel",
];
/// The fields of an event that hold others.
const OBJECT_FIELDS: [&str; 3] = ["properties", "traits", "context"];

const KEYWORDS: [&str; 4] = ["and", "or", "not", "in"];
const TESTS: [&str; 2] = ["contains", "match"];

/// Compiles a text; its paths have no slots yet.
pub(super) fn parse(text: &str) -> Result<Condition, SyntaxError> {
    check_length(text, text.len(), "")?;
    let condition = Parser::new(text)?.whole()?;
    // The limits hold for the canonical text too, so that it can always be read back.
    check_length(text, condition.to_string().len(), " in canonical form")?;
    if condition.depth() > MAX_DEPTH {
        return Err(too_deep(text, 0..text.len()));
    }
    Ok(condition)
}

fn check_length(text: &str, bytes: usize, form: &str) -> Result<(), SyntaxError> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let from = match text.len() {
        0..=MAX_BYTES => 0,
        _ => text.floor_char_boundary(MAX_BYTES),
    };
    let message = format!("a subscription takes at most {MAX_BYTES} bytes{form}, got {bytes}");
    Err(SyntaxError::new(text, from..text.len(), message)
        .help("list values with `in`, or use several subscriptions")
        .too_large())
}

fn too_deep(text: &str, at: Range<usize>) -> SyntaxError {
    let message = format!("a subscription nests at most {MAX_DEPTH} levels deep, got more");
    SyntaxError::new(text, at, message)
        .help("use several subscriptions")
        .too_large()
}

struct Parser<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    next: Token,
    /// Where the token before the next one ended.
    last_end: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Result<Self, SyntaxError> {
        let mut lexer = Lexer::new(text);
        Ok(Parser {
            text,
            next: lexer.token()?,
            lexer,
            last_end: 0,
            depth: 0,
        })
    }

    fn whole(mut self) -> Result<Condition, SyntaxError> {
        if self.next.kind == Kind::End {
            let message = "a subscription expected a condition, got none";
            return Err(self
                .error(0..self.text.len(), message)
                .help("say which events it takes, for example `type = \"identify\"`"));
        }
        let condition = self.any()?;
        match self.next.kind {
            Kind::End => Ok(condition),
            Kind::Close => Err(self
                .unexpected("`and`, `or` or the end")
                .help("drop the `)`, or open it with `(`")),
            _ => Err(self.unexpected("`and`, `or` or the end")),
        }
    }

    fn advance(&mut self) -> Result<Token, SyntaxError> {
        let next = self.lexer.token()?;
        self.last_end = self.next.at.end;
        Ok(std::mem::replace(&mut self.next, next))
    }

    fn accept(&mut self, kind: &Kind) -> Result<bool, SyntaxError> {
        let found = self.next.kind == *kind;
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn accept_word(&mut self, word: &str) -> Result<bool, SyntaxError> {
        let found = is_word(&self.next.kind, word);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, kind: &Kind, expected: &str) -> Result<(), SyntaxError> {
        match self.accept(kind)? {
            true => Ok(()),
            false => Err(self.unexpected(expected)),
        }
    }

    fn error(&self, at: Range<usize>, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.text, at, message)
    }

    fn got(&self, at: &Range<usize>) -> String {
        match &self.text[at.clone()] {
            "" => "the end".to_owned(),
            text => format!("`{}`", excerpt(text)),
        }
    }

    /// The next token is not what has to stand there.
    fn unexpected(&self, expected: &str) -> SyntaxError {
        let at = self.next.at.clone();
        let error = self.error(
            at.clone(),
            format!("expected {expected}, got {}", self.got(&at)),
        );
        let written = &self.text[at];
        match &self.next.kind {
            Kind::Word(_)
                if !KEYWORDS.contains(&written) && KEYWORDS.contains(&&*written.to_lowercase()) =>
            {
                error.help(format!("write `{}`", written.to_lowercase()))
            }
            Kind::Word(_) if written == "not" => {
                error.help("write `not` or `!` before the whole test: `not type in [\"track\"]`")
            }
            Kind::OpenList => error.help(
                "a key is reached as `traits.any\\ key`, an element of a list as `traits.list.0`",
            ),
            _ => error,
        }
    }

    /// Runs `read` one level deeper.
    fn deeper<T>(
        &mut self,
        at: Range<usize>,
        read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth == MAX_DEPTH {
            return Err(too_deep(self.text, at));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn any(&mut self) -> Result<Condition, SyntaxError> {
        let mut conditions = vec![self.all()?];
        while self.accept_word("or")? {
            conditions.push(self.all()?);
        }
        Ok(Condition::any(conditions))
    }

    fn all(&mut self) -> Result<Condition, SyntaxError> {
        let mut conditions = vec![self.unary()?];
        while self.accept_word("and")? {
            conditions.push(self.unary()?);
        }
        Ok(Condition::all(conditions))
    }

    fn unary(&mut self) -> Result<Condition, SyntaxError> {
        let at = self.next.at.clone();
        if self.accept(&Kind::Not)? || self.accept_word("not")? {
            return Ok(self.deeper(at, Self::unary)?.negated());
        }
        if self.accept(&Kind::Open)? {
            let condition = self.deeper(at.clone(), Self::any)?;
            if self.next.kind == Kind::End {
                return Err(self
                    .error(at, "`(` expected its `)`, got the end")
                    .help("close the group"));
            }
            self.expect(&Kind::Close, "`and`, `or` or `)`")?;
            return Ok(condition);
        }
        self.test()
    }

    fn test(&mut self) -> Result<Condition, SyntaxError> {
        let start = self.next.at.start;
        let begins_none = match &self.next.kind {
            Kind::End | Kind::Relation(_) | Kind::Close | Kind::Comma | Kind::CloseList => true,
            kind => is_any_word(kind, &KEYWORDS),
        };
        if begins_none {
            return Err(self.unexpected("a condition"));
        }
        if let Some(name) = TESTS
            .into_iter()
            .find(|name| is_word(&self.next.kind, name))
        {
            return self.call(name);
        }
        let left = self.operand()?;
        let left_at = start..self.last_end;
        if let Kind::Relation(relation) = self.next.kind {
            self.advance()?;
            return self.comparison(left, left_at, relation);
        }
        if self.accept_word("in")? {
            let list_at = self.next.at.start;
            let list = self.operand()?;
            let list_at = list_at..self.last_end;
            if !matches!(&list, Operand::Path(_) | Operand::Literal(Value::Array(_))) {
                let message = format!("`in` expected a list, got {}", self.got(&list_at));
                return Err(self
                    .error(list_at, message)
                    .help("write the list in brackets: `type in [\"track\", \"page\"]`"));
            }
            self.one_reads(&left, &list, start..list_at.end)?;
            return Ok(Condition::In(left, list));
        }
        match left {
            Operand::Path(path) if path.segments.len() > 1 => Ok(Condition::Compare(
                Operand::Path(path),
                Relation::Equal,
                Operand::Literal(Value::Bool(true)),
            )),
            Operand::Literal(_) => Err(self.unexpected("an operator").help(
                "a value alone is no condition: compare it with a field, `type = \"identify\"`",
            )),
            _ => Err(self.unexpected("an operator")),
        }
    }

    fn comparison(
        &mut self,
        left: Operand,
        left_at: Range<usize>,
        relation: Relation,
    ) -> Result<Condition, SyntaxError> {
        let right_start = self.next.at.start;
        let right = self.operand()?;
        let right_at = right_start..self.last_end;
        self.one_reads(&left, &right, left_at.start..right_at.end)?;
        for (operand, other, at) in [(&left, &right, left_at), (&right, &left, right_at)] {
            self.check_comparable(relation, operand, other, at)?;
        }
        Ok(match left {
            Operand::Literal(_) => Condition::Compare(right, relation.mirrored(), left),
            _ => Condition::Compare(left, relation, right),
        })
    }

    /// Refuses a literal that can never stand in the relation to `other`.
    fn check_comparable(
        &self,
        relation: Relation,
        operand: &Operand,
        other: &Operand,
        at: Range<usize>,
    ) -> Result<(), SyntaxError> {
        let Operand::Literal(value) = operand else {
            return Ok(());
        };
        if relation.is_order() {
            return match value {
                Value::Number(_) => Ok(()),
                _ => {
                    let number = value
                        .as_str()
                        .is_some_and(|text| text.parse::<f64>().is_ok());
                    Err(self
                        .expected(relation.as_str(), "a number", value, at)
                        .help(match number {
                            true => "write the number without quotes",
                            false => "only numbers have an order",
                        }))
                }
            };
        }
        let Operand::Apply(function, _) = other else {
            return Ok(());
        };
        let expected = match (function, value) {
            (Function::TypeOf, Value::String(name)) if TYPE_NAMES.contains(&&**name) => None,
            (Function::TypeOf, _) => Some(format!("one of `{}`", TYPE_NAMES.join("`, `"))),
            (_, Value::Null) | (Function::Length, Value::Number(_)) => None,
            (Function::Length, _) => Some("a number".to_owned()),
            (Function::Lowercase, Value::String(text)) if *text == text.to_lowercase() => None,
            (Function::Uppercase, Value::String(text)) if *text == text.to_uppercase() => None,
            (Function::Lowercase, _) => Some("a string in lower case".to_owned()),
            (Function::Uppercase, _) => Some("a string in upper case".to_owned()),
        };
        match expected {
            None => Ok(()),
            Some(expected) => Err(self
                .expected(function.as_str(), &expected, value, at)
                .help("the two sides could never be equal")),
        }
    }

    fn expected(
        &self,
        what: &str,
        expected: &str,
        got: &Value<'_>,
        at: Range<usize>,
    ) -> SyntaxError {
        let message = format!("`{what}` expected {expected}, got {}", got.describe());
        self.error(at, message)
    }

    /// `contains(…)` or `match(…)`, the name not read yet.
    fn call(&mut self, name: &str) -> Result<Condition, SyntaxError> {
        let start = self.advance()?.at.start;
        self.expect(&Kind::Open, &format!("`(` after `{name}`"))?;
        let text = self.operand()?;
        let second = if name == "match" {
            "a pattern"
        } else {
            "a string"
        };
        self.expect(&Kind::Comma, &format!("`,` and {second}"))?;
        let second_at = self.next.at.start;
        let argument = self.operand()?;
        let second_at = second_at..self.last_end;
        self.expect(&Kind::Close, &format!("the `)` of `{name}`"))?;
        let whole = start..self.last_end;
        self.one_reads(&text, &argument, whole.clone())?;
        for (operand, at) in [(&text, &whole), (&argument, &second_at)] {
            if let Operand::Literal(value) = operand
                && value.as_str().is_none()
            {
                return Err(self
                    .expected(name, "a string", value, at.clone())
                    .help("write text in quotes"));
            }
        }
        if name == "contains" {
            return Ok(Condition::Contains(text, argument));
        }
        match argument {
            Operand::Literal(Value::String(pattern)) => {
                let glob = Glob::compile(&pattern).map_err(|wrong| {
                    let error = self.error(second_at, wrong.message).help(wrong.help);
                    if wrong.too_large {
                        error.too_large()
                    } else {
                        error
                    }
                })?;
                Ok(Condition::Match(text, glob))
            }
            _ => {
                let message = format!(
                    "`match` expected a pattern in quotes, got {}",
                    self.got(&second_at)
                );
                Err(self
                    .error(second_at, message)
                    .help("the field comes first: `match(event, \"Order *\")`"))
            }
        }
    }

    fn operand(&mut self) -> Result<Operand, SyntaxError> {
        let at = self.next.at.clone();
        match &self.next.kind {
            Kind::OpenList => self.list(),
            Kind::Word(_) if self.literal().is_none() => {
                let token = self.advance()?;
                let Kind::Word(segments) = token.kind else {
                    return Err(self.unexpected("a value"));
                };
                if self.next.kind == Kind::Open {
                    return self.apply(&segments, at);
                }
                self.path(segments, at).map(Operand::Path)
            }
            _ => match self.literal() {
                Some(value) => {
                    self.advance()?;
                    Ok(Operand::Literal(value))
                }
                None => Err(self.unexpected("a value").help(
                    "a value is a field, text in quotes, a number, `true`, `false` or `null`",
                )),
            },
        }
    }

    /// The next token as a value that is no list.
    fn literal(&self) -> Option<Value<'static>> {
        match &self.next.kind {
            Kind::String(text) => Some(Value::String(text.clone().into())),
            Kind::Number(number) => Some(Value::Number(number.clone().into())),
            kind if is_word(kind, "true") => Some(Value::Bool(true)),
            kind if is_word(kind, "false") => Some(Value::Bool(false)),
            kind if is_word(kind, "null") => Some(Value::Null),
            _ => None,
        }
    }

    fn list(&mut self) -> Result<Operand, SyntaxError> {
        let open = self.advance()?.at;
        let mut items = Vec::new();
        while self.next.kind != Kind::CloseList {
            if self.next.kind == Kind::End {
                return Err(self
                    .error(open, "`[` expected its `]`, got the end")
                    .help("close the list"));
            }
            let Some(value) = self.literal() else {
                return Err(self
                    .unexpected("a value in the list")
                    .help("a list holds text in quotes, numbers, `true`, `false` and `null`"));
            };
            self.advance()?;
            items.push(value);
            if self.next.kind != Kind::CloseList && self.next.kind != Kind::End {
                self.expect(&Kind::Comma, "`,` or `]`")?;
            }
        }
        self.advance()?;
        Ok(Operand::Literal(Value::Array(items)))
    }

    /// A function that gives a value, its name read already.
    fn apply(&mut self, name: &[Segment], at: Range<usize>) -> Result<Operand, SyntaxError> {
        let function = Function::ALL
            .into_iter()
            .find(|function| matches!(name, [only] if only.key() == function.as_str()));
        let Some(function) = function else {
            return Err(self.no_function(at));
        };
        self.advance()?;
        let argument_at = self.next.at.start;
        let argument = self.deeper(at, Self::operand)?;
        let argument_at = argument_at..self.last_end;
        self.expect(&Kind::Close, &format!("the `)` of `{}`", function.as_str()))?;
        if matches!(argument, Operand::Literal(_)) {
            let message = format!(
                "`{}` expected a field, got {}",
                function.as_str(),
                self.got(&argument_at)
            );
            return Err(self
                .error(argument_at, message)
                .help("write what it would give"));
        }
        Ok(Operand::Apply(function, Box::new(argument)))
    }

    fn no_function(&self, at: Range<usize>) -> SyntaxError {
        let written = &self.text[at.clone()];
        let names = || TESTS.into_iter().chain(Function::ALL.map(Function::as_str));
        if TESTS.contains(&written) {
            let message = format!("expected a value, got the test `{written}`");
            return self.error(at, message).help(format!(
                "use it alone, `{written}(…)`, or negated, `!{written}(…)`"
            ));
        }
        let message = format!(
            "expected a function of `{}`, got `{}`",
            names().collect::<Vec<_>>().join("`, `"),
            excerpt(written)
        );
        let error = self.error(at, message);
        match (
            written.to_lowercase().as_str(),
            did_you_mean(written, names()),
        ) {
            ("startswith" | "starts_with", _) => error.help("use `match(field, \"text*\")`"),
            ("endswith" | "ends_with", _) => error.help("use `match(field, \"*text\")`"),
            (_, Some(name)) => error.help(format!("did you mean `{name}`?")),
            _ => error,
        }
    }

    fn path(&self, segments: Vec<Segment>, at: Range<usize>) -> Result<Path, SyntaxError> {
        let root = segments.first().map_or("", Segment::key);
        if OBJECT_FIELDS.contains(&root) {
            return Ok(Path::new(segments));
        }
        let written = &self.text[at.clone()];
        if PLAIN_FIELDS.contains(&root) {
            if segments.len() == 1 {
                return Ok(Path::new(segments));
            }
            let message = format!(
                "`{root}` expected no `.` after it, got `{}`",
                excerpt(written)
            );
            return Err(self
                .error(at, message)
                .help("only `properties`, `traits` and `context` hold fields"));
        }
        let lower = written.to_lowercase();
        let error = self.error(
            at,
            format!("expected a field of an event, got `{}`", excerpt(written)),
        );
        let fields = || PLAIN_FIELDS.into_iter().chain(OBJECT_FIELDS);
        Err(if ["true", "false", "null"].contains(&lower.as_str()) {
            error.help(format!("write `{lower}`"))
        } else if let Some(field) = did_you_mean(root, fields()) {
            error.help(format!("did you mean `{field}`?"))
        } else {
            error.help(format!(
                "text stands in quotes, `\"{}\"`; the fields are `{}`",
                excerpt(written),
                fields().collect::<Vec<_>>().join("`, `")
            ))
        })
    }

    /// Refuses what would be the same for every event.
    fn one_reads(
        &self,
        left: &Operand,
        right: &Operand,
        at: Range<usize>,
    ) -> Result<(), SyntaxError> {
        match (left, right) {
            (Operand::Literal(_), Operand::Literal(_)) => {
                let message = format!(
                    "expected a field of the event, got only constants: {}",
                    self.got(&at)
                );
                Err(self
                    .error(at, message)
                    .help("a field stands without quotes: `type = \"identify\"`"))
            }
            _ => Ok(()),
        }
    }
}

fn is_word(kind: &Kind, word: &str) -> bool {
    is_any_word(kind, &[word])
}

fn is_any_word(kind: &Kind, words: &[&str]) -> bool {
    matches!(kind, Kind::Word(segments) if matches!(&segments[..], [only] if words.contains(&only.key())))
}
