//! Mistakes, and what is told about them.

mod support;

use expect_test::{Expect, expect};
use support::{report, told};

fn check(source: &str, expected: Expect) {
    expected.assert_eq(&report(source));
}

#[test]
fn independent_mistakes_are_told_each() {
    check(
        "a = 1 + \"x\"\nb : Text\nb = 2\nc = a ++ b\nd : Nat\nd = Text.size b + missing",
        expect![[r#"
        U0209 1:7 no `+` fits here
        U0301 3:5 Text is wanted here, but this is Nat
        U0201 6:19 nothing here is called `missing`"#]],
    );
}

#[test]
fn a_mismatch_shows_both_places() {
    expect![[r#"
        [U0301] Error: Text is wanted here, but this is Nat
           ╭─[ test.u:2:7 ]
           │
         1 │ f : Nat -> Text
           │     ─────┬─────  
           │          ╰─────── wanted because of this type: Text
         2 │ f x = x
           │       ┬  
           │       ╰── has type Nat
           │ 
           │ Help: `Nat.toText` converts it: Nat -> Text
           │ 
           │ Note: The two types are different.
        ───╯
    "#]]
    .assert_eq(&told("f : Nat -> Text\nf x = x"));
    expect![[r#"
        [U0301] Error: Text is wanted here, but this is Nat
           ╭─[ test.u:1:15 ]
           │
         1 │ f = Text.size 3
           │     ────┬──── ┬  
           │         ╰──────── this takes Text
           │               │  
           │               ╰── has type Nat
           │ 
           │ Help: `Nat.toText` converts it: Nat -> Text
           │ 
           │ Note: The two types are different.
        ───╯
    "#]]
    .assert_eq(&told("f = Text.size 3"));
    expect![[r#"
        [U0301] Error: Nat is wanted here, but this is Text
           ╭─[ test.u:1:24 ]
           │
         1 │ f c = if c then 1 else "a"
           │                 ┬      ─┬─  
           │                 ╰─────────── the first one is Nat
           │                         │   
           │                         ╰─── has type Text
           │ 
           │ Help: `Nat.fromText` converts it: Text -> Optional Nat
           │ 
           │ Note: The two types are different.
        ───╯
    "#]]
    .assert_eq(&told("f c = if c then 1 else \"a\""));
}

#[test]
fn applications_have_the_right_number_of_arguments() {
    check("a = Nat.toText 1 2", expect!["U0302 1:18 this is applied to too many arguments"]);
    check("f : Nat -> Nat\nf x y = x", expect!["U0308 2:5 more parameters than the signature has"]);
    check("a = 3 4", expect!["U0302 1:7 this is applied to too many arguments"]);
    check("f x = x x", expect!["U0303 1:9 a type would have to contain itself"]);
}

#[test]
fn rigid_variables_stay_what_they_are() {
    check("f : a -> b\nf x = x", expect!["U0301 2:7 b is wanted here, but this is a"]);
    check("f : a -> Nat\nf x = x + 1", expect!["U0209 2:9 no `+` fits here"]);
    check("g f =\n  h : a -> a\n  h x = f x\n  h 1", expect!["U0304 3:11 `a` stands for any type, and is used as one"]);
}

#[test]
fn statements_have_type_unit() {
    check("f =\n  1 + 1\n  2", expect!["U0305 2:3 the value of this statement is not used"]);
    check("f x =\n  'x\n  x", expect!["U0305 2:3 the value of this statement is not used"]);
    check("f =\n  x = 1", expect!["U0309 2:3 this block has no result"]);
}

#[test]
fn cycles_of_values_are_told() {
    check("x = x + 1", expect!["U0307 1:1 `x` cannot be computed"]);
    check("x = y\ny = x", expect!["U0307 1:1 `x` and `y` cannot be computed"]);
    check("f =\n  a = b\n  b = a\n  a", expect!["U0307 2:3 `a` and `b` cannot be computed"]);
    check(
        "f = do f\ng = g2\ng2 x = g x",
        expect![[r#"
        U0301 1:5 a is wanted here, but this is '{g} a
        U0307 2:1 `g` cannot be computed"#]],
    );
}

#[test]
fn cases_have_to_cover_everything() {
    check("f = cases\n  Some x -> x", expect!["U0501 1:5 a case is missing"]);
    check("f = cases\n  (true, _) -> 1\n  (_, false) -> 2", expect!["U0501 1:5 a case is missing"]);
    check("f = cases\n  0 -> 1\n  1 -> 2", expect!["U0501 1:5 a case is missing"]);
    check("f = cases\n  [] -> 0\n  [x] -> x\n  [x, y] ++ _ -> x + y", expect!["f : [Nat] -> Nat"]);
    check("f = cases\n  [] -> 0\n  [x, y] ++ _ -> x + y", expect!["U0501 1:5 a case is missing"]);
    check("f = cases\n  rest :+ 1 -> 1\n  2 +: rest -> 2\n  [] -> 0", expect!["U0501 1:5 cases are missing"]);
    check("f x = match x with\n  n | n > 3 -> 1", expect!["U0501 1:7 a case is missing"]);
    check("type T = A T | B\nf = cases\n  A (A _) -> 1\n  B -> 2", expect!["U0501 2:5 a case is missing"]);
    check("f = cases\n  true, false -> 1\n  false, _ -> 2", expect!["U0501 1:5 a case is missing"]);
    check("f (Some x) = x", expect!["U0501 1:4 this pattern does not match every value"]);
    check(
        "structural ability S where\n  one : {S} Nat\n  two : Nat ->{S} ()\nf = cases\n  { a } -> a\n  { two n -> _ } -> n",
        expect!["U0501 4:5 a case is missing"],
    );
}

#[test]
fn cases_have_to_be_reached() {
    check("f = cases\n  _ -> 1\n  0 -> 2", expect!["U0502 3:3 this case is never reached"]);
    check("f = cases\n  Some _ -> 1\n  None -> 2\n  Some 3 -> 4", expect!["U0502 4:3 this case is never reached"]);
    check("f = cases\n  [] -> 0\n  x +: _ -> x\n  [y] -> y", expect!["U0502 4:3 this case is never reached"]);
    check(
        "f x = match x with\n  n | n > 3 -> 1\n    | otherwise -> 2\n  4 -> 5",
        expect!["U0502 4:3 this case is never reached"],
    );
}

#[test]
fn patterns_are_well_formed() {
    check("type T = T Nat Nat\nf = cases T a -> a", expect!["U0503 2:11 `T` has another number of fields"]);
    check(
        "f = cases\n  1, 2 -> 3\n  4 -> 5\n  _, _ -> 6",
        expect!["U0504 3:3 cases with different numbers of patterns"],
    );
    check("f = cases\n  a ++ b -> 1", expect!["U0505 2:3 it is not known where to split the list"]);
    check("f = cases\n  1 -> 1\n  \"a\" -> 2\n  _ -> 3", expect!["U0301 3:3 Nat is wanted here, but this is Text"]);
}

#[test]
fn kinds_are_checked() {
    check("f : Optional -> Nat\nf x = 1", expect!["U0310 1:5 `Optional` takes 1 parameter, and has none here"]);
    check("f : Nat Nat -> Nat\nf x = 1", expect!["U0310 1:5 `Nat` takes no parameters, and has 1 here"]);
    check("f : Nat ->{Nat} Nat\nf x = 1", expect!["U0310 1:12 an ability is wanted here"]);
    check("f : IO -> Nat\nf x = 1", expect!["U0310 1:5 an ability is not a type"]);
    check(
        "type T f a = T (f a)\nf : T Optional Nat -> Nat\nf = cases\n  T (Some n) -> n\n  T None -> 0\ng : T Nat Nat -> Nat\ng x = 1",
        expect![[r#"
            f : T Optional Nat -> Nat
            U0310 6:7 a type with a parameter is wanted here"#]],
    );
    check(
        "type Job g a = Job ('{g} a)\nrun : Job {IO} a ->{IO} a\nrun = cases Job d -> !d\nbad : Job Nat Nat -> Nat\nbad x = 1",
        expect![[r#"
        run : Job {IO} a ->{IO} a
        U0310 4:11 an ability is wanted here"#]],
    );
}

#[test]
fn declarations_are_checked() {
    check("type T a = A b", expect!["U0208 1:14 `b` is not a parameter of this declaration"]);
    check("type T a a = A a", expect!["U0602 1:10 the parameter `a` is named twice"]);
    check("type P = { x : Nat, x : Text }", expect!["U0601 1:21 `x` is declared twice"]);
    check(
        "type T = A Missing\nf : T -> T\nf x = x\ng = cases A _ -> 1\nh = 1",
        expect![[r#"
        h : Nat
        U0202 1:12 there is no type or ability `Missing`"#]],
    );
}

#[test]
fn holes_tell_what_is_wanted() {
    expect![[r#"
        [U0306] Error: here is a hole `_what`
           ╭─[ test.u:2:13 ]
           │
         2 │ f n t = n + _what
           │             ──┬──  
           │               ╰──── wanted: Nat
           │ 
           │ Help: These fit, some once they are applied:
           │         n : Nat
           │         Text.size : Text -> Nat
           │         Nat.popCount : Nat -> Nat
           │         Nat.increment : Nat -> Nat
           │         Nat.complement : Nat -> Nat
           │         Nat.leadingZeros : Nat -> Nat
           │         Nat.trailingZeros : Nat -> Nat
           │         Nat.* : Nat -> Nat -> Nat
        ───╯
    "#]]
    .assert_eq(&told("f : Nat -> Text -> Nat\nf n t = n + _what"));
}

#[test]
fn what_depends_on_a_mistake_is_not_told_again() {
    check(
        "a = missing\nb = a + 1\nc : Nat\nc = missing2\nd = c ++ \"x\"",
        expect![[r#"
        U0201 1:5 nothing here is called `missing`
        U0201 4:5 nothing here is called `missing2`
        U0209 5:7 no `++` fits here"#]],
    );
}

/// The hints, one a line.
fn hints(text: &str, expected: Expect) {
    let told = support::told(text);
    let hints: Vec<&str> = told.lines().filter_map(|line| line.split_once("Help: ")).map(|(_, hint)| hint).collect();
    expected.assert_eq(&hints.join("\n"));
}

#[test]
fn names_of_other_languages_are_translated() {
    hints(
        "f : String\nf = True",
        expect![[r#"
        It is called `Text` here.
        It is written `true`."#]],
    );
    hints(
        "f n = n.toText",
        expect!["`n` is a variable, and a dot is a part of a name. A function comes first: `toText n`."],
    );
    hints("f n = return n", expect!["The last expression of a block is its value: leave `return` out."]);
}

#[test]
fn suggestions_are_near() {
    hints("f x = y + 1", expect!["Define it, or check the spelling and the `use` clauses."]);
    hints("f = Nat.toTxt 1", expect!["Did you mean `Nat.toText`? Its type fits: Nat -> Text"]);
    hints("type P = { width : Nat }\nf = P.widht", expect!["Did you mean `P.width`?"]);
    hints("f count = coutn", expect!["Did you mean `count`?"]);
    hints("f = cases Smoe x -> x", expect!["Did you mean `Optional.Some`?"]);
}

#[test]
fn a_delay_too_much_or_missing() {
    hints(
        "f : '{IO, Exception} ()\nf = printLine \"x\"",
        expect!["Write `do` before it: then it is run where the delay is, by `!`."],
    );
    hints("t : '{} Nat\nt = '5\nf : Nat\nf = t", expect!["Write `!` before it, which runs the delay."]);
    check("twice : ({g} a) ->{g} (a, a)\ntwice c = (c, !c)", expect!["U0311 2:16 `c` is run by its name alone"]);
    hints(
        "main = do\n  x <- printLine \"a\"\n  x",
        expect!["Write its signature above it, with a type such as `'{Exception, IO} a`."],
    );
}

#[test]
fn one_mistake_is_one_problem() {
    check("f : Nat -> Nat\nf n = 1 2 + n", expect!["U0302 2:9 this is applied to too many arguments"]);
    check(
        "ability Ask a where ask : {Ask a} a\np : a -> '{Ask a} r -> r\np a c = handle c() with cases\n  { r } -> r\n  { ask -> k } -> handle k a with p a",
        expect!["U0301 5:35 Request c d ->{h} r is wanted here, but this is '{Ask a} b ->{g} b"],
    );
    hints(
        "f : '{IO, Exception} ()\nf = do\n  printLine \"a\"\n    printLine \"b\"",
        expect![
            "A line that is indented more than the one above it continues it; align the two if it is a step of its own."
        ],
    );
}

#[test]
fn an_operation_may_leave_its_ability_out() {
    check(
        "ability Ask a where\n  ask : a\n  tell : a -> ()\nf : Nat ->{Ask Nat} Nat\nf n =\n  tell n\n  ask + n",
        expect!["f : Nat ->{Ask Nat} Nat"],
    );
}

#[test]
fn what_is_missing_is_named() {
    hints("g : Text\ng = Nat.toText", expect!["An argument is missing: it is a function, and takes Nat."]);
    hints("g : Boolean\ng = Nat.eq", expect!["Arguments are missing: it is a function, and takes Nat, then Nat."]);
    hints(
        "f a b c = a == b ++ c",
        expect![
            "`a == b ++ c` means `(a == b) ++ c`, since `++` takes everything to its left; write `a == (b ++ c)` if that is meant."
        ],
    );
    hints("f a b c = (a == b) ++ c", expect!["Check the types of what it is applied to."]);
    hints(
        "(+++) : Text -> Nat -> Nat\na +++ b = Text.size a + b\nf n = n == n +++ 1",
        expect![
            "`a == b +++ c` means `(a == b) +++ c`, since `+++` takes everything to its left; write `a == (b +++ c)` if that is meant."
        ],
    );
    hints(
        "f = double 3\ng : double -> Double\ng x = x",
        expect![[r#"
        Define it, or check the spelling and the `use` clauses.
        It is called `Float` here."#]],
    );
    hints(
        "f x =\n  y = x + 1\n    x\n",
        expect![
            "A line that is indented more than the one above it continues it; align the two if it is a step of its own."
        ],
    );
}
