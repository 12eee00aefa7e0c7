//! Truncated singular value decomposition of a sparse matrix by randomised subspace iteration.
//!
//! In: token counts and weights of texts. Out: the leading right singular vectors. Every sum has a fixed order, so the
//! result does not depend on the number of threads.

use faer::{Mat, Side};
use rayon::prelude::*;

use super::LatentParameters;

/// Extra directions that are iterated along and then dropped.
const OVERSAMPLING: usize = 16;

/// A sparse matrix by rows and by columns.
pub(super) struct Sparse {
    rows: Vec<Vec<(u32, f32)>>,
    columns: Vec<Vec<(u32, f32)>>,
}

impl Sparse {
    /// Rows of count x weight, each one long.
    pub(super) fn weighted(counts: &[Vec<(u32, u32)>], weights: &[f64]) -> Self {
        let rows: Vec<Vec<(u32, f32)>> = counts
            .par_iter()
            .map(|row| {
                let values: Vec<f64> =
                    row.iter().map(|&(token, count)| f64::from(count) * weights[token as usize]).collect();
                let length = values.iter().map(|value| value * value).sum::<f64>().sqrt().max(1e-12);
                row.iter().zip(values).map(|(&(token, _), value)| (token, (value / length) as f32)).collect()
            })
            .collect();
        let mut columns = vec![Vec::new(); weights.len()];
        for (index, row) in rows.iter().enumerate() {
            for &(token, value) in row {
                columns[token as usize].push((index as u32, value));
            }
        }
        Self { rows, columns }
    }
}

/// Multiplies sparse lines with a dense row-major matrix.
fn multiply(lines: &[Vec<(u32, f32)>], dense: &[f32], width: usize) -> Vec<f32> {
    let mut product = vec![0.0_f32; lines.len() * width];
    product.par_chunks_mut(width).zip(lines.par_iter()).for_each(|(row, line)| {
        for &(index, value) in line {
            let start = index as usize * width;
            row.iter_mut().zip(&dense[start..start + width]).for_each(|(sum, other)| *sum += value * other);
        }
    });
    product
}

/// Right singular vectors, each multiplied by its singular value to a power.
pub(super) struct RightSingular {
    vectors: Mat<f64>,
    kept: usize,
}

impl RightSingular {
    /// Zero for dimensions beyond the rank.
    pub(super) fn value(&self, token: usize, dimension: usize) -> f64 {
        if dimension < self.kept { self.vectors[(token, dimension)] } else { 0.0 }
    }
}

pub(super) fn right_singular(matrix: &Sparse, parameters: &LatentParameters) -> RightSingular {
    let tokens = matrix.columns.len();
    let width = (parameters.dimensions + OVERSAMPLING).min(tokens).min(matrix.rows.len());
    let mut basis = random_signs(tokens * width, parameters.seed);
    for _ in 0..parameters.iterations.max(1) {
        let texts = multiply(&matrix.rows, &basis, width);
        let product = multiply(&matrix.columns, &texts, width);
        let product =
            Mat::<f64>::from_fn(tokens, width, |row, column| f64::from(product[row * width + column]));
        let orthogonal = product.qr().compute_thin_Q();
        for row in 0..tokens {
            for column in 0..width {
                basis[row * width + column] = orthogonal[(row, column)] as f32;
            }
        }
    }
    rotate(matrix, &basis, width, parameters)
}

/// Turns the basis to the singular directions by the small eigenproblem of its image.
fn rotate(matrix: &Sparse, basis: &[f32], width: usize, parameters: &LatentParameters) -> RightSingular {
    let tokens = matrix.columns.len();
    let texts = multiply(&matrix.rows, basis, width);
    // Fixed pieces, summed in order.
    let pieces: Vec<Vec<f64>> = texts
        .par_chunks(4096 * width)
        .map(|rows| {
            let mut gram = vec![0.0_f64; width * width];
            for row in rows.chunks_exact(width) {
                for (left, line) in row.iter().zip(gram.chunks_exact_mut(width)) {
                    line.iter_mut()
                        .zip(row)
                        .for_each(|(sum, right)| *sum += f64::from(*left) * f64::from(*right));
                }
            }
            gram
        })
        .collect();
    let mut gram = vec![0.0_f64; width * width];
    for piece in pieces {
        gram.iter_mut().zip(piece).for_each(|(sum, value)| *sum += value);
    }
    let gram = Mat::<f64>::from_fn(width, width, |row, column| gram[row * width + column]);
    let basis = Mat::<f64>::from_fn(tokens, width, |row, column| f64::from(basis[row * width + column]));
    let kept = parameters.dimensions.min(width);
    let Ok(eigen) = gram.self_adjoint_eigen(Side::Lower) else {
        return RightSingular { vectors: basis, kept };
    };
    let (vectors, values) = (eigen.U(), eigen.S());
    // Eigenvalues come in rising order.
    let largest = values[width - 1].max(1e-30);
    let turn = Mat::<f64>::from_fn(width, kept, |row, column| {
        let from = width - 1 - column;
        let value = values[from].max(0.0);
        if value <= largest * 1e-10 {
            return 0.0;
        }
        vectors[(row, from)] * (value / largest).sqrt().powf(parameters.spectrum_power)
    });
    RightSingular { vectors: &basis * &turn, kept }
}

/// Plus and minus one from SplitMix64.
fn random_signs(count: usize, seed: u64) -> Vec<f32> {
    (0..count as u64)
        .map(|index| {
            let mut state = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            if (state ^ (state >> 31)) & 1 == 0 { 1.0 } else { -1.0 }
        })
        .collect()
}
