//! Fits an issue set: clusters that find their own number, with outliers left out.
//!
//! In: texts with their languages, and an embedding. Out: an [`IssueSet`]. The steps: take each text once and a sample of
//! them, embed, subtract the mean, set other views beside (`cluster.rs`), smooth over nearest neighbours, join clusters into
//! a tree, cut it where texts are nearest to their own cluster, keep clusters that are large enough, re-centre them once, set
//! each threshold, name them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::cluster::{Before, cluster};
use super::describe::{Clusters, Heritage};
use super::history::{IssueChange, IssueEvent};
use super::lineage::{Fate, Lineage, Origin, Shared, trace};
use super::product::products;
use super::{Issue, IssueSet, VERSION};
use crate::TextError;
use crate::embedding::normalise;
use crate::encoder::Encoder;
use crate::statement::Boilerplate;

/// How issues are fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IssueParameters {
    /// At most this many different texts are clustered, those with the lowest hashes; the rest is assigned.
    pub maximum_texts: usize,
    /// Two groups of texts with a lower mean cosine, with all views side by side and smoothed, are never one issue. How
    /// many issues there are above that is found: raise it only where issues come out too wide.
    pub cohesion: f32,
    /// The mean cosine that two groups of issues must have to share a parent.
    pub parent_cohesion: f32,
    /// Clusters with fewer texts become outliers; of many texts, those with less than one in two thousand.
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
            cohesion: 0.2,
            parent_cohesion: 0.2,
            minimum_size: 8,
            threshold_quantile: 0.05,
            minimum_threshold: 0.4,
            examples: 5,
        }
    }
}

impl IssueParameters {
    /// With the least size of an issue of a sample.
    fn of_sample(&self, sample: &Sample<'_>) -> Self {
        let texts: u64 = sample.counts.iter().map(|&count| u64::from(count)).sum();
        let least = (texts as f64 * MINIMUM_SHARE) as usize;
        Self { minimum_size: self.minimum_size.max(least), ..self.clone() }
    }

    fn check(&self) -> Result<(), TextError> {
        let wrong = |name, reason: &str| Err(TextError::Parameter { name, reason: reason.to_owned() });
        if self.maximum_texts < 10 {
            return wrong("maximum_texts", "must be at least 10");
        }
        if !(0.0..1.0).contains(&self.cohesion) {
            return wrong("cohesion", "must be 0..1");
        }
        if !(0.0..=self.cohesion).contains(&self.parent_cohesion) {
            return wrong("parent_cohesion", "must be 0..=cohesion");
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

/// An issue has at least this share of the texts.
const MINIMUM_SHARE: f64 = 0.0005;
/// How sure a text must be of a cluster to move its centre.
const RECENTRING_CERTAINTY: f32 = 0.5;
/// The texts that are clustered: each once, with how often it came.
pub(super) struct Sample<'a> {
    pub(super) texts: Vec<&'a str>,
    pub(super) languages: Vec<String>,
    pub(super) counts: Vec<u32>,
}

impl Sample<'_> {
    /// The language with the most texts; the first of equals.
    fn leading_language(&self) -> &str {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        self.languages.iter().for_each(|language| *counts.entry(language).or_insert(0) += 1);
        let leading = counts.iter().max_by_key(|&(language, count)| (*count, std::cmp::Reverse(*language)));
        leading.map_or("", |(language, _)| language)
    }

    pub(super) fn share_of_leading_language(&self) -> f64 {
        let leading = self.leading_language();
        let count = self.languages.iter().filter(|language| *language == leading).count();
        count as f64 / self.languages.len().max(1) as f64
    }

    /// The language of every text as a number, in the order of their names.
    pub(super) fn language_numbers(&self) -> Vec<usize> {
        let names: BTreeSet<&str> = self.languages.iter().map(String::as_str).collect();
        let numbers: BTreeMap<&str, usize> = names.into_iter().zip(0..).collect();
        self.languages.iter().map(|language| numbers[language.as_str()]).collect()
    }
}

/// Tells the place of a text's issue.
pub type LabelOf<'a> = dyn Fn(&str) -> Option<usize> + Sync + 'a;

/// The fit before, whose issues go on under their ids.
pub struct Previous<'a> {
    /// Its set.
    pub set: &'a IssueSet,
    /// The place in `set.issues` of a text's issue, when another encoder made the set; without it the set itself says.
    pub labels: Option<&'a LabelOf<'a>>,
    /// Ids that were ever given; none is given again.
    pub used_ids: &'a BTreeSet<String>,
    /// Issues that stay whatever the clusters say.
    pub locked: &'a BTreeSet<String>,
}

