//! `domain`: a host name on the internet.
//!
//! Attio takes a domain and trims what follows it. We also take what people have where a domain is asked for: URLs with
//! all their parts, and e-mail addresses. Not done on purpose: the name is not looked up, a top-level domain that the
//! Public Suffix List does not know is not refused (new ones appear every year), and `gmail.com` is a domain like others.

use std::borrow::Cow;

use super::host::{NoHost, host, trimmed};
use super::public_suffix::is_public_suffix;
use super::{Example, Finding, To, email_address};
use crate::diagnostic::Code;
use crate::json::{Value, write_string};

const WHAT: &str = "a domain";

pub(super) const DESCRIPTION: &str = "\
A host name on the internet, such as `example.com`. Attio takes it as a string or as `{\"domain\": string}`, with or \
without a path behind it. Taken too: URLs with a port and a user, and e-mail addresses, of which the host is kept. It is \
written in lower case, international names in their ASCII form, without a trailing dot and without a leading `www.` \
(`keep_www: true` keeps it). Refused: IP addresses, names of one word, names of private networks, and names under which \
others register (`co.uk`), by the ICANN section of the Public Suffix List.";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let inner = to.inside(WHAT, value, "domain")?;
    let domain = match inner {
        Value::String(text) => domain(text, to.strict(), to.coercer.options.keep_www),
        _ => Err(NoDomain::Host(NoHost::Shape)),
    };
    let domain = domain.map_err(|why| {
        to.expected(Code::AttributeDomain, WHAT, inner)
            .help(help(why, to.strict()))
    })?;
    out.push_str("{\"domain\":");
    write_string(&domain, out);
    out.push('}');
    Ok(())
}

enum NoDomain {
    Host(NoHost),
    Suffix,
    Several,
    /// It is a link to something else than a host.
    Link,
    /// It holds a domain, and strict mode does not look for it.
    Strict,
}

fn help(why: NoDomain, is_strict: bool) -> &'static str {
    match why {
        NoDomain::Host(NoHost::IpAddress) => "an IP address is no domain; send a name such as `example.com`",
        NoDomain::Host(NoHost::SingleLabel) => "send the whole name, such as `example.com`",
        NoDomain::Host(NoHost::Private) => "this name is kept for private networks; send the one that the public uses",
        NoDomain::Host(NoHost::Shape) if is_strict => "send a domain such as `example.com`",
        NoDomain::Host(NoHost::Shape) => "send a domain such as `example.com`, a URL or an e-mail address",
        NoDomain::Suffix => "others register their domains under this name; send one of theirs, such as `example.co.uk`",
        NoDomain::Link => "this is no link to a host; send one that starts with `https://`, or the domain alone",
        NoDomain::Several => "send several domains as a list",
        NoDomain::Strict => "send the domain alone, or set `mode` to `lenient`",
    }
}

/// The domain in `text`.
fn domain(text: &str, is_strict: bool, keep_www: bool) -> Result<Cow<'_, str>, NoDomain> {
    let is_alone = text.len() == trimmed(text).len();
    let name = match find_host(trimmed(text))? {
        Place::Bare(_) if is_strict && !is_alone => return Err(NoDomain::Strict),
        Place::Bare(name) => name,
        Place::Wrapped(_) if is_strict => return Err(NoDomain::Strict),
        Place::Wrapped(name) => name,
    };
    let name = match name {
        Cow::Borrowed(name) => host(name),
        // An e-mail address's domain went through `host` already.
        Cow::Owned(name) => Ok(Cow::Owned(name)),
    };
    let name = name.map_err(NoDomain::Host)?;
    if is_public_suffix(&name) {
        return Err(NoDomain::Suffix);
    }
    if keep_www {
        return Ok(name);
    }
    // `www.` goes as often as it stands there, so that coercing twice changes nothing, and stays where what follows it is
    // no domain (`www.gov.uk`).
    let mut short = name.as_ref();
    while let Some(rest) = short.strip_prefix("www.").filter(|rest| !is_public_suffix(rest)) {
        short = rest;
    }
    Ok(if short.len() == name.len() {
        name
    } else {
        Cow::Owned(short.to_owned())
    })
}

