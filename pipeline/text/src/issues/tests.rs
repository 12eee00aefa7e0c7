//! Tests of issue sets: fitting, ids, assignment, files.

use super::cluster::views;
use super::fit::Sample;
use super::{IssueParameters, IssueSet, agglomerate, naming, neighbours, number};
use crate::latent::{LatentParameters, fit_latent};
use crate::{Encoder, TextError};

/// The language of a made-up text, by its script and its words.
fn language(text: &str) -> String {
    let has = |range: std::ops::RangeInclusive<char>| text.chars().any(|c| range.contains(&c));
    let found = match text {
        _ if has('\u{E00}'..='\u{E7F}') => "th",
        _ if has('\u{4E00}'..='\u{9FFF}') => "zh-Hans",
        _ if text.contains(" la ") || text.contains(" el ") || text.contains(" mi ") => "es",
        _ => "en",
    };
    found.to_owned()
}

fn fitted() -> (Vec<String>, Encoder, IssueSet) {
    let texts = crate::latent::tests::texts();
    let parameters = LatentParameters { vocabulary_size: 600, dimensions: 16, ..LatentParameters::default() };
    let encoder = Encoder::from(fit_latent(&texts, &parameters).unwrap());
    let set = IssueSet::fit(&texts, &language, &encoder, &parameters_of_few(), None).unwrap().set;
    (texts, encoder, set)
}

fn parameters_of_few() -> IssueParameters {
    IssueParameters { minimum_size: 4, ..IssueParameters::default() }
}

#[test]
fn issues_are_found_named_and_assigned() {
    let (texts, encoder, set) = fitted();
    assert!((5..=18).contains(&set.issues.len()), "{} issues", set.issues.len());
    for issue in &set.issues {
        assert_eq!(issue.id.len(), 12);
        assert!(issue.id.starts_with("i-") && !issue.name.is_empty() && !issue.examples.is_empty());
    }
    let all: Vec<&str> = texts.iter().map(String::as_str).collect();
    let assigned = set.assign(&encoder.encode(&all).unwrap()).unwrap();
    let share = assigned.iter().flatten().count() as f64 / texts.len() as f64;
    assert!(share > 0.85, "{share}");
    // Wordings of one statement mostly share an issue, other statements never do.
    for (left, right) in [(0, 18), (3, 21), (9, 27), (12, 30), (15, 33)] {
        assert_eq!(
            assigned[left].map(|near| near.issue),
            assigned[right].map(|near| near.issue),
            "{}",
            texts[left]
        );
    }
    assert_ne!(assigned[0].map(|near| near.issue), assigned[12].map(|near| near.issue));
    let none = set.assign(&encoder.encode(&["qqq"]).unwrap()).unwrap();
    assert_eq!(none, [None]);
}

#[test]
fn the_same_for_any_number_of_threads_and_order_of_rows() {
    let (texts, encoder, set) = fitted();
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let fit = |threads, texts: &[String], language: &(dyn Fn(&str) -> String + Sync)| {
        let fit = || IssueSet::fit(texts, language, &encoder, &parameters_of_few(), None).unwrap().set;
        pool(threads).install(fit).to_bytes().unwrap()
    };
    let shuffled = |texts: &[String]| {
        let mut texts = texts.to_vec();
        texts.sort_by_key(|text| xxhash_rust::xxh3::xxh3_64_with_seed(text.as_bytes(), 3));
        texts
    };
    assert_eq!(fit(1, &texts, &language), set.to_bytes().unwrap());
    assert_eq!(fit(2, &shuffled(&texts), &language), set.to_bytes().unwrap());
    // In one language, with enough texts for all views.
    let more: Vec<String> = ["", " please", " today"]
        .iter()
        .flat_map(|end| texts.iter().map(move |text| format!("{text}{end}")))
        .collect();
    let one = |_: &str| "en".to_owned();
    assert_eq!(fit(1, &more, &one), fit(2, &shuffled(&more), &one));
    let many: Vec<&str> = texts.iter().cycle().take(1500).map(String::as_str).collect();
    let vectors = encoder.encode(&many).unwrap();
    let forwards = set.assign(&vectors).unwrap();
    let reversed: Vec<f32> = vectors.chunks_exact(16).rev().flatten().copied().collect();
    let mut backwards = set.assign(&reversed).unwrap();
    backwards.reverse();
    assert_eq!(forwards, backwards);
    for (row, entry) in vectors.chunks_exact(16).zip(&forwards).take(60) {
        assert_eq!(set.assign(row).unwrap(), [*entry]);
    }
}

