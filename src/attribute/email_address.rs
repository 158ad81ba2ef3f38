//! `email-address`: an address on the internet.
//!
//! The local part is kept as written, since only the host that it belongs to knows whether case and dots mean anything
//! there. Not done on purpose: no host is asked whether the address exists, and nothing is mended by guessing
//! (`jane@gmial.com`, `jane at acme.com`).

use std::borrow::Cow;

use ::email_address::EmailAddress;

use super::host::{NoHost, host, is_unseen, trimmed};
use super::{Example, Finding, To};
use crate::diagnostic::Code;
use crate::json::{Value, write_string};

const WHAT: &str = "an e-mail address";

/// The longest address that can be sent to, in bytes.
const MOST: usize = 254;

pub(super) const DESCRIPTION: &str = "\
An e-mail address, as a string or as `{\"email_address\": string}`. Taken too: an address in angle brackets with a name \
before it, with a comment behind it, in quotes, and `mailto:` links. The domain is written in lower case and ASCII, the \
local part is kept as it is. Refused: addresses at IP addresses, at names of one word and in private networks, several \
addresses in one string, and addresses that are spelled out (`jane at acme.com`).";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let inner = to.inside(WHAT, value, "email_address")?;
    let address = match inner {
        Value::String(text) => parse(text),
        _ => Err(NoAddress::Shape),
    };
    let refused = |why| {
        Err(to
            .expected(Code::AttributeEmailAddress, WHAT, inner)
            .help(help(why)))
    };
    let address = match address {
        Ok(address) if to.strict() && !address.is_alone => return refused(NoAddress::Strict),
        Ok(address) => address,
        Err(why) => return refused(why),
    };
    out.push_str("{\"email_address\":");
    address.write(out);
    out.push('}');
    Ok(())
}

/// An address that mail can be sent to.
pub(super) struct Address<'t> {
    /// As it was written.
    local: Cow<'t, str>,
    /// In lower case and ASCII.
    domain: Cow<'t, str>,
    /// Whether the text held nothing else.
    pub(super) is_alone: bool,
}

impl Address<'_> {
    /// Appends the address as a JSON string.
    pub(super) fn write(&self, out: &mut String) {
        write_string(&self.local, out);
        // OK because a JSON string ends in its quote.
        out.pop();
        out.push('@');
        out.push_str(&self.domain);
        out.push('"');
    }

    /// The address.
    pub(super) fn to_text(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }
}

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoAddress {
    /// It is not written like one.
    Shape,
    /// It holds more than one.
    Several,
    /// Its domain is none.
    Host(NoHost),
    /// It is longer than any.
    Long,
    /// It holds an address, and strict mode does not look for it.
    Strict,
}

/// How to mend what is no address.
pub(super) fn help(why: NoAddress) -> &'static str {
    match why {
        NoAddress::Shape => "send one address such as `jane@example.com`",
        NoAddress::Several => "send several addresses as a list",
        NoAddress::Host(NoHost::IpAddress) => "send an address at a domain, not at an IP address",
        NoAddress::Host(NoHost::SingleLabel) => "send the whole domain, as in `jane@example.com`",
        NoAddress::Host(NoHost::Private) => "this domain is kept for private networks; send the address that the public uses",
        NoAddress::Host(NoHost::Shape) => "what follows the `@` is no domain; send an address such as `jane@example.com`",
        NoAddress::Long => "an address has at most 64 bytes before the `@` and 254 in all",
        NoAddress::Strict => "send the address alone, or set `mode` to `lenient`",
    }
}

/// The domain of the address in a text.
pub(super) fn domain_of(text: &str) -> Result<String, NoAddress> {
    parse(text).map(|address| address.domain.into_owned())
}

/// The address in a text.
pub(super) fn parse(text: &str) -> Result<Address<'_>, NoAddress> {
    match plain(text) {
        Some(address) => Ok(address),
        None => find(text),
    }
}

