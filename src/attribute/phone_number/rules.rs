//! Google's rules: which number digits are, and whose it is.
//!
//! They are those of libphonenumber's parser for digits without punctuation, step by step, with its data in `tables`.

#[cfg(test)]
mod oracle;

use super::tables::{Buffer, Code, Region};

/// The most digits of a number, its calling code included.
const MOST: usize = 20;

/// The fewest and the most digits of a number without its calling code.
const NATIONAL: std::ops::RangeInclusive<usize> = 2..=17;

/// What the rules made of digits.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Found {
    text: [u8; MOST + 1],
    length: u8,
    code: Code,
    /// The region that has such a number; none when only its length is right.
    region: Option<Region>,
}

impl Found {
    /// `region` is what the automaton says of the number.
    fn new(code: Code, national: &[u8], region: Option<Region>) -> Option<Found> {
        let mut text = [0; MOST + 1];
        text[0] = b'+';
        let mut length = 1;
        let number = code.number();
        for unit in [100, 10, 1] {
            if number >= unit {
                // OK because it is less than ten.
                text[length] = b'0' + (number / unit % 10) as u8;
                length += 1;
            }
        }
        text.get_mut(length..length + national.len())?.copy_from_slice(national);
        length += national.len();
        Some(Found {
            text,
            length: u8::try_from(length).ok()?,
            code,
            region,
        })
    }

    /// The number in E.164.
    pub(super) fn e164(&self) -> &str {
        // OK because it holds digits of ASCII only.
        std::str::from_utf8(&self.text[..usize::from(self.length)]).unwrap_or_default()
    }

    /// Whether somebody has such a number.
    pub(super) fn is_valid(&self) -> bool {
        self.region.is_some()
    }

    /// Whether the number starts with the calling code of a country, given by its alpha-2 code.
    pub(super) fn has_code_of(&self, country: &str) -> bool {
        Region::of(country).is_some_and(|region| region.code() == self.code)
    }

    /// The country that the number surely belongs to.
    pub(super) fn country(&self) -> Option<&'static str> {
        self.region.or_else(|| self.code.only_region())?.country()
    }
}

/// The number of digits that start with a country code.
pub(super) fn international(digits: &[u8]) -> Option<Found> {
    let (code, national) = Code::split(digits)?;
    // A number that somebody has stays as it is, so that what comes out of this goes in again unchanged.
    if let Some(region) = code.whose(national) {
        return Found::new(code, national, Some(region));
    }
    read(code, code.main_region(), national)
}

/// The number of digits as they are dialled in a region.
pub(super) fn in_region(digits: &[u8], region: Region) -> Option<Found> {
    // A calling code cannot begin with 0.
    let outside = region.international_prefix(digits).map(|end| &digits[end..]);
    if let Some(outside) = outside.filter(|outside| outside.first() != Some(&b'0')) {
        let (code, national) = Code::split(outside)?;
        return read(code, code.main_region(), national);
    }
    let code = region.code();
    if let Some(rest) = code.strip(digits) {
        let mut buffer = Buffer::default();
        let national = region.strip(rest, &mut buffer);
        let is_too_long = region.can_be_cut(digits.len()) && !region.can_be_long(digits.len());
        if is_too_long || !region.is_like(digits) && region.is_like(national) {
            return read(code, code.main_region(), national);
        }
    }
    read(code, region, digits)
}

/// The number that digits behind a calling code are by the rules of a region, if its length is one of its country's.
fn read(code: Code, rules: Region, digits: &[u8]) -> Option<Found> {
    let mut buffer = Buffer::default();
    let national = without_prefix(rules, digits, &mut buffer);
    if digits.len() < *NATIONAL.start() || !NATIONAL.contains(&national.len()) {
        return None;
    }
    if !code.main_region().can_be_long(national.len()) {
        return None;
    }
    let region = code.whose(national);
    // A prefix may be taken off once more from a number that nobody has.
    let stays = || without_prefix(code.main_region(), national, &mut Buffer::default()) == national;
    match region.is_some() || stays() {
        true => Found::new(code, national, region),
        false => None,
    }
}

/// A number without its national prefix, unless too little stays.
fn without_prefix<'d>(rules: Region, digits: &'d [u8], buffer: &'d mut Buffer) -> &'d [u8] {
    let stripped = rules.strip(digits, buffer);
    match rules.can_be_cut(stripped.len()) {
        true => stripped,
        false => digits,
    }
}
