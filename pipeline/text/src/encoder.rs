//! Encoders of texts: a static embedding, or a sentence transformer from a folder of the user's.
//!
//! In: the files of a model as bytes, then texts. Out: one unit vector per text. A static embedding encodes faster than
//! a stored vector is read; a transformer encodes a few hundred texts a second, so its vectors are worth keeping.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use half::f16;
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_128;

use crate::TextError;
use crate::embedding::Embedding;

mod transformer;

#[cfg(test)]
mod tests;

use transformer::Transformer;

/// The files of a model's folder.
#[derive(Clone, Debug, Default)]
pub struct EncoderFiles {
    /// `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// `model.safetensors`.
    pub weights: Vec<u8>,
    /// `config.json`, which a static embedding may lack.
    pub config: Option<Vec<u8>>,
    /// `modules.json` of sentence transformers.
    pub modules: Option<Vec<u8>>,
    /// `1_Pooling/config.json` of sentence transformers; without it vectors of tokens are averaged.
    pub pooling: Option<Vec<u8>>,
    /// `sentence_bert_config.json`, which limits the length of texts.
    pub limits: Option<Vec<u8>>,
}

/// Vectors of a transformer that are kept in memory, at most: 0.8 GB of 384 dimensions.
const KEPT_VECTORS: usize = 1 << 20;

/// Turns texts into vectors. Can be shared between threads.
pub struct Encoder {
    kind: Kind,
    /// Vectors by a hash of their text, binary16.
    kept: Mutex<HashMap<u128, Box<[f16]>>>,
    /// What else texts are seen by when issues are fitted.
    second: Option<Box<Embedding>>,
}

enum Kind {
    /// One vector per sub-word, summed.
    Static(Box<Embedding>),
    /// A BERT- or XLM-R-style sentence transformer.
    Transformer(Box<Transformer>),
}

impl Encoder {
    /// Reads a model; `config.json` says which kind it is.
    ///
    /// # Errors
    /// When a file cannot be read, a tensor is missing, or the architecture is none of Model2Vec, BERT, RoBERTa,
    /// CamemBERT and XLM-RoBERTa.
    pub fn from_files(files: EncoderFiles) -> Result<Self, TextError> {
        let config = json("config.json", files.config.as_deref())?;
        match config["model_type"].as_str() {
            Some("bert" | "roberta" | "camembert" | "xlm-roberta") => {
                Ok(Self::new(Kind::Transformer(Box::new(Transformer::from_files(files, config)?))))
            }
            None | Some("model2vec") => Ok(Self::new(Kind::Static(Box::new(Embedding::from_bytes(
                &files.tokenizer,
                &files.weights,
            )?)))),
            Some(other) => Err(TextError::Parameter {
                name: "model_type",
                reason: format!(
                    "must be model2vec, bert, roberta, camembert or xlm-roberta in config.json, found {other}"
                ),
            }),
        }
    }

    fn new(kind: Kind) -> Self {
        Self { kind, kept: Mutex::new(HashMap::new()), second: None }
    }

    /// Sets a static embedding beside a transformer, as a second view of texts when issues are fitted: the two err in
    /// different places. Vectors and labels stay those of the transformer.
    pub fn with_second_view(mut self, embedding: Embedding) -> Self {
        self.second = Some(Box::new(embedding));
        self
    }

    /// What the second view makes of texts, and its dimensions; none without one.
    pub(crate) fn second_view(&self, texts: &[&str]) -> Option<(Vec<f32>, usize)> {
        self.second.as_ref().map(|embedding| (embedding.encode(texts), embedding.dimensions()))
    }

    /// The number of dimensions of a vector.
    pub fn dimensions(&self) -> usize {
        match &self.kind {
            Kind::Static(embedding) => embedding.dimensions(),
            Kind::Transformer(transformer) => transformer.dimensions(),
        }
    }

    /// Whether a stored vector is read faster than made again.
    pub fn is_slow(&self) -> bool {
        matches!(self.kind, Kind::Transformer(_))
    }

