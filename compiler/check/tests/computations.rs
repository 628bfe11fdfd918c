//! Computations: the notation of the posts, by its types and by what it elaborates to.

mod support;

use expect_test::{Expect, expect};
use support::{elaborated, report, told};

fn check(source: &str, expected: Expect) {
    expected.assert_eq(&report(source));
}

fn check_terms(source: &str, expected: Expect) {
    expected.assert_eq(&elaborated(source));
}

#[test]
fn the_posts_helpers_are_programs() {
    let helpers = "\
unit : a -> Remote a
unit a = bind (loc -> at loc a) here

map : (a -> b) -> Remote a -> Remote b
map f a = bind (a -> unit (f a)) a

bind : (a -> Remote b) -> Remote a -> Remote b
bind f a = f a
";
    check(
        helpers,
        expect![[r#"
        unit : a ->{Remote} a
        map : (a ->{Remote} b) -> Remote a ->{Remote} b
        bind : (a ->{Remote} b) -> Remote a ->{Remote} b"#]],
    );
    check_terms(
        helpers,
        expect![[r#"
        unit = (\v0 (bind · (\v1 (Remote.at · <> v1 (\v2 v0))) Remote.here))
        map = (\v0 v1 (bind · (\v2 (unit · (v0 · v2))) v1))
        bind = (\v0 v1 (v0 · (v1 · ())))"#]],
    );
}

#[test]
fn arguments_become_computations() {
    check_terms(
        "f : Node -> Nat -> Remote Nat\nf n x = at n (x + 1)",
        expect![[r#"f = (\v0 v1 (Remote.at · <> v0 (\v2 (Nat.+ · v1 1))))"#]],
    );
    check_terms(
        "f : Node -> Nat -> Remote Nat\nf n x = at n do x + 1",
        expect![[r#"f = (\v0 v1 (Remote.at · <> v0 (\v2 (Nat.+ · v1 1))))"#]],
    );
    check_terms(
        "f : Node -> Nat -> Remote Nat\nf n x = at n '(x + 1)",
        expect![[r#"f = (\v0 v1 (Remote.at · <> v0 (\v2 (Nat.+ · v1 1))))"#]],
    );
    check_terms(
        "f : Node -> Nat -> Remote Nat\nf n x = at n (at n x)",
        expect![[r#"f = (\v0 v1 (Remote.at · <> v0 (\v2 (Remote.at · <> v0 (\v3 v1)))))"#]],
    );
}

#[test]
fn marked_names_are_forced_at_each_use_and_passed_as_they_are() {
    check_terms(
        "twice : ({g} a) ->{g} (a, a)\ntwice x = (x, x)",
        expect![[r#"twice = (\v0 (Tuple · (v0 · ()) (v0 · ())))"#]],
    );
    check_terms(
        "same : ({g} a) ->{g} a\nsame x = x\npass : ({g} a) ->{g} a\npass x = same x",
        expect![[r#"
        same = (\v0 (v0 · ()))
        pass = (\v0 (same · v0))"#]],
    );
    check_terms("quote : ({g} a) -> '{g} a\nquote x = 'x", expect![[r#"quote = (\v0 v0)"#]]);
    check_terms(
        "home : Remote Node\nhome = here\nthere : Remote Nat\nthere = at home 1",
        expect![[r#"
        home = Remote.here
        there = (\v0 (Remote.at · <> (home · ()) (\v1 1)))"#]],
    );
}

#[test]
fn elsewhere_computations_are_delays() {
    check(
        "type Job = Job (Remote Nat)\nrun : Job -> Remote Nat\nrun = cases Job r -> !r\nmake : Nat -> Job\nmake x = Job do at here x",
        expect![[r#"
        run : Job ->{Remote} Nat
        make : Nat -> Job"#]],
    );
    check(
        "all : [Remote a] -> Remote [a]\nall = cases\n  [] -> []\n  r +: rest -> !r +: all rest",
        expect!["all : ['{Remote} a] ->{Remote} [a]"],
    );
    check("later = at\nf n = later n '1", expect!["U0210 1:9 `at` could mean several things"]);
    check("f : ('{g} a -> b) -> ({g} a) -> b\nf g x = g 'x", expect!["f : ('{g} a ->{h} b) -> ({g} a) ->{h} b"]);
}

#[test]
fn rows_of_at_are_recorded() {
    let ability = "structural ability Ask where\n  ask : {Ask} Nat\n";
    check_terms(
        &format!("{ability}f n = Remote.at n (ask + 1)"),
        expect![[r#"f = (\v0 (Remote.at · <Ask> v0 (\v1 (Nat.+ · (ask · ) 1))))"#]],
    );
    check_terms(
        "f : Node -> '{Exception, IO, Remote} Nat\nf n = do Remote.at n (Nat.increment (Text.size (readLine())))",
        expect![[
            r#"f = (\v0 v1 (Remote.at · <Exception> v0 (\v2 (Nat.increment · (Text.size · (IO.console.readLine · ()))))))"#
        ]],
    );
    check_terms(
        "f : Node -> ({g} a) ->{Remote, g} a\nf n x = at n x",
        expect![[r#"f = (\v0 v1 (Remote.at · <Request> v0 v1))"#]],
    );
}

#[test]
fn closed_types_of_channels_are_recorded() {
    // Only from the context is it known what is sent.
    check_terms(
        "f : () ->{Remote!} Channel Nat\nf _ = Remote!.channel",
        expect![[r#"f = (\v0 (Remote!.channel · hash 4b9f ()))"#]],
    );
    check_terms(
        "f : () ->{Remote!} ()\nf _ =\n  c = Remote!.channel\n  Remote!.send Remote.here c [1]",
        expect![[
            r#"f = (\v0 let v1 = (Remote!.channel · hash 98b0 ()) in (Remote!.send · (Remote.here · ()) v1 [1]))"#
        ]],
    );
    check_terms(
        "f : () ->{Remote!} Channel a\nf _ = Remote!.channel",
        expect![[r#"f = (\v0 (Remote!.channel · open ()))"#]],
    );
}

#[test]
fn futures_are_started_with_the_runtimes_abilities_only() {
    check("f n x = await (at' n (x + 1))", expect!["f : Node -> Nat ->{Remote} Nat"]);
    check("f n = at' n (readLine())", expect!["f : Node ->{Exception, IO, Remote} Future Text"]);
    check(
        "structural ability Ask where\n  ask : {Ask} Nat\nf n = at' n (ask + 1)",
        expect!["U0405 3:7 Ask is not available to what `at'` starts"],
    );
    check(
        "f : Node -> ({g} a) ->{Remote, g} Future a\nf n x = at' n x",
        expect!["U0405 2:9 g is not available to what `at'` starts"],
    );
    check("f n g = at' n (g 1)", expect!["f : Node -> (Nat -> a) ->{Remote} Future a"]);
}

#[test]
fn arrows_in_blocks_bind() {
    check_terms(
        "f : Node -> Remote Nat\nf n = do\n  x <- at n 1\n  y <- at n x\n  x + y",
        expect![[
            r#"f = (\v0 let v1 = (Remote.at · <> v0 (\v1 1)); v2 = (Remote.at · <> v0 (\v2 v1)) in (Nat.+ · v1 v2))"#
        ]],
    );
    check(
        "f = do\n  x <- 1\n  x + 1\ng = do\n  x = 1\n  x + 1",
        expect![[r#"
        f : Nat
        g : 'Nat"#]],
    );
    check(
        "f : 'Nat\nf = do\n  x <- 1\n  x + 1\ng : Nat\ng = do\n  x = 1\n  x + 1",
        expect![[r#"
        f : 'Nat
        g : Nat"#]],
    );
}

#[test]
fn remote_bang_includes_remote() {
    check("f : Node ->{Remote!} Nat\nf n = at n 1", expect!["f : Node ->{Remote!} Nat"]);
    check("lift : ({Remote, g} a) ->{Remote!, g} a\nlift x = x", expect!["lift : ({g, Remote} a) ->{g, Remote!} a"]);
    check(
        "f : Node ->{Remote} Nat\nf n = g n\ng : Node ->{Remote!} Nat\ng n = at n 1",
        expect![[r#"
        g : Node ->{Remote!} Nat
        U0401 2:7 {Remote!} is not available here"#]],
    );
    check("f : Remote! Nat\nf = at here 1", expect!["f : Remote! Nat"]);
}

#[test]
fn delays_as_unquoted_arguments_are_ambiguous() {
    check(
        "f : Node -> '{IO} Nat ->{Remote, IO} Nat\nf n t = at n !t",
        expect!["f : Node -> '{IO} Nat ->{IO, Remote} Nat"],
    );
    expect![[r#"
        [U0404] Error: it is not clear whether this delay is to be run or passed
           ╭─[ test.u:2:14 ]
           │
         2 │ f n t = at n t
           │              ┬  
           │              ╰── has type '{IO} Nat
           │ 
           │ Help: Write `!t` to run it as the computation, or `'t` to compute the delay itself.
           │ 
           │ Note: The parameter takes a computation, and the argument is itself a delayed one.
        ───╯
    "#]]
    .assert_eq(&told("f : Node -> '{IO} Nat ->{Remote, IO} Nat\nf n t = at n t"));
}

#[test]
fn heads_that_differ_in_marks_are_decided_first() {
    check(
        "f : Node -> [Nat] -> Remote (Optional Nat)\nf n xs = at n (at 0 xs)",
        expect!["f : Node -> [Nat] ->{Remote} Optional Nat"],
    );
    check("f n x = at n x", expect!["U0211 1:9 `at` could mean several things"]);
}