/// The part of a text that names a host.
enum Place<'t> {
    /// It stands alone, or in a URL of the usual form.
    Bare(Cow<'t, str>),
    /// It stands in something else.
    Wrapped(Cow<'t, str>),
}

fn find_host(text: &str) -> Result<Place<'_>, NoDomain> {
    const SEPARATORS: [char; 3] = [',', ';', '|'];
    // Most texts are the name alone.
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    if text.bytes().all(is_of_name) {
        return Ok(Place::Bare(Cow::Borrowed(text)));
    }
    let several = |text: &str| {
        text.split(|c: char| c.is_whitespace() || SEPARATORS.contains(&c))
            .filter(|part| part.contains('.'))
            .nth(1)
            .is_some()
    };
    let mut rest = text;
    let mut schemes = 0;
    while let Some((scheme, after)) = after_scheme(rest) {
        if !is_of_hosts(scheme) {
            return Err(NoDomain::Link);
        }
        rest = after;
        schemes += 1;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(end);
    if behind.contains(SEPARATORS) || behind.contains(char::is_whitespace) {
        let begins = |part: &str| part.contains("://");
        let is_second = behind.split(SEPARATORS).skip(1).any(begins);
        if is_second || behind.contains(char::is_whitespace) && several(text) {
            return Err(NoDomain::Several);
        }
    }
    let (user, name) = match authority.rsplit_once('@') {
        Some((user, name)) => (Some(user), name),
        None => (None, authority),
    };
    if schemes == 0 && user.is_some_and(|user| !user.is_empty()) {
        return match email_address::domain_of(text) {
            Ok(domain) => Ok(Place::Wrapped(Cow::Owned(domain))),
            Err(email_address::NoAddress::Several) => Err(NoDomain::Several),
            Err(email_address::NoAddress::Host(why)) => Err(NoDomain::Host(why)),
            Err(_) => Err(NoDomain::Host(NoHost::Shape)),
        };
    }
    if name.contains(|c: char| c.is_whitespace() || SEPARATORS.contains(&c)) && several(name) {
        return Err(NoDomain::Several);
    }
    // Browsers end a host at `\`, and so find another one than what follows the `@`.
    if user.is_some_and(|user| user.contains(['@', ' ', '\\'])) {
        return Err(NoDomain::Host(NoHost::Shape));
    }
    let name = match name.rsplit_once(':') {
        Some((before, port)) if is_port(port) && (!before.contains(':') || before.ends_with(']')) => before,
        _ => name,
    };
    let is_wrapped = schemes > 1 || text.starts_with("//") || name.len() < authority.len();
    let name = Cow::Borrowed(name);
    Ok(match is_wrapped {
        true => Place::Wrapped(name),
        false => Place::Bare(name),
    })
}

/// A scheme such as `https`, or none, and what follows it and its `//`.
fn after_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("//")?;
    let Some(scheme) = scheme.strip_suffix(':') else {
        return scheme.is_empty().then_some((scheme, rest));
    };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme.then_some((scheme, rest))
}

/// Whether a host follows a scheme, and not the name of an app or a file (`android-app://com.acme.app`).
fn is_of_hosts(scheme: &str) -> bool {
    const OTHERS: [&str; 7] = ["ws", "wss", "ftp", "ftps", "sftp", "ssh", "git"];
    // `http`, `https`, and these with a typing error.
    scheme.bytes().all(|byte| matches!(byte.to_ascii_lowercase(), b'h' | b't' | b'p' | b's'))
        || OTHERS.iter().any(|other| scheme.eq_ignore_ascii_case(other))
}

