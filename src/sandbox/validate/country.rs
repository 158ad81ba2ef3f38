//! Countries: their ISO 3166-1 alpha-2 codes as Attio lists them, and the calling codes of their telephone numbers.

/// A calling code, and the countries that share it; the first is meant when nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CallingCode {
    pub(super) code: &'static str,
    pub(super) countries: &'static [&'static str],
}

/// Whether a text is the code of a country that Attio knows.
pub(super) fn is_country(code: &str) -> bool {
    let callers = CALLING_CODES
        .iter()
        .flat_map(|(_, countries)| countries.iter());
    let mut all = callers.chain(NORTH_AMERICA).chain(&WITHOUT_CALLING_CODE);
    all.any(|known| *known == code)
}

/// The calling code of a country.
pub(super) fn calling_code_of(country: &str) -> Option<&'static str> {
    if NORTH_AMERICA.contains(&country) {
        return Some("1");
    }
    let mut codes = CALLING_CODES.iter();
    codes
        .find(|(_, countries)| countries.contains(&country))
        .map(|(code, _)| *code)
}

/// The calling code that an international number (digits only) begins with, and the countries that it may be of.
pub(super) fn country_of(number: &str) -> Option<CallingCode> {
    if let Some(national) = number.strip_prefix('1') {
        return north_american(national);
    }
    // No calling code is the beginning of another.
    let (code, countries) = CALLING_CODES
        .iter()
        .find(|(code, _)| number.starts_with(code))?;
    Some(CallingCode { code, countries })
}

/// A number of the North American plan: three digits of an area, then seven; neither begins with 0 or 1.
fn north_american(national: &str) -> Option<CallingCode> {
    let begins_well = |at: usize| {
        national
            .as_bytes()
            .get(at)
            .is_some_and(|digit| *digit >= b'2')
    };
    if national.len() != 10 || !begins_well(0) || !begins_well(3) {
        return None;
    }
    let area = &national[..3];
    let one = AREAS
        .iter()
        .find(|(_, areas)| areas.split(' ').any(|known| known == area));
    let countries = match one {
        Some((country, _)) => std::slice::from_ref(country),
        // An area of the United States, or one that all share, such as 800.
        None => NORTH_AMERICA,
    };
    Some(CallingCode {
        code: "1",
        countries,
    })
}

/// The countries that share the calling code 1.
const NORTH_AMERICA: &[&str] = &[
    "US", "CA", "AG", "AI", "AS", "BB", "BM", "BS", "DM", "DO", "GD", "GU", "JM", "KN", "KY", "LC",
    "MP", "MS", "PR", "TC", "TT", "UM", "VC", "VG", "VI",
];

/// Countries of Attio's list without a calling code of their own.
const WITHOUT_CALLING_CODE: [&str; 3] = ["AN", "BV", "PN"];

/// The areas of the North American plan that belong to one country other than the United States.
const AREAS: &[(&str, &str)] = &[
    (
        "CA",
        "204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 387 403 416 418 428 431 437 438 450 460 \
         468 474 506 514 519 548 579 581 584 587 600 604 613 639 647 672 683 705 709 742 753 778 780 782 807 \
         819 825 867 873 879 902 905 942",
    ),
    ("BS", "242"),
    ("BB", "246"),
    ("AI", "264"),
    ("AG", "268"),
    ("VG", "284"),
    ("VI", "340"),
    ("KY", "345"),
    ("BM", "441"),
    ("GD", "473"),
    ("TC", "649"),
    ("JM", "658 876"),
    ("MS", "664"),
    ("MP", "670"),
    ("GU", "671"),
    ("AS", "684"),
    ("LC", "758"),
    ("DM", "767"),
    ("VC", "784"),
    ("PR", "787 939"),
    ("DO", "809 829 849"),
    ("TT", "868"),
    ("KN", "869"),
];

