//! Names of hosts on the internet, for domains and e-mail addresses.

use std::borrow::Cow;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::json::is_bare;

/// Why a text is no host name on the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoHost {
    /// It is not written like one.
    Shape,
    /// It is an IP address, in one of the many ways to write one.
    IpAddress,
    /// It is one word, such as `localhost`.
    SingleLabel,
    /// Its last part is kept for private networks, such as `.local`.
    Private,
}

/// Whether a top-level domain never leads to the internet: those of RFC 6761 and RFC 7686, and those that RFC 6762
/// (appendix G) and ICANN keep for private networks. `example` and `test` are left out: people do test with them.
fn is_private(top: &str) -> bool {
    matches!(
        top,
        "corp"
            | "home"
            | "internal"
            | "intranet"
            | "invalid"
            | "lan"
            | "local"
            | "localdomain"
            | "localhost"
            | "onion"
            | "private"
    )
}

/// The longest text that is looked at, in bytes: a name has 253, and no character takes more than four.
const MOST: usize = 4 * 253;

/// The characters around a value that nobody sees: white space, and marks of direction and of nothing.
#[inline]
pub(super) fn trimmed(text: &str) -> &str {
    match is_bare(text) {
        true => text,
        false => text.trim_matches(is_unseen),
    }
}

/// Whether nobody sees a character.
pub(super) fn is_unseen(c: char) -> bool {
    match c {
        '!'..='~' => false,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}' => true,
        '\u{2060}'..='\u{206f}' => true,
        c => c.is_whitespace() || c.is_control(),
    }
}

/// `text` as the name of a host: in lower case and ASCII, its trailing dot removed.
pub(super) fn host(text: &str) -> Result<Cow<'_, str>, NoHost> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > MOST {
        return Err(NoHost::Shape);
    }
    let host = match simple(text) {
        Some(Simple {
            has_capitals: false,
        }) => Cow::Borrowed(text),
        Some(Simple { has_capitals: true }) => Cow::Owned(text.to_ascii_lowercase()),
        None => unusual(text)?,
    };
    let Some(dot) = host.bytes().rposition(|byte| byte == b'.') else {
        return Err(match () {
            () if is_number(&host) => NoHost::IpAddress,
            () if host.is_empty() => NoHost::Shape,
            () => NoHost::SingleLabel,
        });
    };
    let top = &host[dot + 1..];
    let is_word = top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_lowercase());
    match () {
        () if is_private(top) || host.ends_with(".home.arpa") => Err(NoHost::Private),
        () if is_word || top.starts_with("xn--") => Ok(host),
        () if is_ipv4(&host) => Err(NoHost::IpAddress),
        () => Err(NoHost::Shape),
    }
}

/// The same of what is more than ASCII labels.
fn unusual(text: &str) -> Result<Cow<'_, str>, NoHost> {
    if text.contains(':') {
        return Err(match is_ipv6(text) {
            true => NoHost::IpAddress,
            false => NoHost::Shape,
        });
    }
    Uts46::new()
        .to_ascii(
            text.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .map_err(|_| NoHost::Shape)
}

/// Whether a text is written like an IPv6 address; which of these are addresses makes no difference here.
fn is_ipv6(text: &str) -> bool {
    let address = text.trim_start_matches('[').trim_end_matches(']');
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    address.bytes().filter(|byte| *byte == b':').count() >= 2 && address.bytes().all(is_part)
}

/// Whether a name is written like an IPv4 address, of which resolvers take up to four numbers.
fn is_ipv4(host: &str) -> bool {
    host.split('.').count() <= 4 && host.split('.').all(is_number)
}

/// Whether a label is a number as resolvers read one.
fn is_number(label: &str) -> bool {
    let digits = |text: &str, hexadecimal: bool| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || hexadecimal && byte.is_ascii_hexdigit())
    };
    match label.strip_prefix("0x") {
        Some(rest) => digits(rest, true),
        None => !label.is_empty() && digits(label, false),
    }
}

/// A name of ASCII labels that needs nothing but lower case.
struct Simple {
    has_capitals: bool,
}

fn simple(text: &str) -> Option<Simple> {
    let bytes = text.as_bytes();
    let is_label = |label: &[u8]| {
        matches!(label, [first, .., last] | [first @ last] if *first != b'-' && *last != b'-')
            && label.len() <= 63
            && !matches!(label, [b'x' | b'X', b'n' | b'N', b'-', b'-', ..])
    };
    let mut start = 0;
    let mut has_capitals = false;
    for (at, byte) in bytes.iter().enumerate() {
        // Most are; one comparison each.
        if byte.is_ascii_lowercase() {
            continue;
        }
        match byte {
            b'0'..=b'9' | b'-' => {}
            b'.' if is_label(&bytes[start..at]) => start = at + 1,
            b'A'..=b'Z' => has_capitals = true,
            _ => return None,
        }
    }
    (bytes.len() <= 253 && is_label(&bytes[start..])).then_some(Simple { has_capitals })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_out_in_lower_case_and_ascii() {
        for (text, expect) in [
            ("example.com", "example.com"),
            ("EXAMPLE.Com.", "example.com"),
            ("münchen.de", "xn--mnchen-3ya.de"),
            ("MÜNCHEN.DE", "xn--mnchen-3ya.de"),
            ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
            ("XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("faß.de", "xn--fa-hia.de"),
            ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
            ("a--b.example", "a--b.example"),
            ("россия.рф", "xn--h1alffa9f.xn--p1ai"),
        ] {
            assert_eq!(host(text).as_deref(), Ok(expect), "{text}");
            assert_eq!(host(expect).as_deref(), Ok(expect), "{expect} again");
        }
        assert!(matches!(host("example.com"), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn what_is_no_name_on_the_internet_is_told_apart() {
        for (text, expect) in [
            ("", NoHost::Shape),
            (".", NoHost::Shape),
            ("a..com", NoHost::Shape),
            (".com", NoHost::Shape),
            ("-a.com", NoHost::Shape),
            ("a-.com", NoHost::Shape),
            ("a_b.com", NoHost::Shape),
            ("a b.com", NoHost::Shape),
            ("a.c", NoHost::Shape),
            ("a.c0m", NoHost::Shape),
            ("a%2ecom", NoHost::Shape),
            ("a.com:80", NoHost::Shape),
            ("xn--a.com", NoHost::Shape),
            ("acme.123", NoHost::Shape),
            ("1.2.3.4.5", NoHost::Shape),
            ("localhost", NoHost::SingleLabel),
            ("acme", NoHost::SingleLabel),
            ("db.internal", NoHost::Private),
            ("PRINTER.LOCAL", NoHost::Private),
            ("nas.home.arpa", NoHost::Private),
            ("192.168.0.1", NoHost::IpAddress),
            ("127.1", NoHost::IpAddress),
            ("2130706433", NoHost::IpAddress),
            ("0x7f000001", NoHost::IpAddress),
            ("0x7f.1", NoHost::IpAddress),
            ("１２７.０.０.１", NoHost::IpAddress),
            ("::1", NoHost::IpAddress),
            ("[2001:db8::1]", NoHost::IpAddress),
        ] {
            assert_eq!(host(text), Err(expect), "{text}");
        }
        assert_eq!(host(&"a.".repeat(200)), Err(NoHost::Shape));
        assert_eq!(host(&format!("{}.com", "a".repeat(64))), Err(NoHost::Shape));
        assert_eq!(host(&"é".repeat(100_000)), Err(NoHost::Shape));
    }
}
