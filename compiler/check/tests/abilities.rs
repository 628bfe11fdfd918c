//! Ability rows: what is inferred, what is accepted, what is refused.

mod support;

use expect_test::{Expect, expect};
use support::{report, told};

const ABILITIES: &str = "\
structural ability Store s where
  get : {Store s} s
  put : s ->{Store s} ()
structural ability Abort where
  abort : {Abort} a
structural ability Emit a where
  emit : a ->{Emit a} ()
";

/// The report on the source below the abilities, with lines counted from its own first one.
fn check(source: &str, expected: Expect) {
    let offset = ABILITIES.lines().count();
    let report = report(&format!("{ABILITIES}{source}"));
    let shifted = report.lines().map(|line| shift(line, offset)).collect::<Vec<_>>();
    expected.assert_eq(&shifted.join("\n"));
}

fn shift(line: &str, offset: usize) -> String {
    let mut words = line.splitn(3, ' ');
    let (Some(code), Some(place), Some(title)) = (words.next(), words.next(), words.next()) else { return line.into() };
    match place.split_once(':').and_then(|(row, column)| Some((row.parse::<usize>().ok()?, column))) {
        Some((row, column)) if code.starts_with('U') => format!("{code} {}:{column} {title}", row - offset),
        _ => line.to_string(),
    }
}

#[test]
fn calls_add_to_the_row_of_their_function() {
    check("f x = put (x + get)", expect!["U0210 1:14 `+` could mean several things"]);
    check("f x = (put x, emit x)", expect!["f : a ->{Emit a, Store a} ((), ())"]);
    check("f = do put 1", expect!["f : '{Store Nat} ()"]);
    check("f x = do put x", expect!["f : a -> '{Store a} ()"]);
    check("f x = y -> put y", expect!["f : a -> b ->{Store b} ()"]);
    check("main = do printLine (readLine())", expect!["main : '{Exception, IO} ()"]);
}

