//! Which partitions a change reaches: the arithmetic of the incremental law.
//!
//! A query reads a finite, stated reach of its inputs, so a change of an input's day reaches a
//! finite set of output partitions, and only the input days in their reach need be read.

use std::collections::{BTreeMap, BTreeSet};

use refrain_record::Calendar;
use refrain_record::calendar::EpochDay;

use crate::{Contract, PartitionStep, Reach};

/// Some partitions of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partitions {
    /// Every partition, or a table without partitions.
    All,
    /// These days (or weeks, by their first day).
    Days(BTreeSet<EpochDay>),
}

impl Partitions {
    /// No partition at all.
    pub fn none() -> Self {
        Self::Days(BTreeSet::new())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Days(days) if days.is_empty())
    }

    /// Whether a file's partition is in it. Files without a partition always are.
    pub fn holds(&self, day: Option<EpochDay>) -> bool {
        match (self, day) {
            (Self::All, _) | (_, None) => true,
            (Self::Days(days), Some(day)) => days.contains(&day),
        }
    }

    /// Adds other partitions of the same table.
    pub fn extend(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::All, _) => {}
            (_, Self::All) => *self = Self::All,
            (Self::Days(days), Self::Days(more)) => days.extend(more),
        }
    }
}

/// The output partitions of a query that changed inputs reach.
///
/// `changed` holds the changed partitions of each input; `matured` the days that only the passing
/// of time may change, already widened by the contract's `matures`.
pub fn affected(
    contract: &Contract,
    changed: &BTreeMap<String, Partitions>,
    matured: Option<&BTreeSet<EpochDay>>,
    calendar: &Calendar,
) -> Partitions {
    let mut reached = Partitions::none();
    for (input, partitions) in changed {
        if partitions.is_empty() {
            continue;
        }
        let Some((_, step)) = &contract.partition else { return Partitions::All };
        let reach = contract.reads.get(input).copied().unwrap_or(Reach::Days { first: 0, last: 0 });
        reached.extend(match (partitions, reach) {
            (Partitions::All, _) | (_, Reach::All) => Partitions::All,
            (Partitions::Days(days), Reach::Days { first, last }) => {
                let outputs = days.iter().flat_map(|day| (day - last)..=(day - first));
                Partitions::Days(outputs.filter_map(|day| starts(day, *step, calendar)).collect())
            }
        });
    }
    if matured.is_some_and(|days| !days.is_empty()) && contract.partition.is_none() {
        return Partitions::All;
    }
    if let (Some(days), Some((_, step))) = (matured, &contract.partition) {
        let outputs = days.iter().map(|day| match step {
            PartitionStep::Daily => *day,
            PartitionStep::Weekly => calendar.week(*day),
        });
        reached.extend(Partitions::Days(outputs.collect()));
    }
    reached
}

/// The input partitions that rebuilding some output partitions reads.
pub fn needed(contract: &Contract, input: &str, outputs: &Partitions) -> Partitions {
    let reach = contract.reads.get(input).copied().unwrap_or(Reach::Days { first: 0, last: 0 });
    match (outputs, reach, &contract.partition) {
        (Partitions::Days(days), Reach::Days { first, last }, Some(_)) => {
            Partitions::Days(days.iter().flat_map(|day| (day + first)..=(day + last)).collect())
        }
        _ => Partitions::All,
    }
}

/// The partition that a day names, or none when no partition starts on it.
fn starts(day: EpochDay, step: PartitionStep, calendar: &Calendar) -> Option<EpochDay> {
    match step {
        PartitionStep::Daily => Some(day),
        PartitionStep::Weekly => (calendar.week(day) == day).then_some(day),
    }
}

#[cfg(test)]
mod tests;