/// What a fit gives.
pub struct Fitted {
    /// The set.
    pub set: IssueSet,
    /// What happened to issues, those that go on left out; `day` is for the caller to set.
    pub events: Vec<IssueEvent>,
    /// How many issues go on from the fit before.
    pub continued_count: usize,
}

impl IssueSet {
    /// Fits issues on texts; `language` tells the language of one, or an empty string.
    ///
    /// The cost is about n^1.5 x 30 x width for the n texts of the sample (100,000 by default), whatever the number of
    /// texts, and memory about n x width x 12 bytes above the texts; the width is that of the vectors, of those of the
    /// issues before in a refit, and of 96 and 128 dimensions for words and walks in one language.
    ///
    /// # Errors
    /// When a parameter is out of range, or fewer than two different texts have a known token, or the encoder fails.
    ///
    /// # Determinism
    /// The same texts give the same set in any order and for any number of threads.
    pub fn fit(
        texts: &[String],
        language: &(dyn Fn(&str) -> String + Sync),
        encoder: &Encoder,
        parameters: &IssueParameters,
        previous: Option<&Previous<'_>>,
    ) -> Result<Fitted, TextError> {
        parameters.check()?;
        let dimensions = encoder.dimensions();
        let (sample, raw) = embed(take_sample(texts, language, parameters.maximum_texts), encoder)?;
        let parameters = &parameters.of_sample(&sample);
        if sample.texts.len() < 2 {
            return Err(TextError::TooFewTexts { model: "issue set", needed: 2, found: sample.texts.len() });
        }
        let old = previous.map(|previous| previous.issues_of(&sample, &raw)).transpose()?;
        let mean = mean(&raw, dimensions);
        let vectors = centred(&raw, &mean);
        drop(raw);
        let memory = match (previous, &old) {
            (Some(previous), Some(old)) => previous.memory(old, dimensions),
            _ => None,
        };
        let before = Before { memory, issues: old.as_deref() };
        let clusters = cluster(&sample, &vectors, before, encoder, parameters)?;
        let mut clusters: Vec<Option<usize>> = clusters.into_iter().map(Some).collect();
        if let (Some(previous), Some(old)) = (previous, &old) {
            previous.hold(old, &mut clusters);
        }
        let first = keep_large(&clusters, &sample.counts, parameters.minimum_size);
        let centroids = centroids(&vectors, dimensions, &first, &sample.counts);

        // One round of re-centring: texts at the border go where they are nearest.
        let provisional = Self::bare(mean, centroids, RECENTRING_CERTAINTY);
        let of_text: Vec<Option<usize>> = nearest(&provisional, &vectors);
        let of_text = keep_large(&of_text, &sample.counts, parameters.minimum_size);
        let mut centroids = self::centroids(&vectors, dimensions, &of_text, &sample.counts);

        let old_set = previous.map(|previous| previous.set);
        let lineage = match (previous, &old) {
            (Some(previous), Some(old)) => previous.lineage(old, &of_text, &sample.counts, &centroids),
            _ => Lineage { origins: vec![Origin::Born; centroids.len() / dimensions], fates: Vec::new() },
        };
        if let Some(previous) = previous {
            previous.draw_back(&lineage, &mut centroids, dimensions);
        }
        let clusters = Clusters {
            sample: &sample,
            vectors: &vectors,
            dimensions,
            of_text: &of_text,
            centroids: &centroids,
            language: sample.leading_language(),
        };
        let heritage = Heritage {
            origins: &lineage.origins,
            old: old_set.map_or(&[], |set| &set.issues),
            used_ids: previous.map(|previous| previous.used_ids.clone()).unwrap_or_default(),
        };
        let issues = clusters.describe(parameters, heritage);
        let mut set = Self {
            version: VERSION,
            embedding_hash: String::new(),
            issues,
            boilerplate: Boilerplate::default(),
            mean: provisional.mean,
            centroids,
        };
        let mut events = events(&set, &lineage, old_set);
        if let Some(previous) = previous {
            set.keep_locked(previous, &lineage, &mut events);
        }
        let is_continued = |origin: &&Origin| matches!(origin, Origin::Continued(_));
        let continued_count = lineage.origins.iter().filter(is_continued).count();
        Ok(Fitted { set, events, continued_count })
    }

