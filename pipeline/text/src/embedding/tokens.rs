//! Token ids of texts, with a cache of words in front of the tokenizer.
//!
//! In: `tokenizer.json`, then texts. Out: ids of known tokens, special tokens left out. The cache is used only where the
//! tokenizer treats words between white space one by one, so that it can never change a result.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tokenizers::Tokenizer;
use xxhash_rust::xxh3::xxh3_64;

use crate::TextError;

/// Words kept per cache; there is one cache per thread that encodes at a time.
const CACHE_WORDS: usize = 1 << 16;
/// Longer words (whole sentences in scripts without spaces) are not kept.
const CACHE_WORD_BYTES: usize = 48;

/// A hasher for keys that are hashes already.
#[derive(Default)]
pub(crate) struct Passed(u64);

impl Hasher for Passed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// A word and its tokens.
type Word = (Box<str>, Box<[u32]>);

/// Words seen and their tokens; the word itself is kept, so that a collision of hashes is seen.
#[derive(Default)]
pub(crate) struct WordCache {
    words: HashMap<u64, Word, BuildHasherDefault<Passed>>,
}

/// A tokenizer that reads texts into ids of known tokens.
pub(crate) struct TokenReader {
    tokenizer: Tokenizer,
    is_word_wise: bool,
    unknown: Option<u32>,
    caches: Mutex<Vec<WordCache>>,
}

pub(crate) fn tokenizer_error(action: &'static str) -> impl Fn(tokenizers::Error) -> TextError {
    move |source| TextError::Tokenizer { action, source }
}

impl TokenReader {
    pub(crate) fn from_bytes(json: &[u8]) -> Result<Self, TextError> {
        let reading =
            |source: serde_json::Error| TextError::Tokenizer { action: "reading", source: Box::new(source) };
        let description: Value = serde_json::from_slice(json).map_err(reading)?;
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(tokenizer_error("reading"))?;
        tokenizer.with_truncation(None).map_err(tokenizer_error("reading"))?;
        tokenizer.with_padding(None);
        let model = &description["model"];
        let unknown = match (&model["unk_token"], &model["unk_id"]) {
            (Value::String(token), _) => tokenizer.token_to_id(token),
            (_, Value::Number(id)) => id.as_u64().and_then(|id| u32::try_from(id).ok()),
            _ => None,
        };
        let is_word_wise = is_word_wise(&description);
        Ok(Self { tokenizer, is_word_wise, unknown, caches: Mutex::new(Vec::new()) })
    }

    pub(crate) fn vocabulary_size(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    pub(crate) fn take_cache(&self) -> WordCache {
        self.caches.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub(crate) fn return_cache(&self, cache: WordCache) {
        self.caches.lock().unwrap_or_else(PoisonError::into_inner).push(cache);
    }

    /// Appends the tokens of a text; what the tokenizer cannot read gives no token.
    pub(crate) fn read(&self, text: &str, cache: &mut WordCache, tokens: &mut Vec<u32>) {
        if !self.is_word_wise {
            self.read_uncached(text, tokens);
            return;
        }
        for word in text.split_whitespace() {
            if word.len() > CACHE_WORD_BYTES {
                self.read_uncached(word, tokens);
                continue;
            }
            let hash = xxh3_64(word.as_bytes());
            if let Some((known, ids)) = cache.words.get(&hash)
                && **known == *word
            {
                tokens.extend_from_slice(ids);
                continue;
            }
            let start = tokens.len();
            self.read_uncached(word, tokens);
            if cache.words.len() >= CACHE_WORDS {
                cache.words.clear();
            }
            cache.words.insert(hash, (word.into(), tokens[start..].into()));
        }
    }

    pub(crate) fn read_uncached(&self, text: &str, tokens: &mut Vec<u32>) {
        if let Ok(encoding) = self.tokenizer.encode_fast(text, false) {
            tokens.extend(encoding.get_ids().iter().filter(|&&id| Some(id) != self.unknown));
        }
    }
}

/// Whether words between white space can be tokenized one by one with the same result.
fn is_word_wise(description: &Value) -> bool {
    let is_local_normalizer = |step: &Value| {
        step.is_null()
            || matches!(
                step["type"].as_str(),
                Some("NFC" | "NFD" | "NFKC" | "NFKD" | "Lowercase" | "BertNormalizer" | "StripAccents")
            )
    };
    let normalizer = &description["normalizer"];
    let normalizes_locally = match normalizer["normalizers"].as_array() {
        Some(steps) => steps.iter().all(is_local_normalizer),
        None => is_local_normalizer(normalizer),
    };
    let splits_at_space = |step: &Value| {
        matches!(step["type"].as_str(), Some("Whitespace" | "WhitespaceSplit" | "BertPreTokenizer"))
    };
    let pre_tokenizer = &description["pre_tokenizer"];
    let first = pre_tokenizer["pretokenizers"].as_array().map_or(Some(pre_tokenizer), |steps| steps.first());
    normalizes_locally && first.is_some_and(splits_at_space)
}