fn is_port(text: &str) -> bool {
    text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) const EXAMPLES: &[Example] = &[
    Example::documented(r#""app.attio.com""#, r#"{"domain":"app.attio.com"}"#, "a domain"),
    Example::documented(r#""attio.com""#, r#"{"domain":"attio.com"}"#, "a domain of two labels"),
    Example::documented(r#"{"domain":"app.attio.com"}"#, r#"{"domain":"app.attio.com"}"#, "Attio's own form"),
    Example::documented(r#"["app.attio.com","attio.com"]"#, r#"[{"domain":"app.attio.com"},{"domain":"attio.com"}]"#, "a list")
        .given(r#"{"is_multiselect":true}"#),
    Example::documented(r#"["ACME.com","acme.com",null]"#, r#"[{"domain":"acme.com"}]"#, "the same domain twice")
        .given(r#"{"is_multiselect":true}"#),
    Example::documented(r#""www.example.com""#, r#"{"domain":"example.com"}"#, "the leading `www.` goes"),
    Example::documented(r#""www.example.com""#, r#"{"domain":"www.example.com"}"#, "unless it shall stay")
        .given(r#"{"keep_www":true}"#),
    Example::documented(r#""WWW.Example.COM""#, r#"{"domain":"example.com"}"#, "capital letters"),
    Example::documented(r#""www.www.example.com""#, r#"{"domain":"example.com"}"#, "`www.` twice"),
    Example::documented(r#""www.gov.uk""#, r#"{"domain":"www.gov.uk"}"#, "`gov.uk` alone is no domain"),
    Example::documented(r#""www2.example.com""#, r#"{"domain":"www2.example.com"}"#, "another name than `www`"),
    Example::documented(r#""example.com/about?utm_source=x#team""#, r#"{"domain":"example.com"}"#, "a path behind it"),
    Example::documented(r#""https://example.com""#, r#"{"domain":"example.com"}"#, "a URL"),
    Example::documented(r#""https://www.acme.co.uk/about/""#, r#"{"domain":"acme.co.uk"}"#, "a URL of a page"),
    Example::documented(r#""HTTP://Acme.IO/""#, r#"{"domain":"acme.io"}"#, "a URL in capital letters"),
    Example::taken(r#""https://example.com:8443/login""#, r#"{"domain":"example.com"}"#, "a URL with a port"),
    Example::taken(r#""example.com:443""#, r#"{"domain":"example.com"}"#, "a port"),
    Example::taken(r#""//cdn.example.com/x.js""#, r#"{"domain":"cdn.example.com"}"#, "a URL without a scheme"),
    Example::documented(r#""https://medium.com/@jane""#, r#"{"domain":"medium.com"}"#, "an `@` in the path"),
    Example::documented(r#""example.com.""#, r#"{"domain":"example.com"}"#, "a trailing dot"),
    Example::taken(r#"" example.com\n""#, r#"{"domain":"example.com"}"#, "white space around it"),
    Example::taken("\"\u{feff}example.com\u{200b}\"", r#"{"domain":"example.com"}"#, "marks that nobody sees around it"),
    Example::documented(r#""münchen.de""#, r#"{"domain":"xn--mnchen-3ya.de"}"#, "an international name"),
    Example::documented(r#""https://Bücher.example/""#, r#"{"domain":"xn--bcher-kva.example"}"#, "a URL of one"),
    Example::documented(r#""日本語.jp""#, r#"{"domain":"xn--wgv71a119e.jp"}"#, "a name in Japanese"),
    Example::documented(r#""президент.рф""#, r#"{"domain":"xn--d1abbgf6aiiy.xn--p1ai"}"#, "a top-level domain in Cyrillic"),
    Example::documented(r#""xn--bcher-kva.example""#, r#"{"domain":"xn--bcher-kva.example"}"#, "the ASCII form of one"),
    Example::documented(r#""foo.github.io""#, r#"{"domain":"foo.github.io"}"#, "under a private suffix"),
    Example::documented(r#""github.io""#, r#"{"domain":"github.io"}"#, "a private suffix is somebody's domain"),
    Example::documented(r#""city.kobe.jp""#, r#"{"domain":"city.kobe.jp"}"#, "an exception among the suffixes"),
    Example::documented(r#""acme.test""#, r#"{"domain":"acme.test"}"#, "a domain to test with"),
    Example::taken(r#""jane@acme.com""#, r#"{"domain":"acme.com"}"#, "an e-mail address"),
    Example::taken(r#""Jane Doe <jane@mail.acme.com>""#, r#"{"domain":"mail.acme.com"}"#, "one with a name"),
    Example::taken(r#""mailto:jane@acme.com?subject=hi""#, r#"{"domain":"acme.com"}"#, "a link to one"),
    Example::taken(r#""@acme.com""#, r#"{"domain":"acme.com"}"#, "a leading `@`"),
    Example::taken(r#""https://user:secret@example.com/x""#, r#"{"domain":"example.com"}"#, "a URL with a user"),
    Example::documented(r#""htps://example.com/about""#, r#"{"domain":"example.com"}"#, "a scheme with a typing error"),
    Example::documented(r#""ftp://example.com""#, r#"{"domain":"example.com"}"#, "another scheme"),
    Example::taken(r#""https://https://example.com""#, r#"{"domain":"example.com"}"#, "a scheme twice"),
    Example::refused(r#""co.uk""#, Code::AttributeDomain, "a public suffix"),
    Example::refused(r#""com""#, Code::AttributeDomain, "a top-level domain"),
    Example::refused(r#""https://com.au/""#, Code::AttributeDomain, "a public suffix in a URL"),
    Example::refused(r#""anything.kobe.jp""#, Code::AttributeDomain, "a suffix by a wildcard rule"),
    Example::refused(r#""localhost""#, Code::AttributeDomain, "the machine itself"),
    Example::refused(r#""http://localhost:3000/""#, Code::AttributeDomain, "the machine itself in a URL"),
    Example::refused(r#""jane@localhost""#, Code::AttributeDomain, "an e-mail address of the machine itself"),
    Example::refused(r#""acme""#, Code::AttributeDomain, "one word"),
    Example::refused(r#""Acme Inc.""#, Code::AttributeDomain, "a company's name"),
    Example::refused(r#""intranet.corp""#, Code::AttributeDomain, "a private network"),
    Example::refused(r#""192.168.0.1""#, Code::AttributeDomain, "an IP address"),
    Example::refused(r#""http://10.0.0.1:8080/""#, Code::AttributeDomain, "an IP address in a URL"),
    Example::refused(r#""2130706433""#, Code::AttributeDomain, "an IP address as one number"),
    Example::refused(r#""0x7f.0.0.1""#, Code::AttributeDomain, "an IP address in hexadecimal"),
    Example::refused(r#""[2001:db8::1]:443""#, Code::AttributeDomain, "an IPv6 address"),
    Example::refused(r#""::1""#, Code::AttributeDomain, "an IPv6 address without brackets"),
    Example::refused(r#""acme.com, acme.io""#, Code::AttributeDomain, "two domains in one string"),
    Example::refused(r#""acme.com acme.io""#, Code::AttributeDomain, "two domains with a space between them"),
    Example::refused(r#""https://a.com/x,https://b.com/y""#, Code::AttributeDomain, "two URLs in one string"),
    Example::refused(r#""https://acme.com\\@acme.io""#, Code::AttributeDomain, "a URL that browsers read otherwise"),
    Example::refused(r#""android-app://com.acme.app""#, Code::AttributeDomain, "a link to an app"),
    Example::refused(r#""acme.123""#, Code::AttributeDomain, "digits for a top-level domain"),
    Example::refused(r#""acme_inc.com""#, Code::AttributeDomain, "an underscore"),
    Example::refused(r#""-acme.com""#, Code::AttributeDomain, "a leading hyphen"),
    Example::refused(r#""acme..com""#, Code::AttributeDomain, "an empty label"),
    Example::refused(r#""*.acme.com""#, Code::AttributeDomain, "a wildcard"),
    Example::refused(r#""n/a""#, Code::AttributeDomain, "a placeholder"),
    Example::refused(r#""{{company.domain}}""#, Code::AttributeDomain, "a template that was not filled in"),
    Example::refused("42", Code::AttributeDomain, "a number"),
    Example::refused("true", Code::AttributeDomain, "a boolean"),
    Example::refused(r#"{"domain":null}"#, Code::AttributeDomain, "Attio's form around nothing"),
    Example::refused(r#"{"domain":"acme.com","root_domain":"acme.com"}"#, Code::AttributeUnknownKey, "the form that Attio reads out"),
    Example::refused(r#"["acme.com","acme.io"]"#, Code::AttributeTooMany, "a list for an attribute of one value"),
    Example::documented(r#"["acme.com","localhost"]"#, r#"[{"domain":"acme.com"}]"#, "one of a list is refused")
        .given(r#"{"is_multiselect":true}"#)
        .finding(&[Code::AttributeDomain]),
    Example::omitted(r#"" ""#, "a blank string"),
];

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{of, prepared, said};
    use crate::attribute::{Mode, Options};
    use crate::schema::{Attribute, AttributeType};

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let lenient = of(AttributeType::Domain);
        let texts = [
            r#""co.uk""#,
            r#""acme""#,
            r#""10.0.0.1""#,
            r#""nas.local""#,
            r#""acme.123""#,
            r#""android-app://com.acme.app""#,
            r#""a.com, b.com""#,
            r#""Acme_Inc.com""#,
            "42",
            r#"{"domain":"a.com","root_domain":"a.com"}"#,
        ]
        .map(|input| said(&lenient, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.domain]: `it` expected a domain, got the string `co.uk`
          help: others register their domains under this name; send one of theirs, such as `example.co.uk`
        error[attribute.domain]: `it` expected a domain, got the string `acme`
          help: send the whole name, such as `example.com`
        error[attribute.domain]: `it` expected a domain, got the string `10.0.0.1`
          help: an IP address is no domain; send a name such as `example.com`
        error[attribute.domain]: `it` expected a domain, got the string `nas.local`
          help: this name is kept for private networks; send the one that the public uses
        error[attribute.domain]: `it` expected a domain, got the string `acme.123`
          help: send a domain such as `example.com`, a URL or an e-mail address
        error[attribute.domain]: `it` expected a domain, got the string `android-app://com.acme.app`
          help: this is no link to a host; send one that starts with `https://`, or the domain alone
        error[attribute.domain]: `it` expected a domain, got the string `a.com, b.com`
          help: send several domains as a list
        error[attribute.domain]: `it` expected a domain, got the string `Acme_Inc.com`
          help: send a domain such as `example.com`, a URL or an e-mail address
        error[attribute.domain]: `it` expected a domain, got the number `42`
          help: send a domain such as `example.com`, a URL or an e-mail address
        error[attribute.unknown_key]: `it` expected a domain, got an object with `root_domain`
          help: send the value itself, or an object whose only key is `domain`
        ");
        let strict = prepared(
            Attribute::of(AttributeType::Domain),
            Options {
                mode: Mode::Strict,
                ..Options::default()
            },
        );
        let texts = [
            r#""acme_inc.com""#,
            r#""jane@acme.com""#,
        ]
        .map(|input| said(&strict, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.domain]: `it` expected a domain, got the string `acme_inc.com`
          help: send a domain such as `example.com`
        error[attribute.domain]: `it` expected a domain, got the string `jane@acme.com`
          help: send the domain alone, or set `mode` to `lenient`
        ");
    }
}
