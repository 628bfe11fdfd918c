//! `tests/check/*.u`: sections of source, each with what `unison check` says about it. `tests/watch/*.u`: the same of `unison watch --once`, which
//! tells what watches are worth, and of which type.
//!
//!     ==== name of the section
//!     source
//!     ---- exit 1
//!     what is printed
//!
//! Each section is a file of its own.

use crate::process::Running;
use crate::world::{Bench, World, files_in, root, stem, updating};
use libtest_mimic::{Failed, Trial};
use std::path::Path;
use std::sync::Arc;

pub fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (folder, command) in [("check", &["check"][..]), ("watch", &["watch", "--once"])] {
        for file in files_in(&root().join("tests").join(folder), "u") {
            let bench = bench.clone();
            trials.push(Trial::test(format!("{folder}::{}", stem(&file)), move || run(&bench, &file, command)));
        }
    }
    trials
}

struct Section {
    name: String,
    source: String,
    /// The exit status and what is printed, as it stands in the file.
    expected: String,
}

fn run(bench: &Arc<Bench>, file: &Path, command: &[&str]) -> Result<(), Failed> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let world = World::new(bench);
    let mut rewritten = head(&text).to_string();
    let mut failures = String::new();
    for (i, section) in sections(&text).iter().enumerate() {
        // A user of its own, so that no definition is known from another section.
        let actual = say(&world, &format!("user-{i}"), command, &section.source)?;
        if actual.trim_end() != section.expected.trim_end() {
            failures += &format!("==== {}\nexpected:\n{}\nactual:\n{actual}\n", section.name, section.expected);
        }
        rewritten += &format!("==== {}\n{}{}\n\n", section.name, section.source, actual.trim_end());
    }
    if updating() {
        let rewritten = format!("{}\n", rewritten.trim_end());
        return std::fs::write(file, rewritten).map_err(|error| error.to_string().into());
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

/// What the command says about a file.
fn say(world: &World, user: &str, command: &[&str], source: &str) -> Result<String, String> {
    std::fs::write(world.files().join("it.u"), source).map_err(|error| error.to_string())?;
    let finished = Running::start(world.unison(user).args(command).arg("it.u"))?.finish()?;
    let status = finished.status.map_or("by a signal".to_string(), |status| status.to_string());
    let trimmed: String =
        (finished.out + &finished.err).lines().map(|line| line.trim_end().to_string() + "\n").collect();
    Ok(format!("---- exit {status}\n{trimmed}"))
}

/// What stands before the first section.
fn head(text: &str) -> &str {
    text.split_inclusive("==== ").next().map_or("", |head| head.strip_suffix("==== ").unwrap_or(head))
}

fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut in_expected = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("==== ") {
            sections.push(Section { name: name.to_string(), source: String::new(), expected: String::new() });
            in_expected = false;
            continue;
        }
        let Some(section) = sections.last_mut() else { continue };
        in_expected |= line.starts_with("----");
        let part = if in_expected { &mut section.expected } else { &mut section.source };
        part.push_str(line);
        part.push('\n');
    }
    for section in &mut sections {
        section.source = format!("{}\n", section.source.trim_end());
    }
    sections
}
