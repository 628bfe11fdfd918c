//! `unison simulate`.

use super::{report, run};
use crate::arguments::{Format, Simulate};
use crate::exit::{self, Failure};
use crate::output;
use runtime::Trail;
use serde_json::json;
use session::Workspace;
use session::run::{Prepared, ProgramNames, prepare};
use session::simulate::{self, Calm, Found, Hunt, Wanted, Words, Wrong, ended_text, line_json, line_text, notable};
use session::trail::Step;
use simulation::{FaultKind, FaultKinds, Plan, Program, Trial, try_plan};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Hosts of a simulation: more are better had as nodes of a host.
const NODES_MAX: usize = 100;

pub fn simulate(arguments: Simulate) -> Result<u8, Failure> {
    if !(1..=NODES_MAX).contains(&arguments.nodes) {
        return Err(Failure::new(exit::USAGE, format!("--nodes takes a number from 1 to {NODES_MAX}")));
    }
    let kinds = FaultKinds::parse(&arguments.faults).map_err(|name| no_fault(&name))?;
    let workspace = Workspace::open(&super::home()?, arguments.codebase.as_deref(), &arguments.file)
        .map_err(|error| report::workspace(&error))?;
    let prepared = match prepare(&workspace, &arguments.file, super::now_ms()) {
        Ok(prepared) => prepared,
        Err(reason) => return run::not_prepared(reason),
    };
    let program = program(&workspace, &prepared, &arguments)?;
    let wanted = Wanted { hosts: arguments.nodes, kinds, same: arguments.same, detached: arguments.detached };
    let calm = simulate::calm(&program, arguments.seed, arguments.nodes);
    let stage = Stage { workspace, prepared, program, wanted, calm, arguments };
    match stage.arguments.seeds {
        Some(seeds) => stage.hunt(seeds),
        None => stage.once(),
    }
}

fn no_fault(name: &str) -> Failure {
    let names: Vec<&str> = FaultKind::ALL.iter().map(|kind| kind.name()).collect();
    Failure::new(exit::USAGE, format!("there is no fault `{name}`"))
        .hint(format!("--faults takes all, none, or some of {}", names.join(",")))
}

fn program(workspace: &Workspace, prepared: &Prepared, arguments: &Simulate) -> Result<Program, Failure> {
    let mut program = Program::of(&*workspace.codebase, prepared.main).map_err(|error| {
        Failure::new(exit::CODEBASE, format!("the codebase cannot be read: {error:?}"))
            .hint("use another one with --codebase PATH")
    })?;
    program.arguments = arguments.args.clone();
    program.outside = Some(Arc::new(|path: &str| std::fs::read(path).ok()));
    program.limit_ms = arguments.timeout.saturating_mul(1_000);
    Ok(program)
}

struct Stage {
    workspace: Workspace,
    prepared: Prepared,
    program: Program,
    wanted: Wanted,
    calm: Calm,
    arguments: Simulate,
}

impl Stage {
    /// One run, with its timeline.
    fn once(&self) -> Result<u8, Failure> {
        let Simulate { seed, nodes, schedule, .. } = &self.arguments;
        let plan = match schedule {
            Some(text) => Plan::parse_faults(*seed, *nodes, text).map_err(|error| {
                Failure::new(exit::USAGE, format!("`{}` is no fault of a schedule for {nodes} nodes", error.0))
                    .hint("--schedule takes what a hunt (--seeds) has printed, such as 120ms:crash:1:400ms")
            })?,
            None => self.calm.plan(*seed, &self.wanted),
        };
        let (trial, wrong) = self.show(&plan);
        match wrong {
            None => Ok(exit::OK),
            Some(wrong) => Err(self.failure(&trial, &wrong)),
        }
    }

    /// Runs a plan, prints its timeline, and says what is wrong.
    fn show(&self, plan: &Plan) -> (Trial, Option<Wrong>) {
        let trial = try_plan(&self.program, plan, true);
        let all = output::verbosity() > 0;
        let terms = ProgramNames { workspace: &self.workspace, prepared: &self.prepared };
        let words = Words { nodes: &trial.names, terms: &terms };
        for moment in trial.moments.iter().filter(|moment| all || notable(moment)) {
            match self.arguments.format {
                Format::Human => output::line(&line_text(moment, &words)),
                Format::Json => output::line(&line_json(moment, &words).to_string()),
            }
        }
        for (host, waits) in simulate::waiting(&self.workspace, &self.prepared, &trial) {
            let ms = trial.took_ms;
            output::line(&match self.arguments.format {
                Format::Human => format!("{ms:>8} ms  {host:<7} {waits}"),
                Format::Json => json!({ "ms": ms, "node": host, "to": null, "what": waits }).to_string(),
            });
        }
        let wrong = self.calm_for(plan).judge(&trial, &self.wanted);
        let ended = ended_text(&self.workspace, &self.prepared, &trial, self.program.limit_ms);
        match self.arguments.format {
            Format::Human => {
                output::line(&format!("{:>8} ms  after that {ended}", trial.took_ms));
                output::told(&format!("\nthe same again: {}", self.again(plan)));
            }
            Format::Json => {
                let broken: Vec<String> = trial.broken.iter().map(ToString::to_string).collect();
                let ending = json!({
                    "ms": trial.took_ms, "ended": ended, "ok": wrong.is_none(), "seed": plan.seed,
                    "nodes": plan.hosts, "schedule": plan.faults_text(), "broken": broken,
                });
                output::line(&ending.to_string());
            }
        }
        (trial, wrong)
    }

