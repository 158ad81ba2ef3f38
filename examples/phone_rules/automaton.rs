//! The smallest automaton that tells whose number some digits are.

use std::collections::HashMap;

use super::pattern::{JUMP, MATCH, SPLIT, TAKE, parts};

/// The state that no digit leads out of.
pub(crate) const NONE: u32 = 0;

/// A state: what digits that end here are (0: nothing), and where each further digit leads.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) out: u8,
    pub(crate) next: [u32; 10],
}

/// States, each only once, every one behind those that it leads to.
pub(crate) struct Automaton {
    pub(crate) states: Vec<State>,
    known: HashMap<State, u32>,
}

/// A pattern as a part of a question.
pub(crate) struct Part {
    pub(crate) program: Vec<u16>,
    /// The lengths that it holds for, one bit each.
    pub(crate) lengths: u32,
    /// Whether it is enough that the digits begin like this.
    pub(crate) is_prefix: bool,
}

/// Where a pattern stands: its number, and its step.
type Place = (u16, u16);

/// The step of a prefix that has matched.
const MATCHED: u16 = u16::MAX;

impl Automaton {
    pub(crate) fn new() -> Self {
        Automaton {
            states: vec![State::default()],
            known: HashMap::from([(State::default(), NONE)]),
        }
    }

    /// The state in which the answer to a question begins. `judge` says what digits are, from the patterns that match
    /// them.
    pub(crate) fn add(&mut self, parts: &[Part], judge: &dyn Fn(&[bool]) -> u8) -> u32 {
        let mut start = Vec::new();
        for (number, part) in (0..).zip(parts) {
            follow(part, number, 0, &mut start);
        }
        let mut question = Question {
            parts,
            judge,
            done: HashMap::new(),
        };
        self.build(&mut question, start, 0)
    }

    fn build(&mut self, question: &mut Question<'_>, mut places: Vec<Place>, length: usize) -> u32 {
        // No number is longer.
        const MOST: usize = 24;
        places.sort_unstable();
        places.dedup();
        if places.is_empty() || length > MOST {
            return NONE;
        }
        let key = (places, length);
        if let Some(&state) = question.done.get(&key) {
            return state;
        }
        let places = &key.0;
        let mut matched = vec![false; question.parts.len()];
        for &(number, step) in places {
            let part = &question.parts[usize::from(number)];
            let is_match = step == MATCHED || part.program[usize::from(step)] == MATCH;
            matched[usize::from(number)] |= is_match && part.lengths >> length & 1 == 1;
        }
        let mut state = State {
            out: (question.judge)(&matched),
            next: [NONE; 10],
        };
        for digit in 0..10 {
            let mut next = Vec::new();
            for &(number, step) in places {
                let part = &question.parts[usize::from(number)];
                if step == MATCHED {
                    next.push((number, step));
                    continue;
                }
                let (operation, mask) = self::parts(part.program[usize::from(step)]);
                if operation == TAKE && mask >> digit & 1 == 1 {
                    follow(part, number, step + 1, &mut next);
                }
            }
            state.next[digit] = self.build(question, next, length + 1);
        }
        let id = self.intern(state);
        question.done.insert(key, id);
        id
    }

    fn intern(&mut self, state: State) -> u32 {
        *self.known.entry(state).or_insert_with(|| {
            self.states.push(state);
            // OK because there are some thousand states.
            self.states.len() as u32 - 1
        })
    }
}

struct Question<'q> {
    parts: &'q [Part],
    judge: &'q dyn Fn(&[bool]) -> u8,
    done: HashMap<(Vec<Place>, usize), u32>,
}

/// Adds the steps that take a digit, or match, which `step` leads to.
fn follow(part: &Part, number: u16, step: u16, places: &mut Vec<Place>) {
    match parts(part.program[usize::from(step)]) {
        (SPLIT, distance) => {
            follow(part, number, step + 1, places);
            follow(part, number, step + distance, places);
        }
        (JUMP, distance) => follow(part, number, step + distance, places),
        (MATCH, _) if part.is_prefix => places.push((number, MATCHED)),
        (TAKE | MATCH, _) => places.push((number, step)),
        // Groups say nothing here, and `$` stands in no pattern of a number.
        _ => follow(part, number, step + 1, places),
    }
}
