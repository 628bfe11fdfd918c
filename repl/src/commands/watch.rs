//! `unison watch`.

use super::check::count;
use super::ending;
use super::report;
use super::saves::Saves;
use crate::arguments::{Format, Watch};
use crate::exit::{self, Failure};
use crate::output;
use runtime::Budget;
use session::repl::Clock;
use session::watch::{self, Evaluations, Input, NotEvaluated, Said, WatchJson, Watched};
use session::{Workspace, WorkspaceError};

/// Seconds that a watch may take, unless it is said otherwise: somebody is waiting.
const TIMEOUT_S: u64 = 10;

/// Characters of a line of inputs.
const LINE_MAX: usize = 90;

pub fn watch(arguments: &Watch) -> Result<u8, Failure> {
    if arguments.file.is_dir() {
        let path = arguments.file.display();
        return Err(Failure::new(exit::USAGE, format!("{path} is a folder, and `watch` takes a file")).hint(format!(
            "`unison check --watch {path}` checks it at each save, `unison test {path}` runs its tests"
        )));
    }
    let mut workspace = Workspace::open(&super::home()?, arguments.codebase.as_deref(), &arguments.file)
        .map_err(|error| report::workspace(&error))?;
    workspace.lend_no_node();
    let scene = Scene {
        workspace,
        evaluations: ending::evaluations(arguments.tiers)?,
        budget: ending::budget(&arguments.limits, TIMEOUT_S),
        arguments,
    };
    let stop = scene.evaluations.stop();
    let mut saves = Saves::of(std::slice::from_ref(&arguments.file), move || stop.stop())?;
    if arguments.once {
        let status = scene.once().or_else(|trouble| trouble.end())?;
        return Ok(if output::is_read() { status } else { exit::NO_READER });
    }
    let stop = scene.evaluations.stop();
    loop {
        let (shown, saved) = saves.during(|| scene.once(), || stop.interrupt());
        stop.renew();
        match shown {
            Ok(_) => {}
            Err(Trouble::Evaluation(NotEvaluated::Stopped)) if saved && !stop.is_wanted() => {}
            // It may be saved again, as something that can be read.
            Err(Trouble::File(failure)) => eprint!("{failure}"),
            Err(trouble) => return trouble.end(),
        }
        if !output::is_read() {
            return Ok(exit::NO_READER);
        }
        if !saved && !saves.wait() {
            return Ok(exit::INTERRUPTED);
        }
        if arguments.format == Format::Human {
            output::told("");
        }
    }
}

/// What is the same at each save.
struct Scene<'a> {
    workspace: Workspace,
    evaluations: Evaluations,
    budget: Budget,
    arguments: &'a Watch,
}

/// Why the watches of a file were not shown.
enum Trouble {
    /// The file is not there, or no text, at the moment.
    File(Failure),
    Evaluation(NotEvaluated),
}

impl Trouble {
    fn end(self) -> Result<u8, Failure> {
        match self {
            Trouble::File(failure) => Err(failure),
            Trouble::Evaluation(reason) => ending::not_evaluated(&reason),
        }
    }
}

impl Scene<'_> {
    /// Shows the file as it is now. Gives the exit status.
    fn once(&self) -> Result<u8, Trouble> {
        let file =
            watch::open(&self.workspace, &self.arguments.file, super::now_ms()).map_err(|error| match error {
                WorkspaceError::File(..) | WorkspaceError::TooLarge(_) | WorkspaceError::NotText(_) => {
                    Trouble::File(report::workspace(&error))
                }
                error => Trouble::Evaluation(NotEvaluated::Workspace(error)),
            })?;
        eprint!("{}", report::diagnostics(&file.sources, &file.diagnostics));
        let (mut shown, mut wrong) = (0, file.diagnostics.len());
        let clock = Clock { wall_ms: super::now_ms, monotonic: super::monotonic };
        let mut each = |watched: &Watched| {
            shown += 1;
            wrong += usize::from(!watched.is_well());
            self.show(watched);
        };
        let evaluated = file.evaluate(&self.workspace, &self.evaluations, self.budget, clock, &mut each);
        evaluated.map_err(Trouble::Evaluation)?;
        if shown == 0 && wrong == 0 && self.arguments.format == Format::Human {
            output::told("All is well, and there is nothing to show: `> e` shows the value of an expression.");
        }
        Ok(if wrong == 0 { exit::OK } else { exit::PROBLEMS })
    }

    fn show(&self, watched: &Watched) {
        let reason = watched.value.as_ref().err().map(|outcome| ending::reason(&self.workspace, outcome, &self.budget));
        match self.arguments.format {
            Format::Human => output::line(&human(watched, reason.as_deref())),
            Format::Json => output::line(&json(watched, reason.as_deref())),
        }
    }
}

fn human(watched: &Watched, reason: Option<&str>) -> String {
    let head = format!("{} | {}", watched.line, watched.source);
    let indent = " ".repeat(watched.line.to_string().len() + 3);
    let body = match (&watched.value, &watched.said) {
        (Err(_), _) => format!("no value: {}", reason.unwrap_or("")),
        (Ok(_), Some(said)) => verdicts(said),
        (Ok(value), None) => format!("{value} : {}", watched.ty),
    };
    let body: Vec<String> = body.lines().map(|line| format!("{indent}{line}")).collect();
    format!("{head}\n{}", body.join("\n"))
}

/// What a result was tried on: on a line, or on one for each variable.
fn tried(inputs: &[Input]) -> String {
    let all: Vec<String> = inputs.iter().map(|Input { name, value }| format!("{name} = {value}")).collect();
    let line = all.join(", ");
    match () {
        () if all.is_empty() => String::new(),
        () if line.chars().count() <= LINE_MAX => format!("\n  tried on {line}"),
        () => format!("\n  tried on\n    {}", all.join("\n    ")),
    }
}

/// A line for each result of a test, and what failures were tried on.
pub fn verdicts(said: &[Said]) -> String {
    let line =
        |said: &Said| format!("{}: {}{}", if said.is_ok { "passed" } else { "failed" }, said.text, tried(&said.inputs));
    if said.is_empty() {
        return format!("failed: it gives {}", count(0, "result"));
    }
    said.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn json(watched: &Watched, reason: Option<&str>) -> String {
    let line = WatchJson {
        line: watched.line,
        kind: if watched.is_test { "test" } else { "watch" },
        name: watched.name.as_deref(),
        value: watched.value.as_deref().unwrap_or(""),
        ty: &watched.ty,
        error: reason,
    };
    serde_json::to_string(&line).expect("text and numbers are JSON")
}
