//! Sites, channels and languages beside each other, over the last final weeks together.
//!
//! In: rows of the resolution and complaint marts. Out: one pooled share per member and whether it
//! differs from all other members together. Not adjusted for what each member is asked to solve.

use refrain_record::calendar::EpochDay;

use crate::interval::{Difference, Share, z_for};
use crate::marts::Facts;

/// Final weeks that are pooled, so that small members have something to say.
pub(crate) const POOLED_WEEKS: usize = 4;

/// Contacts below which a member is shown, but never compared: a choice of ours.
const LEAST_COUNT: f64 = 30.0;

/// One member with what can be said of it.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// As in the mart.
    pub(crate) member: String,
    /// First-contact resolution over the pooled weeks.
    pub(crate) resolution: Option<Share>,
    /// Complaint rate over the pooled weeks.
    pub(crate) complaint: Option<Share>,
    /// Resolution minus that of the others, if that difference is supported.
    pub(crate) resolution_gap: Option<Difference>,
    /// Resolution of all others together.
    pub(crate) resolution_of_others: Option<Share>,
    /// Complaint rate minus that of the others, if that difference is supported.
    pub(crate) complaint_gap: Option<Difference>,
}

/// The final weeks of the uncut rows, newest last, at most [`POOLED_WEEKS`].
pub(crate) fn pooled_weeks(facts: &Facts) -> Vec<EpochDay> {
    let rows = facts.resolution_weeks();
    let last: Vec<EpochDay> = rows.iter().filter(|row| row.rate.is_some()).map(|row| row.week).collect();
    last[last.len().saturating_sub(POOLED_WEEKS)..].to_vec()
}

/// All members of a dimension over the given weeks, each against all the others.
///
/// The limit is corrected for the number of members (Bonferroni), because the reader picks the worst.
pub(crate) fn compare(facts: &Facts, dimension: &str, weeks: &[EpochDay]) -> Vec<Member> {
    let names = facts.members(dimension);
    let resolution: Vec<Option<Share>> =
        names.iter().map(|name| resolution(facts, dimension, name, weeks)).collect();
    let complaint: Vec<Option<Share>> =
        names.iter().map(|name| complaint(facts, dimension, name, weeks)).collect();
    let z = z_for(names.len());
    let gap = |shares: &[Option<Share>], position: usize| {
        let own = shares.get(position).copied().flatten().filter(|share| share.count >= LEAST_COUNT);
        let rest: Vec<Share> = shares
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != position)
            .filter_map(|(_, share)| *share)
            .collect();
        let others = Share::pooled(&rest).filter(|share| share.count >= LEAST_COUNT);
        let difference = own.zip(others).map(|(own, others)| own.difference(others, z));
        (difference.filter(|difference| difference.is_supported()), others)
    };
    names
        .iter()
        .enumerate()
        .map(|(position, name)| {
            let (resolution_gap, resolution_of_others) = gap(&resolution, position);
            Member {
                member: name.clone(),
                resolution: resolution.get(position).copied().flatten(),
                complaint: complaint.get(position).copied().flatten(),
                resolution_gap,
                resolution_of_others,
                complaint_gap: gap(&complaint, position).0,
            }
        })
        .collect()
}

/// The member whose resolution is farthest from the others', in units of its own doubt.
pub(crate) fn farthest(members: &[Member]) -> Option<(&Member, Difference)> {
    let weight =
        |difference: &Difference| difference.value.abs() / (difference.high - difference.low).max(1e-12);
    members
        .iter()
        .filter_map(|member| member.resolution_gap.map(|gap| (member, gap)))
        .max_by(|(_, left), (_, right)| weight(left).total_cmp(&weight(right)))
}

fn resolution(facts: &Facts, dimension: &str, member: &str, weeks: &[EpochDay]) -> Option<Share> {
    let shares: Vec<Share> = facts
        .resolution
        .iter()
        .filter(|row| row.dimension == dimension && row.member == member && weeks.contains(&row.week))
        .filter_map(|row| {
            row.rate.map(|rate| {
                Share::published(rate, row.low, row.high, row.resolved.saturating_add(row.unresolved))
            })
        })
        .collect();
    Share::pooled(&shares)
}

fn complaint(facts: &Facts, dimension: &str, member: &str, weeks: &[EpochDay]) -> Option<Share> {
    let shares: Vec<Share> = facts
        .complaints
        .iter()
        .filter(|row| row.dimension == dimension && row.member == member && weeks.contains(&row.week))
        .filter_map(|row| Share::counted(row.complaints, row.labelled))
        .collect();
    Share::pooled(&shares)
}
