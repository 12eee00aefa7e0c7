//! Fits an embedding on texts alone: sub-word tf-idf and a truncated singular value decomposition.
//!
//! In: texts. Out: an [`Embedding`] whose encoding of a text is its projected tf-idf vector: idf times the right
//! singular vectors are folded into one vector per sub-word, so that a weighted mean is all that is left to do.
//! Texts are near when they share sub-words, so it helps within one language and says nothing across languages.

use rayon::prelude::*;
use serde_json::Value;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::normalizers::unicode::NFKC;
use tokenizers::normalizers::utils::{Lowercase, Sequence as NormalizerSequence};
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::punctuation::Punctuation;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizerSequence;
use tokenizers::pre_tokenizers::unicode_scripts::UnicodeScripts;
use tokenizers::pre_tokenizers::whitespace::WhitespaceSplit;
use tokenizers::{SplitDelimiterBehavior, Tokenizer};

use crate::TextError;
use crate::eigen::{leading, multiply_sparse};
use crate::embedding::{Embedding, TokenReader, tokenizer_error};

#[cfg(test)]
pub(crate) mod tests;

/// How an embedding is fitted.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LatentParameters {
    /// Sub-words to learn, at most.
    pub vocabulary_size: usize,
    /// Dimensions of a vector, 2 or more.
    pub dimensions: usize,
    /// A sub-word must occur this often to be learned.
    pub minimum_frequency: u64,
    /// At most this many texts are used, spread evenly over the input: time and memory grow with it.
    pub maximum_texts: usize,
    /// Rounds of subspace iteration; more separate close singular values better.
    pub iterations: usize,
    /// Each dimension is multiplied by its singular value to this power: 0 is plain projection, below 0 evens them out.
    pub spectrum_power: f64,
    /// The idf of a sub-word to this power: above 1 rare sub-words count for more, greetings for less.
    pub idf_power: f64,
    /// Where the random start comes from.
    pub seed: u64,
}

impl Default for LatentParameters {
    fn default() -> Self {
        Self {
            vocabulary_size: 24_000,
            dimensions: 256,
            minimum_frequency: 2,
            maximum_texts: 200_000,
            iterations: 5,
            spectrum_power: -0.5,
            idf_power: 3.0,
            seed: 1,
        }
    }
}

/// The fewest texts that an embedding is fitted on.
const MINIMUM_TEXTS: usize = 10;
/// The longest sub-word, in characters, of scripts that write spaces.
const LONGEST_SPACED: usize = 16;

/// Fits a tokenizer and vectors on texts.
///
/// The cost is about (texts x tokens per text + vocabulary x dimensions) x dimensions x iterations; memory about
/// texts x dimensions x 4 bytes above the texts.
///
/// # Errors
/// When a parameter is out of range, there are too few texts, or the tokenizer cannot be trained.
///
/// # Determinism
/// The same texts in the same order give the same model for any number of threads.
///
/// # Source
/// Halko, Martinsson and Tropp 2011, <https://doi.org/10.1137/090771806>: randomised subspace iteration.
/// Sennrich et al. 2016, <https://aclanthology.org/P16-1162>: byte pair encoding, here over characters.
pub fn fit_latent(texts: &[String], parameters: &LatentParameters) -> Result<Embedding, TextError> {
    check(parameters)?;
    let step = texts.len().div_ceil(parameters.maximum_texts).max(1);
    let sample: Vec<&str> =
        texts.iter().step_by(step).map(String::as_str).filter(|text| !text.trim().is_empty()).collect();
    if sample.len() < MINIMUM_TEXTS {
        return Err(TextError::TooFewTexts {
            model: "embedding",
            needed: MINIMUM_TEXTS,
            found: sample.len(),
        });
    }
    let tokenizer_json = train_tokenizer(&sample, parameters)?;
    let reader = TokenReader::from_bytes(&tokenizer_json)?;
    let rows = count_tokens(&reader, &sample);
    let vocabulary = reader.vocabulary_size();

    let mut document_counts = vec![0_u32; vocabulary];
    for &(token, _) in rows.iter().flatten() {
        document_counts[token as usize] += 1;
    }
    let total = rows.len() as f64;
    let weights: Vec<f64> = document_counts
        .iter()
        .map(|&count| {
            if count == 0 {
                0.0
            } else {
                ((1.0 + total) / (1.0 + f64::from(count))).ln().powf(parameters.idf_power)
            }
        })
        .collect();
    let rows = weighted(&rows, &weights);
    let columns = transposed(&rows, vocabulary);
    let dimensions = parameters.dimensions;
    // Right singular vectors are the eigenvectors of the matrix of sub-words with sub-words.
    let found = leading(vocabulary, dimensions, parameters.iterations, parameters.seed, |block, width| {
        multiply_sparse(&columns, &multiply_sparse(&rows, block, width), width)
    });
    let kept = found.values.len();
    let largest = found.values.first().map_or(1e-30, |value| value.max(1e-30));
    let scale = |value: &f64| {
        if *value <= 0.0 { 0.0 } else { (value / largest).sqrt().powf(parameters.spectrum_power) }
    };
    let scales: Vec<f64> = found.values.iter().map(scale).collect();
    let mut vectors = vec![0.0_f32; vocabulary * dimensions];
    for (token, row) in vectors.chunks_exact_mut(dimensions).enumerate() {
        for ((value, found), scale) in row.iter_mut().zip(&found.vectors[token * kept..]).zip(&scales) {
            *value = (weights[token] * f64::from(*found) * scale) as f32;
        }
    }
    Embedding::from_parts(tokenizer_json, vectors, dimensions)
}

