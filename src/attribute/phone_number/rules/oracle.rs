//! Holds the rules against `rlibphonenumber`, which the tables are made of.

use proptest::prelude::*;
use rlibphonenumber::PhoneNumberType::{
    self, FixedLine, Mobile, Pager, PersonalNumber, PremiumRate, SharedCost, TollFree, UAN, VoIP, VoiceMail,
};
use rlibphonenumber::{PHONE_NUMBER_UTIL as UTIL, PhoneNumber, PhoneNumberFormat, Region as Theirs};

use super::*;
use crate::attribute::country;

/// What comes of digits: the number in E.164, and the region that has it.
type Outcome = Option<(String, Option<Theirs>)>;

const TYPES: [PhoneNumberType; 10] = [
    FixedLine, Mobile, TollFree, PremiumRate, SharedCost, VoIP, PersonalNumber, Pager, UAN, VoiceMail,
];

/// The number that digits are as they stand, country code first; none when nobody has it.
fn as_it_stands(digits: &str) -> Outcome {
    let (country_code, national) = (1..=3).find_map(|length| {
        let (code, national) = digits.split_at_checked(length)?;
        let code = code.parse().ok().filter(|_| !code.starts_with('0'))?;
        UTIL.get_region_for_country_code(code)?;
        Some((code, national))
    })?;
    let significant = national.trim_start_matches('0');
    let zeros = (national.len() - significant.len()).min(national.len().saturating_sub(1));
    let number = PhoneNumber {
        country_code,
        national_number: national.parse().ok()?,
        italian_leading_zero: (zeros > 0).then_some(true),
        number_of_leading_zeros: i32::try_from(zeros).ok().filter(|zeros| *zeros > 1),
        ..PhoneNumber::default()
    };
    Some((format!("+{digits}"), Some(whose(&number)?)))
}

/// A number that was parsed, if its length is one of its country's, and if it would be parsed to the same again.
fn outcome(number: PhoneNumber) -> Outcome {
    use rlibphonenumber::NumberLengthType::IsPossible;
    if UTIL.is_possible_number_with_reason(&number) != Ok(IsPossible) {
        return None;
    }
    let region = whose(&number);
    let e164 = UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
    let stays = || UTIL.parse(&e164, None).is_ok_and(|again| again == number);
    (region.is_some() || stays()).then_some((e164, region))
}

fn whose(number: &PhoneNumber) -> Option<Theirs> {
    UTIL.get_region_for_number(number)
        .filter(|region| UTIL.is_valid_number_for_region(number, *region))
}

#[track_caller]
fn assert_international(digits: &str) {
    let theirs = as_it_stands(digits).or_else(|| outcome(UTIL.parse(format!("+{digits}"), None).ok()?));
    assert_same(international(digits.as_bytes()), theirs, &|| format!("+{digits}"));
}

#[track_caller]
fn assert_in_region(digits: &str, region: Theirs) {
    let ours = Region::of(region.as_region_str().as_str()).unwrap();
    let theirs = UTIL.parse(digits, Some(region)).ok().and_then(outcome);
    assert_same(in_region(digits.as_bytes(), ours), theirs, &|| format!("{digits} in {region}"));
}

#[track_caller]
fn assert_same(ours: Option<Found>, theirs: Outcome, what: &dyn Fn() -> String) {
    let found = ours.as_ref().map(Found::e164);
    assert_eq!(found, theirs.as_ref().map(|(e164, _)| e164.as_str()), "{}", what());
    let (Some(ours), Some((_, region))) = (ours, theirs) else {
        return;
    };
    let expected = region.map(|region| match region {
        Theirs::World => ours.code.main_region(),
        region => Region::of(region.as_region_str().as_str()).unwrap(),
    });
    assert_eq!(ours.region, expected, "{}", what());
    assert_eq!(ours.country(), sent(region, &ours), "{}", what());
}

/// The country that is sent with a number.
fn sent(region: Option<Theirs>, found: &Found) -> Option<&'static str> {
    let region = region.or_else(|| {
        let code = i32::try_from(found.code.number()).ok()?;
        let mut regions = UTIL.get_regions_for_country_calling_code(code)?;
        regions.next().filter(|_| regions.next().is_none())
    })?;
    country::code(region.as_region_str().as_str()).filter(|code| country::is_in_attio(code))
}

fn regions() -> Vec<Theirs> {
    let mut regions: Vec<Theirs> = UTIL.get_supported_regions().collect();
    regions.sort_by_key(|region| region.as_region_str().as_str().to_owned());
    regions
}

/// An example of each type of number of a region, without the calling code.
fn examples(region: Theirs) -> Vec<String> {
    let numbers = TYPES
        .iter()
        .filter_map(|kind| UTIL.get_example_number_for_type_and_region(region, *kind).ok())
        .chain(UTIL.get_invalid_example_number(region).ok());
    let mut examples: Vec<String> = numbers.map(|number| national(&number)).collect();
    examples.sort();
    examples.dedup();
    examples
}

fn national(number: &PhoneNumber) -> String {
    let code = number.country_code.to_string();
    let e164 = UTIL.format(number, PhoneNumberFormat::E164).into_owned();
    e164[1 + code.len()..].to_owned()
}

