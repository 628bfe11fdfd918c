//! `unison` without a command: the prompt, on a terminal or fed by a script.

mod above;
mod editor;
mod highlight;
mod script;
mod show;
mod terminal;

use crate::arguments::Prompt;
use crate::commands::{self, report};
use crate::exit::Failure;
use runtime::{Console, Keys};
use session::repl::{Clock, EvaluatorOptions, Interrupt, Notices, Repl};
use session::{Home, Workspace};
use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Runs a session to its exit status.
pub fn prompt(arguments: Prompt) -> Result<u8, Failure> {
    let home = commands::home()?;
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        terminal::run(&home, &arguments)
    } else {
        script::run(&home, &arguments)
    }
}

/// A session in the current directory, attached to what the arguments name.
fn open(
    home: &Home,
    arguments: &Prompt,
    console: Arc<dyn Console>,
    interrupt: Arc<Interrupt>,
    notices: Notices,
) -> Result<Repl, Failure> {
    let workspace = Workspace::open(home, arguments.codebase.as_deref(), Path::new("."))
        .map_err(|error| report::workspace(&error))?;
    let keys = Keys::embedded(&home.config).map_err(|error| report::runtime(&error))?;
    let options = EvaluatorOptions { keys: keys.clone(), console, interrupt, notices, workers: commands::workers() };
    let mut repl = Repl::new(workspace, options, Clock { wall_ms: commands::now_ms, monotonic });
    if let Some(at) = &arguments.at {
        let at = session::place::parse(at).map_err(|error| report::place(&error))?;
        repl.attach(at).map_err(|error| report::peer(&error, Some(&keys)))?;
    }
    Ok(repl)
}

/// Time since it was first asked for.
fn monotonic() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
