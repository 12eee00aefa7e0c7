//! The written configuration is valid, and what it calls a default is one.

use refrain_text::IssueParameters;

use super::TEXT;
use crate::config::{Config, EngineConfig};

#[test]
fn what_it_calls_defaults_are_the_defaults() {
    let config: Config = toml::from_str(TEXT).unwrap();
    let engine = EngineConfig::default();
    assert_eq!(config.issues.encoder, None);
    assert_eq!(config.issues.clusters, IssueParameters::default());
    assert_eq!(
        (config.engine.url, config.engine.memory_mb, config.engine.threads),
        (engine.url, engine.memory_mb, engine.threads)
    );
    assert!((config.max_reject_rate - 0.02).abs() < f64::EPSILON);
    assert_eq!(config.week_start, "monday");
}

#[test]
fn its_sources_are_valid() {
    let config: Config = toml::from_str(TEXT).unwrap();
    let sources = config.sources(std::path::Path::new("refrain.toml")).unwrap();
    assert_eq!(sources.len(), 1);
}
