//! `unison run`.

use super::report;
use crate::arguments;
use crate::exit::{self, Failure};
use runtime::{At, Budget, Console, Keys, Outcome, Run, RunOptions, Stream};
use session::Workspace;
use session::run::{NotPrepared, Prepared, prepare, show_failure, show_result};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub fn run(arguments: arguments::Run) -> Result<u8, Failure> {
    let at = places(&arguments.at)?;
    let budget = budget(&arguments);
    let home = super::home()?;
    let workspace = Workspace::open(&home, arguments.codebase.as_deref(), &arguments.file)
        .map_err(|error| report::workspace(&error))?;
    let prepared = match prepare(&workspace, &arguments.file, super::now_ms()) {
        Ok(prepared) => prepared,
        Err(reason) => return not_prepared(reason),
    };
    if arguments.verbose {
        eprintln!("{} definitions checked, {} known", prepared.checked, prepared.known);
    }
    let keys = Keys::embedded(&home.config).map_err(|error| report::runtime(&error))?;
    let options = RunOptions {
        main: prepared.main,
        arguments: arguments.args,
        at,
        store: workspace.codebase.clone(),
        keys: keys.clone(),
        console: Arc::new(Terminal),
        budget,
        workers: super::workers(),
    };
    let run = Run::start(options).map_err(|error| report::peer(&error, Some(&keys)))?;
    let interrupted = Arc::new(AtomicBool::new(false));
    let (cancel, flag) = (run.cancel_handle(), interrupted.clone());
    runtime::signals::on_interrupt(move || {
        flag.store(true, Ordering::SeqCst);
        cancel.cancel();
    })
    .map_err(|error| report::runtime(&error))?;
    let outcome = run.wait();
    if interrupted.load(Ordering::SeqCst) {
        return Ok(exit::INTERRUPTED);
    }
    report_outcome(&workspace, &prepared, &keys, outcome)
}

/// Reads `--at`.
fn places(text: &str) -> Result<At, Failure> {
    let wrong = |what: String| {
        Failure::new(exit::USAGE, what).hint("--at takes local, local:N, or [KEY@]HOST:PORT, separated by commas")
    };
    if text == "local" {
        return Ok(At::Local(1));
    }
    if let Some(count) = text.strip_prefix("local:") {
        let count = count.parse().ok().filter(|count| (1..=LOCAL_NODES_MAX).contains(count));
        let count = count.ok_or_else(|| wrong(format!("local:N takes a number from 1 to {LOCAL_NODES_MAX}")))?;
        return Ok(At::Local(count));
    }
    let node = |part: &str| part.parse().map_err(|error| wrong(format!("`{part}` is not a node: {error}")));
    text.split(',').map(node).collect::<Result<_, _>>().map(At::Nodes)
}

/// Embedded nodes that can be asked for at once: each is named in every request.
const LOCAL_NODES_MAX: u64 = 1_000;

fn budget(arguments: &arguments::Run) -> Budget {
    let default = Budget::DEFAULT;
    Budget {
        fuel: arguments.fuel.unwrap_or(default.fuel),
        wall_ms: arguments.timeout.map_or(default.wall_ms, |seconds| seconds.saturating_mul(1_000)),
        memory_bytes: arguments.memory.map_or(default.memory_bytes, |mb| mb.saturating_mul(1 << 20)),
        ..default
    }
}

fn not_prepared(reason: NotPrepared) -> Result<u8, Failure> {
    match reason {
        NotPrepared::Workspace(error) => Err(report::workspace(&error)),
        NotPrepared::Mistakes(sources, diagnostics) => {
            eprint!("{}", report::diagnostics(&sources, &diagnostics));
            Ok(exit::PROBLEMS)
        }
        NotPrepared::NoMain(path) => Err(Failure::new(exit::PROBLEMS, format!("{} has no `main`", path.display()))
            .hint("define main : '{IO, Exception, Remote!} ()")),
    }
}

fn report_outcome(workspace: &Workspace, prepared: &Prepared, keys: &Keys, outcome: Outcome) -> Result<u8, Failure> {
    let failure = match outcome {
        Outcome::Returned(result) => {
            if let Some(text) = show_result(workspace, &result) {
                println!("{text}");
            }
            return Ok(exit::OK);
        }
        Outcome::Raised(failure) => {
            let shown = show_failure(workspace, prepared, &failure);
            return Err(Failure::new(exit::PROBLEMS, format!("the program raised {shown}")));
        }
        Outcome::Failed(failure) => failure,
    };
    use runtime::Failure as F;
    let status = match &failure {
        F::Unreachable { .. } | F::TimedOut { .. } | F::Restarted { .. } | F::Busy { .. } => exit::UNREACHABLE,
        F::Denied { .. } | F::OutOfBudget { .. } | F::LostFuture { .. } | F::Cancelled { .. } => exit::PROBLEMS,
        F::Fault { .. } | F::Unhandled { .. } => exit::PROBLEMS,
        F::Store { .. } => exit::CODEBASE,
        F::MissingDefinition { .. } | F::BadDefinition { .. } => exit::FAULT,
    };
    let shown = Failure::new(status, describe(workspace, prepared, &failure));
    Err(match &failure {
        F::Denied { .. } => shown.hint(report::allow_hint(keys)),
        F::Unhandled { .. } => shown.hint("handle it inside the expression that is evaluated there"),
        F::OutOfBudget { resource, .. } => match limit_flag(*resource) {
            Some(flag) => shown.hint(format!("{flag} sets this limit")),
            None => shown,
        },
        F::Unreachable { .. } => shown.hint("is it running there, and reachable from the node that asked?"),
        _ => shown,
    })
}

/// The failure, with the names that the codebase knows.
fn describe(workspace: &Workspace, prepared: &Prepared, failure: &runtime::Failure) -> String {
    let runtime::Failure::Unhandled { node, ability, operation } = failure else { return failure.to_string() };
    match prepared.operation_name(workspace, *ability, *operation) {
        Some(name) => format!("{name} was requested at {node}, and nothing there handles it"),
        None => failure.to_string(),
    }
}

fn limit_flag(resource: runtime::Resource) -> Option<&'static str> {
    match resource {
        runtime::Resource::Fuel => Some("--fuel UNITS"),
        runtime::Resource::Memory => Some("--memory MB"),
        runtime::Resource::WallTime => Some("--timeout SECONDS"),
        _ => None,
    }
}

/// The standard streams of this process.
struct Terminal;

impl Console for Terminal {
    fn write(&self, stream: Stream, text: &str) {
        // A reader that went away (`| head`) is not the program's business.
        let _ = match stream {
            Stream::Out => std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush()),
            Stream::Error => std::io::stderr().write_all(text.as_bytes()),
        };
    }

    fn read_line(&self) -> std::io::Result<Option<String>> {
        let mut line = String::new();
        if std::io::stdin().read_line(&mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(line.trim_end_matches('\n').trim_end_matches('\r').to_string()))
    }
}
