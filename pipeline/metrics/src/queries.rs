//! The set of queries: parsed once, ordered by what their statements read.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast;
use refrain_record::Table;

use crate::{Contract, MetricsError};

/// A query that fills a table or a view, or a check.
#[derive(Debug, Clone)]
pub struct Query {
    /// Its folder: `label`, `staging`, `intermediate`, `marts` or `checks`.
    pub folder: String,
    /// The header; checks have none but a name.
    pub contract: Contract,
    /// The whole text.
    pub sql: String,
    /// The tables that the statement reads, CTEs left out.
    pub inputs: BTreeSet<String>,
}

/// A check: a SELECT that returns the offending rows.
#[derive(Debug, Clone)]
pub struct Check {
    /// The file's stem, with its `fail_` or `warn_`.
    pub name: String,
    /// The whole text.
    pub sql: String,
    /// The tables that it reads.
    pub inputs: BTreeSet<String>,
}

/// All queries and checks.
#[derive(Debug, Clone)]
pub struct QuerySet {
    queries: Vec<Query>,
    checks: Vec<Check>,
}

/// Folders from left to right: a query reads tables of folders to its left, or of its own where `true`.
const FOLDERS: [(&str, bool); 4] =
    [("label", true), ("staging", false), ("intermediate", true), ("marts", false)];

impl QuerySet {
    /// Parses queries given as (path within `queries/`, text).
    ///
    /// # Errors
    /// A header, statement or reference that breaks the rules of `queries/README.md`.
    pub fn parse(texts: &[(String, String)]) -> Result<Self, MetricsError> {
        let mut queries = Vec::new();
        let mut checks = Vec::new();
        for (path, text) in texts {
            let Some((folder, file)) = path.rsplit_once('/') else { continue };
            let Some(stem) = file.strip_suffix(".sql") else { continue };
            let inputs = inputs(stem, text)?;
            if folder == "checks" {
                if !stem.starts_with("fail_") && !stem.starts_with("warn_") {
                    return Err(MetricsError::BadHeader {
                        query: stem.to_owned(),
                        part: "name",
                        reason: "a check's name starts with fail_ or warn_".to_owned(),
                    });
                }
                checks.push(Check { name: stem.to_owned(), sql: text.clone(), inputs });
            } else {
                let contract = Contract::parse(stem, text)?;
                queries.push(Query { folder: folder.to_owned(), contract, sql: text.clone(), inputs });
            }
        }
        checks.sort_by(|left, right| left.name.cmp(&right.name));
        let queries = order(queries)?;
        let set = Self { queries, checks };
        set.check_looks_left()?;
        Ok(set)
    }

    /// The queries, each after everything it reads.
    pub fn queries(&self) -> &[Query] {
        &self.queries
    }

    /// The checks, by name.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// A query by name.
    pub fn get(&self, name: &str) -> Option<&Query> {
        self.queries.iter().find(|query| query.contract.name == name)
    }

    fn check_looks_left(&self) -> Result<(), MetricsError> {
        let place = |folder: &str| FOLDERS.iter().position(|(name, _)| *name == folder);
        for query in &self.queries {
            let Some(own) = place(&query.folder) else {
                return Err(MetricsError::BadHeader {
                    query: query.contract.name.clone(),
                    part: "folder",
                    reason: format!("queries/{} is not a folder of queries", query.folder),
                });
            };
            for input in &query.inputs {
                let is_raw = Table::INTAKE.iter().any(|table| table.name() == input);
                let allowed = match self.get(input) {
                    Some(read) => {
                        let other = place(&read.folder).unwrap_or(usize::MAX);
                        // Marts and intermediate queries see labels and raw tables only through staging.
                        if own >= 2 {
                            other < own && other > 0 || other == own && FOLDERS[own].1
                        } else {
                            other < own || other == own && FOLDERS[own].1
                        }
                    }
                    None if is_raw => own < 2,
                    None => {
                        return Err(MetricsError::UnknownTable {
                            query: query.contract.name.clone(),
                            table: input.clone(),
                        });
                    }
                };
                if !allowed {
                    return Err(MetricsError::LooksRight {
                        query: query.contract.name.clone(),
                        folder: query.folder.clone(),
                        table: input.clone(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// The tables that a statement reads.
fn inputs(name: &str, text: &str) -> Result<BTreeSet<String>, MetricsError> {
    let bad = |source| MetricsError::BadSql { query: name.to_owned(), source: Box::new(source) };
    let statements = DFParser::parse_sql(text).map_err(bad)?;
    let is_select = |statement: &Statement| matches!(statement, Statement::Statement(inner) if matches!(**inner, ast::Statement::Query(_)));
    let mut iterator = statements.iter();
    let (Some(statement), None) = (iterator.next(), iterator.next()) else {
        return Err(MetricsError::BadHeader {
            query: name.to_owned(),
            part: "statement",
            reason: "a file holds exactly one SELECT".to_owned(),
        });
    };
    if !is_select(statement) {
        return Err(MetricsError::BadHeader {
            query: name.to_owned(),
            part: "statement",
            reason: "only SELECT is allowed".to_owned(),
        });
    }
    let (tables, _) = resolve_table_references(statement, true).map_err(bad)?;
    Ok(tables.iter().map(|table| table.table().to_owned()).collect())
}

/// Sorts queries so that each comes after what it reads; ties by name.
fn order(queries: Vec<Query>) -> Result<Vec<Query>, MetricsError> {
    let mut waiting: BTreeMap<String, Query> =
        queries.into_iter().map(|query| (query.contract.name.clone(), query)).collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = waiting
            .iter()
            .find(|(_, query)| query.inputs.iter().all(|input| !waiting.contains_key(input)))
            .map(|(name, _)| name.clone());
        let Some(name) = ready else {
            let query = waiting.keys().next().cloned().unwrap_or_default();
            return Err(MetricsError::Circle { query });
        };
        ordered.extend(waiting.remove(&name));
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests;
