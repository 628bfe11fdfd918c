//! Three hosts and a program over them, in one thread, on virtual time, from a seed.
//!
//! Safety: the result is right or the failure true; nothing runs twice, not even in two processes of one host; output comes in order and before the outcome. Liveness: everything ends
//! in bounded time, and nothing is left over. A failure prints the seed: `SEED=n cargo test -p node --test simulation` runs it alone, `SEEDS=n` runs so many.

mod desks;
mod garbage;
mod pressure;
mod programs;
mod transfers;

use node::{CommandReply, Failure, Outcome, Progress};
use programs::{Ends, Library, Program, tells_loss};
use sandbox::{Budget, Resource};
use simulation::{Fault, Plan, Random, Setup, World};

const SEEDS: u64 = 1_000;

/// Virtual time in which a run must end, whatever happens: the silence of three hosts with slow clocks, one after the other, and attempts to reach them.
const END_MS: u64 = 60_000;

/// After that long, leases have ended and nothing of a run is left anywhere.
const QUIET_MS: u64 = 400_000;

fn seeds() -> Vec<u64> {
    let variable = |name| std::env::var(name).ok().map(|text| text.parse().expect("a number"));
    match variable("SEED") {
        Some(seed) => vec![seed],
        None => (0..variable("SEEDS").unwrap_or(SEEDS)).collect(),
    }
}

/// Runs `check` for each seed; a panic says which.
fn for_seeds(check: impl Fn(u64) + std::panic::RefUnwindSafe) {
    for seed in seeds() {
        if let Err(panic) = std::panic::catch_unwind(|| check(seed)) {
            eprintln!("the failing seed: SEED={seed}");
            std::panic::resume_unwind(panic);
        }
    }
}

fn program(world: &World, number: u64) -> Program {
    let mut programs = Library::new(world.store(0)).programs();
    programs.swap_remove(number as usize % programs.len())
}

fn outcome(world: &World) -> &Outcome {
    match &world.reply {
        Some(CommandReply::Ended(outcome)) => outcome,
        other => panic!("the run has not ended: {other:?}"),
    }
}

/// Everything has ended, and no promise was broken on the way.
fn assert_quiet(world: &mut World) {
    world.check_quiet(QUIET_MS);
    (0..3).for_each(|n| assert!(world.status(n).is_some(), "every host has been restarted"));
    assert_eq!(world.broken(), [], "promises that were broken");
}

#[test]
fn without_faults_every_program_does_what_it_says() {
    for_seeds(|seed| {
        if seed >= 200 {
            return;
        }
        let mut world = World::new(seed, 3, seed % 3 == 2);
        world.duplicate(seed % 2 == 1);
        let program = program(&world, seed);
        world.run(program.main, Budget::DEFAULT);
        world.until(END_MS, true);
        assert!(program.ends.is(outcome(&world)), "{}: {:?}", program.name, outcome(&world));
        assert_eq!(world.output, program.output, "{}", program.name);
        let written: Vec<(&str, u32)> = world.written.iter().map(|((_, _, path), n)| (path.as_str(), *n)).collect();
        assert_eq!(written, program.tokens.iter().map(|token| (*token, 1)).collect::<Vec<_>>(), "{}", program.name);
        assert_quiet(&mut world);
    });
}

#[test]
fn with_faults_outcomes_are_right_or_true_and_come_in_time() {
    for_seeds(|seed| {
        let mut world = hostile_world(seed);
        let mut random = Random(seed ^ 0x5eed);
        let mut program = program(&world, random.next());
        if random.one_in(3) {
            program = Library::new(world.store(0)).programs().into_iter().find(is_one_effect).expect("it is there");
        }
        for _ in 0..1 + random.below(3) {
            let fault = match random.below(8) {
                0 | 1 => Fault::Break,
                2 => Fault::Blackhole,
                3 => Fault::Stall(random.below(6_000)),
                4 => Fault::Partition(vec![1 + random.below(2) as usize], random.below(8_000)),
                5 => Fault::Delay(random.below(2_000), random.below(1_000)),
                6 => Fault::SlowDisk(random.below(3) as usize, random.below(2_000), random.below(2_000)),
                _ => Fault::Crash(1 + random.below(2) as usize, 50 + random.below(3_000)),
            };
            world.fault_at(random.below(900), fault);
        }
        world.run(program.main, Budget::DEFAULT);
        world.until(END_MS, true);
        check_truth(&world, &program);
        assert_quiet(&mut world);
    });
}

