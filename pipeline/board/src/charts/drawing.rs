//! One SVG drawing: lines, paths, marks and text, with everything escaped.
//!
//! In: coordinates and plain text. Out: an `<svg>` element with a label for those who cannot see it.
//! Coordinates that are not finite become 0, so that no value can break the page.

use std::fmt;

/// Finished markup of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Svg(String);

impl Svg {
    /// Markup that was put together from other markup of this module.
    pub(crate) fn trusted(markup: String) -> Self {
        Self(markup)
    }
}

impl fmt::Display for Svg {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The template may write it as it is.
impl askama::filters::HtmlSafe for Svg {}

/// Where a text is held.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Anchor {
    /// At its beginning.
    Start,
    /// In its middle.
    Middle,
    /// At its end.
    End,
}

/// A drawing in the making.
#[derive(Debug)]
pub(crate) struct Drawing {
    width: f64,
    height: f64,
    head: String,
    body: String,
}

impl Drawing {
    /// An empty drawing that is read out as `label`, with `description` as its longer form.
    pub(crate) fn new(width: f64, height: f64, label: &str, description: &str) -> Self {
        let mut head = format!(" role=\"img\" aria-label=\"{}\">", escape(label));
        if !description.is_empty() {
            head.push_str(&format!("<desc>{}</desc>", escape(description)));
        }
        Self { width, height, head, body: String::new() }
    }

    /// An empty drawing beside text that says the same; it is not read out.
    pub(crate) fn decoration(width: f64, height: f64) -> Self {
        Self { width, height, head: " aria-hidden=\"true\">".to_owned(), body: String::new() }
    }

    /// A straight line.
    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.body.push_str(&format!(
            "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
            coordinate(x1),
            coordinate(y1),
            coordinate(x2),
            coordinate(y2)
        ));
    }

    /// A line through points; nothing for fewer than two.
    pub(crate) fn polyline(&mut self, points: &[(f64, f64)], class: &str) {
        if points.len() > 1 {
            self.body.push_str(&format!("<path class=\"{class}\" d=\"{}\"/>", path(points)));
        }
    }

    /// A closed area around points.
    pub(crate) fn area(&mut self, points: &[(f64, f64)], class: &str) {
        if points.len() > 2 {
            self.body.push_str(&format!("<path class=\"{class}\" d=\"{}Z\"/>", path(points)));
        }
    }

    /// A rectangle; `title` is shown when the pointer rests on it.
    pub(crate) fn rectangle(&mut self, corner: (f64, f64), size: (f64, f64), class: &str, title: &str) {
        self.body.push_str(&format!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}",
            coordinate(corner.0),
            coordinate(corner.1),
            coordinate(size.0.max(0.0)),
            coordinate(size.1.max(0.0)),
            closing("rect", title)
        ));
    }

    /// A round mark; `title` is shown when the pointer rests on it.
    pub(crate) fn circle(&mut self, centre: (f64, f64), radius: f64, class: &str, title: &str) {
        self.body.push_str(&format!(
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"{}",
            coordinate(centre.0),
            coordinate(centre.1),
            coordinate(radius),
            closing("circle", title)
        ));
    }

    /// A text; y is its base line.
    pub(crate) fn text(&mut self, at: (f64, f64), anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.body.push_str(&format!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            coordinate(at.0),
            coordinate(at.1),
            escape(text)
        ));
    }

    /// The finished element, which keeps its proportions at any width.
    pub(crate) fn finish(self) -> Svg {
        Svg(format!(
            "<svg viewBox=\"0 0 {} {}\"{}{}</svg>",
            coordinate(self.width),
            coordinate(self.height),
            self.head,
            self.body
        ))
    }
}

/// Text as it may stand in an element or a quoted attribute; control characters become spaces.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Roughly how wide a text is at 12 units: enough to keep labels apart.
pub(crate) fn text_width(text: &str) -> f64 {
    text.chars().map(|letter| if letter.is_ascii() || letter == '\u{a0}' { 6.4 } else { 9.0 }).sum()
}

/// A name short enough for a label.
pub(crate) fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let front: String = text.chars().take(letters.saturating_sub(1)).collect();
    format!("{}…", front.trim_end())
}

fn closing(element: &str, title: &str) -> String {
    if title.is_empty() { "/>".to_owned() } else { format!("><title>{}</title></{element}>", escape(title)) }
}

fn path(points: &[(f64, f64)]) -> String {
    let mut text = String::new();
    for (position, (x, y)) in points.iter().enumerate() {
        text.push(if position == 0 { 'M' } else { 'L' });
        text.push_str(&coordinate(*x));
        text.push(' ');
        text.push_str(&coordinate(*y));
    }
    text
}

fn coordinate(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let rounded = (value * 10.0).round() / 10.0;
    // Adding zero turns -0 into 0.
    format!("{}", rounded + 0.0)
}

#[cfg(test)]
mod tests;
