//! A program under a plan, from its start to when nothing of it is left.

use crate::disk::Outside;
use crate::plan::Plan;
use crate::watcher::{Broken, Moment};
use crate::world::{Setup, Waiting, World};
use base::Hash;
use hash::Object;
use hash::store::{ObjectStore, StoreError};
use kernel::DefId;
use node::event::Millis;
use node::message::Stream;
use node::{CommandReply, Outcome, Station, Trail};
use sandbox::Budget;
use std::collections::BTreeSet;

/// After that long, leases have ended and nothing of a run is left anywhere.
const QUIET_MS: u64 = 400_000;

/// Things that happen in a trial at most.
const STEPS_MAX: u64 = 20_000_000;

/// What is run.
pub struct Program {
    /// A delay.
    pub main: DefId,
    /// It, and all that it depends on.
    objects: Vec<Object>,
    pub arguments: Vec<String>,
    pub input: Vec<String>,
    pub outside: Option<Outside>,
    pub budget: Budget,
    /// Milliseconds in which it has to end.
    pub limit_ms: Millis,
}

/// How a run ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Ended {
    With(Outcome),
    /// Not within the time.
    DidNotEnd,
}

/// What came of it.
#[derive(Clone)]
pub struct Trial {
    pub ended: Ended,
    /// How long the run took.
    pub took_ms: Millis,
    pub printed: Vec<(Stream, String)>,
    /// Which way a failure has come; where the program was, if it has not ended.
    pub trail: Trail,
    /// What it has detached that still went on long after it had ended.
    pub left: Vec<Station>,
    /// What waits where, if it has not ended.
    pub waiting: Vec<Waiting>,
    pub broken: Vec<Broken>,
    pub moments: Vec<Moment>,
    /// How failures call each host.
    pub names: Vec<String>,
}

impl Program {
    /// A definition of a store.
    pub fn of(store: &dyn ObjectStore, main: DefId) -> Result<Program, StoreError> {
        Ok(Program {
            main,
            objects: closure(store, main.component)?,
            arguments: Vec::new(),
            input: Vec::new(),
            outside: None,
            budget: Budget::DEFAULT,
            limit_ms: 600_000,
        })
    }
}

fn closure(store: &dyn ObjectStore, root: Hash) -> Result<Vec<Object>, StoreError> {
    let (mut objects, mut reached, mut level) = (Vec::new(), BTreeSet::from([root]), vec![root]);
    while !level.is_empty() {
        let found: Vec<Object> = store.get_many(&level)?.into_iter().flatten().collect();
        level = found.iter().flat_map(Object::dependencies).filter(|hash| reached.insert(*hash)).collect();
        objects.extend(found);
    }
    Ok(objects)
}

/// Runs it. The timeline is kept if it is wanted.
pub fn try_plan(program: &Program, plan: &Plan, keeps: bool) -> Trial {
    let (input, outside) = (program.input.clone(), program.outside.clone());
    let mut world = World::start(Setup { plan: plan.clone(), shared_store: false, input, outside, keeps });
    let open: BTreeSet<Hash> = program.objects.iter().flat_map(Object::dependencies).collect();
    world.store(0).put_with_open(&program.objects, &open).expect("memory takes what a store has given");
    world.run_with(program.main, program.budget, program.arguments.clone());
    let in_time = world.until_steps(program.limit_ms, STEPS_MAX, true);
    let ended = match world.reply.clone() {
        Some(CommandReply::Ended(outcome)) => Ended::With(outcome),
        _ => Ended::DidNotEnd,
    };
    let took_ms = if ended == Ended::DidNotEnd { program.limit_ms } else { world.now };
    world.end_timeline();
    let mut waiting = Vec::new();
    if ended == Ended::DidNotEnd {
        waiting = world.waiting();
        world.cancel();
    }
    if in_time {
        world.check_quiet(QUIET_MS);
    }
    Trial {
        ended,
        took_ms,
        printed: std::mem::take(&mut world.printed),
        trail: std::mem::take(&mut world.trail),
        left: std::mem::take(&mut world.left),
        waiting,
        broken: world.broken().to_vec(),
        names: (0..plan.hosts).map(|n| world.name(n)).collect(),
        moments: world.moments(),
    }
}
