//! The way that a failure has come: which nodes it has passed, and what was running there.
//!
//! Each task that ends without a value adds a [`Station`] to what it was told by whatever it waited for, and hands the whole on to whoever waits for it. Nodes are named as in
//! failures, definitions by hash: only where the program was written are there names and places.
//!
//! A trail is hearsay, as failures are: what peers have said. Nothing is decided by it.

use crate::limits::{STATION_STEPS_MAX, STATIONS_MAX};
use crate::outcome::{Failure, Outcome};
use kernel::{DefId, Site};

/// A node that a failure has passed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Station {
    /// The text form of the node.
    pub node: String,
    /// What was running, the innermost first; empty if that is not known.
    pub steps: Vec<Step>,
}

/// A definition that was running.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    pub definition: DefId,
    /// For which of its calls it waited.
    pub site: Site,
}

/// Stations, the one first at which it began.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Trail(pub Vec<Station>);

impl Trail {
    /// With one more station. Of a long way, its beginning is kept.
    #[must_use]
    pub fn and(mut self, station: Station) -> Trail {
        if self.0.len() < STATIONS_MAX {
            self.0.push(station);
        }
        self
    }

    /// A line for each step, by hash: what is said where nobody knows names.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().flat_map(Station::lines).collect()
    }

    /// What runs in a task, as many steps of it as a station says.
    pub(crate) fn steps_of(job: &machine::Task) -> Vec<Step> {
        let running = job.definitions(STATION_STEPS_MAX).into_iter();
        running.map(|(definition, site)| Step { definition, site }).collect()
    }
}

impl Station {
    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<_> =
            self.steps.iter().map(|step| format!("in {}", step.definition.component.short())).collect();
        match lines.last_mut() {
            Some(last) => *last += &format!(", at {}", self.node),
            None => lines.push(format!("at {}", self.node)),
        }
        lines
    }
}

/// An outcome, and which way it has come if it is no value.
#[derive(Clone, PartialEq, Debug)]
pub struct Ending {
    pub outcome: Outcome,
    pub trail: Trail,
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Ending {
        Ending { outcome, trail: Trail::default() }
    }
}

impl From<Failure> for Ending {
    fn from(failure: Failure) -> Ending {
        Outcome::Failed(failure).into()
    }
}
