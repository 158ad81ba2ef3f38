//! The symbols and codes that amounts of money are written with.

/// The codes of ISO 4217 that are in use, in order.
const CODES: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD",
    "CAD", "CDF", "CHE", "CHF", "CHW", "CLF", "CLP", "CNY", "COP", "COU", "CRC", "CUP", "CVE",
    "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL",
    "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR",
    "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD",
    "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK",
    "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO",
    "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON",
    "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD",
    "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD",
    "TZS", "UAH", "UGX", "USD", "USN", "UYI", "UYU", "UYW", "UZS", "VED", "VES", "VND", "VUV",
    "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
];

/// Currencies whose smallest unit is a thousandth.
const OF_THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

const DOLLARS: &[&str] = &[
    "USD", "ARS", "AUD", "BBD", "BMD", "BND", "BSD", "BZD", "CAD", "CLP", "COP", "CUP", "DOP",
    "FJD", "GYD", "HKD", "JMD", "KYD", "LRD", "MXN", "NAD", "NZD", "SBD", "SGD", "SRD", "TTD",
    "TWD", "UYU", "XCD",
];
const POUNDS: &[&str] = &[
    "GBP", "EGP", "FKP", "GIP", "LBP", "SDG", "SHP", "SSP", "SYP",
];
const RUPEES: &[&str] = &["INR", "LKR", "MUR", "NPR", "PKR", "SCR"];
const CROWNS: &[&str] = &["SEK", "NOK", "DKK", "ISK"];
const FRANCS: &[&str] = &[
    "CHF", "BIF", "CDF", "DJF", "GNF", "KMF", "RWF", "XAF", "XOF", "XPF",
];

/// Symbols, abbreviations and words, in lower case, with the currencies that they may mean.
const SYMBOLS: &[(&str, &[&str])] = &[
    ("$", DOLLARS),
    ("us$", &["USD"]),
    ("ca$", &["CAD"]),
    ("can$", &["CAD"]),
    ("c$", &["CAD", "NIO"]),
    ("au$", &["AUD"]),
    ("a$", &["AUD"]),
    ("nz$", &["NZD"]),
    ("hk$", &["HKD"]),
    ("s$", &["SGD"]),
    ("nt$", &["TWD"]),
    ("mx$", &["MXN"]),
    ("ar$", &["ARS"]),
    ("col$", &["COP"]),
    ("rd$", &["DOP"]),
    ("j$", &["JMD"]),
    ("tt$", &["TTD"]),
    ("ec$", &["XCD"]),
    ("r$", &["BRL"]),
    ("dollar", DOLLARS),
    ("dollars", DOLLARS),
    ("us dollar", &["USD"]),
    ("us dollars", &["USD"]),
    ("canadian dollars", &["CAD"]),
    ("australian dollars", &["AUD"]),
    ("€", &["EUR"]),
    ("euro", &["EUR"]),
    ("euros", &["EUR"]),
    ("£", POUNDS),
    ("pound", POUNDS),
    ("pounds", POUNDS),
    ("pounds sterling", &["GBP"]),
    ("￡", POUNDS),
    ("¥", &["JPY", "CNY"]),
    ("￥", &["JPY", "CNY"]),
    ("jp¥", &["JPY"]),
    ("cn¥", &["CNY"]),
    ("円", &["JPY"]),
    ("yen", &["JPY"]),
    ("元", &["CNY", "HKD", "TWD"]),
    ("rmb", &["CNY"]),
    ("yuan", &["CNY"]),
    ("₹", &["INR"]),
    ("rs", RUPEES),
    ("rupee", RUPEES),
    ("rupees", RUPEES),
    ("kr", CROWNS),
    ("kronor", &["SEK"]),
    ("kroner", &["NOK", "DKK"]),
    ("fr", FRANCS),
    ("sfr", &["CHF"]),
    ("franc", FRANCS),
    ("francs", FRANCS),
    ("swiss francs", &["CHF"]),
    ("₽", &["RUB"]),
    ("руб", &["RUB", "BYN"]),
    ("₩", &["KRW", "KPW"]),
    ("￦", &["KRW", "KPW"]),
    ("원", &["KRW", "KPW"]),
    ("₪", &["ILS"]),
    ("nis", &["ILS"]),
    ("₫", &["VND"]),
    ("฿", &["THB"]),
    ("₺", &["TRY"]),
    ("tl", &["TRY"]),
    ("₴", &["UAH"]),
    ("₦", &["NGN"]),
    ("₱", &["PHP"]),
    ("₵", &["GHS"]),
    ("gh₵", &["GHS"]),
    ("₸", &["KZT"]),
    ("₡", &["CRC", "SVC"]),
    ("₲", &["PYG"]),
    ("₼", &["AZN"]),
    ("₾", &["GEL"]),
    ("₮", &["MNT"]),
    ("₭", &["LAK"]),
    ("៛", &["KHR"]),
    ("֏", &["AMD"]),
    ("৳", &["BDT"]),
    ("zł", &["PLN"]),
    ("kč", &["CZK"]),
    ("ft", &["HUF"]),
    ("lei", &["RON", "MDL"]),
    ("лв", &["BGN"]),
    ("r", &["ZAR"]),
    ("rm", &["MYR"]),
    ("rp", &["IDR"]),
    ("s/", &["PEN"]),
    ("bs", &["BOB", "VES"]),
    ("ksh", &["KES"]),
    ("tsh", &["TZS"]),
    ("ush", &["UGX"]),
    ("dh", &["AED", "MAD"]),
    ("dhs", &["AED", "MAD"]),
    ("sr", &["SAR"]),
    ("kd", &["KWD"]),
];

