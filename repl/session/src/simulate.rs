//! `unison simulate`: a program on a simulated cluster, once or from many seeds, and what is told of it.

mod timeline;

pub use timeline::{Words, line_json, line_text, notable};

use crate::run::{Prepared, exit_status, show_failure, show_result};
use crate::trail::Step;
use crate::workspace::Workspace;
use kernel::DefId;
use runtime::{Station, Trail};
use simulation::{Broken, Ended, FaultKinds, Plan, Program, Trial, Waiting, shrink, try_plan};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Runs that making a plan smaller may take.
const SHRINK_TRIES: usize = 400;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub hosts: usize,
    pub kinds: FaultKinds,
    /// Whether a run that gives another result or output than one without faults has failed, too.
    pub same: bool,
    /// Whether what it detaches may go on for ever.
    pub detached: bool,
}

/// Why a run has failed, so far as two runs may fail alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// The runtime has broken a promise: a fault of ours.
    Broken(String),
    DidNotEnd,
    Raised(String),
    /// It ended without a value: in which way.
    Failed(String),
    /// It returned, and something else than without faults, or printed something else.
    Differs,
    /// It has left something behind that goes on.
    Left,
}

/// What many seeds have shown.
pub struct Hunt {
    /// Seeds that were tried.
    pub tried: u64,
    /// The first under which something went wrong: with its whole plan, and made smaller.
    pub found: Option<Found>,
}

pub struct Found {
    pub plan: Plan,
    pub small: Plan,
    pub wrong: Wrong,
}

/// The run without faults, against which others are held.
#[derive(Clone)]
pub struct Calm {
    pub trial: Trial,
}

/// Runs it without faults.
pub fn calm(program: &Program, seed: u64, hosts: usize) -> Calm {
    Calm { trial: try_plan(program, &Plan::calm(seed, hosts), false) }
}

impl Calm {
    /// A plan of faults for the time that the program takes.
    pub fn plan(&self, seed: u64, wanted: &Wanted) -> Plan {
        Plan::random(seed, wanted.hosts, &wanted.kinds, self.trial.took_ms)
    }

    /// What is wrong with a run, if something is.
    pub fn judge(&self, trial: &Trial, wanted: &Wanted) -> Option<Wrong> {
        wrong(trial, wanted).or_else(|| {
            let differs = trial.ended != self.trial.ended || trial.printed != self.trial.printed;
            (wanted.same && differs).then_some(Wrong::Differs)
        })
    }
}

/// What is wrong with a run, whatever others come to.
pub fn wrong(trial: &Trial, wanted: &Wanted) -> Option<Wrong> {
    let left = || (!wanted.detached && !trial.left.is_empty()).then_some(Wrong::Left);
    if let Some(broken) = trial.broken.first() {
        return Some(Wrong::Broken(kind_of(broken)));
    }
    match &trial.ended {
        Ended::DidNotEnd => Some(Wrong::DidNotEnd),
        Ended::With(runtime::Outcome::Returned(_)) => left(),
        Ended::With(runtime::Outcome::Raised(failure)) if exit_status(failure) == Some(0) => left(),
        Ended::With(runtime::Outcome::Raised(failure)) => Some(Wrong::Raised(format!("{failure:?}"))),
        // How a node was lost depends on what it was doing just then.
        Ended::With(runtime::Outcome::Failed(failure)) if failure.is_unreachable() => {
            Some(Wrong::Failed("Unreachable".into()))
        }
        // What a program says of itself in a fault may count something.
        Ended::With(runtime::Outcome::Failed(runtime::Failure::Fault { what, .. })) => {
            Some(Wrong::Failed(what.chars().filter(|c| !c.is_ascii_digit()).collect()))
        }
        Ended::With(runtime::Outcome::Failed(failure)) => Some(Wrong::Failed(variant(&format!("{failure:?}")))),
    }
}

fn kind_of(broken: &Broken) -> String {
    variant(&format!("{broken:?}"))
}

/// The first word of a value's debug form: which case it is.
fn variant(debug: &str) -> String {
    debug.split([' ', '{', '(']).next().unwrap_or_default().to_string()
}

