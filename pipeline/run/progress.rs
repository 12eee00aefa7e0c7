//! What a run shows while it works: bars on a terminal, one JSON line per stage elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tracing_subscriber::EnvFilter;

/// Sets up logs on stderr: JSON lines, or plain warnings when somebody watches a terminal.
pub fn start_logs() {
    let is_watched = std::io::stderr().is_terminal();
    let default = if is_watched { "warn" } else { "warn,refrain=info" };
    // The log's own retries are reported by our commit loop, with the table's name.
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new(format!("{default},deltalake_core=off,ballista_core=error")));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if is_watched {
        logs.without_time().with_target(false).init();
    } else {
        logs.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
    }
}

/// A stage's bar and clock.
pub struct Stage {
    name: &'static str,
    bar: ProgressBar,
    started: Instant,
}

impl Stage {
    /// Starts a stage of so many steps.
    #[expect(clippy::disallowed_methods, reason = "durations are measured here and nowhere else")]
    pub fn start(name: &'static str, steps: u64) -> Self {
        let bar =
            if std::io::stderr().is_terminal() { ProgressBar::new(steps) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{prefix:>9} {bar:32} {pos:>5}/{len:<5} {elapsed:>4} {msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_prefix(name);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { name, bar, started: Instant::now() }
    }

    /// Sets how many steps there are.
    pub fn set_length(&self, steps: u64) {
        self.bar.set_length(steps);
    }

    /// One step done; `what` comes next.
    pub fn step(&self, what: &str) {
        self.bar.inc(1);
        self.bar.set_message(what.to_owned());
    }

    /// So many steps done.
    pub fn advance_to(&self, position: u64) {
        self.bar.set_position(position);
    }

    /// Seconds since the stage started.
    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Ends the stage and gives its seconds.
    pub fn finish(self) -> f64 {
        self.bar.finish_and_clear();
        self.seconds()
    }

    /// The stage's name.
    pub fn name(&self) -> &'static str {
        self.name
    }
}