#[test]
fn a_client_that_dies_leaves_nothing_behind() {
    for_seeds(|seed| {
        if seed >= 300 {
            return;
        }
        let mut world = World::new(seed, 3, seed % 5 == 4);
        world.duplicate(true);
        let mut random = Random(seed ^ 0xdead);
        let program = program(&world, random.next());
        world.fault_at(random.below(600), Fault::Crash(0, 50 + random.below(3_000)));
        if random.one_in(2) {
            world.fault_at(random.below(900), Fault::Crash(1 + random.below(2) as usize, 50 + random.below(3_000)));
        }
        world.run(program.main, Budget::DEFAULT);
        world.until(END_MS, false);
        check_once(&world, &program);
        assert!(program.output.starts_with(&world.output), "{}: {}", program.name, world.output);
        assert_quiet(&mut world);
    });
}

/// Messages arrive twice and overtake each other, and no two clocks agree.
fn hostile_world(seed: u64) -> World {
    let plan = Plan { reorders: true, duplicates: true, skew: true, ..Plan::calm(seed, 3) };
    let shared_store = seed % 5 == 4;
    World::start(Setup { plan, shared_store, input: Vec::new(), outside: None, keeps: false })
}

#[test]
fn a_host_may_crash_at_every_step() {
    let each = |number: u64, host: usize| {
        let begin = |crash: Option<u64>| {
            let mut world = World::new(number, 3, number % 2 == 1);
            let program = program(&world, number);
            crash.into_iter().for_each(|step| world.crash_after(step, host, 400));
            world.run(program.main, Budget::DEFAULT);
            world.until(END_MS, true);
            (world, program)
        };
        let steps = begin(None).0.steps;
        for step in 1..steps {
            let (mut world, program) = begin(Some(step));
            check_truth(&world, &program);
            world.check_quiet(QUIET_MS);
            assert_eq!(world.broken(), [], "{} with host {host} gone at step {step}", program.name);
        }
    };
    let worlds = (seeds().len() as u64 / 200).clamp(2, 104);
    (0..worlds).for_each(|n| each(n, 1 + (n as usize / 2) % 2));
}

/// What waits at a node for an answer is leased: as long as its caller is connected, for however long; else it goes, and whoever answers later is told so.
#[test]
fn what_waits_for_an_answer_stays_as_long_as_its_caller_is_there() {
    for seed in 0..20 {
        let answered = |fault: Option<Fault>| {
            let mut world = World::new(seed, 3, false);
            world.duplicate(seed % 2 == 1);
            fault.into_iter().for_each(|fault| world.fault_at(3_000, fault));
            let main = Library::new(world.store(0)).answered_after(200_000);
            world.run(main, Budget::DEFAULT);
            world.until(260_000, true);
            let ended = outcome(&world).clone();
            assert_quiet(&mut world);
            ended
        };
        let ended = answered(None);
        assert!(nat_of(&ended) == 42, "SEED={seed}: {ended:?}");
        let ended = answered(Some(Fault::Partition(vec![1], 100_000)));
        assert!(matches!(&ended, Outcome::Failed(Failure::LostResumption { .. })), "SEED={seed}: {ended:?}");
        let ended = answered(Some(Fault::Crash(1, 500)));
        assert!(matches!(&ended, Outcome::Failed(Failure::Restarted { .. })), "SEED={seed}: {ended:?}");
    }
}

#[test]
fn what_is_not_what_its_hash_says_is_never_stored() {
    for_seeds(|seed| {
        if seed >= 100 {
            return;
        }
        let mut world = World::new(seed, 3, false);
        let program = program(&world, seed);
        world.fault_at(0, Fault::Falsify);
        world.run(program.main, Budget::DEFAULT);
        world.until(END_MS, true);
        match outcome(&world) {
            Outcome::Failed(Failure::BadDefinition { .. }) => {}
            // It was told by the program, or nothing went over the network.
            ended => assert!(program.ends.is(ended) || told_of_failure(ended), "{}: {ended:?}", program.name),
        }
        assert_quiet(&mut world);
    });
}