/// What may stand before a number in a region: nothing, its calling code, prefixes, and several of these.
fn prefixes(region: Theirs) -> Vec<String> {
    let code = UTIL.get_country_code_for_region(region).unwrap().to_string();
    let mut prefixes = ["", "0", "1", "8", "06", "80"].map(str::to_owned).to_vec();
    prefixes.extend(["", "00", "011", "810", "0011"].map(|before| format!("{before}{code}")));
    prefixes.extend(["0", "1", "8"].map(|own| format!("{code}{own}")));
    prefixes.sort();
    prefixes.dedup();
    prefixes
}

/// Digits that differ from others in one place.
fn neighbours(digits: &str) -> Vec<String> {
    let mut all = vec![digits.to_owned()];
    for at in 0..digits.len() {
        let (before, after) = digits.split_at(at);
        let (digit, rest) = after.split_at(1);
        let digit: usize = digit.parse().unwrap();
        all.push(format!("{before}{rest}"));
        all.push(format!("{before}{}{after}", (digit + at) % 10));
        all.extend([1, 3, 8].map(|step| format!("{before}{}{rest}", (digit + step) % 10)));
    }
    all.push(format!("{digits}0"));
    all
}

#[test]
fn every_country_has_the_calling_code_it_has_there() {
    for first in b'A'..=b'Z' {
        for second in b'A'..=b'Z' {
            let name = String::from_utf8(vec![first, second]).unwrap();
            let theirs = Theirs::from_code(&name).ok().and_then(|region| UTIL.get_country_code_for_region(region));
            let ours = Region::of(&name);
            assert_eq!(ours.map(|region| region.code().number() as i32), theirs, "{name}");
            let sent = country::code(&name).filter(|code| country::is_in_attio(code) && ours.is_some());
            assert_eq!(ours.and_then(Region::country), sent, "{name}");
        }
    }
}

#[test]
fn every_calling_code_is_read_as_it_is_there() {
    for digits in 0..1000 {
        for rest in ["", "0", "1234", "21234567", "212345678"] {
            assert_international(&format!("{digits:03}{rest}"));
            assert_international(&format!("{digits}{rest}"));
        }
    }
}

#[test]
fn examples_of_every_type_and_their_neighbours_are_what_they_are_there() {
    for region in regions() {
        let code = UTIL.get_country_code_for_region(region).unwrap();
        for (at, example) in examples(region).iter().enumerate() {
            // A part of them, another one for each example: the full ones take minutes.
            for number in neighbours(example).iter().skip(at % 5).step_by(5) {
                assert_international(&format!("{code}{number}"));
            }
        }
    }
    for code in UTIL.get_supported_global_network_calling_codes() {
        let example = UTIL.get_example_number_for_non_geo_entity(code).unwrap();
        for number in neighbours(&national(&example)) {
            assert_international(&format!("{code}{number}"));
        }
    }
}

#[test]
fn numbers_are_read_within_every_region_as_they_are_there() {
    for region in regions() {
        let code = UTIL.get_country_code_for_region(region).unwrap();
        let prefixes = prefixes(region);
        for (at, example) in examples(region).iter().enumerate() {
            let numbers = neighbours(example).into_iter().zip(prefixes.iter().cycle().skip(at));
            for (number, prefix) in numbers.skip(at % 9).step_by(9) {
                assert_in_region(&format!("{prefix}{number}"), region);
                assert_international(&format!("{code}{prefix}{number}"));
            }
        }
    }
}

/// Digits near to numbers of a region, and the region they are read in.
fn digits() -> impl Strategy<Value = (Theirs, String)> {
    let regions = regions();
    let of = (prop::sample::select(regions.clone()), prop::sample::select(regions), 0..8);
    of.prop_flat_map(|(of, other, which)| {
        let within = if which == 0 { other } else { of };
        let number = (prop::sample::select(examples(of)), 0..12_usize, "[0-9]{0,12}");
        let number = number.prop_map(|(example, kept, rest)| {
            let kept = kept.min(example.len());
            let is_as_long = rest.len() % 3 > 0;
            let mut digits = format!("{}{rest}{}", &example[..kept], &example[kept..]);
            digits.truncate(if is_as_long { example.len() } else { kept + rest.len() });
            digits
        });
        let code = UTIL.get_country_code_for_region(of).unwrap();
        let dialled = (any::<bool>(), any::<bool>(), prop::collection::vec(any::<u8>(), 24));
        let dialled = dialled.prop_map(move |(is_international, has_code, choices)| {
            let region = Region::of(within.as_region_str().as_str()).unwrap();
            let before = region.dialled_before(is_international, &choices);
            format!("{before}{}", if has_code { code.to_string() } else { String::new() })
        });
        let before = prop_oneof![
            4 => prop::sample::select(prefixes(of)),
            4 => dialled,
            1 => "[0-9]{0,4}",
        ];
        (before, number).prop_map(move |(before, number)| (within, format!("{before}{number}")))
    })
}

proptest! {
    #[test]
    fn random_digits_are_what_they_are_there(all in prop::collection::vec(digits(), 4)) {
        for (region, mut digits) in all {
            let code = UTIL.get_country_code_for_region(region).unwrap();
            digits.truncate(24);
            if digits.len() > 1 {
                assert_in_region(&digits, region);
                assert_international(&digits);
            }
            digits.insert_str(0, &code.to_string());
            digits.truncate(24);
            if digits.len() > 1 {
                assert_international(&digits);
            }
        }
    }
}
