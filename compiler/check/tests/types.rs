//! Types that are inferred: source over the builtins, and what its definitions are found to be.

mod support;

use expect_test::{Expect, expect};
use support::report;

fn check(source: &str, expected: Expect) {
    expected.assert_eq(&report(source));
}

#[test]
fn functions_are_as_general_as_they_can_be() {
    check("id x = x", expect!["id : a -> a"]);
    check("const a _ = a", expect!["const : a -> b -> a"]);
    check("twice f x = f (f x)", expect!["twice : (a ->{g} a) -> a ->{g} a"]);
    check("compose f g x = f (g x)", expect!["compose : (a ->{g} b) -> (c ->{g} a) -> c ->{g} b"]);
    check("flip f a b = f b a", expect!["flip : (a ->{g} b ->{g} c) -> b -> a ->{g} c"]);
    check("pair a b = (a, b)", expect!["pair : a -> b -> (a, b)"]);
    check("swap (a, b) = (b, a)", expect!["swap : (a, b) -> (b, a)"]);
    check("empty = []", expect!["empty : [a]"]);
}

#[test]
fn local_functions_are_generalised_and_values_with_abilities_are_not() {
    check("f = let\n  id x = x\n  (id 1, id \"a\")", expect!["f : (Nat, Text)"]);
    check("g : [Nat] -> ([Nat], [Text])\ng ns =\n  none = []\n  (none, none)", expect!["g : [Nat] -> ([Nat], [Text])"]);
    check("h x =\n  const _ = x\n  (const 1, const \"a\")", expect!["h : a -> (a, a)"]);
}

#[test]
fn literals_have_the_type_of_their_form() {
    check(
        "a = (1, +1, 1.5, ?c, \"t\", true, 0xsff, [1])",
        expect!["a : (Nat, Int, Float, Char, Text, Boolean, Bytes, [Nat])"],
    );
    check("b = 1 + +1", expect!["U0209 1:7 no `+` fits here"]);
}

