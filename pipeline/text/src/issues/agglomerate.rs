//! Clusters of vectors, joined two by two into a tree that can be cut at any number of clusters.
//!
//! In: unit vectors, their weights and nearest neighbours. Out: a [`Tree`]. Those two clusters are joined whose distance is
//! least: one minus their mean cosine, times a low power of the harmonic mean of their weights. Without that power this is
//! average linkage, which joins two large neighbours too early where issues are many and close to one another.
//!
//! The mean cosine between two clusters is the product of their sums over the product of their weights, so no pair of rows
//! is looked at again. While there are many clusters, each looks only at those that hold neighbours of its rows, and all
//! pairs that have each other as nearest are joined at once. That does not change the result, because no join brings a
//! cluster nearer to a third one than its nearer half was (Müllner 2011, <https://arxiv.org/abs/1109.2378>, section 2.3;
//! the weights only grow). The last few hundred are compared with one another.

use rayon::prelude::*;

use super::neighbours::Neighbours;
use super::product::products;

/// Up to so many clusters, all are compared with all; the cost is bounded by the square of this, whatever the input.
const EXACT_CLUSTERS: usize = 2048;
/// Other clusters that a cluster looks at while there are many.
const CANDIDATES: usize = 24;
/// While there are many clusters, none are joined that have a lower mean cosine.
const EARLY_COHESION: f32 = 0.5;
/// The power of the weights in the distance; `tests/bench/README.md` has what others give.
const WEIGHT_POWER: f32 = 0.2;

/// How clusters were joined, from many to one.
pub(super) struct Tree {
    /// The first cluster of every row.
    of_row: Vec<u32>,
    /// How many first clusters there are.
    count: usize,
    /// The cluster that stays, the one that goes into it, and their mean cosine; in the order of joining.
    joins: Vec<(u32, u32, f32)>,
}

impl Tree {
    /// The numbers of clusters that the tree can be cut at, the fewest first, such that the last two that were joined have
    /// at least this mean cosine. Small clusters that were left out of the tree are not counted.
    pub(super) fn counts(&self, cohesion: f32) -> impl Iterator<Item = usize> {
        let most = self.joins.len() + 1;
        (1..=most).filter(move |&count| count == most || self.joins[most - count - 1].2 >= cohesion)
    }

    /// The cluster of every row, numbered by first appearance, when there are so many.
    pub(super) fn cut(&self, count: usize) -> Vec<usize> {
        let mut into: Vec<u32> = (0..self.count as u32).collect();
        let joined = (self.joins.len() + 1).saturating_sub(count).min(self.joins.len());
        for &(stays, goes, _) in &self.joins[..joined] {
            into[goes as usize] = stays;
        }
        // A cluster goes once, into one that goes later or never: from the last join on, every target is final.
        for &(_, goes, _) in self.joins[..joined].iter().rev() {
            into[goes as usize] = into[into[goes as usize] as usize];
        }
        let mut numbers = vec![usize::MAX; self.count];
        let mut next = 0;
        let number = |&cluster: &u32| {
            let number = &mut numbers[into[cluster as usize] as usize];
            if *number == usize::MAX {
                *number = next;
                next += 1;
            }
            *number
        };
        self.of_row.iter().map(number).collect()
    }

    /// The clusters that are left when no two have this mean cosine.
    pub(super) fn cut_at(&self, cohesion: f32) -> Vec<usize> {
        self.cut(self.counts(cohesion).next().unwrap_or(usize::MAX))
    }
}

/// Clusters of rows on the way: sums of their vectors, and total weights.
struct Clusters {
    dimensions: usize,
    sums: Vec<f32>,
    weights: Vec<f32>,
    /// Cluster of every row.
    of_row: Vec<u32>,
}

