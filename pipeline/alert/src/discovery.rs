//! Benjamini–Hochberg: in the p-values of all tests, out adjusted p-values.

#[cfg(test)]
mod tests;

/// Adjusted p-values in the order of the p-values given: the smallest false discovery rate at which each
/// test would be rejected.
///
/// `further` tests were made, or could have been made, with a p-value of 1 and are not listed.
///
/// Benjamini and Hochberg 1995, <https://doi.org/10.1111/j.2517-6161.1995.tb02031.x>. The rate holds for
/// independent tests and under positive regression dependence (Benjamini and Yekutieli 2001,
/// <https://doi.org/10.1214/aos/1013699998>).
pub(crate) fn adjusted(p_values: &[f64], further: usize) -> Vec<f64> {
    let tests = (p_values.len() + further) as f64;
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&left, &right| p_values[left].total_cmp(&p_values[right]));
    let mut result = vec![1.0; p_values.len()];
    let mut smallest: f64 = 1.0;
    for (rank, &position) in order.iter().enumerate().rev() {
        smallest = smallest.min(p_values[position] * tests / (rank + 1) as f64);
        result[position] = smallest;
    }
    result
}