/// Tries seeds on all processors, beginning with the first, until one fails or there are no more.
pub fn hunt(program: &Program, calm: &Calm, seeds: std::ops::Range<u64>, wanted: &Wanted) -> Hunt {
    let (next, first_bad) = (AtomicU64::new(seeds.start), Mutex::new(None::<(u64, Wrong)>));
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let known =
                first_bad.lock().expect("nobody panics holding it").as_ref().map_or(seeds.end, |(seed, _)| *seed);
            if seed >= known {
                return;
            }
            let trial = try_plan(program, &calm.plan(seed, wanted), false);
            let Some(wrong) = calm.judge(&trial, wanted) else { continue };
            let mut first = first_bad.lock().expect("nobody panics holding it");
            if first.as_ref().is_none_or(|(other, _)| seed < *other) {
                *first = Some((seed, wrong));
            }
        }
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let first = first_bad.into_inner().expect("nobody panics holding it");
    let tried = first.as_ref().map_or(seeds.end, |(seed, _)| seed + 1) - seeds.start;
    Hunt { tried, found: first.map(|(seed, wrong)| smaller(program, calm, calm.plan(seed, wanted), wrong, wanted)) }
}

/// The fewest nodes among which it fails like this without faults.
pub fn fewest(program: &Program, seed: u64, wrong: &Wrong, wanted: &Wanted) -> Plan {
    let plans = (1..wanted.hosts).map(|hosts| Plan::calm(seed, hosts));
    let mut fails = plans.filter(|plan| self::wrong(&try_plan(program, plan, false), wanted).as_ref() == Some(wrong));
    fails.next().unwrap_or_else(|| Plan::calm(seed, wanted.hosts))
}

fn smaller(program: &Program, calm: &Calm, plan: Plan, wrong: Wrong, wanted: &Wanted) -> Found {
    let fails = |candidate: &Plan| {
        // With fewer nodes the program may be another one: it has to end well without faults, too.
        let other = (candidate.hosts != wanted.hosts).then(|| self::calm(program, candidate.seed, candidate.hosts));
        if other.as_ref().is_some_and(|other| self::wrong(&other.trial, wanted).is_some()) {
            return false;
        }
        let against = other.as_ref().unwrap_or(calm);
        against.judge(&try_plan(program, candidate, false), wanted) == Some(wrong.clone())
    };
    let small = shrink(&plan, SHRINK_TRIES, fails);
    Found { plan, small, wrong }
}

/// The steps of a trail of a simulated run.
pub fn steps(workspace: &Workspace, prepared: &Prepared, trial: &Trial, trail: &Trail) -> Vec<Step> {
    let name = |id: DefId| prepared.definition_name(workspace, &id.component);
    let mut steps = crate::trail::steps(trail, prepared.main, &prepared.positions, name);
    for node in steps.iter_mut().filter_map(|step| step.node.as_mut()) {
        *node = timeline::renamed(node, &trial.names);
    }
    steps
}

/// The node at which something of a program is, for its user.
pub fn node_text(trial: &Trial, station: &Station) -> String {
    timeline::renamed(&station.node, &trial.names)
}

/// What waits at which host in the end.
pub fn waiting(workspace: &Workspace, prepared: &Prepared, trial: &Trial) -> Vec<(usize, String)> {
    let told = |waiting: &Waiting| {
        let trail = Trail(vec![waiting.station.clone()]);
        let steps = steps(workspace, prepared, trial, &trail);
        let steps: String = steps.iter().map(|step| format!(", {step}")).collect();
        let who = if waiting.tasks == 1 { "waits".to_string() } else { format!("{} tasks wait", waiting.tasks) };
        (waiting.host, format!("{who}{steps}"))
    };
    trial.waiting.iter().map(told).collect()
}

/// How a run ended, for its user.
pub fn ended_text(workspace: &Workspace, prepared: &Prepared, trial: &Trial, limit_ms: u64) -> String {
    let names = |ty| prepared.type_name(workspace, ty);
    match &trial.ended {
        Ended::DidNotEnd => format!("it has not ended after {} s", limit_ms / 1_000),
        Ended::With(runtime::Outcome::Returned(value)) => match show_result(workspace, value) {
            Some(text) => format!("it returns {text}"),
            None => "it returns".to_string(),
        },
        Ended::With(runtime::Outcome::Raised(failure)) => match exit_status(failure) {
            Some(status) => format!("it ends with status {status}"),
            None => format!("it raises {}", show_failure(workspace, &names, failure)),
        },
        Ended::With(runtime::Outcome::Failed(failure)) => timeline::renamed(&failure.to_string(), &trial.names),
    }
}
