//! Pseudonyms against Python's hmac module.

use super::*;

#[test]
fn pseudonyms_are_hmac_sha_256_in_base_32() {
    let identity = Identity::phone("612 345 678", "ES").unwrap();
    assert_eq!(Pseudonyms::new(b"key").customer(&identity), "v1_ZVJQPDDVYWUITPX7B7XTANTKYM");
    assert_eq!(Pseudonyms::new(&[b'k'; 100]).agent("asterisk:Local/2001"), "v1_EXCOGGNYPKVXNGOWNDTB6VKU5Y");
}

#[test]
fn kind_and_key_make_a_difference() {
    let (one, other) = (Pseudonyms::new(b"key"), Pseudonyms::new(b"kez"));
    let phone = Identity::phone("+34612345678", "").unwrap();
    let crm = Identity::crm("+34612345678".to_owned());
    assert_ne!(one.customer(&phone), one.customer(&crm));
    assert_ne!(one.customer(&phone), other.customer(&phone));
    assert_eq!(format!("{one:?}"), "Pseudonyms");
}
