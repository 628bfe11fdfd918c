//! A closure that depends on thousands of definitions is sent to another process, twice: cold, and when all of them are there.

use crate::process::Running;
use crate::world::{Bench, World};
use libtest_mimic::{Failed, Trial};
use std::fmt::Write;
use std::sync::Arc;

/// How many definitions the closure depends on, each of which it calls once.
const RULES: usize = 5_000;

pub fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let bench = bench.clone();
    vec![Trial::test("generated::thousands_of_definitions", move || run(&bench))]
}

fn run(bench: &Arc<Bench>) -> Result<(), Failed> {
    let world = World::new(bench);
    let program = world.files().join("rules.u");
    std::fs::write(&program, rules()).map_err(|error| error.to_string())?;
    let node = world.node("me", &[])?;
    for _ in 0..2 {
        let finished = Running::start(world.unison("me").args(["run", "--at", &node.name]).arg(&program))?.finish()?;
        let expected = format!("{}\n", RULES * (RULES - 1) / 2);
        if (finished.status, &finished.out) != (Some(0), &expected) {
            return Err(format!("status {:?}\n{}\n{}", finished.status, finished.out, finished.err).into());
        }
    }
    Ok(())
}

/// Each rule adds its number and asks two others, so that the first one depends on all. `main` is evaluated at the node.
fn rules() -> String {
    let mut text = "main : '{IO, Exception} ()\nmain = do printLine (Nat.toText (rule0 0))\n".to_string();
    for i in 0..RULES {
        _ = write!(text, "\nrule{i} : Nat -> Nat\nrule{i} n = ");
        let others = [2 * i + 1, 2 * i + 2].into_iter().filter(|other| *other < RULES);
        let sum = others.fold(format!("n + {i}"), |inner, other| format!("rule{other} ({inner})"));
        _ = writeln!(text, "{sum}");
    }
    text
}
