//! Average-linkage clusters of vectors: the two nearest clusters are joined until none are near enough.
//!
//! In: unit vectors, their weights and nearest neighbours, and the mean cosine that two clusters must have to be joined.
//! Out: a cluster number per row, by first appearance. How many clusters there are follows from the vectors alone.
//!
//! The mean cosine between two clusters is the product of their sums over the product of their weights, so no pair of rows
//! is looked at again. While there are many clusters, each looks only at those that hold neighbours of its rows, and all
//! pairs that have each other as nearest are joined at once; average linkage allows that without changing the result
//! (Müllner 2011, <https://arxiv.org/abs/1109.2378>, section 2.3). The last few hundred are compared with one another.

use rayon::prelude::*;

use super::neighbours::Neighbours;
use super::product::{largest, products};

/// Up to so many clusters, all are compared with all; the cost is bounded by the square of this, whatever the input.
const EXACT_CLUSTERS: usize = 2048;
/// Other clusters that a cluster looks at while there are many.
const CANDIDATES: usize = 24;

/// Clusters of rows on the way: sums of their vectors, and total weights.
struct Clusters {
    dimensions: usize,
    sums: Vec<f32>,
    weights: Vec<f32>,
    /// Cluster of every row.
    of_row: Vec<u32>,
}

pub(super) fn agglomerate(
    vectors: &[f32],
    dimensions: usize,
    weights: &[f32],
    neighbours: &Neighbours,
    cohesion: f32,
) -> Vec<usize> {
    let mut clusters = Clusters {
        dimensions,
        sums: vectors
            .chunks_exact(dimensions)
            .zip(weights)
            .flat_map(|(row, weight)| row.iter().map(move |value| value * weight))
            .collect(),
        weights: weights.to_vec(),
        of_row: (0..weights.len() as u32).collect(),
    };
    let mut candidates: Vec<Vec<u32>> =
        neighbours.iter().map(|list| list.iter().map(|entry| entry.0).collect()).collect();
    while clusters.weights.len() > EXACT_CLUSTERS {
        candidates = mutual(&candidates);
        let nearest = clusters.rank(&mut candidates);
        let joined = reciprocal(&nearest, cohesion);
        let Some(new_numbers) = joined else { break };
        clusters.join(&new_numbers);
        candidates = renumber(&candidates, &new_numbers, clusters.weights.len());
    }
    clusters.join_exactly(cohesion);
    by_first_appearance(&clusters.of_row)
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

    /// Keeps the nearest candidates of every cluster; returns the nearest one.
    fn rank(&self, candidates: &mut [Vec<u32>]) -> Vec<Option<(u32, f32)>> {
        candidates
            .par_iter_mut()
            .enumerate()
            .map(|(cluster, list)| {
                let mut near: Vec<(f32, u32)> =
                    list.iter().map(|&other| (self.mean_cosine(cluster, other as usize), other)).collect();
                near.sort_unstable_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
                near.truncate(CANDIDATES);
                *list = near.iter().map(|entry| entry.1).collect();
                near.first().map(|&(cosine, other)| (other, cosine))
            })
            .collect()
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

    /// Joins the nearest two of the largest clusters until none are near enough; the smallest stay as they are.
    fn join_exactly(&mut self, cohesion: f32) {
        let count = self.weights.len();
        let mut order: Vec<u32> = (0..count as u32).collect();
        order.sort_by(|&left, &right| {
            self.weights[right as usize].total_cmp(&self.weights[left as usize]).then(left.cmp(&right))
        });
        order.truncate(EXACT_CLUSTERS);
        order.sort_unstable();
        let m = order.len();
        let sums: Vec<f32> = order.iter().flat_map(|&cluster| self.sum(cluster as usize)).copied().collect();
        let mut sizes: Vec<f32> = order.iter().map(|&cluster| self.weights[cluster as usize]).collect();
        let mut cosines = products(&sums, &sums, self.dimensions);
        for (row, line) in cosines.chunks_exact_mut(m.max(1)).enumerate() {
            line.iter_mut().zip(&sizes).for_each(|(value, size)| *value /= size * sizes[row]);
            line[row] = f32::NEG_INFINITY;
        }
        let nearest_of = |line: &[f32]| largest(line).unwrap_or((0, f32::NEG_INFINITY));
        let mut nearest: Vec<(usize, f32)> = cosines.chunks_exact(m.max(1)).map(nearest_of).collect();
        let mut into: Vec<usize> = (0..m).collect();
        while let Some((first, second)) = nearest_pair(&nearest, cohesion) {
            let (keep, gone) = (first.min(second), first.max(second));
            into[gone] = keep;
            let (a, b) = (sizes[keep], sizes[gone]);
            for other in 0..m {
                let joined = if other == keep || !cosines[gone * m + other].is_finite() {
                    f32::NEG_INFINITY
                } else {
                    (a * cosines[keep * m + other] + b * cosines[gone * m + other]) / (a + b)
                };
                cosines[keep * m + other] = joined;
                cosines[other * m + keep] = joined;
            }
            for other in 0..m {
                cosines[gone * m + other] = f32::NEG_INFINITY;
                cosines[other * m + gone] = f32::NEG_INFINITY;
            }
            sizes[keep] = a + b;
            nearest[gone] = (gone, f32::NEG_INFINITY);
            for other in 0..m {
                if other == keep || nearest[other].0 == keep || nearest[other].0 == gone {
                    if other != gone {
                        nearest[other] = nearest_of(&cosines[other * m..(other + 1) * m]);
                    }
                } else if cosines[other * m + keep] > nearest[other].1 {
                    nearest[other] = (keep, cosines[other * m + keep]);
                }
            }
        }
        let mut target: Vec<u32> = (0..count as u32).collect();
        for (place, &cluster) in order.iter().enumerate() {
            let mut root = place;
            while into[root] != root {
                root = into[root];
            }
            target[cluster as usize] = order[root];
        }
        self.of_row.iter_mut().for_each(|cluster| *cluster = target[*cluster as usize]);
    }
}

/// The nearest two clusters, when they are near enough; the first of equals.
fn nearest_pair(nearest: &[(usize, f32)], cohesion: f32) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize, f32)> = None;
    for (cluster, &(other, cosine)) in nearest.iter().enumerate() {
        if cosine >= cohesion && best.is_none_or(|(_, _, highest)| cosine > highest) {
            best = Some((cluster, other, cosine));
        }
    }
    best.map(|(cluster, other, _)| (cluster, other))
}

/// New numbers after joining every pair that has each other as nearest, at `cohesion` or more; `None` when there is none.
fn reciprocal(nearest: &[Option<(u32, f32)>], cohesion: f32) -> Option<Vec<u32>> {
    let mut numbers = vec![u32::MAX; nearest.len()];
    let mut next = 0_u32;
    let mut has_joined = false;
    for cluster in 0..nearest.len() {
        if numbers[cluster] != u32::MAX {
            continue;
        }
        numbers[cluster] = next;
        if let Some((other, cosine)) = nearest[cluster]
            && cosine >= cohesion
            && nearest[other as usize].is_some_and(|(back, _)| back as usize == cluster)
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

fn by_first_appearance(of_row: &[u32]) -> Vec<usize> {
    let mut numbers = std::collections::HashMap::new();
    of_row
        .iter()
        .map(|&cluster| {
            let next = numbers.len();
            *numbers.entry(cluster).or_insert(next)
        })
        .collect()
}
