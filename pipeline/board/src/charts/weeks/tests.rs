//! Tests of the weekly chart's coordinates.

use super::*;

fn point(week: EpochDay, value: f64) -> WeekPoint {
    WeekPoint {
        week,
        value: Some(value),
        low: Some(value - 0.1),
        high: Some(value + 0.1),
        ..WeekPoint::default()
    }
}

#[track_caller]
fn check(points: &[WeekPoint], expect: &str) {
    let drawing = draw(points, 960.0, "label", "description").to_string();
    assert!(drawing.contains(expect), "{expect} is not in {drawing}");
}

#[test]
fn a_known_series_lies_where_it_should() {
    // The axis runs 0.4 .. 0.8 from y = 272 (bottom) to y = 24 (top); weeks run from x = 66 to x = 870.
    let points = [point(0, 0.5), point(7, 0.6), point(14, 0.7)];
    check(&points, "<path class=\"line\" d=\"M66 210L468 148L870 86\"/>");
    check(&points, "<path class=\"band\" d=\"M66 148L468 86L870 24L870 148L468 210L66 272Z\"/>");
}

#[test]
fn a_week_without_a_value_breaks_the_line() {
    let mut points = [point(0, 0.5), point(7, 0.6), point(14, 0.7), point(21, 0.7)];
    points[1].value = None;
    let drawing = draw(&points, 960.0, "label", "").to_string();
    assert_eq!(drawing.matches("class=\"line\"").count(), 1);
    assert_eq!(drawing.matches("class=\"whisker\"").count(), 1);
}

#[test]
fn estimates_are_dashed_and_hollow() {
    let young = WeekPoint { week: 14, estimate: Some(0.65), ..WeekPoint::default() };
    let points = [point(0, 0.5), point(7, 0.6), young];
    check(&points, "class=\"dashed\"");
    check(&points, "class=\"hollow\"");
    check(&points, ">~65.0\u{a0}%<");
}

#[test]
fn one_week_alone_is_drawn_in_the_middle() {
    check(&[point(0, 0.5)], "<circle class=\"mark\" cx=\"468\"");
    check(&[], "<svg");
}
