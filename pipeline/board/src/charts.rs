//! Charts as SVG: the only markup that Rust writes itself.
//!
//! In: values, already chosen and worded. Out: [`Svg`], which the template takes as it is; every text
//! in it went through the one escape of `drawing`. Colours are classes, so that the style sheet alone
//! knows light, dark and paper.

pub(crate) mod bar;
pub(crate) mod days;
pub(crate) mod dots;
pub(crate) mod drawing;
pub(crate) mod panel;
pub(crate) mod scale;
pub(crate) mod spark;
pub(crate) mod weeks;

pub(crate) use drawing::{Drawing, Svg};

/// Width at which charts are drawn for wide screens and paper.
pub(crate) const WIDE: f64 = 960.0;
/// Width at which charts are drawn for telephones.
pub(crate) const NARROW: f64 = 350.0;

/// A chart drawn twice, since text in a shrunken SVG cannot be read; the style sheet shows one.
pub(crate) fn both_widths(draw: impl Fn(f64) -> Svg) -> Svg {
    pair(&draw(WIDE), &draw(NARROW))
}

/// Two drawings of the same, of which the style sheet shows one.
pub(crate) fn pair(wide: &Svg, narrow: &Svg) -> Svg {
    Svg::trusted(format!("<div class=\"wide\">{wide}</div><div class=\"narrow\">{narrow}</div>"))
}
