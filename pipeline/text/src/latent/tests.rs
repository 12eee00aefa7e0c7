//! Tests of the fitted embedding.
//! The same model for any number of threads, nearness, and the limits of its parameters.

use super::{LatentParameters, fit_latent, is_too_long};
use crate::TextError;

/// Small statements in several scripts, each in a few wordings.
pub(crate) fn texts() -> Vec<String> {
    let statements = [
        [
            "the lock of the bike does not open",
            "my bike lock will not open",
            "bike lock stays shut, does not open",
        ],
        ["the battery of the watch is empty", "watch battery empty after an hour", "my watch battery drains"],
        [
            "the parcel has not arrived yet",
            "where is my parcel, it has not arrived",
            "parcel late, not arrived",
        ],
        ["la batería del reloj se agota", "se agota la batería de mi reloj", "reloj sin batería otra vez"],
        ["锁打不开了怎么办", "这辆车的锁打不开", "扫码以后锁还是打不开"],
        ["แบตเตอรี่หมดเร็วมาก", "ทำไมแบตเตอรี่หมดเร็ว", "นาฬิกาแบตเตอรี่หมดเร็ว"],
    ];
    let mut texts = Vec::new();
    for round in 0..6 {
        for statement in statements {
            for wording in statement {
                texts.push(format!("{} {wording}", ["hello", "well", "so", "look", "hm", "yes"][round]));
            }
        }
    }
    texts
}

fn parameters() -> LatentParameters {
    LatentParameters { vocabulary_size: 600, dimensions: 8, ..LatentParameters::default() }
}

/// A tokenizer as `fit_latent` trains it.
pub(crate) fn tokenizer() -> Vec<u8> {
    static TOKENIZER: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    TOKENIZER.get_or_init(|| fit_latent(&texts(), &parameters()).unwrap().to_bytes().unwrap().0).clone()
}

#[test]
fn the_same_for_any_number_of_threads() {
    let fit = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit_latent(&texts(), &parameters()).unwrap().to_bytes().unwrap())
    };
    let one = fit(1);
    assert!(one == fit(2), "two threads give another model");
    assert!(one == fit(1), "a second fit gives another model");
}

#[track_caller]
fn check(near: [&str; 2], far: &str) {
    let embedding = fit_latent(&texts(), &parameters()).unwrap();
    let rows = embedding.encode(&[near[0], near[1], far]);
    let cosine = |left: usize, right: usize| -> f32 {
        (0..8).map(|dimension| rows[left * 8 + dimension] * rows[right * 8 + dimension]).sum()
    };
    assert!(cosine(0, 1) > 0.7 && cosine(0, 2) < 0.5, "{near:?} {far}: {} {}", cosine(0, 1), cosine(0, 2));
}

#[test]
fn near_and_far() {
    check(["bike lock does not open", "the lock of my bike stays shut"], "watch battery empty");
    check(["锁打不开", "车的锁打不开"], "แบตเตอรี่หมดเร็ว");
    check(["แบตเตอรี่หมด", "แบตเตอรี่หมดเร็ว"], "parcel not arrived");
}

#[test]
fn sub_words_without_spaces_stay_short() {
    assert!(is_too_long("锁打不开"));
    assert!(!is_too_long("打不开"));
    assert!(!is_too_long("unacceptable"));
}

#[test]
fn wrong_parameters_are_refused() {
    let refused = |parameters: LatentParameters| fit_latent(&texts(), &parameters).err();
    for wrong in [
        LatentParameters { dimensions: 1, ..parameters() },
        LatentParameters { vocabulary_size: 10, ..parameters() },
        LatentParameters { maximum_texts: 1, ..parameters() },
        LatentParameters { spectrum_power: f64::NAN, ..parameters() },
    ] {
        assert!(matches!(refused(wrong), Some(TextError::Parameter { .. })));
    }
    assert!(matches!(fit_latent(&["one".to_owned()], &parameters()), Err(TextError::TooFewTexts { .. })));
}
