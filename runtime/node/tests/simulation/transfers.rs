//! What the transfer of code costs: questions, and bytes.

use crate::programs::Library;
use crate::{END_MS, assert_quiet, next_run};
use node::Outcome;
use node::event::Millis;

use simulation::{Fault, Plan, Said, Setup, What, World};

/// What went over the network in a run.
#[derive(Default, PartialEq, Debug)]
struct Cost {
    /// How often definitions were asked for.
    questions: usize,
    asked: usize,
    definitions: usize,
    /// Of answers, and of everything.
    answer_bytes: usize,
    bytes: usize,
}

fn world(hosts: usize, shared_store: bool) -> World {
    let setup = Setup { plan: Plan::calm(7, hosts), shared_store, input: Vec::new(), outside: None, keeps: true };
    World::start(setup)
}

/// Runs it, and what it cost.
fn cost(world: &mut World, main: kernel::DefId) -> (Outcome, Cost) {
    world.take_moments();
    let outcome = next_run(world, main);
    let quiet: Millis = world.now + 500;
    world.until(quiet, false);
    let mut cost = Cost::default();
    for moment in world.take_moments() {
        let What::Sends(_, said, bytes) = moment.what else { continue };
        cost.bytes += bytes;
        match said {
            Said::Needs(_, asked) => (cost.questions, cost.asked) = (cost.questions + 1, cost.asked + asked),
            Said::Definitions(_, n) => {
                (cost.definitions, cost.answer_bytes) = (cost.definitions + n, cost.answer_bytes + bytes);
            }
            _ => {}
        }
    }
    (outcome, cost)
}

fn value(count: u64, salt: u64) -> u64 {
    count * (count - 1) / 2 + salt
}

fn run_tree(world: &mut World, count: u64, salt: u64) -> Cost {
    let library = Library::new(world.store(0));
    let main = library.call_at(1, library.tree(count, salt));
    let (outcome, cost) = cost(world, main);
    assert_eq!(crate::nat_of(&outcome), value(count, salt));
    cost
}

/// The message around what is told: ids, counts, key.
const ENVELOPE: usize = 64;

#[test]
fn code_takes_two_questions_cold_one_with_the_right_memory_and_none_warm() {
    const COUNT: usize = 2_000;
    let mut world = world(3, false);
    let cold = run_tree(&mut world, COUNT as u64, 0);
    // With `main`'s lambda.
    assert_eq!((cold.questions, cold.definitions), (2, COUNT + 1));
    assert_eq!(cold.asked, COUNT + 1, "each once");
    let warm = run_tree(&mut world, COUNT as u64, 0);
    assert_eq!((warm.questions, warm.definitions), (0, 0));
    assert!(warm.bytes < 2_000, "it carries no list: {warm:?}");
    // The path from the last leaf to the root is other than before.
    let changed = run_tree(&mut world, COUNT as u64, 5);
    let path = COUNT.ilog2() as usize + 1;
    assert_eq!((changed.questions, changed.definitions), (1, path + 1), "nothing that is there is sent or listed");
    assert!(changed.answer_bytes < (path + 1) * 200 + ENVELOPE, "{changed:?}");
    assert_quiet(&mut world);
}

#[test]
fn what_the_recipient_has_from_elsewhere_costs_eight_bytes_each() {
    const COUNT: usize = 2_000;
    let mut world = world(3, false);
    run_tree(&mut world, COUNT as u64, 0);
    // The first host's process knows nothing of that any more.
    world.fault_at(world.now + 1, Fault::Crash(0, 50));
    let end = world.now + 100;
    world.until(end, false);
    let again = run_tree(&mut world, COUNT as u64, 5);
    let path = COUNT.ilog2() as usize + 1;
    assert_eq!((again.questions, again.definitions), (2, path + 1));
    assert!(again.answer_bytes < 8 * COUNT + (path + 1) * 200 + 2 * ENVELOPE, "{again:?}");
    assert_quiet(&mut world);
}

/// The sender's memory is only a hint: whatever the recipient's store has lost comes again, and what is computed stays right.
#[test]
fn a_store_that_has_forgotten_is_sent_it_again() {
    for (noticed, kept, questions) in [(true, false, 2), (false, false, 3), (true, true, 2), (false, true, 3)] {
        let mut world = world(3, false);
        let early = Library::new(world.store(0)).tree(60, 0).component;
        run_tree(&mut world, 60, 0);
        run_tree(&mut world, 300, 1);
        // A copy from before the second run, or nothing.
        let content = if kept { closure(&world, early) } else { Vec::new() };
        world.replace_store(1, &content, noticed);
        let end = world.now + 500;
        world.until(end, false);
        let again = run_tree(&mut world, 300, 2);
        assert_eq!(again.questions, questions, "noticed: {noticed}, kept: {kept}: {again:?}");
        assert_eq!(run_tree(&mut world, 300, 1).questions, 1, "and it is known again what is there");
        assert_quiet(&mut world);
    }
}

fn closure(world: &World, root: base::Hash) -> Vec<hash::Object> {
    let store = world.store(1);
    let (mut objects, mut level) = (std::collections::BTreeMap::new(), vec![root]);
    while !level.is_empty() {
        let found: Vec<hash::Object> = store.get_many(&level).expect("readable").into_iter().flatten().collect();
        level = found.iter().flat_map(hash::Object::dependencies).filter(|hash| !objects.contains_key(hash)).collect();
        objects.extend(found.into_iter().map(|object| (object.hash(), object)));
    }
    objects.into_values().collect()
}

/// Hosts that share a store are sent the same only once, however many want it at the same time.
#[test]
fn hosts_of_one_store_are_not_all_sent_the_same() {
    const HOSTS: usize = 20;
    let mut world = world(HOSTS, true);
    // The first host has a store of its own.
    world.replace_store(0, &[], true);
    let end = world.now + 500;
    world.until(end, false);
    let library = Library::new(world.store(0));
    let main = library.call_everywhere(HOSTS as u64, library.tree(500, 0));
    let (outcome, cost) = cost(&mut world, main);
    assert_eq!(crate::nat_of(&outcome), value(500, 0) * (HOSTS as u64 - 1));
    assert!(cost.definitions < 500 + 2 * HOSTS, "{cost:?}");
    assert!(world.now < END_MS);
    assert_quiet_all(&mut world);
}

fn assert_quiet_all(world: &mut World) {
    world.check_quiet(crate::QUIET_MS);
    assert_eq!(world.broken(), []);
}
