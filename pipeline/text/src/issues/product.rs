//! Cosines of many rows with many centroids, as one matrix product.
//!
//! In: two row-major matrices with the same number of columns. Out: their products. One thread; callers split rows.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

/// `rows` times the transpose of `others`: n x m, row-major.
pub(super) fn products(rows: &[f32], others: &[f32], dimensions: usize) -> Vec<f32> {
    let (n, m) = (rows.len() / dimensions, others.len() / dimensions);
    let mut product = vec![0.0_f32; n * m];
    if n == 0 || m == 0 {
        return product;
    }
    let left = MatRef::from_row_major_slice(rows, n, dimensions);
    let right = MatRef::from_row_major_slice(others, m, dimensions);
    matmul(
        MatMut::from_row_major_slice_mut(&mut product, n, m),
        Accum::Replace,
        left,
        right.transpose(),
        1.0,
        Par::Seq,
    );
    product
}

/// The first largest value and its index; `None` for an empty row.
pub(super) fn largest(values: &[f32]) -> Option<(usize, f32)> {
    let mut best: Option<(usize, f32)> = None;
    for (index, &value) in values.iter().enumerate() {
        if best.is_none_or(|(_, highest)| value > highest) {
            best = Some((index, value));
        }
    }
    best
}
