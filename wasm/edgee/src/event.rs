//! An event of Edgee as one of the Segment spec.
//!
//! `user` becomes `identify`, `track` and `page` stay what they are. Fields that Edgee leaves empty are left out, and
//! so is a property `null`: Edgee makes a text of every scalar, so that is what an absent value has become. All other
//! properties stay texts; a text `42` may have been a number or a text, and every attribute type reads it.
//! What the spec has no place for (Edgee's id, consent, session) stands in `context.edgee`. Not passed on are the parts
//! of the user agent, which no record has a use for.

use std::borrow::Cow;

use attio_destination::event::EventTime;
use attio_destination::json::{Object, Value};

use crate::bindings::exports::edgee::components::data_collection::{
    Campaign, Client, Consent, Context, Data, Dict, Event, PageData, Session, UserData,
};

const NANOS_PER_MICRO: i64 = 1_000;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// When the event happened, to the microsecond.
///
/// # Errors
/// When that is before 1677 or after 2262.
pub(crate) fn time(event: &Event) -> Result<EventTime, String> {
    let nanos = event.timestamp_micros.checked_mul(NANOS_PER_MICRO);
    nanos.map(EventTime::from_nanos).ok_or_else(|| {
        format!(
            "the event cannot be planned\n`timestamp-micros` expected microseconds since 1970 within the years 1678 to \
             2261, got {}",
            event.timestamp_micros
        )
    })
}

/// The event as JSON.
pub(crate) fn json(event: &Event, time: EventTime) -> String {
    let (kind, user, own) = match &event.data {
        Data::User(user) => (
            "identify",
            user,
            vec![("traits", Some(object(properties(&user.properties))))],
        ),
        Data::Track(track) => {
            let mut all: Vec<_> = properties(&track.properties).collect();
            if !track.products.is_empty() {
                let products = track.products.iter();
                let products = products.map(|product| object(properties(product)));
                all.push(("products", Value::Array(products.collect())));
            }
            let own = vec![
                ("event", text(&track.name)),
                ("properties", Some(object(all))),
            ];
            ("track", &event.context.user, own)
        }
        Data::Page(page) => {
            let fields = page_fields(page).chain([
                ("name", text(&page.name)),
                ("category", text(&page.category)),
            ]);
            let fields = fields.filter_map(|(name, value)| Some((name, value?)));
            let own = vec![
                ("name", text(&page.name)),
                ("category", text(&page.category)),
                (
                    "properties",
                    Some(object(fields.chain(properties(&page.properties)))),
                ),
            ];
            ("page", &event.context.user, own)
        }
    };
    let others = &event.context.user;
    let either = |one, other| text(one).or_else(|| text(other));
    let members = [
        ("type", text(kind)),
        ("messageId", text(&event.uuid)),
        ("timestamp", Some(moment(time))),
        ("userId", either(&user.user_id, &others.user_id)),
        (
            "anonymousId",
            either(&user.anonymous_id, &others.anonymous_id)
                .or_else(|| either(&user.edgee_id, &others.edgee_id)),
        ),
    ];
    let context = ("context", context(&event.context, user, event.consent));
    some(members.into_iter().chain(own).chain([context]))
        .unwrap_or(Value::Null)
        .to_json()
}

fn context<'e>(
    context: &'e Context,
    user: &'e UserData,
    consent: Option<Consent>,
) -> Option<Value<'e>> {
    let client = &context.client;
    let consent = consent.and_then(|consent| {
        text(match consent {
            Consent::Pending => "pending",
            Consent::Granted => "granted",
            Consent::Denied => "denied",
        })
    });
    let id = text(&user.edgee_id).or_else(|| text(&context.user.edgee_id));
    some([
        (
            "traits",
            some(properties(&context.user.properties).map(|(name, value)| (name, Some(value)))),
        ),
        ("page", some(page_fields(&context.page))),
        ("campaign", campaign(&context.campaign)),
        ("ip", text(&client.ip)),
        ("locale", text(&client.locale)),
        ("timezone", text(&client.timezone)),
        ("userAgent", text(&client.user_agent)),
        (
            "os",
            some([
                ("name", text(&client.os_name)),
                ("version", text(&client.os_version)),
            ]),
        ),
        ("device", some([("model", text(&client.user_agent_model))])),
        ("screen", screen(client)),
        ("location", location(client)),
        (
            "edgee",
            some([
                ("id", id),
                ("consent", consent),
                ("session", session(&context.session)),
            ]),
        ),
    ])
}

