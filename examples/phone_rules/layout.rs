//! The automaton as bytes.
//!
//! A state is two bytes: the digits that lead on (bits 0 to 9), what digits that end here are (bits 10 to 14), and whether
//! they lead to several states (bit 15). If so, two bytes say which of them lead elsewhere than the one before. Then
//! comes the target of each group of digits, in one byte or two:
//!
//! - below 64: the tail of that number;
//! - below 128: the state that many bytes behind this one, less 63;
//! - else, with the next byte: the tail of that number without bit 15 or, from the count of tails on, the state at that
//!   place.
//!
//! A tail is a state where only the count of the digits matters that follow.

use std::collections::HashMap;

use super::automaton::{Automaton, NONE};

/// How many tails a single byte can name.
const SHORT_TAILS: usize = 64;

/// How far ahead a single byte can point.
const SHORT_WAY: usize = 64;

/// The counts of digits that make a number of it, one bit each, and what they make.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tail {
    pub(crate) lengths: u16,
    pub(crate) out: u8,
}

/// The automaton as bytes, and its tails.
pub(crate) struct Layout {
    pub(crate) bytes: Vec<u8>,
    pub(crate) tails: Vec<Tail>,
    places: Vec<usize>,
    of_state: Vec<Option<Tail>>,
}

/// A state that is no tail.
struct Row {
    state: u32,
    digits: u16,
    changes: u16,
    targets: Vec<u32>,
    /// Which of the targets take a single byte.
    short: Vec<bool>,
}

impl Layout {
    pub(crate) fn of(automaton: &Automaton, roots: &[u32]) -> Result<Layout, String> {
        let of_state = tails(automaton);
        let mut rows: Vec<Row> = (0..automaton.states.len())
            .rev()
            .filter(|state| of_state[*state].is_none())
            .map(|state| row(automaton, state))
            .collect();
        let mut counts: HashMap<Tail, usize> = HashMap::new();
        let targets = rows.iter().flat_map(|row| &row.targets).chain(roots);
        for tail in targets.filter_map(|target| of_state[*target as usize]) {
            *counts.entry(tail).or_default() += 1;
        }
        let mut tails: Vec<Tail> = counts.keys().copied().collect();
        tails.sort_by_key(|tail| (usize::MAX - counts[tail], *tail));
        let mut layout = Layout {
            bytes: Vec::new(),
            tails,
            places: vec![0; automaton.states.len()],
            of_state,
        };
        layout.place(&mut rows);
        for row in &rows {
            layout.write(automaton, row)?;
        }
        Ok(layout)
    }

    /// A state, in the numbers of tails and places.
    pub(crate) fn target(&self, state: u32) -> Result<u16, String> {
        let target = match self.tail(state) {
            Some(tail) => tail,
            None => self.tails.len() + self.places[state as usize],
        };
        let target = u16::try_from(target)
            .ok()
            .filter(|target| *target < 1 << 15);
        target.ok_or_else(|| "the automaton is too large".to_owned())
    }

    fn tail(&self, state: u32) -> Option<usize> {
        let tail = self.of_state[state as usize]?;
        self.tails.iter().position(|other| *other == tail)
    }

    /// Finds the place of every state. The shorter the states, the more targets are near enough to be short.
    fn place(&mut self, rows: &mut [Row]) {
        loop {
            let mut place = 0;
            for row in &*rows {
                self.places[row.state as usize] = place;
                place = row.after_targets(place, row.targets.len());
            }
            let mut is_final = true;
            for row in &mut *rows {
                for at in 0..row.targets.len() {
                    let here = row.after_targets(self.places[row.state as usize], at);
                    let state = row.targets[at];
                    let is_short = match self.tail(state) {
                        Some(tail) => tail < SHORT_TAILS,
                        None => (1..=SHORT_WAY)
                            .contains(&self.places[state as usize].wrapping_sub(here)),
                    };
                    is_final &= is_short == row.short[at] || !is_short;
                    row.short[at] |= is_short;
                }
            }
            if is_final {
                return;
            }
        }
    }

    fn write(&mut self, automaton: &Automaton, row: &Row) -> Result<(), String> {
        let out = u16::from(automaton.states[row.state as usize].out);
        if out >= 1 << 5 {
            return Err("too many regions share a calling code".to_owned());
        }
        let several = u16::from(row.changes != 0);
        self.bytes
            .extend((row.digits | out << 10 | several << 15).to_le_bytes());
        if row.changes != 0 {
            self.bytes.extend(row.changes.to_le_bytes());
        }
        for (&state, &is_short) in row.targets.iter().zip(&row.short) {
            let short = match (is_short, self.tail(state)) {
                (false, _) => None,
                (true, Some(tail)) => Some(tail),
                (true, None) => {
                    Some(self.places[state as usize] - self.bytes.len() + SHORT_TAILS - 1)
                }
            };
            match short {
                // OK because it is less than 128.
                Some(short) => self.bytes.push(short as u8),
                None => self
                    .bytes
                    .extend((self.target(state)? | 1 << 15).to_be_bytes()),
            }
        }
        Ok(())
    }
}

impl Row {
    /// Where the first `count` targets end of a row that stands at `place`.
    fn after_targets(&self, place: usize, count: usize) -> usize {
        let header = if self.changes == 0 { 2 } else { 4 };
        let targets: usize = self.short[..count]
            .iter()
            .map(|is_short| if *is_short { 1 } else { 2 })
            .sum();
        place + header + targets
    }
}

fn row(automaton: &Automaton, state: usize) -> Row {
    let mut row = Row {
        // OK because there are some thousand states.
        state: state as u32,
        digits: 0,
        changes: 0,
        targets: Vec::new(),
        short: Vec::new(),
    };
    for (digit, &next) in automaton.states[state].next.iter().enumerate() {
        if next == NONE {
            continue;
        }
        row.digits |= 1 << digit;
        if row.targets.last() != Some(&next) {
            if !row.targets.is_empty() {
                row.changes |= 1 << digit;
            }
            row.targets.push(next);
        }
    }
    row.short = vec![false; row.targets.len()];
    row
}

/// Which states are tails.
fn tails(automaton: &Automaton) -> Vec<Option<Tail>> {
    let mut tails: Vec<Option<Tail>> = vec![Some(Tail { lengths: 0, out: 0 })];
    for state in &automaton.states[1..] {
        let next = state.next[0];
        let rest =
            tails[next as usize].filter(|tail| state.next == [next; 10] && tail.lengths < 1 << 15);
        tails.push(rest.and_then(|rest| {
            let is_same = rest.out == 0 || state.out == 0 || rest.out == state.out;
            is_same.then_some(Tail {
                lengths: rest.lengths << 1 | u16::from(state.out != 0),
                out: rest.out.max(state.out),
            })
        }));
    }
    tails
}
