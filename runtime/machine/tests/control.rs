//! Calls, closures, recursion, handlers, continuations.

mod support;

use builtin::BuiltinType;
use machine::{Answer, Budget, Datum, Limits, Outcome, Step};
use support::{World, run, run_with};

#[test]
fn calls_in_every_combination() {
    let fib = "(def fib (Nat) Nat (lam (n) (if (Nat.lt n 2) n (Nat.+ (fib (Nat.- n 1)) (fib (Nat.- n 2))))))";
    assert_eq!(run(&format!("{fib} (def main () Nat (fib 15))")), "610");
    let add3 = "(def add3 (Nat Nat Nat) Nat (lam (a b c) (Nat.+ a (Nat.+ (Nat.* b 10) (Nat.* c 100)))))
                (def apply (a a) a (lam (f x) (f x)))
                (def twice (a) a (lam (f) (lam (x) (f (f x)))))";
    let main = |body: &str| run(&format!("{add3} (def main () a {body})"));
    assert_eq!(main("(add3 1 2 3)"), "321");
    assert_eq!(main("(let ((f (add3 1))) ((f 2) 3))"), "321");
    assert_eq!(main("(let ((f add3)) (apply (apply (apply f 1) 2) 3))"), "321");
    assert_eq!(main("(let ((f (apply add3 1))) (f 2 3))"), "321");
    assert_eq!(main("((lam (f) (f 4 5 6)) add3)"), "654");
    assert_eq!(main("(twice twice (add3 1 1) 0)"), "11111111");
    assert_eq!(main("(apply Nat.+ 1 2)"), "3");
    assert_eq!(main("(apply (apply Optional.Some (lam (x) x)) 1)"), "fault: what is called is not a function");
    assert_eq!(main("(apply (apply (lam (x) Optional.Some) 1) 7)"), "Some 7");
    assert_eq!(main("(apply 3 4)"), "fault: what is called is not a function");
    assert_eq!(main("(apply Nat.increment true)"), "fault: expected a value of type Nat");
    assert_eq!(main("(add3 1)"), "(add3 1)".replace("(add3", &base_name("add3")).replace(')', ""));
}

fn base_name(name: &str) -> String {
    support::id_of(name).component.short()
}

#[test]
fn local_functions_capture() {
    let source = "(def main () a (let ((k 7) (t \"x\"))
        (letrec ((even (lam (n) (if (Nat.eq n 0) k (odd (Nat.- n 1)))))
                 (odd (lam (n) (if (Nat.eq n 0) 0 (even (Nat.- n 1))))))
            (tuple (even 100) (odd 100) ((lam (g) (g 4)) even) t))))";
    assert_eq!(run(source), "(7, 0, 7, \"x\")");
}

const LOOP: &str = "
    (def loop (Nat Nat) Nat (lam (n sum) (if (Nat.eq n 0) sum (loop (Nat.- n 1) (Nat.+ sum n)))))
    (def deep (Nat) Nat (lam (n) (if (Nat.eq n 0) 0 (Nat.+ 1 (deep (Nat.- n 1))))))
    (def build (Nat) a (lam (n) (if (Nat.eq n 0) (list) (List.:+ (build (Nat.- n 1)) n))))
    (def churn (Nat a) Nat (lam (n xs) (if (Nat.eq n 0) n (churn (Nat.- n 1) (list n n)))))
    (def spin (a) a (lam (x) (spin x)))";

fn world(main: &str) -> World {
    World::new(&format!("{LOOP} (def main () a {main})"))
}

fn outcome(main: &str, limits: Limits) -> (String, u64) {
    let world = world(main);
    let mut task = world.task("main", limits);
    let outcome = world.drive(&mut task, u64::MAX, |request| panic!("{request:?}"));
    (world.show(&outcome), task.memory_used())
}

#[test]
fn tail_calls_take_no_space_and_deep_recursion_takes_no_native_stack() {
    let small = std::thread::Builder::new().stack_size(256 << 10).spawn(|| {
        let (text, memory) = outcome("(loop 10000000 0)", Limits::default());
        assert_eq!(text, "50000005000000");
        assert!(memory < 10_000, "{memory}");
        assert_eq!(outcome("(deep 1000000)", Limits::default()).0, "1000000");
        assert_eq!(outcome("(List.size (build 1000000))", Limits::default()).0, "1000000");
    });
    small.expect("spawns").join().expect("runs in 256 KiB");
}

