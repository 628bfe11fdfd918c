//! Runs everything that a user sees from text files: examples, reports of the checker, transcripts of the command line and of the prompt, and the examples in
//! the standard library's comments. `UPDATE=1` rewrites expectations.
//!
//! It drives the binary as a user would, each test in directories of its own; only the cache, which holds the checked standard library, is shared.
#![forbid(unsafe_code)]

#[path = "suite/check.rs"]
mod check;
#[path = "suite/examples.rs"]
mod examples;
#[path = "suite/gallery.rs"]
mod gallery;
#[path = "suite/generated.rs"]
mod generated;
#[path = "suite/library.rs"]
mod library;
#[path = "suite/process.rs"]
mod process;
#[path = "suite/repl.rs"]
mod repl;
#[path = "suite/terminal.rs"]
mod terminal;
#[path = "suite/site.rs"]
mod site;
#[path = "suite/transcript.rs"]
mod transcript;
#[path = "suite/world.rs"]
mod world;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let bench = Arc::new(world::Bench::new());
    let mut trials: Vec<Trial> = Vec::new();
    trials.extend(examples::trials(&bench));
    trials.extend(check::trials(&bench));
    trials.extend(gallery::trials(&bench));
    trials.extend(transcript::trials(&bench));
    trials.extend(repl::trials(&bench));
    trials.extend(terminal::trials(&bench));
    trials.extend(library::trials(&bench));
    trials.extend(site::trials(&bench));
    trials.extend(generated::trials(&bench));
    let conclusion = libtest_mimic::run(&arguments, trials);
    // Dropped here, since leaving the process would keep its directory.
    drop(bench);
    conclusion.exit_code()
}
