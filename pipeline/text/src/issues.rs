//! Issue sets: what customers contact us about, as clusters of texts with permanent ids and names.
//!
//! In: a fitted set as bytes and embedded texts. Out: for each text the index of its issue, or none: a text that is like
//! no issue stays an outlier instead of blurring one. Fitting is in `issues/fit.rs`.
//! Which issue of a refit is which of the fit before is in `issues/lineage.rs`, what people decide on top of a fit in
//! `issues/edits.rs` and `issues/model.rs`. Not here: choosing when to refit.

use std::collections::BTreeMap;

use rayon::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};

use crate::TextError;
use crate::embedding::read_f32;
use crate::statement::Boilerplate;

mod agglomerate;
mod cluster;
mod describe;
mod diffusion;
mod edits;
mod fit;
mod history;
mod lineage;
mod model;
mod naming;
mod neighbours;
mod number;
mod product;

#[cfg(test)]
mod tests;

pub use describe::new_issue_id;
pub use edits::{Edit, Edits, Part};
pub use fit::{Fitted, IssueParameters, LabelOf, Previous};
pub use history::{IssueChange, IssueEvent, IssueHistory, SetInForce};
pub use model::{Assigned, IssueModel, KnownIssue};

/// One issue of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// `i-` and ten base32 characters of a hash of the most typical text: the same text gives the same id for ever.
    pub id: String,
    /// The leading terms of the language with the most texts when it was born, for people to read.
    pub name: String,
    /// The wider issue that it belongs to, with others like it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// Terms that mark the issue, by language, the most telling first.
    pub terms: BTreeMap<String, Vec<String>>,
    /// The most typical texts, the medoid first.
    pub examples: Vec<String>,
    /// The most typical text of each language.
    pub quotes: BTreeMap<String, String>,
    /// How many of the texts it was fitted on belong to it.
    pub size: u64,
    /// A text belongs to the issue when its certainty is at least this; see [`Near::certainty`].
    pub threshold: f32,
}

/// The issue that a text is nearest to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// The place in `issues`.
    pub issue: u32,
    /// Its cosine with the text about the mean, -1..1.
    pub cosine: f32,
    /// How much nearer it is than the next issue, or than 0 where the next one is farther; 0..2.
    pub lead: f32,
}

impl Near {
    /// Cosine plus lead, -1..3. A wording that nobody used before is far from its issue, but farther from all others;
    /// what belongs to none is about as far from several. `tests/bench/README.md` has what this gains.
    pub fn certainty(&self) -> f32 {
        self.cosine + self.lead
    }

    /// The nearest of some issues, given with their cosines; the first of equals.
    fn among(issues: impl Iterator<Item = (usize, f32)>) -> Option<Self> {
        let (mut best, mut next): (Option<(usize, f32)>, f32) = (None, 0.0);
        for (issue, cosine) in issues {
            match best {
                Some((_, highest)) if cosine <= highest => next = next.max(cosine),
                _ => {
                    next = best.map_or(next, |(_, highest)| next.max(highest));
                    best = Some((issue, cosine));
                }
            }
        }
        best.map(|(issue, cosine)| Self { issue: issue as u32, cosine, lead: (cosine - next).max(0.0) })
    }
}

/// A wider issue: a few issues that are more like each other than like the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// `p-` and ten base32 characters; as permanent as an issue's.
    pub id: String,
    /// The leading terms of its issues together.
    pub name: String,
}

/// A fitted set of issues.
#[derive(Clone, Debug, PartialEq)]
pub struct IssueSet {
    /// Version of the layout of the two files.
    pub version: u32,
    /// SHA-256 of the embedding's files, which the owner of the files sets; vectors of another one mean nothing here.
    pub embedding_hash: String,
    /// The issues, the largest first.
    pub issues: Vec<Issue>,
    /// The set phrases that were left out of the texts it was fitted on, and are left out of those it labels.
    pub boilerplate: Boilerplate,
    /// The mean of the embedded texts it was fitted on, which is subtracted from every text.
    mean: Vec<f32>,
    /// Unit vectors about the mean, one row per issue.
    centroids: Vec<f32>,
}

