//! `refrain issues cluster`: the same fault in several languages is one issue, in any order of rows.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, and writes files of its own"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::{refrain, succeeded};

/// Three faults in four languages, each in three wordings.
const FAULTS: [[&str; 12]; 3] = [
    [
        "The battery is empty after two hours",
        "My watch battery drains far too fast",
        "The battery does not last half a day",
        "Der Akku ist nach zwei Stunden leer",
        "Der Akku meiner Uhr entlädt sich viel zu schnell",
        "Der Akku hält keinen halben Tag",
        "La batería se agota en dos horas",
        "La batería de mi reloj se descarga demasiado rápido",
        "La batería no dura ni medio día",
        "แบตเตอรี่หมดภายในสองชั่วโมง",
        "แบตเตอรี่นาฬิกาหมดเร็วเกินไป",
        "แบตเตอรี่อยู่ไม่ถึงครึ่งวัน",
    ],
    [
        "My parcel has not arrived yet",
        "The delivery is a week late, where is my package",
        "The parcel was never delivered",
        "Mein Paket ist noch nicht angekommen",
        "Die Lieferung ist eine Woche zu spät, wo ist mein Paket",
        "Das Paket wurde nie zugestellt",
        "Mi paquete todavía no ha llegado",
        "La entrega lleva una semana de retraso, dónde está mi paquete",
        "El paquete nunca fue entregado",
        "พัสดุของฉันยังไม่มาถึง",
        "การจัดส่งช้าไปหนึ่งสัปดาห์ พัสดุอยู่ที่ไหน",
        "พัสดุไม่เคยถูกจัดส่ง",
    ],
    [
        "I forgot my password and cannot log in",
        "I cannot sign in to my account, the password is wrong",
        "How do I reset the password of my account",
        "Ich habe mein Passwort vergessen und kann mich nicht anmelden",
        "Ich kann mich nicht in meinem Konto anmelden, das Passwort ist falsch",
        "Wie setze ich das Passwort meines Kontos zurück",
        "Olvidé mi contraseña y no puedo iniciar sesión",
        "No puedo iniciar sesión en mi cuenta, la contraseña es incorrecta",
        "Cómo restablezco la contraseña de mi cuenta",
        "ฉันลืมรหัสผ่านและเข้าสู่ระบบไม่ได้",
        "ฉันเข้าสู่ระบบบัญชีไม่ได้ รหัสผ่านผิด",
        "จะรีเซ็ตรหัสผ่านบัญชีของฉันได้อย่างไร",
    ],
];

/// The issue of every row by its id.
fn clustered(folder: &Path, file: &str, more: &[&str]) -> BTreeMap<String, String> {
    let output = refrain()
        .current_dir(folder)
        .args(["issues", "cluster", file, "--text", "said", "--id", "number", "--minimum-size", "4"])
        .args(more)
        .output()
        .unwrap();
    let lines = succeeded(&output);
    let rows = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    rows.map(|row| {
        let keys: BTreeSet<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, BTreeSet::from(["id", "is_outlier", "issue", "name", "similarity"]));
        (row["id"].as_str().unwrap().to_owned(), row["issue"].as_str().unwrap_or("none").to_owned())
    })
    .collect()
}

#[test]
fn one_fault_in_four_languages_is_one_issue_in_any_order_and_format() {
    let folder = tempfile::tempdir().unwrap();
    let numbered: Vec<(String, &str)> = FAULTS
        .iter()
        .enumerate()
        .flat_map(|(fault, texts)| {
            texts.iter().enumerate().map(move |(place, text)| (format!("{fault}-{place}"), *text))
        })
        .collect();
    let ndjson = |rows: &mut dyn Iterator<Item = &(String, &str)>| -> String {
        rows.map(|(id, text)| serde_json::json!({ "number": id, "said": text }).to_string() + "\n").collect()
    };
    std::fs::write(folder.path().join("a.ndjson"), ndjson(&mut numbered.iter())).unwrap();
    std::fs::write(folder.path().join("b.jsonl"), ndjson(&mut numbered.iter().rev())).unwrap();
    let csv: String = numbered.iter().map(|(id, text)| format!("\"{text}\",{id}\n")).collect();
    std::fs::write(folder.path().join("c.csv"), format!("said,number\n{csv}")).unwrap();

    let found = clustered(folder.path(), "a.ndjson", &[]);
    let of_fault =
        |fault: usize| -> Vec<&String> { (0..12).map(|place| &found[&format!("{fault}-{place}")]).collect() };
    let mut leading = BTreeSet::new();
    for fault in 0..3 {
        let issues = of_fault(fault);
        let most =
            issues.iter().max_by_key(|issue| issues.iter().filter(|other| other == issue).count()).unwrap();
        let share = issues.iter().filter(|issue| issue == &most).count();
        assert!(share >= 11, "fault {fault}: {share} of 12 together: {issues:?}");
        leading.insert((*most).clone());
    }
    assert_eq!(leading.len(), 3, "faults share an issue: {found:?}");
    assert_eq!(clustered(folder.path(), "b.jsonl", &[]), found);
    assert_eq!(clustered(folder.path(), "c.csv", &[]), found);
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.csv"), "text,id\nhello,1\n").unwrap();
    std::fs::write(folder.path().join("rows.ndjson"), "{\"text\":\"hello\"}\n{\"text\":\n").unwrap();
    std::fs::write(folder.path().join("rows.txt"), "hello\n").unwrap();
    std::fs::write(folder.path().join("empty.csv"), "").unwrap();
    std::fs::write(folder.path().join("none.ndjson"), "").unwrap();
    // "order" in Chinese, GBK.
    std::fs::write(folder.path().join("gbk.csv"), b"text\n\xB6\xA9\xB5\xA5\n").unwrap();
    std::fs::write(folder.path().join("gbk.ndjson"), b"{\"text\":\"\xB6\xA9\xB5\xA5\"}\n").unwrap();
    for (arguments, reason) in [
        (["rows.csv", "--text", "words"], "field is words, which rows.csv has not; it has text, id"),
        (
            ["rows.csv", "--text", "text"],
            "rows.csv, of whose texts 1 differ and have words; clustering needs at least 2",
        ),
        (["none.ndjson", "--text", "text"], "none.ndjson, of whose texts 0 differ"),
        (["rows.ndjson", "--text", "text"], "rows.ndjson, of which line 2 is no JSON object"),
        (["rows.ndjson", "--text", "words"], "which line 1 of rows.ndjson has not as a value; it has text"),
        (["rows.txt", "--text", "text"], "must end in .csv, .ndjson or .jsonl"),
        (["none.csv", "--text", "text"], "none.csv, which cannot be read"),
        (["empty.csv", "--text", "text"], "empty.csv, which is empty"),
        (["gbk.csv", "--text", "text"], "gbk.csv, which is not UTF-8"),
        (["gbk.ndjson", "--text", "text"], "gbk.ndjson, which is not UTF-8"),
    ] {
        let output = refrain()
            .current_dir(folder.path())
            .args(["issues", "cluster"])
            .args(arguments)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(reason), "no {reason:?} in {stderr}");
        assert!(output.stdout.is_empty());
    }
    let arguments = ["issues", "cluster", "rows.csv", "--text", "text", "--encoder", "nowhere"];
    let output = refrain().current_dir(folder.path()).args(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("model file is nowhere/tokenizer.json, which cannot be read"), "{stderr}");
}
