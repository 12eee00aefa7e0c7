//! Tests of the redaction: written shapes, what must stay, and properties.

use proptest::prelude::*;

use super::redact;

#[track_caller]
fn check(text: &str, expected: &str) {
    let redacted = redact(text);
    if text == expected {
        assert_eq!(redacted, None, "{text}");
        return;
    }
    let (redacted, count) = redacted.unwrap_or_else(|| panic!("nothing found in {text:?}"));
    assert_eq!(redacted, expected);
    assert_eq!(count as usize, expected.matches("_").count(), "{text}");
    assert_eq!(redact(&redacted), None, "redacting twice: {redacted}");
}

#[test]
fn common_texts_are_left_alone() {
    for text in [
        "",
        "The lock does not open.",
        "My order 482135 has not come for 12 days.",
        "I paid 49,90 € on 12.05.2026 at 14:30.",
        "2026-11-22 14:30:00 until 2026-11-23 08:00:00",
        "between 12/05/2026 and 14/05/2026",
        "It cost 1.234.567,89 EUR, or 12 500 000 zł.",
        "version 12.4.1, 24/7, 2019 2020",
        "serial SN123456789012",
        "from 192.168.100.200",
        "@refrain wrote to me",
        "a@b",
        "order 4821356",
    ] {
        check(text, text);
    }
}

#[test]
fn emails() {
    check("write to anna.berg@example.com.", "write to [EMAIL_1].");
    check("<Ana@Example.co.uk>, ana@example.co.uk and b_c@x-y.org", "<[EMAIL_1]>, [EMAIL_1] and [EMAIL_2]");
    check("我的信箱是anna@example.com謝謝", "我的信箱是[EMAIL_1]謝謝");
    check("アドレスはanna@example.co.jpです", "アドレスは[EMAIL_1]です");
    check("josé.núñez@correo.es", "[EMAIL_1]");
    check("пишите на иван@почта.рф, жду", "пишите на [EMAIL_1], жду");
    check("بريدي user@example.com، شكرا", "بريدي [EMAIL_1]، شكرا");
    check("anna＠example.com", "[EMAIL_1]");
}

#[test]
fn cards() {
    check("card 4111 1111 1111 1111 please", "card [CARD_1] please");
    check("4111-1111-1111-1111, 4111111111111111", "[CARD_1], [CARD_1]");
    check("amex 3782 822463 10005", "amex [CARD_1]");
    check("order 482135 4111 1111 1111 1111", "order 482135 [CARD_1]");
    check("٤١١١ ١١١١ ١١١١ ١١١١", "[CARD_1]");
    check("卡号4111111111111111有问题", "卡号[CARD_1]有问题");
}

#[test]
fn ibans() {
    check("ES91 2100 0418 4502 0005 1332", "[IBAN_1]");
    check("to gb82west12345698765432, thanks", "to [IBAN_1], thanks");
    check("DE89370400440532013000", "[IBAN_1]");
    check("my IBAN:NL91 ABNA 0417 1643 00.", "my IBAN:[IBAN_1].");
}

#[test]
fn phones() {
    for number in [
        "+34 612 345 678",
        "+49 (0)30 1234567",
        "0034 612345678",
        "(91) 234 56 78",
        "01.84.17.61.18",
        "0490 75 40 81",
        "612345678",
        "905-674-3793",
        "345-899-3560x4587",
        "467 3395",
        "13812345678",
        "+90 532 123 45 67",
        "030/1234567",
        "٠٥٠١٢٣٤٥٦٧",
    ] {
        check(&format!("{number} is my number"), "[PHONE_1] is my number");
        check(&format!("order 482135, {number}."), "order 482135, [PHONE_1].");
    }
    check("please call me on 91234567", "please call me on [PHONE_1]");
    check("电话13812345678谢谢", "电话[PHONE_1]谢谢");
    check("on 12.05.2026 0490 75 40 81", "on 12.05.2026 [PHONE_1]");
    check("612345678 or 698765432, again 612 345 678", "[PHONE_1] or [PHONE_2], again [PHONE_1]");
}

/// Digits with their check digit.
fn with_check_digit(mut digits: Vec<u8>) -> Vec<u8> {
    digits.push(0);
    let last = digits.len() - 1;
    while !super::number::is_luhn(&digits) {
        digits[last] += 1;
    }
    digits
}

/// Whether a run of digits and at most three separators holds 13 to 19 digits that pass the check.
fn has_card(text: &str) -> bool {
    let digits: Vec<u8> = text.chars().filter_map(super::digit_value).collect();
    (13..=19).contains(&digits.len()) && super::number::is_luhn(&digits)
}

proptest! {
    #[test]
    fn no_card_is_left(
        digits in proptest::collection::vec(0_u8..10, 12..19),
        separator in prop_oneof![Just(""), Just(" "), Just("-"), Just(".")],
        size in 2_usize..7,
        before in "[a-zа-я一-龥 ,]{0,12}",
        after in "[a-zא-ת， .]{0,12}",
    ) {
        prop_assume!(digits.iter().any(|&digit| digit != 0));
        let card = with_check_digit(digits);
        let written: Vec<String> =
            card.chunks(size).map(|chunk| chunk.iter().map(|digit| char::from(b'0' + digit)).collect()).collect();
        let text = format!("{before} {} {after}", written.join(separator));
        let (redacted, _) = redact(&text).unwrap_or((text.clone(), 0));
        prop_assert!(!has_card(&redacted), "{} -> {}", text, redacted);
    }

    #[test]
    fn no_email_is_left(
        local in "[a-z0-9][a-z0-9._+-]{0,10}[a-z0-9]",
        domain in "[a-z0-9]{1,8}(-[a-z0-9]{1,4})?\\.(com|es|co\\.uk|рф|中国)",
        before in "[ a-zж中ไ(<,]{0,10}",
        after in "[ .,)>中ไж]{0,6}",
    ) {
        let text = format!("{before}{local}@{domain}{after}");
        let (redacted, _) = redact(&text).unwrap_or((text.clone(), 0));
        let name = domain.split('.').next().unwrap_or_default();
        prop_assert!(!redacted.contains(&format!("@{name}")), "{} -> {}", text, redacted);
    }

    #[test]
    fn any_text_is_survived_and_redacting_twice_changes_nothing(text in "\\PC{0,80}") {
        if let Some((redacted, count)) = redact(&text) {
            prop_assert!(count > 0);
            prop_assert_eq!(redact(&redacted), None);
        }
    }

    #[test]
    fn digits_and_signs(text in "[0-9+()\\-./ :,@a-z€٣]{0,60}") {
        if let Some((redacted, _)) = redact(&text) {
            prop_assert!(redact(&redacted).is_none_or(|(twice, _)| twice.len() <= redacted.len() + 8));
        }
    }
}
