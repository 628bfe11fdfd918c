//! What a beginner is told to do about mistakes that other languages teach. `UPDATE_EXPECT=1 cargo test -p syntax` accepts.

use base::SourceId;
use expect_test::{Expect, expect};

/// Each line of the text is a file; every problem of it is its title and its hint.
fn hints(lines: &str, expected: Expect) {
    let mut told = String::new();
    for line in lines.trim().lines() {
        let text = line.trim().replace("\\n", "\n").replace("\\t", "\t");
        let (_, problems) = syntax::parse(SourceId::default(), &text);
        told.push_str(&format!("{}\n", line.trim()));
        for problem in problems {
            let message = problem.render();
            told.push_str(&format!("  {}: {}\n", message.title, message.hint.unwrap_or_default()));
        }
    }
    expected.assert_eq(&told);
}

#[test]
fn habits_of_other_languages() {
    hints(
        r#"
        f = List.map (+ 1) xs
        f = List.map (x +) xs
        f = g Nat.+ 2
        f = g * * 2
        f = \x -> x
        f = if a { b } else { c }
        f = '(a; b)
        f = 1.
        f n = case n of\n  0 -> 1\n  _ -> 2
        f 0 = 1
        f (a, [b]) = 1
        f = x "a" -> 1
        f = cases\n  [] -> 0\n  x :: xs -> x
        type T = { x Nat }
        f = a b) c
        f x = x x : Nat : Nat
        f n = if n\n    1\n  else 2
        f n = match n\n  0 -> 1\n  _ -> 2
        f n = if n then (1\ng = * 2
        "#,
        expect![[r#"
            f = List.map (+ 1) xs
              `1` cannot stand here: `(+)` is the operator alone; with one of its operands, write a lambda: `(x -> x + 1)`
            f = List.map (x +) xs
              `)` cannot stand here: write an expression before `)`, or remove `)`
            f = g Nat.+ 2
            f = g * * 2
              `*` cannot stand here: write an expression before `*`; the operator itself is `(*)`
            f = \x -> x
              a lambda starts with its parameters: write `x -> ..`, in parentheses where it is an argument
            f = if a { b } else { c }
              a block has no braces: leave the braces out; an `if` is written `if a then b else c`
            f = '(a; b)
              `;` cannot stand here: steps between brackets need `do` or `let` before them: `(do a; b)`
            f = 1.
              `.` cannot stand here: functions are composed by `<<` and `>>`, as in `f << g`; a name has no blanks around its dots, and a number digits on both sides of its point
            f n = case n of\n  0 -> 1\n  _ -> 2
              `case .. of` is written `match .. with`: write `match .. with`, and each case on a line of its own
            f 0 = 1
              a parameter takes every value: tell the values apart by `cases`: `f = cases` and on the next lines `0 -> ..`, `n -> ..`
            f (a, [b]) = 1
              a parameter takes every value: tell the values apart by `cases`: `f = cases` and on the next lines `[] -> ..`, `x +: rest -> ..`
            f = x "a" -> 1
              a parameter takes every value: tell the values apart by `cases`: `f = cases` and on the next lines `0 -> ..`, `n -> ..`
            f = cases\n  [] -> 0\n  x :: xs -> x
              this operator cannot stand in a pattern: write `x +: xs` for a list; else bind a variable and use a guard: `x | x == .. -> ..`
            type T = { x Nat }
              `Nat` cannot stand here: write `:` before `Nat`, or remove `Nat`
            f = a b) c
              this bracket closes nothing: remove it, or add the opening bracket before it
            f x = x x : Nat : Nat
              `:` cannot stand here: a type stands in a signature, `f : Nat -> Nat`, or behind an expression in parentheses: `(x : Nat)`
            f n = if n\n    1\n  else 2
              `then` is missing here: write `then` here
            f n = match n\n  0 -> 1\n  _ -> 2
              `with` is missing here: write `match .. with` or `handle .. with`
            f n = if n then (1\ng = * 2
              this bracket is never closed: add the closing bracket, or remove this one
              `*` cannot stand here: write an expression before `*`; the operator itself is `(*)`
        "#]],
    );
}

#[test]
fn one_mistake_in_the_layout_is_one_problem() {
    hints(
        r#"
        f x =\n  let y = x + 1 in y * 2
        f x =\n  let\n    y = x\n    z = y\n  in\n    y + z
        f x =\n  y = x + 1\n    z = y + 2\n  z
        f x = x + 1\n  y = 2
        f = do\n  x <- 1\n   y <- 2\n  x + y
        f x =\n  y = x + 1\n z = 3\n  y
        f x =\n  if x == 1 then 2\n  else if x = 3 then 4\n  else 5
        f x = if\n    y = 3\n    y == x\n  then 1\n  else 2
        f = cases\n  1 => 2\n  _ -> 3
        f x =\n\ty = x\n        y
        f x =\n\ty = x\n\ty
        data T a = A a | B
        import List\nf = 1
        def f(x):\n  return x\ng = f 1
        data x = x\nconst x y = x
        f x\n  | x > 1 = 2\n  | otherwise = 3
        f x =\n  x + y\n where\n  y = 1
        f x = -x
        f x = { x }
        "#,
        expect![[r#"
            f x =\n  let y = x + 1 in y * 2
              a `let` has no `in`: write what follows `in` on a line of its own, below the bindings; inside a definition no `let` is needed
            f x =\n  let\n    y = x\n    z = y\n  in\n    y + z
              a `let` has no `in`: write what follows `in` on a line of its own, below the bindings; inside a definition no `let` is needed
            f x =\n  y = x + 1\n    z = y + 2\n  z
              this line is indented too far: align it with the statement above it
            f x = x + 1\n  y = 2
              this line is indented too far: align it with the statement above it
            f = do\n  x <- 1\n   y <- 2\n  x + y
              this line is indented too far: align it with the statement above it
            f x =\n  y = x + 1\n z = 3\n  y
              this line belongs to no block: indent it like the lines above it, if it belongs to them
            f x =\n  if x == 1 then 2\n  else if x = 3 then 4\n  else 5
              a condition compares with `==`: write `==`
            f x = if\n    y = 3\n    y == x\n  then 1\n  else 2
            f = cases\n  1 => 2\n  _ -> 3
              `=>` is written `->`: write `->`
            f x =\n\ty = x\n        y
              tabs and blanks are mixed in the indentation: indent with blanks only
            f x =\n\ty = x\n\ty
            data T a = A a | B
              `data` is not a word of this language: write `type Name = A x | B`, or `type Name = { field : Type }`
            import List\nf = 1
              `import` is not a word of this language: definitions need no import; `use Prefix name` shortens names
            def f(x):\n  return x\ng = f 1
              `def` is not a word of this language: write `name parameter = ..`, with its type above it: `name : Nat -> Nat`
            data x = x\nconst x y = x
            f x\n  | x > 1 = 2\n  | otherwise = 3
              `|` cannot stand here: guards belong to cases: `cases n | n > 1 -> ..`; or write `if .. then .. else ..`
            f x =\n  x + y\n where\n  y = 1
              `where` does not belong here: helpers stand before what uses them: write their definitions as the first lines of the block
            f x = -x
              `-` cannot stand here: a number below zero is written `-1`, without a blank; to negate a value, use `Int.negate` or `Float.negate`
            f x = { x }
              a block has no braces: leave the braces out; an `if` is written `if a then b else c`
        "#]],
    );
}
