//! Tests of the language detector.
//! The last one measures it on the phrase books of the sample generator.

#![expect(clippy::disallowed_methods, reason = "tests write files and measure themselves")]

use super::{LANGUAGES, LanguageDetector};

#[track_caller]
fn check(detector: &LanguageDetector, text: &str, expected: Option<&str>) {
    assert_eq!(detector.detect(text).map(|detection| detection.language), expected, "{text}");
}

#[test]
fn scripts_and_sentences() {
    let detector = LanguageDetector::new();
    check(&detector, "", None);
    check(&detector, "12345 !?", None);
    check(&detector, "[EMAIL_1] [PHONE_1]", None);
    check(&detector, "The battery of my watch is empty after two hours.", Some("en"));
    check(&detector, "Die Batterie meiner Uhr ist nach zwei Stunden leer.", Some("de"));
    check(&detector, "La batería de mi reloj se agota en dos horas.", Some("es"));
    check(&detector, "La batterie de ma montre est vide au bout de deux heures.", Some("fr"));
    check(&detector, "La batteria del mio orologio si scarica in due ore.", Some("it"));
    check(&detector, "A bateria do meu relógio acaba em duas horas, não percebo.", Some("pt"));
    check(&detector, "De accu van mijn horloge is na twee uur leeg.", Some("nl"));
    check(&detector, "Bateria w moim zegarku pada po dwóch godzinach.", Some("pl"));
    check(&detector, "Saatimin pili iki saatte bitiyor, ne yapmalıyım?", Some("tr"));
    check(&detector, "Батарея садится за два часа.", Some("ru"));
    check(&detector, "البطارية تفرغ بعد ساعتين.", Some("ar"));
    check(&detector, "הסוללה נגמרת אחרי שעתיים.", Some("he"));
    check(&detector, "แบตหมดภายในสองชั่วโมง Halo Watch", Some("th"));
    check(&detector, "Halo Watch 배터리가 두 시간 만에 닳아요.", Some("ko"));
    check(&detector, "Halo Watchの電池が二時間で切れます。", Some("ja"));
    check(&detector, "車両故障、返金対応希望。売場変更", Some("ja"));
    check(&detector, "Halo Watch 的电池两个小时就没电了。", Some("zh-Hans"));
    check(&detector, "Halo Watch 的電池兩個小時就沒電了。", Some("zh-Hant"));
    check(&detector, "Mein Passwort geht nicht [EMAIL_1] https://example.com/the/english/words", Some("de"));
}

#[test]
fn labels_are_known_and_confidence_is_a_share() {
    let detector = LanguageDetector::new();
    for text in ["Hello there, how are you?", "你好", "xyz", "ок", "Привет hello", "กขค abc"]
    {
        let Some(detection) = detector.detect(text) else { continue };
        assert!(LANGUAGES.contains(&detection.language));
        assert!((0.0..=1.0).contains(&detection.confidence), "{text}: {}", detection.confidence);
    }
}

/// Statements of one part (`train`, `test`) of a phrase book, and whole texts composed of them.
fn texts(book: &toml::Table, part: &str) -> (Vec<String>, Vec<String>) {
    let list = |table: &toml::Value, key: &str| -> Vec<String> {
        let values = table[key].as_array().unwrap();
        values.iter().map(|value| fill(value.as_str().unwrap())).collect()
    };
    let common = &book["common"][part];
    let (greeting, lead, request) = (list(common, "greeting"), list(common, "lead"), list(common, "request"));
    let (mut short, mut whole) = (Vec::new(), Vec::new());
    for issue in book["issue"].as_table().unwrap().values() {
        let details = list(issue, &format!("detail_{part}"));
        for statement in list(issue, part) {
            let number = short.len();
            whole.push(format!(
                "{} {} {statement} {} {}",
                greeting[number % greeting.len()],
                lead[number % lead.len()],
                details[number % details.len()],
                request[number % request.len()]
            ));
            short.push(statement);
        }
    }
    (short, whole)
}

fn fill(text: &str) -> String {
    let slots = [
        ("{product}", "Halo Watch"),
        ("{order}", "482135"),
        ("{days}", "5"),
        ("{amount}", "49,90 €"),
        ("{city}", "Madrid"),
    ];
    slots.iter().fold(text.to_owned(), |text, (slot, value)| text.replace(slot, value))
}

#[test]
fn phrase_books() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample/phrases");
    let detector = LanguageDetector::new();
    for part in ["train", "test"] {
        let (mut short_right, mut short_count, mut whole_right, mut whole_count) = (0, 0, 0, 0);
        let (mut seconds, mut line) = (0.0, String::new());
        for language in LANGUAGES {
            let Ok(text) = std::fs::read_to_string(folder.join(format!("{language}.toml"))) else { continue };
            let (short, whole) = texts(&toml::from_str(&text).unwrap(), part);
            let right = |texts: &[String]| {
                texts
                    .iter()
                    .filter(|text| detector.detect(text).is_some_and(|found| found.language == language))
                    .count()
            };
            let start = std::time::Instant::now();
            let whole_hits = right(&whole);
            seconds += start.elapsed().as_secs_f64();
            let short_hits = right(&short);
            line += &format!(
                "{language} {:.3}/{:.3} ",
                short_hits as f64 / short.len() as f64,
                whole_hits as f64 / whole.len() as f64
            );
            (short_right, short_count) = (short_right + short_hits, short_count + short.len());
            (whole_right, whole_count) = (whole_right + whole_hits, whole_count + whole.len());
        }
        if whole_count == 0 {
            return;
        }
        println!("{part}: statement/whole {line}");
        println!(
            "{part}: statements {:.4} of {short_count}, whole texts {:.4} of {whole_count}, {:.0} whole texts/s on one core",
            f64::from(short_right as u32) / short_count as f64,
            f64::from(whole_right as u32) / whole_count as f64,
            whole_count as f64 / seconds
        );
        assert!(whole_right as f64 >= 0.97 * whole_count as f64);
    }
}
