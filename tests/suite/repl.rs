//! `tests/repl/*.txt`: what a user enters at the prompt and sees, as `unison --echo` prints it when it reads a script.
//!
//! A transcript begins with a comment, then has any number of files, then entries with what they print:
//!
//!     --- file double.u
//!     double n = n + n
//!
//!     --- session
//!     > :load double.u
//!     double : Nat -> Nat
//!     > f x =
//!     .   double x + 1
//!     .
//!     f : Nat -> Nat
//!     $ end
//!
//! Further lines of an entry begin with `. `. Between entries stand commands of the transcripts of the command line, such as `$ node one`, and
//!
//! | command | meaning |
//! |---|---|
//! | `until TEXT` | wait until the session has printed a text, which the entry does not contain; the commands that follow come while the entry is being evaluated |
//! | `interrupt` | Ctrl-C |
//! | `end` | the input ends; the session's exit status follows |
//!
//! `{NAME}` and `[..]` mean what they mean there.

use crate::process::Running;
use crate::transcript::{Stage, matches, write_files};
use crate::world::{Bench, World, files_in, root, stem, updating};
use libtest_mimic::{Failed, Trial};
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

pub fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let trial = |file: std::path::PathBuf| {
        let bench = bench.clone();
        Trial::test(format!("repl::{}", stem(&file)), move || run(&bench, &file))
    };
    files_in(&root().join("tests/repl"), "txt").into_iter().map(trial).collect()
}

/// An entry or none, the commands that are carried out while it is evaluated (or instead of one), and what is printed.
#[derive(Default)]
struct Step {
    entry: Vec<String>,
    commands: Vec<String>,
    expected: String,
}

fn run(bench: &Arc<Bench>, file: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let (setting, entries) = text.split_once("--- session\n").ok_or("no line `--- session`")?;
    let mut stage = Stage::new(World::new(bench));
    write_files(setting, &stage.world.files())?;
    let mut session = Session { process: start(&stage)?, steps: 0 };
    let mut played = String::new();
    for step in steps(entries) {
        let written = step.written();
        let shown =
            session.play(&step, &mut stage).map_err(|error| format!("{written}{error}\nbefore that:\n{played}"))?;
        let as_expected = matches(step.expected.trim_end(), shown.trim_end());
        if !as_expected && !updating() {
            let expected = &step.expected;
            return Err(format!("{written}expected:\n{expected}\nactual:\n{shown}\nbefore that:\n{played}").into());
        }
        played += &written;
        played += if as_expected { &step.expected } else { &shown };
    }
    if updating() {
        std::fs::write(file, format!("{setting}--- session\n{played}")).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in text.lines() {
        let last = steps.last_mut().filter(|step| step.expected.is_empty());
        match (line, last) {
            (_, _) if line.starts_with("> ") => steps.push(Step { entry: vec![line.to_string()], ..Step::default() }),
            (_, Some(step)) if line.starts_with('.') && step.commands.is_empty() => step.entry.push(line.to_string()),
            (_, Some(step)) if line.starts_with("$ ") && step.is_under_way(line) => {
                step.commands.push(line.to_string())
            }
            _ if line.starts_with("$ ") => steps.push(Step { commands: vec![line.to_string()], ..Step::default() }),
            _ => {
                if let Some(step) = steps.last_mut() {
                    step.expected.push_str(line);
                    step.expected.push('\n');
                }
            }
        }
    }
    steps
}

impl Step {
    /// Whether this command comes while the entry is evaluated.
    fn is_under_way(&self, command: &str) -> bool {
        let waited = self.commands.first().map_or(command, String::as_str).starts_with("$ until ");
        let ended = self.commands.iter().any(|command| command == "$ end");
        !self.entry.is_empty() && waited && !ended
    }

    /// The step as it stands in its file.
    fn written(&self) -> String {
        self.entry.iter().chain(&self.commands).fold(String::new(), |text, line| text + line + "\n")
    }
}

/// The process, with both its streams in one so that they keep their order.
fn start(stage: &Stage) -> Result<Running, String> {
    let unison = stage.world.unison("me");
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" --echo 2>&1"]).arg(unison.get_program()).stdin(Stdio::piped());
    for (name, value) in unison.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Running::start(command.current_dir(stage.world.files()))
}

struct Session {
    process: Running,
    steps: usize,
}

impl Session {
    /// Carries out a step, and returns what is printed below it.
    fn play(&mut self, step: &Step, stage: &mut Stage) -> Result<String, String> {
        let (mut shown, mut ended) = (String::new(), None);
        for line in &step.entry {
            let line = line.get(2..).unwrap_or("");
            self.process.feed(&format!("{}\n", stage.filled_in(line)));
        }
        for command in &step.commands {
            let command = command.trim_start_matches("$ ");
            match command.split_once(' ') {
                Some(("until", text)) => self.process.until(text)?,
                None if command == "interrupt" => self.process.signal("INT")?,
                None if command == "end" => ended = Some(self.end()?),
                _ => shown += &stage.step(command)?,
            }
        }
        let waits = ended.is_none() && !step.entry.is_empty();
        shown += &stage.hidden(&if waits { self.printed()? } else { ended.unwrap_or_default() });
        let entry: String = step.entry.iter().map(|line| line.trim_end().to_string() + "\n").collect();
        shown.strip_prefix(&entry).map(String::from).ok_or(format!("it does not echo the entry:\n{shown}"))
    }

    /// What has been printed since the last step: a comment is entered, and waited for.
    fn printed(&mut self) -> Result<String, String> {
        self.steps += 1;
        let mark = format!("-- end of step {}\n", self.steps);
        self.process.feed(&mark);
        let printed = self.process.take_until(&mark)?;
        Ok(printed.strip_suffix(&format!("> {mark}")).unwrap_or(&printed).to_string())
    }

    /// The rest of what it prints, and its exit status.
    fn end(&mut self) -> Result<String, String> {
        self.process.end_input();
        let mut shown = self.process.take_until("\0")?;
        match self.process.status()? {
            Some(0) => {}
            Some(status) => _ = writeln!(shown, "[exit {status}]"),
            None => shown += "[killed]\n",
        }
        Ok(shown)
    }
}
