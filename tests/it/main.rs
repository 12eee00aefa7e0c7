//! it

mod cluster;
mod crash;
mod incremental;
mod lake_s3;
mod queries;
mod rerun;
mod s3_server;
mod support;
