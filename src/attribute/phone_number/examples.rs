//! What people send as phone numbers.

use crate::attribute::Example;
use crate::diagnostic::Code;

pub(in crate::attribute) const EXAMPLES: &[Example] = &[
    Example::documented(r#""+447777777777""#, r#"{"original_phone_number":"+447777777777","country_code":"GB"}"#, "a number in E.164"),
    Example::documented(r#""+15558675309""#, r#"{"original_phone_number":"+15558675309","country_code":null}"#, "one of a fictional area"),
    Example::documented(r#"{"original_phone_number":"+15558675309","country_code":"US"}"#, r#"{"original_phone_number":"+15558675309","country_code":"US"}"#, "one with its country"),
    Example::documented(r#"{"original_phone_number":"+447777777777","country_code":"GB"}"#, r#"{"original_phone_number":"+447777777777","country_code":"GB"}"#, "Attio's own form"),
    Example::documented(r#"{"original_phone_number":"+44 7777777777","country_code":null}"#, r#"{"original_phone_number":"+447777777777","country_code":"GB"}"#, "without a country"),
    Example::documented(r#"{"original_phone_number":"07234172834","country_code":"GB"}"#, r#"{"original_phone_number":"+447234172834","country_code":"GB"}"#, "a national number with its country"),
    Example::taken(r#"{"original_phone_number":"030 123456","country_code":"Germany"}"#, r#"{"original_phone_number":"+4930123456","country_code":"DE"}"#, "with the name of one"),
    Example::taken(r#"{"original_phone_number":"+447400123456"}"#, r#"{"original_phone_number":"+447400123456","country_code":"GB"}"#, "without the key of one"),
    Example::documented(r#"["+447400123456","+44 7400 123456"]"#, r#"[{"original_phone_number":"+447400123456","country_code":"GB"}]"#, "the same number twice")
        .given(r#"{"is_multiselect":true}"#),
    Example::documented(r#""+1 201-555-0123""#, r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "United States, with spaces and hyphens"),
    Example::documented(r#""+1 (201) 555-0123""#, r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "an area code in brackets"),
    Example::documented(r#""+1.201.555.0123""#, r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "dots"),
    Example::documented(r#""+1 506-234-5678""#, r#"{"original_phone_number":"+15062345678","country_code":"CA"}"#, "Canada"),
    Example::documented(r#""(+44) 7400 123456""#, r#"{"original_phone_number":"+447400123456","country_code":"GB"}"#, "a country code in brackets"),
    Example::documented(r#""+44 (0)121 234 5678""#, r#"{"original_phone_number":"+441212345678","country_code":"GB"}"#, "a zero that is dialled within the country only"),
    Example::documented(r#""+39 (0)2 1234 5678""#, r#"{"original_phone_number":"+390212345678","country_code":"IT"}"#, "a zero that is part of the number, Italy"),
    Example::documented(r#""+48 (0)12 345 67 89""#, r#"{"original_phone_number":"+48123456789","country_code":"PL"}"#, "a zero that nobody dials, Poland"),
    Example::documented(r#""+49 30/123456""#, r#"{"original_phone_number":"+4930123456","country_code":"DE"}"#, "a slash"),
    Example::documented(r#""+33 1 23 45 67 89""#, r#"{"original_phone_number":"+33123456789","country_code":"FR"}"#, "France"),
    Example::documented(r#""+5491123456789""#, r#"{"original_phone_number":"+5491123456789","country_code":"AR"}"#, "a mobile number of Argentina"),
    Example::documented(r#""+78001234567""#, r#"{"original_phone_number":"+78001234567","country_code":"RU"}"#, "Russia, where Kazakhstan shares the code"),
    Example::documented(r#""+800 1234 5678""#, r#"{"original_phone_number":"+80012345678","country_code":null}"#, "a number of no country"),
    Example::documented(r#""+383 28 012 345""#, r#"{"original_phone_number":"+38328012345","country_code":null}"#, "a country that ISO 3166-1 does not have"),
    Example::taken(r#""tel:+1-201-555-0123""#, r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "a link"),
    Example::taken(r#""Tel.: +49 30 123456""#, r#"{"original_phone_number":"+4930123456","country_code":"DE"}"#, "a label"),
    Example::taken(r#""  +447400123456\n""#, r#"{"original_phone_number":"+447400123456","country_code":"GB"}"#, "white space around it"),
    Example::taken(r#""\u202a+44 7400 123456\u202c""#, r#"{"original_phone_number":"+447400123456","country_code":"GB"}"#, "marks of direction around it"),
    Example::taken(r#""＋８１ ３ １２３４ ５６７８""#, r#"{"original_phone_number":"+81312345678","country_code":"JP"}"#, "digits of double width"),
    Example::taken(r#""+٩٧١ ٥٠ ١٢٣ ٤٥٦٧""#, r#"{"original_phone_number":"+971501234567","country_code":"AE"}"#, "Arabic digits"),
    Example::taken(r#""0044 7400 123456""#, r#"{"original_phone_number":"+447400123456","country_code":"GB"}"#, "`00` for `+`"),
    Example::taken(r#""0049 (0)30 123456""#, r#"{"original_phone_number":"+4930123456","country_code":"DE"}"#, "both at once"),
    Example::taken(r#""00 33 1 23 45 67 89""#, r#"{"original_phone_number":"+33123456789","country_code":"FR"}"#, "`00` where another country is the default")
        .given(r#"{"default_region":"US"}"#),
    Example::taken(r#""011 44 7400 123456""#, r#"{"original_phone_number":"+447400123456","country_code":"GB"}"#, "as it is dialled from the United States")
        .given(r#"{"region":"US"}"#),
    Example::taken(r#""0011 44 7400 123456""#, r#"{"original_phone_number":"+447400123456","country_code":"GB"}"#, "as it is dialled from Australia")
        .given(r#"{"region":"AU"}"#),
    Example::taken(r#""(201) 555-0123""#, r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "United States")
        .given(r#"{"region":"US"}"#),
    Example::taken(r#""201.555.0123""#, r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "the same with dots")
        .given(r#"{"region":"usa"}"#),
    Example::taken(r#""1-201-555-0123""#, r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "the same with the country code")
        .given(r#"{"region":"United States"}"#),
    Example::taken(r#""020 7946 0018""#, r#"{"original_phone_number":"+442079460018","country_code":"GB"}"#, "United Kingdom")
        .given(r#"{"region":"UK"}"#),
    Example::taken(r#""07400 123456""#, r#"{"original_phone_number":"+447400123456","country_code":"GB"}"#, "a mobile number of the United Kingdom")
        .given(r#"{"region":"England"}"#),
    Example::taken(r#""447400123456""#, r#"{"original_phone_number":"+447400123456","country_code":"GB"}"#, "the country code without its `+`")
        .given(r#"{"region":"GB"}"#),
    Example::taken(r#""030 / 123 456""#, r#"{"original_phone_number":"+4930123456","country_code":"DE"}"#, "Germany")
        .given(r#"{"region":"Deutschland"}"#),
    Example::taken(r#""01512-3456789""#, r#"{"original_phone_number":"+4915123456789","country_code":"DE"}"#, "a mobile number of Germany")
        .given(r#"{"default_region":"DE"}"#),
    Example::taken(r#""4915123456789""#, r#"{"original_phone_number":"+4915123456789","country_code":"DE"}"#, "the same with the country code")
        .given(r#"{"default_region":"DE"}"#),
    Example::taken("4915123456789", r#"{"original_phone_number":"+4915123456789","country_code":"DE"}"#, "the same as a JSON number")
        .given(r#"{"default_region":"DE"}"#),
    Example::taken(r#"{"original_phone_number":"49 151 23456789","country_code":"DE"}"#, r#"{"original_phone_number":"+4915123456789","country_code":"DE"}"#, "the same in Attio's form"),
    Example::taken(r#""01 23 45 67 89""#, r#"{"original_phone_number":"+33123456789","country_code":"FR"}"#, "France")
        .given(r#"{"region":"FR"}"#),
    Example::taken(r#""02 1234 5678""#, r#"{"original_phone_number":"+390212345678","country_code":"IT"}"#, "Italy, where the zero stays")
        .given(r#"{"region":"Italia"}"#),
    Example::taken(r#""612 34 56 78""#, r#"{"original_phone_number":"+34612345678","country_code":"ES"}"#, "Spain")
        .given(r#"{"region":"España"}"#),
    Example::taken(r#""03-1234-5678""#, r#"{"original_phone_number":"+81312345678","country_code":"JP"}"#, "Japan")
        .given(r#"{"region":"日本"}"#),
    Example::taken(r#""010-2000-0000""#, r#"{"original_phone_number":"+821020000000","country_code":"KR"}"#, "South Korea")
        .given(r#"{"region":"South Korea"}"#),
    Example::taken(r#""131 2345 6789""#, r#"{"original_phone_number":"+8613123456789","country_code":"CN"}"#, "China")
        .given(r#"{"region":"CN"}"#),
    Example::taken(r#""081234 56789""#, r#"{"original_phone_number":"+918123456789","country_code":"IN"}"#, "India")
        .given(r#"{"region":"IN"}"#),
    Example::taken(r#""9129227052""#, r#"{"original_phone_number":"+919129227052","country_code":"IN"}"#, "a number within India that starts as its country code does")
        .given(r#"{"region":"IN"}"#),
    Example::taken(r#""(02) 1234 5678""#, r#"{"original_phone_number":"+61212345678","country_code":"AU"}"#, "Australia")
        .given(r#"{"region":"AU"}"#),
    Example::taken(r#""021 123 4567""#, r#"{"original_phone_number":"+64211234567","country_code":"NZ"}"#, "New Zealand")
        .given(r#"{"region":"NZ"}"#),
    Example::taken(r#""(11) 96123-4567""#, r#"{"original_phone_number":"+5511961234567","country_code":"BR"}"#, "Brazil")
        .given(r#"{"region":"Brasil"}"#),
    Example::taken(r#""011 15-2345-6789""#, r#"{"original_phone_number":"+5491123456789","country_code":"AR"}"#, "a mobile number of Argentina")
        .given(r#"{"region":"AR"}"#),
    Example::taken(r#""222 123 4567""#, r#"{"original_phone_number":"+522221234567","country_code":"MX"}"#, "Mexico")
        .given(r#"{"region":"México"}"#),
    Example::taken(r#""(2) 2123 4567""#, r#"{"original_phone_number":"+56221234567","country_code":"CL"}"#, "Chile")
        .given(r#"{"region":"CL"}"#),
    Example::taken(r#""321 1234567""#, r#"{"original_phone_number":"+573211234567","country_code":"CO"}"#, "Colombia")
        .given(r#"{"region":"CO"}"#),
    Example::taken(r#""8 (912) 345-67-89""#, r#"{"original_phone_number":"+79123456789","country_code":"RU"}"#, "Russia")
        .given(r#"{"region":"Россия"}"#),
    Example::taken(r#""050 123 4567""#, r#"{"original_phone_number":"+380501234567","country_code":"UA"}"#, "Ukraine")
        .given(r#"{"region":"UA"}"#),
    Example::taken(r#""12 345 67 89""#, r#"{"original_phone_number":"+48123456789","country_code":"PL"}"#, "Poland")
        .given(r#"{"region":"PL"}"#),
    Example::taken(r#""070-123 45 67""#, r#"{"original_phone_number":"+46701234567","country_code":"SE"}"#, "Sweden")
        .given(r#"{"region":"Sverige"}"#),
    Example::taken(r#""40 61 23 45""#, r#"{"original_phone_number":"+4740612345","country_code":"NO"}"#, "Norway")
        .given(r#"{"region":"NO"}"#),
    Example::taken(r#""32 12 34 56""#, r#"{"original_phone_number":"+4532123456","country_code":"DK"}"#, "Denmark")
        .given(r#"{"region":"DK"}"#),
    Example::taken(r#""041 2345678""#, r#"{"original_phone_number":"+358412345678","country_code":"FI"}"#, "Finland")
        .given(r#"{"region":"FI"}"#),
    Example::taken(r#""06 12345678""#, r#"{"original_phone_number":"+31612345678","country_code":"NL"}"#, "the Netherlands")
        .given(r#"{"region":"The Netherlands"}"#),
    Example::taken(r#""0450 00 12 34""#, r#"{"original_phone_number":"+32450001234","country_code":"BE"}"#, "Belgium")
        .given(r#"{"region":"Belgique"}"#),
    Example::taken(r#""078 123 45 67""#, r#"{"original_phone_number":"+41781234567","country_code":"CH"}"#, "Switzerland")
        .given(r#"{"region":"Schweiz"}"#),
    Example::taken(r#""0664 123456""#, r#"{"original_phone_number":"+43664123456","country_code":"AT"}"#, "Austria")
        .given(r#"{"region":"Österreich"}"#),
    Example::taken(r#""085 012 3456""#, r#"{"original_phone_number":"+353850123456","country_code":"IE"}"#, "Ireland")
        .given(r#"{"region":"Ireland"}"#),
    Example::taken(r#""912 345 678""#, r#"{"original_phone_number":"+351912345678","country_code":"PT"}"#, "Portugal")
        .given(r#"{"region":"PT"}"#),
    Example::taken(r#""691 234 5678""#, r#"{"original_phone_number":"+306912345678","country_code":"GR"}"#, "Greece")
        .given(r#"{"region":"EL"}"#),
    Example::taken(r#""(0212) 345 67 89""#, r#"{"original_phone_number":"+902123456789","country_code":"TR"}"#, "Turkey")
        .given(r#"{"region":"Türkiye"}"#),
    Example::taken(r#""(06 1) 234 5678""#, r#"{"original_phone_number":"+3612345678","country_code":"HU"}"#, "Hungary")
        .given(r#"{"region":"HU"}"#),
    Example::taken(r#""0712 034 567""#, r#"{"original_phone_number":"+40712034567","country_code":"RO"}"#, "Romania")
        .given(r#"{"region":"RO"}"#),
    Example::taken(r#""050-234-5678""#, r#"{"original_phone_number":"+972502345678","country_code":"IL"}"#, "Israel")
        .given(r#"{"region":"IL"}"#),
    Example::taken(r#""٠٥٠ ١٢٣ ٤٥٦٧""#, r#"{"original_phone_number":"+971501234567","country_code":"AE"}"#, "the United Arab Emirates, in Arabic digits")
        .given(r#"{"region":"UAE"}"#),
    Example::taken(r#""010 01234567""#, r#"{"original_phone_number":"+201001234567","country_code":"EG"}"#, "Egypt")
        .given(r#"{"region":"EG"}"#),
    Example::taken(r#""0712 123456""#, r#"{"original_phone_number":"+254712123456","country_code":"KE"}"#, "Kenya")
        .given(r#"{"region":"KE"}"#),
    Example::taken(r#""0802 123 4567""#, r#"{"original_phone_number":"+2348021234567","country_code":"NG"}"#, "Nigeria")
        .given(r#"{"region":"NG"}"#),
    Example::taken(r#""071 123 4567""#, r#"{"original_phone_number":"+27711234567","country_code":"ZA"}"#, "South Africa")
        .given(r#"{"region":"ZA"}"#),
    Example::taken(r#""8123 4567""#, r#"{"original_phone_number":"+6581234567","country_code":"SG"}"#, "Singapore")
        .given(r#"{"region":"SG"}"#),
    Example::taken(r#""012-345 6789""#, r#"{"original_phone_number":"+60123456789","country_code":"MY"}"#, "Malaysia")
        .given(r#"{"region":"MY"}"#),
    Example::taken(r#""0812-345-678""#, r#"{"original_phone_number":"+62812345678","country_code":"ID"}"#, "Indonesia")
        .given(r#"{"region":"ID"}"#),
    Example::taken(r#""62812345678""#, r#"{"original_phone_number":"+62812345678","country_code":"ID"}"#, "the same with the country code")
        .given(r#"{"region":"ID"}"#),
    Example::taken(r#""0905 123 4567""#, r#"{"original_phone_number":"+639051234567","country_code":"PH"}"#, "the Philippines")
        .given(r#"{"region":"PH"}"#),
    Example::taken(r#""0912 345 678""#, r#"{"original_phone_number":"+84912345678","country_code":"VN"}"#, "Vietnam")
        .given(r#"{"region":"Việt Nam"}"#),
    Example::taken(r#""081 234 5678""#, r#"{"original_phone_number":"+66812345678","country_code":"TH"}"#, "Thailand")
        .given(r#"{"region":"TH"}"#),
    Example::taken(r#""01 23 45 6789""#, r#"{"original_phone_number":"+2250123456789","country_code":"CI"}"#, "Côte d'Ivoire, where the zero stays")
        .given(r#"{"region":"Ivory Coast"}"#),
    Example::taken(r#""07400 123456""#, r#"{"original_phone_number":"+447400123456","country_code":"GB"}"#, "the event's country before the default one")
        .given(r#"{"region":"GB","default_region":"US"}"#),
    Example::taken(r#""(201) 555-0123""#, r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "the default country when the event names none")
        .given(r#"{"region":" ","default_region":"US"}"#),
    Example::taken(r#""1-800-FLOWERS""#, r#"{"original_phone_number":"+18003569377","country_code":"US"}"#, "letters of a toll-free number")
        .given(r#"{"region":"US"}"#),
    Example::taken(r#""+1 (888) GO FEDEX""#, r#"{"original_phone_number":"+18884633339","country_code":"US"}"#, "letters with a space"),
    Example::taken("2015550123", r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "a JSON number")
        .given(r#"{"region":"US"}"#),
    Example::taken("447400123456", r#"{"original_phone_number":"+447400123456","country_code":"GB"}"#, "a JSON number with the country code")
        .given(r#"{"region":"GB"}"#),
    Example::taken(r#""+493012345678.0""#, r#"{"original_phone_number":"+493012345678","country_code":"DE"}"#, "a number that a table has kept as a decimal one"),
    Example::taken("2015550123.0", r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "the same as a JSON number")
        .given(r#"{"region":"US"}"#),
    Example::taken(r#""(201) 555-0123 (mobile)""#, r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "a label behind the number")
        .given(r#"{"region":"US"}"#),
    Example::documented(r#""+49.30.123456.0""#, r#"{"original_phone_number":"+49301234560","country_code":"DE"}"#, "dots, and one digit behind the last"),
    Example::taken(r#""+1 201-555-0123 ext. 42""#, r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "an extension")
        .finding(&[Code::AttributePhoneExtension]),
    Example::taken(r#""(201) 555-0123 x42""#, r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "another one")
        .given(r#"{"region":"US"}"#)
        .finding(&[Code::AttributePhoneExtension]),
    Example::taken(r#""tel:+1-201-555-0123;ext=42""#, r#"{"original_phone_number":"+12015550123","country_code":"US"}"#, "one in a link")
        .finding(&[Code::AttributePhoneExtension]),
    Example::taken(r#""+44 20 7946 0018 #123""#, r#"{"original_phone_number":"+442079460018","country_code":"GB"}"#, "one behind a number sign")
        .finding(&[Code::AttributePhoneExtension]),
    Example::taken(r#""+7 912 345-67-89 доб. 12""#, r#"{"original_phone_number":"+79123456789","country_code":"RU"}"#, "one in Russian")
        .finding(&[Code::AttributePhoneExtension]),
    Example::taken(r#""+44 20 7946 0018 (ext 5)""#, r#"{"original_phone_number":"+442079460018","country_code":"GB"}"#, "one in brackets")
        .finding(&[Code::AttributePhoneExtension]),
    Example::refused(r#""07400 123456""#, Code::AttributePhoneRegion, "no country"),
    Example::refused(r#""447400123456""#, Code::AttributePhoneRegion, "a country code without `+` or a country"),
    Example::refused(r#""07400 123456""#, Code::AttributePhoneRegion, "a country that is none")
        .given(r#"{"region":"Atlantis","default_region":"GB"}"#),
    Example::refused(r#""911""#, Code::AttributePhoneNumber, "an emergency number")
        .given(r#"{"region":"US"}"#),
    Example::refused(r#""12345""#, Code::AttributePhoneNumber, "a short one")
        .given(r#"{"region":"DE"}"#),
    Example::refused(r#""(555) 867-5309""#, Code::AttributePhoneNumber, "an area that there is not")
        .given(r#"{"region":"US"}"#),
    Example::refused(r#""(415) 555-2671""#, Code::AttributePhoneNumber, "a number of another country")
        .given(r#"{"region":"GB"}"#),
    Example::refused(r#""447400123456""#, Code::AttributePhoneNumber, "the country code of another country")
        .given(r#"{"region":"US"}"#),
    Example::refused(r#""+44""#, Code::AttributePhoneNumber, "a country code alone"),
    Example::refused(r#""+1 201 555""#, Code::AttributePhoneNumber, "too short"),
    Example::refused(r#""+44 7400 123456 789""#, Code::AttributePhoneNumber, "too long"),
    Example::refused(r#""+999 1234 5678""#, Code::AttributePhoneNumber, "a country code that there is not"),
    Example::refused(r#""+0 20 7946 0018""#, Code::AttributePhoneNumber, "one that none starts with"),
    Example::refused(r#""+447400123456, +447400123457""#, Code::AttributePhoneNumber, "two numbers in one string"),
    Example::refused(r#""(201) 555-0123 / (201) 555-0124""#, Code::AttributePhoneNumber, "two with a slash between them")
        .given(r#"{"region":"US"}"#),
    Example::refused(r#""07400 123456 or 07400 123457""#, Code::AttributePhoneNumber, "two with a word between them")
        .given(r#"{"region":"GB"}"#),
    Example::refused(r#""030 123456 abc""#, Code::AttributePhoneNumber, "letters that may be anything")
        .given(r#"{"region":"DE"}"#),
    Example::refused(r#""1-201-FLOWERS""#, Code::AttributePhoneNumber, "letters outside of toll-free numbers")
        .given(r#"{"region":"US"}"#),
    Example::refused(r#""0800 FLOWERS""#, Code::AttributePhoneNumber, "letters in another country")
        .given(r#"{"region":"GB"}"#),
    Example::refused(r#""call me at +447400123456""#, Code::AttributePhoneNumber, "words before it"),
    Example::refused(r#""+1 201 555 01xx""#, Code::AttributePhoneNumber, "placeholders for digits"),
    Example::refused(r#""jane@acme.com""#, Code::AttributePhoneNumber, "an e-mail address"),
    Example::refused(r#""n/a""#, Code::AttributePhoneNumber, "a placeholder"),
    Example::refused(r#""---""#, Code::AttributePhoneNumber, "punctuation"),
    Example::refused(r#""+44 7400 +123456""#, Code::AttributePhoneNumber, "a second `+`"),
    Example::refused(r#""4921123456""#, Code::AttributePhoneNumber, "a number of Emden, or of Düsseldorf with the country code")
        .given(r#"{"region":"DE"}"#),
    Example::refused(r#""6271124242""#, Code::AttributePhoneNumber, "the same in Indonesia")
        .given(r#"{"region":"ID"}"#),
    Example::refused(r#""030 123456.0""#, Code::AttributePhoneNumber, "a zero that may be a decimal")
        .given(r#"{"region":"DE"}"#),
    Example::refused("2015550123.5", Code::AttributePhoneNumber, "a number with decimals")
        .given(r#"{"region":"US"}"#),
    Example::refused("-2015550123", Code::AttributePhoneNumber, "a negative number")
        .given(r#"{"region":"US"}"#),
    Example::refused("2.015550123e9", Code::AttributePhoneNumber, "a number with an exponent")
        .given(r#"{"region":"US"}"#),
    Example::refused("true", Code::AttributePhoneNumber, "a boolean"),
    Example::refused(r#"{"original_phone_number":null,"country_code":"US"}"#, Code::AttributePhoneNumber, "Attio's form around nothing"),
    Example::refused(r#"{"original_phone_number":"+447400123456","country_code":"US"}"#, Code::AttributePhoneNumber, "a number and the country of another one"),
    Example::refused(r#"{"original_phone_number":"0049 151 23456789","country_code":"US"}"#, Code::AttributePhoneNumber, "the same with `00` for `+`"),
    Example::taken(r#"{"original_phone_number":"0049 151 23456789","country_code":"DE"}"#, r#"{"original_phone_number":"+4915123456789","country_code":"DE"}"#, "`00` for `+` and the country of the number"),
    Example::refused(r#"{"original_phone_number":"+447400123456","country_code":"XX"}"#, Code::AttributePhoneNumber, "a country that is none"),
    Example::refused(r#"{"original_phone_number":"+447400123456","normalized_phone_number":"+447400123456","country_code":"GB"}"#, Code::AttributeUnknownKey, "the form that Attio reads out"),
    Example::refused(r#"["+447400123456","+12015550123"]"#, Code::AttributeTooMany, "a list for an attribute of one value"),
    Example::omitted(r#"" ""#, "a blank string"),
];
