//! Static embeddings of texts: a tokenizer and one vector per token, in the layout of Model2Vec.
//!
//! In: `tokenizer.json` and a safetensors file as bytes, then texts. Out: one unit vector per text, the normalised
//! weighted mean of its tokens' vectors. Where the tokenizer splits at white space first, a bounded cache maps words to
//! token ids, so that frequent words are tokenized once. Not here: transformers, training (see `latent`).

use half::f16;
use rayon::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use crate::TextError;

mod tokens;

#[cfg(test)]
mod tests;

pub(crate) use tokens::{TokenReader, tokenizer_error};

/// Texts per piece of parallel work; rows do not depend on it.
const CHUNK: usize = 256;

/// A tokenizer and a vector per token. Can be shared between threads.
pub struct Embedding {
    reader: TokenReader,
    tokenizer_json: Vec<u8>,
    /// One row per token id, weights multiplied in.
    vectors: Vec<f32>,
    dimensions: usize,
}

impl Embedding {
    /// Reads a model in Model2Vec's layout.
    ///
    /// Tensors: `embeddings` (rows x dimensions; F32, F16 or I8), with I8 also `scales` (F32, one per row); optional
    /// `weights` (F32, one per token) and `mapping` (I32 or I64, the row of each token).
    ///
    /// # Errors
    /// When a file cannot be read, or a tensor is missing or has another type or shape.
    pub fn from_bytes(tokenizer_json: &[u8], safetensors: &[u8]) -> Result<Self, TextError> {
        let reader = TokenReader::from_bytes(tokenizer_json)?;
        let file = SafeTensors::deserialize(safetensors).map_err(tensors_error)?;
        let table = file.tensor("embeddings").map_err(tensors_error)?;
        let &[row_count, dimensions] = table.shape() else {
            return Err(shape_error("embeddings", "rows x dimensions", &table));
        };
        if row_count == 0 || dimensions == 0 {
            return Err(shape_error("embeddings", "at least one row and dimension", &table));
        }
        let mut rows = match table.dtype() {
            Dtype::F32 => read_f32(&table),
            Dtype::F16 => {
                table.data().chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
            }
            Dtype::I8 => {
                let scales = file.tensor("scales").map_err(tensors_error)?;
                if scales.dtype() != Dtype::F32 || scales.shape().iter().product::<usize>() != row_count {
                    return Err(shape_error("scales", "F32, one per row of embeddings", &scales));
                }
                let scales = read_f32(&scales);
                let values = table.data().iter().enumerate();
                values
                    .map(|(index, &byte)| f32::from(byte as i8) * scales[index / dimensions])
                    .collect::<Vec<_>>()
            }
            _ => return Err(shape_error("embeddings", "F32, F16 or I8", &table)),
        };
        if let Some(mapping) = optional(&file, "mapping") {
            rows = mapped(&rows, dimensions, &mapping)?;
        }
        if let Some(weights) = optional(&file, "weights") {
            let count = weights.shape().iter().product::<usize>();
            if weights.dtype() != Dtype::F32 || count * dimensions != rows.len() {
                return Err(shape_error("weights", "F32, one per token", &weights));
            }
            for (row, weight) in rows.chunks_exact_mut(dimensions).zip(read_f32(&weights)) {
                row.iter_mut().for_each(|value| *value *= weight);
            }
        }
        if rows.iter().any(|value| !value.is_finite()) {
            return Err(TextError::TensorShape {
                tensor: "embeddings",
                expected: "finite values".to_owned(),
                found: "infinite or undefined values".to_owned(),
            });
        }
        Ok(Self { reader, tokenizer_json: tokenizer_json.to_vec(), vectors: rows, dimensions })
    }

    /// A model from a trained tokenizer and its vectors.
    pub(crate) fn from_parts(
        tokenizer_json: Vec<u8>,
        vectors: Vec<f32>,
        dimensions: usize,
    ) -> Result<Self, TextError> {
        let reader = TokenReader::from_bytes(&tokenizer_json)?;
        Ok(Self { reader, tokenizer_json, vectors, dimensions })
    }

