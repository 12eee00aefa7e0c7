//! Clusters of the texts of a sample: what they are seen by, and how they are joined.
//!
//! In: a sample and its vectors, and what the fit before says of it. Out: a cluster per text. A text is seen by its vector
//! about the mean of its language; by a second encoder where there is one; by its words where one language prevails; and by
//! the issue that it had before. These views stand side by side in one vector, which is smoothed over its neighbours. In one
//! language, without a second encoder, the place of a text in the graph of neighbours is added.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::agglomerate::agglomerate;
use super::diffusion::{self, diffusion};
use super::fit::{IssueParameters, Sample, centred, mean, weight};
use super::neighbours::{neighbours, smooth};
use super::number::Judge;
use crate::TextError;
use crate::embedding::normalise;
use crate::encoder::Encoder;
use crate::latent::{LatentParameters, fit_latent};

/// Neighbours that a text is drawn towards, how often, and those that join clusters.
const SMOOTHING_NEIGHBOURS: usize = 10;
const SMOOTHING_ROUNDS: usize = 2;
const JOINING_NEIGHBOURS: usize = 15;
/// What a text's issue was before counts beside what the text says: the share of the squared length of its old centre.
const MEMORY_SHARE: f32 = 0.5;
/// A corpus of one language: at least so many texts, and this share of them.
const ONE_LANGUAGE: f64 = 0.9;
const ONE_LANGUAGE_TEXTS: usize = 200;
/// In a corpus of one language, words count beside meaning: the share of their squared length.
const LEXICAL_SHARE: f32 = 0.3;
const LEXICAL_DIMENSIONS: usize = 96;
/// And so does the place in the graph of neighbours: the share of its squared length. Across languages walks keep within
/// their own; beside a transformer they gain nothing (`tests/bench/README.md`).
const DIFFUSION_SHARE: f32 = 0.6;
/// The share of the squared length of what a second encoder says, where there is one; words count half then.
const SECOND_VIEW_SHARE: f32 = 0.6;
/// Where the leading language has no more than this share, cuts are judged across languages.
const NO_LANGUAGE_PREVAILS: f64 = 0.5;
/// The mean of a language counts as that of its texts and of so many at the origin.
const LANGUAGE_PRIOR: f64 = 50.0;

/// What the fit before says of the texts of a sample.
pub(super) struct Before<'a> {
    /// The centre of each text's issue, zeros for none.
    pub(super) memory: Option<Vec<f32>>,
    /// Each text's issue.
    pub(super) issues: Option<&'a [Option<usize>]>,
}

/// The clusters of the smoothed vectors.
pub(super) fn cluster(
    sample: &Sample<'_>,
    vectors: &[f32],
    before: Before<'_>,
    encoder: &Encoder,
    parameters: &IssueParameters,
) -> Result<Vec<usize>, TextError> {
    let dimensions = encoder.dimensions();
    let leading = sample.share_of_leading_language();
    let mut vectors = Cow::Borrowed(vectors);
    if leading < ONE_LANGUAGE {
        vectors = Cow::Owned(centred_by_language(&vectors, dimensions, &sample.languages));
    }
    let (seen, width) = views(sample, &vectors, before.memory, encoder)?;
    let near = neighbours(&seen, width, JOINING_NEIGHBOURS);
    let weights: Vec<f32> = sample.counts.iter().map(|&count| weight(count)).collect();
    let tree = agglomerate(seen, width, &weights, &near);
    let judge = Judge {
        vectors: &vectors,
        dimensions,
        counts: &sample.counts,
        languages: (leading <= NO_LANGUAGE_PREVAILS).then(|| sample.language_numbers()),
        old_issues: before.issues,
        minimum_size: parameters.minimum_size,
    };
    Ok(judge.choose(&tree, parameters.cohesion))
}

