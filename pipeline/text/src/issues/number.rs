//! How many issues there are: where the tree of clusters is cut.
//!
//! In: a tree, the vectors, the languages where there are many. Out: the cut under which texts are nearest to their own
//! cluster and far from the next one. Nothing is told how many there should be.
//!
//! The index of a cut is the mean over texts of (own - next) / (1 - the smaller of the two), own and next being cosines with the
//! centre of the own and of the nearest other cluster: the silhouette with centres (Rousseeuw 1987; Vendramin 2010, section
//! 2.1), on the vectors as they are, not as smoothed for joining. Where many languages speak, a text is compared with what the
//! *other* languages say in each cluster: a cluster that only one language knows explains nothing, and sayings of one
//! language are not taken for issues. Its twins, the nearest text of each other language, are left out of its own cluster:
//! a sentence and its translations are one saying, not an issue. A refit adds to the index how many texts keep their issue.
//! Of cuts that are as good as makes no difference, the one with the fewest clusters is taken.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::agglomerate::Tree;
use super::fit::keep_large;
use super::product::products;
use crate::embedding::normalise;

/// Texts whose index is taken, at most: the sample comes in the order of a hash, so the first ones are an even choice.
const JUDGED: usize = 4096;
/// Texts that twins are looked for in, at most.
const TWINS_OF: usize = 8192;
/// From one cut that is tried to the next, the number of clusters grows by this factor.
const STEP: f64 = 1.07;
/// What keeping all texts in their issues is worth beside the index, in a refit: where the index is flat, the number of issues
/// would come out another one every time.
const KEEPING: f64 = 0.5;
/// A cut with this share of the best index is as good.
const AS_GOOD: f64 = 0.98;

/// What cuts are judged by.
pub(super) struct Judge<'a> {
    /// Unit vectors, one row per text.
    pub(super) vectors: &'a [f32],
    pub(super) dimensions: usize,
    /// How often each text came.
    pub(super) counts: &'a [u32],
    /// A number per language and text, where no language prevails.
    pub(super) languages: Option<Vec<usize>>,
    /// The issue that each text had before, in a refit.
    pub(super) old_issues: Option<&'a [Option<usize>]>,
    /// Smaller clusters are none.
    pub(super) minimum_size: usize,
}

