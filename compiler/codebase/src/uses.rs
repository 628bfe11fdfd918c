//! What this process was told to be in the codebase, and when. It is written down now and then, so that a collection of garbage by another process leaves it there.

use base::Hash;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Hashes that are remembered. At the limit those go that were not used for a while.
const USES_MAX: usize = 1 << 19;
const WHILE: Duration = Duration::from_secs(3_600);

#[derive(Default)]
pub(crate) struct Uses {
    last: BTreeMap<Hash, Instant>,
    /// Those of which nothing was written down since.
    new: BTreeSet<Hash>,
}

impl Uses {
    pub fn add(&mut self, hashes: impl Iterator<Item = Hash>, now: Instant) {
        if self.last.len() >= USES_MAX {
            self.last.retain(|_, used| now.duration_since(*used) < WHILE);
        }
        for hash in hashes.take(USES_MAX.saturating_sub(self.last.len())) {
            self.last.insert(hash, now);
            self.new.insert(hash);
        }
    }

    pub fn take_new(&mut self) -> BTreeSet<Hash> {
        std::mem::take(&mut self.new)
    }

    /// What was used for so long, and what is new. All else is forgotten.
    pub fn lasting(&mut self, lasting: Duration, now: Instant) -> BTreeSet<Hash> {
        self.last.retain(|_, used| now.duration_since(*used) <= lasting);
        let mut lasting = self.take_new();
        lasting.extend(self.last.keys());
        lasting
    }
}
