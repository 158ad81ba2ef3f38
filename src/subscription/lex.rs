//! Text to tokens.

use std::ops::Range;

use crate::event::Segment;

use super::condition::Relation;
use super::error::SyntaxError;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The bytes of the text.
    pub(super) at: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Names with dots between them, unescaped: a path, a function or a keyword.
    Word(Vec<Segment>),
    String(String),
    /// A valid JSON number.
    Number(String),
    Relation(Relation),
    Not,
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    End,
}

/// Gives the tokens of a text one by one, [`Kind::End`] for ever after the last.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Lexer { text, at: 0 }
    }

    pub(super) fn token(&mut self) -> Result<Token, SyntaxError> {
        self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
        let start = self.at;
        let Some(first) = self.peek() else {
            return Ok(Token {
                kind: Kind::End,
                at: start..start,
            });
        };
        let kind = match first {
            '"' | '\'' => Kind::String(self.string(first)?),
            '0'..='9' | '-' | '+' => Kind::Number(self.number()?),
            c if begins_name(c) => Kind::Word(self.word()?),
            _ => self.symbol(first)?,
        };
        Ok(Token {
            kind,
            at: start..self.at,
        })
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn accept(&mut self, symbol: char) -> bool {
        let found = self.peek() == Some(symbol);
        if found {
            self.at += symbol.len_utf8();
        }
        found
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !belongs(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    fn error(&self, at: Range<usize>, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.text, at, message)
    }

    fn symbol(&mut self, first: char) -> Result<Kind, SyntaxError> {
        let start = self.at;
        self.at += first.len_utf8();
        let kind = match first {
            '(' => Kind::Open,
            ')' => Kind::Close,
            '[' => Kind::OpenList,
            ']' => Kind::CloseList,
            ',' => Kind::Comma,
            '=' if matches!(self.peek(), Some('=' | '<' | '>')) => {
                let written = format!("={}", self.take_while(|c| matches!(c, '=' | '<' | '>')));
                let means = match written.as_str() {
                    "=<" => "<=",
                    "=>" => ">=",
                    _ => "=",
                };
                return Err(self.no_operator(start, &written, means));
            }
            '=' => Kind::Relation(Relation::Equal),
            '!' if self.accept('=') => {
                if self.peek() == Some('=') {
                    self.take_while(|c| c == '=');
                    return Err(self.no_operator(start, "!==", "!="));
                }
                Kind::Relation(Relation::NotEqual)
            }
            '!' => Kind::Not,
            '<' if self.accept('=') => Kind::Relation(Relation::LessOrEqual),
            '<' if self.accept('>') => return Err(self.no_operator(start, "<>", "!=")),
            '<' => Kind::Relation(Relation::Less),
            '>' if self.accept('=') => Kind::Relation(Relation::GreaterOrEqual),
            '>' => Kind::Relation(Relation::Greater),
            '&' | '|' => {
                self.accept(first);
                let (written, means) = if first == '&' {
                    ("&&", "and")
                } else {
                    ("||", "or")
                };
                return Err(self.no_operator(start, written, means));
            }
            _ => {
                let error = self.error(start..self.at, format!("expected FQL, got `{first}`"));
                return Err(match first {
                    '“' | '”' | '„' | '‘' | '’' => {
                        error.help("write strings in straight quotes: `\"text\"`")
                    }
                    _ => error
                        .help("write text in quotes, and escape a character of a path with `\\`"),
                });
            }
        };
        Ok(kind)
    }

    fn no_operator(&self, start: usize, written: &str, means: &str) -> SyntaxError {
        self.error(
            start..self.at,
            format!("expected an operator of FQL, got `{written}`"),
        )
        .help(format!("write `{means}`"))
    }

    fn string(&mut self, quote: char) -> Result<String, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|c| c != quote && c != '\\'));
            if self.accept(quote) {
                return Ok(text);
            }
            if !self.accept('\\') {
                let message = format!("a string expected its closing `{quote}`, got the end");
                return Err(self.error(start..self.at, message).help(format!(
                    "close the string; a quote inside it is written `\\{quote}`"
                )));
            }
            let escape = self.peek().and_then(unescape);
            match escape {
                Some(c) => {
                    text.push(c);
                    self.at += 1;
                }
                None => text.push('\\'),
            }
        }
    }

    fn number(&mut self) -> Result<String, SyntaxError> {
        let start = self.at;
        let negative = self.accept('-');
        if !negative {
            self.accept('+');
        }
        let whole = self.digits(start)?;
        let mut number = String::from(if negative { "-" } else { "" });
        match whole.trim_start_matches('0') {
            "" => number.push('0'),
            digits => number.push_str(digits),
        }
        if self.accept('.') {
            number.push('.');
            number.push_str(self.digits(start)?);
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.at += 1;
            number.push('e');
            if self.accept('-') {
                number.push('-');
            } else {
                self.accept('+');
            }
            number.push_str(self.digits(start)?);
        }
        if self.peek().is_some_and(|c| belongs_to_name(c) || c == '.') {
            self.take_while(|c| belongs_to_name(c) || c == '.');
            return Err(self.no_number(start));
        }
        Ok(number)
    }

    fn digits(&mut self, start: usize) -> Result<&'t str, SyntaxError> {
        match self.take_while(|c| c.is_ascii_digit()) {
            "" => {
                self.take_while(|c| belongs_to_name(c) || c == '.');
                Err(self.no_number(start))
            }
            digits => Ok(digits),
        }
    }

    fn no_number(&self, start: usize) -> SyntaxError {
        let written = &self.text[start..self.at];
        self.error(
            start..self.at,
            format!("expected a number, got `{written}`"),
        )
        .help("write numbers like `10`, `-1.5` or `2e3`, and text in quotes")
    }

    fn word(&mut self) -> Result<Vec<Segment>, SyntaxError> {
        let mut segments = vec![self.name()?];
        while self.accept('.') {
            segments.push(self.name()?);
        }
        Ok(segments)
    }

    fn name(&mut self) -> Result<Segment, SyntaxError> {
        let mut name = String::new();
        let start = self.at;
        loop {
            name.push_str(self.take_while(belongs_to_name));
            if !self.accept('\\') {
                break;
            }
            let Some(c) = self.peek() else {
                let at = self.at - 1..self.at;
                return Err(self
                    .error(at, "a path expected a character after `\\`, got the end")
                    .help("write `\\\\` for a backslash itself"));
            };
            name.push(c);
            self.at += c.len_utf8();
        }
        if self.at == start {
            let got = match self.peek() {
                Some(c) => format!("`{c}`"),
                None => "the end".to_owned(),
            };
            let end = start + self.peek().map_or(0, char::len_utf8);
            return Err(self
                .error(start..end, format!("a path expected a name after `.`, got {got}"))
                .help("a character that is no letter, digit, `_` or `-` is escaped: `traits.first\\ name`"));
        }
        Ok(Segment::new(&name))
    }
}

fn unescape(c: char) -> Option<char> {
    match c {
        '\\' | '"' | '\'' => Some(c),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        // The escapes of patterns, `\*` for one, pass through.
        _ => None,
    }
}

fn begins_name(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '\\'
}

fn belongs_to_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}
