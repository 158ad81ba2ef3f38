//! Countries, in any spelling: ISO 3166-1 codes of two and three letters, and names as people write them.

mod names;

use std::sync::LazyLock;

use names::{COUNTRIES, Country};

use crate::diagnostic::did_you_mean;

/// Countries that ISO 3166-1 has and Attio's list of country codes has not.
const NOT_IN_ATTIO: [&str; 3] = ["BQ", "KP", "SX"];

/// Codes in use beside those of ISO 3166-1.
const OTHER_CODES: [(&str, &str); 2] = [("UK", "GB"), ("EL", "GR")];

/// The longest name that is looked up, in bytes.
const MOST: usize = 128;

/// Whether `code` is an alpha-2 code, in upper case.
pub(super) fn is_code(code: &str) -> bool {
    self::code(code).is_some()
}

/// The alpha-2 code that `code` is, in upper case.
pub(super) fn code(code: &str) -> Option<&'static str> {
    let at = COUNTRIES.binary_search_by(|(alpha2, ..)| (*alpha2).cmp(code));
    Some(COUNTRIES[at.ok()?].0)
}

/// Whether Attio takes the alpha-2 code.
pub(super) fn is_in_attio(code: &str) -> bool {
    !NOT_IN_ATTIO.contains(&code)
}

/// The alpha-2 code of the country that `text` names, or nothing when it names none or may mean several.
pub(super) fn find(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text.len() > MOST {
        return None;
    }
    if let Some(code) = code(text) {
        return Some(code);
    }
    let hash = hash(text);
    let first = INDEX.partition_point(|(other, _)| *other < hash);
    INDEX[first..]
        .iter()
        .take_while(|(other, _)| *other == hash)
        .map(|(_, at)| &COUNTRIES[usize::from(*at)])
        .find(|country| means(text, country))
        .map(|(alpha2, ..)| *alpha2)
}

/// Whether `text` is a spelling of a country. A code is one as it is only: `N/A` and `n.a.` are not Namibia.
fn means(text: &str, country: &'static Country) -> bool {
    let is_word = text.bytes().all(|byte| byte.is_ascii_alphabetic());
    codes(country).any(|code| is_word && code.eq_ignore_ascii_case(text))
        || names(country)
            .any(|name| name.eq_ignore_ascii_case(text) || folded(name).eq(folded(text)))
}

/// The name of a country that somebody who wrote `text` most likely meant. Many names of countries are alike, so it
/// takes more than elsewhere.
pub(super) fn nearest(text: &str) -> Option<&'static str> {
    let first = |country: &'static Country| names(country).next().unwrap_or_default();
    let near = did_you_mean(text, COUNTRIES.iter().map(first))?;
    let likeness = strsim::jaro_winkler(&text.to_lowercase(), &near.to_lowercase());
    (likeness >= 0.9).then_some(near)
}

/// Builds what the first lookup would.
pub(super) fn prepare() {
    LazyLock::force(&INDEX);
}

/// Every spelling by its hash, in the order of the hashes, with its place in the table.
static INDEX: LazyLock<Vec<(u32, u16)>> = LazyLock::new(|| {
    let mut index: Vec<(u32, u16)> = (0_u16..)
        .zip(COUNTRIES)
        .flat_map(|(at, country)| {
            codes(country)
                .chain(names(country))
                .map(move |name| (hash(name), at))
        })
        .collect();
    index.sort_unstable();
    index
});

