//! Back-pressure: whoever does not read slows down whoever writes to it, what may be lost is dropped and counted, and nobody waits for ever.

use crate::programs::Library;
use crate::{END_MS, assert_quiet, nat_of, outcome};
use builtin::Builtin;
use node::limits::{OUTBOX_LONG_BYTES, UNSENT_BYTES_MAX};
use sandbox::Budget;
use simulation::{Fault, World};

const MB: u64 = 1 << 20;

/// Two nodes that are busy with each other's requests, each of which waits for another one at the other: there is always one that can go on.
#[test]
fn nodes_that_wait_for_each_other_come_to_an_end() {
    for seed in 0..2 {
        let mut world = World::new(seed, 3, false);
        let main = Library::new(world.store(0)).bounces(40, 4, MB / 4);
        for at in [300, 900, 1_700] {
            world.fault_at(at, Fault::Stall(700));
        }
        world.run(main, Budget::DEFAULT);
        world.until(END_MS, true);
        assert_eq!(nat_of(outcome(&world)), 40 * MB / 4, "SEED={seed}");
        assert_quiet(&mut world);
    }
}

fn made(world: &World) -> bool {
    world.written.keys().any(|(_, _, path)| path == "made")
}

#[test]
fn a_slow_receiver_slows_deliver() {
    for seed in 0..3 {
        let mut world = World::new(seed, 3, false);
        let main = Library::new(world.store(0)).flood(Builtin::RemoteBangDeliver, 100, MB);
        // The connection is made at once, and then nothing is read from it for a while.
        world.fault_at(40, Fault::Stall(6_000));
        world.run(main, Budget::DEFAULT);
        world.until(5_000, true);
        assert!(!made(&world), "SEED={seed}: it waits");
        assert!(world.kept < OUTBOX_LONG_BYTES + 4 * MB as usize, "SEED={seed}: {}", world.kept);
        let unsent = world.unsent(0);
        assert!(unsent > UNSENT_BYTES_MAX && unsent < UNSENT_BYTES_MAX + 2 * MB as usize, "SEED={seed}: {unsent}");
        world.until(15_000, true);
        assert!(made(&world), "SEED={seed}: it went on");
        world.until(END_MS, true);
        assert_eq!(nat_of(outcome(&world)), 7, "SEED={seed}");
        assert_quiet(&mut world);
    }
}

#[test]
fn send_goes_on_drops_and_counts() {
    let mut world = World::new(1, 3, false);
    let main = Library::new(world.store(0)).flood(Builtin::RemoteBangSend, 100, MB);
    world.fault_at(40, Fault::Stall(6_000));
    world.run(main, Budget::DEFAULT);
    world.until(5_000, true);
    assert!(made(&world), "it waits for nobody");
    world.until(END_MS, true);
    assert_eq!(nat_of(outcome(&world)), 7);
    let dropped = |n| world.status(n).expect("it runs").dropped;
    // What found room arrived, and found nobody there.
    assert!(dropped(0) >= 80 && dropped(1) <= 20 && dropped(0) + dropped(1) == 100, "{} {}", dropped(0), dropped(1));
    assert_quiet(&mut world);
}
