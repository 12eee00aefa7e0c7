//! The place of a text in the graph of neighbours: where walks from neighbour to neighbour lead.
//!
//! In: the nearest others of each text. Out: a second vector per text; two are near when walks from their texts end at the
//! same places. A cosine says little beyond the nearest texts: two of one issue that have no word in common, but neighbours
//! of neighbours, are near here, and issues that touch at a few texts are not. This is a diffusion map (Coifman and Lafon
//! 2006, <https://doi.org/10.1016/j.acha.2006.04.006>): the leading eigenvectors of a few steps, each times its eigenvalue.
//! They are taken of the symmetric form of the walk, whose eigenvectors differ from its own by one factor per text, and
//! that factor goes when rows are made one long. The first one, which says nothing but that factor, stays: with it the
//! cosine of two rows is that of the ends of their walks.

use rayon::prelude::*;

use super::neighbours::Neighbours;
use crate::eigen::{leading, multiply_sparse};
use crate::embedding::normalise;

/// Where a step from a text can lead: so many nearest others, the nearer the likelier, by a power of the cosine. These and
/// what follows were chosen on the texts of `tests/bench/README.md`.
pub(super) const NEIGHBOURS: usize = 25;
const STEEPNESS: i32 = 6;
const STEPS: usize = 3;
const DIMENSIONS: usize = 128;
/// Rounds of the iteration. Where eigenvalues lie close together it has not quite settled then; that is of no account here.
const ROUNDS: usize = 6;
const SEED: u64 = 1;

/// A unit vector per text.
pub(super) struct Diffusion {
    pub(super) vectors: Vec<f32>,
    pub(super) dimensions: usize,
}

/// The cost for n texts is about n x 300,000 for the eigenvectors, and n x 130,000 for the walks.
pub(super) fn diffusion(neighbours: &Neighbours) -> Diffusion {
    let n = neighbours.len();
    let walk = walk(neighbours);
    let wanted = DIMENSIONS.min((n / 3).max(1));
    let found = leading(n, wanted, ROUNDS, SEED, |block, width| {
        let mut block = multiply_sparse(&walk, block, width);
        for _ in 1..STEPS {
            block = multiply_sparse(&walk, &block, width);
        }
        block
    });
    // Below zero are walks that come back at every second step, between two texts that have only each other.
    let dimensions = found.values.iter().take_while(|&&value| value > 0.0).count().max(1);
    let mut vectors = vec![0.0_f32; n * dimensions];
    let rows =
        vectors.par_chunks_exact_mut(dimensions).zip(found.vectors.par_chunks_exact(found.values.len()));
    rows.for_each(|(row, from)| {
        for ((value, from), along) in row.iter_mut().zip(from).zip(&found.values) {
            *value = from * *along as f32;
        }
        normalise(row);
    });
    Diffusion { vectors, dimensions }
}

/// The graph of neighbours in both directions, every value over the square roots of the sums of its row and of its column.
fn walk(neighbours: &[Vec<(u32, f32)>]) -> Vec<Vec<(u32, f32)>> {
    let mut lines: Vec<Vec<(u32, f32)>> = vec![Vec::new(); neighbours.len()];
    for (row, list) in neighbours.iter().enumerate() {
        for &(other, cosine) in list {
            let weight = cosine.max(0.0).powi(STEEPNESS);
            lines[row].push((other, weight));
            lines[other as usize].push((row as u32, weight));
        }
    }
    lines.par_iter_mut().for_each(|line| {
        line.sort_unstable_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)));
        line.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 += next.1;
            }
            is_same
        });
    });
    let roots: Vec<f32> = lines
        .iter()
        .map(|line| line.iter().map(|entry| entry.1).sum::<f32>().max(f32::MIN_POSITIVE).sqrt())
        .collect();
    lines.par_iter_mut().zip(&roots).for_each(|(line, root)| {
        line.iter_mut().for_each(|(other, weight)| *weight /= root * roots[*other as usize]);
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::super::neighbours::neighbours;
    use super::*;

    fn diffused(vectors: &[f32], width: usize) -> Diffusion {
        diffusion(&neighbours(vectors, width, NEIGHBOURS))
    }

    fn cosine(vectors: &[f32], width: usize, left: usize, right: usize) -> f32 {
        let row = |row: usize| &vectors[row * width..(row + 1) * width];
        row(left).iter().zip(row(right)).map(|(left, right)| left * right).sum()
    }

    /// Two bows of a hundred vectors side by side, and two texts between their middles: places far along a bow are no nearer
    /// than the other bow is, and the bows touch.
    #[test]
    fn walks_follow_a_bow_though_the_other_touches_it() {
        let at = |plane: usize, angle: f32, height: f32| {
            let mut vector = [angle.cos() * 0.9, 0.0, 0.0, height];
            vector[1 + plane] = angle.sin();
            normalise(&mut vector);
            vector
        };
        let angle = |place: usize| (place as f32 / 99.0 - 0.5) * 2.4;
        let bow = |plane: usize, height: f32| (0..100).flat_map(move |place| at(plane, angle(place), height));
        let between = [0.1, -0.1].into_iter().flat_map(|height| at(0, 0.0, height));
        let vectors: Vec<f32> = bow(0, 0.45).chain(bow(1, -0.45)).chain(between).collect();
        let near = neighbours(&vectors, 4, NEIGHBOURS);
        let reaches =
            |from: usize, to: std::ops::Range<u32>| near[from].iter().any(|entry| to.contains(&entry.0));
        assert!(
            reaches(200, 0..100) && reaches(201, 100..200) && reaches(200, 201..202),
            "they do not touch"
        );
        assert!(cosine(&vectors, 4, 30, 70) < cosine(&vectors, 4, 50, 150));
        let found = diffused(&vectors, 4);
        let along = cosine(&found.vectors, found.dimensions, 30, 70);
        let across = cosine(&found.vectors, found.dimensions, 50, 150);
        assert!(along > 0.05 && across < 0.02, "{along} {across}");
    }

    #[track_caller]
    fn check_unit_or_zero(vectors: &[f32]) {
        let found = diffused(vectors, 2);
        assert_eq!(found.vectors.len(), vectors.len() / 2 * found.dimensions);
        for row in found.vectors.chunks_exact(found.dimensions) {
            let length: f32 = row.iter().map(|value| value * value).sum();
            assert!(length == 0.0 || (length - 1.0).abs() < 1e-3, "{length}");
        }
    }

    #[test]
    fn few_texts_texts_without_a_vector_and_texts_with_only_each_other() {
        check_unit_or_zero(&[1.0, 0.0]);
        check_unit_or_zero(&[1.0, 0.0, 0.0, 1.0]);
        check_unit_or_zero(&[1.0, 0.0, 0.0, 1.0, 0.6, 0.8]);
        check_unit_or_zero(&[0.0; 12]);
        check_unit_or_zero(&[1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, -1.0, 0.0, -1.0, 0.0]);
    }

    #[test]
    fn the_same_for_any_number_of_threads() {
        let mut vectors: Vec<f32> = (0..5000 * 8_u32)
            .map(|place| (place.wrapping_mul(2_654_435_761) >> 8) as f32 - 8_388_608.0)
            .collect();
        vectors.chunks_exact_mut(8).for_each(normalise);
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let of = |threads| pool(threads).install(|| diffused(&vectors, 8).vectors);
        assert!(of(1) == of(2));
    }
}
