//! The binary `refrain`: arguments to a checked plan, the plan through the stages, an exit code.
//!
//! stdout carries data only; progress, logs and errors go to stderr. Only this folder reads the
//! clock and the environment.

mod alerts;
mod board;
mod build;
mod cli;
mod cluster;
mod config;
mod exit;
mod functions;
mod init;
mod inspect;
mod issues;
mod models;
mod nightly;
mod plan;
mod progress;
mod pull;
mod sample;

use std::process::ExitCode;

fn main() -> ExitCode {
    exit::report(cli::run())
}
