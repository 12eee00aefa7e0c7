//! Decoding: byte order marks, declared encodings, lines that cannot be decoded.

use super::*;

#[track_caller]
fn check(label: &str, bytes: &[u8], expect: &[u8]) {
    let encoding = TextEncoding::try_from(label.to_owned()).unwrap();
    assert_eq!(encoding.decode(bytes), expect);
}

#[test]
fn everything_becomes_utf_8() {
    check("utf-8", "añb".as_bytes(), "añb".as_bytes());
    check("utf-8", b"\xEF\xBB\xBFa", b"a");
    check("utf-8", b"\xFF\xFEa\0\xF1\0\n\0", "añ\n".as_bytes());
    check("gbk", b"\xFE\xFF\0a\0\xF1", "añ".as_bytes());
    check("gbk", b"\xB6\xA9\xB5\xA5\n1", "订单\n1".as_bytes());
    check("windows-1252", b"caf\xE9", "café".as_bytes());
    check("utf-16le", b"a\0b\0", b"ab");
}

#[test]
fn a_line_that_cannot_be_decoded_spoils_only_itself() {
    check("gbk", b"a\n\xB6\x20\xFF\nb", b"a\n\xFF\nb");
    check("utf-8", b"\xFF\xFEa\0\n\0\x00\xD8\n\0b\0", b"a\n\xFF\nb");
    check("utf-8", b"\xFF\xFEa\0b", b"a\xFF");
}

#[test]
fn an_unknown_label_is_an_error() {
    let error = TextEncoding::try_from("klingon".to_owned()).unwrap_err();
    assert_eq!(error.to_string(), "text encoding klingon is not known");
}