#[test]
fn overloaded_names_are_decided_by_type() {
    check("a x = x + 1", expect!["a : Nat -> Nat"]);
    check("a x = x + 1.5", expect!["a : Float -> Float"]);
    check("a x y = \"(\" ++ x ++ y", expect!["a : Text -> Text -> Text"]);
    check("a xs = xs ++ [1]", expect!["a : [Nat] -> [Nat]"]);
    check("a : Int -> Int -> Int\na x y = x * y + x", expect!["a : Int -> Int -> Int"]);
    check("total xs = match xs with\n  [] -> +0\n  x +: rest -> x + total rest", expect!["total : [Int] -> Int"]);
    check("eq a b = a == b", expect!["eq : a -> a -> Boolean"]);
    check("a = size \"abc\" + size [1]", expect!["a : Nat"]);
    check(
        "sum : (Nat -> Nat -> Nat) -> Nat\nsum f = f 1 2\na = sum (+)",
        expect![[r#"
        sum : (Nat ->{g} Nat ->{g} Nat) ->{g} Nat
        a : Nat"#]],
    );
}

#[test]
fn overloaded_names_may_wait_for_what_follows() {
    check("f x y =\n  z = x + y\n  Nat.toText z", expect!["f : Nat -> Nat -> Text"]);
    check("f x y =\n  z = x + y\n  w = z * z\n  Float.floor w", expect!["f : Float -> Float -> Float"]);
    check("f x y = x + y", expect!["U0210 1:11 `+` could mean several things"]);
    check("f x = size x", expect!["U0210 1:7 `size` could mean several things"]);
}

#[test]
fn definitions_of_the_file_take_part_in_overloading() {
    let vectors =
        "type V = V Nat Nat\n(V.+) : V -> V -> V\n(V.+) = cases\n  V a b, V c d -> V (a Nat.+ c) (b Nat.+ d)\n";
    check(
        &format!("{vectors}a = V 1 2 + V 3 4\nb = 1 + 2"),
        expect![[r#"
        V.+ : V -> V -> V
        a : V
        b : Nat"#]],
    );
}

#[test]
fn recursion_needs_no_signature_unless_it_is_polymorphic() {
    check(
        "even n = if n == 0 then true else odd (n - 1)\nodd n = if n == 0 then false else even (n - 1)",
        expect![[r#"
        even : Nat -> Boolean
        odd : Nat -> Boolean"#]],
    );
    check("length = cases\n  [] -> 0\n  _ +: rest -> 1 + length rest", expect!["length : [a] -> Nat"]);
    let nested = "type Nest a = Flat a | Deep (Nest (a, a))\n";
    check(
        &format!("{nested}depth : Nest a -> Nat\ndepth = cases\n  Flat _ -> 0\n  Deep n -> 1 + depth n"),
        expect!["depth : Nest a -> Nat"],
    );
    check(
        &format!("{nested}depth = cases\n  Flat _ -> 0\n  Deep n -> 1 + depth n"),
        expect!["U0303 4:23 a type would have to contain itself"],
    );
}

#[test]
fn functions_may_take_polymorphic_ones() {
    check(
        "both : (forall a. a -> a) -> (Nat, Text)\nboth f = (f 1, f \"a\")\nx = both (y -> y)",
        expect![[r#"
        both : (∀ a. a ->{g} a) ->{g} (Nat, Text)
        x : (Nat, Text)"#]],
    );
    check(
        "both : (forall a. a -> a) -> (Nat, Text)\nboth f = (f 1, f \"a\")\nx = both (y -> y + 1)",
        expect![[r#"
        both : (∀ a. a ->{g} a) ->{g} (Nat, Text)
        U0209 3:18 no `+` fits here"#]],
    );
    check(
        "id x = x\nboth : (forall a. a -> a) -> (Nat, Text)\nboth f = (f 1, f \"a\")\nx = both id",
        expect![[r#"
        id : a -> a
        both : (∀ a. a ->{g} a) ->{g} (Nat, Text)
        x : (Nat, Text)"#]],
    );
    check(
        "run : (forall g a. '{g} a ->{g} a) -> Nat\nrun f = f '1\nx = run (d -> !d)",
        expect![[r#"
        run : (∀ g a. '{g} a ->{g} a) -> Nat
        x : Nat"#]],
    );
    check(
        "type Any2 = Any2 (forall r. (Nat -> r) -> r)\nuse2 : Any2 -> Nat\nuse2 = cases Any2 k -> k (x -> x)",
        expect!["use2 : Any2 -> Nat"],
    );
}

#[test]
fn type_variables_of_a_signature_are_in_scope() {
    check("f : a -> [a]\nf x =\n  g : a -> [a]\n  g y = [x, y]\n  g x", expect!["f : a -> [a]"]);
    check(
        "f : a -> b -> [a]\nf x y =\n  g : a -> [a]\n  g z = [z]\n  g y",
        expect!["U0301 5:5 a is wanted here, but this is b"],
    );
}

#[test]
fn records_have_accessors() {
    check(
        "type P a = { first : a, second : Nat }\nf p = P.first p + P.second p",
        expect![[r#"
        P.first : P a -> a
        P.first.set : a -> P a -> P a
        P.first.modify : (a ->{g} a) -> P a ->{g} P a
        P.second : P a -> Nat
        P.second.set : Nat -> P a -> P a
        P.second.modify : (Nat ->{g} Nat) -> P a ->{g} P a
        f : P Nat -> Nat"#]],
    );
}

#[test]
fn matches_see_through_nesting() {
    check(
        "f = cases\n  (Some x, y +: _) -> x + y\n  (None, [y]) -> y\n  _ -> 0",
        expect!["f : (Optional Nat, [Nat]) -> Nat"],
    );
    check(
        "f = cases\n  [1, x] ++ rest -> x +: rest\n  rest :+ x -> x +: rest\n  all@[] -> all",
        expect!["f : [Nat] -> [Nat]"],
    );
    check("f = cases\n  0, y -> y\n  x, y | x > y -> x\n       | otherwise -> y", expect!["f : Nat -> Nat -> Nat"]);
}

#[test]
fn local_functions_may_stand_after_their_use() {
    check(
        "f n =\n  even n = if n == 0 then true else odd (n - 1)\n  odd n = if n == 0 then false else even (n - 1)\n  even n",
        expect!["f : Nat -> Boolean"],
    );
    check("f n =\n  a = g n\n  g x = x + 1\n  a", expect!["f : Nat -> Nat"]);
    check("f x =\n  x = x + 1\n  x = x * 2\n  x", expect!["f : Nat -> Nat"]);
}

#[test]
fn annotations_are_checked() {
    check("a = ([] : [Nat])", expect!["a : [Nat]"]);
    check("a = (1 : Text)", expect!["U0301 1:6 Text is wanted here, but this is Nat"]);
    check("a = (x -> x : Nat -> Nat)", expect!["a : Nat -> Nat"]);
}

#[test]
fn watches_are_anonymous_definitions() {
    check(
        "x = 2\n> x + 1\ntest> t = x == 2",
        expect![[r#"
        x : Nat
        > Nat
        > Boolean"#]],
    );
}
