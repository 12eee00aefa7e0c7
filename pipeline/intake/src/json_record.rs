//! JSON records: lines of objects, and scalars that vendors write as text or number at will.
//!
//! In: UTF-8 text. Out: borrowed records with line number and hash. Several objects on one line are
//! several records (delivery streams leave out the line feed). A key that is there twice makes the
//! object malformed: nobody can say which value is meant. Unknown keys are passed over.

use std::borrow::Cow;

use refrain_record::RejectReason;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::container;
use crate::legs::{self, Intake};
use crate::reader::Document;

/// A record and where it stood.
pub(crate) struct Found<T> {
    pub(crate) position: i64,
    pub(crate) record_hash: i64,
    pub(crate) record: T,
}

/// The records of a document of JSON lines; what is not one is rejected.
pub(crate) fn records<'t, T: Deserialize<'t>>(
    intake: &mut Intake<'_>,
    document: &Document<'t>,
) -> Vec<Found<T>> {
    let mut found = Vec::new();
    for (position, line) in container::lines(document.text, document.is_cut) {
        let Ok(line) = std::str::from_utf8(line) else {
            intake.reject_one(position, RejectReason::BadEncoding, None);
            continue;
        };
        let mut objects = serde_json::Deserializer::from_str(line).into_iter::<T>();
        let mut start = 0;
        while let Some(object) = objects.next() {
            let Ok(record) = object else {
                intake.reject_one(position, RejectReason::Malformed, None);
                break;
            };
            let end = objects.byte_offset();
            let content = line.get(start..end).unwrap_or(line).trim();
            intake.read_count += 1;
            found.push(Found { position, record_hash: legs::record_hash(content.as_bytes()), record });
            start = end;
        }
    }
    found
}

/// Text, a number or a truth value as text; null, a list or an object as nothing.
#[derive(Default)]
pub(crate) struct Scalar<'a>(Option<Cow<'a, str>>);

impl Scalar<'_> {
    /// The text without surrounding blanks, or none when there is none.
    pub(crate) fn text(&self) -> Option<&str> {
        legs::present(self.0.as_deref()?)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a scalar")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar(Some(Cow::Borrowed(value))))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Scalar(Some(Cow::Owned(value.to_owned()))))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar(Some(Cow::Borrowed(if value { "true" } else { "false" }))))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar(Some(Cow::Owned(value.to_string()))))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Scalar(Some(Cow::Owned(value.to_string()))))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar(Some(Cow::Owned(value.to_string()))))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar(None))
    }
}

#[cfg(test)]
mod tests;