/// What the text beside an amount says about its currency: the codes that it may mean, never none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit(pub(super) &'static [&'static str]);

impl Unit {
    /// Reads a symbol, an abbreviation with or without its dot, or a code in any case, perhaps with the symbol behind
    /// it (`CAD$`).
    pub(super) fn read(text: &str) -> Option<Unit> {
        let text = text.strip_suffix('.').unwrap_or(text);
        let both = || {
            let (code, symbol) = text.split_at_checked(3)?;
            Unit::of_code(code)?.and(Unit::of_symbol(symbol)?)
        };
        Unit::of_code(text)
            .or_else(|| Unit::of_symbol(text))
            .or_else(both)
    }

    fn of_code(text: &str) -> Option<Unit> {
        if text.len() != 3 {
            return None;
        }
        let upper = text.to_ascii_uppercase();
        let at = CODES.binary_search(&upper.as_str()).ok()?;
        Some(Unit(&CODES[at..=at]))
    }

    fn of_symbol(text: &str) -> Option<Unit> {
        let is_it = |symbol: &str| {
            symbol == text || symbol.chars().eq(text.chars().flat_map(char::to_lowercase))
        };
        SYMBOLS
            .iter()
            .find(|(symbol, _)| is_it(symbol))
            .map(|(_, codes)| Unit(codes))
    }

    /// Whether the unit may mean a currency.
    pub(super) fn may_be(self, code: &str) -> bool {
        self.0.iter().any(|one| one.eq_ignore_ascii_case(code))
    }

    /// The code, when the unit may mean one currency only.
    pub(super) fn code(self) -> Option<&'static str> {
        match self.0 {
            [code] => Some(code),
            _ => None,
        }
    }

    /// What two units beside one amount say together; nothing when they contradict each other.
    pub(super) fn and(self, other: Unit) -> Option<Unit> {
        let (few, many) = match self.0.len() <= other.0.len() {
            true => (self, other),
            false => (other, self),
        };
        few.0.iter().any(|code| many.may_be(code)).then_some(few)
    }
}

/// Whether amounts of a currency have three decimals.
pub(super) fn has_thousandths(code: &str) -> bool {
    OF_THOUSANDTHS
        .iter()
        .any(|one| one.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_symbols_mean_codes() {
        assert!(CODES.is_sorted());
        let mut seen = std::collections::HashSet::new();
        for (symbol, codes) in SYMBOLS {
            assert!(seen.insert(symbol), "{symbol} stands twice");
            assert_eq!(*symbol, symbol.to_lowercase());
            for code in *codes {
                assert!(CODES.binary_search(code).is_ok(), "{symbol}: {code}");
            }
        }
        for code in OF_THOUSANDTHS {
            assert!(CODES.binary_search(&code).is_ok(), "{code}");
        }
    }

    #[test]
    fn units_are_read_whatever_their_case() {
        assert_eq!(Unit::read("usd"), Some(Unit(&["USD"])));
        assert_eq!(Unit::read("KČ"), Some(Unit(&["CZK"])));
        assert_eq!(Unit::read("Rs."), Some(Unit(RUPEES)));
        assert_eq!(Unit::read("US$").unwrap().code(), Some("USD"));
        assert_eq!(Unit::read("cad$").unwrap().code(), Some("CAD"));
        assert_eq!(Unit::read("EUR$"), None);
        assert_eq!(Unit::read("₿"), None);
        assert_eq!(Unit::read("XYZ"), None);
        let (dollar, usd, eur) = ("$", "USD", "EUR");
        let unit = |text| Unit::read(text).unwrap();
        assert_eq!(unit(dollar).and(unit(usd)), Some(unit(usd)));
        assert_eq!(unit(dollar).and(unit(eur)), None);
    }
}
