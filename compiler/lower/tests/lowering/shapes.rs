//! What terms become: the IR of one shape after the other.

use crate::support::World;
use expect_test::{Expect, expect};

pub fn check(text: &str, expected: Expect) {
    let functions = World::read(text).lower().unwrap_or_else(|error| panic!("{error}"));
    expected.assert_eq(&functions.iter().map(ToString::to_string).collect::<String>());
}

#[test]
fn words_stay_raw_between_builtins_parameters_and_results() {
    check(
        "(def f (Nat _) Nat (fn (n x) (Nat.+ (Nat.* n 2) x)))",
        expect![[r#"
        fn #00000000.0/0 (r0: Nat, r1) -> Nat
          r2: Nat = 2
          r3: Nat = Nat.*(r0, r2)
          r4: Nat = unbox r1 to Nat
          r5: Nat = Nat.+(r3, r4)
          return r5
    "#]],
    );
}

#[test]
fn calls_with_too_few_and_too_many_arguments() {
    check(
        "(extern g (Nat _) _) (extern v () Nat)
         (def few () _ (g 1))
         (def many () _ (fn (x) (g 1 x x)))
         (def value () _ (Nat.+ v v))
         (def bare () _ (list g Nat.+ Optional:1 Optional:0 (Optional:1 3)))",
        expect![[r#"
            fn #00000000.0/0 () -> V
              r0: Nat = 1
              r1 = box r0
              r2 = closure #g60o30c1.0/0[r1]
              return r2
            fn #00000000.1/0 (r0) -> V
              r1: Nat = 1
              r2 = call #g60o30c1.0/0(r1, r0) @0 [r0]
              tail call r2(r0)
            fn #00000000.2/0 () -> V
              r0: Nat = call #ga1850k2.0/0() @0 []
              r1: Nat = call #ga1850k2.0/0() @1 [r0]
              r2: Nat = Nat.+(r0, r1)
              r3 = box r2
              return r3
            fn #00000000.3/0 () -> V
              r0 = closure #g60o30c1.0/0[]
              r1 = function Nat.+
              r2 = function new Optional.1
              r3 = new Optional.0()
              r4: Nat = 3
              r5 = box r4
              r6 = new Optional.1(r5)
              r7 = list [r0, r1, r2, r3, r6]
              return r7
        "#]],
    );
}

#[test]
fn a_tail_call_that_needs_a_conversion_is_a_call() {
    check(
        "(extern g (_) _) (def f (_) Nat (fn (x) (g x)))",
        expect![[r#"
        fn #00000000.0/0 (r0) -> Nat
          r1 = call #g60o30c1.0/0(r0) @0 []
          r2: Nat = unbox r1 to Nat
          return r2
    "#]],
    );
}

#[test]
fn a_definition_that_ends_in_an_unknown_call_returns_tagged_so_that_it_keeps_no_frame() {
    check(
        "(def f (Nat _) Nat (fn (n k) (if (Nat.eq n 0) 0 (k n))))",
        expect![[r#"
            fn #00000000.0/0 (r0: Nat, r1) -> V
              r2: Nat = 0
              r3: Boolean = Nat.eq(r0, r2)
              if r3, then, else
              :
                r4: Nat = 0
                r5 = box r4
                return r5
              :
                r6 = box r0
                tail call r1(r6)
        "#]],
    );
}

#[test]
fn branches_in_the_middle_meet_at_a_join_point() {
    check(
        "(def f (Nat Boolean) _ (fn (n b) (let (m (if b (Nat.+ n 1) 0)) (_ (if b 1 \"one\")) (Tuple2:0 m n))))",
        expect![[r#"
            fn #00000000.0/0 (r0: Nat, r1: Boolean) -> V
              j0(r2: Nat):
                j1(r3):
                  r4 = box r2
                  r5 = box r0
                  r6 = new Tuple2.0(r4, r5)
                  return r6
                if r1, then, else
                :
                  r7: Nat = 1
                  r8 = box r7
                  jump j1(r8)
                :
                  r9 = "one"
                  jump j1(r9)
              if r1, then, else
              :
                r10: Nat = 1
                r11: Nat = Nat.+(r0, r10)
                jump j0(r11)
              :
                r12: Nat = 0
                jump j0(r12)
        "#]],
    );
}

#[test]
fn what_a_frame_holds_is_what_is_used_later() {
    check(
        "(extern g (_) Nat) (def f (_ Nat) Nat (fn (x n) (let (a (g x)) (b (g x)) (Nat.+ (Nat.+ a b) n))))",
        expect![[r#"
            fn #00000000.0/0 (r0, r1: Nat) -> Nat
              r2: Nat = call #g60o30c1.0/0(r0) @0 [r0, r1]
              r3: Nat = call #g60o30c1.0/0(r0) @1 [r1, r2]
              r4: Nat = Nat.+(r2, r3)
              r5: Nat = Nat.+(r4, r1)
              return r5
        "#]],
    );
}

#[test]
fn lambdas_capture_in_de_bruijn_order() {
    check(
        "(def f (_ Nat) _ (fn (x n) (let (y 1) (fn (z) (fn (w) (list x n y z w))))))",
        expect![[r#"
        fn #00000000.0/0 (r0, r1: Nat) -> V
          r2: Nat = 1
          r3 = box r2
          r4 = box r1
          r5 = closure #00000000.0/1[r3, r4, r0]
          return r5
        fn #00000000.0/1 [r0, r1, r2] (r3) -> V
          r4 = closure #00000000.0/2[r3, r0, r1, r2]
          return r4
        fn #00000000.0/2 [r0, r1, r2, r3] (r4) -> V
          r5 = list [r3, r2, r1, r0, r4]
          return r5
    "#]],
    );
}

#[test]
fn a_local_function_is_called_directly_and_made_when_it_is_a_value() {
    check(
        "(extern g (_) _) (def f (Nat) _ (fn (n) (let (h (fn (a b) (Nat.+ a n))) (list (h 1 2) (h 1) (g h)))))",
        expect![[r#"
            fn #00000000.0/0 (r0: Nat) -> V
              r1 = box r0
              r2 = closure #00000000.0/1[r1]
              r3: Nat = 1
              r4 = box r3
              r5: Nat = Nat.+(r3, r0)
              r6 = box r5
              r7 = closure #00000000.0/1[r1, r4]
              r8 = call #g60o30c1.0/0(r2) @0 [r6, r7]
              r9 = list [r6, r7, r8]
              return r9
            fn #00000000.0/1 [r0] (r1, r2) -> V
              r3: Nat = unbox r1 to Nat
              r4: Nat = unbox r0 to Nat
              r5: Nat = Nat.+(r3, r4)
              r6 = box r5
              return r6
        "#]],
    );
}

#[test]
fn local_functions_pass_raw_words_where_every_caller_has_one() {
    check(
        "(def f (Nat) Nat (fn (n) (rec ((go (fn (i acc all) (if (Nat.lt i n) (go (Nat.+ i 1) (Nat.+ acc i) (List.++ all (list i))) (Nat.+ acc (List.size all)))))) (go 0 1 (list)))))",
        expect![[r#"
            fn #00000000.0/0 (r0: Nat) -> V
              r1: Nat = 0
              r2: Nat = 1
              r3 = list []
              tail call #00000000.0/1(r0, r1, r2, r3)
            fn #00000000.0/1 [r0: Nat] (r1: Nat, r2: Nat, r3) -> V
              r4: Boolean = Nat.lt(r1, r0)
              if r4, then, else
              :
                r5 = box r1
                r6: Nat = 1
                r7: Nat = Nat.+(r1, r6)
                r8: Nat = Nat.+(r2, r1)
                r9 = list [r5]
                r10 = List.++(r3, r9)
                tail call #00000000.0/1(r0, r7, r8, r10)
              :
                r11: Nat = List.size(r3)
                r12: Nat = Nat.+(r2, r11)
                r13 = box r12
                return r13
        "#]],
    );
}

#[test]
fn a_definition_that_gets_a_known_function_is_copied_and_the_function_stands_in_its_loop() {
    check(
        "(library each (_ _ Nat) _ (fn (f acc n) (rec ((go (fn (i acc) (if (Nat.lt i n) (go (Nat.+ i 1) (f acc i)) acc)))) (go 0 acc))))
         (def main (Nat) _ (fn (k) (each (fn (acc i) (Nat.+ acc (Nat.* i k))) 0 10)))",
        expect![[r#"
            fn #00000000.0/0 (r0: Nat) -> V
              r1: Nat = 0
              r2: Nat = 10
              tail call #00000000.0/3(r2, r0, r1, r1)
            fn #00000000.0/1 [r0] (r1, r2) -> Nat
              r3: Nat = unbox r2 to Nat
              r4: Nat = unbox r0 to Nat
              r5: Nat = Nat.*(r3, r4)
              r6: Nat = unbox r1 to Nat
              r7: Nat = Nat.+(r6, r5)
              return r7
            fn #00000000.0/2 (r0, r1, r2: Nat) -> V
              fault: no case
            fn #00000000.0/3 (r0: Nat, r1: Nat, r2: Nat, r3: Nat) -> V
              r4: Boolean = Nat.lt(r2, r0)
              if r4, then, else
              :
                r5: Nat = 1
                r6: Nat = Nat.+(r2, r5)
                r7: Nat = Nat.*(r2, r1)
                r8: Nat = Nat.+(r3, r7)
                tail call #00000000.0/3(r0, r1, r6, r8)
              :
                r9 = box r3
                return r9
        "#]],
    );
}

#[test]
fn what_makes_a_closure_of_a_copied_function_is_not_copied() {
    check(
        "(library keep (_ _) _ (fn (f x) (list (fn (y) (f x y)) x)))
         (def main () _ (keep (fn (a b) a) 1))",
        expect![[r#"
            fn #00000000.0/0 () -> V
              r0 = closure #00000000.0/1[]
              r1: Nat = 1
              r2 = box r1
              tail call #g60o30c1.0/0(r0, r2)
            fn #00000000.0/1 (r0, r1) -> V
              return r0
        "#]],
    );
}

#[test]
fn recursive_local_functions_share_captures_and_make_no_cycles() {
    check(
        "(def f (Nat) _ (fn (n)
           (rec ((even (fn (i) (if (Universal.== i 0) true (odd (Nat.- i 1)))))
                 (odd (fn (i) (if (Universal.== i n) false (even (Nat.- i 1))))))
             (list (even 7) odd (fn (x) (even x))))))
         (def g () _ (rec ((loop (fn (x) (list loop (fn (y) (loop y)))))) (loop 1)))",
        expect![[r#"
            fn #00000000.0/0 (r0: Nat) -> V
              r1 = box r0
              r2: Nat = 7
              j0(r3):
                r4 = closure #00000000.0/1[r1]
                r5 = closure #00000000.0/2[r1]
                r6 = closure #00000000.0/3[r4]
                r7 = list [r3, r5, r6]
                return r7
              r8: Nat = 0
              r9: Boolean = Nat.eq(r2, r8)
              if r9, then, else
              :
                r10: Boolean = true
                r11 = box r10
                jump j0(r11)
              :
                r12: Nat = 1
                r13: Nat = Nat.-(r2, r12)
                r14 = box r13
                r15 = call #00000000.0/2(r1, r14) @0 [r1]
                jump j0(r15)
            fn #00000000.0/1 [r0] (r1) -> V
              r2: Nat = 0
              r3: Nat = unbox r1 to Nat
              r4: Boolean = Nat.eq(r3, r2)
              if r4, then, else
              :
                r5: Boolean = true
                r6 = box r5
                return r6
              :
                r7: Nat = 1
                r8: Nat = Nat.-(r3, r7)
                r9: Nat = unbox r0 to Nat
                r10: Boolean = Nat.eq(r8, r9)
                if r10, then, else
                :
                  r11: Boolean = false
                  r12 = box r11
                  return r12
                :
                  r13: Nat = 1
                  r14: Nat = Nat.-(r8, r13)
                  r15 = box r14
                  tail call #00000000.0/1(r0, r15)
            fn #00000000.0/2 [r0] (r1) -> V
              r2: Boolean = Universal.==(r1, r0)
              if r2, then, else
              :
                r3: Boolean = false
                r4 = box r3
                return r4
              :
                r5: Nat = 1
                r6: Nat = unbox r1 to Nat
                r7: Nat = Nat.-(r6, r5)
                r8: Nat = 0
                r9: Boolean = Nat.eq(r7, r8)
                if r9, then, else
                :
                  r10: Boolean = true
                  r11 = box r10
                  return r11
                :
                  r12: Nat = 1
                  r13: Nat = Nat.-(r7, r12)
                  r14 = box r13
                  tail call #00000000.0/2(r0, r14)
            fn #00000000.0/3 [r0] (r1) -> V
              tail call r0(r1)
            fn #00000000.1/0 () -> V
              r0 = closure #00000000.1/1[]
              r1 = closure #00000000.1/1[]
              r2 = closure #00000000.1/2[r1]
              r3 = list [r0, r2]
              return r3
            fn #00000000.1/1 (r0) -> V
              r1 = closure #00000000.1/1[]
              r2 = closure #00000000.1/1[]
              r3 = closure #00000000.1/2[r2]
              r4 = list [r1, r3]
              return r4
            fn #00000000.1/2 [r0] (r1) -> V
              tail call r0(r1)
        "#]],
    );
}

#[test]
fn constructors_are_switched_on_once() {
    check(
        "(type Tree () (_ Nat _))
         (def sum (_) Nat (fn (t) (match t ((Tree:0) 0) ((Tree:1 l n r) (Nat.+ (Nat.+ (sum l) n) (sum r))))))",
        expect![[r#"
            fn #00000000.0/0 (r0) -> Nat
              switch r0
              #040g2081.0.0():
                r4: Nat = 0
                return r4
              #040g2081.0.1(r1, r2: Nat, r3):
                j0(r5: Nat):
                  r6: Nat = Nat.+(r5, r2)
                  j1(r7: Nat):
                    r8: Nat = Nat.+(r6, r7)
                    return r8
                  switch r3
                  #040g2081.0.0():
                    r12: Nat = 0
                    jump j1(r12)
                  #040g2081.0.1(r9, r10: Nat, r11):
                    j2(r13: Nat):
                      r14: Nat = Nat.+(r13, r10)
                      j3(r15: Nat):
                        r16: Nat = Nat.+(r14, r15)
                        jump j1(r16)
                      switch r11
                      #040g2081.0.0():
                        r20: Nat = 0
                        jump j3(r20)
                      #040g2081.0.1(r17, r18: Nat, r19):
                        r21: Nat = call #00000000.0/0(r17) @0 [r6, r14, r18, r19]
                        r22: Nat = Nat.+(r21, r18)
                        r23: Nat = call #00000000.0/0(r19) @1 [r6, r14, r22]
                        r24: Nat = Nat.+(r22, r23)
                        jump j3(r24)
                    switch r9
                    #040g2081.0.0():
                      r28: Nat = 0
                      jump j2(r28)
                    #040g2081.0.1(r25, r26: Nat, r27):
                      r29: Nat = call #00000000.0/0(r25) @2 [r6, r10, r11, r26, r27]
                      r30: Nat = Nat.+(r29, r26)
                      r31: Nat = call #00000000.0/0(r27) @3 [r6, r10, r11, r30]
                      r32: Nat = Nat.+(r30, r31)
                      jump j2(r32)
                switch r1
                #040g2081.0.0():
                  r36: Nat = 0
                  jump j0(r36)
                #040g2081.0.1(r33, r34: Nat, r35):
                  j4(r37: Nat):
                    r38: Nat = Nat.+(r37, r34)
                    j5(r39: Nat):
                      r40: Nat = Nat.+(r38, r39)
                      jump j0(r40)
                    switch r35
                    #040g2081.0.0():
                      r44: Nat = 0
                      jump j5(r44)
                    #040g2081.0.1(r41, r42: Nat, r43):
                      r45: Nat = call #00000000.0/0(r41) @4 [r2, r3, r38, r42, r43]
                      r46: Nat = Nat.+(r45, r42)
                      r47: Nat = call #00000000.0/0(r43) @5 [r2, r3, r38, r46]
                      r48: Nat = Nat.+(r46, r47)
                      jump j5(r48)
                  switch r33
                  #040g2081.0.0():
                    r52: Nat = 0
                    jump j4(r52)
                  #040g2081.0.1(r49, r50: Nat, r51):
                    r53: Nat = call #00000000.0/0(r49) @6 [r2, r3, r34, r35, r50, r51]
                    r54: Nat = Nat.+(r53, r50)
                    r55: Nat = call #00000000.0/0(r51) @7 [r2, r3, r34, r35, r54]
                    r56: Nat = Nat.+(r54, r55)
                    jump j4(r56)
        "#]],
    );
}

#[test]
fn nested_patterns_guards_and_fallthrough() {
    check(
        "(def f (_) Nat (fn (x) (match x
           ((Tuple2:0 (Optional:1 a) 0) when (Universal.< a 3) a)
           ((Tuple2:0 (Optional:1 a) 1) a)
           ((Tuple2:0 _ n) n))))",
        expect![[r#"
            fn #00000000.0/0 (r0) -> Nat
              switch r0
              Tuple2.0(r1, r2):
                j0():
                  r3: Nat = unbox r2 to Nat
                  return r3
                switch r1, default last
                Optional.1(r4):
                  r5: Nat = unbox r2 to Nat
                  switch r5 on 0, 1, default last
                  :
                    r6: Nat = 3
                    r7: Nat = unbox r4 to Nat
                    r8: Boolean = Nat.lt(r7, r6)
                    if r8, then, else
                    :
                      return r7
                    :
                      jump j0()
                  :
                    r9: Nat = unbox r4 to Nat
                    return r9
                  :
                    jump j0()
                :
                  jump j0()
        "#]],
    );
}

#[test]
fn literals_are_switched_on_as_words_and_texts_are_compared() {
    check(
        "(def word (Nat) _ (fn (n) (match n (0 \"none\") (1 \"one\") (_ \"many\"))))
         (def truth (_) _ (fn (b) (match b (true 1) (false 0))))
         (def text (_) _ (fn (t) (match t (\"a\" 1) (\"b\" 2) (other (Text.size other)))))",
        expect![[r#"
            fn #00000000.0/0 (r0: Nat) -> V
              j0():
                r1 = "many"
                return r1
              switch r0 on 0, 1, default last
              :
                r2 = "none"
                return r2
              :
                r3 = "one"
                return r3
              :
                jump j0()
            fn #00000000.1/0 (r0) -> V
              r1: Boolean = unbox r0 to Boolean
              if r1, then, else
              :
                r2: Nat = 1
                r3 = box r2
                return r3
              :
                r4: Nat = 0
                r5 = box r4
                return r5
            fn #00000000.2/0 (r0) -> V
              j0():
                r1: Nat = Text.size(r0)
                r2 = box r1
                return r2
              j1():
                r3 = "b"
                r4: Boolean = Text.eq(r0, r3)
                if r4, then, else
                :
                  r5: Nat = 2
                  r6 = box r5
                  return r6
                :
                  jump j0()
              r7 = "a"
              r8: Boolean = Text.eq(r0, r7)
              if r8, then, else
              :
                r9: Nat = 1
                r10 = box r9
                return r10
              :
                jump j1()
        "#]],
    );
}

#[test]
fn lists_are_tested_by_size_and_taken_apart_by_primitives() {
    check(
        "(def f (_) _ (fn (l) (match l ((list) 0) ((cons x _) x))))
         (def g (_) _ (fn (l) (match l ((list a b) a) ((suffix rest ?x y) (list rest y)) (_ 0))))",
        expect![[r#"
            fn #00000000.0/0 (r0) -> V
              r1: Nat = List.size(r0)
              switch r1 on 0, default last
              :
                r2: Nat = 0
                r3 = box r2
                return r3
              :
                r4: Nat = 0
                r5 = List.unsafeAt(r4, r0)
                return r5
            fn #00000000.1/0 (r0) -> V
              j0():
                r1: Nat = 0
                r2 = box r1
                return r2
              j1():
                r3: Nat = List.size(r0)
                r4: Nat = 2
                r5: Boolean = Nat.gteq(r3, r4)
                if r5, then, else
                :
                  r6: Nat = 2
                  r7: Nat = Nat.-(r3, r6)
                  r8 = List.unsafeAt(r7, r0)
                  r9: Nat = 1
                  r10: Nat = Nat.-(r3, r9)
                  r11 = List.unsafeAt(r10, r0)
                  r12: Char = unbox r8 to Char
                  switch r12 on 120, default last
                  :
                    r13 = List.take(r7, r0)
                    r14 = list [r13, r11]
                    return r14
                  :
                    jump j0()
                :
                  jump j0()
              r15: Nat = List.size(r0)
              switch r15 on 2, default last
              :
                r16: Nat = 0
                r17 = List.unsafeAt(r16, r0)
                r18: Nat = 1
                r19 = List.unsafeAt(r18, r0)
                return r17
              :
                jump j1()
        "#]],
    );
}

#[test]
fn handlers_requests_and_host_calls() {
    check(
        "(ability Store 0 1)
         (def run (_) _ (fn (s) (rec ((go (fn (s r) (match r
             ((pure a) a)
             ((request Store!0 k) (handle (Store) (fn (_) (k s)) (go s)))
             ((request Store!1 t k) (handle (Store) (fn (_) (k ())) (go t)))))))
           (handle (Store) (fn (_) (let (_ (Store!1 (Nat.+ (Store!0) 1))) (Store!0))) (go s)))))
         (def remote (_ _) _ (fn (n e) (Remote.at (row Store) n (fn (_) (IO.console.printLine e)))))",
        expect![[r#"
            fn #00000000.0/0 (r0) -> V
              r1 = closure #00000000.0/4[]
              r2 = new Tuple0.0()
              r3 = closure #00000000.0/1[r0]
              r4 = handle {#040g2081.0} r1(r2) with r3 @0 []
              return r4
            fn #00000000.0/1 (r0, r1) -> V
              handles #040g2081.0.0 by #00000000.0/5
              handles #040g2081.0.1 by #00000000.0/6
              switch r1
              pure(r2):
                return r2
              request #040g2081.0.0(r3):
                r6 = closure #00000000.0/1[r0]
                r7 = handle {#040g2081.0} r3(r0) with r6 @0 []
                return r7
              request #040g2081.0.1(r4, r5):
                r8 = new Tuple0.0()
                r9 = closure #00000000.0/1[r4]
                r10 = handle {#040g2081.0} r5(r8) with r9 @1 []
                return r10
            fn #00000000.0/2 [r0, r1] (r2) -> V
              tail call r0(r1)
            fn #00000000.0/3 [r0] (r1) -> V
              r2 = new Tuple0.0()
              tail call r0(r2)
            fn #00000000.0/4 (r0) -> V
              r1 = perform #040g2081.0.0() @0 []
              r2: Nat = 1
              r3: Nat = unbox r1 to Nat
              r4: Nat = Nat.+(r3, r2)
              r5 = box r4
              r6 = perform #040g2081.0.1(r5) @1 []
              r7 = perform #040g2081.0.0() @2 []
              return r7
            clause fn #00000000.0/5 (r0) -> V
              r1 = reinstate {#040g2081.0} r0 with the same @0 []
              return r1
            clause fn #00000000.0/6 (r0, r1) -> V
              r2 = closure #00000000.0/1[r1]
              r3 = new Tuple0.0()
              r4 = reinstate {#040g2081.0} r3 with r2 @0 []
              return r4
            fn #00000000.1/0 (r0, r1) -> V
              r2 = row {#040g2081.0}
              r3 = closure #00000000.1/1[r1]
              r4 = call host Remote.at(r2, r0, r3) @0 []
              return r4
            fn #00000000.1/1 [r0] (r1) -> V
              r2 = call host IO.console.printLine(r0) @0 []
              return r2
        "#]],
    );
}

#[test]
fn comparisons_of_any_values_are_those_of_words_where_one_side_is_a_word() {
    check(
        "(def f (_ Char Float) _ (fn (x c d) (list (Universal.!= x 1) (Universal.>= +1 x) (Universal.== c ?c)
           (Universal.== d 1.5) (Universal.< x x))))",
        expect![[r#"
            fn #00000000.0/0 (r0, r1: Char, r2: Float) -> V
              r3: Nat = 1
              r4: Nat = unbox r0 to Nat
              r5: Boolean = Nat.eq(r4, r3)
              r6: Boolean = Boolean.not(r5)
              r7: Int = +1
              r8: Int = unbox r0 to Int
              r9: Boolean = Int.gteq(r7, r8)
              r10: Char = 'c'
              r11 = box r1
              r12 = box r10
              r13: Boolean = Universal.==(r11, r12)
              r14: Float = 1.5
              r15: Boolean = Float.eq(r2, r14)
              r16: Boolean = Universal.<(r0, r0)
              r17 = box r6
              r18 = box r9
              r19 = box r13
              r20 = box r15
              r21 = box r16
              r22 = list [r17, r18, r19, r20, r21]
              return r22
        "#]],
    );
}

#[test]
fn what_is_absent_is_called_with_tagged_words_whatever_it_takes() {
    check(
        "(open g) (def f (Nat) Nat (fn (n) (Nat.+ g (g n n)))) (def tail (Nat) _ (fn (n) (g n))) (def bare () _ (list g))",
        expect![[r#"
            fn #00000000.0/0 (r0: Nat) -> Nat
              r1 = call open #o70s3ge1.0() @0 [r0]
              r2 = box r0
              r3 = call open #o70s3ge1.0(r2, r2) @1 [r1]
              r4: Nat = unbox r1 to Nat
              r5: Nat = unbox r3 to Nat
              r6: Nat = Nat.+(r4, r5)
              return r6
            fn #00000000.1/0 (r0: Nat) -> V
              r1 = box r0
              tail call open #o70s3ge1.0(r1)
            fn #00000000.2/0 () -> V
              r0 = call open #o70s3ge1.0() @0 []
              r1 = list [r0]
              return r1
        "#]],
    );
}
