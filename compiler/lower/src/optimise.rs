//! From the functions of a definition to better ones that mean the same.
//!
//! Everything here depends only on the functions themselves, so every node comes to the same result; it changes the numbers of resume points, so it is part of `ir::IR_VERSION`.

mod raw;
mod tidy;

use ir::Function;

/// Improves the functions of a definition, which are its own code and that of its lambdas and clauses, by number.
pub(crate) fn optimise(functions: &mut [Function]) {
    raw::unbox(functions);
}
