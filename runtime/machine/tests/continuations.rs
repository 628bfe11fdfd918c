//! Captured continuations as values that travel, tasks that leave, and requests that cross: each program gives what it gives on one machine.

mod support;

use builtin::BuiltinType;
use ir::CodeId;
use kernel::TypeRef;
use machine::{Datum, Limits, Outcome, Portable, Step, Task, portable};
use support::{World, id_of};

const PRELUDE: &str = "
    (ability State (get 0) (put 1))
    (ability Choice (flip 0))
    (ability Ask (ask 1))
    (def runState (a a) a (lam (s body) (handle (State) body (stateHandler s))))
    (def stateHandler (a) a (lam (s) (lam (request) (match request
        ((request State.get k) (handle (State) (lam (_) (k s)) (stateHandler s)))
        ((request State.put new k) (handle (State) (lam (_) (k unit)) (stateHandler new)))
        ((pure x) (tuple s x))))))
    (def all (a) a (lam (request) (match request
        ((request Choice.flip k) (List.++ (handle (Choice) (lam (_) (k true)) all) (handle (Choice) (lam (_) (k false)) all)))
        ((pure x) (list x)))))
    (def via (a) a (lam (request) (match request
        ((request Ask.ask n k) (let ((b (do Choice.flip)) (_ (move n)) (c (do State.get)) (_ (do State.put (Nat.+ c 1))))
            (if (Nat.eq n 9) (if b c (k c)) (handle (Ask) (lam (_) (k (if b (Nat.+ n c) n))) via))))
        ((pure x) x))))
    (def keep (a) a (lam (request) (match request ((request Ask.ask _ k) k) ((pure x) x))))
    (def modify (a) a (lam (f) (do State.put (f (do State.get)))))
    (def count (Nat) a (lam (n) (if (Nat.eq n 0) (do State.get) (let ((_ (modify Nat.increment))) (count (Nat.- n 1))))))
    (def raw (Nat Float) Nat (lam (n x) (let ((m (Nat.* n 2)) (y (Float.+ x 0.5)) (a (do Ask.ask n)) (z (move 7)))
        (Nat.+ m (Nat.+ a (Float.truncate2 y))))))
    (def square (Nat) Nat (lam (n) (let ((_ (Remote.transfer n))) (Nat.* n n))))
    (def sum (Nat) Nat (lam (n) (if (Nat.eq n 0) 0 (Nat.+ (square n) (sum (Nat.- n 1))))))
    (def apply (a a) a (lam (f x) (f x)))
    (def move (a) a (lam (n) (Remote.transfer n)))";

fn program(main: &str) -> String {
    let prelude = PRELUDE.replace("(Float.truncate2 y)", "(if (Float.lt y 3.0) 1 100)");
    format!("{prelude} (def main () a {main})")
}

/// Evaluates `main` on a cluster, in different ways: all must agree.
fn cluster(source: &str) -> String {
    let world = World::new(source);
    let start = |task: &mut Task| match source.contains("(def main () a (lam") {
        true => task.start_thunk(CodeId { def: id_of("main"), lambda: 0 }),
        false => task.start_code(CodeId { def: id_of("main"), lambda: 0 }),
    };
    let evaluate = |slice, stress| world.show(&world.drive_cluster(slice, stress, &[], &start));
    let plain = evaluate(u64::MAX, false);
    assert_eq!(plain, evaluate(1, false), "in slices of one");
    assert_eq!(plain, evaluate(u64::MAX, true), "with a collection at every safepoint");
    plain
}

/// On one machine, where a transfer goes nowhere and `at` is a call.
fn local(source: &str) -> String {
    let near = source.replace("(Remote.transfer ", "(stay ").replace("Remote.transfer", "stay");
    let near = near.replace("(Remote.at ", "(near ");
    support::run(&format!("{near} (def stay (a) a (lam (_) unit)) (def near (a a a) a (lam (_ _ body) (body unit)))"))
}

/// With and without nodes, the program gives this.
fn agree(main: &str, expected: &str) {
    let source = program(main);
    assert_eq!(local(&source), expected, "on one machine: {main}");
    assert_eq!(cluster(&source), expected, "on many: {main}");
}

/// The value of `main`, a continuation.
fn captured(source: &str) -> Portable {
    let world = World::new(source);
    let mut task = world.task("main", Limits::default());
    match world.drive(&mut task, u64::MAX, |_| machine::Answer::Value(Datum::unit())) {
        Outcome::Returned(value) => value,
        other => panic!("{}", world.show(&other)),
    }
}

