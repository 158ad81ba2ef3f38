//! The steps of a template, and what they write.

use std::borrow::Cow;

use super::MAX_LIQUID_OUTPUT;
use super::filter::{Entry, Refusal};
use super::value::{self, push_text};
use crate::json::Value;

/// A compiled template.
#[derive(Clone, Debug)]
pub(in crate::mapping) struct Template {
    pub(super) steps: Box<[Step]>,
    /// How many names are counted with.
    pub(super) counters: usize,
}

/// Variables and counters are numbers: where they stand in a list.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Text(Box<str>),
    Output(Chain),
    Assign(usize, Chain),
    Capture(usize, Box<[Step]>),
    /// Writes a counter, then adds 1.
    Increment(usize),
    /// Takes 1 from a counter, then writes it.
    Decrement(usize),
    /// The first branch that is taken, else the steps behind.
    If(Box<[Branch]>, Box<[Step]>),
}

#[derive(Clone, Debug)]
pub(super) struct Branch {
    /// What the condition has to be.
    pub(super) holds: bool,
    pub(super) any: Box<[All]>,
    pub(super) steps: Box<[Step]>,
}

/// Tests joined with `and`.
pub(super) type All = Box<[Test]>;

#[derive(Clone, Debug)]
pub(super) enum Test {
    /// Whether a value is neither nothing nor `false`.
    Holds(Operand),
    Compares(Operand, Operator, Operand),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Operator {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    Contains,
}

#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) value: Operand,
    pub(super) calls: Box<[Call]>,
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) entry: &'static Entry,
    pub(super) arguments: Box<[Operand]>,
}

#[derive(Clone, Debug)]
pub(super) enum Operand {
    Literal(Value<'static>),
    Word(Word),
    /// A variable, and the keys below it.
    Variable(usize, Box<[Operand]>),
}

/// What values are compared with; nothing anywhere else.
#[derive(Clone, Copy, Debug)]
pub(super) enum Word {
    Nil,
    Empty,
    Blank,
}

/// Why a template gave no text.
#[derive(Debug)]
pub(in crate::mapping) enum RenderError {
    /// It would have made more than [`MAX_LIQUID_OUTPUT`].
    TooLarge,
    /// A filter or a key could not work on what it got.
    Failed(String),
}

type Rendered<T> = Result<T, RenderError>;

impl Template {
    /// The text of the template. `variables` are what the event has for them, `null` for what it has not.
    pub(in crate::mapping) fn render<'v>(&'v self, variables: Vec<Value<'v>>) -> Rendered<String> {
        let mut out = String::new();
        let mut run = Run {
            variables,
            counters: vec![0; self.counters],
        };
        run.steps(&self.steps, &mut out)?;
        Ok(out)
    }
}

struct Run<'v> {
    variables: Vec<Value<'v>>,
    counters: Vec<i64>,
}

impl<'v> Run<'v> {
    fn steps(&mut self, steps: &'v [Step], out: &mut String) -> Rendered<()> {
        for step in steps {
            match step {
                Step::Text(text) => out.push_str(text),
                Step::Output(chain) => push_text(&*self.chain(chain)?, out),
                Step::Assign(variable, chain) => {
                    self.variables[*variable] = self.chain(chain)?.into_owned();
                }
                Step::Capture(variable, steps) => {
                    let mut text = String::new();
                    self.steps(steps, &mut text)?;
                    self.variables[*variable] = Value::String(text.into());
                }
                Step::Increment(counter) => {
                    out.push_str(&self.counters[*counter].to_string());
                    self.counters[*counter] += 1;
                }
                Step::Decrement(counter) => {
                    self.counters[*counter] -= 1;
                    out.push_str(&self.counters[*counter].to_string());
                }
                Step::If(branches, otherwise) => {
                    let mut taken = otherwise;
                    for branch in branches {
                        if self.any(&branch.any)? == branch.holds {
                            taken = &branch.steps;
                            break;
                        }
                    }
                    self.steps(taken, out)?;
                }
            }
            if out.len() > MAX_LIQUID_OUTPUT {
                return Err(RenderError::TooLarge);
            }
        }
        Ok(())
    }

    fn chain(&self, chain: &'v Chain) -> Rendered<Cow<'_, Value<'v>>> {
        let mut value = self.operand(&chain.value)?;
        for call in &chain.calls {
            let arguments = call.arguments.iter().map(|operand| self.operand(operand));
            let arguments = arguments.collect::<Rendered<Vec<_>>>()?;
            let given = call.entry.call(&value, &arguments);
            value = Cow::Owned(given.map_err(|refusal| match refusal {
                Refusal::TooLarge => RenderError::TooLarge,
                Refusal::Because(why) => {
                    RenderError::Failed(format!("`{}`: {why}", call.entry.name))
                }
            })?);
        }
        Ok(value)
    }

    fn operand(&self, operand: &'v Operand) -> Rendered<Cow<'_, Value<'v>>> {
        let (variable, keys) = match operand {
            Operand::Literal(value) => return Ok(Cow::Borrowed(value)),
            Operand::Word(_) => return Ok(Cow::Owned(Value::Null)),
            Operand::Variable(variable, keys) => (*variable, keys),
        };
        let mut found = Cow::Borrowed(&self.variables[variable]);
        for key in keys {
            let key = self.operand(key)?;
            if matches!(*key, Value::Array(_) | Value::Object(_)) {
                return Err(RenderError::Failed(
                    "what stands in brackets is no text and no number".to_owned(),
                ));
            }
            found = match found {
                Cow::Borrowed(value) => value::below(value, &key),
                // A size, which has nothing below it.
                Cow::Owned(_) => Cow::Owned(Value::Null),
            };
        }
        Ok(found)
    }

    fn any(&self, any: &'v [All]) -> Rendered<bool> {
        for all in any {
            let mut holds = true;
            for test in all {
                holds = holds && self.test(test)?;
            }
            if holds {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn test(&self, test: &'v Test) -> Rendered<bool> {
        match test {
            // Brackets that hold no key find nothing here.
            Test::Holds(operand) => Ok(self
                .operand(operand)
                .is_ok_and(|value| value::holds(&value))),
            Test::Compares(Operand::Word(_), operator, Operand::Word(_)) => {
                Ok(matches!(operator, Operator::Equal))
            }
            Test::Compares(Operand::Word(word), operator, other)
            | Test::Compares(other, operator, Operand::Word(word)) => {
                let value = self.operand(other)?;
                let is = match word {
                    Word::Nil => value.is_null(),
                    Word::Empty => value::is_empty(&value),
                    Word::Blank => value::is_blank(&value),
                };
                Ok(match operator {
                    Operator::Equal => is,
                    Operator::Unequal => !is,
                    _ => false,
                })
            }
            Test::Compares(left, operator, right) => {
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                let order = || value::order(&left, &right);
                Ok(match operator {
                    Operator::Equal => value::equal(&left, &right),
                    Operator::Unequal => !value::equal(&left, &right),
                    Operator::Less => order().is_some_and(|order| order.is_lt()),
                    Operator::AtMost => order().is_some_and(|order| order.is_le()),
                    Operator::More => order().is_some_and(|order| order.is_gt()),
                    Operator::AtLeast => order().is_some_and(|order| order.is_ge()),
                    Operator::Contains => value::contains(&left, &right),
                })
            }
        }
    }
}
