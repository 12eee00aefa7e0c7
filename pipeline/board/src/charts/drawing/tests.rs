//! Tests of the drawing: escapes and coordinates.

use super::*;

#[track_caller]
fn check(draw: impl Fn(&mut Drawing), expect: &str) {
    let mut drawing = Drawing::decoration(10.0, 20.0);
    draw(&mut drawing);
    let expect = format!("<svg viewBox=\"0 0 10 20\" aria-hidden=\"true\">{expect}</svg>");
    assert_eq!(drawing.finish().to_string(), expect);
}

#[test]
fn text_is_inert() {
    check(
        |drawing| drawing.text((1.0, 2.0), Anchor::Start, "axis", "<script>alert(\"1\")&'\u{0}"),
        "<text class=\"axis\" x=\"1\" y=\"2\" text-anchor=\"start\">&lt;script&gt;alert(&quot;1&quot;)&amp;&#39; </text>",
    );
    check(
        |drawing| drawing.circle((1.0, 2.0), 3.0, "dot", "</title><script>"),
        "<circle class=\"dot\" cx=\"1\" cy=\"2\" r=\"3\"><title>&lt;/title&gt;&lt;script&gt;</title></circle>",
    );
}

#[test]
fn coordinates_are_short_and_finite() {
    check(
        |drawing| drawing.polyline(&[(0.04, 1.26), (f64::NAN, f64::INFINITY), (-0.01, 3.0)], "line"),
        "<path class=\"line\" d=\"M0 1.3L0 0L0 3\"/>",
    );
    check(|drawing| drawing.polyline(&[(1.0, 1.0)], "line"), "");
    check(
        |drawing| drawing.rectangle((0.0, 0.0), (-1.0, 2.0), "bar", ""),
        "<rect class=\"bar\" x=\"0\" y=\"0\" width=\"0\" height=\"2\"/>",
    );
}

#[test]
fn long_names_are_cut_at_letters_not_bytes() {
    assert_eq!(shortened("ñandú eléctrico", 7), "ñandú…");
    assert_eq!(shortened("short", 7), "short");
}
