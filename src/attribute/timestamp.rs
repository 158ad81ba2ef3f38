//! `timestamp`: a moment, which Attio keeps to the nanosecond in UTC.

use super::{Example, Finding, To, moment};
use crate::diagnostic::Code;
use crate::json::Value;

const WHAT: &str = "a timestamp";
const CODE: Code = Code::AttributeTimestamp;

pub(super) const DESCRIPTION: &str = "\
A moment to the nanosecond, kept in UTC. Attio takes ISO 8601 text of any precision, or `{\"value\": ...}`, and assumes \
UTC where no offset is given; what is not said (the month, the time) is the first. Also taken: everything that a `date` \
takes, such as RFC 2822, JavaScript's `Date.toString()`, `May 17, 2024 at 10:30 AM`, and counts of seconds, \
milliseconds, microseconds or nanoseconds since 1970. Names of time zones are refused unless an offset stands beside \
them: `CET` does not say whether it is summer, and `CST` is America's or China's. In the form of RFC 2822 (`17 May 2024 \
03:30 PDT`) its American ones are taken.";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let moment = moment::read(CODE, WHAT, value, to)?;
    out.push_str("{\"value\":\"");
    let start = out.len();
    moment.write_timestamp(out);
    if moment.is_rounded {
        let message = format!(
            "`{}` was cut to `{}`, got {}",
            to.coercer.slug,
            &out[start..],
            value.describe()
        );
        to.findings.push(
            Finding::warning(Code::AttributeRounded, message)
                .help("Attio keeps nanoseconds: send at most 9 decimals of a second"),
        );
    }
    out.push_str("\"}");
    Ok(())
}

const DMY: &str = r#"{"date_order":"dmy"}"#;
const MDY: &str = r#"{"date_order":"mdy"}"#;

