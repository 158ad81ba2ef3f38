//! What is known of calling codes and regions, read from `rules.bin`.
//!
//! `examples/phone_rules` writes that file, from the metadata of libphonenumber (Google, Apache License 2.0), and says how
//! the automaton in it is laid out. It is used as it stands: nothing is built before the first number. Digits are ASCII,
//! and all that is asked for here has been made of the same file, so nothing is looked up that is not in it.

use crate::attribute::country;
use crate::attribute::letters::pair;

const BYTES: &[u8] = include_bytes!("rules.bin");

const SECTIONS: usize = 9;

/// By the first three digits of a number: its calling code, counted from 1.
const BY_DIGITS: &[u8] = section(0);
/// Of each calling code: itself, the root of the automaton for its numbers, its first region and how many it has.
const CODES: &[u8] = section(1);
/// By the two letters of a country: its region, counted from 1.
const BY_NAME: &[u8] = section(2);
/// Of each region: its two letters, its calling code, the programs of what is dialled before numbers of other countries
/// and before its own, the rule of the latter, the lengths and the root of the automaton for its numbers.
const REGIONS: &[u8] = section(3);
/// What a national prefix is replaced by: a group of its program, digits before it.
const RULES: &[u8] = section(4);
/// Lengths of numbers: the possible ones, and these with all that are too long.
const LENGTHS: &[u8] = section(5);
/// Ends of numbers of which only the length counts: the lengths, and whose such a number is.
const TAILS: &[u8] = section(6);
/// Programs of patterns, in steps of two bytes.
const PROGRAMS: &[u8] = section(7);
const AUTOMATON: &[u8] = section(8);

const TAIL_COUNT: usize = TAILS.len() / 3;

const fn section(number: usize) -> &'static [u8] {
    let mut start = 2 * SECTIONS;
    let mut at = 0;
    while at < number {
        start += word(BYTES, 2 * at);
        at += 1;
    }
    BYTES.split_at(start).1.split_at(word(BYTES, 2 * number)).0
}

const fn word(bytes: &[u8], at: usize) -> usize {
    bytes[at] as usize | (bytes[at + 1] as usize) << 8
}

/// A country calling code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Code(u8);

/// A region: a country or a part of one, or those who have a calling code without a country.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Region(u8);

impl Code {
    /// The code that digits start with, and the digits behind it.
    pub(super) fn split(digits: &[u8]) -> Option<(Code, &[u8])> {
        let [first, second, third, ..] = digits else {
            return None;
        };
        let value = |digit: &u8| usize::from(digit - b'0');
        let at = 100 * value(first) + 10 * value(second) + value(third);
        let code = Code(BY_DIGITS[at].checked_sub(1)?);
        Some((code, &digits[code.length()..]))
    }

    fn record(self) -> &'static [u8] {
        &CODES[6 * usize::from(self.0)..][..6]
    }

    /// The code itself, such as 44.
    pub(super) fn number(self) -> usize {
        word(self.record(), 0)
    }

    fn length(self) -> usize {
        match self.number() {
            0..10 => 1,
            10..100 => 2,
            _ => 3,
        }
    }

    /// The region whose rules hold for numbers of which only the code is known.
    pub(super) fn main_region(self) -> Region {
        Region(self.record()[4])
    }

    /// The only region that has the code.
    pub(super) fn only_region(self) -> Option<Region> {
        (self.record()[5] == 1).then(|| self.main_region())
    }

    /// The region that has the number.
    pub(super) fn whose(self, national: &[u8]) -> Option<Region> {
        let record = self.record();
        let at = walk(word(record, 2), national).checked_sub(1)?;
        Some(Region(record[4] + at))
    }

    /// The digits without this code at their start.
    pub(super) fn strip(self, digits: &[u8]) -> Option<&[u8]> {
        Code::split(digits).filter(|(code, _)| *code == self).map(|(_, rest)| rest)
    }
}

impl Region {
    /// The region of a country, by its alpha-2 code.
    pub(super) fn of(country: &str) -> Option<Region> {
        let &[first, second] = country.as_bytes() else {
            return None;
        };
        BY_NAME[pair(first, second, b'A')?].checked_sub(1).map(Region)
    }