fn apply(world: &World, continuation: &Portable, argument: Datum) -> Outcome {
    let pair = Datum::tuple(vec![Datum::Opaque(continuation.clone()), argument]);
    let pair = portable::from_datum(&pair).expect("encodes");
    world.drive_cluster(u64::MAX, true, &[], &|task| task.start_apply(&pair))
}

#[test]
fn a_continuation_goes_on_anywhere_and_again() {
    let goes_on = |main: &str, with: u64| {
        let world = World::new(&program(main));
        let continuation = captured(&program(main));
        let first = world.show(&apply(&world, &continuation, Datum::Nat(with)));
        assert_eq!(first, world.show(&apply(&world, &continuation, Datum::Nat(with))), "a second time");
        first
    };
    assert_eq!(goes_on("(handle (Ask) (lam (_) (Nat.* 2 (do Ask.ask 1))) keep)", 21), "42");
    // Raw words in frames, a boxed result on the way, arguments that wait for their function.
    assert_eq!(goes_on("(handle (Ask) (lam (_) (raw 10 1.5)) keep)", 3), "24");
    assert_eq!(goes_on("(handle (Ask) (lam (_) (list (apply (raw 10) 2.5))) keep)", 3), "[123]");
    assert_eq!(goes_on("(handle (Ask) (lam (_) ((operation Ask.ask) 1)) keep)", 3), "3");
    let over = "(handle (Ask) (lam (_) ((lam (x) (do Ask.ask x)) 1 2 3)) keep)";
    let two = "(def two (a a) a (lam (x y) (tuple x y)))";
    let (source, pair) = (format!("{} {two}", program(over)), format!("{two} (def main () a two)"));
    let (world, function) = (World::new(&source), Datum::Opaque(captured(&pair)));
    assert_eq!(world.show(&apply(&world, &captured(&source), function)), "(2, 3)");
    // Handlers inside the captured frames go along.
    let inside = "(handle (Ask) (lam (_) (runState 5 (lam (_)
        (handle (Choice) (lam (_) (let ((n (do Ask.ask 1)) (_ (modify (Nat.+ n)))) (tuple (do Choice.flip) (do State.get)))) all)))) keep)";
    assert_eq!(goes_on(inside, 7), "(12, [(true, 12), (false, 12)])");
}

#[test]
fn a_task_that_leaves_goes_on_where_it_comes() {
    agree("(sum 10)", "385");
    agree(
        "(runState 0 (lam (_) (let ((a (count 5)) (_ (Remote.transfer 1)) (b (count 5))) (tuple a b))))",
        "(10, (5, 10))",
    );
    let choose = "(handle (Choice) (lam (_) (let ((a (do Choice.flip)) (_ (move 1)) (b (do Choice.flip)) (_ (move 2))) (tuple a b))) all)";
    agree(choose, "[(true, true), (true, false), (false, true), (false, false)]");
    agree("((lam (f) (tuple (f 1) (f 2))) Remote.transfer)", "((), ())");
    agree("(apply square 12)", "144");
}

/// While a clause runs, it is captured, twice, and goes elsewhere, with the frames that it is attached to.
#[test]
fn clauses_are_captured_with_what_they_are_attached_to() {
    let ask =
        |n: &str| format!("(runState 10 (lam (_) (handle (Choice) (lam (_) (handle (Ask) (lam (_) {n}) via)) all)))");
    agree(&ask("(tuple (do Ask.ask 1) (do Ask.ask 2))"), "(16, [(11, 13), (11, 2), (1, 16), (1, 2)])");
    // The clause drops them, or takes them off and goes on without its handler.
    agree(&ask("(tuple (do Ask.ask 1) (do Ask.ask 9))"), "(16, [11, (11, 12), 14, (1, 15)])");
    agree(
        &ask("(runState 1 (lam (_) (tuple (count 2) (do Ask.ask 1) (count 3))))"),
        "(12, [(6, (3, 11, 6)), (6, (3, 1, 6))])",
    );
    let inside = "(handle (Ask) (lam (_) (runState 1 (lam (_) (tuple (count 2) (do Ask.ask 1) (count 3))))) via)";
    agree(
        &format!("(runState 20 (lam (_) (handle (Choice) (lam (_) {inside}) all)))"),
        "(22, [(6, (3, 21, 6)), (6, (3, 1, 6))])",
    );
}

