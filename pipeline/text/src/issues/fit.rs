//! Fits an issue set: clusters that find their own number, with outliers left out.
//!
//! In: texts with their languages, and an embedding. Out: an [`IssueSet`]. The steps: take a sample and drop repeated
//! texts, embed, join mutual nearest neighbours, find communities, keep those that are large enough, re-centre them once,
//! set each threshold from its own members, name them.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::{Issue, IssueSet, VERSION, communities, naming, neighbours};
use crate::TextError;
use crate::embedding::{Embedding, normalise};

/// How issues are fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IssueParameters {
    /// At most this many texts are clustered, spread evenly over the input; the rest is assigned later.
    pub maximum_texts: usize,
    /// Neighbours of each text that are looked at.
    pub neighbours: usize,
    /// Texts with a lower cosine are never neighbours.
    pub minimum_similarity: f32,
    /// Above 1 gives more and smaller issues, below 1 fewer and larger ones.
    pub resolution: f64,
    /// Communities with fewer texts become outliers.
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
            neighbours: 15,
            minimum_similarity: 0.3,
            resolution: 4.0,
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
        if !(2..=200).contains(&self.neighbours) {
            return wrong("neighbours", "must be 2..=200");
        }
        if !(self.resolution.is_finite() && self.resolution > 0.0) {
            return wrong("resolution", "must be above 0");
        }
        if self.minimum_size < 2 {
            return wrong("minimum_size", "must be at least 2");
        }
        if !(0.0..=0.5).contains(&self.threshold_quantile) {
            return wrong("threshold_quantile", "must be 0..=0.5");
        }
        if !(0.0..=1.0).contains(&self.minimum_threshold) || !(0.0..=1.0).contains(&self.minimum_similarity) {
            return wrong("minimum_threshold, minimum_similarity", "must be 0..=1");
        }
        if self.examples == 0 {
            return wrong("examples", "must be at least 1");
        }
        Ok(())
    }
}

/// The texts that are clustered: each once, with how often it came.
struct Sample<'a> {
    texts: Vec<&'a str>,
    languages: Vec<&'a str>,
    counts: Vec<u32>,
}

impl IssueSet {
    /// Fits issues on texts; `languages` holds the label of each text, or an empty string.
    ///
    /// The cost is about n^1.5 x 10 x dimensions for the n texts of the sample (100,000 by default), whatever the number of
    /// texts; memory about n x (dimensions + 2 x neighbours) x 8 bytes.
    ///
    /// # Errors
    /// When a parameter is out of range, the lengths differ, or fewer than two different texts have a known token.
    ///
    /// # Determinism
    /// The same texts in the same order give the same set for any number of threads.
    pub fn fit(
        texts: &[String],
        languages: &[String],
        embedding: &Embedding,
        parameters: &IssueParameters,
    ) -> Result<Self, TextError> {
        parameters.check()?;
        if texts.len() != languages.len() {
            return Err(TextError::LengthMismatch {
                left: "texts",
                left_count: texts.len(),
                right: "languages",
                right_count: languages.len(),
            });
        }
        let dimensions = embedding.dimensions();
        let (sample, vectors) = embed(take_sample(texts, languages, parameters.maximum_texts), embedding);
        if sample.texts.len() < 2 {
            return Err(TextError::TooFewTexts { model: "issue set", needed: 2, found: sample.texts.len() });
        }
        let least = parameters.minimum_similarity;
        let graph = neighbours::mutual_neighbours(&vectors, dimensions, parameters.neighbours, least);
        let community = communities::communities(&graph, parameters.resolution);
        let first: Vec<Option<usize>> = keep_large(&community, &sample.counts, parameters.minimum_size);
        let centroids = centroids(&vectors, dimensions, &first, &sample.counts);

        // One round of re-centring: texts at the border go where they are nearest.
        let provisional = Self::bare(dimensions, centroids, parameters.minimum_threshold);
        let second: Vec<Option<usize>> = nearest(&provisional, &vectors)?;
        let second = keep_large_again(&second, &sample.counts, parameters.minimum_size);
        let centroids = self::centroids(&vectors, dimensions, &second, &sample.counts);
        Ok(describe(&sample, &vectors, dimensions, &second, centroids, parameters))
    }

    fn bare(dimensions: usize, centroids: Vec<f32>, threshold: f32) -> Self {
        let issue = Issue {
            id: String::new(),
            name: String::new(),
            terms: std::collections::BTreeMap::new(),
            examples: Vec::new(),
            size: 0,
            threshold,
        };
        Self { version: VERSION, issues: vec![issue; centroids.len() / dimensions], dimensions, centroids }
    }
}

fn nearest(set: &IssueSet, vectors: &[f32]) -> Result<Vec<Option<usize>>, TextError> {
    Ok(set.assign(vectors)?.into_iter().map(|entry| entry.map(|(index, _)| index as usize)).collect())
}

