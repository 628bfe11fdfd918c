//! Where a run is, for whoever stops it, and what is left of it that nobody waits for.

use super::*;
use crate::host::tasks::State;
use crate::limits::STATIONS_MAX;

impl Host {
    /// From what a run waits for at last, as far as this host knows, to its beginning: as the way would be that a failure of that came.
    pub(super) fn whereabouts(&self, begin: Option<Child>) -> Trail {
        let (mut stations, mut next) = (Vec::new(), begin);
        while let Some(child) = next.filter(|_| stations.len() < STATIONS_MAX) {
            next = match child {
                Child::Task(id) => self.tasks.get(&id).and_then(|task| {
                    stations.push(self.station(task));
                    if let State::Child(child) = task.state { child } else { None }
                }),
                Child::Future(id) => self.futures.child(id),
                Child::Call(id) => {
                    let elsewhere = self.calls.get(&id).map(|call| self.name(call.target));
                    stations.extend(elsewhere.map(|node| Station { node, steps: Vec::new() }));
                    None
                }
            };
        }
        stations.reverse();
        Trail(stations)
    }

    /// Where the tasks here are, and how many of them at the same place each.
    pub fn waiting(&self) -> Vec<(Station, usize)> {
        let mut places: Vec<(Station, usize)> = Vec::new();
        for station in self.tasks.values().map(|task| self.station(task)) {
            match places.iter().position(|(place, _)| *place == station) {
                Some(known) => places[known].1 += 1,
                None if places.len() < STATIONS_MAX => places.push((station, 1)),
                None => {}
            }
        }
        places
    }

    /// What detached evaluations are at here, each by itself.
    pub fn detached(&self) -> Vec<Station> {
        let detached = self.tasks.values().filter(|task| task.context.leader == Leader::Nobody);
        detached.take(STATIONS_MAX).map(|task| self.station(task)).collect()
    }
}