/// Words and the graph of neighbours are seen in one language only, and only of enough texts.
#[test]
fn one_language_is_seen_in_more_ways_than_many() {
    let (texts, encoder, _) = fitted();
    let more: Vec<String> =
        ["", " please"].iter().flat_map(|end| texts.iter().map(move |text| format!("{text}{end}"))).collect();
    let width = |count: usize, languages: &[&str]| {
        let texts: Vec<&str> = more[..count].iter().map(String::as_str).collect();
        let languages = languages.iter().cycle().take(count).map(|&language| language.to_owned()).collect();
        let vectors = encoder.encode(&texts).unwrap();
        let sample = Sample { counts: vec![1; count], texts, languages };
        let (seen, width) = views(&sample, &vectors, None, &encoder).unwrap();
        assert_eq!(seen.len(), count * width);
        width
    };
    assert_eq!(width(200, &["en", "es"]), 16);
    assert_eq!(width(199, &["en"]), 16);
    let walked = width(200, &["en"]) - 16 - 96;
    assert!((2..=66).contains(&walked), "{walked} of at most a third of the texts");
}

#[test]
fn written_and_read_again() {
    let (_, _, set) = fitted();
    let (json, tensors) = set.to_bytes().unwrap();
    assert!(IssueSet::from_bytes(&json, &tensors).unwrap() == set);
    let other = String::from_utf8(json.clone()).unwrap().replace("\"version\": 4", "\"version\": 9");
    assert!(matches!(IssueSet::from_bytes(other.as_bytes(), &tensors), Err(TextError::Parameter { .. })));
    assert!(matches!(IssueSet::from_bytes(b"{}", &tensors), Err(TextError::IssueSetJson { .. })));
    assert!(matches!(IssueSet::from_bytes(&json, b""), Err(TextError::Tensors { .. })));
    assert!(matches!(set.assign(&[0.0; 17]), Err(TextError::LengthMismatch { .. })));
}

/// Vectors around a few directions, from a fixed series of numbers.
fn bunches(count: usize, bunch_count: usize, dimensions: usize, spread: f32) -> Vec<f32> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
    };
    let middles: Vec<f32> = (0..bunch_count * dimensions).map(|_| next()).collect();
    let mut vectors: Vec<f32> = (0..count)
        .flat_map(|row| {
            let middle = row % bunch_count * dimensions;
            middles[middle..middle + dimensions]
                .iter()
                .map(|value| value + spread * next())
                .collect::<Vec<_>>()
        })
        .collect();
    vectors.chunks_exact_mut(dimensions).for_each(crate::embedding::normalise);
    vectors
}

/// The tree by the definition, cut at a number of clusters: every pair of rows of two clusters, the nearest two first.
fn joined(vectors: &[f32], dimensions: usize, count: usize) -> Vec<usize> {
    let row = |row: usize| &vectors[row * dimensions..(row + 1) * dimensions];
    let cosine =
        |a: usize, b: usize| -> f64 { row(a).iter().zip(row(b)).map(|(a, b)| f64::from(a * b)).sum() };
    let mut clusters: Vec<Vec<usize>> = (0..vectors.len() / dimensions).map(|row| vec![row]).collect();
    while clusters.len() > count {
        let mut best = (f64::INFINITY, 0, 0);
        for left in 0..clusters.len() {
            for right in left + 1..clusters.len() {
                let pairs = clusters[left].iter().flat_map(|&a| clusters[right].iter().map(move |&b| (a, b)));
                let (a, b) = (clusters[left].len() as f64, clusters[right].len() as f64);
                let mean = pairs.map(|(a, b)| cosine(a, b)).sum::<f64>() / (a * b);
                let distance = (a * b / (a + b)).powf(0.2) * (1.0 - mean);
                if distance < best.0 {
                    best = (distance, left, right);
                }
            }
        }
        let gone = clusters.remove(best.2);
        clusters[best.1].extend(gone);
    }
    let mut numbers = vec![0; vectors.len() / dimensions];
    clusters.sort_by_key(|rows| rows.iter().min().copied());
    clusters.iter().enumerate().for_each(|(number, rows)| rows.iter().for_each(|&row| numbers[row] = number));
    numbers
}

#[test]
fn clusters_are_those_of_the_definition() {
    let vectors = bunches(90, 6, 8, 1.2);
    let near = neighbours::neighbours(&vectors, 8, 15);
    let tree = agglomerate::agglomerate(vectors.clone(), 8, &[1.0; 90], &near);
    for count in [1, 2, 5, 6, 12, 40, 90] {
        assert_eq!(tree.cut(count), joined(&vectors, 8, count), "{count}");
    }
}