    /// Takes locked issues over that no cluster continues.
    fn keep_locked(&mut self, previous: &Previous<'_>, lineage: &Lineage, events: &mut Vec<IssueEvent>) {
        if previous.labels.is_some() {
            return;
        }
        let dimensions = self.dimensions();
        for (place, (issue, fate)) in previous.set.issues.iter().zip(&lineage.fates).enumerate() {
            if matches!(fate, Fate::Continued(_)) || !previous.locked.contains(&issue.id) {
                continue;
            }
            // Its direction about the old mean, seen from the new one.
            let centre = &previous.set.centroids[place * dimensions..(place + 1) * dimensions];
            let moved: Vec<f32> =
                centre.iter().zip(&previous.set.mean).map(|(value, mean)| value + mean).collect();
            self.centroids.extend(centred(&moved, &self.mean));
            self.issues.push(Issue { size: 0, ..issue.clone() });
            events.retain(|event| event.issue != issue.id);
        }
    }

    fn bare(mean: Vec<f32>, centroids: Vec<f32>, threshold: f32) -> Self {
        let dimensions = mean.len();
        let issue = Issue {
            id: String::new(),
            name: String::new(),
            parent: None,
            terms: BTreeMap::new(),
            examples: Vec::new(),
            quotes: BTreeMap::new(),
            size: 0,
            threshold,
        };
        let issues = vec![issue; centroids.len() / dimensions];
        Self {
            version: VERSION,
            embedding_hash: String::new(),
            issues,
            boilerplate: Boilerplate::default(),
            mean,
            centroids,
        }
    }
}