/// A `Left` that `await!` gave.
fn told_of_failure(ended: &Outcome) -> bool {
    match ended {
        Outcome::Returned(value) => matches!(
            machine::portable::to_datum(value, 1_000),
            Ok(machine::Datum::Constructed(kernel::TypeRef::Builtin(builtin::BuiltinType::Either), 0, _))
        ),
        _ => false,
    }
}

fn check_once(world: &World, program: &Program) {
    let mut all = std::collections::BTreeSet::new();
    for ((host, process, path), times) in &world.written {
        assert_eq!(*times, 1, "{}: process {process} of host {host} has written {path} twice", program.name);
        assert!(all.insert(path), "{}: {path} was written again by process {process} of host {host}", program.name);
    }
}

fn is_one_effect(program: &Program) -> bool {
    program.name == "one effect"
}

fn check_truth(world: &World, program: &Program) {
    check_once(world, program);
    match outcome(world) {
        Outcome::Failed(failure) => {
            assert!(program.output.starts_with(&world.output), "{}: {}", program.name, world.output);
            check_failure(world, program, failure);
        }
        Outcome::Returned(value) if matches!(program.ends, Ends::Tells(_)) && tells_loss(value).is_some() => {
            if tells_loss(value) == Some(true) {
                assert!(world.written.is_empty(), "{}: it was said not to have begun", program.name);
            }
        }
        ended => {
            assert!(program.ends.is(ended), "{}: {ended:?}", program.name);
            assert_eq!(world.output, program.output, "{}", program.name);
            for token in program.tokens {
                assert!(world.written.keys().any(|(_, _, path)| path == token), "{}: {token}", program.name);
            }
        }
    }
}

fn check_failure(world: &World, program: &Program, failure: &Failure) {
    match failure {
        Failure::Unreachable { progress, .. } | Failure::TimedOut { progress, .. } => {
            if is_one_effect(program) && *progress == Progress::NotStarted {
                assert!(world.written.is_empty(), "it was said not to have begun");
            }
        }
        // A future's home that was restarted has lost it; a node that was restarted has lost what it ran.
        Failure::Restarted { .. } | Failure::LostFuture { .. } => {}
        other => panic!("{}: {other:?}", program.name),
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut world = World::new(seed, 3, false);
        world.duplicate(true);
        let program = program(&world, 1);
        world.fault_at(100, Fault::Break);
        world.run(program.main, Budget::DEFAULT);
        world.until(END_MS, true);
        (world.now, format!("{:?}", world.reply), world.random.next())
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5).2, run(6).2);
}

#[test]
fn what_spins_elsewhere_ends_with_its_budget_or_its_run() {
    let run = |budget: Budget| {
        let mut world = World::new(1, 3, false);
        let main = Library::new(world.store(0)).forever();
        world.run(main, budget);
        world
    };
    let mut world = run(Budget { fuel: 200_000, ..Budget::DEFAULT });
    world.until(END_MS, true);
    let Outcome::Failed(Failure::OutOfBudget { resource: Resource::Fuel, node }) = outcome(&world) else {
        panic!("{:?}", outcome(&world));
    };
    assert!(node.contains("host1.test"), "it says where: {node}");
    assert_quiet(&mut world);

    let mut world = run(Budget { wall_ms: 3_000, ..Budget::DEFAULT });
    world.until(END_MS, true);
    assert!(matches!(outcome(&world), Outcome::Failed(Failure::OutOfBudget { resource: Resource::WallTime, .. })));
    assert!((3_000..4_000).contains(&world.now));

    let mut world = run(Budget::DEFAULT);
    world.until(1_000, true);
    assert_eq!(world.reply, None);
    world.cancel();
    assert!(matches!(outcome(&world), Outcome::Failed(Failure::Cancelled { .. })));
    world.until(3_000, false);
    assert_eq!(world.status(1).map(|status| status.tasks), Some(0), "the cancellation has reached it");
}

