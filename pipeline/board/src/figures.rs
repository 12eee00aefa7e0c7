//! Numbers as people read them: 91.4 %, 1 m 48 s, 1,204, 9 Nov.
//!
//! In: plain values, null where there is nothing to say. Out: text without markup. A unit never
//! leaves its number at the end of a line (no-break spaces).

use refrain_record::calendar::{EpochDay, date_of};

/// What stands where there is no number.
pub(crate) const NOTHING: &str = "–";
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A share as a percentage with one decimal.
pub(crate) fn percent(rate: Option<f64>) -> String {
    match rate {
        Some(rate) if rate.is_finite() => format!("{:.1}\u{a0}%", tenths(rate * 100.0)),
        _ => NOTHING.to_owned(),
    }
}

/// A share as a percentage without decimals, for axes.
pub(crate) fn round_percent(rate: f64) -> String {
    format!("{:.0}\u{a0}%", unsigned_zero(rate * 100.0, 0.5))
}

/// Both ends of an interval of shares: "86.9 – 89.4 %".
pub(crate) fn percent_range(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => {
            format!("{:.1}\u{a0}–\u{a0}{:.1}\u{a0}%", tenths(low * 100.0), tenths(high * 100.0))
        }
        _ => NOTHING.to_owned(),
    }
}

/// The size of a difference of shares in percentage points, without its sign.
pub(crate) fn points(difference: f64) -> String {
    let points = format!("{:.1}", tenths((difference * 100.0).abs()));
    let unit = if points == "1.0" { "point" } else { "points" };
    format!("{points}\u{a0}{unit}")
}

/// An expected number of contacts, which need not be whole.
pub(crate) fn expected(contacts: f64) -> String {
    match contacts {
        few if few < 0.5 => "none".to_owned(),
        few if few < 9.5 => format!("{few:.1}"),
        many => count(many.round() as i64),
    }
}

/// A whole number with thousands separated by commas.
pub(crate) fn count(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0 { format!("−{text}") } else { text }
}

/// A count short enough for an axis: 1,204, 45 k, 3.2 M.
pub(crate) fn short_count(value: f64) -> String {
    let size = value.abs();
    for (limit, unit) in [(1e12, "T"), (1e9, "G"), (1e6, "M")] {
        if size >= limit {
            return format!("{}\u{a0}{unit}", trimmed(value / limit));
        }
    }
    if size >= 10_000.0 { format!("{}\u{a0}k", trimmed(value / 1e3)) } else { count(value.round() as i64) }
}

/// Contacts per 1,000 units: one decimal below ten, none above.
pub(crate) fn per_thousand(value: f64) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    if value.abs() < 9.95 { format!("{value:.1}") } else { short_count(value) }
}

/// A duration: 48 s, 1 m 48 s, 1 h 05 m.
pub(crate) fn duration(seconds: Option<f64>) -> String {
    let Some(seconds) = seconds.filter(|seconds| seconds.is_finite()) else {
        return NOTHING.to_owned();
    };
    let whole = seconds.round().max(0.0) as i64;
    match whole {
        0..=59 => format!("{whole}\u{a0}s"),
        60..=3599 => format!("{}\u{a0}m\u{a0}{:02}\u{a0}s", whole / 60, whole % 60),
        _ => format!("{}\u{a0}h\u{a0}{:02}\u{a0}m", count(whole / 3600), whole % 3600 / 60),
    }
}

/// How many times as much: 3.4 times, 28 times.
pub(crate) fn times(ratio: f64) -> String {
    if ratio < 9.95 { format!("{ratio:.1}\u{a0}times") } else { format!("{}\u{a0}times", short_count(ratio)) }
}

/// A day: 9 Nov.
pub(crate) fn day(day: EpochDay) -> String {
    let date = date_of(day);
    format!("{}\u{a0}{}", date.day(), month(date.month()))
}

/// A day with its year: 9 Nov 2026.
pub(crate) fn long_day(day: EpochDay) -> String {
    let date = date_of(day);
    format!("{}\u{a0}{}\u{a0}{}", date.day(), month(date.month()), date.year())
}

/// The name of a day of the week.
pub(crate) fn weekday(day: EpochDay) -> &'static str {
    // 1970-01-01 was a Thursday.
    WEEKDAYS[(i64::from(day) + 3).rem_euclid(7) as usize]
}

/// A list in words: "a", "a and b", "a, b and c".
pub(crate) fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}

/// A small number as a word.
pub(crate) fn number_word(value: usize) -> String {
    const WORDS: [&str; 11] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    WORDS.get(value).map_or_else(|| count(value as i64), |word| (*word).to_owned())
}

/// A number of weeks in words: "one week", "four weeks".
pub(crate) fn weeks(value: usize) -> String {
    format!("{}\u{a0}{}", number_word(value), if value == 1 { "week" } else { "weeks" })
}

/// A member of a mart as a reader would write it: underscores become spaces, the first letter large.
pub(crate) fn readable(member: &str) -> String {
    let spaced = member.replace('_', " ");
    let mut letters = spaced.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "(no name)".to_owned(),
    }
}

/// The English name of a language tag, or the tag itself.
pub(crate) fn language(tag: &str) -> String {
    let name = match tag {
        "ar" => "Arabic",
        "cs" => "Czech",
        "da" => "Danish",
        "de" => "German",
        "el" => "Greek",
        "en" => "English",
        "es" => "Spanish",
        "fi" => "Finnish",
        "fr" => "French",
        "he" => "Hebrew",
        "hu" => "Hungarian",
        "it" => "Italian",
        "ja" => "Japanese",
        "ko" => "Korean",
        "nb" | "no" => "Norwegian",
        "nl" => "Dutch",
        "pl" => "Polish",
        "pt" => "Portuguese",
        "ro" => "Romanian",
        "ru" => "Russian",
        "sv" => "Swedish",
        "th" => "Thai",
        "tr" => "Turkish",
        "uk" => "Ukrainian",
        "und" => "Not recognised",
        "vi" => "Vietnamese",
        "zh" => "Chinese",
        "zh-Hans" => "Chinese, simplified",
        "zh-Hant" => "Chinese, traditional",
        other => other,
    };
    name.to_owned()
}

fn month(number: i8) -> &'static str {
    MONTHS.get(usize::try_from(number).unwrap_or(1).saturating_sub(1)).copied().unwrap_or("?")
}

fn trimmed(value: f64) -> String {
    if value.abs() < 9.95 { format!("{value:.1}") } else { count(value.round() as i64) }
}

/// Keeps "-0.0" off the page.
/// Rounded to one decimal, halves away from zero as in a spreadsheet (81.25 is 81.3), and never minus zero.
fn tenths(value: f64) -> f64 {
    unsigned_zero((value * 10.0).round() / 10.0, 0.05)
}

fn unsigned_zero(value: f64, below: f64) -> f64 {
    if value.abs() < below { 0.0 } else { value }
}

#[cfg(test)]
mod tests;