fn page_fields<'e>(page: &'e PageData) -> impl Iterator<Item = (&'e str, Option<Value<'e>>)> {
    let keywords = page.keywords.iter().filter_map(|word| text(word));
    let keywords: Vec<_> = keywords.collect();
    [
        ("title", text(&page.title)),
        ("url", text(&page.url)),
        ("path", text(&page.path)),
        ("search", text(&page.search)),
        ("referrer", text(&page.referrer)),
        (
            "keywords",
            (!keywords.is_empty()).then_some(Value::Array(keywords)),
        ),
    ]
    .into_iter()
}

fn campaign(campaign: &Campaign) -> Option<Value<'_>> {
    some([
        ("name", text(&campaign.name)),
        ("source", text(&campaign.source)),
        ("medium", text(&campaign.medium)),
        ("term", text(&campaign.term)),
        ("content", text(&campaign.content)),
        ("creativeFormat", text(&campaign.creative_format)),
        ("marketingTactic", text(&campaign.marketing_tactic)),
    ])
}

fn screen(client: &Client) -> Option<Value<'_>> {
    let pixels = |count: i32| (count != 0).then(|| number(count));
    let density = client.screen_density;
    some([
        ("width", pixels(client.screen_width)),
        ("height", pixels(client.screen_height)),
        (
            "density",
            (density.is_finite() && density != 0.0).then(|| number(density)),
        ),
    ])
}

fn location(client: &Client) -> Option<Value<'_>> {
    some([
        ("city", text(&client.city)),
        ("region", text(&client.region)),
        ("country", text(&client.country_name)),
        ("countryCode", text(&client.country_code)),
        ("continent", text(&client.continent)),
    ])
}

fn session(session: &Session) -> Option<Value<'_>> {
    let seen = |seconds: i64| {
        let nanos = seconds.checked_mul(NANOS_PER_SECOND)?;
        (seconds != 0).then(|| moment(EventTime::from_nanos(nanos)))
    };
    text(&session.session_id)?;
    some([
        ("id", text(&session.session_id)),
        ("previousId", text(&session.previous_session_id)),
        ("count", Some(number(session.session_count))),
        ("start", Some(Value::Bool(session.session_start))),
        ("firstSeen", seen(session.first_seen)),
        ("lastSeen", seen(session.last_seen)),
    ])
}

fn properties(dict: &Dict) -> impl Iterator<Item = (&str, Value<'_>)> {
    let there = dict.iter().filter(|(_, value)| value != "null");
    there.map(|(name, value)| (name.as_str(), Value::String(Cow::Borrowed(value))))
}

fn object<'e>(members: impl IntoIterator<Item = (&'e str, Value<'e>)>) -> Value<'e> {
    let members = members.into_iter();
    let members = members.map(|(name, value)| (Cow::Borrowed(name), value));
    Value::Object(members.collect::<Object<'_>>())
}

/// An object of the members that are there; none when there are none.
fn some<'e>(members: impl IntoIterator<Item = (&'e str, Option<Value<'e>>)>) -> Option<Value<'e>> {
    let members = members.into_iter();
    let mut members = members
        .filter_map(|(name, value)| Some((name, value?)))
        .peekable();
    members.peek()?;
    Some(object(members))
}

fn text(text: &str) -> Option<Value<'_>> {
    (!text.is_empty()).then_some(Value::String(Cow::Borrowed(text)))
}

fn number(number: impl ToString) -> Value<'static> {
    Value::Number(Cow::Owned(number.to_string()))
}