#[test]
fn what_was_needed_for_a_while_is_given_back() {
    let churn = "(churn 2000000 (list))";
    let (text, quiet) = outcome(churn, Limits::default());
    assert_eq!(text, "0");
    let (text, memory) = outcome(&format!("(let ((depth (deep 1000000))) {churn})"), Limits::default());
    assert_eq!(text, "0");
    // The stack took 48 MB. How much room survivors get doubles, so what is left differs by that.
    assert!(memory < quiet + 1_000_000, "{memory} after a deep recursion, {quiet} without");
    // Old objects that were dropped, too: lists of a million elements, one after the other.
    let lists = "(letrec ((go (lam (n) (if (Nat.eq n 0) 0 (let ((size (List.size (build 1000000)))) (go (Nat.- n 1))))))) (go 5))";
    let (_, memory) = outcome(&format!("(let ((lists {lists})) {churn})"), Limits::default());
    assert!(memory < quiet + 40_000_000, "{memory} after large lists");
}

#[test]
fn instructions_take_no_native_stack() {
    let world = world("(loop 100000000 0)");
    let mut task = world.task("main", Limits::default());
    // The code is defined here: that needs more stack than there is below.
    while let Step::Missing(missing) = task.run(10) {
        world.supply(&missing);
    }
    let small = std::thread::Builder::new().stack_size(256 << 10).spawn(move || {
        let step = task.run(u64::MAX);
        (task.fuel_used(), matches!(step, Step::Done(Outcome::Returned(_))))
    });
    assert_eq!(small.expect("spawns").join().expect("runs in 256 KiB"), (100_000_002, true));
}

