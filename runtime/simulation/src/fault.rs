//! What goes wrong, and how it is written.

use node::event::Millis;
use std::fmt;

/// Something that goes wrong at one time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// A connection breaks: what is under way is lost, and both ends learn of it.
    Break,
    /// A connection loses everything from now on, and nobody is told.
    Blackhole,
    /// Nothing that is sent over a connection is read for so long, at either end.
    Stall(Millis),
    /// A host ends, and starts again after so long.
    Crash(usize, Millis),
    /// These hosts and the others do not reach each other for so long.
    Partition(Vec<usize>, Millis),
    /// For the first time, everything that is sent takes up to the second longer.
    Delay(Millis, Millis),
    /// For the first time, each access to this host's disk takes up to the second longer.
    SlowDisk(usize, Millis, Millis),
    /// The next definitions that anybody sends are not what their hashes say.
    Falsify,
}

/// A kind of thing that can go wrong, as a user names it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FaultKind {
    Loss,
    Duplication,
    Reordering,
    Delay,
    Partition,
    Crash,
    Skew,
    Disk,
}

/// Which kinds may occur.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FaultKinds(pub Vec<FaultKind>);

impl FaultKind {
    pub const ALL: [FaultKind; 8] = [
        FaultKind::Loss,
        FaultKind::Duplication,
        FaultKind::Reordering,
        FaultKind::Delay,
        FaultKind::Partition,
        FaultKind::Crash,
        FaultKind::Skew,
        FaultKind::Disk,
    ];

    pub fn name(self) -> &'static str {
        match self {
            FaultKind::Loss => "loss",
            FaultKind::Duplication => "duplication",
            FaultKind::Reordering => "reordering",
            FaultKind::Delay => "delay",
            FaultKind::Partition => "partition",
            FaultKind::Crash => "crash",
            FaultKind::Skew => "skew",
            FaultKind::Disk => "disk",
        }
    }
}

impl FaultKinds {
    pub fn all() -> FaultKinds {
        FaultKinds(FaultKind::ALL.to_vec())
    }

    pub fn has(&self, kind: FaultKind) -> bool {
        self.0.contains(&kind)
    }

    /// `all`, `none`, or names separated by commas; the name that is none of a kind.
    pub fn parse(text: &str) -> Result<FaultKinds, String> {
        match text.trim() {
            "all" => return Ok(FaultKinds::all()),
            "none" | "" => return Ok(FaultKinds::default()),
            _ => {}
        }
        let kind = |name: &str| {
            let named = FaultKind::ALL.into_iter().find(|kind| kind.name() == name.trim());
            named.ok_or_else(|| name.trim().to_string())
        };
        text.split(',').map(kind).collect::<Result<Vec<_>, _>>().map(FaultKinds)
    }
}

impl Fault {
    /// Whether it can happen among so many hosts.
    pub(crate) fn fits(&self, hosts: usize) -> bool {
        match self {
            Fault::Crash(n, _) | Fault::SlowDisk(n, ..) => *n < hosts,
            Fault::Partition(apart, _) => !apart.is_empty() && apart.len() < hosts && apart.iter().all(|n| *n < hosts),
            Fault::Break | Fault::Blackhole | Fault::Stall(_) | Fault::Delay(..) | Fault::Falsify => true,
        }
    }

    /// The same for one of so many hosts.
    pub(crate) fn among(&self, hosts: usize) -> Fault {
        let one = |n: &usize| if *n == 0 || hosts < 2 { 0 } else { 1 + (n - 1) % (hosts - 1) };
        match self {
            Fault::Crash(0, _) => self.clone(),
            Fault::Crash(n, ms) => Fault::Crash(if hosts < 2 { *n } else { one(n) }, *ms),
            Fault::SlowDisk(n, ms, by) => Fault::SlowDisk(one(n), *ms, *by),
            Fault::Partition(apart, ms) => {
                let apart: std::collections::BTreeSet<usize> = apart.iter().map(one).collect();
                Fault::Partition(apart.into_iter().collect(), *ms)
            }
            other => other.clone(),
        }
    }

    /// The same for half as long, if it has a length.
    pub(crate) fn shorter(&self) -> Option<Fault> {
        let half = |ms: &Millis| (*ms > 100).then_some(*ms / 2);
        Some(match self {
            Fault::Stall(ms) => Fault::Stall(half(ms)?),
            Fault::Crash(n, ms) => Fault::Crash(*n, half(ms)?),
            Fault::Partition(apart, ms) => Fault::Partition(apart.clone(), half(ms)?),
            Fault::Delay(ms, by) => Fault::Delay(half(ms)?, *by),
            Fault::SlowDisk(n, ms, by) => Fault::SlowDisk(*n, half(ms)?, *by),
            Fault::Break | Fault::Blackhole | Fault::Falsify => return None,
        })
    }

    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Fault> {
        let words: Vec<&str> = text.split(':').collect();
        let ms = |word: &str| word.strip_suffix("ms")?.parse::<Millis>().ok();
        Some(match words[..] {
            ["break"] => Fault::Break,
            ["blackhole"] => Fault::Blackhole,
            ["falsify"] => Fault::Falsify,
            ["stall", time] => Fault::Stall(ms(time)?),
            ["crash", n, time] => Fault::Crash(n.parse().ok()?, ms(time)?),
            ["partition", apart, time] => {
                let apart: Option<Vec<usize>> = apart.split('+').map(|n| n.parse().ok()).collect();
                Fault::Partition(apart?, ms(time)?)
            }
            ["delay", time, by] => Fault::Delay(ms(time)?, ms(by)?),
            ["slow-disk", n, time, by] => Fault::SlowDisk(n.parse().ok()?, ms(time)?, ms(by)?),
            _ => return None,
        })
    }
}

/// As it stands in a plan.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Break => f.write_str("break"),
            Fault::Blackhole => f.write_str("blackhole"),
            Fault::Falsify => f.write_str("falsify"),
            Fault::Stall(ms) => write!(f, "stall:{ms}ms"),
            Fault::Crash(n, ms) => write!(f, "crash:{n}:{ms}ms"),
            Fault::Partition(apart, ms) => {
                let apart: Vec<String> = apart.iter().map(usize::to_string).collect();
                write!(f, "partition:{}:{ms}ms", apart.join("+"))
            }
            Fault::Delay(ms, by) => write!(f, "delay:{ms}ms:{by}ms"),
            Fault::SlowDisk(n, ms, by) => write!(f, "slow-disk:{n}:{ms}ms:{by}ms"),
        }
    }
}
