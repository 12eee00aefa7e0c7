//! The command line: literate cases of `tests/cli/*.md`, and those that need files of their own.
//!
//! A case with a folder of its stem and `.in` runs in that folder. What writes files runs here in a
//! temporary folder instead, so that no case leaves anything behind.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, and writes files of its own"
)]

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::support::{refrain, repository};

const HEADER: &str = "Call ID,Master ID,Direction,Queue,Agent,Caller,Start,Answered,End,Wait,Talk,Hold,Wrap-up,Outcome,Product,Order,Customer said\r\n";
const CALL: &str = "MNL-1,MNL-1,inbound,bikes,A1,+639171234567,02/11/2026 10:00:00,02/11/2026 10:00:20,02/11/2026 10:05:00,\
                    20,280,0,30,solved,Velo E,,我的自行车坏了，无法解锁\r\n";
/// `我的自行车坏了，无法解锁` in GBK.
const CALL_IN_GBK: [u8; 24] = [
    0xCE, 0xD2, 0xB5, 0xC4, 0xD7, 0xD4, 0xD0, 0xD0, 0xB3, 0xB5, 0xBB, 0xB5, 0xC1, 0xCB, 0xA3, 0xAC, 0xCE,
    0xDE, 0xB7, 0xA8, 0xBD, 0xE2, 0xCB, 0xF8,
];

/// One source of calls, in a folder of its own.
struct Desk(TempDir);

impl Desk {
    fn new(head: &str, source: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("calls")).unwrap();
        std::fs::write(folder.path().join("pseudonym.key"), "a key for the tests only\n").unwrap();
        let key = if head.contains("key") { "" } else { "pseudonym_key_file = \"pseudonym.key\"" };
        let text = format!(
            "lake = \"lake\"\nqueries = {:?}\nmodels = {:?}\nreporting_zone = \"Europe/Madrid\"\nas_of = \"2026-11-23\"\n{key}\n{head}\n\
             [[source]]\nname = \"calls\"\nformat = \"call_log_csv\"\npath = \"calls\"\nsite = \"manila\"\nzone = \"Asia/Manila\"\n\
             country = \"PH\"\n{source}\n",
            repository().join("queries"),
            repository().join("models"),
        );
        std::fs::write(folder.path().join("refrain.toml"), text).unwrap();
        Self(folder)
    }

    /// One good call.
    fn with_a_call(self) -> Self {
        self.with("log.csv", format!("{HEADER}{CALL}").as_bytes())
    }

    fn with(self, name: &str, bytes: &[u8]) -> Self {
        std::fs::write(self.0.path().join("calls").join(name), bytes).unwrap();
        self
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    #[track_caller]
    fn check(&self, arguments: &[&str], code: i32, stdout: &str, stderr: &str) -> Output {
        let output = refrain().current_dir(self.path()).args(arguments).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "stdout:\n{out}\nstderr:\n{err}");
        assert!(out.contains(stdout), "no {stdout:?} in stdout:\n{out}\nstderr:\n{err}");
        assert!(err.contains(stderr), "no {stderr:?} in stderr:\n{err}");
        output
    }
}

/// The same row with the customer's words in GBK.
fn gbk_log() -> Vec<u8> {
    let mut bytes = HEADER.as_bytes().to_vec();
    let words = CALL.find('我').unwrap();
    bytes.extend_from_slice(&CALL.as_bytes()[..words]);
    bytes.extend_from_slice(&CALL_IN_GBK);
    bytes.extend_from_slice(b"\r\n");
    bytes
}

#[test]
fn literate_cases_hold() {
    let binary = Path::new(env!("CARGO_BIN_EXE_refrain"));
    trycmd::TestCases::new().register_bin("refrain", binary).case("tests/cli/*.md").run();
}

#[test]
fn init_writes_once_and_what_it_writes_is_a_configuration() {
    let desk = Desk::new("", "");
    desk.check(&["init", "new.toml"], 0, "wrote new.toml", "");
    let written = std::fs::read(desk.path().join("new.toml")).unwrap();
    let output = desk.check(&["init", "--stdout"], 0, "reporting_zone", "");
    assert_eq!(output.stdout, written);
    std::fs::write(desk.path().join("new.toml"), "mine").unwrap();
    desk.check(&["init", "new.toml"], 2, "", "new.toml, which exists");
    assert_eq!(std::fs::read(desk.path().join("new.toml")).unwrap(), b"mine");
    // Every key is known: the first complaint is about a folder that is not there, not about the text.
    let text = String::from_utf8(written).unwrap();
    let text = text.replace("\"queries\"", &format!("{:?}", repository().join("queries")));
    let text = text.replace("\"models\"", &format!("{:?}", repository().join("models")));
    std::fs::write(desk.path().join("new.toml"), text).unwrap();
    desk.check(&["run", "--config", "new.toml"], 2, "", "path of source asterisk");
}

