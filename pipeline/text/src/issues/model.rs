//! Assigns contacts to issues: the set in force on the contact's day, with what people decided on top.
//!
//! In: issue sets by day, edits, an encoder; then problem statements with their vectors. Out: per contact an issue with
//! its name and parent, or none. In this order: a rule that matches by phrase or pattern; the nearest of the fitted
//! issues and of the rules with examples; the parts of a split issue; merges; hidden issues are none.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::edits::{Edit, Edits, patterns};
use super::{IssueSet, fit};
use crate::TextError;
use crate::embedding::normalise;
use crate::encoder::Encoder;
use crate::statement::Boilerplate;

#[cfg(test)]
mod tests;

/// The cosine from which a text belongs to a rule's examples, unless a fitted issue is nearer.
const RULE_COSINE: f32 = 0.5;

/// An issue as labels and lists show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownIssue {
    /// The permanent id.
    pub id: String,
    /// The name that people gave, or the terms that mark it.
    pub name: String,
    /// The wider issue it belongs to.
    pub parent_id: Option<String>,
    /// The wider issue's name.
    pub parent_name: Option<String>,
}

/// The issue of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assigned<'a> {
    /// The issue.
    pub issue: &'a KnownIssue,
    /// Cosine to the centre about the mean, -1..1; none where a phrase or pattern decided.
    pub similarity: Option<f32>,
}

/// Issue sets, edits, and what follows from both.
pub struct IssueModel {
    sets: Vec<DatedSet>,
    edits: Edits,
    /// Rules by phrase or pattern: where they lead, and what must match.
    matchers: Vec<(String, Vec<Regex>)>,
    known: BTreeMap<String, KnownIssue>,
    /// Where the contacts of an issue go: itself, the issue it was merged into, or nowhere when hidden.
    targets: BTreeMap<String, Option<String>>,
}

struct DatedSet {
    from: Option<i32>,
    set: IssueSet,
    /// Rules with examples: id and unit centre about the set's mean.
    rules: Vec<(String, Vec<f32>)>,
    /// Parts of split issues, in the same form.
    parts: BTreeMap<String, Vec<(String, Vec<f32>)>>,
}

impl IssueModel {
    /// Puts sets (each with its first day, UTC, none is the beginning) and edits together.
    ///
    /// # Errors
    /// When the edits contradict themselves, or examples cannot be encoded.
    pub fn new(
        sets: Vec<(Option<i32>, IssueSet)>,
        edits: Edits,
        encoder: &Encoder,
    ) -> Result<Self, TextError> {
        edits.check()?;
        let known = known(&sets, &edits);
        let targets = targets(&known, &edits)?;
        let sets = if sets.is_empty() { vec![(None, IssueSet::empty(encoder.dimensions()))] } else { sets };
        let sets = sets
            .into_iter()
            .map(|(from, set)| DatedSet::new(from, set, &edits, encoder))
            .collect::<Result<Vec<_>, _>>()?;
        let mut matchers = Vec::new();
        for edit in &edits.edits {
            if let Edit::Rule { issue, phrases, patterns: wanted, .. } = edit {
                let mut all = wanted.clone();
                all.extend(phrases.iter().map(|phrase| phrase_pattern(phrase)));
                let compiled = patterns(&all)
                    .map_err(|reason| TextError::Parameter { name: "edits of issues", reason })?;
                matchers.push((issue.clone(), compiled));
            }
        }
        Ok(Self { sets, edits, matchers, known, targets })
    }

    /// What people decided.
    pub fn edits(&self) -> &Edits {
        &self.edits
    }

    /// Which set holds for contacts of a day (days since 1970-01-01, UTC).
    pub fn set_on(&self, day: i32) -> usize {
        self.sets.iter().rposition(|set| set.from.is_none_or(|from| from <= day)).unwrap_or(0)
    }

    /// The set phrases that are left out of contacts of a set.
    pub fn boilerplate(&self, set: usize) -> Option<&Boilerplate> {
        self.sets.get(set).map(|dated| &dated.set.boilerplate)
    }

    /// The newest set; none before the first fit.
    pub fn newest(&self) -> Option<&IssueSet> {
        self.sets.last().map(|dated| &dated.set).filter(|set| !set.issues.is_empty())
    }

    /// Every issue of every set in force and of every edit, by id.
    pub fn known(&self) -> impl Iterator<Item = &KnownIssue> {
        self.known.values()
    }

    /// Where an issue's contacts go: to itself, to another one, or nowhere.
    pub fn target(&self, id: &str) -> Option<&KnownIssue> {
        self.targets.get(id).and_then(|target| self.known.get(target.as_deref()?))
    }

    /// The issue of each text under one of the sets.
    ///
    /// # Shape
    /// `vectors`: row-major, one row per text, of the encoder that the sets were fitted with.
    ///
    /// # Errors
    /// When the lengths do not fit together.
    pub fn assign(
        &self,
        set: usize,
        texts: &[&str],
        vectors: &[f32],
    ) -> Result<Vec<Option<Assigned<'_>>>, TextError> {
        let Some(dated) = self.sets.get(set) else { return Ok(vec![None; texts.len()]) };
        let dimensions = dated.set.dimensions();
        if vectors.len() != texts.len() * dimensions {
            return Err(TextError::LengthMismatch {
                left: "texts",
                left_count: texts.len(),
                right: "embedding values",
                right_count: vectors.len(),
            });
        }
        let nearest = dated.set.assign(vectors)?;
        let rows = vectors.chunks_exact(dimensions);
        let assigned = texts.iter().zip(rows).zip(nearest).map(|((text, row), near)| {
            let (id, similarity) = match self.matched(text) {
                Some(id) => (id, None),
                None => {
                    let near = near.and_then(|near| {
                        dated
                            .set
                            .issues
                            .get(near.issue as usize)
                            .map(|issue| (issue.id.as_str(), near.cosine))
                    });
                    let (id, cosine) = dated.by_meaning(row, near)?;
                    (id, Some(cosine))
                }
            };
            let issue = self.known.get(self.targets.get(id)?.as_deref()?)?;
            Some(Assigned { issue, similarity })
        });
        Ok(assigned.collect())
    }

    fn matched(&self, text: &str) -> Option<&str> {
        let rule = self.matchers.iter().find(|(_, wanted)| wanted.iter().any(|regex| regex.is_match(text)));
        rule.map(|(id, _)| id.as_str())
    }
}