/// The layout version that is written.
const VERSION: u32 = 4;
/// Rows of one block of the matrix product.
const BLOCK: usize = 512;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    version: u32,
    embedding_hash: String,
    dimensions: usize,
    issues: Vec<Issue>,
    boilerplate: Boilerplate,
}

impl IssueSet {
    /// Reads a set from its description and its centroids.
    ///
    /// # Errors
    /// When a file cannot be read, or the centroids are not F32 of issues x dimensions.
    pub fn from_bytes(json: &[u8], safetensors: &[u8]) -> Result<Self, TextError> {
        let description: Description =
            serde_json::from_slice(json).map_err(|source| TextError::IssueSetJson { source })?;
        if description.version != VERSION {
            let reason = format!("must be {VERSION}, found {}", description.version);
            return Err(TextError::Parameter { name: "issue set version", reason });
        }
        let file = SafeTensors::deserialize(safetensors).map_err(tensors_error)?;
        let tensor = file.tensor("centroids").map_err(tensors_error)?;
        let expected = [description.issues.len(), description.dimensions];
        if tensor.dtype() != Dtype::F32 || tensor.shape() != expected || description.dimensions == 0 {
            return Err(TextError::TensorShape {
                tensor: "centroids",
                expected: format!("F32 {expected:?}"),
                found: format!("{:?} {:?}", tensor.dtype(), tensor.shape()),
            });
        }
        let mean = file.tensor("mean").map_err(tensors_error)?;
        if mean.dtype() != Dtype::F32 || mean.shape() != [description.dimensions] {
            return Err(TextError::TensorShape {
                tensor: "mean",
                expected: format!("F32 [{}]", description.dimensions),
                found: format!("{:?} {:?}", mean.dtype(), mean.shape()),
            });
        }
        Ok(Self {
            version: description.version,
            embedding_hash: description.embedding_hash,
            issues: description.issues,
            boilerplate: description.boilerplate,
            mean: read_f32(&mean),
            centroids: read_f32(&tensor),
        })
    }

