//! From text to types: the one Polars plan that every record-bearing format goes through.
//!
//! In: columns of text with the position of each record, and what each column should be. Out: the
//! records that are what they should be, every typed column as 64-bit integers (microseconds, seconds,
//! counts, 0 and 1), and a reject with reason and field for each of the others. A value fails when it
//! is there before the cast and null after it. No column's meaning is known here.

use jiff::tz::TimeZone;
use polars::prelude::*;
use refrain_record::RejectReason;

use crate::rows::Reject;
use crate::zone::{Reading, ZoneClock};

/// 1990-01-01: what lies before is a null of some system, not a time (1899, 1970).
const EARLIEST: i64 = 631_152_000_000_000;
/// 2100-01-01: what lies after is "never", not a time.
const LATEST: i64 = 4_102_444_800_000_000;
/// How far two clocks of one telephone system may differ.
const CLOCK_SLACK: i64 = 60_000_000;

/// What a column of text should be.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Any text; never fails.
    Id,
    /// ISO 8601 date and time with an offset or `Z`.
    Instant,
    /// A local time in a zone, by a `strftime` pattern.
    Civil { pattern: String, zone: TimeZone },
    /// Whole seconds since the Unix epoch.
    Epoch,
    /// A duration: `hh:mm:ss`, `mm:ss` or seconds, not negative; fractions are cut off.
    Seconds,
    /// A whole number, not negative.
    Count,
    /// `true`/`false`, `yes`/`no`, `1`/`0`, as 1 and 0.
    YesNo,
}

/// How a time must lie to another one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    /// No rule.
    Free,
    /// Of the two readings of a local time shown twice, the one that is not before that column's.
    Near(&'static str),
    /// As `Near`; and a record in which it is before that column's all the same is rejected.
    NotBefore(&'static str),
}

/// One column and what it should be.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    name: &'static str,
    kind: Kind,
    is_required: bool,
    order: Order,
}

impl Field {
    /// A column that may be empty.
    pub(crate) fn optional(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, is_required: false, order: Order::Free }
    }

    /// A column that must not be empty.
    pub(crate) fn required(name: &'static str, kind: Kind) -> Self {
        Self { is_required: true, ..Self::optional(name, kind) }
    }

    /// The same column under a rule of order.
    pub(crate) fn ordered(self, order: Order) -> Self {
        Self { order, ..self }
    }

    fn is_typed(&self) -> bool {
        !matches!(self.kind, Kind::Id)
    }

    /// Why a record is rejected when this column is empty.
    fn missing(&self) -> RejectReason {
        match self.kind {
            Kind::Id => RejectReason::MissingId,
            Kind::Instant | Kind::Civil { .. } | Kind::Epoch => RejectReason::MissingTime,
            Kind::Seconds | Kind::Count => RejectReason::BadNumber,
            Kind::YesNo => RejectReason::Malformed,
        }
    }

    /// Why a record is rejected when this column is something else.
    fn failed(&self) -> RejectReason {
        match self.kind {
            Kind::Id | Kind::YesNo => RejectReason::Malformed,
            Kind::Instant | Kind::Civil { .. } | Kind::Epoch => RejectReason::BadTime,
            Kind::Seconds | Kind::Count => RejectReason::BadNumber,
        }
    }
}

