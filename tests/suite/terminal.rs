//! `tests/repl/terminal/*.txt`: sessions on a terminal, with what is typed and what has to appear.
//!
//! A transcript begins with a comment, then has any number of files, then what happens:
//!
//!     --- terminal
//!     type 1 + 1
//!     key enter
//!     see 2 : Nat
//!
//! | line | meaning |
//! |---|---|
//! | `type TEXT` | type it, without Enter |
//! | `enter TEXT` | type it, and Enter |
//! | `key NAME` | press a key: those of [`key`] |
//! | `interrupt` | press Ctrl-C as soon as what was entered is being carried out, and no keys are read |
//! | `paste` | paste the indented lines that follow, as a terminal does that marks what is pasted |
//! | `see TEXT` | wait until it appears, behind what was seen before |
//! | `prompt TEXT` | wait for an empty line behind this prompt, `> ` if there is no text: then keys are read |
//! | `unseen TEXT` | it has not appeared since the session began |
//! | `end STATUS` | wait for the end of the session |
//! | `$ ..` | a command of the transcripts of the command line |
//!
//! What appears is read without its escape sequences. Lines are redrawn at each key, so what is typed appears more than once.

use crate::process::Running;
use crate::transcript::{Stage, write_files};
use crate::world::{Bench, World, files_in, root, stem};
use libtest_mimic::{Failed, Trial};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

pub fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let trial = |file: std::path::PathBuf| {
        let bench = bench.clone();
        Trial::test(format!("terminal::{}", stem(&file)), move || run(&bench, &file))
    };
    files_in(&root().join("tests/repl/terminal"), "txt").into_iter().map(trial).collect()
}

fn run(bench: &Arc<Bench>, file: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let (setting, happens) = text.split_once("--- terminal\n").ok_or("no line `--- terminal`")?;
    let mut stage = Stage::new(World::new(bench));
    write_files(setting, &stage.world.files())?;
    let mut session = Session { process: start(&stage)?, seen: String::new() };
    let mut lines = happens.lines().peekable();
    let mut played = String::new();
    while let Some(line) = lines.next() {
        played += &format!("{line}\n");
        let mut pasted = Vec::new();
        // Empty lines belong to a paste; anywhere else they mean nothing.
        while let Some(more) = lines.next_if(|next| next.starts_with("    ") || next.is_empty()) {
            pasted.push(more.get(4..).unwrap_or(""));
        }
        let done = session.play(line, &pasted, &mut stage);
        done.map_err(|error| format!("{error}\nafter:\n{played}\non the terminal:\n{}", session.seen))?;
    }
    Ok(())
}

fn start(stage: &Stage) -> Result<Running, String> {
    let unison = stage.world.unison("me");
    let mut command = Command::new("python3");
    command.arg(root().join("tests/suite/terminal.py")).args(["100", "40"]).arg(unison.get_program());
    for (name, value) in unison.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env_remove("NO_COLOR").env("TERM", "xterm-256color").stdin(Stdio::piped());
    Running::start(command.current_dir(stage.world.files()))
}

struct Session {
    process: Running,
    /// Everything that has been waited for.
    seen: String,
}

impl Session {
    fn play(&mut self, line: &str, pasted: &[&str], stage: &mut Stage) -> Result<(), String> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let text = stage.filled_in(rest);
        match verb {
            "type" => self.press(&text),
            "enter" => self.press(&format!("{text}\r")),
            "key" => self.press(key(rest).ok_or(format!("no key {rest}"))?),
            "interrupt" => self.press("\0"),
            "paste" => self.press(&format!("\x1b[200~{}\x1b[201~", pasted.join("\n"))),
            "see" => self.see(&text),
            "prompt" if rest.is_empty() => self.see("\n> "),
            "prompt" => self.see(&format!("\n{text} ")),
            "unseen" if self.seen.contains(&text) => Err(format!("{text:?} has appeared")),
            "unseen" => Ok(()),
            "end" => self.end(rest),
            "$" => stage.step(rest).map(|_| ()),
            _ => Err(format!("no such line: {line}")),
        }
    }

    fn see(&mut self, text: &str) -> Result<(), String> {
        let shown =
            self.process.take_until_clean(text).map_err(|error| format!("{text:?} does not appear: {error}"))?;
        self.seen += &shown;
        if shown.ends_with(text) { Ok(()) } else { Err(format!("{text:?} does not appear:\n{shown}")) }
    }

    fn press(&mut self, keys: &str) -> Result<(), String> {
        if self.process.feed(keys) { Ok(()) } else { Err("the session has ended".into()) }
    }

    fn end(&mut self, expected: &str) -> Result<(), String> {
        self.process.end_input();
        let shown = self.process.take_until_clean("\0")?;
        self.seen += &shown;
        match self.process.status()? {
            Some(status) if status.to_string() == expected => Ok(()),
            status => Err(format!("it ends with {status:?}")),
        }
    }
}

/// What a terminal sends for a key.
fn key(name: &str) -> Option<&'static str> {
    Some(match name {
        "enter" => "\r",
        "tab" => "\t",
        "backspace" => "\x7f",
        "up" => "\x1b[A",
        "down" => "\x1b[B",
        "right" => "\x1b[C",
        "left" => "\x1b[D",
        "home" => "\x1b[H",
        "end" => "\x1b[F",
        "ctrl-a" => "\x01",
        "ctrl-c" => "\x03",
        "ctrl-d" => "\x04",
        "ctrl-r" => "\x12",
        "ctrl-w" => "\x17",
        _ => return None,
    })
}