    /// The set as two files: a JSON description and safetensors with `centroids` and `mean`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn to_bytes(&self) -> Result<(Vec<u8>, Vec<u8>), TextError> {
        let description = Description {
            version: self.version,
            embedding_hash: self.embedding_hash.clone(),
            dimensions: self.dimensions(),
            issues: self.issues.clone(),
            boilerplate: self.boilerplate.clone(),
        };
        let json =
            serde_json::to_vec_pretty(&description).map_err(|source| TextError::IssueSetJson { source })?;
        let bytes: Vec<u8> = self.centroids.iter().flat_map(|value| value.to_le_bytes()).collect();
        let shape = vec![self.issues.len(), self.dimensions()];
        let centroids = TensorView::new(Dtype::F32, shape, &bytes).map_err(tensors_error)?;
        let mean: Vec<u8> = self.mean.iter().flat_map(|value| value.to_le_bytes()).collect();
        let mean = TensorView::new(Dtype::F32, vec![self.dimensions()], &mean).map_err(tensors_error)?;
        let tensors = safetensors::serialize([("centroids", centroids), ("mean", mean)], None)
            .map_err(tensors_error)?;
        Ok((json, tensors))
    }

    /// A set without issues.
    fn empty(dimensions: usize) -> Self {
        Self {
            version: VERSION,
            embedding_hash: String::new(),
            issues: Vec::new(),
            boilerplate: Boilerplate::default(),
            mean: vec![0.0; dimensions],
            centroids: Vec::new(),
        }
    }

    /// The number of dimensions of the embedding that the set was fitted with.
    pub fn dimensions(&self) -> usize {
        self.mean.len()
    }

    /// The nearest issue of each text, or none when the text is below that issue's threshold.
    ///
    /// # Shape
    /// As [`nearest`](Self::nearest).
    ///
    /// # Errors
    /// When the length is not a multiple of the dimensions.
    ///
    /// # Determinism
    /// As [`nearest`](Self::nearest).
    pub fn assign(&self, embeddings: &[f32]) -> Result<Vec<Option<Near>>, TextError> {
        let near = self.nearest(embeddings)?;
        Ok(near.into_iter().map(|found| found.filter(|found| self.is_within(found))).collect())
    }

    /// Whether a text belongs to the issue that it is nearest to, and is no outlier.
    pub fn is_within(&self, near: &Near) -> bool {
        let issue = self.issues.get(near.issue as usize);
        issue.is_some_and(|issue| near.cosine > 0.0 && near.certainty() >= issue.threshold)
    }

    /// The nearest issue of each text, however far.
    ///
    /// # Shape
    /// `embeddings`: row-major, n x [`dimensions`](Self::dimensions), unit length (zeros: no issue). Returns n entries in
    /// the same order.
    ///
    /// # Errors
    /// When the length is not a multiple of the dimensions.
    ///
    /// # Determinism
    /// An entry depends on its row only. Of two issues at the same cosine the one with the lower index wins.
    pub fn nearest(&self, embeddings: &[f32]) -> Result<Vec<Option<Near>>, TextError> {
        let dimensions = self.dimensions();
        if !embeddings.len().is_multiple_of(dimensions) {
            return Err(TextError::LengthMismatch {
                left: "embedding values",
                left_count: embeddings.len(),
                right: "dimensions",
                right_count: dimensions,
            });
        }
        let blocks: Vec<Vec<Option<Near>>> = embeddings
            .par_chunks(BLOCK * dimensions)
            .map(|rows| self.nearest_in_block(&fit::centred(rows, &self.mean)))
            .collect();
        Ok(blocks.into_iter().flatten().collect())
    }

    fn nearest_centred(&self, vectors: &[f32]) -> Vec<Option<Near>> {
        let blocks: Vec<Vec<Option<Near>>> =
            vectors.par_chunks(BLOCK * self.dimensions()).map(|rows| self.nearest_in_block(rows)).collect();
        blocks.into_iter().flatten().collect()
    }

    fn nearest_in_block(&self, rows: &[f32]) -> Vec<Option<Near>> {
        let (count, dimensions) = (self.issues.len(), self.dimensions());
        if count == 0 {
            return vec![None; rows.len() / dimensions];
        }
        let products = product::products(rows, &self.centroids, dimensions);
        let rows = rows.chunks_exact(dimensions);
        products.chunks_exact(count).zip(rows).map(|(near, row)| self.choose(near, row)).collect()
    }

    /// The matrix product may differ in the last bits with the place of a row in its block, so the centroids that are as
    /// near as makes no difference to the second are compared again, in a fixed order of additions.
    fn choose(&self, near: &[f32], row: &[f32]) -> Option<Near> {
        if row.iter().all(|&value| value == 0.0) {
            return None;
        }
        let dimensions = self.dimensions();
        let (place, _) = product::largest(near)?;
        let others = near.iter().enumerate().filter(|(index, _)| *index != place);
        let second = others.fold(f32::NEG_INFINITY, |second, (_, &similarity)| second.max(similarity));
        let close = near.iter().enumerate().filter(|&(_, &similarity)| similarity >= second - 1e-5);
        Near::among(close.map(|(index, _)| {
            let centroid = &self.centroids[index * dimensions..(index + 1) * dimensions];
            let cosine = row.iter().zip(centroid).map(|(left, right)| left * right).sum::<f32>();
            (index, cosine.clamp(-1.0, 1.0))
        }))
    }
}

fn tensors_error(source: safetensors::SafeTensorError) -> TextError {
    TextError::Tensors { model: "issue set", source }
}