pub(super) const EXAMPLES: &[Example] = &[
    Example::documented(r#""2023""#, r#"{"value":"2023-01-01T00:00:00.000000000Z"}"#, "a year"),
    Example::documented(r#""2023-01""#, r#"{"value":"2023-01-01T00:00:00.000000000Z"}"#, "a month"),
    Example::documented(r#""2023-01-02""#, r#"{"value":"2023-01-02T00:00:00.000000000Z"}"#, "a day"),
    Example::documented(
        r#""2023-01-02T13:00""#,
        r#"{"value":"2023-01-02T13:00:00.000000000Z"}"#,
        "a minute",
    ),
    Example::documented(
        r#""2023-01-02T13:00:00""#,
        r#"{"value":"2023-01-02T13:00:00.000000000Z"}"#,
        "a second",
    ),
    Example::documented(
        r#""2023-01-02T13:00:00.000000000""#,
        r#"{"value":"2023-01-02T13:00:00.000000000Z"}"#,
        "a nanosecond",
    ),
    Example::documented(
        r#""2023-01-02T15:00:00.000000000+02:00""#,
        r#"{"value":"2023-01-02T13:00:00.000000000Z"}"#,
        "an offset",
    ),
    Example::documented(
        r#""2023-09-28T04:39:17""#,
        r#"{"value":"2023-09-28T04:39:17.000000000Z"}"#,
        "UTC is assumed",
    ),
    Example::documented(
        r#""2019-01-17T15:17:48.000000000Z""#,
        r#"{"value":"2019-01-17T15:17:48.000000000Z"}"#,
        "in full",
    ),
    Example::documented(
        r#"{"value":"2019-01-17T15:17:48.000000000Z"}"#,
        r#"{"value":"2019-01-17T15:17:48.000000000Z"}"#,
        "the object form",
    ),
    Example::documented(
        r#"[{"value":"2019-01-17T15:17:48Z"}]"#,
        r#"{"value":"2019-01-17T15:17:48.000000000Z"}"#,
        "a list of one",
    ),
    Example::documented(
        r#""2024-05-17T10:30:00.123Z""#,
        r#"{"value":"2024-05-17T10:30:00.123000000Z"}"#,
        "`toISOString()`",
    ),
    Example::documented(
        r#""2024-05-17T10:30-03:30""#,
        r#"{"value":"2024-05-17T14:00:00.000000000Z"}"#,
        "half an hour of offset",
    ),
    Example::documented(
        r#""2023-12-31T23:30:00.5-10:00""#,
        r#"{"value":"2024-01-01T09:30:00.500000000Z"}"#,
        "another year in UTC",
    ),
    Example::taken(
        r#"" 2024-05-17T10:30:00Z ""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "with spaces around it",
    ),
    Example::taken(
        "\"2024-05-17\u{200b}\"",
        r#"{"value":"2024-05-17T00:00:00.000000000Z"}"#,
        "a mark that nobody sees behind it",
    ),
    Example::taken(
        r#""2024-05-17 10:30:00""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "as databases write it",
    ),
    Example::taken(
        r#""2024-05-17 10:30:00.123456+00""#,
        r#"{"value":"2024-05-17T10:30:00.123456000Z"}"#,
        "as PostgreSQL writes it",
    ),
    Example::taken(
        r#""2024-05-17 10:30:00 UTC""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "as BigQuery writes it",
    ),
    Example::taken(
        r#""2024-05-17 12:30:00 +0200""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "as Ruby writes it",
    ),
    Example::taken(
        r#""2024-05-17 12:30:00.123456789 +0200 CEST""#,
        r#"{"value":"2024-05-17T10:30:00.123456789Z"}"#,
        "as Go writes it",
    ),
    Example::taken(
        r#""2024-05-17 18:30:00 +0800 CST""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "as Go writes it in China",
    ),
    Example::taken(
        r#""2024-05-17T12:30:00+02:00[Europe/Berlin]""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "as Java writes it",
    ),
    Example::taken(
        r#""2024-05-17T10:30:00,5Z""#,
        r#"{"value":"2024-05-17T10:30:00.500000000Z"}"#,
        "a comma before the decimals",
    ),
    Example::taken(
        r#""20240517T103000Z""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "without separators",
    ),
    Example::taken(
        r#""2024-05-17T24:00:00Z""#,
        r#"{"value":"2024-05-18T00:00:00.000000000Z"}"#,
        "the end of a day",
    ),
    Example::taken(
        r#""2016-12-31T23:59:60Z""#,
        r#"{"value":"2017-01-01T00:00:00.000000000Z"}"#,
        "a leap second",
    ),
    Example::taken(
        r#""2015-07-01T08:59:60.5+09:00""#,
        r#"{"value":"2015-07-01T00:00:00.500000000Z"}"#,
        "one in Tokyo",
    ),
    Example::taken(
        r#""Fri, 17 May 2024 10:30:00 GMT""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "`toUTCString()`",
    ),
    Example::taken(
        r#""Fri, 17 May 2024 05:30:00 -0500""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "RFC 2822",
    ),
    Example::taken(
        r#""17 May 2024 03:30 PDT""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "RFC 2822 with one of its zones",
    ),
    Example::taken(
        r#""Fri May 17 2024 12:30:00 GMT+0200 (Central European Summer Time)""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "`Date.toString()`",
    ),
    Example::taken(
        r#""Fri May 17 10:30:00 2024""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "`asctime`",
    ),
    Example::taken(
        r#""Fri May 17 10:30:00 2024 +0200""#,
        r#"{"value":"2024-05-17T08:30:00.000000000Z"}"#,
        "as Git writes it",
    ),
    Example::taken(
        r#""17/May/2024:12:30:00 +0200""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "a web server's log",
    ),
    Example::taken(
        r#""5/17/2024, 10:30:00 PM""#,
        r#"{"value":"2024-05-17T22:30:00.000000000Z"}"#,
        "`toLocaleString()` of an American",
    ),
    Example::taken(
        "\"5/17/2024, 12:30:00\u{202f}AM\"",
        r#"{"value":"2024-05-17T00:30:00.000000000Z"}"#,
        "with a narrow space, after midnight",
    ),
    Example::taken(
        r#""May 17, 2024 at 10:30 p.m.""#,
        r#"{"value":"2024-05-17T22:30:00.000000000Z"}"#,
        "as a person writes it",
    ),
    Example::taken(
        r#""17th May 2024 3pm""#,
        r#"{"value":"2024-05-17T15:00:00.000000000Z"}"#,
        "an hour",
    ),
    Example::taken(
        r#""2024/05/17 10:30""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "slashes, the year first",
    ),
    Example::taken(
        r#""17.05.2024 10:30""#,
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "dots; there is no 17th month",
    ),
    Example::taken(
        r#""03/04/2024 08:00""#,
        r#"{"value":"2024-04-03T08:00:00.000000000Z"}"#,
        "the day first",
    )
    .given(DMY),
    Example::taken(
        r#""03/04/2024 08:00""#,
        r#"{"value":"2024-03-04T08:00:00.000000000Z"}"#,
        "the month first",
    )
    .given(MDY),
    Example::taken(
        "1715941800",
        r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#,
        "seconds since 1970",
    ),
    Example::taken(
        "1715941800123",
        r#"{"value":"2024-05-17T10:30:00.123000000Z"}"#,
        "milliseconds",
    ),
    Example::taken(
        r#""1715941800123456""#,
        r#"{"value":"2024-05-17T10:30:00.123456000Z"}"#,
        "microseconds, as text",
    ),
    Example::taken(
        "1715941800123456789",
        r#"{"value":"2024-05-17T10:30:00.123456789Z"}"#,
        "nanoseconds",
    ),
    Example::taken(
        "1715941800.123456",
        r#"{"value":"2024-05-17T10:30:00.123456000Z"}"#,
        "seconds as a float",
    ),
    Example::taken(
        "1715941800123.25",
        r#"{"value":"2024-05-17T10:30:00.123250000Z"}"#,
        "milliseconds as a float",
    ),
    Example::taken("1715941800.0", r#"{"value":"2024-05-17T10:30:00.000000000Z"}"#, "a whole float"),
    Example::taken(
        "1.7159418001235e12",
        r#"{"value":"2024-05-17T10:30:00.123500000Z"}"#,
        "milliseconds with an exponent",
    ),
    Example::taken("0", r#"{"value":"1970-01-01T00:00:00.000000000Z"}"#, "the first second"),
    Example::taken("2024", r#"{"value":"2024-01-01T00:00:00.000000000Z"}"#, "four digits are a year"),
    Example::taken(
        r#""2024-05-17T10:30:00.1234567891Z""#,
        r#"{"value":"2024-05-17T10:30:00.123456789Z"}"#,
        "finer than a nanosecond",
    )
    .finding(&[Code::AttributeRounded]),
    Example::documented("null", "null", "`null` unsets"),
    Example::omitted(r#""""#, "blank strings are left out"),
    Example::refused(r#""""#, CODE, "a blank string is no timestamp").given(r#"{"empty_strings":"keep"}"#),
    Example::refused(r#""03/04/2024 08:00""#, Code::AttributeDateOrder, "March, or April?"),
    Example::refused(r#""2024-05-17 10:30:00 CET""#, CODE, "a zone's name"),
    Example::refused(r#""2024-05-17 10:30:00 CST""#, CODE, "Chicago's, or Shanghai's?"),
    Example::refused(r#""Fri May 17 10:30:00 CST 2024""#, CODE, "the same in Java's `Date.toString()`"),
    Example::refused(r#""17th May 2024 3pm EST""#, CODE, "New York's, or Sydney's?"),
    Example::refused(r#""2024-05-17T10:30:00Z+02:00""#, CODE, "UTC, and an offset"),
    Example::refused(r#""Fri, 17 May 2024 10:30:00 EST+02:00""#, CODE, "New York, and an offset"),
    Example::refused(r#""2024-05-17T10:30:00[Europe/Berlin]""#, CODE, "a zone's name alone"),
    Example::refused(r#""Fri May 17 10:30:00 CEST 2024""#, CODE, "the same in Java's `Date.toString()`"),
    Example::refused(r#""2024-05-17T10:60:00Z""#, CODE, "no 60th minute"),
    Example::refused(r#""2024-05-17T10:59:60Z""#, CODE, "no leap second"),
    Example::refused(r#""2016-12-31T23:59:60-05:00""#, CODE, "no leap second in UTC"),
    Example::refused(r#""2024-05-17 13:30 PM""#, CODE, "no 13th hour of the afternoon"),
    Example::refused(r#""2024-05-17T10:30:00+25:00""#, CODE, "no such offset"),
    Example::refused(r#""2024-05-17T10:30:00+0200 UTC""#, CODE, "two zones"),
    Example::refused(r#""0001-01-01T00:00:00+01:00""#, CODE, "before the year 1 in UTC"),
    Example::refused(r#""2024-05-17+02:00""#, CODE, "a day of another zone"),
    Example::refused(r#""Sat, 17 May 2024 10:30:00 GMT""#, CODE, "it was a Friday"),
    Example::refused(r#""5/17/24, 10:30 AM""#, CODE, "which century?"),
    Example::refused("20240517103000", CODE, "a moment, or a count of microseconds?"),
    Example::refused("-1", CODE, "a count from before 1970"),
    Example::refused("12.5", CODE, "neither"),
    Example::refused(r#""now""#, CODE, "there is no clock"),
    Example::refused(r#""10:30:00""#, CODE, "a time alone"),
    Example::refused(r#""2 days ago""#, CODE, "relative to what?"),
    Example::refused(r#""P3D""#, CODE, "a duration"),
    Example::refused("false", CODE, "a boolean"),
    Example::refused(r#"{"value":{}}"#, CODE, "an object inside"),
    Example::refused(r#"{"seconds":1715941800}"#, Code::AttributeUnknownKey, "another key"),
    Example::refused(r#"["2024","2025"]"#, Code::AttributeTooMany, "which of the two?"),
];

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{of, said};
    use crate::schema::AttributeType;

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let timestamp = of(AttributeType::Timestamp);
        let texts = [
            r#""soon""#,
            r#""03/04/2024""#,
            "-1",
            r#""2024-05-17T10:30:00.1234567891Z""#,
        ];
        let texts = texts.map(|input| said(&timestamp, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.timestamp]: `it` expected a timestamp, got the string `soon`
          help: write `YYYY-MM-DDTHH:MM:SSZ`, or map it from a trait that holds a timestamp
        error[attribute.date_order]: `it` expected a timestamp that can be read one way, got the string `03/04/2024`
          help: write `YYYY-MM-DDTHH:MM:SSZ`, or set `date_order` to `mdy` or `dmy`
        error[attribute.timestamp]: `it` expected a timestamp from 1970 to 2200 as a count, got the number `-1`
          help: send seconds, milliseconds, microseconds or nanoseconds since 1970, or write `YYYY-MM-DDTHH:MM:SSZ`
        warning[attribute.rounded]: `it` was cut to `2024-05-17T10:30:00.123456789Z`, got the string `2024-05-17T10:30:00.1234567891Z`
          help: Attio keeps nanoseconds: send at most 9 decimals of a second
        ");
    }
}