#[test]
fn a_deep_stack_travels_without_recursion() {
    let small = std::thread::Builder::new().stack_size(256 << 10).spawn(|| {
        let deep = "(def deep (Nat) Nat (lam (n) (if (Nat.eq n 0) (let ((_ (Remote.transfer 0))) 0) (Nat.+ 1 (deep (Nat.- n 1))))))
            (def main () a (deep 1000000))";
        let world = World::new(deep);
        let start = |task: &mut Task| task.start_code(CodeId { def: id_of("main"), lambda: 0 });
        assert_eq!(world.show(&world.drive_cluster(u64::MAX, false, &[], &start)), "1000000");
    });
    small.expect("spawns").join().expect("runs in 256 KiB");
}

#[test]
fn requests_cross_to_the_handler_of_whoever_waits() {
    agree("(runState 1 (lam (_) (Remote.at (row State) 9 (lam (_) (count 5)))))", "(6, 6)");
    agree(
        "(runState 1 (lam (_) (let ((a (count 2)) (b (Remote.at (row State) 9 (lam (_) (count 5))))) (tuple a b (count 1)))))",
        "(9, (3, 8, 9))",
    );
    let flips = "(let ((a (do Choice.flip)) (b (do Choice.flip))) (tuple a b))";
    agree(
        &format!("(handle (Choice) (lam (_) (Remote.at (row Choice) 9 (lam (_) {flips}))) all)"),
        "[(true, true), (true, false), (false, true), (false, false)]",
    );
    // Over three nodes, one ability handled here, the other at the first node.
    let nested = format!("(handle (Choice) (lam (_) (Remote.at (row Choice) 9 (lam (_)
        (runState 0 (lam (_) (Remote.at (row State Choice) 8 (lam (_) (let ((x {flips}) (_ (modify Nat.increment))) (tuple x (do State.get)))))))))) all)");
    agree(
        &nested,
        "[(1, ((true, true), 1)), (1, ((true, false), 1)), (1, ((false, true), 1)), (1, ((false, false), 1))]",
    );
    // What aborts never comes back; what transfers in between goes on where it is.
    agree(
        "(handle (Ask) (lam (_) (Remote.at (row Ask) 9 (lam (_) (Nat.+ 1 (do Ask.ask 5))))) (lam (r) (match r ((request Ask.ask n _) n) ((pure x) x))))",
        "5",
    );
    agree(
        "(runState 1 (lam (_) (Remote.at (row State) 9 (lam (_) (let ((a (do State.get)) (_ (Remote.transfer 7)) (b (count 3))) (tuple a b))))))",
        "(4, (1, 4))",
    );
    // A row variable admits what a program can handle.
    agree("(runState 1 (lam (_) (Remote.at (row Request) 9 (lam (_) (count 2)))))", "(3, 3)");
    agree("(Remote.at (row State) 9 (lam (_) (count 2)))", "unhandled operation 0");
}

/// What is left of a task and stays in the process is a copy of objects: lists of every form, texts, functions, prompts, continuations. It goes on from that as from its bytes, and again.
#[test]
fn what_stays_goes_on_from_a_copy_of_its_objects() {
    let main = "(let ((big (build 2000)) (part (List.drop 1500 big)) (longer (List.++ part (list 1 2))) (text (Text.repeat 3000 \"é\"))
            (k (handle (Ask) (lam (_) (tuple big (do Ask.ask 1))) keep))
            (pair (runState 5 (lam (_) (handle (Choice) (lam (_) (tuple (do Ask.ask 3) (do State.get) (do Choice.flip))) all)))))
        (tuple pair (List.size big) (List.size part) (List.size longer) (List.drop 499 longer) (Text.size text) (List.size (list (k 4)))))";
    let build = "(def build (Nat) a (lam (n) (if (Nat.eq n 0) (list) (List.++ (build (Nat.- n 1)) (list n)))))";
    let world = World::new(&format!("{} {build}", program(main)));
    let mut task = world.task("main", Limits::default());
    task.accept_requests(&[TypeRef::Def(id_of("Ask"))]);
    let nothing = |_| -> machine::Answer { panic!("it asks its host for nothing") };
    let Outcome::Requested { rest: Some(rest), .. } = world.drive(&mut task, u64::MAX, nothing) else {
        panic!("it is large")
    };
    let answer = portable::from_datum(&Datum::Nat(7)).expect("encodes");
    let go_on = |rest: &Portable, stress: bool| {
        let mut task = world.task("main", Limits::default());
        if stress {
            task.stress();
        }
        task.start_resume(rest, &answer);
        world.show(&world.drive(&mut task, u64::MAX, nothing))
    };
    let expected = "((5, [(7, 5, true), (7, 5, false)]), 2000, 500, 502, [2000, 1, 2], 3000, 1)";
    for stress in [false, true, true] {
        assert_eq!(go_on(&rest, stress), expected);
    }
    assert_eq!(go_on(&Portable::new(rest.bytes().clone()), true), expected);
}