    /// The run without faults among as many nodes as the plan has.
    fn calm_for(&self, plan: &Plan) -> std::borrow::Cow<'_, Calm> {
        match plan.hosts == self.wanted.hosts {
            true => std::borrow::Cow::Borrowed(&self.calm),
            false => std::borrow::Cow::Owned(simulate::calm(&self.program, plan.seed, plan.hosts)),
        }
    }

    /// The command that gives this run again.
    fn again(&self, plan: &Plan) -> String {
        let (file, schedule) = (self.arguments.file.display(), plan.faults_text());
        let same = if self.wanted.same { " --same" } else { "" };
        let detached = if self.wanted.detached { " --detached" } else { "" };
        let args: String = self.arguments.args.iter().map(|arg| format!(" {}", quoted(arg))).collect();
        let (seed, hosts) = (plan.seed, plan.hosts);
        format!(
            "unison simulate {file} --nodes {hosts} --seed {seed} --schedule {}{same}{detached}{args}",
            quoted(&schedule)
        )
    }

    fn failure(&self, trial: &Trial, wrong: &Wrong) -> Failure {
        let ended = ended_text(&self.workspace, &self.prepared, trial, self.program.limit_ms);
        match wrong {
            Wrong::Broken(_) => {
                let broken: Vec<String> = trial.broken.iter().map(ToString::to_string).collect();
                Failure::new(exit::FAULT, format!("the runtime broke a promise: {}", broken.join("; ")))
                    .hint("this is a fault of ours; please report it, with the command that gives this run again")
            }
            Wrong::Differs => {
                Failure::new(exit::PROBLEMS, format!("{ended}, which is not what it does without faults"))
                    .hint("without faults: --faults none")
            }
            Wrong::DidNotEnd => Failure::new(exit::PROBLEMS, format!("{ended}; then it waited"))
                .steps(&self.steps(trial, &trial.trail))
                .hint("--timeout SECONDS sets how long it may take"),
            Wrong::Left => self.left(trial),
            Wrong::Raised(_) | Wrong::Failed(_) => {
                Failure::new(exit::PROBLEMS, ended).steps(&self.steps(trial, &trial.trail))
            }
        }
    }

    fn steps(&self, trial: &Trial, trail: &Trail) -> Vec<Step> {
        simulate::steps(&self.workspace, &self.prepared, trial, trail)
    }

    /// What was detached goes on.
    fn left(&self, trial: &Trial) -> Failure {
        let nodes: BTreeSet<String> = trial.left.iter().map(|station| simulate::node_text(trial, station)).collect();
        let nodes = nodes.into_iter().collect::<Vec<_>>().join(", ");
        let steps = self.steps(trial, &Trail(trial.left.clone()));
        Failure::new(exit::PROBLEMS, format!("what it has detached goes on without end, at {nodes}"))
            .steps(&steps)
            .hint("if that is meant: --detached")
    }

    /// Many seeds: the first that fails, made smaller, with its timeline.
    fn hunt(&self, seeds: u64) -> Result<u8, Failure> {
        if let Some(wrong) = simulate::wrong(&self.calm.trial, &self.wanted) {
            let plan = simulate::fewest(&self.program, self.arguments.seed, &wrong, &self.wanted);
            let (trial, _) = self.show(&plan);
            let failure = self.failure(&trial, &wrong);
            return Err(Failure { message: format!("even without faults: {}", failure.message), ..failure });
        }
        let first = self.arguments.seed;
        let Hunt { tried, found } =
            simulate::hunt(&self.program, &self.calm, first..first.saturating_add(seeds), &self.wanted);
        let Some(Found { plan, small, .. }) = found else {
            match self.arguments.format {
                Format::Human => output::line(&format!("{tried} seeds tried: it ended well with each")),
                Format::Json => output::line(&json!({ "tried": tried, "ok": true }).to_string()),
            }
            return Ok(exit::OK);
        };
        if self.arguments.format == Format::Human {
            let faults = shrunk(plan.faults.len(), small.faults.len(), "timed fault");
            let nodes = shrunk(plan.hosts, small.hosts, "node");
            output::told(&format!(
                "seed {} fails, the first of {tried} tried; made smaller: {faults}, {nodes}\n",
                plan.seed
            ));
        }
        let (trial, wrong) = self.show(&small);
        match wrong {
            Some(wrong) => Err(self.failure(&trial, &wrong)),
            None => Err(Failure::new(exit::FAULT, "the run that failed does not fail again").hint("please report it")),
        }
    }
}

/// How many there were, and how many are left.
fn shrunk(before: usize, after: usize, what: &str) -> String {
    let s = if before == 1 { "" } else { "s" };
    match before == after {
        true => format!("still {before} {what}{s}"),
        false => format!("{before} {what}{s} to {after}"),
    }
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_string()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