fn codes(country: &'static Country) -> impl Iterator<Item = &'static str> {
    let (alpha2, alpha3, _) = *country;
    let others = OTHER_CODES
        .iter()
        .filter(move |(_, code)| *code == alpha2)
        .map(|(other, _)| *other);
    [alpha2, alpha3].into_iter().chain(others)
}

fn names(country: &'static Country) -> impl Iterator<Item = &'static str> {
    country.2.split('|')
}

/// FNV-1a over the folded characters.
fn hash(text: &str) -> u32 {
    folded(text).fold(0x811c_9dc5, |hash, c| {
        (hash ^ u32::from(c)).wrapping_mul(0x0100_0193)
    })
}

/// The letters and digits of a name in lower case and without marks, `&` as `and`, a leading `the` dropped.
fn folded(text: &str) -> impl Iterator<Item = char> {
    let bytes = text.as_bytes();
    let text = match bytes.get(..4) {
        Some(the) if the.eq_ignore_ascii_case(b"the ") => &text[4..],
        _ => text,
    };
    let mut chars = text.chars();
    let mut pending = "".chars();
    std::iter::from_fn(move || {
        loop {
            if let Some(letter) = pending.next() {
                return Some(letter);
            }
            let c = chars.next()?;
            if c.is_ascii_alphanumeric() {
                return Some(c.to_ascii_lowercase());
            }
            // OK because every character has at least one lower-case form; what may follow the first is a mark.
            let lower = c.to_lowercase().next().unwrap_or(c);
            let letters = unmarked(lower);
            pending = letters.chars();
            if letters.is_empty() && lower.is_alphanumeric() {
                return Some(lower);
            }
        }
    })
}

/// What stands for a letter with marks, in lower case; empty when it stands for itself.
fn unmarked(c: char) -> &'static str {
    match c {
        '\0'..='%' | '\''..='\u{7f}' => "",
        '&' => "and",
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ạ'..='ặ' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ę' | 'ě' | 'ẹ'..='ệ' => "e",
        'ğ' => "g",
        'ì'..='ï' | 'ī' | 'ı' | 'ỉ'..='ị' => "i",
        'ķ' => "k",
        'ļ' | 'ľ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' | 'ọ'..='ợ' => "o",
        'œ' => "oe",
        'ŕ' | 'ř' => "r",
        'ś' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ț' => "t",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' | 'ụ'..='ự' => "u",
        'ý' | 'ÿ' | 'ỳ'..='ỹ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'й' => "и",
        'ё' => "е",
        'ά' => "α",
        'έ' => "ε",
        'ή' => "η",
        'ί' => "ι",
        'ό' => "ο",
        'ύ' => "υ",
        'ώ' => "ω",
        'ς' => "σ",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn the_table_is_in_order_and_no_spelling_means_two_countries() {
        assert!(COUNTRIES.is_sorted_by(|a, b| a.0 < b.0));
        let mut owners = HashMap::new();
        for country in COUNTRIES {
            assert_eq!((country.0.len(), country.1.len()), (2, 3), "{country:?}");
            for name in codes(country).chain(names(country)) {
                let key: String = folded(name).collect();
                assert!(!key.is_empty(), "{name}");
                let owner = *owners.entry(key).or_insert(country.0);
                assert_eq!(owner, country.0, "{name}");
                assert_eq!(find(name), Some(country.0), "{name}");
                assert_eq!(find(&name.to_uppercase()), Some(country.0), "{name}");
                assert_eq!(find(&format!(" {} ", name.to_lowercase())), Some(country.0));
            }
        }
        assert_eq!(COUNTRIES.len(), 250);
        assert!(is_code("DE") && !is_code("UK") && !is_code("de"));
        assert!(is_in_attio("GB") && !is_in_attio("KP"));
    }

    #[test]
    fn spellings_that_people_use_are_found() {
        for (text, code) in [
            ("UK", "GB"),
            ("u.k.", "GB"),
            ("Great Britain", "GB"),
            ("England", "GB"),
            ("Northern Ireland", "GB"),
            ("usa", "US"),
            ("U.S.A.", "US"),
            ("United States of America", "US"),
            ("The United States", "US"),
            ("Estados Unidos", "US"),
            ("South Korea", "KR"),
            ("Korea, Republic of", "KR"),
            ("대한민국", "KR"),
            ("DPRK", "KP"),
            ("Deutschland", "DE"),
            ("DEUTSCHLAND", "DE"),
            ("Allemagne", "DE"),
            ("ger", ""),
            ("Türkiye", "TR"),
            ("Turkiye", "TR"),
            ("turkey", "TR"),
            ("Österreich", "AT"),
            ("Osterreich", "AT"),
            ("España", "ES"),
            ("ESPANA", "ES"),
            ("Espan\u{303}a", "ES"),
            ("Côte d’Ivoire", "CI"),
            ("Cote d'Ivoire", "CI"),
            ("ivory coast", "CI"),
            ("Việt Nam", "VN"),
            ("Viet Nam", "VN"),
            ("the netherlands", "NL"),
            ("Holland", "NL"),
            ("Czech Republic", "CZ"),
            ("Česká republika", "CZ"),
            ("Россия", "RU"),
            ("Russian Federation", "RU"),
            ("日本", "JP"),
            ("中国", "CN"),
            ("香港", "HK"),
            ("India", "IN"),
            ("भारत", "IN"),
            ("مصر", "EG"),
            ("ישראל", "IL"),
            ("Ελλάδα", "GR"),
            ("EL", "GR"),
            ("Brasil", "BR"),
            ("México", "MX"),
            ("mexico", "MX"),
            ("Schweiz", "CH"),
            ("Suisse", "CH"),
            ("Bosnia & Herzegovina", "BA"),
            ("Trinidad & Tobago", "TT"),
            ("St. Lucia", "LC"),
            ("UAE", "AE"),
            ("U.A.E", "AE"),
            ("Éire", "IE"),
            ("DEU", "DE"),
            ("gbr", "GB"),
            ("Georgia", "GE"),
            ("Macedonia", "MK"),
            ("Burma", "MM"),
            ("Swaziland", "SZ"),
            ("DR Congo", "CD"),
            ("Polska", "PL"),
            ("Magyarország", "HU"),
            ("Sverige", "SE"),
            ("Suomi", "FI"),
            ("Danmark", "DK"),
            ("Norge", "NO"),
            ("Ísland", "IS"),
        ] {
            assert_eq!(find(text).unwrap_or(""), code, "{text}");
        }
    }

    #[test]
    fn what_names_no_country_or_several_is_not_found() {
        for text in [
            "",
            " ",
            "Korea",
            "Congo",
            "Virgin Islands",
            "Atlantis",
            "XX",
            "ZZZ",
            "California",
            "N/A",
            "-",
            "🇩🇪",
            "Europe",
            "1",
            "N.A.",
            "n/a",
            "D-E",
            "United",
            "DE, FR",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
        assert_eq!(find(&"a".repeat(100_000)), None);
    }
}
