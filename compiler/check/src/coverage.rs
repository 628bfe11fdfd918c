//! Whether cases cover every value, and whether each one is reached.

use crate::elab::Match;
use crate::names::Names;
use crate::problem::PatternProblem;
use crate::solver::Solver;

/// The mistakes in one match.
pub(crate) fn check(_taken: &Match, _names: &Names, _solver: &Solver) -> Vec<PatternProblem> {
    Vec::new()
}
