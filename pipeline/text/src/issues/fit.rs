//! Fits an issue set: clusters that find their own number, with outliers left out.
//!
//! In: texts with their languages, and an embedding. Out: an [`IssueSet`]. The steps: take each text once and a sample of
//! them, embed, subtract the mean, smooth over nearest neighbours, join clusters by average linkage, keep those that are
//! large enough, re-centre them once, set each threshold from its own members, name them.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::agglomerate::agglomerate;
use super::neighbours::{neighbours, smooth};
use super::{Issue, IssueSet, VERSION, naming};
use crate::TextError;
use crate::embedding::{Embedding, normalise};
use crate::latent::{LatentParameters, fit_latent};

/// How issues are fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IssueParameters {
    /// At most this many different texts are clustered, those with the lowest hashes; the rest is assigned.
    pub maximum_texts: usize,
    /// The mean cosine that two groups of texts must have to be one issue, after smoothing: lower gives fewer, wider issues.
    pub cohesion: f32,
    /// Clusters with fewer texts become outliers.
    pub minimum_size: usize,
    /// The share of an issue's own texts that may fall below its threshold.
    pub threshold_quantile: f64,
    /// No threshold is lower than this.
    pub minimum_threshold: f32,
    /// Typical texts kept per issue.
    pub examples: usize,
}

impl Default for IssueParameters {
    fn default() -> Self {
        Self {
            maximum_texts: 100_000,
            cohesion: 0.5,
            minimum_size: 8,
            threshold_quantile: 0.05,
            minimum_threshold: 0.25,
            examples: 5,
        }
    }
}

impl IssueParameters {
    fn check(&self) -> Result<(), TextError> {
        let wrong = |name, reason: &str| Err(TextError::Parameter { name, reason: reason.to_owned() });
        if self.maximum_texts < 10 {
            return wrong("maximum_texts", "must be at least 10");
        }
        if !(0.0..1.0).contains(&self.cohesion) {
            return wrong("cohesion", "must be 0..1");
        }
        if self.minimum_size < 2 {
            return wrong("minimum_size", "must be at least 2");
        }
        if !(0.0..=0.5).contains(&self.threshold_quantile) {
            return wrong("threshold_quantile", "must be 0..=0.5");
        }
        if !(0.0..=1.0).contains(&self.minimum_threshold) {
            return wrong("minimum_threshold", "must be 0..=1");
        }
        if self.examples == 0 {
            return wrong("examples", "must be at least 1");
        }
        Ok(())
    }
}

/// Neighbours that a text is drawn towards, how often, and those that join clusters.
const SMOOTHING_NEIGHBOURS: usize = 10;
const SMOOTHING_ROUNDS: usize = 2;
const JOINING_NEIGHBOURS: usize = 15;
/// In a corpus of one language, words count beside meaning: the share of their squared length, and what "one language" is.
const LEXICAL_SHARE: f32 = 0.3;
const ONE_LANGUAGE: f64 = 0.9;
const LEXICAL_DIMENSIONS: usize = 96;
/// Texts of other issues that a threshold is set against, and the share of them that may pass it: what is as near as they
/// are is no sign of belonging, and a text in words that nobody used before need not be as near as those it was fitted on.
const OTHERS: usize = 4096;
const STRANGERS: f64 = 0.01;

/// The texts that are clustered: each once, with how often it came.
struct Sample<'a> {
    texts: Vec<&'a str>,
    languages: Vec<String>,
    counts: Vec<u32>,
}

