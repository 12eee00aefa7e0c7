//! Describes fitted clusters: threshold, typical texts, terms, name, id and parent.
//!
//! In: the sample with its clusters and centres, and what each cluster continues. Out: the issues of a set. An issue that
//! goes on keeps its id and its name; a new one gets an id that none ever had.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::agglomerate::agglomerate;
use super::fit::{IssueParameters, Sample, weight};
use super::lineage::Origin;
use super::neighbours::neighbours;
use super::{Issue, Near, Parent, naming};

/// Texts that thresholds are set by, at most.
const STRANGERS: usize = 8192;
/// Were a text's own issue unknown, it would be nearest to another one. Such strangers are in words of the same trade, and
/// half of them may pass: below that, a text in words that nobody used before is more often wrong than right
/// (`tests/bench/README.md`), above it, many that are right would have no issue.
const STRANGERS_SHARE: f64 = 0.5;
/// An issue that is nearest to fewer strangers is judged by those of all issues.
const STRANGERS_OF_ONE: usize = 50;

/// The clusters of a sample.
pub(super) struct Clusters<'a> {
    pub(super) sample: &'a Sample<'a>,
    pub(super) vectors: &'a [f32],
    pub(super) dimensions: usize,
    /// The cluster of every text.
    pub(super) of_text: &'a [Option<usize>],
    /// One unit vector per cluster.
    pub(super) centroids: &'a [f32],
    /// The language with the most texts, in which issues are named where they can be.
    pub(super) language: &'a str,
}

/// What a cluster takes over from the fit before.
pub(super) struct Heritage<'a> {
    /// Where each cluster comes from.
    pub(super) origins: &'a [Origin],
    /// The issues of the fit before.
    pub(super) old: &'a [Issue],
    /// Ids that were ever given.
    pub(super) used_ids: BTreeSet<String>,
}

impl Clusters<'_> {
    fn count(&self) -> usize {
        self.centroids.len() / self.dimensions
    }

    fn row(&self, text: usize) -> &[f32] {
        &self.vectors[text * self.dimensions..(text + 1) * self.dimensions]
    }

    fn centroid(&self, cluster: usize) -> &[f32] {
        &self.centroids[cluster * self.dimensions..(cluster + 1) * self.dimensions]
    }

    /// The issues, one per cluster, in order.
    pub(super) fn describe(&self, parameters: &IssueParameters, mut heritage: Heritage<'_>) -> Vec<Issue> {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.count()];
        for (text, cluster) in self.of_text.iter().enumerate() {
            if let Some(cluster) = *cluster {
                members[cluster].push(text);
            }
        }
        let languages: Vec<&str> = self.sample.languages.iter().map(String::as_str).collect();
        let terms = naming::terms(&self.sample.texts, &languages, self.of_text, self.count());
        let thresholds = self.thresholds(parameters);
        let mut issues: Vec<Issue> = members
            .into_par_iter()
            .zip(terms)
            .zip(thresholds)
            .enumerate()
            .map(|(cluster, ((members, terms), threshold))| {
                self.issue(cluster, &members, terms, threshold, parameters)
            })
            .collect();
        for (issue, origin) in issues.iter_mut().zip(heritage.origins) {
            if let Origin::Continued(old) = *origin {
                issue.id.clone_from(&heritage.old[old].id);
                issue.name.clone_from(&heritage.old[old].name);
            } else {
                let medoid = issue.examples.first().map_or("", String::as_str);
                issue.id = free_id("i-", medoid, &mut heritage.used_ids);
            }
        }
        self.set_parents(&mut issues, parameters, &mut heritage);
        issues
    }

    fn issue(
        &self,
        cluster: usize,
        members: &[usize],
        terms: BTreeMap<String, Vec<String>>,
        threshold: f32,
        parameters: &IssueParameters,
    ) -> Issue {
        let cosine = |text: usize| -> f32 {
            self.row(text).iter().zip(self.centroid(cluster)).map(|(left, right)| left * right).sum()
        };
        let texts = &self.sample.texts;
        let mut near: Vec<(f32, usize)> = members.iter().map(|&text| (cosine(text), text)).collect();
        near.sort_by(|left, right| {
            right.0.total_cmp(&left.0).then_with(|| texts[left.1].cmp(texts[right.1]))
        });
        let typical = |count: usize| near.iter().take(count).map(|&(_, text)| texts[text].to_owned());
        let examples: Vec<String> = typical(parameters.examples).collect();
        let mut quotes = BTreeMap::new();
        for &(_, text) in &near {
            let language = &self.sample.languages[text];
            if !language.is_empty() && !quotes.contains_key(language) {
                quotes.insert(language.clone(), texts[text].to_owned());
            }
        }
        Issue {
            id: String::new(),
            name: self.name(members, &terms, &examples),
            parent: None,
            terms,
            examples,
            quotes,
            size: members.iter().map(|&text| u64::from(self.sample.counts[text])).sum(),
            threshold,
        }
    }

    /// The least certainty of each issue: most of its own texts reach it, and few strangers.
    fn thresholds(&self, parameters: &IssueParameters) -> Vec<f32> {
        let step = (self.of_text.len() / STRANGERS).max(1);
        let texts: Vec<usize> =
            (0..self.of_text.len()).step_by(step).filter(|&text| self.of_text[text].is_some()).collect();
        let seen: Vec<(Option<Near>, Option<Near>)> = texts
            .par_iter()
            .map(|&text| (self.near(text, None), self.near(text, self.of_text[text])))
            .collect();
        let (mut own, mut strange) = (vec![Vec::new(); self.count()], vec![Vec::new(); self.count()]);
        for (&text, (known, unknown)) in texts.iter().zip(&seen) {
            if let Some(near) = known.filter(|near| self.of_text[text] == Some(near.issue as usize)) {
                own[near.issue as usize].push(near.certainty());
            }
            if let Some(near) = unknown {
                strange[near.issue as usize].push(near.certainty());
            }
        }
        let of_all = upper_quantile(strange.iter().flatten().copied().collect(), STRANGERS_SHARE);
        let of_one = own.into_iter().zip(strange).map(|(own, strange)| {
            let own = lower_quantile(own, parameters.threshold_quantile);
            let strange = if strange.len() < STRANGERS_OF_ONE {
                of_all
            } else {
                upper_quantile(strange, STRANGERS_SHARE)
            };
            (own.min(strange) - 1e-5).max(parameters.minimum_threshold)
        });
        of_one.collect()
    }

    /// The nearest issue of a text, as if one were not there.
    fn near(&self, text: usize, absent: Option<usize>) -> Option<Near> {
        let row = self.row(text);
        let present = (0..self.count()).filter(|&cluster| Some(cluster) != absent);
        Near::among(present.map(|cluster| {
            (cluster, row.iter().zip(self.centroid(cluster)).map(|(left, right)| left * right).sum())
        }))
    }

    /// The first three terms of the language with the most texts of all issues, else of this one; the medoid's beginning
    /// when there are none.
    fn name(&self, members: &[usize], terms: &BTreeMap<String, Vec<String>>, examples: &[String]) -> String {
        let mut by_language: BTreeMap<&str, u64> = BTreeMap::new();
        for &text in members {
            let language = self.sample.languages[text].as_str();
            *by_language.entry(language).or_insert(0) += u64::from(self.sample.counts[text]);
        }
        let leading = by_language.iter().filter(|(language, _)| terms.contains_key(**language)).max_by_key(
            |&(language, count)| (*language == self.language, *count, std::cmp::Reverse(*language)),
        );
        match leading.and_then(|(language, _)| terms.get(*language)) {
            Some(terms) => terms.iter().take(3).cloned().collect::<Vec<_>>().join(", "),
            None => examples.first().map(|text| text.chars().take(40).collect()).unwrap_or_default(),
        }
    }

    /// Joins issues that are like each other under a parent; one that is like no other has none.
    fn set_parents(&self, issues: &mut [Issue], parameters: &IssueParameters, heritage: &mut Heritage<'_>) {
        let weights: Vec<f32> = issues.iter().map(|issue| weight(issue.size as u32)).collect();
        let near = neighbours(self.centroids, self.dimensions, issues.len().min(15));
        let groups = agglomerate(self.centroids.to_vec(), self.dimensions, &weights, &near)
            .cut_at(parameters.parent_cohesion);
        let group_count = groups.iter().max().map_or(0, |&highest| highest + 1);
        let of_text: Vec<Option<usize>> =
            self.of_text.iter().map(|cluster| cluster.map(|cluster| groups[cluster])).collect();
        let languages: Vec<&str> = self.sample.languages.iter().map(String::as_str).collect();
        let terms = naming::terms(&self.sample.texts, &languages, &of_text, group_count);
        let mut taken = BTreeSet::new();
        for (group, terms) in terms.into_iter().enumerate() {
            let children: Vec<usize> = (0..issues.len()).filter(|&issue| groups[issue] == group).collect();
            if children.len() < 2 {
                continue;
            }
            let members: Vec<usize> =
                (0..of_text.len()).filter(|&text| of_text[text] == Some(group)).collect();
            let parent = old_parent(&children, issues, heritage)
                .filter(|parent| taken.insert(parent.id.clone()))
                .unwrap_or_else(|| Parent {
                    id: free_id("p-", &issues[children[0]].id, &mut heritage.used_ids),
                    name: self.name(&members, &terms, &issues[children[0]].examples),
                });
            for child in children {
                issues[child].parent = Some(parent.clone());
            }
        }
    }
}

