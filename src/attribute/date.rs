//! `date`: a day of the calendar.
//!
//! A value with an offset is moved to UTC before its time is cut off, as Attio does: `2023-01-02T23:00:00-10:00` is
//! the third of January.

use super::{Example, Finding, To, moment};
use crate::diagnostic::Code;
use crate::json::Value;

const WHAT: &str = "a date";
const CODE: Code = Code::AttributeDate;

pub(super) const DESCRIPTION: &str = "\
A day of the calendar. Attio takes ISO 8601 text of any precision, or `{\"value\": ...}`; a value with an offset is \
moved to UTC first, then its time is cut off. Also taken: RFC 2822, JavaScript's `Date.toString()`, `asctime`, log \
formats, `YYYY/MM/DD`, English names of months (`May 17th, 2024`), and seconds, milliseconds, microseconds or \
nanoseconds since 1970 as number or digits, told apart by magnitude, where they land in 1970 to 2200; four digits are \
a year. `17/05/2024` can be read one way only; `03/04/2024` is refused unless `date_order` says `mdy` or `dmy`. Digits \
that are both a date and a count (`20240517`), years of two digits, names of time zones without an offset (but those of \
RFC 2822 in its form) and words such as `today` are refused.";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let moment = moment::read(CODE, WHAT, value, to)?;
    out.push_str("{\"value\":\"");
    moment.write_date(out);
    out.push_str("\"}");
    Ok(())
}

const DMY: &str = r#"{"date_order":"dmy"}"#;
const MDY: &str = r#"{"date_order":"mdy"}"#;

