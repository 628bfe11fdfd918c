//! The portable form: round trips, sharing, what is refused.

mod support;

use builtin::BuiltinType;
use ir::CodeId;
use kernel::{TermRef, TypeRef};
use machine::{Answer, Datum, Limits, Missing, Outcome, Portable, Step, portable};
use support::{World, id_of};

/// A small generator with a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn datum(&mut self, depth: u64) -> Datum {
        let list = |random: &mut Random| (0..random.below(4)).map(|_| random.datum(depth - 1)).collect::<Vec<_>>();
        match self.below(if depth == 0 { 9 } else { 12 }) {
            0 => Datum::Nat(self.0 >> self.below(64)),
            1 => Datum::Int(self.0 as i64 >> self.below(64)),
            2 => Datum::Float(f64::from_bits(self.0 & 0x7fdf_ffff_ffff_ffff)),
            3 => Datum::Char(char::from_u32(self.below(0xd800) as u32).expect("below the surrogates")),
            4 => Datum::Boolean(self.below(2) == 0),
            5 => Datum::text(&"aé☃x"[..[0, 1, 3, 6, 7][self.below(5) as usize]]),
            6 => Datum::Bytes((0..self.below(50)).map(|i| i as u8).collect()),
            7 => Datum::TypeLink(TypeRef::Def(id_of("T"))),
            8 => Datum::Row(vec![TypeRef::Builtin(BuiltinType::Io), TypeRef::Def(id_of("A"))]),
            9 => Datum::List((0..self.below(70)).map(Datum::Nat).collect()),
            10 => {
                let mut elements = list(self);
                elements.resize(2, Datum::unit());
                Datum::tuple(elements)
            }
            _ => Datum::List(list(self)),
        }
    }
}

/// Sends a value through a task: the host gives it to a program that returns it.
fn through_a_heap(world: &World, value: Answer) -> Outcome {
    let mut task = world.task("main", Limits::default());
    world.drive(&mut task, 3, |_| value.clone())
}

const ECHO: &str = "(type T (A) (B Nat a Float)) (def main () a (IO.getArgs unit))";

#[test]
fn values_round_trip() {
    let world = World::new(ECHO);
    let mut random = Random(0x5eed);
    for _ in 0..300 {
        let datum = random.datum(4);
        let portable = portable::from_datum(&datum).expect("encodes");
        assert_eq!(portable::to_datum(&portable, 1 << 20).expect("decodes"), datum);
        let Outcome::Returned(back) = through_a_heap(&world, Answer::Value(datum.clone())) else { panic!("{datum:?}") };
        assert_eq!(portable::to_datum(&back, 1 << 20).expect("decodes"), datum);
    }
}

#[test]
fn constructors_are_checked_against_their_declarations() {
    let world = World::new(ECHO);
    let of = |index, fields| Answer::Value(Datum::Constructed(TypeRef::Def(id_of("T")), index, fields));
    let good = of(1, vec![Datum::Nat(1 << 62), Datum::unit(), Datum::Float(0.5)]);
    assert_eq!(world.show(&through_a_heap(&world, good)), "B 4611686018427387904 () 0.5");
    let bad = [
        of(0, vec![Datum::Nat(1)]),
        of(1, vec![]),
        of(2, vec![]),
        of(1, vec![Datum::Int(1), Datum::unit(), Datum::Float(0.5)]),
    ];
    for answer in bad {
        let outcome = world.show(&through_a_heap(&world, answer));
        assert!(outcome.starts_with("fault: a value from elsewhere is malformed"), "{outcome}");
    }
}

#[test]
fn sharing_survives() {
    let source = "(def main () a (letrec ((double (lam (n x) (if (Nat.eq n 0) x (double (Nat.- n 1) (tuple x x)))))) (double 40 (list 1 2 3))))";
    let world = World::new(source);
    let mut task = world.task("main", Limits::default());
    let Outcome::Returned(value) = world.drive(&mut task, u64::MAX, |_| panic!()) else { panic!() };
    assert!(value.bytes().len() < 500, "{}", value.bytes().len());
    assert!(matches!(portable::to_datum(&value, 1 << 20), Ok(Datum::Opaque(_))), "as a tree it is too large");
    let echo = World::new(ECHO);
    let Outcome::Returned(back) = through_a_heap(&echo, Answer::Portable(value.clone())) else { panic!() };
    assert_eq!(back.bytes().len(), value.bytes().len());
    let same = World::new("(def main () a (Universal.== (IO.getArgs unit) (IO.getArgs unit)))");
    assert_eq!(same.show(&through_a_heap(&same, Answer::Portable(value))), "true");
}

