use super::*;

#[test]
fn domains_are_bare_host_names() {
    let ways = [json!("app.attio.com"), json!({"domain": "APP.attio.com"})];
    accepts(
        "domain",
        &ways,
        &json!({"domain": "app.attio.com", "root_domain": "attio.com"}),
    );
    refuses(
        "domain",
        &[
            json!("https://attio.com"),
            json!("attio"),
            json!("attio.com/x"),
            json!("a@attio.com"),
        ],
    );
    refuses(
        "domain",
        &[
            json!("127.0.0.1"),
            json!("-a.com"),
            json!("a..com"),
            json!(".com"),
            json!("münchen.de"),
            json!(1),
        ],
    );
    refuses(
        "domain",
        &[
            json!("attio.com."),
            json!({"domain": "a.com", "root_domain": "a.com"}),
        ],
    );
}

#[test]
fn email_addresses_have_a_valid_local_part_and_domain() {
    let ways = [
        json!("person@company.com"),
        json!({"email_address": "person@company.com"}),
    ];
    accepts(
        "email_address",
        &ways,
        &json!({
            "original_email_address": "person@company.com", "email_address": "person@company.com",
            "email_domain": "company.com", "email_root_domain": "company.com", "email_local_specifier": "person",
        }),
    );
    let bad = [
        "person",
        "@company.com",
        "person@",
        "per son@company.com",
        "person@company",
        ".a@company.com",
        "a..b@c.com",
    ];
    refuses("email_address", &bad.map(|bad| json!(bad)));
    refuses(
        "email_address",
        &[
            json!("Jane <jane@company.com>"),
            json!("mailto:jane@company.com "),
            json!(7),
        ],
    );
}

#[test]
fn local_parts_may_be_quoted_or_of_other_scripts() {
    for address in [
        "josé@acme.es",
        "用户@example.cn",
        "\"jane doe\"@acme.com",
        "\"a@b\\\"c\"@acme.com",
    ] {
        let read = write_to("email_address", json!(address)).unwrap();
        assert_eq!(read[0]["original_email_address"], address);
    }
    let bad = [
        "\u{200b}a@acme.com",
        "a\u{a0}b@acme.com",
        "\"a\"b\"@acme.com",
        "\"a@acme.com",
        "\"a\\\"@acme.com",
    ];
    refuses("email_address", &bad.map(|bad| json!(bad)));
}

#[test]
fn numbers_of_no_country_are_read_without_one() {
    let read = write_to("phone_number", json!("+80012345678")).unwrap();
    assert_eq!(read[0]["country_code"], Value::Null);
    assert_eq!(read[0]["phone_number"], "+80012345678");
    let in_brackets =
        |number: &str| write_to("phone_number", json!(number)).unwrap()[0]["phone_number"].clone();
    assert_eq!(in_brackets("+44 (0)121 234 5678"), "+441212345678");
    assert_eq!(in_brackets("+39 (0)2 1234 5678"), "+390212345678");
}

#[test]
fn phone_numbers_need_a_country() {
    let read = |original: &str, number: &str, country: &str| {
        json!({
            "original_phone_number": original, "country_code": country,
            "phone_number": number, "normalized_phone_number": number,
        })
    };
    let phone = |number: &str, country: Value| json!({"original_phone_number": number, "country_code": country});
    let number = "+447777777777";
    let ways = [
        json!(number),
        phone(number, json!("GB")),
        phone(number, Value::Null),
    ];
    accepts("phone_number", &ways, &read(number, number, "GB"));
    accepts(
        "phone_number",
        &[phone("+44 7777777777", Value::Null)],
        &read("+44 7777777777", number, "GB"),
    );
    accepts(
        "phone_number",
        &[phone("07777 777777", json!("GB"))],
        &read("07777 777777", number, "GB"),
    );
    accepts(
        "phone_number",
        &[phone("+15558675309", json!("US"))],
        &read("+15558675309", "+15558675309", "US"),
    );
    accepts(
        "phone_number",
        &[json!("+14165550123")],
        &read("+14165550123", "+14165550123", "CA"),
    );
    refuses(
        "phone_number",
        &[
            json!("5558675309"),
            json!("+1123"),
            json!("+11234567890"),
            json!("call me"),
            json!("+"),
        ],
    );
    refuses(
        "phone_number",
        &[
            json!("+99912345678"),
            json!("+441234567890123456"),
            json!(447_777_777_777_u64),
        ],
    );
    refuses(
        "phone_number",
        &[
            phone(number, json!("US")),
            phone(number, json!("UK")),
            phone("7777777777", Value::Null),
        ],
    );
    refuses(
        "phone_number",
        &[
            json!({"original_phone_number": number}),
            json!({"country_code": "GB"}),
        ],
    );
}

#[test]
fn names_have_all_three_parts() {
    let read = json!({"first_name": "John", "last_name": "Smith", "full_name": "John Smith"});
    accepts(
        "personal_name",
        &[read.clone(), json!("Smith, John")],
        &read,
    );
    accepts(
        "personal_name",
        &[json!("van der Berg, Jane, Dr.")],
        &json!({"first_name": "Jane, Dr.", "last_name": "van der Berg", "full_name": "Jane, Dr. van der Berg"}),
    );
    accepts(
        "personal_name",
        &[json!("Cher")],
        &json!({"first_name": "Cher", "last_name": "", "full_name": "Cher"}),
    );
    refuses(
        "personal_name",
        &[
            json!({"first_name": "John", "last_name": "Smith"}),
            json!({"value": "John Smith"}),
        ],
    );
    refuses(
        "personal_name",
        &[
            json!({"first_name": "J", "last_name": null, "full_name": "J"}),
            json!(1),
        ],
    );
}

#[test]
fn locations_have_all_ten_keys() {
    let apple = json!({
        "line_1": "1 Infinite Loop", "line_2": null, "line_3": null, "line_4": null, "locality": "Cupertino",
        "region": "CA", "postcode": "95014", "country_code": "US", "latitude": "37.331741", "longitude": "-122.030333",
    });
    accepts("location", std::slice::from_ref(&apple), &apple);
    let mut parsed = apple.clone();
    (parsed["latitude"], parsed["longitude"]) = (Value::Null, Value::Null);
    accepts(
        "location",
        &[json!("1 Infinite Loop, Cupertino, CA, 95014, US")],
        &parsed,
    );
    let with = |key: &str, value: Value| {
        let mut location = apple.clone();
        location[key] = value;
        location
    };
    let mut missing = apple.clone();
    missing.as_object_mut().unwrap().remove("line_4");
    refuses(
        "location",
        &[
            missing,
            with("line_5", json!("x")),
            with("postcode", json!(95014)),
            json!(" , "),
            json!(1),
        ],
    );
    refuses(
        "location",
        &[
            with("country_code", json!("USA")),
            with("country_code", json!("us")),
        ],
    );
    refuses(
        "location",
        &[
            with("latitude", json!("91")),
            with("longitude", json!("180.5")),
            with("latitude", json!("north")),
        ],
    );
    refuses(
        "location",
        &[
            with("latitude", json!(37.3)),
            with("latitude", json!("037.3")),
            with("latitude", json!("1.")),
        ],
    );
}
