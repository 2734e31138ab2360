//! What this process saw of one deployment.

use crate::dto::deployment::{DeploymentMetrics, Latency};
use domain::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Answers whose time is kept.
const KEPT: usize = 1_024;
const MINUTE: usize = 60;

/// What this process saw of one deployment.
#[derive(Debug)]
pub struct Stats {
    since: Timestamp,
    counts: Mutex<Counts>,
}

#[derive(Debug)]
struct Counts {
    requests: u64,
    errors: u64,
    rows: u64,
    /// The newest times in microseconds, written round and round.
    times: Vec<u32>,
    next: usize,
    /// Requests of each of the last sixty seconds, with the second.
    seconds: [(i64, u64); MINUTE],
}

impl Stats {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let counts = Counts {
            requests: 0,
            errors: 0,
            rows: 0,
            times: Vec::new(),
            next: 0,
            seconds: [(0, 0); MINUTE],
        };
        Self {
            since: now,
            counts: Mutex::new(counts),
        }
    }

    /// Notes a request: its rows if it was answered.
    pub fn note(&self, now: Timestamp, rows: Option<usize>, took: Duration) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.requests += 1;
        counts.rows += rows.unwrap_or(0) as u64;
        let second = now.0 / 1_000_000;
        let cell = &mut counts.seconds[slot(second)];
        *cell = if cell.0 == second {
            (second, cell.1 + 1)
        } else {
            (second, 1)
        };
        if rows.is_none() {
            counts.errors += 1;
            return;
        }
        let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        if counts.times.len() < KEPT {
            counts.times.push(micros);
        } else {
            let next = counts.next;
            counts.times[next] = micros;
        }
        counts.next = (counts.next + 1) % KEPT;
    }

    /// The public form.
    #[must_use]
    pub fn view(&self, name: String, now: Timestamp) -> DeploymentMetrics {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let second = now.0 / 1_000_000;
        let recent = counts
            .seconds
            .iter()
            .filter(|(at, _)| second - at < MINUTE as i64);
        let recent: u64 = recent.map(|(_, count)| count).sum();
        let mut times = counts.times.clone();
        times.sort_unstable();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a minute has fewer requests than 2^53"
        )]
        let rate_per_second = recent as f64 / MINUTE as f64;
        DeploymentMetrics {
            name,
            since: self.since.into(),
            requests: counts.requests,
            errors: counts.errors,
            rows: counts.rows,
            rate_per_second,
            latency_ms: latency(&times),
        }
    }
}

fn slot(second: i64) -> usize {
    usize::try_from(second.rem_euclid(MINUTE as i64)).unwrap_or(0)
}

/// Quantiles of sorted microseconds: the smallest time that so many do not exceed.
fn latency(sorted: &[u32]) -> Option<Latency> {
    let last = sorted.len().checked_sub(1)?;
    let quantile = |per_cent: usize| {
        let index = (sorted.len() * per_cent).div_ceil(100).saturating_sub(1);
        f64::from(sorted[index.min(last)]) / 1e3
    };
    Some(Latency {
        p50: quantile(50),
        p95: quantile(95),
        p99: quantile(99),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_minute_and_the_last_answers_count() {
        let start = Timestamp(1_000_000_000_000);
        let stats = Stats::new(start);
        for index in 0..2_000_u64 {
            stats.note(start, Some(2), Duration::from_micros(index + 1));
        }
        stats.note(start, None, Duration::from_secs(9));
        let view = stats.view("a".into(), start.after(Duration::from_secs(30)));
        assert_eq!((view.requests, view.errors, view.rows), (2_001, 1, 4_000));
        assert!((view.rate_per_second - 2_001.0 / 60.0).abs() < 1e-9);
        let latency = view.latency_ms.unwrap();
        assert!(latency.p50 > 0.976 && latency.p99 <= 2.0, "{latency:?}");
        let later = stats.view("a".into(), start.after(Duration::from_secs(61)));
        assert!(later.rate_per_second.abs() < 1e-9);
    }

    #[test]
    fn quantiles_of_a_few_times() {
        assert_eq!(latency(&[]), None);
        assert_eq!(
            latency(&[5_000]),
            Some(Latency {
                p50: 5.0,
                p95: 5.0,
                p99: 5.0
            })
        );
        let hundred: Vec<u32> = (1..=100).map(|n| n * 1_000).collect();
        assert_eq!(
            latency(&hundred),
            Some(Latency {
                p50: 50.0,
                p95: 95.0,
                p99: 99.0
            })
        );
    }
}