pub(super) const EXAMPLES: &[Example] = &[
    Example::documented(r#""2023""#, r#"{"value":"2023-01-01"}"#, "a year"),
    Example::documented(r#""2023-01""#, r#"{"value":"2023-01-01"}"#, "a month"),
    Example::documented(r#""2023-01-02""#, r#"{"value":"2023-01-02"}"#, "a day"),
    Example::documented(r#""2023-01-02T13:00""#, r#"{"value":"2023-01-02"}"#, "a minute"),
    Example::documented(r#""2023-01-02T14:00:00""#, r#"{"value":"2023-01-02"}"#, "a second"),
    Example::documented(
        r#""2023-01-02T15:00:00.000000000""#,
        r#"{"value":"2023-01-02"}"#,
        "a nanosecond",
    ),
    Example::documented(
        r#""2023-01-02T15:00:00.000000000+02:00""#,
        r#"{"value":"2023-01-02"}"#,
        "an offset",
    ),
    Example::documented(
        r#""2023-01-02T23:00:00-10:00""#,
        r#"{"value":"2023-01-03"}"#,
        "another day in UTC",
    ),
    Example::documented(
        r#""2023-01-01T01:00:00+02:00""#,
        r#"{"value":"2022-12-31"}"#,
        "another year in UTC",
    ),
    Example::documented(r#""2023-09-28""#, r#"{"value":"2023-09-28"}"#, "a day of September"),
    Example::documented(r#"{"value":"2004-07-29"}"#, r#"{"value":"2004-07-29"}"#, "the object form"),
    Example::documented(r#"[{"value":"2004-07-29"}]"#, r#"{"value":"2004-07-29"}"#, "a list of one"),
    Example::documented(r#"["2004-07-29"]"#, r#"{"value":"2004-07-29"}"#, "a list of one string"),
    Example::documented(r#""2024-05-17T10:30:00.123Z""#, r#"{"value":"2024-05-17"}"#, "`toISOString()`"),
    Example::documented(r#""2024-02-29""#, r#"{"value":"2024-02-29"}"#, "a leap day"),
    Example::documented(r#""1899-12-31""#, r#"{"value":"1899-12-31"}"#, "long ago"),
    Example::taken(r#"" 2024-05-17 ""#, r#"{"value":"2024-05-17"}"#, "with spaces around it"),
    Example::taken("\"\u{feff}2024-05-17\"", r#"{"value":"2024-05-17"}"#, "a mark that nobody sees before it"),
    Example::taken(r#""2024-05-17 10:30:00""#, r#"{"value":"2024-05-17"}"#, "as databases write it"),
    Example::taken(r#""2024-05-17 10:30:00+02""#, r#"{"value":"2024-05-17"}"#, "as PostgreSQL writes it"),
    Example::taken(r#""2024-05-17 23:30:00 -0700""#, r#"{"value":"2024-05-18"}"#, "as Ruby writes it"),
    Example::taken(
        r#""2024-05-17 10:30:00.123456789 +0000 UTC""#,
        r#"{"value":"2024-05-17"}"#,
        "as Go writes it",
    ),
    Example::taken(
        r#""2024-05-17T10:30:00+02:00[Europe/Berlin]""#,
        r#"{"value":"2024-05-17"}"#,
        "as Java writes it",
    ),
    Example::taken(r#""2024-5-7""#, r#"{"value":"2024-05-07"}"#, "without leading zeros"),
    Example::taken(r#""2024/05/17""#, r#"{"value":"2024-05-17"}"#, "slashes, the year first"),
    Example::taken(r#""2024.05.17""#, r#"{"value":"2024-05-17"}"#, "dots, the year first"),
    Example::taken(r#""2024-05-17Z""#, r#"{"value":"2024-05-17"}"#, "a day of UTC"),
    Example::taken(r#""2024-05-17T24:00:00""#, r#"{"value":"2024-05-17"}"#, "the end of that day"),
    Example::taken(r#""2024-05-17T24:00-02:00""#, r#"{"value":"2024-05-18"}"#, "another day in UTC"),
    Example::taken(r#""2016-12-31T23:59:60Z""#, r#"{"value":"2016-12-31"}"#, "a leap second"),
    Example::taken(r#""2016-12-31T18:59:60-05:00""#, r#"{"value":"2016-12-31"}"#, "the same in New York"),
    Example::taken(r#""20240517T103000Z""#, r#"{"value":"2024-05-17"}"#, "ISO 8601 without separators"),
    Example::taken(r#""17/05/2024""#, r#"{"value":"2024-05-17"}"#, "there is no 17th month"),
    Example::taken(r#""5/17/2024""#, r#"{"value":"2024-05-17"}"#, "nor here"),
    Example::taken(r#""17.05.2024""#, r#"{"value":"2024-05-17"}"#, "with dots"),
    Example::taken(r#""17-05-2024""#, r#"{"value":"2024-05-17"}"#, "with hyphens"),
    Example::taken(r#""05/05/2024""#, r#"{"value":"2024-05-05"}"#, "the same both ways round"),
    Example::taken(r#""03/04/2024""#, r#"{"value":"2024-04-03"}"#, "the day first").given(DMY),
    Example::taken(r#""03/04/2024""#, r#"{"value":"2024-03-04"}"#, "the month first").given(MDY),
    Example::taken(r#""3.4.2024""#, r#"{"value":"2024-04-03"}"#, "the day first, with dots").given(DMY),
    Example::taken(r#""17/05/2024""#, r#"{"value":"2024-05-17"}"#, "only one way, whatever the order")
        .given(MDY),
    Example::taken(
        r#""5/17/2024, 10:30:00 AM""#,
        r#"{"value":"2024-05-17"}"#,
        "`toLocaleString()` of an American",
    ),
    Example::taken(r#""05/2024""#, r#"{"value":"2024-05-01"}"#, "a month"),
    Example::taken(r#""17 May 2024""#, r#"{"value":"2024-05-17"}"#, "a month's name"),
    Example::taken(r#""May 17, 2024""#, r#"{"value":"2024-05-17"}"#, "American"),
    Example::taken(r#""17-May-2024""#, r#"{"value":"2024-05-17"}"#, "with hyphens"),
    Example::taken(r#""17MAY2024""#, r#"{"value":"2024-05-17"}"#, "as SAS writes it"),
    Example::taken(r#""2024 May 17""#, r#"{"value":"2024-05-17"}"#, "the year first"),
    Example::taken(r#""Sept. 5, 2024""#, r#"{"value":"2024-09-05"}"#, "shortened"),
    Example::taken(r#""17th of May, 2024""#, r#"{"value":"2024-05-17"}"#, "an ordinal"),
    Example::taken(r#""Friday, May 17th, 2024""#, r#"{"value":"2024-05-17"}"#, "with its weekday"),
    Example::taken(r#""May 2024""#, r#"{"value":"2024-05-01"}"#, "a month"),
    Example::taken(
        r#""Fri, 17 May 2024 10:30:00 +0200""#,
        r#"{"value":"2024-05-17"}"#,
        "RFC 2822",
    ),
    Example::taken(
        r#""Fri, 17 May 2024 23:30:00 EST""#,
        r#"{"value":"2024-05-18"}"#,
        "RFC 2822 with one of its zones",
    ),
    Example::taken(
        r#""Fri May 17 2024 10:30:00 GMT+0200 (Central European Summer Time)""#,
        r#"{"value":"2024-05-17"}"#,
        "`Date.toString()`",
    ),
    Example::taken(r#""Fri May 17 2024""#, r#"{"value":"2024-05-17"}"#, "`Date.toDateString()`"),
    Example::taken(r#""Fri May 17 10:30:00 2024""#, r#"{"value":"2024-05-17"}"#, "`asctime`"),
    Example::taken(r#""Fri May 17 10:30:00 UTC 2024""#, r#"{"value":"2024-05-17"}"#, "the Unix command"),
    Example::taken(
        r#""17/May/2024:10:30:00 +0200""#,
        r#"{"value":"2024-05-17"}"#,
        "a web server's log",
    ),
    Example::taken("1715941800", r#"{"value":"2024-05-17"}"#, "seconds since 1970"),
    Example::taken("1715941800000", r#"{"value":"2024-05-17"}"#, "milliseconds"),
    Example::taken(r#""1715941800000000""#, r#"{"value":"2024-05-17"}"#, "microseconds, as text"),
    Example::taken("1715941800000000000", r#"{"value":"2024-05-17"}"#, "nanoseconds"),
    Example::taken("1715941800.5", r#"{"value":"2024-05-17"}"#, "seconds as a float"),
    Example::taken("1.7159418e9", r#"{"value":"2024-05-17"}"#, "seconds with an exponent"),
    Example::taken("0", r#"{"value":"1970-01-01"}"#, "the first second"),
    Example::taken("2024", r#"{"value":"2024-01-01"}"#, "four digits are a year"),
    Example::documented("null", "null", "`null` unsets"),
    Example::omitted(r#""""#, "blank strings are left out"),
    Example::refused(r#""""#, CODE, "a blank string is no date").given(r#"{"empty_strings":"keep"}"#),
    Example::refused(r#""03/04/2024""#, Code::AttributeDateOrder, "March, or April?"),
    Example::refused(r#""3.4.2024""#, Code::AttributeDateOrder, "with dots too"),
    Example::refused(r#""2023-02-30""#, CODE, "February has no 30th"),
    Example::refused(r#""2023-02-29""#, CODE, "no leap year"),
    Example::refused(r#""2024-13-01""#, CODE, "no 13th month"),
    Example::refused(r#""31/04/2024""#, CODE, "April has no 31st"),
    Example::refused(r#""2024-05-17T25:00:00Z""#, CODE, "no 25th hour"),
    Example::refused(r#""2024-05-17T23:59:60Z""#, CODE, "a leap second that is none"),
    Example::refused(r#""0000-00-00""#, CODE, "MySQL's zero"),
    Example::refused(r#""17/05/24""#, CODE, "which century?"),
    Example::refused(r#""24-05-17""#, CODE, "the day first, or the year?"),
    Example::refused(r#""17 May""#, CODE, "which year?"),
    Example::refused(r#""Monday, 17 May 2024""#, CODE, "it was a Friday"),
    Example::refused(r#""2024-05-17 10:30:00 CET""#, CODE, "a zone's name"),
    Example::refused(r#""2024-05-17 20:30:00 CST""#, CODE, "in Chicago, or in Shanghai?"),
    Example::refused(r#""2024-05-17T10-30-00""#, CODE, "as names of files have it"),
    Example::refused("20240517", CODE, "a day, or a count of seconds?"),
    Example::refused("202405", CODE, "a month, or a count?"),
    Example::refused("45429", CODE, "a spreadsheet's day, or a count?"),
    Example::refused("-1715941800", CODE, "a count from before 1970"),
    Example::refused("99999999999999999999", CODE, "a count that lands after 2200"),
    Example::refused("1e12345", CODE, "an exponent that leads beyond any count"),
    Example::refused(r#""1.71594E+12""#, CODE, "digits that a spreadsheet cut"),
    Example::refused(r#""today""#, CODE, "there is no clock"),
    Example::refused(r#""soon""#, CODE, "a word"),
    Example::refused(r#""17. Mai 2024""#, CODE, "another language"),
    Example::refused(r#""2024-05-17/2024-05-20""#, CODE, "a span"),
    Example::refused(r#""10:30""#, CODE, "a time alone"),
    Example::refused(r#""555-123-4567""#, CODE, "a phone number"),
    Example::refused("true", CODE, "a boolean"),
    Example::refused(r#"{"value":null}"#, CODE, "nothing inside"),
    Example::refused(r#"{"$date":"2024-05-17"}"#, Code::AttributeUnknownKey, "another key"),
    Example::refused(r#"["2024-05-17","2024-05-18"]"#, Code::AttributeTooMany, "which of the two?"),
];

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{of, prepared, said};
    use crate::attribute::{Mode, Options};
    use crate::schema::{Attribute, AttributeType};

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let date = of(AttributeType::Date);
        let strict = Options {
            mode: Mode::Strict,
            ..Options::default()
        };
        let strict = prepared(Attribute::of(AttributeType::Date), strict);
        let mut texts = vec![said(&strict, "1715941800")];
        for input in [
            "soon",
            "2023-02-30",
            "03/04/2024",
            "17/05/24",
            "17 May",
            "Monday, 17 May 2024",
            "2024-05-17 10:30 CET",
            "20240517",
            "-1",
            "now",
            "2024-05-17T10-30-00",
        ] {
            texts.push(said(&date, &format!("\"{input}\"")));
        }
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.date]: `it` expected a date of ISO 8601, got the number `1715941800`
          help: write `YYYY-MM-DD`, or set `mode` to `lenient`
        error[attribute.date]: `it` expected a date, got the string `soon`
          help: write `YYYY-MM-DD`, or map it from a trait that holds a date
        error[attribute.date]: `it` expected a date that the calendar has, got the string `2023-02-30`
          help: write `YYYY-MM-DD`
        error[attribute.date_order]: `it` expected a date that can be read one way, got the string `03/04/2024`
          help: write `YYYY-MM-DD`, or set `date_order` to `mdy` or `dmy`
        error[attribute.date]: `it` expected a date with a year of four digits, got the string `17/05/24`
          help: write `YYYY-MM-DD`: of two digits the century is not known
        error[attribute.date]: `it` expected a date with its year, got the string `17 May`
          help: write `YYYY-MM-DD`
        error[attribute.date]: `it` expected a date that falls on its weekday, got the string `Monday, 17 May 2024`
          help: write `YYYY-MM-DD`, without the weekday
        error[attribute.date]: `it` expected a date whose time zone is an offset, got the string `2024-05-17 10:30 CET`
          help: write `Z` or an offset such as `+02:00` in place of the name
        error[attribute.date]: `it` expected a date that is not also a count of seconds, got the string `20240517`
          help: write `YYYY-MM-DD`, or send milliseconds since 1970
        error[attribute.date]: `it` expected a date from 1970 to 2200 as a count, got the string `-1`
          help: send seconds, milliseconds, microseconds or nanoseconds since 1970, or write `YYYY-MM-DD`
        error[attribute.date]: `it` expected a date that does not need a clock, got the string `now`
          help: map it from a time of the event, such as `$.timestamp`
        error[attribute.date]: `it` expected a date, got the string `2024-05-17T10-30-00`
          help: write `YYYY-MM-DD`, or map it from a trait that holds a date
        ");
    }
}