#[test]
fn what_is_cancelled_or_out_of_time_stops_everywhere_while_its_run_goes_on() {
    for seed in 0..20 {
        let mut world = World::new(seed, 3, false);
        let timeout = seed % 2 == 0;
        let main = Library::new(world.store(0)).stopped(timeout);
        world.run(main, Budget::DEFAULT);
        let tasks = |world: &World| [1, 2].map(|n| world.status(n).expect("nobody crashes").tasks);
        world.until(1_400, true);
        assert_eq!(tasks(&world), [1, 1], "SEED={seed}");
        world.until(5_000, true);
        assert_eq!((tasks(&world), &world.reply), ([0, 0], &None), "SEED={seed}");
        world.until(END_MS, true);
        let Outcome::Returned(value) = outcome(&world) else { panic!("{:?}", outcome(&world)) };
        assert_eq!(*value, programs::terms::failed_by(if timeout { 0 } else { 8 }), "SEED={seed}");
        assert_quiet(&mut world);
    }
}

#[test]
fn a_cancellation_reaches_what_spins_even_if_it_is_lost_at_first() {
    let main = |world: &World| Library::new(world.store(0)).forever();
    for seed in 0..30 {
        let mut world = World::new(seed, 3, false);
        world.run(main(&world), Budget::DEFAULT);
        world.fault_at(400 + 3 * seed, Fault::Break);
        world.until(450, true);
        world.cancel();
        let other = Library::new(world.store(0)).programs().swap_remove(0);
        world.until(500, false);
        world.reply = None;
        world.run(other.main, Budget::DEFAULT);
        world.until(END_MS, true);
        let end = world.now + 300;
        world.until(end, false);
        assert_eq!(world.status(1).map(|status| status.tasks), Some(0), "SEED={seed}: connected again, it knows");
    }
}

#[test]
fn what_is_detached_goes_on_without_its_run_and_its_caller() {
    for seed in 0..80 {
        let (detach, crash) = (seed % 2 == 0, seed % 4 < 2);
        let mut world = World::new(seed, 3, false);
        world.duplicate(true);
        let main = Library::new(world.store(0)).detached(detach);
        world.run(main, Budget::DEFAULT);
        world.until(END_MS, true);
        assert_eq!(nat_of(outcome(&world)), 7, "SEED={seed}");
        if crash {
            world.fault_at(world.now + 1, Fault::Crash(0, 50));
        }
        let end = world.now + 8_000;
        world.until(end, false);
        let written = world.written.keys().any(|(host, _, path)| *host == 1 && path == "late");
        // A client that dies may take its cancellation along.
        assert!(written == detach || (written && crash), "SEED={seed}");
        assert_quiet(&mut world);
    }
}

#[test]
fn a_result_is_kept_while_somebody_holds_its_future_and_then_freed() {
    for seed in 0..20 {
        let mut world = World::new(seed, 3, false);
        world.duplicate(seed % 2 == 1);
        let main = Library::new(world.store(0)).held(90_000);
        world.run(main, Budget::DEFAULT);
        if seed % 4 > 1 {
            world.fault_at(30_000, Fault::Break);
        }
        world.until(150_000, true);
        let Outcome::Returned(value) = outcome(&world) else { panic!("SEED={seed}: {:?}", outcome(&world)) };
        assert_eq!(*value, programs::terms::succeeded_with(5), "SEED={seed}");
        assert_quiet(&mut world);
    }
}

#[test]
fn a_task_that_drops_futures_for_ever_keeps_few() {
    const ROUNDS: u64 = 4_000;
    let mut world = World::new(3, 3, false);
    let main = Library::new(world.store(0)).churn(ROUNDS);
    world.run(main, Budget::DEFAULT);
    let mut most = [0; 3];
    while world.reply.is_none() {
        let end = world.now + 1_000;
        world.until(end, true);
        for (n, most) in most.iter_mut().enumerate() {
            *most = world.status(n).expect("nobody crashes").futures.max(*most);
        }
    }
    assert_eq!(nat_of(outcome(&world)), 7);
    // Those that were sent wait for their lease; of the rest there are as many as a task may have got before it looks.
    let sent = node::limits::LOOSE_FUTURES_MAX.min(ROUNDS as usize);
    assert!(most[0] as usize <= sent + 3 * node::limits::NEW_FUTURES, "{most:?}");
    assert_eq!(most[1..], [0, 0]);
    assert_quiet(&mut world);
}