/// The records that passed.
pub(crate) struct Typed {
    /// Index of each record among those that came in, ascending.
    pub(crate) rows: Vec<usize>,
    columns: Vec<(&'static str, Vec<Option<i64>>)>,
    /// The records that did not.
    pub(crate) rejects: Vec<Reject>,
}

impl Typed {
    /// A typed column; entry i belongs to `rows[i]`.
    pub(crate) fn column(&self, name: &str) -> &[Option<i64>] {
        self.columns.iter().find(|(known, _)| *known == name).map_or(&[], |(_, values)| values)
    }
}

/// Types the columns of a file's records.
///
/// # Shape
/// Each column of `text` has as many entries as `positions`, and belongs to the field at the same place.
/// When the plan itself fails (a time pattern that cannot be used), every record is rejected.
pub(crate) fn check(positions: &[i64], fields: &[Field], text: Vec<Vec<Option<&str>>>) -> Typed {
    if positions.is_empty() {
        return Typed { rows: Vec::new(), columns: Vec::new(), rejects: Vec::new() };
    }
    run(positions, fields, text).unwrap_or_else(|_| Typed {
        rows: Vec::new(),
        columns: Vec::new(),
        rejects: positions
            .iter()
            .map(|position| Reject { position: *position, reason: RejectReason::Malformed, field: None })
            .collect(),
    })
}

/// Whether a pattern is one by which local times can be read.
pub(crate) fn is_usable_pattern(pattern: &str) -> bool {
    let time = "2026-09-14T10:12:13".parse::<jiff::civil::DateTime>();
    let Some(example) = time.ok().and_then(|time| jiff::fmt::strtime::format(pattern, time).ok()) else {
        return false;
    };
    let kind = Kind::Civil { pattern: pattern.to_owned(), zone: TimeZone::UTC };
    let typed = check(&[1], &[Field::required("time", kind)], vec![vec![Some(&example)]]);
    typed.column("time").first().copied().flatten().is_some_and(|micros| micros / 86_400_000_000 == 20_710)
}

fn run(positions: &[i64], fields: &[Field], text: Vec<Vec<Option<&str>>>) -> PolarsResult<Typed> {
    let mut columns = vec![Int64Chunked::from_slice("position".into(), positions).into_column()];
    for (field, values) in fields.iter().zip(text) {
        columns.push(StringChunked::from_iter_options(field.name.into(), values.into_iter()).into_column());
    }
    let checked = DataFrame::new(positions.len(), columns)?
        .lazy()
        .with_row_index("row", None)
        .with_columns(fields.iter().filter(|field| field.is_typed()).map(cast).collect::<Vec<_>>())
        // Two steps: an end is compared with a start that its own rule may have moved.
        .with_columns(fields.iter().filter_map(|field| near(field, false)).collect::<Vec<_>>())
        .with_columns(fields.iter().filter_map(|field| near(field, true)).collect::<Vec<_>>())
        // The optimiser narrows literals to what they need; the column must have one type.
        .with_column(failure(fields).cast(DataType::Int64).alias("failure"))
        .collect()?;
    let kept = checked.clone().lazy().filter(col("failure").eq(lit(PASSED))).collect()?;
    let failed = checked.lazy().filter(col("failure").neq(lit(PASSED))).collect()?;

    let rows = kept.column("row")?.idx()?.iter().flatten().map(|row| row as usize).collect();
    let mut typed = Vec::new();
    for field in fields.iter().filter(|field| field.is_typed()) {
        typed.push((field.name, kept.column(&typed_name(field.name))?.i64()?.iter().collect()));
    }
    let mut rejects = Vec::with_capacity(failed.height());
    let failures = failed.column("failure")?.i64()?.iter().flatten();
    for (position, code) in failed.column("position")?.i64()?.iter().flatten().zip(failures) {
        let (field, reason) = (code as usize / REASONS, code as usize % REASONS);
        rejects.push(Reject { position, reason: RejectReason::ALL[reason], field: Some(fields[field].name) });
    }
    Ok(Typed { rows, columns: typed, rejects })
}

/// Failure code of a record without fault.
const PASSED: i64 = -1;
/// A failure code is the field's number times this, plus the reason's.
const REASONS: usize = RejectReason::ALL.len();

fn typed_name(name: &str) -> String {
    format!("{name} typed")
}

fn typed(name: &str) -> Expr {
    col(typed_name(name))
}

/// The expression that casts a column; null where it cannot.
fn cast(field: &Field) -> Expr {
    let text = col(field.name);
    let cast = match &field.kind {
        Kind::Id => text,
        Kind::Instant => each(text, instant),
        Kind::Civil { pattern, zone } => {
            let options = StrptimeOptions {
                format: Some(pattern.as_str().into()),
                strict: false,
                exact: true,
                cache: false,
            };
            let civil = text
                .str()
                .to_datetime(Some(TimeUnit::Microseconds), None, options, lit("raise"))
                .cast(DataType::Int64);
            plausible(in_zone(civil, zone, Reading::Earlier))
        }
        Kind::Epoch => {
            let seconds = text.cast(DataType::Int64);
            let is_small = seconds.clone().abs_lt(LATEST / 1_000_000);
            plausible(when(is_small).then(seconds * lit(1_000_000i64)).otherwise(lit(NULL)))
        }
        Kind::Seconds => each(text, seconds),
        Kind::Count => {
            let count = text.cast(DataType::Int64);
            when(count.clone().gt_eq(lit(0i64))).then(count).otherwise(lit(NULL))
        }
        Kind::YesNo => each(text, yes_or_no),
    };
    cast.alias(typed_name(field.name))
}

/// Comparison of magnitude without the `abs` feature.
trait Magnitude {
    fn abs_lt(self, bound: i64) -> Expr;
}

impl Magnitude for Expr {
    fn abs_lt(self, bound: i64) -> Expr {
        self.clone().lt(lit(bound)).and(self.gt(lit(-bound)))
    }
}

fn plausible(micros: Expr) -> Expr {
    let is_plausible = micros.clone().gt_eq(lit(EARLIEST)).and(micros.clone().lt(lit(LATEST)));
    when(is_plausible).then(micros).otherwise(lit(NULL))
}

/// Applies a byte scan to a column of text.
fn each(text: Expr, scan: fn(&str) -> Option<i64>) -> Expr {
    let scan_column = move |column: Column| -> PolarsResult<Column> {
        let values: Int64Chunked = column.str()?.iter().map(|value| value.and_then(scan)).collect();
        Ok(values.with_name(column.name().clone()).into_column())
    };
    text.map(scan_column, |_, field| Ok(polars::prelude::Field::new(field.name().clone(), DataType::Int64)))
}

/// Turns civil microseconds into UTC.
fn in_zone(civil: Expr, zone: &TimeZone, reading: Reading) -> Expr {
    shift(civil, zone, move |clock, civil| clock.instant(civil, reading))
}

/// The later reading of an instant that came from a civil time; the same where there is only one.
fn later_reading(instant: Expr, zone: &TimeZone) -> Expr {
    shift(instant, zone, |clock, instant| {
        let civil = clock.civil(instant);
        clock.instant(civil, Reading::Later)
    })
}

fn shift(
    micros: Expr,
    zone: &TimeZone,
    convert: impl Fn(&mut ZoneClock, i64) -> i64 + Send + Sync + 'static,
) -> Expr {
    let zone = zone.clone();
    let shift_column = move |column: Column| -> PolarsResult<Column> {
        let mut clock = ZoneClock::new(zone.clone());
        let values: Int64Chunked =
            column.i64()?.iter().map(|value| value.map(|value| convert(&mut clock, value))).collect();
        Ok(values.with_name(column.name().clone()).into_column())
    };
    micros
        .map(shift_column, |_, field| Ok(polars::prelude::Field::new(field.name().clone(), DataType::Int64)))
}

/// The expression that moves a local time to its later reading where the rule of order asks for it.
fn near(field: &Field, is_strict: bool) -> Option<Expr> {
    let Kind::Civil { zone, .. } = &field.kind else { return None };
    let (bound, slack) = match (field.order, is_strict) {
        (Order::Near(bound), false) => (bound, CLOCK_SLACK),
        (Order::NotBefore(bound), true) => (bound, 0),
        _ => return None,
    };
    let earlier = typed(field.name);
    let is_before = (earlier.clone() + lit(slack)).lt(typed(bound));
    Some(
        when(is_before)
            .then(later_reading(earlier.clone(), zone))
            .otherwise(earlier)
            .alias(typed_name(field.name)),
    )
}

/// The code of a record's first fault, in the order of the fields.
fn failure(fields: &[Field]) -> Expr {
    let mut faults: Vec<(Expr, i64)> = Vec::new();
    let mut fault = |condition: Expr, field: usize, reason: RejectReason| {
        let reason = RejectReason::ALL.iter().position(|known| *known == reason).unwrap_or(0);
        faults.push((condition, (field * REASONS + reason) as i64));
    };
    for (number, field) in fields.iter().enumerate() {
        if field.is_required {
            fault(col(field.name).is_null(), number, field.missing());
        }
        if field.is_typed() {
            let is_lost = col(field.name).is_not_null().and(typed(field.name).is_null());
            fault(is_lost, number, field.failed());
        }
    }
    for (number, field) in fields.iter().enumerate() {
        if let Order::NotBefore(bound) = field.order {
            let is_before = typed(field.name).lt(typed(bound));
            fault(is_before.fill_null(lit(false)), number, RejectReason::EndsBeforeStart);
        }
    }
    faults
        .into_iter()
        .rfold(lit(PASSED), |rest, (condition, code)| when(condition).then(lit(code)).otherwise(rest))
}

/// An epoch in seconds as microseconds, when it is a time that a record may have.
pub(crate) fn plausible_epoch(seconds: i64) -> Option<i64> {
    let micros = seconds.checked_mul(1_000_000)?;
    (EARLIEST..LATEST).contains(&micros).then_some(micros)
}

/// An ISO 8601 time with an offset in UTC microseconds.
pub(crate) fn instant(text: &str) -> Option<i64> {
    let micros = text.parse::<jiff::Timestamp>().ok()?.as_microsecond();
    (EARLIEST..LATEST).contains(&micros).then_some(micros)
}

fn seconds(text: &str) -> Option<i64> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match text.rsplit_once('.') {
        Some((whole, fraction)) if is_number(fraction) => whole,
        Some(_) => return None,
        None => text,
    };
    let mut total = 0i64;
    for (number, part) in whole.split(':').enumerate() {
        if number > 2 || part.len() > 9 || !is_number(part) {
            return None;
        }
        let value: i64 = part.parse().ok()?;
        if number > 0 && value >= 60 {
            return None;
        }
        total = total * 60 + value;
    }
    Some(total)
}

fn yes_or_no(text: &str) -> Option<i64> {
    let is = |words: [&str; 3]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is(["true", "yes", "1"]) {
        Some(1)
    } else if is(["false", "no", "0"]) {
        Some(0)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
