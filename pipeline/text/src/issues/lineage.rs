//! Lineage: which issue of a new fit is which issue of the one before.
//!
//! In: for many texts the old issue and the new cluster, and how near the centres are. Out: for every cluster the old
//! issue that it continues, or that it split off from; for every old issue what became of it. Clusters and issues are
//! matched one to one so that the sum of what they share is greatest: no issue can lose its id to a smaller piece of itself.
//!
//! Source: assignment by shortest augmenting paths, Jonker and Volgenant 1987, <https://doi.org/10.1007/BF02278710>.

use std::collections::BTreeMap;

#[cfg(test)]
mod tests;

/// What two issues must share to be one: the shared part of both together, or nearly the same centre.
const SHARED: f64 = 0.15;
/// Cosine of centres from which they count as shared, and their weight beside the shared texts.
const NEAR: f32 = 0.8;
const NEAR_WEIGHT: f64 = 0.25;
/// The part of an issue that must have gone to, or come from, one other to be told as merged or split.
const MOST: f64 = 0.5;
/// Contacts of an old issue that tell where it went; fewer are its last ones, wherever they land.
const ENOUGH: f64 = 8.0;

/// A text under both fits, with the number of contacts that have it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    pub(super) old: Option<usize>,
    pub(super) new: Option<usize>,
    pub(super) count: u32,
}

/// What became of an old issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is this cluster now.
    Continued(usize),
    /// Most of it went into this cluster, which continues another issue.
    Merged(usize),
    /// It has no cluster any more.
    Retired,
}

/// Where a cluster comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It continues this issue.
    Continued(usize),
    /// Most of it came out of this issue, which another cluster continues.
    Split(usize),
    /// It was not there before.
    Born,
}

/// Both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lineage {
    /// One per cluster of the new fit.
    pub(super) origins: Vec<Origin>,
    /// One per old issue.
    pub(super) fates: Vec<Fate>,
}

/// Matches clusters with old issues; `cosines` has a row per old issue and a column per cluster, or nothing.
pub(super) fn trace(texts: &[Shared], old_count: usize, new_count: usize, cosines: &[f32]) -> Lineage {
    let mut shared: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let (mut old_sizes, mut new_sizes) = (vec![0.0; old_count], vec![0.0; new_count]);
    // Of a cluster only what had an issue before can say where it came from.
    let mut known_sizes = vec![0.0; new_count];
    for text in texts {
        let count = f64::from(text.count);
        if let Some(old) = text.old {
            old_sizes[old] += count;
        }
        if let Some(new) = text.new {
            new_sizes[new] += count;
            known_sizes[new] += if text.old.is_some() { count } else { 0.0 };
        }
        if let (Some(old), Some(new)) = (text.old, text.new) {
            *shared.entry((old, new)).or_insert(0.0) += count;
        }
    }
    let mut scores: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for (&(old, new), &count) in &shared {
        scores.insert((old, new), count / (old_sizes[old] + new_sizes[new] - count));
    }
    for (place, &cosine) in cosines.iter().enumerate().filter(|&(_, &cosine)| cosine >= NEAR) {
        *scores.entry((place / new_count, place % new_count)).or_insert(0.0) +=
            NEAR_WEIGHT * f64::from(cosine);
    }
    scores.retain(|_, score| *score >= SHARED);
    let matched = best_pairs(&scores, old_count, new_count);

    let mut origins = vec![Origin::Born; new_count];
    let mut fates = vec![Fate::Retired; old_count];
    for &(old, new) in &matched {
        origins[new] = Origin::Continued(old);
        fates[old] = Fate::Continued(new);
    }
    for (&(old, new), &count) in &shared {
        if fates[old] == Fate::Retired && old_sizes[old] >= ENOUGH && count >= MOST * old_sizes[old] {
            fates[old] = Fate::Merged(new);
        }
        if origins[new] == Origin::Born
            && count >= MOST * known_sizes[new]
            && count >= MOST * MOST * new_sizes[new]
        {
            origins[new] = Origin::Split(old);
        }
    }
    Lineage { origins, fates }
}

/// The one-to-one pairs with the greatest sum of scores, found piece by piece: issues that share nothing do not meet.
fn best_pairs(
    scores: &BTreeMap<(usize, usize), f64>,
    old_count: usize,
    new_count: usize,
) -> Vec<(usize, usize)> {
    let mut piece: Vec<usize> = (0..old_count + new_count).collect();
    fn root(piece: &mut [usize], mut node: usize) -> usize {
        while piece[node] != node {
            piece[node] = piece[piece[node]];
            node = piece[node];
        }
        node
    }
    for &(old, new) in scores.keys() {
        let (left, right) = (root(&mut piece, old), root(&mut piece, old_count + new));
        piece[left.max(right)] = left.min(right);
    }
    let mut pieces: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for &(old, new) in scores.keys() {
        pieces.entry(root(&mut piece, old)).or_default().push((old, new));
    }
    let mut pairs = Vec::new();
    for members in pieces.into_values() {
        let mut rows: Vec<usize> = members.iter().map(|pair| pair.0).collect();
        let mut columns: Vec<usize> = members.iter().map(|pair| pair.1).collect();
        rows.dedup();
        columns.sort_unstable();
        columns.dedup();
        let score =
            |row: usize, column: usize| scores.get(&(rows[row], columns[column])).copied().unwrap_or(0.0);
        for (row, column) in assign(rows.len(), columns.len(), &score) {
            if score(row, column) > 0.0 {
                pairs.push((rows[row], columns[column]));
            }
        }
    }
    pairs
}

/// The assignment of rows to columns with the greatest sum; cubic in the smaller count.
fn assign(rows: usize, columns: usize, score: &dyn Fn(usize, usize) -> f64) -> Vec<(usize, usize)> {
    if rows > columns {
        let turned = assign(columns, rows, &|row, column| score(column, row));
        return turned.into_iter().map(|(row, column)| (column, row)).collect();
    }
    // Potentials of rows and columns; column 0 and row 0 stand for "none".
    let (mut of_row, mut of_column) = (vec![0.0_f64; rows + 1], vec![0.0_f64; columns + 1]);
    let mut row_of = vec![0_usize; columns + 1];
    for row in 1..=rows {
        row_of[0] = row;
        let mut at = 0;
        let mut least = vec![f64::INFINITY; columns + 1];
        let mut came_from = vec![0_usize; columns + 1];
        let mut is_done = vec![false; columns + 1];
        loop {
            is_done[at] = true;
            let current = row_of[at];
            let (mut step, mut next) = (f64::INFINITY, 0);
            for column in 1..=columns {
                if is_done[column] {
                    continue;
                }
                let cost = -score(current - 1, column - 1) - of_row[current] - of_column[column];
                if cost < least[column] {
                    least[column] = cost;
                    came_from[column] = at;
                }
                if least[column] < step {
                    step = least[column];
                    next = column;
                }
            }
            for column in 0..=columns {
                if is_done[column] {
                    of_row[row_of[column]] += step;
                    of_column[column] -= step;
                } else {
                    least[column] -= step;
                }
            }
            at = next;
            if row_of[at] == 0 {
                break;
            }
        }
        while at != 0 {
            let before = came_from[at];
            row_of[at] = row_of[before];
            at = before;
        }
    }
    (1..=columns)
        .filter(|&column| row_of[column] != 0)
        .map(|column| (row_of[column] - 1, column - 1))
        .collect()
}
