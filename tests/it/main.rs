//! it

mod alerts;
mod cli;
mod cluster;
mod crash;
mod incremental;
mod issues;
mod lake_s3;
mod lifecycle;
mod oracle;
mod queries;
mod rerun;
mod s3_server;
mod support;
mod tidy;