/// The address that a text is when it holds nothing that needs a second look, as most do.
fn plain(text: &str) -> Option<Address<'_>> {
    let at = memchr::memchr(b'@', text.as_bytes())?;
    let (local, domain) = (&text[..at], &text[at + 1..]);
    // Words with single dots between them.
    let mut was_word = false;
    for byte in local.bytes() {
        was_word = match byte {
            b'.' if was_word => false,
            b'_' | b'-' | b'+' => true,
            _ if byte.is_ascii_alphanumeric() => true,
            _ => return None,
        };
    }
    let domain = host(domain).ok().filter(|_| was_word && local.len() <= 64)?;
    let is_whole = text.is_ascii() && domain.len() == text.len() - at - 1;
    (is_whole && text.len() <= MOST).then_some(Address {
        local: Cow::Borrowed(local),
        domain,
        is_alone: true,
    })
}

fn find(text: &str) -> Result<Address<'_>, NoAddress> {
    let mut inner = trimmed(text);
    let without_link = after_mailto(inner);
    if let Some(start) = inner.find('<')
        && without_link.is_none()
    {
        let name = &inner[..start];
        let Some(between) = inner[start + 1..].strip_suffix('>') else {
            // `<a@b.co>; <c@d.co>`, or something behind the bracket.
            return Err(match inner.matches('@').count() {
                0 | 1 => NoAddress::Shape,
                _ => NoAddress::Several,
            });
        };
        inner = trimmed(between);
        let name = name.trim_matches(|c: char| is_unseen(c) || matches!(c, '"' | '\''));
        if name.contains('@') && !name.eq_ignore_ascii_case(inner) {
            return Err(NoAddress::Several);
        }
    } else if let Some(before) = inner.strip_suffix(')')
        && let Some((before, comment)) = before.split_once('(')
        && !comment.contains('@')
    {
        inner = trimmed(before);
    }
    let linked;
    if let Some(target) = after_mailto(inner) {
        let target = target.split('?').next().unwrap_or_default();
        match decoded(target).ok_or(NoAddress::Shape)? {
            Cow::Borrowed(target) => inner = target,
            Cow::Owned(target) => {
                linked = target;
                return bare(&linked).map(|address| Address {
                    local: Cow::Owned(address.local.into_owned()),
                    domain: Cow::Owned(address.domain.into_owned()),
                    is_alone: false,
                });
            }
        }
    }
    inner = inner.trim_matches(|c: char| is_unseen(c) || matches!(c, ',' | ';'));
    for quote in ['"', '\''] {
        if let Some(within) = inner.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            inner = trimmed(within);
        }
    }
    let mut address = bare(inner)?;
    address.is_alone &= inner.len() == text.len();
    Ok(address)
}

/// The address that a text is, with nothing around it.
fn bare(text: &str) -> Result<Address<'_>, NoAddress> {
    let (local, domain, is_alone) = match text.rsplit_once('@') {
        Some((local, domain)) => (local, domain, true),
        // As Japanese and Chinese keyboards write it.
        None => match text.rsplit_once('＠') {
            Some((local, domain)) => (local, domain, false),
            None => return Err(NoAddress::Shape),
        },
    };
    let is_quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    if !is_quoted && local.contains(['@', '＠']) {
        let separates = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '/' | '|' | '&');
        return Err(match local.contains(separates) {
            true => NoAddress::Several,
            false => NoAddress::Shape,
        });
    }
    if local.len() > 64 {
        return Err(NoAddress::Long);
    }
    // The crate takes any character beyond ASCII, also those that nobody sees.
    let is_readable = |c: char| c.is_ascii() || c.is_alphanumeric();
    if !EmailAddress::is_valid_local_part(local) || !local.chars().all(is_readable) {
        return Err(NoAddress::Shape);
    }
    let domain = host(domain).map_err(NoAddress::Host)?;
    if local.len() + 1 + domain.len() > MOST {
        return Err(NoAddress::Long);
    }
    Ok(Address {
        local: Cow::Borrowed(local),
        domain,
        is_alone,
    })
}