#[test]
fn only_abilities_of_the_row_cross() {
    let main = program("(runState 1 (lam (_) (Remote.at (row Choice) 9 (lam (_) (count 2)))))");
    let source = format!("{main} (def hostile () a (count 2))");
    assert_eq!(cluster(&source), "unhandled operation 0", "the node knows that nobody would take it");
    // A node that sends such a request all the same is refused.
    let world = World::new(&source);
    let row = [TypeRef::Def(id_of("State"))];
    let start = |task: &mut Task| task.start_code(CodeId { def: id_of("hostile"), lambda: 0 });
    let requested = world.drive_cluster(u64::MAX, false, &row, &start);
    let Outcome::Requested { request, .. } = requested else { panic!("{}", world.show(&requested)) };
    let answer = |row: Vec<TypeRef>, request: &Portable| {
        let mut task = world.task("main", Limits::default());
        let request = request.clone();
        let outcome = world.drive(&mut task, u64::MAX, |at| match at.builtin {
            builtin::Builtin::RemoteAt => {
                let (request, row, node) = (request.clone(), row.clone(), Datum::Nat(9));
                machine::Answer::Perform(Box::new(machine::Perform { request, row, node, rest: None }))
            }
            _ => machine::Answer::Value(Datum::text("gone on")),
        });
        world.show(&outcome)
    };
    assert_eq!(answer(vec![TypeRef::Def(id_of("State"))], &request), "(1, \"gone on\")");
    let refused = answer(vec![TypeRef::Def(id_of("Choice"))], &request);
    assert!(refused.contains("a request of an ability that the evaluation does not have in its row"), "{refused}");
    let other = portable::from_datum(&Datum::Nat(1)).expect("encodes");
    assert!(answer(vec![TypeRef::Builtin(BuiltinType::Request)], &other).starts_with("fault: "));
}

/// Continuations of every kind of frame, as bytes, and their programs.
/// How many times as many seeds as usual: `.ci/deep` sets it.
fn seed_factor() -> usize {
    std::env::var("SEED_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn corpus() -> Vec<(World, Portable)> {
    let mains = [
        "(handle (Ask) (lam (_) (raw 10 1.5)) keep)",
        "(handle (Ask) (lam (_) (list (apply (raw 10) 2.5))) keep)",
        "(handle (Ask) (lam (_) ((lam (x) (do Ask.ask x)) 1 2 3)) keep)",
        "(handle (Ask) (lam (_) (runState 5 (lam (_) (handle (Choice) (lam (_) (tuple (do Ask.ask 1) (do Choice.flip) (count 3))) all)))) keep)",
        "(handle (Ask) (lam (_) (tuple 1 ((operation Ask.ask) 1))) keep)",
        "(handle (Choice) (lam (_) (runState 5 (lam (_) (handle (Ask) (lam (_) (tuple (do Ask.ask 1) (do Ask.ask 9))) via))))
            (lam (request) (match request ((request Choice.flip k) k) ((pure x) x))))",
    ];
    mains.iter().map(|main| (World::new(&program(main)), captured(&program(main)))).collect()
}

#[test]
fn hostile_frames_are_refused_or_run_within_their_heap() {
    let corpus = corpus();
    let mut seed = 0x5eed_u64;
    let mut random = |n: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % n
    };
    let limits = Limits { fuel: 5_000, memory_bytes: 1 << 20, stack_bytes: 1 << 18, result_bytes: 1 << 16 };
    let (mut ran, mut refused) = (0, 0);
    for round in 0..40_000 * seed_factor() {
        let (world, seed) = &corpus[round % corpus.len()];
        let mut bytes = seed.bytes().to_vec();
        for _ in 0..1 + random(3) {
            // Mostly behind the names: another hash is only ever another name.
            let len = bytes.len() as u64;
            let span = if random(8) == 0 { len } else { len.min(60) };
            let at = (len - 1 - random(span)) as usize;
            match random(5) {
                0 => bytes.truncate(at + 1),
                1 => bytes.insert(at, random(256) as u8),
                2 | 3 => bytes[at] = random(24) as u8,
                _ => bytes[at] ^= 1 << random(8),
            }
        }
        let value = Portable::new(bytes);
        let mut task = Task::new(world.machine.clone(), limits);
        task.stress();
        task.start_portable(&value);
        for _ in 0..50 {
            match task.run(200) {
                Step::Missing(missing) if missing.iter().all(|missing| world.has(missing)) => world.supply(&missing),
                Step::Request(_) => task.leave(),
                Step::Done(Outcome::Fault(what)) if what.contains("malformed") => {
                    refused += 1;
                    break;
                }
                Step::Paused => {}
                Step::Missing(_) | Step::Await(_) => break,
                Step::Done(_) | Step::Left(_) => {
                    ran += 1;
                    break;
                }
            }
        }
    }
    assert!(ran > 500 && refused > 5_000, "{ran} ran, {refused} were refused");
}