#[test]
fn limits_end_a_run() {
    let limits = Limits { fuel: 1_000_000, memory_bytes: 1 << 20, stack_bytes: 1 << 20, result_bytes: 1000 };
    assert_eq!(outcome("(spin 1)", limits).0, "out of Fuel");
    assert_eq!(outcome("(deep 1000000)", limits).0, "out of Stack");
    assert_eq!(outcome("(deep 10000)", limits).0, "10000");
    assert_eq!(outcome("(Text.repeat 1000000000000 \"ab\")", limits).0, "out of Memory");
    assert_eq!(outcome("(Text.size (Text.repeat 100000 \"ab\"))", limits).0, "200000");
    assert_eq!(outcome("(Text.repeat 600 \"ab\")", limits).0, "out of Result");
    let grow = "(letrec ((grow (lam (xs) (grow (List.++ xs xs))))) (grow (list 1 2 3)))";
    assert_eq!(outcome(grow, limits).0, "out of Memory", "no list is longer than could ever be walked");
    let shared = |body: &str| {
        format!("(letrec ((grow (lam (n xs) (if (Nat.eq n 0) xs (grow (Nat.- n 1) (List.++ xs xs)))))) {body})")
    };
    let same = shared("(Universal.== (grow 38 (list 1 2)) (grow 38 (list 1 2)))");
    assert_eq!(outcome(&same, limits).0, "out of Fuel");
    assert_eq!(outcome(&shared("(grow 38 (list 1 2))"), limits).0, "out of Result");
    assert_eq!(outcome(&shared("(Debug.toDebugText (grow 38 (list 1 2)))"), limits).0, "out of Memory");
    assert_eq!(outcome(&shared("(List.size (grow 38 (list 1 2)))"), limits).0, "549755813888");
    let grow = "(letrec ((grow (lam (xs n) (grow (List.:+ xs n) (Nat.+ n 1))))) (grow (list) 0))";
    assert_eq!(outcome(grow, limits).0, "out of Memory");
    let hold = "(letrec ((hold (lam (xs) (hold (List.:+ xs (Text.repeat 10000 \"ab\")))))) (hold (list)))";
    assert_eq!(outcome(hold, limits).0, "out of Memory", "what lies outside the heap counts");
    let words = "(List.size (Text.words (Text.repeat 300000 \"a \")))";
    assert_eq!(outcome(words, limits).0, "out of Memory", "a list takes more than the text");
    let garbage =
        "(letrec ((go (lam (n t) (if (Nat.eq n 0) (Text.size t) (go (Nat.- n 1) (Text.repeat 100000 \"ab\"))))))
        (go 20 \"\"))";
    assert_eq!(outcome(garbage, limits).0, "200000", "garbage does not count");
}

#[test]
fn fuel_is_exact() {
    for (slice, fuel) in [(1, 1001), (7, 1001), (u64::MAX, 1001)] {
        let world = world("(loop 999 0)");
        let mut task = world.task("main", Limits { fuel, ..Limits::default() });
        let outcome = world.drive(&mut task, slice, |request| panic!("{request:?}"));
        assert_eq!((world.show(&outcome).as_str(), task.fuel_used()), ("499500", 1001));
        let mut short = world.task("main", Limits { fuel: fuel - 1, ..Limits::default() });
        assert_eq!(world.drive(&mut short, slice, |request| panic!("{request:?}")), Outcome::OutOf(Budget::Fuel));
    }
}

#[test]
fn definitions_without_parameters_are_computed_once() {
    let source = format!(
        "{LOOP} (def sum () Nat (loop 1000 0)) (def twice () a (tuple sum sum))
        (def main () a (tuple sum twice twice (List.size (list sum twice))))"
    );
    assert_eq!(run(&source), "(500500, (500500, 500500), (500500, 500500), 2)");
    let world = World::new(&source);
    let mut task = world.task("main", Limits::default());
    world.drive(&mut task, u64::MAX, |request| panic!("{request:?}"));
    assert!((1001..1020).contains(&task.fuel_used()), "{}", task.fuel_used());
}

#[test]
fn texts_grow_in_place_and_stay_what_they_are() {
    let source = "
        (def grow (Nat a) a (lam (n t) (if (Nat.eq n 0) t (grow (Nat.- n 1) (Text.++ t \"ab\")))))
        (def main () a (let ((t (grow 100 \"\")) (u (Text.++ t \"x\")) (v (Text.++ t \"y\")) (w (Text.++ u u)))
            (tuple (Text.size t) (Text.drop 199 u) (Text.drop 199 v) (Text.drop 400 w) (Text.drop 200 (Text.++ t (Text.take 3 t))))))";
    assert_eq!(run(source), r#"(200, "bx", "by", "bx", "aba")"#);
    let before = "
        (def grow (Nat a) a (lam (n t) (if (Nat.eq n 0) t (grow (Nat.- n 1) (Text.++ \"ab\" t)))))
        (def main () a (let ((t (grow 100 \"\")) (u (Text.++ \"x\" t)) (v (Text.++ \"y\" t)) (w (Text.++ \"z\" u)))
            (tuple (Text.size t) (Text.take 2 u) (Text.take 2 v) (Text.take 3 w) (Text.take 3 (Text.++ (Text.drop 197 v) t)))))";
    assert_eq!(run(before), r#"(200, "xa", "ya", "zxa", "aba")"#);
    let bytes = "(let ((b (Bytes.++ (Text.toUtf8 (Text.repeat 40 \"ab\")) 0xs01)) (c (Bytes.++ b 0xs02)) (d (Bytes.++ b 0xs03)))
        (tuple (Bytes.drop 80 c) (Bytes.drop 80 d)))";
    assert_eq!(run(&format!("(def main () a {bytes})")), "(0xs0102, 0xs0103)");
    let long = "(def grow (Nat a) a (lam (n t) (if (Nat.eq n 0) t (grow (Nat.- n 1) (Text.++ t \"ab\")))))
        (def main () a (Text.size (grow 500000 \"\")))";
    let world = World::new(long);
    let mut task = world.task("main", Limits { fuel: 5_000_000, ..Limits::default() });
    let outcome = world.drive(&mut task, u64::MAX, |request| panic!("{request:?}"));
    assert_eq!(world.show(&outcome), "1000000", "with fuel in proportion");
}

const STATE: &str = "
    (ability State (get 0) (put 1))
    (ability Choice (flip 0))
    (def runState (a a) a (lam (s body) (handle (State) body (stateHandler s))))
    (def stateHandler (a) a (lam (s) (lam (request) (match request
        ((request State.get k) (handle (State) (lam (_) (k s)) (stateHandler s)))
        ((request State.put new k) (handle (State) (lam (_) (k unit)) (stateHandler new)))
        ((pure x) (tuple s x))))))
    (def all (a) a (lam (request) (match request
        ((request Choice.flip k) (List.++ (handle (Choice) (lam (_) (k true)) all) (handle (Choice) (lam (_) (k false)) all)))
        ((pure x) (list x)))))
    (def modify (a) a (lam (f) (do State.put (f (do State.get)))))
    (def count (Nat) a (lam (n) (if (Nat.eq n 0) (do State.get) (let ((_ (modify Nat.increment))) (count (Nat.- n 1))))))";

#[test]
fn handlers_are_shallow_and_continuations_resume_many_times() {
    let main = |body: &str| run(&format!("{STATE} (def main () a {body})"));
    assert_eq!(main("(runState 5 (lam (_) (count 100)))"), "(105, 105)");
    let choice = "(handle (Choice) (lam (_) (let ((a (do Choice.flip)) (b (do Choice.flip))) (tuple a b))) all)";
    assert_eq!(main(choice), "[(true, true), (true, false), (false, true), (false, false)]");
    // State inside a choice is rolled back; outside, it goes on.
    let step = "(let ((b (do Choice.flip)) (_ (modify Nat.increment))) (tuple b (do State.get)))";
    let inside = format!("(handle (Choice) (lam (_) (runState 0 (lam (_) {step}))) all)");
    assert_eq!(main(&inside), "[(1, (true, 1)), (1, (false, 1))]");
    let outside = format!("(runState 0 (lam (_) (handle (Choice) (lam (_) {step}) all)))");
    assert_eq!(main(&outside), "(2, [(true, 1), (false, 2)])");
    assert_eq!(main("(do State.get)"), "unhandled operation 0");
    assert_eq!(main("(handle (Choice) (lam (_) (do State.put 1)) all)"), "unhandled operation 1");
    assert_eq!(main("((operation State.put) 1)"), "unhandled operation 1");
}

#[test]
fn a_handler_that_goes_on_under_itself_takes_no_space() {
    let limits = Limits { stack_bytes: 2 << 10, ..Limits::default() };
    let main = |body: &str| {
        let world = World::new(&format!("{STATE} (def main () a {body})"));
        let mut task = world.task("main", limits);
        let outcome = world.drive(&mut task, u64::MAX, |request| panic!("{request:?}"));
        (world.show(&outcome), task.fuel_used())
    };
    let (text, fuel) = main("(runState 0 (lam (_) (count 10000)))");
    assert_eq!(text, "(10000, 10000)");
    // Captured frames are copied and paid for: under a second handler, each request must cost the same.
    let outer = |n: u32| format!("(handle (Choice) (lam (_) (runState 0 (lam (_) (count {n})))) all)");
    let (ten, twenty) = (main(&outer(10_000)), main(&outer(20_000)));
    assert_eq!(ten.0, "[(10000, 10000)]");
    assert!(twenty.1 < 2 * ten.1 + 100 && ten.1 < fuel + 100, "{fuel} {} {}", ten.1, twenty.1);
}

#[test]
fn a_continuation_is_a_value() {
    let keep = format!(
        "{STATE} (def keep (a) a (lam (request) (match request ((request State.get k) k) ((pure x) (lam (_) x)))))
        (def main () a (let ((k (handle (State) (lam (_) (Nat.* 2 (do State.get))) keep))) (list (k 1) (k 2) (k 21))))"
    );
    assert_eq!(run(&keep), "[2, 4, 42]");
    // With more arguments than one: the result is applied to the rest.
    let more = keep.replace("(Nat.* 2 (do State.get))", "(Nat.* (do State.get))").replace("(k 21)", "(k 21 3)");
    assert!(run(&more).ends_with("63]"), "{}", run(&more));
}

#[test]
fn exceptions() {
    let failure = "(Failure.Failure todo \"broken\" (Any.Any 3))";
    let raise = format!("(do Exception.raise {failure})");
    let main = |body: &str| run(&format!("(def main () a {body})"));
    assert_eq!(main(&raise), "raised Failure todo \"broken\" (Any 3)");
    let catch =
        "(lam (request) (match request ((request Exception.raise (Failure.Failure _ text _) _) text) ((pure x) x)))";
    assert_eq!(main(&format!("(handle (Exception) (lam (_) (tuple 1 {raise})) {catch})")), "\"broken\"");
}

#[test]
fn the_host_answers_requests() {
    let host = |request: machine::HostRequest| match (&request.args[..], request.builtin) {
        ([Datum::Text(text)], builtin::Builtin::IoPrintLine) => Answer::Value(match &**text {
            "fail" => return Answer::Raise(Datum::failure(BuiltinType::IoFailure, "no console")),
            _ => Datum::unit(),
        }),
        ([_], builtin::Builtin::IoGetArgs) => Answer::Value(Datum::List(vec![Datum::text("a"), Datum::text("b")])),
        other => panic!("{other:?}"),
    };
    let main = |body: &str| run_with(&format!("(def main () a {body})"), &host);
    assert_eq!(main("(let ((_ (IO.console.printLine \"hi\"))) (IO.getArgs unit))"), "[\"a\", \"b\"]");
    assert_eq!(main("((lam (f) (f unit)) IO.getArgs)"), "[\"a\", \"b\"]");
    let fail = "(lam (_) (IO.console.printLine \"fail\"))";
    assert_eq!(main(&format!("({fail} 1)")), "raised Failure (typeLink IOFailure) \"no console\" (Any ())");
    let catch = "(lam (r) (match r ((request Exception.raise (Failure.Failure _ text _) _) text) ((pure x) x)))";
    assert_eq!(main(&format!("(handle (Exception) {fail} {catch})")), "\"no console\"");
}

#[test]
fn main_may_be_a_delay_or_a_value() {
    assert_eq!(run("(def main (a) a (lam (_) 3))"), "3");
    assert_eq!(
        run("(type T (A) (B Nat a Float Boolean Char Int)) (def main (a) a (lam (_) (T.B 1 T.A 2.5 true ?x -3)))"),
        "B 1 A 2.5 true ?x -3"
    );
}

#[test]
fn matches() {
    let source = "(type T (Leaf) (Node a Nat a))
        (def sum (a) Nat (lam (t) (match t ((T.Leaf) 0) ((T.Node l n r) (Nat.+ (sum l) (Nat.+ n (sum r)))))))
        (def tree (Nat Nat) a (lam (d n) (if (Nat.eq d 0) T.Leaf (T.Node (tree (Nat.- d 1) (Nat.* 2 n)) n (tree (Nat.- d 1) (Nat.+ 1 (Nat.* 2 n)))))))
        (def main () a BODY)";
    let main = |body: &str| run(&source.replace("BODY", body));
    assert_eq!(main("(sum (tree 8 1))"), "32640");
    assert_eq!(main("(sum (Optional.Some 1))"), "fault: no case of a match applied");
    assert_eq!(main("(match 3 (1 10) (3 30) (_ 0))"), "30");
    assert_eq!(main("(match ?x (?y 1) (?x 2) (_ 3))"), "2");
    assert_eq!(main("(match (list 1 2 3) ((cons a (cons b _)) (tuple a b)) (_ 0))"), "(1, 2)");
    let many: String = (0..20).map(|i| format!("({i} {}) ", 100 + i)).collect();
    assert_eq!(main(&format!("(match 17 {many} (_ 0))")), "117");
    assert_eq!(main(&format!("(match 20 {many} (_ 0))")), "0");
}

#[test]
fn what_lies_outside_the_heap_is_released() {
    let text: std::sync::Arc<str> = "shared".into();
    let source = "(def main () a (let ((t (IO.getArgs unit)) (n (Text.size (Text.drop 1 t)))) (spin n)))
        (def churn (Nat a) Nat (lam (n xs) (if (Nat.eq n 0) n (churn (Nat.- n 1) (list n n)))))
    (def spin (a) a (lam (n) (if (Nat.eq n 0) n (spin n))))";
    let world = World::new(source);
    let mut task = world.task("main", Limits::default());
    task.stress();
    for _ in 0..20 {
        match task.run(5) {
            machine::Step::Missing(missing) => world.supply(&missing),
            machine::Step::Request(_) => task.resume(Answer::Value(Datum::Text(text.clone()))),
            machine::Step::Paused => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(std::sync::Arc::strong_count(&text), 1, "released by a collection");
    let mut task = world.task("main", Limits::default());
    while !matches!(task.run(1), machine::Step::Request(_)) {}
    task.resume(Answer::Value(Datum::Text(text.clone())));
    task.run(2);
    assert!(std::sync::Arc::strong_count(&text) > 1);
    drop(task);
    assert_eq!(std::sync::Arc::strong_count(&text), 1, "released with the task");
}

#[test]
fn a_task_that_hibernates_keeps_what_it_holds_and_nothing_else() {
    let world = World::new(
        "(def main () a (let ((a (ask 1)) (b (ask 2)) (_ (ask 3))) a)) (def ask (a) a (lam (n) (IO.getArgs unit)))",
    );
    let texts: [std::sync::Arc<str>; 2] = ["kept".into(), "dropped".into()];
    let counts = || texts.each_ref().map(|text| std::sync::Arc::strong_count(text) - 1);
    let asks = |task: &mut machine::Task| loop {
        match task.run(5) {
            machine::Step::Missing(missing) => world.supply(&missing),
            machine::Step::Paused => {}
            machine::Step::Request(_) => return None,
            machine::Step::Done(outcome) => return Some(outcome),
            other => panic!("{other:?}"),
        }
    };
    let waiting = || {
        let mut task = world.task("main", Limits::default());
        assert_eq!(task.hibernate(), None, "it does not wait");
        for text in &texts {
            assert_eq!(asks(&mut task), None);
            task.resume(Answer::Value(Datum::Text(text.clone())));
        }
        assert_eq!(asks(&mut task), None);
        let (definitions, fuel) = (task.definitions(8), task.fuel_used());
        assert_eq!(counts(), [1, 1]);
        assert_eq!(task.hibernate(), Some(Vec::new()));
        assert_eq!(counts(), [1, 0]);
        assert_eq!((task.definitions(8), task.fuel_used()), (definitions, fuel));
        assert!(task.memory_used() < 250, "{} bytes", task.memory_used());
        task
    };
    drop(waiting());
    assert_eq!(counts(), [0, 0], "released with the task");
    let mut task = waiting();
    task.collect_soon();
    task.resume(Answer::Value(Datum::unit()));
    assert_eq!(world.show(&asks(&mut task).expect("it ends")), "\"kept\"");
    drop(task);
    let mut stopped = waiting();
    stopped.interrupt().stop();
    stopped.resume(Answer::Value(Datum::unit()));
    assert!(matches!(asks(&mut stopped), Some(Outcome::OutOf(_))));
}

#[test]
fn what_may_take_long_waits_for_a_thread_that_may_wait() {
    // Builds a list of 50,000 numbers and keeps it; asks the host; sorts it; gives it.
    let source = format!(
        "{LOOP} (def use (a) a (lam (xs) (let ((n (churn 200000 xs)) (_ (IO.getArgs unit))) (ordered xs))))
        (def ordered (a) a (lam (xs) (List.sort xs)))
        (def main () a (use (build 50000)))"
    );
    let world = World::new(&source);
    let host = |_: machine::HostRequest| Answer::Value(Datum::unit());
    let mut usual = world.task("main", Limits::default());
    let expected = world.drive(&mut usual, u64::MAX, host);
    let mut task = world.task("main", Limits::default());
    let (mut patient, mut answered) = (0, false);
    let outcome = loop {
        let before = task.fuel_used();
        let mut step = task.run_briefly(512);
        let used = task.fuel_used() - before;
        assert!(!answered || used < 2_000, "{used} units of fuel were used in a hurry");
        if matches!(step, machine::Step::Paused) && used < 512 {
            patient += 1;
            step = task.run(100_000);
        }
        match step {
            machine::Step::Paused => {}
            machine::Step::Missing(missing) => world.supply(&missing),
            machine::Step::Request(request) => {
                answered = true;
                task.resume(host(request));
            }
            machine::Step::Done(outcome) => break outcome,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((outcome, task.fuel_used()), (expected, usual.fuel_used()), "it computes the same, and counts the same");
    assert!(patient >= 2, "sorting, and making the result portable, waited {patient} times");
}

#[test]
fn samples_say_what_was_on_the_stack() {
    let source = format!("{LOOP} (def main () a (deep 3000000))");
    let mut world = World::new(&source);
    let mut usual = world.task("main", Limits::default());
    let expected = world.drive(&mut usual, u64::MAX, |request| panic!("{request:?}"));
    let mut machine = machine::Machine::new();
    let profile = machine.sample();
    world.machine = std::sync::Arc::new(machine);
    let mut task = world.task("main", Limits::default());
    let outcome = world.drive(&mut task, 100_000, |request| panic!("{request:?}"));
    assert_eq!((outcome, task.fuel_used()), (expected, usual.fuel_used()), "nobody notices");
    let stacks = profile.stacks();
    let [main, deep] =
        ["main", "deep"].map(|name| machine::SampledFrame::Code(ir::CodeId { def: support::id_of(name), lambda: 0 }));
    assert!(!stacks.is_empty(), "it takes longer than a period");
    for (stack, took) in &stacks {
        assert!(stack.first() == Some(&main) || stack.first() == Some(&deep), "{stack:?}");
        assert!(stack.len() < 300 && !took.is_zero());
    }
    assert!(
        stacks.iter().any(|(stack, _)| stack.last() == Some(&deep) && stack.contains(&machine::SampledFrame::Omitted))
    );
}

#[test]
fn a_task_ends_once() {
    let world = world("(loop 5 0)");
    let mut task = world.task("main", Limits::default());
    let first = world.drive(&mut task, 2, |request| panic!("{request:?}"));
    assert_eq!(task.run(100), machine::Step::Done(first));
    let mut idle = machine::Task::new(world.machine.clone(), Limits::default());
    assert!(matches!(idle.run(1), machine::Step::Done(Outcome::Fault(_))));
}

/// Resuming is an entry as any other as far as fuel goes: else this would run for 2^n steps that nobody can interrupt.
#[test]
fn continuations_that_call_continuations_use_fuel() {
    let capture =
        |body: &str| format!("(handle (Get) (lam (u) {body}) (lam (q) (match q ((request Get.get resume) resume))))");
    let grown = capture("(let ((r ((do Get.get) k))) (r k))");
    let source = format!(
        "(ability Get (get 0))
         (def grow (Nat a) a (lam (n k) (if (Universal.== n 0) k (grow (Nat.- n 1) {grown}))))
         (def main () a (let ((k (grow 40 {}))) (let ((end (k k))) 1)))",
        capture("(do Get.get)")
    );
    for slice in [u64::MAX, 1] {
        let world = World::new(&source);
        let mut task = world.task("main", Limits { fuel: 100_000, ..Limits::default() });
        let outcome = world.drive(&mut task, slice, |request| panic!("{request:?}"));
        assert_eq!(world.show(&outcome), "out of Fuel");
    }
}

const NESTED: &str = "(let ((long (grow 18 (list 1 2))))
    (letrec ((nest (lam (n xs) (if (Nat.eq n 0) xs (nest (Nat.- n 1) (List.+: xs long)))))) (nest 2000 long)))";

/// What shares its parts is longer than anybody can walk over: builtins notice before they try, as does what writes values down.
#[test]
fn lists_that_are_longer_than_memory_end_in_budgets() {
    let limits = Limits { fuel: 1_000_000, memory_bytes: 1 << 20, stack_bytes: 1 << 20, result_bytes: 1 << 20 };
    let grow = "(letrec ((grow (lam (n xs) (if (Nat.eq n 0) xs (grow (Nat.- n 1) (List.++ xs xs))))))";
    let long = |body: &str| outcome(&format!("{grow} {body})"), limits).0;
    let builtins = [
        ("Text.join", "(Text.join \"\" (grow 38 (list \"\" \"\")))"),
        ("Text.fromCharList", "(Text.fromCharList (grow 38 (list ?a ?b)))"),
        ("Bytes.fromList", "(Bytes.fromList.impl (grow 38 (list 1 2)))"),
        ("List.reverse", "(List.reverse (grow 38 (list 1 2)))"),
        ("List.sort", "(List.sort (grow 38 (list 1 2)))"),
        ("Json.print", "(Json.print.impl 0 (Json.Array (grow 38 (list Json.Null Json.Null))))"),
        ("lists in lists", NESTED),
        ("Universal.compare", "(Universal.compare (grow 38 (list 1 2)) (grow 38 (list 1 2)))"),
    ];
    for (name, body) in builtins {
        let end = long(body);
        assert!(end.starts_with("out of "), "{name}: {end}");
    }
}

/// What is called was absent when its callers were lowered, and is there when they call it.
#[test]
fn open_calls_give_what_other_calls_give() {
    let library = "
        (def three () Nat (Nat.+ 1 2))
        (def adder () a (lam2 3))
        (def lam2 (Nat) a (lam (n) (lam (x) (Nat.+ n x))))
        (def add3 (Nat Nat Nat) Nat (lam (a b c) (Nat.+ a (Nat.+ (Nat.* b 10) (Nat.* c 100)))))
        (def half (Float) Float (lam (x) (Float.* x 0.5)))
        (def apply (a a) a (lam (f x) (f x)))
        (def loop (Nat Nat) a (lam (n sum) (if (Nat.eq n 0) sum (again (Nat.- n 1) (Nat.+ sum n)))))
        (def again (Nat Nat) a (lam (n sum) (loop n sum)))
        (def tail (Nat) Nat (lam (n) (add3 n n n)))";
    let hidden = ["three", "adder", "lam2", "add3", "half", "apply", "again"];
    for main in [
        "three",
        "(Nat.+ three (Nat.* three three))",
        "(adder 4)",
        "(lam2 3 4)",
        "((lam2 3) 4)",
        "(list (add3 1 2 3) (apply (add3 4 5) 6) (apply (apply add3 7) 8 9))",
        "(let ((x 2) (y 1.5) (f add3)) (tuple (half y) (Nat.+ x (add3 x three x)) (f x x x) y))",
        "(loop 100000 0)",
        "(tail 7)",
        "((lam (n) (tuple (add3 n n n) n)) 5)",
        "(three 4)",
    ] {
        let world = World::new(&format!("{library} (def main () a {main})"));
        let show = |world: World, slice, stress| {
            let mut task = world.task("main", Limits::default());
            if stress {
                task.stress();
            }
            let outcome = world.drive(&mut task, slice, |request| panic!("{request:?}"));
            (world.show(&outcome), task.memory_used())
        };
        let (expected, memory) = show(world.fresh(), u64::MAX, false);
        for (slice, stress) in [(u64::MAX, false), (1, false), (u64::MAX, true)] {
            let (text, used) = show(world.fresh().hide(&hidden), slice, stress);
            assert_eq!(text, expected, "{main} in slices of {slice}");
            assert!(used < memory + 100_000, "{main}: an open call in tail position keeps no frame");
        }
    }
}

/// What was absent and is not called does no harm; what is called and absent is what the task misses, and nothing else.
#[test]
fn an_open_call_misses_what_it_calls_when_it_is_reached() {
    let program = "(def gone (Nat) Nat (lam (n) (Nat.+ n 1)))
                   (def f (Nat) Nat (lam (n) (if (Nat.lt n 2) n (Nat.+ 1 (gone n)))))";
    let world = World::new(&format!("{program} (def main () Nat (f 1))")).hide(&["gone"]);
    let outcome = world.drive(&mut world.task("main", Limits::default()), 100, |request| panic!("{request:?}"));
    assert_eq!(world.show(&outcome), "1");
    let world = World::new(&format!("{program} (def main () Nat (f 5))")).hide(&["gone"]);
    let mut task = world.task("main", Limits::default());
    let gone = machine::Missing::Code(ir::CodeId { def: support::id_of("gone"), lambda: 0 });
    loop {
        match task.run(100) {
            Step::Missing(missing) if missing == [gone] => break,
            Step::Missing(missing) => world.supply(&missing),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(task.run(100), Step::Missing(vec![gone]), "until it is there");
    world.supply(&[gone]);
    let outcome = world.drive(&mut task, 100, |request| panic!("{request:?}"));
    assert_eq!(world.show(&outcome), "7");
}