/// Rows of count x weight, each of length one.
fn weighted(counts: &[Vec<(u32, u32)>], weights: &[f64]) -> Vec<Vec<(u32, f32)>> {
    let row = |row: &Vec<(u32, u32)>| -> Vec<(u32, f32)> {
        let values: Vec<f64> =
            row.iter().map(|&(token, count)| f64::from(count) * weights[token as usize]).collect();
        let length = values.iter().map(|value| value * value).sum::<f64>().sqrt().max(1e-12);
        row.iter().zip(values).map(|(&(token, _), value)| (token, (value / length) as f32)).collect()
    };
    counts.par_iter().map(row).collect()
}

fn transposed(rows: &[Vec<(u32, f32)>], columns: usize) -> Vec<Vec<(u32, f32)>> {
    let mut turned = vec![Vec::new(); columns];
    for (index, row) in rows.iter().enumerate() {
        for &(column, value) in row {
            turned[column as usize].push((index as u32, value));
        }
    }
    turned
}

fn check(parameters: &LatentParameters) -> Result<(), TextError> {
    let out_of_range = |name, reason: String| Err(TextError::Parameter { name, reason });
    if !(2..=1024).contains(&parameters.dimensions) {
        return out_of_range("dimensions", format!("must be 2..=1024, found {}", parameters.dimensions));
    }
    if parameters.vocabulary_size < 256 {
        return out_of_range(
            "vocabulary_size",
            format!("must be at least 256, found {}", parameters.vocabulary_size),
        );
    }
    if parameters.maximum_texts < MINIMUM_TEXTS {
        return out_of_range(
            "maximum_texts",
            format!("must be at least 10, found {}", parameters.maximum_texts),
        );
    }
    if !parameters.spectrum_power.is_finite() || parameters.spectrum_power.abs() > 2.0 {
        return out_of_range(
            "spectrum_power",
            format!("must be -2..=2, found {}", parameters.spectrum_power),
        );
    }
    if !(0.0..=4.0).contains(&parameters.idf_power) {
        return out_of_range("idf_power", format!("must be 0..=4, found {}", parameters.idf_power));
    }
    Ok(())
}

fn train_tokenizer(texts: &[&str], parameters: &LatentParameters) -> Result<Vec<u8>, TextError> {
    let mut tokenizer = Tokenizer::new(BPE::default());
    let _ = tokenizer.with_normalizer(Some(NormalizerSequence::new(vec![NFKC.into(), Lowercase.into()])));
    tokenizer.with_pre_tokenizer(Some(PreTokenizerSequence::new(vec![
        WhitespaceSplit.into(),
        Punctuation::new(SplitDelimiterBehavior::Removed).into(),
        UnicodeScripts::new().into(),
        Digits::new(false).into(),
    ])));
    let trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(parameters.vocabulary_size)
        .min_frequency(parameters.minimum_frequency)
        .max_token_length(Some(LONGEST_SPACED))
        .build();
    let mut trainer = TrainerWrapper::BpeTrainer(trainer);
    tokenizer.train(&mut trainer, texts.iter()).map_err(tokenizer_error("training"))?;
    let json = tokenizer.to_string(false).map_err(tokenizer_error("writing"))?;
    without_long_merges(&json)
}

/// The longest sub-word of a script that writes no spaces; longer ones would be whole phrases learned by heart.
fn longest_unspaced(character: char) -> Option<usize> {
    match character as u32 {
        0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x2FA1F => Some(3),
        0x3041..=0x30FF => Some(4),
        0x0E01..=0x0E5B => Some(7),
        _ => None,
    }
}

fn is_too_long(token: &str) -> bool {
    let limit = token.chars().filter_map(longest_unspaced).max();
    limit.is_some_and(|limit| token.chars().count() > limit)
}

/// Takes the merges out that make too long sub-words. What was built on them is longer still, so nothing dangles.
fn without_long_merges(json: &str) -> Result<Vec<u8>, TextError> {
    let failed =
        |source: serde_json::Error| TextError::Tokenizer { action: "writing", source: Box::new(source) };
    let mut description: Value = serde_json::from_str(json).map_err(failed)?;
    if let Some(merges) = description["model"]["merges"].as_array_mut() {
        merges.retain(|merge| {
            let parts =
                merge.as_array().map(|parts| parts.iter().filter_map(Value::as_str).collect::<String>());
            !parts.is_some_and(|token| is_too_long(&token))
        });
    }
    if let Some(vocabulary) = description["model"]["vocab"].as_object_mut() {
        vocabulary.retain(|token, _| !is_too_long(token) || token.chars().count() == 1);
        let mut ids: Vec<(u64, String)> =
            vocabulary.iter().filter_map(|(token, id)| Some((id.as_u64()?, token.clone()))).collect();
        ids.sort_unstable();
        for (id, (_, token)) in ids.into_iter().enumerate() {
            vocabulary.insert(token, Value::from(id));
        }
    }
    serde_json::to_vec(&description).map_err(failed)
}

/// Token counts of each text, ordered by token.
fn count_tokens(reader: &TokenReader, texts: &[&str]) -> Vec<Vec<(u32, u32)>> {
    let chunks: Vec<Vec<Vec<(u32, u32)>>> = texts
        .par_chunks(256)
        .map(|texts| {
            let mut cache = reader.take_cache();
            let mut tokens = Vec::new();
            let mut rows = Vec::with_capacity(texts.len());
            for text in texts {
                tokens.clear();
                reader.read(text, &mut cache, &mut tokens);
                tokens.sort_unstable();
                let mut row: Vec<(u32, u32)> = Vec::new();
                for &token in &tokens {
                    match row.last_mut() {
                        Some((last, count)) if *last == token => *count += 1,
                        _ => row.push((token, 1)),
                    }
                }
                rows.push(row);
            }
            reader.return_cache(cache);
            rows
        })
        .collect();
    chunks.into_iter().flatten().collect()
}
