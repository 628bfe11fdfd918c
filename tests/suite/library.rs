//! The examples in the standard library's comments hold, and nothing in it lacks a comment. The programs in `tests/library`, which test its
//! properties against simple models, end well and print nothing.
//!
//! An example is a line `-- > e` above a definition, with `-- >   more` below it if it is long; `e` is true.

use crate::process::Running;
use crate::world::{Bench, World, files_in, root, stem};
use libtest_mimic::{Failed, Trial};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

pub fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for file in files_in(&root().join("stdlib/src"), "u") {
        let (bench, documented) = (bench.clone(), file.clone());
        trials.push(Trial::test(format!("library::{}::documented", stem(&file)), move || {
            every_signature_has_a_comment(&documented)
        }));
        if !examples(&read(&file)).is_empty() {
            trials.push(Trial::test(format!("library::{}::examples", stem(&file)), move || run(&bench, &file)));
        }
    }
    let (bench_of_builtins, builtins) = (bench.clone(), root().join("stdlib/src/builtins.txt"));
    trials.push(Trial::test("library::builtins::examples", move || run(&bench_of_builtins, &builtins)));
    for file in files_in(&root().join("tests/library"), "u") {
        let bench = bench.clone();
        trials.push(Trial::test(format!("library::properties::{}", stem(&file)), move || holds(&bench, &file)));
    }
    trials
}

fn holds(bench: &Arc<Bench>, file: &Path) -> Result<(), Failed> {
    let world = World::new(bench);
    let finished = Running::start(world.unison("me").arg("run").arg(file))?.finish()?;
    if finished.status == Some(0) && finished.out.is_empty() {
        return Ok(());
    }
    Err(format!("{}\n{}\nstatus {:?}", finished.out, finished.err, finished.status).into())
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}

/// An example: the line where it stands, and its own lines.
struct Example {
    line: usize,
    text: String,
}

fn examples(text: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let Some(line) = line.strip_prefix("-- > ") else { continue };
        match examples.last_mut() {
            Some(example) if line.starts_with(' ') => _ = writeln!(example.text, "  {line}"),
            _ => examples.push(Example { line: i + 1, text: format!("  {line}\n") }),
        }
    }
    examples
}

fn run(bench: &Arc<Bench>, file: &Path) -> Result<(), Failed> {
    let (mut definitions, mut main) = (String::new(), "main : '{IO, Exception, Remote!} ()\nmain = do\n".to_string());
    for Example { line, text } in examples(&read(file)) {
        _ = write!(definitions, "example{line} : () ->{{IO, Exception, Remote!}} Boolean\nexample{line} _ =\n{text}\n");
        _ = writeln!(main, "  if example{line}() then () else printLine \"line {line}\"");
    }
    let world = World::new(bench);
    let program = world.files().join("examples.u");
    // Examples read and write files.
    let folder = world.files().join("folder");
    std::fs::create_dir(&folder).map_err(|error| error.to_string())?;
    std::fs::write(&program, definitions + &main).map_err(|error| error.to_string())?;
    let finished = Running::start(world.unison("me").current_dir(&folder).arg("run").arg(&program))?.finish()?;
    if finished.status == Some(0) && finished.out.is_empty() {
        return Ok(());
    }
    let path = file.display();
    Err(format!("in {path} these do not hold:\n{}\n{}\nstatus {:?}", finished.out, finished.err, finished.status)
        .into())
}

fn every_signature_has_a_comment(file: &Path) -> Result<(), Failed> {
    let text = read(file);
    let lines: Vec<&str> = text.lines().collect();
    let is_signature = |line: &str| !line.starts_with([' ', '-']) && line.contains(" : ");
    let bare = |i: &usize| is_signature(lines[*i]) && (*i == 0 || !lines[i - 1].starts_with("--"));
    let missing: Vec<&str> = (0..lines.len()).filter(bare).map(|i| lines[i]).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("no comment above:\n{}", missing.join("\n")).into()) }
}