pub(super) fn agglomerate(
    mut vectors: Vec<f32>,
    dimensions: usize,
    weights: &[f32],
    neighbours: &Neighbours,
) -> Tree {
    for (row, weight) in vectors.chunks_exact_mut(dimensions).zip(weights) {
        row.iter_mut().for_each(|value| *value *= weight);
    }
    let mut clusters = Clusters {
        dimensions,
        sums: vectors,
        weights: weights.to_vec(),
        of_row: (0..weights.len() as u32).collect(),
    };
    let mut candidates: Vec<Vec<u32>> =
        neighbours.iter().map(|list| list.iter().map(|entry| entry.0).collect()).collect();
    while clusters.weights.len() > EXACT_CLUSTERS {
        candidates = mutual(&candidates);
        let nearest = clusters.rank(&mut candidates);
        let joined = reciprocal(&nearest);
        let Some(new_numbers) = joined else { break };
        clusters.join(&new_numbers);
        candidates = renumber(&candidates, &new_numbers, clusters.weights.len());
    }
    clusters.join_exactly()
}

/// The distance of two clusters: 0 when all their rows are the same.
fn distance(cosine: f32, left: f32, right: f32) -> f32 {
    (left * right / (left + right)).powf(WEIGHT_POWER) * (1.0 - cosine)
}

impl Clusters {
    fn sum(&self, cluster: usize) -> &[f32] {
        &self.sums[cluster * self.dimensions..(cluster + 1) * self.dimensions]
    }

    fn mean_cosine(&self, left: usize, right: usize) -> f32 {
        // The order of the two must not matter, to the last bit.
        let (left, right) = (left.min(right), left.max(right));
        let product: f32 = self.sum(left).iter().zip(self.sum(right)).map(|(a, b)| a * b).sum();
        product / (self.weights[left] * self.weights[right])
    }

    /// Keeps the nearest candidates of every cluster; returns the nearest one that it may be joined with.
    fn rank(&self, candidates: &mut [Vec<u32>]) -> Vec<Option<u32>> {
        let rank = |(cluster, list): (usize, &mut Vec<u32>)| {
            let near = |&other: &u32| {
                let cosine = self.mean_cosine(cluster, other as usize);
                let distance = distance(cosine, self.weights[cluster], self.weights[other as usize]);
                (distance, other, cosine)
            };
            let mut near: Vec<(f32, u32, f32)> = list.iter().map(near).collect();
            near.sort_unstable_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
            near.truncate(CANDIDATES);
            *list = near.iter().map(|entry| entry.1).collect();
            near.first().filter(|entry| entry.2 >= EARLY_COHESION).map(|entry| entry.1)
        };
        candidates.par_iter_mut().enumerate().map(rank).collect()
    }

    /// Adds clusters up by their new numbers.
    fn join(&mut self, new_numbers: &[u32]) {
        let count = new_numbers.iter().max().map_or(0, |&highest| highest as usize + 1);
        let mut sums = vec![0.0_f32; count * self.dimensions];
        let mut weights = vec![0.0_f32; count];
        for (old, &new) in new_numbers.iter().enumerate() {
            let new = new as usize;
            let target = &mut sums[new * self.dimensions..(new + 1) * self.dimensions];
            target.iter_mut().zip(self.sum(old)).for_each(|(sum, value)| *sum += value);
            weights[new] += self.weights[old];
        }
        self.sums = sums;
        self.weights = weights;
        self.of_row.iter_mut().for_each(|cluster| *cluster = new_numbers[*cluster as usize]);
    }

    /// Joins the nearest two of the largest clusters until one is left; the smallest stay as they are.
    fn join_exactly(self) -> Tree {
        let count = self.weights.len();
        let mut order: Vec<u32> = (0..count as u32).collect();
        order.sort_by(|&left, &right| {
            self.weights[right as usize].total_cmp(&self.weights[left as usize]).then(left.cmp(&right))
        });
        order.truncate(EXACT_CLUSTERS);
        order.sort_unstable();
        let m = order.len();
        let sums: Vec<f32> = order.iter().flat_map(|&cluster| self.sum(cluster as usize)).copied().collect();
        let sizes: Vec<f32> = order.iter().map(|&cluster| self.weights[cluster as usize]).collect();
        let mut cosines = products(&sums, &sums, self.dimensions);
        for (row, line) in cosines.chunks_exact_mut(m.max(1)).enumerate() {
            line.iter_mut().zip(&sizes).for_each(|(value, size)| *value /= size * sizes[row]);
        }
        let mut pairs = Pairs { cosines, is_left: vec![true; m], sizes, nearest: Vec::new() };
        pairs.nearest = (0..m).map(|row| pairs.nearest_of(row)).collect();
        let mut joins = Vec::with_capacity(m.saturating_sub(1));
        while let Some((stays, goes, cosine)) = pairs.join_nearest() {
            joins.push((order[stays], order[goes], cosine));
        }
        Tree { of_row: self.of_row, count, joins }
    }
}

