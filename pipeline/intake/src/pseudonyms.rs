//! Keyed pseudonyms: the only form in which a person appears in the lake.
//!
//! In: a normalised identity and the operator's key. Out: `v1_` and 128 bits of HMAC-SHA-256 in
//! base32. Without the key nobody can try out all phone numbers. No identity is stored or shown.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::identity::Identity;

/// Version of the scheme: another key or another normalisation needs another prefix.
const PREFIX: &str = "v1_";
/// Between kind and value, so that no two pairs give the same message.
const SEPARATOR: u8 = 0x1F;
/// Block size of SHA-256 in bytes.
const BLOCK: usize = 64;

/// Makes pseudonyms under one key.
#[derive(Clone)]
pub struct Pseudonyms {
    keyed: Hmac<Sha256>,
}

impl Pseudonyms {
    /// Pseudonyms under a key of any length.
    pub fn new(key: &[u8]) -> Self {
        // The first step of HMAC (RFC 2104, section 2), which here makes the key's length always right.
        let mut block = [0u8; BLOCK];
        if key.len() > BLOCK {
            block[..32].copy_from_slice(&Sha256::digest(key));
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        Self { keyed: Hmac::new(&block.into()) }
    }

    /// The key under which all records of one customer are found.
    pub fn customer(&self, identity: &Identity) -> String {
        self.pseudonym(identity.kind(), identity.value())
    }

    /// The key that stands for an agent; `agent` should hold the source's name too.
    pub fn agent(&self, agent: &str) -> String {
        self.pseudonym("agent", agent)
    }

    fn pseudonym(&self, kind: &str, value: &str) -> String {
        let mut keyed = self.keyed.clone();
        keyed.update(kind.as_bytes());
        keyed.update(&[SEPARATOR]);
        keyed.update(value.as_bytes());
        let code = keyed.finalize().into_bytes();
        let mut pseudonym = String::with_capacity(PREFIX.len() + 26);
        pseudonym.push_str(PREFIX);
        data_encoding::BASE32_NOPAD.encode_append(&code[..16], &mut pseudonym);
        pseudonym
    }
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms")
    }
}

#[cfg(test)]
mod tests;
