//! Tests of encoders: parity with PyTorch on tiny models (`fixture/make.py`), and what is refused.

use serde_json::Value;

use super::{Encoder, EncoderFiles};

const BERT: [&[u8]; 4] = [
    include_bytes!("fixture/bert/tokenizer.json"),
    include_bytes!("fixture/bert/model.safetensors"),
    include_bytes!("fixture/bert/config.json"),
    include_bytes!("fixture/bert/expected.json"),
];
const ROBERTA: [&[u8]; 4] = [
    include_bytes!("fixture/roberta/tokenizer.json"),
    include_bytes!("fixture/roberta/model.safetensors"),
    include_bytes!("fixture/roberta/config.json"),
    include_bytes!("fixture/roberta/expected.json"),
];

fn files(fixture: [&[u8]; 4], pooling: Option<&str>) -> EncoderFiles {
    EncoderFiles {
        tokenizer: fixture[0].to_vec(),
        weights: fixture[1].to_vec(),
        config: Some(fixture[2].to_vec()),
        pooling: pooling.map(|text| text.as_bytes().to_vec()),
        ..EncoderFiles::default()
    }
}

/// The texts of a fixture, PyTorch's vectors and ours.
fn both(fixture: [&[u8]; 4], pooling: Option<&str>) -> (Vec<String>, Vec<f32>, Vec<f32>) {
    let expected: Value = serde_json::from_slice(fixture[3]).unwrap();
    let texts: Vec<String> = serde_json::from_value(expected["texts"].clone()).unwrap();
    let vectors: Vec<Vec<f32>> = serde_json::from_value(expected["vectors"].clone()).unwrap();
    let encoder = Encoder::from_files(files(fixture, pooling)).unwrap();
    let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
    let encoded = encoder.encode(&borrowed).unwrap();
    (texts, vectors.concat(), encoded)
}

#[track_caller]
fn assert_close(left: &[f32], right: &[f32]) {
    assert_eq!(left.len(), right.len());
    for (left, right) in left.iter().zip(right) {
        // Half a step of binary16 below 1, which vectors are rounded to.
        assert!((left - right).abs() < 2.5e-4 + 2e-5, "{left} {right}");
    }
}

#[test]
fn bert_gives_the_vectors_of_pytorch() {
    let (_, expected, encoded) = both(BERT, None);
    assert_close(&encoded, &expected);
}

#[test]
fn roberta_gives_the_vectors_of_pytorch_with_the_first_tokens_vector() {
    let (_, expected, encoded) = both(ROBERTA, Some(r#"{"pooling_mode_cls_token": true}"#));
    assert_close(&encoded, &expected);
}

#[test]
fn a_row_depends_on_its_text_only() {
    let (texts, _, together) = both(BERT, None);
    let encoder = Encoder::from_files(files(BERT, None)).unwrap();
    for (text, row) in texts.iter().zip(together.chunks_exact(encoder.dimensions())) {
        assert_eq!(encoder.encode(&[text]).unwrap(), row);
    }
}

#[test]
fn an_empty_text_is_a_row_of_zeros_and_a_long_one_is_cut() {
    let encoder = Encoder::from_files(files(BERT, None)).unwrap();
    assert_eq!(encoder.encode(&["  "]).unwrap(), vec![0.0; 16]);
    let long = "bike ".repeat(500);
    let longer = "bike ".repeat(600);
    assert_eq!(encoder.encode(&[&long]).unwrap(), encoder.encode(&[&longer]).unwrap());
}

#[test]
fn what_would_give_wrong_vectors_is_refused() {
    let refused = |files: EncoderFiles| Encoder::from_files(files).err().map(|error| error.to_string());
    let dense = br#"[{"type": "sentence_transformers.models.Dense"}]"#.to_vec();
    let message = refused(EncoderFiles { modules: Some(dense), ..files(BERT, None) }).unwrap();
    assert!(message.contains("found Dense"), "{message}");
    let message = refused(files(BERT, Some(r#"{"pooling_mode_max_tokens": true}"#))).unwrap();
    assert!(message.contains("pooling mode"), "{message}");
    let other = EncoderFiles { config: Some(br#"{"model_type": "mpnet"}"#.to_vec()), ..files(BERT, None) };
    assert!(refused(other).unwrap().contains("found mpnet"));
    let broken = EncoderFiles { weights: BERT[1][..BERT[1].len() / 2].to_vec(), ..files(BERT, None) };
    assert!(refused(broken).is_some());
}