/// All views of every text side by side, smoothed, and their width; `memory` is the centre of each text's issue before.
pub(super) fn views(
    sample: &Sample<'_>,
    vectors: &[f32],
    memory: Option<Vec<f32>>,
    encoder: &Encoder,
) -> Result<(Vec<f32>, usize), TextError> {
    let dimensions = encoder.dimensions();
    let (mut smoothed, mut width) = (vectors.to_vec(), dimensions);
    let second = encoder.second_view(&sample.texts);
    let is_alone = second.is_none();
    let is_one_language =
        sample.texts.len() >= ONE_LANGUAGE_TEXTS && sample.share_of_leading_language() >= ONE_LANGUAGE;
    if let Some((other, other_width)) = second {
        let mean = mean(&other, other_width);
        smoothed = beside(&smoothed, width, &centred(&other, &mean), other_width, SECOND_VIEW_SHARE);
        width += other_width;
    }
    if is_one_language {
        let share = if is_alone { LEXICAL_SHARE } else { LEXICAL_SHARE / 2.0 };
        smoothed = beside(&smoothed, width, &lexical_view(sample)?, LEXICAL_DIMENSIONS, share);
        width += LEXICAL_DIMENSIONS;
    }
    if let Some(memory) = memory {
        smoothed = beside(&smoothed, width, &memory, dimensions, MEMORY_SHARE);
        width += dimensions;
    }
    let is_diffused = is_one_language && is_alone;
    let reach = if is_diffused { diffusion::NEIGHBOURS } else { SMOOTHING_NEIGHBOURS };
    let mut near = neighbours(&smoothed, width, reach);
    let diffused = is_diffused.then(|| diffusion(&near));
    near.iter_mut().for_each(|list| list.truncate(SMOOTHING_NEIGHBOURS));
    smoothed = smooth(&smoothed, width, &near);
    for _ in 1..SMOOTHING_ROUNDS {
        near = neighbours(&smoothed, width, SMOOTHING_NEIGHBOURS);
        smoothed = smooth(&smoothed, width, &near);
    }
    let middle = mean(&smoothed, width);
    smoothed = centred(&smoothed, &middle);
    if let Some(diffused) = diffused {
        smoothed = beside(&smoothed, width, &diffused.vectors, diffused.dimensions, DIFFUSION_SHARE);
        width += diffused.dimensions;
    }
    Ok((smoothed, width))
}

/// Unit vectors about the mean of their language, as far as that is known: a language of few texts stays near where it is.
fn centred_by_language(vectors: &[f32], dimensions: usize, languages: &[String]) -> Vec<f32> {
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    languages.iter().enumerate().for_each(|(row, language)| rows.entry(language).or_default().push(row));
    let mut moved = vectors.to_vec();
    for of_language in rows.values() {
        let mut sum = vec![0.0_f64; dimensions];
        for &row in of_language {
            let values = &vectors[row * dimensions..(row + 1) * dimensions];
            sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        let share = 1.0 / (of_language.len() as f64 + LANGUAGE_PRIOR);
        for &row in of_language {
            let row = &mut moved[row * dimensions..(row + 1) * dimensions];
            row.iter_mut().zip(&sum).for_each(|(value, sum)| *value -= (sum * share) as f32);
            normalise(row);
        }
    }
    moved
}

/// What the words alone say, where one language prevails; words do not cross languages.
fn lexical_view(sample: &Sample<'_>) -> Result<Vec<f32>, TextError> {
    let parameters = LatentParameters {
        dimensions: LEXICAL_DIMENSIONS,
        spectrum_power: 0.0,
        idf_power: 1.0,
        ..LatentParameters::default()
    };
    let texts: Vec<String> = sample.texts.iter().map(|text| (*text).to_owned()).collect();
    let words = fit_latent(&texts, &parameters)?;
    let encoded = words.encode(&sample.texts);
    let mean = mean(&encoded, LEXICAL_DIMENSIONS);
    Ok(centred(&encoded, &mean))
}

/// Two views of each text in one unit vector; `share` is the squared length of the second beside that of the first.
fn beside(first: &[f32], first_width: usize, second: &[f32], second_width: usize, share: f32) -> Vec<f32> {
    let share = share.sqrt();
    let mut both = Vec::with_capacity(first.len() + second.len());
    for (first, second) in first.chunks_exact(first_width).zip(second.chunks_exact(second_width)) {
        both.extend_from_slice(first);
        both.extend(second.iter().map(|value| value * share));
    }
    both.par_chunks_exact_mut(first_width + second_width).for_each(normalise);
    both
}