    /// The number of dimensions of a vector.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Encodes texts as unit vectors.
    ///
    /// # Shape
    /// Row-major, `texts.len()` x [`dimensions`](Self::dimensions). A text without a known token is a row of zeros.
    ///
    /// # Determinism
    /// A row depends on its text only, not on the other texts, their order, or the number of threads.
    pub fn encode(&self, texts: &[&str]) -> Vec<f32> {
        let mut encoded = vec![0.0_f32; texts.len() * self.dimensions];
        encoded.par_chunks_mut(CHUNK * self.dimensions).zip(texts.par_chunks(CHUNK)).for_each(
            |(rows, texts)| {
                let mut cache = self.reader.take_cache();
                let mut tokens = Vec::new();
                for (row, text) in rows.chunks_exact_mut(self.dimensions).zip(texts) {
                    tokens.clear();
                    self.reader.read(text, &mut cache, &mut tokens);
                    self.mean(&tokens, row);
                }
                self.reader.return_cache(cache);
            },
        );
        encoded
    }

    fn mean(&self, tokens: &[u32], row: &mut [f32]) {
        for &token in tokens {
            let start = token as usize * self.dimensions;
            let Some(vector) = self.vectors.get(start..start + self.dimensions) else { continue };
            row.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
        }
        normalise(row);
    }

    /// The model as files: `tokenizer.json`, and safetensors with `embeddings` (I8) and `scales` (F32, one per row).
    ///
    /// # Errors
    /// When the tensors cannot be written.
    pub fn to_bytes(&self) -> Result<(Vec<u8>, Vec<u8>), TextError> {
        let row_count = self.vectors.len() / self.dimensions;
        let mut values = Vec::with_capacity(self.vectors.len());
        let mut scales = Vec::with_capacity(row_count * 4);
        for row in self.vectors.chunks_exact(self.dimensions) {
            let largest = row.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            let scale = largest / 127.0;
            let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
            values.extend(row.iter().map(|value| (value * inverse).round().clamp(-127.0, 127.0) as i8 as u8));
            scales.extend(scale.to_le_bytes());
        }
        let tensors = [
            (
                "embeddings",
                TensorView::new(Dtype::I8, vec![row_count, self.dimensions], &values)
                    .map_err(tensors_error)?,
            ),
            ("scales", TensorView::new(Dtype::F32, vec![row_count], &scales).map_err(tensors_error)?),
        ];
        let bytes = safetensors::serialize(tensors, None).map_err(tensors_error)?;
        Ok((self.tokenizer_json.clone(), bytes))
    }
}

/// Makes a vector one long; a vector of zeros stays.
pub(crate) fn normalise(row: &mut [f32]) {
    let length = row.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>().sqrt();
    if length > 0.0 {
        let inverse = (1.0 / length) as f32;
        row.iter_mut().for_each(|value| *value *= inverse);
    }
}

fn tensors_error(source: safetensors::SafeTensorError) -> TextError {
    TextError::Tensors { model: "embedding", source }
}

fn shape_error(tensor: &'static str, expected: &str, found: &TensorView<'_>) -> TextError {
    TextError::TensorShape {
        tensor,
        expected: expected.to_owned(),
        found: format!("{:?} {:?}", found.dtype(), found.shape()),
    }
}

fn optional<'data>(file: &SafeTensors<'data>, name: &str) -> Option<TensorView<'data>> {
    file.tensor(name).ok()
}

pub(crate) fn read_f32(tensor: &TensorView<'_>) -> Vec<f32> {
    tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// Gives every token its own row, where several tokens share one.
fn mapped(rows: &[f32], dimensions: usize, mapping: &TensorView<'_>) -> Result<Vec<f32>, TextError> {
    let indices: Vec<i64> = match mapping.dtype() {
        Dtype::I32 => {
            let values = mapping.data().chunks_exact(4);
            values.map(|b| i64::from(i32::from_le_bytes([b[0], b[1], b[2], b[3]]))).collect()
        }
        Dtype::I64 => {
            let values = mapping.data().chunks_exact(8);
            values.map(|b| i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])).collect()
        }
        _ => return Err(shape_error("mapping", "I32 or I64", mapping)),
    };
    let mut expanded = Vec::with_capacity(indices.len() * dimensions);
    for index in indices {
        let start = usize::try_from(index).ok().and_then(|index| index.checked_mul(dimensions));
        let row = start.and_then(|start| rows.get(start..start + dimensions));
        expanded.extend_from_slice(row.ok_or_else(|| shape_error("mapping", "rows of embeddings", mapping))?);
    }
    Ok(expanded)
}