/// Calling codes other than 1, and the countries that share each: none of those that are of no one country, or of one
/// that Attio does not list.
#[rustfmt::skip]
const CALLING_CODES: &[(&str, &[&str])] = &[
    ("7", &["RU", "KZ"]), ("20", &["EG"]), ("27", &["ZA"]), ("30", &["GR"]), ("31", &["NL"]), ("32", &["BE"]),
    ("33", &["FR"]), ("34", &["ES"]), ("36", &["HU"]), ("39", &["IT", "VA"]), ("40", &["RO"]), ("41", &["CH"]),
    ("43", &["AT"]), ("44", &["GB", "GG", "IM", "JE"]), ("45", &["DK"]), ("46", &["SE"]), ("47", &["NO", "SJ"]),
    ("48", &["PL"]), ("49", &["DE"]), ("51", &["PE"]), ("52", &["MX"]), ("53", &["CU"]), ("54", &["AR"]),
    ("55", &["BR"]), ("56", &["CL"]), ("57", &["CO"]), ("58", &["VE"]), ("60", &["MY"]),
    ("61", &["AU", "CC", "CX"]), ("62", &["ID"]), ("63", &["PH"]), ("64", &["NZ"]), ("65", &["SG"]),
    ("66", &["TH"]), ("81", &["JP"]), ("82", &["KR"]), ("84", &["VN"]), ("86", &["CN"]), ("90", &["TR"]),
    ("91", &["IN"]), ("92", &["PK"]), ("93", &["AF"]), ("94", &["LK"]), ("95", &["MM"]), ("98", &["IR"]),
    ("211", &["SS"]), ("212", &["MA", "EH"]), ("213", &["DZ"]), ("216", &["TN"]), ("218", &["LY"]),
    ("220", &["GM"]), ("221", &["SN"]), ("222", &["MR"]), ("223", &["ML"]), ("224", &["GN"]), ("225", &["CI"]),
    ("226", &["BF"]), ("227", &["NE"]), ("228", &["TG"]), ("229", &["BJ"]), ("230", &["MU"]), ("231", &["LR"]),
    ("232", &["SL"]), ("233", &["GH"]), ("234", &["NG"]), ("235", &["TD"]), ("236", &["CF"]), ("237", &["CM"]),
    ("238", &["CV"]), ("239", &["ST"]), ("240", &["GQ"]), ("241", &["GA"]), ("242", &["CG"]), ("243", &["CD"]),
    ("244", &["AO"]), ("245", &["GW"]), ("246", &["IO"]), ("248", &["SC"]), ("249", &["SD"]), ("250", &["RW"]),
    ("251", &["ET"]), ("252", &["SO"]), ("253", &["DJ"]), ("254", &["KE"]), ("255", &["TZ"]), ("256", &["UG"]),
    ("257", &["BI"]), ("258", &["MZ"]), ("260", &["ZM"]), ("261", &["MG"]), ("262", &["RE", "YT", "TF"]),
    ("263", &["ZW"]), ("264", &["NA"]), ("265", &["MW"]), ("266", &["LS"]), ("267", &["BW"]), ("268", &["SZ"]),
    ("269", &["KM"]), ("290", &["SH"]), ("291", &["ER"]), ("297", &["AW"]), ("298", &["FO"]), ("299", &["GL"]),
    ("350", &["GI"]), ("351", &["PT"]), ("352", &["LU"]), ("353", &["IE"]), ("354", &["IS"]), ("355", &["AL"]),
    ("356", &["MT"]), ("357", &["CY"]), ("358", &["FI", "AX"]), ("359", &["BG"]), ("370", &["LT"]),
    ("371", &["LV"]), ("372", &["EE"]), ("373", &["MD"]), ("374", &["AM"]), ("375", &["BY"]), ("376", &["AD"]),
    ("377", &["MC"]), ("378", &["SM"]), ("380", &["UA"]), ("381", &["RS"]), ("382", &["ME"]), ("385", &["HR"]),
    ("386", &["SI"]), ("387", &["BA"]), ("389", &["MK"]), ("420", &["CZ"]), ("421", &["SK"]), ("423", &["LI"]),
    ("500", &["FK", "GS"]), ("501", &["BZ"]), ("502", &["GT"]), ("503", &["SV"]), ("504", &["HN"]),
    ("505", &["NI"]), ("506", &["CR"]), ("507", &["PA"]), ("508", &["PM"]), ("509", &["HT"]),
    ("590", &["GP", "BL", "MF"]), ("591", &["BO"]), ("592", &["GY"]), ("593", &["EC"]), ("594", &["GF"]),
    ("595", &["PY"]), ("596", &["MQ"]), ("597", &["SR"]), ("598", &["UY"]), ("599", &["CW"]), ("670", &["TL"]),
    ("672", &["NF", "AQ", "HM"]), ("673", &["BN"]), ("674", &["NR"]), ("675", &["PG"]), ("676", &["TO"]),
    ("677", &["SB"]), ("678", &["VU"]), ("679", &["FJ"]), ("680", &["PW"]), ("681", &["WF"]), ("682", &["CK"]),
    ("683", &["NU"]), ("685", &["WS"]), ("686", &["KI"]), ("687", &["NC"]), ("688", &["TV"]), ("689", &["PF"]),
    ("690", &["TK"]), ("691", &["FM"]), ("692", &["MH"]), ("852", &["HK"]), ("853", &["MO"]), ("855", &["KH"]),
    ("856", &["LA"]), ("880", &["BD"]), ("886", &["TW"]), ("960", &["MV"]), ("961", &["LB"]), ("962", &["JO"]),
    ("963", &["SY"]), ("964", &["IQ"]), ("965", &["KW"]), ("966", &["SA"]), ("967", &["YE"]), ("968", &["OM"]),
    ("970", &["PS"]), ("971", &["AE"]), ("972", &["IL"]), ("973", &["BH"]), ("974", &["QA"]), ("975", &["BT"]),
    ("976", &["MN"]), ("977", &["NP"]), ("992", &["TJ"]), ("993", &["TM"]), ("994", &["AZ"]), ("995", &["GE"]),
    ("996", &["KG"]), ("998", &["UZ"]),
    ("383", &[]), ("800", &[]), ("808", &[]), ("850", &[]), ("870", &[]), ("878", &[]), ("881", &[]), ("882", &[]),
    ("883", &[]), ("888", &[]), ("979", &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_of_attios_list_is_known() {
        let callers = CALLING_CODES
            .iter()
            .flat_map(|(_, countries)| countries.iter());
        let all: std::collections::HashSet<_> = callers
            .chain(NORTH_AMERICA)
            .chain(&WITHOUT_CALLING_CODE)
            .collect();
        assert_eq!(all.len(), 247);
        assert!(is_country("GB") && is_country("CI") && !is_country("UK") && !is_country("gb"));
    }

    #[test]
    fn no_calling_code_begins_another() {
        for (code, _) in CALLING_CODES {
            for (other, _) in CALLING_CODES {
                assert!(code == other || !other.starts_with(code), "{code} {other}");
            }
        }
    }

    #[test]
    fn an_area_of_the_north_american_plan_names_its_country() {
        assert_eq!(country_of("15558675309").unwrap().countries[0], "US");
        assert_eq!(country_of("14165550123").unwrap().countries, ["CA"]);
        assert_eq!(country_of("18765550123").unwrap().countries, ["JM"]);
        assert_eq!(country_of("11234567890"), None);
        assert!(country_of("80012345678").unwrap().countries.is_empty());
        assert_eq!(country_of("99912345678"), None);
    }
}