impl DatedSet {
    fn new(from: Option<i32>, set: IssueSet, edits: &Edits, encoder: &Encoder) -> Result<Self, TextError> {
        let centre = |examples: &[String]| -> Result<Vec<f32>, TextError> {
            let texts: Vec<&str> = examples.iter().map(String::as_str).collect();
            let vectors = fit::centred(&encoder.encode(&texts)?, &set.mean);
            let mut sum = vec![0.0_f32; set.dimensions()];
            for row in vectors.chunks_exact(set.dimensions()) {
                sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
            normalise(&mut sum);
            Ok(sum)
        };
        let (mut rules, mut parts) = (Vec::new(), BTreeMap::new());
        for edit in &edits.edits {
            match edit {
                Edit::Rule { issue, examples, .. } if !examples.is_empty() => {
                    rules.push((issue.clone(), centre(examples)?));
                }
                Edit::Split { issue, into } => {
                    let centres = into.iter().map(|part| Ok((part.issue.clone(), centre(&part.examples)?)));
                    parts.insert(issue.clone(), centres.collect::<Result<Vec<_>, TextError>>()?);
                }
                _ => {}
            }
        }
        Ok(Self { from, set, rules, parts })
    }

    /// The nearest of the fitted issue and the rules, then the nearest part when it was split, which may be split again.
    fn by_meaning<'a>(&'a self, row: &[f32], near: Option<(&'a str, f32)>) -> Option<(&'a str, f32)> {
        if self.rules.is_empty() && self.parts.is_empty() {
            return near;
        }
        let row = fit::centred(row, &self.set.mean);
        let mut best = near;
        for (id, cosine) in self.rules.iter().map(|(id, centre)| (id.as_str(), dot(&row, centre))) {
            if cosine >= RULE_COSINE && best.is_none_or(|(_, highest)| cosine > highest) {
                best = Some((id, cosine));
            }
        }
        let mut seen = BTreeSet::new();
        while let Some((id, _)) = best
            && let Some(parts) = self.parts.get(id)
            && seen.insert(id)
        {
            let cosines = parts.iter().map(|(id, centre)| (id.as_str(), dot(&row, centre)));
            best = cosines.max_by(|left, right| left.1.total_cmp(&right.1));
        }
        best
    }
}

fn dot(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(left, right)| left * right).sum::<f32>().clamp(-1.0, 1.0)
}

/// A phrase as a whole: in scripts with spaces it does not match within a word.
fn phrase_pattern(phrase: &str) -> String {
    let escaped = regex::escape(phrase.trim());
    let edge =
        |c: Option<char>| if c.is_some_and(|c| c.is_alphanumeric() && is_spaced(c)) { r"\b" } else { "" };
    let trimmed = phrase.trim();
    format!("{}{escaped}{}", edge(trimmed.chars().next()), edge(trimmed.chars().last()))
}

/// Whether a letter is of a script that writes spaces between words.
fn is_spaced(c: char) -> bool {
    !matches!(u32::from(c), 0xE00..=0xEFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF)
}

/// Every issue with its name; later sets win over earlier ones, people over both.
fn known(sets: &[(Option<i32>, IssueSet)], edits: &Edits) -> BTreeMap<String, KnownIssue> {
    let mut known = BTreeMap::new();
    for issue in sets.iter().flat_map(|(_, set)| &set.issues) {
        let parent = issue.parent.as_ref();
        known.insert(
            issue.id.clone(),
            KnownIssue {
                id: issue.id.clone(),
                name: issue.name.clone(),
                parent_id: parent.map(|parent| parent.id.clone()),
                parent_name: parent.map(|parent| parent.name.clone()),
            },
        );
    }
    for edit in &edits.edits {
        if let Edit::Split { issue, into } = edit {
            let whole: KnownIssue = known.get(issue).cloned().unwrap_or_default();
            for part in into {
                known.insert(part.issue.clone(), KnownIssue { id: part.issue.clone(), ..whole.clone() });
            }
        }
    }
    for (id, name) in edits.names() {
        let issue = known
            .entry(id.to_owned())
            .or_insert_with(|| KnownIssue { id: id.to_owned(), ..KnownIssue::default() });
        name.clone_into(&mut issue.name);
    }
    known
}

fn targets(
    known: &BTreeMap<String, KnownIssue>,
    edits: &Edits,
) -> Result<BTreeMap<String, Option<String>>, TextError> {
    let (merged, hidden) = (edits.merged()?, edits.hidden());
    let target = |id: &str| {
        let end = merged.get(id).copied().unwrap_or(id);
        (!hidden.contains(id) && !hidden.contains(end)).then(|| end.to_owned())
    };
    Ok(known.keys().map(|id| (id.clone(), target(id))).collect())
}