impl Judge<'_> {
    /// The clusters of the best cut whose clusters hang together by at least `cohesion`.
    ///
    /// # Determinism
    /// The same for any number of threads.
    pub(super) fn choose(&self, tree: &Tree, cohesion: f32) -> Vec<usize> {
        let mut tried: Vec<usize> = Vec::new();
        for count in tree.counts(cohesion).take_while(|count| count * 4 <= self.counts.len()) {
            if tried.last().is_none_or(|&last| count as f64 >= last as f64 * STEP) {
                tried.push(count);
            }
        }
        let twins = self.languages.as_deref().map(|languages| self.twins(languages));
        let judge = |&count: &usize| {
            let clusters = tree.cut(count);
            Some(self.index(&clusters, twins.as_deref())? + KEEPING * self.kept(&clusters))
        };
        let indices: Vec<Option<f64>> = tried.par_iter().map(judge).collect();
        let best = indices.iter().flatten().fold(f64::NEG_INFINITY, |best, &index| best.max(index));
        let is_good =
            |index: &Option<f64>| index.is_some_and(|index| index >= best - (1.0 - AS_GOOD) * best.abs());
        match indices.iter().position(is_good) {
            Some(place) => tree.cut(tried[place]),
            None => tree.cut_at(cohesion),
        }
    }

    /// The index of a cut, -1..1; `None` when fewer than two of its clusters are large enough.
    fn index(&self, clusters: &[usize], twins: Option<&[Vec<u32>]>) -> Option<f64> {
        let clusters: Vec<Option<usize>> = clusters.iter().copied().map(Some).collect();
        let large = keep_large(&clusters, self.counts, self.minimum_size);
        let count = large.iter().flatten().max().map_or(0, |&highest| highest + 1);
        let sums = self.sums(&large, count, |_| true);
        let judged = &self.vectors[..self.vectors.len().min(JUDGED * self.dimensions)];
        let own = nearest(judged, &unit(sums.clone(), self.dimensions), self.dimensions)?;
        let (Some(languages), Some(twins)) = (&self.languages, twins) else {
            let centres = unit(sums, self.dimensions);
            return Some(mean(&self.silhouettes(&own, &centres, (0..own.len()).collect(), None)));
        };
        let last = languages.iter().max().copied().unwrap_or(0);
        let of_language = |language: usize| {
            let said = self.sums(&large, count, |row| languages[row] == language);
            let others: Vec<f32> = sums.iter().zip(said).map(|(all, said)| all - said).collect();
            let rows: Vec<usize> = (0..own.len()).filter(|&row| languages[row] == language).collect();
            let mine = rows.iter().map(|&row| {
                let mut rest = others[own[row] * self.dimensions..(own[row] + 1) * self.dimensions].to_vec();
                for &twin in twins[row].iter().filter(|&&twin| large[twin as usize] == Some(own[row])) {
                    rest.iter_mut().zip(self.row(twin as usize)).for_each(|(rest, value)| *rest -= value);
                }
                let rest = unit(rest, self.dimensions);
                self.row(row).iter().zip(&rest).map(|(left, right)| left * right).sum()
            });
            let mine: Vec<f32> = mine.collect();
            self.silhouettes(&own, &unit(others, self.dimensions), rows, Some(&mine))
        };
        Some(mean(&(0..=last).flat_map(of_language).collect::<Vec<f64>>()))
    }

    /// The share of texts with an issue whose issue goes on where they are: each old issue goes on in the cluster that has
    /// most of it, each cluster continues the issue that it has most of. 0 in a first fit.
    fn kept(&self, clusters: &[usize]) -> f64 {
        let Some(old_issues) = self.old_issues else { return 0.0 };
        let mut shared: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        for ((old, cluster), count) in old_issues.iter().zip(clusters).zip(self.counts) {
            if let Some(old) = *old {
                *shared.entry((old, *cluster)).or_insert(0) += u64::from(*count);
            }
        }
        let most = |of: fn(&(usize, usize)) -> usize| {
            let mut most: BTreeMap<usize, (u64, (usize, usize))> = BTreeMap::new();
            for (pair, &count) in &shared {
                let entry = most.entry(of(pair)).or_insert((0, *pair));
                if count > entry.0 {
                    *entry = (count, *pair);
                }
            }
            most
        };
        let (of_old, of_cluster) = (most(|pair| pair.0), most(|pair| pair.1));
        let is_kept =
            |(_, pair): &(u64, (usize, usize))| of_cluster.get(&pair.1).is_some_and(|entry| entry.1 == *pair);
        let kept: u64 = of_old.values().filter(|entry| is_kept(entry)).map(|entry| entry.0).sum();
        kept as f64 / (shared.values().sum::<u64>().max(1)) as f64
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.vectors[row * self.dimensions..(row + 1) * self.dimensions]
    }

    /// The nearest text of every other language, of each judged text.
    fn twins(&self, languages: &[usize]) -> Vec<Vec<u32>> {
        let last = languages.iter().max().copied().unwrap_or(0);
        let pool = &self.vectors[..self.vectors.len().min(TWINS_OF * self.dimensions)];
        let judged = &self.vectors[..self.vectors.len().min(JUDGED * self.dimensions)];
        let blocks = judged.par_chunks(BLOCK * self.dimensions).enumerate().map(|(block, rows)| {
            let cosines = products(rows, pool, self.dimensions);
            let lines = cosines.chunks_exact(pool.len() / self.dimensions).enumerate();
            let twins = lines.map(|(row, line)| {
                let mut nearest: Vec<Option<(u32, f32)>> = vec![None; last + 1];
                for (other, &cosine) in line.iter().enumerate() {
                    let nearest = &mut nearest[languages[other]];
                    if nearest.is_none_or(|(_, highest)| cosine > highest) {
                        *nearest = Some((other as u32, cosine));
                    }
                }
                nearest[languages[block * BLOCK + row]] = None;
                nearest.into_iter().flatten().map(|entry| entry.0).collect()
            });
            twins.collect::<Vec<Vec<u32>>>()
        });
        blocks.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    /// The sum of the chosen rows of each cluster.
    fn sums(&self, clusters: &[Option<usize>], count: usize, is_chosen: impl Fn(usize) -> bool) -> Vec<f32> {
        let mut sums = vec![0.0_f32; count * self.dimensions];
        for (place, row) in self.vectors.chunks_exact(self.dimensions).enumerate() {
            if let Some(cluster) = clusters[place].filter(|_| is_chosen(place)) {
                let sum = &mut sums[cluster * self.dimensions..(cluster + 1) * self.dimensions];
                sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
        }
        sums
    }

    /// The silhouettes of rows, whose own cosines may be given; a cluster whose centre is zero is at a cosine of 0.
    fn silhouettes(
        &self,
        own: &[usize],
        centres: &[f32],
        rows: Vec<usize>,
        mine: Option<&[f32]>,
    ) -> Vec<f64> {
        let picked: Vec<f32> = rows.iter().flat_map(|&row| self.row(row)).copied().collect();
        let cosines = products(&picked, centres, self.dimensions);
        let lines = cosines.chunks_exact(centres.len() / self.dimensions).zip(&rows).enumerate();
        let silhouette = |(place, (cosines, &row)): (usize, (&[f32], &usize))| {
            let mine = f64::from(mine.map_or(cosines[own[row]], |mine| mine[place]));
            let others = cosines.iter().enumerate().filter(|(cluster, _)| *cluster != own[row]);
            let next = others.fold(-1.0, |highest: f64, (_, &cosine)| highest.max(f64::from(cosine)));
            (mine - next) / (1.0 - mine.min(next)).max(1e-9)
        };
        lines.map(silhouette).collect()
    }
}

/// Rows whose cosines with all others are held at a time.
const BLOCK: usize = 256;

/// Sums as unit vectors; one of nearly nothing becomes zero.
fn unit(mut sums: Vec<f32>, dimensions: usize) -> Vec<f32> {
    for sum in sums.chunks_exact_mut(dimensions) {
        if sum.iter().all(|value| value.abs() < 1e-4) {
            sum.fill(0.0);
        }
        normalise(sum);
    }
    sums
}

/// The nearest centre of every row; `None` when there are fewer than two centres.
fn nearest(rows: &[f32], centres: &[f32], dimensions: usize) -> Option<Vec<usize>> {
    let count = centres.len() / dimensions;
    if count < 2 {
        return None;
    }
    let cosines = products(rows, centres, dimensions);
    let place = |line: &[f32]| super::product::largest(line).map_or(0, |(place, _)| place);
    Some(cosines.chunks_exact(count).map(place).collect())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
