//! A Ballista cluster of this binary's own parts gives the rows of the engine in one process.

#![expect(clippy::expect_used, reason = "a test stops where it fails")]

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::support::{Site, assert_same_rows, data_samples, files_below, sample_rows};

/// How often a port is tried, ten times a second, before a part counts as not started.
const TRIES: usize = 600;

/// A process of the cluster, ended with the test however it ends.
struct Part {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Part {
    fn start(site: &Site, name: &str, kind: &str, arguments: &[&str]) -> Self {
        let log = site.folder().join(format!("{name}.log"));
        let file = File::create(&log).expect("make a log");
        let mut command = site.command(&["cluster", kind]);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        Self { child: command.spawn().expect("start a part of the cluster"), name: name.to_owned(), log }
    }

    /// Waits until the part listens.
    #[track_caller]
    fn listens(&mut self, port: u16) {
        for _ in 0..TRIES {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return;
            }
            let ended = self.child.try_wait().expect("look at a part of the cluster");
            assert!(ended.is_none(), "{} ended: {ended:?}\n{}", self.name, self.said());
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(self.said(), "", "{} does not listen on port {port}", self.name);
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).expect("read a log")
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ports that were free a moment ago, all different.
fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let listeners = [(); COUNT].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("a port's address").port())
}

fn shuffle_count(folder: &Path) -> usize {
    if folder.exists() { files_below(folder).len() } else { 0 }
}

#[test]
fn a_cluster_gives_the_rows_of_the_engine_in_one_process() {
    let site = Site::over(&data_samples());
    let [scheduler_port, first, first_control, second, second_control] = free_ports();
    let address = format!("127.0.0.1:{scheduler_port}");
    let mut scheduler =
        Part::start(&site, "scheduler", "scheduler", &["--port", &scheduler_port.to_string()]);
    scheduler.listens(scheduler_port);
    let mut executors = Vec::new();
    for (name, port, control_port) in
        [("executor-1", first, first_control), ("executor-2", second, second_control)]
    {
        let (port_text, control_text) = (port.to_string(), control_port.to_string());
        let folder = site.folder().join(name).display().to_string();
        let ports = ["--port", &port_text, "--control-port", &control_text];
        let rest = ["--scheduler", &address, "--work-folder", &folder];
        let mut executor = Part::start(&site, name, "executor", &[ports, rest].concat());
        executor.listens(port);
        executors.push(executor);
    }

    let output =
        site.command(&["run", "--engine", &format!("df://{address}")]).output().expect("start refrain");
    let said: Vec<String> =
        executors.iter().chain([&scheduler]).map(|part| format!("{}:\n{}", part.name, part.said())).collect();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{stderr}\n{}", output.status, said.join("\n"));
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(crate::support::summary(&stdout)["result"], "published");

    let shuffled: usize =
        ["executor-1", "executor-2"].map(|name| shuffle_count(&site.folder().join(name))).into_iter().sum();
    assert!(shuffled > 0, "no executor exchanged a file: the run was not made by the cluster");
    let published = site.published();
    let (raw, derived) = sample_rows();
    assert_same_rows(&published.raw(), raw, "cluster against one process");
    assert_same_rows(&published.derived(), derived, "cluster against one process");
}
