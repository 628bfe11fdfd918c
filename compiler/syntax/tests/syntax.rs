//! What every construct is read as, and what is said about mistakes. `UPDATE_EXPECT=1 cargo test -p syntax` accepts.

mod dump;

use expect_test::{Expect, expect};

fn file(text: &str, expected: Expect) {
    expected.assert_eq(&dump::file(text));
}

/// Several expressions, one a line, each printed on its own line.
fn exprs(lines: &str, expected: Expect) {
    let printed: String = lines.trim().lines().map(|line| dump::expression(line.trim())).collect();
    expected.assert_eq(&printed);
}

#[test]
fn literals() {
    exprs(
        r#"
        [42, 0x2a, 0o52, 0b1, +1, -1, 1.0, 1e3, -2.5e-3, 0xs00ff, 18446744073709551615, -9223372036854775808]
        [?a, ?\n, ?\s, ?', ?λ]
        ["a\tb\"c\\", "", "λ", true, false, ()]
        1+1
        1 +1
        n-1
        f -1
        (n)-1
        "#,
        expect![[r#"
            [42 42 42 1 +1 -1 1.0 1000.0 -0.0025 [0, 255] 18446744073709551615 -9223372036854775808]
            [?'a' ?'\n' ?' ' ?'\'' ?'λ']
            ["a\tb\"c\\" "" "λ" true false (tuple)]
            (+ 1 1)
            (1 +1)
            (- n 1)
            (f -1)
            (- n 1)
        "#]],
    );
}

#[test]
fn raw_text_loses_the_indentation_of_its_closing_quotes() {
    exprs(
        r#" """one "line" """ "#,
        expect![[r#"
        "one \"line\" "
    "#]],
    );
    file(
        r#"
a = """
  one
    "two"

  three
  """
b = foo """
    x
  y""" 1
"#,
        expect![[r#"
            (def a = "one\n  \"two\"\n\nthree")
            (def b = (foo "    x\n  y" 1))
        "#]],
    );
}

#[test]
fn names() {
    exprs(
        r#"
        at' await! here! Remote!.send `match` _x 😀 a.b.c
        a Nat.+ b * c
        (+) (Nat.+) (&&)
        !x !!x !f() 'x '!x f() f()() g f()
        f(1) f (1)
        termLink foo.bar typeLink Foo
        "#,
        expect![[r#"
            (at' await! here! Remote!.send match _x 😀 a.b.c)
            (Nat.+ a (* b c))
            (+ Nat.+ &&)
            ((!x) (!(!x)) (!(f (tuple))) ('x) ('(!x)) (f (tuple)) (f (tuple) (tuple)) g (f (tuple)))
            (f 1 f 1)
            ((termLink foo.bar) (typeLink Foo))
        "#]],
    );
}

#[test]
fn operators_bind_by_the_level_of_their_last_segment() {
    exprs(
        "
        1 + 2 * 3 == 7 && a || b && c
        a - b - c
        a || b && c == d < e + f * g ^ h
        a ^ b * c + d < e == f && g || h
        a == b ++ c
        a ++ b * c
        a |> f |> g
        a Nat.+ b Nat.* c
        f x + g y z
        (a + b) * c
        x -> y -> x + y
        a |> x -> x + 1
        ",
        expect![[r#"
            (or (and (== (+ 1 (* 2 3)) 7) a) (and b c))
            (- (- a b) c)
            (or a (and b (== c (< d (+ e (* f (^ g h)))))))
            (or (and (== (< (+ (* (^ a b) c) d) e) f) g) h)
            (++ (== a b) c)
            (* (++ a b) c)
            (|> (|> a f) g)
            (Nat.+ a (Nat.* b c))
            (+ (f x) (g y z))
            (* (+ a b) c)
            (fn x -> (fn y -> (+ x y)))
            (|> a (fn x -> (+ x 1)))
        "#]],
    );
}

#[test]
fn expressions() {
    exprs(
        "
        [1, 2, 3] [] [,1,,2,] [[1], []]
        (1, 2, 3) () (x) (x : Nat) (f x : Nat -> Nat)
        List.map (x -> x + 1) [1]
        (x y -> x) ((a, b) -> a) ((_, b, c@(Some d)) z -> b)
        if a then b else if c then d else e
        f (if a then b else c) (match x with 0 -> 1) d
        match x with 0 -> 1; n -> n
        match x with 0 -> log x; y = 1; y; n -> n
        (cases 0 -> log (x -> x); 1, n -> a; n)
        cases 0, x -> 1
        (cases 0, x -> 1, 2)
        [cases A -> 1, 2]
        do f x
        'let a; b
        f do g x
        let x = 1; y = 2; x + y
        handle f x with h s
        handle f x with cases { a } -> a
        forkAt node '(f x)
        ",
        expect![[r#"
            ([1 2 3] [] [1 2] [[1] []])
            ((tuple 1 2 3) (tuple) x (x : Nat) ((f x) : (Nat -> Nat)))
            (List.map (fn x -> (+ x 1)) [1])
            ((fn x y -> x) (fn (tuple a b) -> a) (fn (tuple _ b c@<Some d>) z -> b))
            (if a b (if c d e))
            (f (if a b c) (match x (0 -> 1)) d)
            (match x (0 -> 1) (n -> n))
            (match x (0 -> {(log x); (def y = 1); y}) (n -> n))
            (cases (0 -> (log (fn x -> x))) (1 n -> {a; n}))
            (cases (0 x -> 1))
            (tuple (cases (0 x -> 1)) 2)
            [(cases (<A> -> 1)) 2]
            (do (f x))
            (do {a; b})
            (f (do (g x)))
            {(def x = 1); (def y = 2); (+ x y)}
            ! 1:1 U0135 a binding needs no `let`: opens a block of its own [let]
            (handle (f x) (h s))
            (handle (f x) (cases ({a} -> a)))
            (forkAt node ('(f x)))
        "#]],
    );
}

#[test]
fn patterns() {
    file(
        r#"
f = cases
  _ -> 1
  _x -> 2
  -1 -> 3
  "a" -> 4
  (a, b, (c, d)) -> 5
  Some (Some x) -> 6
  Foo.Bar -> 6
  foo.Bar x y -> 7
  all@(x +: rest) -> 8
  [a, 1, _] -> 9
  [] -> 9
  init :+ last -> 10
  [a] ++ rest -> 11
  a +: b +: c -> 12
  { Store.put x -> k } -> 13
  { get -> _ } -> 14
  { a } -> 15
  ?x -> 16
  () -> 17
"#,
        expect![[r#"
            (def f = (cases (_ -> 1) (_ -> 2) (-1 -> 3) ("a" -> 4) ((tuple a b (tuple c d)) -> 5) (<Some <Some x>> -> 6) (<Foo.Bar> -> 6) (<foo.Bar x y> -> 7) (all@(+: x rest) -> 8) ([a 1 _] -> 9) ([] -> 9) ((:+ init last) -> 10) ((++ [a] rest) -> 11) ((+: (+: a b) c) -> 12) ({Store.put x -> k} -> 13) ({get -> _} -> 14) ({a} -> 15) (?'x' -> 16) ((tuple) -> 17)))
        "#]],
    );
}

#[test]
fn guards_and_several_arguments() {
    file(
        "
f = cases
  0, _ -> 1
  n, m | n == m -> 2
       | n < m ->
         x = 3
         x
       | otherwise -> 4
  _, _ ->
    5

g x = match x with
  Some y
    | y > 1 -> 0
    | x -> 1
  Some y | y -> y
  None -> 0
",
        expect![[r#"
            (def f = (cases (0 _ -> 1) (n m | (== n m) -> 2 | (< n m) -> {(def x = 3); x} -> 4) (_ _ -> 5)))
            (def g x = (match x (<Some y> | (> y 1) -> 0 | x -> 1) (<Some y> | y -> y) (<None> -> 0)))
        "#]],
    );
}

#[test]
fn types() {
    file(
        "
a : Nat -> Nat ->{IO, e} [Text]
a = 1
b : forall a b. (a ->{} b) -> '{e} (Optional a) -> ∀ c. c
b = 1
c : Node -> ({g} a) ->{Remote, g} a
c = 1
d : Node -> {Remote} a
d = 1
e : {Remote .. e} Nat
e = 1
f : Request {A, B x} r -> 'r -> '{IO}() -> '(Nat -> Nat)
f = 1
g : Remote a -> (a ->{g} {h} b) -> ((a), b, ())
g = 1
h : Map k 'v -> 'Optional a -> ({} a)
h = 1
",
        expect![[r#"
            (def a : (Nat -> (Nat ->{IO, e} [Text])) = 1)
            (def b : (forall a b. ((a ->{} b) -> (('{e} (Optional a)) -> (forall c. c)))) = 1)
            (def c : (Node -> (({g} a) ->{Remote, g} a)) = 1)
            (def d : (Node ->{Remote} a) = 1)
            (def e : ({Remote, e} Nat) = 1)
            (def f : ((Request {A, (B x)} r) -> (('r) -> (('{IO} (tuple)) -> ('(Nat -> Nat))))) = 1)
            (def g : ((Remote a) -> ((a ->{g} ({h} b)) -> (tuple a b (tuple)))) = 1)
            (def h : ((Map k ('v)) -> (('(Optional a)) -> ({} a))) = 1)
        "#]],
    );
}

#[test]
fn declarations() {
    file(
        "
namespace my.lib

use base List
use Nat + - ==
use a.b

type Optional a = None | Some a
structural type Tree a
  = Leaf
  | Node (Tree a) a
         (Tree a)
unique[abc-1] type Id = Id Nat '{IO} a (Nat ->{} Nat) [a]
type Point = { x : Nat, y : a -> b }
type Empty
unique type U = U
ability Store a where
  get : {Store a} a
  put : a ->{Store a} ()
structural ability Abort where abort : a
type P = {
  x : Nat,
  y : Nat
}
x = 1
",
        expect![[r#"
            (namespace my.lib)
            (use base List)
            (use Nat + - ==)
            (use a.b)
            (type Optional a = (None) (Some a))
            (structural type Tree a = (Leaf) (Node (Tree a) a (Tree a)))
            (unique[abc-1] type Id = (Id Nat ('{IO} a) (Nat ->{} Nat) [a]))
            (type Point = (record (x : Nat) (y : (a -> b))))
            (type Empty =)
            (type U = (U))
            (ability Store a where (get : ({(Store a)} a)) (put : (a ->{(Store a)} (tuple))))
            (structural ability Abort where (abort : a))
            (type P = (record (x : Nat) (y : Nat)))
            (def x = 1)
        "#]],
    );
}

#[test]
fn bindings_signatures_and_watches() {
    file(
        "
f : Nat
  -> Nat
f x = x + 1
(+++) : a -> a -> a
(+++) a b = a
a --- b = everything after the fold
",
        expect![[r#"
            (def f : (Nat -> Nat) x = (+ x 1))
            (def +++ : (a -> (a -> a)) a b = a)
            ! 7:1 U0115 an expression outside a definition: this is not part of any definition [a]
        "#]],
    );
    file(
        "
a +++ b = a
swap (a, b) (Some c) = (b, a)
> f 1
  2
test> t.ok = [Ok]
test> check f
> x = 1
---
not unison )
",
        expect![[r#"
            (def +++ a b = a)
            (def swap (tuple a b) <Some c> = (tuple b a))
            (> (f 1 2))
            (test> t.ok [Ok])
            (test> (check f))
            (> x 1)
        "#]],
    );
}

#[test]
fn blocks() {
    file(
        "
f x =
  use Nat +
  y : Nat
  y = x + 1
  go acc = cases
    [] -> acc
    h +: t -> go (acc + h) t
  (a, b) = pair
  _ = ignored
  log y
  z <- g y
  (Some w) <- do
    g
  go z
    w

g = 1
",
        expect![[r#"
            (def f x = {<-(use Nat +); (def y : Nat = (+ x 1)); (def go acc = (cases ([] -> acc) ((+: h t) -> (go (+ acc h) t)))); (let (tuple a b) = pair); (let _ = ignored); (log y); (def z = (g y)); (let <Some w> = (do g)); (go z w)})
            (def g = 1)
        "#]],
    );
}

#[test]
fn layout_edge_cases() {
    file(
        "
a x = match x with
  Some y -> y
  None -> 0
b = let
  x = 1
  x
c = if a
  then
    b
  else
    c
d =
  if a
  then b
  else c
e = foo do
    bar
    baz
  qux
e2 = cases
  A -> foo
    bar
  B -> do
      x
    y
f = foo (do
  bar
  baz) qux
g =
  handle
    foo
  with cases
    { a } -> a
    { op -> k } ->
      handle k 1 with h
h = [ 1
    , x -> 2
    , let
        3
    ,
    4
]
i = (a,
b)
j = foo
  |> bar (x ->
    baz x)
  |> qux
k = match (match a with b -> c) with
      d -> e
      f ->
        g
l x = -- comment
  {- another {- nested -} -} y
m = f '(g x) do h
n = do
  a

o = a;
p = if x then do y else z
",
        expect![[r#"
            (def a x = (match x (<Some y> -> y) (<None> -> 0)))
            (def b = {(def x = 1); x})
            (def c = (if a b c))
            (def d = (if a b c))
            (def e = (foo (do {bar; baz}) qux))
            (def e2 = (cases (<A> -> (foo bar)) (<B> -> ((do x) y))))
            (def f = (foo (do {bar; baz}) qux))
            (def g = (handle foo (cases ({a} -> a) ({op -> k} -> (handle (k 1) h)))))
            (def h = [1 (fn x -> 2) 3 4])
            (def i = (tuple a b))
            (def j = (|> (|> foo (bar (fn x -> (baz x)))) qux))
            (def k = (match (match a (b -> c)) (d -> e) (f -> g)))
            (def l x = y)
            (def m = (f ('(g x)) (do h)))
            (def n = (do a))
            (def o = a)
            (def p = (if x (do y) z))
        "#]],
    );
}

#[test]
fn a_mistake_hides_nothing_but_its_statement() {
    file(
        "
a = 1 +
b = (1, 2
c = 3
d =
  x = )
  y = 2 *
  z = foo (1 +) [2, * , 3]
  z
e x y) = 1
f : Nat -> -> Nat
f = if x then 1
g = match x with
  A -> 1 +
  B 2
  C -> 3
h = x = 1
i =
j = \"abc
k = 12ab + 0xsf + \"\\q\" + 99999999999999999999
l = f x.y z -> 1
m = £ 1
type T = A | | B
ability G where
  op : Nat ->
  ok : Nat
1 + 1
n : Nat
o = foo#abc {{ doc }} 1
(p, q) = 1
r <- 1
s = cases
  1.5 -> 1
  a |> b -> 2
  { 1 -> k } -> 3
namespace foo
t = then 1
",
        expect![[r#"
            (def a = ERROR)
            (def b = ERROR)
            (def c = 3)
            (def d = {(def x = ERROR); (def y = ERROR); (def z = (foo ERROR [2 ERROR 3])); z})
            (def e x y = 1)
            (def f : ERROR = ERROR)
            (def g = (match x (<A> -> ERROR) (ERROR -> ERROR) (<C> -> 3)))
            (def h = (== x 1))
            (def i = ERROR)
            (def j = ERROR)
            (def k = (+ (+ (+ ERROR ERROR) ERROR) ERROR))
            (def l = (fn f ERROR z -> 1))
            (def m = (ERROR 1))
            (type T =)
            (ability G where (ok : Nat))
            (def n : Nat = ERROR)
            (def o = (foo#abc (syntax.docUntitledSection [(syntax.docParagraph [(syntax.docWord "doc")])]) 1))
            (def r = ERROR)
            (def s = (cases (ERROR -> 1) (b@a@ERROR -> 2) (ERROR -> 3)))
            (def t = ERROR)
            ! 2:8 U0113 an expression is missing here: expected an expression []
            ! 3:5 U0109 this bracket is never closed: opened here [(]
            ! 6:7 U0110 this bracket closes nothing: no bracket of this kind is open here [)]
            ! 7:10 U0113 an expression is missing here: expected an expression []
            ! 8:15 U0113 `)` cannot stand here: expected an expression [)]
            ! 8:21 U0113 `*` cannot stand here: expected an expression, `]` or `,` [*]
            ! 10:6 U0110 this bracket closes nothing: no bracket of this kind is open here [)]
            ! 11:12 U0113 `->` cannot stand here: expected a type [->]
            ! 12:16 U0113 `else` is missing here: expected `else` []
            ! 14:11 U0113 an expression is missing here: expected an expression []
            ! 15:6 U0113 `->` or `,` is missing here: expected `->` or `,` []
            ! 17:7 U0128 a condition compares with `==`: this defines something [=]
            ! 18:4 U0113 an expression is missing here: expected an expression []
            ! 19:5 U0103 this text has no end: starts here ["]
            ! 20:5 U0105 this number runs into a word: neither a number nor a name [12ab]
            ! 20:12 U0107 half a byte is missing: an odd number of digits [0xsf]
            ! 20:20 U0104 unknown escape sequence: no such escape [\q]
            ! 20:26 U0106 this number is too large: does not fit [99999999999999999999]
            ! 21:7 U0121 a parameter has no dot in its name: taken as a parameter of what follows [x.y]
            ! 22:5 U0102 the character '£' has no meaning here: not part of any token [£]
            ! 23:14 U0113 `|` cannot stand here: expected a name [|]
            ! 25:14 U0113 a type is missing here: expected a type []
            ! 27:1 U0115 an expression outside a definition: this is not part of any definition [1 + 1]
            ! 28:1 U0114 the signature of `n` has no definition: nothing of this name is defined on the next line [n : Nat]
            ! 30:1 U0117 a definition needs a name: a pattern [(p, q)]
            ! 31:1 U0116 `<-` outside a block: not inside a definition [r]
            ! 33:3 U0120 a `Float` cannot be a pattern: compared for equality [1.5]
            ! 34:5 U0119 this operator cannot stand in a pattern: not a list operator [|>]
            ! 35:5 U0122 expected an operation of an ability: not the name of an operation with its arguments [1]
            ! 36:1 U0118 `namespace` in the middle of a file: not the first line [namespace foo]
            ! 37:5 U0113 `then` cannot stand here: expected an expression [then]
        "#]],
    );
}

#[test]
fn unclosed_things_end_the_file() {
    file(
        "a = 1\nb = {- comment",
        expect![[r#"
        (def a = 1)
        (def b = ERROR)
        ! 2:5 U0103 this comment has no end: starts here [{-]
    "#]],
    );
    file(
        "a = \"\"\"text\nb = 2",
        expect![[r#"
        (def a = ERROR)
        ! 1:5 U0103 this text has no end: starts here ["""]
    "#]],
    );
    file(
        "a = f (g [1",
        expect![[r#"
            (def a = (f (g ERROR)))
            ! 1:10 U0109 this bracket is never closed: opened here [[]
        "#]],
    );
    file(
        "a = do",
        expect![[r#"
        (def a = (do ERROR))
        ! 1:7 U0113 an expression is missing here: expected an expression []
    "#]],
    );
    file(
        "a = f (1 ]\nb = 2",
        expect![[r#"
            (def a = (f ERROR))
            (def b = 2)
            ! 1:7 U0109 this bracket is never closed: opened here [(]
        "#]],
    );
    file("", expect![[""]]);
}

#[test]
fn what_is_not_supported_is_skipped_whole() {
    file(
        "
{{ The answer. {{ nested }} }}
a = 42
b = ##Nat.+ 1
rule x = @rewrite
  case x ==> y
c = 1
d alias = 1
",
        expect![[r#"
            (def a.doc = (syntax.docUntitledSection [(syntax.docParagraph [(syntax.docWord "The answer.") (syntax.docTransclude nested)])]))
            (def a = 42)
            (def b = (##Nat.+ 1))
            (def rule = ERROR)
            (def c = 1)
            (def d ERROR = 1)
            ! 5:10 U0108 rewrite rules are not supported yet: skipped [@rewrite]
            ! 8:3 U0108 this word is reserved: skipped [alias]
        "#]],
    );
}

#[test]
fn doc_literals_are_calls_of_the_library() {
    let text = "{{ *a b* ``f x``, {c.d}\n  - [e](f) }}\nx = 1\n\ny = {{ g }}\n";
    let shown = dump::file(text);
    assert!(shown.contains("x.doc"), "{shown}");
    for function in ["docBold", "docExample", "docEmbedTermLink", "docBulletedList", "docNamedLink", "docGroup"] {
        assert!(shown.contains(&format!("syntax.{function}")), "{function} in {shown}");
    }
}

#[test]
fn names_in_doc_literals_are_names_of_the_text() {
    let text = "{{ {a} ``b {{ {type C} }}`` d }}\ne = f + 1\n";
    let names = syntax::names(base::SourceId::default(), text);
    let names: Vec<&str> = names.iter().map(|x| &text[x.span.start as usize..x.span.end as usize]).collect();
    assert_eq!(names, ["a", "b", "C", "e", "f", "+"]);
}
