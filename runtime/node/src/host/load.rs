//! How busy a host's workers are: the share of the last second or two in which they had something to do.

use super::Millis;

/// The span that is looked at: this one, and the one before.
const SPAN_MS: u64 = 1_000;

#[derive(Debug)]
pub(super) struct Load {
    /// Until when everything is counted.
    until: Millis,
    /// When the span began that goes on.
    begun: Millis,
    /// Thousandths of a worker, times milliseconds, in this span and in the one before.
    busy: u64,
    before: u64,
}

impl Load {
    pub fn new(now: Millis) -> Load {
        Load { until: now, begun: now, busy: 0, before: 0 }
    }

    /// Since it was told last, so many of the workers had something to do.
    pub fn pass(&mut self, now: Millis, running: usize, workers: usize) {
        let share = (1_000 * running.min(workers) / workers.max(1)) as u64;
        let last = now - self.until;
        self.until = now;
        let over = now - self.begun;
        if over < SPAN_MS {
            self.busy += share * last;
        } else if over < 2 * SPAN_MS {
            (self.before, self.busy, self.begun) = (self.busy + share * last, 0, now);
        } else {
            // Nothing has happened for a whole span and more.
            (self.before, self.busy, self.begun) = (share * SPAN_MS, 0, now);
        }
    }

    /// From 0 to 100.
    pub fn percentage(&self, now: Millis) -> f64 {
        let span = SPAN_MS + (now - self.begun).min(SPAN_MS);
        (self.busy + self.before) as f64 / (10.0 * span as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_follows_what_the_workers_do() {
        let mut load = Load::new(0);
        assert_eq!(load.percentage(0), 0.0);
        (1..=4_000).for_each(|now| load.pass(now, 1, 2));
        assert!((load.percentage(4_000) - 50.0).abs() < 3.0, "{}", load.percentage(4_000));
        load.pass(60_000, 0, 2);
        assert_eq!(load.percentage(60_000), 0.0);
        load.pass(120_000, 2, 2);
        assert!(load.percentage(120_000) > 90.0, "one long slice counts, too");
        assert!(load.percentage(120_000) <= 100.0);
    }
}
