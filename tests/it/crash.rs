//! `kill -9` at random moments: running again is the whole repair.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Site, assert_same_rows, small_sample};

/// How many runs are killed before they end.
const KILLS: usize = 10;

/// Another sequence of moments: `REFRAIN_TEST_SEED=7 cargo test …`.
const SEED_VARIABLE: &str = "REFRAIN_TEST_SEED";

/// Numbers that look random and can be had again (xorshift64*, Vigna 2016).
struct Moments(u64);

impl Moments {
    fn next_below(&mut self, limit: Duration) -> Duration {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let share = (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64;
        limit.mul_f64(share)
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "moments are spread over as long as a run takes")]
fn killed_runs_lose_nothing_and_double_nothing() {
    let seed = std::env::var(SEED_VARIABLE).ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_123);
    eprintln!("{SEED_VARIABLE}={seed}");
    let mut moments = Moments(seed);
    let sources = small_sample();
    let undisturbed = Site::over(sources.path());
    let started = Instant::now();
    let summary = undisturbed.run(&[]);
    let duration = started.elapsed();
    let expected = undisturbed.published();
    let (raw, derived) = (expected.raw(), expected.derived());
    let ledger = expected.rows("ledger", &[]);

    let check = |site: &Site| {
        site.run(&[]);
        let found = site.published();
        found.assert_no_delivery_twice();
        assert_same_rows(&found.raw(), &raw, "after kills");
        assert_same_rows(&found.derived(), &derived, "after kills");
        assert_eq!(found.rows("reject", &[]), expected.rows("reject", &[]), "other rejects after kills");
        assert_eq!(found.rows("ledger", &[]), ledger, "another ledger after kills");
        assert_eq!(site.run(&[])["result"], "nothing new");
    };
    assert_eq!(summary["result"], "published");

    let mut site = Site::over(sources.path());
    let mut kills = 0;
    while kills < KILLS {
        let mut child = site
            .command(&["run"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("start refrain");
        // Half a run: what earlier attempts left done makes the next ones shorter.
        std::thread::sleep(moments.next_below(duration / 2));
        if child.try_wait().expect("look at the run").is_none() {
            child.kill().expect("kill the run");
            child.wait().expect("wait for the run's end");
            kills += 1;
        } else {
            // It ended before its moment came: compare, and go on killing from an empty lake.
            check(&site);
            site = Site::over(sources.path());
        }
    }
    check(&site);
}