fn after_mailto(text: &str) -> Option<&str> {
    const MAILTO: &str = "mailto:";
    let start = text.as_bytes().get(..MAILTO.len())?;
    start
        .eq_ignore_ascii_case(MAILTO.as_bytes())
        .then(|| &text[MAILTO.len()..])
}

/// A text with its `%40` and the like resolved; nothing when they are no text.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_first_chunk::<2>()?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let decoded = digit(digits[0])? * 16 + digit(digits[1])?;
        bytes.push(u8::try_from(decoded).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

pub(super) const EXAMPLES: &[Example] = &[
    Example::documented(r#""person@company.com""#, r#"{"email_address":"person@company.com"}"#, "an address"),
    Example::documented(r#"{"email_address":"alice@app.attio.com"}"#, r#"{"email_address":"alice@app.attio.com"}"#, "Attio's own form"),
    Example::documented(r#"["a@acme.com","b@acme.com"]"#, r#"[{"email_address":"a@acme.com"},{"email_address":"b@acme.com"}]"#, "a list")
        .given(r#"{"is_multiselect":true}"#),
    Example::documented(r#"["a@acme.com","a@ACME.com",null,""]"#, r#"[{"email_address":"a@acme.com"}]"#, "the same address twice")
        .given(r#"{"is_multiselect":true}"#),
    Example::documented(r#""Jane.Doe@ACME.com""#, r#"{"email_address":"Jane.Doe@acme.com"}"#, "capital letters stay before the `@`"),
    Example::documented(r#""jane+crm@acme.co.uk""#, r#"{"email_address":"jane+crm@acme.co.uk"}"#, "a tag"),
    Example::documented(r#""jane_doe-1@mail.acme.io""#, r#"{"email_address":"jane_doe-1@mail.acme.io"}"#, "marks before the `@`"),
    Example::documented(r#""o'brien@acme.ie""#, r#"{"email_address":"o'brien@acme.ie"}"#, "an apostrophe"),
    Example::documented(r#""\"jane doe\"@acme.com""#, r#"{"email_address":"\"jane doe\"@acme.com"}"#, "a quoted local part"),
    Example::documented(r#""1234567890@qq.com""#, r#"{"email_address":"1234567890@qq.com"}"#, "digits before the `@`"),
    Example::documented(r#""x@y.museum""#, r#"{"email_address":"x@y.museum"}"#, "a short one"),
    Example::documented(r#""jane@acme.photography""#, r#"{"email_address":"jane@acme.photography"}"#, "a long top-level domain"),
    Example::documented(r#""info@gov.uk""#, r#"{"email_address":"info@gov.uk"}"#, "at a public suffix"),
    Example::documented(r#""jane@example.com.""#, r#"{"email_address":"jane@example.com"}"#, "a trailing dot"),
    Example::documented(r#""jane@münchen.de""#, r#"{"email_address":"jane@xn--mnchen-3ya.de"}"#, "an international domain"),
    Example::documented(r#""jane@xn--mnchen-3ya.de""#, r#"{"email_address":"jane@xn--mnchen-3ya.de"}"#, "its ASCII form"),
    Example::documented(r#""josé@acme.es""#, r#"{"email_address":"josé@acme.es"}"#, "an accent before the `@`"),
    Example::documented(r#""用户@例子.中国""#, r#"{"email_address":"用户@xn--fsqu00a.xn--fiqs8s"}"#, "an address in Chinese"),
    Example::taken(r#"" jane@acme.com\t""#, r#"{"email_address":"jane@acme.com"}"#, "white space around it"),
    Example::taken("\"\u{200b}jane@acme.com\u{a0}\"", r#"{"email_address":"jane@acme.com"}"#, "marks that nobody sees around it"),
    Example::taken(r#""Jane Doe <jane@acme.com>""#, r#"{"email_address":"jane@acme.com"}"#, "a name before it"),
    Example::taken(r#""\"Doe, Jane\" <jane@acme.com>""#, r#"{"email_address":"jane@acme.com"}"#, "a quoted name with a comma"),
    Example::taken(r#""Doe, Jane <jane@acme.com>""#, r#"{"email_address":"jane@acme.com"}"#, "a name with a comma"),
    Example::taken(r#""<jane@acme.com>""#, r#"{"email_address":"jane@acme.com"}"#, "angle brackets"),
    Example::taken(r#""jane@acme.com <jane@acme.com>""#, r#"{"email_address":"jane@acme.com"}"#, "the address as its own name"),
    Example::taken(r#""jane@acme.com (Jane Doe)""#, r#"{"email_address":"jane@acme.com"}"#, "a comment behind it"),
    Example::taken(r#""mailto:jane@acme.com""#, r#"{"email_address":"jane@acme.com"}"#, "a link"),
    Example::taken(r#""MAILTO:jane@acme.com?subject=Hello%20there""#, r#"{"email_address":"jane@acme.com"}"#, "a link with a subject"),
    Example::taken(r#""mailto:jane%2Bcrm@acme.com""#, r#"{"email_address":"jane+crm@acme.com"}"#, "a link with escapes"),
    Example::taken(r#""Jane <mailto:jane@acme.com>""#, r#"{"email_address":"jane@acme.com"}"#, "a link in angle brackets"),
    Example::taken(r#""jane@acme.com;""#, r#"{"email_address":"jane@acme.com"}"#, "a separator behind it"),
    Example::taken(r#""'jane@acme.com'""#, r#"{"email_address":"jane@acme.com"}"#, "quotes around it"),
    Example::taken(r#""jane＠acme．com""#, r#"{"email_address":"jane@acme.com"}"#, "an `@` of double width"),
    Example::refused(r#""a@acme.com, b@acme.com""#, Code::AttributeEmailAddress, "two addresses in one string"),
    Example::refused(r#""a@acme.com;b@acme.com""#, Code::AttributeEmailAddress, "two with a semicolon between them"),
    Example::refused(r#""a@acme.com b@acme.com""#, Code::AttributeEmailAddress, "two with a space between them"),
    Example::refused(r#""A <a@acme.com>, B <b@acme.com>""#, Code::AttributeEmailAddress, "two with names"),
    Example::refused(r#""a@acme.com <b@acme.com>""#, Code::AttributeEmailAddress, "another address as its name"),
    Example::refused(r#""jane""#, Code::AttributeEmailAddress, "no `@`"),
    Example::refused(r#""jane@""#, Code::AttributeEmailAddress, "nothing behind the `@`"),
    Example::refused(r#""@acme.com""#, Code::AttributeEmailAddress, "nothing before the `@`"),
    Example::refused(r#""jane@@acme.com""#, Code::AttributeEmailAddress, "two `@`"),
    Example::refused(r#""jane@localhost""#, Code::AttributeEmailAddress, "the machine itself"),
    Example::refused(r#""jane@acme""#, Code::AttributeEmailAddress, "a domain of one word"),
    Example::refused(r#""root@db.internal""#, Code::AttributeEmailAddress, "a private network"),
    Example::refused(r#""jane@10.0.0.1""#, Code::AttributeEmailAddress, "an IP address"),
    Example::refused(r#""jane@[10.0.0.1]""#, Code::AttributeEmailAddress, "an IP address in brackets"),
    Example::refused(r#"".jane@acme.com""#, Code::AttributeEmailAddress, "a leading dot"),
    Example::refused(r#""jane..doe@acme.com""#, Code::AttributeEmailAddress, "two dots"),
    Example::refused(r#""jane.@acme.com""#, Code::AttributeEmailAddress, "a dot before the `@`"),
    Example::refused(r#""jane doe@acme.com""#, Code::AttributeEmailAddress, "a space before the `@`"),
    Example::refused(r#""jane@acme,com""#, Code::AttributeEmailAddress, "a comma for a dot"),
    Example::refused(r#""jane@acme..com""#, Code::AttributeEmailAddress, "two dots behind the `@`"),
    Example::refused(r#""jane@-acme.com""#, Code::AttributeEmailAddress, "a hyphen that leads"),
    Example::refused(r#""jane at acme dot com""#, Code::AttributeEmailAddress, "an address that is spelled out"),
    Example::refused(r#""jane(at)acme.com""#, Code::AttributeEmailAddress, "another one"),
    Example::refused("\"ja\u{200b}ne@acme.com\"", Code::AttributeEmailAddress, "a mark that nobody sees within it"),
    Example::refused(r#""https://acme.com/@jane""#, Code::AttributeEmailAddress, "a URL"),
    Example::refused(r#""n/a""#, Code::AttributeEmailAddress, "a placeholder"),
    Example::refused(r#""aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@acme.com""#, Code::AttributeEmailAddress, "65 letters before the `@`"),
    Example::refused("42", Code::AttributeEmailAddress, "a number"),
    Example::refused("false", Code::AttributeEmailAddress, "a boolean"),
    Example::refused(r#"{"email_address":{}}"#, Code::AttributeEmailAddress, "Attio's form around an object"),
    Example::refused(r#"{"email":"jane@acme.com"}"#, Code::AttributeUnknownKey, "a form that is not Attio's"),
    Example::refused(r#"["a@acme.com","b@acme.com"]"#, Code::AttributeTooMany, "a list for an attribute of one value"),
    Example::documented(r#"["a@acme.com","nobody"]"#, r#"[{"email_address":"a@acme.com"}]"#, "one of a list is refused")
        .given(r#"{"is_multiselect":true}"#)
        .finding(&[Code::AttributeEmailAddress]),
    Example::omitted(r#""""#, "an empty string"),
];

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{of, prepared, said};
    use crate::attribute::{Mode, Options};
    use crate::schema::{Attribute, AttributeType};

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let lenient = of(AttributeType::EmailAddress);
        let texts = [
            r#""jane""#,
            r#""a@b.co, c@d.co""#,
            r#""jane@acme""#,
            r#""jane@10.0.0.1""#,
            r#""jane@acme.123""#,
            r#""jane@nas.local""#,
            r#""jane@acme_inc.com""#,
            r#""aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@acme.com""#,
            "true",
        ]
        .map(|input| said(&lenient, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.email_address]: `it` expected an e-mail address, got the string `jane`
          help: send one address such as `jane@example.com`
        error[attribute.email_address]: `it` expected an e-mail address, got the string `a@b.co, c@d.co`
          help: send several addresses as a list
        error[attribute.email_address]: `it` expected an e-mail address, got the string `jane@acme`
          help: send the whole domain, as in `jane@example.com`
        error[attribute.email_address]: `it` expected an e-mail address, got the string `jane@10.0.0.1`
          help: send an address at a domain, not at an IP address
        error[attribute.email_address]: `it` expected an e-mail address, got the string `jane@acme.123`
          help: what follows the `@` is no domain; send an address such as `jane@example.com`
        error[attribute.email_address]: `it` expected an e-mail address, got the string `jane@nas.local`
          help: this domain is kept for private networks; send the address that the public uses
        error[attribute.email_address]: `it` expected an e-mail address, got the string `jane@acme_inc.com`
          help: what follows the `@` is no domain; send an address such as `jane@example.com`
        error[attribute.email_address]: `it` expected an e-mail address, got the string `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…`
          help: an address has at most 64 bytes before the `@` and 254 in all
        error[attribute.email_address]: `it` expected an e-mail address, got the boolean `true`
          help: send one address such as `jane@example.com`
        ");
        let strict = prepared(
            Attribute::of(AttributeType::EmailAddress),
            Options {
                mode: Mode::Strict,
                ..Options::default()
            },
        );
        let texts = [
            r#""Jane <jane@acme.com>""#,
        ]
        .map(|input| said(&strict, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.email_address]: `it` expected an e-mail address, got the string `Jane <jane@acme.com>`
          help: send the address alone, or set `mode` to `lenient`
        ");
    }
}
