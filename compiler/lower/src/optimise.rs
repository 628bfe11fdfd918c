//! From the functions of a definition to better ones that mean the same.
//!
//! Everything here depends only on the functions, and on definitions that they call, so every node comes to the same result; it changes the numbers of resume points, so it is part of `ir::IR_VERSION`.

mod copies;
mod fields;
mod inline;
mod invariant;
mod joins;
mod raw;
mod simplify;
mod sink;
mod specialise;
mod tidy;

pub(crate) use inline::Small;

use crate::facts::Facts;
use crate::{Interfaces, LowerError};
use ir::{Function, Inlined};
use std::sync::Arc;

/// Values inside values that loops carry as their fields.
const NESTED_FIELDS_MAX: usize = 2;

/// Improves the functions of a definition, which are its own code and that of its lambdas and clauses, by number. Further ones come behind them.
pub(crate) fn optimise(
    functions: &mut Vec<Function>,
    small: &mut Small,
    facts: &mut Facts,
    interfaces: &dyn Interfaces,
) -> Result<(), LowerError> {
    let own = functions.len();
    inline::inline(functions, small);
    specialise::specialise(functions, small, facts, interfaces)?;
    inline::inline_local(functions);
    specialise::forget_unused(functions, own);
    simplify::simplify(functions);
    for _ in 0..NESTED_FIELDS_MAX {
        if !fields::pass_fields(functions) {
            break;
        }
        specialise::forget_unused(functions, own);
        simplify::simplify(functions);
    }
    raw::unbox(functions);
    simplify::simplify(functions);
    invariant::allocate_once(functions);
    inline::unroll(functions);
    simplify::simplify(functions);
    sink::sink(functions);
    let inlined: Arc<[Inlined]> = std::mem::take(&mut small.inlined).into();
    functions.iter_mut().for_each(|function| function.inlined = inlined.clone());
    Ok(())
}