impl IssueSet {
    /// Fits issues on texts; `language` tells the language of one, or an empty string.
    ///
    /// The cost is about n^1.5 x 30 x dimensions for the n texts of the sample (100,000 by default), whatever the number of
    /// texts; memory about n x dimensions x 12 bytes above the texts.
    ///
    /// # Errors
    /// When a parameter is out of range, or fewer than two different texts have a known token.
    ///
    /// # Determinism
    /// The same texts give the same set in any order and for any number of threads.
    pub fn fit(
        texts: &[String],
        language: &(dyn Fn(&str) -> String + Sync),
        embedding: &Embedding,
        parameters: &IssueParameters,
    ) -> Result<Self, TextError> {
        parameters.check()?;
        let dimensions = embedding.dimensions();
        let (sample, vectors) = embed(take_sample(texts, language, parameters.maximum_texts), embedding);
        if sample.texts.len() < 2 {
            return Err(TextError::TooFewTexts { model: "issue set", needed: 2, found: sample.texts.len() });
        }
        let mean = mean(&vectors, dimensions);
        let vectors = centred(&vectors, &mean);
        let clusters = cluster(&sample, &vectors, dimensions, parameters.cohesion)?;
        let clusters: Vec<Option<usize>> = clusters.into_iter().map(Some).collect();
        let first = keep_large(&clusters, &sample.counts, parameters.minimum_size);
        let centroids = centroids(&vectors, dimensions, &first, &sample.counts);

        // One round of re-centring: texts at the border go where they are nearest.
        let provisional = Self::bare(mean, centroids, parameters.minimum_threshold);
        let second: Vec<Option<usize>> = nearest(&provisional, &vectors);
        let second = keep_large(&second, &sample.counts, parameters.minimum_size);
        let centroids = self::centroids(&vectors, dimensions, &second, &sample.counts);
        Ok(describe(&sample, &vectors, provisional.mean, &second, centroids, parameters))
    }

    fn bare(mean: Vec<f32>, centroids: Vec<f32>, threshold: f32) -> Self {
        let dimensions = mean.len();
        let issue = Issue {
            id: String::new(),
            name: String::new(),
            terms: BTreeMap::new(),
            examples: Vec::new(),
            size: 0,
            threshold,
        };
        let issues = vec![issue; centroids.len() / dimensions];
        Self { version: VERSION, embedding_hash: String::new(), issues, mean, centroids }
    }
}

fn nearest(set: &IssueSet, vectors: &[f32]) -> Vec<Option<usize>> {
    let near = set.nearest_centred(vectors);
    near.into_iter()
        .map(|found| found.filter(|found| set.is_within(*found)).map(|(issue, _)| issue as usize))
        .collect()
}

/// The average-linkage clusters of the smoothed vectors.
fn cluster(
    sample: &Sample<'_>,
    vectors: &[f32],
    dimensions: usize,
    cohesion: f32,
) -> Result<Vec<usize>, TextError> {
    let (mut smoothed, width) = match lexical_view(sample)? {
        Some(words) => (beside(vectors, dimensions, &words), dimensions + LEXICAL_DIMENSIONS),
        None => (vectors.to_vec(), dimensions),
    };
    for _ in 0..SMOOTHING_ROUNDS {
        let near = neighbours(&smoothed, width, SMOOTHING_NEIGHBOURS);
        smoothed = smooth(&smoothed, width, &near);
    }
    let middle = mean(&smoothed, width);
    let smoothed = centred(&smoothed, &middle);
    let near = neighbours(&smoothed, width, JOINING_NEIGHBOURS);
    let weights: Vec<f32> = sample.counts.iter().map(|&count| weight(count)).collect();
    Ok(agglomerate(&smoothed, width, &weights, &near, cohesion))
}

/// What the words alone say, where one language prevails; words do not cross languages.
fn lexical_view(sample: &Sample<'_>) -> Result<Option<Vec<f32>>, TextError> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    sample.languages.iter().for_each(|language| *counts.entry(language.as_str()).or_insert(0) += 1);
    let most = counts.values().copied().max().unwrap_or(0);
    if sample.texts.len() < 200 || (most as f64) < ONE_LANGUAGE * sample.texts.len() as f64 {
        return Ok(None);
    }
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
    Ok(Some(centred(&encoded, &mean)))
}

/// Both views of each text in one unit vector.
fn beside(vectors: &[f32], dimensions: usize, words: &[f32]) -> Vec<f32> {
    let share = LEXICAL_SHARE.sqrt();
    let mut both = Vec::with_capacity(vectors.len() + words.len());
    for (row, words) in vectors.chunks_exact(dimensions).zip(words.chunks_exact(LEXICAL_DIMENSIONS)) {
        both.extend_from_slice(row);
        both.extend(words.iter().map(|value| value * share));
    }
    both.par_chunks_exact_mut(dimensions + LEXICAL_DIMENSIONS).for_each(normalise);
    both
}