impl Previous<'_> {
    /// The old issue of every text of the sample.
    fn issues_of(&self, sample: &Sample<'_>, vectors: &[f32]) -> Result<Vec<Option<usize>>, TextError> {
        match self.labels {
            Some(labels) => Ok(sample.texts.par_iter().map(|text| labels(text)).collect()),
            None => {
                let assigned = self.set.assign(vectors)?;
                Ok(assigned.into_iter().map(|found| found.map(|found| found.issue as usize)).collect())
            }
        }
    }

    /// The old centre of every text's old issue, zeros where it had none: texts that were one issue stay together unless
    /// what they say draws them apart.
    fn memory(&self, old: &[Option<usize>], dimensions: usize) -> Option<Vec<f32>> {
        if self.labels.is_some() {
            return None;
        }
        let mut memory = vec![0.0_f32; old.len() * dimensions];
        for (row, issue) in memory.chunks_exact_mut(dimensions).zip(old) {
            if let Some(issue) = *issue {
                row.copy_from_slice(&self.set.centroids[issue * dimensions..(issue + 1) * dimensions]);
            }
        }
        Some(memory)
    }

    /// Moves the centre of every issue that goes on two thirds back to where it was: a text at the border keeps its issue.
    fn draw_back(&self, lineage: &Lineage, centroids: &mut [f32], dimensions: usize) {
        if self.labels.is_some() {
            return;
        }
        for (centroid, origin) in centroids.chunks_exact_mut(dimensions).zip(&lineage.origins) {
            if let Origin::Continued(old) = *origin {
                let old = &self.set.centroids[old * dimensions..(old + 1) * dimensions];
                centroid.iter_mut().zip(old).for_each(|(value, old)| *value += 2.0 * old);
                normalise(centroid);
            }
        }
    }

    /// Puts the texts of every locked issue into a cluster of their own.
    fn hold(&self, old: &[Option<usize>], clusters: &mut [Option<usize>]) {
        let free = clusters.iter().flatten().max().map_or(0, |&highest| highest + 1);
        for (old, cluster) in old.iter().zip(clusters) {
            if let Some(issue) = *old
                && self.locked.contains(&self.set.issues[issue].id)
            {
                *cluster = Some(free + issue);
            }
        }
    }

    fn lineage(
        &self,
        old: &[Option<usize>],
        new: &[Option<usize>],
        counts: &[u32],
        centroids: &[f32],
    ) -> Lineage {
        let texts: Vec<Shared> = old
            .iter()
            .zip(new)
            .zip(counts)
            .map(|((&old, &new), &count)| Shared { old, new, count })
            .collect();
        let dimensions = self.set.dimensions();
        let (cosines, new_count) = match self.labels {
            None => (products(&self.set.centroids, centroids, dimensions), centroids.len() / dimensions),
            Some(_) => (Vec::new(), new.iter().flatten().max().map_or(0, |&highest| highest + 1)),
        };
        trace(&texts, self.set.issues.len(), new_count, &cosines)
    }
}

/// What happened to issues between two fits; `day` stays 0.
fn events(set: &IssueSet, lineage: &Lineage, old: Option<&IssueSet>) -> Vec<IssueEvent> {
    let old = old.map_or(&[][..], |old| &old.issues);
    let event = |issue: &Issue, change, other: Option<&Issue>| IssueEvent {
        day: 0,
        issue: issue.id.clone(),
        name: issue.name.clone(),
        change,
        other: other.map(|other| other.id.clone()),
    };
    let came = set.issues.iter().zip(&lineage.origins).filter_map(|(issue, origin)| match *origin {
        Origin::Continued(_) => None,
        Origin::Split(from) => Some(event(issue, IssueChange::Split, old.get(from))),
        Origin::Born => Some(event(issue, IssueChange::Born, None)),
    });
    let went = old.iter().zip(&lineage.fates).filter_map(|(issue, fate)| match *fate {
        Fate::Continued(_) => None,
        Fate::Merged(into) => Some(event(issue, IssueChange::Merged, set.issues.get(into))),
        Fate::Retired => Some(event(issue, IssueChange::Retired, None)),
    });
    came.chain(went).collect()
}

fn nearest(set: &IssueSet, vectors: &[f32]) -> Vec<Option<usize>> {
    let near = set.nearest_centred(vectors);
    near.into_iter()
        .map(|found| found.filter(|found| set.is_within(found)).map(|found| found.issue as usize))
        .collect()
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
pub(super) fn weight(count: u32) -> f32 {
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
fn embed<'a>(mut sample: Sample<'a>, encoder: &Encoder) -> Result<(Sample<'a>, Vec<f32>), TextError> {
    let dimensions = encoder.dimensions();
    let encoded = encoder.encode(&sample.texts)?;
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
    Ok((kept, vectors))
}

/// Numbers the clusters with enough texts from the largest on; the others are outliers.
pub(super) fn keep_large(clusters: &[Option<usize>], counts: &[u32], minimum: usize) -> Vec<Option<usize>> {
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
