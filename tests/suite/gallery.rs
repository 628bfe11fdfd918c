//! `tests/gallery.txt`: every kind of mistake as a user sees it. What is shown are the wrong examples of the pages of `unison explain`, each of
//! which has its problem and no other; the right ones have none.

use crate::process::{Finished, Running};
use crate::world::{Bench, World, root, updating};
use compiler::explain::{self, Page};
use libtest_mimic::{Failed, Trial};
use std::sync::Arc;

pub fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let bench = bench.clone();
    vec![Trial::test("gallery", move || run(&bench))]
}

fn run(bench: &Arc<Bench>) -> Result<(), Failed> {
    let world = World::new(bench);
    let (mut gallery, mut failures) = (String::new(), String::new());
    for page in explain::pages() {
        let wrong = said(&world, &page, page.wrong)?;
        let told: Vec<&str> = wrong.err.lines().filter(|line| line.contains("] Error: ")).collect();
        if wrong.status != Some(1) || !matches!(told[..], [only] if only.starts_with(&format!("[{}]", page.code))) {
            failures += &format!("{} as the wrong one:\n{}\n{}\n", page.code, page.wrong, wrong.err);
        }
        gallery += &entry(&page, &wrong.err);
        let right = said(&world, &page, page.right)?;
        if right.status != Some(0) {
            failures += &format!("{} as the right one:\n{}\n{}\n", page.code, page.right, right.err);
        }
    }
    let path = root().join("tests/gallery.txt");
    if updating() {
        std::fs::write(&path, &gallery).map_err(|error| error.to_string())?;
    }
    if std::fs::read_to_string(&path).unwrap_or_default() != gallery {
        failures += &format!("tests/gallery.txt is not this:\n{gallery}");
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

/// An example, and what is said about it.
fn entry(page: &Page, told: &str) -> String {
    let told: Vec<&str> = told.lines().map(str::trim_end).collect();
    // Without how many there are.
    let end = told.iter().rposition(|line| line.ends_with(" found.")).unwrap_or(told.len());
    let message = told[..end].join("\n");
    format!("==== {}\n{}\n\n{}\n\n", page.title, page.wrong, message.trim_end())
}

/// What the page's command says about an example.
fn said(world: &World, page: &Page, example: &str) -> Result<Finished, String> {
    let write = |name: &str, text: &str| {
        let path = world.files().join(name);
        // What stood there before may be a link.
        let _ = std::fs::remove_file(&path);
        match text.strip_prefix("⟨link ").and_then(|rest| rest.split_once('⟩')) {
            Some((target, _)) => std::os::unix::fs::symlink(target, &path),
            None => std::fs::write(&path, explain::expanded(text)),
        }
        .map_err(|error| error.to_string())
    };
    // A page that needs definitions in the codebase has one of its own.
    let user = if page.codebase.is_some() { page.code } else { "me" };
    if let Some(definitions) = page.codebase {
        write("before.u", &format!("{definitions}\n"))?;
        Running::start(world.unison(user).args(["add", "before.u"]))?.finish()?;
    }
    write("it.u", &format!("{example}\n"))?;
    Running::start(world.unison(user).args([page.command, "it.u"]))?.finish()
}
