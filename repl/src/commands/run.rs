//! `unison run`.

use super::check::count;
use super::{profile, report, stats, trace};
use crate::arguments;
use crate::exit::{self, Failure};
use crate::output;
use crate::streams::Streams;
use runtime::{Budget, Console, Finished, Keys, Outcome, Run, RunOptions};
use session::Workspace;
use session::run::{
    NotPrepared, Prepared, exit_status, operation_name, prepare, result_json, show_failure, show_result,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

pub fn run(arguments: arguments::Run) -> Result<u8, Failure> {
    let at = session::place::parse(&arguments.at.join(",")).map_err(|error| report::place(&error))?;
    let budget = budget(&arguments);
    let home = super::home()?;
    let mut workspace = Workspace::open(&home, arguments.codebase.as_deref(), &arguments.file)
        .map_err(|error| report::workspace(&error))?;
    let keys = Keys::embedded(&home.config).map_err(|error| report::runtime(&error))?;
    workspace.lend_here(keys.host_key());
    let prepared = match prepare(&workspace, &arguments.file, super::now_ms()) {
        Ok(prepared) => prepared,
        Err(reason) => return not_prepared(reason),
    };
    output::detail(&match &prepared.counts {
        Some(counts) => format!("{} checked, {} known", count(counts.checked, "definition"), counts.known),
        None => "the file is as it was when it was last run".to_string(),
    });
    let streams = Arc::new(Streams::default());
    let options = RunOptions {
        main: prepared.main,
        arguments: arguments.args,
        explain: prepared.explain(),
        at,
        store: workspace.codebase.clone(),
        keys: keys.clone(),
        console: streams.clone(),
        budget,
        workers: super::workers(),
        traced: arguments.trace.is_some(),
        profiled: arguments.profile.is_some(),
        tiers: super::tiers(arguments.tiers)?,
        lease_ms: super::lease_ms(arguments.lease),
    };
    let started = Instant::now();
    let run = Run::start(options).map_err(|error| report::peer(&error, Some(&keys)))?;
    let interrupted = Arc::new(AtomicBool::new(false));
    let (cancel, flag) = (run.cancel_handle(), interrupted.clone());
    runtime::signals::on_interrupt(move || {
        flag.store(true, Ordering::SeqCst);
        cancel.cancel();
    })
    .map_err(|error| report::runtime(&error))?;
    let connected = Instant::now();
    let Finished { outcome, trail, traffic, spans, profile } = run.finish();
    if let Some(format) = arguments.stats {
        stats::print(format, connected - started, connected.elapsed(), &traffic);
    }
    if let Some(path) = &arguments.trace {
        trace::write(path, &spans)?;
    }
    if let (Some(path), Some(sampled)) = (&arguments.profile, &profile) {
        profile::write(path, sampled, |frame| prepared.frame_name(&workspace, frame))?;
    }
    let steps = || {
        session::trail::steps(&trail, prepared.main, &prepared.positions, |id| {
            prepared.definition_name(&workspace, &id.component)
        })
    };
    if interrupted.load(Ordering::SeqCst) {
        return Err(Failure::new(exit::INTERRUPTED, "interrupted").steps(&steps()));
    }
    if streams.gone() {
        return Ok(exit::NO_READER);
    }
    let failed = !matches!(outcome, Outcome::Returned(_));
    let reported = report_outcome(&workspace, &prepared, &keys, outcome, arguments.json);
    reported.or_else(|failure| {
        let steps = steps();
        if !(arguments.json && failed) {
            return Err(failure.steps(&steps));
        }
        eprintln!("{}", session::trail::json(&failure.message, &steps));
        Ok(failure.status)
    })
}

/// What to do about a result that has no JSON form.
const JSON_HINT: &str = "give `main` a result that is data, or leave out --json";

fn budget(arguments: &arguments::Run) -> Budget {
    let default = Budget::DEFAULT;
    Budget {
        fuel: arguments.fuel.unwrap_or(default.fuel),
        wall_ms: arguments.timeout.map_or(default.wall_ms, |seconds| seconds.saturating_mul(1_000)),
        memory_bytes: arguments.memory.map_or(default.memory_bytes, |mb| mb.saturating_mul(1 << 20)),
        ..default
    }
}

pub fn not_prepared(reason: NotPrepared) -> Result<u8, Failure> {
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

fn report_outcome(
    workspace: &Workspace,
    prepared: &Prepared,
    keys: &Keys,
    outcome: Outcome,
    json: bool,
) -> Result<u8, Failure> {
    let names = |ty| prepared.type_name(workspace, ty);
    let failure = match outcome {
        Outcome::Returned(result) if json => {
            let text = result_json(workspace, &result)
                .map_err(|error| Failure::new(exit::PROBLEMS, format!("{error}")).hint(JSON_HINT))?;
            crate::output::line(&text);
            return Ok(exit::OK);
        }
        Outcome::Returned(result) => {
            if let Some(text) = show_result(workspace, &result) {
                crate::output::line(&text);
            }
            return Ok(exit::OK);
        }
        Outcome::Raised(failure) => {
            if let Some(status) = exit_status(&failure) {
                return Ok(status);
            }
            let shown = show_failure(workspace, &names, &failure);
            return Err(Failure::new(exit::PROBLEMS, format!("the program raised {shown}")));
        }
        Outcome::Failed(failure) => failure,
    };
    let name = match &failure {
        runtime::Failure::Unhandled { ability, operation, .. } => {
            operation_name(workspace, &names, *ability, *operation)
        }
        runtime::Failure::MissingDefinition { hash, .. } => {
            prepared.definition_name(workspace, hash).map(|name| format!("`{name}`"))
        }
        _ => None,
    };
    let shown = report::failed(&failure, name.as_deref(), keys);
    Err(match &failure {
        runtime::Failure::OutOfBudget { resource, .. } => match limit_flag(*resource) {
            Some(flag) => shown.hint(format!("{flag} sets this limit")),
            None => shown,
        },
        runtime::Failure::MissingDefinition { hash, .. } if is_private(workspace, hash) => {
            shown.hint("it is private, so it is sent to nobody: evaluate what uses it where it is, `at here! (..)`")
        }
        _ => shown,
    })
}

fn is_private(workspace: &Workspace, hash: &base::Hash) -> bool {
    workspace.codebase.private_hashes().is_ok_and(|hashes| hashes.contains(hash))
}

fn limit_flag(resource: runtime::Resource) -> Option<&'static str> {
    match resource {
        runtime::Resource::Fuel => Some("--fuel UNITS"),
        runtime::Resource::Memory => Some("--memory MB"),
        runtime::Resource::WallTime => Some("--timeout SECONDS"),
        _ => None,
    }
}