#[test]
fn deep_values_do_not_recurse() {
    let source = "(def main () a (letrec ((nest (lam (n x) (if (Nat.eq n 0) x (nest (Nat.- n 1) (Optional.Some x)))))) (nest 300000 0)))";
    let small = std::thread::Builder::new().stack_size(256 << 10).spawn(move || {
        let world = World::new(source);
        let mut task = world.task("main", Limits::default());
        let Outcome::Returned(value) = world.drive(&mut task, u64::MAX, |_| panic!()) else { panic!() };
        let Ok(datum @ Datum::Constructed(..)) = portable::to_datum(&value, 1 << 30) else { panic!() };
        assert_eq!(portable::from_datum(&datum).expect("encodes"), value);
        assert!(world.text(&value).starts_with("Some (Some (Some"));
        let same = World::new("(def main () a (Universal.compare (IO.getArgs unit) (IO.getArgs unit)))");
        assert_eq!(same.show(&through_a_heap(&same, Answer::Portable(value))), "+0");
    });
    small.expect("spawns").join().expect("runs in 256 KiB");
}

const FUNCTIONS: &str = "
    (type Box (Box a))
    (ability Ask (ask 1))
    (def add (Nat Nat) Nat (lam (a b) (Nat.+ a b)))
    (def even (Nat) a (lam (n) (if (Nat.eq n 0) true (odd (Nat.- n 1)))))
    (def odd (Nat) a (lam (n) (if (Nat.eq n 0) false (even (Nat.- n 1)))))
    (def thunk () a (let ((k 5) (add1 (add 1)) (t \"text\"))
        (lam (_) (tuple (add1 k) (even 10) t ((operation Exception.raise) (Failure.Failure 1 t (Any.Any Box.Box)))))))
    (def values () a (list add1 Box.Box (operation Ask.ask) Nat.+ even (Nat.+ 1)))
    (def add1 () a (add 1))
    (def poke () a (let ((v (IO.getArgs unit)) (t (Debug.toDebugText v))) (tuple (Universal.compare v (IO.getArgs unit)) t)))
    (def call () a (let ((v (IO.getArgs unit)) (f (List.unsafeAt 0 v))) (tuple (f 1) (f 1 2 3) (match f ((Box.Box x) (x 1)) (_ 0)))))
    (def main () a thunk)";

#[test]
fn functions_travel_and_name_what_they_need() {
    let world = World::new(FUNCTIONS);
    let mut task = world.task("main", Limits::default());
    let Outcome::Returned(value) = world.drive(&mut task, u64::MAX, |_| panic!()) else { panic!() };
    let named = portable::references(&value, 1000).expect("decodes");
    assert_eq!(named.terms, [id_of("add").component, id_of("thunk").component]);
    assert!(named.types.is_empty());

    let elsewhere = World::new(FUNCTIONS).fresh();
    let mut task = machine::Task::new(elsewhere.machine.clone(), Limits::default());
    task.start_portable(&value);
    let Step::Missing(missing) = task.run(u64::MAX) else { panic!("nothing is defined there") };
    let code = |name, lambda| Missing::Code(CodeId { def: id_of(name), lambda });
    assert_eq!(missing, [code("add", 0), code("thunk", 1)]);
    elsewhere.supply(&missing);
    let outcome = elsewhere.drive(&mut task, 1, |_| panic!());
    assert_eq!(elsewhere.show(&outcome), "raised Failure 1 \"text\" (Any Box)");

    let mut task = elsewhere.task("values", Limits::default());
    let outcome = elsewhere.drive(&mut task, 1, |_| panic!());
    let name = |of: &str| id_of(of).component.short();
    let expected = format!("[{} 1, Box, ask, Nat.+, {}, Nat.+ 1]", name("add"), name("even"));
    assert_eq!(elsewhere.show(&outcome), expected);
}

#[test]
fn a_host_sees_functions_as_portable_values() {
    let world = World::new(
        "(def main () a (IO.printLine.x 1))"
            .replace("(IO.printLine.x 1)", "(Remote.at (row Exception) 1 (lam (x) x))")
            .as_str(),
    );
    let mut task = world.task("main", Limits::default());
    let outcome = world.drive(&mut task, u64::MAX, |request| {
        let [Datum::Row(row), Datum::Nat(1), Datum::Opaque(thunk)] = &request.args[..] else { panic!("{request:?}") };
        assert_eq!(row, &[TypeRef::Builtin(BuiltinType::Exception)]);
        Answer::Value(Datum::List(vec![Datum::Opaque(thunk.clone()), Datum::Nat(2)]))
    });
    assert_eq!(world.show(&outcome), "[<function>, 2]");
}

#[test]
fn references_find_nodes_and_types() {
    let node = Datum::builtin(BuiltinType::Node, 0, vec![Datum::Bytes([7; 48].into())]);
    let value =
        Datum::tuple(vec![node, Datum::TypeLink(TypeRef::Def(id_of("T"))), Datum::TermLink(TermRef::Def(id_of("f")))]);
    let named = portable::references(&portable::from_datum(&value).expect("encodes"), 1000).expect("decodes");
    assert_eq!(named.nodes, [[7; 48]]);
    assert_eq!((named.types, named.terms), (vec![id_of("T").component], vec![id_of("f").component]));
}

#[test]
fn hostile_bytes_are_refused_or_are_values() {
    let world = World::new(FUNCTIONS);
    let mut task = world.task("values", Limits::default());
    let Outcome::Returned(functions) = world.drive(&mut task, u64::MAX, |_| panic!()) else { panic!() };
    let mut random = Random(0xbad);
    let limits = Limits { fuel: 10_000, memory_bytes: 1 << 20, stack_bytes: 1 << 20, result_bytes: 1 << 16 };
    let mut accepted = 0;
    for round in 0..20_000 {
        let seed =
            if round % 2 == 0 { functions.clone() } else { portable::from_datum(&random.datum(4)).expect("encodes") };
        let mut bytes = seed.bytes().to_vec();
        for _ in 0..1 + random.below(3) {
            let at = random.below(bytes.len() as u64) as usize;
            match random.below(4) {
                0 => bytes.truncate(at + 1),
                1 => bytes.insert(at, random.below(256) as u8),
                2 => bytes[at] = random.below(24) as u8,
                _ => bytes[at] ^= 1 << random.below(8),
            }
        }
        let value = Portable::new(bytes);
        let decoded = portable::to_datum(&value, 100_000);
        assert_eq!(portable::references(&value, 100_000).is_ok(), decoded.is_ok());
        if let Ok(datum) = decoded {
            accepted += 1;
            portable::from_datum(&datum).expect("what was read can be written");
        }
        for name in ["poke", "call"] {
            let mut task = world.task(name, limits);
            task.stress();
            poke(&world, &mut task, &value);
        }
        let mut task = machine::Task::new(world.machine.clone(), limits);
        task.start_portable(&value);
        poke(&world, &mut task, &value);
    }
    assert!(accepted > 500, "{accepted}: flips should often be harmless");
}

/// Runs a task for a while, whose every request is answered with `value`, and which gets the code that there is.
fn poke(world: &World, task: &mut machine::Task, value: &Portable) {
    for _ in 0..20 {
        match task.run(100) {
            Step::Missing(missing) if missing.iter().all(|missing| world.has(missing)) => world.supply(&missing),
            Step::Missing(_) | Step::Left(_) | Step::Done(_) => return,
            Step::Request(_) | Step::Await(_) => task.resume(Answer::Portable(value.clone())),
            Step::Paused => {}
        }
    }
}

#[test]
fn counts_are_not_believed() {
    // Version, no names, 2^60 nodes.
    let huge = |count: &[u8]| Portable::new([&[2, 0], count].concat());
    assert!(portable::references(&huge(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]), u64::MAX).is_err());
    // One list of 2^20 elements in four bytes.
    assert!(portable::references(&huge(&[1, 8, 0x80, 0x80, 0x40]), u64::MAX).is_err());
    let list = portable::from_datum(&Datum::List(vec![Datum::Nat(1); 1000])).expect("encodes");
    assert!(portable::references(&list, 100).is_err(), "over its budget");
    assert!(portable::references(&list, 10_000).is_ok());
}
