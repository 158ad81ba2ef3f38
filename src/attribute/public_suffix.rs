//! Which names are public suffixes: `co.uk` is nobody's domain, `example.co.uk` is somebody's.
//!
//! The rules are those of the ICANN section of the Public Suffix List. Its private section (`github.io`) says under
//! which names others may register, not that the name itself is nobody's, so it has no part in what a valid domain is.

mod list;

use std::cmp::Ordering;

/// Whether all of `host` is a public suffix, so that nobody can hold it. `host` is in lower case and ASCII, without a
/// trailing dot.
pub(super) fn is_public_suffix(host: &str) -> bool {
    // The rules of one label are the list's default rule.
    let Some((before, top)) = host.rsplit_once('.') else {
        return true;
    };
    let Ok(at) = list::RULES.binary_search_by(|(name, _)| (*name).cmp(top)) else {
        return false;
    };
    let rules = list::RULES[at].1;
    match find(rules, before) {
        Some(Rule::Suffix) => true,
        Some(Rule::Exception) => false,
        Some(Rule::Below) | None => {
            let parent = before.split_once('.').map_or("", |(_, parent)| parent);
            find(rules, parent) == Some(Rule::Below)
        }
    }
}

/// What a rule says of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// It is a suffix.
    Suffix,
    /// Every name right below it is a suffix.
    Below,
    /// It is none.
    Exception,
}

/// The rule of a name among rules that are in order and have a space between them, by halving the text.
fn find(rules: &str, name: &str) -> Option<Rule> {
    let bytes = rules.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = memchr::memrchr(b' ', &bytes[low..middle]).map_or(low, |at| low + at + 1);
        let end = memchr::memchr(b' ', &bytes[middle..high]).map_or(high, |at| middle + at);
        let (found, rule) = match &bytes[start..end] {
            [found @ .., b'*'] => (found, Rule::Below),
            [found @ .., b'!'] => (found, Rule::Exception),
            found => (found, Rule::Suffix),
        };
        match found.cmp(name.as_bytes()) {
            Ordering::Equal => return Some(rule),
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = start.saturating_sub(1).max(low),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_every_rule_is_found() {
        assert!(list::RULES.is_sorted_by(|a, b| a.0 < b.0));
        let mut count = 0;
        for (top, rules) in list::RULES {
            for entry in rules.split(' ') {
                let name = entry.trim_end_matches(['*', '!']);
                let rule = match entry.as_bytes().last() {
                    Some(b'*') => Rule::Below,
                    Some(b'!') => Rule::Exception,
                    _ => Rule::Suffix,
                };
                assert_eq!(find(rules, name), Some(rule), "{entry}.{top}");
                assert_eq!(find(rules, &format!("{name}0")), None, "{entry}.{top}");
                count += 1;
            }
        }
        assert!(count > 5000, "{count} rules");
        let bytes: usize = list::RULES
            .iter()
            .map(|(top, rules)| top.len() + rules.len())
            .sum();
        assert!(bytes < 80_000, "{bytes} bytes");
    }

    #[test]
    fn suffixes_of_every_kind_of_rule_are_told_from_domains() {
        for suffix in [
            "com",
            "uk",
            "co.uk",
            "com.au",
            "gov.uk",
            "com.br",
            "nom.ck",
            "foo.ck",
            "k12.ma.us",
            "pvt.k12.ma.us",
            "aisai.aichi.jp",
            "anything.kobe.jp",
            "xn--55qx5d.cn",
            "unknown",
            "",
        ] {
            assert!(is_public_suffix(suffix), "{suffix}");
        }
        for domain in [
            "example.com",
            "bbc.co.uk",
            "www.gov.uk",
            "github.io",
            "foo.github.io",
            "www.ck",
            "a.foo.ck",
            "city.kobe.jp",
            "kobe.jp",
            "a.anything.kobe.jp",
            "blogspot.com",
            "something.unknown",
            "a.b.c.d.e",
        ] {
            assert!(!is_public_suffix(domain), "{domain}");
        }
    }
}