/// The parent that most contacts of these issues had before.
fn old_parent(children: &[usize], issues: &[Issue], heritage: &Heritage<'_>) -> Option<Parent> {
    let mut sizes: BTreeMap<&str, (u64, &Parent)> = BTreeMap::new();
    for &child in children {
        if let Origin::Continued(old) = heritage.origins[child]
            && let Some(parent) = &heritage.old[old].parent
        {
            sizes.entry(&parent.id).or_insert((0, parent)).0 += issues[child].size;
        }
    }
    sizes
        .into_values()
        .max_by_key(|&(size, parent)| (size, std::cmp::Reverse(&parent.id)))
        .map(|entry| entry.1.clone())
}

/// The value above which this share of the values lies; infinite when there are none.
fn upper_quantile(values: Vec<f32>, share: f64) -> f32 {
    if values.is_empty() { f32::INFINITY } else { lower_quantile(values, 1.0 - share) }
}

/// The value below which this share of the values lies; 1 when there are none.
fn lower_quantile(mut values: Vec<f32>, share: f64) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    let place = (values.len().saturating_sub(1) as f64 * share) as usize;
    values.get(place).copied().unwrap_or(1.0)
}

/// A prefix and ten base32 characters (RFC 4648, lower case) of the first 50 bits of a hash; hashed again while it is taken.
fn free_id(prefix: &str, text: &str, used: &mut BTreeSet<String>) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut seed = 0;
    loop {
        let hash = xxh3_64_with_seed(text.as_bytes(), seed);
        let letters = (0..10).map(|place| char::from(ALPHABET[(hash >> (59 - 5 * place)) as usize & 31]));
        let id: String = prefix.chars().chain(letters).collect();
        if used.insert(id.clone()) {
            return id;
        }
        seed += 1;
    }
}

/// An id for an issue that people make; it is added to the used ones.
pub fn new_issue_id(text: &str, used: &mut BTreeSet<String>) -> String {
    free_id("i-", text, used)
}
