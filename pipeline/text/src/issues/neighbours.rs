//! The nearest neighbours of many vectors, without comparing all with all.
//!
//! In: unit vectors. Out: for each row its k nearest others. Above a few thousand rows the
//! vectors are first dealt into about sqrt(n) cells (a few rounds of k-means), and each row is compared with the rows of
//! the cells nearest to its own: n^1.5 products instead of n^2.

use rayon::prelude::*;

use super::product::{largest, products};
use crate::embedding::normalise;

/// Below this, all rows are compared with all.
const EXACT_ROWS: usize = 4096;
/// Cells whose rows are compared with the rows of one cell, its own among them.
const PROBES: usize = 10;
const ROUNDS: usize = 6;
const BLOCK: usize = 256;

/// For each row its nearest others and their cosines, the nearest first.
pub(super) type Neighbours = Vec<Vec<(u32, f32)>>;

pub(super) fn neighbours(vectors: &[f32], dimensions: usize, k: usize) -> Neighbours {
    let n = vectors.len() / dimensions;
    let nearest = if n <= EXACT_ROWS {
        let all: Vec<u32> = (0..n as u32).collect();
        nearest_among(vectors, dimensions, &all, &all, k)
    } else {
        nearest_by_cells(vectors, dimensions, k)
    };
    let mut lists = vec![Vec::new(); n];
    for (row, neighbours) in nearest {
        lists[row as usize] = neighbours;
    }
    lists
}

/// Moves every vector half way towards the mean of its nearest others: what is said in many ways draws together.
pub(super) fn smooth(vectors: &[f32], dimensions: usize, neighbours: &Neighbours) -> Vec<f32> {
    let mut smoothed = vectors.to_vec();
    smoothed.par_chunks_exact_mut(dimensions).zip(neighbours.par_iter()).for_each(|(row, list)| {
        if list.is_empty() {
            return;
        }
        let share = 1.0 / list.len() as f32;
        for &(other, _) in list {
            let other = &vectors[other as usize * dimensions..(other as usize + 1) * dimensions];
            row.iter_mut().zip(other).for_each(|(value, near)| *value += share * near);
        }
        normalise(row);
    });
    smoothed
}

type Found = Vec<(u32, Vec<(u32, f32)>)>;

fn nearest_by_cells(vectors: &[f32], dimensions: usize, k: usize) -> Found {
    let n = vectors.len() / dimensions;
    let cell_count = (n as f64).sqrt().ceil() as usize;
    let (centroids, cells) = deal(vectors, dimensions, cell_count);
    let near = products(&centroids, &centroids, dimensions);
    let found: Vec<Found> = (0..cell_count)
        .into_par_iter()
        .map(|cell| {
            let mut order: Vec<usize> = (0..cell_count).collect();
            let row = &near[cell * cell_count..(cell + 1) * cell_count];
            order.sort_by(|&left, &right| row[right].total_cmp(&row[left]).then(left.cmp(&right)));
            let mut candidates: Vec<u32> = cells[cell].clone();
            for &other in order.iter().filter(|&&other| other != cell).take(PROBES - 1) {
                candidates.extend_from_slice(&cells[other]);
            }
            candidates.sort_unstable();
            nearest_among(vectors, dimensions, &cells[cell], &candidates, k)
        })
        .collect();
    found.into_iter().flatten().collect()
}

/// Cells by k-means from evenly spread rows; the rows of each cell in order.
fn deal(vectors: &[f32], dimensions: usize, cell_count: usize) -> (Vec<f32>, Vec<Vec<u32>>) {
    let n = vectors.len() / dimensions;
    let mut centroids: Vec<f32> = (0..cell_count)
        .flat_map(|cell| {
            let row = cell * n / cell_count;
            vectors[row * dimensions..(row + 1) * dimensions].iter().copied()
        })
        .collect();
    let mut cells = vec![Vec::new(); cell_count];
    for _ in 0..ROUNDS {
        let nearest: Vec<usize> = vectors
            .par_chunks(BLOCK * dimensions)
            .flat_map_iter(|rows| {
                let near = products(rows, &centroids, dimensions);
                let chosen: Vec<usize> =
                    near.chunks_exact(cell_count).map(|row| largest(row).map_or(0, |best| best.0)).collect();
                chosen
            })
            .collect();
        cells = vec![Vec::new(); cell_count];
        for (row, &cell) in nearest.iter().enumerate() {
            cells[cell].push(row as u32);
        }
        for (cell, rows) in cells.iter().enumerate() {
            if rows.is_empty() {
                continue;
            }
            let centroid = &mut centroids[cell * dimensions..(cell + 1) * dimensions];
            centroid.fill(0.0);
            for &row in rows {
                let vector = &vectors[row as usize * dimensions..(row as usize + 1) * dimensions];
                centroid.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
            }
            normalise(centroid);
        }
    }
    (centroids, cells)
}

fn nearest_among(vectors: &[f32], dimensions: usize, rows: &[u32], candidates: &[u32], k: usize) -> Found {
    let gather = |list: &[u32]| -> Vec<f32> {
        let slices =
            list.iter().map(|&row| &vectors[row as usize * dimensions..(row as usize + 1) * dimensions]);
        slices.flatten().copied().collect()
    };
    let others = gather(candidates);
    rows.par_chunks(BLOCK)
        .flat_map_iter(|rows| {
            let near = products(&gather(rows), &others, dimensions);
            let found: Found = rows
                .iter()
                .zip(near.chunks_exact(candidates.len().max(1)))
                .map(|(&row, similarities)| (row, best(row, similarities, candidates, k)))
                .collect();
            found
        })
        .collect()
}

/// The k candidates with the highest similarity; ties by row.
fn best(row: u32, similarities: &[f32], candidates: &[u32], k: usize) -> Vec<(u32, f32)> {
    let mut kept: Vec<(u32, f32)> = Vec::with_capacity(k + 1);
    for (&candidate, &similarity) in candidates.iter().zip(similarities) {
        if candidate == row {
            continue;
        }
        if kept.len() == k && kept[k - 1].1 >= similarity {
            continue;
        }
        let place = kept.partition_point(|&(_, other)| other >= similarity);
        kept.insert(place, (candidate, similarity));
        kept.truncate(k);
    }
    kept
}