#[test]
fn what_nobody_can_cancel_ends_with_its_lease() {
    for seed in 0..20 {
        let mut world = World::new(seed, 3, false);
        let main = Library::new(world.store(0)).forever();
        world.run(main, Budget::DEFAULT);
        world.until(1_000, true);
        let tasks = |world: &World| world.status(1).expect("nobody crashes there").tasks;
        assert_eq!(tasks(&world), 1, "SEED={seed}");
        world.fault_at(1_001, Fault::Crash(0, 100_000));
        world.until(5_000, false);
        assert_eq!(tasks(&world), 1, "SEED={seed}: it may come back");
        world.until(1_000 + node::limits::TASK_LEASE_MS + 2_500, false);
        assert_eq!(tasks(&world), 0, "SEED={seed}");
    }
}

#[test]
fn however_much_a_run_has_started_it_ends_with_it() {
    let mut world = World::new(4, 3, false);
    let main = Library::new(world.store(0)).crowd(4_500);
    world.run(main, Budget::DEFAULT);
    world.until(END_MS, true);
    assert!(matches!(outcome(&world), Outcome::Returned(_)), "{:?}", outcome(&world));
    let end = world.now + 1_000;
    world.until(end, false);
    for n in 0..3 {
        let status = world.status(n).expect("nobody crashes");
        assert_eq!((status.tasks, status.sessions, status.futures), (0, 0, 0), "at host {n}: {status:?}");
    }
    assert_eq!(world.connections(), 2, "none was given up");
}

#[test]
fn results_wait_unencoded_for_a_host_that_does_not_read_for_a_while() {
    const ONE: usize = 1 << 20;
    for seed in 0..3 {
        let mut world = World::new(seed, 3, false);
        let main = Library::new(world.store(0)).bulk(40, ONE as u64);
        for at in [150, 2_000, 5_000] {
            world.fault_at(at, Fault::Stall(1_500));
        }
        world.run(main, Budget::DEFAULT);
        world.until(END_MS, true);
        let all = Outcome::Returned(machine::portable::from_datum(&machine::Datum::Nat(40 << 20)).expect("encodes"));
        assert_eq!(outcome(&world), &all, "SEED={seed}");
        assert!(world.kept > 30 * ONE, "it was kept: {}", world.kept);
        assert!(world.kept < 40 * ONE + node::limits::OUTBOX_LONG_BYTES + 4 * ONE, "once: {}", world.kept);
        assert_quiet(&mut world);
    }
}

#[test]
fn a_run_whose_effects_never_end_holds_up_no_other() {
    let mut world = World::new(2, 3, false);
    world.stuck = Some("stuck");
    let stuck = Library::new(world.store(0)).stuck(2_000);
    for _ in 0..8 {
        world.run(stuck, Budget::DEFAULT);
    }
    world.until(3_000, true);
    assert_eq!(world.reply, None);
    let begun: u32 = world.written.values().sum();
    assert_eq!(begun as usize, node::limits::EFFECTS_MAX - node::limits::EFFECTS_RESERVE, "each has some places");
    world.written.clear();
    for name in ["effects", "output"] {
        let other = Library::new(world.store(0)).programs().into_iter().find(|program| program.name == name);
        let other = other.expect("it is there");
        world.reply = None;
        world.run(other.main, Budget::DEFAULT);
        let end = world.now + 3_000;
        world.until(end, true);
        check_truth(&world, &other);
        assert!(other.ends.is(outcome(&world)), "{name}: {:?}", outcome(&world));
    }
}

#[test]
fn a_host_that_is_not_there_is_named_and_nothing_has_run() {
    let mut world = World::new(9, 3, false);
    let program = program(&world, 9);
    world.fault_at(0, Fault::Crash(1, 1_000_000));
    world.until(1, false);
    world.run(program.main, Budget::DEFAULT);
    world.until(END_MS, true);
    let Outcome::Failed(Failure::Unreachable { node, progress: Progress::NotStarted, .. }) = outcome(&world) else {
        panic!("{:?}", outcome(&world));
    };
    assert!(node.contains("@host1.test:4001"), "{node}");
}

#[test]
fn a_connection_that_was_idle_is_used_again() {
    let mut world = World::new(3, 3, false);
    let main = Library::new(world.store(0)).forever();
    for wall_ms in [1_000, 30_000] {
        world.run(main, Budget { wall_ms, ..Budget::DEFAULT });
        let end = world.now + END_MS;
        world.until(end, true);
        assert!(matches!(outcome(&world), Outcome::Failed(Failure::OutOfBudget { .. })));
        world.reply = None;
        world.until(end + QUIET_MS, false);
    }
    assert_eq!(world.connections(), 1, "quiet for long before it was used, and while it was");
}

