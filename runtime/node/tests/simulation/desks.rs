//! Tasks of one host that talk to each other: in order, each message once, within their budgets, and not after they were cancelled.

use crate::programs::terms::{left, status};
use crate::programs::{Ends, Library};
use crate::{END_MS, QUIET_MS, nat_of, outcome};
use kernel::DefId;
use node::limits::NEW_FUTURES;
use node::{Failure, Outcome};
use sandbox::{Budget, Resource};
use simulation::World;

fn run(seed: u64, main: impl Fn(&Library) -> DefId, budget: Budget) -> World {
    let mut world = World::new(seed, 2, false);
    let main = main(&Library::new(world.store(0)));
    world.run(main, budget);
    world.until(END_MS, true);
    world
}

fn comes_to(main: impl Fn(&Library) -> DefId, expected: u64) {
    for seed in 0..3 {
        let mut world = run(seed, &main, Budget::DEFAULT);
        assert_eq!(nat_of(outcome(&world)), expected, "SEED={seed}");
        assert_quiet_of_two(&mut world);
    }
}

fn assert_quiet_of_two(world: &mut World) {
    world.check_quiet(QUIET_MS);
    assert_eq!(world.broken(), [], "promises that were broken");
}

#[test]
fn tasks_of_one_node_tell_each_other_everything_once_and_in_order() {
    for place in 0..2 {
        comes_to(|library| library.talk(place, 700), Library::talked(700));
        // More listeners, and more in each slice, than anybody has names for.
        comes_to(|library| library.stream(place, 400), Library::streamed(400));
        comes_to(|library| library.herd(place, 1_500), Library::herded(1_500));
    }
    comes_to(|library| library.shared_futures(), Library::SHARED);
    comes_to(|library| library.spoken_of(), Library::SPOKEN_OF);
}

#[test]
fn what_talks_for_long_keeps_few_futures() {
    let mut world = World::new(1, 2, false);
    let main = Library::new(world.store(0)).talk(0, 6_000);
    world.run(main, Budget::DEFAULT);
    let mut most = 0;
    while world.reply.is_none() {
        let end = world.now + 20;
        world.until(end, true);
        most = most.max(world.status(0).expect("nobody crashes").futures);
    }
    assert_eq!(nat_of(outcome(&world)), Library::talked(6_000));
    assert!((most as usize) < 4 * NEW_FUTURES, "{most}");
    assert_quiet_of_two(&mut world);
}

#[test]
fn a_budget_counts_what_tasks_say_to_each_other() {
    let ends = |main: fn(&Library) -> DefId, budget| outcome(&run(1, main, budget)).clone();
    let messages = |messages| Budget { messages, ..Budget::DEFAULT };
    let short_of = |ended: &Outcome| match ended {
        Outcome::Failed(Failure::OutOfBudget { resource, .. }) => Some(*resource),
        _ => None,
    };
    let asks = |library: &Library| library.asks(100);
    assert_eq!(short_of(&ends(asks, messages(99))), Some(Resource::Messages));
    assert_eq!(nat_of(&ends(asks, messages(100))), 7);
    let herd = |library: &Library| library.herd(0, 100);
    assert_eq!(short_of(&ends(herd, messages(60))), Some(Resource::Messages));
    let few = Budget { tasks: 60, ..Budget::DEFAULT };
    assert_eq!(short_of(&ends(herd, few)), Some(Resource::Tasks));
    let enough = Budget { messages: 1 << 40, tasks: 1 << 40, ..Budget::DEFAULT };
    assert_eq!(nat_of(&ends(herd, enough)), Library::herded(100));
    let talk = |library: &Library| library.talk(0, 100);
    assert_eq!(nat_of(&ends(talk, messages(1 << 40))), Library::talked(100));
}

#[test]
fn what_is_detached_as_soon_as_it_was_started_goes_on_alone() {
    for detach in [true, false] {
        let mut world = run(2, |library| library.detached_here(detach), Budget::DEFAULT);
        assert_eq!(nat_of(outcome(&world)), 7);
        let end = world.now + 8_000;
        world.until(end, false);
        assert_eq!(world.written.keys().any(|(_, _, path)| path == "late"), detach);
        assert_quiet_of_two(&mut world);
    }
}

#[test]
fn what_was_cancelled_sends_nothing_more() {
    for seed in 0..10 {
        let mut world = run(seed, |library| library.cancelled_sender(), Budget::DEFAULT);
        assert!(Ends::Returns(status(0)).is(outcome(&world)), "SEED={seed}: {:?}", outcome(&world));
        assert_quiet_of_two(&mut world);
    }
}

#[test]
fn whoever_may_only_send_does_not_listen() {
    let mut world = run(3, |library| library.without_the_key(), Budget::DEFAULT);
    assert!(matches!(outcome(&world), Outcome::Failed(Failure::Denied { .. })), "{:?}", outcome(&world));
    assert_quiet_of_two(&mut world);
}

#[test]
fn whoever_delivers_learns_what_became_of_it() {
    let mut world = run(4, |library| library.delivers(), Budget::DEFAULT);
    assert!(Ends::Tells(left(4)).is(outcome(&world)), "{:?}", outcome(&world));
    assert_quiet_of_two(&mut world);
}
