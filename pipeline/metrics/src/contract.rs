//! The header of a query is its contract: how it is kept, its grain, its reach, its columns.
//!
//! There is no second place that describes a column: the dictionary, the page's tooltips and the
//! comparison with the planned schema all read this.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use refrain_record::TableSpec;
use refrain_record::table::timestamp;

use crate::MetricsError;

/// How the result of a query is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Written to the lake.
    Table,
    /// Inlined wherever it is read.
    View,
}

/// The calendar step of a partitioned table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionStep {
    /// One partition a day.
    Daily,
    /// One partition a reporting week, named by its first day.
    Weekly,
}

/// Which days of an input one output partition reads, relative to the partition's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// From `first` to `last`, both included.
    Days {
        /// Often negative or 0.
        first: i32,
        /// At least `first`.
        last: i32,
    },
    /// All of the input; any change of it rebuilds the whole output.
    All,
}

/// A column of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type as the header writes it: `text`, `bigint`, `integer`, `double`, `boolean`, `binary`, `date`, `timestamp`.
    pub type_name: String,
    /// What it means, with its unit.
    pub meaning: String,
}

/// The parsed header of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// The query's name: its file stem, its table.
    pub name: String,
    /// One sentence.
    pub purpose: String,
    /// Table or view.
    pub keeping: Keeping,
    /// The columns that make a row unique.
    pub grain: Vec<String>,
    /// The partition column and its step.
    pub partition: Option<(String, PartitionStep)>,
    /// The reach per input; inputs not named are read at the partition itself (`0..0`).
    pub reads: BTreeMap<String, Reach>,
    /// For how many days a partition may still change because time passes.
    pub matures_days: Option<i32>,
    /// Everything else that the header says (`counted`, `source` …), in order.
    pub notes: Vec<(String, String)>,
    /// The columns in order.
    pub columns: Vec<Column>,
}

