//! Numbers, JSON strings and CSV fields appended to a byte buffer, without allocation.
//!
//! In: a value. Out: bytes at the end of the buffer. No file is touched here.

/// Appends a decimal number.
pub(crate) fn push_number(out: &mut Vec<u8>, number: u64) {
    push_padded(out, number, 1);
}

/// Appends a decimal number with leading zeros up to `width` digits.
pub(crate) fn push_padded(out: &mut Vec<u8>, mut number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    let first = first.min(digits.len().saturating_sub(width));
    out.extend_from_slice(&digits[first..]);
}

/// Appends text.
pub(crate) fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Appends a JSON string with its quotes.
pub(crate) fn push_json(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    push_json_part(out, text);
    out.push(b'"');
}

/// Appends the inside of a JSON string.
pub(crate) fn push_json_part(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (position, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[from..position]);
        match byte {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            _ => out.push(b' '),
        }
        from = position + 1;
    }
    out.extend_from_slice(&bytes[from..]);
}

/// Appends a CSV field, quoted only when it has to be.
pub(crate) fn push_csv(out: &mut Vec<u8>, text: &str) {
    if text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.push(b'"');
        for byte in text.bytes() {
            if byte == b'"' {
                out.push(b'"');
            }
            out.push(byte);
        }
        out.push(b'"');
    } else {
        push(out, text);
    }
}

/// Appends a UUID (version 4 in form) made of 128 bits.
pub(crate) fn push_uuid(out: &mut Vec<u8>, high: u64, low: u64) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let high = (high & 0xffff_ffff_ffff_0fff) | 0x4000;
    let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    for position in 0..32 {
        if matches!(position, 8 | 12 | 16 | 20) {
            out.push(b'-');
        }
        let word = if position < 16 { high } else { low };
        out.push(HEX[(word >> (60 - 4 * (position % 16))) as usize & 15]);
    }
}
