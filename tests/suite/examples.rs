//! `examples/NAME.u` and `examples/ports/NAME.u` print what `NAME.out` says, wherever they run: embedded, on three embedded nodes, over two
//! node processes. Together they are one tree, which is sound, whose tests pass, and which is formatted.

use crate::process::Running;
use crate::world::{Bench, Node, World, files_in, root, stem, updating};
use libtest_mimic::{Failed, Trial};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for folder in ["examples", "examples/ports"] {
        for file in files_in(&root().join(folder), "u") {
            for place in [Place::Local, Place::LocalThree, Place::TwoProcesses] {
                let (bench, file) = (bench.clone(), file.clone());
                let name = format!("{}::{}::{}", folder.replace('/', "::"), stem(&file), place.name());
                trials.push(Trial::test(name, move || run(&bench, &file, place)));
            }
        }
    }
    for arguments in [&["check"][..], &["test"], &["fmt", "--check"]] {
        let bench = bench.clone();
        trials.push(Trial::test(format!("examples::tree::{}", arguments[0]), move || tree(&bench, arguments)));
    }
    trials
}

/// What users do with a tree of files, all of it at once.
fn tree(bench: &Arc<Bench>, arguments: &[&str]) -> Result<(), Failed> {
    let world = World::new(bench);
    let finished = Running::start(world.unison("me").current_dir(root()).args(arguments).arg("examples"))?.finish()?;
    if finished.status == Some(0) { Ok(()) } else { Err(format!("{}\n{}", finished.out, finished.err).into()) }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Local,
    LocalThree,
    TwoProcesses,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Place::Local => "local",
            Place::LocalThree => "local_3",
            Place::TwoProcesses => "two_processes",
        }
    }
}

fn run(bench: &Arc<Bench>, file: &Path, place: Place) -> Result<(), Failed> {
    let world = World::new(bench);
    let nodes: Vec<Node> = match place {
        Place::TwoProcesses => vec![world.node("me", &[])?, world.node("me", &[])?],
        Place::Local | Place::LocalThree => Vec::new(),
    };
    let at = match place {
        Place::Local => "local".to_string(),
        Place::LocalThree => "local:3".to_string(),
        Place::TwoProcesses => nodes.iter().map(|node| node.name.as_str()).collect::<Vec<_>>().join(","),
    };
    let mut command = world.unison("me");
    command.current_dir(root()).arg("run").args(["--at", &at]).arg(file).args(arguments(file));
    let finished = Running::start(&mut command)?.finish()?;
    if finished.status != Some(0) {
        let Some(status) = finished.status else { return Err("ended by a signal".into()) };
        return Err(format!("exit status {status}\nstdout:\n{}\nstderr:\n{}", finished.out, finished.err).into());
    }
    expect(file, &finished.out, place)
}

/// Arguments for the program: one line beside it, split at blanks.
fn arguments(file: &Path) -> Vec<String> {
    let line = std::fs::read_to_string(file.with_extension("args")).unwrap_or_default();
    line.split_whitespace().map(String::from).collect()
}

fn expect(file: &Path, printed: &str, place: Place) -> Result<(), Failed> {
    let out: PathBuf = file.with_extension("out");
    // Only one of the places writes: the others must agree with it.
    if updating() && place == Place::Local {
        std::fs::write(&out, printed).map_err(|error| error.to_string())?;
    }
    let expected = std::fs::read_to_string(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    if printed == expected { Ok(()) } else { Err(format!("expected:\n{expected}\nprinted:\n{printed}").into()) }
}
