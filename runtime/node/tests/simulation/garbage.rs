//! Garbage is collected in the store of a host while it serves.

use super::*;

const HOUR_MS: u64 = 3_600_000;
/// A day, if a host is to say more seldom what it relies on.
const UNUSED_MS: u64 = 2 * HOUR_MS;

/// Runs trees of definitions at the second host that have little in common.
fn trees(world: &mut World, salts: std::ops::Range<u64>) {
    for salt in salts {
        let library = Library::new(world.store(0));
        let main = library.call_at(1, library.tree(60, salt));
        assert!(matches!(next_run(world, main), Outcome::Returned(_)), "{salt}");
    }
}

/// What others have sent goes when nobody has used it for long, however long the host runs; and comes again if it is wanted again.
#[test]
fn a_host_that_serves_for_long_keeps_what_was_used_lately() {
    let mut world = World::new(1, 3, false);
    trees(&mut world, 0..5);
    assert_eq!(world.collect(1, UNUSED_MS), 0, "all of it was used lately");
    let end = world.now + 2 * UNUSED_MS;
    world.until(end, false);
    trees(&mut world, 5..6);
    let gone = world.collect(1, UNUSED_MS);
    assert!(gone > 30, "{gone}");
    trees(&mut world, 0..6);
    assert_quiet(&mut world);
}

/// A task that runs for long calls what it came with, although nothing of it was called before: its host says that it is needed. What came and went meanwhile does not stay for it longer than it runs.
#[test]
fn what_a_task_may_call_stays_as_long_as_it_runs() {
    for seed in seeds().into_iter().take(3) {
        let mut world = World::new(seed, 3, false);
        let main = Library::new(world.store(0)).called_after(6);
        world.run(main, Budget::DEFAULT);
        for hour in 1..=5 {
            world.until(hour * HOUR_MS, true);
            world.collect(1, UNUSED_MS);
        }
        world.until(7 * HOUR_MS, true);
        assert_eq!(nat_of(outcome(&world)), 20, "SEED={seed}");
        let end = world.now + 2 * UNUSED_MS;
        world.until(end, false);
        assert!(world.collect(1, UNUSED_MS) >= 20, "SEED={seed}: nobody needs it any more");
        assert_quiet(&mut world);
    }
}