/// The last clusters, all compared with all.
struct Pairs {
    /// Mean cosines, symmetric.
    cosines: Vec<f32>,
    sizes: Vec<f32>,
    is_left: Vec<bool>,
    /// The nearest other cluster of each, and its distance.
    nearest: Vec<(usize, f32)>,
}

impl Pairs {
    fn distance(&self, left: usize, right: usize) -> f32 {
        distance(self.cosines[left * self.sizes.len() + right], self.sizes[left], self.sizes[right])
    }

    /// The nearest other cluster, the first of equals.
    fn nearest_of(&self, row: usize) -> (usize, f32) {
        let mut best = (row, f32::INFINITY);
        for other in (0..self.sizes.len()).filter(|&other| other != row && self.is_left[other]) {
            let distance = self.distance(row, other);
            if distance < best.1 {
                best = (other, distance);
            }
        }
        best
    }

    /// Joins the nearest two: the one that stays, the one that goes, and their mean cosine; `None` when one is left.
    fn join_nearest(&mut self) -> Option<(usize, usize, f32)> {
        let m = self.sizes.len();
        let mut best: Option<(usize, f32)> = None;
        for (row, &(_, distance)) in self.nearest.iter().enumerate() {
            if self.is_left[row] && distance.is_finite() && best.is_none_or(|(_, least)| distance < least) {
                best = Some((row, distance));
            }
        }
        let first = best?.0;
        let second = self.nearest[first].0;
        let (stays, goes) = (first.min(second), first.max(second));
        let cosine = self.cosines[stays * m + goes];
        let (a, b) = (self.sizes[stays], self.sizes[goes]);
        for other in 0..m {
            let joined = (a * self.cosines[stays * m + other] + b * self.cosines[goes * m + other]) / (a + b);
            self.cosines[stays * m + other] = joined;
            self.cosines[other * m + stays] = joined;
        }
        self.sizes[stays] = a + b;
        self.is_left[goes] = false;
        for other in (0..m).filter(|&other| self.is_left[other]).collect::<Vec<_>>() {
            let nearest = self.nearest[other].0;
            if other == stays || nearest == stays || nearest == goes {
                self.nearest[other] = self.nearest_of(other);
            } else {
                let distance = self.distance(other, stays);
                if distance < self.nearest[other].1 {
                    self.nearest[other] = (stays, distance);
                }
            }
        }
        Some((stays, goes, cosine))
    }
}

/// New numbers after joining every pair that has each other as nearest; `None` when there is none.
fn reciprocal(nearest: &[Option<u32>]) -> Option<Vec<u32>> {
    let mut numbers = vec![u32::MAX; nearest.len()];
    let mut next = 0_u32;
    let mut has_joined = false;
    for cluster in 0..nearest.len() {
        if numbers[cluster] != u32::MAX {
            continue;
        }
        numbers[cluster] = next;
        if let Some(other) = nearest[cluster]
            && nearest[other as usize] == Some(cluster as u32)
        {
            numbers[other as usize] = next;
            has_joined = true;
        }
        next += 1;
    }
    has_joined.then_some(numbers)
}

/// The lists with every entry in both directions.
fn mutual(lists: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let mut both = lists.to_vec();
    for (cluster, list) in lists.iter().enumerate() {
        for &other in list {
            both[other as usize].push(cluster as u32);
        }
    }
    both.par_iter_mut().for_each(|list| {
        list.sort_unstable();
        list.dedup();
    });
    both
}

/// Candidate lists after joining: the union of the old ones.
fn renumber(candidates: &[Vec<u32>], numbers: &[u32], count: usize) -> Vec<Vec<u32>> {
    let mut lists: Vec<Vec<u32>> = vec![Vec::new(); count];
    for (old, list) in candidates.iter().enumerate() {
        let new = numbers[old];
        let others = list.iter().map(|&other| numbers[other as usize]).filter(|&other| other != new);
        lists[new as usize].extend(others);
    }
    lists.par_iter_mut().for_each(|list| {
        list.sort_unstable();
        list.dedup();
    });
    lists
}
