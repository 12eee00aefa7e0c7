//! Tests of static embeddings: reading every tensor type, the word cache, and independence of rows.

use proptest::prelude::*;
use safetensors::tensor::{Dtype, TensorView};

use super::{Embedding, TokenReader};
use crate::TextError;

const TOKENIZER: &str = r#"{
  "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
  "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "WhitespaceSplit"},
  "post_processor": null, "decoder": null,
  "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "lock": 1, "open": 2, "late": 3}, "unk_token": "[UNK]"}
}"#;

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn file(tensors: &[(&str, Dtype, Vec<usize>, Vec<u8>)]) -> Vec<u8> {
    let views = tensors
        .iter()
        .map(|(name, dtype, shape, data)| (*name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

fn table() -> (&'static str, Dtype, Vec<usize>, Vec<u8>) {
    ("embeddings", Dtype::F32, vec![4, 2], bytes(&[9.0, 9.0, 1.0, 0.0, 0.0, 1.0, 3.0, 4.0]))
}

#[track_caller]
fn check(tensors: &[(&str, Dtype, Vec<usize>, Vec<u8>)], text: &str, expected: [f32; 2]) {
    let embedding = Embedding::from_bytes(TOKENIZER.as_bytes(), &file(tensors)).unwrap();
    let encoded = embedding.encode(&[text]);
    for (value, expected) in encoded.iter().zip(expected) {
        assert!((value - expected).abs() < 1e-3, "{text}: {encoded:?}");
    }
}

#[test]
fn texts_become_unit_means() {
    let half = std::f32::consts::FRAC_1_SQRT_2;
    check(&[table()], "LOCK", [1.0, 0.0]);
    check(&[table()], "lock open", [half, half]);
    check(&[table()], "late", [0.6, 0.8]);
    check(&[table()], "unknown words", [0.0, 0.0]);
    check(&[table()], "unknown lock", [1.0, 0.0]);
    check(&[table()], "", [0.0, 0.0]);
}

#[test]
fn tensors_of_every_type() {
    let small = ("embeddings", Dtype::I8, vec![4, 2], vec![0, 0, 127, 0, 0, 127, 60, 80]);
    check(&[small, ("scales", Dtype::F32, vec![4], bytes(&[1.0, 0.1, 0.1, 2.0]))], "late", [0.6, 0.8]);
    let halves: Vec<u8> =
        [0x0000_u16, 0, 0x3C00, 0, 0, 0x3C00, 0x4200, 0x4400].iter().flat_map(|h| h.to_le_bytes()).collect();
    check(&[("embeddings", Dtype::F16, vec![4, 2], halves)], "late", [0.6, 0.8]);
    let weights = ("weights", Dtype::F32, vec![4], bytes(&[1.0, 3.0, 4.0, 1.0]));
    check(&[table(), weights], "lock open", [0.6, 0.8]);
    let mapping: Vec<u8> = [0_i64, 1, 2, 2].iter().flat_map(|row| row.to_le_bytes()).collect();
    check(&[table(), ("mapping", Dtype::I64, vec![4], mapping)], "late", [0.0, 1.0]);
}

#[test]
fn wrong_files_are_refused() {
    let refused = |tensors: &[(&str, Dtype, Vec<usize>, Vec<u8>)]| {
        Embedding::from_bytes(TOKENIZER.as_bytes(), &file(tensors)).err()
    };
    assert!(matches!(refused(&[]), Some(TextError::Tensors { .. })));
    assert!(matches!(
        refused(&[("embeddings", Dtype::F32, vec![4], bytes(&[0.0; 4]))]),
        Some(TextError::TensorShape { .. })
    ));
    assert!(matches!(
        refused(&[("embeddings", Dtype::U8, vec![2, 2], vec![0; 4])]),
        Some(TextError::TensorShape { .. })
    ));
    assert!(matches!(
        refused(&[table(), ("weights", Dtype::F32, vec![3], bytes(&[1.0; 3]))]),
        Some(TextError::TensorShape { .. })
    ));
    assert!(matches!(
        refused(&[("embeddings", Dtype::F32, vec![1, 1], bytes(&[f32::NAN]))]),
        Some(TextError::TensorShape { .. })
    ));
    assert!(matches!(Embedding::from_bytes(b"{", &[]), Err(TextError::Tokenizer { .. })));
    assert!(matches!(Embedding::from_bytes(TOKENIZER.as_bytes(), b"x"), Err(TextError::Tensors { .. })));
}

#[test]
fn written_and_read_again() {
    let embedding = Embedding::from_bytes(TOKENIZER.as_bytes(), &file(&[table()])).unwrap();
    let (tokenizer, tensors) = embedding.to_bytes().unwrap();
    let again = Embedding::from_bytes(&tokenizer, &tensors).unwrap();
    assert_eq!(again.dimensions(), 2);
    let texts = ["lock late", "open late late", "lock"];
    for (left, right) in embedding.encode(&texts).iter().zip(again.encode(&texts)) {
        assert!((left - right).abs() < 0.01);
    }
}

proptest! {
    /// The cache of words never changes a token, here against the tokenizer on the whole text.
    #[test]
    fn cached_words_are_the_same_tokens(text in "([a-eA-E\u{e9}\u{130}\u{3c3}ก-ค一-三 \u{a0}.,'-]{0,12}[ \\t]?){0,5}") {
        let reader = TokenReader::from_bytes(&crate::latent::tests::tokenizer()).unwrap();
        let (mut cached, mut whole) = (Vec::new(), Vec::new());
        let mut cache = reader.take_cache();
        for _ in 0..2 {
            cached.clear();
            reader.read(&text, &mut cache, &mut cached);
        }
        reader.read_uncached(&text, &mut whole);
        prop_assert_eq!(cached, whole);
    }

    #[test]
    fn rows_depend_on_their_text_only(order in proptest::collection::vec(0_usize..40, 1..600)) {
        let texts: Vec<String> = (0..40).map(|number| format!("lock {} open late", "late open ".repeat(number % 7))).collect();
        let embedding = Embedding::from_bytes(TOKENIZER.as_bytes(), &file(&[table()])).unwrap();
        let shuffled: Vec<&str> = order.iter().map(|&index| texts[index].as_str()).collect();
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let one = pool(1).install(|| embedding.encode(&shuffled));
        let two = pool(2).install(|| embedding.encode(&shuffled));
        prop_assert_eq!(&one, &two);
        for (row, text) in one.chunks_exact(2).zip(&shuffled) {
            prop_assert_eq!(row.to_vec(), embedding.encode(&[*text]));
        }
    }
}
