//! Who a customer is: phone numbers to E.164, addresses to lower case, nobody to nothing.
//!
//! In: a caller id, address or CRM id as some vendor wrote it. Out: an [`Identity`], or none when the
//! customer withheld it or when it cannot be known (a number that a spreadsheet rounded). An identity
//! is never printed: its `Debug` form shows the kind only.

use std::str::FromStr;

use phonenumber::country;

/// A normalised identity. It leaves this crate only as a pseudonym.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    kind: Kind,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Phone,
    Email,
    Crm,
}

impl Identity {
    /// The identity of a customer known only by the id that a CRM gave.
    ///
    /// `id` should hold the source's name, since two systems count from 1.
    pub fn crm(id: String) -> Self {
        Self { kind: Kind::Crm, value: id }
    }

    /// A phone number in E.164.
    ///
    /// `region` is the ISO 3166 code of the country whose national form numbers without a country
    /// code are in. Letters, a rounded number (`8.61E+12`) or an extension of a few digits give none.
    pub fn phone(text: &str, region: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix("tel:").unwrap_or(text);
        if !text.bytes().any(|byte| byte.is_ascii_digit()) || !text.bytes().all(is_phone_byte) {
            return None;
        }
        let value = if text.starts_with('+') {
            // "+44 (0)20 …": the zero is for callers inside the country.
            let international = text.replacen("(0)", "", 1);
            let digits = international.bytes().filter(u8::is_ascii_digit).map(char::from);
            std::iter::once('+').chain(digits).collect()
        } else {
            let number = phonenumber::parse(self::region(region), text).ok()?;
            number.format().mode(phonenumber::Mode::E164).to_string()
        };
        is_e164(&value).then_some(Self { kind: Kind::Phone, value })
    }

    /// An e-mail address, lower-cased.
    pub fn email(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix("mailto:").unwrap_or(text);
        let (local, domain) = text.rsplit_once('@')?;
        let is_address = !local.is_empty() && domain.contains('.') && !text.contains(char::is_whitespace);
        let is_call = text.starts_with("sip:") || text.starts_with("sips:");
        (is_address && !is_call).then(|| Self { kind: Kind::Email, value: text.to_lowercase() })
    }

    /// A phone number or an e-mail address, whichever the text is.
    pub fn phone_or_email(text: &str, region: &str) -> Option<Self> {
        Self::phone(text, region).or_else(|| Self::email(text))
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Phone => "phone",
            Kind::Email => "email",
            Kind::Crm => "crm",
        }
    }

    pub(crate) fn value(&self) -> &str {
        &self.value
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.kind())
    }
}

/// The numbering region of an ISO 3166 code.
pub(crate) fn region(code: &str) -> Option<country::Id> {
    country::Id::from_str(code.trim().to_ascii_uppercase().as_str()).ok()
}

/// Digits and what people put between them; a no-break space comes as 0xC2 0xA0.
fn is_phone_byte(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'+' | b' ' | b'-' | b'(' | b')' | b'.' | b'/' | 0xC2 | 0xA0)
}

/// ITU-T E.164: up to 15 digits with the country code, which never begins with 0. Fewer than 8 digits
/// are short codes and extensions, which many callers share.
fn is_e164(value: &str) -> bool {
    let digits = value.strip_prefix('+').unwrap_or("");
    (8..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
