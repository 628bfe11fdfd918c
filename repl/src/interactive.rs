//! `unison` without a command: the prompt, on a terminal or fed by a script.

mod above;
mod editor;
mod highlight;
mod script;
mod show;
mod terminal;

use crate::arguments::Prompt;
use crate::commands::{self, report};
use crate::exit::{self, Failure};
use runtime::{Console, Keys};
use session::repl::{Clock, EvaluatorOptions, Interrupt, Notices, Repl, Trouble};
use session::{Home, Workspace};
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

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
    let mut workspace = Workspace::open(home, arguments.codebase.as_deref(), Path::new("."))
        .map_err(|error| report::workspace(&error))?;
    let keys = Keys::embedded(&home.config).map_err(|error| report::runtime(&error))?;
    let (workers, tiers) = (commands::workers(), commands::tiers(arguments.tiers)?);
    let options = EvaluatorOptions { keys: keys.clone(), console, interrupt, notices, workers, tiers };
    workspace.lend_here(keys.host_key());
    let mut repl = Repl::new(workspace, options, Clock { wall_ms: commands::now_ms, monotonic: commands::monotonic });
    if !arguments.at.is_empty() {
        let at = session::place::parse(&arguments.at.join(",")).map_err(|error| report::place(&error))?;
        repl.attach(at).map_err(|trouble| match trouble {
            Trouble::Unattachable(error) => report::peer(&error, Some(&keys)),
            _ => Failure::new(exit::INTERRUPTED, "interrupted"),
        })?;
    }
    Ok(repl)
}
