//! Tests of issue sets: fitting, ids, assignment, files.

use super::{IssueParameters, IssueSet, communities, naming, neighbours};
use crate::{Embedding, LatentParameters, TextError, fit_latent};

fn fitted() -> (Vec<String>, Vec<String>, Embedding, IssueSet) {
    let texts = crate::latent::tests::texts();
    let languages: Vec<String> = (0..texts.len())
        .map(|index| ["en", "en", "en", "es", "zh-Hans", "th"][index % 18 / 3].to_owned())
        .collect();
    let parameters = LatentParameters { vocabulary_size: 600, dimensions: 16, ..LatentParameters::default() };
    let embedding = fit_latent(&texts, &parameters).unwrap();
    let set = IssueSet::fit(
        &texts,
        &languages,
        &embedding,
        &IssueParameters { minimum_size: 4, ..IssueParameters::default() },
    )
    .unwrap();
    (texts, languages, embedding, set)
}

#[test]
fn issues_are_found_named_and_assigned() {
    let (texts, _, embedding, set) = fitted();
    assert!((5..=18).contains(&set.issues.len()), "{} issues", set.issues.len());
    for issue in &set.issues {
        assert_eq!(issue.id.len(), 12);
        assert!(issue.id.starts_with("i-") && !issue.name.is_empty() && !issue.examples.is_empty());
    }
    let all: Vec<&str> = texts.iter().map(String::as_str).collect();
    let assigned = set.assign(&embedding.encode(&all)).unwrap();
    let share = assigned.iter().flatten().count() as f64 / texts.len() as f64;
    assert!(share > 0.85, "{share}");
    // Wordings of one statement mostly share an issue, other statements never do.
    for (left, right) in [(0, 18), (3, 21), (9, 27), (12, 30), (15, 33)] {
        assert_eq!(
            assigned[left].map(|entry| entry.0),
            assigned[right].map(|entry| entry.0),
            "{}",
            texts[left]
        );
    }
    assert_ne!(assigned[0].map(|entry| entry.0), assigned[12].map(|entry| entry.0));
    let none = set.assign(&embedding.encode(&["qqq"])).unwrap();
    assert_eq!(none, [None]);
}

#[test]
fn the_same_for_any_number_of_threads_and_order_of_rows() {
    let (texts, languages, embedding, set) = fitted();
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let parameters = IssueParameters { minimum_size: 4, ..IssueParameters::default() };
    for threads in [1, 2] {
        let again =
            pool(threads).install(|| IssueSet::fit(&texts, &languages, &embedding, &parameters).unwrap());
        assert!(again == set);
    }
    let many: Vec<&str> = texts.iter().cycle().take(1500).map(String::as_str).collect();
    let vectors = embedding.encode(&many);
    let forwards = set.assign(&vectors).unwrap();
    let reversed: Vec<f32> = vectors.chunks_exact(16).rev().flatten().copied().collect();
    let mut backwards = set.assign(&reversed).unwrap();
    backwards.reverse();
    assert_eq!(forwards, backwards);
    for (row, entry) in vectors.chunks_exact(16).zip(&forwards).take(60) {
        assert_eq!(set.assign(row).unwrap(), [*entry]);
    }
}

#[test]
fn written_and_read_again() {
    let (_, _, _, set) = fitted();
    let (json, tensors) = set.to_bytes().unwrap();
    assert!(IssueSet::from_bytes(&json, &tensors).unwrap() == set);
    let other = String::from_utf8(json.clone()).unwrap().replace("\"version\": 1", "\"version\": 9");
    assert!(matches!(IssueSet::from_bytes(other.as_bytes(), &tensors), Err(TextError::Parameter { .. })));
    assert!(matches!(IssueSet::from_bytes(b"{}", &tensors), Err(TextError::IssueSetJson { .. })));
    assert!(matches!(IssueSet::from_bytes(&json, b""), Err(TextError::Tensors { .. })));
    assert!(matches!(set.assign(&[0.0; 17]), Err(TextError::LengthMismatch { .. })));
}

#[test]
fn two_cliques_are_two_communities() {
    let edge = |others: &[u32]| others.iter().map(|&other| (other, 1.0)).collect::<Vec<_>>();
    let graph = vec![
        edge(&[1, 2]),
        edge(&[0, 2]),
        edge(&[0, 1, 3]),
        edge(&[2, 4, 5]),
        edge(&[3, 5]),
        edge(&[3, 4]),
        edge(&[]),
    ];
    assert_eq!(communities::communities(&graph, 1.0), [0, 0, 0, 1, 1, 1, 2]);
}

#[test]
fn cells_find_nearly_the_same_neighbours() {
    let mut state = 1_u64;
    let mut vectors: Vec<f32> = (0..5000 * 6)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
        })
        .collect();
    vectors.chunks_exact_mut(6).for_each(crate::embedding::normalise);
    let graph = neighbours::mutual_neighbours(&vectors, 6, 8, 0.0);
    assert!(graph.iter().filter(|edges| edges.is_empty()).count() < 250);
    // Some rows against a search through all of them.
    let mut hits = 0;
    for row in (0..5000).step_by(50) {
        let cosine =
            |other: usize| -> f32 { (0..6).map(|d| vectors[row * 6 + d] * vectors[other * 6 + d]).sum() };
        let nearest =
            (0..5000).filter(|&other| other != row).max_by(|&a, &b| cosine(a).total_cmp(&cosine(b))).unwrap();
        let best = graph[row].iter().map(|edge| edge.1).fold(0.0, f32::max);
        hits += usize::from(best >= cosine(nearest) - 1e-4);
    }
    assert!(hits >= 80, "{hits} of 100");
    for (node, edges) in graph.iter().enumerate() {
        for &(other, weight) in edges {
            assert!(graph[other as usize].contains(&(node as u32, weight)));
        }
    }
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
