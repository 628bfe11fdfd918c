//! What loops become: what they carry, and what stands in front of them.

use crate::shapes::check;
use expect_test::expect;

#[test]
fn a_loop_is_tail_calls() {
    check(
        "(def f (Nat Nat) Nat (fn (n acc) (if (Universal.== n 0) acc (f (Nat.- n 1) (Nat.+ acc n)))))",
        expect![[r#"
        fn #00000000.0/0 (r0: Nat, r1: Nat) -> Nat
          r2: Nat = 0
          r3: Boolean = Nat.eq(r0, r2)
          if r3, then, else
          :
            return r1
          :
            r4: Nat = 1
            r5: Nat = Nat.-(r0, r4)
            r6: Nat = Nat.+(r1, r0)
            tail call #00000000.0/0(r5, r6)
    "#]],
    );
}

#[test]
fn what_a_loop_allocates_from_what_does_not_change_it_allocates_once() {
    check(
        "(def f (Nat _ _) _ (fn (n a l) (if (Nat.eq n 0) l (f (Nat.- n 1) a (List.:+ l (Tuple2:0 a \"x\"))))))
         (def never (Nat _) _ (fn (n a) (if (Nat.eq n 0) (Tuple2:0 a a) (never (Nat.- n 1) a))))",
        expect![[r#"
            fn #00000000.0/0 (r0: Nat, r1, r2) -> V
              r3: Nat = 0
              r4: Boolean = Nat.eq(r0, r3)
              if r4, then, else
              :
                return r2
              :
                r5: Nat = 1
                r6: Nat = Nat.-(r0, r5)
                r7 = "x"
                r8 = new Tuple2.0(r1, r7)
                r9 = List.:+(r2, r8)
                tail call #00000000.0/1(r6, r1, r9, r8)
            fn #00000000.0/1 (r0: Nat, r1, r2, r3) -> V
              r4: Nat = 0
              r5: Boolean = Nat.eq(r0, r4)
              if r5, then, else
              :
                return r2
              :
                r6: Nat = 1
                r7: Nat = Nat.-(r0, r6)
                r8 = List.:+(r2, r3)
                tail call #00000000.0/1(r7, r1, r8, r3)
            fn #00000000.1/0 (r0: Nat, r1) -> V
              r2: Nat = 0
              r3: Boolean = Nat.eq(r0, r2)
              if r3, then, else
              :
                r4 = new Tuple2.0(r1, r1)
                return r4
              :
                r5: Nat = 1
                r6: Nat = Nat.-(r0, r5)
                tail call #00000000.1/0(r6, r1)
        "#]],
    );
}

#[test]
fn a_loop_carries_the_fields_of_a_tuple() {
    check(
        "(def f (Nat) _ (fn (n) (rec ((go (fn (i s) (match s ((Tuple2:0 a b)
            (if (Universal.== i 0) s (go (Nat.- i 1) (Tuple2:0 b (Nat.+ a b))))))))) (go n (Tuple2:0 0 1)))))
         (def g (Nat _) _ (fn (n s) (match s ((Tuple2:0 a b)
            (if (Nat.eq n 0) a (g (Nat.- n 1) (if (Nat.eq n 7) (Tuple2:0 a a) (Tuple2:0 b a))))))))",
        expect![[r#"
            fn #00000000.0/0 (r0: Nat) -> V
              r1: Nat = 0
              r2: Nat = 1
              tail call #00000000.0/2(r0, r1, r2)
            fn #00000000.0/1 (r0: Nat, r1) -> V
              switch r1
              Tuple2.0(r2, r3):
                r4: Nat = 0
                r5: Boolean = Nat.eq(r0, r4)
                if r5, then, else
                :
                  return r1
                :
                  r6: Nat = 1
                  r7: Nat = Nat.-(r0, r6)
                  r8: Nat = unbox r2 to Nat
                  r9: Nat = unbox r3 to Nat
                  r10: Nat = Nat.+(r8, r9)
                  r11 = box r10
                  r12 = new Tuple2.0(r3, r11)
                  tail call #00000000.0/1(r7, r12)
            fn #00000000.0/2 (r0: Nat, r1: Nat, r2: Nat) -> V
              r3: Nat = 0
              r4: Boolean = Nat.eq(r0, r3)
              if r4, then, else
              :
                r5 = box r1
                r6 = box r2
                r7 = new Tuple2.0(r5, r6)
                return r7
              :
                r8: Nat = 1
                r9: Nat = Nat.-(r0, r8)
                r10: Nat = Nat.+(r1, r2)
                tail call #00000000.0/2(r9, r2, r10)
            fn #00000000.1/0 (r0: Nat, r1) -> V
              switch r1
              Tuple2.0(r2, r3):
                r4: Nat = 0
                r5: Boolean = Nat.eq(r0, r4)
                if r5, then, else
                :
                  return r2
                :
                  r6: Nat = 7
                  r7: Boolean = Nat.eq(r0, r6)
                  j0(r8, r9):
                    r10: Nat = 1
                    r11: Nat = Nat.-(r0, r10)
                    tail call #00000000.1/1(r11, r8, r9)
                  if r7, then, else
                  :
                    jump j0(r2, r2)
                  :
                    jump j0(r3, r2)
            fn #00000000.1/1 (r0: Nat, r1, r2) -> V
              r3: Nat = 0
              r4: Boolean = Nat.eq(r0, r3)
              if r4, then, else
              :
                return r1
              :
                r5: Nat = 7
                r6: Boolean = Nat.eq(r0, r5)
                j0(r7, r8):
                  r9: Nat = 1
                  r10: Nat = Nat.-(r0, r9)
                  tail call #00000000.1/1(r10, r7, r8)
                if r6, then, else
                :
                  jump j0(r1, r1)
                :
                  jump j0(r2, r1)
        "#]],
    );
}
