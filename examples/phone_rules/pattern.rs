//! Patterns of the metadata, as programs that a matcher runs.
//!
//! A pattern holds digits, classes of digits, groups, alternatives, counts and `$`; nothing in it repeats without end, so
//! a program only ever runs forward.

/// Takes one of the digits whose bits are set, or fails.
pub(crate) const TAKE: u16 = 0;
/// Goes on with the next step and, when that fails, with the one this many steps ahead.
pub(crate) const SPLIT: u16 = 1 << 12;
/// Goes on this many steps ahead.
pub(crate) const JUMP: u16 = 2 << 12;
/// Notes the place: of group 1 the start (0) and end (1), of group 2 the start (2) and end (3).
pub(crate) const SAVE: u16 = 3 << 12;
/// Fails unless this is the end of the digits.
pub(crate) const END: u16 = 4 << 12;
/// The pattern matches.
pub(crate) const MATCH: u16 = 5 << 12;

/// The operation of a step, and its operand.
pub(crate) fn parts(step: u16) -> (u16, u16) {
    (step & 0xf000, step & 0x0fff)
}

enum Node {
    Digit(u16),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Times(Box<Node>, usize, usize),
    Group(u16, Box<Node>),
    End,
}

/// The program of a pattern as the metadata has it, `^(?:...)$`.
pub(crate) fn compile(text: &str) -> Result<Vec<u16>, String> {
    let inner = text
        .strip_prefix("^(?:")
        .and_then(|rest| rest.strip_suffix(")$"))
        .filter(|inner| !inner.is_empty())
        .ok_or_else(|| format!("the pattern `{text}` is not written as `^(?:...)$`"))?;
    let mut parser = Parser {
        rest: inner,
        groups: 0,
    };
    let node = parser.either()?;
    if !parser.rest.is_empty() || parser.groups > 2 {
        return Err(format!(
            "cannot read the pattern `{text}` from `{}` on",
            parser.rest
        ));
    }
    let mut program = Vec::new();
    emit(&node, &mut program)?;
    program.push(MATCH);
    Ok(program)
}

struct Parser<'t> {
    rest: &'t str,
    groups: u16,
}

impl Parser<'_> {
    fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn either(&mut self) -> Result<Node, String> {
        let mut branches = vec![self.sequence()?];
        while self.eat("|") {
            branches.push(self.sequence()?);
        }
        Ok(Node::Either(branches))
    }

    fn sequence(&mut self) -> Result<Node, String> {
        let mut nodes = Vec::new();
        while !self.rest.is_empty() && !self.rest.starts_with(['|', ')']) {
            let node = self.atom()?;
            let node = match self.count()? {
                Some((least, most)) => Node::Times(Box::new(node), least, most),
                None => node,
            };
            nodes.push(node);
        }
        Ok(Node::Sequence(nodes))
    }

    fn atom(&mut self) -> Result<Node, String> {
        if self.eat("(?:") {
            return self.closed();
        }
        if self.eat("(") {
            self.groups += 1;
            let number = self.groups;
            return Ok(Node::Group(number, Box::new(self.closed()?)));
        }
        if self.eat("$") {
            return Ok(Node::End);
        }
        if self.eat("[") {
            let mut mask = 0;
            while !self.eat("]") {
                let first = self.digit()?;
                let last = if self.eat("-") { self.digit()? } else { first };
                mask |= (first..=last).fold(0, |mask, digit| mask | 1 << digit);
            }
            return Ok(Node::Digit(mask));
        }
        if self.eat("\\d") {
            return Ok(Node::Digit(0x3ff));
        }
        Ok(Node::Digit(1 << self.digit()?))
    }

    fn closed(&mut self) -> Result<Node, String> {
        let node = self.either()?;
        if self.eat(")") {
            return Ok(node);
        }
        Err(format!("expected `)` at `{}`", self.rest))
    }

    fn digit(&mut self) -> Result<u16, String> {
        let digit = self.rest.chars().next().and_then(|c| c.to_digit(10));
        let digit = digit.ok_or_else(|| format!("expected a digit at `{}`", self.rest))?;
        self.rest = &self.rest[1..];
        // OK because it is less than ten.
        Ok(digit as u16)
    }

    /// How often the last node stands, when that is said.
    fn count(&mut self) -> Result<Option<(usize, usize)>, String> {
        let count = if self.eat("?") {
            Some((0, 1))
        } else if self.eat("{") {
            let (inside, rest) = self.rest.split_once('}').ok_or("a count has no end")?;
            let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
            let number = |text: &str| {
                text.parse()
                    .map_err(|_| format!("cannot read the count `{inside}`"))
            };
            self.rest = rest;
            Some((number(least)?, number(most)?))
        } else {
            None
        };
        match self.rest.starts_with(['?', '*', '+', '{']) {
            true => Err(format!("cannot read the count at `{}`", self.rest)),
            false => Ok(count),
        }
    }
}

fn emit(node: &Node, program: &mut Vec<u16>) -> Result<(), String> {
    match node {
        Node::Digit(mask) => program.push(TAKE | mask),
        Node::End => program.push(END),
        Node::Sequence(nodes) => {
            for node in nodes {
                emit(node, program)?;
            }
        }
        Node::Either(branches) => {
            let mut jumps = Vec::new();
            let (last, others) = branches.split_last().ok_or("no branches")?;
            for branch in others {
                let split = hold(program);
                emit(branch, program)?;
                jumps.push(hold(program));
                point(program, split, SPLIT)?;
            }
            emit(last, program)?;
            for jump in jumps {
                point(program, jump, JUMP)?;
            }
        }
        Node::Times(node, least, most) => {
            for _ in 0..*least {
                emit(node, program)?;
            }
            let mut splits = Vec::new();
            for _ in *least..*most {
                splits.push(hold(program));
                emit(node, program)?;
            }
            for split in splits {
                point(program, split, SPLIT)?;
            }
        }
        Node::Group(number, node) => {
            program.push(SAVE | (2 * number - 2));
            emit(node, program)?;
            program.push(SAVE | (2 * number - 1));
        }
    }
    Ok(())
}

/// A step that is written when it is known how far it goes.
fn hold(program: &mut Vec<u16>) -> usize {
    program.push(0);
    program.len() - 1
}

fn point(program: &mut [u16], at: usize, operation: u16) -> Result<(), String> {
    let distance = u16::try_from(program.len() - at)
        .ok()
        .filter(|distance| *distance < 1 << 12);
    program[at] = operation | distance.ok_or("a pattern is too long")?;
    Ok(())
}