#[test]
fn many_rows_give_the_clusters_of_few() {
    // Above the number of clusters that are all compared, and so through the graph of neighbours.
    let vectors = bunches(5000, 12, 16, 0.15);
    let near = neighbours::neighbours(&vectors, 16, 15);
    let found = agglomerate::agglomerate(vectors, 16, &vec![1.0; 5000], &near).cut(12);
    assert_eq!(found, (0..5000).map(|row| row % 12).collect::<Vec<_>>());
}

/// How many bunches the judge sees, when it is told that each row speaks one of `languages`.
fn number_found(vectors: &[f32], dimensions: usize, languages: Option<Vec<usize>>) -> usize {
    let rows = vectors.len() / dimensions;
    let near = neighbours::neighbours(vectors, dimensions, 15);
    let tree = agglomerate::agglomerate(vectors.to_vec(), dimensions, &vec![1.0; rows], &near);
    let counts = vec![1; rows];
    let judge =
        number::Judge { vectors, dimensions, counts: &counts, languages, old_issues: None, minimum_size: 8 };
    judge.choose(&tree, 0.0).iter().max().unwrap() + 1
}

#[test]
fn the_number_of_issues_is_found() {
    for count in [4, 9, 23] {
        assert_eq!(number_found(&bunches(1500, count, 24, 0.8), 24, None), count);
    }
}

#[test]
fn what_only_one_language_says_is_no_issue_of_its_own() {
    // Three wide issues, each said in four languages in ways of their own.
    let (wide, ways) = (bunches(12, 3, 24, 0.0), bunches(12, 12, 24, 0.0));
    let near = bunches(1200, 1, 24, 1.0);
    let mut vectors: Vec<f32> = (0..1200 * 24)
        .map(|place| {
            let (row, dimension) = (place / 24, place % 24);
            // Rows of one issue and language are 12 apart.
            wide[row % 12 % 3 * 24 + dimension] + 0.7 * ways[row % 12 * 24 + dimension] + 0.3 * near[place]
        })
        .collect();
    vectors.chunks_exact_mut(24).for_each(crate::embedding::normalise);
    let languages = (0..1200).map(|row| row % 12 / 3).collect();
    assert_eq!(number_found(&vectors, 24, None), 12);
    assert_eq!(number_found(&vectors, 24, Some(languages)), 3);
}

#[test]
fn smoothing_draws_a_vector_to_its_neighbours() {
    let vectors = [1.0, 0.0, 0.0, 1.0];
    let smoothed = neighbours::smooth(&vectors, 2, &vec![vec![(1, 0.0)], vec![]]);
    let half = std::f32::consts::FRAC_1_SQRT_2;
    assert!((smoothed[0] - half).abs() < 1e-6 && (smoothed[1] - half).abs() < 1e-6);
    assert_eq!(smoothed[2..], [0.0, 1.0]);
}

#[test]
fn cells_find_nearly_the_same_neighbours() {
    let vectors = bunches(5000, 1, 6, 8.0);
    let lists = neighbours::neighbours(&vectors, 6, 8);
    // Some rows against a search through all of them.
    let mut hits = 0;
    for row in (0..5000).step_by(50) {
        assert_eq!(lists[row].len(), 8);
        let cosine =
            |other: usize| -> f32 { (0..6).map(|d| vectors[row * 6 + d] * vectors[other * 6 + d]).sum() };
        let nearest =
            (0..5000).filter(|&other| other != row).max_by(|&a, &b| cosine(a).total_cmp(&cosine(b))).unwrap();
        hits += usize::from(lists[row][0].1 >= cosine(nearest) - 1e-4);
    }
    assert!(hits >= 90, "{hits} of 100");
}

#[test]
fn names_are_terms_of_one_issue() {
    let texts =
        ["my lock jams", "the lock jams", "my parcel late", "the parcel late", "锁打不开", "锁打不开了"];
    let languages = ["en", "en", "en", "en", "zh-Hans", "zh-Hans"];
    let issues = [Some(0), Some(0), Some(1), Some(1), Some(0), Some(0)];
    let terms = naming::terms(&texts, &languages, &issues, 2);
    assert_eq!(terms[0]["en"][0], "lock jams");
    assert_eq!(terms[1]["en"][0], "parcel late");
    assert!(terms[0]["zh-Hans"][0].contains("打不"));
}
