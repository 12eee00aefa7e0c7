//! The leading eigenvectors of a large symmetric matrix, by randomised subspace iteration.
//!
//! In: a matrix as a function that multiplies it with a block of columns. Out: its largest eigenvalues and their vectors.
//! The block is made orthonormal by the small eigenproblem of its Gram matrix, so that no more than three blocks are held at
//! a time. Every sum has a fixed order, so the result does not depend on the number of threads.

use faer::{Mat, Side};
use rayon::prelude::*;

/// Extra directions that are iterated along and then dropped.
const OVERSAMPLING: usize = 16;
/// Rows whose products are summed up at a time.
const PIECE: usize = 4096;
/// Directions whose squared length is a smaller share of the largest are lost in the rounding of `f32`: those whose eigenvalue
/// is less than a three-millionth of the largest.
const LOST: f64 = 1e-13;

/// Eigenvalues, those that are furthest from zero, the largest first, and their vectors.
pub(crate) struct Leading {
    pub(crate) values: Vec<f64>,
    /// One row per row of the matrix, one column per value; columns beyond the rank are zero.
    pub(crate) vectors: Vec<f32>,
}

/// The leading `count` eigenvectors of a symmetric matrix with `size` rows; fewer when it has fewer rows.
///
/// `multiply` takes a row-major block and its number of columns. The cost is that of `rounds` + 1 multiplications, and of
/// 2 x size x (count + 16)^2 a round.
///
/// # Source
/// Halko, Martinsson and Tropp 2011, <https://doi.org/10.1137/090771806>.
pub(crate) fn leading(
    size: usize,
    count: usize,
    rounds: usize,
    seed: u64,
    multiply: impl Fn(&[f32], usize) -> Vec<f32>,
) -> Leading {
    let width = (count + OVERSAMPLING).min(size);
    let count = count.min(width);
    if count == 0 {
        return Leading { values: Vec::new(), vectors: Vec::new() };
    }
    let mut basis = random_signs(size * width, seed);
    for _ in 0..rounds.max(1) {
        let product = multiply(&basis, width);
        let (lengths, turn) = eigen(&gram(&product, &product, width), width);
        let largest = lengths.first().copied().unwrap_or(0.0);
        let scale = |column: usize| {
            let length = lengths[column];
            if length > largest * LOST { length.sqrt().recip() } else { 0.0 }
        };
        basis = turned(&product, width, width, |row, column| turn[(row, column)] * scale(column));
    }
    let image = multiply(&basis, width);
    let (values, turn) = eigen(&gram(&basis, &image, width), width);
    let vectors = turned(&basis, width, count, |row, column| turn[(row, column)]);
    Leading { values: values[..count].to_vec(), vectors }
}

/// Multiplies sparse lines with a dense row-major block.
pub(crate) fn multiply_sparse(lines: &[Vec<(u32, f32)>], block: &[f32], width: usize) -> Vec<f32> {
    let mut product = vec![0.0_f32; lines.len() * width];
    product.par_chunks_mut(width).zip(lines.par_iter()).for_each(|(row, line)| {
        for &(index, value) in line {
            let start = index as usize * width;
            row.iter_mut().zip(&block[start..start + width]).for_each(|(sum, other)| *sum += value * other);
        }
    });
    product
}

/// The products of all columns of one block with all columns of another, in fixed pieces that are summed in order.
fn gram(left: &[f32], right: &[f32], width: usize) -> Vec<f64> {
    let piece = |(left, right): (&[f32], &[f32])| {
        let mut gram = vec![0.0_f64; width * width];
        for (left, right) in left.chunks_exact(width).zip(right.chunks_exact(width)) {
            for (left, line) in left.iter().zip(gram.chunks_exact_mut(width)) {
                line.iter_mut()
                    .zip(right)
                    .for_each(|(sum, right)| *sum += f64::from(*left) * f64::from(*right));
            }
        }
        gram
    };
    let pieces: Vec<Vec<f64>> =
        left.par_chunks(PIECE * width).zip(right.par_chunks(PIECE * width)).map(piece).collect();
    let mut gram = vec![0.0_f64; width * width];
    for piece in pieces {
        gram.iter_mut().zip(piece).for_each(|(sum, value)| *sum += value);
    }
    gram
}