#[test]
fn no_files_and_empty_files_are_no_error() {
    let desk = Desk::new("", "");
    desk.check(&["run"], 0, "\"file_count\":0", "");
    let desk = desk.with("empty.csv", b"");
    desk.check(&["run"], 0, "\"file_count\":1", "");
    desk.check(&["run"], 0, "nothing new since run", "");
    let statement = "select source_file, read_count, kept_count, rejected_count from ledger";
    desk.check(&["sql", statement, "--format", "csv"], 0, "empty.csv,0,0,0", "");
}

#[test]
fn status_before_any_run_says_what_to_do() {
    Desk::new("", "").check(&["status"], 2, "", "which has no published run yet; `refrain run` makes one");
}

#[test]
fn a_source_folder_that_is_not_there_is_the_request_s_fault() {
    let desk = Desk::new("", "");
    std::fs::remove_dir(desk.path().join("calls")).unwrap();
    desk.check(&["run"], 2, "", "which is not a folder");
    assert!(!desk.path().join("lake/raw_leg").exists(), "a refused run wrote a table");
}

#[test]
fn declared_encoding_is_read() {
    let desk = Desk::new("", "encoding = \"gbk\"").with("log.csv", &gbk_log());
    desk.check(&["run"], 0, "\"rejected_count\":0", "");
    desk.check(&["sql", "select text from raw_turn", "--format", "csv"], 0, "我的自行车坏了，无法解锁", "");
    desk.check(&["sql", "select language from int_contact", "--format", "csv"], 0, "zh-Hans", "");
}

#[test]
fn undeclared_encoding_is_rejected_not_guessed() {
    let desk = Desk::new("", "").with("log.csv", &gbk_log());
    desk.check(&["run"], 3, "", "fail_max_reject_rate");
    let desk = Desk::new("max_reject_rate = 1.0", "").with("log.csv", &gbk_log());
    desk.check(&["run"], 0, "\"rejected_count\":1", "");
    desk.check(&["sql", "select count(*) as n from raw_turn", "--format", "csv"], 0, "n\n0", "");
}

#[test]
fn bad_pseudonym_keys_are_refused() {
    for (key, config) in [(Some("short\n"), "key.txt"), (Some(""), "key.txt"), (None, "key.txt")] {
        let desk = Desk::new(&format!("pseudonym_key_file = {config:?}"), "").with_a_call();
        if let Some(key) = key {
            std::fs::write(desk.path().join(config), key).unwrap();
        }
        desk.check(&["run"], 2, "", "key.txt");
    }
    let desk = Desk::new("# no key", "").with_a_call();
    desk.check(&["run"], 2, "", "REFRAIN_PSEUDONYM_KEY");
    // The environment has no weaker rule than the file.
    let output =
        refrain().current_dir(desk.path()).env("REFRAIN_PSEUDONYM_KEY", "qx7").arg("run").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("qx7"), "the key is in the error");
    let good = refrain()
        .current_dir(desk.path())
        .env("REFRAIN_PSEUDONYM_KEY", "sixteen bytes and")
        .arg("run")
        .output()
        .unwrap();
    assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stderr));
}

#[test]
fn only_select_reaches_the_tables() {
    let desk = Desk::new("", "");
    desk.check(&["run"], 0, "published", "");
    for statement in [
        "drop table int_contact",
        "create table x as select 1",
        "insert into int_contact select * from int_contact",
        "copy (select 1) to 'out.csv'",
        "set datafusion.execution.batch_size = 1",
        "select 1; select 2",
    ] {
        desk.check(&["sql", statement], 2, "", "hint: only one SELECT is allowed");
    }
    assert!(!desk.path().join("out.csv").exists());
    desk.check(&["sql", "select * from 'refrain.toml'"], 2, "", "hint: `refrain queries` lists the tables");
    let output =
        desk.check(&["sql", "select fcr_rat from first_contact_resolution_weekly"], 2, "", "fcr_rat");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        error.contains("fcr_rate") && error.contains("`refrain queries TABLE` lists its columns"),
        "{error}"
    );
    assert_eq!(error.matches("No field named").count(), 1, "the error is told more than once:\n{error}");
}