    /// Encodes texts as unit vectors; those of a transformer are rounded to binary16, whether kept or new.
    ///
    /// # Shape
    /// Row-major, `texts.len()` x [`dimensions`](Self::dimensions). A text without a known token is a row of zeros.
    ///
    /// # Errors
    /// When a tensor operation of a transformer fails, for lack of memory for one.
    ///
    /// # Determinism
    /// A row depends on its text only, not on the other texts, their order, or the number of threads.
    pub fn encode(&self, texts: &[&str]) -> Result<Vec<f32>, TextError> {
        let transformer = match &self.kind {
            Kind::Static(embedding) => return Ok(embedding.encode(texts)),
            Kind::Transformer(transformer) => transformer,
        };
        let hashes: Vec<u128> = texts.iter().map(|text| xxh3_128(text.as_bytes())).collect();
        let new: Vec<usize> = {
            let kept = self.kept();
            (0..texts.len()).filter(|&row| !kept.contains_key(&hashes[row])).collect()
        };
        let new_texts: Vec<&str> = new.iter().map(|&row| texts[row]).collect();
        let made = transformer.encode(&new_texts)?;
        let dimensions = transformer.dimensions();
        let rounded: Vec<f16> = made.into_iter().map(f16::from_f32).collect();
        let mut encoded = vec![0.0_f32; texts.len() * dimensions];
        let mut fill = |row: usize, vector: &[f16]| {
            let row = &mut encoded[row * dimensions..(row + 1) * dimensions];
            row.iter_mut().zip(vector).for_each(|(value, read)| *value = read.to_f32());
        };
        let mut kept = self.kept();
        for (&row, vector) in new.iter().zip(rounded.chunks_exact(dimensions)) {
            fill(row, vector);
            if kept.len() < KEPT_VECTORS {
                kept.insert(hashes[row], vector.into());
            }
        }
        let mut is_new = new.iter().peekable();
        for (row, hash) in hashes.iter().enumerate() {
            if is_new.next_if(|&&new| new == row).is_none()
                && let Some(vector) = kept.get(hash)
            {
                fill(row, vector);
            }
        }
        Ok(encoded)
    }

    /// Takes a vector that was stored, so that its text need not be encoded again. Wrong sizes are ignored.
    pub fn keep(&self, text: &str, stored: &[u8]) {
        if self.is_slow() && stored.len() == self.dimensions() * 2 {
            let vector: Box<[f16]> =
                stored.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]])).collect();
            let mut kept = self.kept();
            if kept.len() < KEPT_VECTORS {
                kept.insert(xxh3_128(text.as_bytes()), vector);
            }
        }
    }

    /// Lets the kept vectors go.
    pub fn forget(&self) {
        self.kept().clear();
    }

    /// Reads stored vectors, and encodes the texts that have none.
    ///
    /// # Shape
    /// As [`encode`](Self::encode).
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn read_or_encode(&self, texts: &[&str], stored: &[Option<&[u8]>]) -> Result<Vec<f32>, TextError> {
        let size = self.dimensions() * 2;
        let is_stored = |row: &usize| stored.get(*row).is_some_and(|s| s.is_some_and(|s| s.len() == size));
        let (read, new): (Vec<usize>, Vec<usize>) = (0..texts.len()).partition(is_stored);
        if read.is_empty() {
            return self.encode(texts);
        }
        let mut vectors = vec![0.0_f32; texts.len() * self.dimensions()];
        let new_texts: Vec<&str> = new.iter().map(|&row| texts[row]).collect();
        let made = self.encode(&new_texts)?;
        for (&row, vector) in new.iter().zip(made.chunks_exact(self.dimensions())) {
            vectors[row * self.dimensions()..(row + 1) * self.dimensions()].copy_from_slice(vector);
        }
        for row in read {
            let target = &mut vectors[row * self.dimensions()..(row + 1) * self.dimensions()];
            let bytes = stored[row].unwrap_or_default().chunks_exact(2);
            target
                .iter_mut()
                .zip(bytes)
                .for_each(|(value, b)| *value = f16::from_le_bytes([b[0], b[1]]).to_f32());
        }
        Ok(vectors)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<u128, Box<[f16]>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Embedding> for Encoder {
    fn from(embedding: Embedding) -> Self {
        Self::new(Kind::Static(Box::new(embedding)))
    }
}

/// A vector as it is stored: binary16, the lowest byte first.
pub fn stored_vector(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect()
}

/// A JSON file, or null when it is not there.
fn json(name: &'static str, bytes: Option<&[u8]>) -> Result<Value, TextError> {
    let Some(bytes) = bytes else { return Ok(Value::Null) };
    serde_json::from_slice(bytes).map_err(|source| TextError::ModelJson { file: name, source })
}
