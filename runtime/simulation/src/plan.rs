//! Everything that decides a run: the seed, how many hosts there are, and what goes wrong when.

use crate::fault::{Fault, FaultKind, FaultKinds};
use crate::random::Random;
use node::event::Millis;
use std::fmt;

/// Faults of a plan at most: more hide each other.
const FAULTS_MAX: u64 = 4;

/// Hosts' clocks run at this rate, in thousandths, at the slowest and the fastest.
const RATE_MIN: u64 = 900;
const RATE_MAX: u64 = 1_100;

/// What decides a run, beside the program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Of delays and of everything that the hosts draw.
    pub seed: u64,
    pub hosts: usize,
    /// Messages may arrive twice.
    pub duplicates: bool,
    /// Messages overtake each other.
    pub reorders: bool,
    /// The clocks of hosts go at rates of their own.
    pub skew: bool,
    pub faults: Vec<(Millis, Fault)>,
}

/// What in a text is no part of a plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlanError(pub String);

impl Plan {
    /// Nothing goes wrong.
    pub fn calm(seed: u64, hosts: usize) -> Plan {
        Plan { seed, hosts, duplicates: false, reorders: false, skew: false, faults: Vec::new() }
    }

    /// Faults of these kinds within the time that the program takes.
    pub fn random(seed: u64, hosts: usize, kinds: &FaultKinds, within: Millis) -> Plan {
        let mut random = Random(seed ^ 0x70_6c61_6e00);
        let mut plan = Plan {
            duplicates: kinds.has(FaultKind::Duplication),
            reorders: kinds.has(FaultKind::Reordering),
            skew: kinds.has(FaultKind::Skew),
            ..Plan::calm(seed, hosts)
        };
        let timed = [FaultKind::Loss, FaultKind::Delay, FaultKind::Partition, FaultKind::Crash, FaultKind::Disk];
        let timed: Vec<FaultKind> = timed.into_iter().filter(|kind| kinds.has(*kind)).collect();
        if timed.is_empty() {
            return plan;
        }
        for _ in 0..1 + random.below(FAULTS_MAX) {
            let kind = timed[random.below(timed.len() as u64) as usize];
            let at = random.below(within.max(1) + within / 4);
            plan.faults.extend(fault(kind, hosts, &mut random).map(|fault| (at, fault)));
        }
        plan.faults.sort_by_key(|(at, _)| *at);
        plan
    }

    /// The rate of a host's clock, in thousandths.
    pub(crate) fn rate(&self, host: usize) -> u64 {
        match self.skew {
            true => RATE_MIN + Random(self.seed ^ (0xc10c << 16) ^ host as u64).below(RATE_MAX - RATE_MIN + 1),
            false => 1_000,
        }
    }

    /// Milliseconds by which the calendar of a host differs from the right one.
    pub(crate) fn calendar_offset(&self, host: usize) -> u64 {
        if self.skew { Random(self.seed ^ (0xca1e << 16) ^ host as u64).below(86_400_000) } else { 0 }
    }

    /// The same among so many hosts, as far as that is possible: what happens to others happens to these.
    pub(crate) fn among(&self, hosts: usize) -> Plan {
        let faults = self.faults.iter().map(|(at, fault)| (*at, fault.among(hosts)));
        Plan { hosts, faults: faults.filter(|(_, fault)| fault.fits(hosts)).collect(), ..self.clone() }
    }

    /// The same faults at so many quarters of their times.
    pub(crate) fn sooner(&self, quarters: u64) -> Plan {
        let faults = self.faults.iter().map(|(at, fault)| (at * quarters / 4, fault.clone()));
        Plan { faults: faults.collect(), ..self.clone() }
    }

    /// Reads the faults of a plan, as [`Plan::faults_text`] writes them, for so many hosts.
    pub fn parse_faults(seed: u64, hosts: usize, text: &str) -> Result<Plan, PlanError> {
        let mut plan = Plan::calm(seed, hosts);
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part {
                "duplication" => plan.duplicates = true,
                "reordering" => plan.reorders = true,
                "skew" => plan.skew = true,
                _ => {
                    let timed = part
                        .split_once(':')
                        .and_then(|(at, fault)| Some((at.strip_suffix("ms")?.parse().ok()?, Fault::parse(fault)?)));
                    let timed = timed.filter(|(_, fault)| fault.fits(hosts));
                    plan.faults.push(timed.ok_or_else(|| PlanError(part.to_string()))?);
                }
            }
        }
        Ok(plan)
    }

    /// What goes wrong, as a line of text.
    pub fn faults_text(&self) -> String {
        let noise = [(self.duplicates, "duplication"), (self.reorders, "reordering"), (self.skew, "skew")];
        let noise = noise.iter().filter(|(on, _)| *on).map(|(_, name)| (*name).to_string());
        let timed = self.faults.iter().map(|(at, fault)| format!("{at}ms:{fault}"));
        noise.chain(timed).collect::<Vec<_>>().join(",")
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}, {} nodes, {}", self.seed, self.hosts, self.faults_text())
    }
}

/// None: among so few hosts there is no such fault. The first host has the program: it is never away.
fn fault(kind: FaultKind, hosts: usize, random: &mut Random) -> Option<Fault> {
    let others = hosts as u64 - 1;
    let away = |random: &mut Random| 50 << random.below(8);
    if others == 0 && kind != FaultKind::Disk {
        return None;
    }
    Some(match kind {
        FaultKind::Loss => match random.below(4) {
            0 => Fault::Blackhole,
            1 => Fault::Stall(away(random)),
            _ => Fault::Break,
        },
        FaultKind::Delay => Fault::Delay(away(random), 50 << random.below(7)),
        FaultKind::Partition => {
            let first = random.below(others);
            let more = 1 + random.below(others - first);
            Fault::Partition((first..first + more).map(|n| n as usize + 1).collect(), away(random))
        }
        FaultKind::Crash => Fault::Crash(1 + random.below(others) as usize, away(random)),
        FaultKind::Disk => Fault::SlowDisk(random.below(hosts as u64) as usize, away(random), 50 << random.below(6)),
        FaultKind::Duplication | FaultKind::Reordering | FaultKind::Skew => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_read_as_they_are_written() {
        for seed in 0..500 {
            let plan = Plan::random(seed, 1 + seed as usize % 5, &FaultKinds::all(), 1_000);
            let read = Plan::parse_faults(plan.seed, plan.hosts, &plan.faults_text());
            assert_eq!(read.as_ref(), Ok(&plan), "{plan}");
        }
        assert_eq!(Plan::parse_faults(1, 3, "10ms:crash:3:5ms"), Err(PlanError("10ms:crash:3:5ms".into())));
        assert_eq!(Plan::parse_faults(1, 3, "break"), Err(PlanError("break".into())));
    }
}
