//! Formatting: what it makes of odd text, and that it changes nothing else.

use expect_test::{Expect, expect};
use std::path::{Path, PathBuf};

fn formatted(text: &str) -> String {
    syntax::format(Default::default(), text)
        .unwrap_or_else(|problems| panic!("the source of a test parses: {problems:?}\n{text}"))
}

fn check(text: &str, expected: Expect) {
    let once = formatted(text);
    expected.assert_eq(&once);
    assert_eq!(formatted(&once), once, "formatting twice is formatting once");
}

#[test]
fn indentation_follows_blocks() {
    check(
        r#"
f x =
     y = x+1
     z = y
             |> g
             |> h
     if y == z then
            a
       else
            b

g = match x with
        Some y -> h
                    y
        None   ->
               z = 1
               z
h n = foo bar
        baz
        (quux [
           1,
           2
        ] )
"#,
        expect![[r#"
            f x =
              y = x + 1
              z = y
                |> g
                |> h
              if y == z then
                a
              else
                b

            g = match x with
              Some y -> h
                y
              None   ->
                z = 1
                z
            h n = foo bar
              baz
              (quux [
                1,
                2
              ])
        "#]],
    );
}

#[test]
fn semicolons_that_start_lines() {
    check(
        r#"
a = 1; b = 2
-- Of c.
;   c : Nat
c = 3
;d = 4;
;
f = 5
"#,
        expect![[r#"
            a = 1; b = 2
            -- Of c.
            ; c : Nat
            c = 3
            ; d = 4;
            ;
            f = 5
        "#]],
    );
}

#[test]
fn blanks_inside_lines() {
    check(
        r#"
f  :  Nat->{IO,  g}Nat   ->Nat
f x y=g( x ,y )[ 1,2 ]  (-1)   !k   'e
x=1+2*3-n
g = cases { a } -> a
          {put b->k}   -> k
type T a=A   a|B
structural ability   S where
        op : Nat->{S} ()
"#,
        expect![[r#"
            f : Nat ->{IO, g} Nat -> Nat
            f x y = g (x, y) [1, 2] (-1) !k 'e
            x = 1 + 2 * 3 - n
            g = cases { a } -> a
                      {put b -> k} -> k
            type T a = A a | B
            structural ability S where
              op : Nat ->{S} ()
        "#]],
    );
}

#[test]
fn comments_and_blank_lines() {
    check(
        r#"


-- first


-- second
f x =   -- trailing
      -- inside
      y = 1   -- one
      zzz = 2   -- two

      {- block
         comment -}
      y


      -- at the end of f
-- before g
g = 1 {- a -} + {- b -} 2

--- the fold
anything   goes
"#,
        expect![[r#"
            -- first

            -- second
            f x =  -- trailing
              -- inside
              y = 1    -- one
              zzz = 2  -- two

              {- block
                     comment -}
              y

              -- at the end of f
            -- before g
            g = 1 {- a -} + {- b -} 2

            --- the fold
            anything   goes
        "#]],
    );
}

fn sources(of: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(of);
    let entries = std::fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("readable").path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "u")).collect()
}

/// The lines at which two texts differ, those of the first.
fn differing(one: &str, other: &str) -> Vec<String> {
    let lines = one.lines().zip(other.lines().chain(std::iter::repeat("")));
    let different = lines.enumerate().filter(|(_, (one, other))| one != other);
    different.map(|(at, (one, other))| format!("{}: {one}\n   instead of: {other}", at + 1)).take(3).collect()
}

#[test]
fn the_library_and_the_examples_are_formatted() {
    let files = [sources("stdlib/src"), sources("examples")].concat();
    assert!(files.len() > 20);
    let mut wrong = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("readable");
        let formatted = formatted(&text);
        if formatted != text {
            wrong.push(format!("{}\n{}", path.display(), differing(&formatted, &text).join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
