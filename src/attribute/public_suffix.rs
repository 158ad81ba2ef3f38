//! Which names are public suffixes: `co.uk` is nobody's domain, `example.co.uk` is somebody's.
//!
//! The rules are those of the ICANN section of the Public Suffix List. Its private section (`github.io`) says under
//! which names others may register, not that the name itself is nobody's, so it has no part in what a valid domain is.

mod list;

use std::cmp::Ordering;

use super::letters::{PAIRS, pair};

/// The rules of a top-level domain: its name; what stands before it in each rule, in order, with spaces between; names
/// right below which every name is a suffix; and the exceptions of these.
type Rules = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// Whether all of `host` is a public suffix, so that nobody can hold it. `host` is in lower case and ASCII, without a
/// trailing dot.
pub(super) fn is_public_suffix(host: &str) -> bool {
    // The rules of one label are the list's default rule.
    let Some(dot) = host.bytes().rposition(|byte| byte == b'.') else {
        return true;
    };
    let (before, top) = (&host[..dot], &host[dot + 1..]);
    let Some((_, suffixes, below, exceptions)) = rules(top) else {
        return false;
    };
    let parent = before.split_once('.').map_or("", |(_, parent)| parent);
    contains(suffixes, before) || below.contains(&parent) && !exceptions.contains(&before)
}

/// The rules of a top-level domain, if there are any.
fn rules(top: &str) -> Option<&'static Rules> {
    let start = place(top.as_bytes())?;
    let (first, last) = (BY_START[start], BY_START[start + 1]);
    list::RULES[first.into()..last.into()]
        .iter()
        .find(|(name, ..)| *name == top)
}

/// The place of the two letters that a name begins with.
const fn place(name: &[u8]) -> Option<usize> {
    match *name {
        [first, second, ..] => pair(first, second, b'a'),
        _ => None,
    }
}

/// For each pair of letters, where the rules of the top-level domains that begin with it begin; and where all end.
static BY_START: [u16; PAIRS + 1] = {
    let mut starts = [0; PAIRS + 1];
    let (mut pair, mut at) = (0, 0);
    while pair <= PAIRS {
        starts[pair] = at as u16;
        while at < list::RULES.len() {
            match place(list::RULES[at].0.as_bytes()) {
                Some(of_rule) if of_rule > pair => break,
                Some(_) => at += 1,
                None => panic!("a top-level domain begins with two letters"),
            }
        }
        pair += 1;
    }
    starts
};

/// Whether a name is among names that are in order and have a space between them, by halving the text.
fn contains(names: &str, name: &str) -> bool {
    let bytes = names.as_bytes();
    let is_space = |byte: &u8| *byte == b' ';
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = bytes[low..middle]
            .iter()
            .rposition(is_space)
            .map_or(low, |at| low + at + 1);
        let end = bytes[middle..high]
            .iter()
            .position(is_space)
            .map_or(high, |at| middle + at);
        match bytes[start..end].cmp(name.as_bytes()) {
            Ordering::Equal => return true,
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = start.saturating_sub(1).max(low),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_every_rule_is_found() {
        assert!(list::RULES.is_sorted_by(|a, b| a.0 < b.0));
        let (mut count, mut bytes) = (0, 0);
        for (top, suffixes, below, exceptions) in list::RULES {
            bytes += top.len() + suffixes.len();
            for name in suffixes.split(' ').filter(|name| !name.is_empty()) {
                assert!(is_public_suffix(&format!("{name}.{top}")), "{name}.{top}");
                assert!(!contains(suffixes, &format!("{name}0")), "{name}0.{top}");
                count += 1;
            }
            for name in *below {
                let name = format!("anything.{name}").trim_end_matches('.').to_owned();
                assert!(is_public_suffix(&format!("{name}.{top}")), "{name}.{top}");
            }
            for name in *exceptions {
                assert!(!is_public_suffix(&format!("{name}.{top}")), "{name}.{top}");
            }
        }
        assert!(count > 5000, "{count} rules");
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
