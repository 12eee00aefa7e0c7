//! `refrain sample`: the synthetic operation, from arguments to files.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use refrain_sample::{Phrases, SampleParameters, generate};

use crate::progress::Stage;

/// Arguments of `sample`.
#[derive(Args)]
pub struct Arguments {
    /// Folder to write to
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// About how many contacts, follow-ups and redials included
    #[arg(long, default_value_t = 3_000, value_name = "N")]
    contacts: u64,
    /// How many weeks
    #[arg(long, default_value_t = 10, value_name = "N")]
    weeks: u32,
    /// The day after the last one, a Monday
    #[arg(long, default_value = "2026-11-23", value_name = "DATE")]
    until: Date,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Which part of the phrase books: nothing is judged on sentences it was fitted on
    #[arg(long, value_enum, default_value = "test")]
    phrases: PhrasesPart,
    /// Write .gz files
    #[arg(long)]
    compress: bool,
    /// Also write the true labels as a source of given labels
    #[arg(long)]
    labels: bool,
    /// Write only what is delivered in the first N days
    #[arg(long, value_name = "N")]
    days: Option<u32>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PhrasesPart {
    Train,
    Test,
}

/// Writes a sample.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let stage = Stage::start("sample", arguments.contacts);
    let parameters = SampleParameters {
        contact_count: arguments.contacts,
        weeks: arguments.weeks,
        until: arguments.until,
        seed: arguments.seed,
        phrases: match arguments.phrases {
            PhrasesPart::Train => Phrases::Train,
            PhrasesPart::Test => Phrases::Test,
        },
        compress: arguments.compress,
        write_labels: arguments.labels,
        days: arguments.days,
    };
    let summary = generate(&parameters, &arguments.out, &mut |done| stage.advance_to(done))
        .context("write the sample")?;
    let seconds = stage.finish();
    writeln!(
        std::io::stdout(),
        "wrote {} contacts, {} orders, {} files, {} bytes in {seconds:.1} s: {}",
        summary.contact_count,
        summary.order_count,
        summary.file_count,
        summary.byte_count,
        arguments.out.display()
    )?;
    Ok(())
}
