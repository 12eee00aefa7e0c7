//! Opening source files: compression, archives, damage.

use super::*;
use crate::fixture::{gzip, tar};

#[track_caller]
fn check(path: &str, bytes: &[u8], maximum: usize, expect: &str) {
    let opened = open(path, &Bytes::copy_from_slice(bytes), maximum);
    let members: Vec<String> = opened
        .members
        .iter()
        .map(|member| format!("{}={}", member.name, String::from_utf8_lossy(&member.bytes)))
        .collect();
    let damage = match (opened.is_cut, opened.damaged_member) {
        (true, _) => " cut".to_owned(),
        (false, Some(member)) => format!(" damaged {member}"),
        (false, None) => String::new(),
    };
    assert_eq!(format!("{}{damage}", members.join(" ")), expect);
}

#[test]
fn a_plain_file_is_its_own_member() {
    check("a/b.csv", b"x,y", 100, "a/b.csv=x,y");
    check("a/b.csv", b"", 100, "a/b.csv=");
    check("a/b.csv", b"12345", 3, "a/b.csv=123 cut");
}

#[test]
fn gzip_members_are_one_stream() {
    let both = [gzip(b"one "), gzip(b"two")].concat();
    check("b.csv.gz", &both, 100, "b.csv=one two");
    check("b.csv.gz", &both, 5, "b.csv=one t cut");
    check("b.csv.gz", b"not compressed", 100, "b.csv= cut");
    // Uploads sometimes lose the ending but not the compression.
    check("b.csv", &gzip(b"one"), 100, "b.csv=one");
}

#[test]
fn a_truncated_stream_gives_what_was_readable() {
    let mut bytes = [gzip(b"one\n"), gzip(b"two\n")].concat();
    bytes.truncate(bytes.len() - 9);
    let opened = open("b.csv.gz", &bytes.into(), 100);
    assert!(opened.is_cut && opened.members[0].bytes.starts_with(b"one\n"));
}

#[test]
fn archives_give_their_regular_files() {
    let archive = tar(&[("d/1.vtt", b"one"), ("d/._1.vtt", b"fork"), ("2.vtt", b"two")]);
    check("c.tar", &archive, 1 << 20, "d/1.vtt=one 2.vtt=two");
    check("c.tar.gz", &gzip(&archive), 1 << 20, "d/1.vtt=one 2.vtt=two");
    check("c.tgz", &gzip(&archive), 1 << 20, "d/1.vtt=one 2.vtt=two");
    check("c.tar", &archive[..512 * 4 + 513], 1 << 20, "d/1.vtt=one damaged 2");
    check("c.tar", b"this is no archive, though it is named like one", 100, " damaged 1");
    check("c.tar", b"", 100, "");
}

#[test]
fn lines_are_numbered_and_a_torn_one_is_left_out() {
    let numbered = |text: &str, is_cut| -> Vec<(i64, String)> {
        lines(text.as_bytes(), is_cut)
            .map(|(number, line)| (number, String::from_utf8_lossy(line).into_owned()))
            .collect()
    };
    assert_eq!(numbered("a\r\n\n b \nc", false), [(1, "a".into()), (3, "b".into()), (4, "c".into())]);
    assert_eq!(numbered("a\nb\nc", true), [(1, "a".into()), (2, "b".into())]);
    assert_eq!(torn_line(b"a\nb\nc"), 3);
}