    fn record(self) -> &'static [u8] {
        &REGIONS[11 * usize::from(self.0)..][..11]
    }

    /// The alpha-2 code of the country that Attio knows the region as.
    pub(super) fn country(self) -> Option<&'static str> {
        let name = std::str::from_utf8(&self.record()[..2]).ok()?;
        country::code(name).filter(|code| country::is_in_attio(code))
    }

    pub(super) fn code(self) -> Code {
        Code(self.record()[2])
    }

    /// Where what is dialled before a number of another country ends.
    pub(super) fn international_prefix(self, digits: &[u8]) -> Option<usize> {
        let program = word(self.record(), 3);
        (program > 0).then(|| run(program, digits, 0, NO_GROUPS))?.map(|(end, _)| end)
    }

    /// Whether the digits look like numbers of the region, whatever their length.
    pub(super) fn is_like(self, national: &[u8]) -> bool {
        walk(word(self.record(), 9), national) != 0
    }

    /// Whether a number of the region can be this long.
    pub(super) fn can_be_long(self, length: usize) -> bool {
        self.lengths(0) >> length & 1 == 1
    }

    /// Whether a number of the region can be this long, or only shorter.
    pub(super) fn can_be_cut(self, length: usize) -> bool {
        self.lengths(4) >> length & 1 == 1
    }

    fn lengths(self, offset: usize) -> usize {
        let at = 8 * usize::from(self.record()[8]) + offset;
        word(LENGTHS, at) | word(LENGTHS, at + 2) << 16
    }

    /// Whether something is dialled before numbers within the region.
    pub(super) fn has_prefix(self) -> bool {
        word(self.record(), 5) > 0
    }

    /// A number without what is dialled before it within the region. It may be put in another form by that, for which
    /// there is `buffer`.
    pub(super) fn strip<'d>(self, digits: &'d [u8], buffer: &'d mut Buffer) -> &'d [u8] {
        let record = self.record();
        let program = word(record, 5);
        if program == 0 || digits.is_empty() {
            return digits;
        }
        let Some((end, groups)) = run(program, digits, 0, NO_GROUPS) else {
            return digits;
        };
        let group = |number: usize| {
            let [start, end] = [2 * number - 2, 2 * number - 1].map(|at| usize::from(groups[at]));
            digits.get(start..end)
        };
        let rest = &digits[end..];
        // By the rule only when the last of the groups holds something.
        let is_caught = match (group(1), group(2)) {
            (Some(_), Some(second)) => !second.is_empty(),
            (Some(first), None) => !first.is_empty(),
            (None, _) => false,
        };
        let stripped = match record[7] {
            number @ 1.. if is_caught => {
                let rule = &RULES[5 * usize::from(number - 1)..][..5];
                let before = &rule[1..][..usize::from(rule[0] & 15)];
                let kept = group(usize::from(rule[0] >> 4)).unwrap_or_default();
                buffer.fill(&[before, kept, rest])
            }
            _ => rest,
        };
        match self.is_like(digits) && !self.is_like(stripped) {
            true => digits,
            false => stripped,
        }
    }
}

/// Room for a number in another form: at most 24 digits that were written, and 4 of a rule.
#[derive(Default)]
pub(super) struct Buffer([u8; 32]);

impl Buffer {
    fn fill(&mut self, parts: &[&[u8]]) -> &[u8] {
        let mut length = 0;
        for part in parts {
            self.0[length..][..part.len()].copy_from_slice(part);
            length += part.len();
        }
        &self.0[..length]
    }
}

/// What the digits are, beginning at a state of the automaton; 0 when they are nothing.
fn walk(mut target: usize, mut digits: &[u8]) -> u8 {
    const SEVERAL: usize = 1 << 15;
    loop {
        let Some(state) = target.checked_sub(TAIL_COUNT) else {
            let tail = &TAILS[3 * target..][..3];
            let is_long = digits.len() < 16 && word(tail, 0) >> digits.len() & 1 == 1;
            return if is_long { tail[2] } else { 0 };
        };
        let header = word(AUTOMATON, state);
        let Some((digit, rest)) = digits.split_first() else {
            return (header >> 10 & 31) as u8;
        };
        digits = rest;
        let bit = 1 << (digit & 15);
        if header & bit == 0 {
            return 0;
        }
        let mut at = state + 2;
        if header & SEVERAL != 0 {
            let changes = word(AUTOMATON, at) & (2 * bit - 1);
            at += 2;
            for _ in 0..changes.count_ones() {
                at += if AUTOMATON[at] < 128 { 1 } else { 2 };
            }
        }
        let first = usize::from(AUTOMATON[at]);
        target = match first {
            0..64 => first,
            64..128 => TAIL_COUNT + at + first - 63,
            _ => (first & 127) << 8 | usize::from(AUTOMATON[at + 1]),
        };
    }
}

/// The groups of a program that has met none.
const NO_GROUPS: [u8; 4] = [u8::MAX; 4];

/// Runs a program at the start of the digits: where its match ends, and the starts and ends of its groups. The first way
/// to match counts, as in regular expressions.
fn run(mut step: usize, digits: &[u8], mut at: usize, mut groups: [u8; 4]) -> Option<(usize, [u8; 4])> {
    loop {
        let word = word(PROGRAMS, 2 * step);
        let operand = word & 0xfff;
        step += 1;
        match word >> 12 {
            // Takes a digit.
            0 => {
                let digit = digits.get(at)?;
                if operand >> (digit & 15) & 1 == 0 {
                    return None;
                }
                at += 1;
            }
            // Tries the next step, then the one further on.
            1 => {
                if let Some(found) = run(step, digits, at, groups) {
                    return Some(found);
                }
                step += operand - 1;
            }
            // Goes further on.
            2 => step += operand - 1,
            // Starts or ends a group.
            3 => groups[operand] = at as u8,
            // Nothing may follow.
            4 => {
                if at < digits.len() {
                    return None;
                }
            }
            _ => return Some((at, groups)),
        }
    }
}

#[cfg(test)]
impl Region {
    /// Digits that one of the region's programs matches, by a choice for each of its steps.
    pub(super) fn dialled_before(self, is_international: bool, choices: &[u8]) -> String {
        let mut step = word(self.record(), if is_international { 3 } else { 5 });
        let mut digits = String::new();
        let mut choices = choices.iter().cycle().map(|choice| usize::from(*choice));
        while step > 0 {
            let word = word(PROGRAMS, 2 * step);
            let operand = word & 0xfff;
            let choice = choices.next().unwrap();
            step += match word >> 12 {
                0 => {
                    let some: Vec<char> = ('0'..='9').filter(|c| operand >> (*c as usize - 48) & 1 == 1).collect();
                    digits.push(some[choice % some.len()]);
                    1
                }
                1 if choice % 3 == 0 => operand,
                2 => operand,
                1 | 3 | 4 => 1,
                _ => return digits,
            };
        }
        digits
    }
}
