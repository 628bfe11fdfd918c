//! A name that very many definitions share: what it means does not depend on how many there are, and what is known is found again.

mod support;

use support::library::Library;
use support::{checked, on_compiler_stack, problems};

/// So many types, each with definitions under the same names; one takes a computation.
fn program(n: usize) -> String {
    let piece = |i: usize| {
        format!(
            "type K{i} = K{i} Nat\nK{i}.show : K{i} -> Text\nK{i}.show = cases K{i} n -> Nat.toText n\nK{i}.empty : K{i}\nK{i}.empty = K{i} {i}\n\
             K{i}.pair : K{i} -> Nat -> (K{i}, Nat)\nK{i}.pair k n = (k, n)\n"
        )
    };
    (0..n).map(piece).collect()
}

/// Uses that are decided by an argument, by the wanted result, by what comes later, and inside a cycle with all candidates.
const USES: &str = "
byArgument = show (K7 1)
byResult : K8
byResult = empty
later k = (show k, k == K9 1)
apply f x = f x
inside = apply show (K3 1)
both x = match pair x 3 with (K5 a, b) -> a + b
K2.loop n = if n == 0 then show (K2 n) else K2.loop (Nat.drop n 1)
K4.show2 n = show (K4 n) ++ K4.show3 n
K4.show3 n = if n == 0 then show (K6 n) else K4.show2 (Nat.drop n 1)
";

fn problems_of(text: &str) -> Vec<String> {
    let (checked, sources) = checked(&[("test.u", text)], &Library::default());
    problems(&checked, &sources)
}

#[test]
fn many_candidates_are_decided_as_few_are() {
    on_compiler_stack(|| {
        for n in [10, 40, 200] {
            assert_eq!(problems_of(&(program(n) + USES)), Vec::<String>::new(), "{n}");
            let wrong = "\nwrong = show 3\nopen x = show x\nnone : Text\nnone = empty\n";
            let found = problems_of(&(program(n) + wrong));
            let codes: Vec<&str> = found.iter().filter_map(|line| line.split(' ').next()).collect();
            assert_eq!(codes, ["U0209", "U0210", "U0209"], "{n}: {found:?}");
        }
    });
}

#[test]
fn candidates_in_a_cycle_with_their_uses_are_decided() {
    on_compiler_stack(|| {
        let piece = |i: usize, n: usize| {
            let next = (i + 1) % n;
            format!(
                "type K{i} = K{i} Nat\nK{i}.show k = match k with K{i} n -> if n == 0 then \"\" else show (K{next} (Nat.drop n 1))\n"
            )
        };
        for n in [3, 100] {
            let written = |i: usize| format!("K{i}.show : K{i} -> Text\n");
            let text: String = (0..n)
                .map(|i| piece(i, n).replacen(&format!("K{i}.show"), &(written(i) + &format!("K{i}.show")), 1))
                .collect();
            assert_eq!(problems_of(&text), Vec::<String>::new(), "{n}");
        }
    });
}

#[test]
fn a_use_of_many_candidates_is_checked_again_when_one_of_them_changes() {
    on_compiler_stack(|| {
        let text = program(100) + "\nuse7 = show (K7 1)\nother = 1\n";
        let (first, _) = checked(&[("test.u", &text)], &Library::default());
        let known = Library::default().with(&first);
        let (again, _) = checked(&[("test.u", &text)], &known);
        assert_eq!((again.checked_count, again.problems.len()), (0, 0));
        let changed =
            text.replace("K55.show = cases K55 n -> Nat.toText n", "K55.show = cases K55 n -> Nat.toText (n + 1)");
        let (after, _) = checked(&[("test.u", &changed)], &known);
        // The candidate and the use of the name.
        assert_eq!((after.checked_count, after.problems.len()), (2, 0));
    });
}