pub(super) fn mean(vectors: &[f32], dimensions: usize) -> Vec<f32> {
    let mut sums = vec![0.0_f64; dimensions];
    for row in vectors.chunks_exact(dimensions) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let rows = (vectors.len() / dimensions).max(1) as f64;
    sums.into_iter().map(|sum| (sum / rows) as f32).collect()
}

/// Unit vectors about a mean; rows of zeros stay.
pub(super) fn centred(vectors: &[f32], mean: &[f32]) -> Vec<f32> {
    let mut moved = vectors.to_vec();
    moved.par_chunks_exact_mut(mean.len()).for_each(|row| {
        if row.iter().any(|&value| value != 0.0) {
            row.iter_mut().zip(mean).for_each(|(value, mean)| *value -= mean);
            normalise(row);
        }
    });
    moved
}

/// A text that came a thousand times must not be the issue: its weight grows with the logarithm.
fn weight(count: u32) -> f32 {
    1.0 + (count as f32).ln()
}

/// Each text once; when there are too many, those with the lowest hashes, which is an even and repeatable choice.
fn take_sample<'a>(
    texts: &'a [String],
    language: &(dyn Fn(&str) -> String + Sync),
    maximum: usize,
) -> Sample<'a> {
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for trimmed in texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        *counts.entry(trimmed).or_insert(0) += 1;
    }
    let mut chosen: Vec<(u64, &str, u32)> =
        counts.into_iter().map(|(text, count)| (xxh3_64(text.as_bytes()), text, count)).collect();
    chosen.sort_unstable();
    chosen.truncate(maximum);
    Sample {
        texts: chosen.iter().map(|entry| entry.1).collect(),
        languages: chosen.par_iter().map(|entry| language(entry.1)).collect(),
        counts: chosen.iter().map(|entry| entry.2).collect(),
    }
}

/// Embeds the sample; texts without a known token are dropped.
fn embed<'a>(mut sample: Sample<'a>, embedding: &Embedding) -> (Sample<'a>, Vec<f32>) {
    let dimensions = embedding.dimensions();
    let encoded = embedding.encode(&sample.texts);
    let mut kept = Sample { texts: Vec::new(), languages: Vec::new(), counts: Vec::new() };
    let mut vectors = Vec::with_capacity(encoded.len());
    for (index, row) in encoded.chunks_exact(dimensions).enumerate() {
        if row.iter().any(|&value| value != 0.0) {
            kept.texts.push(sample.texts[index]);
            kept.languages.push(std::mem::take(&mut sample.languages[index]));
            kept.counts.push(sample.counts[index]);
            vectors.extend_from_slice(row);
        }
    }
    (kept, vectors)
}

/// Numbers the clusters with enough texts from the largest on; the others are outliers.
fn keep_large(clusters: &[Option<usize>], counts: &[u32], minimum: usize) -> Vec<Option<usize>> {
    let highest = clusters.iter().flatten().max().map_or(0, |&highest| highest + 1);
    let mut sizes = vec![0_u64; highest];
    let mut different = vec![0_usize; highest];
    for (&cluster, &count) in clusters.iter().zip(counts) {
        if let Some(cluster) = cluster {
            sizes[cluster] += u64::from(count);
            different[cluster] += 1;
        }
    }
    let mut order: Vec<usize> =
        (0..highest).filter(|&index| sizes[index] >= minimum as u64 && different[index] >= 2).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(sizes[index]), index));
    let mut numbers = vec![None; highest];
    for (number, &index) in order.iter().enumerate() {
        numbers[index] = Some(number);
    }
    clusters.iter().map(|cluster| cluster.and_then(|cluster| numbers[cluster])).collect()
}

fn centroids(vectors: &[f32], dimensions: usize, issues: &[Option<usize>], counts: &[u32]) -> Vec<f32> {
    let count = issues.iter().flatten().max().map_or(0, |&highest| highest + 1);
    let mut centroids = vec![0.0_f32; count * dimensions];
    for ((row, issue), &weight) in vectors.chunks_exact(dimensions).zip(issues).zip(counts) {
        let Some(issue) = *issue else { continue };
        let centroid = &mut centroids[issue * dimensions..(issue + 1) * dimensions];
        let weight = self::weight(weight);
        centroid.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
    }
    centroids.chunks_exact_mut(dimensions).for_each(normalise);
    centroids
}

