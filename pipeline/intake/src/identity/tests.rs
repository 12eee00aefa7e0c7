//! Normalisation of phone numbers and addresses.

use super::*;

#[track_caller]
fn check(text: &str, region: &str, expect: Option<&str>) {
    let identity = Identity::phone_or_email(text, region);
    assert_eq!(identity.as_ref().map(Identity::value), expect, "{text}");
}

#[test]
fn one_number_has_one_form() {
    let spellings = [
        "612345678",
        "612 34 56 78",
        "+34612345678",
        "+34 612-345-678",
        "0034612345678",
        "tel:+34612345678",
        "+34 (0)612345678",
    ];
    for text in spellings {
        check(text, "ES", Some("+34612345678"));
    }
    check("0917 123 4567", "PH", Some("+639171234567"));
    check("0034 612 34 56 78", "PH", Some("+34612345678"));
    check("06 12 34 56 78", "FR", Some("+33612345678"));
    check("+39 06 1234 5678", "ES", Some("+390612345678"));
    check("(202) 555-0147", "US", Some("+12025550147"));
}

#[test]
fn what_is_nobodys_number_is_none() {
    for text in
        ["", " ", "anonymous", "withheld", "Unknown", "<unknown>", "s", "2001", "8.61E+12", "8,61E+12"]
    {
        check(text, "ES", None);
    }
    for text in ["sip:Private@anonymous.invalid", "+0123456789", "+1234567890123456", "612345678x"] {
        check(text, "ES", None);
    }
    check("612345678", "", None);
}

#[test]
fn addresses_are_lower_case() {
    check(" Ana.Pérez@Example.ORG ", "ES", Some("ana.pérez@example.org"));
    check("mailto:a@b.co", "", Some("a@b.co"));
    check("a@b", "", None);
    check("a b@c.de", "", None);
}

#[test]
fn debug_shows_no_value() {
    let identity = Identity::phone("+34612345678", "ES").unwrap();
    assert_eq!(format!("{identity:?}"), "Identity(phone)");
}
