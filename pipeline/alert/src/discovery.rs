//! Benjamini–Hochberg: in the p-values of all tests, out adjusted p-values.

#[cfg(test)]
mod tests;

/// Adjusted p-values in the order of the p-values given: the smallest false discovery rate at which each
/// test would be rejected.
///
/// `families` says which family each test is of. Of each family, `further` tests were made, or could have been
/// made, with a p-value of 1 and are not listed. A test weighs the more the fewer its family has, so that each
/// family has the same part of the hurdle; the mean weight is one, which keeps the rate.
///
/// Benjamini and Hochberg 1995, <https://doi.org/10.1111/j.2517-6161.1995.tb02031.x>. The rate holds for
/// independent tests and under positive regression dependence (Benjamini and Yekutieli 2001,
/// <https://doi.org/10.1214/aos/1013699998>).
pub(crate) fn adjusted(p_values: &[f64], families: &[usize], further: &[usize]) -> Vec<f64> {
    let mut sizes = further.to_vec();
    for &family in families {
        sizes.resize(sizes.len().max(family + 1), 0);
        sizes[family] += 1;
    }
    let tests = sizes.iter().sum::<usize>() as f64;
    let family_count = sizes.iter().filter(|size| **size > 0).count() as f64;
    let weighted = |(p_value, family): (&f64, &usize)| p_value * sizes[*family] as f64 * family_count / tests;
    let p_values: Vec<f64> = p_values.iter().zip(families).map(weighted).collect();
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