/// Frames from elsewhere may return what they like to whoever waits for a definition's value, but only there.
#[test]
fn what_comes_from_elsewhere_does_not_say_what_definitions_are() {
    let limit = "(def limit () Nat (do Ask.ask 1))";
    let captured = captured(&format!("{limit} {}", program("(handle (Ask) (lam (_) (Nat.+ limit 1)) keep)")));
    let asks = "(handle (Ask) (lam (_) (Nat.+ limit 1)) (lam (r) (match r ((request Ask.ask _ k) 99) ((pure x) x))))";
    let check = format!("{limit} {}", program(&format!("(lam (k) (tuple (k 5) {asks}))")));
    let world = World::new(&check);
    let (main, argument) = (function(&check), Datum::Opaque(captured));
    assert_eq!(world.show(&apply(&world, &main, argument)), "(6, 99)");
}

/// The function that `main` is.
fn function(source: &str) -> Portable {
    let world = World::new(source);
    let mut task = Task::new(world.machine.clone(), Limits::default());
    task.start_code(CodeId { def: id_of("main"), lambda: 0 });
    match world.drive(&mut task, u64::MAX, |request| panic!("{request:?}")) {
        Outcome::Returned(value) => value,
        other => panic!("{}", world.show(&other)),
    }
}

const TWICE: &str = "(handle (Ask) (lam (_) (Nat.* 2 (do Ask.ask 1))) keep)";

#[test]
fn the_bytes_of_a_continuation_are_frozen() {
    let value = captured(&program(TWICE));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    // Version 2; one name: the component of `main`. Two nodes: 2 (kept raw), and a continuation of IR version 4 with one frame: lambda 1 of `main` waits at its point 0, and keeps the 2.
    let expected = format!("020100{}020002140401000000000100 0101", hex(&id_of("main").component.0)).replace(' ', "");
    assert_eq!(hex(&value.bytes()), expected);
}

#[test]
fn what_was_captured_by_another_version_of_the_ir_is_refused_by_name() {
    let mut bytes = captured(&program(TWICE)).bytes().to_vec();
    let at = bytes.len() - 11;
    assert_eq!(bytes[at], 20, "the tag of a continuation");
    bytes[at + 1] = 7;
    let (world, value) = (World::new(&program(TWICE)), Portable::new(bytes));
    let outcome = world.show(&world.drive_cluster(u64::MAX, false, &[], &|task| task.start_portable(&value)));
    assert!(outcome.contains("IR version") && outcome.contains('7'), "{outcome}");
}

/// Points of code that calls something absent have other numbers: its frames stay where they are, and others do not become its frames.
#[test]
fn frames_of_open_code_do_not_travel() {
    let source = program("(let ((_ (Remote.transfer 1))) (modify 3))");
    let evaluate = |world: World| {
        let mut task = world.task("main", Limits::default());
        loop {
            match task.run(u64::MAX) {
                Step::Missing(missing) => world.supply(&missing),
                Step::Request(_) => task.leave(),
                step => return step,
            }
        }
    };
    let Step::Done(Outcome::Fault(why)) = evaluate(World::new(&source).hide(&["modify"])) else {
        panic!("it has left");
    };
    let gone = id_of("modify").component.short();
    assert!(why.contains(&gone) && why.contains("does not travel"), "{why}");
    let Step::Left(rest) = evaluate(World::new(&source)) else { panic!("it leaves") };
    let there = World::new(&source).hide(&["modify"]);
    let mut task = Task::new(there.machine.clone(), Limits::default());
    task.start_portable(&rest);
    let outcome = there.drive(&mut task, u64::MAX, |request| panic!("{request:?}"));
    assert!(
        matches!(&outcome, Outcome::Fault(why) if why.contains("absent here when the code was loaded")),
        "{outcome:?}"
    );
}
