//! What names mean: suffixes, `use`, namespaces, levels, files.

mod support;

use expect_test::{Expect, expect};
use kernel::{TermRef, TypeRef};
use support::library::Library;
use support::{checked, problems, report, report_over};

fn check(source: &str, expected: Expect) {
    expected.assert_eq(&report(source));
}

fn library(text: &str, level: u8) -> Library {
    let (checked, sources) = checked(&[("library.u", text)], &Library::default());
    assert!(problems(&checked, &sources).is_empty(), "the library has no mistakes");
    Library::default().with_level(&checked, level)
}

#[test]
fn any_unique_suffix_will_do() {
    check(
        "a.b.f = 1\nx = f\ny = b.f\nz = a.b.f",
        expect![[r#"
        a.b.f : Nat
        x : Nat
        y : Nat
        z : Nat"#]],
    );
    check(
        "a.f = 1\nb.f = \"t\"\nx = f + 1\ny = f ++ \"u\"",
        expect![[r#"
        a.f : Nat
        b.f : Text
        x : Nat
        y : Text"#]],
    );
    check(
        "a.T.A = 1\ntype a.Color = Red | Green\nc : Color\nc = Color.Red",
        expect![[r#"
        a.T.A : Nat
        c : Color"#]],
    );
}

#[test]
fn use_brings_names_in() {
    check("use Nat +\nf x y = x + y", expect!["f : Nat -> Nat -> Nat"]);
    check(
        "f x y =\n  use Float +\n  x + y\ng x y = x + y",
        expect![[r#"
        f : Float -> Float -> Float
        U0210 4:11 `+` could mean several things"#]],
    );
    check(
        "use a\na.size = 3\nx = size",
        expect![[r#"
        a.size : Nat
        x : Nat"#]],
    );
    check("f =\n  use Text size\n  size", expect!["f : Text -> Nat"]);
}

#[test]
fn namespaces_qualify_what_a_file_defines() {
    check(
        "namespace my.app\ntype T = A | B\nf : T -> Nat\nf = cases\n  A -> 1\n  T.B -> g\ng = 2",
        expect![[r#"
        my.app.f : T -> Nat
        my.app.g : Nat"#]],
    );
}

#[test]
fn files_see_each_other() {
    let files = [
        ("one.u", "namespace one\nf x = two.g x + 1\nlocal = 1"),
        ("two.u", "namespace two\ng x = x * 2\nlocal = \"t\"\nh = local"),
    ];
    let (checked, sources) = checked(&files, &Library::default());
    let mut lines: Vec<String> = checked
        .terms
        .iter()
        .map(|term| format!("{} : {}", term.name, check::print_signature(&term.signature, &Library::default())))
        .collect();
    lines.extend(problems(&checked, &sources));
    expect![[r#"
        one.f : Nat -> Nat
        one.local : Nat
        two.g : Nat -> Nat
        two.local : Text
        two.h : Text"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn nearer_levels_hide_farther_ones() {
    let far = library("f = \"far\"\nlib.size = \"far\"\ntype Shape = Far\n", 1);
    expect![[r#"
        f : Nat
        x : Nat"#]]
    .assert_eq(&report_over("f = 1\nx = f", &far));
    expect![[r#"
        x : Text
        y : Shape"#]]
    .assert_eq(&report_over("x = f\ny = Far", &far));
    expect![[r#"
        y : Shape
        z : Shape"#]]
    .assert_eq(&report_over("type Shape = Near\ny : Shape\ny = Near\nz = Far", &far));
}

#[test]
fn locals_hide_everything() {
    check(
        "x = 1\nf x = x ++ \"t\"",
        expect![[r#"
        x : Nat
        f : Text -> Text"#]],
    );
    check("f = cases\n  Some bug -> bug + 1\n  None -> 0", expect!["f : Optional Nat -> Nat"]);
}

#[test]
fn unknown_names_come_with_suggestions() {
    let told = |text| support::told(text);
    expect![[r#"
        [U0201] Error: nothing here is called `printLin`
           ╭─[ test.u:1:5 ]
           │
         1 │ f = printLin "a"
           │     ────┬───  
           │         ╰───── not found
           │ 
           │ Help: Did you mean `IO.console.printLine`? Its type fits: Text ->{Exception, IO} ()
        ───╯
    "#]]
    .assert_eq(&told("f = printLin \"a\""));
    check(
        "f = Nat.toTex 1\ng : Nta\ng = 1\nh = cases Smoe x -> x",
        expect![[r#"
        U0201 1:5 nothing here is called `Nat.toTex`
        U0202 2:5 there is no type or ability `Nta`
        U0203 4:11 there is no constructor or operation `Smoe`"#]],
    );
}

#[test]
fn names_that_mean_too_much_are_told() {
    check("f = size", expect!["U0210 1:5 `size` could mean several things"]);
    check("type a.T = A\ntype b.T = B\nf : T\nf = A", expect!["U0204 3:5 `T` could mean several types"]);
    check(
        "type a.T = C Nat\ntype b.T = C Text\nf : a.T -> Nat\nf = cases C n -> n\ng = cases C n -> 1",
        expect![[r#"
        f : a.T -> Nat
        U0205 5:11 `C` could mean several constructors"#]],
    );
    check("f x = x + \"a\"", expect!["U0209 1:9 no `+` fits here"]);
}

#[test]
fn duplicates_are_told() {
    check(
        "f = 1\nf = 2",
        expect![[r#"
        f : Nat
        U0206 2:1 `f` is defined twice"#]],
    );
    check(
        "type T = A | A\ntype T = B",
        expect![[r#"
        U0601 1:14 `A` is declared twice
        U0206 2:6 `T` is defined twice"#]],
    );
    check(
        "f x x = x\ng = cases (y, y) -> y",
        expect![[r#"
        U0207 1:5 `x` is bound twice
        U0207 2:15 `y` is bound twice"#]],
    );
    check(
        "type P = { x : Nat }\nP.x = 1",
        expect![[r#"
        P.x : P -> Nat
        P.x.set : Nat -> P -> P
        P.x.modify : (Nat ->{g} Nat) -> P ->{g} P
        U0206 2:1 `P.x` is defined twice"#]],
    );
}

/// What a source over `library` says, in which `HASH` is the hash of the library's `name`.
fn by_hash(name: &str, source: &str, expected: Expect) {
    let text = "twice : Nat -> Nat\ntwice n = n + n\ntype Shape = Point | Circle Nat\nstructural ability Ask where\n  ask : {Ask} Nat";
    let (known, _) = checked(&[("library.u", text)], &Library::default());
    let term = known.terms.iter().find(|term| term.name.as_str() == name).map(|term| term.reference);
    let ty = known.types.iter().find(|ty| ty.name.as_str() == name).map(|ty| ty.reference);
    let hash = match (term, ty) {
        (Some(TermRef::Def(id)), _) | (_, Some(TypeRef::Def(id))) => id.component,
        _ => panic!("{name} is in the library"),
    };
    let source = source.replace("HASH", &hash.short());
    let told = report_over(&source, &Library::default().with(&known)).replace(&hash.short(), "HASH");
    expected.assert_eq(&told);
}

#[test]
fn a_hash_means_what_has_it() {
    by_hash(
        "twice",
        "a = HASH 3\nb = twiceHASH 3\nc = termLink HASH",
        expect![[r#"
        a : Nat
        b : Nat
        c : Term"#]],
    );
    by_hash(
        "twice",
        "a = thriceHASH 3\nb = HASH.1 3\nc : HASH\nc = 1\nd = HASH#0",
        expect![[r#"
        U0212 1:5 no term has the hash `thriceHASH`
        U0212 2:5 no term has the hash `HASH.1`
        U0212 3:5 no type or ability has the hash `HASH`
        U0212 5:5 no term has the hash `HASH#0`"#]],
    );
    by_hash(
        "Shape",
        "area : HASH -> Nat\narea = cases\n  HASH#0 -> 0\n  Shape.CircleHASH#1 r -> r\na = HASH#1 2\nb = typeLink HASH",
        expect![[r#"
            area : Shape -> Nat
            a : Shape
            b : Type"#]],
    );
    by_hash(
        "Ask",
        "answer : '{HASH} a -> a\nanswer c = handle c() with cases\n  { HASH#0 -> k } -> answer '(k 1)\n  { a } -> a",
        expect!["answer : '{Ask} a -> a"],
    );
    by_hash(
        "twice",
        "a = ##Nat.+ 1 2\nb : ##Text\nb = \"\"\nc = ##Optional#1",
        expect![[r#"
        a : Nat
        b : Text
        c : a -> Optional a"#]],
    );
    by_hash(
        "twice",
        "a = #abc\nb = #01234567 1\nc = ##Nat.plus\nd = typeLink #01234567\ne = cases #01234567#0 -> 1",
        expect![[r#"
            U0212 1:5 no term has the hash `#abc`
            U0212 2:5 no term has the hash `#01234567`
            U0212 3:5 no term has the hash `##Nat.plus`
            U0212 4:14 no type or ability has the hash `#01234567`
            U0212 5:11 no constructor or operation has the hash `#01234567#0`"#]],
    );
}

#[test]
fn links_are_values() {
    check(
        "f = 1\na = termLink f\nb = typeLink Nat",
        expect![[r#"
        f : Nat
        a : Term
        b : Type"#]],
    );
}
