//! From the core language to the IR: A-normal form, lambdas lifted, patterns compiled, boxes where representations meet.
//!
//! A definition gives one function for itself and one for each lambda inside, numbered as `kernel::Term` says. In phases:
//!
//! 1. `survey` walks the term once: is it well-formed, what does it refer to, which lambdas are there, what do they capture.
//! 2. `facts` asks for the interfaces of everything referred to, and reports all that is missing at once.
//! 3. `clauses` looks for handlers, whose operations get code of their own.
//! 4. `terms`, `calls` and `patterns` lower each lambda and clause by itself, into blocks of a `draft`.
//! 5. `draft` drops what is not needed and numbers what is left, in the order in which it stands.
//! 6. `optimise` goes over all functions together.
//!
//! Terms come from the network: nothing recurses over them, and what would be too large or too deep is refused.
//!
//! A closure captures the values of its lambda's free variables in de Bruijn order, the variable bound last first. The lambdas of a `LetRec` share one list: what is free in any of
//! them. One of them inside another is a closure made anew from this list, so no value ever contains itself.
//!
//! **Invariant:** what `lower` returns is a function of the term, the interfaces of what it refers to, which of that is absent, and `ir::IR_VERSION`; the verifier accepts it.
#![forbid(unsafe_code)]

mod calls;
mod clauses;
mod draft;
mod facts;
mod interface;
mod optimise;
mod patterns;
mod survey;
mod terms;

pub use interface::{Interface, Interfaces};

use base::Hash;
use clauses::Clauses;
use facts::{Checked, Facts};
use ir::{Function, Verified, VerifyError};
use kernel::{DefId, Definition};
use optimise::Small;
use std::fmt::{self, Display, Formatter};
use survey::Survey;
use terms::Lowering;

/// Why there is no code for a definition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LowerError {
    /// These components, ascending, must be known first: the definition refers to them. One that is known has no such member, or is of another kind.
    Missing(Vec<Hash>),
    /// The term is not one that elaboration makes: what is wrong.
    Malformed(&'static str),
    /// It exceeds a limit of `ir::limits`: of what.
    TooLarge(&'static str),
    /// The verifier refuses the result. A fault of ours.
    Refused(VerifyError),
}

impl Display for LowerError {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            LowerError::Missing(hashes) => {
                let hashes: Vec<String> = hashes.iter().map(Hash::short).collect();
                write!(f, "definitions are missing: {}", hashes.join(", "))
            }
            LowerError::Malformed(what) => write!(f, "the definition is not well-formed: {what}"),
            LowerError::TooLarge(what) => write!(f, "the definition is too large: {what}"),
            LowerError::Refused(error) => write!(f, "the verifier refuses the code: {error}"),
        }
    }
}

impl std::error::Error for LowerError {}

/// The code of a definition, then that of its lambdas and of their clauses: the function at `i` has the number `i`. `members` are all definitions of its component, in canonical order.
pub fn lower(id: DefId, members: &[Definition], interfaces: &dyn Interfaces) -> Result<Vec<Function>, LowerError> {
    let survey = survey(id, members)?;
    let mut facts = Facts::gather(id, members, &survey, interfaces)?;
    let clauses = Clauses::of(&survey, &facts);
    functions(&survey, &mut facts, &clauses, interfaces)
}

/// As [`lower`], and ready to run.
pub fn lower_verified(
    id: DefId,
    members: &[Definition],
    interfaces: &dyn Interfaces,
) -> Result<Vec<Verified>, LowerError> {
    let survey = survey(id, members)?;
    let mut facts = Facts::gather(id, members, &survey, interfaces)?;
    let clauses = Clauses::of(&survey, &facts);
    let functions = functions(&survey, &mut facts, &clauses, interfaces)?;
    let shapes = functions.iter().map(|function| (function.params.clone(), function.ret)).collect();
    let checked = Checked { facts: &facts, survey: &survey, clauses: &clauses, shapes };
    functions.into_iter().map(|function| ir::verify(function, &checked).map_err(LowerError::Refused)).collect()
}

fn functions(
    survey: &Survey,
    facts: &mut Facts,
    clauses: &Clauses,
    interfaces: &dyn Interfaces,
) -> Result<Vec<Function>, LowerError> {
    let mut small = Small::gather(survey, facts, interfaces)?;
    let lambdas = (0..survey.lambdas.len() as u32).map(|number| Lowering::function(survey, facts, clauses, number));
    let clauses = (0..clauses.all.len()).map(|place| Lowering::clause(survey, facts, clauses, place));
    let mut functions = lambdas.chain(clauses).collect::<Result<Vec<_>, _>>()?;
    optimise::optimise(&mut functions, &mut small, facts, interfaces)?;
    Ok(functions)
}

fn survey(id: DefId, members: &[Definition]) -> Result<Survey<'_>, LowerError> {
    let definition = members.get(id.index as usize).ok_or(LowerError::Malformed("no such member"))?;
    Survey::of(id, members.len(), &definition.body)
}