fn describe(
    sample: &Sample<'_>,
    vectors: &[f32],
    mean: Vec<f32>,
    issues: &[Option<usize>],
    centroids: Vec<f32>,
    parameters: &IssueParameters,
) -> IssueSet {
    let dimensions = mean.len();
    let count = centroids.len() / dimensions;
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (index, issue) in issues.iter().enumerate() {
        if let Some(issue) = *issue {
            members[issue].push(index);
        }
    }
    let languages: Vec<&str> = sample.languages.iter().map(String::as_str).collect();
    let terms = naming::terms(&sample.texts, &languages, issues, count);
    let described = members
        .into_par_iter()
        .zip(terms)
        .enumerate()
        .map(|(issue, (members, terms))| {
            let centroid = &centroids[issue * dimensions..(issue + 1) * dimensions];
            let mut near: Vec<(f32, usize)> = members
                .iter()
                .map(|&index| {
                    let row = &vectors[index * dimensions..(index + 1) * dimensions];
                    (row.iter().zip(centroid).map(|(left, right)| left * right).sum(), index)
                })
                .collect();
            near.sort_by(|left, right| {
                right.0.total_cmp(&left.0).then_with(|| sample.texts[left.1].cmp(sample.texts[right.1]))
            });
            let own =
                lower_quantile(near.iter().map(|entry| entry.0).collect(), parameters.threshold_quantile);
            let others: Vec<f32> = (0..sample.texts.len())
                .filter(|&index| issues[index] != Some(issue))
                .step_by((sample.texts.len() / OTHERS).max(1))
                .map(|index| {
                    let row = &vectors[index * dimensions..(index + 1) * dimensions];
                    row.iter().zip(centroid).map(|(left, right)| left * right).sum()
                })
                .collect();
            let others = lower_quantile(others, 1.0 - STRANGERS);
            let examples: Vec<String> = near
                .iter()
                .take(parameters.examples)
                .map(|&(_, index)| sample.texts[index].to_owned())
                .collect();
            Issue {
                id: issue_id(examples.first().map_or("", String::as_str)),
                name: issue_name(sample, &members, &terms, &examples),
                terms,
                examples,
                size: members.iter().map(|&index| u64::from(sample.counts[index])).sum(),
                threshold: (own.min(others) - 1e-5).max(parameters.minimum_threshold),
            }
        })
        .collect();
    IssueSet { version: VERSION, embedding_hash: String::new(), issues: described, mean, centroids }
}

/// The value below which this share of the values lies; 1 when there are none.
fn lower_quantile(mut values: Vec<f32>, share: f64) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    let place = (values.len().saturating_sub(1) as f64 * share) as usize;
    values.get(place).copied().unwrap_or(1.0)
}

/// The first three terms of the language with the most texts; the medoid's beginning when there are none.
fn issue_name(
    sample: &Sample<'_>,
    members: &[usize],
    terms: &BTreeMap<String, Vec<String>>,
    examples: &[String],
) -> String {
    let mut by_language: BTreeMap<&str, u64> = BTreeMap::new();
    for &index in members {
        *by_language.entry(sample.languages[index].as_str()).or_insert(0) += u64::from(sample.counts[index]);
    }
    let leading = by_language
        .iter()
        .filter(|(language, _)| terms.contains_key(**language))
        .max_by_key(|&(language, count)| (*count, std::cmp::Reverse(*language)));
    match leading.and_then(|(language, _)| terms.get(*language)) {
        Some(terms) => terms.iter().take(3).cloned().collect::<Vec<_>>().join(", "),
        None => examples.first().map(|text| text.chars().take(40).collect()).unwrap_or_default(),
    }
}

/// `i-` and ten base32 characters (RFC 4648, lower case) of the first 50 bits of xxh3 of the medoid.
fn issue_id(medoid: &str) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let hash = xxh3_64(medoid.as_bytes());
    let characters = (0..10).map(|place| char::from(ALPHABET[(hash >> (59 - 5 * place)) as usize & 31]));
    "i-".chars().chain(characters).collect()
}