/// Eigenvalues of a small symmetric matrix, the largest first, and their vectors as columns.
fn eigen(matrix: &[f64], width: usize) -> (Vec<f64>, Mat<f64>) {
    let symmetric = Mat::<f64>::from_fn(width, width, |row, column| {
        f64::midpoint(matrix[row * width + column], matrix[column * width + row])
    });
    // Fails where a value is not finite, and then nothing that follows has a meaning.
    let Ok(eigen) = symmetric.self_adjoint_eigen(Side::Lower) else {
        return (vec![1.0; width], Mat::identity(width, width));
    };
    let (vectors, values) = (eigen.U(), eigen.S());
    let falling = Mat::from_fn(width, width, |row, column| vectors[(row, width - 1 - column)]);
    ((0..width).map(|place| values[width - 1 - place]).collect(), falling)
}

/// A block times a small matrix of `count` columns.
fn turned(block: &[f32], width: usize, count: usize, value: impl Fn(usize, usize) -> f64) -> Vec<f32> {
    let turn: Vec<f32> = (0..width * count).map(|place| value(place / count, place % count) as f32).collect();
    let mut product = vec![0.0_f32; block.len() / width * count];
    product.par_chunks_mut(count).zip(block.par_chunks(width)).for_each(|(row, from)| {
        for (from, line) in from.iter().zip(turn.chunks_exact(count)) {
            row.iter_mut().zip(line).for_each(|(sum, value)| *sum += from * value);
        }
    });
    product
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Eigenvalues 9, 4, 1 and zeros about three known directions.
    #[test]
    fn known_directions_are_found() {
        let size = 200;
        let direction = |frequency: f64| -> Vec<f64> {
            let wave =
                |row: usize| (std::f64::consts::PI * frequency * (row as f64 + 0.5) / size as f64).cos();
            let length = (0..size).map(|row| wave(row).powi(2)).sum::<f64>().sqrt();
            (0..size).map(|row| wave(row) / length).collect()
        };
        let known = [(9.0, direction(1.0)), (4.0, direction(2.0)), (1.0, direction(3.0))];
        let multiply = |block: &[f32], width: usize| {
            let mut product = vec![0.0_f32; block.len()];
            for (value, direction) in &known {
                for column in 0..width {
                    let along: f64 =
                        (0..size).map(|row| direction[row] * f64::from(block[row * width + column])).sum();
                    for row in 0..size {
                        product[row * width + column] += (value * along * direction[row]) as f32;
                    }
                }
            }
            product
        };
        let found = leading(size, 5, 3, 1, multiply);
        for (place, (value, direction)) in known.iter().enumerate() {
            assert!((found.values[place] - value).abs() < 1e-3, "{:?}", found.values);
            let along: f64 =
                (0..size).map(|row| direction[row] * f64::from(found.vectors[row * 5 + place])).sum();
            assert!(along.abs() > 0.9999, "{along}");
        }
        assert!(found.values[3].abs() < 1e-3, "{:?}", found.values);
        let beyond = found.vectors.chunks_exact(5).flat_map(|row| &row[3..]);
        assert!(beyond.into_iter().all(|value| value.abs() < 1e-3));
    }

    #[test]
    fn values_below_zero_come_last_and_small_matrices_give_what_they_have() {
        // Two swaps and a three: 1, -1, 1, -1, 3.
        let swap = |block: &[f32], width: usize| {
            let mut rows: Vec<Vec<f32>> = block.chunks_exact(width).map(<[f32]>::to_vec).collect();
            rows.swap(0, 1);
            rows.swap(2, 3);
            rows[4].iter_mut().for_each(|value| *value *= 3.0);
            rows.concat()
        };
        let found = leading(5, 9, 4, 1, swap);
        let expected = [3.0, 1.0, 1.0, -1.0, -1.0];
        assert!(found.values.iter().zip(expected).all(|(value, expected)| (value - expected).abs() < 1e-4));
        assert_eq!((found.values.len(), found.vectors.len()), (5, 25));
        let none = leading(0, 9, 4, 1, |block, _| block.to_vec());
        assert!(none.values.is_empty() && none.vectors.is_empty());
        let zeros = leading(4, 2, 4, 1, |block, _| vec![0.0; block.len()]);
        assert!(zeros.vectors.iter().all(|value| value.abs() < 1e-6), "{:?}", zeros.vectors);
    }
}
