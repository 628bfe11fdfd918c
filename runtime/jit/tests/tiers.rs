//! Both tiers agree on budgets, and code becomes machine code while it runs.

#[path = "../../machine/tests/support/mod.rs"]
mod support;

use jit::{Cranelift, Records, Remembering};
use machine::native::{Generator, Object, Source, When};
use machine::{Limits, Machine};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::World;

/// The first tier alone, unless a test says otherwise.
const TIERS: &[Option<When>] = &[None];

const PROGRAM: &str = "
    (ability Ask (ask 1))
    (type Tree (Leaf) (Node a Nat a))
    (def insert (a Nat) a (lam (t n) (match t
        ((Tree.Leaf) (Tree.Node Tree.Leaf n Tree.Leaf))
        ((Tree.Node l m r) (if (Nat.lt n m) (Tree.Node (insert l n) m r) (Tree.Node l m (insert r n)))))))
    (def sum (a) Nat (lam (t) (match t ((Tree.Leaf) 0) ((Tree.Node l m r) (Nat.+ m (Nat.+ (sum l) (sum r)))))))
    (def grow (Nat a) a (lam (n t) (if (Nat.eq n 0) t (grow (Nat.- n 1) (insert t (Nat.mod (Nat.* n 7919) 1009))))))
    (def fib (Nat) Nat (lam (n) (if (Nat.lt n 2) n (Nat.+ (fib (Nat.- n 1)) (fib (Nat.- n 2))))))
    (def twice (a) a (lam (f) (lam (x) (f (f x)))))
    (def asking (Nat) a (lam (n) (if (Nat.eq n 0) 0 (Nat.+ (do Ask.ask n) (asking (Nat.- n 1))))))
    (def answer (a) a (lam (body) (handle (Ask) body
        (lam (request) (match request ((pure x) x) ((request Ask.ask n k) (answer (lam (u) (k (Nat.* n 2))))))))))
    (def main () a (tuple
        (fib 10)
        (sum (grow 12 Tree.Leaf))
        (twice twice (Nat.+ 3) 4)
        (answer (lam (u) (asking 6)))
        (Text.++ (Nat.toText (fib 7)) \"!\")))";

/// Handlers that are told from each other where they are met, that hold little and much, that are not the innermost, that capture, and that drop.
const HANDLED: &str = "
    (ability Store (get 0) (put 1))
    (ability Emit (emit 1))
    (ability Choose (choose 0))
    (ability Stop (stop 1))
    (def count () a (lam (u) (let ((n (do Store.get)))
        (if (Universal.== n 0) 0 (let ((x (do Store.put (Nat.- n 1)))) (count u))))))
    (def state (a a) a (lam (first body) (letrec ((go (lam (s r) (match r
        ((pure x) x)
        ((request Store.get k) (handle (Store) (lam (u) (k s)) (go s)))
        ((request Store.put n k) (handle (Store) (lam (u) (k (tuple))) (go n))))))) (handle (Store) body (go first)))))
    (def total (a) a (lam (body) (letrec ((go (lam (sum r) (match r
        ((pure x) (tuple sum x))
        ((request Emit.emit n k) (handle (Emit) (lam (u) (k (tuple))) (go (Nat.+ sum n)))))))) (handle (Emit) body (go 0)))))
    (def ignore (a) a (lam (body) (letrec ((go (lam (r) (match r
        ((pure x) x)
        ((request Emit.emit n k) (handle (Emit) (lam (u) (k (tuple))) go)))))) (handle (Emit) body go))))
    (def wide (a a a a a a) a (lam (a b c d e body) (letrec ((go (lam (f r) (match r
        ((pure x) (tuple a b c d e f x))
        ((request Emit.emit n k) (handle (Emit) (lam (u) (k (list a b c d e))) (go n))))))) (handle (Emit) body (go 0)))))
    (def two (a a) a (lam (a body) (letrec ((go (lam (f r) (match r
        ((pure x) (tuple a f x))
        ((request Emit.emit n k) (handle (Emit) (lam (u) (k (list a))) (go (list f n)))))))) (handle (Emit) body (go 0)))))
    (def three (a a a) a (lam (a b body) (letrec ((go (lam (f r) (match r
        ((pure x) (tuple a b f x))
        ((request Emit.emit n k) (handle (Emit) (lam (u) (k (list a b))) (go (list f n)))))))) (handle (Emit) body (go 0)))))
    (def five (a a a a a) a (lam (a b c d body) (letrec ((go (lam (f r) (match r
        ((pure x) (tuple a b c d f x))
        ((request Emit.emit n k) (handle (Emit) (lam (u) (k (list a b c d))) (go (list f n)))))))) (handle (Emit) body (go 0)))))
    (def after (a) a (lam (body) (letrec ((go (lam (r) (match r
        ((pure x) x)
        ((request Emit.emit n k) (let ((y (handle (Emit) (lam (u) (k (tuple))) go))) (Nat.mod (Nat.+ n (Nat.* 3 y)) 1009)))))))
        (handle (Emit) body go))))
    (def all (a) a (lam (body) (letrec ((go (lam (r) (match r
        ((pure x) (list x))
        ((request Choose.choose k) (List.++ (handle (Choose) (lam (u) (k true)) go) (handle (Choose) (lam (u) (k false)) go)))))))
        (handle (Choose) body go))))
    (def catch (a) a (lam (body) (handle (Stop) body (lam (r) (match r ((pure x) x) ((request Stop.stop n k) n))))))
    (def deep (Nat) Nat (lam (n) (if (Nat.eq n 0) 0 (let ((x (do Emit.emit n))) (Nat.+ 1 (deep (Nat.- n 1)))))))
    (def mixed () a (lam (u) (let ((a (do Store.get)) (b (do Emit.emit a)) (c (do Store.put 9)) (d (do Emit.emit 5))) (do Store.get))))
    (def stopping () a (lam (u) (let ((n (deep 3))) (do Stop.stop n))))
    (def main () a (tuple
        (state 5 count)
        (total (lam (u) (deep 9)))
        (ignore (lam (u) (deep 9)))
        (wide 1 2 3 4 5 (lam (u) (deep 4)))
        (two 1 (lam (u) (deep 3)))
        (three 1 2 (lam (u) (deep 3)))
        (five 1 2 3 4 (lam (u) (deep 3)))
        (after (lam (u) (deep 6)))
        (after (lam (u) (state 3 mixed)))
        (total (lam (u) (state 3 mixed)))
        (state 4 (lam (u) (total (lam (u) (total (lam (u) (mixed u)))))))
        (all (lam (u) (tuple (do Choose.choose) (do Choose.choose))))
        (total (lam (u) (all (lam (u) (let ((x (do Emit.emit 1)) (y (do Choose.choose)) (z (do Emit.emit 2))) y)))))
        (catch (lam (u) (total stopping)))))
    (def retry (Nat Nat) Nat (lam (n sum) (if (Nat.eq n 0) sum (handle (Stop) (lam (u) (do Stop.stop n))
        (lam (r) (match r ((pure x) x) ((request Stop.stop m k) (retry (Nat.- m 1) (Nat.+ sum m)))))))))
    (def nested (Nat) Nat (lam (n) (if (Nat.eq n 0) 0 (handle (Stop) (lam (u) (do Stop.stop n))
        (lam (r) (match r ((pure x) x) ((request Stop.stop m k) (Nat.+ 1 (nested (Nat.- m 1))))))))))
    (def applied (Nat a) a (lam (n f) (handle (Stop) (lam (u) (do Stop.stop n)) (lam (r) (match r ((pure x) x) ((request Stop.stop m k) (f m)))))))
    (def deeply () a (tuple (retry 20000 0) (nested 20000) (applied 3 (lam (n) (nested (Nat.* n 100)))) (applied 4 (lam (n) (lam (m) n))) (total (lam (u) (deep 30000))) (after (lam (u) (deep 3000))) (catch (lam (u) (total (lam (u) (let ((n (deep 20000))) (do Stop.stop n)))))) ))";

/// Lists of all shapes, walked over in loops that go on with what is behind an element, or two, or with the same again, and that give it to others meanwhile.
const WALKED: &str = "
    (def up (Nat a) a (lam (n xs) (if (Nat.eq n 0) xs (up (Nat.- n 1) (List.:+ xs n)))))
    (def down (Nat a) a (lam (n xs) (if (Nat.eq n 0) xs (down (Nat.- n 1) (List.+: n xs)))))
    (def mix (Nat Nat) Nat (lam (sum x) (Nat.mod (Nat.+ (Nat.* 7 sum) x) 1009)))
    (def walk (a Nat) Nat (lam (xs sum) (if (Nat.eq (List.size xs) 0) sum
        (let ((x (List.unsafeAt 0 xs)) (rest (List.drop 1 xs))) (walk rest (mix sum (Nat.+ x (List.size rest))))))))
    (def sum (a) Nat (lam (xs) (if (Nat.eq (List.size xs) 0) 0
        (let ((x (List.unsafeAt 0 xs)) (rest (List.drop 1 xs))) (Nat.+ x (sum rest))))))
    (def behind (a Nat) Nat (lam (xs n) (if (Nat.eq (List.size xs) 0) n
        (let ((rest (List.drop 1 xs)) (s (sum rest))) (behind rest (mix n (Nat.+ s (List.size rest))))))))
    (def every (a Nat) Nat (lam (xs n) (if (Nat.eq (List.size xs) 0) n
        (let ((x (List.unsafeAt 0 xs)) (rest (List.drop 1 xs))) (if (Nat.eq (List.size rest) 0) (mix n x)
            (let ((y (List.unsafeAt 0 rest)) (more (List.drop 1 rest))) (if (Nat.eq (Nat.mod (Nat.+ x y) 3) 0) (every more (mix n y)) (every rest (mix n x)))))))))
    (def merge (a a a) a (lam (xs ys out) (if (Nat.eq (List.size xs) 0) (List.++ out ys) (if (Nat.eq (List.size ys) 0) (List.++ out xs)
        (let ((x (List.unsafeAt 0 xs)) (y (List.unsafeAt 0 ys)))
            (if (Nat.lt x y) (merge (List.drop 1 xs) ys (List.:+ out x)) (merge xs (List.drop 1 ys) (List.:+ out y))))))))
    (def turned (a a) a (lam (xs out) (if (Nat.eq (List.size xs) 0) out
        (let ((x (List.unsafeAt 0 xs)) (rest (List.drop 1 xs))) (turned rest (if (Nat.eq (Nat.mod x 4) 0) (List.+: rest out) out))))))
    (def all (a) a (lam (xs) (tuple (walk xs 0) (sum xs) (behind xs 0) (every xs 0) (turned xs (list)))))
    (def of (Nat) a (lam (n) (let ((u (up n (list))) (d (down n (list))) (both (List.++ d u)) (part (List.take n (List.drop 5 both))))
        (tuple (all u) (all d) (all part) (walk both 0) (walk (merge d u (list)) 0)))))
    (def to (Nat a) a (lam (n out) (if (Nat.eq n 0) (List.:+ out (of 150)) (to (Nat.- n 1) (List.:+ out (of n))))))
    (def main () a (to 40 (list)))";

/// Floats in loops: any NaN among them, ways that join, calls between, objects and functions that keep them.
const FLOATS: &str = "
    (type Pair (Pair Float Float))
    (def spin (Float Float Nat) Float (lam (x y n) (if (Nat.eq n 0) (Float.+ x y) (spin (Float.* x y) (Float.- y x) (Nat.- n 1)))))
    (def joined (Float Float Nat) Float (lam (x y n) (if (Nat.eq n 0) x
        (let ((z (if (Float.lt x y) (Float.+ x 1.0) (if (Float.eq x y) y (Float./ x y)))))
            (joined (Float.- z 0.25) (Float.sqrt (Float.* y z)) (Nat.- n 1))))))
    (def grown (Float Nat) Float (lam (x n) (if (Nat.eq n 0) x (Float.+ (grown (Float.* x 1.5) (Nat.- n 1)) x))))
    (def calling (Float Float Nat) Float (lam (x y n) (if (Nat.eq n 0) (Float.- x y)
        (let ((z (Float.- x 0.5)) (h (grown z 2))) (calling (Float.+ h y) (Float.* z 0.5) (Nat.- n 1))))))
    (def kept (Float Float Nat a) a (lam (x y n acc) (if (Nat.eq n 0) (List.:+ acc (lam (u) x))
        (kept (Float.+ x y) (Float.* x 0.5) (Nat.- n 1) (List.:+ acc (Pair.Pair x y))))))
    (def swapped (Float Float Nat) a (lam (x y n) (if (Nat.eq n 0) (tuple x y) (swapped y (if (Float.lteq x y) x (Float.- x y)) (Nat.- n 1)))))
    (def passed (Float Float Nat) Nat (lam (x y n) (if (Nat.eq n 0) (Float.toRepresentation y) (passed (Float./ x 0.0) x (Nat.- n 1)))))
    (def main () a (let ((nan (Float./ 0.0 0.0))) (tuple
        (spin 0.5 1.5 5) (spin nan 2.0 2) (Float.toRepresentation (spin 0.0 nan 3)) (joined 0.0 7.0 9) (joined nan 1.0 3)
        (calling 3.0 1.0 6) (calling nan 0.0 2) (List.size (kept 1.0 nan 4 (list))) (List.take 3 (kept 1.0 2.0 4 (list))) (swapped 9.0 2.0 6)
        (passed 0.0 1.0 4) (passed nan 1.0 1))))";

const LONG: &str = "
    (def loop (Nat Nat) Nat (lam (n sum) (if (Nat.eq n 0) sum (loop (Nat.- n 1) (Nat.+ sum n)))))
    (def deep (Nat) Nat (lam (n) (if (Nat.eq n 0) 0 (Nat.+ 1 (deep (Nat.- n 1))))))
    (def main () a (tuple (loop 3000000 0) (deep 300000)))";

const RESUMED: &str = "
    (ability Choose (choose 0))
    (def once () a (lam (u) (Nat.+ (do Choose.choose) 1)))
    (def again (Nat a Nat) Nat (lam (n k sum) (if (Nat.eq n 0) sum (again (Nat.- n 1) k (Nat.+ sum (k n))))))
    (def main () a (handle (Choose) once (lam (r) (match r ((pure x) x) ((request Choose.choose k) (again 5000 k 0))))))";

/// Clauses that are brief on every way, on some, and where they should be and find that they are not: large numbers, another type than is expected, a division by zero, several arguments.
const BRIEF: &str = "
    (ability Store (get 0) (put 1))
    (ability Count (next 0) (step 1) (both 2) (three 3) (fail 1))
    (def counting (Nat a) a (lam (limit body) (letrec ((go (lam (n acc r) (match r
        ((pure x) (tuple n acc x))
        ((request Count.next k) (if (Nat.lt limit n)
            (tuple n (handle (Count) (lam (u) (k 0)) (go 0 acc)))
            (handle (Count) (lam (u) (k n)) (go (Nat.+ n 1) acc))))
        ((request Count.step m k) (if (Universal.< acc m)
            (handle (Count) (lam (u) (k (tuple m acc))) (go n m))
            (let ((v (do Store.get)) (w (do Store.put (Nat.+ v 1)))) (handle (Count) (lam (u) (k v)) (go n acc)))))
        ((request Count.both a b k) (handle (Count) (lam (u) (k (lam (v) (tuple a b v)))) (go (Nat.mod (Nat.+ n a) (Nat.- b 3)) (tuple a b))))
        ((request Count.three a b c k) (handle (Count) (lam (u) (k (Nat.+ a (Nat.* b c)))) (go n a)))
        ((request Count.fail x k) (handle (Count) (lam (u) (k (Nat.+ x n))) (go n x)))))))
        (handle (Count) body (go 0 0)))))
    (def state (a a) a (lam (first body) (letrec ((go (lam (s r) (match r
        ((pure x) (tuple s x))
        ((request Store.get k) (handle (Store) (lam (u) (k s)) (go s)))
        ((request Store.put n k) (handle (Store) (lam (u) (k (tuple))) (go n))))))) (handle (Store) body (go first)))))
    (def add (Nat Nat) Nat (lam (n sum) (if (Nat.eq n 0) sum (let ((x (do Count.next)) (y (do Store.get)) (z (do Store.put (Nat.* y 3)))) (add (Nat.- n 1) (Nat.+ sum (Nat.+ x y)))))))
    (def walk (a a) a (lam (xs out) (if (Nat.eq (List.size xs) 0) out
        (let ((x (List.unsafeAt 0 xs)) (rest (List.drop 1 xs)) (y (do Count.step x)) (z (do Count.next))) (walk rest (List.:+ out (tuple y z x rest)))))))
    (def several () a (lam (u) (let ((f (do Count.both 3 10)) (g (do Count.both 4 11)) (t (do Count.three 5 6 7))) (tuple (f 1) (g 2) t (do Count.next)))))
    (def run (Nat a) a (lam (limit body) (state 1152921504606846000 (lam (u) (counting limit body)))))
    (def wrong () a (run 9 (lam (u) (let ((a (do Count.next))) (do Count.fail \"x\")))))
    (def zero () a (run 9 (lam (u) (let ((a (do Count.next))) (do Count.both a 3)))))
    (def main () a (tuple
        (run 9 (lam (u) (add 7 0)))
        (run 3 (lam (u) (add 7 0)))
        (run 20 (lam (u) (walk (list 4 2 5 5 7 1) (list))))
        (run 9 several)
        (run 9 (lam (u) (do Count.fail 4)))))
    (def many () a (run 70000 (lam (u) (add 60000 0))))";

fn world(source: &str, machine: Machine) -> World {
    let mut world = World::new(source);
    world.machine = Arc::new(machine);
    world
}

/// What a run comes to, with so much fuel, in slices; and what it has used.
fn run(world: &World, fuel: u64, slice: u64) -> (String, u64) {
    let mut task = world.task("main", Limits { fuel, ..Limits::default() });
    let outcome = world.drive(&mut task, slice, |request| panic!("{request:?}"));
    (world.show(&outcome), task.fuel_used())
}

#[test]
fn fuel_ends_a_run_at_the_same_point() {
    let first = world(PROGRAM, Machine::new());
    let second = world(PROGRAM, support::tier::native(When::Defined));
    let (text, needed) = run(&first, u64::MAX, u64::MAX);
    assert_eq!(text, "(55, 6228, 16, 42, \"13!\")");
    for fuel in (0..=needed + 1).rev() {
        for slice in [u64::MAX, 7] {
            assert_eq!(run(&first, fuel, slice), run(&second, fuel, slice), "fuel {fuel} in slices of {slice}");
        }
    }
}

/// As [`run`], of another definition, under whatever else is asked of the task.
fn run_with(world: &World, main: &str, prepare: impl FnOnce(&mut machine::Task)) -> (String, u64) {
    let mut task = world.task(main, Limits::default());
    prepare(&mut task);
    let outcome = world.drive(&mut task, u64::MAX, |request| panic!("{request:?}"));
    (world.show(&outcome), task.fuel_used())
}

/// Ends and pauses at every amount of fuel, and collects at every safepoint.
fn assert_alike_at_every_point(first: &World, second: &World, needed: u64) {
    for fuel in (0..=needed + 1).rev() {
        for slice in [u64::MAX, 3] {
            assert_eq!(run(first, fuel, slice), run(second, fuel, slice), "fuel {fuel} in slices of {slice}");
        }
    }
    let stressed = |world| run_with(world, "main", machine::Task::stress);
    assert_eq!(stressed(first), stressed(second));
}

#[test]
fn handlers_do_the_same_at_every_point() {
    let first = world(HANDLED, Machine::new());
    let second = world(HANDLED, support::tier::native(When::Defined));
    let (text, needed) = run(&first, u64::MAX, u64::MAX);
    let expected = "(0, (45, 9), 9, (1, 2, 3, 4, 5, 1, 4), (1, [[[0, 3], 2], 1], 3), \
        (1, 2, [[[0, 3], 2], 1], 3), (1, 2, 3, 4, [[[0, 3], 2], 1], 3), 881, 99, (8, 9), (0, (9, 9)), \
        [(true, true), (true, false), (false, true), (false, false)], (5, [true, false]), 3)";
    assert_eq!(text, expected);
    assert_alike_at_every_point(&first, &second, needed);
    // Deeper than machine code calls.
    let deeply = |world| run_with(world, "deeply", |_| ());
    assert_eq!(deeply(&first), deeply(&second));
}

#[test]
fn brief_clauses_do_the_same_at_every_point() {
    let first = world(BRIEF, Machine::new());
    let second = world(BRIEF, support::tier::native(When::Defined));
    let (text, needed) = run(&first, u64::MAX, u64::MAX);
    let expected = "((12682136550673182224, (7, 0, 5764607523033168133)), (12682136550673182224, (4, (2, 0, 5764607523033168119))), \
        (1152921504606846003, (6, 7, [((4, 0), 0, 4, [2, 5, 5, 7, 1]), (1152921504606846000, 1, 2, [5, 5, 7, 1]), \
        ((5, 4), 2, 5, [5, 7, 1]), (1152921504606846001, 3, 5, [7, 1]), ((7, 5), 4, 7, [1]), (1152921504606846002, 5, 1, [])])), \
        (1152921504606846000, (8, 5, ((3, 10, 1), (4, 11, 2), 47, 7))), (1152921504606846000, (0, 4, 4)))";
    assert_eq!(text, expected);
    assert_alike_at_every_point(&first, &second, needed);
    for main in ["wrong", "zero", "many"] {
        let alike = |prepare: fn(&mut machine::Task)| {
            let [first, second] = [&first, &second].map(|world| run_with(world, main, prepare));
            assert_eq!(first, second, "{main}");
        };
        alike(|_| ());
        alike(machine::Task::stress);
    }
}

#[test]
fn lists_are_walked_over_alike() {
    let first = world(WALKED, Machine::new());
    let second = world(WALKED, support::tier::native(When::Defined));
    for slice in [u64::MAX, 7] {
        assert_eq!(run(&first, u64::MAX, slice), run(&second, u64::MAX, slice), "in slices of {slice}");
    }
    let plain = run(&first, u64::MAX, u64::MAX);
    assert!(plain.0.starts_with("[(("), "{}", plain.0);
    for world in [&first, &second] {
        assert_eq!(run_with(world, "main", machine::Task::stress), plain, "with a collection at every safepoint");
    }
}

#[test]
fn floats_are_the_same_at_every_point() {
    let first = world(FLOATS, Machine::new());
    let second = world(FLOATS, support::tier::native(When::Defined));
    let (text, needed) = run(&first, u64::MAX, u64::MAX);
    let expected = "(-0.529296875, NaN, 9221120237041090560, 1.5885195087818593, NaN, 29562.081420898438, NaN, 5, \
        [Pair 1.0 2.0, Pair 3.0 0.5, Pair 3.5 1.5], (3.0, 2.0), 9221120237041090560, 9221120237041090560)";
    assert_eq!(text, expected);
    assert_alike_at_every_point(&first, &second, needed);
}

/// Counts what is compiled.
struct Counting(Cranelift, Arc<AtomicUsize>);

// SAFETY: gives what the other one gives.
unsafe impl Generator for Counting {
    fn generate(&self, source: &Source) -> Option<Object> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.generate(source)
    }
}

#[test]
fn code_that_runs_often_is_compiled_beside_it() {
    let Some(cranelift) = Cranelift::host() else { return };
    let compiled = Arc::new(AtomicUsize::new(0));
    let first = world(LONG, Machine::new());
    let counting = Counting(cranelift, compiled.clone());
    let second = world(LONG, Machine::with_generator(Arc::new(counting), When::Hot));
    for slice in [10_000, u64::MAX] {
        assert_eq!(run(&first, u64::MAX, slice), run(&second, u64::MAX, slice));
    }
    assert_eq!(compiled.load(Ordering::SeqCst), 2, "`loop` and `deep`, not `main`");
}

/// Says what is compiled.
struct Telling(Cranelift, Mutex<Sender<()>>);

// SAFETY: gives what the other one gives.
unsafe impl Generator for Telling {
    fn generate(&self, source: &Source) -> Option<Object> {
        self.1.lock().expect("no test panics with it").send(()).ok();
        self.0.generate(source)
    }
}

#[test]
fn code_that_is_resumed_often_is_compiled() {
    let Some(cranelift) = Cranelift::host() else { return };
    let (sender, compiled) = channel();
    let first = world(RESUMED, Machine::new());
    let second = world(RESUMED, Machine::with_generator(Arc::new(Telling(cranelift, Mutex::new(sender))), When::Hot));
    assert_eq!(run(&first, u64::MAX, u64::MAX), run(&second, u64::MAX, u64::MAX));
    for what in ["`again`", "`once`, which is entered once"] {
        compiled.recv_timeout(Duration::from_secs(60)).expect(what);
    }
}

#[test]
fn what_is_not_trusted_stays_in_the_first_tier() {
    let Some(cranelift) = Cranelift::host() else { return };
    for when in [When::Hot, When::Eager] {
        let compiled = Arc::new(AtomicUsize::new(0));
        let counting = Counting(Cranelift::host().expect("there was one before"), compiled.clone());
        let world = world(LONG, Machine::with_generator(Arc::new(counting), when));
        let mut task = world.task("main", Limits::default());
        task.stay_cold();
        world.drive(&mut task, u64::MAX, |request| panic!("{request:?}"));
        assert_eq!(compiled.load(Ordering::SeqCst), 0);
    }
    drop(cranelift);
}

/// The index, and what it is of.
#[derive(Clone, Default)]
struct InMemory(Arc<Mutex<[Vec<u8>; 2]>>);

impl InMemory {
    fn all(&self) -> [Vec<u8>; 2] {
        self.0.lock().expect("no test panics with it").clone()
    }

    fn set(&self, all: [Vec<u8>; 2]) {
        *self.0.lock().expect("no test panics with it") = all;
    }
}

impl Records for InMemory {
    fn index(&self) -> Vec<u8> {
        let [index, _] = self.all();
        index
    }

    fn note(&self, line: &[u8]) {
        let [mut index, contents] = self.all();
        index.extend_from_slice(line);
        self.set([index, contents]);
    }

    fn content(&self, offset: u64, length: usize) -> Option<Vec<u8>> {
        let [_, contents] = self.all();
        let start = usize::try_from(offset).ok()?;
        Some(contents.get(start..start.checked_add(length)?)?.to_vec())
    }

    fn keep(&self, content: &[u8]) -> Option<u64> {
        let [index, mut contents] = self.all();
        let offset = contents.len() as u64;
        contents.extend_from_slice(content);
        self.set([index, contents]);
        Some(offset)
    }
}

#[test]
fn kept_code_is_used_again() {
    let records = InMemory::default();
    let machine = || {
        let cranelift = Cranelift::host()?;
        let remembering = Remembering::new(cranelift, Box::new(records.clone()));
        Some(Machine::with_generator(Arc::new(remembering), When::Eager))
    };
    let Some(first) = machine() else { return };
    let expected = run(&world(PROGRAM, Machine::new()), u64::MAX, u64::MAX);
    assert_eq!(run(&world(PROGRAM, first), u64::MAX, u64::MAX), expected);
    let kept = records.all();
    assert!(kept[1].len() > 1_000, "{} bytes are kept", kept[1].len());
    assert_eq!(run(&world(PROGRAM, machine().expect("as before")), u64::MAX, u64::MAX), expected);
    assert_eq!(records.all(), kept, "nothing is compiled again");
    // Damage is noticed, and costs nothing but time.
    for (of, step) in [(0, 7), (1, 97)] {
        for at in (0..kept[of].len()).step_by(step) {
            let mut damaged = kept.clone();
            damaged[of][at] ^= 0x10;
            records.set(damaged);
            let world = world(PROGRAM, machine().expect("as before"));
            assert_eq!(run(&world, u64::MAX, u64::MAX), expected, "byte {at} of {of} damaged");
        }
    }
}

#[cfg(feature = "arm64")]
#[test]
fn code_for_another_processor_is_made() {
    #[derive(Clone)]
    struct Elsewhere(Arc<Cranelift>, Arc<AtomicUsize>);
    // SAFETY: gives nothing that could be run.
    unsafe impl Generator for Elsewhere {
        fn generate(&self, source: &Source) -> Option<Object> {
            let object = self.0.generate(source).expect("every instruction is known");
            self.1.fetch_add(object.bytes.len(), Ordering::SeqCst);
            None
        }
    }
    let bytes = Arc::new(AtomicUsize::new(0));
    let elsewhere = Elsewhere(Arc::new(Cranelift::arm64()), bytes.clone());
    let world = world(PROGRAM, Machine::with_generator(Arc::new(elsewhere), When::Defined));
    run(&world, u64::MAX, u64::MAX);
    assert!(bytes.load(Ordering::SeqCst) > 1_000);
}
