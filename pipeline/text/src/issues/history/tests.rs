//! Tests of the history of issue sets: which set holds when, and what relabelling leaves.

use super::{IssueChange, IssueEvent, IssueHistory};

fn days(history: &IssueHistory) -> Vec<(String, Option<i32>)> {
    history.sets.iter().map(|set| (set.folder.clone(), set.from)).collect()
}

#[test]
fn a_new_set_holds_from_its_day_on_and_replaces_younger_ones() {
    let mut history = IssueHistory::default();
    for day in [100, 200, 300] {
        let folder = history.free_folder();
        history.put(folder, day);
    }
    let expected =
        [("0001".to_owned(), None), ("0002".to_owned(), Some(200)), ("0003".to_owned(), Some(300))];
    assert_eq!(days(&history), expected);
    let folder = history.free_folder();
    history.put(folder, 200);
    assert_eq!(days(&history), [("0001".to_owned(), None), ("0004".to_owned(), Some(200))]);
    history.relabel();
    assert_eq!(days(&history), [("0004".to_owned(), None)]);
}

#[test]
fn ids_of_sets_that_are_gone_stay_taken() {
    let mut history = IssueHistory::default();
    history.put("0001".to_owned(), 100);
    history.events.push(IssueEvent {
        day: 100,
        issue: "i-old".to_owned(),
        name: "Old".to_owned(),
        change: IssueChange::Born,
        other: None,
    });
    history.put("0002".to_owned(), 200);
    history.relabel();
    let read = IssueHistory::from_bytes(&history.to_bytes().unwrap()).unwrap();
    assert_eq!(read, history);
    assert!(read.ids().contains("i-old"));
}

#[test]
fn a_history_out_of_order_is_refused() {
    let wrong = [
        r#"{"version":1,"sets":[{"folder":"0001","from":5}],"events":[]}"#,
        r#"{"version":1,"sets":[{"folder":"0001","from":null},{"folder":"0002","from":9},{"folder":"0003","from":5}],"events":[]}"#,
        r#"{"version":2,"sets":[],"events":[]}"#,
        r#"{"version":1}"#,
    ];
    for json in wrong {
        assert!(IssueHistory::from_bytes(json.as_bytes()).is_err(), "{json}");
    }
}