fn moment(time: EventTime) -> Value<'static> {
    Value::String(Cow::Owned(time.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::exports::edgee::components::data_collection::{EventType, TrackData};

    fn dict(pairs: &[(&str, &str)]) -> Dict {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(pair).collect()
    }

    fn user(id: &str, properties: &[(&str, &str)]) -> UserData {
        UserData {
            user_id: id.to_owned(),
            anonymous_id: String::new(),
            edgee_id: "edgee-1".to_owned(),
            properties: dict(properties),
        }
    }

    fn page() -> PageData {
        PageData {
            name: "Prices".to_owned(),
            category: "Shop".to_owned(),
            keywords: vec!["a".to_owned(), "b".to_owned()],
            title: "Our prices".to_owned(),
            url: "https://example.com/prices?x=1".to_owned(),
            path: "/prices".to_owned(),
            search: "?x=1".to_owned(),
            referrer: "https://example.org".to_owned(),
            properties: dict(&[("title", "Mine"), ("plan", "pro")]),
        }
    }

    /// An event whose context has every field.
    fn full(event_type: EventType, data: Data) -> Event {
        let text = |text: &str| text.to_owned();
        Event {
            uuid: text("event-1"),
            timestamp: 1_767_225_600,
            timestamp_millis: 1_767_225_600_123,
            timestamp_micros: 1_767_225_600_123_456,
            event_type,
            data,
            context: Context {
                page: page(),
                user: user("user-1", &[("email", "ada@example.com")]),
                client: Client {
                    ip: text("198.51.100.7"),
                    locale: text("en-gb"),
                    timezone: text("Europe/London"),
                    user_agent: text("Mozilla/5.0"),
                    user_agent_architecture: text("x86"),
                    user_agent_bitness: text("64"),
                    user_agent_version_list: text("Chromium;132"),
                    user_agent_full_version_list: text("Chromium;132.0.0.0"),
                    user_agent_mobile: text("0"),
                    user_agent_model: text("Nexus 6"),
                    os_name: text("Linux"),
                    os_version: text("6.12"),
                    screen_width: 1440,
                    screen_height: 960,
                    screen_density: 1.5,
                    continent: text("Europe"),
                    country_code: text("GB"),
                    country_name: text("United Kingdom"),
                    region: text("England"),
                    city: text("London"),
                },
                campaign: Campaign {
                    name: text("spring"),
                    source: text("letter"),
                    medium: text("email"),
                    term: text("prices"),
                    content: text("button"),
                    creative_format: text("text"),
                    marketing_tactic: text("remind"),
                },
                session: Session {
                    session_id: text("2"),
                    previous_session_id: text("1"),
                    session_count: 2,
                    session_start: true,
                    first_seen: 1_764_547_200,
                    last_seen: 1_767_225_600,
                },
            },
            consent: Some(Consent::Granted),
        }
    }

    fn parsed(event: &Event) -> serde_json::Value {
        serde_json::from_str(&json(event, time(event).unwrap())).unwrap()
    }

    /// All but the context.
    fn own(event: &Event) -> String {
        let mut event = parsed(event);
        event.as_object_mut().unwrap().shift_remove("context");
        serde_json::to_string_pretty(&event).unwrap()
    }

    #[test]
    fn a_user_is_an_identify_with_its_context() {
        let data = Data::User(user(
            "user-2",
            &[("age", "42"), ("phone", "null"), ("age", "43")],
        ));
        let event = parsed(&full(EventType::User, data));
        insta::assert_snapshot!(serde_json::to_string_pretty(&event).unwrap(), @r#"
        {
          "type": "identify",
          "messageId": "event-1",
          "timestamp": "2026-01-01T00:00:00.123456000Z",
          "userId": "user-2",
          "anonymousId": "edgee-1",
          "traits": {
            "age": "43"
          },
          "context": {
            "traits": {
              "email": "ada@example.com"
            },
            "page": {
              "title": "Our prices",
              "url": "https://example.com/prices?x=1",
              "path": "/prices",
              "search": "?x=1",
              "referrer": "https://example.org",
              "keywords": [
                "a",
                "b"
              ]
            },
            "campaign": {
              "name": "spring",
              "source": "letter",
              "medium": "email",
              "term": "prices",
              "content": "button",
              "creativeFormat": "text",
              "marketingTactic": "remind"
            },
            "ip": "198.51.100.7",
            "locale": "en-gb",
            "timezone": "Europe/London",
            "userAgent": "Mozilla/5.0",
            "os": {
              "name": "Linux",
              "version": "6.12"
            },
            "device": {
              "model": "Nexus 6"
            },
            "screen": {
              "width": 1440,
              "height": 960,
              "density": 1.5
            },
            "location": {
              "city": "London",
              "region": "England",
              "country": "United Kingdom",
              "countryCode": "GB",
              "continent": "Europe"
            },
            "edgee": {
              "id": "edgee-1",
              "consent": "granted",
              "session": {
                "id": "2",
                "previousId": "1",
                "count": 2,
                "start": true,
                "firstSeen": "2025-12-01T00:00:00.000000000Z",
                "lastSeen": "2026-01-01T00:00:00.000000000Z"
              }
            }
          }
        }
        "#);
    }

    #[test]
    fn a_track_has_its_products_and_the_ids_of_the_context() {
        let data = Data::Track(TrackData {
            name: "Order Completed".to_owned(),
            properties: dict(&[("total", "99.5"), ("products", "none")]),
            products: vec![dict(&[("sku", "S-1"), ("colour", "null")]), dict(&[])],
        });
        insta::assert_snapshot!(own(&full(EventType::Track, data)), @r#"
        {
          "type": "track",
          "messageId": "event-1",
          "timestamp": "2026-01-01T00:00:00.123456000Z",
          "userId": "user-1",
          "anonymousId": "edgee-1",
          "event": "Order Completed",
          "properties": {
            "total": "99.5",
            "products": [
              {
                "sku": "S-1"
              },
              {}
            ]
          }
        }
        "#);
    }

    #[test]
    fn a_page_has_its_fields_under_its_properties() {
        let data = Data::Page(page());
        insta::assert_snapshot!(own(&full(EventType::Page, data)), @r#"
        {
          "type": "page",
          "messageId": "event-1",
          "timestamp": "2026-01-01T00:00:00.123456000Z",
          "userId": "user-1",
          "anonymousId": "edgee-1",
          "name": "Prices",
          "category": "Shop",
          "properties": {
            "title": "Mine",
            "url": "https://example.com/prices?x=1",
            "path": "/prices",
            "search": "?x=1",
            "referrer": "https://example.org",
            "keywords": [
              "a",
              "b"
            ],
            "name": "Prices",
            "category": "Shop",
            "plan": "pro"
          }
        }
        "#);
    }

    #[test]
    fn what_is_empty_is_left_out() {
        let nobody = || UserData {
            edgee_id: String::new(),
            ..user("", &[])
        };
        let mut event = full(EventType::User, Data::User(nobody()));
        let none = || PageData {
            name: String::new(),
            category: String::new(),
            keywords: vec![String::new()],
            title: String::new(),
            url: String::new(),
            path: String::new(),
            search: String::new(),
            referrer: String::new(),
            properties: Vec::new(),
        };
        event.uuid = String::new();
        event.consent = None;
        event.context.page = none();
        event.context.user = nobody();
        event.context.session.session_id = String::new();
        event.context.client.screen_density = f32::NAN;
        event.context.client.screen_width = 0;
        event.context.client.screen_height = 0;
        let event = parsed(&event);
        let keys = |value: &serde_json::Value| {
            let keys: Vec<&str> = value
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            keys.join(" ")
        };
        insta::assert_snapshot!(keys(&event), @"type timestamp traits context");
        insta::assert_snapshot!(keys(&event["context"]), @"campaign ip locale timezone userAgent os device location");
    }

    #[test]
    fn a_moment_is_kept_to_the_microsecond_or_refused() {
        let mut event = full(EventType::User, Data::User(user("user-1", &[])));
        assert_eq!(
            parsed(&event)["timestamp"],
            "2026-01-01T00:00:00.123456000Z"
        );
        event.timestamp_micros = -1;
        assert_eq!(
            parsed(&event)["timestamp"],
            "1969-12-31T23:59:59.999999000Z"
        );
        event.timestamp_micros = i64::MAX;
        insta::assert_snapshot!(time(&event).unwrap_err(), @"
        the event cannot be planned
        `timestamp-micros` expected microseconds since 1970 within the years 1678 to 2261, got 9223372036854775807
        ");
    }
}
