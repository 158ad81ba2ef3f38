//! Words of texts, and tables by two letters: of the codes of countries, and of what top-level domains begin with.

/// How many pairs of letters there are.
pub(super) const PAIRS: usize = 26 * 26;

/// The place of two letters among all pairs of them. `a` is the first letter in their case; all others are none.
pub(super) const fn pair(first: u8, second: u8, a: u8) -> Option<usize> {
    let (first, second) = (first.wrapping_sub(a), second.wrapping_sub(a));
    match first < 26 && second < 26 {
        true => Some(first as usize * 26 + second as usize),
        false => None,
    }
}

/// The words of a text, in lower case.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}
