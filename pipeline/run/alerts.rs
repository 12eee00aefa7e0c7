//! `refrain alerts`: which issues rise, for people, schedulers and webhooks.
//!
//! In: the published run. Out: sentences or JSON, and on request an exit code of its own or a POST. Nothing is written.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use clap::Args;
use refrain_board::{IssueAlert, Place};
use refrain_metrics::Engine;
use refrain_record::calendar::date_of;
use refrain_record::table::TableVersion;
use serde::Serialize;

use crate::board;
use crate::cli::Common;
use crate::exit::AlertsRaised;
use crate::plan::RunPlan;

/// Arguments of `alerts`.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// End with exit code 5 when an issue rises in the newest whole week
    #[arg(long)]
    exit_code: bool,
    /// POST the JSON object to a URL when an issue rises in the newest whole week; its `text` is what a chat shows
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
}

/// Typical texts per alert.
const QUOTES: usize = 3;
/// How long a webhook may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is printed and posted.
#[derive(Serialize)]
struct Report {
    /// All of it in a few lines.
    text: String,
    run_number: i64,
    /// First day of the week tested.
    week: Option<String>,
    tested_cells: usize,
    false_discovery_rate: f64,
    alerts: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    alert: IssueAlert,
    /// First day of the week that was tested.
    week: String,
    since_week: String,
    also: Vec<Place>,
    quotes: Vec<Quote>,
}

#[derive(Serialize)]
struct Quote {
    language: Option<String>,
    text: String,
}

/// Tests the newest whole week of the published run.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let plan = RunPlan::resolve(&arguments.common)?;
    let engine = plan.engine()?;
    let (run, tables, alerts) = board::alerts(&plan, &engine).await?;
    let week = alerts.weeks.last().copied();
    let mut lines = Vec::new();
    for alert in alerts.by_issue() {
        lines.push(Line {
            week: date_of(alert.week).to_string(),
            since_week: date_of(alert.since).to_string(),
            also: alerts.elsewhere(alert).map(|other| other.place.clone()).collect(),
            quotes: quotes(&plan, &engine, &tables, alert).await?,
            alert: alert.clone(),
        });
    }
    let issue_count = lines.iter().filter(|line| !line.alert.is_ongoing).count();
    let report = Report {
        text: text(
            &lines,
            week.map(|week| date_of(week).to_string()),
            alerts.tested,
            alerts.false_discovery_rate,
        ),
        run_number: run.number,
        week: week.map(|week| date_of(week).to_string()),
        tested_cells: alerts.tested,
        false_discovery_rate: alerts.false_discovery_rate,
        alerts: lines,
    };
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        writeln!(out, "{}", report.text)?;
    }
    drop(out);
    if let Some(url) = arguments.webhook.as_ref().filter(|_| issue_count > 0) {
        post(url, &report).await.context("post the alerts")?;
    }
    if arguments.exit_code && issue_count > 0 {
        return Err(AlertsRaised { issue_count }.into());
    }
    Ok(())
}

fn text(lines: &[Line], week: Option<String>, tested: usize, budget: f64) -> String {
    let Some(week) = week.filter(|_| tested > 0) else {
        return "too few whole weeks to say what rises: at least five are needed".to_owned();
    };
    let ongoing = lines.iter().filter(|line| line.alert.is_ongoing).count();
    let mut text = match lines.len() - ongoing {
        0 => format!("no issue rose beyond chance in the week of {week}"),
        1 => format!("one issue rises in the week of {week}"),
        several => format!("{several} issues rise in the week of {week}"),
    };
    if ongoing > 0 {
        text.push_str(&format!(", {ongoing} still high since an alert of the three weeks before"));
    }
    text.push_str(&format!(
        " ({tested} counts tested, {:.0} % of alerts are expected to be false)",
        budget * 100.0
    ));
    for line in lines {
        let alert = &line.alert;
        let place = alert.place.words();
        let gap = if place.is_empty() { "" } else { " " };
        let word = if alert.is_new { "new" } else { "rising" };
        let (evidence, weeks) = alert.evidence();
        text.push_str(&format!(
            "\n{} {}{gap}{place}: {word}, {} contacts in the {weeks} {}, {:.1} expected, at most {} by chance; since the week of {}",
            alert.issue_id,
            alert.issue_name,
            evidence.observed,
            date_of(evidence.from),
            evidence.expected,
            evidence.upper,
            line.since_week
        ));
        for quote in &line.quotes {
            text.push_str(&format!("\n    {} “{}”", quote.language.as_deref().unwrap_or("–"), quote.text));
        }
    }
    text
}

/// The most typical problem statements behind an alert, one per language first.
async fn quotes(
    plan: &RunPlan,
    engine: &Engine,
    tables: &BTreeMap<String, TableVersion>,
    alert: &IssueAlert,
) -> anyhow::Result<Vec<Quote>> {
    let text = |value: &str| format!("'{}'", value.replace('\'', "''"));
    let mut conditions = vec![format!("contact.issue_id = {}", text(&alert.issue_id))];
    let parts =
        [("product", &alert.place.product), ("language", &alert.place.language), ("site", &alert.place.site)];
    for (column, value) in parts {
        conditions.extend(value.as_ref().map(|value| format!("contact.{column} = {}", text(value))));
    }
    let statement = format!(
        "select language, problem from (\
            select contact.language, label.problem, label.issue_similarity, label.contact_id, \
                row_number() over (partition by contact.language order by label.issue_similarity desc nulls last, label.contact_id) as place \
            from int_contact as contact inner join label_contact as label on label.contact_id = contact.contact_id \
            where contact.reporting_week = date '{}' and label.problem is not null and {}) \
         order by place, issue_similarity desc nulls last, contact_id limit {QUOTES}",
        date_of(alert.week),
        conditions.join(" and ")
    );
    let (_, batches) = engine.select(&plan.queries, tables, &statement, plan.as_of).await?;
    let mut quotes = Vec::new();
    for batch in &batches {
        let languages = cast(batch.column(0), &DataType::Utf8)?;
        let problems = cast(batch.column(1), &DataType::Utf8)?;
        for (language, problem) in languages.as_string::<i32>().iter().zip(problems.as_string::<i32>()) {
            quotes.extend(problem.map(|problem| Quote {
                language: language.map(str::to_owned),
                text: problem.chars().take(200).collect(),
            }));
        }
    }
    Ok(quotes)
}

/// Posts the report; the URL may hold a secret and stands in no message.
async fn post(url: &str, report: &Report) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
    let body = serde_json::to_vec(report)?;
    let request = client.post(url).header("content-type", "application/json").body(body);
    let response = request.send().await.map_err(reqwest::Error::without_url)?;
    response.error_for_status().map_err(reqwest::Error::without_url)?;
    Ok(())
}