fn take_sample<'a>(texts: &'a [String], languages: &'a [String], maximum: usize) -> Sample<'a> {
    let step = texts.len().div_ceil(maximum).max(1);
    let mut sample = Sample { texts: Vec::new(), languages: Vec::new(), counts: Vec::new() };
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (text, language) in texts.iter().zip(languages).step_by(step) {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            continue;
        }
        let place = *places.entry(trimmed).or_insert(sample.texts.len());
        if place == sample.texts.len() {
            sample.texts.push(trimmed);
            sample.languages.push(language);
            sample.counts.push(0);
        }
        sample.counts[place] += 1;
    }
    sample
}

/// Embeds the sample; texts without a known token are dropped.
fn embed<'a>(sample: Sample<'a>, embedding: &Embedding) -> (Sample<'a>, Vec<f32>) {
    let dimensions = embedding.dimensions();
    let encoded = embedding.encode(&sample.texts);
    let mut kept = Sample { texts: Vec::new(), languages: Vec::new(), counts: Vec::new() };
    let mut vectors = Vec::with_capacity(encoded.len());
    for (index, row) in encoded.chunks_exact(dimensions).enumerate() {
        if row.iter().any(|&value| value != 0.0) {
            kept.texts.push(sample.texts[index]);
            kept.languages.push(sample.languages[index]);
            kept.counts.push(sample.counts[index]);
            vectors.extend_from_slice(row);
        }
    }
    (kept, vectors)
}

/// Numbers the communities with enough texts from the largest on; the others are outliers.
fn keep_large(community: &[usize], counts: &[u32], minimum: usize) -> Vec<Option<usize>> {
    let communities: Vec<Option<usize>> = community.iter().map(|&community| Some(community)).collect();
    keep_large_again(&communities, counts, minimum)
}

fn keep_large_again(community: &[Option<usize>], counts: &[u32], minimum: usize) -> Vec<Option<usize>> {
    let highest = community.iter().flatten().max().map_or(0, |&highest| highest + 1);
    let mut sizes = vec![0_u64; highest];
    let mut different = vec![0_usize; highest];
    for (&community, &count) in community.iter().zip(counts) {
        if let Some(community) = community {
            sizes[community] += u64::from(count);
            different[community] += 1;
        }
    }
    let mut order: Vec<usize> =
        (0..highest).filter(|&index| sizes[index] >= minimum as u64 && different[index] >= 2).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(sizes[index]), index));
    let mut numbers = vec![None; highest];
    for (number, &index) in order.iter().enumerate() {
        numbers[index] = Some(number);
    }
    community.iter().map(|community| community.and_then(|community| numbers[community])).collect()
}

fn centroids(vectors: &[f32], dimensions: usize, issues: &[Option<usize>], counts: &[u32]) -> Vec<f32> {
    let count = issues.iter().flatten().max().map_or(0, |&highest| highest + 1);
    let mut centroids = vec![0.0_f32; count * dimensions];
    for ((row, issue), &weight) in vectors.chunks_exact(dimensions).zip(issues).zip(counts) {
        let Some(issue) = *issue else { continue };
        let centroid = &mut centroids[issue * dimensions..(issue + 1) * dimensions];
        // A text that came a thousand times must not be the issue: its weight grows with the logarithm.
        let weight = 1.0 + (weight as f32).ln();
        centroid.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
    }
    centroids.chunks_exact_mut(dimensions).for_each(normalise);
    centroids
}

fn describe(
    sample: &Sample<'_>,
    vectors: &[f32],
    dimensions: usize,
    issues: &[Option<usize>],
    centroids: Vec<f32>,
    parameters: &IssueParameters,
) -> IssueSet {
    let count = centroids.len() / dimensions;
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (index, issue) in issues.iter().enumerate() {
        if let Some(issue) = *issue {
            members[issue].push(index);
        }
    }
    let terms = naming::terms(&sample.texts, &sample.languages, issues, count);
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
            let last = near.len().saturating_sub(1);
            let place = last - (last as f64 * parameters.threshold_quantile) as usize;
            let lowest = near.get(place).map_or(1.0, |entry| entry.0);
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
                threshold: (lowest - 1e-5).max(parameters.minimum_threshold),
            }
        })
        .collect();
    IssueSet { version: VERSION, issues: described, dimensions, centroids }
}

/// The first three terms of the language with the most texts; the medoid's beginning when there are none.
fn issue_name(
    sample: &Sample<'_>,
    members: &[usize],
    terms: &std::collections::BTreeMap<String, Vec<String>>,
    examples: &[String],
) -> String {
    let mut by_language: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for &index in members {
        *by_language.entry(sample.languages[index]).or_insert(0) += u64::from(sample.counts[index]);
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