#[test]
fn functions_are_polymorphic_in_the_abilities_of_their_arguments() {
    check("map f = cases\n  [] -> []\n  x +: xs -> f x +: map f xs", expect!["map : (a ->{g} b) -> [a] ->{g} [b]"]);
    check(
        "map : (a -> b) -> [a] -> [b]\nmap f = cases\n  [] -> []\n  x +: xs -> f x +: map f xs\ng xs = map emit xs\nh xs = map (x -> x + 1) xs",
        expect![[r#"
        map : (a ->{g} b) -> [a] ->{g} [b]
        g : [a] ->{Emit a} [()]
        h : [Nat] -> [Nat]"#]],
    );
    check("f g = (g 1, put 2)", expect!["f : (Nat ->{g} a) ->{g, Store Nat} (a, ())"]);
    check("f d = !d + get", expect!["U0210 1:10 `+` could mean several things"]);
}

#[test]
fn rows_that_say_nothing_are_dropped() {
    check("f : Nat ->{e} Nat\nf x = x", expect!["f : Nat -> Nat"]);
    check("f : Nat -> '{e} Nat\nf x = 'x", expect!["f : Nat -> 'Nat"]);
    check("f : forall a e. a ->{e} a\nf x = x", expect!["f : a -> a"]);
}

#[test]
fn written_rows_are_kept_and_unwritten_ones_inferred() {
    check("f : Nat -> ()\nf x = put x", expect!["f : Nat ->{Store Nat} ()"]);
    check("f : Nat ->{} ()\nf x = put x", expect!["U0401 2:7 {Store Nat} is not available here"]);
    check("f : Nat ->{Store Nat, Abort} ()\nf x = put x", expect!["f : Nat ->{Abort, Store Nat} ()"]);
    check("f : Nat ->{Store Text} ()\nf x = put x", expect!["U0301 2:7 Text is wanted here, but this is Nat"]);
    check("f : Nat ->{Abort} ()\nf x = put x", expect!["U0401 2:7 {Store Nat} is not available here"]);
}

#[test]
fn fewer_abilities_are_fine_where_more_are_allowed() {
    check(
        "run : (Nat ->{Abort} Nat) -> Nat\nrun f = 1\na = run (x -> x)\nb = run (x -> abort)",
        expect![[r#"
        run : (Nat ->{Abort} Nat) -> Nat
        a : Nat
        b : Nat"#]],
    );
    check(
        "run : (Nat ->{} Nat) -> Nat\nrun f = f 1\na = run (x -> abort)",
        expect![[r#"
        run : (Nat -> Nat) -> Nat
        U0401 3:15 {Abort} is not available here"#]],
    );
    check(
        "inc : Nat ->{} Nat\ninc x = x\nfs = [inc, x -> abort]",
        expect![[r#"
        inc : Nat -> Nat
        fs : [Nat ->{Abort} Nat]"#]],
    );
    check(
        "inc : Nat ->{} Nat\ninc x = x\nf c = if c then inc else (x -> abort)",
        expect![[r#"
        inc : Nat -> Nat
        f : Boolean -> Nat ->{Abort} Nat"#]],
    );
}

#[test]
fn handlers_remove_what_they_handle() {
    check(
        "run : s -> '{g, Store s} a ->{g} a\nrun s th =\n  go s = cases\n    { a } -> a\n    { get -> k } -> handle k s with go s\n    { put s -> k } -> handle k () with go s\n  handle !th with go s",
        expect!["run : a -> '{g, Store a} b ->{g} b"],
    );
    check(
        "go s = cases\n  { a } -> (a, s)\n  { get -> k } -> handle k s with go s\n  { put s -> k } -> handle k () with go s\nrun s th = handle !th with go s\na = run 1 do put (get + 1)",
        expect![[r#"
        go : a -> Request {g, Store a} b ->{g} (b, a)
        run : a -> '{g, Store a} b ->{g} (b, a)
        a : ((), Nat)"#]],
    );
    check(
        "h : s -> Request {Store s} a -> a\nh s = cases\n  { a } -> a\n  { get -> k } -> handle k s with h s\n  { put s -> k } -> handle k () with h s\na = handle put (get + 1) with h 1",
        expect![[r#"
        h : a -> Request {Store a} b -> b
        a : ()"#]],
    );
    check(
        "orElse : a -> '{g, Abort} a ->{g} a\norElse d th = handle !th with cases\n  { a } -> a\n  { abort -> _ } -> d",
        expect!["orElse : a -> '{g, Abort} a ->{g} a"],
    );
    check(
        "toList th =\n  go acc = cases\n    { _ } -> acc\n    { emit a -> k } -> handle !k with go (acc :+ a)\n  handle !th with go []\na = toList do\n  emit 1\n  emit 2",
        expect![[r#"
        toList : '{g, Emit a} b ->{g} [a]
        a : [Nat]"#]],
    );
    check(
        "all th =\n  go = cases\n    { a } -> Some a\n    { abort -> _ } -> None\n    { emit _ -> k } -> handle !k with go\n  handle !th with go",
        expect!["all : '{g, Abort, Emit a} b ->{g} Optional b"],
    );
    check(
        "catch th = handle !th with cases\n  { a } -> Right a\n  { Exception.raise f -> _ } -> Left f",
        expect!["catch : '{g, Exception} a ->{g} Either Failure a"],
    );
}

#[test]
fn what_is_not_handled_stays() {
    check(
        "f = do\n  handle (put (get + 1), emit 1) with cases\n    { a } -> a\n    { emit _ -> k } -> ((), ())",
        expect!["f : '{Store Nat} ((), ())"],
    );
    check(
        "f = handle put 1 with cases\n  { a } -> a\n  { abort -> _ } -> ()",
        expect!["U0401 1:12 {Store Nat} is not available here"],
    );
    check("f x = handle emit x with cases\n  { _ } -> 0\n  { emit _ -> k } -> 1", expect!["f : a -> Nat"]);
}

#[test]
fn a_continuation_has_the_abilities_of_its_computation() {
    check(
        "uncons : '{g, Emit a} r ->{g} Either r (a, '{g, Emit a} r)\nuncons th = handle !th with cases\n  { r } -> Left r\n  { emit a -> k } -> Right (a, k)",
        expect!["uncons : '{g, Emit a} b ->{g} Either b (a, '{g, Emit a} b)"],
    );
    check(
        "uncons : '{g, Emit a} r ->{g} Either r (a, 'r)\nuncons th = handle !th with cases\n  { r } -> Left r\n  { emit a -> k } -> Right (a, k)",
        expect!["U0401 4:32 {Emit a} is not available here"],
    );
}

#[test]
fn the_runtimes_abilities_are_not_handled() {
    check(
        "f : Request {IO} a -> a\nf = cases { a } -> a\ng th = handle !th with f",
        expect![[r#"
        f : Request {IO} a -> a
        U0403 3:24 IO cannot be handled"#]],
    );
    check("g h th = handle !th with h", expect!["U0402 1:26 it is not known which abilities this handles"]);
}

#[test]
fn operations_answer_what_the_row_says() {
    check(
        "f : '{Store Nat} Text\nf = do get",
        expect!["U0301 2:5 '{Store Nat} Text is wanted here, but this is '{Store Nat} Nat"],
    );
    check(
        "h = cases\n  { a } -> a\n  { get -> k } -> k 1\n  { put x -> k } -> k x",
        expect!["U0301 4:23 () is wanted here, but this is Nat"],
    );
    check("h = cases\n  { a } -> a\n  { abort -> k } -> k 1", expect!["U0301 3:23 x is wanted here, but this is Nat"]);
}

#[test]
fn values_are_computed_without_abilities() {
    check("x = abort", expect!["U0401 1:5 {Abort} is not available here"]);
    check("> printLine \"hello\"", expect!["U0401 1:3 {Exception, IO} is not available here"]);
}

#[test]
fn a_missing_ability_is_told_with_the_signature_to_write() {
    expect![[r#"
        [U0401] Error: {Exception, IO} is not available here
           ╭─[ test.u:2:14 ]
           │
         1 │ hello : Text ->{} ()
           │         ──────┬─────  
           │               ╰─────── here {} is available
         2 │ hello name = printLine name
           │              ────┬────  
           │                  ╰────── needs Exception, IO
           │ 
           │ Help: Write `hello : Text ->{Exception, IO} ()`, or handle them.
           │ 
           │ Note: An expression may use the abilities of the function that it stands in, and those that are handled around it.
        ───╯
    "#]].assert_eq(&told("hello : Text ->{} ()\nhello name = printLine name"));
}