impl Contract {
    /// Parses the comment block that opens a query.
    ///
    /// # Errors
    /// [`MetricsError::BadHeader`] with the part that is missing or wrong.
    pub fn parse(stem: &str, text: &str) -> Result<Self, MetricsError> {
        let bad = |part: &'static str, reason: &str| MetricsError::BadHeader {
            query: stem.to_owned(),
            part,
            reason: reason.to_owned(),
        };
        let lines: Vec<&str> = text
            .lines()
            .map_while(|line| line.strip_prefix("--"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
            .collect();
        let mut sections = lines.split(|line| line.is_empty());
        let head = sections.next().unwrap_or_default();
        let name = head.first().copied().unwrap_or_default();
        if name != stem {
            return Err(bad("name", "the first line must be the file's stem"));
        }
        let purpose = head.get(1..).unwrap_or_default().join(" ");
        if purpose.is_empty() {
            return Err(bad("purpose", "the second line must say what a row is for"));
        }
        let mut contract = Self {
            name: name.to_owned(),
            purpose,
            keeping: Keeping::Table,
            grain: Vec::new(),
            partition: None,
            reads: BTreeMap::new(),
            matures_days: None,
            notes: Vec::new(),
            columns: Vec::new(),
        };
        for line in sections.flatten() {
            if let Some(rest) = line.strip_prefix("    ") {
                contract.extend_last(rest.trim());
                continue;
            }
            let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let rest = rest.trim();
            let type_name = rest.split_whitespace().next().unwrap_or_default();
            match word {
                "kept" => contract.keeping = keeping(rest).ok_or_else(|| bad("kept", "say table or view"))?,
                "grain" => {
                    contract.grain = grain(rest).ok_or_else(|| bad("grain", "say one row per (a, b)"))?
                }
                "partition" => {
                    contract.partition = Some(
                        partition(rest)
                            .ok_or_else(|| bad("partition", "say COLUMN daily or COLUMN weekly"))?,
                    );
                }
                "reads" => {
                    let (table, reach) =
                        reads(rest).ok_or_else(|| bad("reads", "say TABLE FIRST..LAST or TABLE all"))?;
                    contract.reads.insert(table, reach);
                }
                "matures" => {
                    let days = rest.split_whitespace().next().and_then(|days| days.parse().ok());
                    contract.matures_days = Some(days.ok_or_else(|| bad("matures", "say a number of days"))?);
                }
                _ if data_type(type_name).is_some() => {
                    let meaning =
                        rest.split_once(char::is_whitespace).map_or("", |(_, meaning)| meaning.trim());
                    contract.columns.push(Column {
                        name: word.to_owned(),
                        type_name: type_name.to_owned(),
                        meaning: meaning.to_owned(),
                    });
                }
                _ => contract.notes.push((word.to_owned(), rest.to_owned())),
            }
        }
        contract.check(&bad)?;
        Ok(contract)
    }

    fn check(&self, bad: &dyn Fn(&'static str, &str) -> MetricsError) -> Result<(), MetricsError> {
        if self.columns.is_empty() {
            return Err(bad("column", "list every column with its type"));
        }
        if let Some(column) = self.columns.iter().find(|column| column.meaning.is_empty()) {
            return Err(bad("column", &format!("{} has no meaning", column.name)));
        }
        let has = |name: &String| self.columns.iter().any(|column| column.name == *name);
        if self.grain.is_empty() || !self.grain.iter().all(has) {
            return Err(bad("grain", "its columns must be columns of the query"));
        }
        if let Some((column, _)) = &self.partition
            && !has(column)
        {
            return Err(bad("partition", "it must be a column of the query"));
        }
        Ok(())
    }

    fn extend_last(&mut self, text: &str) {
        let last = match self.columns.last_mut() {
            Some(column) => &mut column.meaning,
            None => match self.notes.last_mut() {
                Some((_, note)) => note,
                None => &mut self.purpose,
            },
        };
        last.push(' ');
        last.push_str(text);
    }

    /// The table that the query fills.
    pub fn table(&self) -> TableSpec {
        let fields: Vec<Field> = self
            .columns
            .iter()
            .map(|column| {
                let data_type = data_type(&column.type_name).unwrap_or(DataType::Utf8);
                Field::new(&column.name, data_type, true)
            })
            .collect();
        TableSpec {
            name: self.name.clone(),
            schema: Arc::new(Schema::new(fields)),
            partition: self.partition.as_ref().map(|(column, _)| column.clone()),
        }
    }
}

/// The Arrow type of a header's type name.
pub(crate) fn data_type(name: &str) -> Option<DataType> {
    Some(match name {
        "text" => DataType::Utf8,
        "bigint" => DataType::Int64,
        "integer" => DataType::Int32,
        "double" => DataType::Float64,
        "boolean" => DataType::Boolean,
        "binary" => DataType::Binary,
        "date" => DataType::Date32,
        "timestamp" => timestamp(),
        _ => return None,
    })
}

fn keeping(text: &str) -> Option<Keeping> {
    match text {
        "table" => Some(Keeping::Table),
        "view" => Some(Keeping::View),
        _ => None,
    }
}

fn grain(text: &str) -> Option<Vec<String>> {
    let inside = text.strip_prefix("one row per (")?.split(')').next()?;
    Some(inside.split(',').map(|column| column.trim().to_owned()).collect())
}

fn partition(text: &str) -> Option<(String, PartitionStep)> {
    let (column, step) = text.split_once(char::is_whitespace)?;
    let step = match step.trim() {
        "daily" => PartitionStep::Daily,
        "weekly" => PartitionStep::Weekly,
        _ => return None,
    };
    Some((column.to_owned(), step))
}

fn reads(text: &str) -> Option<(String, Reach)> {
    let (table, reach) = text.split_once(char::is_whitespace)?;
    let reach = reach.trim();
    if reach == "all" {
        return Some((table.to_owned(), Reach::All));
    }
    let reach = reach.strip_suffix("days").unwrap_or(reach).trim();
    let (first, last) = reach.split_once("..")?;
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then(|| (table.to_owned(), Reach::Days { first, last }))
}

#[cfg(test)]
mod tests;
