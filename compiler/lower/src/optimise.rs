//! From the functions of a definition to better ones that mean the same.
//!
//! Everything here depends only on the functions, and on small definitions that they call, so every node comes to the same result; it changes the numbers of resume points, so it is part of `ir::IR_VERSION`.

mod inline;
mod raw;
mod tidy;

pub(crate) use inline::Small;

use ir::Function;

/// Improves the functions of a definition, which are its own code and that of its lambdas and clauses, by number.
pub(crate) fn optimise(functions: &mut [Function], small: &Small) {
    inline::inline(functions, small);
    raw::unbox(functions);
}
