//! `refrain init`: a commented configuration, the one place where every key is explained.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::config::ConfigError;

/// The configuration that is written.
const TEXT: &str = include_str!("init.toml");

/// Arguments of `init`.
#[derive(Args)]
pub struct Arguments {
    /// File to write; an existing one is never replaced
    #[arg(default_value = "refrain.toml")]
    file: PathBuf,
    /// Print it instead
    #[arg(long)]
    stdout: bool,
}

/// Writes or prints the configuration.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if arguments.stdout {
        out.write_all(TEXT.as_bytes())?;
        return Ok(());
    }
    let file = std::fs::File::create_new(&arguments.file);
    match file.and_then(|mut file| file.write_all(TEXT.as_bytes())) {
        Ok(()) => {
            writeln!(out, "wrote {}: edit the sources, then `refrain run`", arguments.file.display())?;
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(ConfigError::BadValue {
            key: "file".to_owned(),
            value: arguments.file.display().to_string(),
            reason: "which exists; name another, or use --stdout".to_owned(),
        }
        .into()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
