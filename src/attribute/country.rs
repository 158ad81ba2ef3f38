//! Countries, in any spelling: ISO 3166-1 codes of two and three letters, and names as people write them.

mod names;

use std::sync::LazyLock;

use names::{COUNTRIES, Country};

use super::letters::{PAIRS, pair};
use crate::diagnostic::did_you_mean;
use crate::json::trim;

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
    let &[first, second] = code.as_bytes() else {
        return None;
    };
    let at = BY_CODE[pair(first, second, b'A')?];
    Some(COUNTRIES.get(usize::from(at))?.0)
}

/// Whether Attio takes the alpha-2 code: its list lacks three that ISO 3166-1 has.
pub(super) fn is_in_attio(code: &str) -> bool {
    !matches!(code, "BQ" | "KP" | "SX")
}

/// Whether `text` names a country that ISO 3166-1 does not have, and Attio's list neither.
pub(super) fn is_unlisted(text: &str) -> bool {
    const NAMES: [&str; 7] = [
        "XK",
        "XKX",
        "Kosovo",
        "Kosova",
        "Kosovë",
        "Republic of Kosovo",
        "Косово",
    ];
    NAMES
        .iter()
        .any(|name| name.eq_ignore_ascii_case(trim(text)))
}

/// The place in the table of each pair of letters that is a code, and of all others one that the table has not.
static BY_CODE: [u8; PAIRS] = {
    let mut places = [u8::MAX; PAIRS];
    let mut at = 0;
    // `u8::MAX` is not one of them.
    assert!(COUNTRIES.len() < u8::MAX as usize);
    while at < COUNTRIES.len() {
        let code = COUNTRIES[at].0.as_bytes();
        if let Some(pair) = pair(code[0], code[1], b'A') {
            places[pair] = at as u8;
        }
        at += 1;
    }
    places
};

/// The alpha-2 code of the country that `text` names, or nothing when it names none or may mean several.
pub(super) fn find(text: &str) -> Option<&'static str> {
    let text = trim(text);
    if text.len() > MOST {
        return None;
    }
    if let Some(code) = code(text) {
        return Some(code);
    }
    let index = LazyLock::force(&INDEX);
    let hash = hash(text);
    index
        .bucket(hash)
        .iter()
        .find(|spelling| spelling.hash == hash && spelling.is(text))
        .map(|spelling| spelling.country.0)
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

/// One way to write a country.
struct Spelling {
    hash: u32,
    text: &'static str,
    is_code: bool,
    country: &'static Country,
}

impl Spelling {
    /// Whether `text` is written so. A code is one as it is only: `N/A` and `n.a.` are not Namibia.
    fn is(&self, text: &str) -> bool {
        self.text.eq_ignore_ascii_case(text) || !self.is_code && folded(self.text).eq(folded(text))
    }
}

/// Every spelling by its hash.
struct Index {
    /// In the order of the hashes.
    spellings: Vec<Spelling>,
    /// Where the spellings begin whose hashes begin with these bits, and where the last ones end.
    buckets: Vec<u16>,
}

/// How many bits of a hash tell buckets apart: there are about as many as spellings.
const BUCKET_BITS: u32 = 11;

impl Index {
    fn bucket(&self, hash: u32) -> &[Spelling] {
        let bucket = (hash >> (u32::BITS - BUCKET_BITS)) as usize;
        let place = |bucket: usize| self.buckets.get(bucket).map_or(0, |&place| place.into());
        &self.spellings[place(bucket)..place(bucket + 1)]
    }
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut spellings: Vec<Spelling> = Vec::new();
    for country in COUNTRIES {
        let codes = codes(country).map(|text| (text, true));
        for (text, is_code) in codes.chain(names(country).map(|text| (text, false))) {
            spellings.push(Spelling {
                hash: hash(text),
                text,
                is_code,
                country,
            });
        }
    }
    spellings.sort_by_key(|spelling| spelling.hash);
    let begin = |bucket: u64| {
        let first = bucket << (u32::BITS - BUCKET_BITS);
        let place = spellings.partition_point(|spelling| u64::from(spelling.hash) < first);
        // OK because there are fewer spellings, which a test holds.
        u16::try_from(place).unwrap_or(u16::MAX)
    };
    Index {
        buckets: (0..=1 << BUCKET_BITS).map(begin).collect(),
        spellings,
    }
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
    const START: u32 = 0x811c_9dc5;
    let add = |hash: u32, c: u32| (hash ^ c).wrapping_mul(0x0100_0193);
    let mut hash = START;
    for byte in without_the(text).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                hash = add(hash, byte.to_ascii_lowercase().into());
            }
            b' ' => {}
            // What needs more folding than of its case, as most texts do not.
            _ => return folded(text).fold(START, |hash, c| add(hash, c.into())),
        }
    }
    hash
}

/// What follows a leading `the`.
fn without_the(text: &str) -> &str {
    match text.as_bytes().first_chunk() {
        Some([b't' | b'T', b'h' | b'H', b'e' | b'E', b' ']) => &text[4..],
        _ => text,
    }
}

/// The letters and digits of a name in lower case and without marks, `&` as `and`, a leading `the` dropped.
fn folded(text: &str) -> impl Iterator<Item = char> {
    let mut chars = without_the(text).chars();
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
        assert!(INDEX.spellings.len() < usize::from(u16::MAX));
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