fn nat_of(outcome: &Outcome) -> u64 {
    let Outcome::Returned(value) = outcome else { panic!("{outcome:?}") };
    match machine::portable::to_datum(value, 10) {
        Ok(machine::Datum::Nat(n)) => n,
        other => panic!("{other:?}"),
    }
}

/// Runs to the end, as the next of several runs.
fn next_run(world: &mut World, main: kernel::DefId) -> Outcome {
    world.reply = None;
    world.run(main, Budget::DEFAULT);
    let end = world.now + END_MS;
    world.until(end, true);
    outcome(world).clone()
}

/// A definition that the first host has without what it calls: it runs as far as it can, says what is absent where, and is whole as soon as somebody sends the rest.
#[test]
fn what_the_sender_lacks_stays_open_until_somebody_has_it() {
    for_seeds(|seed| {
        if seed >= 40 {
            return;
        }
        let mut world = World::new(seed, 3, false);
        world.duplicate(seed % 2 == 1);
        let (gone, f) = Library::new(world.store(0)).open();
        let program = |world: &World, nodes: &[u64], n| Library::new(world.store(0)).by_way_of(nodes, f, n);
        let open_at = |world: &World, n| world.store(n).open_below(&[f.component]).expect("readable");

        let main = program(&world, &[1], 1);
        assert_eq!(nat_of(&next_run(&mut world, main)), 1, "what is absent was not called");
        assert_eq!(open_at(&world, 1), [gone.hash()]);

        let main = program(&world, &[1], 2);
        match next_run(&mut world, main) {
            Outcome::Failed(Failure::MissingDefinition { node, hash }) => {
                assert!(hash == gone.hash() && node.contains("host1.test"), "{hash} at {node}");
            }
            other => panic!("{other:?}"),
        }
        // Openness travels on: the second host says that it does not have it either.
        let main = program(&world, &[1, 2], 1);
        assert_eq!(nat_of(&next_run(&mut world, main)), 1);
        assert_eq!(open_at(&world, 2), [gone.hash()]);

        // The third gets it, and sends it to the second, which has the caller already.
        world.store(2).put_if_absent(std::slice::from_ref(&gone)).expect("it depends on nothing");
        let main = program(&world, &[2, 1], 7);
        assert_eq!(nat_of(&next_run(&mut world, main)), 107);
        assert_eq!(open_at(&world, 1), []);
        assert_eq!(open_at(&world, 0), [gone.hash()]);

        // What the sender lacks is no reason to lack it.
        let main = program(&world, &[1], 8);
        assert_eq!(nat_of(&next_run(&mut world, main)), 108);
        assert_quiet(&mut world);
    });
}

#[test]
fn with_faults_what_is_open_is_called_or_said_to_be_absent() {
    for_seeds(|seed| {
        if seed >= 200 {
            return;
        }
        let mut world = World::new(seed, 3, false);
        world.duplicate(true);
        let (gone, f) = Library::new(world.store(0)).open();
        let sent_by_another = seed % 2 == 0;
        if sent_by_another {
            world.store(2).put_if_absent(std::slice::from_ref(&gone)).expect("it depends on nothing");
        }
        let mut random = Random(seed ^ 0x09e4);
        for n in 5..8 {
            let fault = if random.one_in(2) { Fault::Break } else { Fault::Crash(1, 50 + random.below(2_000)) };
            world.fault_at(world.now + random.below(600), fault);
            let main = Library::new(world.store(0)).by_way_of(&[2, 1], f, n);
            match next_run(&mut world, main) {
                Outcome::Failed(Failure::MissingDefinition { hash, .. }) => {
                    assert!(hash == gone.hash() && !sent_by_another, "it could have been had");
                }
                Outcome::Failed(failure) => match failure {
                    Failure::Unreachable { .. } | Failure::TimedOut { .. } | Failure::Restarted { .. } => {}
                    other => panic!("{other:?}"),
                },
                ended => assert!(nat_of(&ended) == 100 + n && sent_by_another, "{ended:?}"),
            }
        }
        assert_quiet(&mut world);
    });
}
