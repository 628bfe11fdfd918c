//! Limits of watches and tests, and what is said of those that have no value.

use crate::arguments::{Limits, Tiers};
use crate::commands::report;
use crate::exit::{self, Failure};
use runtime::{Budget, Keys, Outcome, Resource};
use session::Workspace;
use session::run::show_failure;
use session::watch::{Evaluations, NotEvaluated};

/// Memory of a watch, unless it is said otherwise: there may be as many at once as there are processors.
const MEMORY_MB: u64 = 1_024;

/// What a watch may use.
pub fn budget(limits: &Limits, default_timeout_s: u64) -> Budget {
    Budget {
        fuel: limits.fuel.unwrap_or(Budget::DEFAULT.fuel),
        wall_ms: limits.timeout.unwrap_or(default_timeout_s).saturating_mul(1_000),
        memory_bytes: limits.memory.unwrap_or(MEMORY_MB).saturating_mul(1 << 20),
        ..Budget::DEFAULT
    }
}

pub fn evaluations(tiers: Tiers) -> Result<Evaluations, Failure> {
    let keys = Keys::embedded(&super::home()?.config).map_err(|error| report::runtime(&error))?;
    Ok(Evaluations::new(keys, super::workers(), super::tiers(tiers)?))
}

/// Ends the command. Stopping it is no failure.
pub fn not_evaluated(reason: &NotEvaluated) -> Result<u8, Failure> {
    match reason {
        NotEvaluated::Workspace(error) => Err(report::workspace(error)),
        NotEvaluated::Runtime(error) => Err(report::runtime(error)),
        NotEvaluated::Stopped => Ok(exit::INTERRUPTED),
    }
}

/// Why there is no value.
pub fn reason(workspace: &Workspace, outcome: &Outcome, budget: &Budget) -> String {
    use runtime::Failure as F;
    match outcome {
        Outcome::Returned(_) => String::new(),
        Outcome::Raised(failure) => {
            let names = |ty| check::Environment::type_name(&workspace.environment, ty);
            format!("it raised {}", show_failure(workspace, &names, failure))
        }
        Outcome::Failed(F::Fault { what, .. }) => what.clone(),
        Outcome::Failed(F::OutOfBudget { resource: Resource::WallTime, .. }) => {
            format!("it takes longer than {} s; --timeout SECONDS sets this limit", budget.wall_ms / 1_000)
        }
        Outcome::Failed(F::OutOfBudget { resource: Resource::Fuel, .. }) => {
            format!("it takes more than {} units of work; --fuel UNITS sets this limit", budget.fuel)
        }
        Outcome::Failed(F::OutOfBudget { resource: Resource::Memory, .. }) => {
            format!("it needs more than {} MB of memory; --memory MB sets this limit", budget.memory_bytes >> 20)
        }
        Outcome::Failed(failure) => failure.to_string(),
    }
}
