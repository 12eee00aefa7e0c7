//! Tests of the redaction: written shapes, what must stay, and properties.
//! The last one prints figures on Microsoft's presidio-research set when `REFRAIN_PII_DATA` names its file.

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

#[test]
fn figures() {
    let Ok(path) = std::env::var("REFRAIN_PII_DATA") else { return };
    let samples: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let kinds = [
        ("EMAIL_ADDRESS", "EMAIL"),
        ("CREDIT_CARD", "CARD"),
        ("IBAN_CODE", "IBAN"),
        ("PHONE_NUMBER", "PHONE"),
    ];
    let mut counts = [[0_usize; 4]; 4]; // gold, found exactly, hidden by any placeholder, predicted
    let (mut bytes, mut leaked) = (0, 0);
    let texts: Vec<&str> =
        samples.as_array().unwrap().iter().map(|s| s["full_text"].as_str().unwrap()).collect();
    for sample in samples.as_array().unwrap() {
        let text = sample["full_text"].as_str().unwrap();
        bytes += text.len();
        let redacted = redact(text).map_or_else(|| text.to_owned(), |found| found.0);
        let spans = super::spans(text);
        for (kind, (gold, ours)) in kinds.iter().enumerate() {
            let predicted: Vec<_> = spans.iter().filter(|span| span.0 == *ours).collect();
            counts[kind][3] += predicted.len();
            for span in sample["spans"].as_array().unwrap().iter().filter(|span| span["entity_type"] == *gold)
            {
                let range = (
                    span["start_position"].as_u64().unwrap() as usize,
                    span["end_position"].as_u64().unwrap() as usize,
                );
                let overlap = |start: usize, end: usize| {
                    let both = end.min(range.1).saturating_sub(start.max(range.0));
                    both as f64 / (end.max(range.1) - start.min(range.0)) as f64
                };
                counts[kind][0] += 1;
                counts[kind][1] += usize::from(predicted.iter().any(|span| overlap(span.1, span.2) >= 0.9));
                let value = span["entity_value"].as_str().unwrap();
                let hidden = !redacted.contains(value);
                counts[kind][2] += usize::from(hidden);
                if !hidden {
                    leaked += value.chars().count();
                    println!("left: {value:?} in {text:?}");
                }
            }
            for span in predicted {
                let is_gold = sample["spans"].as_array().unwrap().iter().any(|s| {
                    s["entity_type"] == *gold
                        && s["start_position"].as_u64().unwrap() < span.2 as u64
                        && s["end_position"].as_u64().unwrap() > span.1 as u64
                });
                if !is_gold {
                    let value: String = text.chars().skip(span.1).take(span.2 - span.1).collect();
                    println!("extra {ours}: {value:?}");
                }
            }
        }
    }
    for (kind, [gold, exact, hidden, predicted]) in kinds.iter().zip(counts) {
        println!(
            "{}: gold {gold} recall(IoU>=0.9) {:.3} hidden {:.3} precision {:.3}",
            kind.1,
            exact as f64 / gold as f64,
            hidden as f64 / gold as f64,
            exact as f64 / predicted.max(1) as f64
        );
    }
    println!("leaked characters {leaked}");
    let start = std::time::Instant::now();
    for _ in 0..50 {
        for text in &texts {
            std::hint::black_box(redact(text));
        }
    }
    println!("redact: {:.0} MB/s on this set", 50.0 * bytes as f64 / 1e6 / start.elapsed().as_secs_f64());
    let plain = "The lock does not open, order 482135, I have been waiting for twelve days. ".repeat(4);
    let start = std::time::Instant::now();
    for _ in 0..100_000 {
        std::hint::black_box(redact(&plain));
    }
    println!(
        "redact: {:.0} MB/s where nothing is found",
        100_000.0 * plain.len() as f64 / 1e6 / start.elapsed().as_secs_f64()
    );
}
